/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A name with a number that nobody has: keel-free-name.c. */

#include "keel-free-name.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

typedef struct {
  char *dir;
  int fd;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->dir = g_dir_make_tmp ("keel-free-name-XXXXXX", NULL);
  fixture->fd = open (fixture->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (fixture->fd, >=, 0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);

  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    g_assert_cmpint (unlinkat (fixture->fd, name, 0), ==, 0);
  close (fixture->fd);
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->dir);
}

static void
put (Fixture    *fixture,
     const char *name)
{
  int fd = openat (fixture->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  close (fd);
}

static void
assert_found (Fixture    *fixture,
              const char *expected)
{
  g_autofree char *name = keel_free_name_find (fixture->fd, "a.tar.gz");

  g_assert_cmpstr (name, ==, expected);
}

/* Whatever the number, it is the next one. */
static void
test_next (Fixture       *fixture,
           gconstpointer  data)
{
  put (fixture, "a.tar.gz");
  for (guint number = 1; number <= 70; number++)
    {
      g_autofree char *next = g_strdup_printf ("a (%u).tar.gz", number);

      assert_found (fixture, next);
      put (fixture, next);
    }
}

/* Not the smallest perhaps, but one that is free. */
static void
test_gaps (Fixture       *fixture,
           gconstpointer  data)
{
  static const guint numbers[] = { 1, 2, 4, 7, 8, 9, 16 };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autofree char *name = g_strdup_printf ("a (%u).tar.gz", numbers[i]);
      g_autofree char *found = NULL;

      put (fixture, name);
      found = keel_free_name_find (fixture->fd, "a.tar.gz");
      g_assert_nonnull (found);
      g_assert_cmpint (faccessat (fixture->fd, found, F_OK, 0), !=, 0);
    }
}

/* Those that ask before any of them has its file get different ones. */
static void
test_promises (Fixture       *fixture,
               gconstpointer  data)
{
  for (guint number = 1; number <= 40; number++)
    {
      g_autofree char *expected = g_strdup_printf ("a (%u).tar.gz", number);
      g_autofree char *name = keel_free_name_promise (fixture->fd, "a.tar.gz");

      g_assert_cmpstr (name, ==, expected);
    }
  /* One got it; one will not need it. */
  put (fixture, "a (1).tar.gz");
  keel_free_name_release (fixture->fd, "a (1).tar.gz");
  keel_free_name_release (fixture->fd, "a (40).tar.gz");
  assert_found (fixture, "a (40).tar.gz");
  for (guint number = 2; number <= 39; number++)
    {
      g_autofree char *name = g_strdup_printf ("a (%u).tar.gz", number);

      keel_free_name_release (fixture->fd, name);
    }
  assert_found (fixture, "a (2).tar.gz");
}

/* Nothing can be known of it, so nobody gets a name there. */
static void
test_no_folder (Fixture       *fixture,
                gconstpointer  data)
{
  g_assert_null (keel_free_name_find (-1, "a"));
  keel_free_name_release (-1, "a");
}

#define ADD(name, func) g_test_add ("/free-name/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("next", test_next);
  ADD ("gaps", test_gaps);
  ADD ("promises", test_promises);
  ADD ("no-folder", test_no_folder);
  return g_test_run ();
}
