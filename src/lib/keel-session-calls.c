/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-session-private.h"

#include "keel-enum-types.h"
#include "keel-error.h"

/* What is asked of the service about a session as a whole: how it behaves, and its end. */

static void
configured_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelSession *self = g_task_get_source_object (task);
  g_autoptr (GVariant) reply = NULL;
  GError *error = NULL;

  reply = keel_remote_call_finish (KEEL_REMOTE (source), result, &error);
  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  /* A service that has lost its records is told the same. */
  keel_remote_merge_config (self->remote, g_task_get_task_data (task));
  g_task_return_boolean (task, TRUE);
}

/**
 * keel_session_configure_async:
 * @self: a session
 * @config: a dictionary, a{sv}; consumed if floating
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Changes how the session behaves, for all of its tasks that have not ended.
 *
 * The keys are those of [func@Keel.Session.open_async] that are for the service; what is not named
 * stays. "events" cannot be changed while the session is open: close it, and open it with the other
 * value. Ends when the change is on disk. To be called in the main context of the session, in which
 * @callback is called, too. Cancelling stops the waiting only: the change may have been made all
 * the same.
 *
 * Since: 0.1
 */
void
keel_session_configure_async (KeelSession         *self,
                              GVariant            *config,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GVariant) owned_config = NULL;

  g_return_if_fail (KEEL_IS_SESSION (self));
  g_return_if_fail (config != NULL && g_variant_is_of_type (config, G_VARIANT_TYPE_VARDICT));

  owned_config = g_variant_ref_sink (config);
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, keel_session_configure_async);
  if (g_variant_lookup (owned_config, "events", "b", NULL))
    {
      g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                               "Whether a session has events is said when it is opened");
      return;
    }

  g_task_set_task_data (task, g_variant_ref (owned_config), (GDestroyNotify) g_variant_unref);
  keel_remote_call_async (self->remote, KEEL_LINK_CALL_USER, "Configure",
                          g_variant_new ("(@a{sv}a{sv})", owned_config, NULL), G_VARIANT_TYPE_UNIT,
                          cancellable, configured_cb, g_steal_pointer (&task));
}

/**
 * keel_session_configure_finish:
 * @self: a session
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Session.configure_async].
 *
 * Errors: %KEEL_ERROR_INVALID_ARGUMENT for a value that makes no sense, and then nothing is
 * changed; %KEEL_ERROR_UNSUPPORTED, %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE,
 * %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE if it was done and is on disk
 *
 * Since: 0.1
 */
gboolean
keel_session_configure_finish (KeelSession   *self,
                               GAsyncResult  *result,
                               GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
closed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GVariant) reply = NULL;
  GError *error = NULL;

  reply = keel_remote_call_finish (KEEL_REMOTE (source), result, &error);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (GPOINTER_TO_INT (g_task_get_task_data (task)) == KEEL_SESSION_END_DETACH)
    keel_session_close (g_task_get_source_object (task));
  g_task_return_boolean (task, TRUE);
}

/**
 * keel_session_close_async:
 * @self: a session
 * @how: what becomes of its tasks
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Ends the session in the service, or takes leave of it.
 *
 * A program that goes away needs not call this: the transfers go on anyway. After
 * %KEEL_SESSION_END_DETACH this object is closed, as by [method@Keel.Session.close]. After the
 * other two it goes on telling what happens, until [signal@Keel.Session::invalidated] says that
 * nothing is left.
 *
 * Ends when it is on disk. To be called in the main context of the session, in which @callback is
 * called, too. Cancelling stops the waiting only: it may have been done all the same.
 *
 * Since: 0.1
 */
void
keel_session_close_async (KeelSession         *self,
                          KeelSessionEnd       how,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_autoptr (GEnumClass) words = NULL;
  KeelLinkCallMode mode;
  GEnumValue *word;
  GTask *task;

  g_return_if_fail (KEEL_IS_SESSION (self));
  words = g_type_class_ref (KEEL_TYPE_SESSION_END);
  word = g_enum_get_value (words, (int) how);
  g_return_if_fail (word != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, keel_session_close_async);
  g_task_set_task_data (task, GINT_TO_POINTER (how), NULL);
  /* There is nobody to take leave of when the service is away. */
  mode = how == KEEL_SESSION_END_DETACH ? KEEL_LINK_CALL_IF_RUNNING : KEEL_LINK_CALL_USER;
  keel_remote_call_async (self->remote, mode, "Close",
                          g_variant_new ("(sa{sv})", word->value_nick, NULL), G_VARIANT_TYPE_UNIT,
                          cancellable, closed_cb, task);
}

/**
 * keel_session_close_finish:
 * @self: a session
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Session.close_async].
 *
 * Errors: %KEEL_ERROR_UNSUPPORTED, %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE,
 * %G_IO_ERROR_CANCELLED; the session is as it was then.
 *
 * Returns: %TRUE if it was done and is on disk
 *
 * Since: 0.1
 */
gboolean
keel_session_close_finish (KeelSession   *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
