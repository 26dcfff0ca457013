/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-session.h"

#include "keel-error.h"
#include "keel-link.h"
#include "keel-session-private.h"

/* The transfers of one application, under an identifier that the application chose. The object is
 * a thin front: calls go through KeelRemote, the list is KeelTaskList, KeelTaskFeed keeps it true.
 * This file is the list and the life of the object, keel-session-add.c what is added to it. */

/**
 * KeelSession:
 *
 * The transfers of one application: a [iface@Gio.ListModel] of [class@Task], in the order of their
 * ids.
 *
 * A session is opened by an identifier and outlives the process: transfers go on while nobody has
 * the session open, and opening the same identifier again gives the same tasks in their present
 * state. The object survives restarts of the service silently, with the same tasks in it.
 *
 * It belongs to the main context that was the thread's default when it was opened: everything is
 * to be called there, and signals and callbacks come there.
 *
 * Since: 0.1
 */

enum { PROP_0, PROP_IDENTIFIER, PROP_APP, N_PROPS };

enum { TASK_FINISHED, TASK_FAILED, CHALLENGE, N_SIGNALS };

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static GType
keel_session_get_item_type (GListModel *model)
{
  return KEEL_TYPE_TASK;
}

static guint
keel_session_get_n_items (GListModel *model)
{
  return g_list_model_get_n_items (G_LIST_MODEL (KEEL_SESSION (model)->list));
}

static gpointer
keel_session_get_item (GListModel *model,
                       guint       position)
{
  return g_list_model_get_item (G_LIST_MODEL (KEEL_SESSION (model)->list), position);
}

static void
keel_session_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = keel_session_get_item_type;
  iface->get_n_items = keel_session_get_n_items;
  iface->get_item = keel_session_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (KeelSession,
                               keel_session,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      keel_session_list_model_init))

static void
items_changed_cb (GListModel *list,
                  guint       position,
                  guint       n_removed,
                  guint       n_added,
                  gpointer    user_data)
{
  g_list_model_items_changed (G_LIST_MODEL (user_data), position, n_removed, n_added);
}

static void
task_state_changed_cb (KeelTaskList *list,
                       KeelTask     *task,
                       gpointer      user_data)
{
  KeelSession *self = user_data;
  const KeelTaskState state = keel_task_get_state (task);

  if (state == KEEL_TASK_STATE_FINISHED)
    g_signal_emit (self, signals[TASK_FINISHED], 0, task);
  else if (state == KEEL_TASK_STATE_FAILED)
    g_signal_emit (self, signals[TASK_FAILED], 0, task);
  else if (keel_task_has_challenge (task))
    g_signal_emit (self, signals[CHALLENGE], 0, task);
}

