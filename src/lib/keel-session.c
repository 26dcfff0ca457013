/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-session.h"

#include "keel-error.h"
#include "keel-link.h"
#include "keel-session-private.h"
#include "keel-task-group-private.h"

/* The transfers of one application, under an identifier that the application chose. The object is
 * a thin front: calls go through KeelRemote, the list is KeelTaskList, KeelTaskFeed keeps it true,
 * KeelEventInbox brings the events. This file is the list and the life of the object,
 * keel-session-open.c its beginning, keel-session-add.c what is added to it, keel-session-calls.c
 * what else is asked of the service.
 *
 * Who is told of an end? In a session with events "task-finished" and "task-failed" come from
 * those, so that an end is told once, in order, and again if nobody was there. In one without, and
 * with a service that has no events, they come from what the list sees with its own eyes.
 *
 * The sessions of a main context are known to each other's KeelLink, for KeelBackground, which has
 * to see whether the program has opened the session that it was woken for. */

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

enum {
  TASK_FINISHED,
  TASK_FAILED,
  CHALLENGE,
  EVENT,
  EVENTS_BEGAN,
  EVENTS_DRAINED,
  INVALIDATED,
  N_SIGNALS
};

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

/* The list has seen the end itself. */
static void
keel_session_tell_end (KeelSession *self,
                       KeelTask    *task)
{
  if (keel_task_get_state (task) == KEEL_TASK_STATE_FINISHED)
    g_signal_emit (self, signals[TASK_FINISHED], 0, task);
  else if (keel_task_get_state (task) == KEEL_TASK_STATE_FAILED)
    g_signal_emit (self, signals[TASK_FAILED], 0, task);
}

static void
task_state_changed_cb (KeelTaskList *list,
                       KeelTask     *task,
                       gpointer      user_data)
{
  KeelSession *self = user_data;

  if (!keel_task_has_ended (task) && keel_task_has_challenge (task))
    g_signal_emit (self, signals[CHALLENGE], 0, task);
  else if (self->undecided != NULL && keel_task_has_ended (task))
    g_ptr_array_add (self->undecided, g_object_ref (task));
  else if (self->inbox == NULL || !keel_event_inbox_get_supported (self->inbox))
    keel_session_tell_end (self, task);
}

static void
events_supported_cb (KeelEventInbox *inbox,
                     gpointer        user_data)
{
  g_autoptr (KeelSession) self = g_object_ref (user_data);
  g_autoptr (GPtrArray) undecided = g_steal_pointer (&self->undecided);

  if (undecided == NULL || keel_event_inbox_get_supported (inbox))
    return;
  for (guint i = 0; i < undecided->len; i++)
    keel_session_tell_end (self, g_ptr_array_index (undecided, i));
}

static void
event_cb (KeelEventInbox *inbox,
          KeelEvent      *event,
          gpointer        user_data)
{
  g_autoptr (KeelSession) self = g_object_ref (user_data);

  g_signal_emit (self, signals[EVENT], 0, event);
  if (keel_event_has_file (event))
    g_signal_emit (self, signals[TASK_FINISHED], 0, keel_event_get_task (event));
  else if (keel_event_has_failed (event))
    g_signal_emit (self, signals[TASK_FAILED], 0, keel_event_get_task (event));
}

static void
events_began_cb (KeelEventInbox *inbox,
                 guint           n_events,
                 gpointer        user_data)
{
  g_signal_emit (user_data, signals[EVENTS_BEGAN], 0, n_events);
}

static void
events_drained_cb (KeelEventInbox *inbox,
                   gpointer        user_data)
{
  g_signal_emit (user_data, signals[EVENTS_DRAINED], 0);
}

/* The session is over: there is nothing to follow any more. */
static void
invalidated_cb (KeelEventInbox *inbox,
                gpointer        user_data)
{
  g_autoptr (KeelSession) self = g_object_ref (user_data);

  keel_session_close (self);
  g_signal_emit (self, signals[INVALIDATED], 0);
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
  if (self->inbox != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->inbox, self);
      keel_event_inbox_close (self->inbox);
    }
  if (self->feed != NULL)
    keel_task_feed_close (self->feed);
  g_hash_table_remove_all (self->groups);
  if (self->remote != NULL)
    keel_link_remove_session (keel_remote_get_link (self->remote), G_OBJECT (self));
  G_OBJECT_CLASS (keel_session_parent_class)->dispose (object);
}

