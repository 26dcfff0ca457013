/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-event-private.h"

#include "keel-enum-types.h"

/* Something that happened to a task and that the application is told until it acknowledges it. The
 * object is what handlers get into their hands; when it comes, in which order, and how the service
 * learns that it was handled, is the business of KeelEventInbox.
 *
 * An event says how things were when it happened. The task that belongs to it is at least as new:
 * a task that failed may have been tried again meanwhile. */

/**
 * KeelEvent:
 *
 * Something that happened to a task, kept by the service until it is acknowledged.
 *
 * Events come from the signal [signal@Keel.Session::event], and the more convenient
 * [signal@Keel.Session::task-finished] and [signal@Keel.Session::task-failed] are emitted from
 * them. When all handlers have returned the library acknowledges the event, unless one of them has
 * called [method@Keel.Event.defer]. An event that was not acknowledged comes again the next time:
 * after a crash of the program, of the service, or of the machine.
 *
 * Belongs to the main context of its session.
 *
 * Since: 0.1
 */

G_DEFINE_FINAL_TYPE (KeelEvent, keel_event, G_TYPE_OBJECT)

enum { PROP_0, PROP_NUMBER, PROP_KIND, PROP_TASK, PROP_DETAILS, N_PROPS };

static GParamSpec *props[N_PROPS];

static gboolean
is_ended_word (const char *state)
{
  return g_str_equal (state, "finished") || g_str_equal (state, "failed") ||
         g_str_equal (state, "cancelled");
}

/* (nullable): the state that the task had come to. */
static const char *
keel_event_peek_state (KeelEvent *self)
{
  const char *state = NULL;

  if (self->kind == KEEL_EVENT_KIND_FINISHED)
    return "finished";
  if (self->kind == KEEL_EVENT_KIND_COMPLETED)
    g_variant_lookup (self->details, "state", "&s", &state);
  return state;
}

/* Whether this is the moment for "task-finished". */
gboolean
keel_event_has_file (KeelEvent *self)
{
  return self->kind == KEEL_EVENT_KIND_FINISHED;
}

/* Whether this is the moment for "task-failed". */
gboolean
keel_event_has_failed (KeelEvent *self)
{
  return self->kind == KEEL_EVENT_KIND_COMPLETED &&
         g_strcmp0 (keel_event_peek_state (self), "failed") == 0;
}

/* Whether the task is known to be where the event says that it came to: if not, either the task
 * has moved on or the signal that tells of its row is not here yet. */
gboolean
keel_event_is_of_row (KeelEvent *self,
                      KeelTask  *task)
{
  g_autoptr (GEnumClass) words = g_type_class_ref (KEEL_TYPE_TASK_STATE);
  const char *state = keel_event_peek_state (self);

  return state == NULL || !is_ended_word (state) ||
         g_str_equal (state,
                      g_enum_get_value (words, (int) keel_task_get_state (task))->value_nick);
}

/* (transfer floating): what the event itself says of a task that is in no list any more. */
GVariant *
keel_event_create_row (KeelEvent  *self,
                       const char *session)
{
  const char *state = keel_event_peek_state (self);
  GVariantDict row;

  g_variant_dict_init (&row, self->details);
  g_variant_dict_insert (&row, "id", "t", self->task_id);
  g_variant_dict_insert (&row, "session", "s", session);
  if (state != NULL)
    g_variant_dict_insert (&row, "state", "s", is_ended_word (state) ? state : "cancelled");
  return g_variant_dict_end (&row);
}

