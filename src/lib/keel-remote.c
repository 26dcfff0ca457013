/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-remote.h"

#include "keel-enum-types.h"
#include "keel-error.h"

/* One object of the service as it is seen from here: a session, or the manager. The two speak the
 * same methods and signals about tasks; what differs is the way to them. The manager is always at
 * the same path. A session's path is random and dies with the service, so it is asked for again
 * (OpenSession with the same identifier gives the same session) whenever the service is another
 * one or says that it does not know the path.
 *
 * The signal "message" hands on the signals of the object. They are unicast, and only those of the
 * present owner of the service's name are believed. */

struct _KeelRemote {
  GObject parent_instance;

  KeelLink *link; /* (owned) */
  const char *interface;

  char *identifier; /* (owned) (nullable) of the session; NULL for the manager */
  GVariant *config; /* (owned) (nullable) */
  char *app_id;     /* (owned) (nullable) what we say that we are */

  char *app;  /* (owned) (nullable) what the service says that we are */
  char *path; /* (owned) (nullable) NULL while the session is not open */
  guint subscription;
};

G_DEFINE_FINAL_TYPE (KeelRemote, keel_remote, G_TYPE_OBJECT)

enum { MESSAGE, N_SIGNALS };

static guint signals[N_SIGNALS];

typedef struct {
  /* Input */
  KeelLinkCallMode mode;
  char *method;
  GVariant *parameters;
  GVariantType *reply_type;

  /* In progress */
  gboolean reopened;

  /* Output */
  gboolean reply_was_lost;
} KeelRemoteCall;

static void
keel_remote_call_free (KeelRemoteCall *call)
{
  g_free (call->method);
  g_variant_unref (call->parameters);
  g_variant_type_free (call->reply_type);
  g_free (call);
}

static void
message_cb (GDBusConnection *connection,
            const char      *sender,
            const char      *path,
            const char      *interface,
            const char      *signal,
            GVariant        *parameters,
            gpointer         user_data)
{
  KeelRemote *self = user_data;

  if (g_strcmp0 (sender, keel_link_get_owner (self->link)) == 0)
    g_signal_emit (self, signals[MESSAGE], 0, signal, parameters);
}

static void
keel_remote_set_path (KeelRemote *self,
                      const char *path)
{
  GDBusConnection *connection = keel_link_get_connection (self->link);

  if (g_strcmp0 (self->path, path) == 0 && (path == NULL || self->subscription != 0))
    return;

  if (self->subscription != 0)
    g_dbus_connection_signal_unsubscribe (connection, self->subscription);
  self->subscription = 0;
  g_free (self->path);
  self->path = g_strdup (path);
  if (path != NULL)
    self->subscription = g_dbus_connection_signal_subscribe (connection, NULL, self->interface,
                                                             NULL, path, NULL,
                                                             G_DBUS_SIGNAL_FLAGS_NO_MATCH_RULE,
                                                             message_cb, self, NULL);
}

static void
vanished_cb (KeelLink *link,
             gpointer  user_data)
{
  KeelRemote *self = user_data;

  if (self->identifier != NULL)
    keel_remote_set_path (self, NULL);
}

static void
session_opened_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelRemote *self = g_task_get_source_object (task);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) info = NULL;
  const char *path;
  GError *error = NULL;

  reply = keel_link_call_finish (self->link, result, NULL, &error);
  if (reply == NULL && error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (reply == NULL)
    {
      g_task_return_boolean (task, FALSE);
      return;
    }

  g_variant_get (reply, "(&o@a{sv})", &path, &info);
  g_free (self->app);
  self->app = NULL;
  g_variant_lookup (info, "app", "s", &self->app);
  keel_remote_set_path (self, path);
  g_task_return_boolean (task, TRUE);
}

static void
link_opened_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelRemote *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (keel_link_open_finish (self->link, result, &error))
    {
      keel_remote_set_path (self, KEEL_SERVICE_PATH);
      g_task_return_boolean (task, TRUE);
    }
  else
    g_task_return_error (task, error);
}

