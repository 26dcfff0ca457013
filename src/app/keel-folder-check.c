/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-folder-check.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Whether files can be put into a folder, and how much room there is. Permissions do not tell: a
 * disk may be mounted read-only or be full, a share may have gone. So a file is made there; it has
 * no name, where the file system can do that, and none after a moment elsewhere. A folder that is
 * not there yet is as good as the one that it would be made in.
 *
 * In a thread, because a disk may take its time; nobody waits for it who does not want to. */

typedef struct {
  guint64 free_bytes;
  guint64 size_bytes;
} Room;

static gboolean
fail (GError     **error,
      const char  *path)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", path, g_strerror (code));
  return FALSE;
}

static gboolean
try_with_name (const char  *path,
               GError     **error)
{
  g_autofree char *name = g_build_filename (path, ".keelboat-XXXXXX", NULL);
  int fd = g_mkstemp_full (name, O_WRONLY | O_CLOEXEC, 0600);

  if (fd < 0)
    return fail (error, path);

  close (fd);
  return g_unlink (name) == 0 || fail (error, path);
}

static gboolean
try_to_write (const char  *path,
              GError     **error)
{
  int fd = open (path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

  if (fd >= 0)
    {
      close (fd);
      return TRUE;
    }
  if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)
    return try_with_name (path, error);

  return fail (error, path);
}

/* Returns: (transfer full): @path, or the first folder above it that is there */
static char *
dup_existing (const char *path)
{
  g_autofree char *present = g_strdup (path);

  while (!g_file_test (present, G_FILE_TEST_EXISTS) && present[1] != '\0')
    {
      char *parent = g_path_get_dirname (present);

      g_free (present);
      present = parent;
      if (g_str_equal (present, "."))
        break;
    }

  return g_steal_pointer (&present);
}

static void
check_thread (GTask        *task,
              gpointer      source,
              gpointer      task_data,
              GCancellable *cancellable)
{
  const char *path = g_file_peek_path (task_data);
  g_autofree char *present = path != NULL ? dup_existing (path) : NULL;
  struct statvfs about;
  GError *error = NULL;
  Room *room;

  if (path == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                               "The folder is not a local one");
      return;
    }
  if (!try_to_write (present, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  room = g_new0 (Room, 1);
  if (statvfs (present, &about) == 0)
    {
      room->free_bytes = (guint64) about.f_bavail * about.f_frsize;
      room->size_bytes = (guint64) about.f_blocks * about.f_frsize;
    }
  g_task_return_pointer (task, room, g_free);
}

/* @callback gets a result for keel_folder_check_finish(), in the main context of the caller. */
void
keel_folder_check_async (GFile               *folder,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, keel_folder_check_async);
  g_task_set_task_data (task, g_object_ref (folder), g_object_unref);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, check_thread);
}

/* Returns: TRUE if a file could be made; the sizes, of which each may be %NULL, are those of the
 *   file system, 0 if it does not say */
gboolean
keel_folder_check_finish (GAsyncResult  *result,
                          guint64       *out_free_bytes,
                          guint64       *out_size_bytes,
                          GError       **error)
{
  g_autofree Room *room = g_task_propagate_pointer (G_TASK (result), error);

  if (room == NULL)
    return FALSE;

  if (out_free_bytes != NULL)
    *out_free_bytes = room->free_bytes;
  if (out_size_bytes != NULL)
    *out_size_bytes = room->size_bytes;

  return TRUE;
}
