/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-task-error.h"

#include <string.h>

/* What a session says of all its transfers, and what one of them says for itself: who may run,
 * when, over which network, on which power, how fast and for how long. */

#define SECOND ((gint64) G_USEC_PER_SEC)
#define DAY (24 * 3600 * SECOND)
#define LENGTH 400000

static void
serve_when_released (KeelRequest *request,
                     gpointer     data)
{
  keel_loopback_wait (request->server);
  keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *) data;
}

static void
done_cb (KeelEngine   *engine,
         const GError *error,
         gpointer      user_data)
{
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
set_slots (KeelBench *bench,
           guint      max_active)
{
  KeelEngineLimits limits;
  gboolean is_set = FALSE;

  keel_engine_get_limits (bench->engine, &limits);
  limits.max_active = max_active;
  limits.max_per_host = max_active;
  keel_engine_set_limits (bench->engine, &limits, done_cb, &is_set);
  keel_bench_iterate (is_true, &is_set);
}

/* To the session that behaves as @config says. */
static KeelTransfer *
add_to (KeelBench    *bench,
        KeelLoopback *server,
        const char   *identifier,
        const char   *config)
{
  bench->session_id = keel_bench_open_session (bench, identifier, config);
  return keel_bench_add (bench, server, "/x");
}

static KeelTransfer *
add_wish (KeelBench    *bench,
          KeelLoopback *server,
          gint          network,
          gint          power)
{
  g_autofree char *uri = keel_loopback_dup_uri (server, "/x");
  KeelTransferRecord *record = keel_bench_make_record (bench, uri);

  record->network = network;
  record->power = power;
  return keel_bench_add_record (bench, record);
}

/* --- network and power ----------------------------------------------------------------------- */

static void
test_metered (KeelBench     *bench,
              gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *careful;
  KeelTransfer *other;
  KeelTransfer *wishing;

  keel_loopback_release (server);
  keel_engine_set_metered (bench->engine, TRUE);
  careful = add_to (bench, server, "careful", "{'network': <'unmetered'>}");
  keel_bench_wait_reason (careful, KEEL_WAIT_REASON_METERED);
  other = add_to (bench, server, "default", "{}");
  keel_bench_wait_state (other, KEEL_TRANSFER_FINISHED);
  wishing = add_wish (bench, server, KEEL_NETWORK_USE_UNMETERED, -1);
  keel_bench_wait_reason (wishing, KEEL_WAIT_REASON_METERED);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 1);
  keel_engine_set_metered (bench->engine, FALSE);
  keel_bench_wait_state (careful, KEEL_TRANSFER_FINISHED);
  keel_bench_wait_state (wishing, KEEL_TRANSFER_FINISHED);
}

/* What has come stays, and the rest comes when the network is another one. It was nobody's
 * failure. */
static void
serve_half_and_wait (KeelRequest *request,
                     gpointer     data)
{
  if (request->number > 0)
    {
      keel_request_serve (request, data, LENGTH, "\"v1\"");
      return;
    }
  keel_request_print (request,
                      "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: \"v1\"\r\n"
                      "Accept-Ranges: bytes\r\n\r\n",
                      LENGTH);
  keel_request_write (request, data, LENGTH / 2);
  keel_loopback_wait (request->server);
}

static void
test_metered_while_running (KeelBench     *bench,
                            gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_and_wait, bytes);
  KeelTransfer *transfer = add_to (bench, server, "careful", "{'network': <'unmetered'>}");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  g_autofree char *request = NULL;

  keel_bench_wait_received (transfer, LENGTH / 2);
  keel_engine_set_metered (bench->engine, TRUE);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_METERED);
  keel_bench_wait_rest (transfer);
  g_assert_cmpuint (record->durable, ==, LENGTH / 2);
  keel_engine_network_changed (bench->engine);
  g_assert_cmpint (record->wait_reason, ==, KEEL_WAIT_REASON_METERED);
  keel_engine_set_metered (bench->engine, FALSE);
  keel_loopback_release (server);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  request = keel_loopback_dup_request (server, 1);
  g_assert_nonnull (strstr (request, "\r\nRange: bytes="));
  g_assert_cmpuint (record->failures_running, ==, 0);
}

