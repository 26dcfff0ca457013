/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-part-file-private.h"

#include "keel-folder.h"
#include "keel-task-error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Whether a file will fit, asked before its first byte instead of found out by its last.
 *
 * On ext4 and XFS, where that takes no time, the blocks are also reserved, so that two large files
 * that fit only one at a time do not meet in the middle. The size of the file stays what was
 * written: the reservation is not seen by anything that looks at the length. */

#define LEAST_RESERVED (16 * 1024 * 1024)
#define XFS_MAGIC 0x58465342
/* So much that a file of unknown length does not fill the disk again at once, or an eighth of a
 * small disk. */
#define ENOUGH_BYTES (256 * 1024 * 1024)
#define ENOUGH_PART 8

/* Whether @bytes more fit. A file system that does not tell how full it is is given the benefit of
 * the doubt. */
static gboolean
has_free (int      fd,
          guint64  bytes,
          guint64 *out_free)
{
  struct statvfs info;

  *out_free = 0;
  if (fstatvfs (fd, &info) != 0 || info.f_blocks == 0)
    return TRUE;
  if (bytes == KEEL_PART_FILE_ENOUGH)
    bytes = MIN ((guint64) ENOUGH_BYTES, (guint64) info.f_blocks * info.f_frsize / ENOUGH_PART);
  *out_free = (guint64) info.f_bavail * info.f_frsize;
  return bytes <= *out_free;
}

static gboolean
no_space (guint64   bytes,
          guint64   free_bytes,
          GError  **error)
{
  g_set_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_NO_SPACE,
               "The rest of the file has %" G_GUINT64_FORMAT " bytes; %" G_GUINT64_FORMAT
               " are free on the disk, which needs some of them for itself",
               bytes, free_bytes);
  return FALSE;
}

/* Cheap, and without writing zeros. */
static gboolean
can_reserve (int fd)
{
  struct statfs info;

  return fstatfs (fd, &info) == 0 &&
         (info.f_type == EXT4_SUPER_MAGIC || (guint32) info.f_type == XFS_MAGIC);
}

/* Makes sure, as far as that can be known, that a file that has @present bytes can grow to @total.
 * KEEL_TASK_ERROR_NO_SPACE says how much there is; KEEL_TASK_ERROR_TOO_LARGE: never on this file
 * system. */
gboolean
keel_part_file_make_room (KeelPartFile  *self,
                          guint64        present,
                          guint64        total,
                          GError       **error)
{
  guint64 largest = keel_folder_get_largest (self->fd);
  guint64 allocated = present;
  guint64 free_bytes;
  struct stat info;

  if (largest > 0 && total > largest)
    {
      g_set_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_TOO_LARGE,
                   "The file has %" G_GUINT64_FORMAT " bytes, this file system holds files of up to"
                   " %" G_GUINT64_FORMAT,
                   total, largest);
      return FALSE;
    }
  if (fstat (self->fd, &info) == 0)
    allocated = MAX (present, (guint64) info.st_blocks * 512);
  if (allocated >= total)
    return TRUE;
  if (!has_free (self->fd, total - allocated, &free_bytes))
    return no_space (total - present, free_bytes, error);
  if (total - allocated >= LEAST_RESERVED && can_reserve (self->fd) &&
      TEMP_FAILURE_RETRY (fallocate (self->fd, FALLOC_FL_KEEP_SIZE, (off_t) present,
                                     (off_t) (total - present))) != 0 &&
      (errno == ENOSPC || errno == EDQUOT))
    return no_space (total - present, free_bytes, error);
  return TRUE;
}

/* Whether a transfer that waits can go on: its folder is there and can be written to, and @bytes
 * more (or KEEL_PART_FILE_ENOUGH) fit. KEEL_TASK_ERROR_NO_SPACE, or KEEL_TASK_ERROR_DESTINATION. */
gboolean
keel_part_file_look (const KeelPlace  *place,
                     guint64           bytes,
                     GError          **error)
{
  guint64 free_bytes;
  gboolean ok = FALSE;
  int dir_fd = keel_place_open (place);

  if (dir_fd < 0 || faccessat (dir_fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
    keel_part_file_fail (errno, place->dir, error);
  else if (place->kind == KEEL_FOLDER_HANDED && keel_place_is_deleted (dir_fd))
    keel_part_file_fail (ENOENT, place->dir, error);
  else if (keel_folder_is_away (dir_fd, &place->id))
    keel_part_file_fail (ENODEV, place->dir, error);
  else if (!has_free (dir_fd, bytes, &free_bytes))
    no_space (bytes, free_bytes, error);
  else
    ok = TRUE;
  if (dir_fd >= 0)
    close (dir_fd);
  return ok;
}
