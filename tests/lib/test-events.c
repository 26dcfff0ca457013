/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "house.h"

/* The events of a session: told once, in order, acknowledged when they were handled, and told again
 * when they were not, whoever died in between. */

/* What was heard, as text, in order: "began 2", "event 1", "finished", "failed", "drained". */
typedef struct {
  KeelSession *session;
  GPtrArray *heard;
  GPtrArray *events;
  gboolean defer;
} Ear;

static void
began_cb (KeelSession *session,
          guint        n_events,
          gpointer     user_data)
{
  g_ptr_array_add (((Ear *) user_data)->heard, g_strdup_printf ("began %u", n_events));
}

static void
event_cb (KeelSession *session,
          KeelEvent   *event,
          gpointer     user_data)
{
  Ear *ear = user_data;

  g_ptr_array_add (ear->heard, g_strdup_printf ("event %d", keel_event_get_kind (event)));
  g_ptr_array_add (ear->events, g_object_ref (event));
  if (ear->defer)
    keel_event_defer (event);
}

static void
finished_cb (KeelSession *session,
             KeelTask    *task,
             gpointer     user_data)
{
  g_assert_cmpint (keel_task_get_state (task), ==, KEEL_TASK_STATE_FINISHED);
  g_ptr_array_add (((Ear *) user_data)->heard, g_strdup ("finished"));
}

static void
failed_cb (KeelSession *session,
           KeelTask    *task,
           gpointer     user_data)
{
  g_assert_cmpint (keel_task_get_state (task), ==, KEEL_TASK_STATE_FAILED);
  g_ptr_array_add (((Ear *) user_data)->heard, g_strdup ("failed"));
}

static void
drained_cb (KeelSession *session,
            gpointer     user_data)
{
  g_ptr_array_add (((Ear *) user_data)->heard, g_strdup ("drained"));
}

static void
invalidated_cb (KeelSession *session,
                gpointer     user_data)
{
  g_ptr_array_add (((Ear *) user_data)->heard, g_strdup ("invalidated"));
}

static void
ear_init (Ear         *ear,
          KeelSession *session)
{
  ear->session = session;
  ear->heard = g_ptr_array_new_with_free_func (g_free);
  ear->events = g_ptr_array_new_with_free_func (g_object_unref);
  ear->defer = FALSE;
  g_signal_connect (session, "events-began", G_CALLBACK (began_cb), ear);
  g_signal_connect (session, "event", G_CALLBACK (event_cb), ear);
  g_signal_connect (session, "task-finished", G_CALLBACK (finished_cb), ear);
  g_signal_connect (session, "task-failed", G_CALLBACK (failed_cb), ear);
  g_signal_connect (session, "events-drained", G_CALLBACK (drained_cb), ear);
  g_signal_connect (session, "invalidated", G_CALLBACK (invalidated_cb), ear);
}

static void
ear_clear (Ear *ear)
{
  g_signal_handlers_disconnect_by_data (ear->session, ear);
  g_object_unref (ear->session);
  g_ptr_array_unref (ear->heard);
  g_ptr_array_unref (ear->events);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ear, ear_clear)

static char *
ear_dup_heard (Ear *ear)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < ear->heard->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                            (const char *) g_ptr_array_index (ear->heard, i));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
ear_has_heard (Ear        *ear,
               const char *what)
{
  g_autofree char *heard = ear_dup_heard (ear);

  return g_str_equal (heard, what);
}

static void
ear_assert (Ear        *ear,
            const char *what)
{
  g_autofree char *heard = ear_dup_heard (ear);

  g_assert_cmpstr (heard, ==, what);
}

static guint
count_unacknowledged (void)
{
  g_autoptr (GVariant) reply = house_ask ("Unacknowledged", NULL);
  g_autoptr (GVariant) numbers = g_variant_get_child_value (reply, 0);

  return (guint) g_variant_n_children (numbers);
}

static guint
count_listeners (void)
{
  g_autoptr (GVariant) reply = house_ask ("Listeners", NULL);
  guint count;

  g_variant_get (reply, "(u)", &count);
  return count;
}

/* A session that is there, and that nobody has open. */
static void
start_with_session (void)
{
  g_autoptr (KeelSession) session = NULL;

  house_reset ();
  session = house_open_session ("default");
  house_until (count_listeners () == 1);
  keel_session_close (session);
  house_until (count_listeners () == 0);
  house_reset ();
}

static void
open_ear (Ear *ear)
{
  ear_init (ear, house_open_session ("default"));
}

