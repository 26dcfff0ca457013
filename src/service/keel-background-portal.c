/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-background-portal.h"

#include "keel-activity-words.h"
#include "keel-config.h"
#include "keel-notifier.h"

#include <string.h>

/* In a Flatpak the desktop wants to be asked before a program goes on without a window, and GNOME
 * lists those that do, each with a line of its own words: org.freedesktop.portal.Background
 * (https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Background.html).
 * Outside a sandbox nobody has to be asked, and the portal would not know who we are.
 *
 * It is asked once a service, when the first transfer outlives the window: before that nobody knows
 * what the question would be about. While nobody has answered all goes on. If the person says no,
 * the desktop may end us when there is no window; then it is said what that means, once for all.
 *
 * With the same call the portal writes an autostart entry for us, or removes the one that there is:
 * so each call says what it is to be, and when the person changes that, it is called again. What
 * the entry starts is in keel-login.c. */

#define PORTAL "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"
#define INTERFACE "org.freedesktop.portal.Background"
#define REQUEST "org.freedesktop.portal.Request"
#define TOKEN "keelboat_background"
#define CALL_MSEC 10000
/* What the portal takes: bytes, or letters in some versions. */
#define MOST_LINE_BYTES 96
#define LINE_USEC (2 * (gint64) G_USEC_PER_SEC)

typedef enum { NOT_ASKED, ASKED, GRANTED, NO } Answer;

struct _KeelBackgroundPortal {
  const KeelHouse *house;
  KeelActivity *activity; /* (owned) */
  KeelClock *clock;
  GCancellable *cancellable; /* (owned) */
  Answer answer;
  guint response_watch;
  char *line; /* (owned) (nullable) that the desktop shows; NULL: none */
  gint64 line_usec;
};

static void update (KeelBackgroundPortal *self);

static void
call (KeelBackgroundPortal *self,
      const char           *method,
      GVariant             *parameters,
      const char           *reply_type,
      GAsyncReadyCallback   callback)
{
  g_dbus_connection_call (self->house->connection, PORTAL, PORTAL_PATH, INTERFACE, method,
                          parameters, G_VARIANT_TYPE (reply_type), G_DBUS_CALL_FLAGS_NONE,
                          CALL_MSEC, self->cancellable, callback, self);
}

/* --- asking ---------------------------------------------------------------------------------- */

static void
forget_response (KeelBackgroundPortal *self)
{
  if (self->response_watch != 0)
    g_dbus_connection_signal_unsubscribe (self->house->connection, self->response_watch);
  self->response_watch = 0;
}

static void
responded_cb (GDBusConnection *connection,
              const char      *sender,
              const char      *path,
              const char      *interface,
              const char      *signal,
              GVariant        *parameters,
              gpointer         user_data)
{
  KeelBackgroundPortal *self = user_data;
  g_autoptr (GVariant) results = NULL;
  gboolean may = FALSE;
  guint response;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ua{sv})")))
    return;
  g_variant_get (parameters, "(u@a{sv})", &response, &results);
  forget_response (self);
  if (response == 0)
    g_variant_lookup (results, "background", "b", &may);
  self->answer = may ? GRANTED : NO;
  if (may)
    {
      keel_preferences_set_background_refused (self->house->preferences, FALSE);
      update (self);
    }
  else if (keel_preferences_set_background_refused (self->house->preferences, TRUE))
    {
      keel_notifier_tell_background_refused (self->house->notifier);
    }
}

static void
await_response (KeelBackgroundPortal *self,
                const char           *path)
{
  forget_response (self);
  self->response_watch = g_dbus_connection_signal_subscribe (self->house->connection, PORTAL,
                                                             REQUEST, "Response", path, NULL,
                                                             G_DBUS_SIGNAL_FLAGS_NONE, responded_cb,
                                                             self, NULL);
}

static void
requested_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  KeelBackgroundPortal *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autofree char *expected = NULL;
  const char *path;

  /* Then we are gone. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply == NULL)
    {
      g_debug ("Nobody can be asked about the background: %s", error->message);
      self->answer = NO;
      forget_response (self);
      return;
    }
  /* Portals older than 0.9 chose the path themselves. */
  g_variant_get (reply, "(&o)", &path);
  if (self->answer == ASKED && !g_str_has_suffix (path, "/" TOKEN))
    await_response (self, path);
}