/* Makes sure that there is a path to call. For the manager that takes the bus only. */
void
keel_remote_open_async (KeelRemote          *self,
                        KeelLinkCallMode     mode,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GVariantDict options;

  g_task_set_source_tag (task, keel_remote_open_async);
  if (self->path != NULL)
    g_task_return_boolean (task, TRUE);
  else if (self->identifier == NULL)
    keel_link_open_async (self->link, cancellable, link_opened_cb, g_steal_pointer (&task));
  else
    {
      g_variant_dict_init (&options, NULL);
      if (self->app_id != NULL)
        g_variant_dict_insert (&options, "app-id", "s", self->app_id);
      keel_link_call_async (self->link, mode, KEEL_SERVICE_PATH, KEEL_SERVICE_INTERFACE,
                            "OpenSession",
                            g_variant_new ("(s@a{sv}@a{sv})", self->identifier, self->config,
                                           g_variant_dict_end (&options)),
                            G_VARIANT_TYPE ("(oa{sv})"), cancellable, session_opened_cb,
                            g_steal_pointer (&task));
    }
}

gboolean
keel_remote_open_finish (KeelRemote    *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void keel_remote_call_start (GTask *task);

static void
called_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelRemote *self = g_task_get_source_object (task);
  KeelRemoteCall *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  gboolean reply_was_lost = FALSE;
  GVariant *reply;

  reply = keel_link_call_finish (self->link, result, &reply_was_lost, &error);
  call->reply_was_lost |= reply_was_lost;
  if (error == NULL)
    g_task_return_pointer (task, reply, (GDestroyNotify) g_variant_unref);
  else if (g_error_matches (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_SESSION) &&
           self->identifier != NULL && !call->reopened)
    {
      call->reopened = TRUE;
      keel_remote_set_path (self, NULL);
      keel_remote_call_start (g_steal_pointer (&task));
    }
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
call_opened_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelRemote *self = g_task_get_source_object (task);
  KeelRemoteCall *call = g_task_get_task_data (task);
  GError *error = NULL;

  if (!keel_remote_open_finish (self, result, &error))
    {
      if (error != NULL)
        g_task_return_error (task, error);
      else
        g_task_return_pointer (task, NULL, NULL);
      return;
    }

  /* The service can vanish between the two. Nobody has this path: the answer is that there is no
   * such session, and the session is opened again. */
  keel_link_call_async (self->link, call->mode,
                        self->path != NULL ? self->path : KEEL_SERVICE_PATH "/session/gone",
                        self->interface, call->method, call->parameters, call->reply_type,
                        g_task_get_cancellable (task), called_cb, g_object_ref (task));
}

/* Takes the task. */
static void
keel_remote_call_start (GTask *task)
{
  KeelRemoteCall *call = g_task_get_task_data (task);

  keel_remote_open_async (g_task_get_source_object (task), call->mode,
                          g_task_get_cancellable (task), call_opened_cb, task);
}

/* Parameters are consumed if floating. */
void
keel_remote_call_async (KeelRemote          *self,
                        KeelLinkCallMode     mode,
                        const char          *method,
                        GVariant            *parameters,
                        const GVariantType  *reply_type,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  KeelRemoteCall *call = g_new0 (KeelRemoteCall, 1);

  g_task_set_source_tag (task, keel_remote_call_async);
  call->mode = mode;
  call->method = g_strdup (method);
  call->parameters = g_variant_ref_sink (parameters);
  call->reply_type = g_variant_type_copy (reply_type);
  g_task_set_task_data (task, call, (GDestroyNotify) keel_remote_call_free);
  keel_remote_call_start (task);
}

/* NULL without an error: see KEEL_LINK_CALL_IF_RUNNING. */
GVariant *
keel_remote_call_finish (KeelRemote    *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static const char *
verb_to_word (KeelVerb verb)
{
  g_autoptr (GEnumClass) verbs = g_type_class_ref (KEEL_TYPE_VERB);
  GEnumValue *value = g_enum_get_value (verbs, verb);

  return value != NULL ? value->value_nick : "";
}

/* The reply comes from keel_remote_control_finish(). */
void
keel_remote_control_async (KeelRemote          *self,
                           KeelVerb             verb,
                           const guint64       *ids,
                           gsize                n_ids,
                           gboolean             all,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  GVariantDict options;
  GVariant *id_array;

  g_variant_dict_init (&options, NULL);
  if (all)
    g_variant_dict_insert (&options, "all", "b", TRUE);
  id_array = g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, ids, n_ids, sizeof (guint64));
  keel_remote_call_async (self, KEEL_LINK_CALL_USER, "Control",
                          g_variant_new ("(s@at@a{sv})", verb_to_word (verb), id_array,
                                         g_variant_dict_end (&options)),
                          G_VARIANT_TYPE ("(a(ts))"), cancellable, callback, user_data);
}

