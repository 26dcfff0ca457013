/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-scene.h"
#include "keel-task-error.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

/* Files of which several parts are there, when it is not going on at once: paused, stopped, after a
 * crash, with bytes that somebody altered, with a row that makes no sense, with another version on
 * the server. Only what is missing or wrong is fetched, and the end is one version, whole. */

#define LENGTH (16 * MIB + 4321)
#define N_CONNECTIONS 4
/* What each helper gets before it stops: a whole block, and some of the next. */
#define ISLAND (MIB + 300 * KIB)
#define PRESENT (KEEL_SCENE_FIRST + (N_CONNECTIONS - 1) * ISLAND)

static gboolean
has_all (gpointer data)
{
  return g_atomic_int_get (&((KeelScene *) data)->n_held) >= N_CONNECTIONS - 1;
}

/* The first bytes and three islands are there, and nothing moves. */
static KeelTransfer *
have_islands (KeelBench    *bench,
              KeelLoopback *server,
              KeelScene    *scene)
{
  g_autofree char *uri = keel_loopback_dup_uri (server, "/x");
  KeelTransferRecord *record = keel_bench_make_record (bench, uri);
  KeelTransfer *transfer;

  scene->helper = KEEL_HELPER_STALLED;
  scene->stalled_after = ISLAND;
  scene->is_open = -1;
  record->max_connections = N_CONNECTIONS;
  transfer = keel_bench_add_record (bench, record);
  keel_bench_iterate (has_all, scene);
  keel_bench_wait_received (transfer, PRESENT);
  return transfer;
}

/* From now on the server serves everybody well. */
static void
open_up (KeelScene *scene)
{
  scene->helper = KEEL_HELPER_GOOD;
  g_atomic_int_set (&scene->is_open, 1);
}

static void
check_end (KeelBench *bench,
           KeelScene *scene,
           guint      version)
{
  const KeelTransferRecord *record;

  keel_bench_wait_state (keel_engine_get_transfer (bench->engine, 1), KEEL_TRANSFER_FINISHED);
  record = keel_bench_get (bench, 1);
  g_assert_cmpint (record->error_code, ==, -1);
  g_assert_null (record->islands);
  keel_bench_assert_file (bench, "x", scene->bytes[version], scene->length);
  keel_bench_assert_folder (bench, "x");
}

static char *
dup_part_path (KeelBench *bench)
{
  const KeelTransferRecord *record = keel_bench_get (bench, 1);

  return g_build_filename (record->dir, record->part_name, NULL);
}

/* --- ends ------------------------------------------------------------------------------------ */

typedef enum {
  PAUSE,
  STOP,
  CRASH,
  STOP_TWICE,
} End;

static void
come_back (KeelBench    *bench,
           KeelTransfer *transfer,
           End           end)
{
  if (end == PAUSE)
    {
      keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
      keel_bench_wait_rest (transfer);
      g_assert_cmpuint (keel_transfer_get_record (transfer)->durable, ==, KEEL_SCENE_FIRST);
      g_assert_cmpuint (keel_transfer_get_record (transfer)->islands->len, ==, N_CONNECTIONS - 1);
      return;
    }
  if (end == CRASH)
    keel_bench_crash (bench);
  else
    keel_bench_stop (bench);
}

/* Whatever ends it, nothing is fetched again. */
static void
test_end (KeelBench     *bench,
          gconstpointer  data)
{
  End end = (End) GPOINTER_TO_INT (data);
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;
  const KeelTransferRecord *record;

  keel_scene_init (&scene, LENGTH);
  server = keel_loopback_new (keel_scene_serve, &scene);
  transfer = have_islands (bench, server, &scene);
  come_back (bench, transfer, end);
  open_up (&scene);
  if (end == PAUSE)
    keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  else
    keel_bench_start (bench);
  if (end == STOP_TWICE)
    {
      keel_bench_stop (bench);
      keel_bench_start (bench);
    }
  check_end (bench, &scene, 0);
  record = keel_bench_get (bench, 1);
  g_assert_cmpuint (record->refetched_bytes, <=, N_CONNECTIONS);
  g_assert_cmpuint (record->changes, ==, 0);
}

/* --- what somebody did to the file ----------------------------------------------------------- */

/* Places in the file: the helpers begin where the pieces do, at whole blocks. */
typedef enum {
  NONE,
  FLIP_BLOCK,  /* a bit in the whole block of the first island */
  FLIP_TAIL,   /* in what is behind it */
  FLIP_FIRST,  /* in the first bytes of the file */
  ZERO_ISLAND, /* all of the first island */
  CUT_FILE,    /* in the middle of the last island */
} Accident;

