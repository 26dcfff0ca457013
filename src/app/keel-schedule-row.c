/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-schedule-row.h"

#include <glib/gi18n.h>

#include "keel-days-box.h"
#include "keel-rate-row.h"
#include "keel-time-spin.h"

/* One line of the weekly schedule, to be unfolded and changed: days, from, to, and what holds then.
 * A line that is not understood is kept as it is, and can only be removed. */

enum {
  CHANGED,
  REMOVED,
  N_SIGNALS,
};

/* As in the template. */
enum {
  RULE_LIMIT,
  RULE_UNLIMITED,
  RULE_PAUSE,
};

struct _KeelScheduleRow {
  AdwExpanderRow parent_instance;

  KeelDaysBox *days_box;
  GtkSpinButton *from_spin;
  GtkSpinButton *to_spin;
  AdwComboRow *rule_row;
  KeelRateRow *rate_row;

  char *unknown; /* (owned) (nullable) a line that is not understood */
  gboolean is_filling;
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (KeelScheduleRow, keel_schedule_row, ADW_TYPE_EXPANDER_ROW)

static void
read_entry (KeelScheduleRow   *self,
            KeelScheduleEntry *entry)
{
  guint rule = adw_combo_row_get_selected (self->rule_row);

  *entry = (KeelScheduleEntry) {
    .days = keel_days_box_get_days (self->days_box),
    .from_min = (guint) gtk_spin_button_get_value_as_int (self->from_spin),
    .to_min = (guint) gtk_spin_button_get_value_as_int (self->to_spin),
    .is_pause = rule == RULE_PAUSE,
    .rate_bps = rule == RULE_LIMIT ? keel_rate_row_get_rate (self->rate_row) : 0,
  };
}

static void
update_words (KeelScheduleRow *self)
{
  KeelScheduleEntry entry;
  g_autofree char *when = NULL;
  g_autofree char *what = NULL;

  read_entry (self, &entry);
  when = keel_schedule_entry_dup_when (&entry);
  what = keel_schedule_entry_dup_what (&entry);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), when);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), what);
  gtk_widget_set_visible (GTK_WIDGET (self->rate_row),
                          adw_combo_row_get_selected (self->rule_row) == RULE_LIMIT);
}

static void
keel_schedule_row_changed_cb (KeelScheduleRow *self)
{
  if (self->is_filling)
    return;

  update_words (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
keel_schedule_row_remove_cb (KeelScheduleRow *self)
{
  g_signal_emit (self, signals[REMOVED], 0);
}

static void
keel_schedule_row_finalize (GObject *object)
{
  g_free (KEEL_SCHEDULE_ROW (object)->unknown);

  G_OBJECT_CLASS (keel_schedule_row_parent_class)->finalize (object);
}

static void
keel_schedule_row_class_init (KeelScheduleRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = keel_schedule_row_finalize;

  signals[CHANGED] = g_signal_new ("changed", KEEL_TYPE_SCHEDULE_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[REMOVED] = g_signal_new ("removed", KEEL_TYPE_SCHEDULE_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (KEEL_TYPE_DAYS_BOX);
  g_type_ensure (KEEL_TYPE_RATE_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-schedule-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelScheduleRow, days_box);
  gtk_widget_class_bind_template_child (widget_class, KeelScheduleRow, from_spin);
  gtk_widget_class_bind_template_child (widget_class, KeelScheduleRow, to_spin);
  gtk_widget_class_bind_template_child (widget_class, KeelScheduleRow, rule_row);
  gtk_widget_class_bind_template_child (widget_class, KeelScheduleRow, rate_row);
  gtk_widget_class_bind_template_callback (widget_class, keel_schedule_row_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_schedule_row_remove_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_time_spin_input_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_time_spin_output_cb);
}

static void
keel_schedule_row_init (KeelScheduleRow *self)
{
  self->is_filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
fill (KeelScheduleRow         *self,
      const KeelScheduleEntry *entry)
{
  keel_days_box_set_days (self->days_box, entry->days);
  gtk_spin_button_set_value (self->from_spin, entry->from_min);
  gtk_spin_button_set_value (self->to_spin, entry->to_min);
  adw_combo_row_set_selected (self->rule_row, entry->is_pause      ? RULE_PAUSE :
                                              entry->rate_bps == 0 ? RULE_UNLIMITED :
                                                                     RULE_LIMIT);
  if (entry->rate_bps > 0)
    keel_rate_row_set_rate (self->rate_row, entry->rate_bps);
  update_words (self);
}

/* For a line of the schedule, as the service tells it. */
GtkWidget *
keel_schedule_row_new (const char *text)
{
  KeelScheduleRow *self = g_object_new (KEEL_TYPE_SCHEDULE_ROW, NULL);
  KeelScheduleEntry entry;

  if (keel_schedule_entry_parse (text, &entry))
    {
      fill (self, &entry);
    }
  else
    {
      self->unknown = g_strdup (text);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), text);
      adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (self), FALSE);
    }
  self->is_filling = FALSE;

  return GTK_WIDGET (self);
}

/* Returns: (transfer full) */
char *
keel_schedule_row_dup_text (KeelScheduleRow *self)
{
  KeelScheduleEntry entry;

  if (self->unknown != NULL)
    return g_strdup (self->unknown);

  read_entry (self, &entry);

  return keel_schedule_entry_format (&entry);
}
