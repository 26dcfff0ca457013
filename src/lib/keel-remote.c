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

  char *app;         /* (owned) (nullable) what the service says that we are */
  char *path;        /* (owned) (nullable) NULL while the session is not open */
  gboolean is_stale; /* the service says that there is no such path */
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
  GUnixFDList *fds; /* (nullable) */
  GVariantType *reply_type;

  /* In progress */
  gboolean reopened;

  /* Output */
  gboolean reply_was_lost;
  GUnixFDList *reply_fds; /* (nullable) */
} KeelRemoteCall;

static void
keel_remote_call_free (KeelRemoteCall *call)
{
  g_free (call->method);
  g_variant_unref (call->parameters);
  g_clear_object (&call->fds);
  g_clear_object (&call->reply_fds);
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

  reply = keel_link_call_finish (self->link, result, NULL, NULL, &error);
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
  self->is_stale = FALSE;
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
  if (self->path != NULL && !self->is_stale)
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
                            NULL, G_VARIANT_TYPE ("(oa{sv})"), cancellable, session_opened_cb,
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

  g_clear_object (&call->reply_fds);
  reply = keel_link_call_finish (self->link, result, &reply_was_lost, &call->reply_fds, &error);
  call->reply_was_lost |= reply_was_lost;
  if (error == NULL)
    g_task_return_pointer (task, reply, (GDestroyNotify) g_variant_unref);
  else if (g_error_matches (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_SESSION) &&
           self->identifier != NULL && !call->reopened)
    {
      /* Signals are still heard: it may be the call that is unknown, and not the path. */
      call->reopened = TRUE;
      self->is_stale = TRUE;
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
                        self->interface, call->method, call->parameters, call->fds,
                        call->reply_type, g_task_get_cancellable (task), called_cb,
                        g_object_ref (task));
}

/* Takes the task. */
static void
keel_remote_call_start (GTask *task)
{
  KeelRemoteCall *call = g_task_get_task_data (task);

  keel_remote_open_async (g_task_get_source_object (task), call->mode,
                          g_task_get_cancellable (task), call_opened_cb, task);
}

/* Parameters are consumed if floating. Handles in them are places in fds. */
void
keel_remote_call_with_fds_async (KeelRemote          *self,
                                 KeelLinkCallMode     mode,
                                 const char          *method,
                                 GVariant            *parameters,
                                 GUnixFDList         *fds,
                                 const GVariantType  *reply_type,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  KeelRemoteCall *call = g_new0 (KeelRemoteCall, 1);

  g_task_set_source_tag (task, keel_remote_call_with_fds_async);
  call->mode = mode;
  call->method = g_strdup (method);
  call->parameters = g_variant_ref_sink (parameters);
  g_set_object (&call->fds, fds);
  call->reply_type = g_variant_type_copy (reply_type);
  g_task_set_task_data (task, call, (GDestroyNotify) keel_remote_call_free);
  keel_remote_call_start (task);
}

/* (transfer full); out_fds is NULL when none came with the answer. */
GVariant *
keel_remote_call_with_fds_finish (KeelRemote    *self,
                                  GAsyncResult  *result,
                                  GUnixFDList  **out_fds,
                                  GError       **error)
{
  KeelRemoteCall *call = g_task_get_task_data (G_TASK (result));

  *out_fds = g_steal_pointer (&call->reply_fds);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Likewise, without file descriptors. */
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
  keel_remote_call_with_fds_async (self, mode, method, parameters, NULL, reply_type, cancellable,
                                   callback, user_data);
}

