/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-clock.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

typedef struct {
  KeelClock *clock;
  GString *log;
  char letter;
  guint *cancelled;
} Note;

static void
note_cb (gpointer user_data)
{
  Note *note = user_data;

  g_string_append_c (note->log, note->letter);
  if (note->cancelled != NULL)
    keel_clock_cancel (note->clock, note->cancelled);
}

static void
test_order (void)
{
  g_autoptr (KeelClock) clock = keel_clock_new_fake (0);
  g_autoptr (GString) log = g_string_new (NULL);
  Note a = { clock, log, 'a', NULL };
  Note b = { clock, log, 'b', NULL };
  Note c = { clock, log, 'c', NULL };

  keel_clock_call_after (clock, 3 * SECOND, note_cb, &c);
  keel_clock_call_after (clock, 1 * SECOND, note_cb, &a);
  keel_clock_call_after (clock, 1 * SECOND, note_cb, &b);
  keel_clock_advance (clock, SECOND - 1);
  g_assert_cmpstr (log->str, ==, "");
  keel_clock_advance (clock, 1);
  g_assert_cmpstr (log->str, ==, "ab");
  keel_clock_advance (clock, 14 * 24 * 3600 * SECOND);
  g_assert_cmpstr (log->str, ==, "abc");
  g_assert_cmpint (keel_clock_get_wall_usec (clock), ==, SECOND + 14 * 24 * 3600 * SECOND);
}

/* A timer that is due at the same moment can still be taken back by the one before it. */
static void
test_cancel_within (void)
{
  g_autoptr (KeelClock) clock = keel_clock_new_fake (0);
  g_autoptr (GString) log = g_string_new (NULL);
  guint second;
  Note a = { clock, log, 'a', &second };
  Note b = { clock, log, 'b', NULL };

  keel_clock_call_after (clock, SECOND, note_cb, &a);
  second = keel_clock_call_after (clock, SECOND, note_cb, &b);
  keel_clock_advance (clock, SECOND);
  g_assert_cmpstr (log->str, ==, "a");
  g_assert_cmpuint (second, ==, 0);
}

typedef struct {
  KeelClock *clock;
  gint64 seen_usec[3];
  guint count;
} Chain;

static void
chain_cb (gpointer user_data)
{
  Chain *chain = user_data;

  chain->seen_usec[chain->count++] = keel_clock_get_boottime_usec (chain->clock);
  if (chain->count < 3)
    keel_clock_call_after (chain->clock, SECOND, chain_cb, chain);
}

/* A timer set by a timer sees the time at which it was due, not where the clock is going. */
static void
test_chain (void)
{
  g_autoptr (KeelClock) clock = keel_clock_new_fake (0);
  Chain chain = { clock, { 0 }, 0 };
  gint64 start_usec = keel_clock_get_boottime_usec (clock);

  keel_clock_call_after (clock, SECOND, chain_cb, &chain);
  keel_clock_advance (clock, 10 * SECOND);
  g_assert_cmpuint (chain.count, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (chain.seen_usec[i] - start_usec, ==, (i + 1) * SECOND);
}

static void
quit_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
}

static void
test_real (void)
{
  g_autoptr (KeelClock) clock = keel_clock_new (NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  gint64 before_usec = keel_clock_get_boottime_usec (clock);

  keel_clock_call_after (clock, 20 * 1000, quit_cb, loop);
  g_main_loop_run (loop);
  g_assert_cmpint (keel_clock_get_boottime_usec (clock) - before_usec, >=, 20 * 1000);
}

/* Jumping a real clock ahead runs what became due, and what is left keeps its distance. */
static void
test_real_jump (void)
{
  g_autoptr (KeelClock) clock = keel_clock_new (NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GString) log = g_string_new (NULL);
  Note a = { clock, log, 'a', NULL };

  keel_clock_call_after (clock, 3600 * SECOND, note_cb, &a);
  keel_clock_call_after (clock, 3600 * SECOND + 20 * 1000, quit_cb, loop);
  keel_clock_advance (clock, 3600 * SECOND);
  g_assert_cmpstr (log->str, ==, "a");
  g_main_loop_run (loop);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/order", test_order);
  g_test_add_func ("/clock/cancel-within", test_cancel_within);
  g_test_add_func ("/clock/chain", test_chain);
  g_test_add_func ("/clock/real", test_real);
  g_test_add_func ("/clock/real-jump", test_real_jump);
  return g_test_run ();
}
