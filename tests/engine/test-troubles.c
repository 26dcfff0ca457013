/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-engine-private.h"
#include "keel-task-error.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

/* Disks that say no for a while: nothing that has happened is forgotten, nobody's download fails
 * for what passes, and nothing is tried all the time. Another program that holds the lock of the
 * database stands for all that may be wrong with it; each transaction gives up after two seconds.
 */

#define LENGTH (4 * 1024 * 1024)
#define HALF (LENGTH / 2)
#define DEADLINE_USEC (30 * (gint64) G_USEC_PER_SEC)
#define STEP_USEC (5 * (gint64) G_USEC_PER_SEC)
#define WHILE_USEC (G_USEC_PER_SEC / 2)

static sqlite3 *
lock_database (KeelBench *bench)
{
  g_autofree char *path = g_build_filename (bench->state_dir, "transfers.db", NULL);
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_busy_timeout (db, 10000);
  g_assert_cmpint (sqlite3_exec (db, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  return db;
}

static void
unlock_database (sqlite3 *db)
{
  g_assert_cmpint (sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

static void
serve_half_then_whole (KeelRequest *request,
                       gpointer     bytes)
{
  if (request->number > 0)
    keel_request_serve (request, bytes, LENGTH, "\"v1\"");
  else
    keel_request_serve_half (request, bytes, LENGTH, "\"v1\"");
}

static gboolean
goes_on_and_finishes (gpointer data)
{
  KeelBench *bench = data;

  keel_clock_advance (bench->clock, STEP_USEC);
  return keel_bench_get (bench, 1)->state == KEEL_TRANSFER_FINISHED;
}

/* --- the database ---------------------------------------------------------------------------- */

static void
serve_half_then_refuse (KeelRequest *request,
                        gpointer     bytes)
{
  if (request->number == 0)
    {
      keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LENGTH);
      keel_request_write (request, bytes, HALF);
      return;
    }
  keel_loopback_wait (request->server);
  keel_request_print (request, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
}

static void
limits_set_cb (KeelEngine   *engine,
               const GError *error,
               gpointer      user_data)
{
  *(gboolean *) user_data = TRUE;
}

static gboolean
has_events (gpointer data)
{
  KeelBench *bench = data;

  return keel_engine_get_events (bench->engine, bench->session_id)->len == 2;
}

static void
saved_cb (KeelTransfer *transfer,
          const GError *error,
          gpointer      user_data)
{
  *(gboolean *) user_data = TRUE;
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *) data;
}

/* The store says no, and the main thread has not heard of it. */
static void
wait_refused (KeelBench *bench)
{
  KeelStore *store = bench->engine->machinery.store;
  gint64 deadline_usec = g_get_monotonic_time () + DEADLINE_USEC;

  while (keel_store_get_failing_usec (store) == 0 && g_get_monotonic_time () < deadline_usec)
    g_usleep (1000);
  g_assert_cmpint (keel_store_get_failing_usec (store), >, 0);
}

/* The end is told, although a save without it got through after the one with it did not. */
static void
test_event (KeelBench     *bench,
            gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 4);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_refuse, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  gboolean is_saved = FALSE;
  GPtrArray *events;
  sqlite3 *db;

  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_RETRY);
  keel_clock_advance (bench->clock, 2 * STEP_USEC);
  keel_bench_wait_requests (server, 2);
  keel_transfer_when_saved (transfer, saved_cb, &is_saved);
  keel_bench_iterate (is_true, &is_saved);
  db = lock_database (bench);
  keel_loopback_release (server);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  wait_refused (bench);
  unlock_database (db);
  keel_transfer_set_title (transfer, "another");
  /* That the link is no good any more, and the end. */
  keel_bench_iterate (has_events, bench);
  events = keel_engine_get_events (bench->engine, bench->session_id);
  g_assert_cmpint (((KeelEventRecord *) g_ptr_array_index (events, 0))->kind, ==,
                   KEEL_EVENT_NEEDS_LINK);
  g_assert_cmpint (((KeelEventRecord *) g_ptr_array_index (events, 1))->kind, ==,
                   KEEL_EVENT_COMPLETED);
}

/* The hashes of a part file that has survived a crash cannot be read: that passes. */
static void
test_hashes (KeelBench     *bench,
             gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  sqlite3 *db;

  keel_bench_wait_received (transfer, HALF);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_PAUSE));
  keel_bench_wait_rest (transfer);
  keel_bench_crash (bench);
  keel_bench_start (bench);
  keel_bench_stop (bench);
  keel_bench_start (bench);
  transfer = keel_engine_get_transfer (bench->engine, 1);
  g_assert_true (keel_transfer_get_record (transfer)->is_suspect);
  db = lock_database (bench);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RESUME));
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_LOW_DISK);
  unlock_database (db);
  keel_bench_iterate (goes_on_and_finishes, bench);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, ==, 0);
}