static void
keel_session_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  KeelSession *self = KEEL_SESSION (object);

  switch (prop_id)
    {
    case PROP_IDENTIFIER:
      g_value_set_string (value, self->identifier);
      break;
    case PROP_APP:
      g_value_set_string (value, keel_session_get_app (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
keel_session_dispose (GObject *object)
{
  KeelSession *self = KEEL_SESSION (object);

  if (self->list != NULL)
    g_signal_handlers_disconnect_by_data (self->list, self);
  if (self->feed != NULL)
    keel_task_feed_close (self->feed);
  G_OBJECT_CLASS (keel_session_parent_class)->dispose (object);
}

static void
keel_session_finalize (GObject *object)
{
  KeelSession *self = KEEL_SESSION (object);

  g_clear_object (&self->feed);
  g_clear_object (&self->list);
  g_clear_object (&self->remote);
  g_free (self->identifier);
  G_OBJECT_CLASS (keel_session_parent_class)->finalize (object);
}

static void
create_signals (void)
{
  /**
   * KeelSession::task-finished:
   * @self: the session
   * @task: the task
   *
   * A task has finished: its file is in its place. Not emitted for tasks that had ended before the
   * session was opened.
   *
   * Since: 0.1
   */
  signals[TASK_FINISHED] = g_signal_new ("task-finished", KEEL_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, KEEL_TYPE_TASK);

  /**
   * KeelSession::task-failed:
   * @self: the session
   * @task: the task
   *
   * A task has failed; its error says why. Not emitted for tasks that had ended before the session
   * was opened.
   *
   * Since: 0.1
   */
  signals[TASK_FAILED] = g_signal_new ("task-failed", KEEL_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 1, KEEL_TYPE_TASK);

  /**
   * KeelSession::challenge:
   * @self: the session
   * @task: the task
   *
   * A server, or a proxy, wants a user name and a password from a task, and the keyring has none:
   * see [method@Keel.Task.answer_challenge_async]. Emitted once for each question, so again when an
   * answer was wrong. For tasks that ask already when the session is opened it is emitted from the
   * main loop right after the callback of [func@Keel.Session.open_async]: who connects there
   * misses none.
   *
   * Since: 0.1
   */
  signals[CHALLENGE] = g_signal_new ("challenge", KEEL_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 1, KEEL_TYPE_TASK);
}

static void
keel_session_class_init (KeelSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = keel_session_get_property;
  object_class->dispose = keel_session_dispose;
  object_class->finalize = keel_session_finalize;

  /**
   * KeelSession:identifier:
   *
   * The name that the session was opened by.
   *
   * Since: 0.1
   */
  props[PROP_IDENTIFIER] = g_param_spec_string ("identifier", NULL, NULL, NULL, flags);

  /**
   * KeelSession:app:
   *
   * The application that the session belongs to, as the service sees it.
   *
   * Since: 0.1
   */
  props[PROP_APP] = g_param_spec_string ("app", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  create_signals ();
}

static void
keel_session_init (KeelSession *self)
{
}

/* Keys for the library are taken out of the configuration, the rest is for the service. */
static KeelSession *
keel_session_new (const char *identifier,
                  GVariant   *config)
{
  g_autoptr (KeelLink) link = keel_link_dup_default ();
  KeelSession *self = g_object_new (KEEL_TYPE_SESSION, NULL);
  g_autofree char *app_id = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, config);
  self->follow = TRUE;
  g_variant_dict_lookup (&dict, "follow", "b", &self->follow);
  g_variant_dict_remove (&dict, "follow");
  g_variant_dict_lookup (&dict, "app-id", "s", &app_id);
  g_variant_dict_remove (&dict, "app-id");

  self->identifier = g_strdup (identifier);
  self->remote = keel_remote_new_session (link, identifier, g_variant_dict_end (&dict), app_id);
  self->list = keel_task_list_new ();
  self->feed = keel_task_feed_new (self->remote, self->list,
                                   self->follow ? KEEL_TASK_FEED_LIVE : KEEL_TASK_FEED_STILL);
  g_signal_connect (self->list, "items-changed", G_CALLBACK (items_changed_cb), self);
  g_signal_connect (self->list, "task-state-changed", G_CALLBACK (task_state_changed_cb), self);
  return self;
}

/* The tasks that asked before there was anybody to hear it. */
static gboolean
announce_challenges_cb (gpointer user_data)
{
  KeelSession *self = user_data;
  g_autoptr (GPtrArray) asking = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < keel_task_list_get_n_tasks (self->list); i++)
    {
      KeelTask *task = keel_task_list_peek (self->list, i);

      if (keel_task_has_challenge (task))
        g_ptr_array_add (asking, g_object_ref (task));
    }
  for (guint i = 0; i < asking->len; i++)
    g_signal_emit (self, signals[CHALLENGE], 0, g_ptr_array_index (asking, i));
  return G_SOURCE_REMOVE;
}

static void
announce_challenges (KeelSession *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, announce_challenges_cb, g_object_ref (self), g_object_unref);
  g_source_set_static_name (source, "[keel] challenges");
  g_source_attach (source, g_main_context_get_thread_default ());
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelSession *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!keel_task_feed_load_finish (self->feed, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  announce_challenges (self);
  g_task_return_pointer (task, g_object_ref (self), g_object_unref);
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelSession *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!keel_remote_open_finish (self->remote, result, &error))
    g_task_return_error (task, error);
  else if (self->follow)
    keel_task_feed_load_async (self->feed, g_task_get_cancellable (task), loaded_cb,
                               g_object_ref (task));
  else
    g_task_return_pointer (task, g_object_ref (self), g_object_unref);
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
 * Keys of @config, all optional: "app-id" (s) says who an unsandboxed program is, otherwise it is
 * "host"; "follow" (b, default true): if false, the list holds only the tasks that are added
 * through this object, and nothing in it changes by itself, which is all that a program needs
 * that hands over transfers and goes.
 *
 * The session belongs to the thread-default main context of the caller, in which @callback is
 * called, too. After cancelling the session may exist in the service, without tasks.
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
  KeelSession *self;

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

  self = keel_session_new (identifier, owned_config);
  g_task_set_task_data (task, self, g_object_unref);
  keel_remote_open_async (self->remote, KEEL_LINK_CALL_USER, cancellable, opened_cb,
                          g_steal_pointer (&task));
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

/**
 * keel_session_get_identifier:
 * @self: a session
 *
 * The name that the session was opened by.
 *
 * Returns: (transfer none): the identifier, owned by the session
 *
 * Since: 0.1
 */
const char *
keel_session_get_identifier (KeelSession *self)
{
  g_return_val_if_fail (KEEL_IS_SESSION (self), NULL);

  return self->identifier;
}

/**
 * keel_session_get_app:
 * @self: a session
 *
 * The application that the session belongs to, as the service sees it.
 *
 * Returns: (transfer none) (nullable): the application, owned by the session
 *
 * Since: 0.1
 */
const char *
keel_session_get_app (KeelSession *self)
{
  g_return_val_if_fail (KEEL_IS_SESSION (self), NULL);

  return keel_remote_get_app (self->remote);
}

/**
 * keel_session_get_task:
 * @self: a session
 * @id: the number of a task
 *
 * Finds a task in the session's list; nothing is asked of the service.
 *
 * Returns: (transfer none) (nullable): the task, owned by the session, or %NULL
 *
 * Since: 0.1
 */
KeelTask *
keel_session_get_task (KeelSession *self,
                       guint64      id)
{
  g_return_val_if_fail (KEEL_IS_SESSION (self), NULL);

  return keel_task_list_find (self->list, id);
}

/**
 * keel_session_close:
 * @self: a session
 *
 * Stops following the service; the transfers go on, and the list stays as it is.
 *
 * Waits for the end of tasks end with %KEEL_ERROR_INVALID_STATE. Dropping the last reference does
 * the same.
 *
 * Since: 0.1
 */
void
keel_session_close (KeelSession *self)
{
  g_return_if_fail (KEEL_IS_SESSION (self));

  keel_task_feed_close (self->feed);
}