static void
test_power (KeelBench     *bench,
            gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *careful;
  KeelTransfer *bold;

  keel_engine_set_on_battery (bench->engine, TRUE);
  careful = add_to (bench, server, "careful", "{'power': <'ac'>}");
  keel_bench_wait_reason (careful, KEEL_WAIT_REASON_POWER);
  g_assert_true (keel_transfer_needs_mains (careful));
  bold = add_wish (bench, server, -1, KEEL_POWER_USE_ANY);
  keel_bench_wait_state (bold, KEEL_TRANSFER_RUNNING);
  g_assert_false (keel_transfer_needs_mains (bold));
  keel_engine_set_on_battery (bench->engine, FALSE);
  keel_bench_wait_state (careful, KEEL_TRANSFER_RUNNING);
  keel_engine_set_on_battery (bench->engine, TRUE);
  keel_bench_wait_reason (careful, KEEL_WAIT_REASON_POWER);
  g_assert_cmpint (keel_transfer_get_record (bold)->state, ==, KEEL_TRANSFER_RUNNING);
  keel_loopback_release (server);
  keel_bench_wait_state (bold, KEEL_TRANSFER_FINISHED);
  keel_engine_set_on_battery (bench->engine, FALSE);
  keel_bench_wait_state (careful, KEEL_TRANSFER_FINISHED);
}

/* "Download anyway", and also after a restart; the session's word can be changed as well. */
static void
test_anyway (KeelBench     *bench,
             gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *first;
  KeelTransfer *second;

  keel_loopback_release (server);
  keel_engine_set_metered (bench->engine, TRUE);
  keel_engine_set_on_battery (bench->engine, TRUE);
  first = add_to (bench, server, "lazy", "{'discretionary': <true>}");
  second = keel_bench_add (bench, server, "/y");
  keel_bench_wait_reason (first, KEEL_WAIT_REASON_METERED);
  keel_transfer_set_network (first, KEEL_NETWORK_USE_ANY);
  keel_bench_wait_reason (first, KEEL_WAIT_REASON_POWER);
  keel_bench_stop (bench);
  keel_bench_start (bench);
  keel_engine_set_on_battery (bench->engine, TRUE);
  keel_engine_set_metered (bench->engine, TRUE);
  first = keel_engine_get_transfer (bench->engine, 1);
  second = keel_engine_get_transfer (bench->engine, 2);
  keel_bench_wait_reason (first, KEEL_WAIT_REASON_POWER);
  keel_transfer_set_power (first, KEEL_POWER_USE_ANY);
  keel_bench_wait_state (first, KEEL_TRANSFER_FINISHED);
  keel_bench_wait_reason (second, KEEL_WAIT_REASON_METERED);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 1);
  keel_bench_open_session (bench, "lazy", "{'discretionary': <false>}");
  keel_bench_wait_state (second, KEEL_TRANSFER_FINISHED);
}

/* Somebody paused it, and it is resumed where it may not run. */
static void
test_paused_while_metered (KeelBench     *bench,
                           gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *transfer = add_to (bench, server, "careful", "{'network': <'unmetered'>}");

  keel_bench_wait_requests (server, 1);
  keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
  keel_engine_set_metered (bench->engine, TRUE);
  g_assert_cmpint (keel_transfer_get_record (transfer)->state, ==, KEEL_TRANSFER_PAUSED);
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_METERED);
  keel_transfer_control (transfer, KEEL_CONTROL_RETRY);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_METERED);
  keel_loopback_release (server);
  keel_engine_set_metered (bench->engine, FALSE);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
}

/* --- who runs -------------------------------------------------------------------------------- */

