/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-notifier.h"

#include "keel-app-call.h"
#include "keel-notice-board.h"
#include "keel-notice-words.h"
#include "keel-quiet-hours.h"
#include "keel-sign-in.h"
#include "keel-task-error.h"

#include <string.h>

/* When the person is told that a transfer has ended, or waits for a password, for room or for its
 * folder; in which words is a matter of keel-notice-words.c.
 *
 * What ends within a second is told together, and then nothing is told for some seconds: so a
 * thousand small files that end in ten are three notifications at most. The one that stands for
 * several adds up as long as it is on the screen. What waits for a disk is told once, until it goes
 * on; what was told to need somebody is withdrawn when it does not any more. While one of our
 * windows has the person's eyes nothing is told at all, since it shows the same; when a window has
 * shown a task, its notification is withdrawn.
 *
 * In the quiet hours nothing is told, whatever it is, and nothing acknowledged: it is told together
 * when they are over, by the service that is there then. There is one timer for that, and only
 * while something is held back; whatever comes in between, and the end, look at the clock on the
 * wall anew. If that was put forward meanwhile, it is told later, by as much.
 *
 * What has ended is an event in the journal until it is acknowledged, which is committed before the
 * notification is shown: so it is told once, also by a service that was killed in between, and
 * never twice.
 *
 * Showing is done by KeelNoticeBoard in a thread of its own, or by the portal. What a click asks
 * for is done by the application, by way of its D-Bus actions: the service has no display. */

#define GATHER_USEC ((gint64) G_USEC_PER_SEC)
/* After something was told. Three tellings cover ten seconds with this, and some delay. */
#define REST_USEC (6 * (gint64) G_USEC_PER_SEC)
/* A shell drops the notifications of a program that leaves; so long one is stayed for. */
#define STAY_USEC (30 * 60 * (gint64) G_USEC_PER_SEC)

struct _KeelNotifier {
  GDBusConnection *connection; /* (owned) */
  KeelEngine *engine;          /* (owned) */
  KeelClock *clock;
  KeelNoticeBoard *board; /* (owned) */
  GFunc emptied;
  gpointer user_data;
  KeelNotifierFunc cancelled; /* (nullable) these two: of KEEL_NOTICE_WHEN_DONE */
  gpointer cancelled_data;
  KeelPreferences *preferences;
  GPtrArray *ended;    /* (owned) (element-type KeelTransfer) gathered */
  GHashTable *focused; /* (owned) bus name -> watch id */
  GHashTable *showing; /* (owned) (element-type guint64) keys of what is on the screen */
  GHashTable *waiting; /* (owned) (element-type guint64) ids: told, or seen, to wait for a disk */
  GHashTable *known; /* (owned) (element-type guint64 guint64) likewise, by the service before this
                        one -> how many bytes they had */
  guint n_finished;  /* of the one on the screen that stands for several */
  guint n_needing;
  gint64 told_usec; /* by the boot clock; 0: never */
  guint gather_timer;
  guint stay_timer;
  guint quiet_timer;  /* while something is held back until the quiet hours are over */
  GPtrArray *held;    /* (owned) (element-type KeelNotice) likewise, of what is in no journal */
  gboolean has_heard; /* it hears when other hours are chosen */
  guint n_acknowledging;
  gboolean is_freed; /* while an acknowledgement is on its way */
};

static gboolean hold_back (KeelNotifier *self);
static void release (KeelNotifier *self);
static void tell_gathered (KeelNotifier *self);

/* --- what a click asks for ------------------------------------------------------------------- */

/* What the action is done with: a task, or an application. (transfer floating) */
static GVariant *
make_parameter (KeelNotifier *self,
                guint64       key)
{
  const KeelSessionRecord *session;

  if (key < KEEL_NOTICE_SESSION)
    return g_variant_new_uint64 (key);
  session = keel_engine_get_session (self->engine, (gint64) (key - KEEL_NOTICE_SESSION));
  return g_variant_new_string (session->app);
}

