/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-checksum.h"

#include "keel-task-error.h"

#include <glib/gstdio.h>
#include <string.h>

#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void
test_parse (void)
{
  static const struct {
    const char *text;
    const char *algorithm; /* NULL: refused */
  } cases[] = {
    { "sha-256:" EMPTY_SHA256, "sha-256" },
    { "SHA-256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", "sha-256" },
    { "md5:d41d8cd98f00b204e9800998ecf8427e", "md5" },
    { "sha-1:da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha-1" },
    { "sha-256:", NULL },
    { "sha-256:abc", NULL },
    { "sha-256:" EMPTY_SHA256 "00", NULL },
    { "sha-256:g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", NULL },
    { "crc32:00000000", NULL },
    { EMPTY_SHA256, NULL },
    { "", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *algorithm = NULL;
      g_autofree char *hex = NULL;
      g_autoptr (GError) error = NULL;
      gboolean is_good = keel_checksum_parse (cases[i].text, &algorithm, &hex, &error);

      g_test_message ("“%s”", cases[i].text);
      g_assert_cmpint (is_good, ==, cases[i].algorithm != NULL);
      g_assert_cmpstr (algorithm, ==, cases[i].algorithm);
      if (!is_good)
        g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT);
      else
        g_assert_true (strspn (hex, "0123456789abcdef") == strlen (hex));
    }
}

/* Against GLib's own implementation, over more than one read. */
static char *
compute (KeelPartFile  *part,
         guint64        length,
         const char    *algorithm,
         GError       **error)
{
  g_autoptr (KeelChecksum) checksum = keel_checksum_new (algorithm);

  return keel_checksum_finish (checksum, part, length, NULL, error);
}

static void
test_compute (void)
{
  static const struct {
    const char *word;
    GChecksumType type;
  } algorithms[] = {
    { "sha-256", G_CHECKSUM_SHA256 },
    { "sha-512", G_CHECKSUM_SHA512 },
    { "sha-1", G_CHECKSUM_SHA1 },
    { "md5", G_CHECKSUM_MD5 },
  };
  g_autofree char *dir = g_dir_make_tmp ("keel-XXXXXX", NULL);
  g_autoptr (KeelPartFile) part = NULL;
  gsize length = 3 * 1024 * 1024 + 17;
  g_autofree guchar *bytes = g_malloc (length + 100);

  for (gsize i = 0; i < length + 100; i++)
    bytes[i] = (guchar) g_test_rand_int ();
  keel_part_file_open (KEEL_PLACE_NAMED (dir), ".x.part", "token", 0, 0, &part, NULL);
  g_assert_true (keel_part_file_write (part, bytes, length + 100, 0, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      g_autofree char *expected = g_compute_checksum_for_data (algorithms[i].type, bytes, length);
      g_autofree char *actual = compute (part, length, algorithms[i].word, NULL);
      g_autoptr (KeelChecksum) checksum = keel_checksum_new (algorithms[i].word);
      g_autofree char *again = NULL;

      g_assert_cmpstr (actual, ==, expected);
      /* Some come, the rest is read. */
      keel_checksum_add (checksum, bytes, 100);
      keel_checksum_add (checksum, bytes + 100, 1000001);
      g_assert_cmpuint (keel_checksum_get_position (checksum), ==, 1000101);
      again = keel_checksum_finish (checksum, part, length, NULL, NULL);
      g_assert_cmpstr (again, ==, expected);
    }
  g_assert_true (keel_part_file_discard (KEEL_PLACE_NAMED (dir), ".x.part", "token", 0, NULL));
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

static void
test_shorter (void)
{
  g_autofree char *dir = g_dir_make_tmp ("keel-XXXXXX", NULL);
  g_autoptr (KeelPartFile) part = NULL;
  g_autoptr (GError) error = NULL;

  keel_part_file_open (KEEL_PLACE_NAMED (dir), ".x.part", "token", 0, 0, &part, NULL);
  g_assert_true (keel_part_file_write (part, "abc", 3, 0, NULL));
  g_assert_null (compute (part, 4, "md5", &error));
  g_assert_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_DISK);
  g_assert_true (keel_part_file_discard (KEEL_PLACE_NAMED (dir), ".x.part", "token", 0, NULL));
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

/* RFC 9530, and headers that are not. */
static void
test_digest (void)
{
#define SHA256 "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
#define HEX "44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38"
  static const struct {
    const char *header, *algorithm, *hex;
  } cases[] = {
    { SHA256, "sha-256", HEX },
    { "md5=:AAAA:, " SHA256, "sha-256", HEX },
    { SHA256 ";x=1", "sha-256", HEX },
    { "sha-512=:AAAA:, " SHA256, "sha-256", HEX },
    { NULL, NULL, NULL },
    { "", NULL, NULL },
    { "sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=", NULL, NULL },
    { "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=", NULL, NULL },
    { "sha-256=:RK/0:", NULL, NULL },
    { "sha-256=:!!!!:", NULL, NULL },
    { "sha-256", NULL, NULL },
    { "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:", NULL, NULL },
    { ",,,", NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *algorithm = NULL;
      g_autofree char *hex = NULL;

      g_test_message ("%s", cases[i].header);
      g_assert_cmpint (keel_checksum_parse_digest (cases[i].header, &algorithm, &hex), ==,
                       cases[i].hex != NULL);
      g_assert_cmpstr (algorithm, ==, cases[i].algorithm);
      g_assert_cmpstr (hex, ==, cases[i].hex);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/checksum/parse", test_parse);
  g_test_add_func ("/checksum/compute", test_compute);
  g_test_add_func ("/checksum/shorter", test_shorter);
  g_test_add_func ("/checksum/digest", test_digest);
  return g_test_run ();
}
