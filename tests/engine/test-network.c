/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-task-error.h"

#include <string.h>

/* Networks that change, go away or want to be signed in to; a machine that sleeps; a server so slow
 * that others should have its slot. */

#define SECOND ((gint64) G_USEC_PER_SEC)
#define LENGTH 400000
/* An address that no packet can be sent to: connecting fails at once, on any machine. */
#define NOWHERE "http://255.255.255.255:1/x"

/* The first answer stops in the middle; the next ones are good. */
static void
serve_half_then_whole (KeelRequest *request,
                       gpointer     data)
{
  if (request->number == 0)
    keel_request_serve_half (request, data, LENGTH, "\"v1\"");
  else
    keel_request_serve (request, data, LENGTH, "\"v1\"");
}

static void
check_gone_on (KeelBench    *bench,
               KeelLoopback *server,
               KeelTransfer *transfer,
               const guint8 *bytes,
               guint         attempts)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  g_autofree char *request = NULL;

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  request = keel_loopback_dup_request (server, 1);
  g_assert_nonnull (strstr (request, "\r\nRange: bytes="));
  g_assert_cmpuint (record->resumed_bytes, ==, LENGTH / 2);
  /* It was nobody's failure. */
  g_assert_cmpuint (record->attempts, ==, attempts);
  g_assert_cmpuint (record->failures_running, ==, 0);
}

static void
test_changed (KeelBench     *bench,
              gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_received (transfer, LENGTH / 2);
  keel_engine_network_changed (bench->engine);
  check_gone_on (bench, server, transfer, bytes, 1);
}

static const char *
find_resumption (GPtrArray *history)
{
  for (guint i = 0; i < history->len; i++)
    {
      const KeelHistoryEntry *entry = g_ptr_array_index (history, i);

      if (g_str_equal (entry->kind, "resumed"))
        return entry->details;
    }
  return NULL;
}

static void
history_cb (GPtrArray    *history,
            const GError *error,
            gpointer      user_data)
{
  char **details = user_data;
  const char *found;

  g_assert_no_error (error);
  found = find_resumption (history);
  *details = g_strdup (found != NULL ? found : "none");
}

static gboolean
has_answer (gpointer data)
{
  return *(char **) data != NULL;
}

/* What the history says of why bytes came again. */
static void
assert_resumed_after (KeelTransfer *transfer,
                      const char   *reason)
{
  g_autofree char *details = NULL;

  keel_transfer_load_history (transfer, history_cb, &details);
  keel_bench_iterate (has_answer, &details);
  if (strstr (details, reason) == NULL)
    g_error ("%s, and not %s", details, reason);
}

/* Nobody tells that the machine slept; the clocks do. */
static void
test_slept (KeelBench     *bench,
            gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 2);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_received (transfer, LENGTH / 2);
  keel_clock_sleep (bench->clock, 3600 * SECOND);
  check_gone_on (bench, server, transfer, bytes, 1);
  assert_resumed_after (transfer, "'sleep'");
}

static void
rested_cb (KeelEngine   *engine,
           const GError *error,
           gpointer      user_data)
{
  guint *count = user_data;

  g_assert_no_error (error);
  (*count)++;
}

static gboolean
has_rested (gpointer data)
{
  return *(guint *) data > 0;
}

/* All that has come is on disk when it says so, and nothing is started before it is woken up. */
static void
fall_asleep (KeelBench    *bench,
             KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  guint count = 0;

  keel_engine_fall_asleep (bench->engine, rested_cb, &count);
  g_assert_cmpint (record->state, ==, KEEL_TRANSFER_QUEUED);
  keel_bench_iterate (has_rested, &count);
  g_assert_cmpuint (keel_transfer_get_committed (transfer), ==, LENGTH / 2);
  g_assert_true (keel_transfer_is_settled (transfer));
  keel_clock_advance (bench->clock, 30 * SECOND);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (count, ==, 1);
  g_assert_cmpint (record->state, ==, KEEL_TRANSFER_QUEUED);
}

/* Whoever knows says it before and after. */
static void
test_told (KeelBench     *bench,
           gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 6);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_received (transfer, LENGTH / 2);
  fall_asleep (bench, transfer);
  keel_engine_wake_up (bench->engine);
  check_gone_on (bench, server, transfer, bytes, 2);
  assert_resumed_after (transfer, "'sleep'");
}

/* Nobody says after. The clock goes on in sleep, and then a timer is over at once. */
static void
test_not_told_after (KeelBench     *bench,
                     gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 7);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_received (transfer, LENGTH / 2);
  fall_asleep (bench, transfer);
  keel_clock_sleep (bench->clock, 3600 * SECOND);
  check_gone_on (bench, server, transfer, bytes, 2);
}

/* There is nothing to lay to rest; what is added waits for the morning. */
static void
test_idle_sleep (KeelBench     *bench,
                 gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 8);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  KeelTransfer *transfer;
  guint count = 0;

  keel_engine_fall_asleep (bench->engine, rested_cb, &count);
  g_assert_cmpuint (count, ==, 1);
  transfer = keel_bench_add (bench, server, "/x");
  for (guint i = 0; i < 20; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  g_assert_cmpint (keel_transfer_get_record (transfer)->state, ==, KEEL_TRANSFER_QUEUED);
  keel_engine_wake_up (bench->engine);
  keel_bench_wait_received (transfer, LENGTH / 2);
}

static KeelTransfer *
add_nowhere (KeelBench *bench)
{
  return keel_bench_add_record (bench, keel_bench_make_record (bench, NOWHERE));
}

