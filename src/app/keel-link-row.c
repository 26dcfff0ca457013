/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-link-row.h"

#include "keel-file-type.h"
#include "keel-links.h"

/* One of several links in the Add window, with a box to tick. */

struct _KeelLinkRow {
  GtkWidget parent_instance;

  GtkCheckButton *check_button;
  GtkImage *type_image;
  GtkLabel *name_label;
  GtkLabel *host_label;

  GBinding *binding; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (KeelLinkRow, keel_link_row, GTK_TYPE_WIDGET)

static void
keel_link_row_dispose (GObject *object)
{
  KeelLinkRow *self = KEEL_LINK_ROW (object);
  GtkWidget *child;

  keel_link_row_set_item (self, NULL);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);

  G_OBJECT_CLASS (keel_link_row_parent_class)->dispose (object);
}

static void
keel_link_row_class_init (KeelLinkRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = keel_link_row_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-link-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelLinkRow, check_button);
  gtk_widget_class_bind_template_child (widget_class, KeelLinkRow, type_image);
  gtk_widget_class_bind_template_child (widget_class, KeelLinkRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, KeelLinkRow, host_label);
  gtk_widget_class_set_css_name (widget_class, "linkrow");
}

static void
keel_link_row_init (KeelLinkRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
keel_link_row_new (void)
{
  return g_object_new (KEEL_TYPE_LINK_ROW, NULL);
}

/* @item: (nullable): what the row shows; NULL lets go of it */
void
keel_link_row_set_item (KeelLinkRow  *self,
                        KeelLinkItem *item)
{
  g_autofree char *name = NULL;
  g_autofree char *host = NULL;
  g_autofree char *file_name = NULL;
  g_autoptr (GIcon) icon = NULL;

  if (self->binding != NULL)
    {
      g_binding_unbind (self->binding);
      g_clear_object (&self->binding);
    }
  if (item == NULL)
    return;

  g_object_get (item, "name", &name, "host", &host, NULL);
  file_name = keel_links_guess_name (keel_link_item_get_link (item));
  icon = keel_file_type_get_icon (file_name, NULL);
  gtk_image_set_from_gicon (self->type_image, icon);
  gtk_label_set_label (self->name_label, name);
  gtk_label_set_label (self->host_label, host);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->check_button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);

  self->binding = g_object_ref (
    g_object_bind_property (item, "selected", self->check_button, "active",
                            G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE));
}
