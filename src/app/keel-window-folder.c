/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

#include <glib/gi18n.h>

#include "keel-error-words.h"

/* Another folder for downloads that cannot go on where they are: the drive is not there, or full,
 * or broken. One is chosen for the download whose row was asked, or by the banner for all that wait
 * for the same folder. What has come goes along; see keel_task_set_directory_async(). */

static void
set_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr (KeelWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *words = NULL;

  if (keel_task_update_finish (KEEL_TASK (source), result, &error) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  words = keel_error_words_for_call (error);
  keel_window_toast (self, words);
}

void
keel_window_forget_chooser (KeelWindow *self)
{
  if (self->chooser != NULL)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->chooser));
  g_clear_object (&self->chooser);
  g_clear_pointer (&self->homeless, g_ptr_array_unref);
}

static void
chosen_cb (GtkNativeDialog *chooser,
           int              response,
           KeelWindow      *self)
{
  g_autoptr (GPtrArray) tasks = g_steal_pointer (&self->homeless);
  g_autoptr (GFile) folder = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  keel_window_forget_chooser (self);

  for (guint i = 0; folder != NULL && i < tasks->len; i++)
    keel_task_set_directory_async (g_ptr_array_index (tasks, i), folder, self->cancellable, set_cb,
                                   g_object_ref (self));
}

/* Asks for a folder for @tasks, which are taken over. The one that they have is of no use, and
 * looking into it may take as long as a disk that is not there does. */
static void
choose (KeelWindow *self,
        GPtrArray  *tasks)
{
  g_autoptr (GPtrArray) owned = tasks;

  if (tasks->len == 0 || self->chooser != NULL)
    return;

  self->homeless = g_steal_pointer (&owned);
  self->chooser = gtk_file_chooser_native_new (_("Choose Folder"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chosen_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
choose_folder_action (GtkWidget  *widget,
                      const char *action_name,
                      GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);
  GPtrArray *tasks = g_ptr_array_new_with_free_func (g_object_unref);

  if (task != NULL)
    g_ptr_array_add (tasks, g_object_ref (task));
  choose (self, tasks);
}

static gboolean
is_same_folder (KeelTask *a,
                KeelTask *b)
{
  GFile *folder_a = keel_task_get_directory (a);
  GFile *folder_b = keel_task_get_directory (b);

  return folder_a != NULL && folder_b != NULL && g_file_equal (folder_a, folder_b);
}

/* For all that wait for the folder that the banner tells of, which is that of the first. */
static void
choose_for_all (KeelWindow     *self,
                KeelWaitReason  reason)
{
  GPtrArray *tasks = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->manager));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (self->manager), i);

      if (keel_task_get_state (task) == KEEL_TASK_STATE_WAITING &&
          keel_task_get_wait_reason (task) == reason &&
          !keel_task_sections_is_hidden (self->sections, task) &&
          (tasks->len == 0 || is_same_folder (g_ptr_array_index (tasks, 0), task)))
        g_ptr_array_add (tasks, g_steal_pointer (&task));
    }
  choose (self, tasks);
}

static void
leave_folder_action (GtkWidget  *widget,
                     const char *action_name,
                     GVariant   *parameter)
{
  choose_for_all (KEEL_WINDOW (widget), KEEL_WAIT_REASON_DESTINATION);
}

static void
leave_disk_action (GtkWidget  *widget,
                   const char *action_name,
                   GVariant   *parameter)
{
  choose_for_all (KEEL_WINDOW (widget), KEEL_WAIT_REASON_LOW_DISK);
}

void
keel_window_class_install_folder (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "task.choose-folder", "t", choose_folder_action);
  gtk_widget_class_install_action (widget_class, "win.leave-folder", NULL, leave_folder_action);
  gtk_widget_class_install_action (widget_class, "win.leave-disk", NULL, leave_disk_action);
}
