/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-error.h"

/* The two error domains: how a call to the service failed, and why a task did. The first is
 * registered with GDBus, so that the names of the D-Bus contract and the codes of the library are
 * translated into each other in one place. */

#define ERROR_NAME(name) "io.github.keelboat.Transfers1.Error." name

static const GDBusErrorEntry error_entries[] = {
  { KEEL_ERROR_NOT_ALLOWED, ERROR_NAME ("NotAllowed") },
  { KEEL_ERROR_NO_SUCH_SESSION, ERROR_NAME ("NoSuchSession") },
  { KEEL_ERROR_NO_SUCH_TASK, ERROR_NAME ("NoSuchTask") },
  { KEEL_ERROR_INVALID_STATE, ERROR_NAME ("InvalidState") },
  { KEEL_ERROR_LIMITS_EXCEEDED, ERROR_NAME ("LimitsExceeded") },
  { KEEL_ERROR_BAD_URI, ERROR_NAME ("BadUri") },
  { KEEL_ERROR_BAD_DESTINATION, ERROR_NAME ("BadDestination") },
  { KEEL_ERROR_INVALID_ARGUMENT, ERROR_NAME ("InvalidArgument") },
  { KEEL_ERROR_UNSUPPORTED, ERROR_NAME ("Unsupported") },
  { KEEL_ERROR_BUSY, ERROR_NAME ("Busy") },
  { KEEL_ERROR_RESTARTING, ERROR_NAME ("Restarting") },
  { KEEL_ERROR_STATE, ERROR_NAME ("State") },
};

/**
 * keel_error_quark:
 *
 * The domain of the errors that calls to the service end with; codes are [error@Keel.Error].
 *
 * May be called from any thread.
 *
 * Returns: the quark
 *
 * Since: 0.1
 */
GQuark
keel_error_quark (void)
{
  static gsize quark = 0;

  g_dbus_error_register_error_domain ("keel-error-quark", &quark, error_entries,
                                      G_N_ELEMENTS (error_entries));
  return (GQuark) quark;
}

/**
 * keel_task_error_quark:
 *
 * The domain of the errors that tasks carry; codes are [error@Keel.TaskError].
 *
 * May be called from any thread.
 *
 * Returns: the quark
 *
 * Since: 0.1
 */
GQuark
keel_task_error_quark (void)
{
  return g_quark_from_static_string ("keel-task-error-quark");
}
