/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz-input.h"
#include "keel-retry-policy.h"

/* When to try again: after seconds, at most ten minutes (of a file that has gone, six hours) and a
 * fifth, or a day where the server asks for it; later after more failures, and not for ever. And a
 * Retry-After of any kind is nothing, or a time of at most a day. */

#define SECOND ((gint64) G_USEC_PER_SEC)
#define DAY (24 * 3600 * SECOND)
#define SHORTEST_DELAY (4 * SECOND)
#define LONGEST_DELAY (720 * SECOND)
#define SHORTEST_GONE_DELAY (48 * SECOND)
#define LONGEST_GONE_DELAY (DAY * 3 / 10)

static gint64
take_number (FuzzInput *input)
{
  guint64 number = 0;

  for (guint i = 0; i < sizeof number; i++)
    number = number << 8 | fuzz_input_take_byte (input);
  return (gint64) number;
}

static void
take_input (FuzzInput      *input,
            KeelRetryInput *out_failed)
{
  out_failed->code = fuzz_input_take_byte (input) % (KEEL_TASK_ERROR_INTERNAL + 1);
  if (out_failed->code == KEEL_TASK_ERROR_HTTP_STATUS)
    out_failed->http_status = 200 + (guint) fuzz_input_take_byte (input) * 2;
  out_failed->is_final = fuzz_input_take_byte (input) & 1;
  out_failed->has_progress = fuzz_input_take_byte (input) & 1;
  out_failed->failures_running = (guint) take_number (input);
  out_failed->failing_for_usec = take_number (input);
  out_failed->retry_after_usec = take_number (input);
  out_failed->jitter = fuzz_input_take_byte (input) / 255.0;
}

static void
check_later (const KeelRetryInput *failed,
             gint64                delay)
{
  gboolean has_gone = failed->http_status == 404;
  KeelRetryInput more = *failed;
  gint64 longer = 0;

  /* TLS is tried again in one case, of which only the caller knows. */
  if (failed->code != KEEL_TASK_ERROR_TLS)
    g_assert_true (has_gone ? failed->has_progress :
                              keel_retry_policy_is_retryable (failed->code, failed->http_status));
  g_assert_true (has_gone || !failed->is_final);
  g_assert_cmpint (failed->failing_for_usec, <=, (has_gone ? 30 : 14) * DAY);
  if (failed->retry_after_usec < 0)
    {
      g_assert_cmpint (delay, >=, has_gone ? SHORTEST_GONE_DELAY : SHORTEST_DELAY);
      g_assert_cmpint (delay, <=, has_gone ? LONGEST_GONE_DELAY : LONGEST_DELAY);
    }
  else
    {
      g_assert_cmpint (delay, >=, MIN (failed->retry_after_usec, DAY));
      g_assert_cmpint (delay, >=, SECOND);
      g_assert_cmpint (delay, <=, DAY);
    }
  if (more.failures_running < G_MAXUINT)
    more.failures_running++;
  if (keel_retry_policy_decide (&more, &longer) == KEEL_RETRY_LATER)
    g_assert_cmpint (longer, >=, delay);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  FuzzInput input = { data, size };
  g_autofree char *retry_after = fuzz_input_take_text (&input);
  gint64 now = take_number (&input) & G_MAXINT32;
  gint64 after = keel_retry_after_parse (retry_after, now * SECOND);
  KeelRetryInput failed = { 0 };
  gint64 delay = -1;

  g_assert_cmpint (after, >=, -1);
  g_assert_cmpint (after, <=, DAY);
  take_input (&input, &failed);
  if (keel_retry_policy_decide (&failed, &delay) == KEEL_RETRY_LATER)
    check_later (&failed, delay);
  return 0;
}
