/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-task-error.h"

#include <string.h>

/* Servers that want to know who asks: the transfer waits for an answer, tells nobody else, and
 * does not try for ever. */

#define LENGTH 300000
#define RIGHT "Basic bWU6c2VjcmV0" /* me:secret */

static void
ask_who (KeelRequest *request)
{
  keel_request_print (request, "HTTP/1.1 401 Unauthorized\r\n"
                               "WWW-Authenticate: Negotiate, Basic realm=\"a \\\"place\\\"\"\r\n"
                               "Content-Length: 3\r\n\r\nwho");
}

static void
serve (KeelRequest *request,
       gpointer     data)
{
  g_autofree char *authorization = keel_request_dup_header (request, "Authorization");

  if (g_strcmp0 (authorization, RIGHT) == 0)
    keel_request_serve (request, data, LENGTH, "\"v1\"");
  else
    ask_who (request);
}

static void
count_cb (KeelEngine   *engine,
          KeelTransfer *transfer,
          guint        *count)
{
  (*count)++;
}

static const KeelChallenge *
wait_challenge (KeelTransfer *transfer,
                guint         expected_tries)
{
  const KeelChallenge *challenge;
  const char *cookie;
  guint tries;

  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_AUTH);
  challenge = keel_transfer_get_challenge (transfer, &cookie, &tries);
  g_assert_nonnull (challenge);
  g_assert_cmpuint (strlen (cookie), >=, 16);
  g_assert_cmpuint (tries, ==, expected_tries);
  return challenge;
}

static void
test_answered (KeelBench     *bench,
               gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, bytes);
  g_autofree char *root = keel_loopback_dup_uri (server, "");
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  const KeelChallenge *challenge;
  guint count = 0;

  g_signal_connect (bench->engine, "transfer-challenged", G_CALLBACK (count_cb), &count);
  challenge = wait_challenge (transfer, 0);
  g_assert_cmpuint (count, ==, 1);
  g_assert_cmpstr (challenge->realm, ==, "a \"place\"");
  g_assert_cmpstr (challenge->scheme, ==, "basic");
  g_assert_true (g_str_has_prefix (root, challenge->origin));
  g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_AUTH_REQUIRED);

  keel_transfer_answer (transfer, "me", "wrong");
  wait_challenge (transfer, 1);
  keel_transfer_answer (transfer, "me", "secret");
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  g_assert_cmpstr (record->user, ==, "me");
  g_assert_null (record->password);
}

static void
test_wrong (KeelBench     *bench,
            gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 2);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  for (guint i = 0; i < 3; i++)
    {
      wait_challenge (transfer, i);
      keel_transfer_answer (transfer, "me", "wrong");
    }
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==,
                   KEEL_TASK_ERROR_AUTH_REQUIRED);
  /* Four questions, three of which were asked once more with an answer. */
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 7);

  /* Somebody asks for another try: it begins anew. */
  keel_transfer_control (transfer, KEEL_CONTROL_RETRY);
  wait_challenge (transfer, 0);
  keel_transfer_decline (transfer);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
}

static void
test_given (KeelBench     *bench,
            gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 3);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, bytes);
  g_autofree char *uri = keel_loopback_dup_uri (server, "/x");
  KeelTransferRecord *record = keel_bench_make_record (bench, uri);
  KeelTransfer *transfer;
  g_autofree char *first = NULL;

  record->user = g_strdup ("me");
  record->password = g_strdup ("secret");
  transfer = keel_bench_add_record (bench, record);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  /* Nobody is told before asking. */
  first = keel_loopback_dup_request (server, 0);
  g_assert_null (strstr (first, "Authorization"));
}

static void
serve_elsewhere (KeelRequest *request,
                 gpointer     data)
{
  g_autofree char *uri = keel_loopback_dup_uri (data, "/x");

  keel_request_print (request, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
                      uri);
}

/* What was given for one server is not for another that it leads to. */
static void
test_elsewhere (KeelBench     *bench,
                gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 4);
  g_autoptr (KeelLoopback) other = keel_loopback_new (serve, bytes);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_elsewhere, other);
  g_autofree char *uri = keel_loopback_dup_uri (server, "/x");
  g_autofree char *root = keel_loopback_dup_uri (other, "");
  KeelTransferRecord *record = keel_bench_make_record (bench, uri);
  KeelTransfer *transfer;
  g_autofree char *request = NULL;

  record->user = g_strdup ("me");
  record->password = g_strdup ("secret");
  transfer = keel_bench_add_record (bench, record);
  g_assert_true (g_str_has_prefix (root, wait_challenge (transfer, 0)->origin));
  request = keel_loopback_dup_request (other, 0);
  g_assert_null (strstr (request, "Authorization"));
  keel_transfer_answer (transfer, "me", "secret");
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
}

