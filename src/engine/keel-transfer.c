/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

/* One download: its state machine, and what it remembers.
 *
 * The table below is the state machine. Each change of state goes through
 * keel_transfer_set_state(), is saved, and is told to the engine; what the table does not list is
 * refused and logged.
 *
 * The state says what is wanted; I/O that is in flight (an attempt, a checksum, a rename) ends in
 * its own time. Pausing is therefore immediate, and the attempt's last checkpoint follows. Until a
 * transfer is settled, nothing new is started for it: keel_transfer_settle() is called at each end
 * of an operation and does what the state then asks for. */

#define SAVE_AGAIN_USEC (5 * (gint64) G_USEC_PER_SEC)
/* Slower than 2 KiB/s over ten minutes, with no limit set, is a crawl. */
#define CRAWL_WINDOW_USEC (600 * (gint64) G_USEC_PER_SEC)
#define CRAWL_BYTES (600 * 2048)

typedef struct {
  KeelTransferFunc func;
  gpointer user_data;
} Waiter;

#define TO(state) (1u << KEEL_TRANSFER_##state)

static const guint transitions[KEEL_TRANSFER_N_STATES] = {
  [KEEL_TRANSFER_QUEUED] = TO (WAITING) | TO (RUNNING) | TO (PAUSED) | TO (FAILED) |
                           TO (CANCELLED) | TO (DELETING),
  /* For another reason: a slot, and then a disk. */
  [KEEL_TRANSFER_WAITING] = TO (QUEUED) | TO (WAITING) | TO (RUNNING) | TO (PAUSED) | TO (FAILED) |
                            TO (CANCELLED) | TO (DELETING),
  [KEEL_TRANSFER_RUNNING] = TO (QUEUED) | TO (WAITING) | TO (VERIFYING) | TO (PAUSED) |
                            TO (FAILED) | TO (CANCELLED) | TO (DELETING),
  [KEEL_TRANSFER_VERIFYING] = TO (QUEUED) | TO (WAITING) | TO (PUBLISHING) | TO (PAUSED) |
                              TO (FAILED) | TO (CANCELLED) | TO (DELETING),
  [KEEL_TRANSFER_PUBLISHING] = TO (FINISHED) | TO (FAILED) | TO (WAITING) | TO (QUEUED),
  [KEEL_TRANSFER_PAUSED] = TO (QUEUED) | TO (WAITING) | TO (CANCELLED) | TO (DELETING),
  [KEEL_TRANSFER_FINISHED] = TO (QUEUED) | TO (DELETING),
  [KEEL_TRANSFER_FAILED] = TO (QUEUED) | TO (WAITING) | TO (CANCELLED) | TO (DELETING),
  [KEEL_TRANSFER_CANCELLED] = TO (QUEUED) | TO (WAITING) | TO (DELETING),
  [KEEL_TRANSFER_DELETING] = 0,
};

G_DEFINE_FINAL_TYPE (KeelTransfer, keel_transfer, G_TYPE_OBJECT)

static void check_rest (KeelTransfer *self);

/* Whether its partial data is not wanted any more. A part file with nothing in it that counts is
 * not worth keeping for a second try either. */
static gboolean
is_gone (KeelTransfer *self)
{
  KeelTransferState state = self->record->state;

  return state == KEEL_TRANSFER_CANCELLED || state == KEEL_TRANSFER_DELETING ||
         (state == KEEL_TRANSFER_FAILED && keel_transfer_record_get_durable (self->record) == 0 &&
          !keel_transfer_record_has_aside (self->record));
}

static void
keel_transfer_finalize (GObject *object)
{
  KeelTransfer *self = KEEL_TRANSFER (object);

  keel_clock_cancel (self->machinery->clock, &self->timer);
  keel_clock_cancel (self->machinery->clock, &self->save_timer);
  g_queue_clear_full (&self->save_waiters, g_free);
  g_queue_clear_full (&self->rest_waiters, g_free);
  g_clear_object (&self->verifying);
  g_clear_object (&self->collecting);
  g_clear_object (&self->carrying);
  keel_transfer_drop_move (self);
  g_clear_pointer (&self->challenge, keel_challenge_free);
  g_clear_pointer (&self->credentials, keel_credentials_free);
  g_clear_pointer (&self->proxy_credentials, keel_credentials_free);
  g_free (self->cookie);
  g_clear_pointer (&self->due, g_ptr_array_unref);
  g_clear_pointer (&self->remarks, g_ptr_array_unref);
  keel_rate_limiter_unref (self->limiter);
  keel_transfer_record_free (self->record);
  G_OBJECT_CLASS (keel_transfer_parent_class)->finalize (object);
}

