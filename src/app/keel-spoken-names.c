/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-spoken-names.h"

#include <glib/gi18n.h>

/* Names for buttons that the toolkit makes inside its own windows and rows: searching the
 * preferences or the shortcuts, showing a password. They have a picture and at most a tooltip, and
 * GTK 4.8 does not take a tooltip for a name; a screen reader would call them "GtkImage". */

#define FIND_ICON "edit-find-symbolic"

/* What the tooltip says changes with what the button would do. */
static void
update_name (GtkWidget *button)
{
  const char *name = gtk_widget_get_tooltip_text (button);

  if (name == NULL && g_strcmp0 (gtk_button_get_icon_name (GTK_BUTTON (button)), FIND_ICON) == 0)
    name = _("Search");
  if (name != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                    -1);
}

/* Names the buttons below @root that have only a picture. Not for what has names of its own. */
void
keel_spoken_names_complete (GtkWidget *root)
{
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    keel_spoken_names_complete (child);

  if (!GTK_IS_BUTTON (root) || gtk_button_get_icon_name (GTK_BUTTON (root)) == NULL)
    return;
  g_signal_connect (root, "notify::tooltip-text", G_CALLBACK (update_name), NULL);
  update_name (root);
}
