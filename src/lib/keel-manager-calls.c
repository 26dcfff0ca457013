/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-manager-private.h"

#include "keel-error.h"

/* What can be asked of the service as a whole, and of several tasks at once. Each is one call; the
 * service answers when what was asked is on disk. */

/* One task, one call: the reply is the task's result. */
static void
called_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GVariant *reply;

  reply = keel_remote_call_finish (KEEL_REMOTE (source), result, &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, reply, (GDestroyNotify) g_variant_unref);
}

static GTask *
keel_manager_create_task (KeelManager         *self,
                          gpointer             source_tag,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, source_tag);
  return task;
}

void
keel_manager_call (KeelManager         *self,
                   const char          *method,
                   GVariant            *arguments,
                   const GVariantType  *reply_type,
                   gpointer             source_tag,
                   GCancellable        *cancellable,
                   GAsyncReadyCallback  callback,
                   gpointer             user_data)
{
  keel_remote_call_async (self->remote, KEEL_LINK_CALL_USER, method, arguments, reply_type,
                          cancellable, called_cb,
                          keel_manager_create_task (self, source_tag, cancellable, callback,
                                                    user_data));
}

static void
fetched_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GPtrArray *tasks;

  tasks = keel_task_feed_fetch_finish (KEEL_TASK_FEED (source), result, &error);
  if (tasks != NULL)
    g_task_return_pointer (task, tasks, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

/**
 * keel_manager_fetch_tasks_async:
 * @self: a manager
 * @ids: (array length=n_ids): the numbers of the tasks
 * @n_ids: how many; the service tells at most 1,000 at a time
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks for some tasks as they are now.
 *
 * They become members of the manager's list, which is meant for managers without tasks
 * (%KEEL_MANAGER_NO_TASKS). To be called in the main context of the manager, in which @callback is
 * called, too. Cancelling leaves nothing behind.
 *
 * Since: 0.1
 */
void
keel_manager_fetch_tasks_async (KeelManager         *self,
                                const guint64       *ids,
                                gsize                n_ids,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_MANAGER (self));
  g_return_if_fail (ids != NULL || n_ids == 0);

  keel_task_feed_fetch_async (self->feed, KEEL_LINK_CALL_USER, ids, n_ids, cancellable, fetched_cb,
                              keel_manager_create_task (self, keel_manager_fetch_tasks_async,
                                                        cancellable, callback, user_data));
}

/**
 * keel_manager_fetch_tasks_finish:
 * @self: a manager
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Manager.fetch_tasks_async].
 *
 * Errors: %KEEL_ERROR_NO_SUCH_TASK when one of them is not there, %KEEL_ERROR_NOT_ALLOWED,
 * %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE, %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer container) (element-type KeelTask): the tasks, in the order of the numbers, or
 *   %NULL on error
 *
 * Since: 0.1
 */
