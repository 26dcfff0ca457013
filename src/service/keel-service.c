/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-service.h"

#include "keel-caller-proc.h"
#include "keel-config.h"
#include "keel-departure.h"
#include "keel-desktop.h"
#include "keel-flow.h"
#include "keel-house.h"
#include "keel-inhibitor.h"
#include "keel-manager-impl.h"
#include "keel-memory-watch.h"
#include "keel-network-watch.h"
#include "keel-notifier.h"
#include "keel-power-watch.h"
#include "keel-sessions-impl.h"
#include "keel-sleep-watch.h"
#include "keel-state-lock.h"
#include "keel-task-error.h"
#include "keel-test-clock.h"
#include "keel-token.h"
#include "keel-update-watch.h"
#include "keel-when-done.h"

#include <errno.h>
#include <unistd.h>

/* The process: it comes when somebody calls, and leaves when there is nothing to do.
 *
 * Coming: GApplication calls dbus_register before it asks for the bus name, so the objects are
 * there before the first call. In it we take the lock on the state directory. If another process
 * has it and the name as well, we are redundant and leave; if it has no name any more it is on its
 * way out, and we wait for it.
 *
 * Leaving is in keel-departure.c. The reasons to stay are asked for each time something ends. */

/* How long a service that is leaving may take to let go of the lock, and how often we look. */
#define LOCK_WAIT_USEC (10 * (gint64) G_USEC_PER_SEC)
#define LOCK_POLL_USEC (10 * 1000)
/* So long a service stays whose records are out of reach, however often it is called. */
#define TROUBLE_USEC (3 * (gint64) G_USEC_PER_SEC)

struct _KeelService {
  GApplication parent_instance;

  KeelClock *clock;
  KeelServiceOptions options;
  KeelHouse house;            /* what it has is owned here */
  KeelDoor *door;             /* (owned) */
  char *token_hash;           /* (owned) (nullable) of our own programs */
  GError *trouble;            /* (owned) (nullable) */
  KeelSessionsImpl *sessions; /* (owned) */
  KeelManagerImpl *manager;   /* (owned) */
  KeelDeparture *departure;   /* (owned) (nullable) while leaving */
  KeelFlow *flow;             /* (owned) (nullable) as the next seven */
  KeelNetworkWatch *network;
  KeelPowerWatch *power;
  KeelSleepWatch *sleep;
  KeelInhibitor *inhibitor;
  KeelMemoryWatch *memory;
  KeelDesktop *desktop;
  KeelUpdateWatch *update;
  KeelTestClock *test_clock; /* (owned) (nullable) */
  int lock_fd;
  gboolean is_redundant;
  gboolean wants_successor; /* the program was replaced while there was something to do */
  guint idle_timer;
};

G_DEFINE_FINAL_TYPE (KeelService, keel_service, G_TYPE_APPLICATION)

static void consider_leaving (KeelService *self);

/* --- leaving --------------------------------------------------------------------------------- */

static gboolean
has_reason_to_stay (KeelService *self)
{
  if (self->trouble != NULL)
    return FALSE;
  return keel_engine_has_work (self->house.engine) ||
         keel_callers_is_waiting (self->house.callers) ||
         !keel_watchers_is_empty (self->house.watchers) ||
         !keel_event_feed_is_empty (self->house.feed) ||
         keel_waker_is_due_soon (self->house.waker) ||
         keel_when_done_is_busy (self->house.when_done) ||
         keel_notifier_is_showing (self->house.notifier);
}

/* The database is about to be closed: who still finds us is told to call again. */
static void
stopping_cb (gpointer user_data)
{
  KeelService *self = user_data;

  if (self->trouble == NULL)
    self->trouble = g_error_new_literal (KEEL_ERROR, KEEL_ERROR_RESTARTING,
                                         "The download service is leaving");
  self->house.trouble = self->trouble;
  keel_callers_refuse_all (self->house.callers, self->trouble);
}

