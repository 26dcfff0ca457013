/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-manager.h"

#include "keel-error.h"
#include "keel-manager-private.h"

/* Every transfer of every application, for programs that manage them. Like KeelSession a thin
 * front over KeelRemote, KeelTaskList and KeelTaskFeed; this file is the list and the life of the
 * object, keel-manager-calls.c what can be asked of the service.
 *
 * The user's attention (keel_manager_set_attention()) is remembered here, because a service that
 * is started anew does not know of it. */

/**
 * KeelManager:
 *
 * Every transfer of every application, for programs that manage them: a
 * [iface@Gio.ListModel] of [class@Task], in the order of their ids.
 *
 * The service answers Keelboat's own programs and unsandboxed ones only. The object belongs to the
 * main context that was the thread's default when it was opened: everything is to be called there,
 * and signals and callbacks come there.
 *
 * Since: 0.1
 */

enum { PROP_0, PROP_CONNECTED, N_PROPS };

enum { TASK_STATE_CHANGED, TASK_RANK_CHANGED, QUITTING, LIMITS_CHANGED, N_SIGNALS };

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static GType
keel_manager_get_item_type (GListModel *model)
{
  return KEEL_TYPE_TASK;
}

static guint
keel_manager_get_n_items (GListModel *model)
{
  return g_list_model_get_n_items (G_LIST_MODEL (KEEL_MANAGER (model)->list));
}

static gpointer
keel_manager_get_item (GListModel *model,
                       guint       position)
{
  return g_list_model_get_item (G_LIST_MODEL (KEEL_MANAGER (model)->list), position);
}

static void
keel_manager_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = keel_manager_get_item_type;
  iface->get_n_items = keel_manager_get_n_items;
  iface->get_item = keel_manager_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (KeelManager,
                               keel_manager,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      keel_manager_list_model_init))

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
  g_signal_emit (user_data, signals[TASK_STATE_CHANGED], 0, task);
}

static void
task_rank_changed_cb (KeelTaskList *list,
                      KeelTask     *task,
                      gpointer      user_data)
{
  g_signal_emit (user_data, signals[TASK_RANK_CHANGED], 0, task);
}

/* A live manager is connected when its list is true, another one when there is a service. */
static void
connection_changed_cb (gpointer user_data)
{
  KeelManager *self = user_data;
  gboolean connected;

  connected = (self->flags & KEEL_MANAGER_LIVE) != 0 ? keel_task_feed_get_connected (self->feed) :
                                                       keel_link_get_owner (self->link) != NULL;
  if (self->connected == connected)
    return;

  self->connected = connected;
  if (connected)
    keel_manager_send_attention (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CONNECTED]);
}

static void
quitting_cb (KeelLink *link,
             gpointer  user_data)
{
  g_signal_emit (user_data, signals[QUITTING], 0);
}

static void
limits_changed_cb (KeelLink *link,
                   GVariant *limits,
                   gpointer  user_data)
{
  g_signal_emit (user_data, signals[LIMITS_CHANGED], 0, limits);
}

static void
keel_manager_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  if (prop_id == PROP_CONNECTED)
    g_value_set_boolean (value, KEEL_MANAGER (object)->connected);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
keel_manager_dispose (GObject *object)
{
  KeelManager *self = KEEL_MANAGER (object);

  if (self->link != NULL)
    g_signal_handlers_disconnect_by_data (self->link, self);
  if (self->list != NULL)
    g_signal_handlers_disconnect_by_data (self->list, self);
  if (self->feed != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->feed, self);
      keel_task_feed_close (self->feed);
    }
  G_OBJECT_CLASS (keel_manager_parent_class)->dispose (object);
}

static void
keel_manager_finalize (GObject *object)
{
  KeelManager *self = KEEL_MANAGER (object);

  g_clear_object (&self->feed);
  g_clear_object (&self->list);
  g_clear_object (&self->remote);
  g_clear_object (&self->link);
  G_OBJECT_CLASS (keel_manager_parent_class)->finalize (object);
}