static void
keel_transfer_class_init (KeelTransferClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = keel_transfer_finalize;
}

static void
keel_transfer_init (KeelTransfer *self)
{
  g_queue_init (&self->save_waiters);
  g_queue_init (&self->rest_waiters);
}

/* Takes @record over. Nothing happens before keel_transfer_recover(). */
KeelTransfer *
keel_transfer_new (const KeelMachinery      *machinery,
                   KeelTransferRecord       *record,
                   const KeelTransferEvents *events,
                   gpointer                  user_data)
{
  static const KeelSessionRecord nobody;
  KeelTransfer *self = g_object_new (KEEL_TYPE_TRANSFER, NULL);

  self->machinery = machinery;
  self->session = &nobody;
  self->record = record;
  self->events = *events;
  self->user_data = user_data;
  self->committed = keel_transfer_record_get_durable (record);
  self->has_completed = record->state >= KEEL_TRANSFER_FINISHED;
  self->has_moved = self->committed > 0;
  self->overlap = KEEL_TRANSFER_MOST_OVERLAP;
  self->limiter = keel_rate_limiter_new (record->max_rate_bps);
  if (record->password != NULL)
    keel_transfer_take_password (self);
  return self;
}

/* --- saving ---------------------------------------------------------------------------------- */

typedef struct {
  KeelTransfer *transfer; /* (owned) */
  guint64 durable;
  GPtrArray *events;  /* (owned) (nullable) */
  GPtrArray *remarks; /* (owned) (nullable) */
} Save;

static void
add_waiter (GQueue           *waiters,
            KeelTransferFunc  func,
            gpointer          user_data)
{
  Waiter *waiter = g_new (Waiter, 1);

  waiter->func = func;
  waiter->user_data = user_data;
  g_queue_push_tail (waiters, waiter);
}

/* Those who begin to wait while the others are told wait for something that is not yet so. */
static void
tell_waiters (KeelTransfer *self,
              GQueue       *waiters,
              const GError *error)
{
  GQueue due = *waiters;
  Waiter *waiter;

  g_queue_init (waiters);
  while ((waiter = g_queue_pop_head (&due)) != NULL)
    {
      waiter->func (self, error, waiter->user_data);
      g_free (waiter);
    }
}

static void
save_timer_cb (gpointer user_data)
{
  KeelTransfer *self = user_data;

  self->save_timer = 0;
  keel_transfer_save (self);
}

static void
after_failed_save (KeelTransfer *self,
                   Save         *save,
                   const GError *error)
{
  g_message ("Task %" G_GINT64_FORMAT " cannot be saved: %s", self->record->id, error->message);
  if (self->save_timer == 0 && !self->is_suspended)
    self->save_timer = keel_clock_call_after (self->machinery->clock, SAVE_AGAIN_USEC,
                                              save_timer_cb, self);
  /* Nothing of the save happened. */
  if (save->events != NULL)
    keel_transfer_take_events_back (self, g_steal_pointer (&save->events));
  if (save->remarks != NULL)
    keel_transfer_take_remarks_back (self, g_steal_pointer (&save->remarks));
}

static void
after_save (KeelTransfer *self,
            Save         *save)
{
  self->committed = save->durable;
  keel_clock_cancel (self->machinery->clock, &self->save_timer);
  if (save->events != NULL)
    keel_transfer_tell_events (self, g_steal_pointer (&save->events));
  if (self->n_saves > 0)
    return;
  /* The one before it failed, and had events that this one had not. */
  if (self->due != NULL)
    {
      keel_transfer_save (self);
      return;
    }
  /* All of it is on disk as it is. */
  self->has_forgotten = FALSE;
  if (is_gone (self))
    keel_transfer_settle (self);
}

