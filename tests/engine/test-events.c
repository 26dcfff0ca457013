/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include <string.h>

/* What ends is an event until somebody has acknowledged it. */

static void
serve (KeelRequest *request,
       gpointer     data)
{
  if (strcmp (request->path, "/missing") == 0)
    keel_request_print (request, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  else
    keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
}

static gboolean
has_events (gpointer data)
{
  KeelBench *bench = data;

  return keel_engine_get_events (bench->engine)->len == 2;
}

static void
assert_event (KeelBench     *bench,
              guint          index,
              gint64         task_id,
              KeelEventKind  kind)
{
  const KeelEventRecord *event = g_ptr_array_index (keel_engine_get_events (bench->engine), index);

  g_assert_cmpint (event->session_id, ==, bench->session_id);
  g_assert_cmpint (event->number, ==, (gint64) index + 1);
  g_assert_cmpint (event->task_id, ==, task_id);
  g_assert_cmpint (event->kind, ==, kind);
  g_assert_cmpint (event->created_usec, >, 0);
}

static void
acknowledged_cb (KeelEngine   *engine,
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

/* They survive a crash as they are, and go when they are acknowledged. */
static void
test_life (KeelBench     *bench,
           gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  gboolean is_acknowledged = FALSE;

  keel_bench_wait_state (keel_bench_add (bench, server, "/a"), KEEL_TRANSFER_FINISHED);
  keel_bench_wait_state (keel_bench_add (bench, server, "/missing"), KEEL_TRANSFER_FAILED);
  keel_bench_iterate (has_events, bench);
  for (guint i = 0; i < 2; i++)
    {
      assert_event (bench, 0, 1, KEEL_EVENT_FINISHED);
      assert_event (bench, 1, 2, KEEL_EVENT_FAILED);
      keel_bench_crash (bench);
      keel_bench_start (bench);
    }
  keel_engine_acknowledge (bench->engine, acknowledged_cb, &is_acknowledged);
  g_assert_cmpuint (keel_engine_get_events (bench->engine)->len, ==, 0);
  keel_bench_iterate (is_true, &is_acknowledged);
  keel_bench_crash (bench);
  keel_bench_start (bench);
  g_assert_cmpuint (keel_engine_get_events (bench->engine)->len, ==, 0);
}

/* Another end is another event, with a number of its own. */
static void
test_again (KeelBench     *bench,
            gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/missing");

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  keel_bench_wait_rest (transfer);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RETRY));
  keel_bench_iterate (has_events, bench);
  assert_event (bench, 0, 1, KEEL_EVENT_FAILED);
  assert_event (bench, 1, 1, KEEL_EVENT_FAILED);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/events/" name, KeelBench, NULL, keel_bench_set_up, func,                    \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("life", test_life);
  ADD ("again", test_again);
  return g_test_run ();
}
