/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-feed.h"

#include "keel-error.h"
#include "keel-task-sync.h"

/* Keeps a KeelTaskList true: fills it (KeelTaskSync), then applies what the service signals, and
 * notices when something may have been missed.
 *
 *   - Every TasksChanged names the generation before it. If that is newer than what we know, a
 *     signal was lost: everything is asked for again. A renewed lease that promises a generation
 *     which does not arrive soon means the same.
 *   - Signals that come during a synchronisation are kept and applied after it; rows carry the
 *     generation that they are as new as, so that none is ever replaced by an older one.
 *   - Another owner of the service's name knows nothing of our watching and counts generations
 *     anew: everything is asked for again, and the KeelTask objects stay the same. */

#define RENEWAL_MSEC 10000
#define PROMISE_MSEC 1000
#define SYNC_AGAIN_MSEC 2000

struct _KeelTaskFeed {
  GObject parent_instance;

  KeelRemote *remote; /* (owned) */
  KeelTaskList *list; /* (owned) */
  KeelTaskFeedMode mode;
  const char *const *fields; /* (nullable) static; the keys of rows that are wanted */
  gboolean closed;
  gboolean loaded;
  gboolean connected;

  KeelTaskSync *sync;        /* (owned) (nullable) under way */
  GCancellable *cancellable; /* (owned) of our own calls */
  GQueue kept;               /* (element-type GVariant) TasksChanged during a synchronisation */
  gboolean missed;           /* synchronise again after this one */

  char *owner;        /* (owned) (nullable) the service that the list is of */
  guint64 generation; /* of the last TasksChanged */
  guint64 promised;   /* a generation that signals must reach soon */
  guint64 tick;       /* of the last Progress, 0 for none */

  GSource *renewal;    /* (owned) (nullable) */
  GSource *promise;    /* (owned) (nullable) */
  GSource *sync_again; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (KeelTaskFeed, keel_task_feed, G_TYPE_OBJECT)

enum { PROP_0, PROP_CONNECTED, N_PROPS };

static GParamSpec *props[N_PROPS];

static void keel_task_feed_synchronize (KeelTaskFeed *self);

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
keel_task_feed_set_timer (KeelTaskFeed  *self,
                          GSource      **timer,
                          guint          interval_msec,
                          GSourceFunc    callback)
{
  clear_source (timer);
  *timer = keel_link_add_timeout (keel_remote_get_link (self->remote), interval_msec, callback,
                                  self);
}

static void
keel_task_feed_set_connected (KeelTaskFeed *self,
                              gboolean      connected)
{
  if (self->connected == connected)
    return;
  self->connected = connected;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CONNECTED]);
}

static KeelTaskOrigin
keel_task_feed_get_origin (KeelTaskFeed *self,
                           guint64       generation)
{
  return (KeelTaskOrigin) {
    .remote = self->remote,
    .followed = self->mode != KEEL_TASK_FEED_STILL && !self->closed,
    .announce = self->loaded,
    .generation = generation,
  };
}

/* Signals */

static void
keel_task_feed_apply_changes (KeelTaskFeed *self,
                              GVariant     *parameters)
{
  g_autoptr (GVariant) changed = NULL;
  g_autoptr (GVariant) removed = NULL;
  guint64 previous, generation;
  KeelTaskOrigin origin;

  g_variant_get (parameters, "(tt@aa{sv}@at)", &previous, &generation, &changed, &removed);
  if (previous > self->generation)
    {
      keel_task_feed_synchronize (self);
      return;
    }
  if (generation <= self->generation)
    return;

  self->generation = generation;
  origin = keel_task_feed_get_origin (self, generation);
  keel_task_list_merge (self->list, &origin, changed);
  keel_task_list_remove (self->list, removed);
}

static void
message_cb (KeelRemote *remote,
            const char *name,
            GVariant   *parameters,
            gpointer    user_data)
{
  g_autoptr (KeelTaskFeed) self = g_object_ref (user_data);

  if (g_str_equal (name, "TasksChanged") &&
      g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ttaa{sv}at)")))
    {
      if (self->sync != NULL)
        g_queue_push_tail (&self->kept, g_variant_ref (parameters));
      else if (self->connected)
        keel_task_feed_apply_changes (self, parameters);
    }
  else if (g_str_equal (name, "Progress") &&
           g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ta(tttt))")))
    {
      g_autoptr (GVariant) numbers = NULL;

      g_variant_get (parameters, "(t@a(tttt))", &self->tick, &numbers);
      keel_task_list_apply_numbers (self->list, numbers);
    }
}

