/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-attempt.h"

#include "keel-journal.h"
#include "keel-resume.h"
#include "keel-task-error.h"

/* One attempt at moving the bytes of a transfer: open the part file, run a connection into it,
 * keep its journal, and end with everything put down. Between start and `ended` it owns the I/O of
 * the transfer; the transfer's state may change meanwhile (somebody paused it), and then the
 * attempt is told to stop and ends in its own time.
 *
 *   opening (disk thread) -> connected (worker, journal) -> settling (last sync) -> ended
 *
 * It works on a copy of the record, so that it cannot see half of a change. The stall watchdog is
 * here: a connection that brings less than 1 KiB in 30 s is dropped, whatever TCP thinks of it. */

#define STALL_USEC (30 * (gint64) G_USEC_PER_SEC)
#define STALL_BYTES 1024

struct _KeelAttempt {
  const KeelMachinery *machinery;
  KeelTransferRecord *record; /* (owned) */
  KeelRateLimiter *limiter;   /* (owned) */
  guint64 overlap;
  KeelAttemptEvents events;
  gpointer user_data;
  KeelPartFile *part;         /* (owned) (nullable) */
  KeelConnection *connection; /* (owned) (nullable) */
  KeelJournal *journal;       /* (owned) (nullable) */
  guint stall_timer;
  guint64 stall_written;
  gboolean is_stopping;
  gboolean has_stalled;
  KeelAttemptResult result;
  GError *error; /* (owned) (nullable) of result */
};

typedef struct {
  KeelJob job;
  KeelAttempt *attempt;
  KeelPartFileVerdict verdict;
  KeelPartFile *part; /* (owned) (nullable) */
  GError *error;      /* (owned) (nullable) */
} Open;

