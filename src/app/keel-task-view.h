/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "keel-status.h"
#include "keel-task-sections.h"
#include "keel-task-selection.h"

G_BEGIN_DECLS

#define KEEL_TYPE_TASK_VIEW (keel_task_view_get_type ())
G_DECLARE_FINAL_TYPE (KeelTaskView, keel_task_view, KEEL, TASK_VIEW, AdwBin)

void      keel_task_view_set_sections (KeelTaskView     *self,
                                       KeelTaskSections *sections);
KeelTaskSelection *keel_task_view_get_selection (KeelTaskView *self);
guint64   keel_task_view_get_top      (KeelTaskView     *self);
void      keel_task_view_show_at_top  (KeelTaskView     *self,
                                       KeelTask         *task);
void      keel_task_view_set_width    (KeelTaskView     *self,
                                       KeelStatusWidth   width);
void      keel_task_view_refresh      (KeelTaskView     *self);
void      keel_task_view_expect       (KeelTaskView     *self,
                                       KeelTask         *task,
                                       KeelTaskState     state);
void      keel_task_view_expect_none  (KeelTaskView     *self,
                                       KeelTask         *task);
void      keel_task_view_focus_task   (KeelTaskView     *self,
                                       KeelTask         *task);
void      keel_task_view_focus_near   (KeelTaskView     *self,
                                       guint             position);
gboolean  keel_task_view_get_focused_position (KeelTaskView *self,
                                              KeelTask     *task,
                                              guint        *position);
GArray   *keel_task_view_dup_seen     (KeelTaskView     *self);

G_END_DECLS
