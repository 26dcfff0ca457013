/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include <glib/gstdio.h>
#include <string.h>

/* The name is taken: what the caller wants done about that. */

#define LENGTH (256 * 1024)

static void
serve_named (KeelRequest *request,
             gpointer     bytes)
{
  keel_request_print (request,
                      "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: \"v1\"\r\n"
                      "Content-Disposition: attachment; filename=\"a.bin\"\r\n\r\n",
                      LENGTH);
  keel_request_write (request, bytes, LENGTH);
}

static void
put (KeelBench  *bench,
     const char *name,
     const char *text)
{
  g_autofree char *path = g_build_filename (bench->dir, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
take_away (KeelBench  *bench,
           const char *name)
{
  g_autofree char *path = g_build_filename (bench->dir, name, NULL);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

static KeelTransfer *
add (KeelBench    *bench,
     KeelLoopback *server,
     const char   *wanted,
     KeelConflict  conflict)
{
  g_autofree char *uri = keel_loopback_dup_uri (server, "/x");
  KeelTransferRecord *record = keel_bench_make_record (bench, uri);

  record->wanted = g_strdup (wanted);
  record->conflict = conflict;
  return keel_bench_add_record (bench, record);
}

static void
test_rename (KeelBench     *bench,
             gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_named, bytes);

  put (bench, "a.bin", "precious");
  keel_bench_wait_state (add (bench, server, NULL, KEEL_CONFLICT_RENAME), KEEL_TRANSFER_FINISHED);
  keel_bench_assert_folder (bench, "a (1).bin a.bin");
  keel_bench_assert_file (bench, "a.bin", (const guint8 *) "precious", 8);
}

static void
test_replace (KeelBench     *bench,
              gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_named, bytes);

  put (bench, "a.bin", "stale");
  keel_bench_wait_state (add (bench, server, NULL, KEEL_CONFLICT_REPLACE), KEEL_TRANSFER_FINISHED);
  keel_bench_assert_folder (bench, "a.bin");
  keel_bench_assert_file (bench, "a.bin", bytes, LENGTH);
}

/* The caller has said how it is called: no server is asked for nothing. */
static void
test_fail_at_once (KeelBench     *bench,
                   gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_named, bytes);
  KeelTransfer *transfer;

  put (bench, "b.bin", "precious");
  transfer = add (bench, server, "b.bin", KEEL_CONFLICT_FAIL);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  keel_bench_wait_rest (transfer);
  g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==,
                   KEEL_TASK_ERROR_DESTINATION);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 0);
  keel_bench_assert_folder (bench, "b.bin");
  keel_bench_assert_file (bench, "b.bin", (const guint8 *) "precious", 8);

  take_away (bench, "b.bin");
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RETRY));
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "b.bin", bytes, LENGTH);
}

/* Only the server knew the name: what has come is kept, and gets the name when that is free. */
static void
test_fail_in_the_end (KeelBench     *bench,
                      gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_named, bytes);
  KeelTransfer *transfer;

  put (bench, "a.bin", "precious");
  transfer = add (bench, server, NULL, KEEL_CONFLICT_FAIL);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  keel_bench_wait_rest (transfer);
  g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==,
                   KEEL_TASK_ERROR_DESTINATION);
  keel_bench_assert_folder (bench, "* a.bin");
  keel_bench_assert_file (bench, "a.bin", (const guint8 *) "precious", 8);

  keel_bench_stop (bench);
  keel_bench_start (bench);
  take_away (bench, "a.bin");
  transfer = keel_engine_get_transfer (bench->engine, 1);
  g_assert_cmpint (keel_transfer_get_record (transfer)->state, ==, KEEL_TRANSFER_FAILED);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RETRY));
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_folder (bench, "a.bin");
  keel_bench_assert_file (bench, "a.bin", bytes, LENGTH);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 1);
}

/* Paused while the name is being looked at, and wanted again. */
static void
test_pause_early (KeelBench     *bench,
                  gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_named, bytes);
  KeelTransfer *transfer = add (bench, server, "b.bin", KEEL_CONFLICT_FAIL);

  keel_bench_wait_state (transfer, KEEL_TRANSFER_RUNNING);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_PAUSE));
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RESUME));
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_folder (bench, "b.bin");
  keel_bench_assert_file (bench, "b.bin", bytes, LENGTH);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/conflicts/" name, KeelBench, NULL, keel_bench_set_up, func, keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("rename", test_rename);
  ADD ("replace", test_replace);
  ADD ("fail-at-once", test_fail_at_once);
  ADD ("fail-in-the-end", test_fail_in_the_end);
  ADD ("pause-early", test_pause_early);
  return g_test_run ();
}
