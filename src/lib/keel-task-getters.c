/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-private.h"

/* What can be read of a task: what it is, what state it is in, and what it is on. Numbers and facts
 * are in keel-task-numbers.c, questions of servers in keel-task-challenge.c. Nothing here asks the
 * service: the values are those of the last row that it sent, so all of it is to be called in the
 * main context in which the task's session or manager was opened, cannot fail, and costs nothing.
 */

/**
 * KeelTask:id:
 *
 * The number of the task: never 0, and never given to another task again.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_id:
 * @self: a task
 *
 * The number of the task: never 0, and never given to another task again.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint64
keel_task_get_id (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.id;
}

/**
 * KeelTask:session:
 *
 * The identifier of the session that the task belongs to.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_session:
 * @self: a task
 *
 * The identifier of the session that the task belongs to.
 *
 * Returns: (transfer none) (nullable): the identifier, owned by the task
 *
 * Since: 0.1
 */
const char *
keel_task_get_session (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.session;
}

/**
 * KeelTask:app:
 *
 * The application that the task belongs to: its id, or "host" for programs that gave none.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_app:
 * @self: a task
 *
 * The application that the task belongs to: its id, or "host" for programs that gave none.
 *
 * Returns: (transfer none) (nullable): the application, owned by the task
 *
 * Since: 0.1
 */
const char *
keel_task_get_app (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.app;
}

/**
 * KeelTask:kind:
 *
 * What is transferred; now always "download".
 *
 * Since: 0.1
 */

/**
 * keel_task_get_kind:
 * @self: a task
 *
 * What is transferred; now always "download".
 *
 * Returns: (transfer none) (nullable): the kind, owned by the task
 *
 * Since: 0.1
 */
const char *
keel_task_get_kind (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.kind;
}

/**
 * KeelTask:state:
 *
 * What the task is doing.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_state:
 * @self: a task
 *
 * What the task is doing.
 *
 * A state of a newer service that this library does not know reads as %KEEL_TASK_STATE_WAITING
 * without a reason.
 *
 * Returns: the state
 *
 * Since: 0.1
 */
KeelTaskState
keel_task_get_state (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), KEEL_TASK_STATE_QUEUED);

  return (KeelTaskState) self->row.state;
}

/**
 * KeelTask:wait-reason:
 *
 * Why the task waits.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_wait_reason:
 * @self: a task
 *
 * Why the task waits.
 *
 * Returns: the reason; %KEEL_WAIT_REASON_NONE when it does not wait, or for a reason that this
 *   library does not know
 *
 * Since: 0.1
 */
KeelWaitReason
keel_task_get_wait_reason (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), KEEL_WAIT_REASON_NONE);

  return (KeelWaitReason) self->row.wait_reason;
}

/**
 * KeelTask:wait-detail:
 *
 * More about why the task waits, in a word.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_wait_detail:
 * @self: a task
 *
 * More about why the task waits, in a word.
 *
 * With %KEEL_WAIT_REASON_POWER it is `battery` (the computer runs on one) or `saver` (it has mains,
 * and is to save power). There may be more words, and for other reasons, in later versions.
 *
 * Returns: (transfer none) (nullable): the word, owned by the task; %NULL when there is none
 *
 * Since: 0.1
 */
const char *
keel_task_get_wait_detail (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.wait_detail;
}

/**
 * KeelTask:wait-until:
 *
 * When the task goes on by itself, for reasons that end at a time (retry, schedule).
 *
 * Since: 0.1
 */

/**
 * keel_task_get_wait_until:
 * @self: a task
 *
 * When the task goes on by itself, for reasons that end at a time (retry, schedule).
 *
 * Returns: (transfer none) (nullable): the time in UTC, owned by the task
 *
 * Since: 0.1
 */
GDateTime *
keel_task_get_wait_until (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.wait_until;
}

/**
 * KeelTask:pause-reason:
 *
 * Who paused the task.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_pause_reason:
 * @self: a task
 *
 * Who paused the task.
 *
 * Returns: the reason; %KEEL_PAUSE_REASON_NONE when it is not paused, or for a reason that this
 *   library does not know
 *
 * Since: 0.1
 */
KeelPauseReason
keel_task_get_pause_reason (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), KEEL_PAUSE_REASON_NONE);

  return (KeelPauseReason) self->row.pause_reason;
}

/**
 * keel_task_has_ended:
 * @self: a task
 *
 * Whether the task has come to its end: finished, failed or cancelled.
 *
 * An ended task can still be retried and is then no longer ended.
 *
 * Returns: %TRUE if nothing more happens by itself
 *
 * Since: 0.1
 */
