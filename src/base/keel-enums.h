/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The words of Keelboat, once: the service, its database, the bus, the library and the command
 * line all speak in the nicknames of these values ("waiting", "low-disk", "http-status"). The
 * service gets plain C tables made from this file (src/base), the library gets GTypes made from
 * the same file (src/lib); nothing is written down twice. Values are only ever appended. */

/**
 * KeelTaskState:
 * @KEEL_TASK_STATE_QUEUED: accepted and durable, not looked at yet
 * @KEEL_TASK_STATE_WAITING: cannot run now; [property@Task:wait-reason] says why
 * @KEEL_TASK_STATE_RUNNING: bytes are flowing, or being asked for
 * @KEEL_TASK_STATE_VERIFYING: all bytes are here; being checked and given their final name
 * @KEEL_TASK_STATE_PAUSED: stopped by somebody; [property@Task:pause-reason] says by whom
 * @KEEL_TASK_STATE_FINISHED: the file is complete under its final name
 * @KEEL_TASK_STATE_FAILED: stopped by an error that trying again will not mend by itself
 * @KEEL_TASK_STATE_CANCELLED: given up by the user; the partial data is gone
 *
 * What a task is doing.
 */
typedef enum {
  KEEL_TASK_STATE_QUEUED,
  KEEL_TASK_STATE_WAITING,
  KEEL_TASK_STATE_RUNNING,
  KEEL_TASK_STATE_VERIFYING,
  KEEL_TASK_STATE_PAUSED,
  KEEL_TASK_STATE_FINISHED,
  KEEL_TASK_STATE_FAILED,
  KEEL_TASK_STATE_CANCELLED,
} KeelTaskState;

/**
 * KeelWaitReason:
 * @KEEL_WAIT_REASON_NONE: the task is not waiting
 * @KEEL_WAIT_REASON_SLOT: enough other transfers are running
 * @KEEL_WAIT_REASON_OFFLINE: no network
 * @KEEL_WAIT_REASON_CAPTIVE_PORTAL: the network wants the user to sign in
 * @KEEL_WAIT_REASON_METERED: the network is metered and the task may not use it
 * @KEEL_WAIT_REASON_POWER: on battery or saving power
 * @KEEL_WAIT_REASON_SCHEDULE: not before a time
 * @KEEL_WAIT_REASON_LOW_DISK: not enough room where the file goes
 * @KEEL_WAIT_REASON_RETRY: an error that may pass; tried again at [property@Task:wait-until]
 * @KEEL_WAIT_REASON_AUTH: the server wants credentials
 * @KEEL_WAIT_REASON_DESTINATION: the folder cannot be reached or written
 * @KEEL_WAIT_REASON_SUSPENDED: held by the application that owns it
 *
 * Why a task is waiting.
 */
typedef enum {
  KEEL_WAIT_REASON_NONE,
  KEEL_WAIT_REASON_SLOT,
  KEEL_WAIT_REASON_OFFLINE,
  KEEL_WAIT_REASON_CAPTIVE_PORTAL,
  KEEL_WAIT_REASON_METERED,
  KEEL_WAIT_REASON_POWER,
  KEEL_WAIT_REASON_SCHEDULE,
  KEEL_WAIT_REASON_LOW_DISK,
  KEEL_WAIT_REASON_RETRY,
  KEEL_WAIT_REASON_AUTH,
  KEEL_WAIT_REASON_DESTINATION,
  KEEL_WAIT_REASON_SUSPENDED,
} KeelWaitReason;

/**
 * KeelPauseReason:
 * @KEEL_PAUSE_REASON_NONE: the task is not paused
 * @KEEL_PAUSE_REASON_USER: somebody asked for it
 * @KEEL_PAUSE_REASON_UNSTABLE: the file kept changing on the server
 * @KEEL_PAUSE_REASON_QUARANTINED: the task was active when the service crashed, three times running
 * @KEEL_PAUSE_REASON_DISK: the disk reported errors
 *
 * Why a task is paused.
 */