static void
called_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KeelService) self = user_data;

  if (!g_dbus_connection_flush_finish (G_DBUS_CONNECTION (source), result, &error))
    g_info ("The successor was not called: %s", error->message);
  g_application_quit (G_APPLICATION (self));
}

/* A successor is called when the lock is free, and not waited for: systemd, for one, starts it when
 * we have gone, and not before. */
static void
departed_cb (gpointer user_data)
{
  KeelService *self = user_data;

  if (!self->wants_successor)
    {
      g_application_quit (G_APPLICATION (self));
      return;
    }
  g_dbus_connection_call (self->house.connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "StartServiceByName",
                          g_variant_new ("(su)", KEEL_SERVICE_ID, 0), NULL, G_DBUS_CALL_FLAGS_NONE,
                          -1, NULL, NULL, NULL);
  g_dbus_connection_flush (self->house.connection, NULL, called_cb, g_object_ref (self));
}

static void
stayed_cb (gpointer user_data)
{
  KeelService *self = user_data;

  g_clear_pointer (&self->departure, keel_departure_free);
  consider_leaving (self);
}

static void
leave (KeelService           *self,
       gboolean               may_stay,
       GDBusMethodInvocation *invocation)
{
  static const KeelDepartureEvents events = { stopping_cb, departed_cb, stayed_cb };

  keel_clock_cancel (self->clock, &self->idle_timer);
  if (self->departure == NULL)
    self->departure = keel_departure_begin (self->house.connection,
                                            self->trouble == NULL ? self->house.engine : NULL,
                                            &self->lock_fd, &events, self);
  if (!may_stay)
    keel_departure_insist (self->departure, invocation);
}

static void
idle_timer_cb (gpointer user_data)
{
  KeelService *self = user_data;

  self->idle_timer = 0;
  if (!has_reason_to_stay (self))
    leave (self, TRUE, NULL);
}

static void
begin_idling (KeelService *self)
{
  keel_clock_cancel (self->clock, &self->idle_timer);
  self->idle_timer = keel_clock_call_after (self->clock, self->options.idle_usec, idle_timer_cb,
                                            self);
}

/* Something has ended: the time to leave begins anew. */
static void
consider_leaving (KeelService *self)
{
  /* What is wrong with the records may have passed, and only another process will see that. */
  if (self->trouble != NULL && self->departure == NULL)
    {
      if (self->idle_timer == 0)
        self->idle_timer = keel_clock_call_after (self->clock,
                                                  MIN (TROUBLE_USEC, self->options.idle_usec),
                                                  idle_timer_cb, self);
      return;
    }
  keel_clock_cancel (self->clock, &self->idle_timer);
  if (self->departure == NULL && !has_reason_to_stay (self))
    begin_idling (self);
}

/* Somebody has called. Whether there is a reason to stay, which takes a look at every task, is
 * asked when the time is over. */
static void
house_touched (gpointer service)
{
  KeelService *self = service;

  if (self->departure != NULL)
    keel_departure_note_call (self->departure);
  else if (self->idle_timer != 0 && self->trouble == NULL)
    begin_idling (self);
}

static void
house_quit (gpointer               service,
            GDBusMethodInvocation *invocation)
{
  KeelService *self = service;

  self->wants_successor = FALSE;
  leave (self, FALSE, invocation);
}

static void
emptied_cb (gpointer source,
            gpointer user_data)
{
  consider_leaving (user_data);
}

static void
transfer_changed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelService  *self)
{
  /* Only the last one to end arms the timer. */
  if (!keel_transfer_record_is_unfinished (keel_transfer_get_record (transfer)))
    consider_leaving (self);
  else
    keel_clock_cancel (self->clock, &self->idle_timer);
}

static void
transfer_removed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelService  *self)
{
  consider_leaving (self);
}

/* SIGTERM, logout: checkpoint and leave, whatever there is to do. That does not take back the call
 * for a successor: systemd sends it to whoever gives back the name of its unit. */
