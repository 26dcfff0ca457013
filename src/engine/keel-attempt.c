/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-attempt.h"

#include "keel-block-check.h"
#include "keel-journal.h"
#include "keel-task-error.h"

/* One attempt at moving the bytes of a transfer: open the part file, run a connection into it,
 * keep its journal, and end with everything put down. Between start and `ended` it owns the I/O of
 * the transfer; the transfer's state may change meanwhile (somebody paused it), and then the
 * attempt is told to stop and ends in its own time.
 *
 *   opening (disk thread) -> connected (worker, journal) -> settling (last sync) -> ended
 *
 * After a crash the part file is suspect, and is checked between opening and connecting. A few
 * blocks that were altered are mended by the connection before it does anything else, and until
 * then the file stays suspect; when there are many, the attempt ends, and the next one begins with
 * what is good before the first of them.
 *
 * It works on a copy of the record, so that it cannot see half of a change. The stall watchdog is
 * here: a connection that brings less than 1 KiB in 30 s is dropped, whatever TCP thinks of it. A
 * server that was asked has a minute to begin its answer; a limit of our own is nobody's fault. */

#define STALL_USEC (30 * (gint64) G_USEC_PER_SEC)
#define THINK_USEC (60 * (gint64) G_USEC_PER_SEC)
#define STALL_STEP_USEC (10 * (gint64) G_USEC_PER_SEC)
#define STALL_BYTES 1024
/* Beyond that, to fetch all of it again is simpler than to mend it. */
#define MOST_HOLES 64

struct _KeelAttempt {
  const KeelMachinery *machinery;
  KeelTransferRecord *record; /* (owned) */
  KeelRateLimiter *limiter;   /* (owned) */
  guint64 overlap;
  gboolean accepts_doubt;
  KeelCredentials *credentials[2]; /* (owned) (nullable) each */
  KeelAttemptEvents events;
  gpointer user_data;
  KeelPartFile *part;         /* (owned) (nullable) */
  KeelBlockCheck *check;      /* (nullable) owns itself; ends with a call */
  KeelBlockMap *altered;      /* (owned) (nullable) while no connection has it */
  KeelConnection *connection; /* (owned) (nullable) */
  KeelJournal *journal;       /* (owned) (nullable) */
  guint stall_timer;
  KeelConnectionPhase stall_phase; /* these three: when it was last seen alive */
  guint64 stall_moved;
  gint64 stall_since_usec;
  gboolean is_stopping;
  gboolean is_interrupted;
  gboolean has_stalled;
  gboolean is_label_due;
  gboolean is_coded;
  gboolean has_digest;
  gboolean has_sync_failed;
  KeelAttemptResult result;
  GError *error;            /* (owned) (nullable) these three: of result */
  char *details;            /* (owned) (nullable) */
  KeelChallenge *challenge; /* (owned) (nullable) */
};

typedef struct {
  KeelJob job;
  KeelAttempt *attempt;
  KeelPartFileVerdict verdict;
  KeelPartFile *part; /* (owned) (nullable) */
  GError *error;      /* (owned) (nullable) */
} Open;

/* What was asked before the interruption may be no longer what is wanted to know. */
static gboolean
is_outdated (KeelAttempt *self)
{
  switch ((int) self->result.outcome)
    {
    case KEEL_ATTEMPT_CHANGED:
    case KEEL_ATTEMPT_SWAPPED:
    case KEEL_ATTEMPT_HELD:
    case KEEL_ATTEMPT_CHALLENGED:
      return self->is_interrupted;
    case KEEL_ATTEMPT_FAILED:
      return self->is_interrupted && !self->has_sync_failed;
    default:
      return FALSE;
    }
}

static void
attempt_end (KeelAttempt *self)
{
  if (is_outdated (self))
    self->result.outcome = KEEL_ATTEMPT_INTERRUPTED;

  self->result.error = self->error;
  self->result.details = self->details;
  self->result.challenge = self->challenge;
  self->result.part = self->part;
  self->result.altered = g_steal_pointer (&self->altered);
  if (self->journal != NULL)
    keel_journal_free (g_steal_pointer (&self->journal));
  if (self->connection != NULL)
    keel_connection_detach (g_steal_pointer (&self->connection));
  self->events.ended (self->user_data, &self->result);
  g_clear_pointer (&self->part, keel_part_file_unref);
  g_clear_error (&self->error);
  g_clear_pointer (&self->challenge, keel_challenge_free);
  for (gsize i = 0; i < G_N_ELEMENTS (self->credentials); i++)
    g_clear_pointer (&self->credentials[i], keel_credentials_free);
  g_free (self->details);
  keel_rate_limiter_unref (self->limiter);
  keel_transfer_record_free (self->record);
  g_free (self);
}

