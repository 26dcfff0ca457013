/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include <string.h>

/* Who runs when. */

#define SECOND ((gint64) G_USEC_PER_SEC)

static void
serve_when_released (KeelRequest *request,
                     gpointer     data)
{
  keel_loopback_wait (request->server);
  keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
}

static void
limits_set_cb (KeelEngine   *engine,
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
set_limits (KeelBench *bench,
            guint      max_active,
            guint      max_per_host)
{
  KeelEngineLimits limits;
  gboolean is_set = FALSE;

  keel_engine_get_limits (bench->engine, &limits);
  limits.max_active = max_active;
  limits.max_per_host = max_per_host;

  keel_engine_set_limits (bench->engine, &limits, limits_set_cb, &is_set);
  keel_bench_iterate (is_true, &is_set);
}

static KeelTransfer *
add (KeelBench    *bench,
     KeelLoopback *server,
     const char   *path,
     KeelPriority  priority)
{
  g_autofree char *uri = keel_loopback_dup_uri (server, path);
  KeelTransferRecord *record = keel_bench_make_record (bench, uri);

  record->priority = priority;
  return keel_bench_add_record (bench, record);
}

/* In which order they were asked for. */
static void
assert_order (KeelLoopback      *server,
              const char *const *order)
{
  for (guint i = 0; order[i] != NULL; i++)
    {
      g_autofree char *request = keel_loopback_dup_request (server, i);
      g_autofree char *start = g_strdup_printf ("GET %s ", order[i]);

      g_assert_true (g_str_has_prefix (request, start));
    }
}

static void
assert_waits_for_slot (KeelTransfer *transfer)
{
  keel_bench_wait_state (transfer, KEEL_TRANSFER_WAITING);
  g_assert_cmpint (keel_transfer_get_record (transfer)->wait_reason, ==, KEEL_WAIT_REASON_SLOT);
}

static void
test_total (KeelBench     *bench,
            gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *transfers[5];

  set_limits (bench, 2, 8);
  for (guint i = 0; i < 5; i++)
    transfers[i] = add (bench, server, "/x", KEEL_PRIORITY_NORMAL);
  keel_bench_wait_requests (server, 2);
  for (guint i = 2; i < 5; i++)
    assert_waits_for_slot (transfers[i]);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 2);
  keel_loopback_release (server);
  for (guint i = 0; i < 5; i++)
    keel_bench_wait_state (transfers[i], KEEL_TRANSFER_FINISHED);
}

/* One server's queue does not hold up another's. */
static void
test_per_host (KeelBench     *bench,
               gconstpointer  data)
{
  g_autoptr (KeelLoopback) slow = keel_loopback_new (serve_when_released, NULL);
  g_autoptr (KeelLoopback) quick = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *second;
  KeelTransfer *other;

  keel_loopback_release (quick);
  set_limits (bench, 6, 1);
  add (bench, slow, "/1", KEEL_PRIORITY_NORMAL);
  second = add (bench, slow, "/2", KEEL_PRIORITY_NORMAL);
  other = add (bench, quick, "/3", KEEL_PRIORITY_LOW);
  keel_bench_wait_state (other, KEEL_TRANSFER_FINISHED);
  assert_waits_for_slot (second);
  g_assert_cmpuint (keel_loopback_get_requests (slow), ==, 1);
}

static void
test_priority (KeelBench     *bench,
               gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  static const char *const order[] = { "/first", "/high", "/normal", "/raised", "/low", NULL };
  KeelTransfer *low;
  KeelTransfer *raised;

  set_limits (bench, 1, 1);
  add (bench, server, "/first", KEEL_PRIORITY_NORMAL);
  keel_bench_wait_requests (server, 1);
  low = add (bench, server, "/low", KEEL_PRIORITY_LOW);
  add (bench, server, "/normal", KEEL_PRIORITY_NORMAL);
  raised = add (bench, server, "/raised", KEEL_PRIORITY_LOW);
  add (bench, server, "/high", KEEL_PRIORITY_HIGH);
  keel_transfer_set_priority (raised, KEEL_PRIORITY_NORMAL);
  keel_loopback_release (server);
  keel_bench_wait_state (low, KEEL_TRANSFER_FINISHED);
  assert_order (server, order);
}

