/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

#include "keel-checksum.h"
#include "keel-decoder.h"
#include "keel-file-name.h"
#include "keel-part-label.h"
#include "keel-publisher.h"
#include "keel-task-error.h"
#include "keel-uri.h"

#include <string.h>

/* From the last byte to the final name:
 *
 *   verify   decode, if the server compressed it against our will, into the spare part file;
 *            compute the checksum, if one was promised (worker)
 *   seal     cut, mode, origin, fsync (disk thread); then commit `publishing`, name and inode
 *   publish  rename without overwriting, fsync the folder (disk thread); if the name is taken,
 *            commit the next one and publish again
 *   done     commit `finished`
 *
 * and the way out for what is not wanted any more: discard the part file, then commit that.
 *
 * Each step is one struct in three parts (what it is told, what it finds) and one end. The commits
 * are what makes it safe to die anywhere: a name is committed before it is used. */

#define MOST_BROKEN 3

typedef struct {
  union {
    KeelSyncJob disk;
    KeelWorkerJob worker;
  } job;
  KeelTransfer *transfer; /* (owned) */

  /* Input, copied: the thread must not look at the record. */
  KeelPartFile *part;        /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) (nullable) */
  KeelPlace place;
  char *part_name;
  char *spare_name;
  char *spooled;     /* discard: (nullable) the finished file */
  KeelCarriage left; /* discard: what is still in a folder that it was to leave */
  char *token;
  char *algorithm;
  guint64 total;
  guint64 ino;
  gboolean has_to_decode;

  /* Output */
  GError *error;
  KeelChecksum *running; /* (owned) (nullable) of the bytes that came first */
  char *checksum;
  gboolean ok;
} Step;

static Step *
step_new (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;
  KeelPlace place = keel_transfer_record_get_place (record);
  Step *step = g_new0 (Step, 1);

  step->transfer = g_object_ref (self);
  keel_place_copy (&step->place, &place);
  step->part_name = g_strdup (record->part_name);
  step->spare_name = g_strdup (record->spare_name);
  step->token = g_strdup (record->token);
  step->algorithm = g_strdup (record->checksum_algorithm);
  step->total = record->total;
  step->ino = record->part_ino;
  return step;
}

static void
step_free (Step *step)
{
  g_clear_pointer (&step->part, keel_part_file_unref);
  g_clear_object (&step->cancellable);
  g_clear_error (&step->error);
  keel_place_clear (&step->place);
  g_free (step->part_name);
  g_free (step->spare_name);
  g_free (step->spooled);
  keel_carriage_clear (&step->left);
  g_free (step->token);
  g_free (step->algorithm);
  g_clear_pointer (&step->running, keel_checksum_free);
  g_free (step->checksum);
  g_object_unref (step->transfer);
  g_free (step);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Step, step_free)

static void
push_to_disk (Step *step, void (*run) (KeelJob *), void (*done) (KeelJob *))
{
  step->job.disk.job.run = run;
  step->job.disk.job.done = done;
  step->transfer->n_operations++;
  keel_disks_push_sync (step->transfer->machinery->disks, step->place.dir, &step->job.disk);
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
      keel_transfer_wait_for_disk (self, code == KEEL_TASK_ERROR_NO_SPACE ?
                                           KEEL_WAIT_REASON_LOW_DISK :
                                           KEEL_WAIT_REASON_DESTINATION);
    }
  else
    keel_transfer_fail (self, code, error->message, 0);
}

/* What was written since the last checkpoint may be lost, and the kernel says so only once: all of
 * that is fetched again. A disk that does it twice is not to be trusted. */
