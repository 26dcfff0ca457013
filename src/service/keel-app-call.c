/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-app-call.h"

#include "keel-config.h"

/* Calls our application, by the interface that the Desktop Entry Specification has for those that
 * the bus starts (org.freedesktop.Application). The service has no display, so what needs one is
 * done there. An activation token, where the desktop gave one, lets the window come to the front
 * (https://specifications.freedesktop.org/desktop-entry-spec/latest/dbus.html). */

/* Enough for an application that has to be started, from a disk that is asleep. */
#define START_MSEC 60000
#define CLOSE_MSEC 2000
#define INTERFACE "org.freedesktop.Application"

static void
called_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    g_message ("The application cannot be activated: %s", error->message);
}

/* (transfer floating) */
static GVariant *
make_platform_data (const char *token)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (token != NULL)
    {
      g_variant_builder_add (&builder, "{sv}", "activation-token", g_variant_new_string (token));
      g_variant_builder_add (&builder, "{sv}", "desktop-startup-id", g_variant_new_string (token));
    }
  return g_variant_builder_end (&builder);
}

static void
call (GDBusConnection *connection,
      const char      *method,
      GVariant        *parameters)
{
  g_dbus_connection_call (connection, KEEL_APP_ID, KEEL_APP_PATH, INTERFACE, method, parameters,
                          NULL, G_DBUS_CALL_FLAGS_NONE, START_MSEC, NULL, called_cb, NULL);
}

/* Shows the window. @token: (nullable) */
void
keel_app_call_activate (GDBusConnection *connection,
                        const char      *token)
{
  call (connection, "Activate", g_variant_new ("(@a{sv})", make_platform_data (token)));
}

/* Has the application do one of its actions. @target: (nullable): what with; consumed if floating.
 * @token: (nullable) */
void
keel_app_call_action (GDBusConnection *connection,
                      const char      *action,
                      GVariant        *target,
                      const char      *token)
{
  GVariantBuilder parameter = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  if (target != NULL)
    g_variant_builder_add (&parameter, "v", target);
  call (connection, "ActivateAction",
        g_variant_new ("(sav@a{sv})", action, &parameter, make_platform_data (token)));
}

/* Asks the window to close, if there is one: who wants to be rid of the application does not want
 * it started. */
void
keel_app_call_close (GDBusConnection     *connection,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
  g_dbus_connection_call (connection, KEEL_APP_ID, KEEL_APP_PATH, INTERFACE, "ActivateAction",
                          g_variant_new ("(s@av@a{sv})", "quit", g_variant_new ("av", NULL),
                                         make_platform_data (NULL)),
                          NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, CLOSE_MSEC, NULL, callback,
                          user_data);
}
