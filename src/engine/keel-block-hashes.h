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
guint64          keel_block_find_tail         (guint64          from,
                                               guint64          to);

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

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelBlockHasher, keel_block_hasher_free)

G_END_DECLS
