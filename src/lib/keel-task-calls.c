/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-private.h"

#include "keel-enum-types.h"
#include "keel-error.h"

/* What can be asked of a task: the five verbs, changes, and waiting for its end. The first two are
 * calls to the service. Waiting is not: it listens to what the session or manager tells the task,
 * and so lasts over restarts of the service, but ends when nobody tells it anything any more. */

static void
controlled_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GVariant) refused = NULL;
  const char *state;
  GError *error = NULL;

  refused = keel_remote_control_finish (KEEL_REMOTE (source), result, &error);
  if (refused == NULL)
    g_task_return_error (task, error);
  else if (g_variant_n_children (refused) == 0)
    g_task_return_boolean (task, TRUE);
  else
    {
      g_variant_get_child (refused, 0, "(t&s)", NULL, &state);
      g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_INVALID_STATE,
                               "This cannot be done to a task that is %s", state);
    }
}

static void
keel_task_control_async (KeelTask            *self,
                         KeelVerb             verb,
                         gpointer             source_tag,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, source_tag);
  keel_remote_control_async (self->remote, verb, &self->row.id, 1, FALSE, cancellable,
                             controlled_cb, g_steal_pointer (&task));
}

/**
 * keel_task_pause_async:
 * @self: a task
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Stops the transfer after a checkpoint; nothing is lost.
 *
 * Ends when the new state is on disk, and @self has it; see [method@Keel.Task.control_finish] for
 * the errors. To be called in the main context of the task's session or manager, in which @callback
 * is called, too.
 * Cancelling stops the waiting only: the service may have paused the task all the same.
 *
 * Since: 0.1
 */
void
keel_task_pause_async (KeelTask            *self,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_TASK (self));

  keel_task_control_async (self, KEEL_VERB_PAUSE, keel_task_pause_async, cancellable, callback,
                           user_data);
}

/**
 * keel_task_resume_async:
 * @self: a task
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Lets a paused transfer go on.
 *
 * Ends when the new state is on disk, and @self has it; see [method@Keel.Task.control_finish] for
 * the errors. To be called in the main context of the task's session or manager, in which @callback
 * is called, too.
 * Cancelling stops the waiting only: the service may have resumed the task all the same.
 *
 * Since: 0.1
 */
void
keel_task_resume_async (KeelTask            *self,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_TASK (self));

  keel_task_control_async (self, KEEL_VERB_RESUME, keel_task_resume_async, cancellable, callback,
                           user_data);
}

/**
 * keel_task_retry_async:
 * @self: a task
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Tries a failed, cancelled or waiting transfer again, now.
 *
 * Ends when the new state is on disk, and @self has it; see [method@Keel.Task.control_finish] for
 * the errors. To be called in the main context of the task's session or manager, in which @callback
 * is called, too.
 * Cancelling stops the waiting only: the service may try again all the same.
 *
 * Since: 0.1
 */
void
keel_task_retry_async (KeelTask            *self,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_TASK (self));

  keel_task_control_async (self, KEEL_VERB_RETRY, keel_task_retry_async, cancellable, callback,
                           user_data);
}

/**
 * keel_task_cancel_async:
 * @self: a task
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Gives the transfer up: it stops, the partial data is dropped, the task stays in the list.
 *
 * Ends when the new state is on disk, and @self has it; see [method@Keel.Task.control_finish] for
 * the errors. To be called in the main context of the task's session or manager, in which @callback
 * is called, too.
 * Cancelling @cancellable stops the waiting only: the service may have given the transfer up all
 * the same.
 *
 * Since: 0.1
 */
void
keel_task_cancel_async (KeelTask            *self,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_TASK (self));

  keel_task_control_async (self, KEEL_VERB_CANCEL, keel_task_cancel_async, cancellable, callback,
                           user_data);
}

/**
 * keel_task_remove_async:
 * @self: a task
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Takes the task out of the list, with its partial data if it has any; a finished file stays.
 *
 * Ends when the task is gone from the disk; see [method@Keel.Task.control_finish] for the errors.
 * To be called in the main context of the task's session or manager, in which @callback is called,
 * too. Cancelling stops the waiting only: the service may have removed the task all the same.
 *
 * Since: 0.1
 */
