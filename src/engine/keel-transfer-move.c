/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

#include "keel-task-error.h"

/* Somebody wants the file in another folder, although it is not there yet.
 *
 *   stop     what runs ends with a checkpoint; before that its folder must not change
 *   commit   the new folder, and that the part file is still in the old one (`left`)
 *   carry    the part file, in a worker: keel-carriage.c has how
 *   commit   that it is there. After a copy that is done in two steps: that the copy counts, and
 *            when the old one has gone, that nothing is left
 *
 * From the first commit on the transfer cannot run before the part file has been taken along; so
 * what was not done, because the service died or the new disk is full, is done when it next gets a
 * slot. Pausing stops a copy, and resuming makes it anew.
 *
 * If there is nothing that could be taken along (the old disk is not there, or cannot be read) all
 * of it is fetched again. A partial of an older version (see keel-transfer-run.c) does not go
 * along. */

#define SAVE_AGAIN_USEC (15 * (gint64) G_USEC_PER_SEC)

typedef struct _KeelTransferMove {
  KeelPlace place;
  KeelTransferFunc func;
  gpointer user_data;
} KeelTransferMove;

typedef struct {
  KeelWorkerJob job;
  KeelTransfer *transfer; /* (owned) */
  KeelCarriage carriage;
  GCancellable *cancellable; /* (owned) */
  gboolean only_tidies;
  KeelCarriageVerdict verdict;
} Carrying;

static void
carrying_free (Carrying *carrying)
{
  keel_carriage_clear (&carrying->carriage);
  g_object_unref (carrying->cancellable);
  g_object_unref (carrying->transfer);
  g_free (carrying);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Carrying, carrying_free)

/* --- carrying -------------------------------------------------------------------------------- */

/* What a thread has to know to take the part file along. */
void
keel_transfer_prepare_carriage (KeelTransfer *self,
                                KeelCarriage *carriage)
{
  const KeelTransferRecord *record = self->record;
  KeelPlace to = keel_transfer_record_get_place (record);

  keel_place_copy (&carriage->from, &record->left);
  keel_place_copy (&carriage->to, &to);
  carriage->part_name = g_strdup (record->part_name);
  carriage->spare_name = g_strdup (record->spare_name);
  carriage->token = g_strdup (record->token);
  carriage->ino = record->part_ino;
  if (keel_transfer_record_get_durable (record) > 0)
    carriage->extent = keel_transfer_record_get_extent (record);
  carriage->total = record->has_total ? record->total : 0;
}

static void
carry_run (KeelWorkerJob *job,
           KeelWorker    *worker)
{
  Carrying *carrying = (Carrying *) job;

  if (carrying->only_tidies)
    keel_carriage_tidy (&carrying->carriage);
  else
    carrying->verdict = keel_carriage_run (&carrying->carriage, carrying->cancellable);
}

/* The part file is in its folder. */
static void
arrive (KeelTransfer       *self,
        const KeelCarriage *carriage)
{
  KeelTransferRecord *record = self->record;

  record->part_ino = carriage->new_ino;
  record->folder = carriage->folder;
}

static void
start_anew (KeelTransfer *self)
{
  if (keel_transfer_record_get_durable (self->record) > 0)
    g_message ("Task %" G_GINT64_FORMAT ": nothing could be taken along from “%s”; starting over",
               self->record->id, self->record->left.dir);
  keel_transfer_record_drop_left (self->record);
  keel_transfer_start_over (self, TRUE);
}

/* What can pass is waited for, if somebody waits for the transfer at all. */
static void
refuse (KeelTransfer *self,
        const GError *error)
{
  KeelTransferState state = self->record->state;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || state > KEEL_TRANSFER_RUNNING ||
      self->is_suspended)
    return;
  keel_transfer_set_error (self, (KeelTaskError) error->code, error->message, 0);
  if (error->code == KEEL_TASK_ERROR_NO_SPACE)
    keel_transfer_wait_for_disk (self, KEEL_WAIT_REASON_LOW_DISK);
  else if (error->code == KEEL_TASK_ERROR_DESTINATION)
    keel_transfer_wait_for_disk (self, KEEL_WAIT_REASON_DESTINATION);
  else
    keel_transfer_fail (self, (KeelTaskError) error->code, error->message, 0);
}

