/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-open.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opening what is under a name in a folder that others can write to: never through a link, and
 * without waiting for whoever is at the other end of a pipe.
 *
 * The document portal, through which a sandbox has the folders that a person chose, opens its files
 * by links in /proc, and so refuses O_NOFOLLOW for every one of them, with the error for a link
 * (ELOOP). There the name is looked at first, and what was opened has to be what was seen: who puts
 * a link in its place meanwhile gains nothing. */

/* A file that is there already, as openat() does; @mode is O_RDONLY, O_WRONLY or O_RDWR. -1 with
 * errno set. */
int
keel_open_file_at (int         dir_fd,
                   const char *name,
                   int         mode)
{
  int flags = mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  int fd = TEMP_FAILURE_RETRY (openat (dir_fd, name, flags | O_NOFOLLOW));
  struct stat seen;
  struct stat opened;

  if (fd >= 0 || errno != ELOOP)
    return fd;
  if (fstatat (dir_fd, name, &seen, AT_SYMLINK_NOFOLLOW) != 0)
    return -1;
  if (S_ISREG (seen.st_mode))
    {
      fd = TEMP_FAILURE_RETRY (openat (dir_fd, name, flags));
      if (fd < 0)
        return -1;
      if (fstat (fd, &opened) == 0 && opened.st_dev == seen.st_dev && opened.st_ino == seen.st_ino)
        return fd;
      close (fd);
    }

  errno = ELOOP;
  return -1;
}