static void
board_action_cb (gpointer    user_data,
                 guint64     key,
                 const char *action,
                 const char *token)
{
  KeelNotifier *self = user_data;

  if (key == KEEL_NOTICE_WHEN_DONE && strcmp (action, KEEL_NOTICE_WORDS_CANCEL) == 0)
    self->cancelled (self->cancelled_data);
  else if (strcmp (action, "show-window") == 0)
    keel_app_call_activate (self->connection, token);
  else
    keel_app_call_action (self->connection, action, make_parameter (self, key), token);
}

/* --- what is on the screen ------------------------------------------------------------------- */

static void
check_empty (KeelNotifier *self)
{
  if (g_hash_table_size (self->showing) > 0)
    return;
  keel_clock_cancel (self->clock, &self->stay_timer);
  self->emptied (self, self->user_data);
}

static void
forget (KeelNotifier *self,
        guint64       key)
{
  g_hash_table_remove (self->showing, &key);
  if (key == KEEL_NOTICE_SUMMARY)
    self->n_finished = self->n_needing = 0;
}

static void
board_closed_cb (gpointer user_data,
                 guint64  key)
{
  KeelNotifier *self = user_data;

  forget (self, key);
  check_empty (self);
}

static void
stay_timer_cb (gpointer user_data)
{
  KeelNotifier *self = user_data;

  self->stay_timer = 0;
  g_hash_table_remove_all (self->showing);
  self->n_finished = self->n_needing = 0;
  check_empty (self);
}

static void
show (KeelNotifier *self,
      KeelNotice   *notice)
{
  guint64 key = notice->key;

  g_hash_table_add (self->showing, g_memdup2 (&key, sizeof key));
  if (strcmp (notice->default_action, "show-window") != 0)
    notice->target = g_variant_ref_sink (make_parameter (self, key));
  keel_notice_board_show (self->board, notice);
  if (keel_notice_board_is_lasting (self->board))
    {
      self->emptied (self, self->user_data);
      return;
    }
  keel_clock_cancel (self->clock, &self->stay_timer);
  self->stay_timer = keel_clock_call_after (self->clock, STAY_USEC, stay_timer_cb, self);
}

static gboolean
is_news (KeelTransfer *transfer)
{
  KeelTransferState state = keel_transfer_get_record (transfer)->state;
  const char *cookie;
  guint tries;

  return state == KEEL_TRANSFER_FINISHED || state == KEEL_TRANSFER_FAILED ||
         keel_notice_words_waits_for_disk (keel_transfer_get_record (transfer)) ||
         (keel_transfer_get_challenge (transfer, &cookie, &tries) != NULL &&
          !keel_sign_in_is_looking (transfer));
}

static gboolean
is_wanted (KeelNotifier *self,
           KeelTransfer *transfer)
{
  return keel_transfer_get_record (transfer)->state == KEEL_TRANSFER_FINISHED ?
           keel_preferences_wants_finished (self->preferences) :
           keel_preferences_wants_failed (self->preferences);
}

/* What was retried or removed in the meantime, or answered from the keyring, is not news; nor is
 * what the person does not want to be told. */
static void
drop_revived (KeelNotifier *self,
              GPtrArray    *ended)
{
  for (guint i = ended->len; i-- > 0;)
    if (!is_news (g_ptr_array_index (ended, i)) || !is_wanted (self, g_ptr_array_index (ended, i)))
      g_ptr_array_remove_index (ended, i);
}

static void
tell_many (KeelNotifier *self,
           GPtrArray    *ended)
{
  for (guint i = 0; i < ended->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (ended, i);

      if (keel_transfer_get_record (transfer)->state == KEEL_TRANSFER_FINISHED)
        self->n_finished++;
      else
        self->n_needing++;
    }
  show (self, keel_notice_words_for_many (self->n_finished, self->n_needing));
}

