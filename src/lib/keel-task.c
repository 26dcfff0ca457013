/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-private.h"

#include "keel-enum-types.h"
#include "keel-error.h"

/* A transfer as a client sees it: a copy of the service's row that changes under the eyes of the
 * client's main context, one object for the whole life of the task, also over restarts of the
 * service. This file owns the row: how a newer one is taken over, and which properties are
 * notified for it (only those that are different, each once a row). Getters are in
 * keel-task-getters.c, calls to the service in keel-task-calls.c, and questions of servers with
 * their answers in keel-task-challenge.c.
 *
 * Most properties are fields of the row (keel-task-row.c). Three are made here: "error" of the
 * row's error fields, "fraction" and "eta" of its numbers. */

/**
 * KeelTask:
 *
 * One transfer of the service.
 *
 * Tasks come from a [class@Session] or a [class@Manager] and are not made by applications. All
 * properties are read-only and say the same as the getter of the same name; they change, and are
 * notified (only when they are different), in the main context in which the session or manager
 * was opened. A task that is kept longer than its list keeps its last values.
 *
 * Since: 0.1
 */

enum { PROP_0, PROP_ERROR, PROP_FRACTION, PROP_ETA, N_OWN_PROPS };

static GParamSpec *own_props[N_OWN_PROPS];
static GParamSpec *field_props[64]; /* by field of the row; NULL: not a property of its own */

G_DEFINE_FINAL_TYPE (KeelTask, keel_task, G_TYPE_OBJECT)

static GError *
row_to_error (const KeelTaskRow *row)
{
  if (row->error_code < 0)
    return NULL;
  return g_error_new_literal (KEEL_TASK_ERROR, row->error_code,
                              row->error_message != NULL ? row->error_message : "");
}

static gboolean
errors_equal (const KeelTaskRow *row,
              const KeelTaskRow *other)
{
  return row->error_code == other->error_code &&
         g_strcmp0 (row->error_message, other->error_message) == 0;
}

static void
keel_task_update_time_left (KeelTask *self)
{
  keel_time_left_update (&self->time_left, g_get_monotonic_time (),
                         self->row.state == KEEL_TASK_STATE_RUNNING ? self->row.rate : 0);
}

static void
keel_task_notify_changes (KeelTask          *self,
                          const KeelTaskRow *before,
                          double             fraction_before,
                          gint64             eta_before)
{
  for (guint i = 0; i < keel_task_row_get_n_fields (); i++)
    if (field_props[i] != NULL && !keel_task_row_field_equal (before, &self->row, i))
      g_object_notify_by_pspec (G_OBJECT (self), field_props[i]);
  if (!errors_equal (before, &self->row))
    g_object_notify_by_pspec (G_OBJECT (self), own_props[PROP_ERROR]);
  if (fraction_before != keel_task_get_fraction (self))
    g_object_notify_by_pspec (G_OBJECT (self), own_props[PROP_FRACTION]);
  if (eta_before != keel_task_get_eta (self))
    g_object_notify_by_pspec (G_OBJECT (self), own_props[PROP_ETA]);
}

/* Takes over a row that is newer than what is known; an older one is passed over. */
KeelTaskChange
keel_task_apply (KeelTask *self,
                 GVariant *dictionary,
                 guint64   generation)
{
  const double fraction_before = keel_task_get_fraction (self);
  const gint64 eta_before = keel_task_get_eta (self);
  KeelTaskRow before = self->row;
  KeelTaskChange change = KEEL_TASK_CHANGE_NONE;

  if (generation < self->generation)
    return change;

  self->generation = generation;
  keel_task_row_init (&self->row);
  keel_task_row_parse (&self->row, dictionary);
  keel_task_update_time_left (self);
  if (!errors_equal (&before, &self->row))
    {
      g_clear_error (&self->error);
      self->error = row_to_error (&self->row);
    }
  /* A second question may come so soon that nothing else was seen in between. */
  if (before.state != self->row.state || before.wait_reason != self->row.wait_reason ||
      before.pause_reason != self->row.pause_reason ||
      g_strcmp0 (before.challenge_cookie, self->row.challenge_cookie) != 0)
    change |= KEEL_TASK_CHANGE_STATE;
  if (before.priority != self->row.priority || before.rank != self->row.rank)
    change |= KEEL_TASK_CHANGE_RANK;

  g_object_freeze_notify (G_OBJECT (self));
  keel_task_notify_changes (self, &before, fraction_before, eta_before);
  keel_task_row_clear (&before);
  g_object_thaw_notify (G_OBJECT (self));

  keel_task_settle_waiters (self);
  return change;
}

