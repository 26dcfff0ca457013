/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-sleep-watch.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <unistd.h>

/* Tells the engine when the machine is about to sleep or to be shut down, and when it is awake, as
 * logind on the system bus says (org.freedesktop.login1(5); https://systemd.io/INHIBITOR_LOCKS/).
 *
 * While bytes flow we hold a delay lock: a descriptor that has logind wait for us after
 * PrepareForSleep or PrepareForShutdown, for as long as it has it in its settings (5 seconds as a
 * rule). In that time checkpoints are made, and connections dropped: 2 seconds at most, then the
 * lock is closed whatever a disk does. It is taken anew for the next time, as logind wants it.
 * While nothing flows there is nothing to wait for, and no lock.
 *
 * The system bus is first connected to when bytes flow. Where there is no logind, or no access to
 * it (a Flatpak), the engine finds from the clocks that the machine has slept; and when logind goes
 * away between the two signals, it is taken for awake. */

#define NAME "org.freedesktop.login1"
#define PATH "/org/freedesktop/login1"
#define INTERFACE "org.freedesktop.login1.Manager"
#define WHAT "sleep:shutdown"

/* So long others wait for us. */
#define DELAY_USEC (2 * (gint64) G_USEC_PER_SEC)
#define CALL_MSEC 5000

struct _KeelSleepWatch {
  KeelEngine *engine; /* (owned) */
  KeelClock *clock;
  KeelFlow *flow;            /* (owned) */
  GCancellable *cancellable; /* (owned) of everything */
  gboolean has_asked;        /* for the bus */
  GDBusConnection *bus;      /* (owned) (nullable) */
  guint name_watch;
  guint signals[2];
  gboolean is_there;    /* logind */
  GCancellable *taking; /* (owned) (nullable) while a lock is asked for */
  int lock_fd;
  gboolean is_preparing; /* to sleep, or to be shut down */
  guint delay_timer;
};

/* --- the lock -------------------------------------------------------------------------------- */

static void
drop_lock (KeelSleepWatch *self)
{
  keel_clock_cancel (self->clock, &self->delay_timer);
  g_cancellable_cancel (self->taking);
  g_clear_object (&self->taking);
  if (self->lock_fd < 0)
    return;
  close (self->lock_fd);
  self->lock_fd = -1;
  g_debug ("The machine may sleep without waiting for us");
}

static void
locked_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  KeelSleepWatch *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source), &fds,
                                                             result, &error);
  int handle;

  /* Then it is not wanted any more, or the watch is gone. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->taking);
  if (reply == NULL)
    {
      g_debug ("No delay before sleep: %s", error->message);
      return;
    }
  g_variant_get (reply, "(h)", &handle);
  if (fds != NULL && handle >= 0 && handle < g_unix_fd_list_get_length (fds))
    self->lock_fd = g_unix_fd_list_get (fds, handle, &error);
  if (self->lock_fd < 0)
    g_debug ("No delay before sleep: no descriptor came");
}

static void
take_lock (KeelSleepWatch *self)
{
  if (self->lock_fd >= 0 || self->taking != NULL || !self->is_there || self->is_preparing ||
      keel_flow_get_count (self->flow) == 0)
    return;
  self->taking = g_cancellable_new ();
  /* Translators: why the computer waits a moment before it sleeps or is switched off */
  g_dbus_connection_call_with_unix_fd_list (self->bus, NAME, PATH, INTERFACE, "Inhibit",
                                            g_variant_new ("(ssss)", WHAT, "Keelboat",
                                                           _("Saving how far downloads have come"),
                                                           "delay"),
                                            G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                            CALL_MSEC, NULL, self->taking, locked_cb, self);
}

/* --- sleeping and waking --------------------------------------------------------------------- */

static void
rested_cb (KeelEngine   *engine,
           const GError *error,
           gpointer      user_data)
{
  drop_lock (user_data);
}

static void
delay_timer_cb (gpointer user_data)
{
  KeelSleepWatch *self = user_data;

  self->delay_timer = 0;
  g_message ("A disk or a server does not answer; the machine sleeps without our last bytes");
  drop_lock (self);
}