static void
test_offline (KeelBench     *bench,
              gconstpointer  data)
{
  KeelTransfer *transfer;
  const KeelTransferRecord *record;

  keel_engine_set_network (bench->engine, KEEL_NETWORK_OFFLINE);
  transfer = add_nowhere (bench);
  record = keel_transfer_get_record (transfer);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_OFFLINE);
  g_assert_cmpuint (record->failures_running, ==, 0);

  /* There is a network, and the server is not there: that is another reason. */
  keel_engine_set_network (bench->engine, KEEL_NETWORK_ONLINE);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_RETRY);
  g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_CONNECT);

  /* A new network is tried at once, without waiting for the time. */
  keel_engine_network_changed (bench->engine);
  g_assert_cmpint (record->state, ==, KEEL_TRANSFER_QUEUED);
}

static void
test_captive (KeelBench     *bench,
              gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 3);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  KeelTransfer *transfer;
  KeelTransfer *local;

  keel_engine_set_network (bench->engine, KEEL_NETWORK_CAPTIVE);
  transfer = add_nowhere (bench);
  keel_bench_wait_reason (transfer, KEEL_WAIT_REASON_CAPTIVE_PORTAL);
  /* This machine is reached without that network. */
  local = keel_bench_add (bench, server, "/x");
  keel_bench_wait_received (local, LENGTH / 2);
}

/* The sign-in page that comes instead of the rest. */
static void
serve_page (KeelRequest *request,
            gpointer     data)
{
  if (request->number == 1)
    keel_request_print (request, "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
                                 "Content-Length: 5\r\n\r\nHello");
  else if (request->number == 2)
    keel_request_print (request, "HTTP/1.1 511 Network Authentication Required\r\n"
                                 "Content-Length: 0\r\n\r\n");
  else if (request->number == 0)
    {
      keel_request_print (request,
                          "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: %d\r\n"
                          "Content-Type: application/zip\r\n\r\n",
                          LENGTH);
      keel_request_write (request, data, LENGTH / 2);
    }
  else
    keel_request_serve (request, data, LENGTH, "\"v1\"");
}

static void
test_page (KeelBench     *bench,
           gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 4);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_page, bytes);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  for (guint i = 0; i < 3; i++)
    {
      keel_bench_wait_requests (server, i + 1);
      keel_bench_wait_reason (transfer,
                              i == 0 ? KEEL_WAIT_REASON_RETRY : KEEL_WAIT_REASON_CAPTIVE_PORTAL);
      g_assert_cmpuint (record->durable, ==, LENGTH / 2);
      keel_clock_advance (bench->clock, 40 * SECOND);
    }
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
}

/* --- slots ----------------------------------------------------------------------------------- */

typedef struct {
  guint8 *bytes;
  int allowed; /* atomic: so much may be sent */
  gboolean is_over;
} Drip;

static void
serve_drip (KeelRequest *request,
            gpointer     data)
{
  Drip *drip = data;
  guint sent = 0;

  if (strcmp (request->path, "/drip") != 0 || request->number > 1)
    {
      keel_request_serve (request, drip->bytes, LENGTH, "\"v1\"");
      return;
    }
  keel_request_print (request, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: %d\r\n\r\n",
                      LENGTH);
  while (!g_atomic_int_get (&drip->is_over))
    {
      guint allowed = (guint) g_atomic_int_get (&drip->allowed);

      keel_request_write (request, drip->bytes + sent, allowed - sent);
      sent = allowed;
      g_usleep (500);
    }
}

static void
ignore_cb (KeelEngine   *engine,
           const GError *error,
           gpointer      user_data)
{
  g_assert_no_error (error);
}

/* Too fast for the watchdog, too slow to hold the only slot for ever. */
static void
test_drip (KeelBench     *bench,
           gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 5);
  Drip drip = { bytes, 0, FALSE };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_drip, &drip);
  KeelEngineLimits limits;
  KeelTransfer *slow;
  KeelTransfer *quick;
  guint turns = 0;

  keel_engine_get_limits (bench->engine, &limits);
  limits.max_active = limits.max_per_host = 1;
  keel_engine_set_limits (bench->engine, &limits, ignore_cb, NULL);
  slow = keel_bench_add (bench, server, "/drip");
  quick = keel_bench_add (bench, server, "/quick");
  keel_bench_wait_state (slow, KEEL_TRANSFER_RUNNING);
  while (keel_transfer_get_record (slow)->state == KEEL_TRANSFER_RUNNING)
    {
      g_assert_cmpuint (turns++, <, 60);
      g_atomic_int_add (&drip.allowed, 1200);
      keel_bench_wait_received (slow, (guint64) g_atomic_int_get (&drip.allowed));
      g_assert_cmpint (keel_transfer_get_record (slow)->error_code, ==, -1);
      keel_clock_advance (bench->clock, 29 * SECOND);
      while (g_main_context_iteration (NULL, FALSE))
        continue;
    }
  g_assert_cmpuint (turns, >=, 600 / 29);
  keel_bench_wait_state (quick, KEEL_TRANSFER_FINISHED);
  g_atomic_int_set (&drip.is_over, TRUE);
  keel_bench_wait_state (slow, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "drip", bytes, LENGTH);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/network/" name, KeelBench, NULL, keel_bench_set_up, func,                   \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("changed", test_changed);
  ADD ("slept", test_slept);
  ADD ("told", test_told);
  ADD ("not-told-after", test_not_told_after);
  ADD ("idle-sleep", test_idle_sleep);
  ADD ("offline", test_offline);
  ADD ("captive", test_captive);
  ADD ("page", test_page);
  ADD ("drip", test_drip);
  return g_test_run ();
}
