/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-link-list.h"

#include <glib/gi18n.h>

#include "keel-link-item.h"
#include "keel-link-row.h"
#include "keel-links.h"

/* Several links in the Add window: all of them to begin with, and whoever wants fewer unticks the
 * others. A GtkListView, because a pasted page may have a thousand. */

struct _KeelLinkList {
  AdwBin parent_instance;

  AdwPreferencesGroup *group;
  GtkListView *list_view;
  GtkWidget *select_all_button;

  GListStore *items; /* (owned), of KeelLinkItem */
};

enum {
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (KeelLinkList, keel_link_list, ADW_TYPE_BIN)

static guint
count_selected (KeelLinkList *self)
{
  g_auto (GStrv) selected = keel_link_list_dup_selected (self);

  return g_strv_length (selected);
}

static void
update (KeelLinkList *self)
{
  guint n_links = keel_link_list_get_n_links (self);
  guint n_selected = count_selected (self);
  g_autofree char *title = g_strdup_printf (ngettext ("%d Link", "%d Links", n_links),
                                            (int) n_links);
  g_autofree char *description = g_strdup_printf (ngettext ("%d selected", "%d selected",
                                                            n_selected),
                                                  (int) n_selected);

  adw_preferences_group_set_title (self->group, title);
  adw_preferences_group_set_description (self->group, description);
  gtk_widget_set_sensitive (self->select_all_button, n_selected < n_links);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
keel_link_list_select_all_cb (KeelLinkList *self)
{
  for (guint i = 0; i < keel_link_list_get_n_links (self); i++)
    {
      g_autoptr (KeelLinkItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      g_signal_handlers_block_by_func (item, update, self);
      keel_link_item_set_selected (item, TRUE);
      g_signal_handlers_unblock_by_func (item, update, self);
    }

  update (self);
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
  gtk_widget_init_template (GTK_WIDGET (self));
  selection = gtk_no_selection_new (G_LIST_MODEL (g_object_ref (self->items)));
  gtk_list_view_set_model (self->list_view, GTK_SELECTION_MODEL (selection));
}

static gboolean
has_link (KeelLinkList *self,
          const char   *link)
{
  for (guint i = 0; i < keel_link_list_get_n_links (self); i++)
    {
      g_autoptr (KeelLinkItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      if (g_str_equal (keel_link_item_get_link (item), link))
        return TRUE;
    }

  return FALSE;
}

/* Adds those of @links that are not in the list yet, as many as one call to the service takes. */
void
keel_link_list_add (KeelLinkList      *self,
                    const char *const *links)
{
  for (guint i = 0; links[i] != NULL && keel_link_list_get_n_links (self) < KEEL_LINKS_MAX; i++)
    {
      g_autoptr (KeelLinkItem) item = NULL;

      if (has_link (self, links[i]))
        continue;

      item = keel_link_item_new (links[i]);
      g_signal_connect_object (item, "notify::selected", G_CALLBACK (update), self,
                               G_CONNECT_SWAPPED);
      g_list_store_append (self->items, item);
    }

  update (self);
}

guint
keel_link_list_get_n_links (KeelLinkList *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->items));
}

/* Returns: (transfer full) */
GStrv
keel_link_list_dup_selected (KeelLinkList *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < keel_link_list_get_n_links (self); i++)
    {
      g_autoptr (KeelLinkItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      if (keel_link_item_get_selected (item))
        g_strv_builder_add (builder, keel_link_item_get_link (item));
    }

  return g_strv_builder_end (builder);
}
