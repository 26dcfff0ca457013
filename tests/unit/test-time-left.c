/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-time-left.h"

/* How long it still takes, as it is told. */

#define SECOND ((gint64) G_USEC_PER_SEC)
#define TICK (SECOND / 4)
#define MEGABYTE 1000000

/* The first number is told as it is, and then it only goes down. */
static void
test_steady (void)
{
  KeelTimeLeft left = { 0 };
  gint64 now_usec = SECOND;
  guint64 missing = 100 * MEGABYTE;

  g_assert_cmpint (keel_time_left_get (&left, missing), ==, -1);
  keel_time_left_update (&left, now_usec, MEGABYTE);
  g_assert_cmpint (keel_time_left_get (&left, missing), ==, 100);
  for (guint i = 0; i < 200; i++)
    {
      keel_time_left_update (&left, now_usec += TICK, MEGABYTE);
      g_assert_cmpint (keel_time_left_get (&left, missing -= MEGABYTE / 4), ==, 100 - (i + 1) / 4);
    }
  g_assert_cmpint (keel_time_left_get (&left, 0), ==, 0);
}

/* With a rate that wobbles by a tenth, it does not jump by a fifth. */
static void
test_wobble (void)
{
  KeelTimeLeft left = { 0 };
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  gint64 now_usec = SECOND;
  gint64 before = 0;

  for (guint i = 0; i < 400; i++)
    {
      guint64 rate = (guint64) g_rand_int_range (random, MEGABYTE * 9 / 10, MEGABYTE * 11 / 10);
      gint64 after;

      keel_time_left_update (&left, now_usec += TICK, rate);
      after = keel_time_left_get (&left, 1000 * (guint64) MEGABYTE);
      if (before != 0)
        g_assert_cmpint (ABS (after - before), <=, before / 10);
      before = after;
    }
}

/* A new rate is believed in the end. */
static void
test_step (void)
{
  KeelTimeLeft left = { 0 };
  gint64 now_usec = SECOND;
  gint64 seconds;

  for (guint i = 0; i < 100; i++)
    keel_time_left_update (&left, now_usec += TICK, MEGABYTE);
  for (guint i = 0; i < 60; i++)
    keel_time_left_update (&left, now_usec += TICK, 2 * MEGABYTE);
  seconds = keel_time_left_get (&left, 100 * MEGABYTE);
  g_assert_cmpint (seconds, >=, 50);
  g_assert_cmpint (seconds, <=, 55);
}

/* When nothing comes nothing is told, and what was before does not count afterwards. */
static void
test_stall (void)
{
  KeelTimeLeft left = { 0 };
  gint64 now_usec = SECOND;

  for (guint i = 0; i < 100; i++)
    keel_time_left_update (&left, now_usec += TICK, MEGABYTE);
  keel_time_left_update (&left, now_usec += TICK, 0);
  g_assert_cmpint (keel_time_left_get (&left, MEGABYTE), ==, -1);
  keel_time_left_update (&left, now_usec += TICK, MEGABYTE / 10);
  g_assert_cmpint (keel_time_left_get (&left, MEGABYTE), ==, 10);
  keel_time_left_update (&left, now_usec += TICK, 1);
  g_assert_cmpint (keel_time_left_get (&left, G_MAXUINT64), >, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/time-left/steady", test_steady);
  g_test_add_func ("/time-left/wobble", test_wobble);
  g_test_add_func ("/time-left/step", test_step);
  g_test_add_func ("/time-left/stall", test_stall);
  return g_test_run ();
}
