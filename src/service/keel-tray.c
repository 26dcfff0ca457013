/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-tray.h"

#include "keel-tray-item.h"

/* When there is an icon among those of the desktop's status: while the person wants one, a host is
 * there, and the service. Hosts make themselves known by a watcher, which owns a name on the bus
 * (https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/); each time one appears we
 * register anew. On a desktop without one nothing happens.
 *
 * The service neither stays for the icon nor looks for a place for it before it has something to
 * do: an idle one reads no settings and watches no name.
 *
 * There is no call to take an icon away, hosts do that when who has registered it leaves the bus.
 * So each has a connection of its own, which is closed in the end. A name of its own would do as
 * well, but a sandbox would have to allow that. */

struct _KeelTray {
  const KeelHouse *house;
  KeelActivity *activity; /* (owned) */
  gulong first_handler;
  guint name_watch;
  GCancellable *opening; /* (owned) (nullable) */
  KeelTrayItem *item;    /* (owned) (nullable) */
};

/* --- the connection -------------------------------------------------------------------------- */

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  KeelTray *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection)
    connection = g_dbus_connection_new_for_address_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->opening);
  if (connection != NULL)
    self->item = keel_tray_item_new (connection, self->house, self->activity);
  else
    g_debug ("There is no status icon: %s", error->message);
}

static void
take_away (KeelTray *self)
{
  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  g_clear_pointer (&self->item, keel_tray_item_free);
}

static void
watcher_appeared_cb (GDBusConnection *connection,
                     const char      *name,
                     const char      *owner,
                     gpointer         user_data)
{
  KeelTray *self = user_data;
  g_autoptr (GError) error = NULL;
  /* The one that we are on already, so this does not start one. */
  g_autofree char *address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, &error);

  take_away (self);
  if (address == NULL)
    {
      g_debug ("There is no status icon: %s", error->message);
      return;
    }
  self->opening = g_cancellable_new ();
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, self->opening, opened_cb, self);
}

static void
watcher_vanished_cb (GDBusConnection *connection,
                     const char      *name,
                     gpointer         user_data)
{
  take_away (user_data);
}

/* --- life ------------------------------------------------------------------------------------ */

static void
look (KeelTray *self)
{
  gboolean is_wanted = keel_preferences_wants_status_icon (self->house->preferences);

  if (is_wanted && self->name_watch == 0)
    {
      self->name_watch = g_bus_watch_name_on_connection (self->house->connection, KEEL_TRAY_WATCHER,
                                                         G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                         watcher_appeared_cb, watcher_vanished_cb,
                                                         self, NULL);
    }
  else if (!is_wanted)
    {
      g_clear_handle_id (&self->name_watch, g_bus_unwatch_name);
      take_away (self);
    }
}

static void
setting_changed_cb (GSettings  *settings,
                    const char *key,
                    KeelTray   *self)
{
  look (self);
}

static void
activity_changed_cb (KeelActivity *activity,
                     KeelTray     *self)
{
  const KeelActivityState *state = keel_activity_get_state (activity);

  if (state->n_running + state->n_waiting == 0)
    return;
  g_clear_signal_handler (&self->first_handler, activity);
  keel_preferences_connect (self->house->preferences, "status-icon",
                            G_CALLBACK (setting_changed_cb), self);
  look (self);
}

KeelTray *
keel_tray_new (const KeelHouse *house,
               KeelActivity    *activity)
{
  KeelTray *self = g_new0 (KeelTray, 1);

  self->house = house;
  self->activity = g_object_ref (activity);
  self->first_handler = g_signal_connect (activity, "changed", G_CALLBACK (activity_changed_cb),
                                          self);
  return self;
}

void
keel_tray_free (KeelTray *self)
{
  keel_preferences_disconnect (self->house->preferences, self);
  g_clear_signal_handler (&self->first_handler, self->activity);
  g_clear_handle_id (&self->name_watch, g_bus_unwatch_name);
  take_away (self);
  g_object_unref (self->activity);
  g_free (self);
}
