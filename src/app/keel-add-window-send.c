/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-add-window-private.h"

#include <keel/keel.h>

#include "keel-checksum-text.h"
#include "keel-error-words.h"

/* Hands what has been filled in to the service. All links go in one call: either all of them are
 * added or none is, and when the answer comes they are safe on disk. */

/* The session of a person's own downloads; the command line uses the same one. */
#define SESSION_IDENTIFIER "default"

static KeelDownload *
create_download (KeelAddWindow *self,
                 const char    *link)
{
  g_autoptr (KeelDownload) download = keel_download_new (link);

  if (self->folder != NULL)
    keel_download_set_directory (download, self->folder);
  keel_download_set_max_rate (download, keel_add_window_get_limit (self));
  keel_download_set_start (download, adw_combo_row_get_selected (self->start_row) == 0);

  if (!self->has_many)
    {
      const char *text = gtk_editable_get_text (GTK_EDITABLE (self->checksum_row));
      g_autofree char *checksum = keel_checksum_text_parse (text);

      if (checksum != NULL)
        keel_download_set_checksum (download, checksum);
      if (self->name_is_own)
        keel_download_set_name (download, gtk_editable_get_text (GTK_EDITABLE (self->name_row)));
    }

  return g_steal_pointer (&download);
}

static void
finish (KeelAddWindow *self,
        const GError  *error)
{
  g_autofree char *words = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (error == NULL)
    {
      gtk_window_destroy (GTK_WINDOW (self));
      return;
    }

  self->is_sending = FALSE;
  words = keel_error_words_for_call (error);
  keel_add_window_show_error (self, words);
  keel_add_window_update (self);
}

static void
added_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (KeelAddWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) tasks = NULL;

  tasks = keel_session_add_batch_finish (KEEL_SESSION (source), result, &error);
  finish (self, error);
}

static void
session_opened_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (KeelAddWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KeelSession) session = keel_session_open_finish (result, &error);
  g_autoptr (GPtrArray) downloads = NULL;
  g_auto (GStrv) links = NULL;

  if (session == NULL)
    {
      finish (self, error);
      return;
    }

  links = keel_add_window_dup_links (self);
  downloads = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; links[i] != NULL; i++)
    g_ptr_array_add (downloads, create_download (self, links[i]));

  keel_session_add_batch_async (session, (KeelDownload **) downloads->pdata, downloads->len,
                                self->cancellable, added_cb, g_object_ref (self));
}

void
keel_add_window_send (KeelAddWindow *self)
{
  GVariantDict config;

  if (self->is_sending)
    return;

  self->is_sending = TRUE;
  keel_add_window_show_error (self, NULL);
  keel_add_window_update (self);
  g_variant_dict_init (&config, NULL);
  g_variant_dict_insert (&config, "follow", "b", FALSE);
  keel_session_open_async (SESSION_IDENTIFIER, g_variant_dict_end (&config), self->cancellable,
                           session_opened_cb, g_object_ref (self));
}