static void
saved_cb (const GError *error,
          gpointer      user_data)
{
  Save *save = user_data;
  KeelTransfer *self = save->transfer;

  self->n_saves--;
  if (save->events != NULL)
    self->n_saves_with_events--;
  self->is_unsaved = error != NULL;
  if (error == NULL)
    after_save (self, save);
  else
    after_failed_save (self, save, error);
  if (self->n_saves == 0)
    tell_waiters (self, &self->save_waiters, error);
  check_rest (self);
  g_clear_pointer (&save->events, g_ptr_array_unref);
  g_clear_pointer (&save->remarks, g_ptr_array_unref);
  g_free (save);
  g_object_unref (self);
}

/* Writes the record as it is now, and the events that are due in the same transaction. If the store
 * cannot, that is tried again until it can: the transfer goes on, with its truth in memory. */
void
keel_transfer_save (KeelTransfer *self)
{
  Save *save;

  /* The service left without waiting for a disk that hangs; this came after that. */
  if (self->machinery->store == NULL)
    return;
  keel_transfer_count_time (self);
  save = g_new0 (Save, 1);
  save->transfer = g_object_ref (self);
  save->durable = keel_transfer_record_get_durable (self->record);
  save->events = g_steal_pointer (&self->due);
  if (save->events != NULL)
    self->n_saves_with_events++;
  self->n_saves++;
  save->remarks = g_steal_pointer (&self->remarks);
  keel_store_save (self->machinery->store, self->record, save->events, save->remarks, saved_cb,
                   save);
}

/* Calls @func when all that has happened to the transfer so far is on disk, or could not be put
 * there. */
void
keel_transfer_when_saved (KeelTransfer     *self,
                          KeelTransferFunc  func,
                          gpointer          user_data)
{
  if (self->n_saves == 0)
    func (self, NULL, user_data);
  else
    add_waiter (&self->save_waiters, func, user_data);
}

/* Whether everything that the last change of state asked for has been done. */
static gboolean
is_at_rest (KeelTransfer *self)
{
  if (self->record->state == KEEL_TRANSFER_DELETING)
    return self->is_removed;
  return keel_transfer_is_settled (self) && self->n_saves == 0 &&
         (self->record->state != KEEL_TRANSFER_CANCELLED || self->record->part_name == NULL);
}

static void
check_rest (KeelTransfer *self)
{
  if (is_at_rest (self))
    tell_waiters (self, &self->rest_waiters, NULL);
}

/* Calls @func when all is done that the last change of state asked for: the checkpoint of a paused
 * transfer, the removal of a cancelled one's data. Where a disk hangs that may be never. */
void
keel_transfer_when_at_rest (KeelTransfer     *self,
                            KeelTransferFunc  func,
                            gpointer          user_data)
{
  add_waiter (&self->rest_waiters, func, user_data);
  check_rest (self);
}

/* --- the state ------------------------------------------------------------------------------- */

void
keel_transfer_changed (KeelTransfer *self)
{
  self->events.changed (self->user_data, self);
}

/* The one way into another state. The caller has set what belongs to the new state, or does so
 * before the main loop turns, and saves. */
gboolean
keel_transfer_set_state (KeelTransfer      *self,
                         KeelTransferState  state)
{
  KeelTransferRecord *record = self->record;
  KeelTransferState before = record->state;
  KeelWaitReason reason = record->wait_reason;

  if ((transitions[record->state] & (1u << state)) == 0)
    {
      g_critical ("Task %" G_GINT64_FORMAT ": no way from %s to %s", record->id,
                  keel_transfer_state_to_string (record->state),
                  keel_transfer_state_to_string (state));
      return FALSE;
    }
  g_debug ("Task %" G_GINT64_FORMAT ": %s -> %s", record->id,
           keel_transfer_state_to_string (record->state), keel_transfer_state_to_string (state));
  keel_clock_cancel (self->machinery->clock, &self->timer);
  keel_transfer_count_time (self);
  record->state = state;
  record->wait_reason = KEEL_WAIT_REASON_NONE;
  record->wait_until_usec = 0;
  record->pause_reason = KEEL_PAUSE_REASON_NONE;
  keel_transfer_follow_events (self, before, reason);
  g_clear_pointer (&self->challenge, keel_challenge_free);
  g_clear_pointer (&self->cookie, g_free);
  self->crawl_usec = 0;
  self->is_crawling = FALSE;
  if (state == KEEL_TRANSFER_PAUSED || !keel_transfer_record_is_unfinished (record))
    self->is_wanted_now = FALSE;
  if (state != KEEL_TRANSFER_RUNNING)
    keel_rate_meter_reset (&self->meter);
  return TRUE;
}