static void
take_verdict (KeelTransfer   *self,
              const Carrying *carrying)
{
  const GError *error = carrying->carriage.error;

  /* The old disk, most likely; if it is the new one that will be found out. */
  if (carrying->verdict == KEEL_CARRIAGE_NOTHING ||
      g_error_matches (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_DISK))
    start_anew (self);
  else if (carrying->verdict == KEEL_CARRIAGE_ERROR)
    {
      refuse (self, error);
      return;
    }
  else
    {
      arrive (self, &carrying->carriage);
      self->record->left_counts = FALSE;
      if (carrying->verdict == KEEL_CARRIAGE_THERE)
        keel_transfer_record_drop_left (self->record);
    }
  keel_transfer_save (self);
}

/* Nothing of that is in flight any more. */
static void
go_on (KeelTransfer *self)
{
  KeelTransferRecord *record = self->record;
  gboolean is_running = record->state == KEEL_TRANSFER_RUNNING && !self->is_suspended;

  if (is_running && record->left.dir == NULL)
    {
      keel_transfer_go (self);
      return;
    }
  /* Its copy was stopped, and it is wanted again already. */
  if (is_running)
    keel_transfer_enqueue (self);
  keel_transfer_settle (self);
}

static void
carry_done (KeelWorkerJob *job)
{
  g_autoptr (Carrying) carrying = (Carrying *) job;
  KeelTransfer *self = carrying->transfer;
  KeelTransferRecord *record = self->record;
  gboolean is_copied;

  g_clear_object (&self->carrying);
  self->n_operations--;
  /* It was thrown away meanwhile, or the service has left without waiting for the disk. */
  if (self->machinery->store == NULL ||
      g_strcmp0 (record->part_name, carrying->carriage.part_name) != 0)
    {
      keel_transfer_settle (self);
      return;
    }
  is_copied = !carrying->only_tidies && carrying->verdict == KEEL_CARRIAGE_COPIED;
  if (carrying->only_tidies)
    {
      keel_transfer_record_drop_left (record);
      keel_transfer_save (self);
    }
  else
    take_verdict (self, carrying);
  if (is_copied && !self->is_suspended)
    keel_transfer_carry (self);
  else
    go_on (self);
}

static void
carry_saved_cb (KeelTransfer *transfer,
                const GError *error,
                gpointer      user_data)
{
  g_autoptr (KeelTransfer) self = transfer;
  Carrying *carrying;

  self->n_operations--;
  if (error != NULL || self->machinery->store == NULL || self->is_suspended)
    {
      if (self->record->state == KEEL_TRANSFER_RUNNING && !self->is_suspended)
        keel_transfer_wait (self, KEEL_WAIT_REASON_RETRY, SAVE_AGAIN_USEC);
      keel_transfer_settle (self);
      return;
    }
  /* Whoever asks it anything waits as long as it does. */
  if (keel_disks_is_hanging (self->machinery->disks, self->record->left.dir))
    {
      start_anew (self);
      keel_transfer_save (self);
      go_on (self);
      return;
    }
  carrying = g_new0 (Carrying, 1);
  carrying->job.run = carry_run;
  carrying->job.done = carry_done;
  carrying->transfer = g_object_ref (self);
  carrying->cancellable = g_cancellable_new ();
  carrying->only_tidies = !self->record->left_counts;
  keel_transfer_prepare_carriage (self, &carrying->carriage);
  self->carrying = g_object_ref (carrying->cancellable);
  self->n_operations++;
  keel_worker_pool_push (self->machinery->pool, &carrying->job);
}

/* Takes the part file along from the folder that it was in, once that is committed; until it has
 * been done the transfer is not settled. It goes on then, if it is `running`. */
void
keel_transfer_carry (KeelTransfer *self)
{
  self->n_operations++;
  keel_transfer_save (self);
  keel_transfer_changed (self);
  keel_transfer_when_saved (g_object_ref (self), carry_saved_cb, NULL);
}

/* --- asking ---------------------------------------------------------------------------------- */

static gboolean
refuse_call (KeelError    code,
             const char  *message,
             GError     **error)
{
  g_set_error_literal (error, KEEL_ERROR, (gint) code, message);
  return FALSE;
}

