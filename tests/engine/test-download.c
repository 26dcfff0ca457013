/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* One download, from the first byte to its name, and what may be odd about it. */

#define LENGTH (3 * 1024 * 1024 + 17)

static void
serve_good (KeelRequest *request,
            gpointer     bytes)
{
  keel_request_serve (request, bytes, LENGTH, "\"v1\"");
}

static void
test_finish (KeelBench     *bench,
             gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_good, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/dir/a%20b.bin?x=y");
  g_autofree char *path = g_build_filename (bench->dir, "a b.bin", NULL);
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  struct stat info;

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "a b.bin", bytes, LENGTH);
  keel_bench_assert_folder (bench, "a b.bin");
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0111, ==, 0);
  g_assert_cmpuint (record->total, ==, LENGTH);
  g_assert_cmpuint (record->durable, ==, LENGTH);
  g_assert_true (record->length_confirmed);
  g_assert_cmpint (record->error_code, ==, -1);
  g_assert_cmpuint (record->attempts, ==, 1);
}

static void
serve_empty (KeelRequest *request,
             gpointer     data)
{
  keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static void
test_empty (KeelBench     *bench,
            gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_empty, NULL);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/empty");

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "empty", (const guint8 *) "", 0);
}

static void
serve_without_length (KeelRequest *request,
                      gpointer     bytes)
{
  keel_request_print (request, "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n");
  keel_request_write (request, bytes, LENGTH);
}

/* The end of the connection is all there is to go by, and that is said. */
static void
test_no_length (KeelBench     *bench,
                gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 2);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_without_length, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  g_assert_false (keel_transfer_get_record (transfer)->length_confirmed);
}

static void
serve_more (KeelRequest *request,
            gpointer     bytes)
{
  keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  keel_request_write (request, bytes, LENGTH);
}

static void
test_more_than_announced (KeelBench     *bench,
                          gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 3);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_more, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, 1000);
}

static void
serve_named (KeelRequest *request,
             gpointer     bytes)
{
  keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
                               "Content-Disposition: attachment; filename=\"../../evil.sh\"\r\n\r\n"
                               "abc");
}

static void
test_names (KeelBench     *bench,
            gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_named, NULL);
  g_autofree char *mine = g_build_filename (bench->dir, "evil.sh", NULL);

  g_assert_true (g_file_set_contents (mine, "mine", -1, NULL));
  for (guint i = 0; i < 3; i++)
    keel_bench_wait_state (keel_bench_add (bench, server, "/x"), KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "evil.sh", (const guint8 *) "mine", 4);
  keel_bench_assert_file (bench, "evil (3).sh", (const guint8 *) "abc", 3);
  keel_bench_assert_folder (bench, "evil (1).sh evil (2).sh evil (3).sh evil.sh");
}

static KeelTransfer *
add_with_checksum (KeelBench    *bench,
                   KeelLoopback *server,
                   const char   *hex)
{
  g_autofree char *uri = keel_loopback_dup_uri (server, "/x");
  KeelTransferRecord *record = keel_bench_make_record (bench, uri);

  record->checksum_algorithm = g_strdup ("sha-256");
  record->checksum_expected = g_strdup (hex);
  return keel_bench_add_record (bench, record);
}

static void
test_checksum (KeelBench     *bench,
               gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 4);
  g_autofree char *hex = g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes, LENGTH);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_good, bytes);
  KeelTransfer *transfer = add_with_checksum (bench, server, hex);

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  g_assert_cmpstr (keel_transfer_get_record (transfer)->checksum_actual, ==, hex);

  /* A wrong one: the file never appears, the data stay, and the next try is a whole one. */
  hex[0] = hex[0] == '0' ? '1' : '0';
  transfer = add_with_checksum (bench, server, hex);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  keel_bench_wait_rest (transfer);
  g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==, KEEL_TASK_ERROR_CHECKSUM);
  g_assert_cmpuint (keel_transfer_get_received (transfer), ==, LENGTH);
  keel_bench_assert_folder (bench, "* x");
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RETRY));
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 3);
}

