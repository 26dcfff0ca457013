/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <keel/keel.h>

G_BEGIN_DECLS

#define KEEL_TYPE_TASK_SELECTION (keel_task_selection_get_type ())
G_DECLARE_FINAL_TYPE (KeelTaskSelection, keel_task_selection, KEEL, TASK_SELECTION, GObject)

/* Signal "changed": other tasks are selected, or it is about to begin or end. */

KeelTaskSelection *keel_task_selection_new       (GListModel         *rows);

gboolean           keel_task_selection_is_on     (KeelTaskSelection  *self);
guint              keel_task_selection_get_count (KeelTaskSelection  *self);
gboolean           keel_task_selection_contains  (KeelTaskSelection  *self,
                                                  KeelTask           *task);
GPtrArray         *keel_task_selection_dup_tasks (KeelTaskSelection  *self);
void               keel_task_selection_toggle    (KeelTaskSelection  *self,
                                                  guint               position);
void               keel_task_selection_clear     (KeelTaskSelection  *self);

G_END_DECLS
