/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-launcher.h"

#include "keel-file-type.h"
#include "keel-links.h"

/* Hands files to other applications: opened with the one that the person prefers, or shown where
 * they are by the file manager; the sign-in page of a network to the browser, and the help to its
 * viewer. A file that would run or install something is never opened from here, whoever asks. */

#define FILE_MANAGER_NAME "org.freedesktop.FileManager1"
#define FILE_MANAGER_PATH "/org/freedesktop/FileManager1"

static void
launched_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_app_info_launch_default_for_uri_finish (result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Takes @task. */
static void
launch (GTask      *task,
        const char *uri)
{
  GdkDisplay *display = gdk_display_get_default ();
  g_autoptr (GdkAppLaunchContext) context = NULL;

  context = display != NULL ? gdk_display_get_app_launch_context (display) : NULL;
  g_app_info_launch_default_for_uri_async (uri, G_APP_LAUNCH_CONTEXT (context),
                                           g_task_get_cancellable (task), launched_cb, task);
}

/* Takes @task. */
static void
launch_file (GTask *task,
             GFile *file)
{
  g_autofree char *uri = g_file_get_uri (file);

  launch (task, uri);
}

/* There is no file manager that knows the interface: open the folder with what there is. */
static void
shown_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GFile) folder = g_file_get_parent (g_task_get_task_data (task));

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  if (reply != NULL || folder == NULL)
    g_task_return_boolean (task, TRUE);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    launch_file (g_steal_pointer (&task), folder);
}

/* Takes @task. */
static void
show_in_folder (GTask *task)
{
  g_autofree char *uri = g_file_get_uri (g_task_get_task_data (task));
  const char *const uris[] = { uri, NULL };
  GDBusConnection *bus = g_application_get_dbus_connection (g_application_get_default ());

  if (bus == NULL)
    {
      g_autoptr (GFile) folder = g_file_get_parent (g_task_get_task_data (task));

      launch_file (task, folder);
      return;
    }

  g_dbus_connection_call (bus, FILE_MANAGER_NAME, FILE_MANAGER_PATH, FILE_MANAGER_NAME, "ShowItems",
                          g_variant_new ("(^ass)", uris, ""), NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                          g_task_get_cancellable (task), shown_cb, task);
}

/* Returns: (transfer full) (nullable): what to show of @task: its file, or while that is not there
 * yet a name in its folder, which a file manager takes as "open the folder" */
GFile *
keel_launcher_dup_file_of (KeelTask *task)
{
  GFile *file = keel_task_get_file (task);
  GFile *directory = keel_task_get_directory (task);

  if (file != NULL)
    return g_object_ref (file);
  if (directory != NULL && keel_task_get_name (task) != NULL)
    return g_file_get_child (directory, keel_task_get_name (task));

  return NULL;
}

/* Opens @file with the application for its kind; shows it in its folder if opening could run it. */
void
keel_launcher_open_async (GFile               *file,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autofree char *name = g_file_get_basename (file);

  g_task_set_source_tag (task, keel_launcher_open_async);
  g_task_set_task_data (task, g_object_ref (file), g_object_unref);

  if (keel_file_type_is_dangerous (name))
    show_in_folder (task);
  else
    launch_file (task, file);
}

void
keel_launcher_show_in_folder_async (GFile               *file,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, keel_launcher_show_in_folder_async);
  g_task_set_task_data (task, g_object_ref (file), g_object_unref);
  show_in_folder (task);
}

/* Shows the page on which a network wants a sign-in: it puts that in the place of any page that is
 * not encrypted, so the front page of @uri's own server will do, and no third one is told. */
void
keel_launcher_open_portal_async (const char          *uri,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autofree char *host = keel_links_dup_host (uri);
  g_autofree char *page = g_strdup_printf ("http://%s/", host != NULL ? host : "localhost");

  g_task_set_source_tag (task, keel_launcher_open_portal_async);
  launch (task, page);
}

/* Shows the help with whatever the desktop has for reading it. */
void
keel_launcher_open_help_async (GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, keel_launcher_open_help_async);
  launch (task, "help:keelboat");
}

gboolean
keel_launcher_finish (GAsyncResult  *result,
                      GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