static void
prepare (KeelSleepWatch *self)
{
  self->is_preparing = TRUE;
  keel_clock_cancel (self->clock, &self->delay_timer);
  if (self->lock_fd >= 0)
    self->delay_timer = keel_clock_call_after (self->clock, DELAY_USEC, delay_timer_cb, self);
  else
    drop_lock (self);
  keel_engine_fall_asleep (self->engine, rested_cb, self);
}

static void
wake_up (KeelSleepWatch *self)
{
  self->is_preparing = FALSE;
  drop_lock (self);
  keel_engine_wake_up (self->engine);
  take_lock (self);
}

static void
prepare_cb (GDBusConnection *bus,
            const char      *sender,
            const char      *path,
            const char      *interface,
            const char      *signal,
            GVariant        *parameters,
            gpointer         user_data)
{
  KeelSleepWatch *self = user_data;
  gboolean is_before;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
    return;
  g_variant_get (parameters, "(b)", &is_before);
  g_debug ("%s: %s", signal, is_before ? "before" : "after");
  if (is_before)
    prepare (self);
  else
    wake_up (self);
}

/* --- logind ---------------------------------------------------------------------------------- */

static void
appeared_cb (GDBusConnection *bus,
             const char      *name,
             const char      *owner,
             gpointer         user_data)
{
  KeelSleepWatch *self = user_data;

  self->is_there = TRUE;
  take_lock (self);
}

static void
vanished_cb (GDBusConnection *bus,
             const char      *name,
             gpointer         user_data)
{
  KeelSleepWatch *self = user_data;

  self->is_there = FALSE;
  drop_lock (self);
  if (self->is_preparing)
    wake_up (self);
}

static void
bus_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  static const char *const names[] = { "PrepareForSleep", "PrepareForShutdown" };
  KeelSleepWatch *self = user_data;
  g_autoptr (GError) error = NULL;
  GDBusConnection *bus = g_bus_get_finish (result, &error);

  /* The watch is gone. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (bus == NULL)
    {
      g_debug ("The system bus: %s", error->message);
      return;
    }
  /* We can do without it. */
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  self->bus = bus;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    self->signals[i] = g_dbus_connection_signal_subscribe (bus, NAME, INTERFACE, names[i], PATH,
                                                           NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                                           prepare_cb, self, NULL);
  self->name_watch = g_bus_watch_name_on_connection (bus, NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                     appeared_cb, vanished_cb, self, NULL);
}

/* --- life ------------------------------------------------------------------------------------ */

static void
flow_changed_cb (KeelFlow       *flow,
                 KeelSleepWatch *self)
{
  if (!self->has_asked && keel_flow_get_count (flow) > 0)
    {
      self->has_asked = TRUE;
      g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, bus_cb, self);
    }
  if (keel_flow_get_count (flow) > 0)
    take_lock (self);
  else if (!self->is_preparing)
    drop_lock (self);
}

KeelSleepWatch *
keel_sleep_watch_new (KeelEngine *engine,
                      KeelFlow   *flow)
{
  KeelSleepWatch *self = g_new0 (KeelSleepWatch, 1);

  self->engine = g_object_ref (engine);
  self->clock = keel_engine_get_clock (engine);
  self->flow = g_object_ref (flow);
  self->cancellable = g_cancellable_new ();
  self->lock_fd = -1;
  g_signal_connect (flow, "changed", G_CALLBACK (flow_changed_cb), self);
  return self;
}

void
keel_sleep_watch_free (KeelSleepWatch *self)
{
  g_signal_handlers_disconnect_by_data (self->flow, self);
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->name_watch, g_bus_unwatch_name);
  for (gsize i = 0; self->bus != NULL && i < G_N_ELEMENTS (self->signals); i++)
    g_dbus_connection_signal_unsubscribe (self->bus, self->signals[i]);
  if (self->is_preparing)
    keel_engine_wake_up (self->engine);
  drop_lock (self);
  g_clear_object (&self->bus);
  g_object_unref (self->cancellable);
  g_object_unref (self->flow);
  g_object_unref (self->engine);
  g_free (self);
}
