/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-task-error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* Another folder for a file that is not there yet: what has come goes along, or all of it is
 * fetched again, and after a crash it is the one or the other. */

#define LENGTH (2 * 1024 * 1024)
#define HALF (LENGTH / 2)

/* Into a folder of the same file system, or of another one. */
static const char *const SAME = "same";
static const char *const OTHER = "other";

static void
serve_half_then_whole (KeelRequest *request,
                       gpointer     data)
{
  if (request->number > 0)
    keel_request_serve (request, data, LENGTH, "\"v1\"");
  else
    keel_request_serve_half (request, data, LENGTH, "\"v1\"");
}

/* (transfer full) (nullable): a folder of its own, on @where */
static char *
make_folder (KeelBench  *bench,
             const char *where)
{
  struct stat here;
  struct stat there;
  char *dir;

  if (where == SAME)
    {
      dir = g_strdup_printf ("%s.moved", bench->dir);
      g_assert_no_errno (g_mkdir (dir, 0755));
      return dir;
    }
  dir = g_strdup ("/dev/shm/keel-moving-XXXXXX");
  if (g_mkdtemp (dir) != NULL && g_stat (bench->dir, &here) == 0 && g_stat (dir, &there) == 0 &&
      here.st_dev != there.st_dev)
    return dir;
  g_rmdir (dir);
  g_free (dir);
  g_test_skip ("There is no second file system");
  return NULL;
}

static guint
count_files (const char *dir)
{
  g_autoptr (GDir) files = g_dir_open (dir, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (files) != NULL)
    n++;
  return n;
}

static void
remove_folder (const char *dir)
{
  g_autoptr (GDir) files = g_dir_open (dir, 0, NULL);
  const char *name;

  while (files != NULL && (name = g_dir_read_name (files)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);

      g_unlink (path);
    }
  g_rmdir (dir);
}

static void
assert_file (const char   *dir,
             const guint8 *bytes)
{
  g_autofree char *path = g_build_filename (dir, "x", NULL);
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  g_assert_cmpmem (contents, length, bytes, LENGTH);
  g_assert_cmpuint (count_files (dir), ==, 1);
}

typedef struct {
  gboolean is_done;
  gint code; /* -1: it went well */
} Answer;

static void
moved_cb (KeelTransfer *transfer,
          const GError *error,
          gpointer      user_data)
{
  Answer *answer = user_data;

  answer->code = error != NULL ? error->code : -1;
  answer->is_done = TRUE;
}

static gboolean
is_done (gpointer data)
{
  return ((Answer *) data)->is_done;
}

/* Gives it the folder @dir, and waits until that is on disk. */
static void
move (KeelTransfer *transfer,
      const char   *dir)
{
  g_autoptr (GError) error = NULL;
  Answer answer = { 0 };

  keel_transfer_can_move (transfer, &error);
  g_assert_no_error (error);
  keel_transfer_move (transfer, KEEL_PLACE_NAMED (dir), moved_cb, &answer);
  keel_bench_iterate (is_done, &answer);
  g_assert_cmpint (answer.code, ==, -1);
  g_assert_cmpstr (keel_transfer_get_record (transfer)->dir, ==, dir);
}

static void
test_running (KeelBench     *bench,
              gconstpointer  where)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  g_autofree char *dir = make_folder (bench, where);
  KeelTransfer *transfer;
  const KeelTransferRecord *record;

  if (dir == NULL)
    return;
  transfer = keel_bench_add (bench, server, "/x");
  record = keel_transfer_get_record (transfer);
  keel_bench_wait_received (transfer, HALF);
  move (transfer, dir);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  assert_file (dir, bytes);
  keel_bench_assert_folder (bench, "");
  g_assert_cmpuint (record->resumed_bytes, ==, HALF);
  g_assert_cmpuint (record->refetched_bytes, ==, 0);
  g_assert_null (record->left.dir);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 2);
  g_assert_false (keel_transfer_can_move (transfer, NULL));
  remove_folder (dir);
}

/* It goes along at once, so that the old drive can be unplugged. */
static void
test_paused (KeelBench     *bench,
             gconstpointer  where)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 2);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  g_autofree char *dir = make_folder (bench, where);
  KeelTransfer *transfer;

  if (dir == NULL)
    return;
  transfer = keel_bench_add (bench, server, "/x");
  keel_bench_wait_received (transfer, HALF);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_PAUSE));
  keel_bench_wait_rest (transfer);
  move (transfer, dir);
  keel_bench_wait_rest (transfer);
  g_assert_cmpint (keel_transfer_get_record (transfer)->state, ==, KEEL_TRANSFER_PAUSED);
  keel_bench_assert_folder (bench, "");
  g_assert_cmpuint (count_files (dir), ==, 1);
  g_assert_cmpuint (keel_transfer_get_received (transfer), ==, HALF);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 1);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RESUME));
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  assert_file (dir, bytes);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, ==, 0);
  remove_folder (dir);
}

