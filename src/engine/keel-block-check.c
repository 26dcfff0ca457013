/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-block-check.h"

#include "keel-task-error.h"

/* Which blocks of a part file are not what they were when their hashes were recorded.
 *
 * After a power cut the disk may have lied about what it had synced, and while nobody looked
 * another program may have written into the file. So the hashes are fetched from the store, and
 * every whole block of the ranges that are durable is read and compared; what differs does not
 * count. What is behind the last whole block of a range has a hash of its own, made at the
 * checkpoint; without one it does not count, unless the file ends there: then its last block has
 * one, although it is shorter. Nor does what is before the first whole block of a range, for which
 * there is none.
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
  KeelRanges *durable;       /* (owned) */
  guint64 total;             /* 0: not known */
  KeelBlockCheckFunc func;
  gpointer user_data;

  GArray *hashes;   /* (owned) (nullable) (element-type guint64) of blocks */
  KeelRanges *good; /* (owned) (nullable) */
  GError *error;    /* (owned) (nullable) */
};

static void
check_end (KeelBlockCheck *self)
{
  gboolean is_good = self->error == NULL && !g_cancellable_is_cancelled (self->cancellable);

  self->func (self->user_data, is_good ? g_steal_pointer (&self->good) : NULL,
              is_good ? g_steal_pointer (&self->hashes) : NULL, self->error);
  g_clear_pointer (&self->good, g_array_unref);
  g_clear_pointer (&self->hashes, g_array_unref);
  g_array_unref (self->durable);
  g_clear_error (&self->error);
  keel_part_file_unref (self->part);
  g_object_unref (self->cancellable);
  g_free (self);
}

/* --- the worker's thread --------------------------------------------------------------------- */

/* What can be read of FROM..TO; a file that has become shorter has less. FALSE: the disk says no,
 * or it was cancelled. */
static gboolean
read_block (KeelBlockCheck *self,
            guint64         from,
            guint64         to,
            guint8         *buffer,
            gsize          *out_length)
{
  gsize length = (gsize) (to - from);

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

static guint64
get_hash (KeelBlockCheck *self,
          guint64         number)
{
  return number < self->hashes->len ? g_array_index (self->hashes, guint64, number) : 0;
}

/* The bytes FROM..TO of @range are in one block. 0: nobody knows what they were. */
static guint64
get_expected (KeelBlockCheck  *self,
              const KeelRange *range,
              guint64          from,
              guint64          to)
{
  gboolean is_whole = from % KEEL_BLOCK_BYTES == 0 &&
                      (to - from == KEEL_BLOCK_BYTES || to == self->total);
  guint64 hash = is_whole ? get_hash (self, from / KEEL_BLOCK_BYTES) : 0;

  return hash == 0 && to == range->to ? range->tail_hash : hash;
}

/* Of a file that was rebuilt from its label, nobody knows the hashes of what was there before then:
 * of the whole blocks at its beginning. They are believed, as they were then. */
static guint64
find_first_known (KeelBlockCheck  *self,
                  const KeelRange *range)
{
  guint64 position = range->from;

  while (range->from == 0 && position + KEEL_BLOCK_BYTES <= range->to &&
         get_hash (self, position / KEEL_BLOCK_BYTES) == 0)
    position += KEEL_BLOCK_BYTES;
  return position;
}

/* They are what they were. The end of a range keeps its hash. */
static void
add_good (KeelBlockCheck *self,
          guint64         from,
          guint64         to,
          guint64         hash)
{
  keel_ranges_add (self->good, from, to);
  if (to % KEEL_BLOCK_BYTES != 0)
    g_array_index (self->good, KeelRange, self->good->len - 1).tail_hash = hash;
}

static gboolean
check_range (KeelBlockCheck  *self,
             const KeelRange *range,
             guint8          *buffer)
{
  guint64 from = find_first_known (self, range);
  gsize length;

  keel_ranges_add (self->good, range->from, from);
  while (from < range->to)
    {
      guint64 to = MIN (range->to, from - from % KEEL_BLOCK_BYTES + KEEL_BLOCK_BYTES);
      guint64 expected = get_expected (self, range, from, to);

      if (expected != 0)
        {
          if (!read_block (self, from, to, buffer, &length))
            return FALSE;
          if (length == to - from && keel_block_hash_compute (buffer, length) == expected)
            add_good (self, from, to, expected);
        }
      from = to;
    }
  return TRUE;
}

static void
check_run (KeelWorkerJob *job,
           KeelWorker    *worker)
{
  KeelBlockCheck *self = (KeelBlockCheck *) job;
  guint8 *buffer = keel_worker_get_buffer (worker, KEEL_BLOCK_BYTES);

  for (guint i = 0; i < self->durable->len; i++)
    if (!check_range (self, keel_ranges_get (self->durable, i), buffer))
      return;
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
      self->hashes = hashes;
      self->good = keel_ranges_new ();
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
  guint64 extent = keel_transfer_record_get_extent (record);
  KeelRange prefix = { 0, record->durable, record->trace.tail_hash };

  self->pool = machinery->pool;
  self->part = keel_part_file_ref (part);
  self->cancellable = g_cancellable_new ();
  self->durable = record->islands != NULL ? keel_ranges_copy (record->islands) : keel_ranges_new ();
  if (prefix.to > 0)
    g_array_prepend_val (self->durable, prefix);
  self->total = record->has_total ? record->total : 0;
  self->func = func;
  self->user_data = user_data;
  keel_store_load_blocks (machinery->store, record->id, record->part_name,
                          (guint) ((extent + KEEL_BLOCK_BYTES - 1) / KEEL_BLOCK_BYTES), loaded_cb,
                          self);
  return self;
}

/* Makes it end soon. */
void
keel_block_check_cancel (KeelBlockCheck *self)
{
  g_cancellable_cancel (self->cancellable);
}
