/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <keel/keel.h>

#include "keel-status.h"

G_BEGIN_DECLS

#define KEEL_TYPE_TASK_ROW (keel_task_row_get_type ())
G_DECLARE_FINAL_TYPE (KeelTaskRow, keel_task_row, KEEL, TASK_ROW, GtkWidget)

GtkWidget *keel_task_row_new         (void);

KeelTask  *keel_task_row_get_task    (KeelTaskRow     *self);
void       keel_task_row_set_task    (KeelTaskRow     *self,
                                      KeelTask        *task);
void       keel_task_row_set_width   (KeelTaskRow     *self,
                                      KeelStatusWidth  width);
void       keel_task_row_set_edges   (KeelTaskRow     *self,
                                      gboolean         is_first,
                                      gboolean         is_last);
void       keel_task_row_set_tick    (KeelTaskRow     *self,
                                      gboolean         has_tick,
                                      gboolean         is_ticked);
void       keel_task_row_expect      (KeelTaskRow     *self,
                                      KeelTaskState    state);
void       keel_task_row_expect_none (KeelTaskRow     *self);
void       keel_task_row_refresh     (KeelTaskRow     *self);
void       keel_task_row_read_facts  (KeelTaskRow     *self,
                                      KeelFacts       *facts);

G_END_DECLS
