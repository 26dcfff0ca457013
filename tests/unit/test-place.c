/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-place.h"

#include "keel-task-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Folders by path and by descriptor: which are taken, and when one is lost. */

typedef struct {
  char *root;
  char *dir;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->root = g_dir_make_tmp ("keel-XXXXXX", NULL);
  fixture->dir = g_build_filename (fixture->root, "given", NULL);
  g_assert_cmpint (g_mkdir (fixture->dir, 0700), ==, 0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_cmpuint (keel_folder_hold_count (), ==, 0);
  if (g_file_test (fixture->dir, G_FILE_TEST_EXISTS))
    g_assert_cmpint (g_remove (fixture->dir), ==, 0);
  g_assert_cmpint (g_rmdir (fixture->root), ==, 0);
  g_free (fixture->dir);
  g_free (fixture->root);
}

static void
take (const char *path,
      int         flags,
      KeelPlace  *place)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (keel_place_take (place, open (path, flags | O_CLOEXEC), &error));
  g_assert_no_error (error);
}

static void
assert_refused (int fd)
{
  g_auto (KeelPlace) place = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (fd, >=, 0);
  g_assert_false (keel_place_take (&place, fd, &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_BAD_DESTINATION);
  g_assert_null (place.hold);
  /* It was taken over all the same. */
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, -1);
}

static void
test_take (Fixture       *fixture,
           gconstpointer  data)
{
  g_auto (KeelPlace) place = { 0 };
  g_autofree char *deleted = g_build_filename (fixture->root, "deleted", NULL);
  int fd;

  take (fixture->dir, O_RDONLY, &place);
  g_assert_cmpint (place.kind, ==, KEEL_FOLDER_HANDED);
  g_assert_cmpstr (place.dir, ==, fixture->dir);
  g_assert_cmpuint (place.id.ino, !=, 0);
  g_assert_false (keel_place_is_lost (&place));
  assert_refused (open (fixture->dir, O_PATH | O_CLOEXEC));
  assert_refused (open ("/dev/null", O_RDWR | O_CLOEXEC));
  assert_refused (open ("/proc/self/status", O_RDONLY | O_CLOEXEC));
  g_assert_cmpint (g_mkdir (deleted, 0700), ==, 0);
  fd = open (deleted, O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (g_rmdir (deleted), ==, 0);
  assert_refused (fd);
}

/* A folder that looks as if it had been deleted. */
static void
test_odd_name (Fixture       *fixture,
               gconstpointer  data)
{
  g_auto (KeelPlace) place = { 0 };
  g_autofree char *odd = g_build_filename (fixture->root, "x (deleted)", NULL);

  g_assert_cmpint (g_mkdir (odd, 0700), ==, 0);
  take (odd, O_RDONLY, &place);
  g_assert_false (keel_place_is_lost (&place));
  g_assert_cmpint (g_rmdir (odd), ==, 0);
  g_assert_true (keel_place_is_lost (&place));
}

/* Held, it is there wherever it is called. */
static void
test_held (Fixture       *fixture,
           gconstpointer  data)
{
  g_auto (KeelPlace) place = { 0 };
  g_auto (KeelPlace) copy = { 0 };
  g_autofree char *moved = g_build_filename (fixture->root, "moved", NULL);
  struct stat info;
  struct stat wanted;
  int fd;

  take (fixture->dir, O_RDONLY, &place);
  keel_place_copy (&copy, &place);
  keel_place_clear (&place);
  g_assert_cmpint (g_rename (fixture->dir, moved), ==, 0);
  fd = keel_place_open (&copy);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fstat (fd, &info), ==, 0);
  g_assert_cmpint (stat (moved, &wanted), ==, 0);
  g_assert_cmpuint (info.st_ino, ==, wanted.st_ino);
  close (fd);
  g_assert_false (keel_place_is_lost (&copy));
  g_assert_cmpint (g_rmdir (moved), ==, 0);
  g_assert_true (keel_place_is_lost (&copy));
}

/* After a restart there is the path, and which folder it was. */
static void
test_reopened (Fixture       *fixture,
               gconstpointer  data)
{
  g_auto (KeelPlace) place = { 0 };
  g_autofree char *moved = g_build_filename (fixture->root, "moved", NULL);
  int fd;

  take (fixture->dir, O_RDONLY, &place);
  g_clear_pointer (&place.hold, keel_folder_hold_unref);
  fd = keel_place_open (&place);
  g_assert_cmpint (fd, >=, 0);
  close (fd);
  g_assert_false (keel_place_is_lost (&place));

  g_assert_cmpint (g_rename (fixture->dir, moved), ==, 0);
  g_assert_true (keel_place_is_lost (&place));
  g_assert_cmpint (g_mkdir (fixture->dir, 0700), ==, 0);
  g_assert_cmpint (keel_place_open (&place), ==, -1);
  g_assert_cmpint (errno, ==, ESTALE);
  g_assert_true (keel_place_is_lost (&place));
  /* Nothing is known of which it was: it is none. */
  place.id = (KeelFolderId) { 0 };
  g_assert_true (keel_place_is_lost (&place));
  g_assert_cmpint (g_rmdir (moved), ==, 0);
}

/* A path is waited for. */
static void
test_named (Fixture       *fixture,
            gconstpointer  data)
{
  int fd = keel_place_open (KEEL_PLACE_NAMED (fixture->dir));

  g_assert_cmpint (fd, >=, 0);
  close (fd);
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_assert_cmpint (keel_place_open (KEEL_PLACE_NAMED (fixture->dir)), ==, -1);
  g_assert_false (keel_place_is_lost (KEEL_PLACE_NAMED (fixture->dir)));
}

/* The spool is made, for nobody else; and a link in its place is not followed. */
static void
test_spool (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *root = g_build_filename (fixture->dir, "spool", NULL);
  g_autofree char *dir = g_build_filename (root, "app", NULL);
  KeelPlace place = { .kind = KEEL_FOLDER_SPOOL, .dir = dir };
  struct stat info;
  int fd = keel_place_open (&place);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fstat (fd, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  close (fd);
  g_assert_cmpint (stat (root, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
  g_assert_cmpint (symlink (fixture->root, dir), ==, 0);
  g_assert_cmpint (keel_place_open (&place), ==, -1);
  g_assert_cmpint (g_unlink (dir), ==, 0);
  g_assert_cmpint (g_rmdir (root), ==, 0);
}

#define ADD(name, func) g_test_add ("/place/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("take", test_take);
  ADD ("odd-name", test_odd_name);
  ADD ("held", test_held);
  ADD ("reopened", test_reopened);
  ADD ("named", test_named);
  ADD ("spool", test_spool);
  return g_test_run ();
}