static void
attempt_end (KeelAttempt *self)
{
  self->result.error = self->error;
  self->result.part = self->part;
  if (self->journal != NULL)
    keel_journal_free (g_steal_pointer (&self->journal));
  if (self->connection != NULL)
    keel_connection_detach (g_steal_pointer (&self->connection));
  self->events.ended (self->user_data, &self->result);
  g_clear_pointer (&self->part, keel_part_file_unref);
  g_clear_error (&self->error);
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

static guint64
journal_written_cb (gpointer user_data)
{
  return keel_attempt_get_received (user_data);
}

static void
journal_durable_cb (gpointer user_data,
                    guint64  durable)
{
  KeelAttempt *self = user_data;

  self->events.durable (self->user_data, durable, keel_part_file_get_ino (self->part));
}

static void
journal_failed_cb (gpointer      user_data,
                   const GError *error)
{
  KeelAttempt *self = user_data;

  /* What was written since the last checkpoint may be lost; it is fetched again from there. */
  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  self->result.outcome = KEEL_ATTEMPT_FAILED;
  if (self->connection != NULL)
    keel_connection_cancel (self->connection);
}

static void
journal_idle_cb (gpointer user_data)
{
  attempt_end (user_data);
}

/* --- the connection -------------------------------------------------------------------------- */

static void
connection_head_cb (gpointer                  user_data,
                    const KeelConnectionHead *head)
{
  KeelAttempt *self = user_data;

  /* Also while stopping: what was written is of no use without the validators in here. */
  self->events.head (self->user_data, head);
}

static void
connection_written_cb (gpointer user_data)
{
  KeelAttempt *self = user_data;

  keel_journal_checkpoint (self->journal);
}

static KeelAttemptOutcome
translate (KeelAttempt                *self,
           const KeelConnectionResult *result)
{
  switch (result->outcome)
    {
    case KEEL_CONNECTION_COMPLETE:
      /* Stopped at the last moment: made durable like any other stop, it is complete next time. */
      return self->is_stopping ? KEEL_ATTEMPT_STOPPED : KEEL_ATTEMPT_COMPLETE;
    case KEEL_CONNECTION_RESTART:
      return KEEL_ATTEMPT_RESTART;
    case KEEL_CONNECTION_FAILED:
      g_clear_error (&self->error);
      self->error = g_error_copy (result->error);
      return KEEL_ATTEMPT_FAILED;
    case KEEL_CONNECTION_CANCELLED:
    default:
      if (!self->has_stalled || self->is_stopping)
        return KEEL_ATTEMPT_STOPPED;
      g_set_error_literal (&self->error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_TIMEOUT,
                           "The server stopped answering");
      return KEEL_ATTEMPT_FAILED;
    }
}

/* Nothing was written before a restart. A complete file is made durable by being sealed, but not
 * before its checksum has been looked at, which may take minutes. */
static gboolean
needs_checkpoint (KeelAttempt *self)
{
  switch (self->result.outcome)
    {
    case KEEL_ATTEMPT_FAILED:
    case KEEL_ATTEMPT_STOPPED:
      return TRUE;
    case KEEL_ATTEMPT_COMPLETE:
      return self->record->checksum_expected != NULL;
    case KEEL_ATTEMPT_LOST:
    case KEEL_ATTEMPT_RESTART:
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
  self->result.http_status = result->http_status;
  self->result.retry_after_usec = result->retry_after_usec;
  self->result.written = result->written;
  keel_journal_finish (self->journal, !sync_failed && needs_checkpoint (self));
}

static void
stall_timer_cb (gpointer user_data)
{
  KeelAttempt *self = user_data;
  guint64 written = keel_attempt_get_received (self);

  self->stall_timer = 0;
  if (written - self->stall_written < STALL_BYTES)
    {
      self->has_stalled = TRUE;
      keel_connection_cancel (self->connection);
      return;
    }
  self->stall_written = written;
  self->stall_timer = keel_clock_call_after (self->machinery->clock, STALL_USEC, stall_timer_cb,
                                             self);
}

static void
connect_now (KeelAttempt *self)
{
  static const KeelJournalEvents journal_events = { journal_written_cb, journal_durable_cb,
                                                    journal_failed_cb, journal_idle_cb };
  static const KeelConnectionEvents connection_events = { connection_head_cb, connection_written_cb,
                                                          connection_done_cb };
  KeelConnectionRequest request = {
    .uri = self->record->uri,
    .headers = self->record->headers,
    .offset = self->record->durable,
    .overlap = self->overlap,
    .has_total = self->record->has_total,
    .total = self->record->total,
    .etag = self->record->etag,
    .last_modified = self->record->last_modified,
    .date = self->record->date,
    .part = self->part,
    .limiters = { self->machinery->limiter, self->limiter },
  };

  self->journal = keel_journal_new (self->machinery, self->record->dir, self->part,
                                    self->record->durable, &journal_events, self);
  self->connection = keel_connection_start (self->machinery->pool, self->machinery->context,
                                            &request, &connection_events, self);
  self->stall_written = self->record->durable;
  self->stall_timer = keel_clock_call_after (self->machinery->clock, STALL_USEC, stall_timer_cb,
                                             self);
}

/* --- opening --------------------------------------------------------------------------------- */

static gboolean
can_continue (const KeelTransferRecord *record)
{
  KeelResumeState state = {
    .offset = record->durable,
    .etag = record->etag,
    .last_modified = record->last_modified,
    .date = record->date,
  };

  return record->durable == 0 || (record->has_total && keel_resume_get_if_range (&state) != NULL);
}

static void
open_run (KeelJob *job)
{
  Open *op = (Open *) job;
  const KeelTransferRecord *record = op->attempt->record;

  op->verdict = keel_part_file_open (record->dir, record->part_name, record->token,
                                     record->part_ino, record->durable, &op->part, &op->error);
  /* Found here, a full disk does not cost a request each time it is looked at. */
  if (op->verdict == KEEL_PART_FILE_OK && record->has_total &&
      !keel_part_file_has_room (op->part, record->total - record->durable, &op->error))
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
    self->events.opened (self->user_data, keel_part_file_get_cut_bytes (self->part));
  if (self->is_stopping)
    end_early (self, KEEL_ATTEMPT_STOPPED);
  else if (verdict == KEEL_PART_FILE_ERROR)
    end_early (self, KEEL_ATTEMPT_FAILED);
  else if (verdict != KEEL_PART_FILE_OK)
    end_early (self, KEEL_ATTEMPT_LOST);
  else if (self->record->has_total && self->record->durable == self->record->total)
    end_early (self, KEEL_ATTEMPT_COMPLETE);
  else if (!can_continue (self->record))
    end_early (self, KEEL_ATTEMPT_RESTART);
  else
    connect_now (self);
}

/* Starts; @record is copied. @overlap bytes before the durable ones are compared with the disk.
 * `ended` comes exactly once, never before this returns, and frees the attempt. (transfer none): it
 * belongs to itself. */
KeelAttempt *
keel_attempt_start (const KeelMachinery      *machinery,
                    const KeelTransferRecord *record,
                    KeelRateLimiter          *limiter,
                    guint64                   overlap,
                    const KeelAttemptEvents  *events,
                    gpointer                  user_data)
{
  KeelAttempt *self = g_new0 (KeelAttempt, 1);
  Open *op = g_new0 (Open, 1);

  self->machinery = machinery;
  self->record = keel_transfer_record_copy (record);
  self->limiter = keel_rate_limiter_ref (limiter);
  self->overlap = overlap;
  self->events = *events;
  self->user_data = user_data;
  self->result.retry_after_usec = -1;

  op->job.run = open_run;
  op->job.done = open_done;
  op->attempt = self;
  keel_disks_push (machinery->disks, record->dir, &op->job);
  return self;
}

/* Asks it to end: what has been written is made durable first. */
void
keel_attempt_stop (KeelAttempt *self)
{
  self->is_stopping = TRUE;
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
