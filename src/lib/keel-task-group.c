/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-group-private.h"

/* The tasks of a session that carry one group name, added up. Nothing of it is told by the service:
 * it is a view of the list.
 *
 * Many numbers change at once, so a change only marks the sums as old, and they are made anew once
 * in a turn of the main loop, or when somebody asks. */

/**
 * KeelTaskGroup:
 *
 * The tasks of a session that belong together, such as the parts of one thing that is downloaded,
 * and their progress as a whole.
 *
 * Which tasks belong to it is said by [method@Keel.Download.set_group] when they are added. The
 * object comes from [method@Keel.Session.get_group], belongs to the main context of its session,
 * and notifies its properties there. A cancelled task counts as ended and adds nothing to the
 * numbers of bytes.
 *
 * Since: 0.1
 */

enum {
  PROP_0,
  PROP_NAME,
  PROP_N_TASKS,
  PROP_N_ENDED,
  PROP_RECEIVED,
  PROP_TOTAL,
  PROP_FRACTION,
  N_PROPS
};

typedef struct {
  guint n_tasks;
  guint n_ended;
  guint64 received;
  gint64 total; /* -1: not known */
  double fraction;
} Sums;

struct _KeelTaskGroup {
  GObject parent_instance;

  char *name;         /* (owned) */
  KeelTaskList *list; /* (owned) */
  GPtrArray *members; /* (owned) (element-type KeelTask) */
  Sums sums;
  GSource *refresh; /* (owned) (nullable) the sums are old */
};

G_DEFINE_FINAL_TYPE (KeelTaskGroup, keel_task_group, G_TYPE_OBJECT)

static GParamSpec *props[N_PROPS];

static Sums
keel_task_group_add_up (KeelTaskGroup *self)
{
  Sums sums = { .n_tasks = self->members->len };
  double fractions = 0.0;
  gboolean all_known = TRUE;
  guint n_counted = 0;

  for (guint i = 0; i < self->members->len; i++)
    {
      KeelTask *task = g_ptr_array_index (self->members, i);

      sums.n_ended += keel_task_has_ended (task) ? 1 : 0;
      if (keel_task_get_state (task) == KEEL_TASK_STATE_CANCELLED)
        continue;
      n_counted++;
      sums.received += keel_task_get_received (task);
      fractions += keel_task_get_fraction (task);
      if (keel_task_get_total (task) >= 0)
        sums.total += keel_task_get_total (task);
      else
        all_known = FALSE;
    }

  if (!all_known)
    sums.total = -1;
  if (sums.total > 0)
    sums.fraction = CLAMP ((double) sums.received / (double) sums.total, 0.0, 1.0);
  else if (n_counted > 0)
    sums.fraction = fractions / n_counted;
  return sums;
}

static void
keel_task_group_stop_refresh (KeelTaskGroup *self)
{
  if (self->refresh != NULL)
    g_source_destroy (self->refresh);
  g_clear_pointer (&self->refresh, g_source_unref);
}

static void
keel_task_group_refresh (KeelTaskGroup *self)
{
  const Sums before = self->sums;
  gboolean differs[N_PROPS] = { FALSE };

  keel_task_group_stop_refresh (self);
  self->sums = keel_task_group_add_up (self);
  differs[PROP_N_TASKS] = before.n_tasks != self->sums.n_tasks;
  differs[PROP_N_ENDED] = before.n_ended != self->sums.n_ended;
  differs[PROP_RECEIVED] = before.received != self->sums.received;
  differs[PROP_TOTAL] = before.total != self->sums.total;
  differs[PROP_FRACTION] = before.fraction != self->sums.fraction;

  g_object_freeze_notify (G_OBJECT (self));
  for (guint i = PROP_N_TASKS; i < N_PROPS; i++)
    if (differs[i])
      g_object_notify_by_pspec (G_OBJECT (self), props[i]);
  g_object_thaw_notify (G_OBJECT (self));
}

static gboolean
refresh_cb (gpointer user_data)
{
  g_autoptr (KeelTaskGroup) self = g_object_ref (user_data);

  keel_task_group_refresh (self);
  return G_SOURCE_REMOVE;
}

static void
keel_task_group_refresh_soon (KeelTaskGroup *self)
{
  if (self->refresh != NULL)
    return;
  self->refresh = g_idle_source_new ();
  g_source_set_priority (self->refresh, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->refresh, refresh_cb, self, NULL);
  g_source_set_static_name (self->refresh, "[keel] sums of a group");
  g_source_attach (self->refresh, g_main_context_get_thread_default ());
}

static void
member_changed_cb (KeelTask   *task,
                   GParamSpec *pspec,
                   gpointer    user_data)
{
  keel_task_group_refresh_soon (user_data);
}

static void
keel_task_group_leave (KeelTaskGroup *self)
{
  for (guint i = 0; i < self->members->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->members, i), self);
  g_ptr_array_set_size (self->members, 0);
}

/* Who belongs to the group, anew: the list changes far less often than its numbers do. */
static void
items_changed_cb (KeelTaskList *list,
                  guint         position,
                  guint         n_removed,
                  guint         n_added,
                  gpointer      user_data)
{
  KeelTaskGroup *self = user_data;

  keel_task_group_leave (self);
  for (guint i = 0; i < keel_task_list_get_n_tasks (list); i++)
    {
      KeelTask *task = keel_task_list_peek (list, i);

      if (g_strcmp0 (task->row.group, self->name) != 0)
        continue;
      g_ptr_array_add (self->members, g_object_ref (task));
      g_signal_connect (task, "notify", G_CALLBACK (member_changed_cb), self);
    }
  keel_task_group_refresh_soon (self);
}

