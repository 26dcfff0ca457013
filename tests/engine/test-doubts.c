/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-task-error.h"

#include <string.h>

/* Bodies that do not say how long they are and break off, while everything that could tell says
 * something else: what is cut is never called finished, and nobody is asked without end. */

#define LENGTH 300000
#define PART 100000
#define SECOND ((gint64) G_USEC_PER_SEC)

typedef struct {
  guint8 *old;
  guint8 *new;
  const char *etag; /* (nullable) "\"v1\"\r\n" */
  guint cuts;       /* so many answers of the whole break off */
} Scene;

/* The head of a body without a length, and so much of it. */
static void
print_open_end (KeelRequest  *request,
                const char   *etag,
                const guint8 *bytes,
                gsize         length)
{
  keel_request_print (request, "HTTP/1.1 200 OK\r\nConnection: close\r\n%s%s%s\r\n",
                      etag != NULL ? "ETag: " : "", etag != NULL ? etag : "",
                      etag != NULL ? "\r\n" : "");
  keel_request_write (request, bytes, length);
}

static void
print_rest (KeelRequest  *request,
            const char   *etag,
            const guint8 *bytes)
{
  guint64 offset = keel_request_get_offset (request);

  keel_request_print (request,
                      "HTTP/1.1 206 Partial Content\r\n%s%s%s"
                      "Content-Range: bytes %" G_GUINT64_FORMAT "-%d/%d\r\n"
                      "Content-Length: %" G_GUINT64_FORMAT "\r\n\r\n",
                      etag != NULL ? "ETag: " : "", etag != NULL ? etag : "",
                      etag != NULL ? "\r\n" : "", offset, LENGTH - 1, LENGTH, LENGTH - offset);
  keel_request_write (request, bytes + offset, LENGTH - offset);
}

static gboolean
has_range (KeelRequest *request)
{
  return strstr (request->text, "\r\nRange:") != NULL;
}

/* Lets @transfer wait for its retries @times times; it must never be finished meanwhile. */
static void
pass_retries (KeelBench    *bench,
              KeelTransfer *transfer,
              guint         times)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  for (guint i = 0; i < times; i++)
    {
      keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_RETRY);
      keel_clock_advance (bench->clock,
                          record->wait_until_usec - keel_clock_get_wall_usec (bench->clock));
      g_assert_cmpint (record->state, !=, KEEL_TRANSFER_WAITING);
    }
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_RETRY);
}

/* It says that there is more, and nothing by which the rest could be trusted. */
static void
serve_more_without_validator (KeelRequest *request,
                              gpointer     data)
{
  const Scene *scene = data;

  if (has_range (request))
    print_rest (request, NULL, scene->old);
  else
    print_open_end (request, NULL, scene->old, scene->cuts > request->number ? PART : LENGTH);
}

static void
test_longer (KeelBench     *bench,
             gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  Scene scene = { bytes, NULL, NULL, G_MAXUINT };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_more_without_validator, &scene);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  pass_retries (bench, transfer, 12);
  keel_bench_assert_folder (bench, "*");
  scene.cuts = 0;
  keel_transfer_control (transfer, KEEL_CONTROL_RETRY);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
}

/* The whole once more, which says how long it is. */
static void
serve_whole_with_length (KeelRequest *request,
                         gpointer     data)
{
  const Scene *scene = data;

  if (request->number < scene->cuts)
    {
      print_open_end (request, "\"v1\"", scene->old, PART);
      return;
    }
  keel_request_print (request, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: %d\r\n\r\n",
                      LENGTH);
  keel_request_write (request, scene->old, LENGTH);
}

static void
test_longer_by_length (KeelBench     *bench,
                       gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 2);
  Scene scene = { bytes, NULL, NULL, 1 };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_whole_with_length, &scene);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  pass_retries (bench, transfer, 0);
  g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==, KEEL_TASK_ERROR_TRUNCATED);
  keel_transfer_control (transfer, KEEL_CONTROL_RETRY);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
}

/* Its own name says that it is compressed, so nobody will look at the trailer. */
static void
serve_own_coding (KeelRequest *request,
                  gpointer     data)
{
  const Scene *scene = data;

  if (has_range (request))
    {
      keel_request_print (request,
                          "HTTP/1.1 416 No\r\nContent-Range: bytes */%d\r\n"
                          "Content-Length: 0\r\n\r\n",
                          LENGTH);
      return;
    }
  keel_request_print (request, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
                               "Content-Encoding: x-gzip\r\n\r\n");
  keel_request_write (request, scene->old, LENGTH);
}

static void
test_own_coding (KeelBench     *bench,
                 gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 3);
  Scene scene = { bytes, NULL, NULL, 0 };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_own_coding, &scene);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x.tar.gz");

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x.tar.gz", bytes, LENGTH);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 2);
  g_assert_true (keel_transfer_get_record (transfer)->length_confirmed);
}

