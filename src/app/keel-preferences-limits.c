/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-preferences-window-private.h"

#include <glib/gi18n.h>

#include "keel-error-words.h"
#include "keel-schedule-entry.h"

/* The part of the preferences that is the service's: how much and how many at once. The service has
 * it in its database and nobody else keeps it, so that two windows and the command line agree: what
 * is changed here is sent at once, and what is shown is what the service tells, whoever changed it.
 *
 * While something of ours is on its way, news wait: they may be older than what is in the widget,
 * which would jump back under the person's hand. The service tells news after its answer, so the
 * last of them is still to come when the last answer is here.
 *
 * The schedule alone is remembered in the settings as well, for the time when it is switched off:
 * the service then has none. */

static GtkSpinButton *
find_count (KeelPreferencesWindow  *self,
            guint                   i,
            const char            **out_key)
{
  const struct {
    const char *key;
    GtkSpinButton *spin;
  } counts[] = {
    { "max-active", self->active_spin },
    { "max-per-host", self->host_active_spin },
    { "max-connections", self->connections_spin },
    { "max-connections-per-host", self->host_connections_spin },
    { "max-connections-in-all", self->all_connections_spin },
  };

  if (i >= G_N_ELEMENTS (counts))
    return NULL;

  *out_key = counts[i].key;

  return counts[i].spin;
}

static void
set_sensitive (KeelPreferencesWindow *self,
               gboolean               is_sensitive)
{
  gtk_widget_set_sensitive (self->speed_group, is_sensitive);
  gtk_widget_set_sensitive (self->server_group, is_sensitive);
  gtk_widget_set_sensitive (self->connection_group, is_sensitive);
}

/* --- what the service tells ------------------------------------------------------------------ */

static void
show_schedule (KeelPreferencesWindow *self)
{
  gboolean is_on = self->schedule != NULL && self->schedule[0] != NULL;
  g_auto (GStrv) last = g_settings_get_strv (self->settings, "schedule");
  const char *const *shown = (const char *const *) (is_on ? self->schedule : last);
  g_autofree char *summary = keel_schedule_dup_summary (shown);

  gtk_switch_set_active (self->schedule_switch, is_on);
  adw_action_row_set_subtitle (self->schedule_row, summary);
}

/* @limits: a dictionary, a{sv}, by the keys of keel_manager_set_limits_async() */
void
keel_preferences_window_show_limits (KeelPreferencesWindow *self,
                                     GVariant              *limits)
{
  const char *key;
  GtkSpinButton *spin;
  guint32 count;
  guint64 rate_bps;
  GStrv schedule;

  self->is_showing = TRUE;
  for (guint i = 0; (spin = find_count (self, i, &key)) != NULL; i++)
    if (g_variant_lookup (limits, key, "u", &count))
      gtk_spin_button_set_value (spin, count);
  if (g_variant_lookup (limits, "max-rate", "t", &rate_bps))
    keel_rate_row_set_rate (self->rate_row, rate_bps);
  if (g_variant_lookup (limits, "max-rate-per-host", "t", &rate_bps))
    keel_rate_row_set_rate (self->host_rate_row, rate_bps);
  if (g_variant_lookup (limits, "schedule", "^as", &schedule))
    {
      g_strfreev (self->schedule);
      self->schedule = schedule;
    }
  show_schedule (self);
  set_sensitive (self, TRUE);
  self->is_showing = FALSE;
}

static void
fetched_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (KeelPreferencesWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    status = keel_manager_get_status_finish (KEEL_MANAGER (source), result, &error);

  if (status != NULL && self->n_sending == 0)
    keel_preferences_window_show_limits (self, status);
  else if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_message ("The limits cannot be asked for: %s", error->message);
}

/* Shows what holds; nothing can be changed before that is known. */
void
keel_preferences_window_fetch_limits (KeelPreferencesWindow *self)
{
  set_sensitive (self, FALSE);
  if (self->manager != NULL)
    keel_manager_get_status_async (self->manager, self->cancellable, fetched_cb,
                                   g_object_ref (self));
}

/* --- what the person changes ----------------------------------------------------------------- */

