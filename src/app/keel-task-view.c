/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-view-private.h"

#include "keel-task-section.h"

/* The list of downloads: a GtkListView over the rows of a KeelTaskSections, where headings and
 * tasks are rows of the same model. Keys and the context menu are in
 * keel-task-view-keys.c, who has the focus in keel-task-view-focus.c, what is dragged out of it in
 * keel-task-view-drag.c.
 *
 * Only rows on the screen are bound, and only they are told of time and width. */

G_DEFINE_FINAL_TYPE (KeelTaskView, keel_task_view, ADW_TYPE_BIN)

/* Returns: (nullable): the row of a bound task; NULL for a heading */
KeelTaskRow *
keel_task_view_get_row (GtkListItem *item)
{
  GtkWidget *child = gtk_list_item_get_child (item);

  return KEEL_IS_TASK_ROW (child) ? KEEL_TASK_ROW (child) : NULL;
}

/* Returns: (nullable): the list's own widget around a row or heading; it has the focus */
GtkWidget *
keel_task_view_get_widget (GtkListItem *item)
{
  GtkWidget *child = gtk_list_item_get_child (item);

  return child != NULL ? gtk_widget_get_parent (child) : NULL;
}

GtkListItem *
keel_task_view_get_at (KeelTaskView *self,
                       double        x,
                       double        y)
{
  return keel_task_view_get_around (self, gtk_widget_pick (GTK_WIDGET (self->list_view), x, y,
                                                           GTK_PICK_DEFAULT));
}

static void
row_state_flags_changed_cb (KeelTaskView  *self,
                            GtkStateFlags  former,
                            GtkWidget     *row)
{
  if (((former ^ gtk_widget_get_state_flags (row)) & GTK_STATE_FLAG_PRELIGHT) != 0)
    keel_task_view_queue_hold (self);
}

/* Whether there is a row at @position, and not a heading. */
gboolean
keel_task_view_is_task_at (KeelTaskView *self,
                           guint         position)
{
  GListModel *rows = keel_task_sections_get_rows (self->sections);
  g_autoptr (GObject) item = g_list_model_get_item (rows, position);

  return KEEL_IS_TASK (item);
}

static void
update_edges (KeelTaskView *self,
              GtkListItem  *item)
{
  guint position = gtk_list_item_get_position (item);
  KeelTaskRow *row = keel_task_view_get_row (item);

  if (row != NULL)
    keel_task_row_set_edges (row, position == 0 || !keel_task_view_is_task_at (self, position - 1),
                             !keel_task_view_is_task_at (self, position + 1));
}

static void
rows_changed_cb (KeelTaskView *self)
{
  for (guint i = 0; i < self->bound->len; i++)
    update_edges (self, g_ptr_array_index (self->bound, i));
  keel_task_view_follow (self);
}

static void
update_tick (KeelTaskView *self,
             GtkListItem  *item)
{
  KeelTaskRow *row = keel_task_view_get_row (item);

  if (row != NULL)
    keel_task_row_set_tick (row, keel_task_selection_is_on (self->selection),
                            keel_task_selection_contains (self->selection,
                                                          keel_task_row_get_task (row)));
}

static void
selection_changed_cb (KeelTaskView *self)
{
  for (guint i = 0; i < self->bound->len; i++)
    update_tick (self, g_ptr_array_index (self->bound, i));
}

static void
update_heading (GtkListItem *item)
{
  KeelTaskSection *section = KEEL_TASK_SECTION (gtk_list_item_get_item (item));
  GtkWidget *label = gtk_list_item_get_child (item);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *title = keel_task_section_dup_title (section, now);

  gtk_label_set_label (GTK_LABEL (label), title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (label)),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
}

static void
bind_heading (GtkListItem *item)
{
  if (!GTK_IS_LABEL (gtk_list_item_get_child (item)))
    {
      GtkWidget *label = gtk_label_new (NULL);

      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_widget_add_css_class (label, "heading");
      gtk_widget_add_css_class (label, "group");
      gtk_list_item_set_child (item, label);
    }

  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_selectable (item, FALSE);
  update_heading (item);
}

