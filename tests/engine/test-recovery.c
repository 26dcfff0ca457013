/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

/* A new engine over what the last one left. */

#define LENGTH (2 * 1024 * 1024)
#define HALF (LENGTH / 2)

static void
serve_half_then_whole (KeelRequest *request,
                       gpointer     bytes)
{
  if (request->number > 0)
    {
      keel_request_serve (request, bytes, LENGTH, "\"v1\"");
      return;
    }
  keel_request_serve_half (request, bytes, LENGTH, "\"v1\"");
}

static KeelTransfer *
get_transfer (KeelBench *bench)
{
  return keel_engine_get_transfer (bench->engine, 1);
}

/* What ran goes on by itself, from where it was. */
static void
test_running (KeelBench     *bench,
              gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_received (transfer, HALF);
  keel_bench_stop (bench);
  keel_bench_start (bench);
  transfer = get_transfer (bench);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->resumed_bytes, ==, HALF);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, ==, 0);
}

/* What was paused stays paused, what is finished is not fetched again. */
static void
test_at_rest (KeelBench     *bench,
              gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 2);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  g_autofree char *path = g_build_filename (bench->dir, "b", NULL);
  KeelTransfer *paused = keel_bench_add (bench, server, "/a");
  KeelTransfer *finished;

  keel_bench_wait_received (paused, HALF);
  keel_transfer_control (paused, KEEL_CONTROL_PAUSE);
  keel_bench_wait_rest (paused);
  finished = keel_bench_add (bench, server, "/b");
  keel_bench_wait_state (finished, KEEL_TRANSFER_FINISHED);
  keel_bench_stop (bench);
  g_assert_cmpint (g_remove (path), ==, 0);
  keel_bench_start (bench);
  /* Once a later one has run, those before it have been looked at. */
  keel_bench_wait_state (keel_bench_add (bench, server, "/c"), KEEL_TRANSFER_FINISHED);
  g_assert_cmpint (keel_bench_get (bench, 1)->state, ==, KEEL_TRANSFER_PAUSED);
  g_assert_cmpint (keel_bench_get (bench, 1)->pause_reason, ==, KEEL_PAUSE_REASON_USER);
  g_assert_cmpint (keel_bench_get (bench, 2)->state, ==, KEEL_TRANSFER_FINISHED);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 3);
}

typedef enum {
  DELETED,
  SHORTENED,
  LENGTHENED,
  LINKED,
  SWAPPED,
  SYMLINKED,
} Accident;

static char *
dup_part_path (KeelBench *bench)
{
  const KeelTransferRecord *record = keel_bench_get (bench, 1);

  return g_build_filename (record->dir, record->part_name, NULL);
}

static void
let_happen (Accident    accident,
            const char *path,
            const char *other)
{
  switch (accident)
    {
    case DELETED:
      g_assert_cmpint (g_remove (path), ==, 0);
      break;
    case SHORTENED:
      g_assert_cmpint (truncate (path, HALF / 2), ==, 0);
      break;
    case LENGTHENED:
      g_assert_cmpint (truncate (path, LENGTH * 2), ==, 0);
      break;
    case LINKED:
      g_assert_cmpint (link (path, other), ==, 0);
      break;
    case SWAPPED:
      g_assert_true (g_file_set_contents (path, "precious", -1, NULL));
      break;
    case SYMLINKED:
    default:
      g_assert_cmpint (g_rename (path, other), ==, 0);
      g_assert_cmpint (symlink (other, path), ==, 0);
      break;
    }
}

/* Somebody did something to the part file while we were away: the file is right all the same, and
 * what is not ours is as it was. */
static void
test_accidents (KeelBench     *bench,
                gconstpointer  data)
{
  Accident accident = (Accident) GPOINTER_TO_INT (data);
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 3);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  g_autofree char *other = g_build_filename (bench->dir, "other", NULL);
  g_autofree char *path = NULL;
  g_autofree char *contents = NULL;
  gsize length;

  keel_bench_wait_received (transfer, HALF);
  path = dup_part_path (bench);
  keel_bench_stop (bench);
  let_happen (accident, path, other);
  keel_bench_start (bench);
  keel_bench_wait_state (get_transfer (bench), KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  if (accident == SWAPPED)
    {
      g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
      g_assert_cmpstr (contents, ==, "precious");
    }
  if (accident == LINKED || accident == SYMLINKED)
    {
      g_assert_true (g_file_get_contents (other, &contents, &length, NULL));
      g_assert_cmpmem (contents, length, bytes, HALF);
    }
  g_assert_cmpint (g_file_test (path, G_FILE_TEST_EXISTS), ==,
                   accident == SWAPPED || accident == LINKED || accident == SYMLINKED);
}

static gboolean
has_warned (gpointer data)
{
  return *(gboolean *) data;
}

static void
saved_cb (KeelTransfer *transfer,
          const GError *error,
          gpointer      user_data)
{
  g_assert_nonnull (error);
  *(gboolean *) user_data = TRUE;
}

/* The database cannot be written: what somebody wants removed stays until it can, and then goes. */
static void
test_locked (KeelBench     *bench,
             gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 5);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  g_autoptr (KeelTransfer) transfer = g_object_ref (keel_bench_add (bench, server, "/x"));
  g_autofree char *path = g_build_filename (bench->state_dir, "transfers.db", NULL);
  gboolean has_failed = FALSE;
  sqlite3 *db = NULL;

  keel_bench_wait_received (transfer, HALF);
  keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
  keel_bench_wait_rest (transfer);
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  g_test_expect_message ("keel-engine", G_LOG_LEVEL_MESSAGE, "*locked*");
  keel_transfer_control (transfer, KEEL_CONTROL_REMOVE);
  keel_transfer_when_saved (transfer, saved_cb, &has_failed);
  keel_bench_iterate (has_warned, &has_failed);
  g_test_assert_expected_messages ();
  keel_bench_assert_folder (bench, "*");

  g_assert_cmpint (sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  keel_clock_advance (bench->clock, 6 * (gint64) G_USEC_PER_SEC);
  keel_bench_wait_rest (transfer);
  keel_bench_assert_folder (bench, "");
}

/* Ids go on where they were, also after the last task has been removed. */
static void
test_ids (KeelBench     *bench,
          gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 4);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  g_autoptr (KeelTransfer) transfer = g_object_ref (keel_bench_add (bench, server, "/x"));

  keel_transfer_control (transfer, KEEL_CONTROL_REMOVE);
  keel_bench_wait_rest (transfer);
  keel_bench_stop (bench);
  keel_bench_start (bench);
  keel_bench_add (bench, server, "/y");
  g_assert_nonnull (keel_bench_get (bench, 2));
  g_assert_null (keel_bench_get (bench, 1));
}

#define ADD(name, data, func)                                                                      \
  g_test_add ("/engine/recovery/" name, KeelBench, GINT_TO_POINTER (data), keel_bench_set_up,      \
              func, keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("running", 0, test_running);
  ADD ("at-rest", 0, test_at_rest);
  ADD ("deleted", DELETED, test_accidents);
  ADD ("shortened", SHORTENED, test_accidents);
  ADD ("lengthened", LENGTHENED, test_accidents);
  ADD ("linked", LINKED, test_accidents);
  ADD ("swapped", SWAPPED, test_accidents);
  ADD ("symlinked", SYMLINKED, test_accidents);
  ADD ("locked", 0, test_locked);
  ADD ("ids", 0, test_ids);
  return g_test_run ();
}
