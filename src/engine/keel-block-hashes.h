/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KEEL_BLOCK_BYTES (1024 * 1024)

/* That of block number `number`. */
typedef struct {
  guint64 number;
  guint64 hash; /* never 0, which stands for "not known" */
} KeelBlockHash;

guint64          keel_block_hash_compute      (gconstpointer    bytes,
                                               gsize            length);

typedef struct _KeelBlockHasher KeelBlockHasher;

KeelBlockHasher *keel_block_hasher_new        (guint64          position);
void             keel_block_hasher_free       (KeelBlockHasher *self);
void             keel_block_hasher_seek       (KeelBlockHasher *self,
                                               guint64          position);
guint64          keel_block_hasher_get_position (KeelBlockHasher *self);
void             keel_block_hasher_add        (KeelBlockHasher *self,
                                               gconstpointer    bytes,
                                               gsize            length,
                                               GArray          *hashes);
void             keel_block_hasher_finish     (KeelBlockHasher *self,
                                               GArray          *hashes);

/* Bytes FROM..TO (exclusive) of a part file. */
typedef struct {
  guint64 from;
  guint64 to;
} KeelHole;

/* What a check of a part file against its hashes found. */
typedef struct {
  GArray *hashes; /* (owned) (element-type guint64) of each block that begins below `end` */
  GArray *holes;  /* (owned) (element-type KeelHole) what was altered, in order, never adjacent */
  guint64 end;    /* nothing from here on counts */
} KeelBlockMap;

KeelBlockMap    *keel_block_map_new           (GArray          *hashes,
                                               guint64          end);
void             keel_block_map_free          (KeelBlockMap    *self);
guint            keel_block_map_get_count     (const KeelBlockMap *self);
gsize            keel_block_map_get_length    (const KeelBlockMap *self,
                                               guint            number);
guint64          keel_block_map_get_hash      (const KeelBlockMap *self,
                                               guint            number);
gboolean         keel_block_map_judge         (KeelBlockMap    *self,
                                               guint            number,
                                               guint64          hash);
const KeelHole  *keel_block_map_get_hole      (const KeelBlockMap *self);
guint64          keel_block_map_get_next      (const KeelBlockMap *self);
void             keel_block_map_close_hole    (KeelBlockMap    *self);
guint64          keel_block_map_get_altered   (const KeelBlockMap *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelBlockHasher, keel_block_hasher_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelBlockMap, keel_block_map_free)

G_END_DECLS
