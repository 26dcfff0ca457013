/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-add-window-private.h"

#include <glib/gi18n.h>

#include "keel-download-folder.h"
#include "keel-folder-check.h"
#include "keel-format.h"

/* Where downloads are put, and whether there is room for them. A folder that was chosen here is
 * there again the next time, if it still is one; until then, and for everybody else, it is the one
 * of the preferences. */

static void
set_class (GtkLabel   *label,
           const char *name,
           gboolean    is_set)
{
  if (is_set)
    gtk_widget_add_css_class (GTK_WIDGET (label), name);
  else
    gtk_widget_remove_css_class (GTK_WIDGET (label), name);
}

static guint64
get_wanted_bytes (KeelAddWindow *self)
{
  KeelProbe *probe = self->item != NULL ? keel_link_item_get_probe (self->item) : NULL;
  gboolean is_whole;

  if (self->has_many)
    return keel_link_list_get_size (self->link_list, &is_whole);

  return probe != NULL && keel_probe_has_size (probe) ? keel_probe_get_size (probe) : 0;
}

/* Says how much room there is, and how much will be left. */
void
keel_add_window_show_space (KeelAddWindow *self)
{
  guint64 wanted = get_wanted_bytes (self);
  gboolean is_short = wanted > self->free_bytes;
  g_autofree char *before = keel_format_size (self->free_bytes);
  g_autofree char *after = keel_format_size (is_short ? wanted - self->free_bytes :
                                                        self->free_bytes - wanted);
  g_autofree char *words = NULL;

  if (self->size_bytes == 0)
    {
      gtk_widget_set_visible (self->space_row, FALSE);
      return;
    }

  if (is_short)
    words = g_strdup_printf (_("Not enough space: %s missing"), after);
  else if (wanted == 0)
    words = g_strdup_printf (_("%s free"), before);
  else if (self->has_many)
    words = g_strdup_printf (_("%s free, about %s after these downloads"), before, after);
  else
    words = g_strdup_printf (_("%s free, %s after this download"), before, after);
  gtk_label_set_label (self->space_label, words);
  set_class (self->space_label, "error", is_short);
  set_class (self->space_label, "dim-label", !is_short);
  keel_space_bar_set (self->space_bar, self->size_bytes, self->free_bytes, wanted);
  gtk_widget_set_visible (self->space_row, TRUE);
}

static void
folder_checked_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (KeelAddWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = keel_folder_check_finish (result, &self->free_bytes, &self->size_bytes, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (!ok)
    {
      gtk_label_set_label (self->space_label, _("This folder cannot be written to"));
      set_class (self->space_label, "error", TRUE);
      set_class (self->space_label, "dim-label", FALSE);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->space_bar), ok);
  gtk_widget_set_visible (self->space_row, !ok);
  if (ok)
    keel_add_window_show_space (self);
  keel_add_window_fit (self);
}

/* Shows the folder that is chosen, and looks at it. */
void
keel_add_window_check_folder (KeelAddWindow *self)
{
  g_autoptr (GFile) usual = keel_download_folder_dup (self->settings);
  g_autofree char *name = keel_download_folder_dup_name (self->folder != NULL ? self->folder :
                                                                                usual);

  adw_action_row_set_subtitle (self->folder_row, name);
  g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
  self->checking = g_cancellable_new ();
  self->size_bytes = 0;
  self->free_bytes = 0;
  keel_folder_check_async (self->folder != NULL ? self->folder : usual, self->checking,
                           folder_checked_cb, g_object_ref (self));
}

static void
take_folder (KeelAddWindow *self,
             GFile         *folder)
{
  g_autoptr (GFile) usual = keel_download_folder_dup (self->settings);

  g_clear_object (&self->folder);
  if (!g_file_equal (folder, usual))
    self->folder = g_object_ref (folder);
  keel_add_window_check_folder (self);
}

static void
folder_chosen_cb (GtkNativeDialog *chooser,
                  int              response,
                  KeelAddWindow   *self)
{
  g_autoptr (GFile) folder = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  if (folder != NULL)
    {
      take_folder (self, folder);
      keel_download_folder_remember (self->settings, self->folder);
    }

  g_clear_object (&self->chooser);
}

void
keel_add_window_choose_folder_cb (KeelAddWindow *self)
{
  if (self->chooser != NULL)
    return;

  self->chooser = gtk_file_chooser_native_new (_("Folder"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  if (self->folder != NULL)
    gtk_file_chooser_set_file (GTK_FILE_CHOOSER (self->chooser), self->folder, NULL);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (folder_chosen_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
recalled_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (KeelAddWindow) self = user_data;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, NULL);

  /* One that has gone is not asked for again: its disk may come back. */
  if (info != NULL && g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY &&
      self->folder == NULL && !g_cancellable_is_cancelled (self->cancellable))
    take_folder (self, G_FILE (source));
}

void
keel_add_window_recall_folder (KeelAddWindow *self)
{
  g_autoptr (GFile) folder = keel_download_folder_dup_remembered (self->settings);

  if (folder != NULL)
    g_file_query_info_async (folder, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE,
                             G_PRIORITY_DEFAULT, self->cancellable, recalled_cb,
                             g_object_ref (self));
}