void
keel_task_remove_async (KeelTask            *self,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_TASK (self));

  keel_task_control_async (self, KEEL_VERB_REMOVE, keel_task_remove_async, cancellable, callback,
                           user_data);
}

/**
 * keel_task_control_finish:
 * @self: a task
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends any of the five: pause, resume, retry, cancel and remove.
 *
 * Errors: %KEEL_ERROR_INVALID_STATE when the task is in a state in which the verb makes no sense,
 * %KEEL_ERROR_NO_SUCH_TASK when it is gone, %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE,
 * %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE if it was done and is on disk
 *
 * Since: 0.1
 */
gboolean
keel_task_control_finish (KeelTask      *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static GTask *
create_task (KeelTask            *self,
             gpointer             source_tag,
             GCancellable        *cancellable,
             GAsyncReadyCallback  callback,
             gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, source_tag);
  return task;
}

/* Takes the task, and the value if it is floating. */
static void
keel_task_update (KeelTask   *self,
                  const char *key,
                  GVariant   *value,
                  GTask      *task)
{
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert_value (&changes, key, value);
  keel_remote_call_async (self->remote, KEEL_LINK_CALL_USER, "Update",
                          g_variant_new ("(t@a{sv}a{sv})", self->row.id,
                                         g_variant_dict_end (&changes), NULL),
                          G_VARIANT_TYPE_UNIT, g_task_get_cancellable (task),
                          keel_remote_return_done_cb, task);
}

/* (transfer floating) (nullable): the word for a value of an enumeration; NULL: there is none. */
static GVariant *
make_word (GType type,
           int   value)
{
  g_autoptr (GEnumClass) words = g_type_class_ref (type);
  const GEnumValue *word = g_enum_get_value (words, value);

  return word != NULL ? g_variant_new_string (word->value_nick) : NULL;
}

/**
 * keel_task_set_max_rate_async:
 * @self: a task
 * @max_rate: the new limit in bytes per second, or 0 for none
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Limits how fast this task is fetched.
 *
 * Ends when the change is on disk; see [method@Keel.Task.update_finish] for the errors. To be
 * called in the main context of the task's session or manager, in which @callback is called, too.
 * Cancelling stops the waiting only: the service may have made the change all the same.
 *
 * Since: 0.1
 */