void
keel_transfer_set_error (KeelTransfer  *self,
                         KeelTaskError  code,
                         const char    *message,
                         guint          http_status)
{
  KeelTransferRecord *record = self->record;

  g_free (record->error_message);
  record->error_message = g_strdup (message);
  record->error_code = (gint) code;
  record->error_http_status = http_status;
}

void
keel_transfer_clear_error (KeelTransfer *self)
{
  self->record->error_code = -1;
  self->record->error_http_status = 0;
  g_clear_pointer (&self->record->error_message, g_free);
  g_clear_pointer (&self->record->error_details, g_free);
}

static void
timer_cb (gpointer user_data)
{
  KeelTransfer *self = user_data;

  self->timer = 0;
  if (self->record->wait_reason == KEEL_WAIT_REASON_LOW_DISK ||
      self->record->wait_reason == KEEL_WAIT_REASON_DESTINATION)
    keel_transfer_look (self);
  else
    keel_transfer_enqueue (self);
}

/* Into `waiting`, and out of it by itself after @delay_usec; never, if that is negative. */
void
keel_transfer_wait (KeelTransfer   *self,
                    KeelWaitReason  reason,
                    gint64          delay_usec)
{
  KeelClock *clock = self->machinery->clock;

  if (!keel_transfer_set_state (self, KEEL_TRANSFER_WAITING))
    return;
  self->record->wait_reason = reason;
  if (delay_usec >= 0)
    {
      /* When a disk will do, nobody knows. */
      if (reason != KEEL_WAIT_REASON_LOW_DISK && reason != KEEL_WAIT_REASON_DESTINATION)
        self->record->wait_until_usec = keel_clock_get_wall_usec (clock) + delay_usec;
      self->timer = keel_clock_call_after (clock, delay_usec, timer_cb, self);
    }
  keel_transfer_save (self);
  keel_transfer_changed (self);
}

/* Into the queue, unless it may not start before a time, or over the network that there is. The
 * scheduler does the rest. */
void
keel_transfer_enqueue (KeelTransfer *self)
{
  gint64 ahead_usec = keel_transfer_get_ahead_usec (self);
  KeelWaitReason bar = keel_transfer_get_bar (self);
  gboolean is_new = self->record->state != KEEL_TRANSFER_QUEUED;

  if (is_new && !keel_transfer_set_state (self, KEEL_TRANSFER_QUEUED))
    return;
  if (ahead_usec > 0)
    {
      keel_transfer_wait (self, KEEL_WAIT_REASON_SCHEDULE, ahead_usec);
      return;
    }
  if (bar != KEEL_WAIT_REASON_NONE && keel_transfer_set_state (self, KEEL_TRANSFER_WAITING))
    self->record->wait_reason = bar;
  /* One that has just been accepted is on disk as it is. */
  if (is_new)
    keel_transfer_save (self);
  keel_transfer_changed (self);
}

/* The scheduler has no place for it now, or before @until_usec (wall clock; 0: not known). Not
 * saved: after a restart that is found out anew. */
void
keel_transfer_hold (KeelTransfer   *self,
                    KeelWaitReason  reason,
                    gint64          until_usec)
{
  if (self->record->state == KEEL_TRANSFER_WAITING && self->record->wait_reason == reason &&
      self->record->wait_until_usec == until_usec)
    return;
  if (!keel_transfer_set_state (self, KEEL_TRANSFER_WAITING))
    return;
  self->record->wait_reason = reason;
  self->record->wait_until_usec = until_usec;
  keel_transfer_changed (self);
}

