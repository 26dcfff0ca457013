/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

#include <glib/gi18n.h>

#include "keel-background-notice.h"
#include "keel-config.h"
#include "keel-content-button.h"
#include "keel-facts.h"
#include "keel-spoken-names.h"
#include "keel-task-action.h"

/* The window, from its opening to its closing. Its satellites: keel-window-content.c (what it
 * shows), keel-window-actions.c (what can be done with the whole), keel-window-tasks.c (with one
 * download), keel-window-selection.c (with several), keel-window-states.c (what the banner tells),
 * keel-window-dnd.c (what is dropped on it), keel-window-clipboard.c (what it finds when it is
 * looked at).
 *
 * The downloads belong to the service. The window watches, and when it is closed nothing happens
 * to them. */

#define NARROW_BELOW 550 /* px */

enum {
  PROP_0,
  PROP_FILTER,
  PROP_SORT,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (KeelWindow, keel_window, ADW_TYPE_APPLICATION_WINDOW)

/* The service notifies of nothing that happens before somebody's eyes. */
void
keel_window_report_attention (KeelWindow *self)
{
  g_autoptr (GArray) seen = NULL;
  gboolean is_active = gtk_window_is_active (GTK_WINDOW (self));

  if (self->manager == NULL || !keel_manager_get_connected (self->manager))
    return;

  seen = keel_task_view_dup_seen (self->task_view);
  keel_manager_set_attention (self->manager, is_active, (const guint64 *) (void *) seen->data,
                              is_active ? seen->len : 0);
}

static void
keel_window_is_active_cb (KeelWindow *self)
{
  keel_window_report_attention (self);
  keel_task_view_refresh (self->task_view);
  if (gtk_window_is_active (GTK_WINDOW (self)))
    keel_window_offer_clipboard (self);
}

static void
connected_cb (KeelWindow *self)
{
  keel_banner_set_connected (self->banner, keel_manager_get_connected (self->manager));
  keel_window_report_attention (self);
}

static void
set_filter (KeelWindow *self,
            const char *filter)
{
  if (g_strcmp0 (self->filter, filter) == 0)
    return;

  g_free (self->filter);
  self->filter = g_strdup (filter);
  if (self->sections != NULL)
    {
      keel_task_sections_set_filter (self->sections, keel_task_filter_from_nick (filter));
      keel_window_update_page (self);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FILTER]);
}

static void
set_sort (KeelWindow *self,
          const char *sort)
{
  if (g_strcmp0 (self->sort, sort) == 0)
    return;

  g_free (self->sort);
  self->sort = g_strdup (sort);
  if (self->sections != NULL)
    keel_task_sections_set_sort (self->sections, keel_task_sort_from_nick (sort));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SORT]);
}

static void
set_width (KeelWindow      *self,
           KeelStatusWidth  width)
{
  gboolean is_narrow = width == KEEL_STATUS_NARROW;

  self->width = width;
  if (is_narrow)
    gtk_widget_add_css_class (GTK_WIDGET (self), "narrow");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "narrow");

  keel_content_button_show_label (GTK_BUTTON (self->add_button), _("Add"), !is_narrow);
  keel_selection_bar_set_width (self->selection_bar, width);
  keel_filter_bar_set_width (self->filter_bar, width);
  keel_task_view_set_width (self->task_view, width);
  keel_banner_set_width (self->banner, width);
  keel_details_page_set_width (self->details_page, width);
  if (self->sections != NULL)
    keel_window_update_subtitle (self);
}

static gboolean
width_tick_cb (GtkWidget     *widget,
               GdkFrameClock *clock,
               gpointer       user_data)
{
  KeelWindow *self = KEEL_WINDOW (widget);

  self->width_tick_id = 0;
  set_width (self,
             gtk_widget_get_width (widget) < NARROW_BELOW ? KEEL_STATUS_NARROW : KEEL_STATUS_WIDE);

  return G_SOURCE_REMOVE;
}

/* GTK 4.8 has no breakpoints. What depends on the width is changed before the next frame, because
 * widgets may not change while they are being given their places. */