static void
end_early (KeelAttempt        *self,
           KeelAttemptOutcome  outcome)
{
  self->result.outcome = outcome;
  self->result.written = self->record->durable;
  attempt_end (self);
}

/* --- the journal ----------------------------------------------------------------------------- */

/* A block without a hash is fetched again if the service crashes; that is all. */
static void
hashes_saved_cb (const GError *error,
                 gpointer      user_data)
{
  if (error != NULL)
    g_info ("Hashes of blocks are not saved: %s", error->message);
}

/* Before the number that covers them is saved. */
static void
save_hashes (KeelAttempt *self)
{
  GArray *hashes = keel_connection_take_hashes (self->connection);

  if (hashes == NULL)
    return;
  if (self->machinery->store != NULL)
    keel_store_save_blocks (self->machinery->store, self->record->id, self->record->part_name,
                            hashes, hashes_saved_cb, NULL);
  else
    g_array_unref (hashes);
}

static guint64
journal_written_cb (gpointer user_data)
{
  return keel_attempt_get_received (user_data);
}

/* What the label says changes with the answers of the server. */
static KeelTransferRecord *
journal_describe_cb (gpointer user_data)
{
  KeelAttempt *self = user_data;
  KeelTransferRecord *record;

  if (!self->is_label_due)
    return NULL;
  self->is_label_due = FALSE;
  record = keel_transfer_record_copy (self->events.describe (self->user_data));
  /* Known here only, if it was touched. */
  record->is_suspect |= self->record->is_suspect;
  return record;
}

static void
journal_durable_cb (gpointer                 user_data,
                    guint64                  durable,
                    const KeelPartFileTrace *trace)
{
  KeelAttempt *self = user_data;

  save_hashes (self);
  self->events.durable (self->user_data, durable, trace, self->part);
}

static void
journal_failed_cb (gpointer      user_data,
                   const GError *error)
{
  KeelAttempt *self = user_data;

  /* What was written since the last checkpoint may be lost; it is fetched again from there. */
  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  self->has_sync_failed = TRUE;
  self->result.has_sync_failed = TRUE;
  self->result.outcome = KEEL_ATTEMPT_FAILED;
  if (self->connection != NULL)
    keel_connection_cancel (self->connection);
}

static void
journal_idle_cb (gpointer user_data)
{
  attempt_end (user_data);
}

static void
start_journal (KeelAttempt *self,
               guint64      durable)
{
  static const KeelJournalEvents events = { journal_written_cb, journal_describe_cb,
                                            journal_durable_cb, journal_failed_cb,
                                            journal_idle_cb };

  self->journal = keel_journal_new (self->machinery, self->record->dir, self->part, durable,
                                    &events, self);
}

/* --- the connection -------------------------------------------------------------------------- */

static void
connection_head_cb (gpointer                  user_data,
                    const KeelConnectionHead *head)
{
  KeelAttempt *self = user_data;
  char *part_name;

  /* Also while stopping: what was written is of no use without the validators in here. */
  self->events.head (self->user_data, head);
  self->is_label_due = TRUE;
  self->is_coded = head->coding != NULL;
  self->has_digest = head->repr_digest != NULL;
  if (head->spare == NULL)
    return;
  /* From now on another file is written, of which nothing is durable. */
  keel_journal_free (self->journal);
  keel_part_file_unref (self->part);
  self->part = keel_part_file_ref (head->spare);
  part_name = self->record->part_name;
  self->record->part_name = self->record->spare_name;
  self->record->spare_name = part_name;
  start_journal (self, 0);
}

/* What counts on disk is known, and is synced. */
static void
believe (KeelAttempt *self)
{
  if (self->connection != NULL)
    save_hashes (self);
  self->record->is_suspect = FALSE;
  self->events.checked (self->user_data, self->record->durable);
}

static void
connection_mended_cb (gpointer user_data,
                      guint64  bytes,
                      gboolean is_last)
{
  KeelAttempt *self = user_data;

  self->events.lost (self->user_data, bytes);
  if (is_last)
    believe (self);
}

static void
connection_written_cb (gpointer user_data)
{
  KeelAttempt *self = user_data;

  keel_journal_checkpoint (self->journal);
}

