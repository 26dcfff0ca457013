/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-preferences.h"

#include "keel-config.h"

/* What the person has said in the preferences and must hold without a window: where files go, which
 * notifications there are, whether there is a status icon and whether the machine is kept awake.
 * The proxy is keel-network-watch.c's; limits are our own, in the database, and no settings.
 *
 * Settings are opened when they are asked for first, since an idle service needs none, but before
 * the first worker runs. GIO makes what settings are kept in, and the resolver of proxies, each
 * under a lock of its own and the one that all its defaults have in common; GNOME's resolver opens
 * settings, too. If the main thread comes to the one while a worker makes the other, both hang for
 * ever. Without their schema the service still works, as if nobody had said anything. */

struct _KeelPreferences {
  char *downloads_dir; /* (owned) the desktop's */
  char *chosen_dir;    /* (owned) (nullable) what was said last of it */
  GSettings *settings; /* (owned) (nullable) */
  gboolean has_looked;
  gboolean has_status_icon; /* keys that are younger than the others */
  gboolean has_background_refused;
  gboolean has_quiet_hours;
};

/* (nullable) */
static GSettings *
get_settings (KeelPreferences *self)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = NULL;

  if (self->has_looked)
    return self->settings;
  self->has_looked = TRUE;
  if (source != NULL)
    schema = g_settings_schema_source_lookup (source, KEEL_APP_ID, TRUE);
  /* An older schema, of an application that was not updated, has not all keys. */
  if (schema != NULL && g_settings_schema_has_key (schema, "download-folder"))
    {
      self->settings = g_settings_new_full (schema, NULL, NULL);
      self->has_status_icon = g_settings_schema_has_key (schema, "status-icon");
      self->has_background_refused = g_settings_schema_has_key (schema, "background-refused");
      self->has_quiet_hours = g_settings_schema_has_key (schema, "quiet-hours") &&
                              g_settings_schema_has_key (schema, "quiet-times");
    }
  return self->settings;
}

/* Opens the settings now, instead of when they are asked for first. */
void
keel_preferences_open (KeelPreferences *self)
{
  get_settings (self);
}

/* The folder of what names none. (transfer none) until the next call. */
const char *
keel_preferences_get_downloads_dir (KeelPreferences *self)
{
  GSettings *settings = get_settings (self);
  g_autoptr (GVariant) value = NULL;

  if (settings == NULL)
    return self->downloads_dir;
  value = g_settings_get_value (settings, "download-folder");
  g_free (self->chosen_dir);
  self->chosen_dir = g_strdup (g_variant_get_bytestring (value));
  return g_path_is_absolute (self->chosen_dir) ? self->chosen_dir : self->downloads_dir;
}

/* Whether there are notifications of what has finished. */
gboolean
keel_preferences_wants_finished (KeelPreferences *self)
{
  GSettings *settings = get_settings (self);

  return settings == NULL || g_settings_get_boolean (settings, "notify-finished");
}

/* Likewise of what has failed, or needs somebody. */
gboolean
keel_preferences_wants_failed (KeelPreferences *self)
{
  GSettings *settings = get_settings (self);

  return settings == NULL || g_settings_get_boolean (settings, "notify-failed");
}

/* The hours in which nothing is told; see keel-quiet-hours.c. (transfer full) (nullable): there are
 * none. */
char *
keel_preferences_dup_quiet_times (KeelPreferences *self)
{
  GSettings *settings = get_settings (self);

  if (settings == NULL || !self->has_quiet_hours ||
      !g_settings_get_boolean (settings, "quiet-hours"))
    return NULL;
  return g_settings_get_string (settings, "quiet-times");
}

/* Whether there is an icon among those of the desktop's status. */
gboolean
keel_preferences_wants_status_icon (KeelPreferences *self)
{
  GSettings *settings = get_settings (self);

  return settings != NULL && self->has_status_icon &&
         g_settings_get_boolean (settings, "status-icon");
}

/* Whether the machine is kept awake while data is arriving. */
gboolean
keel_preferences_wants_awake (KeelPreferences *self)
{
  GSettings *settings = get_settings (self);

  return settings == NULL || g_settings_get_boolean (settings, "keep-awake");
}

/* Whether what is unfinished goes on after login. */
gboolean
keel_preferences_wants_login (KeelPreferences *self)
{
  GSettings *settings = get_settings (self);

  return settings == NULL || g_settings_get_boolean (settings, "start-at-login");
}

/* Remembers whether the person does not want us to go on without a window. Gives whether that is
 * new; nothing is where it cannot be remembered. */
gboolean
keel_preferences_set_background_refused (KeelPreferences *self,
                                         gboolean         is_refused)
{
  GSettings *settings = get_settings (self);

  if (settings == NULL || !self->has_background_refused ||
      g_settings_get_boolean (settings, "background-refused") == is_refused)
    return FALSE;
  g_settings_set_boolean (settings, "background-refused", is_refused);
  return TRUE;
}

/* @callback is that of GSettings::changed, for @key. */
void
keel_preferences_connect (KeelPreferences *self,
                          const char      *key,
                          GCallback        callback,
                          gpointer         user_data)
{
  g_autofree char *signal = g_strconcat ("changed::", key, NULL);
  GSettings *settings = get_settings (self);

  if (settings != NULL)
    g_signal_connect (settings, signal, callback, user_data);
}

void
keel_preferences_disconnect (KeelPreferences *self,
                             gpointer         user_data)
{
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, user_data);
}

/* @downloads_dir is that of the desktop. */
KeelPreferences *
keel_preferences_new (const char *downloads_dir)
{
  KeelPreferences *self = g_new0 (KeelPreferences, 1);

  self->downloads_dir = g_strdup (downloads_dir);
  return self;
}

void
keel_preferences_free (KeelPreferences *self)
{
  g_clear_object (&self->settings);
  g_free (self->downloads_dir);
  g_free (self->chosen_dir);
  g_free (self);
}