static void
test_replay (void)
{
  g_auto (Ear) ear = { NULL };

  start_with_session ();
  house_fill (2, "{'state': <'finished'>, 'file': <b'/tmp/x'>}");
  house_fill (1, "{'state': <'failed'>, 'error-code': <'dns'>, 'error-message': <'m'>}");
  g_assert_cmpuint (count_unacknowledged (), ==, 5);

  open_ear (&ear);
  house_until (ear.heard->len > 0 &&
               ear_has_heard (&ear, "began 5, event 4, finished, event 5, event 4, "
                                    "finished, event 5, event 5, failed, drained"));
  house_until (count_unacknowledged () == 0);
  g_assert_cmpuint (house_count_calls ("Acknowledge"), <=, 2);
  for (guint i = 0; i < 5; i++)
    {
      KeelEvent *event = g_ptr_array_index (ear.events, i);

      g_assert_nonnull (keel_event_get_task (event));
      g_assert_true (g_variant_is_of_type (keel_event_get_details (event), G_VARIANT_TYPE_VARDICT));
      if (i > 0)
        g_assert_cmpuint (keel_event_get_number (event), >,
                          keel_event_get_number (g_ptr_array_index (ear.events, i - 1)));
    }
}

/* Nothing has happened: that is said, too. */
static void
test_nothing (void)
{
  g_auto (Ear) ear = { NULL };

  start_with_session ();
  open_ear (&ear);
  house_until (ear_has_heard (&ear, "drained"));
}

/* The rows come later than the events: handlers see the task as it is. */
static void
test_rows_are_late (void)
{
  g_auto (Ear) ear = { NULL };
  g_autoptr (KeelTask) first = NULL;
  g_autoptr (KeelTask) second = NULL;

  start_with_session ();
  open_ear (&ear);
  first = house_add (ear.session, "http://127.0.0.1:9/1");
  second = house_add (ear.session, "http://127.0.0.1:9/2");
  house_until (ear_has_heard (&ear, "drained"));
  house_tell ("HoldRows", "(true,)");
  house_tell ("Change", "(@at [%u, %u], {'state': <'finished'>, 'file': <b'/tmp/x'>})",
              (guint) keel_task_get_id (first), (guint) keel_task_get_id (second));
  house_until (ear_has_heard (&ear, "drained, event 4, finished, event 5, event 4, finished, "
                                    "event 5, drained"));
  g_assert_nonnull (keel_task_get_file (first));
  house_tell ("HoldRows", "(false,)");
  house_until (count_unacknowledged () == 0);
}

static void
test_removed (void)
{
  g_auto (Ear) ear = { NULL };
  guint64 gone, there;
  KeelTask *task;

  start_with_session ();
  gone = house_fill (1, "{'state': <'finished'>, 'received': <uint64 7>}");
  there = house_fill (1, "{'state': <'finished'>}");
  house_tell ("Forget", "(@at [%u],)", (guint) gone);
  open_ear (&ear);
  house_until (ear_has_heard (&ear, "began 4, event 4, finished, event 5, event 4, finished, "
                                    "event 5, drained"));
  task = keel_event_get_task (g_ptr_array_index (ear.events, 0));
  g_assert_cmpuint (keel_task_get_id (task), ==, gone);
  g_assert_cmpuint (keel_task_get_received (task), ==, 7);
  g_assert_null (keel_session_get_task (ear.session, gone));
  task = keel_event_get_task (g_ptr_array_index (ear.events, 2));
  g_assert_true (task == keel_session_get_task (ear.session, there));
  house_until (count_unacknowledged () == 0);
}

static void
test_defer (void)
{
  g_auto (Ear) ear = { NULL };

  start_with_session ();
  house_fill (1, "{'state': <'failed'>}");
  open_ear (&ear);
  ear.defer = TRUE;
  house_until (ear_has_heard (&ear, "began 1, event 5, failed, drained"));
  house_run_for (200);
  g_assert_cmpuint (count_unacknowledged (), ==, 1);
  g_assert_cmpuint (house_count_calls ("Acknowledge"), ==, 0);

  keel_event_acknowledge (g_ptr_array_index (ear.events, 0));
  keel_event_acknowledge (g_ptr_array_index (ear.events, 0));
  house_until (count_unacknowledged () == 0);
  g_assert_cmpuint (house_count_calls ("Acknowledge"), ==, 1);
}

/* A handler that never returned: the process has died with it. */
static void
test_dropped_in_the_handler (void)
{
  g_auto (Ear) ear = { NULL };

  start_with_session ();
  house_fill (1, "{'state': <'failed'>}");
  open_ear (&ear);
  ear.defer = TRUE;
  house_until (ear.events->len == 1);
  keel_session_close (ear.session);
  ear_clear (&ear);

  open_ear (&ear);
  house_until (ear_has_heard (&ear, "began 1, event 5, failed, drained"));
  house_until (count_unacknowledged () == 0);
}

