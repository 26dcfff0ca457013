/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-add-window-private.h"

#include "keel-error-words.h"
#include "keel-own-session.h"

/* Hands what has been filled in to the service. All links go in one call: either all of them are
 * added or none is, and when the answer comes they are safe on disk. */

static void
apply_start (KeelAddWindow *self,
             KeelDownload  *download)
{
  guint start = adw_combo_row_get_selected (self->start_row);

  keel_download_set_start (download, start != KEEL_ADD_START_PAUSED);
  if (start == KEEL_ADD_START_UNMETERED)
    keel_download_set_network (download, KEEL_NETWORK_USE_UNMETERED);
  if (start == KEEL_ADD_START_LATER)
    {
      g_autoptr (GDateTime) then = keel_when_row_dup_time (self->when_row);

      keel_download_set_not_before (download, then);
    }
}

static void
apply_offer (KeelOffer    *offer,
             KeelDownload *download)
{
  g_autofree const char **mirrors = g_new0 (const char *, offer->mirrors->len + 1);

  for (guint i = 0; i < offer->mirrors->len; i++)
    mirrors[i] = offer->mirrors->pdata[i];

  if (offer->name != NULL)
    keel_download_set_name (download, offer->name);
  if (offer->checksum != NULL)
    keel_download_set_checksum (download, offer->checksum);
  if (mirrors[0] != NULL)
    keel_download_set_mirrors (download, mirrors);
  if (offer->size_bytes > 0)
    keel_download_set_size_hint (download, offer->size_bytes);
}

static KeelDownload *
create_download (KeelAddWindow *self,
                 KeelOffer     *offer)
{
  g_autoptr (KeelDownload) download = keel_download_new (offer->link);

  if (self->folder != NULL)
    keel_download_set_directory (download, self->folder);
  keel_download_set_conflict (download, keel_add_window_get_conflict (self));
  keel_add_options_apply (self->options_row, download);
  apply_start (self, download);
  apply_offer (offer, download);

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
  if (keel_add_options_blame (self->options_row, error))
    {
      keel_add_window_update (self);
      return;
    }

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
  g_autoptr (KeelSession) session = keel_own_session_open_finish (result, &error);
  g_autoptr (GPtrArray) downloads = NULL;
  g_autoptr (GPtrArray) offers = NULL;

  if (session == NULL)
    {
      finish (self, error);
      return;
    }

  offers = keel_add_window_dup_offers (self);
  downloads = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < offers->len; i++)
    g_ptr_array_add (downloads, create_download (self, offers->pdata[i]));

  keel_session_add_batch_async (session, (KeelDownload **) downloads->pdata, downloads->len,
                                self->cancellable, added_cb, g_object_ref (self));
}

void
keel_add_window_send (KeelAddWindow *self)
{
  if (self->is_sending)
    return;

  self->is_sending = TRUE;
  keel_add_window_show_error (self, NULL);
  keel_add_window_update (self);
  keel_own_session_open_async (self->settings, self->cancellable, session_opened_cb,
                               g_object_ref (self));
}
