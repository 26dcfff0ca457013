/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

#include <glib/gi18n.h>

#include "keel-error-words.h"

/* What is done with several downloads at once. While some are selected the header bar counts them
 * and the bar below the list has the verbs; both go with the last tick. */

/* One verb for many tasks, on its way to the service. */
typedef struct {
  KeelWindow *self; /* (owned) */
  GPtrArray *tasks; /* (owned) */
} Asking;

static void
asking_free (Asking *asking)
{
  g_object_unref (asking->self);
  g_ptr_array_unref (asking->tasks);
  g_free (asking);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asking, asking_free)

static KeelTaskSelection *
get_selection (KeelWindow *self)
{
  return keel_task_view_get_selection (self->task_view);
}

/* What is selected may have become something else: its verbs, too. */
void
keel_window_update_selection (KeelWindow *self)
{
  KeelTaskSelection *selection = get_selection (self);
  gboolean is_on = selection != NULL && keel_task_selection_is_on (selection);
  guint n = is_on ? keel_task_selection_get_count (selection) : 0;
  g_autoptr (GPtrArray) tasks = NULL;
  g_autofree char *title = NULL;

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "selection.cancel", is_on);
  gtk_widget_set_visible (GTK_WIDGET (self->selection_header), is_on);
  gtk_widget_set_visible (GTK_WIDGET (self->main_header), !is_on);
  if (selection == NULL)
    return;

  tasks = keel_task_selection_dup_tasks (selection);
  keel_selection_bar_show (self->selection_bar, tasks);
  if (!is_on)
    return;

  title = g_strdup_printf (ngettext ("%d Selected", "%d Selected", n), (int) n);
  adw_window_title_set_title (self->selection_title, title);
}

static void
asked_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (Asking) asking = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) refused = NULL;
  g_autofree char *words = NULL;

  refused = keel_manager_control_finish (KEEL_MANAGER (source), result, &error);
  if (refused != NULL && g_variant_n_children (refused) == 0)
    return;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  for (guint i = 0; i < asking->tasks->len; i++)
    keel_task_view_expect_none (asking->self->task_view, g_ptr_array_index (asking->tasks, i));
  words = error != NULL ? keel_error_words_for_call (error) :
                          g_strdup (_("This is not possible now"));
  keel_window_toast (asking->self, words);
}

/* Asks @verb of those of the selected tasks that it fits. */
static void
ask (KeelWindow    *self,
     KeelVerb       verb,
     KeelTaskState  expected_state)
{
  g_autoptr (GPtrArray) tasks = keel_task_selection_dup_tasks (get_selection (self));
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  Asking *asking;

  for (guint i = 0; i < tasks->len; i++)
    {
      KeelTask *task = g_ptr_array_index (tasks, i);
      guint64 id = keel_task_get_id (task);

      if (!keel_selection_bar_fits (verb, task))
        continue;
      g_array_append_val (ids, id);
      keel_task_view_expect (self->task_view, task, expected_state);
    }
  if (ids->len == 0)
    return;

  asking = g_new0 (Asking, 1);
  asking->self = g_object_ref (self);
  asking->tasks = g_steal_pointer (&tasks);
  keel_manager_control_async (self->manager, verb, (const guint64 *) (void *) ids->data, ids->len,
                              self->cancellable, asked_cb, asking);
}

static void
verb_action (GtkWidget  *widget,
             const char *action_name,
             GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);

  if (get_selection (self) == NULL)
    return;

  if (g_str_equal (action_name, "selection.pause"))
    ask (self, KEEL_VERB_PAUSE, KEEL_TASK_STATE_PAUSED);
  else if (g_str_equal (action_name, "selection.resume"))
    ask (self, KEEL_VERB_RESUME, KEEL_TASK_STATE_QUEUED);
  else
    ask (self, KEEL_VERB_RETRY, KEEL_TASK_STATE_QUEUED);
}

static void
remove_action (GtkWidget  *widget,
               const char *action_name,
               GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  g_autoptr (GPtrArray) tasks = NULL;

  if (get_selection (self) == NULL)
    return;
  tasks = keel_task_selection_dup_tasks (get_selection (self));
  keel_task_selection_clear (get_selection (self));
  keel_window_remove (self, tasks);
}

static void
copy_links_action (GtkWidget  *widget,
                   const char *action_name,
                   GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  g_autoptr (GString) links = g_string_new (NULL);
  g_autoptr (GPtrArray) tasks = NULL;
  g_autofree char *words = NULL;

  if (get_selection (self) == NULL)
    return;
  tasks = keel_task_selection_dup_tasks (get_selection (self));
  for (guint i = 0; i < tasks->len; i++)
    g_string_append_printf (links, "%s\n", keel_task_get_uri (g_ptr_array_index (tasks, i)));

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), links->str);
  words = g_strdup_printf (ngettext ("%d link copied", "%d links copied", tasks->len),
                           (int) tasks->len);
  keel_window_toast (self, words);
}

static void
select_all_action (GtkWidget  *widget,
                   const char *action_name,
                   GVariant   *parameter)
{
  KeelTaskSelection *selection = get_selection (KEEL_WINDOW (widget));

  if (selection != NULL)
    gtk_selection_model_select_all (GTK_SELECTION_MODEL (selection));
}

static void
cancel_action (GtkWidget  *widget,
               const char *action_name,
               GVariant   *parameter)
{
  KeelTaskSelection *selection = get_selection (KEEL_WINDOW (widget));

  if (selection != NULL)
    keel_task_selection_clear (selection);
}

/* From the menu of a row: the way in where there is no keyboard. */
static void
select_action (GtkWidget  *widget,
               const char *action_name,
               GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);
  guint position;

  if (task != NULL && keel_task_sections_find (self->sections, task, &position))
    gtk_selection_model_select_item (GTK_SELECTION_MODEL (get_selection (self)), position, FALSE);
}

/* Ctrl+A and Escape are keys that a text entry understands first. */
void
keel_window_class_install_selection (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "selection.pause", NULL, verb_action);
  gtk_widget_class_install_action (widget_class, "selection.resume", NULL, verb_action);
  gtk_widget_class_install_action (widget_class, "selection.retry", NULL, verb_action);
  gtk_widget_class_install_action (widget_class, "selection.remove", NULL, remove_action);
  gtk_widget_class_install_action (widget_class, "selection.copy-links", NULL, copy_links_action);
  gtk_widget_class_install_action (widget_class, "selection.all", NULL, select_all_action);
  gtk_widget_class_install_action (widget_class, "selection.cancel", NULL, cancel_action);
  gtk_widget_class_install_action (widget_class, "task.select", "t", select_action);

  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_a, GDK_CONTROL_MASK, "selection.all",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "selection.cancel", NULL);
}
