/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-private.h"

/* What can be read of a task. Nothing here asks the service: the values are those of the last row
 * or numbers that it sent, so all of it is to be called in the main context in which the task's
 * session or manager was opened, cannot fail, and costs nothing. */

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
 * keel_task_get_received:
 * @self: a task
 *
 * How much has arrived.
 *
 * Returns: bytes
 *
 * Since: 0.1
 */
guint64
keel_task_get_received (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.received;
}

/**
 * keel_task_get_durable:
 * @self: a task
 *
 * How much of what has arrived survives a crash of the machine.
 *
 * Returns: bytes
 *
 * Since: 0.1
 */
guint64
keel_task_get_durable (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.durable;
}

/**
 * keel_task_get_total:
 * @self: a task
 *
 * How large the whole is.
 *
 * Returns: bytes, or -1 when not known
 *
 * Since: 0.1
 */
gint64
keel_task_get_total (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.total;
}

/**
 * keel_task_get_fraction:
 * @self: a task
 *
 * How much of the whole has arrived.
 *
 * Returns: 0.0 to 1.0; 0.0 while the total is not known
 *
 * Since: 0.1
 */
double
keel_task_get_fraction (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0.0);

  if (self->row.state == KEEL_TASK_STATE_FINISHED)
    return 1.0;
  if (self->row.total <= 0)
    return 0.0;
  return CLAMP ((double) self->row.received / (double) self->row.total, 0.0, 1.0);
}

/**
 * keel_task_get_rate:
 * @self: a task
 *
 * How fast bytes arrive now.
 *
 * Returns: bytes per second
 *
 * Since: 0.1
 */
guint64
keel_task_get_rate (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.rate;
}

/**
 * keel_task_get_eta:
 * @self: a task
 *
 * How long the rest takes at the rate of now.
 *
 * Returns: seconds, or -1 when that cannot be told
 *
 * Since: 0.1
 */
gint64
keel_task_get_eta (KeelTask *self)
{
  guint64 missing;

  g_return_val_if_fail (KEEL_IS_TASK (self), -1);

  if (self->row.state != KEEL_TASK_STATE_RUNNING || self->row.total < 0 || self->row.rate == 0)
    return -1;
  missing = (guint64) self->row.total - MIN (self->row.received, (guint64) self->row.total);
  return (gint64) (missing / self->row.rate + (missing % self->row.rate != 0));
}

/**
 * keel_task_get_max_rate:
 * @self: a task
 *
 * The limit of the rate that was set for this task.
 *
 * Returns: bytes per second, or 0 for none
 *
 * Since: 0.1
 */
guint64
keel_task_get_max_rate (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.max_rate;
}

/**
 * keel_task_get_priority:
 * @self: a task
 *
 * Which of the waiting tasks comes first.
 *
 * Returns: the priority
 *
 * Since: 0.1
 */
KeelPriority
keel_task_get_priority (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), KEEL_PRIORITY_NORMAL);

  return (KeelPriority) self->row.priority;
}

/**
 * keel_task_get_connections:
 * @self: a task
 *
 * How many connections fetch the task now.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
keel_task_get_connections (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.connections;
}

/**
 * keel_task_get_resumable:
 * @self: a task
 *
 * Whether the server lets an interrupted transfer go on where it stopped.
 *
 * Returns: %TRUE if it does; see [method@Keel.Task.has_value]
 *
 * Since: 0.1
 */
gboolean
keel_task_get_resumable (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), FALSE);

  return self->row.resumable;
}

/**
 * keel_task_get_attempts:
 * @self: a task
 *
 * How often the transfer was begun or taken up again.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
keel_task_get_attempts (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.attempts;
}

/**
 * keel_task_get_resumed_bytes:
 * @self: a task
 *
 * How much did not have to be fetched again thanks to resuming.
 *
 * Returns: bytes
 *
 * Since: 0.1
 */
guint64
keel_task_get_resumed_bytes (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.resumed_bytes;
}

/**
 * keel_task_get_refetched_bytes:
 * @self: a task
 *
 * How much was fetched more than once.
 *
 * Returns: bytes
 *
 * Since: 0.1
 */
guint64
keel_task_get_refetched_bytes (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.refetched_bytes;
}

/**
 * keel_task_get_length_confirmed:
 * @self: a task
 *
 * Whether the server had said how long the file is, and it was that long.
 *
 * Returns: %TRUE if it had; see [method@Keel.Task.has_value]
 *
 * Since: 0.1
 */
gboolean
keel_task_get_length_confirmed (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), FALSE);

  return self->row.length_confirmed;
}

/**
 * keel_task_get_mime_type:
 * @self: a task
 *
 * What the server says that the file is.
 *
 * Returns: (transfer none) (nullable): the MIME type, owned by the task
 *
 * Since: 0.1
 */
const char *
keel_task_get_mime_type (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.mime_type;
}

/**
 * keel_task_get_http_status:
 * @self: a task
 *
 * The status of the last answer of the server.
 *
 * Returns: the status, or 0 before the first
 *
 * Since: 0.1
 */
guint
keel_task_get_http_status (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.http_status;
}

/**
 * keel_task_get_checksum_algorithm:
 * @self: a task
 *
 * How the checksum of the file is made: "sha-256", "sha-512", "sha-1" or "md5".
 *
 * Returns: (transfer none) (nullable): the algorithm, owned by the task; %NULL when none was
 *   asked for
 *
 * Since: 0.1
 */
const char *
keel_task_get_checksum_algorithm (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.checksum_algorithm;
}

/**
 * keel_task_get_checksum_expected:
 * @self: a task
 *
 * What the checksum of the file shall be.
 *
 * Returns: (transfer none) (nullable): hexadecimal digits, owned by the task
 *
 * Since: 0.1
 */
const char *
keel_task_get_checksum_expected (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.checksum_expected;
}

/**
 * keel_task_get_checksum_actual:
 * @self: a task
 *
 * What the checksum of the file is.
 *
 * Returns: (transfer none) (nullable): hexadecimal digits, owned by the task; %NULL before all
 *   bytes are there
 *
 * Since: 0.1
 */
const char *
keel_task_get_checksum_actual (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.checksum_actual;
}

/**
 * keel_task_get_checksum_ok:
 * @self: a task
 *
 * Whether the file has the checksum that it shall have.
 *
 * Returns: %TRUE if it was checked and is right; see [method@Keel.Task.has_value]
 *
 * Since: 0.1
 */
gboolean
keel_task_get_checksum_ok (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), FALSE);

  return self->row.checksum_ok;
}

/**
 * keel_task_get_created:
 * @self: a task
 *
 * When the task was added.
 *
 * Returns: (transfer none) (nullable): the time in UTC, owned by the task
 *
 * Since: 0.1
 */
GDateTime *
keel_task_get_created (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.created;
}

/**
 * keel_task_get_finished:
 * @self: a task
 *
 * When the task ended.
 *
 * Returns: (transfer none) (nullable): the time in UTC, owned by the task
 *
 * Since: 0.1
 */
GDateTime *
keel_task_get_finished (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.finished;
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
