/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-inhibitor.h"

#include "keel-inhibition.h"

#include <glib/gi18n.h>

/* Keeps the machine awake while bytes flow, unless the person does not want it (`keep-awake`), or
 * the battery is nearly empty: then what is left of it is worth more than a download.
 *
 * Who can do it is asked one after the other (keel-inhibition.c) until somebody does; who does not
 * answer within three seconds is passed over. When the one who did has gone, all are asked again.
 * When nobody can, that is all right, and they are asked again when the number of downloads is
 * another one.
 *
 * Logging out is hindered only where it would lose something: while a server sends that cannot go
 * on where it stopped. All else goes on after the next login, and the person need not be bothered.
 *
 * The reason names how many downloads there are. It is put right when that has changed, but not
 * within a minute: nobody watches it, and each time is a new request. */

#define PATIENCE_USEC (3 * (gint64) G_USEC_PER_SEC)
#define RENEWAL_USEC (60 * (gint64) G_USEC_PER_SEC)

struct _KeelInhibitor {
  GDBusConnection *session; /* (owned) */
  KeelClock *clock;
  KeelFlow *flow;               /* (owned) */
  KeelPowerWatch *power;        /* (owned) */
  KeelPreferences *preferences; /* outlives it */
  gboolean is_listening;        /* to those */
  GCancellable *cancellable;    /* (owned) (nullable) while the system bus is asked for */
  KeelInhibitionKind first;
  KeelInhibitionKind last;
  KeelInhibitionKind kind;    /* of the present one */
  KeelInhibition *inhibition; /* (owned) (nullable) */
  guint patience_timer;
  guint count; /* these three: what was asked for */
  gboolean with_logout;
  gint64 asked_usec;
};

static void ask (KeelInhibitor *self, KeelInhibitionKind kind);

static void
let_go (KeelInhibitor *self)
{
  keel_clock_cancel (self->clock, &self->patience_timer);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->inhibition, keel_inhibition_drop);
}

/* The next one, if there is one. */
static void
pass_over (KeelInhibitor *self)
{
  KeelInhibitionKind kind = self->kind;

  let_go (self);
  if (kind < self->last)
    ask (self, kind + 1);
  else
    g_debug ("Nobody keeps the machine awake");
}

static void
patience_timer_cb (gpointer user_data)
{
  KeelInhibitor *self = user_data;

  self->patience_timer = 0;
  pass_over (self);
}

static void
news_cb (gpointer           user_data,
         KeelInhibitionNews news)
{
  KeelInhibitor *self = user_data;

  keel_clock_cancel (self->clock, &self->patience_timer);
  if (news == KEEL_INHIBITION_GIVEN)
    return;
  if (news == KEEL_INHIBITION_REFUSED)
    {
      pass_over (self);
      return;
    }
  let_go (self);
  ask (self, self->first);
}

static void
ask_on (KeelInhibitor   *self,
        GDBusConnection *bus)
{
  /* Translators: why the computer is kept awake */
  g_autofree char *reason = g_strdup_printf (ngettext ("Downloading %u file",
                                                       "Downloading %u files", self->count),
                                             self->count);

  self->patience_timer = keel_clock_call_after (self->clock, PATIENCE_USEC, patience_timer_cb,
                                                self);
  self->inhibition = keel_inhibition_ask (self->kind, bus, reason, self->with_logout, news_cb,
                                          self);
}

static void
bus_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  KeelInhibitor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->cancellable);
  if (bus == NULL)
    {
      g_debug ("The system bus: %s", error->message);
      pass_over (self);
      return;
    }
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  ask_on (self, bus);
}

static void
ask (KeelInhibitor      *self,
     KeelInhibitionKind  kind)
{
  self->kind = kind;
  if (keel_inhibition_get_bus (kind) == G_BUS_TYPE_SESSION)
    {
      ask_on (self, self->session);
      return;
    }
  self->cancellable = g_cancellable_new ();
  g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, bus_cb, self);
}

static gboolean
is_told_right (KeelInhibitor *self)
{
  gint64 now_usec = keel_clock_get_boottime_usec (self->clock);

  if (self->with_logout == keel_flow_is_resumable (self->flow))
    return FALSE;
  return self->count == keel_flow_get_count (self->flow) ||
         now_usec - self->asked_usec < RENEWAL_USEC;
}

static void
reconsider (KeelInhibitor *self)
{
  gboolean is_wanted = keel_flow_get_count (self->flow) > 0 &&
                       keel_preferences_wants_awake (self->preferences) &&
                       !keel_power_watch_is_low (self->power);
  gboolean is_under_way = self->inhibition != NULL || self->cancellable != NULL;

  if (is_wanted && is_under_way && is_told_right (self))
    return;
  let_go (self);
  if (!is_wanted)
    return;
  self->count = keel_flow_get_count (self->flow);
  self->with_logout = !keel_flow_is_resumable (self->flow);
  self->asked_usec = keel_clock_get_boottime_usec (self->clock);
  ask (self, self->first);
}

static void
settings_changed_cb (GSettings     *settings,
                     const char    *key,
                     KeelInhibitor *self)
{
  reconsider (self);
}

static void
flow_changed_cb (KeelFlow      *flow,
                 KeelInhibitor *self)
{
  /* An idle service needs no settings. */
  if (!self->is_listening)
    keel_preferences_connect (self->preferences, "keep-awake", G_CALLBACK (settings_changed_cb),
                              self);
  self->is_listening = TRUE;
  reconsider (self);
}

static void
power_changed_cb (KeelPowerWatch *power,
                  KeelInhibitor  *self)
{
  reconsider (self);
}

/* @preferences must outlive it. In a sandbox there is only the portal. */
KeelInhibitor *
keel_inhibitor_new (GDBusConnection *session,
                    KeelClock       *clock,
                    KeelFlow        *flow,
                    KeelPowerWatch  *power,
                    KeelPreferences *preferences,
                    gboolean         is_sandboxed)
{
  KeelInhibitor *self = g_new0 (KeelInhibitor, 1);

  self->session = g_object_ref (session);
  self->clock = clock;
  self->flow = g_object_ref (flow);
  self->power = g_object_ref (power);
  self->preferences = preferences;
  self->first = is_sandboxed ? KEEL_INHIBITION_PORTAL : KEEL_INHIBITION_SESSION_MANAGER;
  self->last = is_sandboxed ? KEEL_INHIBITION_PORTAL : KEEL_INHIBITION_LOGIND;
  g_signal_connect (flow, "changed", G_CALLBACK (flow_changed_cb), self);
  g_signal_connect (power, "changed", G_CALLBACK (power_changed_cb), self);
  return self;
}

void
keel_inhibitor_free (KeelInhibitor *self)
{
  keel_preferences_disconnect (self->preferences, self);
  g_signal_handlers_disconnect_by_data (self->flow, self);
  g_signal_handlers_disconnect_by_data (self->power, self);
  let_go (self);
  g_object_unref (self->power);
  g_object_unref (self->flow);
  g_object_unref (self->session);
  g_free (self);
}
