/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

#include "keel-checksum.h"
#include "keel-task-error.h"
#include "keel-uri.h"

#include <string.h>

/* From the last byte to the final name:
 *
 *   verify   compute the checksum, if one was promised (worker)
 *   seal     cut, mode, origin, fsync (disk thread); then commit `publishing`, name and inode
 *   publish  rename without overwriting, fsync the folder (disk thread); if the name is taken,
 *            commit the next one and publish again
 *   done     commit `finished`
 *
 * and the way out for what is not wanted any more: discard the part file, then commit that.
 *
 * Each step is one struct in three parts (what it is told, what it finds) and one end. The commits
 * are what makes it safe to die anywhere: a name is committed before it is used. */

typedef struct {
  union {
    KeelJob disk;
    KeelWorkerJob worker;
  } job;
  KeelTransfer *transfer; /* (owned) */

  /* Input, copied: the thread must not look at the record. */
  KeelPartFile *part;        /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) (nullable) */
  char *dir;
  char *part_name;
  char *token;
  char *name;
  char *chosen;
  char *algorithm;
  char *origin;
  guint64 total;
  guint64 ino;
  gboolean is_recovery;

  /* Output */
  GError *error;
  char *checksum;
  char *next_name;
  KeelPublishVerdict verdict;
  KeelPartFileVerdict sealed;
  gboolean ok;
} Step;

static Step *
step_new (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;
  Step *step = g_new0 (Step, 1);

  step->transfer = g_object_ref (self);
  step->dir = g_strdup (record->dir);
  step->part_name = g_strdup (record->part_name);
  step->token = g_strdup (record->token);
  step->chosen = g_strdup (record->chosen);
  step->name = g_strdup (record->name);
  step->algorithm = g_strdup (record->checksum_algorithm);
  step->origin = keel_uri_dup_safe (record->uri);
  step->total = record->total;
  step->ino = record->part_ino;
  step->is_recovery = !self->has_sealed;
  return step;
}

static void
step_free (Step *step)
{
  g_clear_pointer (&step->part, keel_part_file_unref);
  g_clear_object (&step->cancellable);
  g_clear_error (&step->error);
  g_free (step->dir);
  g_free (step->part_name);
  g_free (step->token);
  g_free (step->name);
  g_free (step->chosen);
  g_free (step->algorithm);
  g_free (step->origin);
  g_free (step->checksum);
  g_free (step->next_name);
  g_object_unref (step->transfer);
  g_free (step);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Step, step_free)

static void
push_to_disk (Step *step, void (*run) (KeelJob *), void (*done) (KeelJob *))
{
  step->job.disk.run = run;
  step->job.disk.done = done;
  step->transfer->n_operations++;
  keel_disks_push (step->transfer->machinery->disks, step->dir, &step->job.disk);
}

/* The disk says no. What can pass waits; the rest is a failure, with the data kept. */
static void
step_failed (KeelTransfer *self,
             const GError *error)
{
  KeelTaskError code = (KeelTaskError) error->code;

  if (code == KEEL_TASK_ERROR_NO_SPACE || code == KEEL_TASK_ERROR_DESTINATION)
    {
      keel_transfer_set_error (self, code, error->message, 0);
      keel_transfer_wait (self,
                          code == KEEL_TASK_ERROR_NO_SPACE ? KEEL_WAIT_REASON_LOW_DISK :
                                                             KEEL_WAIT_REASON_DESTINATION,
                          15 * (gint64) G_USEC_PER_SEC);
    }
  else
    keel_transfer_fail (self, code, error->message, 0);
}

/* Somebody removed the part file under our hands: all of it once more, in another. */
static void
fetch_again (KeelTransfer *self)
{
  g_message ("Task %" G_GINT64_FORMAT ": the partial file is gone; starting over",
             self->record->id);
  keel_transfer_start_over (self, TRUE);
  keel_transfer_enqueue (self);
}

/* --- publish --------------------------------------------------------------------------------- */

static void
finish (KeelTransfer *self)
{
  KeelTransferRecord *record = self->record;

  keel_transfer_set_state (self, KEEL_TRANSFER_FINISHED);
  g_clear_pointer (&record->part_name, g_free);
  record->part_ino = 0;
  record->failures_running = 0;
  record->failing_since_usec = 0;
  record->finished_usec = keel_clock_get_wall_usec (self->machinery->clock);
  self->has_to_tell_end = TRUE;
  keel_transfer_save (self);
  keel_transfer_changed (self);
}

static void
publish_run (KeelJob *job)
{
  Step *step = (Step *) job;

  step->verdict = keel_part_file_publish (step->dir, step->part_name, step->ino, step->name,
                                          step->chosen, step->is_recovery, &step->next_name,
                                          &step->error);
}

static void
publish_committed_cb (KeelTransfer *self,
                      const GError *error,
                      gpointer      user_data)
{
  g_autoptr (KeelTransfer) owned = self;

  if (self->is_suspended || self->record->state != KEEL_TRANSFER_PUBLISHING)
    {
      keel_transfer_settle (self);
      return;
    }
  /* Not renamed before the name is committed: fail, with the data kept. */
  if (error != NULL)
    keel_transfer_fail (self, KEEL_TASK_ERROR_INTERNAL, error->message, 0);
  else
    keel_transfer_publish (self);
}

