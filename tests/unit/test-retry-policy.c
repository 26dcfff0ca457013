/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-retry-policy.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

static KeelRetryInput
failing (KeelTaskError code,
         guint         status,
         guint         running)
{
  return (KeelRetryInput) { .code = code,
                           .http_status = status,
                           .failures_running = running,
                           .retry_after_usec = -1,
                           .jitter = 0.5 };
}

static void
test_delays (void)
{
  static const gint64 delays[] = { 5, 10, 20, 40, 80, 160, 320, 600, 600, 600 };

  for (guint i = 0; i < G_N_ELEMENTS (delays); i++)
    {
      KeelRetryInput input = failing (KEEL_TASK_ERROR_CONNECT, 0, i + 1);
      gint64 delay = 0;

      g_assert_cmpint (keel_retry_policy_decide (&input, &delay), ==, KEEL_RETRY_LATER);
      g_assert_cmpint (delay, ==, delays[i] * SECOND);
      input.jitter = 0.0;
      keel_retry_policy_decide (&input, &delay);
      g_assert_cmpint (delay, ==, delays[i] * SECOND * 8 / 10);
      input.jitter = 1.0;
      keel_retry_policy_decide (&input, &delay);
      g_assert_cmpint (delay, ==, delays[i] * SECOND * 12 / 10);
    }
}

static void
test_retry_after (void)
{
  KeelRetryInput input = failing (KEEL_TASK_ERROR_HTTP_STATUS, 503, 1);
  gint64 delay = 0;

  input.retry_after_usec = 120 * SECOND;
  keel_retry_policy_decide (&input, &delay);
  g_assert_cmpint (delay, ==, 120 * SECOND);
  input.retry_after_usec = 7 * 24 * 3600 * SECOND;
  keel_retry_policy_decide (&input, &delay);
  g_assert_cmpint (delay, ==, 24 * 3600 * SECOND);
  input.retry_after_usec = 0;
  keel_retry_policy_decide (&input, &delay);
  g_assert_cmpint (delay, ==, SECOND);
}

static void
test_verdicts (void)
{
  static const struct {
    KeelTaskError code;
    guint status;
    guint running;
    KeelRetryVerdict verdict;
  } cases[] = {
    { KEEL_TASK_ERROR_DNS, 0, 1000, KEEL_RETRY_LATER },
    { KEEL_TASK_ERROR_TRUNCATED, 200, 1000, KEEL_RETRY_LATER },
    { KEEL_TASK_ERROR_TIMEOUT, 0, 1, KEEL_RETRY_LATER },
    { KEEL_TASK_ERROR_PROTOCOL, 200, 2, KEEL_RETRY_LATER },
    { KEEL_TASK_ERROR_PROTOCOL, 200, 3, KEEL_RETRY_NEVER },
    { KEEL_TASK_ERROR_PROTOCOL, 204, 1, KEEL_RETRY_NEVER },
    { KEEL_TASK_ERROR_PROTOCOL, 205, 1, KEEL_RETRY_NEVER },
    { KEEL_TASK_ERROR_PROTOCOL, 304, 1, KEEL_RETRY_NEVER },
    { KEEL_TASK_ERROR_HTTP_STATUS, 404, 1, KEEL_RETRY_NEVER },
    { KEEL_TASK_ERROR_HTTP_STATUS, 403, 1, KEEL_RETRY_NEVER },
    { KEEL_TASK_ERROR_HTTP_STATUS, 408, 9, KEEL_RETRY_LATER },
    { KEEL_TASK_ERROR_HTTP_STATUS, 425, 9, KEEL_RETRY_LATER },
    { KEEL_TASK_ERROR_HTTP_STATUS, 429, 9, KEEL_RETRY_LATER },
    { KEEL_TASK_ERROR_HTTP_STATUS, 500, 9, KEEL_RETRY_LATER },
    { KEEL_TASK_ERROR_HTTP_STATUS, 599, 9, KEEL_RETRY_LATER },
    { KEEL_TASK_ERROR_TLS, 0, 7, KEEL_RETRY_LATER },
    { KEEL_TASK_ERROR_TLS, 0, 8, KEEL_RETRY_NEVER },
    { KEEL_TASK_ERROR_CHECKSUM, 200, 1, KEEL_RETRY_NEVER },
    { KEEL_TASK_ERROR_DISK, 0, 1, KEEL_RETRY_NEVER },
    { KEEL_TASK_ERROR_REDIRECT, 302, 1, KEEL_RETRY_NEVER },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      KeelRetryInput input = failing (cases[i].code, cases[i].status, cases[i].running);
      gint64 delay = 0;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (keel_retry_policy_decide (&input, &delay), ==, cases[i].verdict);
    }
}

static void
test_fourteen_days (void)
{
  KeelRetryInput input = failing (KEEL_TASK_ERROR_CONNECT, 0, 100);
  gint64 delay = 0;

  input.failing_for_usec = 14 * 24 * 3600 * SECOND;
  g_assert_cmpint (keel_retry_policy_decide (&input, &delay), ==, KEEL_RETRY_LATER);
  input.failing_for_usec++;
  g_assert_cmpint (keel_retry_policy_decide (&input, &delay), ==, KEEL_RETRY_NEVER);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retry-policy/delays", test_delays);
  g_test_add_func ("/retry-policy/retry-after", test_retry_after);
  g_test_add_func ("/retry-policy/verdicts", test_verdicts);
  g_test_add_func ("/retry-policy/fourteen-days", test_fourteen_days);
  return g_test_run ();
}
