/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-task-error.h"

#include <string.h>

/* Where a link may lead, and what goes along. */

typedef struct {
  const char *location; /* (nullable) for "/start" */
} Scene;

static void
serve_redirect (KeelRequest *request,
                gpointer     data)
{
  const Scene *scene = data;

  if (strcmp (request->path, "/end.bin") == 0)
    keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
  else if (scene->location != NULL)
    keel_request_print (request, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
                        scene->location);
  else
    keel_request_print (request, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n");
}

static KeelTransfer *
add_with_secret (KeelBench    *bench,
                 KeelLoopback *server)
{
  g_autofree char *uri = keel_loopback_dup_uri (server, "/start");
  KeelTransferRecord *record = keel_bench_make_record (bench, uri);

  record->headers = g_strdup ("Authorization: Bearer secret\nCookie: a=b\n");
  return keel_bench_add_record (bench, record);
}

/* Within one origin everything goes along; the name is that of the link that was given. */
static void
test_same_origin (KeelBench     *bench,
                  gconstpointer  data)
{
  Scene scene = { "/end.bin" };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_redirect, &scene);
  KeelTransfer *transfer = add_with_secret (bench, server);
  g_autofree char *request = NULL;

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "start", (const guint8 *) "abc", 3);
  request = keel_loopback_dup_request (server, 1);
  g_assert_nonnull (strstr (request, "Authorization: Bearer secret"));
  g_assert_true (g_str_has_suffix (keel_transfer_get_record (transfer)->effective_uri, "/end.bin"));
}

/* To another origin nothing goes along that the caller gave. */
static void
test_cross_origin (KeelBench     *bench,
                   gconstpointer  data)
{
  Scene none = { NULL };
  g_autoptr (KeelLoopback) other = keel_loopback_new (serve_redirect, &none);
  g_autofree char *location = keel_loopback_dup_uri (other, "/end.bin");
  Scene scene = { location };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_redirect, &scene);
  KeelTransfer *transfer = add_with_secret (bench, server);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  first = keel_loopback_dup_request (server, 0);
  second = keel_loopback_dup_request (other, 0);
  g_assert_nonnull (strstr (first, "secret"));
  g_assert_null (strstr (second, "secret"));
  g_assert_null (strstr (second, "Cookie"));
}

static void
test_refused (KeelBench     *bench,
              gconstpointer  data)
{
  static const char *const locations[] = {
    "file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:alert(1)",
    "data:text/plain,x",  "http://",           NULL,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (locations); i++)
    {
      Scene scene = { locations[i] };
      g_autoptr (KeelLoopback) server = keel_loopback_new (serve_redirect, &scene);
      KeelTransfer *transfer = keel_bench_add (bench, server, "/start");

      g_test_message ("%s", locations[i]);
      keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
      keel_bench_wait_rest (transfer);
      g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==,
                       KEEL_TASK_ERROR_REDIRECT);
      g_assert_cmpuint (keel_loopback_get_requests (server), ==, 1);
    }
  keel_bench_assert_folder (bench, "");
}

static void
test_loop (KeelBench     *bench,
           gconstpointer  data)
{
  Scene scene = { "/start" };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_redirect, &scene);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/start");

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==, KEEL_TASK_ERROR_REDIRECT);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 21);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/redirect/" name, KeelBench, NULL, keel_bench_set_up, func,                  \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("same-origin", test_same_origin);
  ADD ("cross-origin", test_cross_origin);
  ADD ("refused", test_refused);
  ADD ("loop", test_loop);
  return g_test_run ();
}
