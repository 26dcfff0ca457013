/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-scene.h"
#include "keel-task-error.h"

#include <string.h>

/* One file over several connections, from servers that do to the helpers whatever they like: the
 * file is one version, whole, nothing is fetched twice that need not be, and who is no help does no
 * harm. Time is the bench's, and stands still unless a test lets it pass. */

#define LENGTH (8 * MIB + 4321)
/* Bytes where two answers meet may be fetched twice, to compare what is around them. */
#define SEAMS 8

/* --- running --------------------------------------------------------------------------------- */

static KeelTransfer *
add (KeelBench    *bench,
     KeelLoopback *server,
     guint         n_connections)
{
  g_autofree char *uri = keel_loopback_dup_uri (server, "/x");
  KeelTransferRecord *record = keel_bench_make_record (bench, uri);

  record->max_connections = n_connections;
  return keel_bench_add_record (bench, record);
}

#define MOST_STEP_USEC (G_USEC_PER_SEC / 10)

typedef struct {
  KeelBench *bench;
  KeelTransfer *transfer;
  gint64 last_usec;
  gint64 passed_usec;
} Passing;

/* Lets the bench's time pass as fast as the real one, but for what this machine stood still. */
static gboolean
is_finished (gpointer data)
{
  Passing *passing = data;
  gint64 now_usec = g_get_monotonic_time ();

  if (passing->last_usec > 0)
    {
      gint64 step_usec = MIN (now_usec - passing->last_usec, MOST_STEP_USEC);

      keel_clock_advance (passing->bench->clock, step_usec);
      passing->passed_usec += step_usec;
    }
  passing->last_usec = now_usec;
  return keel_transfer_get_record (passing->transfer)->state == KEEL_TRANSFER_FINISHED;
}

/* Gives how much time has passed. */
static gint64
wait_finished_in_time (KeelBench    *bench,
                       KeelTransfer *transfer)
{
  Passing passing = { bench, transfer, 0, 0 };

  keel_bench_iterate (is_finished, &passing);
  return passing.passed_usec;
}

static void
check_file (KeelBench       *bench,
            KeelTransfer    *transfer,
            const KeelScene *scene,
            guint            version)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  g_assert_cmpint (record->error_code, ==, -1);
  g_assert_null (record->islands);
  keel_bench_assert_file (bench, "x", scene->bytes[version], scene->length);
  keel_bench_assert_folder (bench, "x");
}

static gboolean
is_file (KeelBench    *bench,
         const guint8 *bytes,
         gsize         length)
{
  g_autofree char *path = g_build_filename (bench->dir, "x", NULL);
  g_autofree char *contents = NULL;
  gsize size = 0;

  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  return size == length && memcmp (contents, bytes, length) == 0;
}

/* Helpers ask for ranges of this version, within the file. */
static void
check_requests (KeelLoopback    *server,
                const KeelScene *scene)
{
  guint count = keel_loopback_get_requests (server);
  guint n_small = 0;

  for (guint i = 1; i < count; i++)
    {
      g_autofree char *text = keel_loopback_dup_request (server, i);
      const char *range = strstr (text, "\r\nRange: bytes=");
      guint64 first;
      guint64 last;
      char *end;

      g_assert_nonnull (range);
      g_assert_nonnull (strstr (text, "\r\nIf-Range: \"v0\"\r\n"));
      first = g_ascii_strtoull (range + strlen ("\r\nRange: bytes="), &end, 10);
      g_assert_cmpint (*end, ==, '-');
      last = g_ascii_isdigit (end[1]) ? g_ascii_strtoull (end + 1, NULL, 10) : scene->length - 1;
      g_assert_cmpuint (first, <=, last);
      g_assert_cmpuint (last, <, scene->length);
      n_small += last - first + 1 < MIN (64 * KIB, scene->length - first);
    }
  /* The rest of a piece that does not move is fetched however small it is, and on a machine that
   * stands still for a while that is one which has nothing wrong with it. */
  g_assert_cmpuint (n_small, <=, 2);
}

/* --- a good server --------------------------------------------------------------------------- */

static const struct {
  const char *name;
  gsize length;
  guint n_connections;
  guint n_requests; /* at least so many */
} sizes[] = {
  { "one-byte", 1, 4, 1 },
  { "one-block", MIB, 4, 1 },
  { "less-than-two", 2 * MIB - 1, 4, 1 },
  { "two", 2 * MIB, 4, 1 },
  { "more-than-two", 2 * MIB + 1, 4, 1 },
  { "three-less-one", 3 * MIB - 1, 4, 2 },
  { "two-connections", LENGTH, 2, 2 },
  { "four-connections", LENGTH, 4, 4 },
  { "sixteen-connections", 20 * MIB + 7, 16, 16 },
  { "many-for-little", 3 * MIB + 5, 16, 2 },
  { "one-connection", LENGTH, 1, 1 },
};