static void
tell (KeelNotifier *self,
      GPtrArray    *ended)
{
  drop_revived (self, ended);
  if (ended->len == 0)
    {
      check_empty (self);
      return;
    }
  if (ended->len > 1)
    tell_many (self, ended);
  else
    show (self,
          keel_notice_words_for_task (keel_transfer_get_record (g_ptr_array_index (ended, 0))));
}

typedef struct {
  KeelNotifier *notifier;
  GPtrArray *ended; /* (owned) */
} Telling;

static void
acknowledged_cb (KeelEngine   *engine,
                 const GError *error,
                 gpointer      user_data)
{
  Telling *telling = user_data;
  KeelNotifier *self = telling->notifier;

  self->n_acknowledging--;
  /* Told twice is better than not at all; but who leaves lets the one that comes tell it. */
  if (g_error_matches (error, KEEL_ERROR, KEEL_ERROR_RESTARTING))
    g_ptr_array_set_size (telling->ended, 0);
  else if (error != NULL)
    g_warning ("What has been told cannot be noted: %s", error->message);
  if (!self->is_freed)
    tell (self, telling->ended);
  else if (self->n_acknowledging == 0)
    g_free (self);
  g_ptr_array_unref (telling->ended);
  g_free (telling);
}

/* --- quiet hours ----------------------------------------------------------------------------- */

/* How long nobody is to be told anything; 0: now is as good a time as any. */
gint64
keel_notifier_get_quiet_usec (KeelNotifier *self)
{
  g_autofree char *times = keel_preferences_dup_quiet_times (self->preferences);
  g_autoptr (GTimeZone) zone = NULL;

  if (times == NULL)
    return 0;
  zone = g_time_zone_new_local ();
  return keel_quiet_hours_get_rest_usec (times, zone, keel_clock_get_wall_usec (self->clock));
}

static void
quiet_timer_cb (gpointer user_data)
{
  KeelNotifier *self = user_data;

  self->quiet_timer = 0;
  release (self);
}

static void
quiet_changed_cb (GSettings    *settings,
                  const char   *key,
                  KeelNotifier *self)
{
  if (self->quiet_timer != 0)
    release (self);
}

/* Whether what there is to tell is to wait; then it is told by and by. Who looks at one of our
 * windows sees it. */
static gboolean
hold_back (KeelNotifier *self)
{
  gint64 quiet_usec = 0;

  keel_clock_cancel (self->clock, &self->quiet_timer);
  if (g_hash_table_size (self->focused) == 0)
    quiet_usec = keel_notifier_get_quiet_usec (self);
  if (quiet_usec == 0)
    return FALSE;
  self->quiet_timer = keel_clock_call_after (self->clock, quiet_usec, quiet_timer_cb, self);
  if (!self->has_heard)
    {
      keel_preferences_connect (self->preferences, "quiet-hours", G_CALLBACK (quiet_changed_cb),
                                self);
      keel_preferences_connect (self->preferences, "quiet-times", G_CALLBACK (quiet_changed_cb),
                                self);
    }
  self->has_heard = TRUE;
  return TRUE;
}

/* Tells what was held back, if it is not quiet any more. */
static void
release (KeelNotifier *self)
{
  g_autoptr (GPtrArray) held = NULL;

  if (hold_back (self))
    return;
  held = g_steal_pointer (&self->held);
  self->held = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_notice_free);
  while (held->len > 0)
    show (self, g_ptr_array_steal_index (held, 0));
  tell_gathered (self);
}

/* What does not have to be gathered: at once, or when it is not quiet any more. */
static void
show_by_and_by (KeelNotifier *self,
                KeelNotice   *notice)
{
  if (hold_back (self))
    g_ptr_array_add (self->held, notice);
  else
    show (self, notice);
}

