/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-quiet-row.h"

#include <glib/gi18n.h>
#include <string.h>

#include "keel-days-box.h"
#include "keel-schedule-entry.h"
#include "keel-time-spin.h"

/* The hours without notifications: a switch, to be unfolded for the days and the times. It is a
 * line of a schedule without a rule, and what the service reads.
 *
 * Hours that end when they begin make no sense, and are not taken over: the last ones stay. */

/* What makes a line of a schedule of it. */
#define RULE " pause"

enum {
  PROP_0,
  PROP_TIMES,
  N_PROPS,
};

struct _KeelQuietRow {
  AdwExpanderRow parent_instance;

  KeelDaysBox *days_box;
  GtkSpinButton *from_spin;
  GtkSpinButton *to_spin;

  char *times; /* (owned) */
  gboolean is_filling;
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (KeelQuietRow, keel_quiet_row, ADW_TYPE_EXPANDER_ROW)

static void
keel_quiet_row_switched_cb (KeelQuietRow *self)
{
  g_autofree char *line = g_strconcat (self->times != NULL ? self->times : "", RULE, NULL);
  g_autofree char *when = NULL;
  KeelScheduleEntry entry;

  if (adw_expander_row_get_enable_expansion (ADW_EXPANDER_ROW (self)) &&
      keel_schedule_entry_parse (line, &entry))
    when = keel_schedule_entry_dup_when (&entry);
  else
    /* Translators: of hours in which there are no notifications. */
    when = g_strdup (_("No notifications, and a summary afterwards"));
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), when);
}

/* Into the widgets. */
static void
fill (KeelQuietRow *self)
{
  g_autofree char *line = g_strconcat (self->times, RULE, NULL);
  KeelScheduleEntry entry;

  if (!keel_schedule_entry_parse (line, &entry))
    return;

  self->is_filling = TRUE;
  keel_days_box_set_days (self->days_box, entry.days);
  gtk_spin_button_set_value (self->from_spin, entry.from_min);
  gtk_spin_button_set_value (self->to_spin, entry.to_min);
  self->is_filling = FALSE;
}

static void
set_times (KeelQuietRow *self,
           const char   *times)
{
  if (g_strcmp0 (self->times, times) == 0)
    return;

  g_free (self->times);
  self->times = g_strdup (times);
  keel_quiet_row_switched_cb (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TIMES]);
}

static void
keel_quiet_row_changed_cb (KeelQuietRow *self)
{
  KeelScheduleEntry entry = { 0 };
  g_autofree char *line = NULL;

  if (self->is_filling)
    return;

  entry.days = keel_days_box_get_days (self->days_box);
  entry.from_min = (guint) gtk_spin_button_get_value_as_int (self->from_spin);
  entry.to_min = (guint) gtk_spin_button_get_value_as_int (self->to_spin);
  entry.is_pause = TRUE;
  if (entry.from_min == entry.to_min || entry.to_min == 0)
    return;

  line = keel_schedule_entry_format (&entry);
  line[strlen (line) - strlen (RULE)] = '\0';
  set_times (self, line);
}

static void
keel_quiet_row_get_property (GObject    *object,
                             guint       id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  g_value_set_string (value, KEEL_QUIET_ROW (object)->times);
}

static void
keel_quiet_row_set_property (GObject      *object,
                             guint         id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  KeelQuietRow *self = KEEL_QUIET_ROW (object);

  set_times (self, g_value_get_string (value));
  fill (self);
}

static void
keel_quiet_row_finalize (GObject *object)
{
  g_free (KEEL_QUIET_ROW (object)->times);

  G_OBJECT_CLASS (keel_quiet_row_parent_class)->finalize (object);
}

static void
keel_quiet_row_class_init (KeelQuietRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->finalize = keel_quiet_row_finalize;
  object_class->get_property = keel_quiet_row_get_property;
  object_class->set_property = keel_quiet_row_set_property;

  props[PROP_TIMES] = g_param_spec_string ("times", NULL, NULL, NULL,
                                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                             G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  g_type_ensure (KEEL_TYPE_DAYS_BOX);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-quiet-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelQuietRow, days_box);
  gtk_widget_class_bind_template_child (widget_class, KeelQuietRow, from_spin);
  gtk_widget_class_bind_template_child (widget_class, KeelQuietRow, to_spin);
  gtk_widget_class_bind_template_callback (widget_class, keel_quiet_row_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_quiet_row_switched_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_time_spin_input_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_time_spin_output_cb);
}

/* The switch is libadwaita's, and has no name. */
static void
name_switches (GtkWidget  *root,
               const char *name)
{
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    name_switches (child, name);

  if (GTK_IS_SWITCH (root))
    gtk_accessible_update_property (GTK_ACCESSIBLE (root), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
keel_quiet_row_init (KeelQuietRow *self)
{
  self->is_filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  self->is_filling = FALSE;
  name_switches (GTK_WIDGET (self), adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self)));
  keel_quiet_row_switched_cb (self);
}