/* Lease */

static gboolean
promise_cb (gpointer user_data)
{
  g_autoptr (KeelTaskFeed) self = g_object_ref (user_data);

  clear_source (&self->promise);
  if (self->promised > self->generation)
    keel_task_feed_synchronize (self);
  return G_SOURCE_REMOVE;
}

static void
renewed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (KeelTaskFeed) self = user_data;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  guint64 generation;

  reply = keel_remote_call_finish (KEEL_REMOTE (source), result, &error);
  if (self->closed || self->sync != NULL || !self->connected)
    return;
  if (reply == NULL)
    {
      keel_task_feed_synchronize (self);
      return;
    }

  g_variant_get (reply, "(ut)", NULL, &generation);
  if (generation > self->generation)
    {
      self->promised = generation;
      keel_task_feed_set_timer (self, &self->promise, PROMISE_MSEC, promise_cb);
    }
}

static gboolean
renewal_cb (gpointer user_data)
{
  KeelTaskFeed *self = user_data;

  keel_remote_call_async (self->remote, KEEL_LINK_CALL_FOLLOW_UP, "Watch",
                          keel_task_sync_create_watch (self->fields, self->tick),
                          KEEL_TASK_SYNC_WATCH_REPLY, self->cancellable, renewed_cb,
                          g_object_ref (self));
  return G_SOURCE_CONTINUE;
}

/* Synchronising */

static gboolean
sync_again_cb (gpointer user_data)
{
  g_autoptr (KeelTaskFeed) self = g_object_ref (user_data);

  clear_source (&self->sync_again);
  if (keel_link_get_owner (keel_remote_get_link (self->remote)) != NULL)
    keel_task_feed_synchronize (self);
  return G_SOURCE_REMOVE;
}

static void
page_cb (KeelTaskSync *sync,
         GVariant     *rows,
         guint64       generation,
         guint64       after,
         guint64       last,
         gpointer      user_data)
{
  KeelTaskFeed *self = user_data;
  KeelTaskOrigin origin = keel_task_feed_get_origin (self, generation);

  /* The generations of the rows that we have are of another service if it was restarted. */
  if (after == 0 && g_strcmp0 (self->owner, keel_task_sync_get_owner (sync)) != 0)
    {
      keel_task_list_forget_generations (self->list);
      g_free (self->owner);
      self->owner = g_strdup (keel_task_sync_get_owner (sync));
    }
  keel_task_list_retain (self->list, rows, after, last, generation);
  keel_task_list_merge (self->list, &origin, rows);
}

static void
keel_task_feed_drop_kept (KeelTaskFeed *self)
{
  g_queue_clear_full (&self->kept, (GDestroyNotify) g_variant_unref);
}

static void
keel_task_feed_go_live (KeelTaskFeed *self,
                        KeelTaskSync *sync)
{
  const char *owner = keel_link_get_owner (keel_remote_get_link (self->remote));
  const guint lease_msec = keel_task_sync_get_lease_msec (sync);

  self->generation = keel_task_sync_get_generation (sync);
  self->loaded = TRUE;
  if (self->missed || g_strcmp0 (owner, keel_task_sync_get_owner (sync)) != 0)
    {
      keel_task_feed_drop_kept (self);
      if (owner != NULL)
        keel_task_feed_synchronize (self);
      return;
    }

  keel_task_feed_set_connected (self, TRUE);
  keel_task_feed_set_timer (self, &self->renewal, MIN (RENEWAL_MSEC, lease_msec / 2), renewal_cb);
  while (self->sync == NULL && !g_queue_is_empty (&self->kept))
    {
      g_autoptr (GVariant) parameters = g_queue_pop_head (&self->kept);

      keel_task_feed_apply_changes (self, parameters);
    }
}

/* Ends a synchronisation, whoever wanted it. */
static gboolean
keel_task_feed_take_result (KeelTaskFeed  *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_autoptr (KeelTaskSync) sync = g_steal_pointer (&self->sync);
  gboolean done;

  done = keel_task_sync_run_finish (sync, result, error);
  if (self->closed || !done)
    keel_task_feed_drop_kept (self);
  else if (self->mode != KEEL_TASK_FEED_STILL)
    keel_task_feed_go_live (self, sync);
  else
    self->loaded = TRUE;
  return done;
}

