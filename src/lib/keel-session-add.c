/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-session-private.h"

#include "keel-download-private.h"
#include "keel-error.h"

/* Adding downloads to a session. It is safe to repeat: each batch carries a nonce, so that a call
 * whose answer was lost with the service gives the ids of the first time. Once AddTasks was
 * answered the tasks exist, and whatever fails after that is not reported as a failure to add. */

typedef struct {
  GPtrArray *downloads; /* (owned) (element-type KeelDownload) */
  GArray *ids;          /* (owned) (nullable) of guint64, once the service has accepted */
} KeelSessionAdd;

static void
keel_session_add_free (KeelSessionAdd *add)
{
  g_ptr_array_unref (add->downloads);
  g_clear_pointer (&add->ids, g_array_unref);
  g_free (add);
}

/* What we know of a task without having asked: that the service has accepted it. */
static void
add_bare_row (GVariantBuilder *rows,
              KeelSession     *self,
              KeelDownload    *download,
              guint64          id)
{
  g_variant_builder_open (rows, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (rows, "{sv}", "id", g_variant_new_uint64 (id));
  g_variant_builder_add (rows, "{sv}", "session", g_variant_new_string (self->identifier));
  g_variant_builder_add (rows, "{sv}", "state", g_variant_new_string ("queued"));
  g_variant_builder_add (rows, "{sv}", "uri",
                         g_variant_new_string (keel_download_get_uri (download)));
  g_variant_builder_close (rows);
}

/* Those that the list does not have. */
static void
keel_session_add_bare_tasks (KeelSession          *self,
                             const KeelSessionAdd *add)
{
  const KeelTaskOrigin origin = { .remote = self->remote, .followed = self->follow };
  g_autoptr (GVariant) rows = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < add->ids->len; i++)
    {
      const guint64 id = g_array_index (add->ids, guint64, i);

      if (keel_task_list_find (self->list, id) == NULL)
        add_bare_row (&builder, self, g_ptr_array_index (add->downloads, i), id);
    }
  rows = g_variant_ref_sink (g_variant_builder_end (&builder));
  keel_task_list_merge (self->list, &origin, rows);
}

static void
keel_session_return_added (KeelSession *self,
                           GTask       *task)
{
  KeelSessionAdd *add = g_task_get_task_data (task);
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  keel_session_add_bare_tasks (self, add);
  for (guint i = 0; i < add->ids->len; i++)
    g_ptr_array_add (tasks,
                     g_object_ref (
                       keel_task_list_find (self->list, g_array_index (add->ids, guint64, i))));
  g_task_return_pointer (task, g_steal_pointer (&tasks), (GDestroyNotify) g_ptr_array_unref);
}

static void
fetched_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error = NULL;

  tasks = keel_task_feed_fetch_finish (KEEL_TASK_FEED (source), result, &error);
  if (tasks == NULL)
    g_debug ("The new tasks could not be read: %s", error->message);
  keel_session_return_added (g_task_get_source_object (task), task);
}

static gboolean
contains_zero (const guint64 *ids,
               gsize          n_ids)
{
  for (gsize i = 0; i < n_ids; i++)
    if (ids[i] == 0)
      return TRUE;
  return FALSE;
}

static void
added_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelSession *self = g_task_get_source_object (task);
  KeelSessionAdd *add = g_task_get_task_data (task);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) id_array = NULL;
  const guint64 *ids;
  gsize n_ids;
  GError *error = NULL;

  reply = keel_remote_call_finish (self->remote, result, &error);
  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  id_array = g_variant_get_child_value (reply, 0);
  ids = g_variant_get_fixed_array (id_array, &n_ids, sizeof (guint64));
  if (n_ids != add->downloads->len || contains_zero (ids, n_ids))
    {
      g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_UNSUPPORTED,
                               "The download service speaks another version");
      return;
    }
  add->ids = g_array_sized_new (FALSE, FALSE, sizeof (guint64), (guint) n_ids);
  g_array_append_vals (add->ids, ids, (guint) n_ids);

  /* Not cancellable: the tasks are there, and the caller must get to know them. */
  if (n_ids > 0 && (self->follow || self->fetch))
    keel_task_feed_fetch_async (self->feed, KEEL_LINK_CALL_USER, ids, n_ids, NULL, fetched_cb,
                                g_steal_pointer (&task));
  else
    keel_session_return_added (self, task);
}

