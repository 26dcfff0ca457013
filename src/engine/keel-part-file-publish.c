/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-part-file.h"

#include "keel-file-name.h"
#include "keel-task-error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The part file gets its final name, and no other file loses its own.
 *
 * The caller has committed `publishing(name, inode)` before it comes here, so that after a crash
 * the same call finishes what was begun: it looks at what is there and does what is left.
 *
 *   part file  final name  what happened              what is done
 *   ours       free        not renamed yet            rename, never over another
 *   ours       ours too    link made, unlink not      unlink the part name
 *   ours       another's   somebody took the name     TAKEN: the next name is committed first
 *   not there  ours        renamed                    sync the folder
 *   not there  not ours    after a start: the user    nothing
 *                          moved it already
 *                          else: it was taken away    LOST
 *
 * Where renameat2() knows no RENAME_NOREPLACE (NFS, some FUSE file systems), link() has the same
 * meaning; where there are no links either (FAT), an empty file made with O_EXCL holds the place
 * and is renamed over. */

#define MOST_NUMBERS 999

/* The inode under @name, 0 when there is nothing. Gives 0, or an errno: a stat that fails says
 * nothing about what is there. */
static int
look_up (int         dir_fd,
         const char *name,
         guint64    *out_ino)
{
  struct stat info;

  *out_ino = 0;
  if (fstatat (dir_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0)
    *out_ino = info.st_ino;
  else if (errno != ENOENT)
    return errno;
  return 0;
}

/* 0, or an errno. */
static int
rename_over_placeholder (int         dir_fd,
                         const char *from,
                         const char *to)
{
  int fd = openat (dir_fd, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

  if (fd < 0)
    return errno;
  close (fd);
  if (renameat (dir_fd, from, dir_fd, to) == 0)
    return 0;
  unlinkat (dir_fd, to, 0);
  return errno;
}

/* 0, or an errno; EEXIST when the name is taken. */
static int
rename_without_replacing (int         dir_fd,
                          const char *from,
                          const char *to)
{
  if (renameat2 (dir_fd, from, dir_fd, to, RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS)
    return errno;
  if (linkat (dir_fd, from, dir_fd, to, 0) == 0)
    return unlinkat (dir_fd, from, 0) == 0 ? 0 : errno;
  if (errno != EPERM && errno != ENOTSUP && errno != EMLINK && errno != ENOSYS)
    return errno;
  return rename_over_placeholder (dir_fd, from, to);
}

/* A number is put into the name that was chosen, not into one that has a number already. */
static char *
dup_free_name (int         dir_fd,
               const char *chosen)
{
  for (guint number = 1; number <= MOST_NUMBERS; number++)
    {
      g_autofree char *name = keel_file_name_number (chosen, number);
      guint64 ino;

      if (look_up (dir_fd, name, &ino) == 0 && ino == 0)
        return g_steal_pointer (&name);
    }
  return NULL;
}

/* 0, or an errno; ENODATA: neither name is there. */
static int
finish_rename (int         dir_fd,
               const char *part_name,
               guint64     ino,
               const char *name)
{
  guint64 part_ino;
  guint64 final_ino;
  int code = look_up (dir_fd, part_name, &part_ino);

  if (code == 0)
    code = look_up (dir_fd, name, &final_ino);
  if (code != 0)
    return code;
  if (part_ino == ino && final_ino == ino)
    return unlinkat (dir_fd, part_name, 0) == 0 ? 0 : errno;
  if (part_ino == ino)
    return rename_without_replacing (dir_fd, part_name, name);
  return final_ino == ino ? 0 : ENODATA;
}

/* Gives the sealed part file (of inode @ino) the name @name; @chosen is the name before numbers
 * were put into it. @is_recovery: the service has started since that was begun. The result is
 * durable. On TAKEN, commit @out_next (transfer full), and call
 * again with it. */
KeelPublishVerdict
keel_part_file_publish (const char  *dir,
                        const char  *part_name,
                        guint64      ino,
                        const char  *name,
                        const char  *chosen,
                        gboolean     is_recovery,
                        char       **out_next,
                        GError     **error)
{
  int dir_fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int code = dir_fd >= 0 ? finish_rename (dir_fd, part_name, ino, name) : errno;

  *out_next = NULL;
  if (code == ENODATA && is_recovery)
    code = 0;
  if (code == 0 && fsync (dir_fd) != 0 && errno != EINVAL)
    code = errno;
  if (code == EEXIST)
    *out_next = dup_free_name (dir_fd, chosen);
  if (dir_fd >= 0)
    close (dir_fd);
  if (*out_next != NULL)
    return KEEL_PUBLISH_TAKEN;
  if (code == ENODATA)
    return KEEL_PUBLISH_LOST;
  if (code != 0)
    {
      g_propagate_error (error, keel_task_error_new_errno (code, "The file cannot get its name"));
      return KEEL_PUBLISH_ERROR;
    }
  return KEEL_PUBLISH_DONE;
}