/* Whether it would run if the scheduler let it; it may also wait for a time of its own. */
gboolean
keel_transfer_is_held (KeelTransfer *self)
{
  return self->record->state == KEEL_TRANSFER_WAITING && self->timer == 0 &&
         (self->record->wait_reason == KEEL_WAIT_REASON_SLOT ||
          self->record->wait_reason == KEEL_WAIT_REASON_SCHEDULE);
}

void
keel_transfer_fail (KeelTransfer  *self,
                    KeelTaskError  code,
                    const char    *message,
                    guint          http_status)
{
  if (!keel_transfer_set_state (self, KEEL_TRANSFER_FAILED))
    return;
  keel_transfer_set_error (self, code, message, http_status);
  self->record->finished_usec = keel_clock_get_wall_usec (self->machinery->clock);
  keel_transfer_note_end (self);
  keel_transfer_save (self);
  /* Where nothing is kept, it is told when the folder is clean again: who waits for the end looks
   * there next. */
  if (!is_gone (self) || self->record->part_name == NULL)
    keel_transfer_changed (self);
  keel_transfer_settle (self);
}

/* Asks what is in flight to end; it does so in its own time. */
void
keel_transfer_stop_io (KeelTransfer *self)
{
  if (self->attempt != NULL)
    keel_attempt_stop (self->attempt);
  if (self->verifying != NULL)
    g_cancellable_cancel (self->verifying);
  if (self->collecting != NULL)
    g_cancellable_cancel (self->collecting);
  if (self->carrying != NULL)
    g_cancellable_cancel (self->carrying);
}

/* Stops with a checkpoint until somebody resumes it. */
void
keel_transfer_pause (KeelTransfer    *self,
                     KeelPauseReason  reason)
{
  if (!keel_transfer_set_state (self, KEEL_TRANSFER_PAUSED))
    return;
  self->record->pause_reason = reason;
  keel_transfer_remark_pause (self, reason);
  keel_transfer_stop_io (self);
  keel_transfer_save (self);
  keel_transfer_changed (self);
}

static gboolean
is_about_network (const KeelTransferRecord *record)
{
  if (record->state != KEEL_TRANSFER_WAITING)
    return FALSE;
  if (record->wait_reason == KEEL_WAIT_REASON_OFFLINE ||
      record->wait_reason == KEEL_WAIT_REASON_CAPTIVE_PORTAL)
    return TRUE;
  return record->wait_reason == KEEL_WAIT_REASON_RETRY &&
         (record->error_code == KEEL_TASK_ERROR_DNS ||
          record->error_code == KEEL_TASK_ERROR_CONNECT ||
          record->error_code == KEEL_TASK_ERROR_TIMEOUT ||
          record->error_code == KEEL_TASK_ERROR_TLS ||
          record->error_code == KEEL_TASK_ERROR_TRUNCATED);
}

/* Another network, or the machine woke up: connections are dead even if nobody says so. What runs
 * goes on over new ones at once; what waits for the network does not wait any longer. @reason,
 * which is static, is told of the former. */
void
keel_transfer_drop_connections (KeelTransfer *self,
                                const char   *reason)
{
  if (self->attempt != NULL && self->record->state == KEEL_TRANSFER_RUNNING)
    {
      self->interruption = reason;
      keel_attempt_interrupt (self->attempt);
    }
  else if (is_about_network (self->record))
    keel_transfer_enqueue (self);
}

/* The machine is about to sleep: stops with a checkpoint, and goes on as soon as it gets a slot. */
void
keel_transfer_fall_asleep (KeelTransfer *self)
{
  if (self->record->state != KEEL_TRANSFER_RUNNING)
    return;
  keel_transfer_note_stop (self, "sleep");
  keel_transfer_stop_io (self);
  keel_transfer_enqueue (self);
}

/* Gives its slot to the next one in the queue, and waits behind all that have a lower @turn. */
void
keel_transfer_yield (KeelTransfer *self,
                     guint         turn)
{
  if (self->record->state != KEEL_TRANSFER_RUNNING || self->attempt == NULL)
    return;
  self->turn = turn;
  keel_transfer_note_stop (self, "slot");
  keel_attempt_stop (self->attempt);
  keel_transfer_enqueue (self);
}

