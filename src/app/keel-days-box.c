/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-days-box.h"

/* The days of a week, as buttons that stay pressed: as a bit each, from Monday. One of them is
 * always pressed: what holds on no day at all is switched off elsewhere. */

#define N_DAYS 7
#define ALL_DAYS 0x7f

enum {
  PROP_0,
  PROP_DAYS,
  N_PROPS,
};

struct _KeelDaysBox {
  GtkBox parent_instance;

  GtkToggleButton *buttons[N_DAYS];
  gboolean is_filling;
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (KeelDaysBox, keel_days_box, GTK_TYPE_BOX)

guint
keel_days_box_get_days (KeelDaysBox *self)
{
  guint days = 0;

  for (guint i = 0; i < N_DAYS; i++)
    if (gtk_toggle_button_get_active (self->buttons[i]))
      days |= 1u << i;

  return days;
}

void
keel_days_box_set_days (KeelDaysBox *self,
                        guint        days)
{
  if ((days & ALL_DAYS) == 0 || (days & ALL_DAYS) == keel_days_box_get_days (self))
    return;

  self->is_filling = TRUE;
  for (guint i = 0; i < N_DAYS; i++)
    gtk_toggle_button_set_active (self->buttons[i], (days & (1u << i)) != 0);
  self->is_filling = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DAYS]);
}

static void
toggled_cb (GtkToggleButton *button,
            KeelDaysBox     *self)
{
  if (self->is_filling)
    return;

  if (keel_days_box_get_days (self) == 0)
    {
      self->is_filling = TRUE;
      gtk_toggle_button_set_active (button, TRUE);
      self->is_filling = FALSE;
    }
  else
    {
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DAYS]);
    }
}

static void
keel_days_box_get_property (GObject    *object,
                            guint       id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  g_value_set_uint (value, keel_days_box_get_days (KEEL_DAYS_BOX (object)));
}

static void
keel_days_box_set_property (GObject      *object,
                            guint         id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  keel_days_box_set_days (KEEL_DAYS_BOX (object), g_value_get_uint (value));
}

static void
keel_days_box_class_init (KeelDaysBoxClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = keel_days_box_get_property;
  object_class->set_property = keel_days_box_set_property;

  props[PROP_DAYS] = g_param_spec_uint ("days", NULL, NULL, 0, ALL_DAYS, ALL_DAYS,
                                        G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                          G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
keel_days_box_init (KeelDaysBox *self)
{
  gtk_box_set_homogeneous (GTK_BOX (self), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self), "linked");
  gtk_widget_add_css_class (GTK_WIDGET (self), "schedule-days");
  for (int i = 0; i < N_DAYS; i++)
    {
      /* The first of January 2024 was a Monday. */
      g_autoptr (GDateTime) day = g_date_time_new_utc (2024, 1, i + 1, 0, 0, 0);
      g_autofree char *brief = g_date_time_format (day, "%a");
      g_autofree char *name = g_date_time_format (day, "%A");
      GtkWidget *button = gtk_toggle_button_new_with_label (brief);

      gtk_widget_set_tooltip_text (button, name);
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                      -1);
      gtk_widget_set_hexpand (button, TRUE);
      gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (button), TRUE);
      g_signal_connect_object (button, "toggled", G_CALLBACK (toggled_cb), self, 0);
      gtk_box_append (GTK_BOX (self), button);
      self->buttons[i] = GTK_TOGGLE_BUTTON (button);
    }
}
