/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-decoder.h"

#include "keel-task-error.h"

#include <glib/gstdio.h>
#include <string.h>

#define LENGTH (3 * 1024 * 1024 + 17)

typedef struct {
  char *dir;
  KeelPartFile *from;
  KeelPartFile *to;
  guint8 *plain;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->dir = g_dir_make_tmp ("keel-XXXXXX", NULL);
  keel_part_file_open (KEEL_PLACE_NAMED (fixture->dir), ".a.part", "token", 0, 0, &fixture->from,
                       NULL);
  fixture->to = keel_part_file_create_beside (fixture->from, ".b.part", "token", NULL);
  g_assert_nonnull (fixture->to);
  fixture->plain = g_malloc (LENGTH);
  for (gsize i = 0; i < LENGTH; i++)
    fixture->plain[i] = (guint8) (g_test_rand_int () & 15);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  keel_part_file_unref (fixture->from);
  keel_part_file_unref (fixture->to);
  g_assert_true (
    keel_part_file_discard (KEEL_PLACE_NAMED (fixture->dir), ".a.part", "token", 0, NULL));
  g_assert_true (
    keel_part_file_discard (KEEL_PLACE_NAMED (fixture->dir), ".b.part", "token", 0, NULL));
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->dir);
  g_free (fixture->plain);
}

/* One member, appended to the compressed file at @offset; gives where it ends. */
static guint64
append (Fixture      *fixture,
        const guint8 *bytes,
        gsize         length,
        guint64       offset)
{
  g_autoptr (GConverter)
    converter = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 1));
  gsize most = 2 * length + 1000;
  g_autofree guint8 *out = g_malloc (most);
  gsize taken = 0;
  gsize made = 0;

  g_assert_cmpint (g_converter_convert (converter, bytes, length, out, most,
                                        G_CONVERTER_INPUT_AT_END, &taken, &made, NULL),
                   ==, G_CONVERTER_FINISHED);
  g_assert_true (keel_part_file_write (fixture->from, out, made, offset, NULL));
  return offset + made;
}

static gboolean
decode (Fixture  *fixture,
        guint64   length,
        guint64  *out_length,
        GError  **error)
{
  g_assert_true (keel_part_file_truncate (fixture->to, 0, NULL));
  return keel_decoder_gunzip (fixture->from, length, fixture->to, NULL, out_length, error);
}

static void
check_plain (Fixture *fixture,
             guint64  length)
{
  g_autofree guint8 *found = g_malloc (LENGTH);

  g_assert_cmpuint (length, ==, LENGTH);
  g_assert_cmpint (keel_part_file_read (fixture->to, found, LENGTH, 0, NULL), ==, LENGTH);
  g_assert_cmpint (memcmp (found, fixture->plain, LENGTH), ==, 0);
}

static void
test_one (Fixture       *fixture,
          gconstpointer  data)
{
  guint64 end = append (fixture, fixture->plain, LENGTH, 0);
  guint64 length = 0;

  g_assert_true (decode (fixture, end, &length, NULL));
  check_plain (fixture, length);
}

static void
test_members (Fixture       *fixture,
              gconstpointer  data)
{
  guint64 end = append (fixture, fixture->plain, 1000, 0);
  guint64 length = 0;

  end = append (fixture, fixture->plain, 0, end);
  end = append (fixture, fixture->plain + 1000, LENGTH - 1000, end);
  g_assert_true (decode (fixture, end, &length, NULL));
  check_plain (fixture, length);
}

static void
assert_broken (Fixture *fixture,
               guint64  end)
{
  g_autoptr (GError) error = NULL;
  guint64 length = 0;

  g_assert_false (decode (fixture, end, &length, &error));
  g_assert_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_TRUNCATED);
}

/* Wherever it is cut, and wherever a bit flips, the trailer tells. */
static void
test_broken (Fixture       *fixture,
             gconstpointer  data)
{
  guint64 end = append (fixture, fixture->plain, 3000, 0);

  for (guint64 cut = 0; cut < end; cut += cut < 30 || cut > end - 30 ? 1 : 97)
    assert_broken (fixture, cut);
  for (guint64 at = 10; at < end; at += 61)
    {
      guint8 byte;

      g_assert_cmpint (keel_part_file_read (fixture->from, &byte, 1, at, NULL), ==, 1);
      byte ^= 4;
      g_assert_true (keel_part_file_write (fixture->from, &byte, 1, at, NULL));
      assert_broken (fixture, end);
      byte ^= 4;
      g_assert_true (keel_part_file_write (fixture->from, &byte, 1, at, NULL));
    }
  /* What follows a member must be another one. */
  g_assert_true (keel_part_file_write (fixture->from, "junk", 4, end, NULL));
  assert_broken (fixture, end + 4);
}

/* The file is shorter than was recorded. */
static void
test_shorter (Fixture       *fixture,
              gconstpointer  data)
{
  assert_broken (fixture, append (fixture, fixture->plain, 3000, 0) + 1);
}

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  guint64 end = append (fixture, fixture->plain, 3000, 0);
  g_autoptr (GError) error = NULL;
  guint64 length = 0;

  g_cancellable_cancel (cancellable);
  g_assert_false (
    keel_decoder_gunzip (fixture->from, end, fixture->to, cancellable, &length, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

#define ADD(name, func) g_test_add ("/decoder/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("one", test_one);
  ADD ("members", test_members);
  ADD ("broken", test_broken);
  ADD ("shorter", test_shorter);
  ADD ("cancelled", test_cancelled);
  return g_test_run ();
}