/* The numbers of a Progress signal. Late ones, of a task that has ended meanwhile, are dropped. */
void
keel_task_apply_numbers (KeelTask *self,
                         guint64   received,
                         guint64   durable,
                         guint64   rate)
{
  const double fraction_before = keel_task_get_fraction (self);
  const gint64 eta_before = keel_task_get_eta (self);
  KeelTaskRow before = self->row;

  if (keel_task_has_ended (self))
    return;

  self->row.received = received;
  self->row.durable = durable;
  self->row.rate = rate;
  keel_task_update_time_left (self);

  /* The two rows share everything but these numbers; comparing them costs next to nothing. */
  g_object_freeze_notify (G_OBJECT (self));
  keel_task_notify_changes (self, &before, fraction_before, eta_before);
  g_object_thaw_notify (G_OBJECT (self));
}

void
keel_task_set_followed (KeelTask *self,
                        gboolean  followed)
{
  self->followed = followed;
  keel_task_settle_waiters (self);
}

void
keel_task_set_removed (KeelTask *self)
{
  self->removed = TRUE;
  keel_task_set_followed (self, FALSE);
}

static void
keel_task_get_property (GObject    *object,
                        guint       prop_id,
                        GValue     *value,
                        GParamSpec *pspec)
{
  KeelTask *self = KEEL_TASK (object);

  if (prop_id >= N_OWN_PROPS)
    {
      keel_task_row_get_value (&self->row, prop_id - N_OWN_PROPS, value);
      return;
    }

  switch (prop_id)
    {
    case PROP_ERROR:
      g_value_set_boxed (value, self->error);
      break;
    case PROP_FRACTION:
      g_value_set_double (value, keel_task_get_fraction (self));
      break;
    case PROP_ETA:
      g_value_set_int64 (value, keel_task_get_eta (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
keel_task_finalize (GObject *object)
{
  KeelTask *self = KEEL_TASK (object);

  g_ptr_array_unref (self->waiters);
  keel_task_row_clear (&self->row);
  g_clear_error (&self->error);
  g_object_unref (self->remote);
  G_OBJECT_CLASS (keel_task_parent_class)->finalize (object);
}

static void
keel_task_class_init (KeelTaskClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = keel_task_get_property;
  object_class->finalize = keel_task_finalize;

  own_props[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, flags);
  own_props[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, 0.0, 1.0, 0.0, flags);
  own_props[PROP_ETA] = g_param_spec_int64 ("eta", NULL, NULL, -1, G_MAXINT64, -1, flags);
  g_object_class_install_properties (object_class, N_OWN_PROPS, own_props);

  for (guint i = 0; i < keel_task_row_get_n_fields (); i++)
    {
      field_props[i] = keel_task_row_create_pspec (i);
      if (field_props[i] != NULL)
        g_object_class_install_property (object_class, N_OWN_PROPS + i, field_props[i]);
    }
}

static void
keel_task_init (KeelTask *self)
{
  keel_task_row_init (&self->row);
  self->waiters = g_ptr_array_new_with_free_func (g_object_unref);
}

KeelTask *
keel_task_new (KeelRemote *remote,
               GVariant   *dictionary,
               guint64     generation)
{
  KeelTask *self = g_object_new (KEEL_TYPE_TASK, NULL);

  self->remote = g_object_ref (remote);
  self->generation = generation;
  keel_task_row_parse (&self->row, dictionary);
  keel_task_update_time_left (self);
  self->error = row_to_error (&self->row);
  return self;
}

/* 0, which no task has, when the row has none. */
guint64
keel_task_peek_id (GVariant *dictionary)
{
  const gsize n_entries = g_variant_n_children (dictionary);

  for (gsize i = 0; i < n_entries; i++)
    {
      const char *key;
      g_autoptr (GVariant) value = keel_task_row_get_entry (dictionary, i, &key);

      if (g_str_equal (key, "id") && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
        return g_variant_get_uint64 (value);
    }
  return 0;
}
