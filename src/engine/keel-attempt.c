/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-attempt.h"

#include "keel-block-check.h"
#include "keel-journal.h"
#include "keel-task-error.h"
#include "keel-team.h"

/* One attempt at moving the bytes of a transfer: open the part file, run connections into it, keep
 * its journal, and end with everything put down. Between start and `ended` it owns the I/O of
 * the transfer; the transfer's state may change meanwhile (somebody paused it), and then the
 * attempt is told to stop and ends in its own time.
 *
 *   opening (disk thread) -> connected (team, journal) -> settling (last sync) -> ended
 *
 * After a crash the part file is suspect, and is checked between opening and connecting. Blocks
 * that were altered are gaps from then on, and fetched like any other; when there are many, only
 * what is before the first of them counts.
 *
 * It works on a copy of the record, so that it cannot see half of a change. */

/* Beyond that, to fetch all of it again is simpler than to mend it. */
#define MOST_GAPS 64

struct _KeelAttempt {
  const KeelMachinery *machinery;
  KeelTransferRecord *record;   /* (owned) */
  KeelRateLimiter *limiters[2]; /* (owned) of the transfer, and (nullable) of its session */
  guint64 overlap;
  gboolean accepts_doubt;
  KeelCredentials *credentials[2]; /* (owned) (nullable) each */
  KeelAttemptEvents events;
  gpointer user_data;
  KeelPartFile *part;     /* (owned) (nullable) */
  KeelBlockCheck *check;  /* (nullable) owns itself; ends with a call */
  KeelSegments *segments; /* (owned) (nullable) of the part file */
  GArray *expected;       /* (owned) (nullable) hashes, for the segments */
  KeelChecksum *checksum; /* (owned) (nullable) that somebody wants to know */
  KeelTeam *team;         /* (owned) (nullable) */
  KeelJournal *journal;   /* (owned) (nullable) */
  guint64 known_bytes;
  gboolean is_alone;
  gboolean is_at_mirror;
  gboolean is_stopping;
  gboolean is_interrupted;
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
  if (self->journal != NULL)
    keel_journal_free (g_steal_pointer (&self->journal));
  g_clear_pointer (&self->team, keel_team_free);
  self->result.checksum = g_steal_pointer (&self->checksum);
  self->events.ended (self->user_data, &self->result);
  g_clear_pointer (&self->segments, keel_segments_unref);
  g_clear_pointer (&self->expected, g_array_unref);
  g_clear_pointer (&self->part, keel_part_file_unref);
  g_clear_error (&self->error);
  g_clear_pointer (&self->challenge, keel_challenge_free);
  for (gsize i = 0; i < G_N_ELEMENTS (self->credentials); i++)
    g_clear_pointer (&self->credentials[i], keel_credentials_free);
  g_free (self->details);
  for (gsize i = 0; i < G_N_ELEMENTS (self->limiters); i++)
    g_clear_pointer (&self->limiters[i], keel_rate_limiter_unref);
  keel_transfer_record_free (self->record);
  g_free (self);
}

static void
end_early (KeelAttempt        *self,
           KeelAttemptOutcome  outcome)
{
  self->result.outcome = outcome;
  self->result.written = keel_transfer_record_get_durable (self->record);
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
  GArray *hashes = keel_segments_take_hashes (self->segments);

  if (hashes == NULL)
    return;
  if (self->machinery->store != NULL)
    keel_store_save_blocks (self->machinery->store, self->record->id, self->record->part_name,
                            hashes, hashes_saved_cb, NULL);
  else
    g_array_unref (hashes);
}

