/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-carriage.h"

#include "keel-part-file-private.h"
#include "keel-task-error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A part file goes along when its transfer is to have another folder.
 *
 * It is committed before that it leaves the one for the other (keel-transfer-move.c), and then:
 *
 *   one file system   a rename, and both folders are synced. After a crash it is found in the one
 *                     or in the other, by its inode
 *   two of them       a copy, which is synced with its folder; then it is committed that the copy
 *                     counts, and only then the old one goes. After a crash before that commit the
 *                     copy is made anew, after it the old one is removed
 *   no old folder     nothing is taken along, and what is there is left alone: a drive that is
 *                     not plugged in is not there to be tidied up either
 *
 * An inode number says nothing about a file on another file system: a copy that was not finished
 * may have the very number of the old file. So it is asked first which of the two cases it is.
 *
 * The copy has the time of the old one, by which it is seen later whether somebody else has written
 * into it. Blocks, for as long as it takes. */

static KeelCarriageVerdict
fail (KeelCarriage *self,
      int           code)
{
  keel_part_file_fail (code, self->to.dir, &self->error);
  return KEEL_CARRIAGE_ERROR;
}

static gboolean
is_one_file_system (const KeelCarriage *self,
                    int                 from_fd,
                    int                 to_fd)
{
  struct stat from;
  struct stat to;
  KeelFolderId id;

  if (from_fd >= 0)
    return fstat (from_fd, &from) == 0 && fstat (to_fd, &to) == 0 && from.st_dev == to.st_dev;
  return self->from.id.fsid != 0 && keel_folder_identify (to_fd, &id) &&
         id.fsid == self->from.id.fsid;
}

/* Opens the part file in the folder @dir_fd, if it is there with all that counts; else -1. */
static int
open_part (const KeelCarriage *self,
           int                 dir_fd)
{
  return keel_part_file_open_at (dir_fd, self->part_name, self->token, self->ino, self->extent);
}

/* The old folder, unless it is not there, or stands in for one that is not. */
static int
open_old (const KeelCarriage *self)
{
  int fd = keel_place_open (&self->from);

  if (fd < 0 || !keel_folder_is_away (fd, &self->from.id))
    return fd;
  close (fd);
  return -1;
}

static void
discard (const KeelCarriage *self,
         int                 dir_fd,
         const char         *name,
         guint64             ino)
{
  g_autoptr (GError) error = NULL;

  if (name != NULL &&
      !keel_part_file_discard_at (dir_fd, self->from.dir, name, self->token, ino, &error))
    g_warning ("“%s” in “%s” cannot be removed: %s", name, self->from.dir, error->message);
}

static gboolean
sync_folder (int fd)
{
  return TEMP_FAILURE_RETRY (fsync (fd)) == 0 || errno == EINVAL;
}

/* It is in the new folder, as the file @fd. */
static KeelCarriageVerdict
arrive (KeelCarriage *self,
        int           to_fd,
        int           fd)
{
  struct stat info;

  if (fstat (fd, &info) != 0)
    return fail (self, errno);
  self->new_ino = info.st_ino;
  keel_folder_identify (to_fd, &self->folder);
  return KEEL_CARRIAGE_THERE;
}

/* Renames, but never over anything. 0, or an errno; EXDEV: it cannot be done by renaming. */
static int
rename_into (const KeelCarriage *self,
             int                 from_fd,
             int                 to_fd)
{
  struct stat info;

  if (renameat2 (from_fd, self->part_name, to_fd, self->part_name, RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS)
    return errno;
  /* The name is random: nobody else makes a file of that name in between. */
  if (fstatat (to_fd, self->part_name, &info, AT_SYMLINK_NOFOLLOW) == 0)
    return EEXIST;
  return renameat (from_fd, self->part_name, to_fd, self->part_name) == 0 ? 0 : errno;
}

static gboolean
keep_time (KeelPartFile *part,
           int           from_fd)
{
  struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { 0 } };
  struct stat info;

  if (fstat (from_fd, &info) != 0)
    return FALSE;
  times[1] = info.st_mtim;
  return futimens (part->fd, times) == 0;
}

