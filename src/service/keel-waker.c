/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-waker.h"

#include "keel-app-lookup.h"
#include "keel-sign-in.h"

#include <string.h>

/* Waking an application that has gone away, when something is there for it.
 *
 * That is so when nobody listens to a session, something in its journal is not acknowledged, the
 * session has not declined it, and there is nothing left to happen by itself, or something waits
 * for a person. Two seconds later, so that what ends together is told together, the application's
 * action "transfer-events" is activated with the identifier of the session; the bus starts it if it
 * has to.
 *
 * An application that does not come round to acknowledging everything is woken again after 30
 * seconds, 2 minutes, 10 minutes and an hour, and then the person is told instead. One that cannot
 * be woken at all has the person told at once. How far that has come is in the database: a service
 * that is started anew goes on with it. It stays for what is due within two minutes; what is due
 * later waits for the next start, because nobody wants a service to sit there for an hour in order
 * to call a program that has not listened three times. All of it slows down calls, never transfers.
 *
 * In the person's quiet hours nobody is told, and the service stays until they are over.
 *
 * When everything has been acknowledged, all is forgotten. */

#define GATHER_USEC (2 * (gint64) G_USEC_PER_SEC)
#define SOON_USEC (120 * (gint64) G_USEC_PER_SEC)
#define MOST_DELAY_USEC (3600 * (gint64) G_USEC_PER_SEC)
#define ACTION "transfer-events"

/* After each try, until the next one; after the last, until the person is told. */
static const gint64 delays_usec[] = { 30 * (gint64) G_USEC_PER_SEC, SOON_USEC,
                                      600 * (gint64) G_USEC_PER_SEC, MOST_DELAY_USEC,
                                      30 * (gint64) G_USEC_PER_SEC };
#define MOST_TRIES G_N_ELEMENTS (delays_usec)
#define TOLD KEEL_SESSION_WAS_TOLD
G_STATIC_ASSERT (TOLD == MOST_TRIES + 1);

struct _KeelWaker {
  GDBusConnection *connection; /* (owned) */
  KeelEngine *engine;          /* (owned) */
  KeelClock *clock;
  KeelEventFeed *feed;
  KeelAppLookup *lookup; /* (owned) */
  KeelWakerEvents events;
  gpointer user_data;
  GHashTable *sleepers;      /* (owned) session id -> Sleeper */
  GCancellable *cancellable; /* (owned) of calls to applications */
  guint n_calls;             /* that are not answered: the bus drops those of who leaves */
};

/* A session with something in its journal that nobody listens to. */
typedef struct {
  KeelWaker *waker;
  gint64 session_id;
  guint timer;
  gint64 due_usec; /* of the timer; boot time */
  gboolean is_looked_up;
  gboolean is_told; /* by us, and not taken back */
  gboolean is_held; /* the timer is that of the quiet hours, after which the person is told */
} Sleeper;

static void
sleeper_free (gpointer data)
{
  Sleeper *sleeper = data;

  keel_clock_cancel (sleeper->waker->clock, &sleeper->timer);
  g_free (sleeper);
}

static Sleeper *
get_sleeper (KeelWaker *self,
             gint64     session_id)
{
  Sleeper *sleeper = g_hash_table_lookup (self->sleepers, &session_id);

  if (sleeper != NULL)
    return sleeper;
  sleeper = g_new0 (Sleeper, 1);
  sleeper->waker = self;
  sleeper->session_id = session_id;
  g_hash_table_insert (self->sleepers, &sleeper->session_id, sleeper);
  return sleeper;
}

/* --- is there something to wake it for ------------------------------------------------------- */

/* Whether the event is of something that waits for a person. */
static gboolean
wants_somebody (KeelWaker             *self,
                const KeelEventRecord *event)
{
  KeelTransfer *transfer = keel_engine_get_transfer (self->engine, event->task_id);
  const char *cookie;
  guint tries;

  if (transfer == NULL)
    return FALSE;
  if (event->kind == KEEL_EVENT_NEEDS_LINK)
    return keel_transfer_get_record (transfer)->state == KEEL_TRANSFER_FAILED;
  return event->kind == KEEL_EVENT_CHALLENGE &&
         keel_transfer_get_challenge (transfer, &cookie, &tries) != NULL &&
         strstr (event->details, cookie) != NULL && !keel_sign_in_is_looking (transfer);
}

static gboolean
has_cause (KeelWaker               *self,
           const KeelSessionRecord *session)
{
  GPtrArray *events = keel_engine_get_events (self->engine, session->id);

  if (!session->config.events || !session->config.launch_events || events->len == 0 ||
      keel_event_feed_is_heard (self->feed, session->id))
    return FALSE;
  if (!keel_engine_session_has_work (self->engine, session->id))
    return TRUE;
  for (guint i = 0; i < events->len; i++)
    if (wants_somebody (self, g_ptr_array_index (events, i)))
      return TRUE;
  return FALSE;
}

/* --- telling the person ---------------------------------------------------------------------- */