static void
bind_task (KeelTaskView *self,
           GtkListItem  *item)
{
  if (keel_task_view_get_row (item) == NULL)
    {
      GtkWidget *row = keel_task_row_new ();

      g_signal_connect_object (row, "state-flags-changed", G_CALLBACK (row_state_flags_changed_cb),
                               self, G_CONNECT_SWAPPED);
      gtk_list_item_set_child (item, row);
    }

  gtk_list_item_set_activatable (item, TRUE);
  gtk_list_item_set_selectable (item, TRUE);
  keel_task_row_set_width (keel_task_view_get_row (item), self->width);
  keel_task_row_set_task (keel_task_view_get_row (item), gtk_list_item_get_item (item));
  update_edges (self, item);
  update_tick (self, item);
}

static void
keel_task_view_bind_cb (KeelTaskView *self,
                        GtkListItem  *item)
{
  g_ptr_array_add (self->bound, item);
  if (KEEL_IS_TASK_SECTION (gtk_list_item_get_item (item)))
    bind_heading (item);
  else
    bind_task (self, item);
}

static void
keel_task_view_unbind_cb (KeelTaskView *self,
                          GtkListItem  *item)
{
  KeelTaskRow *row = keel_task_view_get_row (item);

  if (row != NULL && keel_task_view_get_focused (self) == item)
    keel_task_view_leave (self, item);

  g_ptr_array_remove_fast (self->bound, item);
  if (row != NULL)
    keel_task_row_set_task (row, NULL);
  keel_task_view_queue_hold (self);
}

static void
keel_task_view_activate_cb (KeelTaskView *self,
                            guint         position)
{
  g_autoptr (GObject) item = NULL;

  item = g_list_model_get_item (keel_task_sections_get_rows (self->sections), position);
  if (!KEEL_IS_TASK (item))
    return;

  if (keel_task_selection_is_on (self->selection))
    return;

  if (keel_task_get_state (KEEL_TASK (item)) == KEEL_TASK_STATE_FINISHED)
    gtk_widget_activate_action (GTK_WIDGET (self), "task.open", "t",
                                keel_task_get_id (KEEL_TASK (item)));
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "task.show-details", "t",
                                keel_task_get_id (KEEL_TASK (item)));
}

/* While there are ticks, a plain click on a row is for its tick. */
static void
keel_task_view_released_cb (GtkGestureClick *gesture,
                            int              n_press,
                            double           x,
                            double           y,
                            KeelTaskView    *self)
{
  GtkEventController *controller = GTK_EVENT_CONTROLLER (gesture);
  GdkModifierType state = gtk_event_controller_get_current_event_state (controller);
  GtkListItem *item = keel_task_view_get_at (self, x, y);

  if (item == NULL || keel_task_view_get_row (item) == NULL ||
      (state & (GDK_CONTROL_MASK | GDK_SHIFT_MASK)) != 0 ||
      !keel_task_selection_is_on (self->selection))
    return;

  keel_task_selection_toggle (self->selection, gtk_list_item_get_position (item));
}

static void
popup_at (KeelTaskView *self,
          double        x,
          double        y)
{
  GtkListItem *item = keel_task_view_get_at (self, x, y);
  KeelTaskRow *row = item != NULL ? keel_task_view_get_row (item) : NULL;
  graphene_point_t point = GRAPHENE_POINT_INIT ((float) x, (float) y);

  if (row != NULL &&
      gtk_widget_compute_point (GTK_WIDGET (self->list_view), GTK_WIDGET (self), &point, &point))
    keel_task_view_popup_menu (self, row, &point);
}