void
keel_task_set_max_rate_async (KeelTask            *self,
                              guint64              max_rate,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{

  g_return_if_fail (KEEL_IS_TASK (self));

  keel_task_update (self, "max-rate", g_variant_new ("t", max_rate),
                    create_task (self, keel_task_set_max_rate_async, cancellable, callback,
                                 user_data));
}

/**
 * keel_task_set_max_connections_async:
 * @self: a task
 * @max_connections: at most so many, up to 32; or 0 for as many as make it faster
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Sets how many connections may fetch this task at once.
 *
 * Ends when the change is on disk; see [method@Keel.Task.update_finish] for the errors. To be
 * called in the main context of the task's session or manager, in which @callback is called, too.
 * Cancelling stops the waiting only: the service may have made the change all the same.
 *
 * Since: 0.1
 */
void
keel_task_set_max_connections_async (KeelTask            *self,
                                     guint                max_connections,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data)
{

  g_return_if_fail (KEEL_IS_TASK (self));

  keel_task_update (self, "max-connections", g_variant_new ("u", max_connections),
                    create_task (self, keel_task_set_max_connections_async, cancellable, callback,
                                 user_data));
}

/**
 * keel_task_set_priority_async:
 * @self: a task
 * @priority: the new priority
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Moves the task before or behind others that wait.
 *
 * Ends when the change is on disk; see [method@Keel.Task.update_finish] for the errors. To be
 * called in the main context of the task's session or manager, in which @callback is called, too.
 * Cancelling stops the waiting only: the service may have made the change all the same.
 *
 * Since: 0.1
 */
void
keel_task_set_priority_async (KeelTask            *self,
                              KeelPriority         priority,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  GVariant *word;

  g_return_if_fail (KEEL_IS_TASK (self));
  word = make_word (KEEL_TYPE_PRIORITY, (int) priority);
  g_return_if_fail (word != NULL);

  keel_task_update (self, "priority", word,
                    create_task (self, keel_task_set_priority_async, cancellable, callback,
                                 user_data));
}

/**
 * keel_task_set_not_before_async:
 * @self: a task
 * @not_before: (nullable): the earliest time, or %NULL for now
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Says when the task may start. One that runs goes on whatever the time, and a paused one stays
 * paused.
 *
 * %NULL is what a person wants who starts a task by hand that waits with
 * %KEEL_WAIT_REASON_SCHEDULE: it goes before the time of the task, that of its session, and a pause
 * of the schedule that all tasks share, until the task is paused or has ended.
 *
 * Ends when the change is on disk; see [method@Keel.Task.update_finish] for the errors. To be
 * called in the main context of the task's session or manager, in which @callback is called, too.
 * Cancelling stops the waiting only: the service may have made the change all the same.
 *
 * Since: 0.1
 */
void
keel_task_set_not_before_async (KeelTask            *self,
                                GDateTime           *not_before,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  gint64 usec = 0;

  g_return_if_fail (KEEL_IS_TASK (self));

  if (not_before != NULL)
    usec = g_date_time_to_unix (not_before) * G_USEC_PER_SEC +
           g_date_time_get_microsecond (not_before);
  keel_task_update (self, "not-before", g_variant_new ("x", usec),
                    create_task (self, keel_task_set_not_before_async, cancellable, callback,
                                 user_data));
}

/**
 * keel_task_set_directory_async:
 * @self: a task
 * @directory: a local folder
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Gives the task another folder, as long as its file is not finished.
 *
 * What has come goes along: it is renamed, or copied if the folder is on another disk, before the
 * task goes on, and whatever happens meanwhile it is in the old folder or in the new one. If the
 * old folder cannot be reached, all of it is fetched again. A task that waits for its folder or for
 * room in it, or that has failed for it, goes on; a paused one stays paused.
 *
 * The path must mean the same to the service as it does here: an application in a sandbox gets
 * %KEEL_ERROR_BAD_DESTINATION. Other errors: %KEEL_ERROR_INVALID_STATE when the file has its name
 * in its folder already, %KEEL_ERROR_BUSY while it is on its way into another one.
 *
 * Ends when the change is on disk, which may be before what has come has arrived; see
 * [method@Keel.Task.update_finish] for the other errors. To be called in the main context of the
 * task's session or manager, in which @callback is called, too. Cancelling stops the waiting only:
 * the service may have made the change all the same.
 *
 * Since: 0.1
 */
void
keel_task_set_directory_async (KeelTask            *self,
                               GFile               *directory,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  const char *path;
  GTask *task;

  g_return_if_fail (KEEL_IS_TASK (self));
  g_return_if_fail (G_IS_FILE (directory));

  task = create_task (self, keel_task_set_directory_async, cancellable, callback, user_data);
  path = g_file_peek_path (directory);
  if (path == NULL)
    {
      g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_BAD_DESTINATION,
                               "The folder is not a local one");
      g_object_unref (task);
      return;
    }
  keel_task_update (self, "dir", g_variant_new_bytestring (path), task);
}

/**
 * keel_task_set_network_async:
 * @self: a task
 * @network: the networks that it may use
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Says on which networks the task may run. That goes before what its session says: a task that
 * waits with %KEEL_WAIT_REASON_METERED goes on at once with %KEEL_NETWORK_USE_ANY.
 *
 * Ends when the change is on disk; see [method@Keel.Task.update_finish] for the errors. To be
 * called in the main context of the task's session or manager, in which @callback is called, too.
 * Cancelling stops the waiting only: the service may have made the change all the same.
 *
 * Since: 0.1
 */
