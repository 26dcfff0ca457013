/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-space-bar.h"

/* How full a disk is, and how much of it downloads would take: two parts of a bar, whose colours
 * are in the style sheet (spacebar > used, spacebar > wanted). The words beside it say the same, so
 * it is nothing to a screen reader. */

#define LEAST_WANTED 4 /* px: what is small beside a disk is to be seen all the same */

struct _KeelSpaceBar {
  GtkWidget parent_instance;

  GtkWidget *used;
  GtkWidget *wanted;

  guint64 size_bytes;
  guint64 free_bytes;
  guint64 wanted_bytes;
};

G_DEFINE_FINAL_TYPE (KeelSpaceBar, keel_space_bar, GTK_TYPE_WIDGET)

static GtkWidget *
add_part (KeelSpaceBar *self,
          const char   *name)
{
  GtkWidget *part = g_object_new (GTK_TYPE_BOX, "css-name", name, NULL);

  gtk_widget_set_parent (part, GTK_WIDGET (self));

  return part;
}

static void
keel_space_bar_size_allocate (GtkWidget *widget,
                              int        width,
                              int        height,
                              int        baseline)
{
  KeelSpaceBar *self = KEEL_SPACE_BAR (widget);
  double scale = self->size_bytes > 0 ? (double) width / (double) self->size_bytes : 0;
  guint64 used_bytes = self->size_bytes - MIN (self->free_bytes, self->size_bytes);
  int used = (int) ((double) used_bytes * scale);
  int wanted = (int) ((double) self->wanted_bytes * scale);
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GtkAllocation place = { 0, 0, 0, height };

  if (self->wanted_bytes > 0)
    wanted = MAX (wanted, LEAST_WANTED);
  used = MIN (used, width);
  wanted = MIN (wanted, width - used);
  place.width = used;
  place.x = is_rtl ? width - used : 0;
  gtk_widget_set_child_visible (self->used, used > 0);
  if (used > 0)
    gtk_widget_size_allocate (self->used, &place, -1);
  place.width = wanted;
  place.x = is_rtl ? width - used - wanted : used;
  gtk_widget_set_child_visible (self->wanted, wanted > 0);
  if (wanted > 0)
    gtk_widget_size_allocate (self->wanted, &place, -1);
}

static void
keel_space_bar_measure (GtkWidget      *widget,
                        GtkOrientation  orientation,
                        int             for_size,
                        int            *minimum,
                        int            *natural,
                        int            *minimum_baseline,
                        int            *natural_baseline)
{
  KeelSpaceBar *self = KEEL_SPACE_BAR (widget);
  int ignored;

  /* GTK wants to be asked before it is told. */
  gtk_widget_measure (self->used, orientation, -1, &ignored, NULL, NULL, NULL);
  gtk_widget_measure (self->wanted, orientation, -1, &ignored, NULL, NULL, NULL);
  *minimum = 0;
  *natural = 0;
}

static void
keel_space_bar_dispose (GObject *object)
{
  KeelSpaceBar *self = KEEL_SPACE_BAR (object);

  g_clear_pointer (&self->used, gtk_widget_unparent);
  g_clear_pointer (&self->wanted, gtk_widget_unparent);

  G_OBJECT_CLASS (keel_space_bar_parent_class)->dispose (object);
}

static void
keel_space_bar_class_init (KeelSpaceBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = keel_space_bar_dispose;
  widget_class->measure = keel_space_bar_measure;
  widget_class->size_allocate = keel_space_bar_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "spacebar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
keel_space_bar_init (KeelSpaceBar *self)
{
  self->used = add_part (self, "used");
  self->wanted = add_part (self, "wanted");
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

/* Of a file system of @size_bytes. */
void
keel_space_bar_set (KeelSpaceBar *self,
                    guint64       size_bytes,
                    guint64       free_bytes,
                    guint64       wanted_bytes)
{
  self->size_bytes = size_bytes;
  self->free_bytes = free_bytes;
  self->wanted_bytes = wanted_bytes;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}
