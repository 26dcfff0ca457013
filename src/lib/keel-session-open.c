/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-session-private.h"

#include "keel-error.h"

/* Opening a session. The same session opened twice in a main context is the same object, whether
 * the first opening has ended or not, because a process is one listener to the service: if there
 * were two objects, closing one would make the other deaf. Only what is not followed stands by
 * itself. */

typedef struct {
  char *identifier;
  char *app_id; /* (nullable) */
  gboolean follow;
  gboolean fetch;
  gboolean events;
  GVariant *config; /* for the service, without "events" */

  KeelSession *session; /* (owned) (nullable) that this opening makes */
} Opening;

static void keel_session_open_start (GTask *task);

static void
opening_free (gpointer data)
{
  Opening *self = data;

  g_free (self->identifier);
  g_free (self->app_id);
  g_clear_pointer (&self->config, g_variant_unref);
  g_clear_object (&self->session);
  g_free (self);
}

/* What an unsandboxed program says that it is. */
static char *
take_app_id (GVariantDict *config)
{
  GApplication *application = g_application_get_default ();
  g_autofree char *app_id = NULL;

  if (!g_variant_dict_lookup (config, "app-id", "s", &app_id) && application != NULL)
    app_id = g_strdup (g_application_get_application_id (application));
  g_variant_dict_remove (config, "app-id");
  return app_id != NULL && app_id[0] != '\0' ? g_steal_pointer (&app_id) : NULL;
}

static gboolean
take_flag (GVariantDict *config,
           const char   *key)
{
  gboolean value = TRUE;

  g_variant_dict_lookup (config, key, "b", &value);
  g_variant_dict_remove (config, key);
  return value;
}

/* Keys for the library are taken out of the configuration, the rest is for the service. */
static Opening *
opening_new (const char *identifier,
             GVariant   *config)
{
  Opening *self = g_new0 (Opening, 1);
  GVariantDict dict;

  g_variant_dict_init (&dict, config);
  self->identifier = g_strdup (identifier);
  self->app_id = take_app_id (&dict);
  self->follow = take_flag (&dict, "follow");
  self->fetch = take_flag (&dict, "fetch");
  self->events = take_flag (&dict, "events");
  self->config = g_variant_ref_sink (g_variant_dict_end (&dict));
  return self;
}

/* Whether there are events is always said: the object relies on it. */
static GVariant *
opening_create_config (Opening *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, self->config);
  g_variant_dict_insert (&dict, "events", "b", self->events);
  return g_variant_dict_end (&dict);
}

static KeelSession *
keel_session_new (Opening  *opening,
                  KeelLink *link)
{
  KeelSession *self = g_object_new (KEEL_TYPE_SESSION, NULL);

  self->identifier = g_strdup (opening->identifier);
  self->app_id = g_strdup (opening->app_id);
  self->follow = opening->follow;
  self->fetch = opening->fetch;
  self->remote = keel_remote_new_session (link, opening->identifier,
                                          opening_create_config (opening), opening->app_id);
  keel_session_add_list (self);
  if (opening->events && opening->follow)
    keel_session_add_inbox (self);
  self->joiners = g_ptr_array_new_with_free_func (g_object_unref);
  keel_link_add_session (link, G_OBJECT (self));
  return self;
}

/* The tasks that asked, and the events that happened, before there was anybody to hear it. */
static gboolean
announce_cb (gpointer user_data)
{
  g_autoptr (KeelSession) self = g_weak_ref_get (user_data);
  g_autoptr (GPtrArray) asking = g_ptr_array_new_with_free_func (g_object_unref);

  if (self == NULL)
    return G_SOURCE_REMOVE;
  for (guint i = 0; i < keel_task_list_get_n_tasks (self->list); i++)
    {
      KeelTask *task = keel_task_list_peek (self->list, i);

      if (keel_task_has_challenge (task))
        g_ptr_array_add (asking, g_object_ref (task));
    }
  for (guint i = 0; i < asking->len; i++)
    keel_session_emit_challenge (self, g_ptr_array_index (asking, i));
  if (self->inbox != NULL)
    keel_event_inbox_listen (self->inbox);
  return G_SOURCE_REMOVE;
}

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

/* After the caller's callback, in which the signals are connected, unless the caller has dropped
 * the session there. */
static void
announce_later (KeelSession *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  GWeakRef *weak = g_new0 (GWeakRef, 1);

  g_weak_ref_init (weak, self);
  g_source_set_callback (source, announce_cb, weak, weak_ref_free);
  g_source_set_static_name (source, "[keel] what happened before");
  g_source_attach (source, g_main_context_get_thread_default ());
}

/* The others who wanted the same session get it, or try by themselves. */
static void
keel_session_open_end (GTask  *task,
                       GError *error)
{
  Opening *opening = g_task_get_task_data (task);
  g_autoptr (KeelSession) self = g_steal_pointer (&opening->session);
  g_autoptr (GPtrArray) joiners = g_steal_pointer (&self->joiners);

  if (error != NULL)
    {
      self->closed = TRUE;
      g_task_return_error (task, error);
    }
  else
    {
      if (self->follow)
        announce_later (self);
      g_task_return_pointer (task, g_object_ref (self), g_object_unref);
    }
  for (guint i = 0; i < joiners->len; i++)
    keel_session_open_start (g_object_ref (g_ptr_array_index (joiners, i)));
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  keel_task_feed_load_finish (KEEL_TASK_FEED (source), result, &error);
  keel_session_open_end (task, error);
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Opening *opening = g_task_get_task_data (task);
  KeelSession *self = opening->session;
  GError *error = NULL;

  if (keel_remote_open_finish (self->remote, result, &error) && self->follow)
    keel_task_feed_load_async (self->feed, g_task_get_cancellable (task), loaded_cb,
                               g_object_ref (task));
  else
    keel_session_open_end (task, error);
}