static void
keel_window_size_allocate (GtkWidget *widget,
                           int        width,
                           int        height,
                           int        baseline)
{
  KeelWindow *self = KEEL_WINDOW (widget);

  GTK_WIDGET_CLASS (keel_window_parent_class)->size_allocate (widget, width, height, baseline);

  if ((width < NARROW_BELOW) != (self->width == KEEL_STATUS_NARROW) && self->width_tick_id == 0)
    self->width_tick_id = gtk_widget_add_tick_callback (widget, width_tick_cb, NULL, NULL);
}

static void
keel_window_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (keel_window_parent_class)->map (widget);
  keel_window_update_refreshing (KEEL_WINDOW (widget));
}

static void
keel_window_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (keel_window_parent_class)->unmap (widget);
  keel_window_update_refreshing (KEEL_WINDOW (widget));
}

static void
restore_state (KeelWindow *self)
{
  gtk_window_set_default_size (GTK_WINDOW (self),
                               g_settings_get_int (self->settings, "window-width"),
                               g_settings_get_int (self->settings, "window-height"));
  if (g_settings_get_boolean (self->settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));

  if (g_settings_get_int (self->settings, "window-width") < NARROW_BELOW)
    set_width (self, KEEL_STATUS_NARROW);
}

static void
save_state (KeelWindow *self)
{
  int width, height;

  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  g_settings_set_int (self->settings, "window-width", width);
  g_settings_set_int (self->settings, "window-height", height);
  g_settings_set_boolean (self->settings, "window-maximized",
                          gtk_window_is_maximized (GTK_WINDOW (self)));
}

static gboolean
keel_window_close_request (GtkWindow *window)
{
  KeelWindow *self = KEEL_WINDOW (window);

  save_state (self);
  keel_window_note_leaving (self);
  if (self->sections != NULL)
    keel_background_notice_tell (gtk_window_get_application (window), self->settings,
                                 keel_task_sections_get_count (self->sections,
                                                               KEEL_TASK_FILTER_ACTIVE));
  if (self->removals != NULL)
    keel_removals_carry_out (self->removals);

  return GTK_WINDOW_CLASS (keel_window_parent_class)->close_request (window);
}

static void
keel_window_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  KeelWindow *self = KEEL_WINDOW (object);

  switch (prop_id)
    {
    case PROP_FILTER:
      g_value_set_string (value, self->filter);
      break;
    case PROP_SORT:
      g_value_set_string (value, self->sort);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
keel_window_set_property (GObject      *object,
                          guint         prop_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  KeelWindow *self = KEEL_WINDOW (object);

  switch (prop_id)
    {
    case PROP_FILTER:
      set_filter (self, g_value_get_string (value));
      break;
    case PROP_SORT:
      set_sort (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
keel_window_dispose (GObject *object)
{
  KeelWindow *self = KEEL_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  keel_window_stop_signing_in (self);
  g_clear_handle_id (&self->refresh_source_id, g_source_remove);
  if (self->sections != NULL)
    g_signal_handlers_disconnect_by_data (keel_task_sections_get_rows (self->sections), self);
  if (self->task_view != NULL)
    keel_task_view_set_sections (self->task_view, NULL);
  keel_window_forget_chooser (self);
  g_clear_object (&self->followed);
  g_clear_object (&self->removals);
  g_clear_object (&self->sections);
  g_clear_object (&self->manager);
  /* Taking the list down may have asked for it. */
  g_clear_handle_id (&self->update_source_id, g_source_remove);

  G_OBJECT_CLASS (keel_window_parent_class)->dispose (object);
}

static void
keel_window_finalize (GObject *object)
{
  KeelWindow *self = KEEL_WINDOW (object);

  g_clear_object (&self->settings);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->task_to_mend, g_free);
  g_free (self->filter);
  g_free (self->sort);
  g_free (self->offered);
  g_free (self->when_done_shown);

  G_OBJECT_CLASS (keel_window_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  g_type_ensure (KEEL_TYPE_BANNER);
  g_type_ensure (KEEL_TYPE_DETAILS_PAGE);
  g_type_ensure (KEEL_TYPE_FILTER_BAR);
  g_type_ensure (KEEL_TYPE_SELECTION_BAR);
  g_type_ensure (KEEL_TYPE_TASK_VIEW);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, window_title);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, main_header);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, selection_header);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, selection_title);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, selection_bar);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, add_button);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, when_done_menu);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, search_button);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, search_bar);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, banner);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, content_box);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, filter_bar);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, task_view);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, details_toasts);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, details_page);
  gtk_widget_class_bind_template_callback (widget_class, keel_window_is_active_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_window_page_turned_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_window_search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_window_search_mode_cb);
}