static void
damage (KeelBench                *bench,
        const KeelTransferRecord *record,
        Accident                  accident)
{
  g_autofree char *path = dup_part_path (bench);
  const KeelRange *island = keel_ranges_get (record->islands, 0);
  const KeelRange *last = keel_ranges_get (record->islands, record->islands->len - 1);
  g_autofree guint8 *zeros = g_malloc0 (ISLAND);
  guint64 at = accident == FLIP_BLOCK ? island->from + 77 :
               accident == FLIP_TAIL  ? island->to - 77 :
                                        77;
  int fd = open (path, O_RDWR | O_CLOEXEC);
  guint8 byte;

  g_assert_cmpint (fd, >=, 0);
  if (accident == ZERO_ISLAND)
    g_assert_cmpint (pwrite (fd, zeros, island->to - island->from, (off_t) island->from), >, 0);
  else if (accident == CUT_FILE)
    g_assert_cmpint (ftruncate (fd, (off_t) (last->from + MIB + 5)), ==, 0);
  else if (accident != NONE)
    {
      g_assert_cmpint (pread (fd, &byte, 1, (off_t) at), ==, 1);
      byte ^= 8;
      g_assert_cmpint (pwrite (fd, &byte, 1, (off_t) at), ==, 1);
    }
  close (fd);
}

static const struct {
  const char *name;
  Accident accident;
  guint64 least; /* of what is fetched again */
  guint64 most;
} accidents[] = {
  { "nothing", NONE, 0, N_CONNECTIONS },
  { "block", FLIP_BLOCK, MIB, MIB + N_CONNECTIONS },
  { "tail", FLIP_TAIL, ISLAND - MIB - N_CONNECTIONS, ISLAND - MIB + N_CONNECTIONS },
  { "first", FLIP_FIRST, KEEL_SCENE_FIRST, KEEL_SCENE_FIRST + N_CONNECTIONS },
  { "island", ZERO_ISLAND, ISLAND - N_CONNECTIONS, ISLAND + N_CONNECTIONS },
  { "cut", CUT_FILE, 1, PRESENT },
};

static void
test_accident (KeelBench     *bench,
               gconstpointer  data)
{
  gsize row = GPOINTER_TO_SIZE (data);
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;
  guint64 refetched;

  keel_scene_init (&scene, LENGTH);
  server = keel_loopback_new (keel_scene_serve, &scene);
  transfer = have_islands (bench, server, &scene);
  keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
  keel_bench_wait_rest (transfer);
  keel_bench_crash (bench);
  keel_bench_start (bench);
  transfer = keel_engine_get_transfer (bench->engine, 1);
  g_assert_true (keel_transfer_get_record (transfer)->is_suspect);
  damage (bench, keel_transfer_get_record (transfer), accidents[row].accident);
  open_up (&scene);
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  check_end (bench, &scene, 0);
  refetched = keel_bench_get (bench, 1)->refetched_bytes;
  g_assert_cmpuint (refetched, >=, accidents[row].least);
  g_assert_cmpuint (refetched, <=, accidents[row].most);
}

/* --- rows that make no sense ----------------------------------------------------------------- */

static const char *const nonsense[] = {
  "",
  "x",
  "1-",
  "-",
  "5-3",
  "0-100",
  "100-200,50-60",
  "300000-400000,400000-500000",
  "4194304-99999999999",
  "4194304-18446744073709551615",
  "4194304-5242880:zz",
  "4194304-5242880,",
  "4194304 - 5242880",
};

static void
write_islands (KeelBench  *bench,
               const char *text)
{
  g_autofree char *path = g_build_filename (bench->state_dir, "transfers.db", NULL);
  g_autofree char *statement = g_strdup_printf ("UPDATE tasks SET islands = '%s'", text);
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, statement, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_changes (db), ==, 1);
  sqlite3_close (db);
}

/* What the row says of islands cannot be: it is fetched again. */
static void
test_nonsense (KeelBench     *bench,
               gconstpointer  data)
{
  gsize row = GPOINTER_TO_SIZE (data);
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;

  keel_scene_init (&scene, LENGTH);
  server = keel_loopback_new (keel_scene_serve, &scene);
  have_islands (bench, server, &scene);
  keel_bench_stop (bench);
  write_islands (bench, nonsense[row]);
  open_up (&scene);
  keel_bench_start (bench);
  check_end (bench, &scene, 0);
}

/* After a crash, a row that claims islands that are not there: their bytes have no hash. */
static void
test_claimed (KeelBench     *bench,
              gconstpointer  data)
{
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;

  keel_scene_init (&scene, LENGTH);
  server = keel_loopback_new (keel_scene_serve, &scene);
  have_islands (bench, server, &scene);
  keel_bench_crash (bench);
  write_islands (bench, "2097152-16000000");
  open_up (&scene);
  keel_bench_start (bench);
  check_end (bench, &scene, 0);
}

/* --- another version ------------------------------------------------------------------------- */

