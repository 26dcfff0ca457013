/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include <string.h>

/* Going on where a transfer was stopped, and never with the bytes of another version. */

#define LENGTH (2 * 1024 * 1024)
#define HALF (LENGTH / 2)

typedef struct {
  guint8 *old;
  guint8 *new;
} Versions;

/* The first request gets half and then silence; the following are answered well. */
static void
serve_half_then_whole (KeelRequest *request,
                       gpointer     data)
{
  const Versions *versions = data;

  if (request->number > 0)
    {
      keel_request_serve (request, versions->old, LENGTH, "\"v1\"");
      return;
    }
  keel_request_serve_half (request, versions->old, LENGTH, "\"v1\"");
}

static void
test_pause (KeelBench     *bench,
            gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  Versions versions = { bytes, NULL };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, &versions);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  g_autofree char *request = NULL;

  keel_bench_wait_received (transfer, HALF);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_PAUSE));
  g_assert_cmpint (record->state, ==, KEEL_TRANSFER_PAUSED);
  keel_bench_wait_rest (transfer);
  g_assert_cmpuint (record->durable, ==, HALF);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RESUME));
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  g_assert_cmpuint (record->resumed_bytes, ==, HALF);
  g_assert_cmpuint (record->refetched_bytes, ==, 0);
  request = keel_loopback_dup_request (server, 1);
  g_assert_nonnull (strstr (request, "\r\nRange: bytes=983040-\r\n"));
  g_assert_nonnull (strstr (request, "\r\nIf-Range: \"v1\"\r\n"));
}

/* Paused and resumed in one breath: the second attempt waits for the first to let go. */
static void
test_pause_resume_at_once (KeelBench     *bench,
                           gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 2);
  Versions versions = { bytes, NULL };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, &versions);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_received (transfer, HALF);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_PAUSE));
      g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RESUME));
    }
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 2);
}

/* After the first half, what the server does with a range request. */
typedef enum {
  WHOLE_NEW,      /* 200, another version */
  RANGE_NEW,      /* 206 of another version, said by its tag */
  RANGE_NEW_MUTE, /* 206 without a tag */
  RANGE_SAME_TAG, /* 206 of another version with the tag of the old one */
  RANGE_SHIFTED,  /* 206 of other bytes than were asked for */
  RANGE_OTHER_SIZE,
  NOT_SATISFIABLE, /* 416 */
} Trap;

typedef struct {
  Versions versions;
  Trap trap;
} Scene;

static void
print_range (KeelRequest  *request,
             const char   *etag,
             guint64       first,
             guint64       total,
             const guint8 *bytes)
{
  keel_request_print (
    request,
    "HTTP/1.1 206 Partial Content\r\n%s%s%sContent-Range: bytes %" G_GUINT64_FORMAT
    "-%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT "\r\nContent-Length: "
    "%" G_GUINT64_FORMAT "\r\n\r\n",
    etag != NULL ? "ETag: " : "", etag != NULL ? etag : "", etag != NULL ? "\r\n" : "", first,
    total - 1, total, total - first);
  keel_request_write (request, bytes + first, MIN (total, LENGTH) - first);
}

static void
serve_trap (KeelRequest *request,
            gpointer     data)
{
  const Scene *scene = data;
  guint64 offset = keel_request_get_offset (request);

  if (request->number == 0)
    {
      serve_half_then_whole (request, (gpointer) &scene->versions);
      return;
    }
  if (offset == 0 || scene->trap == WHOLE_NEW)
    {
      keel_request_print (request, "HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length: %d\r\n\r\n",
                          LENGTH);
      keel_request_write (request, scene->versions.new, LENGTH);
    }
  else if (scene->trap == RANGE_NEW)
    print_range (request, "\"v2\"", offset, LENGTH, scene->versions.new);
  else if (scene->trap == RANGE_NEW_MUTE)
    print_range (request, NULL, offset, LENGTH, scene->versions.new);
  else if (scene->trap == RANGE_SAME_TAG)
    print_range (request, "\"v1\"", offset, LENGTH, scene->versions.new);
  else if (scene->trap == RANGE_SHIFTED)
    print_range (request, "\"v1\"", offset + 1, LENGTH, scene->versions.old);
  else if (scene->trap == RANGE_OTHER_SIZE)
    print_range (request, "\"v1\"", offset, LENGTH - 1, scene->versions.old);
  else
    keel_request_print (request, "HTTP/1.1 416 No\r\nContent-Range: bytes */10\r\n"
                                 "Content-Length: 0\r\n\r\n");
}

