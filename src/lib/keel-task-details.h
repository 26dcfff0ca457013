/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(KEEL_INSIDE) && !defined(KEEL_COMPILATION)
#error "Only <keel/keel.h> can be included directly."
#endif

#include "keel-task.h"
#include "keel-types.h"

G_BEGIN_DECLS

#define KEEL_TYPE_TASK_DETAILS (keel_task_details_get_type ())
KEEL_EXTERN G_DECLARE_FINAL_TYPE (KeelTaskDetails, keel_task_details, KEEL, TASK_DETAILS, GObject)

KEEL_EXTERN GVariant   *keel_task_details_get_ranges        (KeelTaskDetails *self);
KEEL_EXTERN gint64      keel_task_details_get_total         (KeelTaskDetails *self);
KEEL_EXTERN GVariant   *keel_task_details_get_history       (KeelTaskDetails *self);
KEEL_EXTERN guint       keel_task_details_get_resumes       (KeelTaskDetails *self);
KEEL_EXTERN guint64     keel_task_details_get_resumed_bytes (KeelTaskDetails *self);
KEEL_EXTERN gint64      keel_task_details_get_running_time  (KeelTaskDetails *self);
KEEL_EXTERN const char *keel_task_details_get_server        (KeelTaskDetails *self);
KEEL_EXTERN const char *keel_task_details_get_http_version  (KeelTaskDetails *self);
KEEL_EXTERN const char *keel_task_details_get_etag          (KeelTaskDetails *self);
KEEL_EXTERN GDateTime  *keel_task_details_get_last_modified (KeelTaskDetails *self);

KEEL_EXTERN void             keel_task_get_details_async  (KeelTask             *self,
                                                           gboolean              with_history,
                                                           GCancellable         *cancellable,
                                                           GAsyncReadyCallback   callback,
                                                           gpointer              user_data);
KEEL_EXTERN KeelTaskDetails *keel_task_get_details_finish (KeelTask             *self,
                                                           GAsyncResult         *result,
                                                           GError              **error);

G_END_DECLS
