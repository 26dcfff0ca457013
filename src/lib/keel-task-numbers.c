/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-private.h"

/* What can be read of a task in numbers, and what came of it: bytes, rates, connections, checksums,
 * times. Nothing here asks the service, as in keel-task-getters.c. */

/**
 * KeelTask:received:
 *
 * How much has arrived.
 *
 * Since: 0.1
 */

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
 * KeelTask:durable:
 *
 * How much of what has arrived survives a crash of the machine.
 *
 * Since: 0.1
 */

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
 * KeelTask:total:
 *
 * How large the whole is.
 *
 * Since: 0.1
 */

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
 * KeelTask:fraction:
 *
 * How much of the whole has arrived.
 *
 * Since: 0.1
 */

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
 * KeelTask:rate:
 *
 * How fast bytes arrive now.
 *
 * Since: 0.1
 */

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
 * KeelTask:eta:
 *
 * How long the rest takes, at the rate of the last few seconds.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_eta:
 * @self: a task
 *
 * How long the rest takes, at the rate of the last few seconds.
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

  if (self->row.state != KEEL_TASK_STATE_RUNNING || self->row.total < 0)
    return -1;
  missing = (guint64) self->row.total - MIN (self->row.received, (guint64) self->row.total);
  return keel_time_left_get (&self->time_left, missing);
}

/**
 * KeelTask:max-rate:
 *
 * The limit of the rate that was set for this task.
 *
 * Since: 0.1
 */

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
 * KeelTask:priority:
 *
 * Which of the waiting tasks comes first.
 *
 * Since: 0.1
 */

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
 * KeelTask:rank:
 *
 * Where the task stands among those of its application that wait with the same priority: the lower
 * runs first, and of two that are the same the one with the lower id.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_rank:
 * @self: a task
 *
 * Where the task stands among those of its application that wait with the same priority: the lower
 * runs first, and of two that are the same the one with the lower id. It is 0 until
 * [method@Keel.Task.move_async] makes it something else.
 *
 * Returns: the rank
 *
 * Since: 0.1
 */
gint64
keel_task_get_rank (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.rank;
}

/**
 * KeelTask:connections:
 *
 * How many connections fetch the task now.
 *
 * Since: 0.1
 */

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
 * KeelTask:max-connections:
 *
 * How many connections may fetch the task at once, as it was set for this task.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_max_connections:
 * @self: a task
 *
 * How many connections may fetch the task at once, as it was set for this task.
 *
 * Returns: the number, or 0 for as many as make it faster
 *
 * Since: 0.1
 */
guint
keel_task_get_max_connections (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.max_connections;
}

/**
 * KeelTask:resumable:
 *
 * Whether the server lets an interrupted transfer go on where it stopped.
 *
 * Since: 0.1
 */

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
 * KeelTask:attempts:
 *
 * How often the transfer was begun or taken up again.
 *
 * Since: 0.1
 */

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
 * KeelTask:resumed-bytes:
 *
 * How much did not have to be fetched again thanks to resuming.
 *
 * Since: 0.1
 */

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
 * KeelTask:refetched-bytes:
 *
 * How much was fetched more than once.
 *
 * Since: 0.1
 */

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
 * KeelTask:length-confirmed:
 *
 * Whether the server had said how long the file is, and it was that long.
 *
 * Since: 0.1
 */

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
 * KeelTask:mime-type:
 *
 * What the server says that the file is.
 *
 * Since: 0.1
 */

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
 * KeelTask:http-status:
 *
 * The status of the last answer of the server.
 *
 * Since: 0.1
 */

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
 * KeelTask:checksum-algorithm:
 *
 * How the checksum of the file is made: "sha-256", "sha-512", "sha-1" or "md5".
 *
 * Since: 0.1
 */

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
 * KeelTask:checksum-expected:
 *
 * What the checksum of the file shall be.
 *
 * Since: 0.1
 */

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
 * KeelTask:checksum-actual:
 *
 * What the checksum of the file is.
 *
 * Since: 0.1
 */

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
 * KeelTask:checksum-ok:
 *
 * Whether the file has the checksum that it shall have.
 *
 * Since: 0.1
 */

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
 * KeelTask:created:
 *
 * When the task was added.
 *
 * Since: 0.1
 */

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
 * KeelTask:finished:
 *
 * When the task ended.
 *
 * Since: 0.1
 */

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
