/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-preferences-window-private.h"

#include <glib/gi18n.h>

#include "keel-config.h"
#include "keel-download-folder.h"
#include "keel-folder-check.h"
#include "keel-own-session.h"
#include "keel-spoken-names.h"

/* The preferences. Whatever is changed holds at once; there is nothing to apply.
 *
 * Where a preference lives is where it has to hold. Limits are the service's own
 * (keel-preferences-limits.c). The folder, notifications and the proxy are settings that the
 * service reads, too. What is said about metered networks and batteries goes to the session of the
 * person's own downloads, which remembers it. The rest is a setting that only the application
 * reads. */

G_DEFINE_FINAL_TYPE (KeelPreferencesWindow, keel_preferences_window, ADW_TYPE_PREFERENCES_WINDOW)

/* --- the folder ------------------------------------------------------------------------------ */

static void
show_folder (KeelPreferencesWindow *self,
             const char            *icon_name,
             const char            *trouble)
{
  g_autoptr (GFile) folder = keel_download_folder_dup (self->settings);
  g_autofree char *name = keel_download_folder_dup_name (folder);
  g_autofree char *text = trouble != NULL ? g_strconcat (name, "\n", trouble, NULL) : NULL;
  const char *word = trouble != NULL ? trouble : _("This folder can be written to");

  adw_action_row_set_subtitle (self->folder_row, text != NULL ? text : name);
  gtk_widget_set_visible (GTK_WIDGET (self->folder_image), icon_name != NULL);
  gtk_image_set_from_icon_name (self->folder_image, icon_name);
  gtk_widget_set_css_classes (GTK_WIDGET (self->folder_image),
                              (const char *[]){ trouble != NULL ? "warning" : "success", NULL });
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->folder_image), word);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->folder_image),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, word, -1);
}

static void
folder_checked_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (KeelPreferencesWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (keel_folder_check_finish (result, NULL, NULL, &error))
    show_folder (self, "emblem-ok-symbolic", NULL);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    show_folder (self, "dialog-warning-symbolic", _("This folder cannot be written to"));
}

static void
check_folder (KeelPreferencesWindow *self)
{
  g_autoptr (GFile) folder = keel_download_folder_dup (self->settings);

  g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
  self->checking = g_cancellable_new ();
  show_folder (self, NULL, NULL);
  keel_folder_check_async (folder, self->checking, folder_checked_cb, g_object_ref (self));
}

static void
folder_chosen_cb (GtkNativeDialog       *chooser,
                  int                    response,
                  KeelPreferencesWindow *self)
{
  g_autoptr (GFile) folder = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  if (folder != NULL)
    keel_download_folder_set (self->settings, folder);

  g_clear_object (&self->chooser);
}

static void
keel_preferences_window_choose_folder_cb (KeelPreferencesWindow *self)
{
  g_autoptr (GFile) folder = keel_download_folder_dup (self->settings);

  if (self->chooser != NULL)
    return;

  self->chooser = gtk_file_chooser_native_new (_("Download Folder"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_file (GTK_FILE_CHOOSER (self->chooser), folder, NULL);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (folder_chosen_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* --- the proxy ------------------------------------------------------------------------------- */

static gboolean
is_proxy_valid (const char *text)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_PARSE_RELAXED, NULL);
  static const char *const schemes[] = { "http", "socks", "socks4", "socks4a", "socks5", NULL };

  return uri != NULL && g_strv_contains (schemes, g_uri_get_scheme (uri)) &&
         g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0';
}

/* Half an address would send downloads to nowhere: it is taken over when it makes sense. */
static void
keel_preferences_window_proxy_changed_cb (KeelPreferencesWindow *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->proxy_uri_row));

  if (self->is_showing)
    return;

  if (is_proxy_valid (text) || *text == '\0')
    {
      gtk_widget_remove_css_class (GTK_WIDGET (self->proxy_uri_row), "error");
      g_settings_set_string (self->settings, "proxy-uri", text);
    }
  else
    {
      gtk_widget_add_css_class (GTK_WIDGET (self->proxy_uri_row), "error");
    }
}

static void
keel_preferences_window_ignore_changed_cb (KeelPreferencesWindow *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->proxy_ignore_row));
  g_auto (GStrv) words = g_strsplit_set (text, ", ", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) hosts = NULL;

  if (self->is_showing)
    return;

  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      g_strv_builder_add (builder, words[i]);
  hosts = g_strv_builder_end (builder);
  g_settings_set_strv (self->settings, "proxy-ignore", (const char *const *) hosts);
}