static void
test_size (KeelBench     *bench,
           gconstpointer  data)
{
  gsize row = GPOINTER_TO_SIZE (data);
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;

  keel_scene_init (&scene, sizes[row].length);
  scene.n_wanted = sizes[row].n_requests;
  scene.is_patient = TRUE;
  server = keel_loopback_new (keel_scene_serve, &scene);
  transfer = add (bench, server, sizes[row].n_connections);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  check_file (bench, transfer, &scene, 0);
  check_requests (server, &scene);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->attempts, ==, 1);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, <=, SEAMS);
  g_assert_cmpuint (keel_loopback_get_requests (server), >=, sizes[row].n_requests);
  g_assert_cmpuint (keel_loopback_get_requests (server), <=, 4 * sizes[row].n_requests);
  if (sizes[row].n_connections == 1)
    g_assert_cmpint (scene.n_helpers, ==, 0);
}

/* --- bad ones -------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  KeelHelper helper;
  gint n_bad;
} helpers[] = {
  { "whole", KEEL_HELPER_WHOLE, -1 },
  { "whole-once", KEEL_HELPER_WHOLE, 1 },
  { "other-total", KEEL_HELPER_OTHER_TOTAL, -1 },
  { "later", KEEL_HELPER_LATER, -1 },
  { "earlier", KEEL_HELPER_EARLIER, -1 },
  { "shorter", KEEL_HELPER_SHORTER, -1 },
  { "mute", KEEL_HELPER_MUTE, -1 },
  { "no-range", KEEL_HELPER_NO_RANGE, -1 },
  { "nonsense", KEEL_HELPER_NONSENSE, -1 },
  { "multipart", KEEL_HELPER_MULTIPART, -1 },
  { "coded", KEEL_HELPER_CODED, -1 },
  { "cut", KEEL_HELPER_CUT, -1 },
  { "cut-once", KEEL_HELPER_CUT, 1 },
  { "half", KEEL_HELPER_HALF, -1 },
  { "nothing", KEEL_HELPER_NOTHING, -1 },
  { "closed", KEEL_HELPER_CLOSED, -1 },
  { "closed-once", KEEL_HELPER_CLOSED, 1 },
  { "forbidden", KEEL_HELPER_FORBIDDEN, -1 },
  { "gone", KEEL_HELPER_GONE, -1 },
  { "busy", KEEL_HELPER_BUSY, -1 },
  { "busy-once", KEEL_HELPER_BUSY, 1 },
  { "too-many", KEEL_HELPER_TOO_MANY, -1 },
  { "web-page", KEEL_HELPER_WEB_PAGE, -1 },
  { "unsatisfiable", KEEL_HELPER_UNSATISFIABLE, -1 },
  { "no-content", KEEL_HELPER_NO_CONTENT, -1 },
  { "password", KEEL_HELPER_PASSWORD, -1 },
  { "loop", KEEL_HELPER_LOOP, -1 },
  { "aside", KEEL_HELPER_ASIDE, -1 },
  { "other-version", KEEL_HELPER_OTHER_VERSION, -1 },
  { "other-tag", KEEL_HELPER_OTHER_TAG, -1 },
};

/* Helpers are not served, or badly: the first connection fetches all of it, without an error, and
 * nobody hammers the server. */
static void
test_helper (KeelBench     *bench,
             gconstpointer  data)
{
  gsize row = GPOINTER_TO_SIZE (data);
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;

  keel_scene_init (&scene, LENGTH);
  scene.helper = helpers[row].helper;
  scene.n_bad = helpers[row].n_bad;
  scene.is_fair = TRUE;
  scene.n_wanted = 2;
  scene.late_ms = 50;
  server = keel_loopback_new (keel_scene_serve, &scene);
  transfer = add (bench, server, 4);
  wait_finished_in_time (bench, transfer);
  check_file (bench, transfer, &scene, 0);
  check_requests (server, &scene);
  g_assert_cmpint (scene.n_helpers, >=, 1);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->attempts, ==, 1);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, <=, SEAMS);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->changes, ==, 0);
  g_assert_cmpuint (keel_loopback_get_requests (server), <, 150);
}

/* The first connection has fetched what it could and is gone when the helpers are told so: what
 * they leave behind is fetched all the same, at once, and nobody hears of an error. */
