/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

#include <glib/gi18n.h>

#include "keel-error-words.h"
#include "keel-launcher.h"
#include "keel-verify-window.h"

/* What can be done with one download. The actions carry its id: rows, menus and keys fire them, and
 * nothing of that needs to know how they are carried out.
 *
 * A verb shows in the row at once; if the service refuses it, the row goes back and a toast says
 * why. */

typedef struct {
  const char *action_name;
  KeelVerb verb;
  KeelTaskState expected_state;
} VerbAction;

static const VerbAction VERB_ACTIONS[] = {
  { "task.pause", KEEL_VERB_PAUSE, KEEL_TASK_STATE_PAUSED },
  { "task.resume", KEEL_VERB_RESUME, KEEL_TASK_STATE_QUEUED },
  { "task.retry", KEEL_VERB_RETRY, KEEL_TASK_STATE_QUEUED },
  { "task.cancel", KEEL_VERB_CANCEL, KEEL_TASK_STATE_CANCELLED },
};

/* One verb on its way to the service. */
typedef struct {
  KeelWindow *self; /* (owned) */
  KeelTask *task;   /* (owned) */
} Asking;

static void
asking_free (Asking *asking)
{
  g_object_unref (asking->self);
  g_object_unref (asking->task);
  g_free (asking);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asking, asking_free)

/* Says @words for a moment. */
void
keel_window_toast (KeelWindow *self,
                   const char *words)
{
  g_autofree char *markup = g_markup_escape_text (words, -1);

  adw_toast_overlay_add_toast (keel_window_shows_details (self) ? self->details_toasts :
                                                                  self->toast_overlay,
                               adw_toast_new (markup));
}

/* Returns: (transfer none) (nullable): the task of that @id, which is what an action is given */
KeelTask *
keel_window_get_task (KeelWindow *self,
                      GVariant   *id)
{
  if (self->manager == NULL)
    return NULL;

  return keel_manager_get_task (self->manager, g_variant_get_uint64 (id));
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

  keel_task_view_expect_none (asking->self->task_view, asking->task);
  words = error != NULL ? keel_error_words_for_call (error) :
                          g_strdup (_("This is not possible now"));
  keel_window_toast (asking->self, words);
}

static void
verb_action (GtkWidget  *widget,
             const char *action_name,
             GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);
  guint64 id = g_variant_get_uint64 (parameter);
  Asking *asking;

  for (guint i = 0; task != NULL && i < G_N_ELEMENTS (VERB_ACTIONS); i++)
    {
      if (!g_str_equal (action_name, VERB_ACTIONS[i].action_name))
        continue;

      asking = g_new0 (Asking, 1);
      asking->self = g_object_ref (self);
      asking->task = g_object_ref (task);
      keel_task_view_expect (self->task_view, task, VERB_ACTIONS[i].expected_state);
      keel_manager_control_async (self->manager, VERB_ACTIONS[i].verb, &id, 1, self->cancellable,
                                  asked_cb, asking);
    }
}

/* What was to be opened by another program has been, or it says why not. Takes the window. */
void
keel_window_launched_cb (GObject      *source,
                         GAsyncResult *result,
                         gpointer      user_data)
{
  g_autoptr (KeelWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!keel_launcher_finish (result, &error) &&
      !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    keel_window_toast (self, error->message);
}

static void
open_action (GtkWidget  *widget,
             const char *action_name,
             GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);

  if (task != NULL && keel_task_get_file (task) != NULL)
    keel_launcher_open_async (keel_task_get_file (task), self->cancellable, keel_window_launched_cb,
                              g_object_ref (self));
}

static void
show_in_folder_action (GtkWidget  *widget,
                       const char *action_name,
                       GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);
  g_autoptr (GFile) file = task != NULL ? keel_launcher_dup_file_of (task) : NULL;

  if (file != NULL)
    keel_launcher_show_in_folder_async (file, self->cancellable, keel_window_launched_cb,
                                        g_object_ref (self));
}

static void
verify_action (GtkWidget  *widget,
               const char *action_name,
               GVariant   *parameter)
{
  KeelTask *task = keel_window_get_task (KEEL_WINDOW (widget), parameter);

  if (task != NULL && keel_task_get_file (task) != NULL)
    gtk_window_present (
      GTK_WINDOW (keel_verify_window_new (GTK_WINDOW (widget), keel_task_get_file (task))));
}

static void
copy_link_action (GtkWidget  *widget,
                  const char *action_name,
                  GVariant   *parameter)
{
  KeelTask *task = keel_window_get_task (KEEL_WINDOW (widget), parameter);

  if (task == NULL)
    return;

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), keel_task_get_uri (task));
  keel_window_toast (KEEL_WINDOW (widget), _("Link copied"));
}

/* Left alone, the focus would go to the toast, which stays for as long as it has it.
 *
 * @position: where it was, if it was at what has been removed */
static void
focus_after_removal (KeelWindow *self,
                     guint       position)
{
  if (keel_task_sections_get_count (self->sections, KEEL_TASK_FILTER_ALL) == 0)
    gtk_widget_grab_focus (self->add_button);
  else if (position != GTK_INVALID_LIST_POSITION)
    keel_task_view_focus_near (self->task_view, position);
}

/* Takes @tasks out of the list, with an offer to undo it. */
void
keel_window_remove (KeelWindow *self,
                    GPtrArray  *tasks)
{
  guint position = GTK_INVALID_LIST_POSITION;

  if (tasks->len == 1)
    keel_task_view_get_focused_position (self->task_view, g_ptr_array_index (tasks, 0), &position);

  keel_removals_add (self->removals, tasks);
  focus_after_removal (self, position);
}

static void
remove_action (GtkWidget  *widget,
               const char *action_name,
               GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  if (task == NULL || keel_task_sections_is_hidden (self->sections, task))
    return;

  g_ptr_array_add (tasks, g_object_ref (task));
  keel_window_remove (self, tasks);
}

/* Only out of the list with what can be brought back: the file is in the trash then. */
static void
trash_action (GtkWidget  *widget,
              const char *action_name,
              GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);
  guint position = GTK_INVALID_LIST_POSITION;

  if (task == NULL || keel_task_sections_is_hidden (self->sections, task))
    return;

  keel_task_view_get_focused_position (self->task_view, task, &position);
  keel_removals_add_with_file (self->removals, task);
  focus_after_removal (self, position);
}

void
keel_window_class_install_tasks (GtkWidgetClass *widget_class)
{
  for (guint i = 0; i < G_N_ELEMENTS (VERB_ACTIONS); i++)
    gtk_widget_class_install_action (widget_class, VERB_ACTIONS[i].action_name, "t", verb_action);

  gtk_widget_class_install_action (widget_class, "task.open", "t", open_action);
  gtk_widget_class_install_action (widget_class, "task.show-in-folder", "t", show_in_folder_action);
  gtk_widget_class_install_action (widget_class, "task.verify-checksum", "t", verify_action);
  gtk_widget_class_install_action (widget_class, "task.copy-link", "t", copy_link_action);
  gtk_widget_class_install_action (widget_class, "task.remove", "t", remove_action);
  gtk_widget_class_install_action (widget_class, "task.trash", "t", trash_action);
}
