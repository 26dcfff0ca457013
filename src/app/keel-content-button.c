/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-content-button.h"

/* A button with a picture and a word, which has room for the picture only in a narrow window. The
 * word is its name then, for who cannot see it, and its tooltip, unless that says more already. */

/* @button has an AdwButtonContent. */
void
keel_content_button_show_label (GtkButton  *button,
                                const char *label,
                                gboolean    is_shown)
{
  AdwButtonContent *content = ADW_BUTTON_CONTENT (gtk_button_get_child (button));
  GtkAccessible *accessible = GTK_ACCESSIBLE (button);
  const char *tooltip = gtk_widget_get_tooltip_text (GTK_WIDGET (button));

  adw_button_content_set_label (content, is_shown ? label : "");
  /* With its label it would be called by it twice. */
  if (is_shown)
    gtk_accessible_reset_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL);
  else
    gtk_accessible_update_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  if (!is_shown && tooltip == NULL)
    gtk_widget_set_tooltip_text (GTK_WIDGET (button), label);
  else if (is_shown && g_strcmp0 (tooltip, label) == 0)
    gtk_widget_set_tooltip_text (GTK_WIDGET (button), NULL);
}
