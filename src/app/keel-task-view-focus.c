/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-view-private.h"

/* Which row has the focus, and which one stays where it is.
 *
 * A row that is under the pointer, or has the keyboard's focus, is held at its place: it does not
 * jump away from somebody who is about to click it. Which one that is is worked out when the main
 * loop is idle, never while the list is changing its rows. A row that is moved nevertheless takes
 * the focus along. */

GtkListItem *
keel_task_view_get_bound (KeelTaskView *self,
                          guint         position)
{
  for (guint i = 0; i < self->bound->len; i++)
    {
      GtkListItem *item = g_ptr_array_index (self->bound, i);

      if (gtk_list_item_get_position (item) == position)
        return item;
    }

  return NULL;
}

/* Returns: (nullable): the bound item around @widget */
GtkListItem *
keel_task_view_get_around (KeelTaskView *self,
                           GtkWidget    *widget)
{
  if (widget == NULL)
    return NULL;

  for (guint i = 0; i < self->bound->len; i++)
    {
      GtkListItem *item = g_ptr_array_index (self->bound, i);
      GtkWidget *parent = keel_task_view_get_widget (item);

      if (parent != NULL && (widget == parent || gtk_widget_is_ancestor (widget, parent)))
        return item;
    }

  return NULL;
}

/* Returns: (nullable): the item that has the focus, or one of whose buttons has */
GtkListItem *
keel_task_view_get_focused (KeelTaskView *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  return root != NULL ? keel_task_view_get_around (self, gtk_root_get_focus (root)) : NULL;
}

/* Returns: (transfer none) (nullable): the task that must not move now */
static KeelTask *
get_task_to_hold (KeelTaskView *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkListItem *focused;
  KeelTaskRow *row;

  for (guint i = 0; i < self->bound->len; i++)
    {
      row = keel_task_view_get_row (g_ptr_array_index (self->bound, i));
      if (row != NULL &&
          (gtk_widget_get_state_flags (GTK_WIDGET (row)) & GTK_STATE_FLAG_PRELIGHT) != 0)
        return keel_task_row_get_task (row);
    }

  if (!GTK_IS_WINDOW (root) || !gtk_window_get_focus_visible (GTK_WINDOW (root)) ||
      !gtk_window_is_active (GTK_WINDOW (root)))
    return NULL;

  focused = keel_task_view_get_focused (self);
  row = focused != NULL ? keel_task_view_get_row (focused) : NULL;

  return row != NULL ? keel_task_row_get_task (row) : NULL;
}

/* A heading can be focused, or GTK would not go past it, but there is nothing to do on it. */
static void
leave_heading (KeelTaskView *self)
{
  GtkListItem *focused = keel_task_view_get_focused (self);

  if (focused != NULL && keel_task_view_get_row (focused) == NULL)
    keel_task_view_focus_position (self, gtk_list_item_get_position (focused) + 1);
}

/* The row of @item is about to be taken away, or to get another task, and has the focus. */
void
keel_task_view_leave (KeelTaskView *self,
                      GtkListItem  *item)
{
  g_set_object (&self->left, keel_task_row_get_task (keel_task_view_get_row (item)));
  self->left_position = gtk_list_item_get_position (item);
}

static GtkListItem *
get_bound_to (KeelTaskView *self,
              KeelTask     *task)
{
  for (guint i = 0; i < self->bound->len; i++)
    {
      GtkListItem *item = g_ptr_array_index (self->bound, i);

      if (gtk_list_item_get_item (item) == (gpointer) task)
        return item;
    }

  return NULL;
}

/* Gives the focus back to the task whose row had it, as soon as that is in the list again. Until
 * the end of the next frame GTK would leave it at what is not in the window any more, and lose
 * every key that is pressed meanwhile, shortcuts too; with the focus nowhere the window has them.
 */
void
keel_task_view_follow (KeelTaskView *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  GtkListItem *focused = keel_task_view_get_focused (self);
  gboolean is_lost = focus == NULL || gtk_widget_get_root (focus) != root;
  GtkListItem *item;

  if (self->left == NULL)
    return;

  /* Who has gone elsewhere meanwhile, as to the search, stays there. */
  if (root == NULL || (!is_lost && focused == NULL))
    {
      g_clear_object (&self->left);
      return;
    }

  item = get_bound_to (self, self->left);
  if (item != NULL)
    {
      g_clear_object (&self->left);
      if (item != focused)
        gtk_widget_grab_focus (keel_task_view_get_widget (item));
    }
  else if (is_lost)
    gtk_root_set_focus (root, NULL);
}

