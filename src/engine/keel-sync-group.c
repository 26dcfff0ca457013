/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-sync-group.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Makes many files durable at once: those that a disk thread found in its queue.
 *
 * Syncing a small file costs a commit of the file system's own journal, whatever its size. Eight
 * or more files together are therefore synced by one syncfs(), which takes a fifth of the time
 * that an fsync() each does; and every folder is synced once, however many names changed in it.
 *
 * syncfs() is believed only where it is known to wait for the disk and to report what went wrong:
 * on the disk file systems named below (and tmpfs, which has no disk). It also writes what other
 * programs left in the cache; where that once took long, it is not used again for the life of the
 * process. If it fails, nobody knows whose bytes were lost: then each file is asked by itself, and
 * the kernel reports the error to each descriptor that was open when it happened. If it works, each
 * file is asked too, which costs nothing then: syncfs() says nothing of what failed before the one
 * descriptor was opened that it is called with, and before Linux 5.8 nothing at all. */

#define LEAST_FOR_SYNCFS 8
#define LONG_USEC (2 * (gint64) G_USEC_PER_SEC)

typedef struct {
  int fd;     /* -1: only the folder's names */
  int dir_fd; /* -1: only the file */
  dev_t device;
  int code;
  gboolean is_synced; /* the file, and its name too */
  KeelSyncFunc func;
  gpointer user_data;
} Member;

struct _KeelSyncGroup {
  GArray *members; /* (owned) (element-type Member) */
  gboolean is_slow;
};

KeelSyncGroup *
keel_sync_group_new (void)
{
  KeelSyncGroup *self = g_new0 (KeelSyncGroup, 1);

  self->members = g_array_new (FALSE, FALSE, sizeof (Member));
  return self;
}

void
keel_sync_group_free (KeelSyncGroup *self)
{
  g_array_unref (self->members);
  g_free (self);
}

/* Promises @func that, when it is called with 0, what was written to @fd before this call and the
 * names that were changed in the folder @dir_fd are on disk. Either may be -1. The descriptors are
 * the caller's, and stay open until then. */
void
keel_sync_group_add (KeelSyncGroup *self,
                     int            fd,
                     int            dir_fd,
                     KeelSyncFunc   func,
                     gpointer       user_data)
{
  Member member = { .fd = fd, .dir_fd = dir_fd, .func = func, .user_data = user_data };
  struct stat info;

  if (fstat (fd >= 0 ? fd : dir_fd, &info) != 0)
    member.code = errno;
  else
    member.device = info.st_dev;
  g_array_append_val (self->members, member);
}

static gboolean
is_barrier (int fd)
{
  struct statfs info;

  if (fstatfs (fd, &info) != 0)
    return FALSE;
  switch ((guint32) info.f_type)
    {
    case EXT4_SUPER_MAGIC:
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case TMPFS_MAGIC:
      return TRUE;
    default:
      return FALSE;
    }
}

static guint
count_files (KeelSyncGroup *self,
             dev_t          device)
{
  guint count = 0;

  for (guint i = 0; i < self->members->len; i++)
    {
      const Member *member = &g_array_index (self->members, Member, i);

      if (member->fd >= 0 && member->device == device && member->code == 0)
        count++;
    }
  return count;
}

/* What is written of @member is on disk, unless that failed at any time since it was opened. */
static void
ask_for_failures (Member *member)
{
  member->is_synced = TRUE;
  if (member->fd >= 0 && sync_file_range (member->fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE) != 0)
    member->code = errno;
}

/* All that belongs to the file system of @first, by one call. */
static gboolean
sync_together (KeelSyncGroup *self,
               const Member  *first)
{
  gint64 began = g_get_monotonic_time ();
  gboolean ok = TEMP_FAILURE_RETRY (syncfs (first->fd)) == 0;

  if (g_get_monotonic_time () - began > LONG_USEC)
    self->is_slow = TRUE;
  for (guint i = 0; ok && i < self->members->len; i++)
    {
      Member *member = &g_array_index (self->members, Member, i);

      if (member->device == first->device && member->code == 0)
        ask_for_failures (member);
    }
  return ok;
}

static void
sync_files (KeelSyncGroup *self)
{
  gboolean may_sync_together = !self->is_slow;

  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = &g_array_index (self->members, Member, i);

      if (member->fd < 0 || member->code != 0 || member->is_synced)
        continue;
      if (may_sync_together && count_files (self, member->device) >= LEAST_FOR_SYNCFS &&
          is_barrier (member->fd))
        may_sync_together = sync_together (self, member);
      if (!member->is_synced && TEMP_FAILURE_RETRY (fsync (member->fd)) != 0)
        member->code = errno;
    }
}

/* A folder that cannot be synced on this file system (EINVAL): there is nothing better to do. */
static void
sync_folders (KeelSyncGroup *self)
{
  struct stat last = { 0 };
  gboolean has_last = FALSE;
  int code = 0;

  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = &g_array_index (self->members, Member, i);
      struct stat info;
      gboolean is_known;

      if (member->dir_fd < 0 || member->code != 0 || member->is_synced)
        continue;
      is_known = fstat (member->dir_fd, &info) == 0;
      if (!is_known || !has_last || info.st_dev != last.st_dev || info.st_ino != last.st_ino)
        code = TEMP_FAILURE_RETRY (fsync (member->dir_fd)) == 0 || errno == EINVAL ? 0 : errno;
      has_last = is_known;
      if (is_known)
        last = info;
      member->code = code;
    }
}

/* Makes everything durable that was added, and says so to each. */
void
keel_sync_group_commit (KeelSyncGroup *self)
{
  sync_files (self);
  sync_folders (self);
  for (guint i = 0; i < self->members->len; i++)
    {
      const Member *member = &g_array_index (self->members, Member, i);

      member->func (member->code, member->user_data);
    }
  g_array_set_size (self->members, 0);
}
