/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-folder.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* What the file system under a folder is, as far as it matters to us.
 *
 * A folder on a drive that is not plugged in is usually still there: as the empty mount point.
 * Files that are missing in it are not lost, and must not be fetched again onto another disk. So
 * the folder is remembered by its inode and its file system's id. The id alone does not do: on some
 * file systems it is made from the device number and changes over reboots, and then the inode is
 * still the same. Both are other ones: it is another folder on another file system.
 *
 * FAT, exFAT and FUSE make inode numbers up and forget them when a drive is unplugged, or earlier.
 * There a number says nothing about a file. */

/* A file on FAT ends one byte before 4 GiB. */
#define FAT_LARGEST 0xffffffffull

static gboolean
is_type (int     fd,
         guint32 type)
{
  struct statfs info;

  return fstatfs (fd, &info) == 0 && (guint32) info.f_type == type;
}

/* FALSE with errno set. */
gboolean
keel_folder_identify (int           dir_fd,
                      KeelFolderId *out_id)
{
  struct statfs file_system;
  struct stat info;

  memset (out_id, 0, sizeof *out_id);
  if (fstat (dir_fd, &info) != 0 || fstatfs (dir_fd, &file_system) != 0)
    return FALSE;
  out_id->ino = info.st_ino;
  G_STATIC_ASSERT (sizeof file_system.f_fsid == sizeof out_id->fsid);
  memcpy (&out_id->fsid, &file_system.f_fsid, sizeof out_id->fsid);
  /* The database keeps 63 bits. */
  out_id->fsid &= G_MAXINT64;
  return TRUE;
}

/* Whether the folder stands in for @id, which is on a file system that is not there now. */
gboolean
keel_folder_is_away (int                 dir_fd,
                     const KeelFolderId *id)
{
  KeelFolderId now;

  return id->ino != 0 && keel_folder_identify (dir_fd, &now) && now.ino != id->ino &&
         now.fsid != id->fsid;
}

/* Whether it is the very folder that @id says, as far as anybody can tell. Where the number of a
 * file system changes over reboots, that is no more often than somebody can stand for. */
gboolean
keel_folder_is_same (int                 dir_fd,
                     const KeelFolderId *id)
{
  KeelFolderId now;

  return id->ino != 0 && keel_folder_identify (dir_fd, &now) && now.ino == id->ino &&
         now.fsid == id->fsid;
}

/* Whether an inode number that was recorded once still belongs to the same file. */
gboolean
keel_folder_has_stable_inodes (int fd)
{
  return !is_type (fd, MSDOS_SUPER_MAGIC) && !is_type (fd, EXFAT_SUPER_MAGIC) &&
         !is_type (fd, FUSE_SUPER_MAGIC);
}

/* How long a file can be; 0 when nothing is known. */
guint64
keel_folder_get_largest (int fd)
{
  return is_type (fd, MSDOS_SUPER_MAGIC) ? FAT_LARGEST : 0;
}
