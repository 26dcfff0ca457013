/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "keel-task-filter.h"

G_BEGIN_DECLS

#define KEEL_TYPE_TASK_SECTION (keel_task_section_get_type ())
G_DECLARE_FINAL_TYPE (KeelTaskSection, keel_task_section, KEEL, TASK_SECTION, GObject)

KeelTaskSection *keel_task_section_new       (KeelTaskFilter    group,
                                              guint             day,
                                              GtkFilter        *search);

KeelTaskFilter   keel_task_section_get_group (KeelTaskSection  *self);
guint            keel_task_section_get_day   (KeelTaskSection  *self);
GListModel      *keel_task_section_get_tasks (KeelTaskSection  *self);
gboolean         keel_task_section_is_empty  (KeelTaskSection  *self);
char            *keel_task_section_dup_title (KeelTaskSection  *self,
                                              GDateTime        *now);

void             keel_task_section_set_sort  (KeelTaskSection  *self,
                                              KeelTaskSort      sort);
void             keel_task_section_add       (KeelTaskSection  *self,
                                              GPtrArray        *tasks);
void             keel_task_section_remove    (KeelTaskSection  *self,
                                              GPtrArray        *tasks);
void             keel_task_section_put_right (KeelTaskSection  *self,
                                              GPtrArray        *tasks);
guint            keel_task_section_day_for   (KeelTask         *task);

G_END_DECLS
