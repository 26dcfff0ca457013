/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-task-error.h"

#include <string.h>

/* What happens is an event, until somebody has acknowledged it. */

#define LENGTH (2 * 1024 * 1024)
#define HALF (LENGTH / 2)
#define EIGHTH (LENGTH / 8)

static void
serve (KeelRequest *request,
       gpointer     data)
{
  if (strcmp (request->path, "/missing") == 0)
    keel_request_print (request, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  else if (strcmp (request->path, "/locked") == 0)
    keel_request_print (request, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n"
                                 "WWW-Authenticate: Basic realm=\"x\"\r\n\r\n");
  else
    keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
                                 "Content-Type: text/plain\r\n\r\nabc");
}

/* --- looking at the journal ------------------------------------------------------------------ */

/* "number task kind" of each, a line each. (transfer full) */
static char *
dup_journal (KeelBench *bench)
{
  GPtrArray *events = keel_engine_get_events (bench->engine, bench->session_id);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < events->len; i++)
    {
      const KeelEventRecord *event = g_ptr_array_index (events, i);

      g_assert_cmpint (event->session_id, ==, bench->session_id);
      g_assert_cmpint (event->created_usec, >, 0);
      g_string_append_printf (text, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n", event->number,
                              event->task_id, keel_event_kind_to_string (event->kind));
    }
  return g_string_free (text, FALSE);
}

/* The same with all that is known of each. */
static char *
dup_details (KeelBench *bench)
{
  GPtrArray *events = keel_engine_get_events (bench->engine, bench->session_id);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < events->len; i++)
    {
      const KeelEventRecord *event = g_ptr_array_index (events, i);

      g_string_append_printf (text, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n",
                              event->created_usec, event->number,
                              event->details != NULL ? event->details : "-");
    }
  return g_string_free (text, FALSE);
}

#define assert_journal(bench, expected)                                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *journal_found = dup_journal (bench);                                          \
    g_assert_cmpstr (journal_found, ==, expected);                                                 \
  }                                                                                                \
  G_STMT_END

typedef struct {
  KeelBench *bench;
  guint count;
} Wanted;

static gboolean
has_events (gpointer data)
{
  const Wanted *wanted = data;

  return keel_engine_get_events (wanted->bench->engine, wanted->bench->session_id)->len >=
         wanted->count;
}

static void
wait_events (KeelBench *bench,
             guint      count)
{
  Wanted wanted = { bench, count };

  keel_bench_iterate (has_events, &wanted);
}

static const KeelEventRecord *
get_event (KeelBench *bench,
           guint      index)
{
  return g_ptr_array_index (keel_engine_get_events (bench->engine, bench->session_id), index);
}

/* What the event says of @key, which must be there. (transfer full) */
static GVariant *
dup_value (const KeelEventRecord *event,
           const char            *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    details = g_variant_parse (G_VARIANT_TYPE_VARDICT, event->details, NULL, NULL, &error);
  GVariant *value;

  g_assert_no_error (error);
  value = g_variant_lookup_value (details, key, NULL);
  g_assert_nonnull (value);
  return value;
}

static void
assert_text (const KeelEventRecord *event,
             const char            *key,
             const char            *expected)
{
  g_autoptr (GVariant) value = dup_value (event, key);

  g_assert_cmpstr (g_variant_get_string (value, NULL), ==, expected);
}

static void
acknowledged_cb (KeelEngine   *engine,
                 const GError *error,
                 gpointer      user_data)
{
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *) data;
}

static void
acknowledge (KeelBench    *bench,
             const gint64 *numbers,
             guint         count)
{
  GArray *array = g_array_new (FALSE, FALSE, sizeof *numbers);
  gboolean is_acknowledged = FALSE;

  g_array_append_vals (array, numbers, count);
  keel_engine_acknowledge (bench->engine, bench->session_id, array, acknowledged_cb,
                           &is_acknowledged);
  keel_bench_iterate (is_true, &is_acknowledged);
}

static void
set_config (KeelBench  *bench,
            const char *text)
{
  g_auto (KeelSessionConfig) config = { 0 };

  keel_session_config_parse (&config, text);
  keel_engine_configure_session (bench->engine, bench->session_id, &config, NULL, NULL);
}

/* --- ends ------------------------------------------------------------------------------------ */