static void
keel_event_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  KeelEvent *self = KEEL_EVENT (object);

  switch (prop_id)
    {
    case PROP_NUMBER:
      g_value_set_uint64 (value, self->number);
      break;
    case PROP_KIND:
      g_value_set_enum (value, (int) self->kind);
      break;
    case PROP_TASK:
      g_value_set_object (value, self->task);
      break;
    case PROP_DETAILS:
      g_value_set_variant (value, self->details);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
keel_event_finalize (GObject *object)
{
  KeelEvent *self = KEEL_EVENT (object);

  g_clear_object (&self->task);
  g_clear_pointer (&self->details, g_variant_unref);
  g_weak_ref_clear (&self->inbox);
  G_OBJECT_CLASS (keel_event_parent_class)->finalize (object);
}

static void
keel_event_class_init (KeelEventClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = keel_event_get_property;
  object_class->finalize = keel_event_finalize;

  /**
   * KeelEvent:number:
   *
   * The number of the event, growing within the session.
   *
   * Since: 0.1
   */
  props[PROP_NUMBER] = g_param_spec_uint64 ("number", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * KeelEvent:kind:
   *
   * What happened.
   *
   * Since: 0.1
   */
  props[PROP_KIND] = g_param_spec_enum ("kind", NULL, NULL, KEEL_TYPE_EVENT_KIND,
                                        KEEL_EVENT_KIND_OTHER, flags);

  /**
   * KeelEvent:task:
   *
   * The task that it happened to.
   *
   * Since: 0.1
   */
  props[PROP_TASK] = g_param_spec_object ("task", NULL, NULL, KEEL_TYPE_TASK, flags);

  /**
   * KeelEvent:details:
   *
   * A dictionary, a{sv}, with what else is to be said; see [enum@Keel.EventKind].
   *
   * Since: 0.1
   */
  props[PROP_DETAILS] = g_param_spec_variant ("details", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL,
                                              flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
keel_event_init (KeelEvent *self)
{
  g_weak_ref_init (&self->inbox, NULL);
}

static KeelEventKind
word_to_kind (const char *word)
{
  g_autoptr (GEnumClass) kinds = g_type_class_ref (KEEL_TYPE_EVENT_KIND);
  GEnumValue *value = g_enum_get_value_by_nick (kinds, word);

  return value != NULL ? (KeelEventKind) value->value : KEEL_EVENT_KIND_OTHER;
}

KeelEvent *
keel_event_new (guint64     number,
                guint64     task_id,
                const char *kind,
                GVariant   *details)
{
  KeelEvent *self = g_object_new (KEEL_TYPE_EVENT, NULL);

  self->number = number;
  self->task_id = task_id;
  self->kind = word_to_kind (kind);
  self->details = g_variant_ref_sink (details);
  return self;
}

/**
 * keel_event_get_number:
 * @self: an event
 *
 * The number of the event: they grow within a session, in the order in which things happened.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint64
keel_event_get_number (KeelEvent *self)
{
  g_return_val_if_fail (KEEL_IS_EVENT (self), 0);

  return self->number;
}

/**
 * keel_event_get_kind:
 * @self: an event
 *
 * What happened.
 *
 * Returns: the kind; %KEEL_EVENT_KIND_OTHER for one that a newer service tells of
 *
 * Since: 0.1
 */
KeelEventKind
keel_event_get_kind (KeelEvent *self)
{
  g_return_val_if_fail (KEEL_IS_EVENT (self), KEEL_EVENT_KIND_OTHER);

  return self->kind;
}

/**
 * keel_event_get_task:
 * @self: an event
 *
 * The task that it happened to.
 *
 * It is at least as new as the event: a task that failed may have been tried again meanwhile. One
 * that was removed is not in the list of the session any more, and says only what the event says.
 *
 * Returns: (transfer none): the task, owned by the event
 *
 * Since: 0.1
 */
KeelTask *
keel_event_get_task (KeelEvent *self)
{
  g_return_val_if_fail (KEEL_IS_EVENT (self), NULL);

  return self->task;
}

/**
 * keel_event_get_details:
 * @self: an event
 *
 * What else is to be said; see [enum@Keel.EventKind] for the keys.
 *
 * Returns: (transfer none): a dictionary, a{sv}, owned by the event
 *
 * Since: 0.1
 */
GVariant *
keel_event_get_details (KeelEvent *self)
{
  g_return_val_if_fail (KEEL_IS_EVENT (self), NULL);

  return self->details;
}

/**
 * keel_event_defer:
 * @self: an event
 *
 * Keeps the library from acknowledging the event when the handlers have returned, because what is
 * to be done about it takes longer.
 *
 * To be called in a handler of [signal@Keel.Session::event], which is emitted before
 * [signal@Keel.Session::task-finished] and [signal@Keel.Session::task-failed];
 * [method@Keel.Event.acknowledge] is owed then. Until it is called the event counts as not
 * handled: it comes again after a crash, and an application that was woken for it is held. Does
 * nothing to an event that is acknowledged.
 *
 * Since: 0.1
 */
void
keel_event_defer (KeelEvent *self)
{
  g_return_if_fail (KEEL_IS_EVENT (self));

  if (self->stage <= KEEL_EVENT_STAGE_SHOWN)
    self->deferred = TRUE;
}

/**
 * keel_event_acknowledge:
 * @self: an event
 *
 * Says that a deferred event was handled, so that the service forgets it.
 *
 * Nothing is waited for: the service is told soon, together with others. If it cannot be told, the
 * event comes again the next time. Does nothing to an event that is acknowledged already, and after
 * the session was closed.
 *
 * Since: 0.1
 */
void
keel_event_acknowledge (KeelEvent *self)
{
  g_autoptr (GObject) inbox = NULL;

  g_return_if_fail (KEEL_IS_EVENT (self));

  self->deferred = FALSE;
  if (self->stage != KEEL_EVENT_STAGE_SHOWN)
    return;
  self->stage = KEEL_EVENT_STAGE_HANDLED;
  inbox = g_weak_ref_get (&self->inbox);
  if (inbox != NULL)
    self->handled_func (self, inbox);
}