/* What was gathered is acknowledged, and then told. */
static void
tell_gathered (KeelNotifier *self)
{
  Telling *telling = g_new0 (Telling, 1);

  telling->notifier = self;
  telling->ended = g_steal_pointer (&self->ended);
  /* The window shows it. */
  if (g_hash_table_size (self->focused) > 0)
    g_ptr_array_set_size (telling->ended, 0);
  self->ended = g_ptr_array_new_with_free_func (g_object_unref);
  /* From now on, and not from when it is on disk that it is told: more may end before that. */
  if (telling->ended->len > 0)
    self->told_usec = keel_clock_get_boottime_usec (self->clock);
  self->n_acknowledging++;
  keel_engine_acknowledge_ends (self->engine, acknowledged_cb, telling);
}

static void
gather_timer_cb (gpointer user_data)
{
  KeelNotifier *self = user_data;

  self->gather_timer = 0;
  if (!hold_back (self))
    tell_gathered (self);
}

static void
gather (KeelNotifier *self)
{
  gint64 rest_usec = 0;

  if (self->gather_timer != 0)
    return;
  if (self->told_usec > 0)
    rest_usec = self->told_usec + REST_USEC - keel_clock_get_boottime_usec (self->clock);
  self->gather_timer = keel_clock_call_after (self->clock, MAX (GATHER_USEC, rest_usec),
                                              gather_timer_cb, self);
}

static gboolean
gather_events (KeelNotifier *self,
               GPtrArray    *events)
{
  for (guint i = 0; i < events->len; i++)
    {
      const KeelEventRecord *event = g_ptr_array_index (events, i);
      KeelTransfer *transfer = keel_engine_get_transfer (self->engine, event->task_id);

      if (transfer != NULL && !g_ptr_array_find (self->ended, transfer, NULL))
        g_ptr_array_add (self->ended, g_object_ref (transfer));
    }
  return events->len > 0;
}

/* Before the engine starts: what waits for a disk was told by the service before this one. Where
 * there are quiet hours it may have been held back, and to be told twice is better than never. */
void
keel_notifier_prepare (KeelNotifier *self)
{
  GPtrArray *transfers = keel_engine_get_transfers (self->engine);
  g_autofree char *quiet_times = NULL;

  for (guint i = 0; i < transfers->len; i++)
    {
      const KeelTransferRecord *record = keel_transfer_get_record (
        g_ptr_array_index (transfers, i));
      guint64 key = (guint64) record->id;

      if (!keel_notice_words_waits_for_disk (record))
        continue;
      if (g_hash_table_size (self->known) == 0)
        quiet_times = keel_preferences_dup_quiet_times (self->preferences);
      if (quiet_times != NULL)
        return;
      g_hash_table_insert (self->known, g_memdup2 (&key, sizeof key),
                           g_memdup2 (&record->durable, sizeof record->durable));
    }
}

/* What ended before this service started and was not told. */
void
keel_notifier_start (KeelNotifier *self)
{
  g_autoptr (GPtrArray) sessions = keel_engine_dup_sessions (self->engine, NULL);
  gboolean has_events = FALSE;

  for (guint i = 0; i < sessions->len; i++)
    {
      const KeelSessionRecord *session = g_ptr_array_index (sessions, i);

      if (!session->config.events &&
          gather_events (self, keel_engine_get_events (self->engine, session->id)))
        has_events = TRUE;
    }
  if (has_events)
    gather (self);
  if (keel_engine_was_rescued (self->engine))
    show_by_and_by (self,
                    keel_notice_words_for_rescue (keel_engine_get_transfers (self->engine)->len));
}

static const KeelSessionConfig *
get_config (KeelNotifier *self,
            KeelTransfer *transfer)
{
  gint64 session_id = keel_transfer_get_record (transfer)->session_id;

  return &keel_engine_get_session (self->engine, session_id)->config;
}

static void
gather_transfer (KeelNotifier *self,
                 KeelTransfer *transfer)
{
  /* Its questions may follow one another faster than they are told. */
  if (g_ptr_array_find (self->ended, transfer, NULL))
    return;
  g_ptr_array_add (self->ended, g_object_ref (transfer));
  gather (self);
}