/* Somebody's many do not keep somebody else's few waiting; who is more important still comes
 * first. */
static void
test_apps (KeelBench     *bench,
           gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  static const char *const order[] = { "/a1", "/b-high", "/c1", "/a2", "/b1",
                                       "/a3", "/b2",     "/a4", "/b3", NULL };
  gint64 sessions[3] = { bench->session_id };
  KeelTransfer *last = NULL;

  sessions[1] = keel_engine_open_session (bench->engine, "app-b", "x")->id;
  sessions[2] = keel_engine_open_session (bench->engine, "app-c", "x")->id;
  set_limits (bench, 1, 1);
  add (bench, server, "/a1", KEEL_PRIORITY_NORMAL);
  keel_bench_wait_requests (server, 1);
  for (guint i = 1; i < G_N_ELEMENTS (order) - 1; i++)
    {
      /* All of the first application before those of the others. */
      static const char *const paths[] = { "/a2", "/a3", "/a4", "/b1",
                                           "/b2", "/b3", "/c1", "/b-high" };
      const char *path = paths[i - 1];

      bench->session_id = sessions[path[1] - 'a'];
      last = add (bench, server, path,
                  g_str_has_suffix (path, "high") ? KEEL_PRIORITY_HIGH : KEEL_PRIORITY_NORMAL);
    }
  assert_waits_for_slot (last);
  keel_loopback_release (server);
  for (gint64 id = 1; id <= 9; id++)
    keel_bench_wait_state (keel_engine_get_transfer (bench->engine, id), KEEL_TRANSFER_FINISHED);
  assert_order (server, order);
}

/* With several slots it is the one with the fewest running. */
static void
test_apps_share_slots (KeelBench     *bench,
                       gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *mine[4];
  KeelTransfer *other;

  set_limits (bench, 2, 8);
  for (guint i = 0; i < 4; i++)
    mine[i] = add (bench, server, "/mine", KEEL_PRIORITY_NORMAL);
  keel_bench_wait_requests (server, 2);
  bench->session_id = keel_engine_open_session (bench->engine, "app-b", "x")->id;
  other = add (bench, server, "/other", KEEL_PRIORITY_NORMAL);
  assert_waits_for_slot (other);
  keel_transfer_control (mine[0], KEEL_CONTROL_PAUSE);
  keel_bench_wait_state (other, KEEL_TRANSFER_RUNNING);
  assert_waits_for_slot (mine[2]);
}

/* To the front and to the end, also over a restart; a new one comes behind the last. */
static void
test_position (KeelBench     *bench,
               gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  static const char *const order[] = { "/1", "/1", "/5", "/4", "/3", "/2", "/6", NULL };
  KeelTransfer *transfers[7] = { NULL };

  set_limits (bench, 1, 1);
  for (guint i = 1; i <= 5; i++)
    {
      char path[] = { '/', (char) ('0' + i), '\0' };

      transfers[i] = add (bench, server, path, KEEL_PRIORITY_NORMAL);
    }
  keel_bench_wait_requests (server, 1);
  keel_engine_move (bench->engine, transfers[2], KEEL_POSITION_LAST);
  keel_engine_move (bench->engine, transfers[4], KEEL_POSITION_FIRST);
  keel_bench_stop (bench);
  keel_bench_start (bench);
  for (guint i = 1; i <= 5; i++)
    transfers[i] = keel_engine_get_transfer (bench->engine, i);
  keel_engine_move (bench->engine, transfers[5], KEEL_POSITION_FIRST);
  keel_engine_move (bench->engine, transfers[1], KEEL_POSITION_FIRST);
  transfers[6] = add (bench, server, "/6", KEEL_PRIORITY_NORMAL);
  keel_loopback_release (server);
  keel_bench_wait_state (transfers[6], KEEL_TRANSFER_FINISHED);
  assert_order (server, order);
}

static void
set_schedule (KeelBench  *bench,
              const char *entry)
{
  const char *const entries[] = { entry, NULL };
  g_autoptr (KeelSchedule) schedule = NULL;
  KeelEngineLimits limits;
  gboolean is_set = FALSE;

  if (entry != NULL)
    schedule = keel_schedule_parse (entries, NULL);
  keel_engine_get_limits (bench->engine, &limits);
  limits.schedule = schedule;
  keel_engine_set_limits (bench->engine, &limits, limits_set_cb, &is_set);
  keel_bench_iterate (is_true, &is_set);
}