static void
install_signals (void)
{
  /**
   * KeelManager::task-state-changed:
   * @self: the manager
   * @task: the task
   *
   * The state, wait reason or pause reason of a task is another, or a task that has already ended
   * has come into the list of a live manager.
   *
   * Since: 0.1
   */
  signals[TASK_STATE_CHANGED] = g_signal_new ("task-state-changed", KEEL_TYPE_MANAGER,
                                              G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                              1, KEEL_TYPE_TASK);

  /**
   * KeelManager::task-rank-changed:
   * @self: the manager
   * @task: the task
   *
   * The rank or the priority of a task is another: it runs earlier or later than others that wait.
   * Of several that come together this is said before their states are.
   *
   * Since: 0.1
   */
  signals[TASK_RANK_CHANGED] = g_signal_new ("task-rank-changed", KEEL_TYPE_MANAGER,
                                             G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                             KEEL_TYPE_TASK);

  /**
   * KeelManager::quitting:
   * @self: the manager
   *
   * The service was told to quit. The library does not start it again before the next call, or
   * [method@Keel.Manager.reconnect].
   *
   * Since: 0.1
   */
  signals[QUITTING] = g_signal_new ("quitting", KEEL_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 0);

  /**
   * KeelManager::limits-changed:
   * @self: the manager
   * @limits: (not nullable): a dictionary, a{sv}: all limits, by the keys of
   *   [method@Keel.Manager.set_limits_async]
   *
   * Somebody has set other limits; this program, perhaps. Only live managers are told. What was
   * set while [property@Keel.Manager:connected] was %FALSE is to be asked for.
   *
   * Since: 0.1
   */
  signals[LIMITS_CHANGED] = g_signal_new ("limits-changed", KEEL_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_VARIANT);
}

static void
keel_manager_class_init (KeelManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = keel_manager_get_property;
  object_class->dispose = keel_manager_dispose;
  object_class->finalize = keel_manager_finalize;

  /**
   * KeelManager:connected:
   *
   * Whether the service is there. While it is %FALSE the tasks keep their last values. The next
   * call starts the service; a live manager does so by itself, unless the service was told to
   * quit.
   *
   * Since: 0.1
   */
  props[PROP_CONNECTED] = g_param_spec_boolean ("connected", NULL, NULL, FALSE,
                                                G_PARAM_READABLE | G_PARAM_STATIC_STRINGS |
                                                  G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, props);
  install_signals ();
}

static void
keel_manager_init (KeelManager *self)
{
}

/* What a line or a bar about a task is made of. */
static const char *const brief_fields[] = {
  "app",
  "name",
  "title",
  "state",
  "wait-reason",
  "wait-detail",
  "wait-until",
  "pause-reason",
  "error-code",
  "error-message",
  "error-http-status",
  "error-retryable",
  "challenge-cookie",
  "received",
  "total",
  "rate",
  NULL,
};

static KeelManager *
keel_manager_new (KeelManagerFlags flags)
{
  KeelManager *self = g_object_new (KEEL_TYPE_MANAGER, NULL);
  const gboolean live = (flags & KEEL_MANAGER_LIVE) != 0;

  self->flags = flags;
  self->link = keel_link_dup_default ();
  self->remote = keel_remote_new_manager (self->link);
  self->list = keel_task_list_new ();
  self->feed = keel_task_feed_new (self->remote, self->list,
                                   live ? KEEL_TASK_FEED_LIVE_ALWAYS : KEEL_TASK_FEED_STILL);
  if ((flags & KEEL_MANAGER_BRIEF) != 0)
    keel_task_feed_set_fields (self->feed, brief_fields);

  g_signal_connect (self->list, "items-changed", G_CALLBACK (items_changed_cb), self);
  g_signal_connect (self->list, "task-state-changed", G_CALLBACK (task_state_changed_cb), self);
  g_signal_connect (self->list, "task-rank-changed", G_CALLBACK (task_rank_changed_cb), self);
  g_signal_connect (self->link, "quitting", G_CALLBACK (quitting_cb), self);
  g_signal_connect (self->link, "limits-changed", G_CALLBACK (limits_changed_cb), self);
  g_signal_connect_swapped (self->link, "appeared", G_CALLBACK (connection_changed_cb), self);
  g_signal_connect_swapped (self->link, "vanished", G_CALLBACK (connection_changed_cb), self);
  g_signal_connect_swapped (self->feed, "notify::connected", G_CALLBACK (connection_changed_cb),
                            self);
  return self;
}

