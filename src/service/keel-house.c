/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-house.h"

#include "keel-bus-error.h"
#include "keel-task-error.h"

/* The way of a call, from the message to the function that serves it:
 *
 *   the door      (keel-door.c) in the thread that reads the socket: is it too large, or too many?
 *   receive       what the object's table of functions has instead of the generated function:
 *                 waits until it is known who calls
 *   the object    may this caller use this object at all?
 *   dispatch      to the generated function, which calls the handler
 *   admit         the first thing in each handler: can anything be served now? */

/* Calls @func when it is known who calls (keel_callers_get() says it then), or answers. */
void
keel_house_receive (const KeelHouse       *self,
                    GDBusMethodInvocation *invocation,
                    KeelCallerFunc         func,
                    gpointer               user_data)
{
  self->touched (self->service);
  /* There is no time left to find out. */
  if (g_error_matches (self->trouble, KEEL_ERROR, KEEL_ERROR_RESTARTING) &&
      keel_callers_get (self->callers, g_dbus_method_invocation_get_sender (invocation)) == NULL)
    keel_bus_error_return (invocation, self->trouble);
  else
    keel_callers_identify (self->callers, invocation, func, user_data);
}

/* Whether the call can be served. If not, it has been answered. */
gboolean
keel_house_admit (const KeelHouse       *self,
                  GDBusMethodInvocation *invocation)
{
  self->touched (self->service);
  /* The bus has gone, and we are about to go, too. */
  if (g_dbus_connection_is_closed (self->connection))
    {
      keel_bus_error_refuse (invocation, KEEL_ERROR_RESTARTING, "The bus has gone");
      return FALSE;
    }
  if (self->trouble == NULL)
    return TRUE;
  keel_bus_error_return (invocation, self->trouble);
  return FALSE;
}

/* Serves the call with the function of a generated @vtable. */
void
keel_house_dispatch (const GDBusInterfaceVTable *vtable,
                     GDBusMethodInvocation      *invocation,
                     gpointer                    object)
{
  vtable->method_call (g_dbus_method_invocation_get_connection (invocation),
                       g_dbus_method_invocation_get_sender (invocation),
                       g_dbus_method_invocation_get_object_path (invocation),
                       g_dbus_method_invocation_get_interface_name (invocation),
                       g_dbus_method_invocation_get_method_name (invocation),
                       g_dbus_method_invocation_get_parameters (invocation), invocation, object);
}

/* Whether the caller sees the same files as we do, so that it may name a folder by its path. One in
 * a sandbox hands over a descriptor, or has its files in the spool; so does one of whom nothing but
 * a token is known. */
gboolean
keel_house_may_use_paths (const KeelHouse       *self,
                          GDBusMethodInvocation *invocation)
{
  const KeelCaller *caller = keel_callers_get (self->callers,
                                               g_dbus_method_invocation_get_sender (invocation));

  return caller != NULL && (caller->trust == KEEL_TRUST_HOST || caller->is_ours);
}

/* Somebody wants the service to leave, and not to come back before somebody wants it to: that is
 * told to all who watch. @invocation: (nullable) is answered when all is on disk. */
void
keel_house_quit (const KeelHouse       *self,
                 GDBusMethodInvocation *invocation)
{
  keel_watchers_announce (self->watchers, KEEL_HOUSE_ROOT_PATH, KEEL_HOUSE_MANAGER_INTERFACE,
                          "Quitting", g_variant_new ("(@a{sv})", g_variant_new ("a{sv}", NULL)),
                          FALSE);
  self->quit (self->service, invocation);
}
