/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-selection-bar.h"

#include <glib/gi18n.h>

#include "keel-content-button.h"

/* What can be done with all selected downloads at once: the bar below the list, and the menu of a
 * row while there are ticks. A verb is offered if it fits one of them, and then goes to those that
 * it fits. */

struct _KeelSelectionBar {
  AdwBin parent_instance;

  GtkActionBar *bar;
  GtkWidget *pause_button;
  GtkWidget *resume_button;
  GtkWidget *retry_button;
  GtkWidget *remove_button;
};

G_DEFINE_FINAL_TYPE (KeelSelectionBar, keel_selection_bar, ADW_TYPE_BIN)

static void
keel_selection_bar_class_init (KeelSelectionBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/keelboat/Keelboat/keel-selection-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelSelectionBar, bar);
  gtk_widget_class_bind_template_child (widget_class, KeelSelectionBar, pause_button);
  gtk_widget_class_bind_template_child (widget_class, KeelSelectionBar, resume_button);
  gtk_widget_class_bind_template_child (widget_class, KeelSelectionBar, retry_button);
  gtk_widget_class_bind_template_child (widget_class, KeelSelectionBar, remove_button);
}

static void
keel_selection_bar_init (KeelSelectionBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

/* Whether @verb changes anything about @task now. */
gboolean
keel_selection_bar_fits (KeelVerb  verb,
                         KeelTask *task)
{
  KeelTaskState state = keel_task_get_state (task);

  switch (verb)
    {
    case KEEL_VERB_PAUSE:
      return state == KEEL_TASK_STATE_QUEUED || state == KEEL_TASK_STATE_WAITING ||
             state == KEEL_TASK_STATE_RUNNING || state == KEEL_TASK_STATE_VERIFYING;
    case KEEL_VERB_RESUME:
      return state == KEEL_TASK_STATE_PAUSED;
    case KEEL_VERB_RETRY:
      return state == KEEL_TASK_STATE_FAILED || state == KEEL_TASK_STATE_CANCELLED ||
             (state == KEEL_TASK_STATE_WAITING &&
              keel_task_get_wait_reason (task) == KEEL_WAIT_REASON_RETRY);
    case KEEL_VERB_CANCEL:
      return !keel_task_has_ended (task);
    case KEEL_VERB_REMOVE:
    default:
      return TRUE;
    }
}

static gboolean
fits_one (KeelVerb   verb,
          GPtrArray *tasks)
{
  for (guint i = 0; i < tasks->len; i++)
    {
      if (keel_selection_bar_fits (verb, g_ptr_array_index (tasks, i)))
        return TRUE;
    }

  return FALSE;
}

/* Offers what fits @tasks, which are selected; goes when there are none. */
void
keel_selection_bar_show (KeelSelectionBar *self,
                         GPtrArray        *tasks)
{
  gtk_widget_set_visible (GTK_WIDGET (self), tasks->len > 0);
  gtk_action_bar_set_revealed (self->bar, tasks->len > 0);
  gtk_widget_set_visible (self->pause_button, fits_one (KEEL_VERB_PAUSE, tasks));
  gtk_widget_set_visible (self->resume_button, fits_one (KEEL_VERB_RESUME, tasks));
  gtk_widget_set_visible (self->retry_button, fits_one (KEEL_VERB_RETRY, tasks));
}

/* In a narrow window four words side by side have no room in most languages. */
void
keel_selection_bar_set_width (KeelSelectionBar *self,
                              KeelStatusWidth   width)
{
  gboolean is_wide = width == KEEL_STATUS_WIDE;

  keel_content_button_show_label (GTK_BUTTON (self->pause_button), _("Pause"), is_wide);
  keel_content_button_show_label (GTK_BUTTON (self->resume_button), _("Resume"), is_wide);
  keel_content_button_show_label (GTK_BUTTON (self->retry_button), _("Retry"), is_wide);
  keel_content_button_show_label (GTK_BUTTON (self->remove_button), _("Remove"), is_wide);
}

static void
append (GMenu      *menu,
        const char *label,
        const char *action_name,
        const char *accel)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, action_name);

  if (accel != NULL)
    g_menu_item_set_attribute (item, "accel", "s", accel);
  g_menu_append_item (menu, item);
}

/* Returns: (transfer full): what the bar offers for @tasks, and what has no room in it */
GMenuModel *
keel_selection_bar_menu (GPtrArray *tasks)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) verbs = g_menu_new ();
  g_autoptr (GMenu) links = g_menu_new ();
  g_autoptr (GMenu) end = g_menu_new ();

  if (fits_one (KEEL_VERB_PAUSE, tasks))
    append (verbs, _("Pause"), "selection.pause", NULL);
  if (fits_one (KEEL_VERB_RESUME, tasks))
    append (verbs, _("Resume"), "selection.resume", NULL);
  if (fits_one (KEEL_VERB_RETRY, tasks))
    append (verbs, _("Retry"), "selection.retry", NULL);
  append (links, tasks->len > 1 ? _("Copy Links") : _("Copy Link"), "selection.copy-links",
          "<Control>c");
  append (end, _("Remove"), "selection.remove", "Delete");

  if (g_menu_model_get_n_items (G_MENU_MODEL (verbs)) > 0)
    g_menu_append_section (menu, NULL, G_MENU_MODEL (verbs));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (links));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (end));

  return G_MENU_MODEL (g_steal_pointer (&menu));
}