/* It gives its slot to whoever else wants one, and goes on afterwards. */
static void
test_discretionary_makes_room (KeelBench     *bench,
                               gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *lazy[2];
  KeelTransfer *others[2];

  set_slots (bench, 2);
  lazy[0] = add_to (bench, server, "lazy", "{'discretionary': <true>}");
  lazy[1] = keel_bench_add (bench, server, "/x");
  keel_transfer_set_priority (lazy[1], KEEL_PRIORITY_HIGH);
  keel_bench_wait_requests (server, 2);
  bench->session_id = keel_bench_open_session (bench, "default", "{}");
  for (guint i = 0; i < 2; i++)
    {
      others[i] = keel_bench_add (bench, server, "/y");
      keel_transfer_set_priority (others[i], KEEL_PRIORITY_LOW);
    }
  for (guint i = 0; i < 2; i++)
    keel_bench_wait_state (others[i], KEEL_TRANSFER_RUNNING);
  for (guint i = 0; i < 2; i++)
    keel_bench_wait_reason (lazy[i], KEEL_WAIT_REASON_SLOT);
  keel_loopback_release (server);
  for (guint i = 0; i < 2; i++)
    keel_bench_wait_state (lazy[i], KEEL_TRANSFER_FINISHED);
}

/* Where there is room for all, nobody has to go; nor for one whose session has enough. */
static void
test_discretionary_stays (KeelBench     *bench,
                          gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *lazy;
  KeelTransfer *one;
  KeelTransfer *two;

  set_slots (bench, 2);
  lazy = add_to (bench, server, "lazy", "{'discretionary': <true>}");
  keel_bench_wait_requests (server, 1);
  one = add_to (bench, server, "default", "{'max-parallel': <uint32 1>}");
  two = keel_bench_add (bench, server, "/y");
  keel_bench_wait_requests (server, 2);
  keel_bench_wait_reason (two, KEEL_WAIT_REASON_SLOT);
  g_assert_cmpint (keel_transfer_get_record (lazy)->state, ==, KEEL_TRANSFER_RUNNING);
  keel_loopback_release (server);
  keel_bench_wait_state (two, KEEL_TRANSFER_FINISHED);
  keel_bench_wait_state (lazy, KEEL_TRANSFER_FINISHED);
  g_assert_cmpuint (keel_transfer_get_record (lazy)->attempts, ==, 1);
  keel_bench_wait_state (one, KEEL_TRANSFER_FINISHED);
}

static void
test_max_parallel (KeelBench     *bench,
                   gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *transfers[4];
  KeelTransfer *other;

  transfers[0] = add_to (bench, server, "few", "{'max-parallel': <uint32 2>}");
  for (guint i = 1; i < 4; i++)
    transfers[i] = keel_bench_add (bench, server, "/x");
  other = add_to (bench, server, "default", "{}");
  keel_bench_wait_state (other, KEEL_TRANSFER_RUNNING);
  keel_bench_wait_requests (server, 3);
  keel_bench_wait_reason (transfers[2], KEEL_WAIT_REASON_SLOT);
  keel_bench_wait_reason (transfers[3], KEEL_WAIT_REASON_SLOT);
  keel_bench_open_session (bench, "few", "{'max-parallel': <uint32 3>}");
  keel_bench_wait_state (transfers[2], KEEL_TRANSFER_RUNNING);
  keel_bench_wait_reason (transfers[3], KEEL_WAIT_REASON_SLOT);
  keel_loopback_release (server);
  keel_bench_wait_state (transfers[3], KEEL_TRANSFER_FINISHED);
}

static void
test_max_per_host (KeelBench     *bench,
                   gconstpointer  data)
{
  g_autoptr (KeelLoopback) one = keel_loopback_new (serve_when_released, NULL);
  g_autoptr (KeelLoopback) two = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *waiting;
  KeelTransfer *running;

  add_to (bench, one, "polite", "{'max-per-host': <uint32 1>}");
  waiting = keel_bench_add (bench, one, "/x");
  running = keel_bench_add (bench, two, "/x");
  keel_bench_wait_state (running, KEEL_TRANSFER_RUNNING);
  keel_bench_wait_reason (waiting, KEEL_WAIT_REASON_SLOT);
  running = add_to (bench, one, "default", "{}");
  keel_bench_wait_state (running, KEEL_TRANSFER_RUNNING);
  keel_loopback_release (one);
  keel_loopback_release (two);
  keel_bench_wait_state (waiting, KEEL_TRANSFER_FINISHED);
}

