/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-retry-policy.h"

/* When to try again, as a table. Pure.
 *
 * Errors that pass by themselves are tried again after 5 s, 10 s, 20 s ... 10 min, each moved by up
 * to a fifth so that a thousand clients of a server that came back do not return in one second. A
 * Retry-After is honoured up to 24 h (RFC 9110 §10.2.3). The caller resets the count when bytes
 * arrive. After 14 days without progress the task fails. */

#define SECOND ((gint64) G_USEC_PER_SEC)
#define FIRST_DELAY (5 * SECOND)
#define LONGEST_DELAY (600 * SECOND)
#define LONGEST_RETRY_AFTER (24 * 3600 * SECOND)
#define LONGEST_FAILING (14 * 24 * 3600 * SECOND)
#define ALWAYS G_MAXUINT

typedef struct {
  KeelTaskError code;
  guint most_failures; /* tried again while fewer than this many have failed running */
} Row;

static const Row rows[] = {
  { KEEL_TASK_ERROR_DNS, ALWAYS },     { KEEL_TASK_ERROR_CONNECT, ALWAYS },
  { KEEL_TASK_ERROR_TIMEOUT, ALWAYS }, { KEEL_TASK_ERROR_TRUNCATED, ALWAYS },
  { KEEL_TASK_ERROR_PROTOCOL, 3 },
};

static gboolean
is_passing_status (guint status)
{
  /* Request Timeout, Too Early, Too Many Requests, and whatever is wrong on the server's side. */
  return status == 408 || status == 425 || status == 429 || (status >= 500 && status <= 599);
}

static guint
most_failures (KeelTaskError code,
               guint         http_status)
{
  if (code == KEEL_TASK_ERROR_HTTP_STATUS)
    return is_passing_status (http_status) ? ALWAYS : 0;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].code == code)
      return rows[i].most_failures;
  return 0;
}

/* Whether trying again by itself may help at all: the `retryable` of the task object. */
gboolean
keel_retry_policy_is_retryable (KeelTaskError code,
                                guint         http_status)
{
  return most_failures (code, http_status) > 0;
}

KeelRetryVerdict
keel_retry_policy_decide (const KeelRetryInput *input,
                          gint64               *out_delay_usec)
{
  gint64 delay = FIRST_DELAY;

  if (input->failures_running >= most_failures (input->code, input->http_status) ||
      input->failing_for_usec > LONGEST_FAILING)
    return KEEL_RETRY_NEVER;

  for (guint i = 1; i < input->failures_running && delay < LONGEST_DELAY; i++)
    delay *= 2;
  delay = MIN (delay, LONGEST_DELAY);
  delay += (gint64) ((double) delay * 0.4 * (input->jitter - 0.5));
  if (input->retry_after_usec >= 0)
    delay = MAX (MIN (input->retry_after_usec, LONGEST_RETRY_AFTER), SECOND);
  *out_delay_usec = delay;
  return KEEL_RETRY_LATER;
}
