/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-spool.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* What folders and files are called in the spool, and what is cleared away there. */

#define TOKEN "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"

static void
test_dirs (void)
{
  static const struct {
    const char *app;
    const char *dir;
  } rows[] = {
    { "org.example.App", "/s/org.example.App" },
    { "a/b", "/s/a%2Fb" },
    { "..", "/s/%2E." },
    { ".hidden", "/s/%2Ehidden" },
    { "%2Ehidden", "/s/%252Ehidden" },
    { "a b", "/s/a%20b" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *dir = keel_spool_dup_dir ("/s", rows[i].app);

      g_assert_cmpstr (dir, ==, rows[i].dir);
      g_assert_true (keel_spool_contains ("/s", dir));
    }
  g_assert_false (keel_spool_contains ("/s", "/s"));
  g_assert_false (keel_spool_contains ("/s", "/spool/a"));
  g_assert_false (keel_spool_contains ("/s", "/s/a/b"));
}

/* However long it is, it has a folder of its own. */
static void
test_long_ids (void)
{
  char app[256] = { 0 };
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  memset (app, '/', sizeof app - 1);
  first = keel_spool_dup_dir ("/s", app);
  app[sizeof app - 2] = 'x';
  second = keel_spool_dup_dir ("/s", app);
  g_assert_cmpstr (first, !=, second);
  g_assert_cmpuint (strlen (first), <, 200);
}

static void
test_names (void)
{
  static const char *const chosen[] = { "a.pdf", "a.tar.gz", "a", "x y.z w" };
  static const char *const names[] = { TOKEN ".pdf", TOKEN ".tar.gz", TOKEN, TOKEN };

  for (gsize i = 0; i < G_N_ELEMENTS (chosen); i++)
    {
      g_autofree char *name = keel_spool_dup_name (TOKEN, chosen[i]);

      g_assert_cmpstr (name, ==, names[i]);
      g_assert_true (keel_spool_is_name (name));
    }
  g_assert_false (keel_spool_is_name ("a.pdf"));
  g_assert_false (keel_spool_is_name (TOKEN "0.pdf"));
  g_assert_false (keel_spool_is_name (TOKEN "-pdf"));
}

static char *
put (const char *dir,
     const char *name)
{
  char *path = g_build_filename (dir, name, NULL);

  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
  return path;
}

/* What no task has goes, if it is called as we call files; an empty folder goes with it. */
static void
test_sweep (void)
{
  g_autofree char *root = g_dir_make_tmp ("keel-XXXXXX", NULL);
  g_autofree char *dir = g_build_filename (root, "app", NULL);
  g_autofree char *empty = g_build_filename (root, "empty", NULL);
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *link = g_build_filename (dir, OTHER, NULL);
  static const char *const names[] = { TOKEN ".pdf", ".0123456789abcdef.part", "mine.pdf",
                                       OTHER ".pdf", ".fedcba9876543210.part" };

  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (empty, 0700), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_free (put (dir, names[i]));
  g_assert_cmpint (symlink ("mine.pdf", link), ==, 0);
  g_hash_table_add (known, (char *) names[0]);
  g_hash_table_add (known, (char *) names[1]);

  keel_spool_sweep (root, known);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (dir, names[i], NULL);

      g_assert_cmpint (g_file_test (path, G_FILE_TEST_EXISTS), ==, i < 3);
      if (i < 3)
        g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_false (g_file_test (empty, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_unlink (link), ==, 0);
  keel_spool_sweep (root, known);
  g_assert_cmpint (g_rmdir (root), ==, 0);
  keel_spool_sweep (root, known);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spool/dirs", test_dirs);
  g_test_add_func ("/spool/long-ids", test_long_ids);
  g_test_add_func ("/spool/names", test_names);
  g_test_add_func ("/spool/sweep", test_sweep);
  return g_test_run ();
}
