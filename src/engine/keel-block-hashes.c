/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-block-hashes.h"

#ifdef HAVE_XXH_DISPATCH
#include <xxh_x86dispatch.h>
#else
#include <xxhash.h>
#endif

/* Hashes of the blocks of a part file. Pure: no file,
 * no thread.
 *
 * A block is a whole MiB; only the last one of a file that is complete may be shorter. Its hash is
 * XXH3-64: it has to find what a disk or a stray program did, not what an enemy did, and at some
 * 30 GB/s it is not felt beside receiving the bytes. (libxxhash has a way in that
 * chooses what this processor can do; the plain one is for the least that any has.) 0 stands for
 * a hash that is not known, and a block that has it counts as altered.
 *
 * The hasher takes the bytes of one file in order, in pieces of any size, and gives the hash of
 * each block as soon as that is full. */

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

/* Where the last block of FROM..TO begins, if that is not whole; else @to. */
guint64
keel_block_find_tail (guint64 from,
                      guint64 to)
{
  return MAX (from, to - to % KEEL_BLOCK_BYTES);
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