/* The connection was cancelled: by whom? */
static KeelAttemptOutcome
translate_cancelled (KeelAttempt *self)
{
  if (self->is_stopping)
    return KEEL_ATTEMPT_STOPPED;
  if (self->is_interrupted)
    return KEEL_ATTEMPT_INTERRUPTED;
  if (!self->has_stalled)
    return KEEL_ATTEMPT_STOPPED;
  /* An error page that does not end has said what there is to say. */
  if (self->error == NULL || self->error->code != KEEL_TASK_ERROR_HTTP_STATUS)
    {
      g_clear_error (&self->error);
      g_set_error_literal (&self->error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_TIMEOUT,
                           "The server stopped answering");
    }
  return KEEL_ATTEMPT_FAILED;
}

static KeelAttemptOutcome
translate (KeelAttempt                *self,
           const KeelConnectionResult *result)
{
  static const KeelAttemptOutcome outcomes[] = {
    [KEEL_CONNECTION_COMPLETE] = KEEL_ATTEMPT_COMPLETE,
    [KEEL_CONNECTION_RESTART] = KEEL_ATTEMPT_RESTART,
    [KEEL_CONNECTION_UNMENDED] = KEEL_ATTEMPT_ALTERED,
    [KEEL_CONNECTION_CHANGED] = KEEL_ATTEMPT_CHANGED,
    [KEEL_CONNECTION_SWAPPED] = KEEL_ATTEMPT_SWAPPED,
    [KEEL_CONNECTION_HELD] = KEEL_ATTEMPT_HELD,
    [KEEL_CONNECTION_CHALLENGED] = KEEL_ATTEMPT_CHALLENGED,
    [KEEL_CONNECTION_FAILED] = KEEL_ATTEMPT_FAILED,
  };

  if (result->error != NULL)
    self->error = g_error_copy (result->error);
  if (result->challenge != NULL)
    self->challenge = keel_challenge_copy (result->challenge);
  self->details = g_strdup (result->details);
  if (result->outcome == KEEL_CONNECTION_CANCELLED)
    return translate_cancelled (self);
  /* Stopped at the last moment: made durable like any other stop, it is complete next time. */
  if (result->outcome == KEEL_CONNECTION_COMPLETE && self->is_stopping)
    return KEEL_ATTEMPT_STOPPED;
  return outcomes[result->outcome];
}

/* Nothing was written before a restart. A complete file is made durable by being sealed, but not
 * before it has been decoded and its checksum has been looked at, which may take minutes. */
static gboolean
needs_checkpoint (KeelAttempt *self)
{
  switch (self->result.outcome)
    {
    case KEEL_ATTEMPT_FAILED:
    case KEEL_ATTEMPT_INTERRUPTED:
    case KEEL_ATTEMPT_STOPPED:
    /* After a first answer that gave some, a second one of the same conversation may end so. */
    case KEEL_ATTEMPT_CHANGED:
    case KEEL_ATTEMPT_SWAPPED:
    case KEEL_ATTEMPT_HELD:
    case KEEL_ATTEMPT_CHALLENGED:
      return TRUE;
    case KEEL_ATTEMPT_COMPLETE:
      return self->record->checksum_expected != NULL || self->is_coded || self->has_digest;
    case KEEL_ATTEMPT_LOST:
    case KEEL_ATTEMPT_RESTART:
    case KEEL_ATTEMPT_ALTERED:
    default:
      return FALSE;
    }
}

static void
connection_done_cb (gpointer                    user_data,
                    const KeelConnectionResult *result)
{
  KeelAttempt *self = user_data;
  gboolean sync_failed = self->error != NULL;

  keel_clock_cancel (self->machinery->clock, &self->stall_timer);
  if (!sync_failed)
    self->result.outcome = translate (self, result);
  self->result.claims_same = result->claims_same;
  self->result.is_final = result->is_final;
  self->result.length_confirmed = result->length_confirmed;
  self->result.has_ended = result->has_ended;
  self->result.http_status = result->http_status;
  self->result.retry_after_usec = result->retry_after_usec;
  self->result.written = result->written;
  self->altered = keel_connection_take_altered (self->connection);
  if (self->result.outcome == KEEL_ATTEMPT_ALTERED)
    self->result.written = keel_block_map_get_hole (self->altered)->from;
  if (self->result.outcome == KEEL_ATTEMPT_COMPLETE)
    save_hashes (self);
  keel_journal_finish (self->journal, !sync_failed && needs_checkpoint (self));
}

/* Bytes came, or it is somebody else's turn: the time without them begins anew. */
static void
mark_life (KeelAttempt         *self,
           KeelConnectionPhase  phase,
           guint64              moved)
{
  self->stall_phase = phase;
  self->stall_moved = moved;
  self->stall_since_usec = keel_clock_get_boottime_usec (self->machinery->clock);
}