/* The service dies with an event that was shown here and not acknowledged. */
static void
test_service_dies (gconstpointer when)
{
  g_auto (Ear) ear = { NULL };

  start_with_session ();
  house_fill (2, "{'state': <'failed'>}");
  house_tell ("CrashIn", "('Acknowledge', '%s')", (const char *) when);
  open_ear (&ear);
  house_until (ear_has_heard (&ear, "began 2, event 5, failed, event 5, failed, drained"));
  house_until (house_is_running () && house_count_calls ("Listen") == 1 &&
               count_unacknowledged () == 0);
  house_run_for (200);
  ear_assert (&ear, "began 2, event 5, failed, event 5, failed, drained");
}

/* Likewise, with one that a handler still works on, and another that nobody has seen. */
static void
test_service_dies_deferred (void)
{
  g_auto (Ear) ear = { NULL };

  start_with_session ();
  house_fill (1, "{'state': <'failed'>}");
  open_ear (&ear);
  ear.defer = TRUE;
  house_until (ear_has_heard (&ear, "began 1, event 5, failed, drained"));
  house_tell ("Leave", NULL);
  house_until (!house_is_running ());
  house_until (house_is_running () && house_count_calls ("Listen") == 1);
  ear.defer = FALSE;
  house_fill (1, "{'state': <'failed'>}");
  house_until (ear_has_heard (&ear, "began 1, event 5, failed, drained, event 5, failed, drained"));
  keel_event_acknowledge (g_ptr_array_index (ear.events, 0));
  house_until (count_unacknowledged () == 0);
}

/* More than the service sends without hearing that something was handled. */
static void
test_many (void)
{
  g_auto (Ear) ear = { NULL };

  start_with_session ();
  house_fill (700, "{'state': <'failed'>}");
  open_ear (&ear);
  house_until (ear.heard->len == 1402);
  g_assert_cmpstr (g_ptr_array_index (ear.heard, 0), ==, "began 700");
  g_assert_cmpstr (g_ptr_array_index (ear.heard, 1401), ==, "drained");
  house_until (count_unacknowledged () == 0);
  g_assert_cmpuint (house_count_calls ("Acknowledge"), <, 100);
}

