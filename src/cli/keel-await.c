/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-await.h"

#include "keel-config.h"

/* A command does one thing after the other: the library's asynchronous calls, each with the main
 * loop running until its answer is there. */

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  GAsyncResult **answer = user_data;

  *answer = g_object_ref (result);
}

static GAsyncResult *
wait_for_answer (GAsyncResult **answer)
{
  while (*answer == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *answer;
}

/* A session to add to: its other tasks are of no interest here. Without @fetch, of those that are
 * added only the number is. */
KeelSession *
keel_await_session (const char  *identifier,
                    gboolean     fetch,
                    GError     **error)
{
  g_autoptr (GAsyncResult) answer = NULL;
  GVariantDict config;

  g_variant_dict_init (&config, NULL);
  g_variant_dict_insert (&config, "events", "b", FALSE);
  g_variant_dict_insert (&config, "follow", "b", FALSE);
  g_variant_dict_insert (&config, "fetch", "b", fetch);
  /* Who asked for it by hand gives it up by hand. */
  g_variant_dict_insert (&config, "timeout-resource", "x", (gint64) 0);
  g_variant_dict_insert (&config, "app-id", "s", KEEL_OWN_APP);
  keel_session_open_async (identifier, g_variant_dict_end (&config), NULL, answered_cb, &answer);
  return keel_session_open_finish (wait_for_answer (&answer), error);
}

KeelManager *
keel_await_manager (KeelManagerFlags   flags,
                    GError           **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_manager_open_async (flags, NULL, answered_cb, &answer);
  return keel_manager_open_finish (wait_for_answer (&answer), error);
}

GPtrArray *
keel_await_add (KeelSession   *session,
                KeelDownload **downloads,
                gsize          n_downloads,
                GError       **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_session_add_batch_async (session, downloads, n_downloads, NULL, answered_cb, &answer);
  return keel_session_add_batch_finish (session, wait_for_answer (&answer), error);
}

GPtrArray *
keel_await_tasks (KeelManager    *manager,
                  const guint64  *ids,
                  gsize           n_ids,
                  GError        **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_manager_fetch_tasks_async (manager, ids, n_ids, NULL, answered_cb, &answer);
  return keel_manager_fetch_tasks_finish (manager, wait_for_answer (&answer), error);
}

GVariant *
keel_await_control (KeelManager    *manager,
                    KeelVerb        verb,
                    const guint64  *ids,
                    gsize           n_ids,
                    gboolean        all,
                    GError        **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  if (all)
    keel_manager_control_all_async (manager, verb, NULL, answered_cb, &answer);
  else
    keel_manager_control_async (manager, verb, ids, n_ids, NULL, answered_cb, &answer);
  return keel_manager_control_finish (manager, wait_for_answer (&answer), error);
}

GVariant *
keel_await_status (KeelManager  *manager,
                   GError      **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_manager_get_status_async (manager, NULL, answered_cb, &answer);
  return keel_manager_get_status_finish (manager, wait_for_answer (&answer), error);
}

gboolean
keel_await_limits (KeelManager  *manager,
                   GVariant     *limits,
                   GError      **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_manager_set_limits_async (manager, limits, NULL, answered_cb, &answer);
  return keel_manager_set_limits_finish (manager, wait_for_answer (&answer), error);
}

gboolean
keel_await_max_rate (KeelTask  *task,
                     guint64    bytes_per_second,
                     GError   **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_task_set_max_rate_async (task, bytes_per_second, NULL, answered_cb, &answer);
  return keel_task_update_finish (task, wait_for_answer (&answer), error);
}

gboolean
keel_await_max_connections (KeelTask  *task,
                            guint      max_connections,
                            GError   **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_task_set_max_connections_async (task, max_connections, NULL, answered_cb, &answer);
  return keel_task_update_finish (task, wait_for_answer (&answer), error);
}

gboolean
keel_await_priority (KeelTask      *task,
                     KeelPriority   priority,
                     GError       **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_task_set_priority_async (task, priority, NULL, answered_cb, &answer);
  return keel_task_update_finish (task, wait_for_answer (&answer), error);
}

gboolean
keel_await_move (KeelTask      *task,
                 KeelPosition   position,
                 GError       **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_task_move_async (task, position, NULL, answered_cb, &answer);
  return keel_task_update_finish (task, wait_for_answer (&answer), error);
}

gboolean
keel_await_uri (KeelTask    *task,
                const char  *uri,
                GError     **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_task_set_uri_async (task, uri, NULL, answered_cb, &answer);
  return keel_task_update_finish (task, wait_for_answer (&answer), error);
}

/* Whether the service is there, which is not started by the question. FALSE without an error: it is
 * not. */
gboolean
keel_await_is_running (GError **error)
{
  g_autoptr (GAsyncResult) connected = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) reason = NULL;
  gboolean is_running = FALSE;

  g_bus_get (G_BUS_TYPE_SESSION, NULL, answered_cb, &connected);
  connection = g_bus_get_finish (wait_for_answer (&connected), &reason);
  if (connection != NULL)
    {
      g_dbus_connection_call (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                              "org.freedesktop.DBus", "NameHasOwner",
                              g_variant_new ("(s)", KEEL_SERVICE_ID), G_VARIANT_TYPE ("(b)"),
                              G_DBUS_CALL_FLAGS_NONE, -1, NULL, answered_cb, &answer);
      reply = g_dbus_connection_call_finish (connection, wait_for_answer (&answer), &reason);
    }
  if (reply != NULL)
    g_variant_get (reply, "(b)", &is_running);
  else
    g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_UNREACHABLE, reason->message);
  return is_running;
}

gboolean
keel_await_directory (KeelTask  *task,
                      GFile     *directory,
                      GError   **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_task_set_directory_async (task, directory, NULL, answered_cb, &answer);
  return keel_task_update_finish (task, wait_for_answer (&answer), error);
}

gboolean
keel_await_quit (KeelManager  *manager,
                 GError      **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_manager_quit_async (manager, NULL, answered_cb, &answer);
  return keel_manager_quit_finish (manager, wait_for_answer (&answer), error);
}