static void
keel_window_class_init (KeelWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = keel_window_get_property;
  object_class->set_property = keel_window_set_property;
  object_class->dispose = keel_window_dispose;
  object_class->finalize = keel_window_finalize;
  widget_class->size_allocate = keel_window_size_allocate;
  widget_class->map = keel_window_map;
  widget_class->unmap = keel_window_unmap;
  GTK_WINDOW_CLASS (klass)->close_request = keel_window_close_request;

  properties[PROP_FILTER] = g_param_spec_string ("filter", NULL, NULL, NULL,
                                                 G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                                   G_PARAM_STATIC_STRINGS);
  properties[PROP_SORT] = g_param_spec_string ("sort", NULL, NULL, NULL,
                                               G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                                 G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  bind_template (widget_class);
  gtk_widget_class_install_property_action (widget_class, "win.filter", "filter");
  gtk_widget_class_install_property_action (widget_class, "win.sort", "sort");
  keel_window_class_install_actions (widget_class);
  keel_window_class_install_selection (widget_class);
  keel_window_class_install_states (widget_class);
  keel_window_class_install_folder (widget_class);
  keel_window_class_install_tasks (widget_class);
  keel_window_class_install_mending (widget_class);
  keel_window_class_install_details (widget_class);
}

static void
keel_window_init (KeelWindow *self)
{
  self->settings = g_settings_new (KEEL_APP_ID);
  self->cancellable = g_cancellable_new ();
  self->filter = g_strdup ("all");
  self->sort = g_strdup ("date");
  gtk_widget_init_template (GTK_WIDGET (self));

  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  gtk_widget_set_visible (self->search_button, FALSE);
  g_settings_bind (self->settings, "filter", self, "filter", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "sort", self, "sort", G_SETTINGS_BIND_DEFAULT);
  keel_window_update_selection (self);
  keel_window_update_actions (self);
  keel_window_update_back (self);
  keel_window_init_dnd (self);
  keel_window_init_when_done (self);
  restore_state (self);
}

KeelWindow *
keel_window_new (AdwApplication *application)
{
  KeelWindow *self = g_object_new (KEEL_TYPE_WINDOW, "application", application, NULL);

  /* The application has given it one. */
  keel_spoken_names_complete (
    GTK_WIDGET (gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (self))));

  return self;
}

/* To where the list was when the window was closed, unless something is to be shown. */
static void
restore_position (KeelWindow *self)
{
  KeelTask *top = keel_manager_get_task (self->manager,
                                         g_settings_get_uint64 (self->settings, "top-task"));

  if (self->task_to_show != 0)
    keel_window_mend_task (self, self->task_to_show, self->task_to_mend);
  else if (top != NULL)
    keel_task_view_show_at_top (self->task_view, top);
}

/* Returns: (transfer none) (nullable): the one that is open */
static KeelAddWindow *
find_add_window (KeelWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));

  for (GList *l = gtk_application_get_windows (application); l != NULL; l = l->next)
    {
      if (KEEL_IS_ADD_WINDOW (l->data))
        return l->data;
    }

  return NULL;
}

