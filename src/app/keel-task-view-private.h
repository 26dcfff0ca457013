/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-task-view.h"
#include "keel-task-row.h"

G_BEGIN_DECLS

struct _KeelTaskView
{
  AdwBin            parent_instance;

  GtkListView      *list_view;
  GtkWidget        *menu;     /* parented to this, made when first needed */

  KeelTaskSections *sections; /* (owned) (nullable) */
  GPtrArray        *bound;    /* (owned), GtkListItem, those with a row on the screen */
  KeelTask         *left;     /* (owned) (nullable), had the focus when its row was taken away */
  KeelStatusWidth   width;
  guint             hold_source_id;
};

GtkListItem *keel_task_view_get_bound        (KeelTaskView *self,
                                              guint         position);
GtkListItem *keel_task_view_get_focused      (KeelTaskView *self);
GtkListItem *keel_task_view_get_at           (KeelTaskView *self,
                                              double        x,
                                              double        y);
GtkListItem *keel_task_view_get_around       (KeelTaskView *self,
                                              GtkWidget    *widget);
GtkWidget   *keel_task_view_get_widget       (GtkListItem  *item);
gboolean     keel_task_view_is_task_at       (KeelTaskView *self,
                                              guint         position);
KeelTaskRow *keel_task_view_get_row          (GtkListItem  *item);
gboolean     keel_task_view_focus_position   (KeelTaskView *self,
                                              guint         position);
void         keel_task_view_queue_hold       (KeelTaskView *self);

gboolean     keel_task_view_key_pressed_cb   (KeelTaskView    *self,
                                              guint            keyval,
                                              guint            keycode,
                                              GdkModifierType  state);
void         keel_task_view_popup_menu       (KeelTaskView          *self,
                                              KeelTaskRow           *row,
                                              const graphene_point_t *point);

G_END_DECLS