static void
keel_session_finalize (GObject *object)
{
  KeelSession *self = KEEL_SESSION (object);

  g_clear_object (&self->inbox);
  g_clear_pointer (&self->undecided, g_ptr_array_unref);
  g_hash_table_unref (self->groups);
  g_clear_object (&self->feed);
  g_clear_object (&self->list);
  g_clear_object (&self->remote);
  g_clear_pointer (&self->joiners, g_ptr_array_unref);
  g_free (self->identifier);
  g_free (self->app_id);
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
   * A task has finished: its file is in its place.
   *
   * In a session with events (the default) emitted once for each end, also for those that came
   * while nobody had the session open; the end is acknowledged when all handlers have returned.
   * In one without, emitted for what ends while the session is open.
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
   * A task has failed; its error says why, unless it was tried again meanwhile.
   *
   * For what ended while nobody had the session open see [signal@Keel.Session::task-finished].
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
create_event_signals (void)
{
  /**
   * KeelSession::event:
   * @self: the session
   * @event: what happened
   *
   * Something happened to a task.
   *
   * Emitted for every event, in order, before the other signal that the same event is told by. An
   * event that nobody has acknowledged comes again when the session is opened the next time; see
   * [class@Keel.Event]. The first ones come from the main loop after the callback of
   * [func@Keel.Session.open_async] has returned: who connects there misses none. Not emitted by a
   * session whose configuration says "events" false or "follow" false.
   *
   * Since: 0.1
   */
  signals[EVENT] = g_signal_new ("event", KEEL_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, KEEL_TYPE_EVENT);

  /**
   * KeelSession::events-began:
   * @self: the session
   * @n_events: how many
   *
   * What happened while nobody had the session open is now told. Not emitted if that is nothing.
   *
   * Since: 0.1
   */
  signals[EVENTS_BEGAN] = g_signal_new ("events-began", KEEL_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);

  /**
   * KeelSession::events-drained:
   * @self: the session
   *
   * Everything that has happened was told.
   *
   * Emitted once after the session was opened, also if there was nothing to tell, and later each
   * time when no task is left that has not ended and the last end was told.
   *
   * Since: 0.1
   */
  signals[EVENTS_DRAINED] = g_signal_new ("events-drained", KEEL_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * KeelSession::invalidated:
   * @self: the session
   *
   * The session was ended with [method@Keel.Session.close_async], by this or by another process of
   * the application, and nothing is left to tell; this object is closed. Its tasks stay with the
   * service until they are removed, and opening the identifier again makes it a session like any
   * other.
   *
   * Since: 0.1
   */
  signals[INVALIDATED] = g_signal_new ("invalidated", KEEL_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 0);
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
  create_event_signals ();
}

static void
keel_session_init (KeelSession *self)
{
  self->groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

/* Of a session with events that is followed. */
void
keel_session_add_inbox (KeelSession *self)
{
  self->inbox = keel_event_inbox_new (self->remote, self->list, self->feed, self->identifier);
  self->undecided = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect (self->inbox, "supported", G_CALLBACK (events_supported_cb), self);
  g_signal_connect (self->inbox, "began", G_CALLBACK (events_began_cb), self);
  g_signal_connect (self->inbox, "event", G_CALLBACK (event_cb), self);
  g_signal_connect (self->inbox, "drained", G_CALLBACK (events_drained_cb), self);
  g_signal_connect (self->inbox, "invalidated", G_CALLBACK (invalidated_cb), self);
}

/* Of every session. */
void
keel_session_add_list (KeelSession *self)
{
  self->list = keel_task_list_new ();
  self->feed = keel_task_feed_new (self->remote, self->list,
                                   self->follow ? KEEL_TASK_FEED_LIVE : KEEL_TASK_FEED_STILL);
  g_signal_connect (self->list, "items-changed", G_CALLBACK (items_changed_cb), self);
  g_signal_connect (self->list, "task-state-changed", G_CALLBACK (task_state_changed_cb), self);
}

void
keel_session_emit_challenge (KeelSession *self,
                             KeelTask    *task)
{
  g_signal_emit (self, signals[CHALLENGE], 0, task);
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
 * keel_session_get_group:
 * @self: a session
 * @name: the name of a group, as in [method@Keel.Download.set_group]
 *
 * The tasks of a session that belong together, and their progress as a whole.
 *
 * A group is never refused: one that no task belongs to is empty, and fills when tasks are added.
 * Asking again for the same name gives the same object.
 *
 * Returns: (transfer none): the group, owned by the session
 *
 * Since: 0.1
 */
KeelTaskGroup *
keel_session_get_group (KeelSession *self,
                        const char  *name)
{
  KeelTaskGroup *group;

  g_return_val_if_fail (KEEL_IS_SESSION (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  group = g_hash_table_lookup (self->groups, name);
  if (group == NULL)
    {
      group = keel_task_group_new (self->list, name);
      g_hash_table_insert (self->groups, g_strdup (name), group);
    }
  return group;
}

/**
 * keel_session_close:
 * @self: a session
 *
 * Stops following the service; the transfers go on, and the list stays as it is.
 *
 * Events that were handled are still acknowledged, others wait for whoever opens the session next.
 * Waits for the end of tasks end with %KEEL_ERROR_INVALID_STATE. Dropping the last reference does
 * the same. To end the session itself there is [method@Keel.Session.close_async].
 *
 * Since: 0.1
 */
void
keel_session_close (KeelSession *self)
{
  g_return_if_fail (KEEL_IS_SESSION (self));

  self->closed = TRUE;
  if (self->inbox != NULL)
    keel_event_inbox_close (self->inbox);
  keel_task_feed_close (self->feed);
}
