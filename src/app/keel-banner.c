/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-banner.h"

/* The line below the header bar that tells of a lasting state and offers the way out of it. So far
 * there is one such state: the download service is away. It is told only when it lasts; a service
 * that is updated or restarted is back before anybody needs to know. */

#define PATIENCE_MSEC 2000

struct _KeelBanner {
  AdwBin parent_instance;

  GtkRevealer *revealer;
  GtkBox *box;

  guint patience_source_id;
};

G_DEFINE_FINAL_TYPE (KeelBanner, keel_banner, ADW_TYPE_BIN)

/* What is folded away is not there for a screen reader either. */
static void
keel_banner_child_revealed_cb (KeelBanner *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->revealer),
                          gtk_revealer_get_child_revealed (self->revealer) ||
                            gtk_revealer_get_reveal_child (self->revealer));
}

static gboolean
patience_cb (gpointer user_data)
{
  KeelBanner *self = user_data;

  self->patience_source_id = 0;
  gtk_widget_set_visible (GTK_WIDGET (self->revealer), TRUE);
  gtk_revealer_set_reveal_child (self->revealer, TRUE);

  return G_SOURCE_REMOVE;
}

static void
keel_banner_dispose (GObject *object)
{
  KeelBanner *self = KEEL_BANNER (object);

  g_clear_handle_id (&self->patience_source_id, g_source_remove);

  G_OBJECT_CLASS (keel_banner_parent_class)->dispose (object);
}

static void
keel_banner_class_init (KeelBannerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = keel_banner_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-banner.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelBanner, revealer);
  gtk_widget_class_bind_template_child (widget_class, KeelBanner, box);
  gtk_widget_class_bind_template_callback (widget_class, keel_banner_child_revealed_cb);
}

static void
keel_banner_init (KeelBanner *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
keel_banner_set_connected (KeelBanner *self,
                           gboolean    connected)
{
  if (connected)
    {
      g_clear_handle_id (&self->patience_source_id, g_source_remove);
      gtk_revealer_set_reveal_child (self->revealer, FALSE);
    }
  else if (self->patience_source_id == 0 && !gtk_revealer_get_reveal_child (self->revealer))
    {
      self->patience_source_id = g_timeout_add (PATIENCE_MSEC, patience_cb, self);
    }
}

/* Where there is no room beside the words, the button goes below them. */
void
keel_banner_set_width (KeelBanner      *self,
                       KeelStatusWidth  width)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->box), width == KEEL_STATUS_WIDE ?
                                                                GTK_ORIENTATION_HORIZONTAL :
                                                                GTK_ORIENTATION_VERTICAL);
}