void
keel_service_terminate (KeelService *self)
{
  leave (self, FALSE, NULL);
}

/* Another version of the program is there. */
static void
updated_cb (gpointer user_data)
{
  KeelService *self = user_data;

  g_info ("The program was replaced: leaving");
  self->wants_successor = has_reason_to_stay (self);
  leave (self, FALSE, NULL);
}

static void
heard_cb (gpointer user_data,
          gint64   session_id)
{
  KeelService *self = user_data;

  keel_waker_consider (self->house.waker, session_id);
  consider_leaving (self);
}

static void
missed_cb (gpointer                user_data,
           const KeelMissedEvents *missed)
{
  KeelService *self = user_data;

  keel_notifier_tell_missed (self->house.notifier, missed);
}

static void
not_missed_cb (gpointer user_data,
               gint64   session_id)
{
  KeelService *self = user_data;

  keel_notifier_untell_missed (self->house.notifier, session_id);
}

static void
rested_cb (gpointer user_data)
{
  consider_leaving (user_data);
}

static gint64
get_quiet_usec_cb (gpointer user_data)
{
  KeelService *self = user_data;

  return keel_notifier_get_quiet_usec (self->house.notifier);
}

/* --- coming ---------------------------------------------------------------------------------- */

static gboolean
is_name_owned (GDBusConnection *connection)
{
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_sync (connection, "org.freedesktop.DBus",
                                         "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                         "NameHasOwner", g_variant_new ("(s)", KEEL_SERVICE_ID),
                                         G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                                         NULL);
  gboolean is_owned = FALSE;

  if (reply != NULL)
    g_variant_get (reply, "(b)", &is_owned);
  return is_owned;
}

/* Blocks, polling: there is no main loop yet, and nobody is served before this is decided. */
static gboolean
take_lock (KeelService      *self,
           GDBusConnection  *connection,
           GError          **error)
{
  gint64 deadline_usec = g_get_monotonic_time () + LOCK_WAIT_USEC;

  self->lock_fd = keel_state_lock_open (self->options.state_dir, error);
  if (self->lock_fd < 0)
    return FALSE;
  while (!keel_state_lock_try (self->lock_fd))
    {
      self->is_redundant = is_name_owned (connection);
      if (self->is_redundant || g_get_monotonic_time () > deadline_usec)
        {
          g_set_error (error, KEEL_ERROR, KEEL_ERROR_STATE, "Another service uses “%s” already",
                       self->options.state_dir);
          return FALSE;
        }
      g_usleep (LOCK_POLL_USEC);
    }
  return TRUE;
}

/* Trouble with the records is not a reason to be silent: who calls is told what it is. */
static void
open_engine (KeelService *self)
{
  g_autoptr (GError) error = NULL;

  keel_engine_set_downloads_dir (self->house.engine, self->house.downloads_dir);
  keel_engine_set_spool_dir (self->house.engine, self->house.spool_dir);
  if (keel_engine_open (self->house.engine, self->options.state_dir, &error))
    return;
  g_warning ("%s", error->message);
  self->trouble = g_error_new_literal (KEEL_ERROR, KEEL_ERROR_STATE, error->message);
  self->house.trouble = self->trouble;
}

/* Without it nobody can manage the service, but everybody can use it. */
static void
find_token (KeelService *self)
{
  g_autoptr (GError) error = NULL;

  self->token_hash = keel_token_dup_own_hash (&error);
  if (self->token_hash == NULL)
    g_warning ("There is no token for our own programs: %s", error->message);
  self->house.token_hash = self->token_hash;
}