/* Dies when the new folder is committed, whatever of the rest has been done by then. */
static void
test_crash (KeelBench     *bench,
            gconstpointer  where)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 3);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  g_autofree char *dir = make_folder (bench, where);
  KeelTransfer *transfer;

  if (dir == NULL)
    return;
  transfer = keel_bench_add (bench, server, "/x");
  keel_bench_wait_received (transfer, HALF);
  move (transfer, dir);
  keel_bench_crash (bench);
  keel_bench_start (bench);
  transfer = keel_engine_get_transfer (bench->engine, 1);
  g_assert_cmpuint (keel_transfer_get_received (transfer), ==, HALF);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  assert_file (dir, bytes);
  keel_bench_assert_folder (bench, "");
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, ==, 0);
  remove_folder (dir);
}

/* Nothing can be taken along from what is not there. */
static void
test_old_folder_is_gone (KeelBench     *bench,
                         gconstpointer  where)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 4);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  g_autofree char *dir = make_folder (bench, where);
  g_autofree char *away = g_strconcat (bench->dir, ".away", NULL);
  KeelTransfer *transfer;

  if (dir == NULL)
    return;
  transfer = keel_bench_add (bench, server, "/x");
  keel_bench_wait_received (transfer, HALF);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_PAUSE));
  keel_bench_wait_rest (transfer);
  g_assert_no_errno (g_rename (bench->dir, away));
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RESUME));
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_DESTINATION);
  move (transfer, dir);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  assert_file (dir, bytes);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, ==, HALF);
  g_assert_cmpuint (count_files (away), ==, 1);
  g_assert_no_errno (g_rename (away, bench->dir));
  remove_folder (dir);
}

/* The new one is not there yet: waits for it, and still has everything then. */
static void
test_new_folder_is_not_there (KeelBench     *bench,
                              gconstpointer  where)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 5);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  g_autofree char *dir = make_folder (bench, where);
  KeelTransfer *transfer;

  if (dir == NULL)
    return;
  g_assert_no_errno (g_rmdir (dir));
  transfer = keel_bench_add (bench, server, "/x");
  keel_bench_wait_received (transfer, HALF);
  move (transfer, dir);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_DESTINATION);
  g_assert_cmpuint (keel_transfer_get_received (transfer), ==, HALF);
  keel_bench_stop (bench);
  keel_bench_start (bench);
  transfer = keel_engine_get_transfer (bench->engine, 1);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_DESTINATION);
  g_assert_no_errno (g_mkdir (dir, 0755));
  keel_clock_advance (bench->clock, 5 * G_USEC_PER_SEC);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  assert_file (dir, bytes);
  keel_bench_assert_folder (bench, "");
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, ==, 0);
  remove_folder (dir);
}

/* Thinks better of it, twice. */
static void
test_back_again (KeelBench     *bench,
                 gconstpointer  where)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 6);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  g_autofree char *dir = make_folder (bench, where);
  KeelTransfer *transfer;

  if (dir == NULL)
    return;
  g_assert_no_errno (g_rmdir (dir));
  transfer = keel_bench_add (bench, server, "/x");
  keel_bench_wait_received (transfer, HALF);
  move (transfer, dir);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_DESTINATION);
  move (transfer, bench->dir);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  keel_bench_assert_folder (bench, "x");
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, ==, 0);
}

/* What nobody wants any more goes, wherever it is. */
static void
test_cancelled_on_the_way (KeelBench     *bench,
                           gconstpointer  where)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 7);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  g_autofree char *dir = make_folder (bench, where);
  KeelTransfer *transfer;

  if (dir == NULL)
    return;
  g_assert_no_errno (g_rmdir (dir));
  transfer = keel_bench_add (bench, server, "/x");
  keel_bench_wait_received (transfer, HALF);
  move (transfer, dir);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_DESTINATION);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_CANCEL));
  keel_bench_wait_rest (transfer);
  keel_bench_assert_folder (bench, "");
  g_assert_null (keel_transfer_get_record (transfer)->left.dir);
}

/* Somebody has put another file there under that name: the other one stays. */
static void
test_name_is_taken (KeelBench     *bench,
                    gconstpointer  where)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 8);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  g_autofree char *dir = make_folder (bench, where);
  g_autofree char *taken = dir != NULL ? g_build_filename (dir, "x", NULL) : NULL;
  KeelTransfer *transfer;

  if (dir == NULL)
    return;
  g_assert_true (g_file_set_contents (taken, "mine", -1, NULL));
  transfer = keel_bench_add (bench, server, "/x");
  keel_bench_wait_received (transfer, HALF);
  move (transfer, dir);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  g_assert_cmpstr (keel_transfer_get_record (transfer)->name, ==, "x (1)");
  g_assert_cmpuint (count_files (dir), ==, 2);
  remove_folder (dir);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                            \
  g_test_add ("/moving/" name "/same", KeelBench, SAME, keel_bench_set_up, func,                   \
              keel_bench_tear_down);                                                               \
  g_test_add ("/moving/" name "/other", KeelBench, OTHER, keel_bench_set_up, func,                 \
              keel_bench_tear_down)
  ADD ("running", test_running);
  ADD ("paused", test_paused);
  ADD ("crash", test_crash);
  ADD ("old-folder-is-gone", test_old_folder_is_gone);
  ADD ("new-folder-is-not-there", test_new_folder_is_not_there);
  ADD ("back-again", test_back_again);
  ADD ("cancelled-on-the-way", test_cancelled_on_the_way);
  ADD ("name-is-taken", test_name_is_taken);
#undef ADD
  return g_test_run ();
}
