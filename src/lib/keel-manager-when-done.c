/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-manager-private.h"

/* What becomes of the machine when all is done. */

/**
 * keel_manager_get_when_done_async:
 * @self: a manager
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks what becomes of the machine when all is done, and what can be chosen.
 *
 * The system is asked, which may take some seconds. To be called in the main context of the
 * manager, in which @callback is called, too. Cancelling leaves nothing behind.
 *
 * Since: 0.1
 */
void
keel_manager_get_when_done_async (KeelManager         *self,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_MANAGER (self));

  keel_manager_call (self, "GetWhenDone", g_variant_new ("(a{sv})", NULL),
                     G_VARIANT_TYPE ("(a{sv})"), keel_manager_get_when_done_async, cancellable,
                     callback, user_data);
}

/**
 * keel_manager_get_when_done_finish:
 * @self: a manager
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Manager.get_when_done_async].
 *
 * The keys are "action" (s, what was chosen, see [method@Keel.Manager.set_when_done_async]), and
 * "suspend" and "power-off" (s): "yes" if that can be chosen, else why not: "unsupported" (the
 * machine cannot do it), "not-allowed" (or only with a password), "unavailable" (there is nobody to
 * ask) or "sandbox".
 *
 * Errors: %KEEL_ERROR_NOT_ALLOWED, %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE,
 * %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): a dictionary, a{sv}, or %NULL on error
 *
 * Since: 0.1
 */
GVariant *
keel_manager_get_when_done_finish (KeelManager   *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_autoptr (GVariant) reply = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  reply = g_task_propagate_pointer (G_TASK (result), error);
  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

/**
 * keel_manager_set_when_done_async:
 * @self: a manager
 * @action: "nothing", "suspend" or "power-off"
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Chooses what becomes of the machine when the last task of any application that could end by
 * itself has ended.
 *
 * It happens a minute after that, which a notification announces and can stop; so does a task that
 * begins meanwhile, and then the next end counts. While a task waits for a person the machine stays
 * on. Once it was done or stopped, or the service has left, it is "nothing" again. To be called in
 * the main context of the manager, in which @callback is called, too. Cancelling stops the waiting
 * only: it may be chosen all the same.
 *
 * Since: 0.1
 */
void
keel_manager_set_when_done_async (KeelManager         *self,
                                  const char          *action,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_MANAGER (self));
  g_return_if_fail (action != NULL);

  keel_manager_call (self, "SetWhenDone", g_variant_new ("(sa{sv})", action, NULL),
                     G_VARIANT_TYPE_UNIT, keel_manager_set_when_done_async, cancellable, callback,
                     user_data);
}

/**
 * keel_manager_set_when_done_finish:
 * @self: a manager
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Manager.set_when_done_async].
 *
 * Errors: %KEEL_ERROR_INVALID_ARGUMENT, %KEEL_ERROR_UNSUPPORTED if that cannot be chosen,
 * %KEEL_ERROR_NOT_ALLOWED, %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE, %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE if it was chosen
 *
 * Since: 0.1
 */
gboolean
keel_manager_set_when_done_finish (KeelManager   *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_autoptr (GVariant) reply = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  reply = g_task_propagate_pointer (G_TASK (result), error);
  return reply != NULL;
}
