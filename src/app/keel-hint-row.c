/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-hint-row.h"

/* What is wrong with a field, in words, right under it. It is a row of its own because rows of
 * libadwaita 1.2 have no place for that; while there is nothing to say it is not there. */

struct _KeelHintRow {
  AdwPreferencesRow parent_instance;

  GtkLabel *label;
};

G_DEFINE_FINAL_TYPE (KeelHintRow, keel_hint_row, ADW_TYPE_PREFERENCES_ROW)

/* Passes the focus on: a list of GTK 4.8 looks for it in the next row only, and there is none here.
 */
static gboolean
keel_hint_row_focus (GtkWidget        *widget,
                     GtkDirectionType  direction)
{
  gboolean is_back = direction == GTK_DIR_TAB_BACKWARD || direction == GTK_DIR_UP;
  GtkWidget *sibling = widget;

  do
    sibling = is_back ? gtk_widget_get_prev_sibling (sibling) :
                        gtk_widget_get_next_sibling (sibling);
  while (sibling != NULL && !gtk_widget_get_visible (sibling));

  return sibling != NULL && gtk_widget_child_focus (sibling, direction);
}

static void
keel_hint_row_class_init (KeelHintRowClass *klass)
{
  GTK_WIDGET_CLASS (klass)->focus = keel_hint_row_focus;
}

static void
keel_hint_row_init (KeelHintRow *self)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "accessible-role",
                                   GTK_ACCESSIBLE_ROLE_STATUS, NULL);

  self->label = GTK_LABEL (label);
  gtk_widget_add_css_class (label, "error");
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self), "hint");
  gtk_widget_set_focusable (GTK_WIDGET (self), FALSE);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), FALSE);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self), label);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

GtkWidget *
keel_hint_row_new (void)
{
  return g_object_new (KEEL_TYPE_HINT_ROW, NULL);
}

/* @field: what is right above; @words: (nullable): what is wrong with it, NULL if nothing is */
void
keel_hint_row_tell (KeelHintRow *self,
                    GtkWidget   *field,
                    const char  *words)
{
  if (g_str_equal (gtk_label_get_label (self->label), words != NULL ? words : ""))
    return;

  gtk_label_set_label (self->label, words != NULL ? words : "");
  gtk_widget_set_visible (GTK_WIDGET (self), words != NULL);
  if (words != NULL)
    gtk_widget_add_css_class (field, "error");
  else
    gtk_widget_remove_css_class (field, "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (field), GTK_ACCESSIBLE_STATE_INVALID,
                               words != NULL ? GTK_ACCESSIBLE_INVALID_TRUE :
                                               GTK_ACCESSIBLE_INVALID_FALSE,
                               -1);
}

gboolean
keel_hint_row_tells (KeelHintRow *self)
{
  return gtk_widget_get_visible (GTK_WIDGET (self));
}