/* When the call had to be sent twice, the first may have been carried out: tasks that are already
 * where the verb brings them are not counted as refused then. */
static GVariant *
drop_already_done (GVariant   *refused,
                   const char *done)
{
  GVariantBuilder builder;
  GVariantIter iter;
  const char *state;
  guint64 id;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ts)"));
  g_variant_iter_init (&iter, refused);
  while (g_variant_iter_next (&iter, "(t&s)", &id, &state))
    if (!g_str_equal (state, done))
      g_variant_builder_add (&builder, "(ts)", id, state);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* The refused tasks, a(ts), or NULL on error. */
GVariant *
keel_remote_control_finish (KeelRemote    *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  KeelRemoteCall *call = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) refused = NULL;
  const char *verb;

  reply = g_task_propagate_pointer (G_TASK (result), &local_error);
  g_variant_get_child (call->parameters, 0, "&s", &verb);
  if (call->reply_was_lost && g_str_equal (verb, "remove") &&
      g_error_matches (local_error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK))
    return g_variant_ref_sink (g_variant_new ("a(ts)", NULL));
  if (reply == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }

  refused = g_variant_get_child_value (reply, 0);
  if (call->reply_was_lost && g_str_equal (verb, "pause"))
    return drop_already_done (refused, "paused");
  if (call->reply_was_lost && g_str_equal (verb, "cancel"))
    return drop_already_done (refused, "cancelled");
  return g_steal_pointer (&refused);
}

static void
keel_remote_dispose (GObject *object)
{
  KeelRemote *self = KEEL_REMOTE (object);

  if (self->link != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->link, self);
      keel_remote_set_path (self, NULL);
    }
  g_clear_object (&self->link);
  G_OBJECT_CLASS (keel_remote_parent_class)->dispose (object);
}

static void
keel_remote_finalize (GObject *object)
{
  KeelRemote *self = KEEL_REMOTE (object);

  g_free (self->identifier);
  g_clear_pointer (&self->config, g_variant_unref);
  g_free (self->app_id);
  g_free (self->app);
  g_free (self->path);
  G_OBJECT_CLASS (keel_remote_parent_class)->finalize (object);
}

static void
keel_remote_class_init (KeelRemoteClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = keel_remote_dispose;
  object_class->finalize = keel_remote_finalize;

  signals[MESSAGE] = g_signal_new ("message", KEEL_TYPE_REMOTE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 2, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE,
                                   G_TYPE_VARIANT);
}

static void
keel_remote_init (KeelRemote *self)
{
}

KeelRemote *
keel_remote_new_manager (KeelLink *link)
{
  KeelRemote *self = g_object_new (KEEL_TYPE_REMOTE, NULL);

  self->link = g_object_ref (link);
  self->interface = KEEL_MANAGER_INTERFACE;
  return self;
}

KeelRemote *
keel_remote_new_session (KeelLink   *link,
                         const char *identifier,
                         GVariant   *config,
                         const char *app_id)
{
  KeelRemote *self = g_object_new (KEEL_TYPE_REMOTE, NULL);

  self->link = g_object_ref (link);
  self->interface = KEEL_SESSION_INTERFACE;
  self->identifier = g_strdup (identifier);
  self->config = g_variant_ref_sink (config);
  self->app_id = g_strdup (app_id);
  g_signal_connect (link, "vanished", G_CALLBACK (vanished_cb), self);
  return self;
}

KeelLink *
keel_remote_get_link (KeelRemote *self)
{
  return self->link;
}

/* (nullable): the application that the session was opened for. */
const char *
keel_remote_get_app (KeelRemote *self)
{
  return self->app;
}
