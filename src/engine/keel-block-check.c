/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-block-check.h"

#include "keel-task-error.h"

/* Which blocks of a part file are not what they were when their hashes were recorded.
 *
 * After a power cut the disk may have lied about what it had synced, and while nobody looked
 * another program may have written into the file. So the hashes are fetched from the store, every
 * whole block below the durable offset is read and compared, and what differs is a hole. What is
 * behind the last whole block has a hash of its own, made at the checkpoint; without one it does
 * not count, unless the file is complete: then its last block has one, although it is shorter.
 *
 * The reading is a worker's and not the disk thread's, because 50 GB take a minute, in pieces so
 * small that a cancel is heeded at once. Nothing is written. The check owns itself, and calls back
 * exactly once. */

#define READ_BYTES (256 * 1024)

struct _KeelBlockCheck {
  KeelWorkerJob job;
  KeelWorkerPool *pool;
  KeelPartFile *part;        /* (owned) */
  GCancellable *cancellable; /* (owned) */
  guint64 end;
  guint64 tail_hash; /* of a last block that is not whole; 0: none, or it is with the others */
  KeelBlockCheckFunc func;
  gpointer user_data;

  KeelBlockMap *map; /* (owned) (nullable) */
  GError *error;     /* (owned) (nullable) */
};

static void
check_end (KeelBlockCheck *self)
{
  gboolean is_good = self->error == NULL && !g_cancellable_is_cancelled (self->cancellable);

  self->func (self->user_data, is_good ? g_steal_pointer (&self->map) : NULL, self->error);
  g_clear_pointer (&self->map, keel_block_map_free);
  g_clear_error (&self->error);
  keel_part_file_unref (self->part);
  g_object_unref (self->cancellable);
  g_free (self);
}

/* --- the worker's thread --------------------------------------------------------------------- */

/* What can be read of a block; a file that has become shorter has less. FALSE: the disk says no, or
 * it was cancelled. */
static gboolean
read_block (KeelBlockCheck *self,
            guint           number,
            guint8         *buffer,
            gsize          *out_length)
{
  gsize length = keel_block_map_get_length (self->map, number);
  guint64 from = (guint64) number * KEEL_BLOCK_BYTES;

  *out_length = 0;
  while (*out_length < length)
    {
      gssize count;

      if (g_cancellable_is_cancelled (self->cancellable))
        return FALSE;
      count = keel_part_file_read (self->part, buffer + *out_length,
                                   MIN (length - *out_length, READ_BYTES), from + *out_length,
                                   &self->error);
      if (count <= 0)
        return count == 0;
      *out_length += (gsize) count;
    }
  return TRUE;
}

/* Of a file that was rebuilt from its label, nobody knows the hashes of what was there before then:
 * of the whole blocks at its beginning. They are believed, as they were then. */
static guint
find_first_known (const KeelBlockMap *map)
{
  guint count = keel_block_map_get_count (map);
  guint number = 0;

  while (number < count && keel_block_map_get_hash (map, number) == 0 &&
         keel_block_map_get_length (map, number) == KEEL_BLOCK_BYTES)
    number++;
  return number;
}

static void
check_run (KeelWorkerJob *job,
           KeelWorker    *worker)
{
  KeelBlockCheck *self = (KeelBlockCheck *) job;
  guint8 *buffer = keel_worker_get_buffer (worker, KEEL_BLOCK_BYTES);
  guint count = keel_block_map_get_count (self->map);
  guint number = find_first_known (self->map);
  gsize length;

  for (; number < count && read_block (self, number, buffer, &length); number++)
    keel_block_map_judge (self->map, number, keel_block_hash_compute (buffer, length));
}

/* --- the owner's thread ---------------------------------------------------------------------- */

static void
check_done (KeelWorkerJob *job)
{
  check_end ((KeelBlockCheck *) job);
}

static void
loaded_cb (GArray       *hashes,
           const GError *error,
           gpointer      user_data)
{
  KeelBlockCheck *self = user_data;

  /* Without them every block is one that nobody vouches for. A database that cannot be used now,
   * mostly because its disk is full, can be later. */
  if (error != NULL)
    self->error = g_error_new_literal (KEEL_TASK_ERROR, KEEL_TASK_ERROR_NO_SPACE, error->message);
  else
    {
      if (self->tail_hash != 0)
        g_array_index (hashes, guint64, hashes->len - 1) = self->tail_hash;
      self->map = keel_block_map_new (hashes, self->end);
    }
  if (error != NULL || g_cancellable_is_cancelled (self->cancellable))
    {
      check_end (self);
      return;
    }
  self->job.run = check_run;
  self->job.done = check_done;
  keel_worker_pool_push (self->pool, &self->job);
}

/* Checks @part, the part file of @record. @func comes exactly once, after this has returned. */
KeelBlockCheck *
keel_block_check_start (const KeelMachinery      *machinery,
                        const KeelTransferRecord *record,
                        KeelPartFile             *part,
                        KeelBlockCheckFunc        func,
                        gpointer                  user_data)
{
  KeelBlockCheck *self = g_new0 (KeelBlockCheck, 1);
  gboolean is_complete = record->has_total && record->durable == record->total;
  gboolean has_tail = record->durable % KEEL_BLOCK_BYTES > 0 && record->trace.tail_hash != 0;
  guint count;

  self->pool = machinery->pool;
  self->part = keel_part_file_ref (part);
  self->cancellable = g_cancellable_new ();
  self->end = is_complete || has_tail ? record->durable :
                                        record->durable / KEEL_BLOCK_BYTES * KEEL_BLOCK_BYTES;
  self->tail_hash = has_tail ? record->trace.tail_hash : 0;
  self->func = func;
  self->user_data = user_data;
  count = (guint) ((self->end + KEEL_BLOCK_BYTES - 1) / KEEL_BLOCK_BYTES);
  keel_store_load_blocks (machinery->store, record->id, record->part_name, count, loaded_cb, self);
  return self;
}

/* Makes it end soon. */
void
keel_block_check_cancel (KeelBlockCheck *self)
{
  g_cancellable_cancel (self->cancellable);
}
