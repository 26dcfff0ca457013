/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-task-error.h"

/* What goes wrong by itself goes right by itself. Time is the fake clock's. */

#define SECOND ((gint64) G_USEC_PER_SEC)
#define LENGTH 200000

typedef struct {
  guint8 *bytes;
  guint n_bad;
} Scene;

/* Of an answer that promises all from @offset on. */
static void
print_head (KeelRequest *request,
            guint64      offset)
{
  if (offset == 0)
    keel_request_print (request,
                        "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nConnection: close\r\n"
                        "Content-Length: %d\r\n\r\n",
                        LENGTH);
  else
    keel_request_print (request,
                        "HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nConnection: close\r\n"
                        "Content-Range: bytes %" G_GUINT64_FORMAT "-%d/%d\r\n"
                        "Content-Length: %" G_GUINT64_FORMAT "\r\n\r\n",
                        offset, LENGTH - 1, LENGTH, LENGTH - offset);
}

static void
serve_cut (KeelRequest *request,
           gpointer     data)
{
  const Scene *scene = data;
  guint64 offset = keel_request_get_offset (request);

  if (request->number >= scene->n_bad)
    {
      keel_request_serve (request, scene->bytes, LENGTH, "\"v1\"");
      return;
    }
  /* Twenty thousand bytes further each time, and the end, as if that were all. */
  print_head (request, offset);
  keel_request_write (request, scene->bytes + offset,
                      MIN ((request->number + 1) * 20000 - offset, LENGTH));
}

static void
serve_miserly (KeelRequest *request,
               gpointer     data)
{
  guint64 offset = keel_request_get_offset (request);

  print_head (request, offset);
  keel_request_write (request, (const guint8 *) data + offset, MIN (5000, LENGTH - offset));
}

/* A body that ends early is never finished: it is fetched piece by piece, and each piece once. */
static void
test_cut (KeelBench     *bench,
          gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  Scene scene = { bytes, 4 };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_cut, &scene);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  for (guint i = 1; i <= 4; i++)
    {
      keel_bench_wait_requests (server, i);
      keel_bench_wait_state (transfer, KEEL_TRANSFER_WAITING);
      g_assert_cmpint (record->wait_reason, ==, KEEL_WAIT_REASON_RETRY);
      g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_TRUNCATED);
      g_assert_cmpuint (record->durable, ==, i * 20000);
      /* Bytes came each time, so it is the first failure each time. */
      g_assert_cmpuint (record->failures_running, ==, 1);
      keel_bench_assert_folder (bench, "*");
      keel_clock_advance (bench->clock, 6 * SECOND);
    }
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  g_assert_cmpint (record->error_code, ==, -1);
  g_assert_cmpuint (record->refetched_bytes, ==, 0);
}

static gboolean
has_ended (gpointer data)
{
  KeelBench *bench = data;
  const KeelTransferRecord *record = keel_bench_get (bench, 1);

  if (record->state == KEEL_TRANSFER_WAITING)
    keel_clock_advance (bench->clock,
                        record->wait_until_usec - keel_clock_get_wall_usec (bench->clock));
  return record->state == KEEL_TRANSFER_FINISHED;
}

/* A line that never carries more than five thousand bytes at once: it takes many tries, and what
 * is compared anew each time does not keep it from ending. */
static void
test_miserly (KeelBench     *bench,
              gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 4);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_miserly, bytes);

  keel_bench_add (bench, server, "/x");
  keel_bench_iterate (has_ended, bench);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  g_assert_cmpuint (keel_loopback_get_requests (server), <, 2 * LENGTH / 5000);
}

static void
serve_busy (KeelRequest *request,
            gpointer     bytes)
{
  if (request->number < 2)
    keel_request_print (request, "HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\n"
                                 "Content-Length: 0\r\n\r\n");
  else
    keel_request_serve (request, bytes, LENGTH, "\"v1\"");
}

static void
test_retry_after (KeelBench     *bench,
                  gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 2);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_busy, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  keel_bench_wait_state (transfer, KEEL_TRANSFER_WAITING);
  g_assert_cmpint (record->wait_until_usec, ==,
                   keel_clock_get_wall_usec (bench->clock) + 3600 * SECOND);
  keel_clock_advance (bench->clock, 3599 * SECOND);
  g_assert_cmpint (record->state, ==, KEEL_TRANSFER_WAITING);
  keel_clock_advance (bench->clock, SECOND);
  keel_bench_wait_requests (server, 2);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_WAITING);
  /* Somebody who cannot wait. */
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RETRY));
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
}

static void
serve_silence (KeelRequest *request,
               gpointer     bytes)
{
  keel_request_print (request, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: %d\r\n\r\n",
                      LENGTH);
  keel_request_write (request, bytes, 5000);
  keel_loopback_wait (request->server);
}

/* A connection on which nothing comes any more is dropped after 30 s, whatever TCP thinks. */
static void
test_stall (KeelBench     *bench,
            gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 3);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_silence, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  keel_bench_wait_received (transfer, 5000);
  /* The first half minute had bytes in it, the second has not. */
  keel_clock_advance (bench->clock, 31 * SECOND);
  g_assert_cmpint (record->state, ==, KEEL_TRANSFER_RUNNING);
  keel_clock_advance (bench->clock, 31 * SECOND);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_WAITING);
  g_assert_cmpint (record->wait_reason, ==, KEEL_WAIT_REASON_RETRY);
  g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_TIMEOUT);
  g_assert_cmpuint (record->durable, ==, 5000);
}

static void
serve_nobody (KeelRequest *request,
              gpointer     data)
{
}

/* A server that is never there again: two weeks of trying, then a failure that says why. */
static void
test_fourteen_days (KeelBench     *bench,
                    gconstpointer  data)
{
  g_autofree char *uri = NULL;
  KeelLoopback *server = keel_loopback_new (serve_nobody, NULL);
  gint64 start_usec = keel_clock_get_wall_usec (bench->clock);
  KeelTransfer *transfer;
  const KeelTransferRecord *record;

  keel_bench_open_session (bench, "default", "{'timeout-resource': <int64 0>}");
  uri = keel_loopback_dup_uri (server, "/x");
  keel_loopback_free (server);
  transfer = keel_bench_add_record (bench, keel_bench_make_record (bench, uri));
  record = keel_transfer_get_record (transfer);
  keel_bench_wait_given_up (bench, transfer);
  g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_CONNECT);
  g_assert_cmpint (keel_clock_get_wall_usec (bench->clock) - start_usec, >,
                   14 * 24 * 3600 * SECOND);
  g_assert_cmpint (keel_clock_get_wall_usec (bench->clock) - start_usec, <,
                   15 * 24 * 3600 * SECOND);
  g_assert_cmpuint (record->attempts, >, 1500);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/retry/" name, KeelBench, NULL, keel_bench_set_up, func, keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("cut", test_cut);
  ADD ("miserly", test_miserly);
  ADD ("retry-after", test_retry_after);
  ADD ("stall", test_stall);
  ADD ("fourteen-days", test_fourteen_days);
  return g_test_run ();
}