static void
fit_out_house (KeelService     *self,
               GDBusConnection *connection)
{
  static const KeelWakerEvents waker_events = { missed_cb, not_missed_cb, rested_cb,
                                                get_quiet_usec_cb };
  const char *downloads = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);

  self->house.connection = g_object_ref (connection);
  self->door = keel_door_new (connection);
  self->house.callers = keel_callers_new (connection, self->door, self->options.by_token,
                                          emptied_cb, self);
  self->house.engine = keel_engine_new (self->clock);
  self->house.watchers = keel_watchers_new (connection, self->house.engine, emptied_cb, self);
  self->house.feed = keel_event_feed_new (connection, self->house.engine, heard_cb, self);
  self->house.downloads_dir = downloads != NULL ?
                                g_strdup (downloads) :
                                g_build_filename (g_get_home_dir (), "Downloads", NULL);
  self->house.preferences = keel_preferences_new (self->house.downloads_dir);
  self->house.notifier = keel_notifier_new (connection, self->house.engine, self->house.preferences,
                                            self->options.by_token, emptied_cb, self);
  self->house.when_done = keel_when_done_new (&self->house, emptied_cb, self);
  self->house.waker = keel_waker_new (connection, self->house.engine, self->house.feed,
                                      &waker_events, self);
  self->house.sign_in = keel_sign_in_new (self->house.engine);
  self->house.quota = keel_quota_new (self->house.engine);
  self->house.is_sandboxed = self->options.by_token;
  if (self->options.by_token)
    find_token (self);
  self->house.spool_dir = g_build_filename (g_get_user_data_dir (), "keelboat", "spool", NULL);
  self->house.touched = house_touched;
  self->house.quit = house_quit;
  self->house.service = self;
  self->sessions = keel_sessions_impl_new (&self->house);
  self->manager = keel_manager_impl_new (&self->house);
  g_signal_connect_after (self->house.engine, "transfer-changed", G_CALLBACK (transfer_changed_cb),
                          self);
  g_signal_connect_after (self->house.engine, "transfer-removed", G_CALLBACK (transfer_removed_cb),
                          self);
}

static gboolean
keel_service_dbus_register (GApplication     *application,
                            GDBusConnection  *connection,
                            const char       *object_path,
                            GError          **error)
{
  KeelService *self = KEEL_SERVICE (application);
  g_autoptr (GError) lock_error = NULL;

  if (!G_APPLICATION_CLASS (keel_service_parent_class)
         ->dbus_register (application, connection, object_path, error))
    return FALSE;
  fit_out_house (self, connection);
  if (take_lock (self, connection, &lock_error))
    open_engine (self);
  else if (self->is_redundant)
    {
      g_propagate_error (error, g_steal_pointer (&lock_error));
      return FALSE;
    }
  else
    {
      g_warning ("%s", lock_error->message);
      self->trouble = g_steal_pointer (&lock_error);
      self->house.trouble = self->trouble;
    }
  if (self->options.has_test_clock)
    self->test_clock = keel_test_clock_export (connection, self->clock);
  return keel_sessions_impl_export (self->sessions, error) &&
         keel_manager_impl_export (self->manager, error);
}

static void
keel_service_dbus_unregister (GApplication    *application,
                              GDBusConnection *connection,
                              const char      *object_path)
{
  KeelService *self = KEEL_SERVICE (application);

  g_clear_pointer (&self->test_clock, keel_test_clock_free);
  g_clear_object (&self->sessions);
  g_clear_object (&self->manager);
  G_APPLICATION_CLASS (keel_service_parent_class)
    ->dbus_unregister (application, connection, object_path);
}