static void
stall_timer_cb (gpointer user_data)
{
  KeelAttempt *self = user_data;
  KeelConnectionPhase phase = keel_connection_get_phase (self->connection);
  guint64 moved = keel_connection_get_moved (self->connection);
  gint64 idle_usec = keel_clock_get_boottime_usec (self->machinery->clock) - self->stall_since_usec;

  self->stall_timer = 0;
  if (moved - self->stall_moved >= STALL_BYTES || phase != self->stall_phase ||
      phase == KEEL_CONNECTION_QUEUED || phase == KEEL_CONNECTION_LIMITED)
    mark_life (self, phase, moved);
  else if (idle_usec >= (phase == KEEL_CONNECTION_ASKING ? THINK_USEC : STALL_USEC))
    {
      self->has_stalled = TRUE;
      keel_connection_cancel (self->connection);
      return;
    }
  self->stall_timer = keel_clock_call_after (self->machinery->clock, STALL_STEP_USEC,
                                             stall_timer_cb, self);
}

static void
connect_now (KeelAttempt *self)
{
  static const KeelConnectionEvents events = { connection_head_cb, connection_written_cb,
                                               connection_mended_cb, connection_done_cb };
  KeelConnectionRequest request = {
    .record = self->record,
    .overlap = self->overlap,
    .accepts_doubt = self->accepts_doubt,
    .credentials = { self->credentials[0], self->credentials[1] },
    .part = self->part,
    .altered = g_steal_pointer (&self->altered),
    .limiters = { self->machinery->limiter, self->limiter },
  };

  start_journal (self, self->record->durable);
  self->connection = keel_connection_start (self->machinery->pool, self->machinery->context,
                                            &request, &events, self);
  mark_life (self, KEEL_CONNECTION_QUEUED, 0);
  self->stall_timer = keel_clock_call_after (self->machinery->clock, STALL_STEP_USEC,
                                             stall_timer_cb, self);
}

/* The part file is open, and what it has is known. */
static void
go_on (KeelAttempt *self)
{
  if (self->is_interrupted)
    end_early (self, KEEL_ATTEMPT_INTERRUPTED);
  else if (self->altered == NULL && self->record->has_total &&
           self->record->durable == self->record->total)
    end_early (self, KEEL_ATTEMPT_COMPLETE);
  else
    connect_now (self);
}

/* --- after a crash --------------------------------------------------------------------------- */

static gboolean
is_worth_mending (const KeelBlockMap *altered)
{
  return altered->holes->len <= MOST_HOLES &&
         keel_block_map_get_altered (altered) <= altered->end / 2;
}

static void
end_altered (KeelAttempt *self,
             guint64      good)
{
  self->record->durable = good;
  end_early (self, KEEL_ATTEMPT_ALTERED);
}

/* It is known what the file has: goes on from there. */
static void
use_check (KeelAttempt *self)
{
  const KeelHole *hole = keel_block_map_get_hole (self->altered);
  guint64 end = self->altered->end;

  if (hole != NULL && !is_worth_mending (self->altered))
    {
      end_altered (self, hole->from);
      return;
    }
  if (hole == NULL && end < self->record->durable)
    {
      end_altered (self, end);
      return;
    }
  self->record->durable = end;
  if (hole == NULL)
    {
      g_clear_pointer (&self->altered, keel_block_map_free);
      believe (self);
    }
  go_on (self);
}

static void
check_cb (gpointer      user_data,
          KeelBlockMap *map,
          const GError *error)
{
  KeelAttempt *self = user_data;

  self->check = NULL;
  self->altered = map;
  if (error != NULL)
    self->error = g_error_copy (error);
  if (map != NULL && map->holes->len > 0)
    g_message ("Task %" G_GINT64_FORMAT ": %" G_GUINT64_FORMAT " bytes of the partial file were"
               " altered; they are fetched again",
               self->record->id, keel_block_map_get_altered (map));
  if (map != NULL && !self->is_stopping)
    use_check (self);
  else
    end_early (self, self->is_stopping ? KEEL_ATTEMPT_STOPPED : KEEL_ATTEMPT_FAILED);
}

/* Nothing is asked and nothing written before this has ended. */
static void
check (KeelAttempt *self)
{
  if (self->altered != NULL)
    use_check (self);
  else
    self->check = keel_block_check_start (self->machinery, self->record, self->part, check_cb,
                                          self);
}

/* --- opening --------------------------------------------------------------------------------- */