/* (nullable): the session that is, or is being, opened likewise in this main context. */
static KeelSession *
find_session (KeelLink *link,
              Opening  *opening)
{
  GPtrArray *sessions = keel_link_get_sessions (link);

  for (guint i = 0; opening->follow && i < sessions->len; i++)
    {
      KeelSession *session = g_ptr_array_index (sessions, i);

      if (!session->closed && session->follow && (session->inbox != NULL) == opening->events &&
          g_str_equal (session->identifier, opening->identifier) &&
          g_strcmp0 (session->app_id, opening->app_id) == 0)
        return session;
    }
  return NULL;
}

static void
joined_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (keel_session_configure_finish (KEEL_SESSION (source), result, &error))
    g_task_return_pointer (task, g_object_ref (source), g_object_unref);
  else
    g_task_return_error (task, error);
}

/* Takes the task. */
static void
keel_session_join (KeelSession *self,
                   GTask       *task)
{
  Opening *opening = g_task_get_task_data (task);

  if (self->joiners != NULL)
    g_ptr_array_add (self->joiners, task);
  else if (g_variant_n_children (opening->config) > 0)
    keel_session_configure_async (self, opening->config, g_task_get_cancellable (task), joined_cb,
                                  task);
  else
    {
      g_task_return_pointer (task, g_object_ref (self), g_object_unref);
      g_object_unref (task);
    }
}

/* Takes the task. */
static void
keel_session_open_start (GTask *task)
{
  g_autoptr (KeelLink) link = keel_link_dup_default ();
  Opening *opening = g_task_get_task_data (task);
  KeelSession *session = find_session (link, opening);

  if (session != NULL)
    {
      keel_session_join (session, task);
      return;
    }
  opening->session = keel_session_new (opening, link);
  keel_remote_open_async (opening->session->remote, KEEL_LINK_CALL_USER,
                          g_task_get_cancellable (task), opened_cb, task);
}

/**
 * keel_session_open_async:
 * @identifier: the name of the session, 1 to 255 bytes, chosen by the application
 * @config: (nullable): a dictionary, a{sv}; consumed if floating
 * @cancellable: (nullable): to stop opening
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Opens a session, making it if there is none, and starts the service if it is not running.
 *
 * Keys of @config, all optional, that are for the library:
 *
 * - "app-id" (s): who an unsandboxed program is; without it that of the default
 *   [class@Gio.Application], and if there is none, or it is empty, "host";
 * - "follow" (b, default true): if false, the list holds only the tasks that are added through
 *   this object, nothing in it changes by itself and no events come (they wait for whoever opens
 *   the session without this), which is all that a program needs that hands over transfers and
 *   goes;
 * - "fetch" (b, default true): if false as well, of a task that is added only what was known
 *   before is in the list, and its number.
 *
 * And for the service, which keeps them with the session; one that is not given stays as it was:
 *
 * - "events" (b, default true): what happens is written down for the application, see
 *   [signal@Keel.Session::event];
 * - "launch-events" (b, default true): the application may be started for them, see
 *   [class@Keel.Background];
 * - "notify" (b; default: only without events): the service shows notifications of what ends;
 * - "title" (s): the name of the application for people;
 * - "network" (s): "any" or "unmetered"; "power" (s): "any" or "ac";
 * - "discretionary" (b): there is no hurry: only on unmetered networks and on mains, and behind
 *   everybody else;
 * - "not-before" (x, microseconds since 1970, UTC): nothing starts earlier;
 * - "max-parallel", "max-per-host" (u, 0 for no limit): tasks at once, in all and of one server;
 * - "max-rate" (t, bytes per second, 0 for no limit): of all tasks together;
 * - "headers" (a(ss)), "user-agent" (s): what every request says, unless a task says otherwise;
 * - "timeout-resource" (x, seconds, 0 for none; default 7 days): a task that takes longer fails
 *   with %KEEL_TASK_ERROR_TIMEOUT.
 *
 * Opening a session that is open in this main context already gives the same object, and changes
 * its configuration by the keys that are given. The session belongs to the thread-default main
 * context of the caller, in which @callback is called, too. After cancelling the session may exist
 * in the service, without tasks.
 *
 * Since: 0.1
 */
void
keel_session_open_async (const char          *identifier,
                         GVariant            *config,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GVariant) owned_config = NULL;

  g_return_if_fail (identifier != NULL);
  g_return_if_fail (config == NULL || g_variant_is_of_type (config, G_VARIANT_TYPE_VARDICT));

  owned_config = config != NULL ? g_variant_ref_sink (config) : NULL;
  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, keel_session_open_async);
  if (identifier[0] == '\0' || strlen (identifier) > 255 || !g_utf8_validate (identifier, -1, NULL))
    {
      g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                               "The name of a session is 1 to 255 bytes of UTF-8");
      return;
    }

  g_task_set_task_data (task, opening_new (identifier, owned_config), opening_free);
  keel_session_open_start (g_steal_pointer (&task));
}

/**
 * keel_session_open_finish:
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [func@Keel.Session.open_async].
 *
 * Errors: %KEEL_ERROR_INVALID_ARGUMENT, %KEEL_ERROR_NOT_ALLOWED, %KEEL_ERROR_UNREACHABLE,
 * %KEEL_ERROR_STATE, %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the session, with its tasks in it, or %NULL on error
 *
 * Since: 0.1
 */
KeelSession *
keel_session_open_finish (GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
