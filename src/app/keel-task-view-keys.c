/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-view-private.h"

#include "keel-selection-bar.h"
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

/* Moves the focus over a heading, with what is selected on the way if @extend; one step further is
 * what GtkListView does by itself. */
static gboolean
step_over_heading (KeelTaskView *self,
                   int           step,
                   gboolean      extend)
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
  else if (extend)
    keel_task_view_extend_to (self, position + (guint) step);
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

  if (row != NULL && gtk_widget_get_direction (GTK_WIDGET (row)) == GTK_TEXT_DIR_RTL)
    point.x = (float) gtk_widget_get_width (GTK_WIDGET (row)) - point.x;
  if (row == NULL ||
      !gtk_widget_compute_point (GTK_WIDGET (row), GTK_WIDGET (self), &point, &point))
    return FALSE;

  keel_task_view_popup_menu (self, row, &point);

  return TRUE;
}

/* While there are ticks, the keys are about them. */
static gboolean
handle_selection_key (KeelTaskView *self,
                      guint         keyval)
{
  GtkListItem *item = keel_task_view_get_focused (self);

  if (!keel_task_selection_is_on (self->selection))
    return FALSE;

  switch (keyval)
    {
    case GDK_KEY_space:
    case GDK_KEY_KP_Space:
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
      if (item != NULL)
        keel_task_selection_toggle (self->selection, gtk_list_item_get_position (item));
      return TRUE;

    case GDK_KEY_Delete:
    case GDK_KEY_KP_Delete:
      return gtk_widget_activate_action (GTK_WIDGET (self), "selection.remove", NULL);

    default:
      return FALSE;
    }
}

static gboolean
show_details (KeelTaskView *self)
{
  KeelTask *task = get_focused_task (self);

  if (task != NULL)
    activate (self, "task.show-details", task);

  return task != NULL;
}

static gboolean
handle_plain_key (KeelTaskView *self,
                  guint         keyval)
{
  KeelTask *task;

  if (handle_selection_key (self, keyval))
    return TRUE;

  switch (keyval)
    {
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      return step_over_heading (self, -1, FALSE);

    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      return step_over_heading (self, 1, FALSE);

    case GDK_KEY_F9:
      return show_details (self);

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

static gboolean
handle_shift_key (KeelTaskView *self,
                  guint         keyval)
{
  switch (keyval)
    {
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      return step_over_heading (self, -1, TRUE);

    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      return step_over_heading (self, 1, TRUE);

    case GDK_KEY_F10:
      return popup_at_focus (self);

    default:
      return FALSE;
    }
}

static gboolean
copy (KeelTaskView *self)
{
  KeelTask *task = get_focused_task (self);

  if (keel_task_selection_is_on (self->selection))
    return gtk_widget_activate_action (GTK_WIDGET (self), "selection.copy-links", NULL);

  if (task != NULL)
    activate (self, "task.copy-link", task);

  return task != NULL;
}

gboolean
keel_task_view_key_pressed_cb (KeelTaskView    *self,
                               guint            keyval,
                               guint            keycode,
                               GdkModifierType  state)
{
  switch (state & gtk_accelerator_get_default_mod_mask ())
    {
    case 0:
      return handle_plain_key (self, keyval);

    case GDK_SHIFT_MASK:
      return handle_shift_key (self, keyval);

    case GDK_CONTROL_MASK:
      return (keyval == GDK_KEY_c || keyval == GDK_KEY_C) && copy (self);

    case GDK_ALT_MASK:
      return (keyval == GDK_KEY_Return || keyval == GDK_KEY_KP_Enter) && show_details (self);

    default:
      return FALSE;
    }
}

/* While there are ticks the menu is about them, and the row that it was asked of is one of them. */
static GMenuModel *
dup_menu_of_selection (KeelTaskView *self,
                       KeelTask     *task)
{
  g_autoptr (GPtrArray) tasks = NULL;
  guint position;

  if (keel_task_sections_find (self->sections, task, &position))
    gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), position, FALSE);
  tasks = keel_task_selection_dup_tasks (self->selection);

  return keel_selection_bar_menu (tasks);
}

static GMenuModel *
dup_menu_of_row (KeelTaskRow *row)
{
  KeelTask *task = keel_task_row_get_task (row);
  KeelFacts facts;

  keel_task_row_read_facts (row, &facts);

  return keel_task_action_menu (&facts, keel_task_get_id (task),
                                keel_task_get_file (task) != NULL ||
                                  keel_task_get_directory (task) != NULL,
                                KEEL_TASK_MENU_LIST);
}

/* Left alone, the focus would go to the first thing in the window. What was chosen is done later,
 * and may move it on. */
static void
menu_closed_cb (KeelTaskView *self)
{
  g_autoptr (KeelTask) task = g_steal_pointer (&self->menu_task);

  if (task != NULL)
    keel_task_view_focus_task (self, task);
}

/* @point: in the coordinates of the list */
void
keel_task_view_popup_menu (KeelTaskView           *self,
                           KeelTaskRow            *row,
                           const graphene_point_t *point)
{
  g_autoptr (GMenuModel) model = NULL;
  gboolean is_rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;

  if (keel_task_selection_is_on (self->selection))
    model = dup_menu_of_selection (self, keel_task_row_get_task (row));
  else
    model = dup_menu_of_row (row);

  if (self->menu == NULL)
    {
      self->menu = gtk_popover_menu_new_from_model (NULL);
      gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
      /* A popover does not mirror this by itself. */
      gtk_widget_set_halign (self->menu, is_rtl ? GTK_ALIGN_END : GTK_ALIGN_START);
      gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
      g_signal_connect_swapped (self->menu, "closed", G_CALLBACK (menu_closed_cb), self);
    }
  g_set_object (&self->menu_task, keel_task_row_get_task (row));

  gtk_popover_menu_set_menu_model (GTK_POPOVER_MENU (self->menu), model);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu),
                               &(GdkRectangle) { (int) point->x, (int) point->y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}
