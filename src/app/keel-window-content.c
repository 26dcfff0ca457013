/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

/* What the window shows: the list or the page that stands for it, the line under the title, the
 * counts. The model is the manager's list, filed into sections; one timer, once a second and only
 * while something is unfinished and the window is on the screen, brings the words up to date. */

#define REFRESH_SECONDS 1

static gboolean
is_searching (KeelWindow *self)
{
  return gtk_search_bar_get_search_mode (self->search_bar) &&
         *gtk_editable_get_text (GTK_EDITABLE (self->search_entry)) != '\0';
}

/* Pages that are not shown are not there for a screen reader either: GTK 4.8 would still tell it
 * what is on them. */
static void
set_page (KeelWindow *self,
          const char *name)
{
  g_autoptr (GtkSelectionModel) pages = gtk_stack_get_pages (self->stack);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (pages));
  GtkWidget *shown = gtk_stack_get_child_by_name (self->stack, name);
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (gtk_stack_get_visible_child (self->stack) == shown)
    return;

  gtk_widget_set_visible (shown, TRUE);
  gtk_stack_set_visible_child (self->stack, shown);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GObject) page = g_list_model_get_item (G_LIST_MODEL (pages), i);
      GtkWidget *child = gtk_stack_page_get_child (GTK_STACK_PAGE (page));

      gtk_widget_set_visible (child, child == shown);
    }

  /* Where the keyboard is of use, unless it is in use elsewhere. */
  if (shown == GTK_WIDGET (self->task_view) && (focus == NULL || focus == self->add_button))
    keel_task_view_focus_near (self->task_view, 0);
}

void
keel_window_update_page (KeelWindow *self)
{
  gboolean is_empty = keel_task_sections_get_count (self->sections, KEEL_TASK_FILTER_ALL) == 0;
  gboolean has_rows = g_list_model_get_n_items (keel_task_sections_get_rows (self->sections)) > 0;
  const char *page = "list";

  if (is_empty)
    page = "empty";
  else if (!has_rows)
    page = is_searching (self) ? "no-result" : "no-group";

  set_page (self, page);
  gtk_widget_set_visible (GTK_WIDGET (self->filter_bar),
                          !is_empty && (has_rows || !is_searching (self)));
  gtk_widget_set_visible (self->search_button, !is_empty);
  /* Typing searches, where there is something to search in. */
  gtk_search_bar_set_key_capture_widget (self->search_bar, is_empty ? NULL : GTK_WIDGET (self));
  if (is_empty)
    gtk_search_bar_set_search_mode (self->search_bar, FALSE);
}

void
keel_window_update_subtitle (KeelWindow *self)
{
  guint n_active = keel_task_sections_get_count (self->sections, KEEL_TASK_FILTER_ACTIVE);
  guint n_waiting = keel_task_sections_get_count (self->sections, KEEL_TASK_FILTER_WAITING);
  guint n_paused = keel_task_sections_count_state (self->sections, KEEL_TASK_STATE_PAUSED);
  KeelTaskTotals totals;
  gint64 left_seconds = KEEL_PACE_UNKNOWN;
  g_autofree char *subtitle = NULL;

  keel_task_sections_sum_active (self->sections, &totals);
  if (totals.rate_bps > 0 && totals.left_bytes >= 0)
    left_seconds = totals.left_bytes / (gint64) totals.rate_bps;

  keel_pace_update (&self->pace, g_get_monotonic_time (), n_active > 0, totals.received_bytes,
                    left_seconds);
  subtitle = keel_status_subtitle (n_active, n_waiting - n_paused, n_paused, totals.rate_bps,
                                   keel_pace_get_time_left (&self->pace), self->width);
  adw_window_title_set_subtitle (self->window_title, subtitle);
}

static gboolean
refresh_cb (gpointer user_data)
{
  KeelWindow *self = user_data;

  keel_window_update_subtitle (self);
  keel_task_sections_log_speed (self->sections, g_get_monotonic_time ());
  keel_task_view_refresh (self->task_view);

  return G_SOURCE_CONTINUE;
}

void
keel_window_update_refreshing (KeelWindow *self)
{
  gboolean is_needed = self->sections != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)) &&
                       (keel_task_sections_get_count (self->sections, KEEL_TASK_FILTER_ACTIVE) >
                          0 ||
                        keel_task_sections_get_count (self->sections, KEEL_TASK_FILTER_WAITING) >
                          0);

  if (!is_needed)
    g_clear_handle_id (&self->refresh_source_id, g_source_remove);
  else if (self->refresh_source_id == 0)
    self->refresh_source_id = g_timeout_add_seconds (REFRESH_SECONDS, refresh_cb, self);
}

void
keel_window_update_content (KeelWindow *self)
{
  for (guint i = 0; i < KEEL_TASK_FILTER_COUNT; i++)
    keel_filter_bar_set_count (self->filter_bar, (KeelTaskFilter) i,
                               keel_task_sections_get_count (self->sections, (KeelTaskFilter) i));

  keel_window_update_page (self);
  keel_window_update_states (self);
  keel_window_update_selection (self);
  keel_window_update_subtitle (self);
  keel_window_update_refreshing (self);
  keel_window_check_details (self);
  keel_window_update_actions (self);
  if (gtk_window_is_active (GTK_WINDOW (self)))
    keel_window_report_attention (self);
}

static gboolean
update_cb (gpointer user_data)
{
  KeelWindow *self = user_data;

  self->update_source_id = 0;
  keel_window_update_content (self);

  return G_SOURCE_REMOVE;
}

/* Once for all that has changed until the next frame: thousands may be paused at a time. */
void
keel_window_queue_update (KeelWindow *self)
{
  if (self->update_source_id == 0)
    self->update_source_id = g_idle_add_full (G_PRIORITY_HIGH_IDLE, update_cb, self, NULL);
}

/* Who has ended the search from within goes on in the list. */
void
keel_window_search_mode_cb (KeelWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (self->sections != NULL && !gtk_search_bar_get_search_mode (self->search_bar) &&
      focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->search_bar)))
    keel_task_view_focus_near (self->task_view, 0);
}

void
keel_window_search_changed_cb (KeelWindow *self)
{
  if (self->sections == NULL)
    return;

  keel_task_sections_set_search (self->sections,
                                 is_searching (self) ?
                                   gtk_editable_get_text (GTK_EDITABLE (self->search_entry)) :
                                   NULL);
  keel_window_update_page (self);
}