/* They survive a crash as they are, and go one by one when they are acknowledged. */
static void
test_life (KeelBench     *bench,
           gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  g_autofree char *details = NULL;

  keel_bench_wait_state (keel_bench_add (bench, server, "/a"), KEEL_TRANSFER_FINISHED);
  wait_events (bench, 2);
  keel_bench_wait_state (keel_bench_add (bench, server, "/missing"), KEEL_TRANSFER_FAILED);
  wait_events (bench, 3);
  details = dup_details (bench);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *found = dup_details (bench);

      assert_journal (bench, "1 1 finished\n2 1 completed\n3 2 completed\n");
      g_assert_cmpstr (found, ==, details);
      keel_bench_crash (bench);
      keel_bench_start (bench);
    }
  acknowledge (bench, (gint64[]){ 3, 77, 1 }, 3);
  assert_journal (bench, "2 1 completed\n");
  keel_bench_crash (bench);
  keel_bench_start (bench);
  assert_journal (bench, "2 1 completed\n");
  acknowledge (bench, (gint64[]){ 2, 2 }, 2);
  keel_bench_crash (bench);
  keel_bench_start (bench);
  assert_journal (bench, "");
  /* A number is not given twice, though nothing is left of those that were. */
  keel_bench_wait_state (keel_bench_add (bench, server, "/b"), KEEL_TRANSFER_FINISHED);
  wait_events (bench, 2);
  assert_journal (bench, "4 3 finished\n5 3 completed\n");
}

static void
test_details (KeelBench     *bench,
              gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  g_autofree char *path = g_build_filename (bench->dir, "a", NULL);
  g_autoptr (GVariant) file = NULL;
  g_autoptr (GVariant) received = NULL;
  g_autoptr (GVariant) ok = NULL;
  g_autoptr (GVariant) not_ok = NULL;

  keel_bench_add (bench, server, "/a");
  wait_events (bench, 2);
  keel_bench_add (bench, server, "/missing");
  wait_events (bench, 3);
  file = dup_value (get_event (bench, 0), "file");
  g_assert_cmpstr (g_variant_get_bytestring (file), ==, path);
  received = dup_value (get_event (bench, 0), "received");
  g_assert_cmpuint (g_variant_get_uint64 (received), ==, 3);
  assert_text (get_event (bench, 0), "mime-type", "text/plain");
  ok = dup_value (get_event (bench, 1), "ok");
  g_assert_true (g_variant_get_boolean (ok));
  assert_text (get_event (bench, 1), "state", "finished");
  not_ok = dup_value (get_event (bench, 2), "ok");
  g_assert_false (g_variant_get_boolean (not_ok));
  assert_text (get_event (bench, 2), "state", "failed");
  assert_text (get_event (bench, 2), "error-code", "http-status");
}

static gboolean
is_empty (gpointer data)
{
  return keel_engine_get_transfers (((KeelBench *) data)->engine)->len == 0;
}

/* Another run has another end; what ends what has ended is none. */
static void
test_runs (KeelBench     *bench,
           gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/missing");

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  keel_bench_wait_rest (transfer);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RETRY));
  wait_events (bench, 2);
  keel_bench_wait_rest (transfer);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_CANCEL));
  keel_bench_wait_rest (transfer);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_REMOVE));
  keel_bench_iterate (is_empty, bench);
  assert_journal (bench, "1 1 completed\n2 1 completed\n");
}

/* Cancelled and removed are ends, too, and outlive the task; the service's crash as well. */
static void
test_cancelled_and_removed (KeelBench     *bench,
                            gconstpointer  data)
{
  KeelTransferRecord *records[] = { keel_bench_make_record (bench, "http://127.0.0.1:9/a"),
                                    keel_bench_make_record (bench, "http://127.0.0.1:9/b") };

  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    {
      KeelTransfer *transfer;

      records[i]->state = KEEL_TRANSFER_PAUSED;
      transfer = keel_bench_add_record (bench, records[i]);
      g_assert_true (keel_engine_check_event_quota (bench->engine, bench->session_id, NULL));
      keel_transfer_control (transfer, i == 0 ? KEEL_CONTROL_CANCEL : KEEL_CONTROL_REMOVE);
      wait_events (bench, i + 1);
    }
  keel_bench_crash (bench);
  keel_bench_start (bench);
  g_assert_cmpuint (keel_engine_get_transfers (bench->engine)->len, ==, 1);
  assert_journal (bench, "1 1 completed\n2 2 completed\n");
  assert_text (get_event (bench, 0), "state", "cancelled");
  assert_text (get_event (bench, 1), "state", "removed");
}

