/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "keel-status.h"
#include "keel-task-sections.h"

G_BEGIN_DECLS

#define KEEL_TYPE_TASK_VIEW (keel_task_view_get_type ())
G_DECLARE_FINAL_TYPE (KeelTaskView, keel_task_view, KEEL, TASK_VIEW, AdwBin)

void      keel_task_view_set_sections (KeelTaskView     *self,
                                       KeelTaskSections *sections);
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