static gboolean
has_failed (const KeelEventRecord *event)
{
  g_autoptr (GVariant) details = NULL;
  const char *state;

  if (event->kind != KEEL_EVENT_COMPLETED || event->details == NULL)
    return FALSE;
  details = g_variant_parse (G_VARIANT_TYPE_VARDICT, event->details, NULL, NULL, NULL);
  return details != NULL && g_variant_lookup (details, "state", "&s", &state) &&
         strcmp (state, "failed") == 0;
}

static void due_cb (gpointer user_data);

/* Whether nobody is to be told anything now; then it is tried again after that. */
static gboolean
hold_back (Sleeper *sleeper)
{
  KeelWaker *self = sleeper->waker;
  gint64 quiet_usec = self->events.get_quiet_usec (self->user_data);

  if (quiet_usec == 0)
    return FALSE;
  sleeper->is_held = TRUE;
  sleeper->due_usec = keel_clock_get_boottime_usec (self->clock) + quiet_usec;
  sleeper->timer = keel_clock_call_after (self->clock, quiet_usec, due_cb, sleeper);
  return TRUE;
}

static void
tell (Sleeper    *sleeper,
      const char *name)
{
  KeelWaker *self = sleeper->waker;
  const KeelSessionRecord *session = keel_engine_get_session (self->engine, sleeper->session_id);
  GPtrArray *events = keel_engine_get_events (self->engine, sleeper->session_id);
  KeelMissedEvents missed = { .session_id = sleeper->session_id };

  missed.name = session->config.title != NULL ? session->config.title : name;
  for (guint i = 0; i < events->len; i++)
    {
      const KeelEventRecord *event = g_ptr_array_index (events, i);

      if (event->kind == KEEL_EVENT_FINISHED)
        missed.n_finished++;
      else if (has_failed (event) ||
               (event->kind == KEEL_EVENT_CHALLENGE && wants_somebody (self, event)))
        missed.n_troubled++;
    }
  keel_engine_set_wake (self->engine, session->id, TOLD, 0);
  /* What the person has cancelled is no news. Where the service tells of each end by itself, that
   * has been told. */
  if (missed.n_finished + missed.n_troubled > 0 &&
      !keel_session_config_has_notices (&session->config))
    {
      sleeper->is_told = TRUE;
      self->events.tell (self->user_data, &missed);
    }
  self->events.rested (self->user_data);
}

/* --- waking ---------------------------------------------------------------------------------- */

static void plan (Sleeper *sleeper, const KeelSessionRecord *session);

static void
activated_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  KeelWaker *self = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->n_calls--;
  if (!keel_waker_is_due_soon (self))
    self->events.rested (self->user_data);
  /* Whether it has come to anything is seen in the journal. */
  if (reply == NULL)
    g_info ("An application cannot be woken: %s", error->message);
}

/* As the Desktop Entry Specification says. (transfer full) */
static char *
dup_path (const char *app)
{
  char *path = g_strconcat ("/", app, NULL);

  g_strdelimit (path, ".", '/');
  return g_strdelimit (path, "-", '_');
}

static void
wake (Sleeper *sleeper)
{
  KeelWaker *self = sleeper->waker;
  const KeelSessionRecord *session = keel_engine_get_session (self->engine, sleeper->session_id);
  g_autofree char *path = dup_path (session->app);
  GVariantBuilder parameter = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  gint64 now_usec = keel_clock_get_wall_usec (self->clock);

  keel_engine_set_wake (self->engine, session->id, session->wake_tries + 1,
                        now_usec + delays_usec[session->wake_tries]);
  g_variant_builder_add (&parameter, "v", g_variant_new_string (session->identifier));
  g_dbus_connection_call (self->connection, session->app, path, "org.freedesktop.Application",
                          "ActivateAction", g_variant_new ("(sava{sv})", ACTION, &parameter, NULL),
                          NULL, G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable, activated_cb, self);
  self->n_calls++;
  plan (sleeper, session);
}

static void
looked_up_cb (gpointer    user_data,
              gint64      session_id,
              gboolean    is_activatable,
              const char *name)
{
  KeelWaker *self = user_data;
  const KeelSessionRecord *session = keel_engine_get_session (self->engine, session_id);
  Sleeper *sleeper = g_hash_table_lookup (self->sleepers, &session_id);

  /* It has begun to listen, or has dealt with everything. */
  if (sleeper == NULL)
    return;
  sleeper->is_looked_up = FALSE;
  if (!has_cause (self, session))
    self->events.rested (self->user_data);
  else if (is_activatable && session->wake_tries < MOST_TRIES)
    wake (sleeper);
  else if (!hold_back (sleeper))
    tell (sleeper, name);
}

static void
due_cb (gpointer user_data)
{
  Sleeper *sleeper = user_data;
  KeelWaker *self = sleeper->waker;
  const KeelSessionRecord *session = keel_engine_get_session (self->engine, sleeper->session_id);

  sleeper->timer = 0;
  sleeper->is_held = FALSE;
  if (has_cause (self, session))
    {
      sleeper->is_looked_up = TRUE;
      keel_app_lookup_find (self->lookup, session->app, session->id);
    }
  else
    self->events.rested (self->user_data);
}