typedef enum {
  KEEL_PAUSE_REASON_NONE,
  KEEL_PAUSE_REASON_USER,
  KEEL_PAUSE_REASON_UNSTABLE,
  KEEL_PAUSE_REASON_QUARANTINED,
  KEEL_PAUSE_REASON_DISK,
} KeelPauseReason;

/**
 * KeelPriority:
 * @KEEL_PRIORITY_LOW: after everything else
 * @KEEL_PRIORITY_NORMAL: the default
 * @KEEL_PRIORITY_HIGH: before everything else
 *
 * Which of the waiting tasks runs first.
 */
typedef enum {
  KEEL_PRIORITY_LOW,
  KEEL_PRIORITY_NORMAL,
  KEEL_PRIORITY_HIGH,
} KeelPriority;

/**
 * KeelPosition:
 * @KEEL_POSITION_FIRST: before all others of its application that have the same priority
 * @KEEL_POSITION_LAST: behind them
 *
 * Where to move a task to in the queue.
 */
typedef enum {
  KEEL_POSITION_FIRST,
  KEEL_POSITION_LAST,
} KeelPosition;

/**
 * KeelNetworkUse:
 * @KEEL_NETWORK_USE_ANY: whatever network there is; the default
 * @KEEL_NETWORK_USE_UNMETERED: not one that is paid for by the byte; the task waits meanwhile with
 *   %KEEL_WAIT_REASON_METERED
 *
 * Which networks a task may use.
 */
typedef enum {
  KEEL_NETWORK_USE_ANY,
  KEEL_NETWORK_USE_UNMETERED,
} KeelNetworkUse;

/**
 * KeelPowerUse:
 * @KEEL_POWER_USE_ANY: on mains and on battery; the default
 * @KEEL_POWER_USE_AC: on mains only; the task waits meanwhile with %KEEL_WAIT_REASON_POWER
 *
 * From which power a task may run.
 */
typedef enum {
  KEEL_POWER_USE_ANY,
  KEEL_POWER_USE_AC,
} KeelPowerUse;

/**
 * KeelConflict:
 * @KEEL_CONFLICT_RENAME: the new file gets a name with a number; the default
 * @KEEL_CONFLICT_FAIL: the task fails with %KEEL_TASK_ERROR_DESTINATION
 * @KEEL_CONFLICT_REPLACE: the new file takes the place of the old one, in one step; only of a
 *   regular file that has been there, as it is, since this was asked for: else it gets a number
 *
 * What happens when there is a file of the same name already.
 */
typedef enum {
  KEEL_CONFLICT_RENAME,
  KEEL_CONFLICT_FAIL,
  KEEL_CONFLICT_REPLACE,
} KeelConflict;

/**
 * KeelTaskError:
 * @KEEL_TASK_ERROR_DNS: the server's name was not found. Retry helps
 * @KEEL_TASK_ERROR_CONNECT: the server cannot be reached. Retry helps
 * @KEEL_TASK_ERROR_TLS: the connection is not secure. The user or the server must act
 * @KEEL_TASK_ERROR_TIMEOUT: the server stopped answering. Retry helps
 * @KEEL_TASK_ERROR_TRUNCATED: the body ended before its announced end. Retry helps
 * @KEEL_TASK_ERROR_PROTOCOL: the answer is not valid HTTP. Retry seldom helps
 * @KEEL_TASK_ERROR_HTTP_STATUS: the server answered with an error status
 * @KEEL_TASK_ERROR_CONTENT_CHANGED: the file changed on the server
 * @KEEL_TASK_ERROR_CHECKSUM: the bytes are not the promised ones
 * @KEEL_TASK_ERROR_TOO_LARGE: larger than allowed here, or than the file system can hold
 * @KEEL_TASK_ERROR_NO_SPACE: the disk is full. The user can fix it
 * @KEEL_TASK_ERROR_DISK: the disk reported an error. The user must act
 * @KEEL_TASK_ERROR_DESTINATION: the folder cannot be reached or written. The user can fix it
 * @KEEL_TASK_ERROR_BAD_URI: the link is not valid. Never
 * @KEEL_TASK_ERROR_REDIRECT: the link leads in circles, or to where it must not. Never
 * @KEEL_TASK_ERROR_AUTH_REQUIRED: the server wants credentials. The user can fix it
 * @KEEL_TASK_ERROR_NEEDS_NEW_URL: the link has expired. The user can fix it
 * @KEEL_TASK_ERROR_UNSUPPORTED: the server wants something Keelboat does not do. Never
 * @KEEL_TASK_ERROR_LIMITS: a quota was reached. Retry helps later
 * @KEEL_TASK_ERROR_INTERNAL: a mistake of Keelboat's own
 *
 * Why a task failed, or why it is being tried again.
 */
