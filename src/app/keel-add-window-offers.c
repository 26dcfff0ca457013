/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-add-window-private.h"

#include "keel-drop.h"
#include "keel-links.h"

/* What the Add window is about: links, and what was said of the files behind them. While it is one,
 * all of that stands in fields, before somebody's eyes, and what stands there is what will be
 * added; of several each has a row, with what was said of it. */

/* Returns: (transfer full): the one of the fields, with all that they say of its file */
static KeelOffer *
create_offer (KeelAddWindow *self,
              const char    *link)
{
  KeelOffer *offer = keel_offer_new (link);

  if (self->name_is_own)
    offer->name = g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name_row)));
  if (self->filled_in != NULL && g_str_equal (self->filled_in->link, link))
    offer->size_bytes = self->filled_in->size_bytes;
  keel_add_options_complete (self->options_row, offer);

  return offer;
}

/* Returns: (transfer full) (element-type KeelOffer): what is about to be added; empty if there is
 * nothing */
GPtrArray *
keel_add_window_dup_offers (KeelAddWindow *self)
{
  g_autoptr (GPtrArray) offers = NULL;
  g_auto (GStrv) links = NULL;

  if (self->has_many)
    return keel_link_list_dup_selected (self->link_list);

  offers = keel_offers_new ();
  links = keel_links_find (gtk_editable_get_text (GTK_EDITABLE (self->link_row)));
  if (links[0] != NULL)
    g_ptr_array_add (offers, create_offer (self, links[0]));

  return g_steal_pointer (&offers);
}

/* Turns the window into the list, if it is none yet, and adds @offers to it. */
void
keel_add_window_set_many (KeelAddWindow *self,
                          GPtrArray     *offers)
{
  self->has_many = TRUE;
  self->has_pattern = FALSE;
  keel_add_options_set_many (self->options_row, TRUE);
  keel_add_window_probe (self, NULL);
  for (guint i = 0; i < offers->len; i++)
    {
      KeelOffer *offer = offers->pdata[i];
      g_auto (GStrv) expanded = keel_links_expand (offer->link);
      g_autoptr (GPtrArray) unfolded = keel_offers_for_links ((const char *const *) expanded);

      if (unfolded->len == 1)
        {
          g_ptr_array_set_size (unfolded, 0);
          g_ptr_array_add (unfolded, keel_offer_ref (offer));
        }
      keel_link_list_add (self->link_list, unfolded);
    }
  keel_add_window_update (self);
  keel_add_window_fit (self);
}

/* What was filled in for another link does not stay. */
static void
fill_in (KeelAddWindow *self,
         KeelOffer     *offer)
{
  gboolean has_old = self->filled_in != NULL;

  g_clear_pointer (&self->filled_in, keel_offer_unref);
  self->filled_in = keel_offer_ref (offer);
  if (has_old)
    self->name_is_own = FALSE;
  gtk_editable_set_text (GTK_EDITABLE (self->link_row), offer->link);
  gtk_editable_set_position (GTK_EDITABLE (self->link_row), -1);
  if (offer->name != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->name_row), offer->name);
  if (has_old || offer->checksum != NULL || offer->mirrors->len > 0)
    keel_add_options_fill_in (self->options_row, offer);
}

/* Fills in @offers, beside those that are there already. */
void
keel_add_window_add_offers (KeelAddWindow *self,
                            GPtrArray     *offers)
{
  g_autoptr (GPtrArray) present = self->has_many ? NULL : keel_add_window_dup_offers (self);

  if (offers->len == 0)
    return;

  if (!self->has_many && offers->len == 1)
    {
      fill_in (self, offers->pdata[0]);
      return;
    }

  if (present != NULL)
    keel_link_list_add (self->link_list, present);
  keel_add_window_set_many (self, offers);
}

/* @words: (nullable): why not all is there that was to be filled in */
void
keel_add_window_tell (KeelAddWindow *self,
                      const char    *words)
{
  keel_add_window_show_error (self, words);
}

static void
dropped_cb (GtkWidget  *widget,
            KeelIntake *intake)
{
  KeelAddWindow *self = KEEL_ADD_WINDOW (widget);

  keel_add_window_add_offers (self, intake->offers);
  keel_add_window_tell (self, intake->trouble);
}

void
keel_add_window_init_drop (KeelAddWindow *self)
{
  keel_drop_add_target (GTK_WIDGET (self), GTK_WIDGET (self), self->cancellable, dropped_cb);
}