/* What runs goes back into the queue, and all wait until the time has come. Here it is midnight, of
 * a Thursday. */
static void
test_schedule_pauses (KeelBench     *bench,
                      gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  gint64 until_usec = keel_clock_get_wall_usec (bench->clock) + 2 * 3600 * SECOND;
  KeelTransfer *first;
  KeelTransfer *second;
  KeelTransfer *third;

  set_limits (bench, 1, 1);
  first = add (bench, server, "/1", KEEL_PRIORITY_NORMAL);
  second = add (bench, server, "/2", KEEL_PRIORITY_NORMAL);
  keel_bench_wait_requests (server, 1);
  set_schedule (bench, "thu 00:00-02:00 pause");
  keel_bench_wait_reason (first, KEEL_WAIT_REASON_SCHEDULE);
  keel_bench_wait_reason (second, KEEL_WAIT_REASON_SCHEDULE);
  third = add (bench, server, "/3", KEEL_PRIORITY_NORMAL);
  keel_bench_wait_reason (third, KEEL_WAIT_REASON_SCHEDULE);
  g_assert_cmpint (keel_transfer_get_record (first)->wait_until_usec, ==, until_usec);
  g_assert_cmpint (keel_transfer_get_record (third)->wait_until_usec, ==, until_usec);
  keel_transfer_control (second, KEEL_CONTROL_RETRY);
  keel_bench_wait_reason (second, KEEL_WAIT_REASON_SCHEDULE);
  keel_engine_network_changed (bench->engine);
  keel_clock_advance (bench->clock, 7199 * SECOND);
  keel_bench_wait_reason (first, KEEL_WAIT_REASON_SCHEDULE);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 1);
  keel_clock_advance (bench->clock, SECOND);
  keel_bench_wait_state (first, KEEL_TRANSFER_RUNNING);
  assert_waits_for_slot (second);
  keel_loopback_release (server);
  keel_bench_wait_state (third, KEEL_TRANSFER_FINISHED);
}

/* What somebody starts by hand runs although it is not the time for it, and goes on when the next
 * pause begins; the others wait. When it was paused in between, it waits, too. */
static void
test_started_by_hand (KeelBench     *bench,
                      gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *first;
  KeelTransfer *second;

  set_limits (bench, 1, 1);
  set_schedule (bench, "daily 00:00-02:00 pause");
  first = add (bench, server, "/1", KEEL_PRIORITY_HIGH);
  second = add (bench, server, "/2", KEEL_PRIORITY_NORMAL);
  keel_bench_wait_reason (first, KEEL_WAIT_REASON_SCHEDULE);
  keel_bench_wait_reason (second, KEEL_WAIT_REASON_SCHEDULE);
  keel_transfer_set_not_before (second, 0);
  keel_bench_wait_requests (server, 1);
  g_assert_cmpint (keel_transfer_get_record (second)->state, ==, KEEL_TRANSFER_RUNNING);
  keel_bench_wait_reason (first, KEEL_WAIT_REASON_SCHEDULE);

  set_schedule (bench, "daily 05:00-06:00 pause");
  assert_waits_for_slot (first);
  set_schedule (bench, "daily 00:00-02:00 pause");
  keel_bench_wait_reason (first, KEEL_WAIT_REASON_SCHEDULE);
  g_assert_cmpint (keel_transfer_get_record (second)->state, ==, KEEL_TRANSFER_RUNNING);

  keel_transfer_control (second, KEEL_CONTROL_PAUSE);
  keel_bench_wait_state (second, KEEL_TRANSFER_PAUSED);
  keel_transfer_control (second, KEEL_CONTROL_RESUME);
  keel_bench_wait_reason (second, KEEL_WAIT_REASON_SCHEDULE);
  keel_transfer_set_not_before (second, 0);
  keel_loopback_release (server);
  keel_bench_wait_state (second, KEEL_TRANSFER_FINISHED);
  keel_bench_wait_reason (first, KEEL_WAIT_REASON_SCHEDULE);
}

