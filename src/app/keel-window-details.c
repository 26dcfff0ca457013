/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

#include <glib/gi18n.h>

/* The page of one download, beside the list: there, and back to the row that it was opened from. */

#define LIST_PAGE "list"
#define DETAILS_PAGE "details"

/* Whether the page of a download is on the screen, and not the list. */
gboolean
keel_window_shows_details (KeelWindow *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), DETAILS_PAGE) == 0;
}

/* The page that is not shown is not there for a screen reader either: GTK 4.8 would still tell it
 * what is on it. It goes when it has slid away. */
void
keel_window_page_turned_cb (KeelWindow *self)
{
  gboolean has_details = keel_window_shows_details (self);

  if (gtk_stack_get_transition_running (self->pages))
    return;
  gtk_widget_set_visible (gtk_stack_get_child_by_name (self->pages, LIST_PAGE), !has_details);
  gtk_widget_set_visible (gtk_stack_get_child_by_name (self->pages, DETAILS_PAGE), has_details);
}

static void
show_page (KeelWindow *self,
           const char *name)
{
  gtk_widget_set_visible (gtk_stack_get_child_by_name (self->pages, name), TRUE);
  gtk_stack_set_visible_child_name (self->pages, name);
  keel_window_page_turned_cb (self);
}

static void
show_details_action (GtkWidget  *widget,
                     const char *action_name,
                     GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);

  if (task == NULL)
    return;
  keel_details_page_set_width (self->details_page, self->width);
  keel_details_page_set_task (self->details_page, task);
  show_page (self, DETAILS_PAGE);
  keel_details_page_start (self->details_page);
  keel_window_update_back (self);
}

/* Back to the list. */
void
keel_window_leave_details (KeelWindow *self)
{
  g_autoptr (KeelTask) task = NULL;

  if (!keel_window_shows_details (self))
    return;
  task = g_object_ref (keel_details_page_get_task (self->details_page));
  show_page (self, LIST_PAGE);
  keel_details_page_set_task (self->details_page, NULL);
  keel_window_update_back (self);
  if (!keel_task_sections_is_hidden (self->sections, task))
    keel_task_view_focus_task (self->task_view, task);
}

static void
back_action (GtkWidget  *widget,
             const char *action_name,
             GVariant   *parameter)
{
  keel_window_leave_details (KEEL_WINDOW (widget));
}

static void
say_copied_action (GtkWidget  *widget,
                   const char *action_name,
                   GVariant   *parameter)
{
  keel_window_toast (KEEL_WINDOW (widget), _("Link copied"));
}

static void
say_action (GtkWidget  *widget,
            const char *action_name,
            GVariant   *parameter)
{
  keel_window_toast (KEEL_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

/* What is not seen is not selected either. */
void
keel_window_update_back (KeelWindow *self)
{
  gboolean has_details = keel_window_shows_details (self);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.back", has_details);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "selection.all", !has_details);
}

/* A download that is not in the list any more has no page. */
void
keel_window_check_details (KeelWindow *self)
{
  if (keel_window_shows_details (self) &&
      keel_task_sections_is_hidden (self->sections,
                                    keel_details_page_get_task (self->details_page)))
    keel_window_leave_details (self);
}

void
keel_window_class_install_details (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "task.show-details", "t", show_details_action);
  gtk_widget_class_install_action (widget_class, "win.back", NULL, back_action);
  gtk_widget_class_install_action (widget_class, "win.say", "s", say_action);
  gtk_widget_class_install_action (widget_class, "win.say-copied", NULL, say_copied_action);
}