gboolean
keel_task_has_ended (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), FALSE);

  return self->row.state == KEEL_TASK_STATE_FINISHED || self->row.state == KEEL_TASK_STATE_FAILED ||
         self->row.state == KEEL_TASK_STATE_CANCELLED;
}

/**
 * keel_task_needs_attention:
 * @self: a task
 *
 * Whether the task goes on only when a person does something.
 *
 * Returns: %TRUE if it failed, or waits for a sign-in for which the keyring has no answer, a
 *   folder, room on the disk or a network sign-in
 *
 * Since: 0.1
 */
gboolean
keel_task_needs_attention (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), FALSE);

  if (self->row.state == KEEL_TASK_STATE_FAILED)
    return TRUE;
  return self->row.state == KEEL_TASK_STATE_WAITING &&
         ((self->row.wait_reason == KEEL_WAIT_REASON_AUTH && keel_task_has_challenge (self)) ||
          self->row.wait_reason == KEEL_WAIT_REASON_DESTINATION ||
          self->row.wait_reason == KEEL_WAIT_REASON_LOW_DISK ||
          self->row.wait_reason == KEEL_WAIT_REASON_CAPTIVE_PORTAL);
}

/**
 * KeelTask:error:
 *
 * Why the task failed, or why it is being tried again.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_error:
 * @self: a task
 *
 * Why the task failed, or why it is being tried again.
 *
 * Its code is for programs; its message is not translated.
 *
 * Returns: (transfer none) (nullable): an error of the domain %KEEL_TASK_ERROR, owned by the
 *   task; valid until the task changes
 *
 * Since: 0.1
 */
const GError *
keel_task_get_error (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->error;
}

/**
 * KeelTask:error-http-status:
 *
 * The HTTP status that belongs to the error of the task.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_error_http_status:
 * @self: a task
 *
 * The HTTP status that belongs to the error of the task.
 *
 * Returns: the status, or 0
 *
 * Since: 0.1
 */
guint
keel_task_get_error_http_status (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.error_http_status;
}

/**
 * KeelTask:error-retryable:
 *
 * Whether trying again may help against the error of the task.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_error_retryable:
 * @self: a task
 *
 * Whether trying again may help against the error of the task.
 *
 * Returns: %TRUE if it may
 *
 * Since: 0.1
 */
gboolean
keel_task_get_error_retryable (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), FALSE);

  return self->row.error_retryable;
}

/**
 * KeelTask:error-details:
 *
 * The beginning of what the server sent along with its error: plain text or a web page, for a
 * person who wants to know more. It is what a stranger wrote.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_error_details:
 * @self: a task
 *
 * The beginning of what the server sent along with its error: plain text or a web page, for a
 * person who wants to know more. It is what a stranger wrote.
 *
 * Returns: (transfer none) (nullable): the text, owned by the task
 *
 * Since: 0.1
 */
const char *
keel_task_get_error_details (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.error_details;
}

/**
 * KeelTask:uri:
 *
 * The address that the task was added with.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_uri:
 * @self: a task
 *
 * The address that the task was added with.
 *
 * Returns: (transfer none) (nullable): the address, owned by the task
 *
 * Since: 0.1
 */
const char *
keel_task_get_uri (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.uri;
}

/**
 * KeelTask:mirrors:
 *
 * Other addresses of the same file, that the task was added with.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_mirrors:
 * @self: a task
 *
 * Other addresses of the same file, that the task was added with.
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the addresses, owned by the task;
 *   %NULL when there are none
 *
 * Since: 0.1
 */
const char *const *
keel_task_get_mirrors (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return (const char *const *) self->row.mirrors;
}

/**
 * KeelTask:effective-uri:
 *
 * The address that the bytes come from, after redirections.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_effective_uri:
 * @self: a task
 *
 * The address that the bytes come from, after redirections.
 *
 * Returns: (transfer none) (nullable): the address, owned by the task; %NULL before the first
 *   answer
 *
 * Since: 0.1
 */
const char *
keel_task_get_effective_uri (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.effective_uri;
}

/**
 * KeelTask:directory:
 *
 * The folder that the file goes to.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_directory:
 * @self: a task
 *
 * The folder that the file goes to.
 *
 * Returns: (transfer none) (nullable): the folder, owned by the task
 *
 * Since: 0.1
 */
GFile *
keel_task_get_directory (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.directory;
}

