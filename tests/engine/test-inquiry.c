/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-task-error.h"

#include <string.h>

/* Looking at a link: what is told of it, that nothing stays of it, and how the asking ends. */

#define SECOND G_USEC_PER_SEC
#define SIZE 100000

/* What came, copied. */
typedef struct {
  gboolean is_there;
  GQuark domain; /* 0: no error */
  int code;
  guint http_status;
  char *name; /* (owned) (nullable) these two */
  char *effective_uri;
  gboolean has_total;
  guint64 total;
  gboolean is_resumable;
} Outcome;

static void
outcome_clear (Outcome *outcome)
{
  g_free (outcome->name);
  g_free (outcome->effective_uri);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear)

static void
take_cb (const KeelInquiryResult *result,
         gpointer                 user_data)
{
  Outcome *outcome = user_data;

  g_assert_false (outcome->is_there);
  *outcome = (Outcome) {
    .is_there = TRUE,
    .domain = result->error != NULL ? result->error->domain : 0,
    .code = result->error != NULL ? result->error->code : 0,
    .http_status = result->http_status,
    .name = g_strdup (result->name),
    .effective_uri = g_strdup (result->effective_uri),
    .has_total = result->has_total,
    .total = result->total,
    .is_resumable = result->is_resumable,
  };
}

static gboolean
ask_for (KeelBench   *bench,
         gint64       session_id,
         const char  *uri,
         Outcome     *outcome,
         GError     **error)
{
  KeelInquiryRequest request = { .uri = uri };

  return keel_engine_ask (bench->engine, session_id, &request, take_cb, outcome, error);
}

static gboolean
is_there (gpointer data)
{
  return ((Outcome *) data)->is_there;
}

static void
look (KeelBench    *bench,
      KeelLoopback *server,
      const char   *path,
      Outcome      *outcome)
{
  g_autofree char *uri = keel_loopback_dup_uri (server, path);
  g_autoptr (GError) error = NULL;

  g_assert_true (ask_for (bench, bench->session_id, uri, outcome, &error));
  g_assert_no_error (error);
  keel_bench_iterate (is_there, outcome);
}