static void
keel_task_view_right_pressed_cb (GtkGestureClick *gesture,
                                 int              n_press,
                                 double           x,
                                 double           y,
                                 KeelTaskView    *self)
{
  popup_at (self, x, y);
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
keel_task_view_long_pressed_cb (GtkGestureLongPress *gesture,
                                double               x,
                                double               y,
                                KeelTaskView        *self)
{
  popup_at (self, x, y);
}

static void
keel_task_view_root (GtkWidget *widget)
{
  GtkRoot *root;

  GTK_WIDGET_CLASS (keel_task_view_parent_class)->root (widget);

  root = gtk_widget_get_root (widget);
  if (!GTK_IS_WINDOW (root))
    return;

  g_signal_connect_object (root, "notify::focus-widget", G_CALLBACK (keel_task_view_queue_hold),
                           widget, G_CONNECT_SWAPPED);
  g_signal_connect_object (root, "notify::focus-visible", G_CALLBACK (keel_task_view_queue_hold),
                           widget, G_CONNECT_SWAPPED);
  g_signal_connect_object (root, "notify::is-active", G_CALLBACK (keel_task_view_queue_hold),
                           widget, G_CONNECT_SWAPPED);
}

static void
keel_task_view_unroot (GtkWidget *widget)
{
  g_signal_handlers_disconnect_by_func (gtk_widget_get_root (widget), keel_task_view_queue_hold,
                                        widget);

  GTK_WIDGET_CLASS (keel_task_view_parent_class)->unroot (widget);
}

static void
keel_task_view_dispose (GObject *object)
{
  KeelTaskView *self = KEEL_TASK_VIEW (object);

  keel_task_view_set_sections (self, NULL);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  g_clear_handle_id (&self->hold_source_id, g_source_remove);
  g_clear_object (&self->left);
  g_clear_object (&self->menu_task);

  G_OBJECT_CLASS (keel_task_view_parent_class)->dispose (object);
}

static void
keel_task_view_finalize (GObject *object)
{
  KeelTaskView *self = KEEL_TASK_VIEW (object);

  g_clear_pointer (&self->bound, g_ptr_array_unref);

  G_OBJECT_CLASS (keel_task_view_parent_class)->finalize (object);
}

static void
keel_task_view_class_init (KeelTaskViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = keel_task_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = keel_task_view_finalize;
  widget_class->root = keel_task_view_root;
  widget_class->unroot = keel_task_view_unroot;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-task-view.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelTaskView, list_view);
  gtk_widget_class_bind_template_callback (widget_class, keel_task_view_bind_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_task_view_unbind_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_task_view_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_task_view_key_pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_task_view_released_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_task_view_right_pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_task_view_long_pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_task_view_drag_prepare_cb);
}

