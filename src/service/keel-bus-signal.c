/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bus-signal.h"

/* The one way out for signals. What tells of downloads goes to one bus name: what generated code
 * offers is a broadcast, which would tell one application of another's. Only what the conventions
 * of the desktop want to be told to whoever listens, and in which there is no name of anything, is
 * a broadcast. */

static void
emit (GDBusConnection *connection,
      const char      *name,
      const char      *path,
      const char      *interface,
      const char      *signal,
      GVariant        *parameters)
{
  const char *whom = name != NULL ? name : "everybody";
  g_autoptr (GError) error = NULL;

  if (g_dbus_connection_emit_signal (connection, name, path, interface, signal, parameters, &error))
    return;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    g_debug ("%s is not told to %s: the bus has gone", signal, whom);
  else
    g_warning ("%s cannot be told to %s: %s", signal, whom, error->message);
}

void
keel_bus_signal_emit (GDBusConnection *connection,
                      const char      *name,
                      const char      *path,
                      const char      *interface,
                      const char      *signal,
                      GVariant        *parameters)
{
  g_return_if_fail (name != NULL);

  emit (connection, name, path, interface, signal, parameters);
}

void
keel_bus_signal_broadcast (GDBusConnection *connection,
                           const char      *path,
                           const char      *interface,
                           const char      *signal,
                           GVariant        *parameters)
{
  emit (connection, NULL, path, interface, signal, parameters);
}
