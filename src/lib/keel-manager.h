/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(KEEL_INSIDE) && !defined(KEEL_COMPILATION)
#error "Only <keel/keel.h> can be included directly."
#endif

#include "keel-enums.h"
#include "keel-types.h"

G_BEGIN_DECLS

#define KEEL_TYPE_MANAGER (keel_manager_get_type ())
KEEL_EXTERN G_DECLARE_FINAL_TYPE (KeelManager, keel_manager, KEEL, MANAGER, GObject)

/**
 * KeelManagerFlags:
 * @KEEL_MANAGER_SNAPSHOT: the tasks as they are now; they do not change by themselves
 * @KEEL_MANAGER_LIVE: follow the service from then on
 * @KEEL_MANAGER_NO_TASKS: no tasks, for programs that only give orders; opening does not start the
 *   service
 * @KEEL_MANAGER_BRIEF: of each task only what it takes to show how it goes: number, application,
 *   name, title, state with its reasons, error and numbers; everything else is as if it were not
 *   known. Cheaper, where many tasks change
 *
 * What a manager is opened for.
 */
typedef enum {
  KEEL_MANAGER_SNAPSHOT = 0,
  KEEL_MANAGER_LIVE     = 1 << 0,
  KEEL_MANAGER_NO_TASKS = 1 << 1,
  KEEL_MANAGER_BRIEF    = 1 << 2,
} KeelManagerFlags;

/**
 * KeelVerb:
 * @KEEL_VERB_PAUSE: stop after a checkpoint; nothing is lost
 * @KEEL_VERB_RESUME: go on
 * @KEEL_VERB_RETRY: try again now
 * @KEEL_VERB_CANCEL: stop and drop the partial data
 * @KEEL_VERB_REMOVE: take the task out of the list; a finished file stays
 *
 * What can be asked of a task.
 */
typedef enum {
  KEEL_VERB_PAUSE,
  KEEL_VERB_RESUME,
  KEEL_VERB_RETRY,
  KEEL_VERB_CANCEL,
  KEEL_VERB_REMOVE,
} KeelVerb;

/* A GListModel of KeelTask: every task of every application, in the order of their ids.
 * Property "connected": FALSE while the service is away (it is activated again by the next call,
 * or by itself unless it said that it was quitting on request).
 * Signals: "task-state-changed" (KeelTask): its state, wait reason or pause reason is another;
 * "task-rank-changed" (KeelTask): it runs earlier or later than others;
 * "quitting": the service was told to quit; "limits-changed" (GVariant a{sv}): by somebody. */

KEEL_EXTERN void         keel_manager_open_async          (KeelManagerFlags     flags,
                                                           GCancellable        *cancellable,
                                                           GAsyncReadyCallback  callback,
                                                           gpointer             user_data);
KEEL_EXTERN KeelManager *keel_manager_open_finish         (GAsyncResult        *result,
                                                           GError             **error);

KEEL_EXTERN gboolean     keel_manager_get_connected       (KeelManager         *self);
KEEL_EXTERN KeelTask    *keel_manager_get_task            (KeelManager         *self,
                                                           guint64              id);
KEEL_EXTERN void         keel_manager_reconnect           (KeelManager         *self);

KEEL_EXTERN void         keel_manager_fetch_tasks_async   (KeelManager         *self,
                                                           const guint64       *ids,
                                                           gsize                n_ids,
                                                           GCancellable        *cancellable,
                                                           GAsyncReadyCallback  callback,
                                                           gpointer             user_data);
KEEL_EXTERN GPtrArray   *keel_manager_fetch_tasks_finish  (KeelManager         *self,
                                                           GAsyncResult        *result,
                                                           GError             **error);

KEEL_EXTERN void         keel_manager_control_async       (KeelManager         *self,
                                                           KeelVerb             verb,
                                                           const guint64       *ids,
                                                           gsize                n_ids,
                                                           GCancellable        *cancellable,
                                                           GAsyncReadyCallback  callback,
                                                           gpointer             user_data);
KEEL_EXTERN void         keel_manager_control_all_async   (KeelManager         *self,
                                                           KeelVerb             verb,
                                                           GCancellable        *cancellable,
                                                           GAsyncReadyCallback  callback,
                                                           gpointer             user_data);
KEEL_EXTERN GVariant    *keel_manager_control_finish      (KeelManager         *self,
                                                           GAsyncResult        *result,
                                                           GError             **error);

KEEL_EXTERN void         keel_manager_get_status_async    (KeelManager         *self,
                                                           GCancellable        *cancellable,
                                                           GAsyncReadyCallback  callback,
                                                           gpointer             user_data);
KEEL_EXTERN GVariant    *keel_manager_get_status_finish   (KeelManager         *self,
                                                           GAsyncResult        *result,
                                                           GError             **error);
KEEL_EXTERN void         keel_manager_set_limits_async    (KeelManager         *self,
                                                           GVariant            *limits,
                                                           GCancellable        *cancellable,
                                                           GAsyncReadyCallback  callback,
                                                           gpointer             user_data);
KEEL_EXTERN gboolean     keel_manager_set_limits_finish   (KeelManager         *self,
                                                           GAsyncResult        *result,
                                                           GError             **error);
KEEL_EXTERN void         keel_manager_get_when_done_async (KeelManager         *self,
                                                           GCancellable        *cancellable,
                                                           GAsyncReadyCallback  callback,
                                                           gpointer             user_data);
KEEL_EXTERN GVariant    *keel_manager_get_when_done_finish (KeelManager         *self,
                                                           GAsyncResult        *result,
                                                           GError             **error);
KEEL_EXTERN void         keel_manager_set_when_done_async (KeelManager         *self,
                                                           const char          *action,
                                                           GCancellable        *cancellable,
                                                           GAsyncReadyCallback  callback,
                                                           gpointer             user_data);
KEEL_EXTERN gboolean     keel_manager_set_when_done_finish (KeelManager         *self,
                                                           GAsyncResult        *result,
                                                           GError             **error);
KEEL_EXTERN void         keel_manager_set_attention       (KeelManager         *self,
                                                           gboolean             focused,
                                                           const guint64       *seen,
                                                           gsize                n_seen);
KEEL_EXTERN void         keel_manager_quit_async          (KeelManager         *self,
                                                           GCancellable        *cancellable,
                                                           GAsyncReadyCallback  callback,
                                                           gpointer             user_data);
KEEL_EXTERN gboolean     keel_manager_quit_finish         (KeelManager         *self,
                                                           GAsyncResult        *result,
                                                           GError             **error);

G_END_DECLS