/* Each trap ends with the new version, whole. */
static void
test_traps (KeelBench     *bench,
            gconstpointer  data)
{
  g_autofree guint8 *old = keel_loopback_make_bytes (LENGTH, 3);
  g_autofree guint8 *new = keel_loopback_make_bytes (LENGTH, 4);

  for (Trap trap = WHOLE_NEW; trap <= NOT_SATISFIABLE; trap++)
    {
      Scene scene = { { old, new }, trap };
      g_autoptr (KeelLoopback) server = keel_loopback_new (serve_trap, &scene);
      g_autofree char *path = g_strdup_printf ("/trap%d", (int) trap);
      KeelTransfer *transfer = keel_bench_add (bench, server, path);

      g_test_message ("trap %d", (int) trap);
      keel_bench_wait_received (transfer, HALF);
      keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
      keel_bench_wait_rest (transfer);
      keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
      keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
      keel_bench_assert_file (bench, path + 1, new, LENGTH);
      g_assert_cmpuint (keel_transfer_get_record (transfer)->refetched_bytes, ==, HALF);
    }
}

static void
serve_without_validator (KeelRequest *request,
                         gpointer     data)
{
  const Versions *versions = data;

  g_assert_null (strstr (request->text, "\r\nRange:"));
  keel_request_print (request,
                      "HTTP/1.1 200 OK\r\nAccept-Ranges: bytes\r\nContent-Length: %d\r\n"
                      "\r\n",
                      LENGTH);
  keel_request_write (request, request->number == 0 ? versions->old : versions->new,
                      request->number == 0 ? HALF : LENGTH);
  if (request->number == 0)
    keel_loopback_wait (request->server);
}

/* A server that gives nothing to tell versions apart by is asked for everything. */
static void
test_no_validator (KeelBench     *bench,
                   gconstpointer  data)
{
  g_autofree guint8 *old = keel_loopback_make_bytes (LENGTH, 5);
  g_autofree guint8 *new = keel_loopback_make_bytes (LENGTH, 6);
  Versions versions = { old, new };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_without_validator, &versions);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_received (transfer, HALF);
  keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
  keel_bench_wait_rest (transfer);
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", new, LENGTH);
}

/* Cancelling and removing leave nothing behind, whatever was going on. */
static void
test_no_litter (KeelBench     *bench,
                gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 7);
  Versions versions = { bytes, NULL };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, &versions);
  g_autoptr (KeelTransfer) transfer = g_object_ref (keel_bench_add (bench, server, "/x"));
  gint64 id = keel_transfer_get_record (transfer)->id;

  keel_bench_wait_received (transfer, HALF);
  keel_bench_assert_folder (bench, "*");
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_CANCEL));
  keel_bench_wait_rest (transfer);
  keel_bench_assert_folder (bench, "");
  g_assert_nonnull (keel_bench_get (bench, id));

  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RETRY));
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_REMOVE));
  keel_bench_wait_rest (transfer);
  g_assert_null (keel_bench_get (bench, id));
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  keel_bench_assert_folder (bench, "x");
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/resume/" name, KeelBench, NULL, keel_bench_set_up, func,                    \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("pause", test_pause);
  ADD ("pause-resume-at-once", test_pause_resume_at_once);
  ADD ("traps", test_traps);
  ADD ("no-validator", test_no_validator);
  ADD ("no-litter", test_no_litter);
  return g_test_run ();
}