static void
keel_service_startup (GApplication *application)
{
  KeelService *self = KEEL_SERVICE (application);

  G_APPLICATION_CLASS (keel_service_parent_class)->startup (application);
  /* GApplication would leave by itself and lose calls; when to leave is decided above. */
  g_application_hold (application);
  if (self->trouble == NULL)
    {
      keel_engine_make_folder (self->house.engine, self->house.downloads_dir);
      self->network = keel_network_watch_new (self->house.engine, self->house.preferences);
      self->flow = keel_flow_new (self->house.engine);
      self->power = keel_power_watch_new (self->house.engine, self->flow);
      self->memory = keel_memory_watch_new (self->house.engine, self->flow);
      self->sleep = keel_sleep_watch_new (self->house.engine, self->flow);
      self->inhibitor = keel_inhibitor_new (self->house.connection, self->clock, self->flow,
                                            self->power, self->house.preferences,
                                            self->options.by_token);
      self->desktop = keel_desktop_new (&self->house);
      self->update = keel_update_watch_new (self->clock, keel_caller_proc_are_we_sandboxed (),
                                            updated_cb, self);
      keel_notifier_prepare (self->house.notifier);
      keel_engine_start (self->house.engine);
      keel_notifier_start (self->house.notifier);
      keel_waker_start (self->house.waker);
    }
  consider_leaving (self);
}

static void
keel_service_activate (GApplication *application)
{
  /* There is nothing to show. Being called is what was wanted. */
  house_touched (application);
}

static void
keel_service_finalize (GObject *object)
{
  KeelService *self = KEEL_SERVICE (object);

  g_clear_pointer (&self->departure, keel_departure_free);
  keel_clock_cancel (self->clock, &self->idle_timer);
  g_clear_object (&self->sessions);
  g_clear_object (&self->manager);
  if (self->house.engine != NULL)
    g_signal_handlers_disconnect_by_data (self->house.engine, self);
  g_clear_pointer (&self->update, keel_update_watch_free);
  g_clear_pointer (&self->desktop, keel_desktop_free);
  g_clear_pointer (&self->network, keel_network_watch_free);
  g_clear_pointer (&self->inhibitor, keel_inhibitor_free);
  g_clear_pointer (&self->memory, keel_memory_watch_free);
  g_clear_pointer (&self->sleep, keel_sleep_watch_free);
  g_clear_object (&self->power);
  g_clear_object (&self->flow);
  g_clear_pointer (&self->house.callers, keel_callers_free);
  g_clear_pointer (&self->door, keel_door_free);
  g_clear_pointer (&self->house.quota, keel_quota_free);
  g_clear_pointer (&self->house.sign_in, keel_sign_in_free);
  g_clear_pointer (&self->house.when_done, keel_when_done_free);
  g_clear_pointer (&self->house.notifier, keel_notifier_free);
  g_clear_pointer (&self->house.preferences, keel_preferences_free);
  g_clear_pointer (&self->house.waker, keel_waker_free);
  g_clear_pointer (&self->house.feed, keel_event_feed_free);
  g_clear_pointer (&self->house.watchers, keel_watchers_free);
  g_clear_object (&self->house.engine);
  g_clear_object (&self->house.connection);
  g_free ((char *) self->house.downloads_dir);
  g_free (self->token_hash);
  g_free ((char *) self->house.spool_dir);
  g_clear_error (&self->trouble);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  G_OBJECT_CLASS (keel_service_parent_class)->finalize (object);
}

static void
keel_service_class_init (KeelServiceClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = keel_service_finalize;
  application_class->activate = keel_service_activate;
  application_class->dbus_register = keel_service_dbus_register;
  application_class->dbus_unregister = keel_service_dbus_unregister;
  application_class->startup = keel_service_startup;
}

static void
keel_service_init (KeelService *self)
{
  self->lock_fd = -1;
}

/* @clock, and the strings of @options, must outlive the service. */
KeelService *
keel_service_new (KeelClock                *clock,
                  const KeelServiceOptions *options)
{
  KeelService *self = g_object_new (KEEL_TYPE_SERVICE, "application-id", KEEL_SERVICE_ID, "flags",
                                    G_APPLICATION_IS_SERVICE, NULL);

  self->clock = clock;
  self->options = *options;
  return self;
}

/* After a failed registration: another service is there and does the work. */
gboolean
keel_service_is_redundant (KeelService *self)
{
  return self->is_redundant;
}