static void
show_proxy (KeelPreferencesWindow *self)
{
  g_autofree char *uri = g_settings_get_string (self->settings, "proxy-uri");
  g_auto (GStrv) ignore = g_settings_get_strv (self->settings, "proxy-ignore");
  g_autofree char *hosts = g_strjoinv (", ", ignore);

  self->is_showing = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->proxy_uri_row), uri);
  gtk_editable_set_text (GTK_EDITABLE (self->proxy_ignore_row), hosts);
  self->is_showing = FALSE;
}

/* --- settings -------------------------------------------------------------------------------- */

/* Rows have their choices in the order of the schema. */
static gboolean
get_choice (GValue   *value,
            GVariant *variant,
            gpointer  user_data)
{
  const char *const *nicks = user_data;

  for (guint i = 0; nicks[i] != NULL; i++)
    if (g_str_equal (nicks[i], g_variant_get_string (variant, NULL)))
      {
        g_value_set_uint (value, i);
        return TRUE;
      }

  return FALSE;
}

static GVariant *
set_choice (const GValue       *value,
            const GVariantType *type,
            gpointer            user_data)
{
  const char *const *nicks = user_data;
  guint selected = g_value_get_uint (value);

  return selected < g_strv_length ((GStrv) nicks) ? g_variant_new_string (nicks[selected]) : NULL;
}

static void
bind_choice (KeelPreferencesWindow *self,
             const char            *key,
             AdwComboRow           *row,
             const char *const     *nicks)
{
  g_settings_bind_with_mapping (self->settings, key, row, "selected", G_SETTINGS_BIND_DEFAULT,
                                get_choice, set_choice, (gpointer) nicks, NULL);
}

static gboolean
is_manual (GBinding     *binding,
           const GValue *from,
           GValue       *to,
           gpointer      user_data)
{
  g_value_set_boolean (to, g_value_get_uint (from) == 1);

  return TRUE;
}

static void
bind_settings (KeelPreferencesWindow *self)
{
  static const char *const conflicts[] = { "rename", "replace", "fail", NULL };
  static const char *const close_actions[] = { "go-on", "pause-all", NULL };
  static const char *const policies[] = { "wait", "anyway", NULL };
  static const char *const proxies[] = { "system", "manual", "none", NULL };
  const struct {
    const char *key;
    GtkSwitch *widget;
  } switches[] = {
    { "notify-finished", self->finished_switch }, { "notify-failed", self->failed_switch },
    { "start-at-login", self->login_switch },     { "keep-awake", self->awake_switch },
    { "status-icon", self->icon_switch },
  };

  for (guint i = 0; i < G_N_ELEMENTS (switches); i++)
    g_settings_bind (self->settings, switches[i].key, switches[i].widget, "active",
                     G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "quiet-times", self->quiet_row, "times",
                   G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "quiet-hours", self->quiet_row, "enable-expansion",
                   G_SETTINGS_BIND_DEFAULT);
  /* Hours that hold are unfolded by the row itself, as if they had just been switched on. */
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self->quiet_row), FALSE);
  bind_choice (self, "when-name-is-taken", self->conflict_row, conflicts);
  bind_choice (self, "when-window-closes", self->close_row, close_actions);
  bind_choice (self, "on-metered", self->metered_row, policies);
  bind_choice (self, "on-battery", self->battery_row, policies);
  bind_choice (self, "proxy-mode", self->proxy_row, proxies);
  g_object_bind_property_full (self->proxy_row, "selected", self->proxy_uri_row, "visible",
                               G_BINDING_SYNC_CREATE, is_manual, NULL, NULL, NULL);
  g_object_bind_property_full (self->proxy_row, "selected", self->proxy_ignore_row, "visible",
                               G_BINDING_SYNC_CREATE, is_manual, NULL, NULL, NULL);
}

static void
policy_told_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KeelSession) session = keel_own_session_open_finish (result, &error);

  /* It will be said again when something is added. */
  if (session == NULL)
    g_message ("The download service was not told of the new policy: %s", error->message);
}

/* To the end, also if the window has gone meanwhile. */
static void
policy_changed_cb (KeelPreferencesWindow *self)
{
  keel_own_session_open_async (self->settings, NULL, policy_told_cb, NULL);
}

/* --- the window ------------------------------------------------------------------------------ */

static void
limits_changed_cb (KeelManager           *manager,
                   GVariant              *limits,
                   KeelPreferencesWindow *self)
{
  if (self->n_sending == 0)
    keel_preferences_window_show_limits (self, limits);
}