/* NULL without an error: see KEEL_LINK_CALL_IF_RUNNING. */
GVariant *
keel_remote_call_finish (KeelRemote    *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* For calls whose answer says nothing but that it was done: a callback that returns TRUE, or the
 * error, from the task that it takes. */
void
keel_remote_return_done_cb (GObject      *source,
                            GAsyncResult *result,
                            gpointer      task)
{
  g_autoptr (GTask) owned = task;
  g_autoptr (GVariant) reply = NULL;
  GError *error = NULL;

  reply = keel_remote_call_finish (KEEL_REMOTE (source), result, &error);
  if (error != NULL)
    g_task_return_error (owned, error);
  else
    g_task_return_boolean (owned, TRUE);
}

/* --- verbs ----------------------------------------------------------------------------------- */

/* When the service dies before it has answered, the call is sent once more, and the first one may
 * have been carried out, for all of the tasks or for some. Who is asked again refuses what is done
 * already, and a number that is gone has the whole call refused. So what was refused because it is
 * so is no refusal, and removing is asked for a third time, then of those that are still there. */

typedef struct {
  KeelVerb verb;
  GVariant *ids; /* (owned) */
  gboolean all;
  gboolean passes_gone;
} Control;

static void
control_free (Control *control)
{
  g_variant_unref (control->ids);
  g_free (control);
}

static const char *
verb_to_word (KeelVerb verb)
{
  g_autoptr (GEnumClass) verbs = g_type_class_ref (KEEL_TYPE_VERB);
  GEnumValue *value = g_enum_get_value (verbs, verb);

  return value != NULL ? value->value_nick : "";
}

/* Tasks that are already where the verb brings them are not counted as refused. Takes @refused.
 * (transfer full) */
static GVariant *
drop_already_done (GVariant   *refused,
                   const char *done)
{
  g_autoptr (GVariant) owned = refused;
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

static void control_send (GTask *task);

static void
controlled_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Control *control = g_task_get_task_data (task);
  KeelRemoteCall *call = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariant *refused;

  reply = keel_remote_call_finish (KEEL_REMOTE (source), result, &error);
  if (call->reply_was_lost && control->verb == KEEL_VERB_REMOVE && !control->passes_gone &&
      g_error_matches (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK))
    {
      control->passes_gone = TRUE;
      control_send (g_steal_pointer (&task));
      return;
    }
  if (reply == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  refused = g_variant_get_child_value (reply, 0);
  if (call->reply_was_lost && control->verb == KEEL_VERB_PAUSE)
    refused = drop_already_done (refused, "paused");
  else if (call->reply_was_lost && control->verb == KEEL_VERB_CANCEL)
    refused = drop_already_done (refused, "cancelled");
  g_task_return_pointer (task, refused, (GDestroyNotify) g_variant_unref);
}

/* Takes the task. */
static void
control_send (GTask *task)
{
  KeelRemote *self = g_task_get_source_object (task);
  Control *control = g_task_get_task_data (task);
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  if (control->all)
    g_variant_dict_insert (&options, "all", "b", TRUE);
  if (control->passes_gone)
    g_variant_dict_insert (&options, "pass-gone", "b", TRUE);
  keel_remote_call_async (self, KEEL_LINK_CALL_USER, "Control",
                          g_variant_new ("(s@at@a{sv})", verb_to_word (control->verb), control->ids,
                                         g_variant_dict_end (&options)),
                          G_VARIANT_TYPE ("(a(ts))"), g_task_get_cancellable (task), controlled_cb,
                          task);
}

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
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Control *control = g_new0 (Control, 1);

  g_task_set_source_tag (task, keel_remote_control_async);
  control->verb = verb;
  control->ids = g_variant_ref_sink (
    g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, ids, n_ids, sizeof (guint64)));
  control->all = all;
  g_task_set_task_data (task, control, (GDestroyNotify) control_free);
  control_send (task);
}

/* The refused tasks, a(ts), or NULL on error. */
GVariant *
keel_remote_control_finish (KeelRemote    *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
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

/* What the session is opened with from now on: config, a{sv}, over what it was opened with. */
void
keel_remote_merge_config (KeelRemote *self,
                          GVariant   *config)
{
  GVariantDict merged;
  GVariantIter iter;
  GVariant *value;
  const char *key;

  g_variant_dict_init (&merged, self->config);
  g_variant_iter_init (&iter, config);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    g_variant_dict_insert_value (&merged, key, value);
  g_variant_unref (self->config);
  self->config = g_variant_ref_sink (g_variant_dict_end (&merged));
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
