/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-time-spin.h"

/* A time of day in a GtkSpinButton, whose value is in minutes: handlers of its signals "output" and
 * "input", for templates. Hours alone will do when it is typed. */

gboolean
keel_time_spin_output_cb (GtkSpinButton *spin)
{
  int minutes = gtk_spin_button_get_value_as_int (spin);
  g_autofree char *text = g_strdup_printf ("%02d:%02d", minutes / 60, minutes % 60);

  if (!g_str_equal (text, gtk_editable_get_text (GTK_EDITABLE (spin))))
    gtk_editable_set_text (GTK_EDITABLE (spin), text);

  return TRUE;
}

int
keel_time_spin_input_cb (GtkSpinButton *spin,
                         double        *out_value)
{
  g_auto (GStrv) parts = g_strsplit (gtk_editable_get_text (GTK_EDITABLE (spin)), ":", 2);
  guint64 hours, minutes = 0;

  if (parts[0] == NULL || !g_ascii_string_to_unsigned (parts[0], 10, 0, 24, &hours, NULL) ||
      (parts[1] != NULL && !g_ascii_string_to_unsigned (parts[1], 10, 0, 59, &minutes, NULL)))
    return GTK_INPUT_ERROR;

  *out_value = (double) (hours * 60 + minutes);

  return TRUE;
}
