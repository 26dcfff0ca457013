/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "house.h"

/* Being woken: the application is held until it was told everything and the service has heard of
 * that, and not longer. Each case runs an application of its own, in a main loop of its own, and is
 * over when that has left. */

#define APP_ID "org.example.Woken"

typedef struct {
  GApplication *application;
  KeelSession *session;
  GString *heard;
  KeelEvent *deferred; /* (owned) (nullable) */
  gboolean defer;
  gboolean opens;
  gboolean drops;
} Woken;

static void
said (Woken      *woken,
      const char *what)
{
  g_string_append_printf (woken->heard, "%s%s", woken->heard->len > 0 ? ", " : "", what);
}

static void
event_cb (KeelSession *session,
          KeelEvent   *event,
          gpointer     user_data)
{
  Woken *woken = user_data;

  said (woken, "event");
  if (!woken->defer)
    return;
  keel_event_defer (event);
  g_set_object (&woken->deferred, event);
}

static void
drained_cb (KeelSession *session,
            gpointer     user_data)
{
  said (user_data, "drained");
}

static gboolean
acknowledge_cb (gpointer user_data)
{
  Woken *woken = user_data;

  said (woken, "done");
  keel_event_acknowledge (woken->deferred);
  return G_SOURCE_REMOVE;
}

static void
defer_drained_cb (KeelSession *session,
                  gpointer     user_data)
{
  g_timeout_add (300, acknowledge_cb, user_data);
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Woken *woken = user_data;
  g_autoptr (GError) error = NULL;

  woken->session = keel_session_open_finish (result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (keel_session_get_app (woken->session), ==, "host");
  g_signal_connect (woken->session, "event", G_CALLBACK (event_cb), woken);
  g_signal_connect (woken->session, "events-drained", G_CALLBACK (drained_cb), woken);
  if (woken->defer)
    g_signal_connect (woken->session, "events-drained", G_CALLBACK (defer_drained_cb), woken);
  if (woken->drops)
    g_clear_object (&woken->session);
}

static void
open_session (Woken *woken)
{
  /* The mock makes its tasks for "host", the application is another one. */
  keel_session_open_async ("default", g_variant_new_parsed ("{'app-id': <''>}"), NULL, opened_cb,
                           woken);
}

static void
background_events_cb (KeelBackground *background,
                      const char     *identifier,
                      gpointer        user_data)
{
  Woken *woken = user_data;

  g_assert_cmpstr (identifier, ==, "default");
  said (woken, "woken");
  if (woken->opens)
    open_session (woken);
}

static gboolean
wake_cb (gpointer user_data)
{
  g_assert_true (g_action_group_has_action (G_ACTION_GROUP (user_data), "transfer-events"));
  g_action_group_activate_action (G_ACTION_GROUP (user_data), "transfer-events",
                                  g_variant_new_string ("default"));
  return G_SOURCE_REMOVE;
}

static void
woken_init (Woken *woken)
{
  KeelBackground *background;

  woken->application = g_application_new (APP_ID, G_APPLICATION_IS_SERVICE);
  woken->heard = g_string_new (NULL);
  woken->opens = TRUE;
  background = keel_application_attach (woken->application);
  g_assert_true (keel_application_attach (woken->application) == background);
  g_signal_connect (background, "background-events", G_CALLBACK (background_events_cb), woken);
}

static void
woken_clear (Woken *woken)
{
  if (woken->session != NULL)
    g_signal_handlers_disconnect_by_data (woken->session, woken);
  g_clear_object (&woken->session);
  g_clear_object (&woken->deferred);
  g_clear_object (&woken->application);
  g_string_free (woken->heard, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Woken, woken_clear)

static void
startup_cb (GApplication *application,
            gpointer      user_data)
{
  g_idle_add (wake_cb, application);
}

/* Until it leaves by itself. */
static void
run (Woken *woken)
{
  char *arguments[] = { (char *) "woken", NULL };

  g_signal_connect (woken->application, "startup", G_CALLBACK (startup_cb), NULL);
  g_assert_cmpint (g_application_run (woken->application, 1, arguments), ==, 0);
}

static guint
count_unacknowledged (void)
{
  g_autoptr (GVariant) reply = house_ask ("Unacknowledged", NULL);
  g_autoptr (GVariant) numbers = g_variant_get_child_value (reply, 0);

  return (guint) g_variant_n_children (numbers);
}

/* Two tasks have failed while nobody had the session open. */
static void
let_happen (void)
{
  g_autoptr (KeelSession) session = NULL;

  house_reset ();
  session = house_open_session ("default");
  keel_session_close (session);
  house_run_for (50);
  house_fill (2, "{'state': <'failed'>}");
  g_assert_cmpuint (count_unacknowledged (), ==, 2);
}

static void
test_woken (void)
{
  g_auto (Woken) woken = { NULL };

  let_happen ();
  woken_init (&woken);
  run (&woken);
  g_assert_cmpstr (woken.heard->str, ==, "woken, event, event, drained");
  g_assert_cmpuint (count_unacknowledged (), ==, 0);
}

/* What a handler works on longer holds the application. */
static void
test_deferred (void)
{
  g_auto (Woken) woken = { NULL };

  house_reset ();
  g_object_unref (house_open_session ("default"));
  house_run_for (50);
  house_fill (1, "{'state': <'failed'>}");
  woken_init (&woken);
  woken.defer = TRUE;
  run (&woken);
  g_assert_cmpstr (woken.heard->str, ==, "woken, event, drained, done");
  g_assert_cmpuint (count_unacknowledged (), ==, 0);
}

/* The session was opened when the application started, before it heard why. */
static void
test_opened_before (void)
{
  g_auto (Woken) woken = { NULL };

  let_happen ();
  woken_init (&woken);
  woken.opens = FALSE;
  open_session (&woken);
  run (&woken);
  g_assert_true (g_str_has_prefix (woken.heard->str, "woken"));
  g_assert_true (g_str_has_suffix (woken.heard->str, "event, event, drained"));
  g_assert_cmpuint (count_unacknowledged (), ==, 0);
}

/* A program that drops what it has opened is not held for it. */
static void
test_dropped (void)
{
  g_auto (Woken) woken = { NULL };

  let_happen ();
  woken_init (&woken);
  woken.drops = TRUE;
  run (&woken);
  g_assert_cmpstr (woken.heard->str, ==, "woken");
  g_assert_cmpuint (count_unacknowledged (), ==, 2);
}

/* One that opens nothing is let go after a while, and nothing is acknowledged. */
static void
test_ignored (void)
{
  g_auto (Woken) woken = { NULL };

  let_happen ();
  g_test_expect_message ("keel", G_LOG_LEVEL_MESSAGE, "*did not open it*");
  woken_init (&woken);
  woken.opens = FALSE;
  run (&woken);
  g_test_assert_expected_messages ();
  g_assert_cmpstr (woken.heard->str, ==, "woken");
  g_assert_cmpuint (count_unacknowledged (), ==, 2);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/background/woken", test_woken);
  g_test_add_func ("/background/deferred", test_deferred);
  g_test_add_func ("/background/opened-before", test_opened_before);
  g_test_add_func ("/background/dropped", test_dropped);
  g_test_add_func ("/background/ignored", test_ignored);
  return g_test_run ();
}
