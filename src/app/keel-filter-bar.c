/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-filter-bar.h"

#include <glib/gi18n.h>

/* The row of buttons above the list: which of the groups is shown, and how many downloads each has.
 * They are radio buttons of the window's action "win.filter". If a language needs more room than
 * the window has, the row scrolls sideways. */

/* As on the buttons; translated there. */
static const char *const NAMES[KEEL_TASK_FILTER_COUNT] = {
  [KEEL_TASK_FILTER_ALL] = "All",         [KEEL_TASK_FILTER_ACTIVE] = "Active",
  [KEEL_TASK_FILTER_WAITING] = "Waiting", [KEEL_TASK_FILTER_FINISHED] = "Finished",
  [KEEL_TASK_FILTER_FAILED] = "Failed",
};

struct _KeelFilterBar {
  AdwBin parent_instance;

  GtkLabel *counts[KEEL_TASK_FILTER_COUNT];
  GtkLabel *all_count;
  GtkLabel *active_count;
  GtkLabel *waiting_count;
  GtkLabel *finished_count;
  GtkLabel *failed_count;

  guint numbers[KEEL_TASK_FILTER_COUNT];
  KeelStatusWidth width;
};

G_DEFINE_FINAL_TYPE (KeelFilterBar, keel_filter_bar, ADW_TYPE_BIN)

/* A count of nothing is no news; and in a narrow window the sum is the first to go. */
static void
update (KeelFilterBar  *self,
        KeelTaskFilter  filter)
{
  GtkWidget *button = gtk_widget_get_ancestor (GTK_WIDGET (self->counts[filter]),
                                               GTK_TYPE_TOGGLE_BUTTON);
  g_autofree char *text = g_strdup_printf ("%u", self->numbers[filter]);
  const char *name = g_dpgettext2 (NULL, "filter", NAMES[filter]);
  g_autofree char *spoken = g_strdup_printf ("%s %s", name, text);

  gtk_label_set_label (self->counts[filter], text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  -1);
  gtk_widget_set_visible (GTK_WIDGET (self->counts[filter]),
                          self->numbers[filter] > 0 &&
                            (filter != KEEL_TASK_FILTER_ALL || self->width == KEEL_STATUS_WIDE));
}

static void
keel_filter_bar_class_init (KeelFilterBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-filter-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelFilterBar, all_count);
  gtk_widget_class_bind_template_child (widget_class, KeelFilterBar, active_count);
  gtk_widget_class_bind_template_child (widget_class, KeelFilterBar, waiting_count);
  gtk_widget_class_bind_template_child (widget_class, KeelFilterBar, finished_count);
  gtk_widget_class_bind_template_child (widget_class, KeelFilterBar, failed_count);
}

static void
keel_filter_bar_init (KeelFilterBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  self->counts[KEEL_TASK_FILTER_ALL] = self->all_count;
  self->counts[KEEL_TASK_FILTER_ACTIVE] = self->active_count;
  self->counts[KEEL_TASK_FILTER_WAITING] = self->waiting_count;
  self->counts[KEEL_TASK_FILTER_FINISHED] = self->finished_count;
  self->counts[KEEL_TASK_FILTER_FAILED] = self->failed_count;
  for (guint i = 0; i < KEEL_TASK_FILTER_COUNT; i++)
    update (self, (KeelTaskFilter) i);
}

void
keel_filter_bar_set_count (KeelFilterBar  *self,
                           KeelTaskFilter  filter,
                           guint           count)
{
  if (self->numbers[filter] == count)
    return;

  self->numbers[filter] = count;
  update (self, filter);
}

void
keel_filter_bar_set_width (KeelFilterBar   *self,
                           KeelStatusWidth  width)
{
  self->width = width;
  update (self, KEEL_TASK_FILTER_ALL);
}