static void
connected_cb (KeelPreferencesWindow *self)
{
  if (keel_manager_get_connected (self->manager))
    keel_preferences_window_fetch_limits (self);
}

/* @manager: (nullable): live, and open; until it comes the limits are not known */
void
keel_preferences_window_set_manager (KeelPreferencesWindow *self,
                                     KeelManager           *manager)
{
  if (self->manager != NULL)
    g_signal_handlers_disconnect_by_data (self->manager, self);
  g_set_object (&self->manager, manager);
  if (manager != NULL)
    {
      g_signal_connect_object (manager, "limits-changed", G_CALLBACK (limits_changed_cb), self, 0);
      g_signal_connect_object (manager, "notify::connected", G_CALLBACK (connected_cb), self,
                               G_CONNECT_SWAPPED);
    }
  keel_preferences_window_fetch_limits (self);
}

static void
keel_preferences_window_dispose (GObject *object)
{
  KeelPreferencesWindow *self = KEEL_PREFERENCES_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
  g_clear_object (&self->chooser);
  g_clear_weak_pointer (&self->editor);
  if (self->manager != NULL)
    g_signal_handlers_disconnect_by_data (self->manager, self);
  g_clear_object (&self->manager);

  G_OBJECT_CLASS (keel_preferences_window_parent_class)->dispose (object);
}

static void
keel_preferences_window_finalize (GObject *object)
{
  KeelPreferencesWindow *self = KEEL_PREFERENCES_WINDOW (object);

  g_strfreev (self->schedule);
  g_clear_object (&self->settings);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (keel_preferences_window_parent_class)->finalize (object);
}

#define BIND(child)                                                                                \
  gtk_widget_class_bind_template_child (widget_class, KeelPreferencesWindow, child)

static void
bind_template (GtkWidgetClass *widget_class)
{
  g_type_ensure (KEEL_TYPE_QUIET_ROW);
  g_type_ensure (KEEL_TYPE_RATE_ROW);

  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/keelboat/Keelboat/keel-preferences-window.ui");
  BIND (folder_row);
  BIND (folder_image);
  BIND (conflict_row);
  BIND (finished_switch);
  BIND (failed_switch);
  BIND (quiet_row);
  BIND (close_row);
  BIND (login_switch);
  BIND (awake_switch);
  BIND (icon_switch);
  BIND (metered_row);
  BIND (battery_row);
  BIND (proxy_row);
  BIND (proxy_uri_row);
  BIND (proxy_ignore_row);
  BIND (speed_group);
  BIND (server_group);
  BIND (connection_group);
  BIND (active_spin);
  BIND (host_active_spin);
  BIND (connections_spin);
  BIND (host_connections_spin);
  BIND (all_connections_spin);
  BIND (rate_row);
  BIND (host_rate_row);
  BIND (schedule_row);
  BIND (schedule_switch);
}

static void
keel_preferences_window_class_init (KeelPreferencesWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = keel_preferences_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = keel_preferences_window_finalize;

  bind_template (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, keel_preferences_window_choose_folder_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_preferences_window_count_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_preferences_window_rate_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class,
                                           keel_preferences_window_schedule_switched_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_preferences_window_edit_schedule_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_preferences_window_proxy_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_preferences_window_ignore_changed_cb);
}

static void
keel_preferences_window_init (KeelPreferencesWindow *self)
{
  self->settings = g_settings_new (KEEL_APP_ID);
  self->cancellable = g_cancellable_new ();
  self->is_showing = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  self->is_showing = FALSE;
  keel_spoken_names_complete (GTK_WIDGET (self));

  bind_settings (self);
  show_proxy (self);
  check_folder (self);
  keel_preferences_window_fetch_limits (self);
  g_signal_connect_object (self->settings, "changed::download-folder", G_CALLBACK (check_folder),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "changed::on-metered", G_CALLBACK (policy_changed_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "changed::on-battery", G_CALLBACK (policy_changed_cb),
                           self, G_CONNECT_SWAPPED);
}

KeelPreferencesWindow *
keel_preferences_window_new (GtkWindow *parent)
{
  KeelPreferencesWindow *self = g_object_new (KEEL_TYPE_PREFERENCES_WINDOW, NULL);
  int width = gtk_widget_get_width (GTK_WIDGET (parent));
  int usual_width, height;

  gtk_window_set_transient_for (GTK_WINDOW (self), parent);
  gtk_window_get_default_size (GTK_WINDOW (self), &usual_width, &height);
  if (width > 0 && width < usual_width)
    gtk_window_set_default_size (GTK_WINDOW (self), width, height);

  return self;
}
