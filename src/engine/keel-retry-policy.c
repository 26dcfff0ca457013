/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-retry-policy.h"

#include "keel-content-range.h"

#include <libsoup/soup.h>
#include <string.h>

/* When to try again, as a table. Pure.
 *
 * Errors that pass by themselves are tried again after 5 s, 10 s, 20 s ... 10 min, each moved by up
 * to a fifth so that a thousand clients of a server that came back do not return in one second. A
 * Retry-After is honoured up to 24 h (RFC 9110 §10.2.3). The caller resets the count when bytes
 * arrive. After 14 days without progress the task fails.
 *
 * A file that has gone in the middle of its download is often only being replaced, or its server
 * moved: what is here is kept, and it is looked at again, at last every six hours, for 30 days. */

#define SECOND ((gint64) G_USEC_PER_SEC)
#define FIRST_DELAY (5 * SECOND)
#define LONGEST_DELAY (600 * SECOND)
#define LONGEST_RETRY_AFTER (24 * 3600 * SECOND)
#define LONGEST_FAILING (14 * 24 * 3600 * SECOND)
#define FIRST_GONE_DELAY (60 * SECOND)
#define LONGEST_GONE_DELAY (6 * 3600 * SECOND)
#define LONGEST_GONE (30 * 24 * 3600 * SECOND)
#define ALWAYS G_MAXUINT

typedef struct {
  KeelTaskError code;
  guint most_failures; /* tried again while fewer than this many have failed running */
} Row;

static const Row rows[] = {
  { KEEL_TASK_ERROR_DNS, ALWAYS },
  { KEEL_TASK_ERROR_CONNECT, ALWAYS },
  { KEEL_TASK_ERROR_TIMEOUT, ALWAYS },
  { KEEL_TASK_ERROR_TRUNCATED, ALWAYS },
  { KEEL_TASK_ERROR_PROTOCOL, 3 },
  /* A handshake that was cut off; all else that is wrong with TLS is final. */
  { KEEL_TASK_ERROR_TLS, 8 },
};

static gboolean
is_passing_status (guint status)
{
  /* Accepted but not there yet, Request Timeout, Too Early, Too Many Requests, Misdirected, and
   * whatever is wrong on the server's side. */
  return status == 202 || status == 408 || status == 421 || status == 425 || status == 429 ||
         (status >= 500 && status <= 599);
}

/* It means what it says: there is no file. */
static gboolean
is_empty_status (guint status)
{
  return status == 204 || status == 205 || status == 304;
}

static guint
most_failures (KeelTaskError code,
               guint         http_status)
{
  if (code == KEEL_TASK_ERROR_HTTP_STATUS)
    return is_passing_status (http_status) ? ALWAYS : 0;
  if (code == KEEL_TASK_ERROR_PROTOCOL && is_empty_status (http_status))
    return 0;
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
  return code != KEEL_TASK_ERROR_TLS && most_failures (code, http_status) > 0;
}

/* What a Retry-After says, from now on; -1 when it says nothing. RFC 9110 §10.2.3. */
gint64
keel_retry_after_parse (const char *value,
                        gint64      now_wall_usec)
{
  g_autoptr (GDateTime) date = NULL;
  guint64 seconds;

  if (value == NULL)
    return -1;
  if (keel_content_length_parse (value, &seconds))
    return (gint64) MIN (seconds, LONGEST_RETRY_AFTER / SECOND) * SECOND;
  /* More than any number can be is very long. */
  if (*value != '\0' && strspn (value, "0123456789") == strlen (value))
    return LONGEST_RETRY_AFTER;
  date = soup_date_time_new_from_http_string (value);
  if (date == NULL)
    return -1;
  return CLAMP (g_date_time_to_unix (date) * SECOND - now_wall_usec, 0, LONGEST_RETRY_AFTER);
}

static gboolean
has_gone (const KeelRetryInput *input)
{
  return input->code == KEEL_TASK_ERROR_HTTP_STATUS && input->http_status == 404 &&
         input->has_progress;
}

/* FALSE: never again. */
static gboolean
is_allowed (const KeelRetryInput *input)
{
  if (has_gone (input))
    return input->failing_for_usec <= LONGEST_GONE;
  return !input->is_final && input->failing_for_usec <= LONGEST_FAILING &&
         input->failures_running < most_failures (input->code, input->http_status);
}

KeelRetryVerdict
keel_retry_policy_decide (const KeelRetryInput *input,
                          gint64               *out_delay_usec)
{
  gint64 delay = has_gone (input) ? FIRST_GONE_DELAY : FIRST_DELAY;
  gint64 longest = has_gone (input) ? LONGEST_GONE_DELAY : LONGEST_DELAY;

  if (!is_allowed (input))
    return KEEL_RETRY_NEVER;

  for (guint i = 1; i < input->failures_running && delay < longest; i++)
    delay *= 2;
  delay = MIN (delay, longest);
  delay += (gint64) ((double) delay * 0.4 * (input->jitter - 0.5));
  if (input->retry_after_usec >= 0)
    delay = MAX (MIN (input->retry_after_usec, LONGEST_RETRY_AFTER), SECOND);
  *out_delay_usec = delay;
  return KEEL_RETRY_LATER;
}
