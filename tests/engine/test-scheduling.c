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
  KeelEngineLimits limits = { 0, max_active, max_per_host };
  gboolean is_set = FALSE;

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
  static const char *const order[] = { "/first", "/high", "/normal", "/raised", "/low" };
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
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      g_autofree char *request = keel_loopback_dup_request (server, i);
      g_autofree char *start = g_strdup_printf ("GET %s ", order[i]);

      g_assert_true (g_str_has_prefix (request, start));
    }
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

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/scheduling/" name, KeelBench, NULL, keel_bench_set_up, func,                \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("total", test_total);
  ADD ("per-host", test_per_host);
  ADD ("priority", test_priority);
  ADD ("slot-is-given-back", test_slot_is_given_back);
  ADD ("not-before", test_not_before);
  ADD ("control-table", test_control_table);
  return g_test_run ();
}
