/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-block-hashes.h"

#ifdef HAVE_XXH_DISPATCH
#include <xxh_x86dispatch.h>
#else
#include <xxhash.h>
#endif

/* Hashes of the blocks of a part file, and what they tell about it after a crash. Pure: no file,
 * no thread.
 *
 * A block is a whole MiB; only the last one of a file that is complete may be shorter. Its hash is
 * XXH3-64: it has to find what a disk or a stray program did, not what an enemy did, and at some
 * 30 GB/s it is not felt beside receiving the bytes. (libxxhash has a way in that
 * chooses what this processor can do; the plain one is for the least that any has.) 0 stands for
 * a hash that is not known, and a block that has it counts as altered.
 *
 * The hasher takes the bytes of one file in order, in pieces of any size, and gives the hash of
 * each block as soon as that is full. The map has, beside the hashes that were recorded, the holes:
 * the runs of blocks whose bytes on disk have another hash. */

struct _KeelBlockHasher {
  XXH3_state_t *state; /* (owned) of the block at the position */
  guint64 position;
};

static guint64
make_known (guint64 hash)
{
  return hash != 0 ? hash : 1;
}

guint64
keel_block_hash_compute (gconstpointer bytes,
                         gsize         length)
{
  return make_known (XXH3_64bits (bytes, length));
}

/* --- hashing as bytes come ------------------------------------------------------------------- */

/* For the bytes from @position on, where a block begins. (transfer full) */
KeelBlockHasher *
keel_block_hasher_new (guint64 position)
{
  KeelBlockHasher *self = g_new0 (KeelBlockHasher, 1);

  self->state = XXH3_createState ();
  keel_block_hasher_seek (self, position);
  return self;
}

void
keel_block_hasher_free (KeelBlockHasher *self)
{
  XXH3_freeState (self->state);
  g_free (self);
}

/* Forgets what there is of the present block and begins one at @position. */
void
keel_block_hasher_seek (KeelBlockHasher *self,
                        guint64          position)
{
  g_assert (position % KEEL_BLOCK_BYTES == 0);

  self->position = position;
  XXH3_64bits_reset (self->state);
}

/* Of the next byte. */
guint64
keel_block_hasher_get_position (KeelBlockHasher *self)
{
  return self->position;
}

static void
give (KeelBlockHasher *self,
      guint64          number,
      GArray          *hashes)
{
  KeelBlockHash block = { number, make_known (XXH3_64bits_digest (self->state)) };

  g_array_append_val (hashes, block);
  XXH3_64bits_reset (self->state);
}

/* Takes the next bytes; appends to @hashes (element-type KeelBlockHash) the blocks that they fill.
 */
void
keel_block_hasher_add (KeelBlockHasher *self,
                       gconstpointer    bytes,
                       gsize            length,
                       GArray          *hashes)
{
  const guint8 *p = bytes;

  while (length > 0)
    {
      gsize left = KEEL_BLOCK_BYTES - (gsize) (self->position % KEEL_BLOCK_BYTES);
      gsize size = MIN (length, left);

      XXH3_64bits_update (self->state, p, size);
      self->position += size;
      if (size == left)
        give (self, self->position / KEEL_BLOCK_BYTES - 1, hashes);
      p += size;
      length -= size;
    }
}

/* The file ends here: appends its last block, unless that was a whole one. */
void
keel_block_hasher_finish (KeelBlockHasher *self,
                          GArray          *hashes)
{
  if (self->position % KEEL_BLOCK_BYTES != 0)
    give (self, self->position / KEEL_BLOCK_BYTES, hashes);
}

/* --- what is altered ------------------------------------------------------------------------- */

/* For a part file of which bytes below @end may count. @hashes (element-type guint64) are taken
 * over; those that are missing are not known. (transfer full) */
KeelBlockMap *
keel_block_map_new (GArray  *hashes,
                    guint64  end)
{
  KeelBlockMap *self = g_new0 (KeelBlockMap, 1);

  self->hashes = hashes;
  self->holes = g_array_new (FALSE, FALSE, sizeof (KeelHole));
  self->end = end;
  g_array_set_clear_func (hashes, NULL);
  while (hashes->len < keel_block_map_get_count (self))
    {
      guint64 unknown = 0;

      g_array_append_val (hashes, unknown);
    }
  g_array_set_size (hashes, keel_block_map_get_count (self));
  return self;
}

void
keel_block_map_free (KeelBlockMap *self)
{
  g_array_unref (self->hashes);
  g_array_unref (self->holes);
  g_free (self);
}

/* How many blocks there are. */
guint
keel_block_map_get_count (const KeelBlockMap *self)
{
  return (guint) ((self->end + KEEL_BLOCK_BYTES - 1) / KEEL_BLOCK_BYTES);
}

gsize
keel_block_map_get_length (const KeelBlockMap *self,
                           guint               number)
{
  guint64 from = (guint64) number * KEEL_BLOCK_BYTES;

  return (gsize) MIN (self->end - from, KEEL_BLOCK_BYTES);
}

/* 0: not known. */
guint64
keel_block_map_get_hash (const KeelBlockMap *self,
                         guint               number)
{
  return g_array_index (self->hashes, guint64, number);
}

/* What block @number has on disk; to be called for one after the other. FALSE: it is altered, and
 * part of a hole now. */
gboolean
keel_block_map_judge (KeelBlockMap *self,
                      guint         number,
                      guint64       hash)
{
  guint64 from = (guint64) number * KEEL_BLOCK_BYTES;
  KeelHole hole = { from, from + keel_block_map_get_length (self, number) };
  KeelHole *last = self->holes->len > 0 ?
                     &g_array_index (self->holes, KeelHole, self->holes->len - 1) :
                     NULL;

  if (hash == keel_block_map_get_hash (self, number))
    return TRUE;
  if (last != NULL && last->to == hole.from)
    last->to = hole.to;
  else
    g_array_append_val (self->holes, hole);
  return FALSE;
}

/* The first that there is. (nullable) */
const KeelHole *
keel_block_map_get_hole (const KeelBlockMap *self)
{
  return self->holes->len > 0 ? &g_array_index (self->holes, KeelHole, 0) : NULL;
}

/* Where good bytes end that follow the first hole: at the second one, or where nothing counts. */
guint64
keel_block_map_get_next (const KeelBlockMap *self)
{
  return self->holes->len > 1 ? g_array_index (self->holes, KeelHole, 1).from : self->end;
}

/* The first one has been mended. */
void
keel_block_map_close_hole (KeelBlockMap *self)
{
  g_array_remove_index (self->holes, 0);
}

/* How many bytes are in holes. */
guint64
keel_block_map_get_altered (const KeelBlockMap *self)
{
  guint64 bytes = 0;

  for (guint i = 0; i < self->holes->len; i++)
    {
      const KeelHole *hole = &g_array_index (self->holes, KeelHole, i);

      bytes += hole->to - hole->from;
    }
  return bytes;
}