static void
serve_404 (KeelRequest *request,
           gpointer     data)
{
  keel_request_print (request, "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nsorry");
}

static void
test_404 (KeelBench     *bench,
          gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_404, NULL);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  keel_bench_wait_rest (transfer);
  g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_HTTP_STATUS);
  g_assert_cmpuint (record->error_http_status, ==, 404);
  keel_bench_assert_folder (bench, "");
}

static void
serve_endless_404 (KeelRequest *request,
                   gpointer     bytes)
{
  keel_request_print (request, "HTTP/1.1 404 Not Found\r\nContent-Length: 9000000000000\r\n\r\n");
  /* Ends when the client hangs up; a client that drained it would be here for days. */
  while (g_output_stream_write_all (request->out, bytes, LENGTH, NULL, NULL, NULL))
    continue;
}

/* An error page that never ends is cut off, and the worker can be used again. */
static void
test_endless_404 (KeelBench     *bench,
                  gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 6);
  g_autoptr (KeelLoopback) bad = keel_loopback_new (serve_endless_404, bytes);
  g_autoptr (KeelLoopback) good = keel_loopback_new (serve_good, bytes);

  keel_bench_wait_state (keel_bench_add (bench, bad, "/x"), KEEL_TRANSFER_FAILED);
  keel_bench_wait_state (keel_bench_add (bench, good, "/x"), KEEL_TRANSFER_FINISHED);
}

/* Half, and the other half when the test says so; whole at the second request. */
static void
serve_in_halves (KeelRequest *request,
                 gpointer     bytes)
{
  if (request->number > 0)
    {
      keel_request_serve (request, bytes, LENGTH, "\"v1\"");
      return;
    }
  keel_request_serve_half (request, bytes, LENGTH, "\"v1\"");
  keel_request_write (request, (const guint8 *) bytes + LENGTH / 2, LENGTH - LENGTH / 2);
}

/* Somebody deletes the part file while it is written: the bytes would go with the last descriptor,
 * so they are fetched again, and only a file that is there is called finished. */
static void
test_part_deleted (KeelBench     *bench,
                   gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 7);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_in_halves, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  g_autofree char *path = NULL;

  keel_bench_wait_received (transfer, LENGTH / 2);
  path = g_build_filename (bench->dir, keel_transfer_get_record (transfer)->part_name, NULL);
  g_assert_cmpint (g_remove (path), ==, 0);
  keel_loopback_release (server);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  keel_bench_assert_folder (bench, "x");
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 2);
}

/* Given up and wanted again in one breath, at each point where something is in flight. */
static void
test_cancel_and_retry (KeelBench     *bench,
                       gconstpointer  data)
{
  static const KeelTransferState states[] = { KEEL_TRANSFER_QUEUED, KEEL_TRANSFER_RUNNING,
                                              KEEL_TRANSFER_VERIFYING };
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 8);
  g_autofree char *hex = g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes, LENGTH);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_good, bytes);

  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    {
      KeelTransfer *transfer = add_with_checksum (bench, server, hex);

      if (states[i] != KEEL_TRANSFER_QUEUED)
        keel_bench_wait_state (transfer, states[i]);
      g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_CANCEL));
      g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RETRY));
      keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
    }
  keel_bench_assert_file (bench, "x (2)", bytes, LENGTH);
  keel_bench_assert_folder (bench, "x x (1) x (2)");
}

/* The same while the part file is being cleared away. */
static void
test_retry_while_discarding (KeelBench     *bench,
                             gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 9);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_in_halves, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_received (transfer, LENGTH / 2);
  keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
  keel_bench_wait_rest (transfer);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_CANCEL));
  while (keel_transfer_is_settled (transfer) &&
         keel_transfer_get_record (transfer)->part_name != NULL)
    g_main_context_iteration (NULL, FALSE);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RETRY));
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  keel_bench_assert_folder (bench, "x");
}