static void
serve_odd (KeelRequest *request,
           gpointer     data)
{
  keel_request_print (request, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Hawk\r\n"
                               "Content-Length: 99999999999\r\n\r\n");
  /* A body without end must not be waited for. */
  keel_loopback_wait (request->server);
}

/* What cannot be answered is not asked. */
static void
test_unknown_scheme (KeelBench     *bench,
                     gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_odd, NULL);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==,
                   KEEL_TASK_ERROR_AUTH_REQUIRED);
}

/* --- new links ------------------------------------------------------------------------------- */

typedef struct {
  guint8 *old;
  guint8 *new;
} Links;

/* "/old" gives half and then expires; "/same" has the same bytes under another tag, "/other" does
 * not. */
static void
serve_links (KeelRequest *request,
             gpointer     data)
{
  const Links *links = data;

  if (strcmp (request->path, "/same") == 0)
    {
      g_autofree char *if_range = keel_request_dup_header (request, "If-Range");
      guint64 offset = keel_request_get_offset (request);

      g_assert_null (if_range);
      keel_request_print (request,
                          "HTTP/1.1 206 Partial Content\r\nETag: \"else\"\r\n"
                          "Content-Range: bytes %" G_GUINT64_FORMAT "-%d/%d\r\n\r\n",
                          offset, LENGTH - 1, LENGTH);
      keel_request_write (request, links->old + offset, LENGTH - offset);
    }
  else if (strcmp (request->path, "/page") == 0)
    keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                                 "Content-Length: 5\r\n\r\nHello");
  else if (strcmp (request->path, "/other") == 0)
    keel_request_serve (request, links->new, LENGTH, "\"v1\"");
  else if (request->number == 0)
    {
      keel_request_print (request,
                          "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: %d\r\n"
                          "Content-Type: application/zip\r\nConnection: close\r\n\r\n",
                          LENGTH);
      keel_request_write (request, links->old, LENGTH / 2);
    }
  else
    keel_request_print (request, "HTTP/1.1 403 Expired\r\nContent-Type: text/plain\r\n"
                                 "Content-Length: 7\r\n\r\nToo old");
}

static void
check_new_link (KeelBench    *bench,
                const char   *path,
                const Links  *links,
                const guint8 *expected,
                guint64       resumed)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_links, (gpointer) links);
  g_autofree char *uri = keel_loopback_dup_uri (server, path);
  g_autofree char *page = keel_loopback_dup_uri (server, "/page");
  KeelTransfer *transfer = keel_bench_add (bench, server, "/old");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_RETRY);
  keel_transfer_control (transfer, KEEL_CONTROL_RETRY);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_NEEDS_NEW_URL);
  g_assert_cmpstr (record->error_details, ==, "Too old");
  g_assert_cmpuint (record->durable, ==, LENGTH / 2);

  /* A page about the file is not the file, and takes nothing away. */
  keel_transfer_set_uri (transfer, page);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_NEEDS_NEW_URL);
  g_assert_cmpuint (record->durable, ==, LENGTH / 2);

  keel_transfer_set_uri (transfer, uri);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, record->name, expected, LENGTH);
  g_assert_cmpuint (record->resumed_bytes, ==, resumed);
}

static void
test_new_link (KeelBench     *bench,
               gconstpointer  data)
{
  g_autofree guint8 *old = keel_loopback_make_bytes (LENGTH, 5);
  g_autofree guint8 *new = keel_loopback_make_bytes (LENGTH, 6);
  Links links = { old, new };

  check_new_link (bench, "/same", &links, old, LENGTH / 2);
  check_new_link (bench, "/other", &links, new, 0);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/auth/" name, KeelBench, NULL, keel_bench_set_up, func, keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("answered", test_answered);
  ADD ("wrong", test_wrong);
  ADD ("given", test_given);
  ADD ("elsewhere", test_elsewhere);
  ADD ("unknown-scheme", test_unknown_scheme);
  ADD ("new-link", test_new_link);
  return g_test_run ();
}