static void
serve_slowly (KeelRequest *request,
              gpointer     bytes)
{
  if (request->number > 1)
    keel_request_serve (request, bytes, LENGTH, "\"v1\"");
  else
    keel_request_serve_half (request, bytes, LENGTH, "\"v1\"");
}

static gboolean
both_finish (gpointer data)
{
  KeelBench *bench = data;

  keel_clock_advance (bench->clock, STEP_USEC);
  return keel_bench_get (bench, 1)->state == KEEL_TRANSFER_FINISHED &&
         keel_bench_get (bench, 2)->state == KEEL_TRANSFER_FINISHED;
}

/* While nothing can be written everything rests: what ran, and what waits for its place. */
static void
test_everything_rests (KeelBench     *bench,
                       gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 6);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_slowly, bytes);
  KeelEngineLimits limits;
  gboolean is_set = FALSE;
  KeelTransfer *first;
  KeelTransfer *second;

  keel_engine_get_limits (bench->engine, &limits);
  limits.max_active = limits.max_per_host = 1;
  keel_engine_set_limits (bench->engine, &limits, limits_set_cb, &is_set);
  keel_bench_iterate (is_true, &is_set);
  first = keel_bench_add (bench, server, "/x");
  keel_bench_wait_received (first, HALF);
  second = keel_bench_add (bench, server, "/y");
  keel_bench_wait_reason (second, KEEL_WAIT_REASON_SLOT);
  bench->engine->machinery.is_store_full = TRUE;
  keel_transfer_rest (first);
  keel_bench_wait_reason (first, KEEL_WAIT_REASON_LOW_DISK);
  keel_bench_wait_reason (second, KEEL_WAIT_REASON_LOW_DISK);
  bench->engine->machinery.is_store_full = FALSE;
  keel_bench_iterate (both_finish, bench);
}

/* --- a database that is lost ------------------------------------------------------------------ */

#define MIB (1024 * 1024)

static void
serve_in_three (KeelRequest *request,
                gpointer     bytes)
{
  guint64 first = keel_request_get_offset (request);

  if (request->number != 1)
    {
      serve_half_then_whole (request, bytes);
      return;
    }
  keel_request_print (request,
                      "HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\n"
                      "Content-Range: bytes %" G_GUINT64_FORMAT "-%d/%d\r\n\r\n",
                      first, LENGTH - 1, LENGTH);
  keel_request_write (request, (guint8 *) bytes + first, 3 * MIB + 100 - first);
  keel_loopback_wait (request->server);
}

/* What was rebuilt from the label of its part file has no hashes of what was there before. After
 * another crash it is believed nevertheless, there being nothing else to go by. */
static void
test_rebuilt (KeelBench     *bench,
              gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 5);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_in_three, bytes);
  g_autofree char *path = g_build_filename (bench->state_dir, "transfers.db", NULL);
  g_autofree char *request = NULL;

  keel_bench_wait_received (keel_bench_add (bench, server, "/x"), HALF);
  keel_bench_crash (bench);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_test_expect_message ("keel-engine", G_LOG_LEVEL_WARNING, "*was missing, and 1 tasks*");
  keel_bench_start (bench);
  g_test_assert_expected_messages ();
  keel_bench_wait_received (keel_engine_get_transfer (bench->engine, 1), 3 * MIB + 100);
  keel_bench_crash (bench);
  keel_bench_start (bench);
  keel_bench_iterate (goes_on_and_finishes, bench);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  g_assert_cmpuint (keel_bench_get (bench, 1)->refetched_bytes, <=, MIB);
}

/* --- crashes --------------------------------------------------------------------------------- */

typedef struct {
  KeelBench *bench;
  sqlite3 *db;
  gint64 until_usec;
} Watch;

static void
hold_then_serve (KeelRequest *request,
                 gpointer     bytes)
{
  if (request->number > 0)
    keel_request_serve (request, bytes, LENGTH, "\"v1\"");
  else
    keel_loopback_wait (request->server);
}

static void
changed_cb (KeelEngine   *engine,
            KeelTransfer *transfer,
            Watch        *watch)
{
  if (watch->db == NULL && keel_transfer_get_record (transfer)->state == KEEL_TRANSFER_QUEUED)
    watch->db = lock_database (watch->bench);
}

static gboolean
has_passed (gpointer data)
{
  const Watch *watch = data;

  return watch->db != NULL && g_get_monotonic_time () > watch->until_usec;
}

/* What may crash us at once does not begin before it is on disk that it runs: else the next service
 * would not know. */
static void
test_counted (KeelBench     *bench,
              gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 2);
  g_autoptr (KeelLoopback) server = keel_loopback_new (hold_then_serve, bytes);
  Watch watch = { bench, NULL, 0 };

  keel_bench_add (bench, server, "/x");
  keel_bench_wait_requests (server, 1);
  keel_bench_crash (bench);
  watch.until_usec = g_get_monotonic_time () + WHILE_USEC;
  keel_bench_start (bench);
  g_signal_connect (bench->engine, "transfer-changed", G_CALLBACK (changed_cb), &watch);
  keel_bench_iterate (has_passed, &watch);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 1);
  unlock_database (watch.db);
  keel_bench_iterate (goes_on_and_finishes, bench);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
}