/* Gives the window its downloads. Until then it is blank, afterwards it never is. */
void
keel_window_set_manager (KeelWindow  *self,
                         KeelManager *manager)
{
  KeelAddWindow *add_window = find_add_window (self);

  g_return_if_fail (self->manager == NULL);

  self->manager = g_object_ref (manager);
  if (add_window != NULL)
    keel_add_window_set_tasks (add_window, G_LIST_MODEL (manager));
  self->sections = keel_task_sections_new (G_LIST_MODEL (manager));
  self->removals = keel_removals_new (manager, self->sections, self->toast_overlay);
  keel_task_sections_set_filter (self->sections, keel_task_filter_from_nick (self->filter));
  keel_task_sections_set_sort (self->sections, keel_task_sort_from_nick (self->sort));

  g_signal_connect_object (manager, "task-state-changed", G_CALLBACK (keel_task_sections_refile),
                           self->sections, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "task-rank-changed", G_CALLBACK (keel_task_sections_rerank),
                           self->sections, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::connected", G_CALLBACK (connected_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sections, "reranked", G_CALLBACK (keel_window_reranked_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sections, "changed", G_CALLBACK (keel_window_queue_update), self,
                           G_CONNECT_SWAPPED);
  /* Not at once: while a task changes its section there may be no row at all. */
  g_signal_connect_object (keel_task_sections_get_rows (self->sections), "items-changed",
                           G_CALLBACK (keel_window_queue_update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->removals, "notify::pending",
                           G_CALLBACK (keel_window_update_actions), self, G_CONNECT_SWAPPED);

  g_signal_connect_object (self->removals, "undone", G_CALLBACK (keel_task_view_focus_task),
                           self->task_view, G_CONNECT_SWAPPED);

  keel_task_view_set_sections (self->task_view, self->sections);
  g_signal_connect_object (keel_task_view_get_selection (self->task_view), "changed",
                           G_CALLBACK (keel_window_update_selection), self, G_CONNECT_SWAPPED);
  keel_window_update_content (self);
  keel_window_search_changed_cb (self);
  connected_cb (self);
  keel_window_tell_news (self);
  restore_position (self);
  if (gtk_window_is_active (GTK_WINDOW (self)))
    keel_window_offer_clipboard (self);
}

/* There is no service to get downloads from. */
void
keel_window_set_unreachable (KeelWindow *self)
{
  keel_banner_set_connected (self->banner, FALSE);
}

/* Opens the Add window with @offers filled in; nothing starts by itself. An Add window that is open
 * already takes them in.
 *
 * Returns: (transfer none): the Add window */
KeelAddWindow *
keel_window_add_offers (KeelWindow *self,
                        GPtrArray  *offers)
{
  KeelAddWindow *add_window = find_add_window (self);

  if (add_window == NULL)
    {
      add_window = keel_add_window_new (GTK_WINDOW (self));
      if (self->manager != NULL)
        keel_add_window_set_tasks (add_window, G_LIST_MODEL (self->manager));
    }
  keel_add_window_add_offers (add_window, offers);
  gtk_window_present (GTK_WINDOW (add_window));

  return add_window;
}

/* The same with links of which no more is known. */
void
keel_window_add_links (KeelWindow        *self,
                       const char *const *links)
{
  g_autoptr (GPtrArray) offers = keel_offers_for_links (links);

  keel_window_add_offers (self, offers);
}

/* Does what is asked only while the row's button offers the same: a notification may be old. */
static void
mend (KeelWindow *self,
      KeelTask   *task,
      const char *action_name)
{
  KeelFacts facts;

  keel_facts_from_task (&facts, task);
  if (g_str_equal (keel_task_action_for (&facts)->action_name, action_name))
    gtk_widget_activate_action (GTK_WIDGET (self), action_name, "t", keel_task_get_id (task));
}

/* Brings the download with @id into view, as soon as it is known, and does @action_name ("task.…")
 * with it, if it is still what it needs. */
void
keel_window_mend_task (KeelWindow *self,
                       guint64     id,
                       const char *action_name)
{
  KeelTask *task = self->manager != NULL ? keel_manager_get_task (self->manager, id) : NULL;
  g_autofree char *wanted = g_strdup (action_name);

  g_clear_pointer (&self->task_to_mend, g_free);
  if (self->manager == NULL)
    {
      self->task_to_show = id;
      self->task_to_mend = g_steal_pointer (&wanted);
      return;
    }

  self->task_to_show = 0;
  if (task == NULL)
    return;

  keel_window_leave_details (self);
  gtk_search_bar_set_search_mode (self->search_bar, FALSE);
  set_filter (self, "all");
  /* Nobody has pressed a key here, and it is to be seen which one is meant. */
  gtk_window_set_focus_visible (GTK_WINDOW (self), TRUE);
  keel_task_view_focus_task (self->task_view, task);
  if (wanted != NULL)
    mend (self, task, wanted);
}

/* Brings the download with @id into view, as soon as it is known. */
void
keel_window_show_task (KeelWindow *self,
                       guint64     id)
{
  keel_window_mend_task (self, id, NULL);
}

/* Shows what is found for @text, as if somebody had searched for it here. */
void
keel_window_search (KeelWindow *self,
                    const char *text)
{
  keel_window_leave_details (self);
  set_filter (self, "all");
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), text);
  gtk_editable_set_position (GTK_EDITABLE (self->search_entry), -1);
  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  keel_window_search_changed_cb (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}