/* The file is another one when it goes on; perhaps the first one comes back in the middle. */
static void
test_version (KeelBench     *bench,
              gconstpointer  data)
{
  gboolean comes_back = GPOINTER_TO_INT (data);
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;

  keel_scene_init (&scene, LENGTH);
  server = keel_loopback_new (keel_scene_serve, &scene);
  transfer = have_islands (bench, server, &scene);
  keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
  keel_bench_wait_rest (transfer);
  g_atomic_int_set (&scene.version, 1);
  if (!comes_back)
    open_up (&scene);
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  if (comes_back)
    {
      while (keel_transfer_get_record (transfer)->changes == 0)
        g_main_context_iteration (NULL, TRUE);
      keel_bench_wait_received (transfer, KEEL_SCENE_FIRST);
      keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
      keel_bench_wait_rest (transfer);
      g_atomic_int_set (&scene.version, 0);
      open_up (&scene);
      keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
    }
  check_end (bench, &scene, comes_back ? 0 : 1);
}

/* It becomes another one while four connections are at work: what is there and what comes belong to
 * one version in the end, whichever. */
static void
test_version_at_work (KeelBench     *bench,
                      gconstpointer  data)
{
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;
  g_autofree char *path = g_build_filename (bench->dir, "x", NULL);
  g_autofree char *contents = NULL;
  gsize length = 0;

  keel_scene_init (&scene, LENGTH);
  server = keel_loopback_new (keel_scene_serve, &scene);
  transfer = have_islands (bench, server, &scene);
  g_atomic_int_set (&scene.version, 1);
  open_up (&scene);
  keel_loopback_release (server);
  for (guint i = 0;
       i < 3000 && keel_transfer_get_record (transfer)->state != KEEL_TRANSFER_FINISHED; i++)
    {
      keel_clock_advance (bench->clock, 20000);
      for (guint j = 0; j < 10; j++)
        if (!g_main_context_iteration (NULL, FALSE))
          g_usleep (500);
    }
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  g_assert_cmpuint (length, ==, LENGTH);
  g_assert_true (memcmp (contents, scene.bytes[0], LENGTH) == 0 ||
                 memcmp (contents, scene.bytes[1], LENGTH) == 0);
  keel_bench_assert_folder (bench, "x");
}

/* --- going away ------------------------------------------------------------------------------ */

/* Sixteen connections that hang do not keep it from being paused, or cancelled, at once: no time
 * passes here. */
static void
test_leave (KeelBench     *bench,
            gconstpointer  data)
{
  gboolean is_cancelled = GPOINTER_TO_INT (data);
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  g_autofree char *uri = NULL;
  KeelTransferRecord *record;
  KeelTransfer *transfer;

  keel_scene_init (&scene, 40 * MIB);
  scene.helper = KEEL_HELPER_STALLED;
  scene.is_open = -1;
  server = keel_loopback_new (keel_scene_serve, &scene);
  uri = keel_loopback_dup_uri (server, "/x");
  record = keel_bench_make_record (bench, uri);
  record->max_connections = 16;
  transfer = keel_bench_add_record (bench, record);
  keel_bench_wait_requests (server, 16);
  keel_bench_wait_received (transfer, KEEL_SCENE_FIRST + 15 * scene.stalled_after);
  keel_transfer_control (transfer, is_cancelled ? KEEL_CONTROL_CANCEL : KEEL_CONTROL_PAUSE);
  keel_bench_wait_rest (transfer);
  keel_bench_assert_folder (bench, is_cancelled ? "" : "*");
}

#define ADD(name, data, func)                                                                      \
  g_test_add ("/engine/islands/" name, KeelBench, data, keel_bench_set_up, func,                   \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("pause", GINT_TO_POINTER (PAUSE), test_end);
  ADD ("stop", GINT_TO_POINTER (STOP), test_end);
  ADD ("crash", GINT_TO_POINTER (CRASH), test_end);
  ADD ("stop-twice", GINT_TO_POINTER (STOP_TWICE), test_end);
  for (gsize row = 0; row < G_N_ELEMENTS (accidents); row++)
    {
      g_autofree char *path = g_strconcat ("/engine/islands/altered/", accidents[row].name, NULL);

      g_test_add (path, KeelBench, GSIZE_TO_POINTER (row), keel_bench_set_up, test_accident,
                  keel_bench_tear_down);
    }
  for (gsize row = 0; row < G_N_ELEMENTS (nonsense); row++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/islands/nonsense/%" G_GSIZE_FORMAT, row);

      g_test_add (path, KeelBench, GSIZE_TO_POINTER (row), keel_bench_set_up, test_nonsense,
                  keel_bench_tear_down);
    }
  ADD ("claimed", NULL, test_claimed);
  ADD ("version/other", GINT_TO_POINTER (FALSE), test_version);
  ADD ("version/and-back", GINT_TO_POINTER (TRUE), test_version);
  ADD ("version/at-work", NULL, test_version_at_work);
  ADD ("leave/pause", GINT_TO_POINTER (FALSE), test_leave);
  ADD ("leave/cancel", GINT_TO_POINTER (TRUE), test_leave);
  return g_test_run ();
}