guint
keel_transfer_get_turn (KeelTransfer *self)
{
  return self->turn;
}

/* Whether somebody wants it to run whatever the schedule says: until it stops for another reason
 * than a slot, or the service does. */
gboolean
keel_transfer_is_wanted_now (KeelTransfer *self)
{
  return self->is_wanted_now;
}

/* Whether it has been so slow for ten minutes that others should have its slot. */
gboolean
keel_transfer_is_crawling (KeelTransfer *self)
{
  return self->is_crawling;
}

/* After a start of the service: goes on with what the record says. */
void
keel_transfer_recover (KeelTransfer *self)
{
  switch (self->record->state)
    {
    case KEEL_TRANSFER_QUEUED:
    case KEEL_TRANSFER_WAITING:
    case KEEL_TRANSFER_RUNNING:
    case KEEL_TRANSFER_VERIFYING:
      /* Whatever it waited for is looked at anew: this may be another network, another day. */
      if (self->has_moved)
        keel_transfer_note_stop (self, "restart");
      keel_transfer_enqueue (self);
      break;
    case KEEL_TRANSFER_PUBLISHING:
      keel_transfer_publish (self);
      break;
    case KEEL_TRANSFER_CANCELLED:
    case KEEL_TRANSFER_DELETING:
      keel_transfer_settle (self);
      break;
    case KEEL_TRANSFER_PAUSED:
    case KEEL_TRANSFER_FINISHED:
    case KEEL_TRANSFER_FAILED:
    case KEEL_TRANSFER_N_STATES:
    default:
      break;
    }
}

/* In how many crashes of the service in a row it was active. */
void
keel_transfer_set_crashes (KeelTransfer *self,
                           guint         crashes)
{
  self->record->crashes = crashes;
  keel_transfer_save (self);
}

/* It may be what makes the service crash: stops until somebody resumes it. */
void
keel_transfer_quarantine (KeelTransfer *self)
{
  g_message ("Task %" G_GINT64_FORMAT ": the service crashed too often while it was active; it is"
             " paused",
             self->record->id);
  self->record->crashes = 0;
  keel_transfer_pause (self, KEEL_PAUSE_REASON_QUARANTINED);
}

/* The service is leaving: what runs ends with a checkpoint and stays `running` on disk. */
void
keel_transfer_suspend (KeelTransfer *self)
{
  self->is_suspended = TRUE;
  keel_clock_cancel (self->machinery->clock, &self->timer);
  keel_clock_cancel (self->machinery->clock, &self->save_timer);
  keel_transfer_stop_io (self);
}

/* --- settling -------------------------------------------------------------------------------- */

/* Whether I/O of it is in flight. */
gboolean
keel_transfer_is_settled (KeelTransfer *self)
{
  return self->attempt == NULL && self->verifying == NULL && self->n_operations == 0;
}

static void
deleted_cb (const GError *error,
            gpointer      user_data)
{
  g_autoptr (KeelTransfer) self = user_data;

  self->is_deleting = FALSE;
  if (error != NULL)
    {
      /* Saving it again ends in another try; so does the next start of the service. */
      g_message ("Task %" G_GINT64_FORMAT " cannot be removed: %s", self->record->id,
                 error->message);
      if (self->save_timer == 0 && !self->is_suspended)
        self->save_timer = keel_clock_call_after (self->machinery->clock, SAVE_AGAIN_USEC,
                                                  save_timer_cb, self);
      return;
    }
  self->is_removed = TRUE;
  self->events.removed (self->user_data, self);
  check_rest (self);
}

/* An operation has ended, or the state is on disk: does what the state still asks for. Data is
 * dropped only after it is on disk that nobody wants it. */