/* A row that was moved takes the focus along; one that has gone, or is out of sight now, leaves it
 * to its neighbour. */
static void
restore_focus (KeelTaskView *self)
{
  keel_task_view_follow (self);
  if (self->left == NULL)
    return;

  g_clear_object (&self->left);
  if (keel_task_view_get_focused (self) == NULL)
    keel_task_view_focus_near (self, self->left_position);
}

static gboolean
hold_cb (gpointer user_data)
{
  KeelTaskView *self = user_data;

  self->hold_source_id = 0;
  if (self->sections == NULL)
    return G_SOURCE_REMOVE;

  restore_focus (self);
  leave_heading (self);
  keel_task_sections_hold (self->sections, get_task_to_hold (self));

  return G_SOURCE_REMOVE;
}

void
keel_task_view_queue_hold (KeelTaskView *self)
{
  if (self->hold_source_id == 0)
    self->hold_source_id = g_idle_add (hold_cb, self);
}

static gboolean
grab_focus (KeelTaskView *self,
            guint         position)
{
  GtkListItem *item;

  gtk_widget_activate_action (GTK_WIDGET (self->list_view), "list.scroll-to-item", "u", position);
  item = keel_task_view_get_bound (self, position);

  return item != NULL && keel_task_view_get_widget (item) != NULL &&
         gtk_widget_grab_focus (keel_task_view_get_widget (item));
}

/* Returns: whether the row at @position has the focus now; what is selected with Shift from now on
 * begins there */
gboolean
keel_task_view_focus_position (KeelTaskView *self,
                               guint         position)
{
  if (!grab_focus (self, position))
    return FALSE;

  /* Nothing is selected by that: see KeelTaskSelection. */
  gtk_widget_activate_action (GTK_WIDGET (self->list_view), "list.select-item", "(ubb)", position,
                              FALSE, FALSE);

  return TRUE;
}

/* Selects up to @position, which has the focus then. */
void
keel_task_view_extend_to (KeelTaskView *self,
                          guint         position)
{
  if (grab_focus (self, position))
    gtk_widget_activate_action (GTK_WIDGET (self->list_view), "list.select-item", "(ubb)", position,
                                FALSE, TRUE);
}

static gboolean
focus_task_cb (GtkWidget     *widget,
               GdkFrameClock *clock,
               gpointer       user_data)
{
  KeelTaskView *self = KEEL_TASK_VIEW (widget);

  if (self->sections != NULL && gtk_widget_get_height (GTK_WIDGET (self->list_view)) == 0)
    return G_SOURCE_CONTINUE;

  keel_task_view_focus_task (self, user_data);

  return G_SOURCE_REMOVE;
}

/* Before the list has a height it cannot be scrolled to where @task is: in a window that has just
 * been opened it waits for that. */
void
keel_task_view_focus_task (KeelTaskView *self,
                           KeelTask     *task)
{
  guint position;

  if (self->sections == NULL)
    return;

  if (gtk_widget_get_height (GTK_WIDGET (self->list_view)) == 0)
    gtk_widget_add_tick_callback (GTK_WIDGET (self), focus_task_cb, g_object_ref (task),
                                  g_object_unref);
  else if (keel_task_sections_find (self->sections, task, &position))
    keel_task_view_focus_position (self, position);
}

/* Whether @task has the focus, and where. */
gboolean
keel_task_view_get_focused_position (KeelTaskView *self,
                                     KeelTask     *task,
                                     guint        *position)
{
  GtkListItem *item = keel_task_view_get_focused (self);

  if (item == NULL || gtk_list_item_get_item (item) != (gpointer) task)
    return FALSE;

  *position = gtk_list_item_get_position (item);

  return TRUE;
}

/* Focuses the task at @position, or the nearest one, after what was there has gone. */
void
keel_task_view_focus_near (KeelTaskView *self,
                           guint         position)
{
  guint n = g_list_model_get_n_items (keel_task_sections_get_rows (self->sections));

  for (guint distance = 0; distance <= n; distance++)
    {
      if (position + distance < n && keel_task_view_is_task_at (self, position + distance))
        {
          keel_task_view_focus_position (self, position + distance);
          return;
        }
      if (distance <= position && position - distance < n &&
          keel_task_view_is_task_at (self, position - distance))
        {
          keel_task_view_focus_position (self, position - distance);
          return;
        }
    }
}