static void
synchronized_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (KeelTaskFeed) self = user_data;
  g_autoptr (GError) error = NULL;

  if (keel_task_feed_take_result (self, result, &error) || self->closed)
    return;

  g_debug ("The tasks could not be listed: %s", error->message);
  if (self->missed)
    keel_task_feed_synchronize (self);
  else
    keel_task_feed_set_timer (self, &self->sync_again, SYNC_AGAIN_MSEC, sync_again_cb);
}

/* Asks for everything again. The objects in the list stay. */
static void
keel_task_feed_synchronize (KeelTaskFeed *self)
{
  if (self->closed)
    return;
  if (self->sync != NULL)
    {
      self->missed = TRUE;
      return;
    }

  self->missed = FALSE;
  clear_source (&self->sync_again);
  clear_source (&self->promise);
  self->sync = keel_task_sync_new (self->remote, KEEL_LINK_CALL_FOLLOW_UP, TRUE, self->fields,
                                   self->tick, page_cb, self);
  keel_task_sync_run_async (self->sync, self->cancellable, synchronized_cb, g_object_ref (self));
}

static void
appeared_cb (KeelLink *link,
             gpointer  user_data)
{
  KeelTaskFeed *self = user_data;

  /* The very first synchronisation is what started the service. */
  if (self->loaded)
    keel_task_feed_synchronize (self);
}

static gboolean
keel_task_feed_is_busy (KeelTaskFeed *self)
{
  for (guint i = 0; i < keel_task_list_get_n_tasks (self->list); i++)
    {
      KeelTask *task = keel_task_list_peek (self->list, i);

      if (!keel_task_has_ended (task) && keel_task_get_state (task) != KEEL_TASK_STATE_PAUSED)
        return TRUE;
    }
  return FALSE;
}

static void
vanished_cb (KeelLink *link,
             gpointer  user_data)
{
  g_autoptr (KeelTaskFeed) self = g_object_ref (user_data);

  clear_source (&self->renewal);
  clear_source (&self->promise);
  keel_task_list_stop_rates (self->list);
  keel_task_feed_set_connected (self, FALSE);
  if (!self->closed && (self->mode == KEEL_TASK_FEED_LIVE_ALWAYS || keel_task_feed_is_busy (self)))
    keel_link_want_service (link);
}

/* Loading and fetching */

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelTaskFeed *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (keel_task_feed_take_result (self, result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Only these keys of rows are asked for, besides the number; to be called before anything is. The
 * array is static. */
void
keel_task_feed_set_fields (KeelTaskFeed      *self,
                           const char *const *fields)
{
  self->fields = fields;
}

/* Fills the list for the first time; to be called once. */
void
keel_task_feed_load_async (KeelTaskFeed        *self,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, keel_task_feed_load_async);
  self->sync = keel_task_sync_new (self->remote, KEEL_LINK_CALL_USER,
                                   self->mode != KEEL_TASK_FEED_STILL, self->fields, 0, page_cb,
                                   self);
  keel_task_sync_run_async (self->sync, cancellable, loaded_cb, task);
}

gboolean
keel_task_feed_load_finish (KeelTaskFeed  *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
fetched_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelTaskFeed *self = g_task_get_source_object (task);
  GArray *ids = g_task_get_task_data (task);
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) rows = NULL;
  KeelTaskOrigin origin;
  guint64 generation;
  GError *error = NULL;

  reply = keel_remote_call_finish (KEEL_REMOTE (source), result, &error);
  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  g_variant_get (reply, "(t@aa{sv}@a{sv})", &generation, &rows, NULL);
  origin = keel_task_feed_get_origin (self, generation);
  if (self->mode == KEEL_TASK_FEED_STILL) /* it may be of another service than the last time */
    keel_task_list_forget_generations (self->list);
  keel_task_list_merge (self->list, &origin, rows);

  tasks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < ids->len; i++)
    {
      KeelTask *found = keel_task_list_find (self->list, g_array_index (ids, guint64, i));

      if (found == NULL)
        {
          g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK,
                                   "There is no task %" G_GUINT64_FORMAT,
                                   g_array_index (ids, guint64, i));
          return;
        }
      g_ptr_array_add (tasks, g_object_ref (found));
    }
  g_task_return_pointer (task, g_steal_pointer (&tasks), (GDestroyNotify) g_ptr_array_unref);
}