/* A copy of the file @fd in the new folder. What an earlier try has left there goes. */
static KeelCarriageVerdict
copy (KeelCarriage *self,
      int           fd,
      GCancellable *cancellable)
{
  g_autoptr (KeelPartFile) part = NULL;
  KeelPartFileVerdict verdict;

  verdict = keel_part_file_open (&self->to, self->part_name, self->token, 0, 0, &part,
                                 &self->error);
  if (verdict == KEEL_PART_FILE_FOREIGN)
    return KEEL_CARRIAGE_NOTHING;
  if (verdict != KEEL_PART_FILE_OK)
    return KEEL_CARRIAGE_ERROR;
  if (keel_part_file_make_room (part, 0, MAX (self->total, self->extent), &self->error) &&
      keel_part_file_fill (part, fd, self->extent, cancellable, &self->error))
    {
      /* Without its time it is only looked at more closely. */
      keep_time (part, fd);
      if (keel_part_file_sync_whole (part, &self->error) && sync_folder (part->dir_fd) &&
          arrive (self, part->dir_fd, part->fd) == KEEL_CARRIAGE_THERE)
        return KEEL_CARRIAGE_COPIED;
      if (self->error == NULL)
        fail (self, errno);
    }
  keel_part_file_discard_at (part->dir_fd, self->to.dir, self->part_name, self->token, part->ino,
                             NULL);
  return KEEL_CARRIAGE_ERROR;
}

/* The file @fd is in the old folder, with all that counts. */
static KeelCarriageVerdict
take_along (KeelCarriage *self,
            int           from_fd,
            int           to_fd,
            int           fd,
            GCancellable *cancellable)
{
  int code = rename_into (self, from_fd, to_fd);

  if (code == EEXIST && is_one_file_system (self, from_fd, to_fd))
    return KEEL_CARRIAGE_NOTHING;
  /* A file system may be read-only for one of them only, as seen from here. */
  if (code != 0)
    return copy (self, fd, cancellable);
  if (!sync_folder (to_fd) || !sync_folder (from_fd))
    return fail (self, errno);
  return arrive (self, to_fd, fd);
}

static KeelCarriageVerdict
carry (KeelCarriage *self,
       int           from_fd,
       int           to_fd,
       GCancellable *cancellable)
{
  KeelCarriageVerdict verdict = KEEL_CARRIAGE_NOTHING;
  int fd = -1;

  if (self->extent > 0 && is_one_file_system (self, from_fd, to_fd))
    fd = open_part (self, to_fd);
  if (fd >= 0)
    verdict = arrive (self, to_fd, fd);
  else if (self->extent > 0 && from_fd >= 0 && (fd = open_part (self, from_fd)) >= 0)
    verdict = take_along (self, from_fd, to_fd, fd, cancellable);
  if (fd >= 0)
    close (fd);
  return verdict;
}

/* Takes the part file along, as far as that can be done. */
KeelCarriageVerdict
keel_carriage_run (KeelCarriage *self,
                   GCancellable *cancellable)
{
  KeelCarriageVerdict verdict;
  int to_fd = keel_place_open (&self->to);
  int from_fd;

  if (to_fd < 0)
    return fail (self, errno);
  from_fd = open_old (self);
  verdict = carry (self, from_fd, to_fd, cancellable);
  if (from_fd >= 0 && verdict != KEEL_CARRIAGE_ERROR)
    discard (self, from_fd, self->spare_name, 0);
  /* What is there is less than what was recorded, or nobody's: then it is nobody's loss. */
  if (from_fd >= 0 && verdict == KEEL_CARRIAGE_NOTHING)
    discard (self, from_fd, self->part_name, self->ino);
  if (from_fd >= 0)
    close (from_fd);
  close (to_fd);
  return verdict;
}

/* The copy counts now: removes what is left in the old folder. */
void
keel_carriage_tidy (KeelCarriage *self)
{
  int from_fd = open_old (self);

  if (from_fd < 0)
    return;
  discard (self, from_fd, self->part_name, 0);
  discard (self, from_fd, self->spare_name, 0);
  close (from_fd);
}

void
keel_carriage_clear (KeelCarriage *self)
{
  keel_place_clear (&self->from);
  keel_place_clear (&self->to);
  g_clear_pointer (&self->part_name, g_free);
  g_clear_pointer (&self->spare_name, g_free);
  g_clear_pointer (&self->token, g_free);
  g_clear_error (&self->error);
}