/* It holds for those that are there and for new ones, can be taken back, and who asks again does
 * not wait for it. */
static void
test_not_before (KeelBench     *bench,
                 gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  gint64 when_usec = keel_clock_get_wall_usec (bench->clock) + 3600 * SECOND;
  g_autofree char *config = g_strdup_printf ("{'not-before': <int64 %" G_GINT64_FORMAT ">}",
                                             when_usec);
  KeelTransfer *before = add_to (bench, server, "later", "{}");
  KeelTransfer *transfer;
  KeelTransfer *urgent;

  keel_bench_wait_requests (server, 1);
  transfer = add_to (bench, server, "later", config);
  urgent = keel_bench_add (bench, server, "/x");
  keel_bench_wait_reason (before, KEEL_WAIT_REASON_SCHEDULE);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_SCHEDULE);
  g_assert_cmpint (keel_transfer_get_record (transfer)->wait_until_usec, ==, when_usec);
  keel_bench_wait_rest (before);
  keel_loopback_release (server);
  keel_transfer_control (urgent, KEEL_CONTROL_RETRY);
  keel_bench_wait_state (urgent, KEEL_TRANSFER_FINISHED);
  keel_clock_advance (bench->clock, 3599 * SECOND);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_SCHEDULE);
  keel_clock_advance (bench->clock, SECOND);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_wait_state (before, KEEL_TRANSFER_FINISHED);
  g_free (config);
  config = g_strdup_printf ("{'not-before': <int64 %" G_GINT64_FORMAT ">}",
                            when_usec + 3600 * SECOND);
  transfer = add_to (bench, server, "later", config);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_SCHEDULE);
  keel_bench_open_session (bench, "later", "{'not-before': <int64 0>}");
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
}

/* --- what is asked, and how fast ------------------------------------------------------------- */

static void
test_headers (KeelBench     *bench,
              gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  g_autofree char *uri = keel_loopback_dup_uri (server, "/x");
  KeelTransferRecord *record = keel_bench_make_record (bench, uri);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  KeelTransfer *transfer;

  keel_loopback_release (server);
  transfer = add_to (
    bench, server, "app",
    "{'headers': <[('X-Key', 'old'), ('X-All', 'yes')]>, 'user-agent': <'Foo/1'>}");
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  record->headers = g_strdup ("x-key: own\nUser-Agent: Bar/2\n");
  transfer = keel_bench_add_record (bench, record);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  first = keel_loopback_dup_request (server, 0);
  second = keel_loopback_dup_request (server, 1);
  g_assert_nonnull (strstr (first, "\r\nX-Key: old\r\n"));
  g_assert_nonnull (strstr (first, "\r\nX-All: yes\r\n"));
  g_assert_nonnull (strstr (first, "\r\nUser-Agent: Foo/1\r\n"));
  g_assert_nonnull (strstr (second, ": own\r\n"));
  g_assert_null (strstr (second, ": old\r\n"));
  g_assert_nonnull (strstr (second, "\r\nX-All: yes\r\n"));
  g_assert_nonnull (strstr (second, "\r\nUser-Agent: Bar/2\r\n"));
  g_assert_null (strstr (second, "Foo/1"));
  /* What the caller said of the task is not mixed with what its session says. */
  g_assert_cmpstr (keel_transfer_get_record (transfer)->headers, ==,
                   "x-key: own\nUser-Agent: Bar/2\n");
}

static void
serve_bytes (KeelRequest *request,
             gpointer     data)
{
  keel_request_serve (request, data, LENGTH, "\"v1\"");
}

