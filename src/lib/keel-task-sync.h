/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keel-remote.h"

G_BEGIN_DECLS

#define KEEL_TASK_SYNC_WATCH_REPLY (G_VARIANT_TYPE ("(ut)"))
#define KEEL_TASK_SYNC_PAGE_REPLY (G_VARIANT_TYPE ("(taa{sv}a{sv})"))

#define KEEL_TYPE_TASK_SYNC (keel_task_sync_get_type ())
G_DECLARE_FINAL_TYPE (KeelTaskSync, keel_task_sync, KEEL, TASK_SYNC, GObject)

/* Rows, aa{sv}, are all tasks with ids above after and up to last, as new as generation. */
typedef void (*KeelTaskSyncPageFunc) (KeelTaskSync *sync,
                                      GVariant     *rows,
                                      guint64       generation,
                                      guint64       after,
                                      guint64       last,
                                      gpointer      user_data);

KeelTaskSync *keel_task_sync_new            (KeelRemote           *remote,
                                             KeelLinkCallMode      mode,
                                             gboolean              watch,
                                             const char *const    *fields,
                                             guint64               last_tick,
                                             KeelTaskSyncPageFunc  page_func,
                                             gpointer              user_data);
void          keel_task_sync_run_async      (KeelTaskSync         *self,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
gboolean      keel_task_sync_run_finish     (KeelTaskSync         *self,
                                             GAsyncResult         *result,
                                             GError              **error);

const char   *keel_task_sync_get_owner      (KeelTaskSync         *self);
guint64       keel_task_sync_get_generation (KeelTaskSync         *self);
guint         keel_task_sync_get_lease_msec (KeelTaskSync         *self);

GVariant     *keel_task_sync_create_fields  (const char *const    *fields);
GVariant     *keel_task_sync_create_watch   (const char *const    *fields,
                                             guint64               last_tick);

G_END_DECLS