/* A time of its own, which may be set while it waits, and taken back. */
static void
test_time_of_its_own (KeelBench     *bench,
                      gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  gint64 until_usec = keel_clock_get_wall_usec (bench->clock) + 3600 * SECOND;
  KeelTransfer *first;
  KeelTransfer *second;

  set_limits (bench, 1, 1);
  first = add (bench, server, "/1", KEEL_PRIORITY_NORMAL);
  second = add (bench, server, "/2", KEEL_PRIORITY_NORMAL);
  keel_bench_wait_requests (server, 1);
  assert_waits_for_slot (second);
  keel_transfer_set_not_before (second, until_usec);
  keel_bench_wait_reason (second, KEEL_WAIT_REASON_SCHEDULE);
  g_assert_cmpint (keel_transfer_get_record (second)->wait_until_usec, ==, until_usec);
  keel_transfer_set_not_before (first, until_usec);
  g_assert_cmpint (keel_transfer_get_record (first)->state, ==, KEEL_TRANSFER_RUNNING);
  keel_transfer_set_not_before (second, 0);
  assert_waits_for_slot (second);
  keel_loopback_release (server);
  keel_bench_wait_state (second, KEEL_TRANSFER_FINISHED);
}

/* It is still there after a restart, before which the pause had begun, and can be taken away. */
static void
test_schedule_is_kept (KeelBench     *bench,
                       gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *transfer;

  keel_loopback_release (server);
  set_schedule (bench, "daily 23:00-22:00 pause");
  transfer = add (bench, server, "/1", KEEL_PRIORITY_NORMAL);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_SCHEDULE);
  keel_bench_stop (bench);
  keel_bench_start (bench);
  transfer = keel_engine_get_transfer (bench->engine, 1);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_SCHEDULE);
  set_schedule (bench, NULL);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
}

static guint64
present_rate (KeelBench *bench)
{
  return keel_engine_get_present_rate (bench->engine);
}

/* The limit of all together follows the clock on the wall, through a suspend, too. */
static void
test_schedule_limits (KeelBench     *bench,
                      gconstpointer  data)
{
  KeelEngineLimits limits;
  gboolean is_set = FALSE;

  keel_engine_get_limits (bench->engine, &limits);
  limits.max_rate_bps = 3000;
  keel_engine_set_limits (bench->engine, &limits, limits_set_cb, &is_set);
  keel_bench_iterate (is_true, &is_set);
  g_assert_cmpuint (present_rate (bench), ==, 3000);
  set_schedule (bench, "thu 08:00-18:00 500k");
  g_assert_cmpuint (present_rate (bench), ==, 3000);
  keel_clock_advance (bench->clock, 8 * 3600 * SECOND);
  g_assert_cmpuint (present_rate (bench), ==, 500000);
  keel_clock_sleep (bench->clock, 9 * 3600 * SECOND);
  g_assert_cmpuint (present_rate (bench), ==, 500000);
  keel_clock_sleep (bench->clock, 3600 * SECOND);
  g_assert_cmpuint (present_rate (bench), ==, 3000);
  set_schedule (bench, "daily 00:00-24:00 unlimited");
  g_assert_cmpuint (present_rate (bench), ==, 0);
}

/* A transfer that is paused, or waits to try again, takes nobody's place. */
static void
test_slot_is_given_back (KeelBench     *bench,
                         gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *first;
  KeelTransfer *second;

  set_limits (bench, 1, 1);
  first = add (bench, server, "/1", KEEL_PRIORITY_NORMAL);
  second = add (bench, server, "/2", KEEL_PRIORITY_NORMAL);
  keel_bench_wait_requests (server, 1);
  keel_transfer_control (first, KEEL_CONTROL_PAUSE);
  keel_bench_wait_state (second, KEEL_TRANSFER_RUNNING);
  keel_transfer_control (first, KEEL_CONTROL_RESUME);
  assert_waits_for_slot (first);
}

static void
test_not_before (KeelBench     *bench,
                 gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  g_autofree char *uri = keel_loopback_dup_uri (server, "/x");
  KeelTransferRecord *record = keel_bench_make_record (bench, uri);
  KeelTransfer *transfer;

  keel_loopback_release (server);
  record->not_before_usec = keel_clock_get_wall_usec (bench->clock) + 3600 * SECOND;
  transfer = keel_bench_add_record (bench, record);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_WAITING);
  g_assert_cmpint (keel_transfer_get_record (transfer)->wait_reason, ==, KEEL_WAIT_REASON_SCHEDULE);
  keel_clock_advance (bench->clock, 3599 * SECOND);
  g_assert_cmpint (keel_transfer_get_record (transfer)->state, ==, KEEL_TRANSFER_WAITING);
  keel_clock_advance (bench->clock, SECOND);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
}