static void
nonce_added_cb (KeelEngine   *engine,
                const GError *error,
                gpointer      user_data)
{
  g_assert_no_error (error);
  (*(guint *) user_data)++;
}

static gboolean
are_two (gpointer data)
{
  return *(guint *) data == 2;
}

/* A call that is repeated before the first is answered adds nothing, and both are answered. */
static void
test_nonce (KeelBench     *bench,
            gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_empty, NULL);
  g_autofree char *uri = keel_loopback_dup_uri (server, "/x");
  guint n_answers = 0;
  gint64 ids[2];

  for (guint i = 0; i < 2; i++)
    {
      GPtrArray *records = g_ptr_array_new_with_free_func (
        (GDestroyNotify) keel_transfer_record_free);

      g_ptr_array_add (records, keel_bench_make_record (bench, uri));
      ids[i] = keel_engine_add (bench->engine, bench->session_id, records, "nonce", nonce_added_cb,
                                &n_answers);
    }
  keel_bench_iterate (are_two, &n_answers);
  g_assert_cmpint (ids[0], ==, ids[1]);
  g_assert_cmpuint (keel_engine_get_transfers (bench->engine)->len, ==, 1);
}

static void
serve_conflicting (KeelRequest *request,
                   gpointer     data)
{
  keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\n"
                               "abcde");
}

static void
test_conflicting_lengths (KeelBench     *bench,
                          gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_conflicting, NULL);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_given_up (bench, transfer);
  g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==, KEEL_TASK_ERROR_PROTOCOL);
  keel_bench_wait_rest (transfer);
  keel_bench_assert_folder (bench, "");
}

static void
serve_huge (KeelRequest *request,
            gpointer     data)
{
  keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\nabc");
}

/* Refused before the first byte, and it waits for room. */
static void
test_no_room (KeelBench     *bench,
              gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_huge, NULL);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  keel_bench_wait_state (transfer, KEEL_TRANSFER_WAITING);
  g_assert_cmpint (record->wait_reason, ==, KEEL_WAIT_REASON_LOW_DISK);
  g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_NO_SPACE);
  g_assert_cmpuint (record->durable, ==, 0);
}

/* The folder is not there; when it is, the transfer goes on by itself. */
static void
test_no_folder (KeelBench     *bench,
                gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 5);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_good, bytes);
  KeelTransfer *transfer;
  const KeelTransferRecord *record;

  g_assert_cmpint (g_rmdir (bench->dir), ==, 0);
  transfer = keel_bench_add (bench, server, "/x");
  record = keel_transfer_get_record (transfer);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_WAITING);
  g_assert_cmpint (record->wait_reason, ==, KEEL_WAIT_REASON_DESTINATION);
  g_assert_false (g_file_test (bench->dir, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_mkdir (bench->dir, 0700), ==, 0);
  keel_clock_advance (bench->clock, 20 * (gint64) G_USEC_PER_SEC);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/download/" name, KeelBench, NULL, keel_bench_set_up, func,                  \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("finish", test_finish);
  ADD ("empty", test_empty);
  ADD ("no-length", test_no_length);
  ADD ("more-than-announced", test_more_than_announced);
  ADD ("names", test_names);
  ADD ("checksum", test_checksum);
  ADD ("404", test_404);
  ADD ("endless-404", test_endless_404);
  ADD ("part-deleted", test_part_deleted);
  ADD ("cancel-and-retry", test_cancel_and_retry);
  ADD ("retry-while-discarding", test_retry_while_discarding);
  ADD ("nonce", test_nonce);
  ADD ("conflicting-lengths", test_conflicting_lengths);
  ADD ("no-room", test_no_room);
  ADD ("no-folder", test_no_folder);
  return g_test_run ();
}
