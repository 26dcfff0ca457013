/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-sync-group.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Files that are made durable together, with the kernel's calls replaced: which of them are made,
 * and who hears of a failure. The files are in memory, on a tmpfs. */

#define N_FILES 10

static guint n_syncfs;
static guint n_fsync;
static int syncfs_code;
static int bad_fd;

int
syncfs (int fd)
{
  n_syncfs++;
  errno = syncfs_code;
  return syncfs_code != 0 ? -1 : 0;
}

/* Each failure is told to a descriptor once, by whichever call asks. */
static int
tell (int fd)
{
  if (fd != bad_fd)
    return 0;
  bad_fd = -1;
  errno = EIO;
  return -1;
}

int
fsync (int fd)
{
  n_fsync++;
  return tell (fd);
}

int
sync_file_range (int          fd,
                 __off64_t    offset,
                 __off64_t    count,
                 unsigned int flags)
{
  g_assert_cmpint (offset, ==, 0);
  g_assert_cmpint (count, ==, 0);
  g_assert_cmpuint (flags, ==, SYNC_FILE_RANGE_WAIT_BEFORE);
  return tell (fd);
}

typedef struct {
  KeelSyncGroup *group;
  int fds[N_FILES];
  int codes[N_FILES];
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->group = keel_sync_group_new ();
  for (guint i = 0; i < N_FILES; i++)
    {
      fixture->fds[i] = memfd_create ("file", MFD_CLOEXEC);
      g_assert_cmpint (fixture->fds[i], >=, 0);
      fixture->codes[i] = -1;
    }
  n_syncfs = 0;
  n_fsync = 0;
  syncfs_code = 0;
  bad_fd = -1;
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  keel_sync_group_free (fixture->group);
  for (guint i = 0; i < N_FILES; i++)
    close (fixture->fds[i]);
}

static void
synced_cb (int      code,
           gpointer user_data)
{
  g_assert_cmpint (*(int *) user_data, ==, -1);
  *(int *) user_data = code;
}

static void
commit (Fixture *fixture,
        guint    count)
{
  for (guint i = 0; i < count; i++)
    keel_sync_group_add (fixture->group, fixture->fds[i], -1, synced_cb, &fixture->codes[i]);
  keel_sync_group_commit (fixture->group);
}

/* Everybody heard of his own file only. */
static void
assert_codes (Fixture *fixture,
              guint    count,
              guint    bad)
{
  for (guint i = 0; i < N_FILES; i++)
    g_assert_cmpint (fixture->codes[i], ==, i >= count ? -1 : i == bad ? EIO : 0);
}

static void
test_few (Fixture       *fixture,
          gconstpointer  data)
{
  bad_fd = fixture->fds[3];
  commit (fixture, 7);
  g_assert_cmpuint (n_syncfs, ==, 0);
  g_assert_cmpuint (n_fsync, ==, 7);
  assert_codes (fixture, 7, 3);
}

static void
test_many (Fixture       *fixture,
           gconstpointer  data)
{
  commit (fixture, N_FILES);
  g_assert_cmpuint (n_syncfs, ==, 1);
  g_assert_cmpuint (n_fsync, ==, 0);
  assert_codes (fixture, N_FILES, N_FILES);
}

/* Bytes of one were lost before, when somebody else heard of it: syncfs() has nothing to tell. */
static void
test_lost_before (Fixture       *fixture,
                  gconstpointer  data)
{
  bad_fd = fixture->fds[8];
  commit (fixture, N_FILES);
  g_assert_cmpuint (n_syncfs, ==, 1);
  assert_codes (fixture, N_FILES, 8);
}

/* Nobody knows whose bytes were lost: each is asked. */
static void
test_syncfs_fails (Fixture       *fixture,
                   gconstpointer  data)
{
  syncfs_code = EIO;
  bad_fd = fixture->fds[5];
  commit (fixture, N_FILES);
  g_assert_cmpuint (n_syncfs, ==, 1);
  g_assert_cmpuint (n_fsync, ==, N_FILES);
  assert_codes (fixture, N_FILES, 5);
}

#define ADD(name, func) g_test_add ("/sync-group/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("few", test_few);
  ADD ("many", test_many);
  ADD ("lost-before", test_lost_before);
  ADD ("syncfs-fails", test_syncfs_fails);
  return g_test_run ();
}