GPtrArray *
keel_manager_fetch_tasks_finish (KeelManager   *self,
                                 GAsyncResult  *result,
                                 GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
controlled_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GVariant *refused;

  refused = keel_remote_control_finish (KEEL_REMOTE (source), result, &error);
  if (refused != NULL)
    g_task_return_pointer (task, refused, (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

/**
 * keel_manager_control_async:
 * @self: a manager
 * @verb: what to do
 * @ids: (array length=n_ids): the numbers of the tasks
 * @n_ids: how many
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Does the same to several tasks.
 *
 * Ends when the new states are on disk. An unknown number is an error, and then nothing is done to
 * any. To be called in the main context of the manager, in which @callback is called, too.
 * Cancelling stops the waiting only: the service may have done it all the same.
 *
 * Since: 0.1
 */
void
keel_manager_control_async (KeelManager         *self,
                            KeelVerb             verb,
                            const guint64       *ids,
                            gsize                n_ids,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_MANAGER (self));
  g_return_if_fail (ids != NULL || n_ids == 0);

  keel_remote_control_async (self->remote, verb, ids, n_ids, FALSE, cancellable, controlled_cb,
                             keel_manager_create_task (self, keel_manager_control_async,
                                                       cancellable, callback, user_data));
}

/**
 * keel_manager_control_all_async:
 * @self: a manager
 * @verb: what to do
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Does something to every task that is in a state in which it makes sense.
 *
 * Ends when the new states are on disk. To be called in the main context of the manager, in which
 * @callback is called, too. Cancelling stops the waiting only: the service may have done it all the
 * same.
 *
 * Since: 0.1
 */
void
keel_manager_control_all_async (KeelManager         *self,
                                KeelVerb             verb,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_MANAGER (self));

  keel_remote_control_async (self->remote, verb, NULL, 0, TRUE, cancellable, controlled_cb,
                             keel_manager_create_task (self, keel_manager_control_async,
                                                       cancellable, callback, user_data));
}

/**
 * keel_manager_control_finish:
 * @self: a manager
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Manager.control_async] and [method@Keel.Manager.control_all_async].
 *
 * Errors: %KEEL_ERROR_NO_SUCH_TASK, %KEEL_ERROR_NOT_ALLOWED, %KEEL_ERROR_UNREACHABLE,
 * %KEEL_ERROR_STATE, %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the tasks that are in a state in which it makes no sense, and that
 *   state, a(ts); or %NULL on error
 *
 * Since: 0.1
 */
GVariant *
keel_manager_control_finish (KeelManager   *self,
                             GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * keel_manager_get_status_async:
 * @self: a manager
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks how the service is doing.
 *
 * To be called in the main context of the manager, in which @callback is called, too. Cancelling
 * leaves nothing behind.
 *
 * Since: 0.1
 */
void
keel_manager_get_status_async (KeelManager         *self,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_MANAGER (self));

  keel_remote_call_async (self->remote, KEEL_LINK_CALL_USER, "GetStatus",
                          g_variant_new ("(a{sv})", NULL), G_VARIANT_TYPE ("(a{sv})"), cancellable,
                          called_cb,
                          keel_manager_create_task (self, keel_manager_get_status_async,
                                                    cancellable, callback, user_data));
}

/**
 * keel_manager_get_status_finish:
 * @self: a manager
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Manager.get_status_async].
 *
 * The keys are "version" (s), "pid" (u), "states" (a{st}, tasks by state), "waiting" (a{st},
 * waiting tasks by reason), "rate" (t, bytes per second of all tasks together), the limits by the
 * keys of [method@Keel.Manager.set_limits_async], and "present-max-rate" (t, which limit of all
 * tasks together holds now, by the schedule).
 *
 * Errors: %KEEL_ERROR_NOT_ALLOWED, %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE,
 * %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): a dictionary, a{sv}, or %NULL on error
 *
 * Since: 0.1
 */
GVariant *
keel_manager_get_status_finish (KeelManager   *self,
                                GAsyncResult  *result,
                                GError       **error)
{
  g_autoptr (GVariant) reply = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  reply = g_task_propagate_pointer (G_TASK (result), error);
  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

/**
 * keel_manager_set_limits_async:
 * @self: a manager
 * @limits: a dictionary, a{sv}; consumed if floating
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Sets limits for all tasks together. Those that are not named stay.
 *
 * Rates are bytes per second (t, 0 for none): "max-rate" of all together, and "max-rate-per-host"
 * of what comes from one server. Numbers are from 1 to 32 (u): "max-active" and "max-per-host" of
 * transfers at once, in all and from one server; "max-connections" of a task that wishes nothing
 * else, "max-connections-per-host" and "max-connections-in-all".
 *
 * "schedule" (as, empty for none) says when something else than "max-rate" holds, in entries of
 * days, local times and a rule: "mon-fri 08:00-18:00 500k", "daily 22:00-06:00 unlimited",
 * "sat,sun 00:00-24:00 pause". The first that holds counts. While it says pause, tasks wait with
 * %KEEL_WAIT_REASON_SCHEDULE.
 *
 * Ends when they are on disk; they are kept over restarts. To be called in the main context of the
 * manager, in which @callback is called, too. Cancelling stops the waiting only: the limits may be
 * set all the same.
 *
 * Since: 0.1
 */
void
keel_manager_set_limits_async (KeelManager         *self,
                               GVariant            *limits,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_MANAGER (self));
  g_return_if_fail (limits != NULL && g_variant_is_of_type (limits, G_VARIANT_TYPE_VARDICT));

  keel_remote_call_async (self->remote, KEEL_LINK_CALL_USER, "SetLimits",
                          g_variant_new ("(@a{sv}a{sv})", limits, NULL), G_VARIANT_TYPE_UNIT,
                          cancellable, keel_remote_return_done_cb,
                          keel_manager_create_task (self, keel_manager_set_limits_async,
                                                    cancellable, callback, user_data));
}

/**
 * keel_manager_set_limits_finish:
 * @self: a manager
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Manager.set_limits_async].
 *
 * Errors: %KEEL_ERROR_INVALID_ARGUMENT, %KEEL_ERROR_NOT_ALLOWED, %KEEL_ERROR_UNREACHABLE,
 * %KEEL_ERROR_STATE, %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE if the limits hold and are on disk
 *
 * Since: 0.1
 */
gboolean
keel_manager_set_limits_finish (KeelManager   *self,
                                GAsyncResult  *result,
                                GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
keel_manager_call_attention (KeelManager   *self,
                             const guint64 *seen,
                             gsize          n_seen)
{
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  if (n_seen > 0)
    g_variant_dict_insert_value (&options, "seen",
                                 g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, seen, n_seen,
                                                            sizeof (guint64)));
  keel_remote_call_async (self->remote, KEEL_LINK_CALL_IF_RUNNING, "SetAttention",
                          g_variant_new ("(b@a{sv})", self->focused, g_variant_dict_end (&options)),
                          G_VARIANT_TYPE_UNIT, NULL, NULL, NULL);
}

/* To a service that was not there when the attention was set. */
void
keel_manager_send_attention (KeelManager *self)
{
  if (self->focused)
    keel_manager_call_attention (self, NULL, 0);
}

/**
 * keel_manager_set_attention:
 * @self: a manager
 * @focused: whether a window of the caller has the user's eyes
 * @seen: (array length=n_seen) (nullable): tasks whose result the user has now seen
 * @n_seen: how many
 *
 * Tells the service that the user is looking, so that no notifications are made, and those of
 * @seen are withdrawn.
 *
 * Holds until told otherwise or until the program leaves the bus, also over restarts of the
 * service. Nothing is waited for, and a service that is away is not started. To be called in the
 * main context of the manager.
 *
 * Since: 0.1
 */
void
keel_manager_set_attention (KeelManager   *self,
                            gboolean       focused,
                            const guint64 *seen,
                            gsize          n_seen)
{
  g_return_if_fail (KEEL_IS_MANAGER (self));
  g_return_if_fail (seen != NULL || n_seen == 0);

  self->focused = focused;
  keel_manager_call_attention (self, seen, n_seen);
}

static void
quit_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelManager *self = g_task_get_source_object (task);
  g_autoptr (GVariant) reply = NULL;
  GError *error = NULL;

  reply = keel_remote_call_finish (KEEL_REMOTE (source), result, &error);
  if (error == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  keel_link_set_quitting (self->link, FALSE);
  g_task_return_error (task, error);
}

/**
 * keel_manager_quit_async:
 * @self: a manager
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Tells the service to put every transfer safely on disk and to leave.
 *
 * Unfinished transfers go on the next time the service is started. A service that is not running
 * is not started for this: that is success. To be called in the main context of the manager, in
 * which @callback is called, too. Cancelling stops the waiting only: the service quits all the
 * same.
 *
 * Since: 0.1
 */
void
keel_manager_quit_async (KeelManager         *self,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_MANAGER (self));

  /* From now on its going is no accident, even if the signal that says so should come late. */
  keel_link_set_quitting (self->link, TRUE);
  keel_remote_call_async (self->remote, KEEL_LINK_CALL_IF_RUNNING, "Quit",
                          g_variant_new ("(a{sv})", NULL), G_VARIANT_TYPE_UNIT, cancellable,
                          quit_cb,
                          keel_manager_create_task (self, keel_manager_quit_async, cancellable,
                                                    callback, user_data));
}

/**
 * keel_manager_quit_finish:
 * @self: a manager
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Manager.quit_async].
 *
 * Errors: %KEEL_ERROR_NOT_ALLOWED, %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE,
 * %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE if everything is on disk and the service is leaving, or is not running
 *
 * Since: 0.1
 */
gboolean
keel_manager_quit_finish (KeelManager   *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