static void
keel_manager_return_opened (KeelManager *self,
                            GTask       *task)
{
  connection_changed_cb (self);
  g_task_return_pointer (task, g_object_ref (self), g_object_unref);
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelManager *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (keel_task_feed_load_finish (self->feed, result, &error))
    keel_manager_return_opened (self, task);
  else
    g_task_return_error (task, error);
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelManager *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!keel_remote_open_finish (self->remote, result, &error))
    g_task_return_error (task, error);
  else if ((self->flags & KEEL_MANAGER_NO_TASKS) != 0)
    keel_manager_return_opened (self, task);
  else
    keel_task_feed_load_async (self->feed, g_task_get_cancellable (task), loaded_cb,
                               g_object_ref (task));
}

/**
 * keel_manager_open_async:
 * @flags: what the manager is opened for
 * @cancellable: (nullable): to stop opening
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Opens the list of all transfers, and starts the service if it is not running.
 *
 * The manager belongs to the thread-default main context of the caller, in which @callback is
 * called, too. Cancelling leaves nothing behind.
 *
 * Since: 0.1
 */
void
keel_manager_open_async (KeelManagerFlags     flags,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  KeelManager *self;

  g_return_if_fail ((flags & KEEL_MANAGER_LIVE) == 0 || (flags & KEEL_MANAGER_NO_TASKS) == 0);

  g_task_set_source_tag (task, keel_manager_open_async);
  self = keel_manager_new (flags);
  g_task_set_task_data (task, self, g_object_unref);
  keel_remote_open_async (self->remote, KEEL_LINK_CALL_USER, cancellable, opened_cb,
                          g_steal_pointer (&task));
}

/**
 * keel_manager_open_finish:
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [func@Keel.Manager.open_async].
 *
 * Errors: %KEEL_ERROR_NOT_ALLOWED, %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE,
 * %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the manager, with the tasks in it, or %NULL on error
 *
 * Since: 0.1
 */
KeelManager *
keel_manager_open_finish (GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * keel_manager_get_connected:
 * @self: a manager
 *
 * Whether the service is there; see [property@Keel.Manager:connected].
 *
 * Returns: %TRUE if it is
 *
 * Since: 0.1
 */
gboolean
keel_manager_get_connected (KeelManager *self)
{
  g_return_val_if_fail (KEEL_IS_MANAGER (self), FALSE);

  return self->connected;
}

/**
 * keel_manager_get_task:
 * @self: a manager
 * @id: the number of a task
 *
 * Finds a task in the manager's list; nothing is asked of the service.
 *
 * Returns: (transfer none) (nullable): the task, owned by the manager, or %NULL
 *
 * Since: 0.1
 */
KeelTask *
keel_manager_get_task (KeelManager *self,
                       guint64      id)
{
  g_return_val_if_fail (KEEL_IS_MANAGER (self), NULL);

  return keel_task_list_find (self->list, id);
}

/**
 * keel_manager_reconnect:
 * @self: a manager
 *
 * Starts the service if it is away, because a user wants it, also after it was told to quit.
 *
 * [property@Keel.Manager:connected] tells when it is there. Nothing happens if it is there already.
 *
 * Since: 0.1
 */
void
keel_manager_reconnect (KeelManager *self)
{
  g_return_if_fail (KEEL_IS_MANAGER (self));

  keel_link_reconnect (self->link);
}