/**
 * KeelTask:file:
 *
 * Where the file is, or will be once it is complete.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_file:
 * @self: a task
 *
 * Where the file is, or will be once it is complete.
 *
 * Returns: (transfer none) (nullable): the file, owned by the task; %NULL before it has a name
 *
 * Since: 0.1
 */
GFile *
keel_task_get_file (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.file;
}

/**
 * KeelTask:name:
 *
 * The name of the file, for display.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_name:
 * @self: a task
 *
 * The name of the file, for display.
 *
 * Returns: (transfer none) (nullable): the name, owned by the task; %NULL before it is known
 *
 * Since: 0.1
 */
const char *
keel_task_get_name (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.name;
}

/**
 * KeelTask:title:
 *
 * What the application calls the task, for display.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_title:
 * @self: a task
 *
 * What the application calls the task, for display.
 *
 * Returns: (transfer none) (nullable): the title, owned by the task
 *
 * Since: 0.1
 */
const char *
keel_task_get_title (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.title;
}

/**
 * KeelTask:user:
 *
 * The name by which the server knows who asks; its password is told to nobody.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_user:
 * @self: a task
 *
 * The name by which the server knows who asks; its password is told to nobody.
 *
 * Returns: (transfer none) (nullable): the name, owned by the task
 *
 * Since: 0.1
 */
const char *
keel_task_get_user (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.user;
}

/**
 * KeelTask:user-data:
 *
 * What the application gave the task to keep.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_user_data:
 * @self: a task
 *
 * What the application gave the task to keep.
 *
 * Returns: (transfer none) (nullable): the text, owned by the task
 *
 * Since: 0.1
 */
const char *
keel_task_get_user_data (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.user_data;
}

/**
 * KeelTask:group:
 *
 * The name that the tasks of the session that belong together share.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_group:
 * @self: a task
 *
 * The name that the tasks of the session that belong together share.
 *
 * Returns: (transfer none) (nullable): the name, owned by the task
 *
 * Since: 0.1
 */
const char *
keel_task_get_group (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.group;
}

/**
 * KeelTask:network:
 *
 * Which networks the task may use, if that was said of this task.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_network:
 * @self: a task
 *
 * Which networks the task may use, if that was said of this task.
 *
 * Returns: the networks; see [method@Keel.Task.has_value]
 *
 * Since: 0.1
 */
KeelNetworkUse
keel_task_get_network (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), KEEL_NETWORK_USE_ANY);

  return (KeelNetworkUse) self->row.network;
}

/**
 * KeelTask:power:
 *
 * From which power the task may run, if that was said of this task.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_power:
 * @self: a task
 *
 * From which power the task may run, if that was said of this task.
 *
 * Returns: the power; see [method@Keel.Task.has_value]
 *
 * Since: 0.1
 */
KeelPowerUse
keel_task_get_power (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), KEEL_POWER_USE_ANY);

  return (KeelPowerUse) self->row.power;
}

/**
 * KeelTask:conflict:
 *
 * What happens when there is a file of the same name already.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_conflict:
 * @self: a task
 *
 * What happens when there is a file of the same name already.
 *
 * Returns: what happens
 *
 * Since: 0.1
 */
KeelConflict
keel_task_get_conflict (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), KEEL_CONFLICT_RENAME);

  return (KeelConflict) self->row.conflict;
}

/**
 * KeelTask:collectable:
 *
 * Whether the file of the task is with the service, to be taken with
 * [method@Keel.Task.collect_async] or read with [method@Keel.Task.read_async].
 *
 * Since: 0.1
 */

/**
 * keel_task_get_collectable:
 * @self: a task
 *
 * Whether the file of the task is with the service, to be taken with
 * [method@Keel.Task.collect_async] or read with [method@Keel.Task.read_async].
 *
 * Returns: %TRUE if it is
 *
 * Since: 0.1
 */
gboolean
keel_task_get_collectable (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), FALSE);

  return self->row.collectable;
}

/**
 * keel_task_has_value:
 * @self: a task
 * @property: the name of a property, such as "resumable"
 *
 * Whether the service has told a value of a property, for those that have no value of their own
 * that means "not known".
 *
 * Returns: %TRUE if it has; %FALSE for what is not known yet, and for an unknown name
 *
 * Since: 0.1
 */
gboolean
keel_task_has_value (KeelTask   *self,
                     const char *property)
{
  guint field;

  g_return_val_if_fail (KEEL_IS_TASK (self), FALSE);
  g_return_val_if_fail (property != NULL, FALSE);

  return keel_task_row_find_field (property, &field) &&
         (self->row.known & (G_GUINT64_CONSTANT (1) << field)) != 0;
}