static void
test_late (KeelBench     *bench,
           gconstpointer  data)
{
  gsize row = GPOINTER_TO_SIZE (data);
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;

  keel_scene_init (&scene, LENGTH);
  scene.helper = helpers[row].helper;
  scene.is_fair = TRUE;
  scene.n_wanted = 4;
  scene.helper_late_ms = 40;
  server = keel_loopback_new (keel_scene_serve, &scene);
  transfer = add (bench, server, 4);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  check_file (bench, transfer, &scene, 0);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->attempts, <=, 2);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, <=, SEAMS);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->changes, ==, 0);
}

/* --- liars ----------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  guint late_ms;        /* of the first answer */
  guint helper_late_ms; /* of the others */
  gint n_bad;
} liars[] = {
  { "before", 60, 0, -1 }, /* the helpers have written when the first one comes to them */
  { "after", 0, 60, -1 },  /* it is gone by then */
  { "one", 60, 0, 1 },
  { "one-after", 0, 60, 1 },
};

static gboolean
has_come_to_rest (gpointer data)
{
  KeelTransfer *transfer = data;
  KeelTransferState state = keel_transfer_get_record (transfer)->state;

  return state == KEEL_TRANSFER_FINISHED || state == KEEL_TRANSFER_FAILED ||
         state == KEEL_TRANSFER_PAUSED || state == KEEL_TRANSFER_WAITING;
}

/* With the tag of the first answer, helpers get another file. What comes of it is the one or the
 * other, whole, or nothing at all. */
static void
test_liar (KeelBench     *bench,
           gconstpointer  data)
{
  gsize row = GPOINTER_TO_SIZE (data);
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;

  keel_scene_init (&scene, LENGTH);
  scene.helper = KEEL_HELPER_LYING;
  scene.n_bad = liars[row].n_bad;
  scene.n_wanted = 4;
  scene.late_ms = liars[row].late_ms;
  scene.helper_late_ms = liars[row].helper_late_ms;
  server = keel_loopback_new (keel_scene_serve, &scene);
  transfer = add (bench, server, 4);
  keel_bench_iterate (has_come_to_rest, transfer);
  if (keel_transfer_get_record (transfer)->state != KEEL_TRANSFER_FINISHED)
    return;
  g_assert_true (is_file (bench, scene.bytes[0], LENGTH) ||
                 is_file (bench, scene.bytes[1], LENGTH));
}

/* --- what cannot be divided ------------------------------------------------------------------ */

#define LONG_AGO "Last-Modified: Mon, 01 Dec 2025 00:00:00 GMT\r\nAccept-Ranges: bytes\r\n"

static const struct {
  const char *name;
  const char *head;
  gboolean has_checksum;
  gboolean is_divided;
} heads[] = {
  { "strong-tag", KEEL_SCENE_TAG, FALSE, TRUE },
  { "weak-tag", "ETag: W/\"v%u\"\r\nAccept-Ranges: bytes\r\n", FALSE, FALSE },
  { "weak-tag-and-checksum", "ETag: W/\"v%u\"\r\nAccept-Ranges: bytes\r\n", TRUE, TRUE },
  { "no-tag", "Accept-Ranges: bytes\r\n", FALSE, FALSE },
  { "date", LONG_AGO "Date: Tue, 02 Dec 2025 00:00:00 GMT\r\n", FALSE, TRUE },
  { "date-of-now", LONG_AGO "Date: Mon, 01 Dec 2025 00:00:20 GMT\r\n", FALSE, FALSE },
  { "date-alone", LONG_AGO, FALSE, FALSE },
  { "no-ranges", "ETag: \"v%u\"\r\nAccept-Ranges: none\r\n", FALSE, FALSE },
  { "nothing-said", "ETag: \"v%u\"\r\n", FALSE, FALSE },
  { "tag-without-marks", "ETag: v%u\r\nAccept-Ranges: bytes\r\n", FALSE, FALSE },
};

/* Only what has a strong validator, or a checksum, is divided. */
static void
test_head (KeelBench     *bench,
           gconstpointer  data)
{
  gsize row = GPOINTER_TO_SIZE (data);
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  g_autofree char *uri = NULL;
  KeelTransferRecord *record;
  KeelTransfer *transfer;

  keel_scene_init (&scene, LENGTH);
  scene.head = heads[row].head;
  scene.n_wanted = heads[row].is_divided ? 4 : 1;
  scene.late_ms = 100;
  server = keel_loopback_new (keel_scene_serve, &scene);
  uri = keel_loopback_dup_uri (server, "/x");
  record = keel_bench_make_record (bench, uri);
  record->max_connections = 4;
  if (heads[row].has_checksum)
    {
      record->checksum_algorithm = g_strdup ("sha-256");
      record->checksum_expected = g_compute_checksum_for_data (G_CHECKSUM_SHA256, scene.bytes[0],
                                                               LENGTH);
    }
  transfer = keel_bench_add_record (bench, record);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  check_file (bench, transfer, &scene, 0);
  g_assert_cmpint (scene.n_helpers > 0, ==, heads[row].is_divided);
}