static void
keel_session_add (KeelSession *self,
                  GTask       *task)
{
  KeelSessionAdd *add = g_task_get_task_data (task);
  g_autofree char *nonce = g_uuid_string_random ();
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  GVariantBuilder tasks;
  GVariantDict options;
  GError *error = NULL;

  g_variant_builder_init (&tasks, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < add->downloads->len; i++)
    {
      GVariant *download;

      download = keel_download_to_variant (g_ptr_array_index (add->downloads, i), fds, &error);
      if (download == NULL)
        {
          g_variant_builder_clear (&tasks);
          g_task_return_error (task, error);
          return;
        }
      g_variant_builder_add_value (&tasks, download);
    }

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "nonce", "s", nonce);
  keel_remote_call_with_fds_async (self->remote, KEEL_LINK_CALL_USER, "AddTasks",
                                   g_variant_new ("(aa{sv}@a{sv})", &tasks,
                                                  g_variant_dict_end (&options)),
                                   g_unix_fd_list_get_length (fds) > 0 ? fds : NULL,
                                   G_VARIANT_TYPE ("(at)"), g_task_get_cancellable (task), added_cb,
                                   g_object_ref (task));
}

/**
 * keel_session_add_download_async:
 * @self: a session
 * @download: what to download
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Hands a download over to the service.
 *
 * When it succeeds the task is on disk: it survives a crash of the service and of the machine. See
 * [method@Keel.Session.add_batch_async] for the main context and for what cancelling leaves.
 *
 * Since: 0.1
 */
void
keel_session_add_download_async (KeelSession         *self,
                                 KeelDownload        *download,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (download));

  keel_session_add_batch_async (self, &download, 1, cancellable, callback, user_data);
}

/**
 * keel_session_add_download_finish:
 * @self: a session
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Session.add_download_async]; see [method@Keel.Session.add_batch_finish] for the
 * errors.
 *
 * Returns: (transfer full): the new task, which is in the session's list, or %NULL on error
 *
 * Since: 0.1
 */
KeelTask *
keel_session_add_download_finish (KeelSession   *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_autoptr (GPtrArray) tasks = keel_session_add_batch_finish (self, result, error);

  return tasks != NULL ? g_object_ref (g_ptr_array_index (tasks, 0)) : NULL;
}

/**
 * keel_session_add_batch_async:
 * @self: a session
 * @downloads: (array length=n_downloads): what to download
 * @n_downloads: how many; the service takes at most 1,000 at a time
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Hands downloads over to the service: all of them or, if one is refused, none.
 *
 * When it succeeds the tasks are on disk: they survive a crash of the service and of the machine.
 * A service that crashes or restarts meanwhile is asked again, and nothing is added twice. To be
 * called in the main context of the session, in which @callback is called, too. After cancelling,
 * the tasks may or may not have been added; those that were appear in the list.
 *
 * Since: 0.1
 */
void
keel_session_add_batch_async (KeelSession          *self,
                              KeelDownload        **downloads,
                              gsize                 n_downloads,
                              GCancellable         *cancellable,
                              GAsyncReadyCallback   callback,
                              gpointer              user_data)
{
  g_autoptr (GTask) task = NULL;
  KeelSessionAdd *add;

  g_return_if_fail (KEEL_IS_SESSION (self));
  g_return_if_fail (downloads != NULL || n_downloads == 0);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, keel_session_add_batch_async);
  /* Once the tasks are there, that counts more than having been cancelled. */
  g_task_set_check_cancellable (task, FALSE);
  add = g_new0 (KeelSessionAdd, 1);
  add->downloads = g_ptr_array_new_with_free_func (g_object_unref);
  for (gsize i = 0; i < n_downloads; i++)
    g_ptr_array_add (add->downloads, g_object_ref (downloads[i]));
  g_task_set_task_data (task, add, (GDestroyNotify) keel_session_add_free);
  keel_session_add (self, task);
}

/**
 * keel_session_add_batch_finish:
 * @self: a session
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Session.add_batch_async].
 *
 * Errors: %KEEL_ERROR_BAD_URI, %KEEL_ERROR_BAD_DESTINATION, %KEEL_ERROR_INVALID_ARGUMENT,
 * %KEEL_ERROR_LIMITS_EXCEEDED, %KEEL_ERROR_NOT_ALLOWED, %KEEL_ERROR_UNREACHABLE,
 * %KEEL_ERROR_STATE, %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer container) (element-type KeelTask): the new tasks, in the order of the
 * downloads, or %NULL on error
 *
 * Since: 0.1
 */
GPtrArray *
keel_session_add_batch_finish (KeelSession   *self,
                               GAsyncResult  *result,
                               GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
