/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-background-notice.h"

#include <glib/gi18n.h>

/* Closing the window stops nothing. The first time that somebody does it while downloads run, they
 * are told so, quietly and with both ways out; after that they know.
 *
 * Somebody has to be there to show it: GLib would complain otherwise, and it would count as told
 * without having been. The application is held while that is asked. */

#define NOTICE_ID "background"
#define SHOWS_NOTICES "org.freedesktop.Notifications"
/* In a Flatpak GLib asks this one, and the other one cannot be seen. */
#define SHOWS_NOTICES_OF_SANDBOXES "org.freedesktop.portal.Desktop"
#define SANDBOX_FILE "/.flatpak-info"

typedef struct {
  GApplication *application; /* (owned), held */
  GSettings *settings;       /* (owned) */
} Telling;

static void
telling_free (Telling *telling)
{
  g_application_release (telling->application);
  g_object_unref (telling->application);
  g_object_unref (telling->settings);
  g_free (telling);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Telling, telling_free)

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (Telling) telling = user_data;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GNotification) notice = NULL;
  gboolean has_owner = FALSE;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  if (reply != NULL)
    g_variant_get (reply, "(b)", &has_owner);
  if (!has_owner)
    return;

  notice = g_notification_new (_("Downloads go on in the background"));
  g_notification_set_priority (notice, G_NOTIFICATION_PRIORITY_LOW);
  g_notification_set_default_action (notice, "app.show");
  g_notification_add_button (notice, _("Show"), "app.show");
  g_notification_add_button (notice, _("Pause All"), "app.pause-all");
  g_application_send_notification (telling->application, NOTICE_ID, notice);
  g_settings_set_boolean (telling->settings, "background-told", TRUE);
}

/* The window of @application closes while @n_active downloads run. */
void
keel_background_notice_tell (GtkApplication *application,
                             GSettings      *settings,
                             guint           n_active)
{
  const char *shows = g_file_test (SANDBOX_FILE, G_FILE_TEST_EXISTS) ? SHOWS_NOTICES_OF_SANDBOXES :
                                                                       SHOWS_NOTICES;
  GDBusConnection *bus;
  Telling *telling;

  if (n_active == 0 || application == NULL || g_settings_get_boolean (settings, "background-told"))
    return;

  bus = g_application_get_dbus_connection (G_APPLICATION (application));
  if (bus == NULL)
    return;

  telling = g_new0 (Telling, 1);
  telling->application = g_object_ref (G_APPLICATION (application));
  telling->settings = g_object_ref (settings);
  g_application_hold (telling->application);
  g_dbus_connection_call (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "NameHasOwner", g_variant_new ("(s)", shows),
                          G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, answered_cb,
                          telling);
}