static void
transfer_ended_cb (KeelEngine   *engine,
                   KeelTransfer *transfer,
                   KeelNotifier *self)
{
  const KeelSessionConfig *config = get_config (self, transfer);

  if (keel_session_config_has_notices (config))
    gather_transfer (self, transfer);
  /* Else the application does it, or is told by and by, or nobody wants to know. */
  else if (!config->events)
    gather (self);
}

static void
withdraw (KeelNotifier *self,
          guint64       key)
{
  if (g_hash_table_contains (self->showing, &key))
    keel_notice_board_withdraw (self->board, key);
  forget (self, key);
}

/* Whether it is news that it waits for a disk. */
static gboolean
note_wait (KeelNotifier             *self,
           const KeelTransferRecord *record)
{
  guint64 key = (guint64) record->id;
  const guint64 *durable = g_hash_table_lookup (self->known, &key);
  gboolean is_known = durable != NULL && *durable == record->durable;

  g_hash_table_remove (self->known, &key);
  return g_hash_table_add (self->waiting, g_memdup2 (&key, sizeof key)) && !is_known;
}

static void
transfer_changed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelNotifier *self)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  guint64 key = (guint64) record->id;

  if (keel_notice_words_waits_for_disk (record))
    {
      if (keel_session_config_has_notices (get_config (self, transfer)) && note_wait (self, record))
        gather_transfer (self, transfer);
      return;
    }
  /* While its place in the queue is awaited it may yet find the same disk. */
  if (record->state != KEEL_TRANSFER_QUEUED)
    g_hash_table_remove (self->waiting, &key);
  if (g_hash_table_contains (self->showing, &key) && !is_news (transfer))
    withdraw (self, key);
}

static void
transfer_removed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelNotifier *self)
{
  guint64 key = (guint64) keel_transfer_get_record (transfer)->id;

  g_hash_table_remove (self->waiting, &key);
  g_hash_table_remove (self->known, &key);
  withdraw (self, key);
}

/* --- attention ------------------------------------------------------------------------------- */

static void
unwatch (gpointer data)
{
  g_bus_unwatch_name (GPOINTER_TO_UINT (data));
}

static void
window_vanished_cb (GDBusConnection *connection,
                    const char      *name,
                    gpointer         user_data)
{
  KeelNotifier *self = user_data;

  g_hash_table_remove (self->focused, name);
}

/* The window of the bus name @name has the person's eyes, or has not, and has shown the results of
 * the tasks in @seen. Its attention ends when it leaves the bus. */
void
keel_notifier_set_attention (KeelNotifier  *self,
                             const char    *name,
                             gboolean       focused,
                             const guint64 *seen,
                             gsize          n_seen)
{
  if (!focused)
    g_hash_table_remove (self->focused, name);
  else if (!g_hash_table_contains (self->focused, name))
    g_hash_table_insert (self->focused, g_strdup (name),
                         GUINT_TO_POINTER (
                           g_bus_watch_name_on_connection (self->connection, name,
                                                           G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                           window_vanished_cb, self, NULL)));
  for (gsize i = 0; i < n_seen; i++)
    withdraw (self, seen[i]);
  if (focused)
    withdraw (self, KEEL_NOTICE_SUMMARY);
  if (focused && self->quiet_timer != 0)
    release (self);
}

/* An application has missed something, and cannot be woken for it: told once a session, and told
 * anew in the same place when there is more. */
void
keel_notifier_tell_missed (KeelNotifier           *self,
                           const KeelMissedEvents *missed)
{
  if (g_hash_table_size (self->focused) == 0)
    show_by_and_by (self, keel_notice_words_for_missed (missed));
}

/* In a sandbox, the person does not want downloads to go on without a window. */
void
keel_notifier_tell_background_refused (KeelNotifier *self)
{
  show_by_and_by (self, keel_notice_words_for_background ());
}

