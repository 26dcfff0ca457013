/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-rate-meter.h"

/* Made-up traces: what is shown is calm, and true soon. */

#define SECOND ((gint64) G_USEC_PER_SEC)
#define TICK (SECOND / 4)

typedef struct {
  KeelRateMeter meter;
  gint64 now_usec;
  guint64 bytes;
} Trace;

static guint64
tick (Trace   *trace,
      guint64  bytes)
{
  trace->now_usec += TICK;
  trace->bytes += bytes;
  keel_rate_meter_sample (&trace->meter, trace->bytes, trace->now_usec);
  return keel_rate_meter_get (&trace->meter);
}

static void
assert_within (guint64 rate,
               guint64 wanted,
               guint   percent)
{
  g_assert_cmpuint (rate * 100, >=, wanted * (100 - percent));
  g_assert_cmpuint (rate * 100, <=, wanted * (100 + percent));
}

static void
test_start (void)
{
  Trace trace = { .now_usec = SECOND };

  g_assert_cmpuint (keel_rate_meter_get (&trace.meter), ==, 0);
  /* It takes a while to connect, and that is not counted. */
  for (guint i = 0; i < 8; i++)
    g_assert_cmpuint (tick (&trace, 0), ==, 0);
  for (guint i = 0; i < 20; i++)
    g_assert_cmpuint (tick (&trace, 250), ==, 1000);
}

static void
test_step (void)
{
  static const guint64 rates[] = { 2000, 100, 1000000, 1000 };
  Trace trace = { .now_usec = SECOND };

  for (guint i = 0; i < 40; i++)
    tick (&trace, 250);
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      for (guint j = 0; j < 12; j++)
        tick (&trace, rates[i] / 4);
      assert_within (tick (&trace, rates[i] / 4), rates[i], 10);
      for (guint j = 0; j < 20; j++)
        assert_within (tick (&trace, rates[i] / 4), rates[i], 1);
    }
}

/* All that comes in a while comes at once. */
static void
test_bursts (void)
{
  static const guint lengths[] = { 1, 2, 3, 4, 5, 8 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      Trace trace = { .now_usec = SECOND };

      for (guint j = 0; j < 200; j++)
        {
          guint64 rate = tick (&trace, j % lengths[i] == 0 ? lengths[i] * 250000 : 0);

          /* When the first three seconds, and the silence before the first burst, are over. */
          if (j > 32)
            assert_within (rate, 1000000, 10);
        }
    }
}

/* Every tick something else, but in the long run the same. */
static void
test_noise (void)
{
  Trace trace = { .now_usec = SECOND };
  g_autoptr (GRand) random = g_rand_new_with_seed (4);

  for (guint i = 0; i < 2000; i++)
    {
      guint64 rate = tick (&trace, (guint64) g_rand_int_range (random, 212500, 287500));

      if (i > 16)
        assert_within (rate, 1000000, 10);
    }
}

static void
test_stall (void)
{
  Trace trace = { .now_usec = SECOND };
  guint64 before;

  for (guint i = 0; i < 40; i++)
    tick (&trace, 250);
  before = keel_rate_meter_get (&trace.meter);
  for (guint i = 0; i < 12; i++)
    {
      g_assert_cmpuint (tick (&trace, 0), <=, before);
      before = keel_rate_meter_get (&trace.meter);
    }
  g_assert_cmpuint (tick (&trace, 0), ==, 0);
}

/* However often it is looked at. */
static void
test_spacing (void)
{
  static const gint64 steps[] = { 1000, 20000, 100000, 250000, 333333, 1000000 };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      KeelRateMeter meter = { 0 };

      for (gint64 usec = SECOND; usec < 12 * SECOND; usec += steps[i])
        keel_rate_meter_sample (&meter, (guint64) usec, usec);
      assert_within (keel_rate_meter_get (&meter), 1000000, 1);
    }
}

/* A counter that went back is a new beginning, not a negative rate. */
static void
test_back (void)
{
  Trace trace = { .now_usec = SECOND };

  for (guint i = 0; i < 20; i++)
    tick (&trace, 250);
  trace.bytes = 0;
  g_assert_cmpuint (tick (&trace, 10), ==, 0);
  g_assert_cmpuint (tick (&trace, 250), ==, 1000);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rate-meter/start", test_start);
  g_test_add_func ("/rate-meter/step", test_step);
  g_test_add_func ("/rate-meter/bursts", test_bursts);
  g_test_add_func ("/rate-meter/noise", test_noise);
  g_test_add_func ("/rate-meter/stall", test_stall);
  g_test_add_func ("/rate-meter/spacing", test_spacing);
  g_test_add_func ("/rate-meter/back", test_back);
  return g_test_run ();
}
