/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bus-error.h"

#include "keel-task-error.h"

/* The errors of calls, by the names of the contract. */

#define PREFIX "io.github.keelboat.Transfers1.Error."

static const char *const names[] = {
  [KEEL_ERROR_NOT_ALLOWED] = PREFIX "NotAllowed",
  [KEEL_ERROR_NO_SUCH_SESSION] = PREFIX "NoSuchSession",
  [KEEL_ERROR_NO_SUCH_TASK] = PREFIX "NoSuchTask",
  [KEEL_ERROR_INVALID_STATE] = PREFIX "InvalidState",
  [KEEL_ERROR_LIMITS_EXCEEDED] = PREFIX "LimitsExceeded",
  [KEEL_ERROR_BAD_URI] = PREFIX "BadUri",
  [KEEL_ERROR_BAD_DESTINATION] = PREFIX "BadDestination",
  [KEEL_ERROR_INVALID_ARGUMENT] = PREFIX "InvalidArgument",
  [KEEL_ERROR_UNSUPPORTED] = PREFIX "Unsupported",
  [KEEL_ERROR_BUSY] = PREFIX "Busy",
  [KEEL_ERROR_RESTARTING] = PREFIX "Restarting",
  [KEEL_ERROR_STATE] = PREFIX "State",
};

/* Its name on the bus. */
const char *
keel_bus_error_get_name (KeelError code)
{
  return names[code];
}

/* Answers with an error of our own domain; one of another can only be a mistake of ours. */
void
keel_bus_error_return (GDBusMethodInvocation *invocation,
                       const GError          *error)
{
  if (error->domain == KEEL_ERROR && (gsize) error->code < G_N_ELEMENTS (names))
    {
      g_dbus_method_invocation_return_dbus_error (invocation, names[error->code], error->message);
      return;
    }
  g_warning ("An error that is not of ours: %s", error->message);
  g_dbus_method_invocation_return_dbus_error (invocation, names[KEEL_ERROR_STATE], error->message);
}

void
keel_bus_error_refuse (GDBusMethodInvocation *invocation,
                       KeelError              code,
                       const char            *message)
{
  g_dbus_method_invocation_return_dbus_error (invocation, names[code], message);
}