void
keel_task_set_network_async (KeelTask            *self,
                             KeelNetworkUse       network,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  GVariant *word;

  g_return_if_fail (KEEL_IS_TASK (self));
  word = make_word (KEEL_TYPE_NETWORK_USE, (int) network);
  g_return_if_fail (word != NULL);

  keel_task_update (self, "network", word,
                    create_task (self, keel_task_set_network_async, cancellable, callback,
                                 user_data));
}

/**
 * keel_task_set_power_async:
 * @self: a task
 * @power: the power that it may use
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Says on which power the task may run. That goes before what its session says: a task that waits
 * with %KEEL_WAIT_REASON_POWER goes on at once with %KEEL_POWER_USE_ANY.
 *
 * Ends when the change is on disk; see [method@Keel.Task.update_finish] for the errors. To be
 * called in the main context of the task's session or manager, in which @callback is called, too.
 * Cancelling stops the waiting only: the service may have made the change all the same.
 *
 * Since: 0.1
 */
void
keel_task_set_power_async (KeelTask            *self,
                           KeelPowerUse         power,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  GVariant *word;

  g_return_if_fail (KEEL_IS_TASK (self));
  word = make_word (KEEL_TYPE_POWER_USE, (int) power);
  g_return_if_fail (word != NULL);

  keel_task_update (self, "power", word,
                    create_task (self, keel_task_set_power_async, cancellable, callback,
                                 user_data));
}

/**
 * keel_task_move_async:
 * @self: a task
 * @position: where to
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Moves the task to the beginning or the end of the queue: before or behind all others of its
 * application that have the same priority. A task that is added later comes behind the last.
 *
 * Ends when the change is on disk; see [method@Keel.Task.update_finish] for the errors. To be
 * called in the main context of the task's session or manager, in which @callback is called, too.
 * Cancelling stops the waiting only: the service may have made the change all the same.
 *
 * Since: 0.1
 */
void
keel_task_move_async (KeelTask            *self,
                      KeelPosition         position,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  GVariant *word;

  g_return_if_fail (KEEL_IS_TASK (self));
  word = make_word (KEEL_TYPE_POSITION, (int) position);
  g_return_if_fail (word != NULL);

  keel_task_update (self, "position", word,
                    create_task (self, keel_task_move_async, cancellable, callback, user_data));
}

/**
 * keel_task_set_uri_async:
 * @self: a task
 * @uri: another http or https address of the same file
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Fetches the rest from another address, as when a link has expired and there is a new one.
 *
 * What is on disk is kept if the size and the last bytes agree with what the new address gives;
 * else the transfer begins anew. A task that failed or waits goes on at once, a paused one stays
 * paused. Request headers and passwords of the task go with it only to the same server; a user
 * name and a password in @uri are taken for the new one.
 *
 * Ends when the change is on disk; see [method@Keel.Task.update_finish] for the errors. To be
 * called in the main context of the task's session or manager, in which @callback is called, too.
 * Cancelling stops the waiting only: the service may have made the change all the same.
 *
 * Since: 0.1
 */
void
keel_task_set_uri_async (KeelTask            *self,
                         const char          *uri,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (KEEL_IS_TASK (self));
  g_return_if_fail (uri != NULL);

  task = create_task (self, keel_task_set_uri_async, cancellable, callback, user_data);
  if (!g_utf8_validate (uri, -1, NULL))
    {
      g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_BAD_URI, "The link is not valid UTF-8");
      return;
    }
  keel_task_update (self, "uri", g_variant_new_string (uri), g_steal_pointer (&task));
}

/**
 * keel_task_update_finish:
 * @self: a task
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends a change of the limit, the connections, the priority, the position, the time, the folder or
 * the address.
 *
 * Errors: %KEEL_ERROR_INVALID_ARGUMENT, %KEEL_ERROR_BAD_URI, %KEEL_ERROR_INVALID_STATE when there
 * is nothing left to fetch from another address, %KEEL_ERROR_NO_SUCH_TASK,
 * %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE, %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE if it was done and is on disk
 *
 * Since: 0.1
 */