static void
publish_done (KeelJob *job)
{
  g_autoptr (Step) step = (Step *) job;
  KeelTransfer *self = step->transfer;

  self->n_operations--;
  switch (step->verdict)
    {
    case KEEL_PUBLISH_DONE:
      finish (self);
      break;
    case KEEL_PUBLISH_TAKEN:
      g_free (self->record->name);
      self->record->name = g_steal_pointer (&step->next_name);
      keel_transfer_save (self);
      keel_transfer_when_saved (g_object_ref (self), publish_committed_cb, NULL);
      break;
    case KEEL_PUBLISH_LOST:
      fetch_again (self);
      break;
    case KEEL_PUBLISH_ERROR:
    default:
      step_failed (self, step->error);
      break;
    }
}

/* In state `publishing`, which is committed: gives the file its name. */
void
keel_transfer_publish (KeelTransfer *self)
{
  push_to_disk (step_new (self), publish_run, publish_done);
}

/* --- seal ------------------------------------------------------------------------------------ */

static void
seal_run (KeelJob *job)
{
  Step *step = (Step *) job;

  step->sealed = keel_part_file_seal (step->part, step->total, step->origin, &step->error);
  step->ino = keel_part_file_get_ino (step->part);
}

static void
seal_done (KeelJob *job)
{
  g_autoptr (Step) step = (Step *) job;
  KeelTransfer *self = step->transfer;
  KeelTransferRecord *record = self->record;

  self->n_operations--;
  if (step->sealed == KEEL_PART_FILE_OK)
    {
      record->durable = step->total;
      record->part_ino = step->ino;
      self->has_sealed = TRUE;
    }
  if (record->state != KEEL_TRANSFER_VERIFYING || self->is_suspended)
    {
      keel_transfer_save (self);
      keel_transfer_settle (self);
      return;
    }
  if (step->sealed == KEEL_PART_FILE_ERROR)
    {
      step_failed (self, step->error);
      return;
    }
  if (step->sealed != KEEL_PART_FILE_OK)
    {
      fetch_again (self);
      return;
    }
  keel_transfer_set_state (self, KEEL_TRANSFER_PUBLISHING);
  keel_transfer_save (self);
  keel_transfer_when_saved (g_object_ref (self), publish_committed_cb, NULL);
}

static void
seal (KeelTransfer *self,
      KeelPartFile *part)
{
  Step *step = step_new (self);

  step->part = keel_part_file_ref (part);
  push_to_disk (step, seal_run, seal_done);
}

/* --- verify ---------------------------------------------------------------------------------- */

static void
verify_run (KeelWorkerJob *job,
            KeelWorker    *worker)
{
  Step *step = (Step *) job;

  step->checksum = keel_checksum_compute (step->part, step->total, step->algorithm,
                                          step->cancellable, &step->error);
}

static void
verify_done (KeelWorkerJob *job)
{
  g_autoptr (Step) step = (Step *) job;
  KeelTransfer *self = step->transfer;
  KeelTransferRecord *record = self->record;

  g_clear_object (&self->verifying);
  if (record->state != KEEL_TRANSFER_VERIFYING || self->is_suspended)
    {
      keel_transfer_settle (self);
      return;
    }
  /* Paused and resumed within the computation: it goes round again. */
  if (g_cancellable_is_cancelled (step->cancellable))
    {
      keel_transfer_enqueue (self);
      return;
    }
  if (step->checksum == NULL)
    {
      step_failed (self, step->error);
      return;
    }
  g_free (record->checksum_actual);
  record->checksum_actual = g_steal_pointer (&step->checksum);
  if (strcmp (record->checksum_actual, record->checksum_expected) == 0)
    seal (self, step->part);
  else
    keel_transfer_fail (self, KEEL_TASK_ERROR_CHECKSUM,
                        "The file does not have the checksum that it should have", 0);
}

/* In state `verifying`, with all bytes in @part. */
void
keel_transfer_verify (KeelTransfer *self,
                      KeelPartFile *part)
{
  Step *step;

  if (self->record->checksum_expected == NULL)
    {
      seal (self, part);
      return;
    }
  step = step_new (self);
  step->part = keel_part_file_ref (part);
  step->cancellable = g_cancellable_new ();
  step->job.worker.run = verify_run;
  step->job.worker.done = verify_done;
  self->verifying = g_object_ref (step->cancellable);
  keel_worker_pool_push (self->machinery->pool, &step->job.worker);
}

/* --- discard --------------------------------------------------------------------------------- */

static void
discard_run (KeelJob *job)
{
  Step *step = (Step *) job;

  step->ok = keel_part_file_discard (step->dir, step->part_name, step->token, step->ino,
                                     &step->error);
}

static void
discard_done (KeelJob *job)
{
  g_autoptr (Step) step = (Step *) job;
  KeelTransfer *self = step->transfer;
  KeelTransferRecord *record = self->record;

  self->n_operations--;
  /* A disk that refuses to delete must not keep the task in the list; the file is named in the
   * log, for whoever wants its space back. */
  if (!step->ok)
    g_warning ("“%s” in “%s” cannot be removed: %s", step->part_name, step->dir,
               step->error->message);
  if (g_strcmp0 (record->part_name, step->part_name) == 0)
    {
      g_clear_pointer (&record->part_name, g_free);
      record->part_ino = 0;
      record->durable = 0;
      /* Wanted again meanwhile: what it had is gone, and it goes on in another part file. */
      if (record->state <= KEEL_TRANSFER_PAUSED)
        keel_transfer_start_over (self, TRUE);
      if (record->state != KEEL_TRANSFER_DELETING)
        keel_transfer_save (self);
    }
  keel_transfer_settle (self);
}

/* Drops the partial data of a transfer that nobody wants any more, then settles it. */
void
keel_transfer_discard (KeelTransfer *self)
{
  push_to_disk (step_new (self), discard_run, discard_done);
}