/* Not there for a while: that says nothing about the end. */
static void
serve_unavailable (KeelRequest *request,
                   gpointer     data)
{
  const Scene *scene = data;

  if (request->number == 2)
    print_open_end (request, "\"v1\"", scene->old, PART);
  else if (request->number < 6)
    keel_request_print (request, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  else if (has_range (request))
    print_rest (request, "\"v1\"", scene->old);
}

static void
test_unavailable (KeelBench     *bench,
                  gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 4);
  Scene scene = { bytes, NULL, NULL, 0 };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_unavailable, &scene);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  pass_retries (bench, transfer, 4);
  keel_transfer_control (transfer, KEEL_CONTROL_RETRY);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
}

/* "There is more"; and where that is asked for, everything, cut at the same place. */
static void
serve_in_circles (KeelRequest *request,
                  gpointer     data)
{
  const Scene *scene = data;

  if (keel_request_get_offset (request) == PART)
    print_rest (request, "\"v1\"", scene->old);
  else
    print_open_end (request, "\"v1\"", scene->old, PART);
}

static void
test_circles (KeelBench     *bench,
              gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 5);
  Scene scene = { bytes, NULL, NULL, 0 };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_in_circles, &scene);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_given_up (bench, transfer);
  g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==, KEEL_TASK_ERROR_PROTOCOL);
  g_assert_cmpuint (keel_loopback_get_requests (server), <, 40);
}

/* Another version comes before anything of the first was recorded. */
static void
serve_other_at_once (KeelRequest *request,
                     gpointer     data)
{
  const Scene *scene = data;

  if (request->number == 0)
    print_open_end (request, "\"v1\"", scene->old, PART);
  else if (request->number == 1)
    print_rest (request, "\"v1\"", scene->old);
  else
    keel_request_serve (request, scene->new, LENGTH, "\"v2\"");
}

static void
test_other_at_once (KeelBench     *bench,
                    gconstpointer  data)
{
  g_autofree guint8 *old = keel_loopback_make_bytes (LENGTH, 6);
  g_autofree guint8 *new = keel_loopback_make_bytes (LENGTH, 7);
  Scene scene = { old, new, NULL, 0 };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_other_at_once, &scene);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", new, LENGTH);
  keel_bench_assert_folder (bench, "x");
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 3);
}

/* The new version has a head and no body yet, and then it is not there: what is kept counts. */
static void
serve_gone_after_change (KeelRequest *request,
                         gpointer     data)
{
  const Scene *scene = data;

  if (request->number == 0)
    {
      keel_request_print (request,
                          "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nConnection: close\r\n"
                          "Content-Length: %d\r\n\r\n",
                          LENGTH);
      keel_request_write (request, scene->old, PART);
    }
  else if (request->number == 1)
    {
      keel_request_print (request,
                          "HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nConnection: close\r\n"
                          "Content-Length: %d\r\n\r\n",
                          LENGTH + 1);
      keel_request_write (request, scene->new, 1);
    }
  else if (request->number == 2)
    keel_request_print (request, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
  else
    keel_request_serve (request, scene->old, LENGTH, "\"v1\"");
}

static void
test_gone_after_change (KeelBench     *bench,
                        gconstpointer  data)
{
  g_autofree guint8 *old = keel_loopback_make_bytes (LENGTH, 8);
  g_autofree guint8 *new = keel_loopback_make_bytes (LENGTH + 1, 9);
  Scene scene = { old, new, NULL, 0 };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_gone_after_change, &scene);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  pass_retries (bench, transfer, 2);
  g_assert_cmpuint (record->error_http_status, ==, 404);
  g_assert_cmpuint (record->aside.durable, ==, PART);
  keel_transfer_control (transfer, KEEL_CONTROL_RETRY);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", old, LENGTH);
  keel_bench_assert_folder (bench, "x");
}

/* A new link while the file is being opened for the old one, which must not be asked any more. */
static void
serve_links (KeelRequest *request,
             gpointer     data)
{
  if (strcmp (request->path, "/new") == 0)
    keel_request_serve (request, data, LENGTH, "\"v1\"");
  else
    keel_request_print (request, "HTTP/1.1 403 Expired\r\nContent-Length: 0\r\n\r\n");
}

static void
test_link_while_opening (KeelBench     *bench,
                         gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 10);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_links, bytes);
  g_autofree char *uri = keel_loopback_dup_uri (server, "/new");
  KeelTransfer *transfer = keel_bench_add (bench, server, "/old");

  while (keel_transfer_get_record (transfer)->state != KEEL_TRANSFER_RUNNING)
    g_main_context_iteration (NULL, TRUE);
  keel_transfer_set_uri (transfer, uri);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, keel_transfer_get_record (transfer)->name, bytes, LENGTH);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/doubts/" name, KeelBench, NULL, keel_bench_set_up, func,                    \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("longer", test_longer);
  ADD ("longer-by-length", test_longer_by_length);
  ADD ("own-coding", test_own_coding);
  ADD ("unavailable", test_unavailable);
  ADD ("circles", test_circles);
  ADD ("other-at-once", test_other_at_once);
  ADD ("gone-after-change", test_gone_after_change);
  ADD ("link-while-opening", test_link_while_opening);
  return g_test_run ();
}