static void
serve_without_length (KeelRequest *request,
                      gpointer     data)
{
  KeelScene *scene = data;

  keel_request_print (request, "HTTP/1.1 200 OK\r\nETag: \"v0\"\r\nAccept-Ranges: bytes\r\n\r\n");
  keel_request_write (request, scene->bytes[0], KEEL_SCENE_FIRST);
  g_usleep (100000);
  keel_request_write (request, scene->bytes[0] + KEEL_SCENE_FIRST,
                      scene->length - KEEL_SCENE_FIRST);
}

/* A body that does not say how long it is. */
static void
test_no_length (KeelBench     *bench,
                gconstpointer  data)
{
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;
  g_autofree char *request = NULL;

  keel_scene_init (&scene, LENGTH);
  server = keel_loopback_new (serve_without_length, &scene);
  transfer = add (bench, server, 4);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", scene.bytes[0], LENGTH);
  /* The question whether that was all. */
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 2);
}

/* --- checksums ------------------------------------------------------------------------------- */

static void
test_checksum (KeelBench     *bench,
               gconstpointer  data)
{
  gboolean is_right = GPOINTER_TO_INT (data);
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  g_autofree char *uri = NULL;
  KeelTransferRecord *record;
  KeelTransfer *transfer;

  keel_scene_init (&scene, LENGTH);
  scene.n_wanted = 4;
  scene.late_ms = 20;
  server = keel_loopback_new (keel_scene_serve, &scene);
  uri = keel_loopback_dup_uri (server, "/x");
  record = keel_bench_make_record (bench, uri);
  record->max_connections = 4;
  record->checksum_algorithm = g_strdup ("sha-256");
  record->checksum_expected = g_compute_checksum_for_data (G_CHECKSUM_SHA256,
                                                           scene.bytes[is_right ? 0 : 1], LENGTH);
  transfer = keel_bench_add_record (bench, record);
  keel_bench_wait_state (transfer, is_right ? KEEL_TRANSFER_FINISHED : KEEL_TRANSFER_FAILED);
  g_assert_cmpint (scene.n_helpers, >=, 3);
  if (is_right)
    check_file (bench, transfer, &scene, 0);
  else
    g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==, KEEL_TASK_ERROR_CHECKSUM);
}

/* --- who does not move ----------------------------------------------------------------------- */

static const struct {
  const char *name;
  KeelHelper helper;
  gint n_bad;
  gint is_open;
  guint late_ms;
  gsize stalled_after;
} stalls[] = {
  { "helper", KEEL_HELPER_STALLED, 1, 0, 20, 100 * KIB },
  { "helper/near-its-end", KEEL_HELPER_STALLED, 1, 0, 20, 2 * MIB - 5000 },
  { "helper/at-its-end", KEEL_HELPER_STALLED, 1, 0, 20, 2 * MIB },
  { "helper/without-a-byte", KEEL_HELPER_STALLED, 1, 0, 20, 0 },
  { "helper/silent", KEEL_HELPER_SILENT, 1, 0, 20, 0 },
  { "two", KEEL_HELPER_STALLED, 2, 0, 20, 300 * KIB },
  { "first", KEEL_HELPER_GOOD, 0, -1, 0, 0 },
};

#define WATCHDOG_USEC (30 * (gint64) G_USEC_PER_SEC)

/* What one of them has left is fetched by the others long before the watchdog comes, also when they
 * had gone because there was nothing left to do. */
static void
test_stall (KeelBench     *bench,
            gconstpointer  data)
{
  gsize row = GPOINTER_TO_SIZE (data);
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;

  keel_scene_init (&scene, LENGTH);
  scene.helper = stalls[row].helper;
  scene.n_bad = stalls[row].n_bad;
  scene.n_wanted = 4;
  scene.is_open = stalls[row].is_open;
  scene.late_ms = stalls[row].late_ms;
  scene.stalled_after = stalls[row].stalled_after;
  server = keel_loopback_new (keel_scene_serve, &scene);
  transfer = add (bench, server, 4);
  g_assert_cmpint (wait_finished_in_time (bench, transfer), <, WATCHDOG_USEC);
  check_file (bench, transfer, &scene, 0);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->attempts, ==, 1);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, <=, SEAMS);
}

