/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-notify.h"

#include "keel-config.h"

#include <gmodule.h>
#include <libnotify/notify.h>

/* What speaks to the notification daemon, and the only user of libnotify.
 *
 * What a daemon can do differs, and it is asked (specifications.freedesktop.org/notification-spec):
 * where it reads markup in the body it gets none by accident, and where it has no buttons it gets
 * none. A thumbnail is looked for here, too, since a disk may be as slow as a daemon; GIO finds it
 * by the specification of thumbnails, and says whether it is one of the file as it is now. */

#define APP_NAME "Keelboat"

struct _KeelNotify {
  KeelNoticeBoardEvents events;
  gpointer user_data;
  GHashTable *shown;    /* (owned) key -> NotifyNotification */
  gboolean has_actions; /* like those below: what the daemon can do */
  gboolean has_markup;
  gboolean has_default_button;
};

static guint64
get_key (NotifyNotification *notification)
{
  return *(guint64 *) g_object_get_data (G_OBJECT (notification), "keel-key");
}

static void
notify_action_cb (NotifyNotification *notification,
                  char               *action,
                  gpointer            user_data)
{
  KeelNotify *self = user_data;
  const char *real = g_object_get_data (G_OBJECT (notification), "keel-default");

  self->events.action (self->user_data, get_key (notification),
                       g_str_equal (action, "default") ? real : action,
                       notify_notification_get_activation_token (notification));
}

static void
notify_closed_cb (NotifyNotification *notification,
                  KeelNotify         *self)
{
  guint64 key = get_key (notification);

  g_hash_table_remove (self->shown, &key);
  self->events.closed (self->user_data, key);
}

/* Asked by our own hand, and each time anew: where there is no daemon libnotify warns, and daemons
 * come, go and differ. (transfer full) (nullable): there is none */
static GVariant *
ask_daemon (const char         *method,
            const GVariantType *reply_type)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);

  if (bus == NULL)
    return NULL;
  return g_dbus_connection_call_sync (bus, "org.freedesktop.Notifications",
                                      "/org/freedesktop/Notifications",
                                      "org.freedesktop.Notifications", method, NULL, reply_type,
                                      G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
}

/* Whether it makes a button of what a click does, as only that of Xfce does. */
static gboolean
has_default_button (void)
{
  g_autoptr (GVariant) reply = ask_daemon ("GetServerInformation", G_VARIANT_TYPE ("(ssss)"));
  const char *name = "";

  if (reply != NULL)
    g_variant_get (reply, "(&s&s&s&s)", &name, NULL, NULL, NULL);
  return g_str_has_prefix (name, "Xfce");
}

static gboolean
get_ready (KeelNotify *self)
{
  g_autoptr (GVariant) reply = ask_daemon ("GetCapabilities", G_VARIANT_TYPE ("(as)"));
  g_autofree const char **capabilities = NULL;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(^a&s)", &capabilities);
  self->has_actions = g_strv_contains (capabilities, "actions");
  self->has_markup = g_strv_contains (capabilities, "body-markup");
  self->has_default_button = self->has_actions && has_default_button ();
  return notify_is_initted () || notify_init (APP_NAME);
}

/* For those that show it. */
static const char *
get_default_label (const KeelNotice *notice)
{
  for (guint i = 0; i + 1 < notice->actions->len; i += 2)
    if (g_str_equal (g_ptr_array_index (notice->actions, i), notice->default_action))
      return g_ptr_array_index (notice->actions, i + 1);
  return notice->default_label;
}

static void
add_actions (KeelNotify         *self,
             NotifyNotification *notification,
             const KeelNotice   *notice)
{
  notify_notification_clear_actions (notification);
  if (!self->has_actions)
    return;
  notify_notification_add_action (notification, "default", get_default_label (notice),
                                  notify_action_cb, self, NULL);
  for (guint i = 0; i + 1 < notice->actions->len; i += 2)
    {
      const char *action = g_ptr_array_index (notice->actions, i);

      if (!self->has_default_button || !g_str_equal (action, notice->default_action))
        notify_notification_add_action (notification, action,
                                        g_ptr_array_index (notice->actions, i + 1),
                                        notify_action_cb, self, NULL);
    }
}