/* Two of one session together take as long as its limit says, less a burst. */
static void
test_max_rate (KeelBench     *bench,
               gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_bytes, bytes);
  gint64 began_usec = g_get_monotonic_time ();
  KeelTransfer *one;
  KeelTransfer *two;

  one = add_to (bench, server, "slow", "{'max-rate': <uint64 800000>}");
  two = keel_bench_add (bench, server, "/y");
  keel_bench_wait_state (one, KEEL_TRANSFER_FINISHED);
  keel_bench_wait_state (two, KEEL_TRANSFER_FINISHED);
  g_assert_cmpint (g_get_monotonic_time () - began_usec, >, SECOND / 2);
  /* Nobody would wait for this one. */
  one = add_to (bench, server, "slow", "{'max-rate': <uint64 1000>}");
  keel_bench_wait_received (one, 1);
  keel_bench_open_session (bench, "slow", "{'max-rate': <uint64 0>}");
  keel_bench_wait_state (one, KEEL_TRANSFER_FINISHED);
}

/* --- for how long ---------------------------------------------------------------------------- */

static void
assert_timed_out (KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_TIMEOUT);
}

static void
assert_unfinished (KeelTransfer *transfer)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_true (keel_transfer_record_is_unfinished (keel_transfer_get_record (transfer)));
}

/* By the session, by its own word, and by the default; waiting counts as running does. */
static void
test_timeout (KeelBench     *bench,
              gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *usual;
  KeelTransfer *patient;
  KeelTransfer *hasty;
  KeelTransfer *waiting;

  usual = add_to (bench, server, "usual", "{}");
  patient = keel_bench_add (bench, server, "/x");
  keel_transfer_set_timeout (patient, -1);
  hasty = add_to (bench, server, "hasty", "{'timeout-resource': <int64 60>}");
  keel_bench_wait_requests (server, 3);
  keel_engine_set_metered (bench->engine, TRUE);
  waiting = add_to (bench, server, "hasty", "{'network': <'unmetered'>}");
  keel_transfer_set_network (hasty, KEEL_NETWORK_USE_ANY);
  keel_clock_advance (bench->clock, 59 * SECOND);
  assert_unfinished (hasty);
  keel_clock_advance (bench->clock, SECOND);
  assert_timed_out (hasty);
  assert_timed_out (waiting);
  keel_clock_advance (bench->clock, 7 * DAY - 61 * SECOND);
  assert_unfinished (usual);
  keel_clock_advance (bench->clock, SECOND);
  assert_timed_out (usual);
  keel_clock_advance (bench->clock, DAY);
  assert_unfinished (patient);
  /* From the beginning. */
  keel_transfer_control (hasty, KEEL_CONTROL_RETRY);
  keel_bench_wait_requests (server, 4);
  keel_clock_advance (bench->clock, 59 * SECOND);
  assert_unfinished (hasty);
  keel_loopback_release (server);
  keel_bench_wait_state (hasty, KEEL_TRANSFER_FINISHED);
  keel_bench_wait_state (patient, KEEL_TRANSFER_FINISHED);
  keel_clock_advance (bench->clock, DAY);
  g_assert_cmpint (keel_transfer_get_record (hasty)->state, ==, KEEL_TRANSFER_FINISHED);
}

/* What has come is kept for another try. */
static void
test_timeout_keeps_bytes (KeelBench     *bench,
                          gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_and_wait, bytes);
  KeelTransfer *transfer = add_to (bench, server, "hasty", "{'timeout-resource': <int64 60>}");

  keel_bench_wait_received (transfer, LENGTH / 2);
  keel_clock_advance (bench->clock, 60 * SECOND);
  assert_timed_out (transfer);
  keel_bench_wait_rest (transfer);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->durable, ==, LENGTH / 2);
  keel_loopback_release (server);
  keel_transfer_control (transfer, KEEL_CONTROL_RETRY);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->resumed_bytes, ==, LENGTH / 2);
}

