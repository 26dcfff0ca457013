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

static KeelBlockMap *
make_map (guint   count,
          guint64 end)
{
  GArray *hashes = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint64 i = 0; i < count; i++)
    {
      guint64 hash = 100 + i;

      g_array_append_val (hashes, hash);
    }
  return keel_block_map_new (hashes, end);
}

static void
assert_hole (KeelBlockMap *map,
             guint         index,
             guint64       from,
             guint64       to)
{
  const KeelHole *hole = &g_array_index (map->holes, KeelHole, index);

  g_assert_cmpuint (index, <, map->holes->len);
  g_assert_cmpuint (hole->from, ==, from);
  g_assert_cmpuint (hole->to, ==, to);
}

static void
test_map (void)
{
  static const gboolean is_bad[] = { TRUE, FALSE, TRUE, TRUE, FALSE, TRUE };
  g_autoptr (KeelBlockMap) map = make_map (6, 5 * MIB + TAIL);

  g_assert_cmpuint (keel_block_map_get_count (map), ==, 6);
  g_assert_cmpuint (keel_block_map_get_length (map, 4), ==, MIB);
  g_assert_cmpuint (keel_block_map_get_length (map, 5), ==, TAIL);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpint (keel_block_map_judge (map, i, is_bad[i] ? 1 : 100 + i), ==, !is_bad[i]);

  /* Neighbours are one hole; the last one ends where the file does. */
  g_assert_cmpuint (map->holes->len, ==, 3);
  assert_hole (map, 0, 0, MIB);
  assert_hole (map, 1, 2 * MIB, 4 * MIB);
  assert_hole (map, 2, 5 * MIB, 5 * MIB + TAIL);
  g_assert_cmpuint (keel_block_map_get_altered (map), ==, 3 * MIB + TAIL);
  g_assert_cmpuint (keel_block_map_get_next (map), ==, 2 * MIB);
  keel_block_map_close_hole (map);
  g_assert_cmpuint (keel_block_map_get_hole (map)->from, ==, 2 * MIB);
  keel_block_map_close_hole (map);
  g_assert_cmpuint (keel_block_map_get_next (map), ==, 5 * MIB + TAIL);
  keel_block_map_close_hole (map);
  g_assert_null (keel_block_map_get_hole (map));
  g_assert_cmpuint (keel_block_map_get_altered (map), ==, 0);
}

/* A block that nobody vouches for counts as altered; hashes of what does not count are dropped. */
static void
test_unknown (void)
{
  g_autoptr (KeelBlockMap) few = make_map (1, 3 * MIB);
  g_autoptr (KeelBlockMap) many = make_map (4, 2 * MIB);
  g_autoptr (KeelBlockMap) none = make_map (0, 0);

  g_assert_true (keel_block_map_judge (few, 0, 100));
  g_assert_cmpuint (keel_block_map_get_hash (few, 2), ==, 0);
  for (guint i = 1; i < 3; i++)
    g_assert_false (keel_block_map_judge (few, i, keel_block_hash_compute ("", 0)));
  assert_hole (few, 0, MIB, 3 * MIB);
  g_assert_cmpuint (many->hashes->len, ==, 2);
  g_assert_cmpuint (keel_block_map_get_count (none), ==, 0);
  g_assert_null (keel_block_map_get_hole (none));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/block-hashes/sizes", test_sizes);
  g_test_add_func ("/block-hashes/edges", test_edges);
  g_test_add_func ("/block-hashes/map", test_map);
  g_test_add_func ("/block-hashes/unknown", test_unknown);
  return g_test_run ();
}