typedef enum {
  KEEL_TASK_ERROR_DNS,
  KEEL_TASK_ERROR_CONNECT,
  KEEL_TASK_ERROR_TLS,
  KEEL_TASK_ERROR_TIMEOUT,
  KEEL_TASK_ERROR_TRUNCATED,
  KEEL_TASK_ERROR_PROTOCOL,
  KEEL_TASK_ERROR_HTTP_STATUS,
  KEEL_TASK_ERROR_CONTENT_CHANGED,
  KEEL_TASK_ERROR_CHECKSUM,
  KEEL_TASK_ERROR_TOO_LARGE,
  KEEL_TASK_ERROR_NO_SPACE,
  KEEL_TASK_ERROR_DISK,
  KEEL_TASK_ERROR_DESTINATION,
  KEEL_TASK_ERROR_BAD_URI,
  KEEL_TASK_ERROR_REDIRECT,
  KEEL_TASK_ERROR_AUTH_REQUIRED,
  KEEL_TASK_ERROR_NEEDS_NEW_URL,
  KEEL_TASK_ERROR_UNSUPPORTED,
  KEEL_TASK_ERROR_LIMITS,
  KEEL_TASK_ERROR_INTERNAL,
} KeelTaskError;

/**
 * KeelError:
 * @KEEL_ERROR_NOT_ALLOWED: the caller may not do this. Never
 * @KEEL_ERROR_NO_SUCH_SESSION: no session of that name is open for the caller
 * @KEEL_ERROR_NO_SUCH_TASK: no task of that number is visible to the caller
 * @KEEL_ERROR_INVALID_STATE: the task is in a state in which this makes no sense
 * @KEEL_ERROR_LIMITS_EXCEEDED: a quota is used up. Retry helps later
 * @KEEL_ERROR_BAD_URI: not a link that can be downloaded. Never
 * @KEEL_ERROR_BAD_DESTINATION: not a folder that can be written to
 * @KEEL_ERROR_INVALID_ARGUMENT: another argument is not valid. Never
 * @KEEL_ERROR_UNSUPPORTED: the service does not do this. Never
 * @KEEL_ERROR_BUSY: the service is occupied. Retry helps
 * @KEEL_ERROR_RESTARTING: the service is on its way out; the library repeats such calls itself
 * @KEEL_ERROR_STATE: the service cannot keep its records (database damaged, from a newer version,
 *   or on a full disk). The user must act
 * @KEEL_ERROR_UNREACHABLE: the service cannot be reached or started
 *
 * How a call to the service can fail.
 */
typedef enum {
  KEEL_ERROR_NOT_ALLOWED,
  KEEL_ERROR_NO_SUCH_SESSION,
  KEEL_ERROR_NO_SUCH_TASK,
  KEEL_ERROR_INVALID_STATE,
  KEEL_ERROR_LIMITS_EXCEEDED,
  KEEL_ERROR_BAD_URI,
  KEEL_ERROR_BAD_DESTINATION,
  KEEL_ERROR_INVALID_ARGUMENT,
  KEEL_ERROR_UNSUPPORTED,
  KEEL_ERROR_BUSY,
  KEEL_ERROR_RESTARTING,
  KEEL_ERROR_STATE,
  KEEL_ERROR_UNREACHABLE,
} KeelError;