static void
keel_task_group_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  KeelTaskGroup *self = KEEL_TASK_GROUP (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_N_TASKS:
      g_value_set_uint (value, keel_task_group_get_n_tasks (self));
      break;
    case PROP_N_ENDED:
      g_value_set_uint (value, keel_task_group_get_n_ended (self));
      break;
    case PROP_RECEIVED:
      g_value_set_uint64 (value, keel_task_group_get_received (self));
      break;
    case PROP_TOTAL:
      g_value_set_int64 (value, keel_task_group_get_total (self));
      break;
    case PROP_FRACTION:
      g_value_set_double (value, keel_task_group_get_fraction (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
keel_task_group_dispose (GObject *object)
{
  KeelTaskGroup *self = KEEL_TASK_GROUP (object);

  keel_task_group_stop_refresh (self);
  if (self->list != NULL)
    g_signal_handlers_disconnect_by_data (self->list, self);
  keel_task_group_leave (self);
  G_OBJECT_CLASS (keel_task_group_parent_class)->dispose (object);
}

static void
keel_task_group_finalize (GObject *object)
{
  KeelTaskGroup *self = KEEL_TASK_GROUP (object);

  g_clear_object (&self->list);
  g_ptr_array_unref (self->members);
  g_free (self->name);
  G_OBJECT_CLASS (keel_task_group_parent_class)->finalize (object);
}

static void
keel_task_group_class_init (KeelTaskGroupClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = keel_task_group_get_property;
  object_class->dispose = keel_task_group_dispose;
  object_class->finalize = keel_task_group_finalize;

  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_N_TASKS] = g_param_spec_uint ("n-tasks", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_N_ENDED] = g_param_spec_uint ("n-ended", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_RECEIVED] = g_param_spec_uint64 ("received", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  props[PROP_TOTAL] = g_param_spec_int64 ("total", NULL, NULL, -1, G_MAXINT64, 0, flags);
  props[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, 0.0, 1.0, 0.0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
keel_task_group_init (KeelTaskGroup *self)
{
  self->members = g_ptr_array_new_with_free_func (g_object_unref);
}

KeelTaskGroup *
keel_task_group_new (KeelTaskList *list,
                     const char   *name)
{
  KeelTaskGroup *self = g_object_new (KEEL_TYPE_TASK_GROUP, NULL);

  self->list = g_object_ref (list);
  self->name = g_strdup (name);
  g_signal_connect (list, "items-changed", G_CALLBACK (items_changed_cb), self);
  items_changed_cb (list, 0, 0, 0, self);
  return self;
}

/* Whoever asks is told what holds now. */
static const Sums *
keel_task_group_get_sums (KeelTaskGroup *self)
{
  if (self->refresh != NULL)
    keel_task_group_refresh (self);
  return &self->sums;
}

/**
 * KeelTaskGroup:name:
 *
 * The name of the group.
 *
 * Since: 0.1
 */

/**
 * keel_task_group_get_name:
 * @self: a group
 *
 * The name of the group.
 *
 * Returns: (transfer none): the name, owned by the group
 *
 * Since: 0.1
 */
const char *
keel_task_group_get_name (KeelTaskGroup *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_GROUP (self), NULL);

  return self->name;
}

/**
 * KeelTaskGroup:n-tasks:
 *
 * How many tasks belong to the group.
 *
 * Since: 0.1
 */

/**
 * keel_task_group_get_n_tasks:
 * @self: a group
 *
 * How many tasks belong to the group.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
keel_task_group_get_n_tasks (KeelTaskGroup *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_GROUP (self), 0);

  return keel_task_group_get_sums (self)->n_tasks;
}

/**
 * KeelTaskGroup:n-ended:
 *
 * How many of them have ended: finished, failed or cancelled.
 *
 * Since: 0.1
 */

/**
 * keel_task_group_get_n_ended:
 * @self: a group
 *
 * How many tasks of the group have ended: finished, failed or cancelled.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
keel_task_group_get_n_ended (KeelTaskGroup *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_GROUP (self), 0);

  return keel_task_group_get_sums (self)->n_ended;
}

/**
 * KeelTaskGroup:received:
 *
 * How much of all has arrived, in bytes.
 *
 * Since: 0.1
 */

/**
 * keel_task_group_get_received:
 * @self: a group
 *
 * How much of all has arrived.
 *
 * Returns: bytes
 *
 * Since: 0.1
 */
guint64
keel_task_group_get_received (KeelTaskGroup *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_GROUP (self), 0);

  return keel_task_group_get_sums (self)->received;
}

/**
 * KeelTaskGroup:total:
 *
 * How large all are together, in bytes; -1 when that is not known of one of them.
 *
 * Since: 0.1
 */

/**
 * keel_task_group_get_total:
 * @self: a group
 *
 * How large all are together.
 *
 * Returns: bytes, or -1 when that is not known of one of them
 *
 * Since: 0.1
 */
gint64
keel_task_group_get_total (KeelTaskGroup *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_GROUP (self), -1);

  return keel_task_group_get_sums (self)->total;
}

/**
 * KeelTaskGroup:fraction:
 *
 * How much of the whole has arrived, 0.0 to 1.0.
 *
 * Since: 0.1
 */

/**
 * keel_task_group_get_fraction:
 * @self: a group
 *
 * How much of the whole has arrived: of the bytes if all sizes are known, else the mean of the
 * tasks.
 *
 * Returns: 0.0 to 1.0
 *
 * Since: 0.1
 */
double
keel_task_group_get_fraction (KeelTaskGroup *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_GROUP (self), 0.0);

  return keel_task_group_get_sums (self)->fraction;
}