static void
open_run (KeelJob *job)
{
  Open *op = (Open *) job;
  const KeelTransferRecord *record = op->attempt->record;
  const KeelMachinery *machinery = op->attempt->machinery;

  op->verdict = keel_part_file_open (record->dir, record->part_name, record->token,
                                     record->part_ino, record->durable, &op->part, &op->error);
  /* Somebody else has written into it. */
  if (op->verdict == KEEL_PART_FILE_OK && keel_part_file_is_touched (op->part, &record->trace))
    op->attempt->record->is_suspect = TRUE;
  /* Before the first byte: what the label says must hold at any moment. */
  if (op->verdict == KEEL_PART_FILE_OK)
    keel_part_file_label (op->part, record, machinery->state_dir, machinery->labels_dir);
  /* Found here, a full disk does not cost a request each time it is looked at. */
  if (op->verdict == KEEL_PART_FILE_OK && record->has_total && record->total > record->durable &&
      !keel_part_file_make_room (op->part, record->durable, record->total, &op->error))
    op->verdict = KEEL_PART_FILE_ERROR;
  /* What is missing on an empty mount point is not lost. */
  if (op->verdict == KEEL_PART_FILE_LOST &&
      !keel_part_file_look (record->dir, &record->folder, 0, &op->error))
    op->verdict = KEEL_PART_FILE_ERROR;
  /* A crash may have left something half made under the name. */
  if (op->verdict == KEEL_PART_FILE_OK && record->spare_name != NULL &&
      !keel_transfer_record_has_aside (record) &&
      !keel_part_file_discard (record->dir, record->spare_name, record->token, 0, &op->error))
    op->verdict = KEEL_PART_FILE_ERROR;
}

static void
open_done (KeelJob *job)
{
  Open *op = (Open *) job;
  KeelAttempt *self = op->attempt;
  KeelPartFileVerdict verdict = op->verdict;

  self->part = g_steal_pointer (&op->part);
  self->error = g_steal_pointer (&op->error);
  g_free (op);

  if (self->part != NULL)
    self->events.lost (self->user_data, keel_part_file_get_cut_bytes (self->part));
  if (self->is_stopping)
    end_early (self, KEEL_ATTEMPT_STOPPED);
  else if (self->is_interrupted)
    end_early (self, KEEL_ATTEMPT_INTERRUPTED);
  else if (verdict == KEEL_PART_FILE_ERROR)
    end_early (self, KEEL_ATTEMPT_FAILED);
  else if (verdict != KEEL_PART_FILE_OK)
    end_early (self, KEEL_ATTEMPT_LOST);
  else if (self->record->is_suspect && self->record->durable > 0)
    check (self);
  else
    go_on (self);
}

/* Starts. `ended` comes exactly once, never before this returns, and frees the attempt. (transfer
 * none): it belongs to itself. */
KeelAttempt *
keel_attempt_start (const KeelMachinery     *machinery,
                    const KeelAttemptPlan   *plan,
                    const KeelAttemptEvents *events,
                    gpointer                 user_data)
{
  KeelAttempt *self = g_new0 (KeelAttempt, 1);
  Open *op = g_new0 (Open, 1);

  self->machinery = machinery;
  self->record = keel_transfer_record_copy (plan->record);
  self->limiter = keel_rate_limiter_ref (plan->limiter);
  self->overlap = plan->overlap;
  self->accepts_doubt = plan->accepts_doubt;
  self->altered = plan->altered;
  for (gsize i = 0; i < G_N_ELEMENTS (self->credentials); i++)
    if (plan->credentials[i] != NULL)
      self->credentials[i] = keel_credentials_copy (plan->credentials[i]);
  self->events = *events;
  self->user_data = user_data;
  self->result.retry_after_usec = -1;

  op->job.run = open_run;
  op->job.done = open_done;
  op->attempt = self;
  keel_disks_push (machinery->disks, self->record->dir, &op->job);
  return self;
}

/* Asks it to end: what has been written is made durable first. */
void
keel_attempt_stop (KeelAttempt *self)
{
  self->is_stopping = TRUE;
  /* It says that it is paused, if it is. */
  self->is_label_due = TRUE;
  if (self->check != NULL)
    keel_block_check_cancel (self->check);
  if (self->connection != NULL)
    keel_connection_cancel (self->connection);
}

/* The network is another one: asks it to drop its connection and end as INTERRUPTED, unless it
 * ends for another reason anyway. */
void
keel_attempt_interrupt (KeelAttempt *self)
{
  self->is_interrupted = TRUE;
  if (self->connection != NULL)
    keel_connection_cancel (self->connection);
}

/* How many bytes are in the part file, durable or not. */
guint64
keel_attempt_get_received (KeelAttempt *self)
{
  return self->connection != NULL ? keel_connection_get_written (self->connection) :
                                    self->record->durable;
}

guint
keel_attempt_get_connections (KeelAttempt *self)
{
  return self->connection != NULL ? 1 : 0;
}
