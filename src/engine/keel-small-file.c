/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-small-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* A small file of our own is written anew: whole and synced beside the old one, then renamed over
 * it. Who is killed in the middle leaves "<path>.new", which the next one writes over; under names
 * made up at random (as g_file_set_contents() does) they would gather. */

static gboolean
fail (const char  *path,
      GError     **error)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code), "%s: %s", path,
               g_strerror (code));
  return FALSE;
}

static gboolean
write_all (int         fd,
           const char *text,
           gsize       length)
{
  while (length > 0)
    {
      ssize_t written = TEMP_FAILURE_RETRY (write (fd, text, length));

      if (written <= 0)
        return FALSE;
      text += written;
      length -= (gsize) written;
    }
  return TEMP_FAILURE_RETRY (fsync (fd)) == 0;
}

/* Blocks. The file is readable by its owner only. On failure the old one stays. */
gboolean
keel_small_file_replace (const char  *path,
                         const char  *text,
                         gsize        length,
                         GError     **error)
{
  g_autofree char *beside = g_strconcat (path, ".new", NULL);
  int fd = TEMP_FAILURE_RETRY (
    open (beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  gboolean ok;

  if (fd < 0)
    return fail (beside, error);
  ok = write_all (fd, text, length) || fail (beside, error);
  close (fd);
  if (ok && rename (beside, path) != 0)
    ok = fail (path, error);
  if (!ok)
    unlink (beside);
  return ok;
}

/* Removes what a kill in the middle has left beside @path. */
void
keel_small_file_tidy (const char *path)
{
  g_autofree char *beside = g_strconcat (path, ".new", NULL);

  if (unlink (beside) != 0 && errno != ENOENT)
    g_info ("%s: %s", beside, g_strerror (errno));
}
