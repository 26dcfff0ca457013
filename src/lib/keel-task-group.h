/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(KEEL_INSIDE) && !defined(KEEL_COMPILATION)
#error "Only <keel/keel.h> can be included directly."
#endif

#include "keel-types.h"

G_BEGIN_DECLS

#define KEEL_TYPE_TASK_GROUP (keel_task_group_get_type ())
KEEL_EXTERN G_DECLARE_FINAL_TYPE (KeelTaskGroup, keel_task_group, KEEL, TASK_GROUP, GObject)

KEEL_EXTERN const char *keel_task_group_get_name     (KeelTaskGroup *self);
KEEL_EXTERN guint       keel_task_group_get_n_tasks  (KeelTaskGroup *self);
KEEL_EXTERN guint       keel_task_group_get_n_ended  (KeelTaskGroup *self);
KEEL_EXTERN guint64     keel_task_group_get_received (KeelTaskGroup *self);
KEEL_EXTERN gint64      keel_task_group_get_total    (KeelTaskGroup *self);
KEEL_EXTERN double      keel_task_group_get_fraction (KeelTaskGroup *self);

G_END_DECLS