/* A session that wants no events has the ends of what ended by itself, for a notification. */
static void
test_quiet (KeelBench     *bench,
            gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  gboolean is_acknowledged = FALSE;

  set_config (bench, "{'events': <false>}");
  keel_bench_add (bench, server, "/a");
  wait_events (bench, 1);
  keel_bench_add (bench, server, "/missing");
  wait_events (bench, 2);
  keel_bench_crash (bench);
  keel_bench_start (bench);
  assert_journal (bench, "1 1 completed\n2 2 completed\n");
  keel_engine_acknowledge_ends (bench->engine, acknowledged_cb, &is_acknowledged);
  assert_journal (bench, "");
  keel_bench_iterate (is_true, &is_acknowledged);
  keel_bench_crash (bench);
  keel_bench_start (bench);
  assert_journal (bench, "");
}

/* --- going on -------------------------------------------------------------------------------- */

/* The first requests get a part and then silence, as many as @data says: a half, then one eighth
 * each. */
static void
serve_parts (KeelRequest *request,
             gpointer     data)
{
  static guint8 *bytes;
  guint64 offset = keel_request_get_offset (request);

  if (g_once_init_enter (&bytes))
    g_once_init_leave (&bytes, keel_loopback_make_bytes (LENGTH, 1));
  if (request->number >= GPOINTER_TO_UINT (data))
    keel_request_serve (request, bytes, LENGTH, "\"v1\"");
  else if (offset == 0)
    keel_request_serve_half (request, bytes, LENGTH, "\"v1\"");
  else
    {
      keel_request_print (request,
                          "HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\n"
                          "Content-Range: bytes %" G_GUINT64_FORMAT "-%d/%d\r\n"
                          "Content-Length: %" G_GUINT64_FORMAT "\r\n\r\n",
                          offset, LENGTH - 1, LENGTH, LENGTH - offset);
      keel_request_write (request, bytes + offset, HALF + request->number * EIGHTH - offset);
      keel_loopback_wait (request->server);
    }
}

static void
stop_and_go_on (KeelTransfer *transfer,
                guint64       received)
{
  keel_bench_wait_received (transfer, received);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_PAUSE));
  keel_bench_wait_rest (transfer);
  g_assert_true (keel_transfer_control (transfer, KEEL_CONTROL_RESUME));
}

static void
assert_resumed (const KeelEventRecord *event,
                guint64                expected,
                const char            *reason)
{
  g_autoptr (GVariant) offset = dup_value (event, "offset");

  g_assert_cmpint (event->kind, ==, KEEL_EVENT_RESUMED);
  g_assert_cmpuint (g_variant_get_uint64 (offset), ==, expected);
  assert_text (event, "reason", reason);
}

/* As long as nobody has heard of it, the next time replaces the last one. */
static void
test_resumed (KeelBench     *bench,
              gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_parts, GUINT_TO_POINTER (3));
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  stop_and_go_on (transfer, HALF);
  wait_events (bench, 1);
  assert_journal (bench, "1 1 resumed\n");
  assert_resumed (get_event (bench, 0), HALF, "paused");
  stop_and_go_on (transfer, HALF + EIGHTH);
  keel_bench_wait_received (transfer, HALF + 2 * EIGHTH);
  assert_journal (bench, "2 1 resumed\n");
  /* From now on somebody may have heard of it. */
  keel_bench_crash (bench);
  keel_bench_start (bench);
  keel_bench_wait_state (keel_engine_get_transfer (bench->engine, 1), KEEL_TRANSFER_FINISHED);
  wait_events (bench, 4);
  assert_journal (bench, "2 1 resumed\n3 1 resumed\n4 1 finished\n5 1 completed\n");
  assert_resumed (get_event (bench, 0), HALF + EIGHTH, "paused");
  assert_resumed (get_event (bench, 1), HALF + 2 * EIGHTH, "restart");
}

typedef struct {
  KeelTransfer *transfer;
  guint64 most; /* that was received before it was told that it went on */
  gboolean is_told;
} Look;

