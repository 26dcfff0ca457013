/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

#include <glib/gi18n.h>

#include "keel-error-words.h"
#include "keel-launcher.h"
#include "keel-links.h"

/* What can be done with the window and with all downloads at once. */

static void
add_action (GtkWidget  *widget,
            const char *action_name,
            GVariant   *parameter)
{
  const char *const none[] = { NULL };

  keel_window_add_links (KEEL_WINDOW (widget), none);
}

static void
clipboard_read_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (KeelWindow) self = user_data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
  g_auto (GStrv) links = keel_links_find (text);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;

  if (links[0] != NULL)
    keel_window_add_links (self, (const char *const *) links);
  else
    keel_window_toast (self, _("There is no link in the clipboard"));
}

static void
paste_action (GtkWidget  *widget,
              const char *action_name,
              GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);

  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (widget), self->cancellable,
                                 clipboard_read_cb, g_object_ref (self));
}

static void
help_shown_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (KeelWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (keel_launcher_finish (result, &error) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  g_message ("Cannot show the help: %s", error->message);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    keel_window_toast (self, _("To read the help, install a help viewer such as Yelp"));
  else
    keel_window_toast (self, _("The help cannot be opened"));
}

/* What cannot be shown is said in the window. */
void
keel_window_show_help (KeelWindow *self)
{
  keel_launcher_open_help_async (self->cancellable, help_shown_cb, g_object_ref (self));
}

static void
search_action (GtkWidget  *widget,
               const char *action_name,
               GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);

  keel_window_leave_details (self);
  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

static void
undo_action (GtkWidget  *widget,
             const char *action_name,
             GVariant   *parameter)
{
  keel_removals_undo (KEEL_WINDOW (widget)->removals);
}

static void
controlled_all_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (KeelWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) refused = NULL;
  g_autofree char *words = NULL;

  refused = keel_manager_control_finish (KEEL_MANAGER (source), result, &error);
  if (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  words = keel_error_words_for_call (error);
  keel_window_toast (self, words);
}

static void
pause_all_action (GtkWidget  *widget,
                  const char *action_name,
                  GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);

  keel_manager_control_all_async (self->manager, KEEL_VERB_PAUSE, self->cancellable,
                                  controlled_all_cb, g_object_ref (self));
}

static void
resume_all_action (GtkWidget  *widget,
                   const char *action_name,
                   GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);

  keel_manager_control_all_async (self->manager, KEEL_VERB_RESUME, self->cancellable,
                                  controlled_all_cb, g_object_ref (self));
}

static void
clear_finished_action (GtkWidget  *widget,
                       const char *action_name,
                       GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->manager));
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (self->manager), i);

      if (keel_task_filter_for_state (keel_task_get_state (task)) == KEEL_TASK_FILTER_FINISHED &&
          !keel_task_sections_is_hidden (self->sections, task))
        g_ptr_array_add (tasks, g_steal_pointer (&task));
    }

  keel_window_remove (self, tasks);
}

/* Copy and paste, undo: keys that a text entry understands first. The rest are accelerators of the
 * application. */
void
keel_window_class_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.add", NULL, add_action);
  gtk_widget_class_install_action (widget_class, "win.paste", NULL, paste_action);
  gtk_widget_class_install_action (widget_class, "win.search", NULL, search_action);
  gtk_widget_class_install_action (widget_class, "win.undo", NULL, undo_action);
  gtk_widget_class_install_action (widget_class, "win.pause-all", NULL, pause_all_action);
  gtk_widget_class_install_action (widget_class, "win.resume-all", NULL, resume_all_action);
  gtk_widget_class_install_action (widget_class, "win.clear-finished", NULL, clear_finished_action);

  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_v, GDK_CONTROL_MASK, "win.paste",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_z, GDK_CONTROL_MASK, "win.undo", NULL);
}

void
keel_window_update_actions (KeelWindow *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  guint n_all = 0, n_live = 0, n_paused = 0, n_ended = 0;

  if (self->sections != NULL)
    {
      n_all = keel_task_sections_get_count (self->sections, KEEL_TASK_FILTER_ALL);
      n_paused = keel_task_sections_count_state (self->sections, KEEL_TASK_STATE_PAUSED);
      n_live = keel_task_sections_get_count (self->sections, KEEL_TASK_FILTER_ACTIVE) +
               keel_task_sections_get_count (self->sections, KEEL_TASK_FILTER_WAITING) - n_paused;
      n_ended = keel_task_sections_get_count (self->sections, KEEL_TASK_FILTER_FINISHED);
    }

  gtk_widget_action_set_enabled (widget, "win.search", n_all > 0);
  gtk_widget_action_set_enabled (widget, "win.pause-all", n_live > 0);
  gtk_widget_action_set_enabled (widget, "win.resume-all", n_paused > 0);
  gtk_widget_action_set_enabled (widget, "win.clear-finished", n_ended > 0);
  gtk_widget_action_set_enabled (widget, "win.undo",
                                 self->removals != NULL &&
                                   keel_removals_get_pending (self->removals));
}