/* The picture of what the file looks like, as an address, or of its kind, by name. */
static char *
dup_image (const KeelNotice *notice)
{
  g_autoptr (GFile) file = notice->file != NULL ? g_file_new_for_path (notice->file) : NULL;
  g_autoptr (GFileInfo) info = NULL;
  const char *path = NULL;

  if (file != NULL)
    info = g_file_query_info (file,
                              G_FILE_ATTRIBUTE_THUMBNAIL_PATH
                              "," G_FILE_ATTRIBUTE_THUMBNAIL_IS_VALID,
                              G_FILE_QUERY_INFO_NONE, NULL, NULL);
  if (info != NULL && g_file_info_get_attribute_boolean (info, G_FILE_ATTRIBUTE_THUMBNAIL_IS_VALID))
    path = g_file_info_get_attribute_byte_string (info, G_FILE_ATTRIBUTE_THUMBNAIL_PATH);
  return path != NULL ? g_filename_to_uri (path, NULL, NULL) : g_strdup (notice->icon);
}

static void
set_hints (NotifyNotification *notification,
           const KeelNotice   *notice)
{
  g_autofree char *image = dup_image (notice);

  notify_notification_set_urgency (notification, notice->is_urgent ? NOTIFY_URGENCY_CRITICAL :
                                                                     NOTIFY_URGENCY_NORMAL);
  notify_notification_set_hint (notification, "resident",
                                notice->is_urgent ? g_variant_new_boolean (TRUE) : NULL);
  if (notice->category != NULL)
    notify_notification_set_category (notification, notice->category);
  notify_notification_set_hint (notification, "image-path",
                                image != NULL ? g_variant_new_string (image) : NULL);
}

static NotifyNotification *
get_notification (KeelNotify       *self,
                  const KeelNotice *notice)
{
  NotifyNotification *notification = g_hash_table_lookup (self->shown, &notice->key);
  g_autofree char *escaped = NULL;
  const char *body = notice->body;

  if (body != NULL && self->has_markup)
    body = escaped = g_markup_escape_text (body, -1);
  if (notification != NULL)
    {
      notify_notification_update (notification, notice->summary, body, KEEL_APP_ID);
      return notification;
    }
  notification = notify_notification_new (notice->summary, body, KEEL_APP_ID);
  notify_notification_set_hint (notification, "desktop-entry", g_variant_new_string (KEEL_APP_ID));
  g_object_set_data_full (G_OBJECT (notification), "keel-key",
                          g_memdup2 (&notice->key, sizeof notice->key), g_free);
  g_signal_connect (notification, "closed", G_CALLBACK (notify_closed_cb), self);
  g_hash_table_insert (self->shown, g_memdup2 (&notice->key, sizeof notice->key), notification);
  return notification;
}

static gboolean
notify_show (KeelNotify        *self,
             const KeelNotice  *notice,
             GError           **error)
{
  NotifyNotification *notification;

  if (!get_ready (self))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no daemon");
      g_hash_table_remove (self->shown, &notice->key);
      return FALSE;
    }
  notification = get_notification (self, notice);
  g_object_set_data (G_OBJECT (notification), "keel-default", (gpointer) notice->default_action);
  add_actions (self, notification, notice);
  set_hints (notification, notice);
  if (notify_notification_show (notification, error))
    return TRUE;
  g_hash_table_remove (self->shown, &notice->key);
  return FALSE;
}

/* Its `closed` signal does the rest. */
static void
notify_withdraw (KeelNotify *self,
                 guint64     key)
{
  NotifyNotification *notification = g_hash_table_lookup (self->shown, &key);
  g_autoptr (GError) error = NULL;

  if (notification != NULL && !notify_notification_close (notification, &error))
    g_info ("A notification cannot be withdrawn: %s", error->message);
}

static KeelNotify *
notify_new (const KeelNoticeBoardEvents *events,
            gpointer                     user_data)
{
  KeelNotify *self = g_new0 (KeelNotify, 1);

  self->events = *events;
  self->user_data = user_data;
  self->shown = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
  return self;
}

static void
notify_free (KeelNotify *self)
{
  g_hash_table_unref (self->shown);
  g_free (self);
}

G_MODULE_EXPORT const KeelNotifyModule keel_module = {
  .module = { KEEL_VERSION },
  .make = notify_new,
  .free = notify_free,
  .show = notify_show,
  .withdraw = notify_withdraw,
};