/* The answer comes as a signal, maybe before that of the call: so it is waited for first, where the
 * portal says that it will be. */
static void
request (KeelBackgroundPortal *self)
{
  static const char *const command[] = { KEEL_SERVICE_PROGRAM, "--at-login", NULL };
  const char *name = g_dbus_connection_get_unique_name (self->house->connection);
  g_autofree char *sender = g_strdelimit (g_strdup (name + 1), ".", '_');
  g_autofree char *path = g_strdup_printf (PORTAL_PATH "/request/%s/" TOKEN, sender);
  g_autofree char *reason = keel_activity_words_dup_reason ();
  GVariantBuilder options = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  self->answer = ASKED;
  await_response (self, path);
  g_variant_builder_add (&options, "{sv}", "handle_token", g_variant_new_string (TOKEN));
  g_variant_builder_add (&options, "{sv}", "reason", g_variant_new_string (reason));
  g_variant_builder_add (&options, "{sv}", "autostart",
                         g_variant_new_boolean (
                           keel_preferences_wants_login (self->house->preferences)));
  g_variant_builder_add (&options, "{sv}", "commandline", g_variant_new_strv (command, -1));
  call (self, "RequestBackground", g_variant_new ("(sa{sv})", "", &options), "(o)", requested_cb);
}

/* The person is not asked again: the portal remembers. */
static void
login_changed_cb (GSettings            *settings,
                  const char           *key,
                  KeelBackgroundPortal *self)
{
  request (self);
}

/* --- the line -------------------------------------------------------------------------------- */

static void
told_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  KeelBackgroundPortal *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  /* Before its version 2 the portal has no place for it; one that hangs is left alone. */
  g_debug ("The desktop does not show what goes on: %s", error->message);
  self->answer = NO;
}

/* The line, cut between two letters if it is too long. (transfer full) (nullable) */
static char *
make_line (KeelBackgroundPortal *self)
{
  g_autofree char *line = keel_activity_words_dup_line (self->activity);
  const char *end = line + MOST_LINE_BYTES;

  if (line[0] == '\0')
    return NULL;
  if (strlen (line) > MOST_LINE_BYTES)
    *g_utf8_find_prev_char (line, end + 1) = '\0';
  return g_steal_pointer (&line);
}

static void
tell_line (KeelBackgroundPortal *self)
{
  gint64 now_usec = keel_clock_get_boottime_usec (self->clock);
  g_autofree char *line = make_line (self);
  GVariantBuilder options = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (g_strcmp0 (line, self->line) == 0 ||
      (line != NULL && self->line != NULL && now_usec - self->line_usec < LINE_USEC))
    {
      g_variant_builder_clear (&options);
      return;
    }
  if (line != NULL)
    g_variant_builder_add (&options, "{sv}", "message", g_variant_new_string (line));
  call (self, "SetStatus", g_variant_new ("(a{sv})", &options), "()", told_cb);
  g_free (self->line);
  self->line = g_steal_pointer (&line);
  self->line_usec = now_usec;
}

/* --- life ------------------------------------------------------------------------------------ */

static void
update (KeelBackgroundPortal *self)
{
  const KeelActivityState *state = keel_activity_get_state (self->activity);

  if (keel_watchers_has_managers (self->house->watchers))
    return;
  if (self->answer == NOT_ASKED && state->n_running > 0)
    {
      request (self);
      keel_preferences_connect (self->house->preferences, "start-at-login",
                                G_CALLBACK (login_changed_cb), self);
    }
  else if (self->answer == GRANTED)
    tell_line (self);
}

/* Does nothing outside a sandbox. */
KeelBackgroundPortal *
keel_background_portal_new (const KeelHouse *house,
                            KeelActivity    *activity)
{
  KeelBackgroundPortal *self = g_new0 (KeelBackgroundPortal, 1);

  self->house = house;
  self->activity = g_object_ref (activity);
  self->clock = keel_engine_get_clock (house->engine);
  self->cancellable = g_cancellable_new ();
  if (house->is_sandboxed)
    g_signal_connect_swapped (activity, "changed", G_CALLBACK (update), self);
  return self;
}

void
keel_background_portal_free (KeelBackgroundPortal *self)
{
  g_signal_handlers_disconnect_by_data (self->activity, self);
  keel_preferences_disconnect (self->house->preferences, self);
  forget_response (self);
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_object_unref (self->activity);
  g_free (self->line);
  g_free (self);
}
