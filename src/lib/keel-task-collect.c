/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-private.h"

#include <errno.h>
#include <fcntl.h>

#include <gio/gunixinputstream.h>
#include <glib-unix.h>

#include "keel-error.h"

/* Taking a finished file out of the spool, where the service keeps what was downloaded without a
 * destination for a program that cannot name one. Two ways: the file itself, to be read; or a copy
 * into a folder of the program's, which the service makes through a directory that we open, since
 * a path of ours may mean nothing to it. */

typedef struct {
  KeelTask *task; /* (unowned) the source object of the GTask */
  GFile *folder;  /* (owned) (nullable) */
  char *name;     /* (owned) (nullable) */
} KeelTaskCollect;

static void
keel_task_collect_free (KeelTaskCollect *collect)
{
  g_clear_object (&collect->folder);
  g_free (collect->name);
  g_free (collect);
}

static void
collected_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelTaskCollect *collect = g_task_get_task_data (task);
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) info = NULL;
  const char *name;
  GError *error = NULL;

  reply = keel_remote_call_with_fds_finish (KEEL_REMOTE (source), result, &fds, &error);
  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (reply, "(@a{sv})", &info);
  if (g_variant_lookup (info, "name", "^&ay", &name) && strchr (name, '/') == NULL)
    g_task_return_pointer (task, g_file_get_child (collect->folder, name), g_object_unref);
  else
    g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_UNSUPPORTED,
                             "The download service speaks another version");
}

static void
keel_task_call_collect (KeelTask            *self,
                        GVariantDict        *options,
                        GUnixFDList         *fds,
                        GAsyncReadyCallback  callback,
                        GTask               *task)
{
  keel_remote_call_with_fds_async (self->remote, KEEL_LINK_CALL_USER, "Collect",
                                   g_variant_new ("(t@a{sv})", self->row.id,
                                                  g_variant_dict_end (options)),
                                   fds, G_VARIANT_TYPE ("(a{sv})"), g_task_get_cancellable (task),
                                   callback, task);
}

/* In a thread: a folder may be on a disk that sleeps, or on a network. */
static void
open_folder (GTask        *task,
             gpointer      source_object,
             gpointer      task_data,
             GCancellable *cancellable)
{
  const char *path = g_file_peek_path (task_data);
  int fd;

  fd = path != NULL ? open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fd >= 0)
    g_task_return_int (task, fd);
  else
    g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_BAD_DESTINATION,
                             "The folder cannot be opened: %s",
                             path != NULL ? g_strerror (errno) : "it is not a local one");
}

static void
folder_opened_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelTaskCollect *collect = g_task_get_task_data (task);
  g_autoptr (GUnixFDList) fds = NULL;
  GVariantDict options;
  GError *error = NULL;
  int fd;

  fd = (int) g_task_propagate_int (G_TASK (result), &error);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  fds = g_unix_fd_list_new_from_array (&fd, 1);
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "dir-fd", "h", 0);
  if (collect->name != NULL)
    g_variant_dict_insert (&options, "name", "s", collect->name);
  keel_task_call_collect (collect->task, &options, fds, collected_cb, g_steal_pointer (&task));
}

/**
 * keel_task_collect_async:
 * @self: a finished task
 * @folder: a local folder
 * @name: (nullable): what the file is to be called, or %NULL for the name that it has
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Takes the file of a task into a folder, if it was downloaded without one: see
 * [property@Keel.Task:collectable].
 *
 * The service copies it (at no cost where the file system can share the bytes) and gives it a
 * number if the name is taken; then its own copy is gone. Ends when the file is on disk under its
 * name. To be called in the main context of the task's session, in which @callback is called, too.
 * Cancelling stops the waiting only: the file may appear in the folder all the same, whole.
 *
 * Since: 0.1
 */
void
keel_task_collect_async (KeelTask            *self,
                         GFile               *folder,
                         const char          *name,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) opening = NULL;
  KeelTaskCollect *collect;
  GTask *task;

  g_return_if_fail (KEEL_IS_TASK (self));
  g_return_if_fail (G_IS_FILE (folder));
  g_return_if_fail (name == NULL || g_utf8_validate (name, -1, NULL));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, keel_task_collect_async);
  collect = g_new0 (KeelTaskCollect, 1);
  collect->task = self;
  collect->folder = g_object_ref (folder);
  collect->name = g_strdup (name);
  g_task_set_task_data (task, collect, (GDestroyNotify) keel_task_collect_free);

  opening = g_task_new (self, NULL, folder_opened_cb, task);
  g_task_set_source_tag (opening, open_folder);
  g_task_set_task_data (opening, g_object_ref (folder), g_object_unref);
  g_task_run_in_thread (opening, open_folder);
}

/**
 * keel_task_collect_finish:
 * @self: a task
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Task.collect_async].
 *
 * Errors: %KEEL_ERROR_INVALID_STATE when the task has not finished or its file was taken before;
 * %KEEL_ERROR_BAD_DESTINATION when the folder cannot be opened or written;
 * %KEEL_ERROR_LIMITS_EXCEEDED when there is no room; %KEEL_ERROR_NO_SUCH_TASK,
 * %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE, %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the file, or %NULL on error
 *
 * Since: 0.1
 */
GFile *
keel_task_collect_finish (KeelTask      *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) info = NULL;
  gint32 handle;
  int fd = -1;
  GError *error = NULL;

  reply = keel_remote_call_with_fds_finish (KEEL_REMOTE (source), result, &fds, &error);
  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (reply, "(@a{sv})", &info);
  if (g_variant_lookup (info, "fd", "h", &handle) && fds != NULL &&
      handle < g_unix_fd_list_get_length (fds))
    fd = g_unix_fd_list_get (fds, handle, &error);
  if (fd >= 0)
    g_task_return_pointer (task, g_unix_input_stream_new (fd, TRUE), g_object_unref);
  else if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_UNSUPPORTED,
                             "The download service speaks another version");
}

/**
 * keel_task_read_async:
 * @self: a finished task
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Opens the file of a task for reading, if it was downloaded without a folder: see
 * [property@Keel.Task:collectable].
 *
 * The service keeps the file until [method@Keel.Task.collect_async] takes it or the task is
 * removed; what is open stays readable. To be called in the main context of the task's session, in
 * which @callback is called, too. Cancelling leaves nothing behind.
 *
 * Since: 0.1
 */
void
keel_task_read_async (KeelTask            *self,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  GTask *task;
  GVariantDict options;

  g_return_if_fail (KEEL_IS_TASK (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, keel_task_read_async);
  g_variant_dict_init (&options, NULL);
  keel_task_call_collect (self, &options, NULL, read_cb, task);
}

/**
 * keel_task_read_finish:
 * @self: a task
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Task.read_async].
 *
 * Errors: %KEEL_ERROR_INVALID_STATE when the task has not finished or its file was taken before;
 * %KEEL_ERROR_NO_SUCH_TASK, %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE, %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): a stream of the whole file, which has a file descriptor
 *   (`GFileDescriptorBased`); or %NULL on error
 *
 * Since: 0.1
 */
GInputStream *
keel_task_read_finish (KeelTask      *self,
                       GAsyncResult  *result,
                       GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
