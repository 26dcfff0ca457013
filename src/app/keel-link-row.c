/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-link-row.h"

#include "keel-file-type.h"
#include "keel-format.h"

/* One of several links in the Add window, with a box to tick. */

struct _KeelLinkRow {
  GtkWidget parent_instance;

  GtkCheckButton *check_button;
  GtkImage *type_image;
  GtkLabel *name_label;
  GtkLabel *host_label;
  GtkSpinner *spinner;
  GtkLabel *end_label;

  KeelLinkItem *item; /* (owned) (nullable) */
  GBinding *binding;  /* (owned) (nullable) */
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
  gtk_widget_class_bind_template_child (widget_class, KeelLinkRow, spinner);
  gtk_widget_class_bind_template_child (widget_class, KeelLinkRow, end_label);
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

/* The end of the row: how large it is, why it should not be added, or that this is being found out.
 */
static void
show_answer (KeelLinkRow *self)
{
  KeelLinkState state = keel_link_item_get_state (self->item);
  const char *trouble = keel_link_item_get_trouble (self->item);
  g_autofree char *size = NULL;
  guint64 size_bytes;

  if (keel_link_item_get_size (self->item, &size_bytes) && trouble == NULL)
    size = keel_format_size (size_bytes);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), state == KEEL_LINK_ASKING);
  gtk_spinner_set_spinning (self->spinner, state == KEEL_LINK_ASKING);
  gtk_label_set_label (self->end_label, trouble != NULL ? trouble : size != NULL ? size : "");
  gtk_widget_set_visible (GTK_WIDGET (self->end_label), trouble != NULL || size != NULL);
  if (state == KEEL_LINK_FAILED)
    gtk_widget_remove_css_class (GTK_WIDGET (self->end_label), "dim-label");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->end_label), "dim-label");
  if (state == KEEL_LINK_FAILED)
    gtk_widget_add_css_class (GTK_WIDGET (self->end_label), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->end_label), "error");
}

static void
show_name (KeelLinkRow *self)
{
  g_autofree char *name = NULL;
  g_autofree char *host = NULL;
  g_autoptr (GIcon) icon = NULL;

  g_object_get (self->item, "name", &name, "host", &host, NULL);
  icon = keel_file_type_get_icon (name, NULL);
  gtk_image_set_from_gicon (self->type_image, icon);
  gtk_label_set_label (self->name_label, name);
  gtk_label_set_label (self->host_label, host);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->check_button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
answered_cb (KeelLinkRow *self)
{
  show_name (self);
  show_answer (self);
}

/* @item: (nullable): what the row shows; NULL lets go of it */
void
keel_link_row_set_item (KeelLinkRow  *self,
                        KeelLinkItem *item)
{
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_set_object (&self->item, item);
  if (self->binding != NULL)
    {
      g_binding_unbind (self->binding);
      g_clear_object (&self->binding);
    }
  if (item == NULL)
    return;

  answered_cb (self);
  g_signal_connect_object (item, "answered", G_CALLBACK (answered_cb), self, G_CONNECT_SWAPPED);
  self->binding = g_object_ref (
    g_object_bind_property (item, "selected", self->check_button, "active",
                            G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE));
}
