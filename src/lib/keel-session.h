/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(KEEL_INSIDE) && !defined(KEEL_COMPILATION)
#error "Only <keel/keel.h> can be included directly."
#endif

#include "keel-enums.h"
#include "keel-types.h"

G_BEGIN_DECLS

#define KEEL_TYPE_SESSION (keel_session_get_type ())
KEEL_EXTERN G_DECLARE_FINAL_TYPE (KeelSession, keel_session, KEEL, SESSION, GObject)

/**
 * KeelSessionEnd:
 * @KEEL_SESSION_END_DETACH: nothing but that this program is not interested any more
 * @KEEL_SESSION_END_FINISH: the session takes nothing new; what it has goes on, and is told
 * @KEEL_SESSION_END_CANCEL: likewise, and what has not ended is cancelled
 *
 * How a session is closed.
 *
 * Since: 0.1
 */
typedef enum {
  KEEL_SESSION_END_DETACH,
  KEEL_SESSION_END_FINISH,
  KEEL_SESSION_END_CANCEL,
} KeelSessionEnd;

/* A GListModel of KeelTask, in the order of their ids. */

KEEL_EXTERN void         keel_session_open_async          (const char            *identifier,
                                                           GVariant              *config,
                                                           GCancellable          *cancellable,
                                                           GAsyncReadyCallback    callback,
                                                           gpointer               user_data);
KEEL_EXTERN KeelSession *keel_session_open_finish         (GAsyncResult          *result,
                                                           GError               **error);

KEEL_EXTERN const char  *keel_session_get_identifier      (KeelSession           *self);
KEEL_EXTERN const char  *keel_session_get_app             (KeelSession           *self);
KEEL_EXTERN KeelTask    *keel_session_get_task            (KeelSession           *self,
                                                           guint64                id);

KEEL_EXTERN void         keel_session_add_download_async  (KeelSession           *self,
                                                           KeelDownload          *download,
                                                           GCancellable          *cancellable,
                                                           GAsyncReadyCallback    callback,
                                                           gpointer               user_data);
KEEL_EXTERN KeelTask    *keel_session_add_download_finish (KeelSession           *self,
                                                           GAsyncResult          *result,
                                                           GError               **error);
KEEL_EXTERN void         keel_session_add_batch_async     (KeelSession           *self,
                                                           KeelDownload         **downloads,
                                                           gsize                  n_downloads,
                                                           GCancellable          *cancellable,
                                                           GAsyncReadyCallback    callback,
                                                           gpointer               user_data);
KEEL_EXTERN GPtrArray   *keel_session_add_batch_finish    (KeelSession           *self,
                                                           GAsyncResult          *result,
                                                           GError               **error);

KEEL_EXTERN KeelTaskGroup *keel_session_get_group         (KeelSession           *self,
                                                           const char            *name);

KEEL_EXTERN void         keel_session_configure_async     (KeelSession           *self,
                                                           GVariant              *config,
                                                           GCancellable          *cancellable,
                                                           GAsyncReadyCallback    callback,
                                                           gpointer               user_data);
KEEL_EXTERN gboolean     keel_session_configure_finish    (KeelSession           *self,
                                                           GAsyncResult          *result,
                                                           GError               **error);

KEEL_EXTERN void         keel_session_close               (KeelSession           *self);
KEEL_EXTERN void         keel_session_close_async         (KeelSession           *self,
                                                           KeelSessionEnd         how,
                                                           GCancellable          *cancellable,
                                                           GAsyncReadyCallback    callback,
                                                           gpointer               user_data);
KEEL_EXTERN gboolean     keel_session_close_finish        (KeelSession           *self,
                                                           GAsyncResult          *result,
                                                           GError               **error);

G_END_DECLS