static void
sent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (KeelPreferencesWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *words = NULL;

  self->n_sending--;
  if (keel_manager_set_limits_finish (KEEL_MANAGER (source), result, &error) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  words = keel_error_words_for_call (error);
  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self), adw_toast_new (words));
  keel_preferences_window_fetch_limits (self);
}

static void
send (KeelPreferencesWindow *self,
      const char            *key,
      GVariant              *value)
{
  GVariantDict limits;

  g_variant_dict_init (&limits, NULL);
  g_variant_dict_insert_value (&limits, key, value);
  self->n_sending++;
  keel_manager_set_limits_async (self->manager, g_variant_dict_end (&limits), self->cancellable,
                                 sent_cb, g_object_ref (self));
}

void
keel_preferences_window_count_changed_cb (GtkSpinButton         *spin,
                                          KeelPreferencesWindow *self)
{
  const char *key;
  GtkSpinButton *known;

  if (self->is_showing || self->manager == NULL)
    return;

  for (guint i = 0; (known = find_count (self, i, &key)) != NULL; i++)
    if (known == spin)
      send (self, key, g_variant_new_uint32 ((guint) gtk_spin_button_get_value_as_int (spin)));
}

void
keel_preferences_window_rate_changed_cb (KeelRateRow           *row,
                                         GParamSpec            *property,
                                         KeelPreferencesWindow *self)
{
  if (self->is_showing || self->manager == NULL)
    return;

  send (self, row == self->rate_row ? "max-rate" : "max-rate-per-host",
        g_variant_new_uint64 (keel_rate_row_get_rate (row)));
}

static void
send_schedule (KeelPreferencesWindow *self,
               const char *const     *schedule)
{
  g_autofree char *summary = keel_schedule_dup_summary (schedule);

  g_strfreev (self->schedule);
  self->schedule = g_strdupv ((GStrv) schedule);
  adw_action_row_set_subtitle (self->schedule_row, summary);
  send (self, "schedule", g_variant_new_strv (schedule, -1));
}

void
keel_preferences_window_schedule_switched_cb (KeelPreferencesWindow *self)
{
  g_auto (GStrv) last = NULL;
  const char *const none[] = { NULL };

  if (self->is_showing || self->manager == NULL)
    return;

  if (!gtk_switch_get_active (self->schedule_switch))
    {
      if (self->schedule != NULL && self->schedule[0] != NULL)
        g_settings_set_strv (self->settings, "schedule", (const char *const *) self->schedule);
      send (self, "schedule", g_variant_new_strv (none, -1));
      return;
    }

  last = g_settings_get_strv (self->settings, "schedule");
  if (last[0] == NULL)
    {
      g_settings_reset (self->settings, "schedule");
      g_clear_pointer (&last, g_strfreev);
      last = g_settings_get_strv (self->settings, "schedule");
    }
  send_schedule (self, (const char *const *) last);
}

/* Who edits a schedule wants it to hold; one without a line is none. */
static void
schedule_edited_cb (KeelScheduleWindow    *editor,
                    KeelPreferencesWindow *self)
{
  g_auto (GStrv) schedule = keel_schedule_window_dup_schedule (editor);

  g_settings_set_strv (self->settings, "schedule", (const char *const *) schedule);
  if (self->manager == NULL)
    return;

  self->is_showing = TRUE;
  gtk_switch_set_active (self->schedule_switch, schedule[0] != NULL);
  self->is_showing = FALSE;
  send_schedule (self, (const char *const *) schedule);
}

void
keel_preferences_window_edit_schedule_cb (KeelPreferencesWindow *self)
{
  gboolean is_on = self->schedule != NULL && self->schedule[0] != NULL;
  g_auto (GStrv) last = g_settings_get_strv (self->settings, "schedule");
  KeelScheduleWindow *editor;

  if (self->editor != NULL)
    return;

  editor = keel_schedule_window_new (GTK_WINDOW (self),
                                     (const char *const *) (is_on ? self->schedule : last));
  g_set_weak_pointer (&self->editor, editor);
  g_signal_connect_object (editor, "changed", G_CALLBACK (schedule_edited_cb), self, 0);
  gtk_window_present (GTK_WINDOW (editor));
}
