/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-view-private.h"

#include "keel-file-type.h"

/* Finished files are dragged out of the list into other programs: the row that is dragged, or all
 * that are selected if it is one of them. What is not finished yet has no file to be given. */

static gboolean
has_file (KeelTask *task)
{
  return keel_task_get_state (task) == KEEL_TASK_STATE_FINISHED &&
         keel_task_get_file (task) != NULL;
}

static KeelTask *
get_task_at (KeelTaskView *self,
             double        x,
             double        y)
{
  GtkListItem *item = keel_task_view_get_at (self, x, y);
  KeelTaskRow *row = item != NULL ? keel_task_view_get_row (item) : NULL;

  return row != NULL ? keel_task_row_get_task (row) : NULL;
}

/* Returns: (transfer full): the files of the downloads that @task is dragged with */
static GPtrArray *
dup_files (KeelTaskView *self,
           KeelTask     *task)
{
  g_autoptr (GPtrArray) tasks = NULL;
  GPtrArray *files = g_ptr_array_new_with_free_func (g_object_unref);

  if (keel_task_selection_contains (self->selection, task))
    {
      tasks = keel_task_selection_dup_tasks (self->selection);
    }
  else
    {
      tasks = g_ptr_array_new_with_free_func (g_object_unref);
      g_ptr_array_add (tasks, g_object_ref (task));
    }

  for (guint i = 0; i < tasks->len; i++)
    {
      if (has_file (g_ptr_array_index (tasks, i)))
        g_ptr_array_add (files, g_object_ref (keel_task_get_file (g_ptr_array_index (tasks, i))));
    }

  return files;
}

/* Returns: (transfer full) (nullable): what is dragged from there */
GdkContentProvider *
keel_task_view_drag_prepare_cb (GtkDragSource *source,
                                double         x,
                                double         y,
                                KeelTaskView  *self)
{
  KeelTask *task = self->sections != NULL ? get_task_at (self, x, y) : NULL;
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GIcon) icon = NULL;
  g_autoptr (GtkIconPaintable) picture = NULL;
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gtk_widget_get_display (GTK_WIDGET (self)));
  g_auto (GValue) value = G_VALUE_INIT;

  if (task == NULL)
    return NULL;
  files = dup_files (self, task);
  if (files->len == 0)
    return NULL;

  icon = keel_file_type_get_icon (keel_task_get_name (task), keel_task_get_mime_type (task));
  picture = gtk_icon_theme_lookup_by_gicon (theme, icon, 32,
                                            gtk_widget_get_scale_factor (GTK_WIDGET (self)),
                                            gtk_widget_get_direction (GTK_WIDGET (self)), 0);
  gtk_drag_source_set_icon (source, GDK_PAINTABLE (picture), 0, 0);

  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_array ((GFile **) files->pdata, files->len));

  return gdk_content_provider_new_for_value (&value);
}
