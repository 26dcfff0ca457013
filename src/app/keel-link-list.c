/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-link-list.h"

#include <glib/gi18n.h>

#include "keel-format.h"
#include "keel-link-item.h"
#include "keel-link-row.h"
#include "keel-links.h"

/* Several links in the Add window: all of them to begin with, and whoever wants fewer unticks the
 * others. A GtkListView, because a pasted page may have a thousand; and answers about a thousand
 * come quickly one after the other, so sums and counts are made anew once a frame, not for each. */

struct _KeelLinkList {
  AdwBin parent_instance;

  AdwPreferencesGroup *group;
  GtkListView *list_view;
  GtkWidget *select_all_button;

  GListStore *items;      /* (owned), of KeelLinkItem */
  GHashTable *present;    /* (owned) (element-type utf8), the links of items, which own them */
  KeelLinkProber *prober; /* (nullable) outlives us */
  KeelKnownLinks *known;  /* (nullable) outlives us */
  guint update_id;
};

enum {
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (KeelLinkList, keel_link_list, ADW_TYPE_BIN)

/* What is selected, as far as that is known. @out_is_whole: of all of them. */
guint64
keel_link_list_get_size (KeelLinkList *self,
                         gboolean     *out_is_whole)
{
  guint64 size = 0;

  *out_is_whole = TRUE;
  for (guint i = 0; i < keel_link_list_get_n_links (self); i++)
    {
      g_autoptr (KeelLinkItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);
      guint64 size_bytes;

      if (!keel_link_item_get_selected (item))
        continue;
      if (!keel_link_item_get_size (item, &size_bytes))
        *out_is_whole = FALSE;
      size += size_bytes;
    }

  return size;
}

static guint
count_selected (KeelLinkList *self)
{
  guint n_selected = 0;

  for (guint i = 0; i < keel_link_list_get_n_links (self); i++)
    {
      g_autoptr (KeelLinkItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      n_selected += keel_link_item_get_selected (item) ? 1 : 0;
    }

  return n_selected;
}

/* Returns: (transfer full): "6 selected · 1.6 GB so far" */
static char *
dup_description (KeelLinkList *self,
                 guint         n_selected)
{
  g_autofree char *selected = g_strdup_printf (ngettext ("%d selected", "%d selected", n_selected),
                                               (int) n_selected);
  gboolean is_whole;
  guint64 bytes = keel_link_list_get_size (self, &is_whole);
  g_autofree char *size = bytes > 0 ? keel_format_size (bytes) : NULL;
  g_autofree char *words = NULL;

  if (size == NULL)
    return g_steal_pointer (&selected);

  /* Translators: %s is a size; that of other files is not known yet. */
  words = is_whole ? g_strdup (size) : g_strdup_printf (_("%s so far"), size);

  return g_strconcat (selected, KEEL_FORMAT_MIDDLE_DOT, words, NULL);
}

static void
update (KeelLinkList *self)
{
  guint n_links = keel_link_list_get_n_links (self);
  guint n_selected = count_selected (self);
  g_autofree char *title = g_strdup_printf (ngettext ("%d Link", "%d Links", n_links),
                                            (int) n_links);
  g_autofree char *description = dup_description (self, n_selected);

  adw_preferences_group_set_title (self->group, title);
  adw_preferences_group_set_description (self->group, description);
  gtk_widget_set_sensitive (self->select_all_button, n_selected < n_links);
  g_signal_emit (self, signals[CHANGED], 0);
}

static gboolean
update_idle_cb (gpointer user_data)
{
  KeelLinkList *self = user_data;

  self->update_id = 0;
  update (self);

  return G_SOURCE_REMOVE;
}

/* Once, after everything that is there to be dealt with now. */
static void
queue_update (KeelLinkList *self)
{
  if (self->update_id == 0)
    self->update_id = g_idle_add_full (G_PRIORITY_HIGH_IDLE + 15, update_idle_cb, self, NULL);
}

static void
keel_link_list_select_all_cb (KeelLinkList *self)
{
  for (guint i = 0; i < keel_link_list_get_n_links (self); i++)
    {
      g_autoptr (KeelLinkItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      keel_link_item_set_selected (item, TRUE);
    }
}

static void
keel_link_list_setup_cb (GtkSignalListItemFactory *factory,
                         GtkListItem              *list_item,
                         KeelLinkList             *self)
{
  gtk_list_item_set_child (list_item, keel_link_row_new ());
}

static void
keel_link_list_bind_cb (GtkSignalListItemFactory *factory,
                        GtkListItem              *list_item,
                        KeelLinkList             *self)
{
  keel_link_row_set_item (KEEL_LINK_ROW (gtk_list_item_get_child (list_item)),
                          KEEL_LINK_ITEM (gtk_list_item_get_item (list_item)));
}

static void
keel_link_list_unbind_cb (GtkSignalListItemFactory *factory,
                          GtkListItem              *list_item,
                          KeelLinkList             *self)
{
  keel_link_row_set_item (KEEL_LINK_ROW (gtk_list_item_get_child (list_item)), NULL);
}

static void
keel_link_list_activate_cb (KeelLinkList *self,
                            guint         position)
{
  g_autoptr (KeelLinkItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), position);

  keel_link_item_set_selected (item, !keel_link_item_get_selected (item));
}

static void
keel_link_list_finalize (GObject *object)
{
  KeelLinkList *self = KEEL_LINK_LIST (object);

  g_clear_handle_id (&self->update_id, g_source_remove);
  g_hash_table_unref (self->present);
  g_clear_object (&self->items);

  G_OBJECT_CLASS (keel_link_list_parent_class)->finalize (object);
}

static void
keel_link_list_class_init (KeelLinkListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = keel_link_list_finalize;

  signals[CHANGED] = g_signal_new ("changed", KEEL_TYPE_LINK_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-link-list.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelLinkList, group);
  gtk_widget_class_bind_template_child (widget_class, KeelLinkList, list_view);
  gtk_widget_class_bind_template_child (widget_class, KeelLinkList, select_all_button);
  gtk_widget_class_bind_template_callback (widget_class, keel_link_list_select_all_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_link_list_setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_link_list_bind_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_link_list_unbind_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_link_list_activate_cb);
}

static void
keel_link_list_init (KeelLinkList *self)
{
  g_autoptr (GtkNoSelection) selection = NULL;

  self->items = g_list_store_new (KEEL_TYPE_LINK_ITEM);
  self->present = g_hash_table_new (g_str_hash, g_str_equal);
  gtk_widget_init_template (GTK_WIDGET (self));
  selection = gtk_no_selection_new (G_LIST_MODEL (g_object_ref (self->items)));
  gtk_list_view_set_model (self->list_view, GTK_SELECTION_MODEL (selection));
}

/* Returns: (transfer full) */
static KeelLinkItem *
create_item (KeelLinkList *self,
             KeelOffer    *offer)
{
  KeelLinkItem *item = keel_link_item_new (offer);

  if (self->known != NULL && keel_known_links_find (self->known, offer->link) != 0)
    keel_link_item_set_known (item);
  g_signal_connect_object (item, "notify::selected", G_CALLBACK (queue_update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (item, "answered", G_CALLBACK (queue_update), self, G_CONNECT_SWAPPED);
  g_hash_table_add (self->present, (gpointer) keel_link_item_get_link (item));

  return item;
}

/* Adds those of @offers whose links are not in the list yet, as many as one call to the service
 * takes. */
void
keel_link_list_add (KeelLinkList *self,
                    GPtrArray    *offers)
{
  guint n_before = keel_link_list_get_n_links (self);
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < offers->len && n_before + added->len < KEEL_LINKS_MAX; i++)
    {
      KeelOffer *offer = offers->pdata[i];

      if (!g_hash_table_contains (self->present, offer->link))
        g_ptr_array_add (added, create_item (self, offer));
    }

  g_list_store_splice (self->items, n_before, 0, added->pdata, added->len);
  for (guint i = 0; i < added->len && self->prober != NULL; i++)
    keel_link_prober_add (self->prober, added->pdata[i]);
  update (self);
}

guint
keel_link_list_get_n_links (KeelLinkList *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->items));
}

/* Returns: (transfer full) (element-type KeelOffer) */
GPtrArray *
keel_link_list_dup_selected (KeelLinkList *self)
{
  GPtrArray *offers = keel_offers_new ();

  for (guint i = 0; i < keel_link_list_get_n_links (self); i++)
    {
      g_autoptr (KeelLinkItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      if (keel_link_item_get_selected (item))
        g_ptr_array_add (offers, keel_offer_ref (keel_link_item_get_offer (item)));
    }

  return offers;
}

/* Has all links that are added from now on looked at. @prober must outlive the list. */
void
keel_link_list_set_prober (KeelLinkList   *self,
                           KeelLinkProber *prober)
{
  self->prober = prober;
}

/* Those of the links that are known already are not selected. @known must outlive the list, or the
 * next call. */
void
keel_link_list_set_known (KeelLinkList   *self,
                          KeelKnownLinks *known)
{
  self->known = known;
  for (guint i = 0; known != NULL && i < keel_link_list_get_n_links (self); i++)
    {
      g_autoptr (KeelLinkItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      if (keel_known_links_find (known, keel_link_item_get_link (item)) != 0)
        keel_link_item_set_known (item);
    }
}