static void
events_cb (KeelEngine   *engine,
           KeelTransfer *transfer,
           gboolean      has_completed,
           gpointer      user_data)
{
  Look *look = user_data;

  /* The first that happens. */
  g_assert_true (look->is_told || !has_completed);
  look->is_told = TRUE;
}

static gboolean
has_finished (gpointer data)
{
  Look *look = data;

  if (!look->is_told)
    look->most = MAX (look->most, keel_transfer_get_received (look->transfer));
  return keel_transfer_get_record (look->transfer)->state == KEEL_TRANSFER_FINISHED;
}

/* Nobody sees more bytes before it is on disk where they begin. */
static void
test_resumed_before_progress (KeelBench     *bench,
                              gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_parts, GUINT_TO_POINTER (1));
  Look look = { .transfer = keel_bench_add (bench, server, "/x") };

  g_signal_connect (bench->engine, "events", G_CALLBACK (events_cb), &look);
  stop_and_go_on (look.transfer, HALF);
  keel_bench_iterate (has_finished, &look);
  wait_events (bench, 3);
  g_signal_handlers_disconnect_by_data (bench->engine, &look);
  g_assert_true (look.is_told);
  g_assert_cmpuint (look.most, ==, HALF);
}

/* --- what wants somebody --------------------------------------------------------------------- */

static void
test_challenge (KeelBench     *bench,
                gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/locked");
  g_autofree char *origin = keel_loopback_dup_uri (server, "");
  const char *cookie;
  guint tries;

  wait_events (bench, 1);
  assert_journal (bench, "1 1 challenge\n");
  g_assert_nonnull (keel_transfer_get_challenge (transfer, &cookie, &tries));
  assert_text (get_event (bench, 0), "cookie", cookie);
  assert_text (get_event (bench, 0), "origin", origin);
  keel_transfer_decline (transfer);
  wait_events (bench, 2);
  assert_journal (bench, "1 1 challenge\n2 1 completed\n");
}

/* --- limits ---------------------------------------------------------------------------------- */

static void
test_quota (KeelBench     *bench,
            gconstpointer  data)
{
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve, NULL);
  g_autoptr (GError) error = NULL;
  gint64 other = keel_engine_open_session (bench->engine, "host", "other")->id;
  gint64 stranger = keel_engine_open_session (bench->engine, "org.example.Other", "default")->id;

  keel_engine_set_most_events (bench->engine, 2);
  g_assert_true (keel_engine_check_event_quota (bench->engine, bench->session_id, NULL));
  keel_bench_add (bench, server, "/a");
  wait_events (bench, 2);
  /* It is the application's, not the session's. */
  g_assert_false (keel_engine_check_event_quota (bench->engine, other, &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_LIMITS_EXCEEDED);
  g_assert_true (keel_engine_check_event_quota (bench->engine, stranger, NULL));
  acknowledge (bench, (gint64[]){ 1 }, 1);
  g_assert_true (keel_engine_check_event_quota (bench->engine, bench->session_id, NULL));
  set_config (bench, "{'events': <false>}");
  keel_bench_add (bench, server, "/b");
  wait_events (bench, 2);
  g_assert_true (keel_engine_check_event_quota (bench->engine, bench->session_id, NULL));
}

/* How often somebody was woken, and when that is due again, is on disk. */
static void
test_wake (KeelBench     *bench,
           gconstpointer  data)
{
  const KeelSessionRecord *session;

  keel_engine_set_wake (bench->engine, bench->session_id, 3, 1234567);
  keel_bench_crash (bench);
  keel_bench_start (bench);
  session = keel_engine_get_session (bench->engine, bench->session_id);
  g_assert_cmpuint (session->wake_tries, ==, 3);
  g_assert_cmpint (session->wake_due_usec, ==, 1234567);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/events/" name, KeelBench, NULL, keel_bench_set_up, func,                    \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("life", test_life);
  ADD ("details", test_details);
  ADD ("runs", test_runs);
  ADD ("cancelled-and-removed", test_cancelled_and_removed);
  ADD ("quiet", test_quiet);
  ADD ("resumed", test_resumed);
  ADD ("resumed-before-progress", test_resumed_before_progress);
  ADD ("challenge", test_challenge);
  ADD ("quota", test_quota);
  ADD ("wake", test_wake);
  return g_test_run ();
}
