/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-exchange.h"
#include "keel-loopback.h"

/* One request and its answer, cancelled at the worst of moments. Criticals are fatal in tests, and
 * there is a second exchange with the same session, which shows whether it was left whole. */

#define BODY "some bytes"

static void
serve (KeelRequest *request,
       gpointer     data)
{
  keel_request_serve (request, (const guint8 *) BODY, strlen (BODY), "\"v1\"");
}

static SoupMessage *
make_message (KeelLoopback *server)
{
  g_autofree char *uri = keel_loopback_dup_uri (server, "/x");

  return soup_message_new ("GET", uri);
}

static void
assert_works (SoupSession  *session,
              KeelLoopback *server)
{
  g_autoptr (SoupMessage) message = make_message (server);
  g_autoptr (KeelExchange) exchange = keel_exchange_new (message, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  char text[sizeof BODY] = "";
  gsize length;

  g_assert_true (keel_exchange_send (exchange, session, FALSE, cancellable, &error));
  g_assert_no_error (error);
  g_assert_true (g_input_stream_read_all (keel_exchange_get_stream (exchange), text, sizeof text,
                                          &length, cancellable, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (length, ==, strlen (BODY));
  g_assert_cmpstr (text, ==, BODY);
}

/* How it ends when @signal of the message cancels it. */
static void
cancel_at (const char *signal)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (SoupSession) session = NULL;
  KeelLoopback *server;

  g_main_context_push_thread_default (context);
  server = keel_loopback_new (serve, NULL);
  session = soup_session_new ();
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (SoupMessage) message = make_message (server);
      g_autoptr (KeelExchange) exchange = keel_exchange_new (message, FALSE);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GError) error = NULL;

      g_signal_connect_swapped (message, signal, G_CALLBACK (g_cancellable_cancel), cancellable);
      g_assert_false (keel_exchange_send (exchange, session, FALSE, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  assert_works (session, server);
  soup_session_abort (session);
  g_clear_object (&session);
  keel_loopback_free (server);
  while (g_main_context_iteration (context, FALSE))
    continue;
  g_main_context_pop_thread_default (context);
}

static void
test_cancelled_while_sending (void)
{
  cancel_at ("wrote-headers");
}

/* The head is there, and has not been handed over yet. */
static void
test_cancelled_at_the_head (void)
{
  cancel_at ("got-headers");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/exchange/cancelled-while-sending", test_cancelled_while_sending);
  g_test_add_func ("/engine/exchange/cancelled-at-the-head", test_cancelled_at_the_head);
  return g_test_run ();
}
