/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "house.h"

/* What every test of the library needs: speaking to the mock service behind the library's back
 * (synchronously, on a connection of its own), and running the main loop until something is true,
 * with a deadline so that a broken library gives a failure and not a hang. */

#define SERVICE "io.github.keelboat.Keelboat.Service"
#define ROOT "/io/github/keelboat/Transfers1"
#define MOCK "io.github.keelboat.Mock"
#define DEADLINE_SECONDS 20

static GDBusConnection *
get_connection (void)
{
  static GDBusConnection *connection;
  g_autoptr (GError) error = NULL;

  if (connection == NULL)
    connection = g_dbus_connection_new_for_address_sync (
      g_getenv ("DBUS_SESSION_BUS_ADDRESS"),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
        G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

/* A mock that was told to crash may do so before it answers: the next one is asked. */
static GVariant *
call_mock (const char *method,
           GVariant   *arguments)
{
  g_autoptr (GVariant) owned = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  g_autoptr (GError) error = NULL;
  GVariant *reply;

  for (guint i = 0; i < 3; i++)
    {
      g_clear_error (&error);
      reply = g_dbus_connection_call_sync (get_connection (), SERVICE, ROOT, MOCK, method, owned,
                                           NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
      if (!g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY))
        break;
    }
  g_assert_no_error (error);
  return reply;
}

/* The format is that of GVariant's text, with printf's insertions: "([%u], {'state': <'paused'>})".
 */
static GVariant *
parse (const char *format,
       va_list     args)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  GVariant *arguments;

  if (format == NULL)
    return NULL;
  text = g_strdup_vprintf (format, args);
  arguments = g_variant_parse (NULL, text, NULL, NULL, &error);
  g_assert_no_error (error);
  return arguments;
}

void
house_tell (const char *method, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_variant_unref (call_mock (method, parse (format, args)));
  va_end (args);
}

GVariant *
house_ask (const char *method, const char *format, ...)
{
  GVariant *reply;
  va_list args;

  va_start (args, format);
  reply = call_mock (method, parse (format, args));
  va_end (args);
  return reply;
}

void
house_reset (void)
{
  house_tell ("Reset", NULL);
}

guint
house_count_calls (const char *method)
{
  g_autoptr (GVariant) reply = house_ask ("Calls", "('%s',)", method);
  guint count;

  g_variant_get (reply, "(u)", &count);
  return count;
}

/* Makes tasks behind the library's back; gives the id of the first. */
guint64
house_fill (guint       count,
            const char *row)
{
  g_autoptr (GVariant) reply = NULL;
  guint64 first;

  reply = house_ask ("Fill", "(uint32 %u, @a{sv} %s)", count, row);
  g_variant_get (reply, "(t)", &first);
  return first;
}

/* Without starting it. */
gboolean
house_is_running (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  gboolean running;

  reply = g_dbus_connection_call_sync (get_connection (), "org.freedesktop.DBus",
                                       "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                       "NameHasOwner", g_variant_new ("(s)", SERVICE),
                                       G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                                       &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(b)", &running);
  return running;
}

gint64
house_get_deadline (void)
{
  const char *slowness = g_getenv ("KEEL_TEST_SLOWNESS");
  const double factor = slowness != NULL ? g_ascii_strtod (slowness, NULL) : 1.0;

  return g_get_monotonic_time () + (gint64) (DEADLINE_SECONDS * factor * G_USEC_PER_SEC);
}

static gboolean
wake_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* One turn of the main loop, which also ends when nothing happens. */
void
house_step (gint64      deadline,
            const char *what,
            const char *file,
            int         line)
{
  const guint waker = g_timeout_add (20, wake_cb, NULL);

  if (g_get_monotonic_time () > deadline)
    g_error ("%s:%d: not in time: %s", file, line, what);
  g_main_context_iteration (NULL, TRUE);
  g_source_remove (waker);
}

static gboolean
time_over_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* To see that something does not happen. */
void
house_run_for (guint msec)
{
  gboolean over = FALSE;

  g_timeout_add (msec, time_over_cb, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

void
house_answer_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_assert_null (*(GAsyncResult **) user_data);
  *(GAsyncResult **) user_data = g_object_ref (result);
}

GAsyncResult *
house_wait (GAsyncResult **answer)
{
  house_until (*answer != NULL);
  return *answer;
}

KeelSession *
house_open_session (const char *identifier)
{
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;
  KeelSession *session;

  keel_session_open_async (identifier, NULL, NULL, house_answer_cb, &answer);
  session = keel_session_open_finish (house_wait (&answer), &error);
  g_assert_no_error (error);
  return session;
}

KeelManager *
house_open_manager (KeelManagerFlags flags)
{
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;
  KeelManager *manager;

  keel_manager_open_async (flags, NULL, house_answer_cb, &answer);
  manager = keel_manager_open_finish (house_wait (&answer), &error);
  g_assert_no_error (error);
  return manager;
}

KeelTask *
house_add (KeelSession *session,
           const char  *uri)
{
  g_autoptr (KeelDownload) download = keel_download_new (uri);
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  keel_session_add_download_async (session, download, NULL, house_answer_cb, &answer);
  task = keel_session_add_download_finish (session, house_wait (&answer), &error);
  g_assert_no_error (error);
  return task;
}
