/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

#include "keel-part-file.h"

/* A transfer that waits for a disk: for room on it (low-disk), or for it to be there (destination).
 *
 * Every few seconds the disk thread looks whether what is missing is there now; only then is the
 * transfer started again. A server is not asked for that, and the transfer does not flicker
 * between states. How much room is enough: all that is missing, where that is known; else so much
 * that it is not full again at once. A disk that says it has room and then has none (a quota) is
 * looked at less and less often. */

/* How often a folder that is not there, or a disk that is full, is looked at. */
#define LOOK_USEC (5 * (gint64) G_USEC_PER_SEC)
#define MOST_LOOK_USEC (60 * (gint64) G_USEC_PER_SEC)
#define MOST_DOUBLINGS 4

typedef struct {
  KeelJob job;
  KeelTransfer *transfer; /* (owned) */
  KeelPlace place;
  guint64 bytes;
  gboolean is_lost;
  GError *error; /* (owned) (nullable) */
} Look;

static gint64
get_look_usec (KeelTransfer *self)
{
  return MIN (LOOK_USEC << MIN (self->n_full, MOST_DOUBLINGS), MOST_LOOK_USEC);
}

/* Into `waiting` with @reason, which is one of the two, until a look finds that the disk will do.
 */
void
keel_transfer_wait_for_disk (KeelTransfer   *self,
                             KeelWaitReason  reason)
{
  gboolean is_handed = self->record->folder_kind == KEEL_FOLDER_HANDED;

  /* It may be lost, which does not get better by waiting. */
  if (is_handed && reason == KEEL_WAIT_REASON_DESTINATION && self->n_full == 0)
    keel_transfer_wait (self, reason, 0);
  else
    keel_transfer_wait (self, reason, get_look_usec (self));
}

/* The disk with the database is full: stops, until it can be written again. */
void
keel_transfer_rest (KeelTransfer *self)
{
  if (self->record->state != KEEL_TRANSFER_RUNNING)
    return;
  keel_transfer_stop_io (self);
  keel_transfer_set_error (self, KEEL_TASK_ERROR_NO_SPACE,
                           "The disk with the list of downloads is full", 0);
  keel_transfer_wait_for_disk (self, KEEL_WAIT_REASON_LOW_DISK);
}

static guint64
get_missing (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;

  if (record->wait_reason != KEEL_WAIT_REASON_LOW_DISK || record->is_sealed)
    return 0;
  /* To decode it takes as much again, at least. */
  if (record->has_total && record->durable == record->total)
    return keel_transfer_has_to_decode (self) ? record->total : 0;
  return record->has_total ? record->total - keel_transfer_record_get_durable (record) :
                             KEEL_PART_FILE_ENOUGH;
}

static gboolean
is_waiting (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;

  return record->state == KEEL_TRANSFER_WAITING && !self->is_suspended &&
         (record->wait_reason == KEEL_WAIT_REASON_LOW_DISK ||
          record->wait_reason == KEEL_WAIT_REASON_DESTINATION);
}

static void
look_timer_cb (gpointer user_data)
{
  KeelTransfer *self = user_data;

  self->timer = 0;
  keel_transfer_look (self);
}

/* All who wait for a disk look at the same time. */
static void
look_later (KeelTransfer *self)
{
  KeelClock *clock = self->machinery->clock;
  gint64 interval_usec = get_look_usec (self);
  gint64 passed_usec = keel_clock_get_boottime_usec (clock) % interval_usec;

  keel_clock_cancel (clock, &self->timer);
  self->timer = keel_clock_call_after (clock, interval_usec - passed_usec, look_timer_cb, self);
}

static void
look_run (KeelJob *job)
{
  Look *look = (Look *) job;

  keel_part_file_look (&look->place, look->bytes, &look->error);
  look->is_lost = look->error != NULL && keel_place_is_lost (&look->place);
}

static void
look_done (KeelJob *job)
{
  Look *look = (Look *) job;
  KeelTransfer *self = look->transfer;

  self->n_operations--;
  if (!is_waiting (self))
    keel_transfer_settle (self);
  else if (look->error == NULL)
    {
      self->n_full++;
      keel_transfer_enqueue (self);
    }
  else if (look->is_lost && self->machinery->spool_dir != NULL)
    keel_transfer_move_to_spool (self);
  else
    {
      look_later (self);
      keel_transfer_settle (self);
    }
  g_clear_error (&look->error);
  keel_place_clear (&look->place);
  g_free (look);
  g_object_unref (self);
}

/* Looks whether the disk that it waits for will do, now and from time to time. */
void
keel_transfer_look (KeelTransfer *self)
{
  KeelPlace place = keel_transfer_record_get_place (self->record);
  Look *look;

  if (self->machinery->is_store_full)
    {
      look_later (self);
      return;
    }
  look = g_new0 (Look, 1);
  look->job.run = look_run;
  look->job.done = look_done;
  look->transfer = g_object_ref (self);
  keel_place_copy (&look->place, &place);
  look->bytes = get_missing (self);
  self->n_operations++;
  keel_disks_push (self->machinery->disks, place.dir, &look->job);
}
