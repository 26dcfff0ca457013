/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-login.h"

#include "keel-config.h"
#include "keel-preferences.h"
#include "keel-store-glance.h"

#include <gio/gio.h>
#include <stdlib.h>

/* At login (keelboat-service --at-login): goes on with what is unfinished, if the person wants that
 * and there is any. This process only looks (keel-store-glance.c), and has the bus start the
 * service. So it is the same one that a program's call would start, in its systemd unit where there
 * is one; there are never two, whoever starts this how often; and when there is nothing to do,
 * nothing has been opened, not even the bus.
 *
 * The autostart entry runs it (Desktop Application Autostart Specification), in a Flatpak the one
 * that the portal writes. That the entry is there says nothing: what counts is `start-at-login`. */

/* At login all programs want the disk at once. */
#define START_MSEC 60000

typedef struct {
  GMainLoop *loop;
  int status;
} Login;

static void
started_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Login *login = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL)
    login->status = EXIT_SUCCESS;
  else
    g_printerr ("keelboat-service: Unfinished downloads do not go on: %s\n", error->message);
  g_main_loop_quit (login->loop);
}

static void
bus_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  Login *login = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  if (bus != NULL)
    {
      g_dbus_connection_call (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                              "org.freedesktop.DBus", "StartServiceByName",
                              g_variant_new ("(su)", KEEL_SERVICE_ID, 0), G_VARIANT_TYPE ("(u)"),
                              G_DBUS_CALL_FLAGS_NONE, START_MSEC, NULL, started_cb, login);
      return;
    }
  g_printerr ("keelboat-service: There is no session bus: %s\n", error->message);
  g_main_loop_quit (login->loop);
}

/* Gives the exit status of the process. */
int
keel_login_run (const char *state_dir)
{
  g_autoptr (GMainLoop) loop = NULL;
  KeelPreferences *preferences;
  gboolean is_wanted;
  Login login;

  if (!keel_store_glance_has_work (state_dir))
    return EXIT_SUCCESS;
  preferences = keel_preferences_new (NULL);
  is_wanted = keel_preferences_wants_login (preferences);
  keel_preferences_free (preferences);
  if (!is_wanted)
    return EXIT_SUCCESS;
  loop = g_main_loop_new (NULL, FALSE);
  login = (Login) { loop, EXIT_FAILURE };
  g_bus_get (G_BUS_TYPE_SESSION, NULL, bus_cb, &login);
  g_main_loop_run (loop);
  return login.status;
}
