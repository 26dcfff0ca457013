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
  KeelTask         *menu_task; /* (owned) (nullable), whose menu it is */

  KeelTaskSections *sections; /* (owned) (nullable) */
  KeelTaskSelection *selection; /* (owned) (nullable), with the sections */
  GPtrArray        *bound;    /* (owned), GtkListItem, those with a row on the screen */
  KeelTask         *left;     /* (owned) (nullable), had the focus when its row was taken away */
  guint             left_position; /* of that row */
  KeelStatusWidth   width;
  guint             hold_source_id;
  gboolean          is_sent_to_end; /* on the way to where the list was */
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
void         keel_task_view_extend_to        (KeelTaskView *self,
                                              guint         position);
void         keel_task_view_leave            (KeelTaskView *self,
                                              GtkListItem  *item);
void         keel_task_view_follow           (KeelTaskView *self);
void         keel_task_view_queue_hold       (KeelTaskView *self);

gboolean     keel_task_view_key_pressed_cb   (KeelTaskView    *self,
                                              guint            keyval,
                                              guint            keycode,
                                              GdkModifierType  state);
void         keel_task_view_popup_menu       (KeelTaskView          *self,
                                              KeelTaskRow           *row,
                                              const graphene_point_t *point);

GdkContentProvider *keel_task_view_drag_prepare_cb (GtkDragSource   *source,
                                                    double           x,
                                                    double           y,
                                                    KeelTaskView    *self);

G_END_DECLS