/* While it is paused the time stands still. */
static void
test_timeout_and_pause (KeelBench     *bench,
                        gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *transfer = add_to (bench, server, "hasty", "{'timeout-resource': <int64 3600>}");

  keel_bench_wait_requests (server, 1);
  keel_clock_advance (bench->clock, 1800 * SECOND);
  keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
  keel_clock_advance (bench->clock, DAY);
  keel_bench_stop (bench);
  keel_clock_advance (bench->clock, DAY);
  keel_bench_start (bench);
  transfer = keel_engine_get_transfer (bench->engine, 1);
  keel_clock_advance (bench->clock, DAY);
  g_assert_cmpint (keel_transfer_get_record (transfer)->state, ==, KEEL_TRANSFER_PAUSED);
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  keel_bench_wait_requests (server, 2);
  keel_clock_advance (bench->clock, 1799 * SECOND);
  assert_unfinished (transfer);
  keel_clock_advance (bench->clock, SECOND);
  assert_timed_out (transfer);
  keel_loopback_release (server);
}

/* The time without a service counts as well, as long as there is some left in the end; likewise
 * that of sleep. */
static void
test_timeout_and_absence (KeelBench     *bench,
                          gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  KeelTransfer *transfer = add_to (bench, server, "hasty", "{'timeout-resource': <int64 7200>}");

  keel_bench_wait_requests (server, 1);
  keel_bench_stop (bench);
  keel_clock_advance (bench->clock, 3600 * SECOND);
  keel_bench_start (bench);
  transfer = keel_engine_get_transfer (bench->engine, 1);
  g_assert_cmpint (keel_transfer_get_record (transfer)->spent_usec, ==, 3600 * SECOND);
  keel_bench_stop (bench);
  keel_clock_advance (bench->clock, DAY);
  keel_bench_start (bench);
  transfer = keel_engine_get_transfer (bench->engine, 1);
  keel_clock_advance (bench->clock, 300 * SECOND);
  assert_unfinished (transfer);
  keel_clock_sleep (bench->clock, DAY);
  keel_clock_advance (bench->clock, 299 * SECOND);
  assert_unfinished (transfer);
  keel_clock_advance (bench->clock, 301 * SECOND);
  assert_timed_out (transfer);
  keel_loopback_release (server);
}

/* --- all of it ------------------------------------------------------------------------------- */

/* What was said is true after a restart, for the transfers that are there. */
static void
test_kept (KeelBench     *bench,
           gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_when_released, NULL);
  const KeelSessionRecord *session;
  KeelTransfer *transfer;

  keel_loopback_release (server);
  keel_engine_set_metered (bench->engine, TRUE);
  add_to (bench, server, "app", "{'network': <'unmetered'>, 'events': <false>}");
  keel_bench_stop (bench);
  keel_bench_start (bench);
  keel_engine_set_metered (bench->engine, TRUE);
  transfer = keel_engine_get_transfer (bench->engine, 1);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_METERED);
  session = keel_transfer_get_session (transfer);
  g_assert_false (session->config.events);
  g_assert_cmpint (session->config.network, ==, KEEL_NETWORK_USE_UNMETERED);
  keel_bench_crash (bench);
  keel_bench_start (bench);
  transfer = keel_engine_get_transfer (bench->engine, 1);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  g_assert_false (keel_transfer_get_session (transfer)->config.events);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/sessions/" name, KeelBench, NULL, keel_bench_set_up, func,                  \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("metered", test_metered);
  ADD ("metered-while-running", test_metered_while_running);
  ADD ("power", test_power);
  ADD ("anyway", test_anyway);
  ADD ("paused-while-metered", test_paused_while_metered);
  ADD ("discretionary-makes-room", test_discretionary_makes_room);
  ADD ("discretionary-stays", test_discretionary_stays);
  ADD ("max-parallel", test_max_parallel);
  ADD ("max-per-host", test_max_per_host);
  ADD ("not-before", test_not_before);
  ADD ("headers", test_headers);
  ADD ("max-rate", test_max_rate);
  ADD ("timeout", test_timeout);
  ADD ("timeout-keeps-bytes", test_timeout_keeps_bytes);
  ADD ("timeout-and-pause", test_timeout_and_pause);
  ADD ("timeout-and-absence", test_timeout_and_absence);
  ADD ("kept", test_kept);
  return g_test_run ();
}
