/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-add-window-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "keel-file-type.h"
#include "keel-format.h"
#include "keel-links.h"

/* What is found out about the link while somebody fills in the Add window: where it leads to, and
 * whether the list has it already. Both are only told; adding does not wait for them. */

/* So long after the last key a link counts as typed. */
#define TYPING_MSEC 400

/* Returns: (transfer full): the kind of file in words that can begin a line */
static char *
dup_kind (const char *type)
{
  g_autofree char *kind = g_content_type_get_description (type);
  g_autofree char *first = g_utf8_substring (kind, 0, MIN (g_utf8_strlen (kind, -1), 1));
  g_autofree char *capital = g_utf8_strup (first, -1);

  return g_strconcat (capital, kind + strlen (first), NULL);
}

/* Returns: (transfer full): "2.3 GB · Disk image · Can be resumed" */
static char *
dup_found_words (KeelProbe  *probe,
                 const char *name)
{
  g_autofree char *size = keel_probe_has_size (probe) ?
                            keel_format_size (keel_probe_get_size (probe)) :
                            g_strdup (_("Size unknown"));
  g_autofree char *type = g_content_type_guess (name, NULL, 0, NULL);
  g_autofree char *kind = dup_kind (type);
  const char *resumable = keel_probe_get_resumable (probe) ? _("Can be resumed") :
                                                             _("Cannot be resumed");

  if (g_content_type_is_unknown (type))
    return g_strconcat (size, KEEL_FORMAT_MIDDLE_DOT, resumable, NULL);

  return g_strconcat (size, KEEL_FORMAT_MIDDLE_DOT, kind, KEEL_FORMAT_MIDDLE_DOT, resumable, NULL);
}

/* Returns: (transfer full): what is known of the link, in words */
static char *
dup_words (KeelAddWindow *self,
           const char    *name)
{
  const char *trouble = keel_link_item_get_trouble (self->item);
  KeelProbe *probe = keel_link_item_get_probe (self->item);

  if (trouble != NULL)
    return g_strdup (trouble);
  if (probe != NULL)
    return dup_found_words (probe, name);

  return g_strdup (_("Looking at the link…"));
}

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

static void
answered_cb (KeelAddWindow *self)
{
  KeelLinkState state = keel_link_item_get_state (self->item);
  const char *trouble = keel_link_item_get_trouble (self->item);
  g_autofree char *name = NULL;
  g_autofree char *words = NULL;
  g_autoptr (GIcon) icon = NULL;

  g_object_get (self->item, "name", &name, NULL);
  words = dup_words (self, name);
  icon = keel_file_type_get_icon (name, NULL);
  gtk_image_set_from_gicon (self->probe_image, icon);
  gtk_label_set_label (self->probe_name_label, name);
  gtk_label_set_label (self->probe_words_label, words);
  set_class (self->probe_words_label, "error", state == KEEL_LINK_FAILED);
  set_class (self->probe_words_label, "dim-label", state != KEEL_LINK_FAILED);
  gtk_spinner_set_spinning (self->probe_spinner, state == KEEL_LINK_ASKING);
  gtk_widget_set_visible (GTK_WIDGET (self->probe_spinner), state == KEEL_LINK_ASKING);
  gtk_widget_set_visible (self->probe_tick, state == KEEL_LINK_FOUND && trouble == NULL);
  gtk_widget_set_visible (self->probe_row, !self->has_many && state != KEEL_LINK_UNKNOWN);
  if (state == KEEL_LINK_FOUND)
    keel_add_window_guess_name (self, name);
  keel_add_window_show_space (self);
  keel_add_window_fit (self);
}

/* Says so if the list has the link already. */
void
keel_add_window_show_listed (KeelAddWindow *self)
{
  self->listed_id = self->item != NULL && self->known != NULL ?
                      keel_known_links_find (self->known, keel_link_item_get_link (self->item)) :
                      0;
  gtk_widget_set_visible (self->listed_row, self->listed_id != 0);
  keel_add_window_fit (self);
}

static gboolean
typed_cb (gpointer user_data)
{
  KeelAddWindow *self = user_data;

  self->typing_id = 0;
  keel_add_window_show_listed (self);
  keel_link_prober_add (self->prober, self->item);

  return G_SOURCE_REMOVE;
}

/* Looks at @link when nobody has typed for a moment. @link: (nullable): there is none now */
void
keel_add_window_probe (KeelAddWindow *self,
                       const char    *link)
{
  g_autoptr (KeelOffer) offer = NULL;

  if (self->item != NULL && g_strcmp0 (keel_link_item_get_link (self->item), link) == 0)
    return;

  g_clear_handle_id (&self->typing_id, g_source_remove);
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
  gtk_widget_set_visible (self->probe_row, FALSE);
  keel_add_window_show_listed (self);
  keel_add_window_show_space (self);
  if (link == NULL)
    return;

  offer = self->filled_in != NULL && g_str_equal (self->filled_in->link, link) ?
            keel_offer_ref (self->filled_in) :
            keel_offer_new (link);
  self->item = keel_link_item_new (offer);
  g_signal_connect_object (self->item, "answered", G_CALLBACK (answered_cb), self,
                           G_CONNECT_SWAPPED);
  self->typing_id = g_timeout_add (TYPING_MSEC, typed_cb, self);
}