static gboolean
are_held (gpointer data)
{
  return g_atomic_int_get (&((KeelScene *) data)->n_held) >= 3;
}

/* Nobody gets anything any more: the watchdog ends the attempt, and the next one fetches only what
 * is missing. */
static void
test_all_stall (KeelBench     *bench,
                gconstpointer  data)
{
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;

  keel_scene_init (&scene, LENGTH);
  scene.helper = KEEL_HELPER_STALLED;
  scene.is_open = -1;
  server = keel_loopback_new (keel_scene_serve, &scene);
  transfer = add (bench, server, 4);
  keel_bench_iterate (are_held, &scene);
  keel_bench_wait_received (transfer, KEEL_SCENE_FIRST + 3 * 100 * KIB);
  scene.helper = KEEL_HELPER_SILENT;
  for (guint i = 0; i < 300 && keel_transfer_get_record (transfer)->state == KEEL_TRANSFER_RUNNING;
       i++)
    {
      keel_clock_advance (bench->clock, G_USEC_PER_SEC);
      for (guint j = 0; j < 20; j++)
        if (!g_main_context_iteration (NULL, FALSE))
          g_usleep (500);
    }
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_RETRY);
  g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==, KEEL_TASK_ERROR_TIMEOUT);
  g_assert_cmpuint (keel_transfer_record_get_durable (keel_transfer_get_record (transfer)), >=,
                    KEEL_SCENE_FIRST + 3 * 100 * KIB);
  scene.helper = KEEL_HELPER_GOOD;
  g_atomic_int_set (&scene.is_open, 1);
  wait_finished_in_time (bench, transfer);
  check_file (bench, transfer, &scene, 0);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, <=, SEAMS);
}

/* --- another number, while it runs ----------------------------------------------------------- */

static void
test_more (KeelBench     *bench,
           gconstpointer  data)
{
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;

  keel_scene_init (&scene, LENGTH);
  scene.n_wanted = 4;
  server = keel_loopback_new (keel_scene_serve, &scene);
  transfer = add (bench, server, 1);
  keel_bench_wait_received (transfer, KEEL_SCENE_FIRST);
  g_assert_cmpint (g_atomic_int_get (&scene.n_helpers), ==, 0);
  keel_transfer_set_max_connections (transfer, 4);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  check_file (bench, transfer, &scene, 0);
  g_assert_cmpint (scene.n_helpers, >=, 3);
}

static void
test_fewer (KeelBench     *bench,
            gconstpointer  data)
{
  g_auto (KeelScene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;

  keel_scene_init (&scene, LENGTH);
  scene.is_open = -1;
  scene.helper = KEEL_HELPER_STALLED;
  server = keel_loopback_new (keel_scene_serve, &scene);
  transfer = add (bench, server, 4);
  keel_bench_iterate (are_held, &scene);
  keel_bench_wait_received (transfer, KEEL_SCENE_FIRST + 3 * 100 * KIB);
  keel_transfer_set_max_connections (transfer, 1);
  g_atomic_int_set (&scene.is_open, 1);
  scene.helper = KEEL_HELPER_GOOD;
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  check_file (bench, transfer, &scene, 0);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, <=, SEAMS);
}

#define ADD(name, data, func)                                                                      \
  g_test_add ("/engine/pieces/" name, KeelBench, data, keel_bench_set_up, func,                    \
              keel_bench_tear_down)

#define ADD_ROWS(prefix, rows, func)                                                               \
  for (gsize row = 0; row < G_N_ELEMENTS (rows); row++)                                            \
    {                                                                                              \
      g_autofree char *path = g_strconcat ("/engine/pieces/" prefix "/", rows[row].name, NULL);    \
                                                                                                   \
      g_test_add (path, KeelBench, GSIZE_TO_POINTER (row), keel_bench_set_up, func,                \
                  keel_bench_tear_down);                                                           \
    }

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("size", sizes, test_size);
  ADD_ROWS ("helper", helpers, test_helper);
  ADD_ROWS ("late", helpers, test_late);
  ADD_ROWS ("liar", liars, test_liar);
  ADD_ROWS ("head", heads, test_head);
  ADD_ROWS ("stall", stalls, test_stall);
  ADD ("stall/all", NULL, test_all_stall);
  ADD ("no-length", NULL, test_no_length);
  ADD ("checksum/right", GINT_TO_POINTER (TRUE), test_checksum);
  ADD ("checksum/wrong", GINT_TO_POINTER (FALSE), test_checksum);
  ADD ("more", NULL, test_more);
  ADD ("fewer", NULL, test_fewer);
  return g_test_run ();
}
