/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-task-error.h"

#include <string.h>

/* Files that change on the server, and change back: what is kept, what is fetched again, and that
 * the end is always one version, whole. */

#define LENGTH (2 * 1024 * 1024)
#define HALF (LENGTH / 2)
#define QUARTER (LENGTH / 4)

typedef struct {
  guint8 *bytes[5];
  guint version; /* that the server has now */
  guint cut;     /* a 200 sends so much, then waits (is_patient) or ends; 0: everything */
  gboolean is_patient;
} Scene;

static void
scene_init (Scene *scene)
{
  *scene = (Scene) { .is_patient = TRUE };
  for (guint i = 0; i < G_N_ELEMENTS (scene->bytes); i++)
    scene->bytes[i] = keel_loopback_make_bytes (LENGTH, 100 + i);
}

static void
scene_clear (Scene *scene)
{
  for (guint i = 0; i < G_N_ELEMENTS (scene->bytes); i++)
    g_free (scene->bytes[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

/* An honest server, whose file is another one from time to time. */
static void
serve (KeelRequest *request,
       gpointer     data)
{
  const Scene *scene = data;
  g_autofree char *etag = g_strdup_printf ("\"v%u\"", scene->version);
  g_autofree char *if_range = keel_request_dup_header (request, "If-Range");

  if (scene->cut == 0 || g_strcmp0 (if_range, etag) == 0)
    {
      keel_request_serve (request, scene->bytes[scene->version], LENGTH, etag);
      return;
    }
  keel_request_print (request,
                      "HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Length: %d\r\n"
                      "Connection: close\r\n\r\n",
                      etag, LENGTH);
  keel_request_write (request, scene->bytes[scene->version], scene->cut);
  if (scene->is_patient)
    keel_loopback_wait (request->server);
}

static void
pause_and_rest (KeelTransfer *transfer)
{
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_PAUSE));
  keel_bench_wait_rest (transfer);
}

/* Half of version 0 is there; then version 1, of which a quarter comes. */
static KeelTransfer *
have_two (KeelBench    *bench,
          KeelLoopback *server,
          Scene        *scene)
{
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  keel_bench_wait_received (transfer, HALF);
  pause_and_rest (transfer);
  scene->version = 1;
  scene->cut = QUARTER;
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  keel_bench_wait_requests (server, 2);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_RUNNING);
  while (record->error_code != KEEL_TASK_ERROR_CONTENT_CHANGED)
    g_main_context_iteration (NULL, TRUE);
  keel_bench_wait_received (transfer, QUARTER);
  pause_and_rest (transfer);
  g_assert_cmpuint (record->durable, ==, QUARTER);
  g_assert_cmpuint (record->aside.durable, ==, HALF);
  g_assert_cmpuint (record->changes, ==, 1);
  keel_bench_assert_folder (bench, "* *");
  return transfer;
}

/* The older version comes back: what was kept of it is not fetched again. */
static void
check_back (KeelBench    *bench,
            KeelLoopback *server,
            Scene        *scene,
            gint64        id)
{
  KeelTransfer *transfer = keel_engine_get_transfer (bench->engine, id);
  g_autofree char *request = NULL;

  scene->version = 0;
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", scene->bytes[0], LENGTH);
  keel_bench_assert_folder (bench, "x");
  request = keel_loopback_dup_request (server, 3);
  g_assert_nonnull (strstr (request, "\r\nIf-Range: \"v0\"\r\n"));
  g_assert_nonnull (strstr (request, "\r\nRange: bytes=983040-\r\n"));
  g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==, -1);
}

static void
test_back (KeelBench     *bench,
           gconstpointer  data)
{
  g_auto (Scene) scene;
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;

  scene_init (&scene);
  scene.cut = HALF;
  server = keel_loopback_new (serve, &scene);
  transfer = have_two (bench, server, &scene);
  check_back (bench, server, &scene, keel_transfer_get_record (transfer)->id);
}

/* The same over a restart of the service. */
static void
test_back_after_restart (KeelBench     *bench,
                         gconstpointer  data)
{
  g_auto (Scene) scene;
  g_autoptr (KeelLoopback) server = NULL;
  gint64 id;

  scene_init (&scene);
  scene.cut = HALF;
  server = keel_loopback_new (serve, &scene);
  id = keel_transfer_get_record (have_two (bench, server, &scene))->id;
  keel_bench_stop (bench);
  keel_bench_start (bench);
  check_back (bench, server, &scene, id);
}

