/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "keel-task-filter.h"

G_BEGIN_DECLS

#define KEEL_TYPE_TASK_SECTIONS (keel_task_sections_get_type ())
G_DECLARE_FINAL_TYPE (KeelTaskSections, keel_task_sections, KEEL, TASK_SECTIONS, GObject)

/* All tasks that run, together. */
typedef struct {
  guint64 rate_bps;
  guint64 received_bytes;
  gint64  left_bytes;     /* -1: not known of all */
} KeelTaskTotals;

/* Signals: "changed": the counts are others. "reranked" (KeelTask): it is where its rank wants it.
 */

KeelTaskSections *keel_task_sections_new            (GListModel        *tasks);

GListModel       *keel_task_sections_get_rows       (KeelTaskSections  *self);
guint             keel_task_sections_get_count      (KeelTaskSections  *self,
                                                     KeelTaskFilter     filter);
guint             keel_task_sections_count_state    (KeelTaskSections  *self,
                                                     KeelTaskState      state);
guint             keel_task_sections_count_waiting  (KeelTaskSections  *self,
                                                     KeelWaitReason     reason);
void              keel_task_sections_sum_active     (KeelTaskSections  *self,
                                                     KeelTaskTotals    *totals);
gboolean          keel_task_sections_is_hidden      (KeelTaskSections  *self,
                                                     KeelTask          *task);
gboolean          keel_task_sections_find           (KeelTaskSections  *self,
                                                     KeelTask          *task,
                                                     guint             *position);

void              keel_task_sections_set_filter     (KeelTaskSections  *self,
                                                     KeelTaskFilter     filter);
void              keel_task_sections_set_sort       (KeelTaskSections  *self,
                                                     KeelTaskSort       sort);
void              keel_task_sections_set_search     (KeelTaskSections  *self,
                                                     const char        *search);
void              keel_task_sections_set_hidden     (KeelTaskSections  *self,
                                                     GPtrArray         *tasks,
                                                     gboolean           hidden);
void              keel_task_sections_hold           (KeelTaskSections  *self,
                                                     KeelTask          *task);
void              keel_task_sections_refile         (KeelTaskSections  *self,
                                                     KeelTask          *task);
void              keel_task_sections_rerank         (KeelTaskSections  *self,
                                                     KeelTask          *task);
void              keel_task_sections_log_speed      (KeelTaskSections  *self,
                                                     gint64             now_usec);

G_END_DECLS