gboolean
keel_task_update_finish (KeelTask      *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
keel_task_settle_waiter (KeelTask *self,
                         GTask    *waiter)
{
  if (self->row.state == KEEL_TASK_STATE_FINISHED)
    g_task_return_boolean (waiter, TRUE);
  else if (self->row.state == KEEL_TASK_STATE_FAILED && self->error != NULL)
    g_task_return_error (waiter, g_error_copy (self->error));
  else if (self->row.state == KEEL_TASK_STATE_FAILED)
    g_task_return_new_error (waiter, KEEL_TASK_ERROR, KEEL_TASK_ERROR_INTERNAL,
                             "The task failed without telling why");
  else if (self->removed)
    g_task_return_new_error (waiter, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK, "The task was removed");
  else if (self->row.state == KEEL_TASK_STATE_CANCELLED)
    g_task_return_new_error (waiter, KEEL_ERROR, KEEL_ERROR_INVALID_STATE,
                             "The task was cancelled");
  else
    g_task_return_new_error (waiter, KEEL_ERROR, KEEL_ERROR_INVALID_STATE,
                             "The session or manager of the task is closed");
}

/* Ends every keel_task_wait_async() if there is nothing to wait for any more. */
void
keel_task_settle_waiters (KeelTask *self)
{
  g_autoptr (GPtrArray) waiters = NULL;

  if (self->waiters->len == 0 || (!keel_task_has_ended (self) && self->followed))
    return;

  waiters = g_steal_pointer (&self->waiters);
  self->waiters = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiters->len; i++)
    keel_task_settle_waiter (self, g_ptr_array_index (waiters, i));
}

static gboolean
wait_cancelled_cb (GCancellable *cancellable,
                   gpointer      user_data)
{
  g_autoptr (GTask) waiter = g_object_ref (user_data);
  KeelTask *self = g_task_get_source_object (waiter);

  if (g_ptr_array_remove (self->waiters, waiter))
    g_task_return_error_if_cancelled (waiter);
  return G_SOURCE_REMOVE;
}

static void
destroy_source (gpointer data)
{
  g_source_destroy (data);
  g_source_unref (data);
}

/**
 * keel_task_wait_async:
 * @self: a task
 * @cancellable: (nullable): to stop waiting
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Waits until the task has ended; at once if it has.
 *
 * The wait lasts over pauses, waiting times and restarts of the service. To be called in the main
 * context of the task's session or manager, in which @callback is called, too. Nothing is asked of
 * the service: cancelling leaves the task as it is.
 *
 * Since: 0.1
 */
void
keel_task_wait_async (KeelTask            *self,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  g_autoptr (GTask) waiter = NULL;
  GSource *source;

  g_return_if_fail (KEEL_IS_TASK (self));

  waiter = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (waiter, keel_task_wait_async);
  if (g_task_return_error_if_cancelled (waiter))
    return;

  if (cancellable != NULL)
    {
      source = g_cancellable_source_new (cancellable);
      g_source_set_callback (source, G_SOURCE_FUNC (wait_cancelled_cb), waiter, NULL);
      g_source_attach (source, g_task_get_context (waiter));
      g_task_set_task_data (waiter, source, destroy_source);
    }
  g_ptr_array_add (self->waiters, g_steal_pointer (&waiter));
  keel_task_settle_waiters (self);
}

/**
 * keel_task_wait_finish:
 * @self: a task
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends the waiting for a task.
 *
 * Errors: the task's own, of the domain %KEEL_TASK_ERROR, when it failed;
 * %KEEL_ERROR_INVALID_STATE when it was cancelled, or when its session or manager was closed (or
 * does not follow the service) so that the end could not be seen; %KEEL_ERROR_NO_SUCH_TASK when it
 * was removed; %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE if the task finished and the file is in its place
 *
 * Since: 0.1
 */
gboolean
keel_task_wait_finish (KeelTask      *self,
                       GAsyncResult  *result,
                       GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
