/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-view-private.h"

#include "keel-task-action.h"

/* The list by keyboard, and the context menu by key or pointer.
 *
 * Keys are looked at before GtkListView sees them, for two reasons. Space would select. And in GTK
 * 4.8 a row is focusable or the arrow keys stop at it; headings are therefore focusable, and are
 * stepped over here. Keys that a focused button inside a row understands are left to it. */

static KeelTask *
get_focused_task (KeelTaskView *self)
{
  GtkListItem *item = keel_task_view_get_focused (self);
  KeelTaskRow *row = item != NULL ? keel_task_view_get_row (item) : NULL;

  return row != NULL ? keel_task_row_get_task (row) : NULL;
}

static void
activate (KeelTaskView *self,
          const char   *action_name,
          KeelTask     *task)
{
  gtk_widget_activate_action (GTK_WIDGET (self), action_name, "t", keel_task_get_id (task));
}

/* Moves the focus over a heading; one step further is what GtkListView does by itself. */
static gboolean
step_over_heading (KeelTaskView *self,
                   int           step)
{
  GListModel *rows = keel_task_sections_get_rows (self->sections);
  GtkListItem *focused = keel_task_view_get_focused (self);
  guint position;
  g_autoptr (GObject) next = NULL;

  if (focused == NULL)
    return FALSE;

  position = gtk_list_item_get_position (focused) + (guint) step;
  next = g_list_model_get_item (rows, position);
  if (next == NULL || KEEL_IS_TASK (next))
    return FALSE;

  /* Above the first heading there is nothing; it is only brought back into view. */
  if (position == 0)
    gtk_widget_activate_action (GTK_WIDGET (self->list_view), "list.scroll-to-item", "u", 0u);
  else
    keel_task_view_focus_position (self, position + (guint) step);

  return TRUE;
}

/* Space: the one thing that can be done, if it is about going on or not. */
static gboolean
toggle (KeelTaskView *self)
{
  GtkListItem *item = keel_task_view_get_focused (self);
  KeelTaskRow *row = item != NULL ? keel_task_view_get_row (item) : NULL;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  KeelFacts facts;
  const char *action_name;

  if (row == NULL || gtk_root_get_focus (root) != gtk_widget_get_parent (GTK_WIDGET (row)))
    return FALSE;

  keel_task_row_read_facts (row, &facts);
  action_name = keel_task_action_for (&facts)->action_name;
  if (g_str_equal (action_name, "task.pause") || g_str_equal (action_name, "task.resume") ||
      g_str_equal (action_name, "task.retry"))
    activate (self, action_name, keel_task_row_get_task (row));
  else if (facts.state == KEEL_TASK_STATE_WAITING)
    activate (self, "task.pause", keel_task_row_get_task (row));

  return TRUE;
}

static gboolean
popup_at_focus (KeelTaskView *self)
{
  GtkListItem *item = keel_task_view_get_focused (self);
  KeelTaskRow *row = item != NULL ? keel_task_view_get_row (item) : NULL;
  graphene_point_t point = GRAPHENE_POINT_INIT (56, 36);

  if (row == NULL ||
      !gtk_widget_compute_point (GTK_WIDGET (row), GTK_WIDGET (self), &point, &point))
    return FALSE;

  keel_task_view_popup_menu (self, row, &point);

  return TRUE;
}

static gboolean
handle_plain_key (KeelTaskView *self,
                  guint         keyval)
{
  KeelTask *task;

  switch (keyval)
    {
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      return step_over_heading (self, -1);

    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      return step_over_heading (self, 1);

    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      gtk_widget_activate_action (GTK_WIDGET (self->list_view), "list.scroll-to-item", "u", 0u);
      return keel_task_view_focus_position (self, 1);

    case GDK_KEY_space:
    case GDK_KEY_KP_Space:
      return toggle (self);

    case GDK_KEY_Menu:
      return popup_at_focus (self);

    case GDK_KEY_Delete:
    case GDK_KEY_KP_Delete:
      task = get_focused_task (self);
      if (task != NULL)
        activate (self, "task.remove", task);
      return task != NULL;

    default:
      return FALSE;
    }
}

gboolean
keel_task_view_key_pressed_cb (KeelTaskView    *self,
                               guint            keyval,
                               guint            keycode,
                               GdkModifierType  state)
{
  KeelTask *task;

  switch (state & gtk_accelerator_get_default_mod_mask ())
    {
    case 0:
      return handle_plain_key (self, keyval);

    case GDK_SHIFT_MASK:
      return keyval == GDK_KEY_F10 && popup_at_focus (self);

    case GDK_CONTROL_MASK:
      task = keyval == GDK_KEY_c || keyval == GDK_KEY_C ? get_focused_task (self) : NULL;
      if (task != NULL)
        activate (self, "task.copy-link", task);
      return task != NULL;

    default:
      return FALSE;
    }
}

/* @point: in the coordinates of the list */
void
keel_task_view_popup_menu (KeelTaskView           *self,
                           KeelTaskRow            *row,
                           const graphene_point_t *point)
{
  KeelTask *task = keel_task_row_get_task (row);
  g_autoptr (GMenuModel) model = NULL;
  KeelFacts facts;

  keel_task_row_read_facts (row, &facts);
  model = keel_task_action_menu (&facts, keel_task_get_id (task),
                                 keel_task_get_file (task) != NULL ||
                                   keel_task_get_directory (task) != NULL);

  if (self->menu == NULL)
    {
      self->menu = gtk_popover_menu_new_from_model (NULL);
      gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
      gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
      gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
    }

  gtk_popover_menu_set_menu_model (GTK_POPOVER_MENU (self->menu), model);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu),
                               &(GdkRectangle) { (int) point->x, (int) point->y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}