/* Not before it is due, and not at once: others may be about to end, too. */
static void
plan (Sleeper                 *sleeper,
      const KeelSessionRecord *session)
{
  KeelClock *clock = sleeper->waker->clock;
  gint64 ahead_usec = session->wake_due_usec - keel_clock_get_wall_usec (clock);
  gint64 delay_usec = CLAMP (ahead_usec, GATHER_USEC, MOST_DELAY_USEC);

  if (sleeper->timer != 0 || sleeper->is_looked_up)
    return;
  sleeper->due_usec = keel_clock_get_boottime_usec (clock) + delay_usec;
  sleeper->timer = keel_clock_call_after (clock, delay_usec, due_cb, sleeper);
}

/* --- when to look ---------------------------------------------------------------------------- */

static void
forget (KeelWaker *self,
        gint64     session_id)
{
  Sleeper *sleeper = g_hash_table_lookup (self->sleepers, &session_id);

  keel_engine_set_wake (self->engine, session_id, 0, 0);
  if (sleeper == NULL)
    return;
  if (sleeper->is_told)
    self->events.untell (self->user_data, session_id);
  g_hash_table_remove (self->sleepers, &session_id);
}

static void
look (KeelWaker *self,
      gint64     session_id,
      gboolean   is_news)
{
  const KeelSessionRecord *session = keel_engine_get_session (self->engine, session_id);
  Sleeper *sleeper;

  if (keel_engine_get_events (self->engine, session_id)->len == 0)
    {
      forget (self, session_id);
      return;
    }
  sleeper = g_hash_table_lookup (self->sleepers, &session_id);
  if (!has_cause (self, session))
    {
      if (sleeper != NULL)
        {
          keel_clock_cancel (self->clock, &sleeper->timer);
          sleeper->is_held = FALSE;
        }
      return;
    }
  /* Once the person knows, only what is new is told, in the place of what was. */
  if (session->wake_tries < TOLD || is_news)
    plan (get_sleeper (self, session_id), session);
}

static void
events_cb (KeelEngine   *engine,
           KeelTransfer *transfer,
           gboolean      has_completed,
           KeelWaker    *self)
{
  look (self, keel_transfer_get_record (transfer)->session_id, TRUE);
}

/* A question that nobody knew of is open now. */
static void
transfer_changed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelWaker    *self)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  if (record->state == KEEL_TRANSFER_WAITING && record->wait_reason == KEEL_WAIT_REASON_AUTH &&
      keel_engine_session_has_events (engine, record->session_id))
    look (self, record->session_id, TRUE);
}

/* Somebody has begun or ceased to listen to the session, or has acknowledged. */
void
keel_waker_consider (KeelWaker *self,
                     gint64     session_id)
{
  look (self, session_id, FALSE);
}

/* What nobody has dealt with before this service started. */
void
keel_waker_start (KeelWaker *self)
{
  g_autoptr (GPtrArray) sessions = keel_engine_dup_sessions (self->engine, NULL);

  for (guint i = 0; i < sessions->len; i++)
    look (self, ((const KeelSessionRecord *) g_ptr_array_index (sessions, i))->id, FALSE);
}

/* Whether it is worth to stay for what is due. */
gboolean
keel_waker_is_due_soon (KeelWaker *self)
{
  gint64 now_usec = keel_clock_get_boottime_usec (self->clock);
  GHashTableIter iter;
  gpointer value;

  if (self->n_calls > 0)
    return TRUE;
  g_hash_table_iter_init (&iter, self->sleepers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Sleeper *sleeper = value;

      if (sleeper->is_looked_up || sleeper->is_held ||
          (sleeper->timer != 0 && sleeper->due_usec - now_usec <= SOON_USEC))
        return TRUE;
    }
  return FALSE;
}

/* @feed must outlive it. */
KeelWaker *
keel_waker_new (GDBusConnection       *connection,
                KeelEngine            *engine,
                KeelEventFeed         *feed,
                const KeelWakerEvents *events,
                gpointer               user_data)
{
  KeelWaker *self = g_new0 (KeelWaker, 1);

  self->connection = g_object_ref (connection);
  self->engine = g_object_ref (engine);
  self->clock = keel_engine_get_clock (engine);
  self->feed = feed;
  self->lookup = keel_app_lookup_new (connection, looked_up_cb, self);
  self->events = *events;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  self->sleepers = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, sleeper_free);
  /* After the feed, which may know somebody who listens. */
  g_signal_connect_after (engine, "events", G_CALLBACK (events_cb), self);
  g_signal_connect_after (engine, "transfer-changed", G_CALLBACK (transfer_changed_cb), self);
  return self;
}

void
keel_waker_free (KeelWaker *self)
{
  g_signal_handlers_disconnect_by_data (self->engine, self);
  keel_app_lookup_free (self->lookup);
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_hash_table_unref (self->sleepers);
  g_object_unref (self->engine);
  g_object_unref (self->connection);
  g_free (self);
}
