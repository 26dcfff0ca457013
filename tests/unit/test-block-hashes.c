/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-block-hashes.h"

#include <string.h>

#define MIB KEEL_BLOCK_BYTES
#define TAIL 12345

static guint8 *
make_bytes (gsize length)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  guint8 *bytes = g_malloc (length);

  for (gsize i = 0; i < length; i++)
    bytes[i] = (guint8) g_rand_int (rand);
  return bytes;
}

static GArray *
new_hashes (void)
{
  return g_array_new (FALSE, FALSE, sizeof (KeelBlockHash));
}

static void
assert_hash (GArray       *hashes,
             guint         index,
             guint64       number,
             const guint8 *bytes,
             gsize         length)
{
  const KeelBlockHash *block = &g_array_index (hashes, KeelBlockHash, index);

  g_assert_cmpuint (index, <, hashes->len);
  g_assert_cmpuint (block->number, ==, number);
  g_assert_cmpuint (block->hash, ==, keel_block_hash_compute (bytes + number * MIB, length));
}

/* However the bytes come, a block has the hash that it has in one piece. */
static void
test_sizes (void)
{
  static const gsize sizes[] = { 1, 7, 1000, 65536, 65537, MIB - 1, MIB, MIB + 1, 3 * MIB + 5 };
  gsize total = 5 * MIB + TAIL;
  g_autofree guint8 *bytes = make_bytes (total);
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);

  for (guint round = 0; round < 20; round++)
    {
      g_autoptr (KeelBlockHasher) hasher = keel_block_hasher_new (0);
      g_autoptr (GArray) hashes = new_hashes ();

      for (gsize at = 0; at < total;)
        {
          gsize size = sizes[g_rand_int_range (rand, 0, G_N_ELEMENTS (sizes))];

          size = MIN (size, total - at);
          keel_block_hasher_add (hasher, bytes + at, size, hashes);
          at += size;
          g_assert_cmpuint (keel_block_hasher_get_position (hasher), ==, at);
          g_assert_cmpuint (hashes->len, ==, at / MIB);
        }
      keel_block_hasher_finish (hasher, hashes);
      g_assert_cmpuint (hashes->len, ==, 6);
      for (guint i = 0; i < 5; i++)
        assert_hash (hashes, i, i, bytes, MIB);
      assert_hash (hashes, 5, 5, bytes, TAIL);
    }
}

/* A block that is whole gives its hash with its last byte, not before and not twice. */
static void
test_edges (void)
{
  g_autofree guint8 *bytes = make_bytes (3 * MIB);
  g_autoptr (KeelBlockHasher) hasher = keel_block_hasher_new (MIB);
  g_autoptr (GArray) hashes = new_hashes ();

  keel_block_hasher_add (hasher, bytes + MIB, MIB - 1, hashes);
  g_assert_cmpuint (hashes->len, ==, 0);
  keel_block_hasher_add (hasher, bytes + 2 * MIB - 1, 1, hashes);
  g_assert_cmpuint (hashes->len, ==, 1);
  keel_block_hasher_finish (hasher, hashes);
  g_assert_cmpuint (hashes->len, ==, 1);
  assert_hash (hashes, 0, 1, bytes, MIB);

  /* Half a block that is given up leaves nothing behind. */
  keel_block_hasher_add (hasher, bytes, 100, hashes);
  keel_block_hasher_seek (hasher, 0);
  keel_block_hasher_add (hasher, bytes, MIB, hashes);
  g_assert_cmpuint (hashes->len, ==, 2);
  assert_hash (hashes, 1, 0, bytes, MIB);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/block-hashes/sizes", test_sizes);
  g_test_add_func ("/block-hashes/edges", test_edges);
  return g_test_run ();
}