void
keel_transfer_settle (KeelTransfer *self)
{
  if (!keel_transfer_is_settled (self) || self->machinery->store == NULL)
    return;
  if (self->move != NULL)
    {
      keel_transfer_apply_move (self);
      return;
    }
  if (is_gone (self) && (self->n_saves > 0 || self->is_unsaved))
    return;
  if (is_gone (self) && (self->record->part_name != NULL || keel_transfer_has_spooled (self)))
    keel_transfer_discard (self);
  else if (self->record->state != KEEL_TRANSFER_DELETING)
    {
      keel_transfer_let_go_of_folder (self);
      keel_transfer_changed (self);
      check_rest (self);
    }
  else if (!self->is_deleting)
    {
      self->is_deleting = TRUE;
      keel_store_delete (self->machinery->store, self->record->id, deleted_cb, g_object_ref (self));
    }
}

/* --- numbers --------------------------------------------------------------------------------- */

/* (transfer none); changes under the caller's hand with the transfer. */
const KeelTransferRecord *
keel_transfer_get_record (KeelTransfer *self)
{
  return self->record;
}

/* Bytes in the part file or the finished file. */
guint64
keel_transfer_get_received (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;

  if (self->is_resuming)
    return self->resumed_at;
  if (self->attempt != NULL)
    return keel_attempt_get_received (self->attempt);
  /* They are all there, and about to be sealed. */
  if (record->state == KEEL_TRANSFER_VERIFYING || record->state == KEEL_TRANSFER_PUBLISHING)
    return record->total;
  return keel_transfer_record_get_durable (record);
}

/* Bytes that are synced, and known to be so by the database. */
guint64
keel_transfer_get_committed (KeelTransfer *self)
{
  return MIN (self->committed, keel_transfer_record_get_durable (self->record));
}

/* Bytes per second, 0 when it is not running. */
guint64
keel_transfer_get_rate (KeelTransfer *self)
{
  return self->record->state == KEEL_TRANSFER_RUNNING ? keel_rate_meter_get (&self->meter) : 0;
}

guint
keel_transfer_get_connections (KeelTransfer *self)
{
  return self->attempt != NULL ? keel_attempt_get_connections (self->attempt) : 0;
}

/* Whether it takes up one of the slots. Who waits for a disk that hangs must not keep others, on
 * other disks, from running. */
gboolean
keel_transfer_is_busy (KeelTransfer *self)
{
  if (self->attempt == NULL)
    return self->record->state == KEEL_TRANSFER_RUNNING;
  return !self->is_stuck;
}

/* Whether there is something to look at from time to time. */
gboolean
keel_transfer_is_active (KeelTransfer *self)
{
  return self->attempt != NULL || self->record->state == KEEL_TRANSFER_RUNNING;
}

/* Finds out whether its disk hangs; to be called from time to time. Gives whether there is an
 * attempt for which that matters. */
gboolean
keel_transfer_look_at_disk (KeelTransfer *self)
{
  gboolean is_stuck = self->attempt != NULL &&
                      keel_disks_is_hanging (self->machinery->disks, self->record->dir);

  if (is_stuck != self->is_stuck)
    {
      self->is_stuck = is_stuck;
      keel_transfer_changed (self);
    }
  return self->attempt != NULL;
}

static void
look_at_pace (KeelTransfer *self,
              guint64       received,
              gint64        now_usec)
{
  if (self->crawl_usec != 0 && now_usec - self->crawl_usec < CRAWL_WINDOW_USEC)
    return;
  self->is_crawling = self->crawl_usec != 0 && received < self->crawl_bytes + CRAWL_BYTES &&
                      keel_rate_limiter_get_rate (self->limiter) == 0 &&
                      self->session->config.max_rate_bps == 0 &&
                      keel_rate_limiter_get_rate (self->machinery->limiter) == 0 &&
                      keel_hosts_get_max_rate (self->machinery->hosts) == 0;
  self->crawl_usec = now_usec;
  self->crawl_bytes = received;
}

/* To be called a few times a second while it runs. */
void
keel_transfer_sample (KeelTransfer *self,
                      gint64        now_usec)
{
  guint64 received = keel_transfer_get_received (self);

  if (self->record->state != KEEL_TRANSFER_RUNNING || keel_transfer_get_connections (self) == 0)
    return;
  keel_rate_meter_sample (&self->meter, received, now_usec);
  look_at_pace (self, received, now_usec);
}