/* What makes no sense is refused, and what is so already is fine. */
static void
test_control_table (KeelBench     *bench,
                    gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *transfer = add (bench, server, "/x", KEEL_PRIORITY_NORMAL);

  keel_bench_wait_requests (server, 1);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RESUME));
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_PAUSE));
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_PAUSE));
  g_assert_false (keel_transfer_control (transfer, KEEL_CONTROL_RETRY));
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RESUME));
  keel_loopback_release (server);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  g_assert_false (keel_transfer_control (transfer, KEEL_CONTROL_PAUSE));
  g_assert_false (keel_transfer_control (transfer, KEEL_CONTROL_RESUME));
  g_assert_false (keel_transfer_control (transfer, KEEL_CONTROL_CANCEL));
  g_assert_false (keel_transfer_is_meant_by_all (transfer, KEEL_CONTROL_PAUSE));
  g_assert_false (keel_transfer_is_meant_by_all (transfer, KEEL_CONTROL_RETRY));
  g_assert_true (keel_transfer_is_meant_by_all (transfer, KEEL_CONTROL_REMOVE));
  /* Once more, beside what is there. */
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RETRY));
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_folder (bench, "x x (1)");
}

/* --- how often numbers are made -------------------------------------------------------------- */

static void
ticked_cb (KeelEngine *engine,
           gpointer    user_data)
{
  (*(guint *) user_data)++;
}

static guint
count_ticks (KeelBench *bench,
             gint64     usec)
{
  guint count = 0;
  gulong handler = g_signal_connect (bench->engine, "ticked", G_CALLBACK (ticked_cb), &count);

  keel_clock_advance (bench->clock, usec);
  g_signal_handler_disconnect (bench->engine, handler);
  return count;
}

/* As often as somebody wants, at once if that is more often, and not at all when nothing runs. */
static void
test_ticks (KeelBench     *bench,
            gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *transfer = add (bench, server, "/a", KEEL_PRIORITY_NORMAL);

  keel_bench_wait_requests (server, 1);
  keel_engine_set_tick (bench->engine, 0);
  count_ticks (bench, SECOND);
  g_assert_cmpuint (count_ticks (bench, 3 * SECOND), ==, 3);
  keel_engine_set_tick (bench->engine, SECOND / 10);
  g_assert_cmpuint (count_ticks (bench, 3 * SECOND), ==, 30);
  /* Nobody's eyes are as quick. */
  keel_engine_set_tick (bench->engine, 1);
  g_assert_cmpuint (count_ticks (bench, SECOND), ==, 10);
  keel_engine_set_tick (bench->engine, 3600 * SECOND);
  count_ticks (bench, SECOND);
  g_assert_cmpuint (count_ticks (bench, 3 * SECOND), ==, 3);
  keel_loopback_release (server);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  count_ticks (bench, 2 * SECOND);
  g_assert_cmpuint (count_ticks (bench, 3 * SECOND), ==, 0);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/scheduling/" name, KeelBench, NULL, keel_bench_set_up, func,                \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  /* Schedules are local. */
  g_setenv ("TZ", "UTC", TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("total", test_total);
  ADD ("per-host", test_per_host);
  ADD ("priority", test_priority);
  ADD ("apps", test_apps);
  ADD ("apps-share-slots", test_apps_share_slots);
  ADD ("position", test_position);
  ADD ("schedule-pauses", test_schedule_pauses);
  ADD ("started-by-hand", test_started_by_hand);
  ADD ("time-of-its-own", test_time_of_its_own);
  ADD ("schedule-is-kept", test_schedule_is_kept);
  ADD ("schedule-limits", test_schedule_limits);
  ADD ("slot-is-given-back", test_slot_is_given_back);
  ADD ("not-before", test_not_before);
  ADD ("ticks", test_ticks);
  ADD ("control-table", test_control_table);
  return g_test_run ();
}
