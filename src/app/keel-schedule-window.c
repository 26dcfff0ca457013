/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-schedule-window.h"

#include "keel-schedule-row.h"

/* The weekly schedule: lines, of which the first that holds counts. What is changed is said at once
 * ("changed"); there is nothing to apply. */

/* What the service takes. */
#define MOST_ENTRIES 64

#define NEW_ENTRY "mon-fri 09:00-18:00 500000"

enum {
  CHANGED,
  N_SIGNALS,
};

struct _KeelScheduleWindow {
  AdwWindow parent_instance;

  GtkWidget *add_button;
  AdwPreferencesGroup *group;

  GPtrArray *rows; /* (owned) (element-type KeelScheduleRow), not owned, from top to bottom */
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (KeelScheduleWindow, keel_schedule_window, ADW_TYPE_WINDOW)

static void
row_changed_cb (KeelScheduleWindow *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
row_removed_cb (KeelScheduleRow    *row,
                KeelScheduleWindow *self)
{
  g_ptr_array_remove (self->rows, row);
  adw_preferences_group_remove (self->group, GTK_WIDGET (row));
  gtk_widget_set_sensitive (self->add_button, TRUE);
  gtk_widget_grab_focus (self->add_button);
  g_signal_emit (self, signals[CHANGED], 0);
}

static GtkWidget *
append (KeelScheduleWindow *self,
        const char         *text)
{
  GtkWidget *row = keel_schedule_row_new (text);

  g_signal_connect_object (row, "changed", G_CALLBACK (row_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "removed", G_CALLBACK (row_removed_cb), self, 0);
  g_ptr_array_add (self->rows, row);
  adw_preferences_group_add (self->group, row);
  gtk_widget_set_sensitive (self->add_button, self->rows->len < MOST_ENTRIES);

  return row;
}

static void
keel_schedule_window_add_cb (KeelScheduleWindow *self)
{
  GtkWidget *row = append (self, NEW_ENTRY);

  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
  gtk_widget_child_focus (row, GTK_DIR_TAB_FORWARD);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
keel_schedule_window_finalize (GObject *object)
{
  g_ptr_array_unref (KEEL_SCHEDULE_WINDOW (object)->rows);

  G_OBJECT_CLASS (keel_schedule_window_parent_class)->finalize (object);
}

static void
keel_schedule_window_class_init (KeelScheduleWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = keel_schedule_window_finalize;

  signals[CHANGED] = g_signal_new ("changed", KEEL_TYPE_SCHEDULE_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/keelboat/Keelboat/keel-schedule-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelScheduleWindow, add_button);
  gtk_widget_class_bind_template_child (widget_class, KeelScheduleWindow, group);
  gtk_widget_class_bind_template_callback (widget_class, keel_schedule_window_add_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
keel_schedule_window_init (KeelScheduleWindow *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* @entries are lines as the service tells them. */
KeelScheduleWindow *
keel_schedule_window_new (GtkWindow         *parent,
                          const char *const *entries)
{
  KeelScheduleWindow *self = g_object_new (KEEL_TYPE_SCHEDULE_WINDOW, "transient-for", parent,
                                           NULL);

  for (guint i = 0; entries[i] != NULL; i++)
    append (self, entries[i]);

  return self;
}

/* Returns: (transfer full): the lines as the service takes them */
GStrv
keel_schedule_window_dup_schedule (KeelScheduleWindow *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < self->rows->len; i++)
    {
      g_autofree char *text = keel_schedule_row_dup_text (g_ptr_array_index (self->rows, i));

      g_strv_builder_add (builder, text);
    }

  return g_strv_builder_end (builder);
}