/* The old partial goes as soon as the new one is longer. */
static void
test_past (KeelBench     *bench,
           gconstpointer  data)
{
  g_auto (Scene) scene;
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;
  const KeelTransferRecord *record;

  scene_init (&scene);
  scene.cut = QUARTER;
  server = keel_loopback_new (serve, &scene);
  transfer = keel_bench_add (bench, server, "/x");
  record = keel_transfer_get_record (transfer);
  keel_bench_wait_received (transfer, QUARTER);
  pause_and_rest (transfer);
  scene.version = 1;
  scene.cut = HALF;
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  keel_bench_wait_received (transfer, HALF);
  pause_and_rest (transfer);
  g_assert_cmpuint (record->durable, ==, HALF);
  g_assert_false (keel_transfer_record_has_aside (record));
  keel_bench_assert_folder (bench, "*");
  scene.cut = 0;
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", scene.bytes[1], LENGTH);
  keel_bench_assert_folder (bench, "x");
}

/* A file that is another one each time is not tried for ever. */
static void
test_unstable (KeelBench     *bench,
               gconstpointer  data)
{
  g_auto (Scene) scene;
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;
  const KeelTransferRecord *record;

  scene_init (&scene);
  scene.cut = QUARTER;
  scene.is_patient = FALSE;
  server = keel_loopback_new (serve, &scene);
  transfer = keel_bench_add (bench, server, "/x");
  record = keel_transfer_get_record (transfer);
  for (guint i = 1; i <= 3; i++)
    {
      keel_bench_wait_state (transfer, KEEL_TRANSFER_WAITING);
      g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_TRUNCATED);
      scene.version = i;
      keel_clock_advance (bench->clock,
                          record->wait_until_usec - keel_clock_get_wall_usec (bench->clock));
      keel_bench_wait_requests (server, i + 1);
    }
  keel_bench_wait_state (transfer, KEEL_TRANSFER_PAUSED);
  g_assert_cmpint (record->pause_reason, ==, KEEL_PAUSE_REASON_UNSTABLE);
  g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_CONTENT_CHANGED);
  keel_bench_wait_rest (transfer);

  /* Somebody says go on, and the server has made up its mind. */
  scene.cut = 0;
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", scene.bytes[3], LENGTH);
  keel_bench_assert_folder (bench, "x");
}

static void
serve_whole (KeelRequest *request,
             gpointer     data)
{
  const Scene *scene = data;

  keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LENGTH);
  keel_request_write (request, scene->bytes[scene->version], scene->cut > 0 ? scene->cut : LENGTH);
  if (scene->cut > 0)
    keel_loopback_wait (request->server);
}

/* A server that knows no ranges: what it sends again is compared, and is no change. */
static void
test_compared (KeelBench     *bench,
               gconstpointer  data)
{
  g_auto (Scene) scene;
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;
  const KeelTransferRecord *record;
  guint64 ino;

  scene_init (&scene);
  scene.cut = HALF;
  server = keel_loopback_new (serve_whole, &scene);
  transfer = keel_bench_add (bench, server, "/x");
  record = keel_transfer_get_record (transfer);
  keel_bench_wait_received (transfer, HALF);
  pause_and_rest (transfer);
  ino = record->part_ino;
  scene.cut = QUARTER;
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  keel_bench_wait_requests (server, 2);
  pause_and_rest (transfer);
  /* Less came than was there: nothing is lost by it. */
  g_assert_cmpuint (record->durable, ==, HALF);
  g_assert_cmpuint (record->part_ino, ==, ino);
  scene.cut = 0;
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", scene.bytes[0], LENGTH);
  g_assert_cmpuint (record->changes, ==, 0);
  g_assert_cmpuint (record->refetched_bytes, ==, HALF);
}

/* The difference comes late: what was equal is not asked for again, the rest is the new version's.
 */
static void
test_differs_late (KeelBench     *bench,
                   gconstpointer  data)
{
  g_auto (Scene) scene;
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;

  scene_init (&scene);
  memcpy (scene.bytes[1], scene.bytes[0], HALF - 1000);
  scene.cut = HALF;
  server = keel_loopback_new (serve_whole, &scene);
  transfer = keel_bench_add (bench, server, "/x");
  keel_bench_wait_received (transfer, HALF);
  pause_and_rest (transfer);
  scene.version = 1;
  scene.cut = 0;
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", scene.bytes[1], LENGTH);
  keel_bench_assert_folder (bench, "x");
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 2);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/versions/" name, KeelBench, NULL, keel_bench_set_up, func,                  \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("back", test_back);
  ADD ("back-after-restart", test_back_after_restart);
  ADD ("past", test_past);
  ADD ("unstable", test_unstable);
  ADD ("compared", test_compared);
  ADD ("differs-late", test_differs_late);
  return g_test_run ();
}
