/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

#include <glib/gi18n.h>

#include "keel-links.h"

/* Links that somebody has copied elsewhere are offered when they come to this window. The clipboard
 * is looked at in that moment only and never watched; what it says is offered once, and not at all
 * if it was copied here or is in the list already.
 *
 * When somebody asks for it from outside, by the status icon, it is added instead of offered, and
 * that too when the window has the keyboard: under Wayland nobody else gets the clipboard. */

static gboolean
is_in_list (KeelWindow *self,
            const char *link)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->manager));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (self->manager), i);

      if (g_strcmp0 (keel_task_get_uri (task), link) == 0)
        return TRUE;
    }

  return FALSE;
}

static void
offer (KeelWindow *self,
       GStrv       links)
{
  guint n = g_strv_length (links);
  g_autofree char *host = keel_links_dup_host (links[0]);
  g_autofree char *title = NULL;
  g_autofree char *markup = NULL;
  AdwToast *toast;

  if (n == 1)
    /* Translators: %s is the name of a server. */
    title = g_strdup_printf (_("Download the copied link from %s?"), host);
  else
    title = g_strdup_printf (ngettext ("Download %d copied link?", "Download %d copied links?", n),
                             (int) n);

  markup = g_markup_escape_text (title, -1);
  toast = adw_toast_new (markup);
  adw_toast_set_button_label (toast, _("Add"));
  adw_toast_set_action_name (toast, "win.paste");
  adw_toast_overlay_add_toast (self->toast_overlay, toast);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (KeelWindow) self = user_data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
  g_auto (GStrv) links = NULL;

  if (text == NULL || self->manager == NULL || g_strcmp0 (text, self->offered) == 0)
    return;

  g_free (self->offered);
  self->offered = g_steal_pointer (&text);
  links = keel_links_find (self->offered);
  if (links[0] != NULL && !(links[1] == NULL && is_in_list (self, links[0])))
    offer (self, links);
}

static void
read_to_add_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (KeelWindow) self = user_data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
  g_auto (GStrv) links = keel_links_find (text);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;

  g_free (self->offered);
  self->offered = g_steal_pointer (&text);
  keel_window_add_links (self, (const char *const *) links);
}

/* Offers what is there now, or adds it if somebody has asked for that. */
void
keel_window_offer_clipboard (KeelWindow *self)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (self));
  gboolean has_text = gdk_content_formats_contain_gtype (gdk_clipboard_get_formats (clipboard),
                                                         G_TYPE_STRING);

  if (self->manager == NULL)
    return;

  if (self->adds_clipboard)
    {
      self->adds_clipboard = FALSE;
      gdk_clipboard_read_text_async (clipboard, self->cancellable, read_to_add_cb,
                                     g_object_ref (self));
    }
  else if (has_text && !gdk_clipboard_is_local (clipboard))
    {
      gdk_clipboard_read_text_async (clipboard, self->cancellable, read_cb, g_object_ref (self));
    }
}

/**
 * keel_window_add_from_clipboard:
 *
 * Opens the Add window with the links of the clipboard, or empty if there are none; at the latest
 * when the window has the keyboard.
 */
void
keel_window_add_from_clipboard (KeelWindow *self)
{
  self->adds_clipboard = TRUE;
  if (gtk_window_is_active (GTK_WINDOW (self)))
    keel_window_offer_clipboard (self);
}