static void
seal_failed (KeelTransfer *self,
             const GError *error)
{
  if (error->code == KEEL_TASK_ERROR_DISK && self->n_sync_failures++ == 0)
    {
      g_message ("Task %" G_GINT64_FORMAT ": %s; going back to the last checkpoint",
                 self->record->id, error->message);
      keel_transfer_enqueue (self);
    }
  else
    step_failed (self, error);
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

/* What is left in another file than the one in use is not worth a failure: the log names it.
 * @name: (nullable) */
static void
discard_beside (Step       *step,
                const char *name)
{
  g_autoptr (GError) error = NULL;

  if (name != NULL && !keel_part_file_discard (&step->place, name, step->token, 0, &error))
    g_warning ("“%s” in “%s” cannot be removed: %s", name, step->place.dir, error->message);
}

/* --- publish --------------------------------------------------------------------------------- */

/* A publication of a transfer, which it keeps. */
typedef struct {
  KeelPublication publication;
  KeelTransfer *transfer; /* (owned) */
  gboolean is_decoded;    /* seal: it is the spare part file that is sealed */
} Passage;

static Passage *
passage_new (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;
  KeelPlace place = keel_transfer_record_get_place (record);
  Passage *passage = g_new0 (Passage, 1);
  KeelPublication *publication = &passage->publication;

  passage->transfer = g_object_ref (self);
  keel_place_copy (&publication->place, &place);
  publication->part_name = g_strdup (record->part_name);
  publication->spare_name = g_strdup (record->spare_name);
  publication->token = g_strdup (record->token);
  publication->name = g_strdup (record->name);
  publication->chosen = g_strdup (record->chosen);
  publication->conflict = record->conflict;
  publication->conflict_usec = record->conflict_usec;
  /* In the spool, only an earlier one of its own can have the name. */
  if (record->folder_kind == KEEL_FOLDER_SPOOL)
    {
      publication->conflict = KEEL_CONFLICT_REPLACE;
      publication->conflict_usec = G_MAXINT64;
    }
  publication->origin = keel_uri_dup_safe (record->uri);
  publication->labels_dir = self->machinery->labels_dir;
  publication->length = record->total;
  publication->ino = record->part_ino;
  publication->has_placeholder = record->has_placeholder;
  publication->placeholder_ino = self->placeholder_ino;
  publication->is_recovery = !self->has_sealed;
  self->n_operations++;
  return passage;
}

static void
passage_free (Passage *passage)
{
  keel_publication_clear (&passage->publication);
  g_object_unref (passage->transfer);
  g_free (passage);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Passage, passage_free)

static void
finish (KeelTransfer *self)
{
  KeelTransferRecord *record = self->record;

  keel_transfer_set_state (self, KEEL_TRANSFER_FINISHED);
  g_clear_pointer (&record->part_name, g_free);
  g_clear_pointer (&record->spare_name, g_free);
  keel_transfer_record_drop_aside (record);
  keel_transfer_clear_error (self);
  record->part_ino = 0;
  record->is_sealed = FALSE;
  record->has_placeholder = FALSE;
  record->changes = 0;
  record->crashes = 0;
  record->failures_running = 0;
  record->failing_since_usec = 0;
  record->finished_usec = keel_clock_get_wall_usec (self->machinery->clock);
  keel_transfer_follow_folder (self);
  keel_transfer_note_end (self);
  keel_transfer_let_go_of_folder (self);
  keel_transfer_save (self);
  keel_transfer_changed (self);
}

static void
publish_committed_cb (KeelTransfer *self,
                      const GError *error,
                      gpointer      user_data)
{
  g_autoptr (KeelTransfer) owned = self;

  if (self->is_suspended || self->record->state != KEEL_TRANSFER_PUBLISHING)
    keel_transfer_settle (self);
  else if (error == NULL)
    keel_transfer_publish (self);
  else
    {
      /* Not renamed before the name is committed: the disk with the database has to come round. */
      keel_transfer_set_error (self, KEEL_TASK_ERROR_NO_SPACE, error->message, 0);
      keel_transfer_wait_for_disk (self, KEEL_WAIT_REASON_LOW_DISK);
    }
}

/* What has just been decided about the name is committed before it is done. */
static void
publish_when_saved (KeelTransfer *self)
{
  keel_transfer_save (self);
  keel_transfer_when_saved (g_object_ref (self), publish_committed_cb, NULL);
}

static void
published_cb (KeelPublication *publication)
{
  g_autoptr (Passage) passage = (Passage *) publication;
  KeelTransfer *self = passage->transfer;

  self->n_operations--;
  self->placeholder_ino = publication->placeholder_ino;
  switch (publication->verdict)
    {
    case KEEL_PUBLISH_DONE:
      finish (self);
      break;
    case KEEL_PUBLISH_TAKEN:
      g_free (self->record->name);
      self->record->name = g_steal_pointer (&publication->next_name);
      self->record->has_placeholder = FALSE;
      self->placeholder_ino = 0;
      publish_when_saved (self);
      break;
    case KEEL_PUBLISH_PLACEHOLDER:
      self->record->has_placeholder = TRUE;
      publish_when_saved (self);
      break;
    case KEEL_PUBLISH_REFUSED:
      keel_transfer_refuse_name (self);
      break;
    case KEEL_PUBLISH_LOST:
      fetch_again (self);
      break;
    case KEEL_PUBLISH_SHORTENED:
    case KEEL_PUBLISH_ERROR:
    default:
      step_failed (self, publication->error);
      break;
    }
}

/* In state `publishing`, which is committed: gives the file its name. */
void
keel_transfer_publish (KeelTransfer *self)
{
  Passage *passage = passage_new (self);

  passage->publication.done = published_cb;
  keel_publisher_publish (self->machinery->disks, &passage->publication);
}

/* --- seal ------------------------------------------------------------------------------------ */

/* The spare part file is the file from now on; the compressed one goes at the end. */
static void
take_decoded (KeelTransferRecord *record,
              guint64             length)
{
  char *coded_name = record->part_name;

  record->part_name = record->spare_name;
  record->spare_name = coded_name;
  record->total = length;
  record->length_confirmed = TRUE;
  g_clear_pointer (&record->coding, g_free);
}

static void
take_sealed (KeelTransfer  *self,
             const Passage *passage)
{
  KeelTransferRecord *record = self->record;
  const KeelPublication *publication = &passage->publication;

  if (passage->is_decoded)
    take_decoded (record, publication->length);
  record->durable = publication->length;
  g_clear_pointer (&record->islands, g_array_unref);
  record->trace = (KeelPartFileTrace) { 0 };
  record->part_ino = keel_part_file_get_ino (publication->part);
  keel_transfer_take_folder (self, publication->part);
  self->has_sealed = TRUE;
  self->n_sync_failures = 0;
}

static void
sealed_cb (KeelPublication *publication)
{
  g_autoptr (Passage) passage = (Passage *) publication;
  KeelTransfer *self = passage->transfer;
  gboolean is_wanted = self->record->state == KEEL_TRANSFER_VERIFYING && !self->is_suspended;

  self->n_operations--;
  if (publication->verdict == KEEL_PUBLISH_DONE)
    take_sealed (self, passage);
  if (!is_wanted)
    {
      keel_transfer_save (self);
      keel_transfer_settle (self);
    }
  else if (publication->verdict == KEEL_PUBLISH_LOST)
    fetch_again (self);
  else if (publication->verdict == KEEL_PUBLISH_SHORTENED)
    {
      g_message ("Task %" G_GINT64_FORMAT ": the partial file has become shorter",
                 self->record->id);
      keel_transfer_enqueue (self);
    }
  else if (publication->verdict != KEEL_PUBLISH_DONE)
    seal_failed (self, publication->error);
  else
    {
      keel_transfer_set_state (self, KEEL_TRANSFER_PUBLISHING);
      self->record->is_sealed = TRUE;
      publish_when_saved (self);
    }
}

static void
seal (KeelTransfer *self,
      KeelPartFile *part,
      guint64       length,
      gboolean      is_decoded)
{
  Passage *passage = passage_new (self);

  passage->publication.done = sealed_cb;
  passage->publication.part = keel_part_file_ref (part);
  passage->publication.length = length;
  passage->is_decoded = is_decoded;
  keel_publisher_seal (self->machinery->disks, &passage->publication);
}

/* --- verify ---------------------------------------------------------------------------------- */

/* Puts the decoded file in the place of the compressed one. */
static gboolean
decode (Step *step)
{
  g_autoptr (KeelPartFile) decoded = NULL;
  guint64 length;

  if (!keel_part_file_discard (&step->place, step->spare_name, step->token, 0, &step->error))
    return FALSE;
  decoded = keel_part_file_create_beside (step->part, step->spare_name, step->token, &step->error);
  if (decoded == NULL || !keel_decoder_gunzip (step->part, step->total, decoded, step->cancellable,
                                               &length, &step->error))
    return FALSE;
  keel_part_file_unref (step->part);
  step->part = g_steal_pointer (&decoded);
  step->total = length;
  return TRUE;
}

static void
verify_run (KeelWorkerJob *job,
            KeelWorker    *worker)
{
  Step *step = (Step *) job;

  step->ok = !step->has_to_decode || decode (step);
  /* Half of it is of no use, and in the way when the disk is full. */
  if (!step->ok && step->has_to_decode)
    discard_beside (step, step->spare_name);
  if (!step->ok || step->algorithm == NULL)
    return;
  if (step->running == NULL)
    step->running = keel_checksum_new (step->algorithm);
  if (step->running == NULL)
    g_set_error (&step->error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_INTERNAL,
                 "The checksum %s is not known", step->algorithm);
  else
    step->checksum = keel_checksum_finish (step->running, step->part, step->total,
                                           step->cancellable, &step->error);
  step->ok = step->checksum != NULL;
}

/* What came could not be decoded. It is all fetched again, but not for ever. */
static void
verify_failed (KeelTransfer *self,
               const GError *error)
{
  KeelAttemptResult result = { .error = error, .retry_after_usec = -1 };

  if (error->code == KEEL_TASK_ERROR_NO_SPACE)
    {
      keel_transfer_set_error (self, KEEL_TASK_ERROR_NO_SPACE, error->message, 0);
      keel_transfer_wait_for_disk (self, KEEL_WAIT_REASON_LOW_DISK);
      return;
    }
  if (error->code != KEEL_TASK_ERROR_TRUNCATED)
    {
      step_failed (self, error);
      return;
    }
  result.is_final = ++self->n_broken >= MOST_BROKEN;
  keel_transfer_start_over (self, FALSE);
  keel_transfer_attempt_failed (self, &result);
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
  if (!step->ok)
    {
      verify_failed (self, step->error);
      return;
    }
  if (step->checksum != NULL)
    {
      g_free (record->checksum_actual);
      record->checksum_actual = g_steal_pointer (&step->checksum);
    }
  if (record->checksum_expected == NULL ||
      strcmp (record->checksum_actual, record->checksum_expected) == 0)
    seal (self, step->part, step->total, step->has_to_decode);
  else
    keel_transfer_fail (self, KEEL_TASK_ERROR_CHECKSUM,
                        "The file does not have the checksum that it should have", 0);
}

/* Whether the file is not what came, but what that decodes to. */
gboolean
keel_transfer_has_to_decode (KeelTransfer *self)
{
  return self->record->coding != NULL && !keel_file_name_is_gzip (self->record->chosen);
}

/* In state `verifying`, with all bytes in @part, of which @checksum has had the first. (transfer
 * full) (nullable) */
void
keel_transfer_verify (KeelTransfer *self,
                      KeelPartFile *part,
                      KeelChecksum *checksum)
{
  Step *step;

  if (self->record->checksum_expected == NULL && !keel_transfer_has_to_decode (self))
    {
      g_clear_pointer (&checksum, keel_checksum_free);
      seal (self, part, self->record->total, FALSE);
      return;
    }
  step = step_new (self);
  step->has_to_decode = keel_transfer_has_to_decode (self);
  /* What has come is not what is promised, if it has to be decoded. */
  if (step->has_to_decode)
    g_clear_pointer (&checksum, keel_checksum_free);
  step->running = checksum;
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

  if (step->left.from.dir != NULL)
    keel_carriage_tidy (&step->left);
  discard_beside (step, step->spooled);
  discard_beside (step, step->spare_name);
  keel_part_label_remove (-1, step->token, step->transfer->machinery->labels_dir);
  step->ok = step->part_name == NULL ||
             keel_part_file_discard (&step->place, step->part_name, step->token, step->ino,
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
    g_warning ("“%s” in “%s” cannot be removed: %s", step->part_name, step->place.dir,
               step->error->message);
  if (step->spooled != NULL)
    record->folder_kind = KEEL_FOLDER_TAKEN;
  if (g_strcmp0 (record->part_name, step->part_name) == 0)
    {
      g_clear_pointer (&record->part_name, g_free);
      record->part_ino = 0;
      record->durable = 0;
      g_clear_pointer (&record->islands, g_array_unref);
      g_clear_pointer (&record->spare_name, g_free);
      keel_transfer_record_drop_aside (record);
      keel_transfer_record_drop_left (record);
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
  Step *step = step_new (self);

  if (keel_transfer_has_spooled (self))
    step->spooled = g_strdup (self->record->name);
  if (self->record->left.dir != NULL)
    {
      keel_transfer_prepare_carriage (self, &step->left);
      /* In its folder there is at most a copy that was begun. */
      step->ino = self->record->left_counts ? 0 : step->ino;
    }
  push_to_disk (step, discard_run, discard_done);
}

/* --- an older version that is not wanted any more -------------------------------------------- */

static void
clear_run (KeelJob *job)
{
  Step *step = (Step *) job;

  step->ok = keel_part_file_discard (&step->place, step->spare_name, step->token, step->ino,
                                     &step->error);
}

static void
clear_done (KeelJob *job)
{
  g_autoptr (Step) step = (Step *) job;

  step->transfer->n_operations--;
  /* The next attempt tries again. */
  if (!step->ok)
    g_info ("“%s” cannot be removed: %s", step->spare_name, step->error->message);
  keel_transfer_settle (step->transfer);
}

static void
clear_committed_cb (KeelTransfer *self,
                    const GError *error,
                    gpointer      user_data)
{
  Step *step = user_data;

  self->n_operations--;
  if (error != NULL || self->machinery->store == NULL)
    {
      step_free (step);
      keel_transfer_settle (self);
    }
  else
    push_to_disk (step, clear_run, clear_done);
  g_object_unref (self);
}

/* Removes the partial of an older version, of inode @ino, from the spare part file, once it is on
 * disk that it is not wanted any more. Until then the transfer is not settled, so that nothing new
 * comes under that name. */
void
keel_transfer_clear_spare (KeelTransfer *self,
                           guint64       ino)
{
  Step *step = step_new (self);

  step->ino = ino;
  self->n_operations++;
  keel_transfer_when_saved (g_object_ref (self), clear_committed_cb, step);
}