static KeelRanges *
journal_written_cb (gpointer user_data)
{
  KeelAttempt *self = user_data;

  return keel_segments_dup_done (self->segments);
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
                    KeelRanges              *islands,
                    const KeelPartFileTrace *trace)
{
  KeelAttempt *self = user_data;

  save_hashes (self);
  self->events.durable (self->user_data, durable, islands, trace, self->part);
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
  if (self->team != NULL)
    keel_team_cancel (self->team);
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

/* --- the connections ------------------------------------------------------------------------- */

static void
team_head_cb (gpointer                  user_data,
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
  g_clear_pointer (&self->checksum, keel_checksum_free);
  keel_journal_free (self->journal);
  keel_part_file_unref (self->part);
  self->part = keel_part_file_ref (head->spare);
  keel_segments_unref (self->segments);
  self->segments = keel_segments_ref (head->segments);
  part_name = self->record->part_name;
  self->record->part_name = self->record->spare_name;
  self->record->spare_name = part_name;
  start_journal (self, 0);
}

static void
team_written_cb (gpointer user_data)
{
  KeelAttempt *self = user_data;

  keel_journal_checkpoint (self->journal);
}

static KeelAttemptOutcome
translate (KeelAttempt                *self,
           const KeelConnectionResult *result)
{
  static const KeelAttemptOutcome outcomes[] = {
    [KEEL_CONNECTION_COMPLETE] = KEEL_ATTEMPT_COMPLETE,
    [KEEL_CONNECTION_RESTART] = KEEL_ATTEMPT_RESTART,
    [KEEL_CONNECTION_UNFIT] = KEEL_ATTEMPT_UNFIT,
    [KEEL_CONNECTION_ALONE] = KEEL_ATTEMPT_ALONE,
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
    return self->is_interrupted && !self->is_stopping ? KEEL_ATTEMPT_INTERRUPTED :
                                                        KEEL_ATTEMPT_STOPPED;
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
    case KEEL_ATTEMPT_ALONE:
      return TRUE;
    case KEEL_ATTEMPT_COMPLETE:
      return self->record->checksum_expected != NULL || self->is_coded || self->has_digest;
    case KEEL_ATTEMPT_LOST:
    case KEEL_ATTEMPT_RESTART:
    case KEEL_ATTEMPT_UNFIT:
    default:
      return FALSE;
    }
}

static void
team_ended_cb (gpointer                    user_data,
               const KeelConnectionResult *result)
{
  KeelAttempt *self = user_data;
  gboolean sync_failed = self->error != NULL;

  if (!sync_failed)
    self->result.outcome = translate (self, result);
  self->result.claims_same = result->claims_same;
  self->result.is_final = result->is_final;
  self->result.length_confirmed = result->length_confirmed;
  self->result.has_ended = result->has_ended;
  self->result.http_status = result->http_status;
  self->result.retry_after_usec = result->retry_after_usec;
  self->result.written = keel_segments_get_received (self->segments);
  if (self->result.outcome == KEEL_ATTEMPT_COMPLETE)
    save_hashes (self);
  keel_journal_finish (self->journal, !sync_failed && needs_checkpoint (self));
}

static KeelRanges *
dup_durable (const KeelTransferRecord *record)
{
  KeelRanges *ranges = record->islands != NULL ? keel_ranges_copy (record->islands) :
                                                 keel_ranges_new ();

  keel_ranges_add (ranges, 0, record->durable);
  return ranges;
}

static void
make_segments (KeelAttempt *self)
{
  g_autoptr (GArray) durable = dup_durable (self->record);

  self->segments = keel_segments_new (durable);
  /* Of a file of which nothing is here, nobody knows that it is still the same. */
  if (self->record->has_total && durable->len > 0)
    keel_segments_set_total (self->segments, self->record->total);
  if (self->expected != NULL)
    keel_segments_set_expected (self->segments, g_steal_pointer (&self->expected));
  /* What is there already has to be read anyway, in the end. */
  if (self->record->checksum_algorithm != NULL && !self->record->checksum_is_servers &&
      durable->len == 0)
    self->checksum = keel_checksum_new (self->record->checksum_algorithm);
}

static void
connect_now (KeelAttempt *self)
{
  static const KeelTeamEvents events = { team_head_cb, team_written_cb, team_ended_cb };
  KeelConnectionRequest request = {
    .record = self->record,
    .overlap = self->overlap,
    .accepts_doubt = self->accepts_doubt,
    .credentials = { self->credentials[0], self->credentials[1] },
    .part = self->part,
    .segments = self->segments,
    .checksum = self->checksum,
    .is_alone = self->is_alone,
    .keeps_version = self->is_at_mirror && keel_segments_get_received (self->segments) > 0,
    .limiters = { self->limiters[0], self->limiters[1], NULL, self->machinery->limiter },
  };

  start_journal (self, keel_segments_get_received (self->segments));
  self->team = keel_team_start (self->machinery, &request, &events, self);
}

/* The part file is open, and what it has is known. */
static void
go_on (KeelAttempt *self)
{
  if (self->is_interrupted)
    end_early (self, KEEL_ATTEMPT_INTERRUPTED);
  else if (self->record->has_total && self->record->durable == self->record->total)
    end_early (self, KEEL_ATTEMPT_COMPLETE);
  else
    {
      make_segments (self);
      connect_now (self);
    }
}

/* --- after a crash --------------------------------------------------------------------------- */

/* Whether it is less to fetch what was altered than all that is behind it. */
static gboolean
is_worth_mending (const KeelRanges *good,
                  guint64           altered,
                  guint64           before)
{
  return good->len <= MOST_GAPS && altered <= before / 2;
}

/* It is known what the file has: goes on from there. @good: (transfer full) */
static void
use_check (KeelAttempt *self,
           KeelRanges  *good)
{
  KeelTransferRecord *record = self->record;
  guint64 before = keel_transfer_record_get_durable (record);
  guint64 altered = before - keel_ranges_count_bytes (good);
  gboolean is_worth_it = is_worth_mending (good, altered, before);

  if (altered > 0)
    g_message ("Task %" G_GINT64_FORMAT ": %" G_GUINT64_FORMAT " bytes of the partial file were"
               " altered; they are fetched again",
               record->id, altered);
  record->durable = keel_ranges_take_prefix (good);
  g_clear_pointer (&record->islands, g_array_unref);
  if (good->len > 0 && is_worth_it)
    record->islands = keel_ranges_copy (good);
  g_array_unref (good);
  record->is_suspect = FALSE;
  self->events.checked (self->user_data, record->durable, keel_ranges_copy (record->islands));
  go_on (self);
}

static void
check_cb (gpointer      user_data,
          KeelRanges   *good,
          GArray       *expected,
          const GError *error)
{
  KeelAttempt *self = user_data;

  self->check = NULL;
  self->expected = expected;
  if (error != NULL)
    self->error = g_error_copy (error);
  if (good != NULL && !self->is_stopping)
    {
      use_check (self, good);
      return;
    }
  g_clear_pointer (&good, g_array_unref);
  end_early (self, self->is_stopping ? KEEL_ATTEMPT_STOPPED : KEEL_ATTEMPT_FAILED);
}

/* Nothing is asked and nothing written before this has ended. */
static void
check (KeelAttempt *self)
{
  self->check = keel_block_check_start (self->machinery, self->record, self->part, check_cb, self);
}

/* --- opening --------------------------------------------------------------------------------- */

static void
open_run (KeelJob *job)
{
  Open *op = (Open *) job;
  const KeelTransferRecord *record = op->attempt->record;
  const KeelMachinery *machinery = op->attempt->machinery;
  KeelPlace place = keel_transfer_record_get_place (record);

  op->verdict = keel_part_file_open (&place, record->part_name, record->token, record->part_ino,
                                     keel_transfer_record_get_extent (record), &op->part,
                                     &op->error);
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
  if (op->verdict == KEEL_PART_FILE_LOST && !keel_part_file_look (&place, 0, &op->error))
    op->verdict = KEEL_PART_FILE_ERROR;
  /* A crash may have left something half made under the name. */
  if (op->verdict == KEEL_PART_FILE_OK && record->spare_name != NULL &&
      !keel_transfer_record_has_aside (record) &&
      !keel_part_file_discard_beside (op->part, record->spare_name, &op->error))
    op->verdict = KEEL_PART_FILE_ERROR;
}

/* Bytes that nobody knew of are fetched again. */
static void
report_lost (KeelAttempt *self)
{
  guint64 extent = keel_transfer_record_get_extent (self->record);
  guint64 length = extent + keel_part_file_get_cut_bytes (self->part);

  if (length > MAX (extent, self->known_bytes))
    self->events.lost (self->user_data, length - MAX (extent, self->known_bytes));
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
    report_lost (self);
  if (self->is_stopping)
    end_early (self, KEEL_ATTEMPT_STOPPED);
  else if (self->is_interrupted)
    end_early (self, KEEL_ATTEMPT_INTERRUPTED);
  else if (verdict == KEEL_PART_FILE_ERROR)
    end_early (self, KEEL_ATTEMPT_FAILED);
  else if (verdict != KEEL_PART_FILE_OK)
    end_early (self, KEEL_ATTEMPT_LOST);
  else if (self->record->is_suspect && keel_transfer_record_get_durable (self->record) > 0)
    check (self);
  else
    go_on (self);
}

/* Another link takes the place of the transfer's own. What the caller gave for that is not for it;
 * and the other mirrors help no more than usual. */
static void
ask_mirror (KeelAttempt *self,
            const char  *mirror)
{
  KeelTransferRecord *record = self->record;

  g_free (record->uri);
  record->uri = g_strdup (mirror);
  g_clear_pointer (&record->headers, g_free);
  self->is_at_mirror = TRUE;
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
  for (gsize i = 0; i < G_N_ELEMENTS (self->limiters); i++)
    if (plan->limiters[i] != NULL)
      self->limiters[i] = keel_rate_limiter_ref (plan->limiters[i]);
  self->overlap = plan->overlap;
  self->accepts_doubt = plan->accepts_doubt;
  self->known_bytes = plan->known_bytes;
  self->is_alone = plan->is_alone;
  if (plan->mirror != NULL)
    ask_mirror (self, plan->mirror);
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
  if (self->team != NULL)
    keel_team_cancel (self->team);
}

/* The network is another one: asks it to drop its connection and end as INTERRUPTED, unless it
 * ends for another reason anyway. */
void
keel_attempt_interrupt (KeelAttempt *self)
{
  self->is_interrupted = TRUE;
  if (self->team != NULL)
    keel_team_cancel (self->team);
}

/* How many bytes are in the part file, durable or not. */
guint64
keel_attempt_get_received (KeelAttempt *self)
{
  return self->segments != NULL ? keel_segments_get_received (self->segments) :
                                  keel_transfer_record_get_durable (self->record);
}

guint
keel_attempt_get_connections (KeelAttempt *self)
{
  return self->team != NULL ? keel_team_get_connections (self->team) : 0;
}

/* Where the bytes are; see keel_segments_describe(). */
void
keel_attempt_describe (KeelAttempt *self,
                       KeelRanges  *written,
                       KeelRanges  *arriving)
{
  if (self->segments != NULL)
    keel_segments_describe (self->segments, written, arriving);
}

/* Somebody allows so many connections; 0: as many as are of use. */
void
keel_attempt_set_most (KeelAttempt *self,
                       guint        most)
{
  self->record->max_connections = most;
  if (self->team != NULL)
    keel_team_set_most (self->team, most);
}
