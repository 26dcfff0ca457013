/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-notice-portal.h"

#include <string.h>

/* Notifications from within a sandbox: org.freedesktop.portal.Notification, version 1
 * (flatpak.github.io/xdg-desktop-portal).
 *
 * The portal knows the application by its sandbox and activates the application's own actions
 * ("app.…") when something is clicked, with the activation token, whether or not the service runs:
 * so nothing has to be heard from it, and what was told stays when the service leaves. There is no
 * word that one has been closed, either.
 *
 * Its body is plain text, and a picture is a name or comes in bytes: a thumbnail is not read for
 * it. A portal that is not there, refuses or hangs is no error. */

#define PORTAL_NAME "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"
#define PORTAL_INTERFACE "org.freedesktop.portal.Notification"
#define TIMEOUT_MSEC 10000

static void
called_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  static gboolean has_complained = FALSE;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL || has_complained)
    return;
  has_complained = TRUE;
  g_info ("No notification by the portal: %s", error->message);
}

static void
call (GDBusConnection *connection,
      const char      *method,
      GVariant        *parameters)
{
  g_dbus_connection_call (connection, PORTAL_NAME, PORTAL_PATH, PORTAL_INTERFACE, method,
                          parameters, NULL, G_DBUS_CALL_FLAGS_NONE, TIMEOUT_MSEC, NULL, called_cb,
                          NULL);
}

static char *
dup_id (guint64 key)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT, key);
}

/* Opening the window is an action like others here. */
static char *
dup_action (const char *action)
{
  return g_strconcat ("app.", strcmp (action, "show-window") == 0 ? "show" : action, NULL);
}

static GVariant *
make_buttons (const KeelNotice *notice)
{
  GVariantBuilder buttons = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i + 1 < notice->actions->len; i += 2)
    {
      g_autofree char *action = dup_action (g_ptr_array_index (notice->actions, i));

      g_variant_builder_open (&buttons, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&buttons, "{sv}", "label",
                             g_variant_new_string (g_ptr_array_index (notice->actions, i + 1)));
      g_variant_builder_add (&buttons, "{sv}", "action", g_variant_new_string (action));
      if (notice->target != NULL)
        g_variant_builder_add (&buttons, "{sv}", "target", notice->target);
      g_variant_builder_close (&buttons);
    }
  return g_variant_builder_end (&buttons);
}

void
keel_notice_portal_show (GDBusConnection  *connection,
                         const KeelNotice *notice)
{
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree char *id = dup_id (notice->key);
  g_autofree char *action = dup_action (notice->default_action);

  g_variant_builder_add (&dict, "{sv}", "title", g_variant_new_string (notice->summary));
  if (notice->body != NULL)
    g_variant_builder_add (&dict, "{sv}", "body", g_variant_new_string (notice->body));
  if (notice->icon != NULL)
    {
      g_autoptr (GIcon) icon = g_themed_icon_new (notice->icon);
      g_autoptr (GVariant) serialized = g_icon_serialize (icon);

      g_variant_builder_add (&dict, "{sv}", "icon", serialized);
    }
  g_variant_builder_add (&dict, "{sv}", "priority", g_variant_new_string ("normal"));
  g_variant_builder_add (&dict, "{sv}", "default-action", g_variant_new_string (action));
  if (notice->target != NULL)
    g_variant_builder_add (&dict, "{sv}", "default-action-target", notice->target);
  if (notice->actions->len > 0)
    g_variant_builder_add (&dict, "{sv}", "buttons", make_buttons (notice));
  call (connection, "AddNotification", g_variant_new ("(sa{sv})", id, &dict));
}

void
keel_notice_portal_withdraw (GDBusConnection *connection,
                             guint64          key)
{
  g_autofree char *id = dup_id (key);

  call (connection, "RemoveNotification", g_variant_new ("(s)", id));
}