/* Reads some tasks, which become members of the list. */
void
keel_task_feed_fetch_async (KeelTaskFeed        *self,
                            KeelLinkCallMode     mode,
                            const guint64       *ids,
                            gsize                n_ids,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GArray *wanted = g_array_sized_new (FALSE, FALSE, sizeof (guint64), (guint) n_ids);
  GVariantDict filter;

  g_task_set_source_tag (task, keel_task_feed_fetch_async);
  g_array_append_vals (wanted, ids, (guint) n_ids);
  g_task_set_task_data (task, wanted, (GDestroyNotify) g_array_unref);

  g_variant_dict_init (&filter, NULL);
  g_variant_dict_insert_value (&filter, "ids",
                               g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, ids, n_ids,
                                                          sizeof (guint64)));
  keel_remote_call_async (self->remote, mode, "GetTasks",
                          g_variant_new ("(@a{sv}@as)", g_variant_dict_end (&filter),
                                         keel_task_sync_create_fields (self->fields)),
                          KEEL_TASK_SYNC_PAGE_REPLY, cancellable, fetched_cb,
                          g_steal_pointer (&task));
}

/* (element-type KeelTask) in the order of the ids */
GPtrArray *
keel_task_feed_fetch_finish (KeelTaskFeed  *self,
                             GAsyncResult  *result,
                             GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
keel_task_feed_get_connected (KeelTaskFeed *self)
{
  return self->connected;
}

/* Stops following; the list stays as it is. */
void
keel_task_feed_close (KeelTaskFeed *self)
{
  const gboolean was_connected = self->connected;

  if (self->closed)
    return;

  self->closed = TRUE;
  g_signal_handlers_disconnect_by_data (self->remote, self);
  g_signal_handlers_disconnect_by_data (keel_remote_get_link (self->remote), self);
  clear_source (&self->renewal);
  clear_source (&self->promise);
  clear_source (&self->sync_again);
  g_cancellable_cancel (self->cancellable);
  keel_task_feed_drop_kept (self);
  if (was_connected)
    keel_remote_call_async (self->remote, KEEL_LINK_CALL_IF_RUNNING, "Watch",
                            g_variant_new ("(ua{sv})", 0, NULL), KEEL_TASK_SYNC_WATCH_REPLY, NULL,
                            NULL, NULL);
  keel_task_feed_set_connected (self, FALSE);
  keel_task_list_unfollow (self->list);
}

static void
keel_task_feed_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  if (prop_id == PROP_CONNECTED)
    g_value_set_boolean (value, KEEL_TASK_FEED (object)->connected);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
keel_task_feed_dispose (GObject *object)
{
  keel_task_feed_close (KEEL_TASK_FEED (object));
  G_OBJECT_CLASS (keel_task_feed_parent_class)->dispose (object);
}

static void
keel_task_feed_finalize (GObject *object)
{
  KeelTaskFeed *self = KEEL_TASK_FEED (object);

  g_free (self->owner);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->list);
  g_clear_object (&self->remote);
  G_OBJECT_CLASS (keel_task_feed_parent_class)->finalize (object);
}

static void
keel_task_feed_class_init (KeelTaskFeedClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = keel_task_feed_get_property;
  object_class->dispose = keel_task_feed_dispose;
  object_class->finalize = keel_task_feed_finalize;

  props[PROP_CONNECTED] = g_param_spec_boolean ("connected", NULL, NULL, FALSE,
                                                G_PARAM_READABLE | G_PARAM_STATIC_STRINGS |
                                                  G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
keel_task_feed_init (KeelTaskFeed *self)
{
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->kept);
}

KeelTaskFeed *
keel_task_feed_new (KeelRemote       *remote,
                    KeelTaskList     *list,
                    KeelTaskFeedMode  mode)
{
  KeelTaskFeed *self = g_object_new (KEEL_TYPE_TASK_FEED, NULL);

  self->remote = g_object_ref (remote);
  self->list = g_object_ref (list);
  self->mode = mode;
  if (mode != KEEL_TASK_FEED_STILL)
    {
      KeelLink *link = keel_remote_get_link (remote);

      g_signal_connect (remote, "message", G_CALLBACK (message_cb), self);
      g_signal_connect (link, "appeared", G_CALLBACK (appeared_cb), self);
      g_signal_connect (link, "vanished", G_CALLBACK (vanished_cb), self);
    }
  return self;
}