static void
serve (KeelRequest *request,
       gpointer     data)
{
  g_autofree char *range = keel_request_dup_header (request, "Range");

  if (strcmp (request->path, "/whole.bin") == 0)
    keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", SIZE);
  else if (strcmp (request->path, "/picky.bin") == 0 && range != NULL)
    keel_request_print (request, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  else if (strcmp (request->path, "/picky.bin") == 0)
    keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", SIZE);
  else if (strcmp (request->path, "/lost.bin") == 0)
    keel_request_print (request, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  else if (strcmp (request->path, "/moved") == 0)
    keel_request_print (request, "HTTP/1.1 302 Found\r\nLocation: /there.bin\r\n"
                                 "Content-Length: 0\r\n\r\n");
  else if (strcmp (request->path, "/silent.bin") == 0)
    keel_loopback_wait (request->server);
  else
    keel_request_print (request,
                        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-0/%d\r\n"
                        "Content-Length: 1\r\nETag: \"1\"\r\n\r\nx",
                        SIZE);
}

static void
test_parts (KeelBench     *bench,
            gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  g_auto (Outcome) outcome = { FALSE };
  g_autofree char *request = NULL;

  look (bench, server, "/boat.bin", &outcome);
  g_assert_cmpint (outcome.domain, ==, 0);
  g_assert_cmpstr (outcome.name, ==, "boat.bin");
  g_assert_true (outcome.has_total);
  g_assert_cmpuint (outcome.total, ==, SIZE);
  g_assert_true (outcome.is_resumable);
  request = keel_loopback_dup_request (server, 0);
  g_assert_nonnull (strstr (request, "bytes=0-0"));
  keel_bench_assert_folder (bench, "");
}

static void
test_the_whole (KeelBench     *bench,
                gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  g_auto (Outcome) outcome = { FALSE };
  g_auto (Outcome) picky = { FALSE };

  look (bench, server, "/whole.bin", &outcome);
  g_assert_cmpint (outcome.domain, ==, 0);
  g_assert_cmpuint (outcome.total, ==, SIZE);
  g_assert_false (outcome.is_resumable);

  /* One that does not like to be asked for a part is asked for the whole. */
  look (bench, server, "/picky.bin", &picky);
  g_assert_cmpint (picky.domain, ==, 0);
  g_assert_cmpuint (picky.total, ==, SIZE);
  g_assert_false (picky.is_resumable);
}

static void
test_redirect (KeelBench     *bench,
               gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  g_auto (Outcome) outcome = { FALSE };

  look (bench, server, "/moved", &outcome);
  g_assert_cmpint (outcome.domain, ==, 0);
  g_assert_true (g_str_has_suffix (outcome.effective_uri, "/there.bin"));
}

static void
test_nothing (KeelBench     *bench,
              gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  g_auto (Outcome) outcome = { FALSE };

  look (bench, server, "/lost.bin", &outcome);
  g_assert_true (outcome.domain == KEEL_TASK_ERROR);
  g_assert_cmpint (outcome.code, ==, KEEL_TASK_ERROR_HTTP_STATUS);
  g_assert_cmpuint (outcome.http_status, ==, 404);
}

/* The clock of the engine, not that of the wall. */
static void
test_silence (KeelBench     *bench,
              gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  g_autofree char *uri = keel_loopback_dup_uri (server, "/silent.bin");
  g_auto (Outcome) outcome = { FALSE };
  g_autoptr (GError) error = NULL;

  g_assert_true (ask_for (bench, bench->session_id, uri, &outcome, &error));
  keel_bench_wait_requests (server, 1);
  keel_clock_advance (bench->clock, 21 * SECOND);
  keel_bench_iterate (is_there, &outcome);
  g_assert_true (outcome.domain == KEEL_TASK_ERROR);
  g_assert_cmpint (outcome.code, ==, KEEL_TASK_ERROR_TIMEOUT);
  keel_loopback_release (server);
}

/* So many of one application; who stops answers all of them. */
static void
test_many (KeelBench     *bench,
           gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  g_autofree char *uri = keel_loopback_dup_uri (server, "/silent.bin");
  g_autoptr (GError) error = NULL;
  Outcome outcomes[65] = { { FALSE } };

  for (guint i = 0; i < 64; i++)
    g_assert_true (ask_for (bench, bench->session_id, uri, &outcomes[i], NULL));
  g_assert_false (ask_for (bench, bench->session_id, uri, &outcomes[64], &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_LIMITS_EXCEEDED);
  keel_bench_wait_requests (server, 4);

  keel_bench_stop (bench);
  keel_loopback_release (server);
  for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++)
    {
      g_assert_cmpint (outcomes[i].is_there, ==, i != 64);
      if (i != 64)
        g_assert_cmpint (outcomes[i].code, ==, KEEL_ERROR_RESTARTING);
      outcome_clear (&outcomes[i]);
    }
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 4);
  keel_bench_start (bench);
}

/* Servers that hang are no trouble for an application that asks others. */
static void
test_fairness (KeelBench     *bench,
               gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  g_autofree char *uri = keel_loopback_dup_uri (server, "/silent.bin");
  g_auto (Outcome) good = { FALSE };
  const gint64 other_id = keel_engine_open_session (bench->engine, "other", "default")->id;
  Outcome hanging[9] = { { FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (hanging); i++)
    g_assert_true (ask_for (bench, other_id, uri, &hanging[i], NULL));
  keel_bench_wait_requests (server, 4);
  look (bench, server, "/parts.bin", &good);
  g_assert_true (good.is_resumable);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 5);

  keel_loopback_release (server);
  for (guint i = 0; i < G_N_ELEMENTS (hanging); i++)
    {
      keel_bench_iterate (is_there, &hanging[i]);
      outcome_clear (&hanging[i]);
    }
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/inquiry/" name, KeelBench, NULL, keel_bench_set_up, func,                   \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("parts", test_parts);
  ADD ("the-whole", test_the_whole);
  ADD ("redirect", test_redirect);
  ADD ("nothing", test_nothing);
  ADD ("silence", test_silence);
  ADD ("many", test_many);
  ADD ("fairness", test_fairness);
  return g_test_run ();
}
