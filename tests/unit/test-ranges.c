/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-ranges.h"

/* Adding is held against a table of single bytes. */

#define MOST 200

static void
check_against (const KeelRanges *ranges,
               const gboolean   *bytes)
{
  guint64 count = 0;

  for (guint i = 0; i < MOST; i++)
    {
      g_assert_cmpint (keel_ranges_find (ranges, i) != NULL, ==, bytes[i]);
      count += bytes[i] ? 1 : 0;
    }
  g_assert_cmpuint (keel_ranges_count_bytes (ranges), ==, count);
  for (guint i = 1; i < ranges->len; i++)
    g_assert_cmpuint (keel_ranges_get (ranges, i - 1)->to, <, keel_ranges_get (ranges, i)->from);
}

static void
test_add (void)
{
  for (guint round = 0; round < 200; round++)
    {
      KeelRanges *ranges = keel_ranges_new ();
      gboolean bytes[MOST] = { FALSE };

      for (guint i = 0; i < 12; i++)
        {
          guint from = (guint) g_test_rand_int_range (0, MOST);
          guint to = (guint) g_test_rand_int_range ((gint32) from, MOST + 1);

          keel_ranges_add (ranges, from, to);
          for (guint at = from; at < to; at++)
            bytes[at] = TRUE;
          check_against (ranges, bytes);
        }
      g_array_unref (ranges);
    }
}

static void
test_next (void)
{
  KeelRanges *ranges = keel_ranges_new ();

  g_assert_cmpuint (keel_ranges_get_next (ranges, 0), ==, G_MAXUINT64);
  keel_ranges_add (ranges, 0, 10);
  keel_ranges_add (ranges, 20, 30);
  g_assert_cmpuint (keel_ranges_get_next (ranges, 0), ==, 20);
  g_assert_cmpuint (keel_ranges_get_next (ranges, 19), ==, 20);
  g_assert_cmpuint (keel_ranges_get_next (ranges, 20), ==, G_MAXUINT64);
  g_assert_cmpuint (keel_ranges_get_end (ranges), ==, 30);
  g_assert_cmpuint (keel_ranges_take_prefix (ranges), ==, 10);
  g_assert_cmpuint (keel_ranges_take_prefix (ranges), ==, 0);
  g_assert_cmpuint (ranges->len, ==, 1);
  g_array_unref (ranges);
}

static void
test_tail (void)
{
  KeelRanges *ranges = keel_ranges_from_string ("5-10:1f,20-30:2e");

  keel_ranges_add (ranges, 9, 12);
  g_assert_cmpuint (keel_ranges_get (ranges, 0)->tail_hash, ==, 0);
  keel_ranges_add (ranges, 12, 20);
  g_assert_cmpuint (ranges->len, ==, 1);
  g_assert_cmpuint (keel_ranges_get (ranges, 0)->tail_hash, ==, 0x2e);
  g_array_unref (ranges);
}

static void
test_text (void)
{
  static const char good[] = "5-10,20-30:ffffffffffffffff,31-9007199254740992";
  KeelRanges *ranges = keel_ranges_from_string (good);
  g_autofree char *again = keel_ranges_to_string (ranges);

  g_assert_cmpstr (again, ==, good);
  g_array_unref (ranges);
  g_assert_null (keel_ranges_to_string (NULL));
}

static void
test_garbage (void)
{
  static const char *const bad[] = {
    "",
    "5",
    "5-",
    "-5",
    "5-5",
    "6-5",
    "5-10,",
    ",5-10",
    "5-10,10-20",
    "5-10,7-20",
    "5-10:",
    "5-10:0",
    "5-10:x",
    "5-10:1:1",
    "+5-10",
    "5--10",
    "5-9007199254740993",
    "5-10 ",
    "5-10,1-2",
  };

  g_assert_null (keel_ranges_from_string (NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (keel_ranges_from_string (bad[i]));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ranges/add", test_add);
  g_test_add_func ("/ranges/next", test_next);
  g_test_add_func ("/ranges/tail", test_tail);
  g_test_add_func ("/ranges/text", test_text);
  g_test_add_func ("/ranges/garbage", test_garbage);
  return g_test_run ();
}
