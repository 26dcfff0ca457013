/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-rate-limiter.h"
#include "keel-rate-meter.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

/* Reading for ten seconds of the limiter's own time moves ten seconds' worth of bytes. */
static void
test_limit_holds (void)
{
  g_autoptr (KeelRateLimiter) limiter = keel_rate_limiter_new (1000000);
  gint64 start_usec = g_get_monotonic_time ();
  gint64 now_usec = start_usec;
  guint64 bytes = 0;

  while (now_usec < start_usec + 10 * SECOND)
    {
      now_usec += keel_rate_limiter_charge (limiter, 50000, now_usec);
      bytes += 50000;
    }
  g_assert_cmpuint (bytes, >=, 9950000);
  g_assert_cmpuint (bytes, <=, 10350000);
}

/* A long silence does not buy a long burst. */
static void
test_burst (void)
{
  g_autoptr (KeelRateLimiter) limiter = keel_rate_limiter_new (1000000);
  gint64 now_usec = g_get_monotonic_time () + 3600 * SECOND;

  g_assert_cmpint (keel_rate_limiter_charge (limiter, 250000, now_usec), ==, 0);
  g_assert_cmpint (keel_rate_limiter_charge (limiter, 500000, now_usec), ==, SECOND / 2);
}

static void
test_no_limit (void)
{
  g_autoptr (KeelRateLimiter) limiter = keel_rate_limiter_new (0);

  g_assert_cmpint (keel_rate_limiter_charge (limiter, G_MAXSIZE / 2, 0), ==, 0);
  g_assert_cmpuint (keel_rate_limiter_suggest (limiter, 1 << 20), ==, 1 << 20);
  g_assert_true (keel_rate_limiter_take (limiter, 1 << 20, NULL));
}

static gpointer
cancel_thread (gpointer data)
{
  g_usleep (20 * 1000);
  g_cancellable_cancel (data);
  return NULL;
}

/* Someone who waits for an hour's debt is let go at once, and is told why. */
static void
test_cancel (void)
{
  g_autoptr (KeelRateLimiter) limiter = keel_rate_limiter_new (1000);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GThread *thread = g_thread_new ("cancel", cancel_thread, cancellable);

  g_assert_false (keel_rate_limiter_take (limiter, 3600 * 1000, cancellable));
  g_thread_join (thread);
}

static gpointer
unlimit_thread (gpointer data)
{
  g_usleep (20 * 1000);
  keel_rate_limiter_set_rate (data, 0);
  return NULL;
}

/* A limit that is taken away frees those who wait under it. */
static void
test_change (void)
{
  g_autoptr (KeelRateLimiter) limiter = keel_rate_limiter_new (1000);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GThread *thread = g_thread_new ("unlimit", unlimit_thread, limiter);

  g_assert_true (keel_rate_limiter_take (limiter, 3600 * 1000, cancellable));
  g_thread_join (thread);
}

static void
test_meter (void)
{
  KeelRateMeter meter = { 0 };
  gint64 now_usec = SECOND;
  guint64 bytes = 0;

  g_assert_cmpuint (keel_rate_meter_get (&meter), ==, 0);
  keel_rate_meter_sample (&meter, bytes, now_usec);
  keel_rate_meter_sample (&meter, bytes += 250, now_usec += SECOND / 4);
  g_assert_cmpuint (keel_rate_meter_get (&meter), ==, 1000);

  /* Twice as fast: near it after three time constants, and never beyond. */
  for (guint i = 0; i < 36; i++)
    keel_rate_meter_sample (&meter, bytes += 500, now_usec += SECOND / 4);
  g_assert_cmpuint (keel_rate_meter_get (&meter), >=, 1900);
  g_assert_cmpuint (keel_rate_meter_get (&meter), <=, 2000);

  /* A counter that went back is a new beginning, not a negative rate. */
  keel_rate_meter_sample (&meter, 10, now_usec += SECOND / 4);
  g_assert_cmpuint (keel_rate_meter_get (&meter), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rate/limit-holds", test_limit_holds);
  g_test_add_func ("/rate/burst", test_burst);
  g_test_add_func ("/rate/no-limit", test_no_limit);
  g_test_add_func ("/rate/cancel", test_cancel);
  g_test_add_func ("/rate/change", test_change);
  g_test_add_func ("/rate/meter", test_meter);
  return g_test_run ();
}