/* Another process was first: it acknowledges, and this one has copies, until it takes over. */
static void
test_copies (void)
{
  g_autoptr (GDBusConnection) other = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (Ear) ear = { NULL };
  const char *path;

  start_with_session ();
  other = g_dbus_connection_new_for_address_sync (g_getenv ("DBUS_SESSION_BUS_ADDRESS"),
                                                  G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                    G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                  NULL, NULL, &error);
  g_assert_no_error (error);
  reply = g_dbus_connection_call_sync (other, "io.github.keelboat.Keelboat.Service",
                                       "/io/github/keelboat/Transfers1",
                                       "io.github.keelboat.Transfers1.Service", "OpenSession",
                                       g_variant_new_parsed ("('default', @a{sv} {}, @a{sv} {})"),
                                       NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(&oa{sv})", &path, NULL);
  g_variant_unref (g_dbus_connection_call_sync (other, "io.github.keelboat.Keelboat.Service", path,
                                                "io.github.keelboat.Transfers1.Session", "Listen",
                                                g_variant_new_parsed ("(@a{sv} {},)"), NULL,
                                                G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error));
  g_assert_no_error (error);

  open_ear (&ear);
  house_until (count_listeners () == 2);
  house_fill (1, "{'state': <'failed'>}");
  house_until (ear_has_heard (&ear, "event 5, failed"));
  house_until (house_count_calls ("Acknowledge") == 1);
  house_run_for (100);
  g_assert_cmpuint (count_unacknowledged (), ==, 1);

  g_dbus_connection_close_sync (other, NULL, &error);
  g_assert_no_error (error);
  house_until (count_unacknowledged () == 0);
  house_until (ear_has_heard (&ear, "event 5, failed, drained"));
}

/* A service of before there were events. */
static void
test_not_supported (void)
{
  g_auto (Ear) ear = { NULL };
  g_autoptr (KeelTask) task = NULL;

  start_with_session ();
  house_tell ("Fail",
              "('Listen', 'org.freedesktop.DBus.Error.UnknownMethod', uint32 0, uint32 1000)");
  open_ear (&ear);
  task = house_add (ear.session, "http://127.0.0.1:9/1");
  house_tell ("Change", "(@at [%u], {'state': <'finished'>})", (guint) keel_task_get_id (task));
  house_until (ear_has_heard (&ear, "finished"));
  house_fill (1, "{'state': <'failed'>}");
  house_until (ear_has_heard (&ear, "finished, failed"));
}

/* One that refuses for a while is asked again. */
static void
test_refused_for_a_while (void)
{
  g_auto (Ear) ear = { NULL };

  start_with_session ();
  house_fill (1, "{'state': <'failed'>}");
  house_tell ("Fail", "('Listen', 'Busy', uint32 0, uint32 1)");
  open_ear (&ear);
  house_until (ear_has_heard (&ear, "began 1, event 5, failed, drained"));
}

static void
test_without_events (void)
{
  g_autoptr (GAsyncResult) answer = NULL;
  g_auto (Ear) ear = { NULL };
  g_autoptr (KeelTask) task = NULL;
  g_autoptr (GError) error = NULL;
  KeelSession *session;

  house_reset ();
  keel_session_open_async ("default", g_variant_new_parsed ("{'events': <false>}"), NULL,
                           house_answer_cb, &answer);
  session = keel_session_open_finish (house_wait (&answer), &error);
  g_assert_no_error (error);
  ear_init (&ear, session);
  task = house_add (session, "http://127.0.0.1:9/1");
  house_tell ("Change", "(@at [%u], {'state': <'finished'>})", (guint) keel_task_get_id (task));
  house_until (ear_has_heard (&ear, "finished"));
  g_assert_cmpuint (house_count_calls ("Listen"), ==, 0);
  g_assert_cmpuint (count_unacknowledged (), ==, 0);
}

static void
close_cb (KeelSession *session,
          gpointer     user_data)
{
  keel_session_close (session);
}

/* What was handled is acknowledged although the session is closed in the same breath. */
static void
test_close_when_drained (void)
{
  g_auto (Ear) ear = { NULL };

  start_with_session ();
  house_fill (3, "{'state': <'failed'>}");
  open_ear (&ear);
  g_signal_connect (ear.session, "events-drained", G_CALLBACK (close_cb), NULL);
  house_until (ear.heard->len == 8);
  house_until (count_unacknowledged () == 0);
  house_until (count_listeners () == 0);
  house_run_for (100);
  g_assert_cmpuint (ear.heard->len, ==, 8);
}

static void
test_invalidated (void)
{
  g_auto (Ear) ear = { NULL };

  start_with_session ();
  open_ear (&ear);
  house_until (ear_has_heard (&ear, "drained"));
  house_tell ("Invalidate", NULL);
  house_until (ear_has_heard (&ear, "drained, invalidated"));
}

/* A service that has lost its records begins to count at 1: that is no event of before. */
static void
test_numbers_begin_anew (void)
{
  g_auto (Ear) ear = { NULL };
  guint64 id;

  start_with_session ();
  open_ear (&ear);
  house_until (ear_has_heard (&ear, "drained"));
  id = house_fill (1, "{'state': <'failed'>}");
  house_until (ear_has_heard (&ear, "drained, event 5, failed, drained"));
  house_until (count_unacknowledged () == 0);
  house_tell ("CountFrom", "(uint64 1,)");
  house_tell ("Happen", "(uint64 %u, 'resumed', {'offset': <uint64 5>})", (guint) id);
  house_until (g_str_equal (g_ptr_array_index (ear.heard, ear.heard->len - 1), "event 1"));
  house_until (count_unacknowledged () == 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/events/replay", test_replay);
  g_test_add_func ("/events/nothing", test_nothing);
  g_test_add_func ("/events/rows-are-late", test_rows_are_late);
  g_test_add_func ("/events/removed", test_removed);
  g_test_add_func ("/events/defer", test_defer);
  g_test_add_func ("/events/dropped-in-the-handler", test_dropped_in_the_handler);
  g_test_add_data_func ("/events/service-dies/before", "before", test_service_dies);
  g_test_add_data_func ("/events/service-dies/after", "after", test_service_dies);
  g_test_add_func ("/events/service-dies/deferred", test_service_dies_deferred);
  g_test_add_func ("/events/many", test_many);
  g_test_add_func ("/events/copies", test_copies);
  g_test_add_func ("/events/not-supported", test_not_supported);
  g_test_add_func ("/events/refused-for-a-while", test_refused_for_a_while);
  g_test_add_func ("/events/without-events", test_without_events);
  g_test_add_func ("/events/close-when-drained", test_close_when_drained);
  g_test_add_func ("/events/invalidated", test_invalidated);
  g_test_add_func ("/events/numbers-begin-anew", test_numbers_begin_anew);
  return g_test_run ();
}