/* Shows what is of this moment: in quiet hours, too, and while a window is looked at. */
void
keel_notifier_tell_now (KeelNotifier *self,
                        KeelNotice   *notice)
{
  show (self, notice);
}

void
keel_notifier_take_back (KeelNotifier *self,
                         guint64       key)
{
  withdraw (self, key);
}

/* What is called when somebody stops what KEEL_NOTICE_WHEN_DONE announces. */
void
keel_notifier_set_cancelled (KeelNotifier     *self,
                             KeelNotifierFunc  func,
                             gpointer          user_data)
{
  self->cancelled = func;
  self->cancelled_data = user_data;
}

/* The application has dealt with it. */
void
keel_notifier_untell_missed (KeelNotifier *self,
                             gint64        session_id)
{
  keel_notice_board_withdraw (self->board, KEEL_NOTICE_SESSION | (guint64) session_id);
}

/* @preferences must outlive it. In a sandbox there is only the portal. @emptied is called, with
 * @user_data second, when nothing is on the screen any more. */
KeelNotifier *
keel_notifier_new (GDBusConnection *connection,
                   KeelEngine      *engine,
                   KeelPreferences *preferences,
                   gboolean         is_sandboxed,
                   GFunc            emptied,
                   gpointer         user_data)
{
  static const KeelNoticeBoardEvents events = { board_action_cb, board_closed_cb };
  KeelNotifier *self = g_new0 (KeelNotifier, 1);

  self->connection = g_object_ref (connection);
  self->engine = g_object_ref (engine);
  self->clock = keel_engine_get_clock (engine);
  self->preferences = preferences;
  self->emptied = emptied;
  self->user_data = user_data;
  self->board = keel_notice_board_new (&events, is_sandboxed ? connection : NULL, self);
  self->ended = g_ptr_array_new_with_free_func (g_object_unref);
  self->focused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unwatch);
  self->held = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_notice_free);
  self->showing = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->waiting = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_signal_connect (engine, "transfer-ended", G_CALLBACK (transfer_ended_cb), self);
  g_signal_connect (engine, "transfer-challenged", G_CALLBACK (transfer_ended_cb), self);
  g_signal_connect (engine, "transfer-changed", G_CALLBACK (transfer_changed_cb), self);
  g_signal_connect (engine, "transfer-removed", G_CALLBACK (transfer_removed_cb), self);
  return self;
}

void
keel_notifier_free (KeelNotifier *self)
{
  g_signal_handlers_disconnect_by_data (self->engine, self);
  keel_clock_cancel (self->clock, &self->gather_timer);
  keel_clock_cancel (self->clock, &self->stay_timer);
  keel_clock_cancel (self->clock, &self->quiet_timer);
  keel_preferences_disconnect (self->preferences, self);
  g_ptr_array_unref (self->held);
  keel_notice_board_free (self->board);
  g_ptr_array_unref (self->ended);
  g_hash_table_unref (self->focused);
  g_hash_table_unref (self->showing);
  g_hash_table_unref (self->waiting);
  g_hash_table_unref (self->known);
  g_object_unref (self->engine);
  g_object_unref (self->connection);
  self->is_freed = TRUE;
  if (self->n_acknowledging == 0)
    g_free (self);
}

/* Whether one of our windows has the person's eyes. */
gboolean
keel_notifier_has_attention (KeelNotifier *self)
{
  return g_hash_table_size (self->focused) > 0;
}

/* Whether there is, or is about to be, something on the screen that would go with the service; also
 * when that is about to be in hours. */
gboolean
keel_notifier_is_showing (KeelNotifier *self)
{
  return self->gather_timer != 0 || self->quiet_timer != 0 || self->n_acknowledging > 0 ||
         (!keel_notice_board_is_lasting (self->board) && g_hash_table_size (self->showing) > 0);
}
