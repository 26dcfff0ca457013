/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-journal.h"

/* When written bytes become durable, and in which order that is recorded.
 *
 * A checkpoint reads what has been written, *then* syncs the file in its disk thread, *then*
 * tells the owner, who commits the number. The order is the whole point: a number that is
 * committed is never larger than what is on the disk, whatever crashes when. The label on the part
 * file, which is for the case that the database is lost, is written on the way, and keeps to that.
 *
 * One happens every two seconds while something was written, or the label has to change, and when
 * the owner asks. There is at most one in flight; what is asked meanwhile is done once, after it. A
 * sync that fails ends the journal: the kernel reports a write error once, so a second sync that
 * succeeds proves nothing. */

#define INTERVAL_USEC (2 * (gint64) G_USEC_PER_SEC)

struct _KeelJournal {
  const KeelMachinery *machinery;
  char *dir;          /* (owned) */
  KeelPartFile *part; /* (owned) */
  KeelJournalEvents events;
  gpointer user_data;
  guint64 durable; /* so many bytes are, wherever */
  guint timer;
  gboolean is_syncing;
  gboolean is_wanted; /* once more after this one */
  gboolean is_finishing;
  gboolean has_failed;
  gboolean is_freed; /* by the owner, while a sync is in flight */
};

typedef struct {
  KeelSyncJob job;
  KeelJournal *journal;
  KeelPartFile *part;        /* (owned) */
  KeelTransferRecord *label; /* (owned) (nullable) */
  KeelRanges *written;       /* (owned) */
  guint64 bytes;             /* in those */
  gboolean has_more;         /* than was durable before; else it is only for the label */
  KeelPartFileTrace trace;
  GError *error; /* (owned) (nullable) */
} Sync;

static void start_sync (KeelJournal *self);
static void timer_cb (gpointer user_data);

static void
journal_free_now (KeelJournal *self)
{
  keel_part_file_unref (self->part);
  g_free (self->dir);
  g_free (self);
}

/* All journals look at the same time: their syncs come back together, and one commit does for all.
 */
static void
start_timer (KeelJournal *self)
{
  KeelClock *clock = self->machinery->clock;
  gint64 passed_usec = keel_clock_get_boottime_usec (clock) % INTERVAL_USEC;

  self->timer = keel_clock_call_after (clock, INTERVAL_USEC - passed_usec, timer_cb, self);
}

static void
timer_cb (gpointer user_data)
{
  KeelJournal *self = user_data;

  start_timer (self);
  keel_journal_checkpoint (self);
}

static void
sync_run (KeelJob *job)
{
  Sync *sync = (Sync *) job;
  const KeelMachinery *machinery = sync->journal->machinery;
  guint64 prefix;

  if (sync->label != NULL)
    keel_part_file_label (sync->part, sync->label, machinery->state_dir, machinery->labels_dir);
  if (!keel_part_file_sync (sync->part, &sync->error) || !sync->has_more)
    return;
  prefix = sync->written->len > 0 && keel_ranges_get (sync->written, 0)->from == 0 ?
             keel_ranges_get (sync->written, 0)->to :
             0;
  keel_part_file_label_durable (sync->part, prefix, machinery->labels_dir);
  keel_part_file_trace (sync->part, prefix, &sync->trace);
  keel_part_file_trace_islands (sync->part, sync->written);
}

static void
after_sync (KeelJournal *self,
            Sync        *sync)
{
  if (sync->error != NULL)
    {
      self->has_failed = TRUE;
      self->is_wanted = FALSE;
      self->events.failed (self->user_data, sync->error);
    }
  else if (sync->has_more)
    {
      guint64 prefix = keel_ranges_take_prefix (sync->written);
      KeelRanges *islands = sync->written->len > 0 ? g_steal_pointer (&sync->written) : NULL;

      self->durable = sync->bytes;
      self->events.durable (self->user_data, prefix, islands, &sync->trace);
    }
}

static void
sync_done (KeelJob *job)
{
  Sync *sync = (Sync *) job;
  KeelJournal *self = sync->journal;

  /* Not yet FALSE: an event may free the journal, or ask for one more checkpoint. */
  if (!self->is_freed)
    after_sync (self, sync);
  keel_part_file_unref (sync->part);
  g_clear_pointer (&sync->written, g_array_unref);
  g_clear_pointer (&sync->label, keel_transfer_record_free);
  g_clear_error (&sync->error);
  g_free (sync);

  self->is_syncing = FALSE;
  if (self->is_freed)
    {
      journal_free_now (self);
      return;
    }
  if (self->is_wanted)
    start_sync (self);
  if (!self->is_syncing && self->is_finishing)
    self->events.idle (self->user_data);
}

static void
start_sync (KeelJournal *self)
{
  g_autoptr (GArray) written = NULL;
  KeelTransferRecord *label;
  guint64 bytes;
  Sync *sync;

  self->is_wanted = FALSE;
  if (self->has_failed)
    return;
  label = self->events.describe (self->user_data);
  written = self->events.written (self->user_data);
  bytes = keel_ranges_count_bytes (written);
  if (bytes <= self->durable && label == NULL)
    return;
  sync = g_new0 (Sync, 1);
  sync->job.job.run = sync_run;
  sync->job.job.done = sync_done;
  sync->journal = self;
  sync->part = keel_part_file_ref (self->part);
  sync->label = label;
  sync->written = g_steal_pointer (&written);
  sync->bytes = bytes;
  sync->has_more = bytes > self->durable;
  self->is_syncing = TRUE;
  keel_disks_push_sync (self->machinery->disks, self->dir, &sync->job);
}

/* For the part file of a transfer of which @durable bytes are committed already. */
KeelJournal *
keel_journal_new (const KeelMachinery     *machinery,
                  const char              *dir,
                  KeelPartFile            *part,
                  guint64                  durable,
                  const KeelJournalEvents *events,
                  gpointer                 user_data)
{
  KeelJournal *self = g_new0 (KeelJournal, 1);

  self->machinery = machinery;
  self->dir = g_strdup (dir);
  self->part = keel_part_file_ref (part);
  self->durable = durable;
  self->events = *events;
  self->user_data = user_data;
  start_timer (self);
  return self;
}

/* No event comes after this. A sync that is in flight runs to its end. */
void
keel_journal_free (KeelJournal *self)
{
  keel_clock_cancel (self->machinery->clock, &self->timer);
  self->is_freed = TRUE;
  if (!self->is_syncing)
    journal_free_now (self);
}

/* Makes durable what has been written until now, soon. */
void
keel_journal_checkpoint (KeelJournal *self)
{
  if (self->is_syncing)
    self->is_wanted = TRUE;
  else
    start_sync (self);
}

/* The writing has ended: no more checkpoints, but for a last one if @checkpoint. `idle` comes
 * when the disk has nothing of this journal in hand any more, perhaps before this returns. */
void
keel_journal_finish (KeelJournal *self,
                     gboolean     checkpoint)
{
  keel_clock_cancel (self->machinery->clock, &self->timer);
  self->is_finishing = TRUE;
  self->is_wanted = FALSE;
  if (checkpoint)
    keel_journal_checkpoint (self);
  if (!self->is_syncing)
    self->events.idle (self->user_data);
}
