/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-carriage.h"

#include "keel-part-file.h"
#include "keel-task-error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* A part file on its way from one folder into another: what a crash leaves behind at each place,
 * and that doing it once more makes it right. On one file system, and on two. */

#define PART ".0123456789abcdef.part"
#define SPARE ".fedcba9876543210.part"
#define LENGTH (3 * 1024 * 1024 + 17)

typedef struct {
  char *old_dir;
  char *new_dir;
  guint8 *bytes;
  guint64 ino;
  gint64 mtime_nsec;
} Folders;

static const char *const SAME = "same";
static const char *const OTHER = "other";

static char *
path_of (const char *dir,
         const char *name)
{
  return g_build_filename (dir, name, NULL);
}

static void
write_file (const char   *dir,
            const char   *name,
            const guint8 *bytes,
            gsize         length)
{
  g_autofree char *path = path_of (dir, name);

  g_assert_true (g_file_set_contents_full (path, (const char *) bytes, (gssize) length,
                                           G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static gboolean
exists (const char *dir,
        const char *name)
{
  g_autofree char *path = path_of (dir, name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
assert_part (const Folders *folders,
             const char    *dir)
{
  g_autofree char *path = path_of (dir, PART);
  g_autofree char *contents = NULL;
  struct stat info;
  gsize length;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  g_assert_cmpmem (contents, length, folders->bytes, LENGTH);
  g_assert_no_errno (g_stat (path, &info));
  g_assert_cmpint (info.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info.st_mtim.tv_nsec, ==,
                   folders->mtime_nsec);
}

static void
set_up (Folders       *folders,
        gconstpointer  where)
{
  g_autofree char *path = NULL;
  struct stat info;

  folders->old_dir = g_dir_make_tmp ("keel-carriage-XXXXXX", NULL);
  if (where == SAME)
    folders->new_dir = g_dir_make_tmp ("keel-carriage-XXXXXX", NULL);
  else
    folders->new_dir = g_mkdtemp (g_strdup ("/dev/shm/keel-carriage-XXXXXX"));
  g_assert_nonnull (folders->new_dir);
  folders->bytes = g_malloc (LENGTH);
  for (gsize i = 0; i < LENGTH; i++)
    folders->bytes[i] = (guint8) (i * 7 + i / 4096);
  write_file (folders->old_dir, PART, folders->bytes, LENGTH);
  write_file (folders->old_dir, SPARE, folders->bytes, 10);
  path = path_of (folders->old_dir, PART);
  g_assert_no_errno (g_stat (path, &info));
  folders->ino = info.st_ino;
  folders->mtime_nsec = info.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info.st_mtim.tv_nsec;
}

static void
remove_folder (char *dir)
{
  static const char *const names[] = { PART, SPARE };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = path_of (dir, names[i]);

      g_unlink (path);
    }
  g_rmdir (dir);
  g_free (dir);
}

static void
tear_down (Folders       *folders,
           gconstpointer  where)
{
  remove_folder (folders->old_dir);
  remove_folder (folders->new_dir);
  g_free (folders->bytes);
}

static void
prepare (const Folders *folders,
         KeelCarriage  *carriage)
{
  int fd;

  *carriage = (KeelCarriage) { .ino = folders->ino, .extent = LENGTH, .total = LENGTH + 1000 };
  carriage->from.dir = g_strdup (folders->old_dir);
  carriage->to.dir = g_strdup (folders->new_dir);
  carriage->part_name = g_strdup (PART);
  carriage->spare_name = g_strdup (SPARE);
  carriage->token = g_strdup ("t");
  fd = keel_place_open (&carriage->from);
  g_assert_cmpint (fd, >=, 0);
  g_assert_true (keel_folder_identify (fd, &carriage->from.id));
  g_assert_true (g_close (fd, NULL));
}

static gboolean
is_two_disks (const Folders *folders)
{
  struct stat here;
  struct stat there;

  return g_stat (folders->old_dir, &here) == 0 && g_stat (folders->new_dir, &there) == 0 &&
         here.st_dev != there.st_dev;
}

static void
carry (const Folders *folders)
{
  g_auto (KeelCarriage) carriage = { 0 };
  KeelCarriageVerdict verdict;

  prepare (folders, &carriage);
  verdict = keel_carriage_run (&carriage, NULL);
  g_assert_no_error (carriage.error);
  if (is_two_disks (folders))
    {
      g_assert_cmpint (verdict, ==, KEEL_CARRIAGE_COPIED);
      assert_part (folders, folders->old_dir);
      /* That it counts is committed here. */
      keel_carriage_tidy (&carriage);
    }
  else
    {
      g_assert_cmpint (verdict, ==, KEEL_CARRIAGE_THERE);
      g_assert_cmpuint (carriage.new_ino, ==, folders->ino);
    }
  assert_part (folders, folders->new_dir);
  g_assert_cmpuint (carriage.folder.ino, !=, 0);
  g_assert_false (exists (folders->old_dir, PART));
  g_assert_false (exists (folders->old_dir, SPARE));
}

static void
test_whole (Folders       *folders,
            gconstpointer  where)
{
  carry (folders);
}

/* Died when it was renamed, and nobody knew yet; or, on two disks, when all of it was copied. */
static void
test_again (Folders       *folders,
            gconstpointer  where)
{
  g_auto (KeelCarriage) carriage = { 0 };

  prepare (folders, &carriage);
  keel_carriage_run (&carriage, NULL);
  g_assert_no_error (carriage.error);
  carry (folders);
}

/* Likewise, and then somebody has removed the old folder. */
static void
test_again_without_the_old_one (Folders       *folders,
                                gconstpointer  where)
{
  g_auto (KeelCarriage) carriage = { 0 };
  g_auto (KeelCarriage) again = { 0 };
  KeelCarriageVerdict verdict = is_two_disks (folders) ? KEEL_CARRIAGE_NOTHING :
                                                         KEEL_CARRIAGE_THERE;

  prepare (folders, &carriage);
  prepare (folders, &again);
  keel_carriage_run (&carriage, NULL);
  if (where == OTHER)
    keel_carriage_tidy (&carriage);
  g_assert_no_errno (g_rmdir (folders->old_dir));
  /* Of a copy it would have been committed that it counts. */
  g_assert_cmpint (keel_carriage_run (&again, NULL), ==, verdict);
}

/* Died in the middle of copying; the file may be as long as the whole already. */
static void
test_half_a_copy (Folders       *folders,
                  gconstpointer  where)
{
  g_autofree guint8 *zeros = g_malloc0 (LENGTH);

  if (!is_two_disks (folders))
    return;
  write_file (folders->new_dir, PART, zeros, LENGTH);
  carry (folders);
}

/* What is not ours stays, and nothing is said to be there. */
static void
test_anothers_file (Folders       *folders,
                    gconstpointer  where)
{
  g_autofree char *path = path_of (folders->new_dir, PART);
  g_auto (KeelCarriage) carriage = { 0 };

  g_assert_no_errno (g_mkdir (path, 0700));
  prepare (folders, &carriage);
  g_assert_cmpint (keel_carriage_run (&carriage, NULL), ==, KEEL_CARRIAGE_NOTHING);
  g_assert_true (exists (folders->new_dir, PART));
  g_assert_no_errno (g_rmdir (path));
}

/* An empty mount point, or a shorter file, is not what was recorded. */
static void
test_not_the_old_one (Folders       *folders,
                      gconstpointer  where)
{
  g_auto (KeelCarriage) carriage = { 0 };
  g_auto (KeelCarriage) short_one = { 0 };

  prepare (folders, &carriage);
  carriage.from.id.ino++;
  carriage.from.id.fsid++;
  g_assert_cmpint (keel_carriage_run (&carriage, NULL), ==, KEEL_CARRIAGE_NOTHING);
  assert_part (folders, folders->old_dir);
  prepare (folders, &short_one);
  short_one.extent++;
  g_assert_cmpint (keel_carriage_run (&short_one, NULL), ==, KEEL_CARRIAGE_NOTHING);
  g_assert_false (exists (folders->new_dir, PART));
}

/* A copy that is stopped, or finds no room, leaves nothing behind. */
static void
test_stopped (Folders       *folders,
              gconstpointer  where)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (KeelCarriage) carriage = { 0 };
  g_auto (KeelCarriage) huge = { 0 };

  if (!is_two_disks (folders))
    return;
  g_cancellable_cancel (cancellable);
  prepare (folders, &carriage);
  g_assert_cmpint (keel_carriage_run (&carriage, cancellable), ==, KEEL_CARRIAGE_ERROR);
  g_assert_error (carriage.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  prepare (folders, &huge);
  huge.total = G_GUINT64_CONSTANT (1) << 60;
  g_assert_cmpint (keel_carriage_run (&huge, NULL), ==, KEEL_CARRIAGE_ERROR);
  g_assert_error (huge.error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_NO_SPACE);
  g_assert_false (exists (folders->new_dir, PART));
  assert_part (folders, folders->old_dir);
  carry (folders);
}

static void
test_no_new_folder (Folders       *folders,
                    gconstpointer  where)
{
  g_auto (KeelCarriage) carriage = { 0 };

  prepare (folders, &carriage);
  g_assert_no_errno (g_rmdir (folders->new_dir));
  g_assert_cmpint (keel_carriage_run (&carriage, NULL), ==, KEEL_CARRIAGE_ERROR);
  g_assert_error (carriage.error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_DESTINATION);
  assert_part (folders, folders->old_dir);
  g_assert_no_errno (g_mkdir (folders->new_dir, 0700));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                            \
  g_test_add ("/carriage/" name "/same", Folders, SAME, set_up, func, tear_down);                  \
  g_test_add ("/carriage/" name "/other", Folders, OTHER, set_up, func, tear_down)
  ADD ("whole", test_whole);
  ADD ("again", test_again);
  ADD ("again-without-the-old-one", test_again_without_the_old_one);
  ADD ("half-a-copy", test_half_a_copy);
  ADD ("anothers-file", test_anothers_file);
  ADD ("not-the-old-one", test_not_the_old_one);
  ADD ("stopped", test_stopped);
  ADD ("no-new-folder", test_no_new_folder);
#undef ADD
  return g_test_run ();
}