/* Whether it can have another folder now. KEEL_ERROR_INVALID_STATE, KEEL_ERROR_BUSY. */
gboolean
keel_transfer_can_move (KeelTransfer  *self,
                        GError       **error)
{
  const KeelTransferRecord *record = self->record;

  if (record->state == KEEL_TRANSFER_PUBLISHING || record->state == KEEL_TRANSFER_FINISHED ||
      record->state == KEEL_TRANSFER_DELETING || record->has_placeholder)
    return refuse_call (KEEL_ERROR_INVALID_STATE, "The file has its name in its folder", error);
  if (self->move != NULL || self->carrying != NULL ||
      (record->left.dir != NULL && !record->left_counts))
    return refuse_call (KEEL_ERROR_BUSY, "The file is on its way into another folder", error);
  if (!keel_transfer_is_settled (self) &&
      keel_disks_is_hanging (self->machinery->disks, record->dir))
    return refuse_call (KEEL_ERROR_BUSY, "The disk does not answer", error);
  return TRUE;
}

/* Whether it is for its folder that it does not go on. */
static gboolean
is_stopped_by_folder (const KeelTransferRecord *record)
{
  if (record->state == KEEL_TRANSFER_WAITING)
    return record->wait_reason == KEEL_WAIT_REASON_LOW_DISK ||
           record->wait_reason == KEEL_WAIT_REASON_DESTINATION;
  return record->state == KEEL_TRANSFER_FAILED &&
         (record->error_code == KEEL_TASK_ERROR_NO_SPACE ||
          record->error_code == KEEL_TASK_ERROR_DISK ||
          record->error_code == KEEL_TASK_ERROR_DESTINATION ||
          record->error_code == KEEL_TASK_ERROR_TOO_LARGE);
}

static void
set_place (KeelTransfer    *self,
           const KeelPlace *place)
{
  KeelTransferRecord *record = self->record;

  if (record->part_name != NULL)
    keel_transfer_record_leave (record);
  keel_transfer_record_drop_aside (record);
  keel_transfer_record_set_place (record, place);
  if (record->chosen != NULL)
    keel_transfer_set_chosen (record, g_strdup (record->chosen));
  record->is_sealed = FALSE;
  self->has_sealed = FALSE;
  self->n_full = 0;
  self->n_sync_failures = 0;
}

/* It is settled: has its new folder from now on. */
void
keel_transfer_apply_move (KeelTransfer *self)
{
  KeelTransferMove *move = g_steal_pointer (&self->move);
  KeelTransferRecord *record = self->record;
  g_autoptr (GError) error = NULL;

  if (keel_transfer_can_move (self, &error))
    {
      gboolean goes_on = is_stopped_by_folder (record);

      set_place (self, &move->place);
      if (record->state == KEEL_TRANSFER_CANCELLED)
        keel_transfer_record_drop_left (record);
      if (goes_on && record->state == KEEL_TRANSFER_FAILED)
        keel_transfer_control (self, KEEL_CONTROL_RETRY);
      else if (goes_on)
        {
          keel_transfer_clear_error (self);
          keel_transfer_enqueue (self);
        }
      if (record->left.dir != NULL)
        keel_transfer_carry (self);
      else
        keel_transfer_save (self);
      keel_transfer_changed (self);
      keel_transfer_when_saved (self, move->func, move->user_data);
    }
  else
    move->func (self, error, move->user_data);
  keel_place_clear (&move->place);
  g_free (move);
  keel_transfer_settle (self);
}

void
keel_transfer_drop_move (KeelTransfer *self)
{
  KeelTransferMove *move = g_steal_pointer (&self->move);

  if (move == NULL)
    return;
  keel_place_clear (&move->place);
  g_free (move);
}

/* Its file goes to @place from now on; keel_transfer_can_move() has been asked. @func comes when
 * that is on disk, which is when what runs has stopped, and not when all bytes are there. What was
 * stopped by its folder goes on; what is paused stays so. */
void
keel_transfer_move (KeelTransfer     *self,
                    const KeelPlace  *place,
                    KeelTransferFunc  func,
                    gpointer          user_data)
{
  KeelTransferState state = self->record->state;

  self->move = g_new0 (KeelTransferMove, 1);
  keel_place_copy (&self->move->place, place);
  self->move->func = func;
  self->move->user_data = user_data;
  if (state == KEEL_TRANSFER_RUNNING || state == KEEL_TRANSFER_VERIFYING)
    {
      keel_transfer_stop_io (self);
      keel_transfer_enqueue (self);
    }
  keel_transfer_settle (self);
}
