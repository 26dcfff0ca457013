/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

#include <glib/gi18n.h>

#include "keel-add-window.h"
#include "keel-config.h"

/* The window, from its opening to its closing. Its satellites: keel-window-content.c (what it
 * shows), keel-window-actions.c (what can be done with the whole), keel-window-tasks.c (with one
 * download), keel-window-dnd.c (what is dropped on it).
 *
 * The downloads belong to the service. The window watches, and when it is closed nothing happens
 * to them. */

#define NARROW_BELOW 550 /* px */

enum {
  PROP_0,
  PROP_FILTER,
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
set_width (KeelWindow      *self,
           KeelStatusWidth  width)
{
  gboolean is_narrow = width == KEEL_STATUS_NARROW;

  self->width = width;
  if (is_narrow)
    gtk_widget_add_css_class (GTK_WIDGET (self), "narrow");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "narrow");

  adw_button_content_set_label (self->add_content, is_narrow ? "" : _("Add"));
  keel_filter_bar_set_width (self->filter_bar, width);
  keel_task_view_set_width (self->task_view, width);
  keel_banner_set_width (self->banner, width);
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
  g_clear_object (&self->removals);
  g_clear_object (&self->sections);
  g_clear_object (&self->manager);

  G_OBJECT_CLASS (keel_window_parent_class)->dispose (object);
}

static void
keel_window_finalize (GObject *object)
{
  KeelWindow *self = KEEL_WINDOW (object);

  g_clear_object (&self->settings);
  g_clear_object (&self->cancellable);
  g_free (self->filter);

  G_OBJECT_CLASS (keel_window_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  g_type_ensure (KEEL_TYPE_BANNER);
  g_type_ensure (KEEL_TYPE_FILTER_BAR);
  g_type_ensure (KEEL_TYPE_TASK_VIEW);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, window_title);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, add_button);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, add_content);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, search_button);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, search_bar);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, banner);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, content_box);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, filter_bar);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, KeelWindow, task_view);
  gtk_widget_class_bind_template_callback (widget_class, keel_window_is_active_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_window_search_changed_cb);
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
  g_object_class_install_properties (object_class, N_PROPS, properties);

  bind_template (widget_class);
  gtk_widget_class_install_property_action (widget_class, "win.filter", "filter");
  keel_window_class_install_actions (widget_class);
  keel_window_class_install_tasks (widget_class);
  keel_window_class_install_mending (widget_class);
}

static void
keel_window_init (KeelWindow *self)
{
  self->settings = g_settings_new (KEEL_APP_ID);
  self->cancellable = g_cancellable_new ();
  self->filter = g_strdup ("all");
  gtk_widget_init_template (GTK_WIDGET (self));

  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  gtk_widget_set_visible (self->search_button, FALSE);
  g_settings_bind (self->settings, "filter", self, "filter", G_SETTINGS_BIND_DEFAULT);
  keel_window_update_actions (self);
  keel_window_init_dnd (self);
  restore_state (self);
}

KeelWindow *
keel_window_new (AdwApplication *application)
{
  return g_object_new (KEEL_TYPE_WINDOW, "application", application, NULL);
}

/* Gives the window its downloads. Until then it is blank, afterwards it never is. */
void
keel_window_set_manager (KeelWindow  *self,
                         KeelManager *manager)
{
  g_return_if_fail (self->manager == NULL);

  self->manager = g_object_ref (manager);
  self->sections = keel_task_sections_new (G_LIST_MODEL (manager));
  self->removals = keel_removals_new (manager, self->sections, self->toast_overlay);
  keel_task_sections_set_filter (self->sections, keel_task_filter_from_nick (self->filter));

  g_signal_connect_object (manager, "task-state-changed", G_CALLBACK (keel_task_sections_refile),
                           self->sections, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::connected", G_CALLBACK (connected_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sections, "changed", G_CALLBACK (keel_window_update_content), self,
                           G_CONNECT_SWAPPED);
  /* After the list has its rows. */
  g_signal_connect_object (keel_task_sections_get_rows (self->sections), "items-changed",
                           G_CALLBACK (keel_window_update_page), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (self->removals, "notify::pending",
                           G_CALLBACK (keel_window_update_actions), self, G_CONNECT_SWAPPED);

  g_signal_connect_object (self->removals, "undone", G_CALLBACK (keel_task_view_focus_task),
                           self->task_view, G_CONNECT_SWAPPED);

  keel_task_view_set_sections (self->task_view, self->sections);
  keel_window_update_content (self);
  connected_cb (self);
  if (self->task_to_show != 0)
    keel_window_show_task (self, self->task_to_show);
}

/* There is no service to get downloads from. */
void
keel_window_set_unreachable (KeelWindow *self)
{
  keel_banner_set_connected (self->banner, FALSE);
}

/* Opens the Add window with @links filled in; nothing starts by itself. An Add window that is open
 * already takes them in. */
void
keel_window_add_links (KeelWindow        *self,
                       const char *const *links)
{
  g_autoptr (GList) windows = g_list_copy (
    gtk_application_get_windows (gtk_window_get_application (GTK_WINDOW (self))));
  KeelAddWindow *add_window = NULL;

  for (GList *l = windows; l != NULL && add_window == NULL; l = l->next)
    {
      if (KEEL_IS_ADD_WINDOW (l->data))
        add_window = l->data;
    }

  if (add_window == NULL)
    add_window = keel_add_window_new (GTK_WINDOW (self));
  keel_add_window_add_links (add_window, links);
  gtk_window_present (GTK_WINDOW (add_window));
}

/* Brings the download with @id into view, as soon as it is known. */
void
keel_window_show_task (KeelWindow *self,
                       guint64     id)
{
  KeelTask *task = self->manager != NULL ? keel_manager_get_task (self->manager, id) : NULL;

  if (self->manager == NULL)
    {
      self->task_to_show = id;
      return;
    }

  self->task_to_show = 0;
  if (task == NULL)
    return;

  gtk_search_bar_set_search_mode (self->search_bar, FALSE);
  set_filter (self, "all");
  keel_task_view_focus_task (self->task_view, task);
}