/* --- the folder ------------------------------------------------------------------------------ */

static void
serve_coded (KeelRequest *request,
             gpointer     data)
{
  GBytes *body = data;

  keel_loopback_wait (request->server);
  keel_request_print (request,
                      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nETag: \"v1\"\r\n"
                      "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                      g_bytes_get_size (body));
  keel_request_write (request, g_bytes_get_data (body, NULL), g_bytes_get_size (body));
}

static GBytes *
compress (const char *text)
{
  g_autoptr (GConverter)
    converter = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6));
  guint8 out[1000];
  gsize taken = 0;
  gsize made = 0;

  g_assert_cmpint (g_converter_convert (converter, text, strlen (text), out, sizeof out,
                                        G_CONVERTER_INPUT_AT_END, &taken, &made, NULL),
                   ==, G_CONVERTER_FINISHED);
  return g_bytes_new (out, made);
}

static gboolean
is_waiting (gpointer data)
{
  KeelTransfer *transfer = data;

  return keel_transfer_is_settled (transfer) &&
         keel_transfer_get_record (transfer)->wait_reason == KEEL_WAIT_REASON_DESTINATION;
}

/* A disk that looks well and then says no, again and again, is tried less and less often. */
static void
test_less_often (KeelBench     *bench,
                 gconstpointer  data)
{
  g_autoptr (GBytes) body = compress ("some text");
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_coded, body);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x.txt");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  g_autofree char *in_the_way = g_build_filename (bench->dir, record->spare_name, NULL);

  keel_bench_wait_requests (server, 1);
  g_assert_cmpint (g_mkdir (in_the_way, 0700), ==, 0);
  keel_loopback_release (server);
  for (guint i = 0; i < 36; i++)
    {
      keel_bench_iterate (is_waiting, transfer);
      keel_clock_advance (bench->clock, STEP_USEC);
    }
  keel_bench_iterate (is_waiting, transfer);
  g_assert_cmpuint (record->attempts, >=, 3);
  g_assert_cmpuint (record->attempts, <=, 8);
  g_assert_cmpint (g_rmdir (in_the_way), ==, 0);
  keel_bench_iterate (goes_on_and_finishes, bench);
  keel_bench_assert_file (bench, "x.txt", (const guint8 *) "some text", strlen ("some text"));
}

/* --- leaving --------------------------------------------------------------------------------- */

static gboolean
is_in_flight (gpointer data)
{
  return !keel_transfer_is_settled (data);
}

/* The last that happens is that a task goes: nothing more is waited for. */
static void
test_leaving (KeelBench     *bench,
              gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 3);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_received (transfer, HALF);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_PAUSE));
  keel_bench_wait_rest (transfer);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_REMOVE));
  keel_bench_iterate (is_in_flight, transfer);
  keel_bench_stop (bench);
  keel_bench_assert_folder (bench, "");
  keel_bench_start (bench);
  g_assert_cmpuint (keel_engine_get_transfers (bench->engine)->len, ==, 0);
}

#define ODD_LENGTH (LENGTH - 54321)
#define ODD_HALF (HALF + 12345)

static void
serve_in_two (KeelRequest *request,
              gpointer     bytes)
{
  keel_request_print (request, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: %d\r\n\r\n",
                      ODD_LENGTH);
  keel_request_write (request, bytes, ODD_HALF);
  keel_loopback_wait (request->server);
  keel_request_write (request, (guint8 *) bytes + ODD_HALF, ODD_LENGTH - ODD_HALF);
}

static gboolean
is_half_committed (gpointer data)
{
  return keel_transfer_get_committed (data) == ODD_HALF;
}

/* While the last byte is made durable: nothing of it is doubted, or fetched, when it goes on. */
static void
test_leaving_at_the_end (KeelBench     *bench,
                         gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 7);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_in_two, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_received (transfer, ODD_HALF);
  keel_clock_advance (bench->clock, STEP_USEC);
  keel_bench_iterate (is_half_committed, transfer);
  keel_loopback_release (server);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_VERIFYING);
  keel_bench_stop (bench);
  keel_bench_start (bench);
  keel_bench_wait_state (keel_engine_get_transfer (bench->engine, 1), KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, ODD_LENGTH);
  g_assert_cmpuint (keel_bench_get (bench, 1)->refetched_bytes, ==, 0);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 1);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/troubles/" name, KeelBench, NULL, keel_bench_set_up, func,                  \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("event", test_event);
  ADD ("hashes", test_hashes);
  ADD ("everything-rests", test_everything_rests);
  ADD ("rebuilt", test_rebuilt);
  ADD ("counted", test_counted);
  ADD ("less-often", test_less_often);
  ADD ("leaving", test_leaving);
  ADD ("leaving-at-the-end", test_leaving_at_the_end);
  return g_test_run ();
}
