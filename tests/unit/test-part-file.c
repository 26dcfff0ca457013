/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-part-file.h"

#include "keel-task-error.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME ".0123.part"
#define TOKEN "feedbeef"
#define NOBODY 65534

typedef struct {
  char *dir;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->dir = g_dir_make_tmp ("keel-XXXXXX", NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  if (dir != NULL)
    g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->dir);
}

static char *
path_of (Fixture    *fixture,
         const char *name)
{
  return g_build_filename (fixture->dir, name, NULL);
}

static void
put (Fixture    *fixture,
     const char *name,
     const char *text)
{
  g_autofree char *path = path_of (fixture, name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
assert_contents (Fixture    *fixture,
                 const char *name,
                 const char *text)
{
  g_autofree char *path = path_of (fixture, name);
  g_autofree char *contents = NULL;

  g_file_get_contents (path, &contents, NULL, NULL);
  g_assert_cmpstr (contents, ==, text);
}

/* A part file of ours with "0123456789" in it; gives its inode. */
static guint64
make_part (Fixture *fixture)
{
  g_autoptr (KeelPartFile) part = NULL;

  g_assert_cmpint (keel_part_file_open (KEEL_PLACE_NAMED (fixture->dir), NAME, TOKEN, 0, 0, &part,
                                        NULL),
                   ==, KEEL_PART_FILE_OK);
  g_assert_true (keel_part_file_write (part, "0123456789", 10, 0, NULL));
  g_assert_true (keel_part_file_sync (part, NULL));
  return keel_part_file_get_ino (part);
}

static KeelPartFileVerdict
reopen (Fixture *fixture,
        guint64  ino,
        guint64  durable)
{
  g_autoptr (KeelPartFile) part = NULL;
  g_autoptr (GError) error = NULL;
  KeelPartFileVerdict verdict = keel_part_file_open (KEEL_PLACE_NAMED (fixture->dir), NAME, TOKEN,
                                                     ino, durable, &part, &error);

  g_assert_cmpint (verdict == KEEL_PART_FILE_OK, ==, part != NULL);
  g_assert_cmpint (verdict == KEEL_PART_FILE_ERROR, ==, error != NULL);
  return verdict;
}

static void
test_create (Fixture       *fixture,
             gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  g_autofree char *path = path_of (fixture, NAME);
  struct stat info;

  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_ino, ==, ino);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  assert_contents (fixture, NAME, "0123456789");
}

/* What is not durable is cut off, and counted. */
static void
test_continue (Fixture       *fixture,
               gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  g_autoptr (KeelPartFile) part = NULL;

  g_assert_cmpint (keel_part_file_open (KEEL_PLACE_NAMED (fixture->dir), NAME, TOKEN, ino, 4, &part,
                                        NULL),
                   ==, KEEL_PART_FILE_OK);
  g_assert_cmpuint (keel_part_file_get_cut_bytes (part), ==, 6);
  assert_contents (fixture, NAME, "0123");
}

/* Its inode was never recorded: nothing in it counts. */
static void
test_never_synced (Fixture       *fixture,
                   gconstpointer  data)
{
  make_part (fixture);
  g_assert_cmpint (reopen (fixture, 0, 0), ==, KEEL_PART_FILE_OK);
  assert_contents (fixture, NAME, "");
}

static void
test_lost (Fixture       *fixture,
           gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  g_autofree char *path = path_of (fixture, NAME);

  g_assert_cmpint (reopen (fixture, ino, 11), ==, KEEL_PART_FILE_LOST); /* shorter than it was */
  g_assert_cmpint (reopen (fixture, ino, 10), ==, KEEL_PART_FILE_LOST); /* gone */
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* Whatever has its place is left as it is. */
static void
test_foreign (Fixture       *fixture,
              gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  g_autofree char *path = path_of (fixture, NAME);
  g_autofree char *other = path_of (fixture, "other");

  /* somebody made a second link to it */
  g_assert_cmpint (link (path, other), ==, 0);
  g_assert_cmpint (reopen (fixture, ino, 4), ==, KEEL_PART_FILE_FOREIGN);
  assert_contents (fixture, "other", "0123456789");

  /* another file */
  g_assert_cmpint (g_unlink (path), ==, 0);
  put (fixture, NAME, "precious");
  g_assert_cmpint (reopen (fixture, ino, 4), ==, KEEL_PART_FILE_FOREIGN);
  assert_contents (fixture, NAME, "precious");

  /* a symbolic link, a folder, a FIFO */
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (symlink ("other", path), ==, 0);
  g_assert_cmpint (reopen (fixture, ino, 4), ==, KEEL_PART_FILE_FOREIGN);
  assert_contents (fixture, "other", "0123456789");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_cmpint (reopen (fixture, ino, 4), ==, KEEL_PART_FILE_FOREIGN);
  g_assert_cmpint (g_rmdir (path), ==, 0);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_cmpint (reopen (fixture, ino, 4), ==, KEEL_PART_FILE_FOREIGN);
}

/* The folder lets nobody in for a while: nothing is known of the file, and nothing is given up. */
static void
test_closed_folder (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree char *path = path_of (fixture, NAME);
  g_autoptr (GError) error = NULL;
  uid_t user = geteuid ();
  guint64 ino;

  /* To root every folder is open. */
  g_assert_true (user != 0 || chown (fixture->dir, NOBODY, NOBODY) == 0);
  g_assert_true (user != 0 || seteuid (NOBODY) == 0);
  ino = make_part (fixture);
  g_assert_cmpint (chmod (fixture->dir, 0400), ==, 0);
  g_assert_cmpint (reopen (fixture, ino, 10), ==, KEEL_PART_FILE_ERROR);
  g_assert_false (
    keel_part_file_discard (KEEL_PLACE_NAMED (fixture->dir), NAME, TOKEN, ino, &error));
  g_assert_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_DESTINATION);
  g_assert_cmpint (chmod (fixture->dir, 0700), ==, 0);
  /* Here it is the file. */
  g_assert_cmpint (chmod (path, 0), ==, 0);
  g_assert_cmpint (reopen (fixture, ino, 10), ==, KEEL_PART_FILE_FOREIGN);
  g_assert_cmpint (chmod (path, 0600), ==, 0);
  g_assert_cmpint (reopen (fixture, ino, 10), ==, KEEL_PART_FILE_OK);
  g_assert_true (user != 0 || seteuid (user) == 0);
}

static void
test_no_folder (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *missing = path_of (fixture, "missing");
  g_autoptr (KeelPartFile) part = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (keel_part_file_open (KEEL_PLACE_NAMED (missing), NAME, TOKEN, 0, 0, &part,
                                        &error),
                   ==, KEEL_PART_FILE_ERROR);
  g_assert_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_DESTINATION);
  g_assert_true (keel_part_file_discard (KEEL_PLACE_NAMED (missing), NAME, TOKEN, 0, NULL));
}

static void
test_discard (Fixture       *fixture,
              gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  g_autofree char *path = path_of (fixture, NAME);

  g_assert_true (
    keel_part_file_discard (KEEL_PLACE_NAMED (fixture->dir), NAME, TOKEN, ino + 1, NULL));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS)); /* not ours by its inode */
  g_assert_true (keel_part_file_discard (KEEL_PLACE_NAMED (fixture->dir), NAME, TOKEN, ino, NULL));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (keel_part_file_discard (KEEL_PLACE_NAMED (fixture->dir), NAME, TOKEN, ino, NULL));
}

#define ADD(name, func) g_test_add ("/part-file/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("create", test_create);
  ADD ("continue", test_continue);
  ADD ("never-synced", test_never_synced);
  ADD ("lost", test_lost);
  ADD ("foreign", test_foreign);
  ADD ("closed-folder", test_closed_folder);
  ADD ("no-folder", test_no_folder);
  ADD ("discard", test_discard);
  return g_test_run ();
}
