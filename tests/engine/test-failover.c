/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-task-error.h"

#include <string.h>

/* A transfer whose own link fails goes on at another one, with the bytes that it has. */

#define LENGTH (3 * 1024 * 1024 + 77)
#define CUT (1024 * 1024 + 4321)

typedef struct {
  guint8 *bytes;
  guint64 cut; /* the whole file stops there; 0: it does not */
  gboolean is_dead;
} Scene;

static void
scene_init (Scene   *scene,
            guint32  seed)
{
  *scene = (Scene) { .bytes = keel_loopback_make_bytes (LENGTH, seed) };
}

/* The transfer's own link, and the mirror. */
typedef struct {
  Scene own;
  Scene mirror;
} Pair;

static void
pair_clear (Pair *pair)
{
  g_free (pair->own.bytes);
  g_free (pair->mirror.bytes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

static void
serve (KeelRequest *request,
       gpointer     data)
{
  Scene *scene = data;

  if (scene->is_dead)
    keel_request_print (request, "HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n");
  else if (scene->cut > 0)
    {
      keel_request_print (request, "HTTP/1.1 200 OK\r\nETag: \"own\"\r\nContent-Length: %d\r\n\r\n",
                          LENGTH);
      keel_request_write (request, scene->bytes, scene->cut);
      scene->is_dead = TRUE;
    }
  else if (keel_request_get_offset (request) > 0)
    {
      guint64 offset = keel_request_get_offset (request);

      keel_request_print (request,
                          "HTTP/1.1 206 Partial Content\r\nETag: \"other\"\r\n"
                          "Content-Range: bytes %" G_GUINT64_FORMAT "-%d/%d\r\n\r\n",
                          offset, LENGTH - 1, LENGTH);
      keel_request_write (request, scene->bytes + offset, LENGTH - offset);
    }
  else
    keel_request_serve (request, scene->bytes, LENGTH, "\"other\"");
}

static KeelTransfer *
add (KeelBench    *bench,
     KeelLoopback *own,
     KeelLoopback *mirror)
{
  g_autofree char *uri = keel_loopback_dup_uri (own, "/x");
  KeelTransferRecord *record = keel_bench_make_record (bench, uri);

  record->max_connections = 1;
  record->mirrors = keel_loopback_dup_uri (mirror, "/y");
  return keel_bench_add_record (bench, record);
}

/* Its own link has never worked. */
static void
test_dead (KeelBench     *bench,
           gconstpointer  data)
{
  g_auto (Pair) pair = { 0 };
  g_autoptr (KeelLoopback) own = NULL;
  g_autoptr (KeelLoopback) mirror = NULL;

  scene_init (&pair.own, 1);
  scene_init (&pair.mirror, 2);
  pair.own.is_dead = TRUE;
  own = keel_loopback_new (serve, &pair.own);
  mirror = keel_loopback_new (serve, &pair.mirror);
  keel_bench_wait_state (add (bench, own, mirror), KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", pair.mirror.bytes, LENGTH);
  g_assert_cmpuint (keel_loopback_get_requests (own), ==, 1);
  g_assert_cmpuint (keel_loopback_get_requests (mirror), ==, 1);
}

/* It breaks in the middle: only the rest comes from the mirror, with some bytes to compare. */
static void
test_broken (KeelBench     *bench,
             gconstpointer  data)
{
  g_auto (Pair) pair = { 0 };
  g_autoptr (KeelLoopback) own = NULL;
  g_autoptr (KeelLoopback) mirror = NULL;
  g_autofree char *request = NULL;
  KeelTransfer *transfer;

  scene_init (&pair.own, 1);
  scene_init (&pair.mirror, 1);
  pair.own.cut = CUT;
  own = keel_loopback_new (serve, &pair.own);
  mirror = keel_loopback_new (serve, &pair.mirror);
  transfer = add (bench, own, mirror);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", pair.mirror.bytes, LENGTH);
  keel_bench_assert_folder (bench, "x");
  g_assert_cmpuint (keel_transfer_get_record (transfer)->resumed_bytes, ==, CUT);
  g_assert_cmpuint (keel_loopback_get_requests (mirror), ==, 1);
  request = keel_loopback_dup_request (mirror, 0);
  g_assert_nonnull (strstr (request, "\r\nRange: bytes=4321-\r\n"));
  g_assert_null (strstr (request, "If-Range"));
}

/* The mirror has another file: it is not taken, and the bytes are kept for the transfer's own link.
 */
static void
test_foreign (KeelBench     *bench,
              gconstpointer  data)
{
  g_auto (Pair) pair = { 0 };
  g_autoptr (KeelLoopback) own = NULL;
  g_autoptr (KeelLoopback) mirror = NULL;
  KeelTransfer *transfer;

  scene_init (&pair.own, 1);
  scene_init (&pair.mirror, 2);
  pair.own.cut = CUT;
  own = keel_loopback_new (serve, &pair.own);
  mirror = keel_loopback_new (serve, &pair.mirror);
  transfer = add (bench, own, mirror);
  keel_bench_wait_given_up (bench, transfer);
  g_assert_cmpuint (keel_transfer_get_received (transfer), ==, CUT);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->changes, ==, 0);
  g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, ==, 0);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/failover/" name, KeelBench, NULL, keel_bench_set_up, func,                  \
              keel_bench_tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("dead", test_dead);
  ADD ("broken", test_broken);
  ADD ("foreign", test_foreign);
  return g_test_run ();
}
