/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-delivery.h"

#include "keel-free-name.h"
#include "keel-part-file-private.h"
#include "keel-publisher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A file out of the spool into a folder that may be on any disk: whole and durable under its name,
 * or not there.
 *
 *   make     a file without a name (O_TMPFILE), which nothing is left of after a crash; where there
 *            is no such thing, a part file
 *   fill     by reference (FICLONE) where both are on one file system that can; else, if there is
 *            room, by copy_file_range(), else by reading and writing
 *   end      mode, origin; fsync the file
 *   name     by a link, or the publisher's way: never over another file
 *   sync     the folder
 *
 * Blocks, for as long as it takes. */

static gboolean
fail (int      code,
      GError **error)
{
  keel_part_file_fail (code, "The file cannot be delivered", error);
  return FALSE;
}

/* (transfer full) (nullable) */
static KeelPartFile *
make_nameless (const KeelPlace *to)
{
  int dir_fd = keel_place_open (to);
  int fd = dir_fd >= 0 ? openat (dir_fd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600) : -1;

  if (fd >= 0)
    return keel_part_file_new_nameless (dir_fd, fd);
  if (dir_fd >= 0)
    close (dir_fd);
  return NULL;
}

/* (transfer full); NULL with @error. */
static KeelPartFile *
make (const KeelPlace  *to,
      GError          **error)
{
  KeelPartFile *part = make_nameless (to);
  g_autofree char *name = NULL;
  g_autofree char *token = NULL;

  if (part != NULL)
    return part;
  name = keel_part_file_dup_random_name ();
  token = keel_part_file_dup_random_token ();
  if (keel_part_file_open (to, name, token, 0, 0, &part, error) == KEEL_PART_FILE_FOREIGN)
    fail (EEXIST, error);
  return part;
}

static gboolean
fill (KeelPartFile  *part,
      int            from_fd,
      guint64        length,
      GCancellable  *cancellable,
      GError       **error)
{
  if (ioctl (part->fd, FICLONE, from_fd) == 0)
    return TRUE;
  return keel_part_file_make_room (part, 0, length, error) &&
         keel_part_file_fill (part, from_fd, length, cancellable, error);
}

/* Gives what has no name yet the name @name, or the first with a number that is free. 0, or an
 * errno. */
static int
link_nameless (KeelPartFile  *part,
               const char    *name,
               char         **out_name)
{
  g_autofree char *from = g_strdup_printf ("/proc/self/fd/%d", part->fd);
  g_autofree char *leaf = g_strdup (name);

  for (guint tries = 0; leaf != NULL && tries < KEEL_FREE_NAME_MOST_TRIES; tries++)
    {
      if (linkat (AT_FDCWD, from, part->dir_fd, leaf, AT_SYMLINK_FOLLOW) == 0)
        {
          *out_name = g_steal_pointer (&leaf);
          return 0;
        }
      if (errno != EEXIST)
        return errno;
      g_free (leaf);
      leaf = keel_free_name_find (part->dir_fd, name);
    }
  return EEXIST;
}

static gboolean
name_file (KeelPartFile  *part,
           const char    *name,
           char         **out_name,
           GError       **error)
{
  int code = part->name == NULL ?
               link_nameless (part, name, out_name) :
               keel_publisher_name_now (part->dir_fd, part->name, part->ino, name, out_name);

  if (code == 0 && TEMP_FAILURE_RETRY (fsync (part->dir_fd)) != 0 && errno != EINVAL)
    {
      code = errno;
      unlinkat (part->dir_fd, *out_name, 0);
      g_clear_pointer (out_name, g_free);
    }
  return code == 0 ? TRUE : fail (code, error);
}

/* Copies the file @from_fd into @to, under @name or the next one that is free, which is given back.
 * On failure nothing is left there. KEEL_TASK_ERROR, or G_IO_ERROR_CANCELLED. (transfer full);
 * NULL with @error. */
char *
keel_delivery_run (int               from_fd,
                   const KeelPlace  *to,
                   const char       *name,
                   const char       *origin,
                   GCancellable     *cancellable,
                   GError          **error)
{
  g_autoptr (KeelPartFile) part = NULL;
  g_autofree char *given = NULL;
  struct stat info;

  if (fstat (from_fd, &info) != 0)
    {
      fail (errno, error);
      return NULL;
    }
  part = make (to, error);
  if (part == NULL)
    return NULL;
  if (!fill (part, from_fd, (guint64) info.st_size, cancellable, error) ||
      !keel_part_file_end (part, (guint64) info.st_size, origin, NULL, error) ||
      !keel_part_file_sync_whole (part, error) || !name_file (part, name, &given, error))
    {
      /* It is ours: the name is random, and it was made a moment ago. */
      if (part->name != NULL)
        unlinkat (part->dir_fd, part->name, 0);
      return NULL;
    }
  return g_steal_pointer (&given);
}