static void
keel_task_view_init (KeelTaskView *self)
{
  self->bound = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
keel_task_view_set_sections (KeelTaskView     *self,
                             KeelTaskSections *sections)
{
  if (self->sections == sections)
    return;

  if (self->sections != NULL)
    {
      gtk_list_view_set_model (self->list_view, NULL);
      g_signal_handlers_disconnect_by_data (self->selection, self);
      g_clear_object (&self->selection);
      g_clear_object (&self->sections);
    }
  if (sections == NULL)
    return;

  self->sections = g_object_ref (sections);
  self->selection = keel_task_selection_new (keel_task_sections_get_rows (sections));
  gtk_list_view_set_model (self->list_view, GTK_SELECTION_MODEL (self->selection));
  /* After the list has given its items their new positions. */
  g_signal_connect_object (self->selection, "items-changed", G_CALLBACK (rows_changed_cb), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (self->selection, "changed", G_CALLBACK (selection_changed_cb), self,
                           G_CONNECT_SWAPPED);
}

/* Returns: (transfer none) (nullable): what is selected, as long as there are sections */
KeelTaskSelection *
keel_task_view_get_selection (KeelTaskView *self)
{
  return self->selection;
}

void
keel_task_view_set_width (KeelTaskView    *self,
                          KeelStatusWidth  width)
{
  self->width = width;
  for (guint i = 0; i < self->bound->len; i++)
    {
      KeelTaskRow *row = keel_task_view_get_row (g_ptr_array_index (self->bound, i));

      if (row != NULL)
        keel_task_row_set_width (row, width);
    }
}

/* Returns: id of the first download that is to be seen whole, 0: none */
guint64
keel_task_view_get_top (KeelTaskView *self)
{
  guint first = GTK_INVALID_LIST_POSITION;
  guint64 id = 0;

  for (guint i = 0; i < self->bound->len; i++)
    {
      GtkListItem *item = g_ptr_array_index (self->bound, i);
      KeelTaskRow *row = keel_task_view_get_row (item);
      graphene_point_t corner = GRAPHENE_POINT_INIT (0, 0);

      /* GTK keeps some rows that are far away. */
      if (row != NULL && gtk_widget_get_mapped (GTK_WIDGET (row)) &&
          gtk_list_item_get_position (item) < first &&
          gtk_widget_compute_point (GTK_WIDGET (row), GTK_WIDGET (self), &corner, &corner) &&
          corner.y >= 0)
        {
          first = gtk_list_item_get_position (item);
          id = keel_task_get_id (keel_task_row_get_task (row));
        }
    }

  return id;
}

/* Before the list has a height it cannot be scrolled. It scrolls as little as it can, so it is sent
 * to its end first: coming from there, it stops with the row at the top. Each takes a frame. */
static gboolean
show_at_top_cb (GtkWidget     *widget,
                GdkFrameClock *clock,
                gpointer       user_data)
{
  KeelTaskView *self = KEEL_TASK_VIEW (widget);
  guint n, position;

  if (self->sections != NULL && gtk_widget_get_height (GTK_WIDGET (self->list_view)) == 0)
    return G_SOURCE_CONTINUE;

  if (self->sections != NULL && keel_task_sections_find (self->sections, user_data, &position))
    {
      if (!self->is_sent_to_end)
        {
          n = g_list_model_get_n_items (keel_task_sections_get_rows (self->sections));
          gtk_widget_activate_action (GTK_WIDGET (self->list_view), "list.scroll-to-item", "u",
                                      n - 1);
          self->is_sent_to_end = TRUE;
          return G_SOURCE_CONTINUE;
        }
      keel_task_view_focus_position (self, position);
    }
  self->is_sent_to_end = FALSE;
  gtk_widget_set_opacity (GTK_WIDGET (self->list_view), 1);

  return G_SOURCE_REMOVE;
}

/* Shows the list, from its first frame on, with @task at the top, as far as there is enough below
 * it, and focused. */
void
keel_task_view_show_at_top (KeelTaskView *self,
                            KeelTask     *task)
{
  guint position;

  /* Where it begins anyway. */
  if (!keel_task_sections_find (self->sections, task, &position) || position <= 1)
    return;

  gtk_widget_set_opacity (GTK_WIDGET (self->list_view), 0);
  gtk_widget_add_tick_callback (GTK_WIDGET (self), show_at_top_cb, g_object_ref (task),
                                g_object_unref);
}

/* Words that depend on the time; once a second. */
void
keel_task_view_refresh (KeelTaskView *self)
{
  for (guint i = 0; i < self->bound->len; i++)
    {
      GtkListItem *item = g_ptr_array_index (self->bound, i);
      KeelTaskRow *row = keel_task_view_get_row (item);

      if (row != NULL)
        keel_task_row_refresh (row);
      else
        update_heading (item);
    }
}

static KeelTaskRow *
get_row_of (KeelTaskView *self,
            KeelTask     *task)
{
  for (guint i = 0; i < self->bound->len; i++)
    {
      KeelTaskRow *row = keel_task_view_get_row (g_ptr_array_index (self->bound, i));

      if (row != NULL && keel_task_row_get_task (row) == task)
        return row;
    }

  return NULL;
}

/* @state has been asked for; it shows before the answer comes. */
void
keel_task_view_expect (KeelTaskView  *self,
                       KeelTask      *task,
                       KeelTaskState  state)
{
  KeelTaskRow *row = get_row_of (self, task);

  if (row != NULL)
    keel_task_row_expect (row, state);
}

void
keel_task_view_expect_none (KeelTaskView *self,
                            KeelTask     *task)
{
  KeelTaskRow *row = get_row_of (self, task);

  if (row != NULL)
    keel_task_row_expect_none (row);
}

/* Returns: (transfer full): ids of the ended tasks on the screen: their outcome has been seen */
GArray *
keel_task_view_dup_seen (KeelTaskView *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint i = 0; i < self->bound->len; i++)
    {
      KeelTaskRow *row = keel_task_view_get_row (g_ptr_array_index (self->bound, i));
      KeelTask *task = row != NULL ? keel_task_row_get_task (row) : NULL;

      if (task != NULL && keel_task_has_ended (task) && gtk_widget_get_mapped (GTK_WIDGET (row)))
        {
          guint64 id = keel_task_get_id (task);

          g_array_append_val (ids, id);
        }
    }

  return ids;
}
