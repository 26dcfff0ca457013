/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

/* How long a call that adds tasks is remembered, so that repeating it adds nothing. */

static void
added_cb (KeelEngine   *engine,
          const GError *error,
          gpointer      user_data)
{
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *) data;
}

static void
add (KeelBench  *bench,
     const char *nonce)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  KeelTransferRecord *record = keel_bench_make_record (bench, "http://127.0.0.1:9/x");
  gboolean is_added = FALSE;

  record->state = KEEL_TRANSFER_PAUSED;
  g_ptr_array_add (records, record);
  keel_engine_add (bench->engine, bench->session_id, records, nonce, added_cb, &is_added);
  keel_bench_iterate (is_true, &is_added);
}

static gboolean
is_remembered (KeelBench  *bench,
               const char *nonce)
{
  gint64 first_id;
  guint count;

  return keel_engine_find_addition (bench->engine, bench->session_id, nonce, &first_id, &count);
}

/* A day in memory, as in the database. */
static void
test_forgotten (KeelBench     *bench,
                gconstpointer  data)
{
  const gint64 hour_usec = 3600 * (gint64) G_USEC_PER_SEC;

  add (bench, "first");
  keel_clock_advance (bench->clock, 20 * hour_usec);
  add (bench, "second");
  g_assert_true (is_remembered (bench, "first"));
  keel_clock_advance (bench->clock, 5 * hour_usec);
  add (bench, "third");
  g_assert_false (is_remembered (bench, "first"));
  g_assert_true (is_remembered (bench, "second"));
  g_assert_true (is_remembered (bench, "third"));
}

/* Over a start as well. */
static void
test_start (KeelBench     *bench,
            gconstpointer  data)
{
  add (bench, "first");
  add (bench, "second");
  keel_bench_stop (bench);
  keel_bench_start (bench);
  g_assert_true (is_remembered (bench, "first"));
  g_assert_true (is_remembered (bench, "second"));
  g_assert_false (is_remembered (bench, "third"));
}

#define ADD(name, func)                                                                            \
  g_test_add ("/additions/" name, KeelBench, NULL, keel_bench_set_up, func, keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("forgotten", test_forgotten);
  ADD ("start", test_start);
  return g_test_run ();
}
