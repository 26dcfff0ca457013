/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-when-row.h"

#include <glib/gi18n.h>

#include "keel-time-spin.h"

/* A row in which a moment is chosen: a day from a calendar, and a time. It begins with the half
 * hour that is at least an hour away. A moment that has passed is as good as now, and the row says
 * so. */

struct _KeelWhenRow {
  AdwActionRow parent_instance;

  GtkMenuButton *day_button;
  GtkCalendar *calendar;
  GtkSpinButton *time_spin;
};

G_DEFINE_FINAL_TYPE (KeelWhenRow, keel_when_row, ADW_TYPE_ACTION_ROW)

/* Returns: (transfer full): by the clock on the wall */
GDateTime *
keel_when_row_dup_time (KeelWhenRow *self)
{
  g_autoptr (GDateTime) day = gtk_calendar_get_date (self->calendar);
  int minutes = gtk_spin_button_get_value_as_int (self->time_spin);

  return g_date_time_new_local (g_date_time_get_year (day), g_date_time_get_month (day),
                                g_date_time_get_day_of_month (day), minutes / 60, minutes % 60, 0);
}

static gboolean
is_same_day (GDateTime *one,
             GDateTime *other)
{
  return g_date_time_get_year (one) == g_date_time_get_year (other) &&
         g_date_time_get_day_of_year (one) == g_date_time_get_day_of_year (other);
}

/* Returns: (transfer full) */
static char *
dup_day_words (GDateTime *day)
{
  g_autoptr (GDateTime) today = g_date_time_new_now_local ();
  g_autoptr (GDateTime) tomorrow = g_date_time_add_days (today, 1);

  if (is_same_day (day, today))
    return g_strdup (_("Today"));
  if (is_same_day (day, tomorrow))
    return g_strdup (_("Tomorrow"));

  /* Translators: a day, like "Tue, 24 Nov", for g_date_time_format(). */
  /* xgettext:no-c-format */
  return g_date_time_format (day, _("%a, %-d %b"));
}

static void
keel_when_row_changed_cb (KeelWhenRow *self)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) then = keel_when_row_dup_time (self);
  g_autofree char *day = dup_day_words (then);

  gtk_menu_button_set_label (self->day_button, day);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), g_date_time_compare (then, now) > 0 ?
                                                        "" :
                                                        _("This time has passed"));
}

static void
keel_when_row_class_init (KeelWhenRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-when-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelWhenRow, day_button);
  gtk_widget_class_bind_template_child (widget_class, KeelWhenRow, calendar);
  gtk_widget_class_bind_template_child (widget_class, KeelWhenRow, time_spin);
  gtk_widget_class_bind_template_callback (widget_class, keel_when_row_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_time_spin_input_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_time_spin_output_cb);
}

static void
keel_when_row_init (KeelWhenRow *self)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime)
    soon = g_date_time_add_minutes (now, 90 - g_date_time_get_minute (now) % 30);

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_calendar_select_day (self->calendar, soon);
  gtk_spin_button_set_value (self->time_spin,
                             g_date_time_get_hour (soon) * 60 + g_date_time_get_minute (soon));
  keel_when_row_changed_cb (self);
}
