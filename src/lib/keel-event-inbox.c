/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-event-inbox.h"

#include "keel-error.h"

/* The events of a session: asks the service for them, shows each one once, in order, and tells the
 * service which were handled.
 *
 *   - Events that arrive wait in a queue. The first one is shown when its task is known to be at
 *     least as new as the event says; if it is not, rows are asked for, of everybody in the queue
 *     at once. So a handler of "task-finished" always sees a finished task with its file.
 *   - What was handled in one turn of the main loop is acknowledged in one call. While a call is
 *     under way the next one gathers.
 *   - A service that was restarted, or that made this process its consumer, sends again what was
 *     not acknowledged. What was shown here already is not shown again, only acknowledged again.
 *     Numbers alone do not prove that: a service that lost its records counts anew.
 *   - Another process of the application may be the one that acknowledges. Then this one is
 *     refused, and keeps in mind what it has seen, in case it has to take over.
 *
 * Signals: "began" (n) before the first event of a delivery that has any, "event", "drained" when
 * nothing is left to tell, "supported" when it is known whether the service has events, "settled"
 * when in addition everything is acknowledged, "invalidated". */

/* Rows asked for at once. The service sends 256 events before it wants to hear of them. */
#define FETCH_LENGTH 300

/* What a process that does not acknowledge keeps in mind. */
#define COPIES_LENGTH 600

#define LISTEN_AGAIN_MSEC 2000

struct _KeelEventInbox {
  GObject parent_instance;

  KeelRemote *remote;        /* (owned) */
  KeelTaskList *list;        /* (owned) */
  KeelTaskFeed *feed;        /* (owned) */
  char *session;             /* (owned) */
  GCancellable *cancellable; /* (owned) of our own calls, but for acknowledging */

  gboolean wanted;    /* somebody listens here */
  gboolean asked;     /* Listen is under way */
  gboolean listening; /* it was answered by the present service */
  gboolean supported;
  gboolean known_to_be_supported;
  gboolean closed;
  guint delivery; /* counts the calls of Listen */

  GQueue arrived;   /* (element-type Arrival) in order */
  gboolean showing; /* handlers are running */
  gboolean fetching;
  gboolean one_by_one; /* one of the tasks in the queue is gone */

  guint n_pending; /* events that the present delivery began with */
  guint64 last_pending;
  gboolean began;     /* the application was told that it began */
  gboolean shown_any; /* since it was last drained */
  gboolean drained;

  GHashTable *shown;   /* number → (owned) KeelEvent, until it is known to be acknowledged */
  GQueue copies;       /* (element-type KeelEvent) those of them that are only copies */
  GArray *handled;     /* of guint64, to be acknowledged */
  GArray *sent;        /* (owned) (nullable) of guint64, of the call under way */
  guint sent_delivery; /* which delivery they came with */
  GSource *sending;    /* (owned) (nullable) */
  GSource *again;      /* (owned) (nullable) Listen was refused for a reason that passes */
};

/* What is in the queue. */
typedef struct {
  KeelEvent *event; /* (owned) (nullable) NULL: no event, but one of the two marks: */
  gboolean is_end;  /* the session is over; else all that there is was sent */
} Arrival;

G_DEFINE_FINAL_TYPE (KeelEventInbox, keel_event_inbox, G_TYPE_OBJECT)

enum { BEGAN, EVENT, DRAINED, SUPPORTED, SETTLED, INVALIDATED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void keel_event_inbox_advance (KeelEventInbox *self);
static void keel_event_inbox_send_soon (KeelEventInbox *self);
static void keel_event_inbox_send_last (KeelEventInbox *self);

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
arrival_free (gpointer data)
{
  Arrival *arrival = data;

  g_clear_object (&arrival->event);
  g_free (arrival);
}

static void
keel_event_inbox_check_settled (KeelEventInbox *self)
{
  if (keel_event_inbox_is_settled (self))
    g_signal_emit (self, signals[SETTLED], 0);
}

/* Acknowledging */

static void
keel_event_inbox_keep_copy (KeelEventInbox *self,
                            KeelEvent      *event)
{
  event->stage = KEEL_EVENT_STAGE_COPY;
  g_queue_push_tail (&self->copies, g_object_ref (event));
  if (self->copies.length > COPIES_LENGTH)
    {
      g_autoptr (KeelEvent) oldest = g_queue_pop_head (&self->copies);

      if (oldest->stage == KEEL_EVENT_STAGE_COPY &&
          g_hash_table_lookup (self->shown, &oldest->number) == oldest)
        g_hash_table_remove (self->shown, &oldest->number);
    }
}

/* How it ended for each event of the call. */
static void
keel_event_inbox_settle (KeelEventInbox *self,
                         GArray         *numbers,
                         const GError   *error)
{
  for (guint i = 0; i < numbers->len; i++)
    {
      const guint64 *number = &g_array_index (numbers, guint64, i);
      KeelEvent *event = g_hash_table_lookup (self->shown, number);

      if (event == NULL || event->stage != KEEL_EVENT_STAGE_ACKNOWLEDGED)
        continue;
      if (error == NULL && self->sent_delivery == self->delivery)
        g_hash_table_remove (self->shown, number);
      else if (g_error_matches (error, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED))
        keel_event_inbox_keep_copy (self, event);
      else /* the next delivery says whether it must be said again: a service passes over what it
            * has not told yet itself */
        event->stage = KEEL_EVENT_STAGE_HANDLED;
    }
}

/* When nothing is left to acknowledge. What was asked and not answered was heard all the same. */
static void
keel_event_inbox_stop_listening (KeelEventInbox *self)
{
  if (self->listening || self->asked)
    keel_remote_call_async (self->remote, KEEL_LINK_CALL_IF_RUNNING, "Listen",
                            g_variant_new_parsed ("({'stop': <true>},)"),
                            G_VARIANT_TYPE ("(a{sv})"), NULL, NULL, NULL);
  self->listening = FALSE;
  self->asked = FALSE;
}

static void
acknowledged_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (KeelEventInbox) self = user_data;
  g_autoptr (GArray) numbers = g_steal_pointer (&self->sent);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  reply = keel_remote_call_finish (KEEL_REMOTE (source), result, &error);
  if (error != NULL)
    g_debug ("%u events could not be acknowledged: %s", numbers->len, error->message);
  keel_event_inbox_settle (self, numbers, error);
  if (self->closed)
    keel_event_inbox_send_last (self);
  else if (error != NULL && !g_error_matches (error, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED))
    keel_link_want_service (keel_remote_get_link (self->remote));
  keel_event_inbox_send_soon (self);
  keel_event_inbox_check_settled (self);
}

static void
keel_event_inbox_send (KeelEventInbox *self)
{
  if (self->sent != NULL || self->handled->len == 0)
    return;

  self->sent_delivery = self->delivery;
  self->sent = g_steal_pointer (&self->handled);
  self->handled = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (guint i = 0; i < self->sent->len; i++)
    {
      KeelEvent *event;

      event = g_hash_table_lookup (self->shown, &g_array_index (self->sent, guint64, i));
      if (event != NULL)
        event->stage = KEEL_EVENT_STAGE_ACKNOWLEDGED;
    }
  keel_remote_call_async (
    self->remote, KEEL_LINK_CALL_FOLLOW_UP, "Acknowledge",
    g_variant_new ("(@ata{sv})",
                   g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, self->sent->data,
                                              self->sent->len, sizeof (guint64)),
                   NULL),
    G_VARIANT_TYPE_UNIT, NULL, acknowledged_cb, g_object_ref (self));
}

/* To a closed inbox nothing new comes: what was handled goes out, and then the good-bye. */
static void
keel_event_inbox_send_last (KeelEventInbox *self)
{
  keel_event_inbox_send (self);
  if (self->sent == NULL)
    keel_event_inbox_stop_listening (self);
}

static gboolean
send_cb (gpointer user_data)
{
  g_autoptr (KeelEventInbox) self = g_object_ref (user_data);

  g_clear_pointer (&self->sending, g_source_unref);
  keel_event_inbox_send (self);
  return G_SOURCE_REMOVE;
}

/* At the end of this turn of the main loop, with what else is handled in it. */
static void
keel_event_inbox_send_soon (KeelEventInbox *self)
{
  if (self->sending == NULL && self->handled->len > 0 && !self->closed)
    self->sending = keel_link_add_timeout (keel_remote_get_link (self->remote), 0, send_cb, self);
}

/* A handler of events was called and is content. */
static void
event_handled_cb (KeelEvent *event,
                  gpointer   inbox)
{
  KeelEventInbox *self = inbox;

  /* A service that has not told it does not want to hear of it: it tells it again first. */
  if (self->closed || !self->listening || event->delivery != self->delivery)
    return;
  g_array_append_val (self->handled, event->number);
  keel_event_inbox_send_soon (self);
}

/* Showing */

static KeelTask *
keel_event_inbox_dup_task (KeelEventInbox *self,
                           KeelEvent      *event)
{
  KeelTask *task = keel_task_list_find (self->list, event->task_id);
  g_autoptr (GVariant) row = NULL;

  if (task != NULL)
    return g_object_ref (task);

  row = g_variant_ref_sink (keel_event_create_row (event, self->session));
  task = keel_task_new (self->remote, row, 0);
  keel_task_set_removed (task);
  return task;
}

static void
keel_event_inbox_show (KeelEventInbox *self,
                       KeelEvent      *event)
{
  event->stage = KEEL_EVENT_STAGE_SHOWN;
  event->delivery = self->delivery;
  event->task = keel_event_inbox_dup_task (self, event);
  event->handled_func = event_handled_cb;
  g_weak_ref_set (&event->inbox, self);
  g_hash_table_replace (self->shown, &event->number, g_object_ref (event));

  self->shown_any = TRUE;
  self->showing = TRUE;
  if (!self->began && event->number <= self->last_pending)
    {
      self->began = TRUE;
      g_signal_emit (self, signals[BEGAN], 0, self->n_pending);
    }
  if (!self->closed)
    g_signal_emit (self, signals[EVENT], 0, event);
  self->showing = FALSE;

  if (!self->closed && event->stage == KEEL_EVENT_STAGE_SHOWN && !event->deferred)
    keel_event_acknowledge (event);
}

/* (nullable): the same event, if it was shown here before. */
static KeelEvent *
keel_event_inbox_find_shown (KeelEventInbox *self,
                             KeelEvent      *event)
{
  KeelEvent *known = g_hash_table_lookup (self->shown, &event->number);

  if (known == NULL || known->task_id != event->task_id || known->kind != event->kind)
    return NULL;
  return known;
}

/* It was sent again: if it was handled, the service has not heard of that. */
static void
keel_event_inbox_note_again (KeelEventInbox *self,
                             KeelEvent      *known)
{
  known->delivery = self->delivery;
  if (known->stage < KEEL_EVENT_STAGE_HANDLED)
    return;

  if (g_queue_remove (&self->copies, known))
    g_object_unref (known);
  known->stage = KEEL_EVENT_STAGE_HANDLED;
  g_array_append_val (self->handled, known->number);
  keel_event_inbox_send_soon (self);
}

/* What the service did not send again it does not have any more. */
static gboolean
is_of_the_past (gpointer key,
                gpointer value,
                gpointer user_data)
{
  KeelEventInbox *self = user_data;
  KeelEvent *event = value;

  return event->delivery != self->delivery && event->stage != KEEL_EVENT_STAGE_ACKNOWLEDGED &&
         event->stage != KEEL_EVENT_STAGE_COPY;
}

static void
keel_event_inbox_take_drained (KeelEventInbox *self)
{
  const gboolean is_news = !self->drained || self->shown_any;

  g_hash_table_foreach_remove (self->shown, is_of_the_past, self);
  self->began = TRUE; /* what comes from now on is no part of the delivery */
  self->shown_any = FALSE;
  self->drained = TRUE;
  if (!is_news)
    return;
  self->showing = TRUE;
  g_signal_emit (self, signals[DRAINED], 0);
  self->showing = FALSE;
}

/* Rows */

static gboolean
keel_event_inbox_needs_row (KeelEventInbox *self,
                            KeelEvent      *event)
{
  KeelTask *task = keel_task_list_find (self->list, event->task_id);

  if (event->looked || event->task_id == 0)
    return FALSE;
  return task == NULL || !keel_event_is_of_row (event, task);
}

static void
keel_event_inbox_note_looked (KeelEventInbox *self,
                              GHashTable     *ids)
{
  for (GList *node = self->arrived.head; node != NULL; node = node->next)
    {
      Arrival *arrival = node->data;

      if (arrival->event != NULL && g_hash_table_contains (ids, &arrival->event->task_id))
        arrival->event->looked = TRUE;
    }
}

typedef struct {
  KeelEventInbox *inbox; /* (owned) */
  GHashTable *ids;       /* (owned) set of guint64, in the keys of which there is their memory */
} RowsCall;

static void
rows_fetched_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autofree RowsCall *call = user_data;
  g_autoptr (KeelEventInbox) self = call->inbox;
  g_autoptr (GHashTable) ids = call->ids;
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error = NULL;

  self->fetching = FALSE;
  tasks = keel_task_feed_fetch_finish (KEEL_TASK_FEED (source), result, &error);
  /* One that is unknown spoils it for all. */
  if (g_error_matches (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK) && g_hash_table_size (ids) > 1)
    self->one_by_one = TRUE;
  else
    keel_event_inbox_note_looked (self, ids);
  keel_event_inbox_advance (self);
}

/* Asks for the rows of all events in the queue that need one. */
static void
keel_event_inbox_fetch (KeelEventInbox *self)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  RowsCall *call = g_new0 (RowsCall, 1);
  const guint limit = self->one_by_one ? 1 : FETCH_LENGTH;

  call->inbox = g_object_ref (self);
  call->ids = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (GList *node = self->arrived.head; node != NULL && ids->len < limit; node = node->next)
    {
      Arrival *arrival = node->data;

      if (arrival->event != NULL && keel_event_inbox_needs_row (self, arrival->event) &&
          g_hash_table_add (call->ids, g_memdup2 (&arrival->event->task_id, sizeof (guint64))))
        g_array_append_val (ids, arrival->event->task_id);
    }
  self->fetching = TRUE;
  keel_task_feed_fetch_async (self->feed, KEEL_LINK_CALL_FOLLOW_UP, (const guint64 *) ids->data,
                              ids->len, self->cancellable, rows_fetched_cb, call);
}

/* Shows what can be shown. */
static void
keel_event_inbox_advance (KeelEventInbox *self)
{
  g_autoptr (KeelEventInbox) guard = g_object_ref (self);

  while (self->listening && !self->showing && !self->fetching && !self->closed)
    {
      Arrival *arrival = g_queue_peek_head (&self->arrived);
      g_autoptr (KeelEvent) event = NULL;
      KeelEvent *known = NULL;
      gboolean is_end;

      if (arrival == NULL)
        break;
      if (arrival->event != NULL)
        known = keel_event_inbox_find_shown (self, arrival->event);
      if (arrival->event != NULL && known == NULL &&
          keel_event_inbox_needs_row (self, arrival->event))
        {
          keel_event_inbox_fetch (self);
          return;
        }

      g_queue_pop_head (&self->arrived);
      is_end = arrival->is_end;
      event = g_steal_pointer (&arrival->event);
      arrival_free (arrival);
      if (is_end)
        g_signal_emit (self, signals[INVALIDATED], 0);
      else if (event == NULL)
        keel_event_inbox_take_drained (self);
      else if (known != NULL)
        keel_event_inbox_note_again (self, known);
      else
        keel_event_inbox_show (self, event);
    }
  if (g_queue_is_empty (&self->arrived))
    self->one_by_one = FALSE;
  keel_event_inbox_check_settled (self);
}

/* What the service says */

static void
keel_event_inbox_push (KeelEventInbox *self,
                       KeelEvent      *event,
                       gboolean        is_end)
{
  Arrival *arrival = g_new0 (Arrival, 1);

  arrival->event = event;
  arrival->is_end = is_end;
  g_queue_push_tail (&self->arrived, arrival);
  keel_event_inbox_advance (self);
}

static void
message_cb (KeelRemote *remote,
            const char *name,
            GVariant   *parameters,
            gpointer    user_data)
{
  g_autoptr (KeelEventInbox) self = g_object_ref (user_data);

  if (g_str_equal (name, "Event") &&
      g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ttsa{sv})")))
    {
      g_autoptr (GVariant) details = NULL;
      guint64 number, task_id;
      const char *kind;

      g_variant_get (parameters, "(tt&s@a{sv})", &number, &task_id, &kind, &details);
      keel_event_inbox_push (self, keel_event_new (number, task_id, kind, details), FALSE);
    }
  else if (g_str_equal (name, "EventsDrained") &&
           g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(t)")))
    keel_event_inbox_push (self, NULL, FALSE);
  else if (g_str_equal (name, "Invalidated"))
    keel_event_inbox_push (self, NULL, TRUE);
}

static gboolean
listen_again_cb (gpointer user_data)
{
  KeelEventInbox *self = user_data;

  clear_source (&self->again);
  keel_event_inbox_listen (self);
  return G_SOURCE_REMOVE;
}

/* Of a service that is away, or refuses for a while, or has no events at all. */
static void
keel_event_inbox_take_refusal (KeelEventInbox *self,
                               const GError   *error)
{
  g_debug ("The events could not be asked for: %s", error->message);
  /* A path that was asked for anew is there; what is not there is the method. */
  if (!self->known_to_be_supported &&
      (g_error_matches (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_SESSION) ||
       g_error_matches (error, KEEL_ERROR, KEEL_ERROR_UNSUPPORTED)))
    {
      self->supported = FALSE;
      g_signal_emit (self, signals[SUPPORTED], 0);
    }
  else if (keel_link_get_owner (keel_remote_get_link (self->remote)) != NULL)
    {
      clear_source (&self->again);
      self->again = keel_link_add_timeout (keel_remote_get_link (self->remote), LISTEN_AGAIN_MSEC,
                                           listen_again_cb, self);
    }
}

static void
listened_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (KeelEventInbox) self = user_data;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) info = NULL;
  g_autoptr (GError) error = NULL;

  reply = keel_remote_call_finish (KEEL_REMOTE (source), result, &error);
  /* Cancelled: the service has gone, and the next one may have been asked already. */
  if (self->closed || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->asked = FALSE;
  if (reply == NULL)
    {
      keel_event_inbox_take_refusal (self, error);
      return;
    }

  g_variant_get (reply, "(@a{sv})", &info);
  self->n_pending = 0;
  self->last_pending = 0;
  g_variant_lookup (info, "pending", "u", &self->n_pending);
  g_variant_lookup (info, "last", "t", &self->last_pending);
  self->began = self->n_pending == 0;
  self->listening = TRUE;
  self->known_to_be_supported = TRUE;
  g_signal_emit (self, signals[SUPPORTED], 0);
  keel_event_inbox_advance (self);
}

/* From now on events are shown. */
void
keel_event_inbox_listen (KeelEventInbox *self)
{
  if (self->closed || self->asked)
    return;

  self->wanted = TRUE;
  self->asked = TRUE;
  self->delivery++;
  keel_remote_call_async (self->remote, KEEL_LINK_CALL_FOLLOW_UP, "Listen",
                          g_variant_new ("(a{sv})", NULL), G_VARIANT_TYPE ("(a{sv})"),
                          self->cancellable, listened_cb, g_object_ref (self));
}

static void
appeared_cb (KeelLink *link,
             gpointer  user_data)
{
  KeelEventInbox *self = user_data;

  if (self->wanted)
    keel_event_inbox_listen (self);
}

/* What has come and was not shown comes again. */
static void
vanished_cb (KeelLink *link,
             gpointer  user_data)
{
  KeelEventInbox *self = user_data;

  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->asked = FALSE;
  self->listening = FALSE;
  g_array_set_size (self->handled, 0);
  clear_source (&self->again);
  g_queue_clear_full (&self->arrived, arrival_free);
  if (g_hash_table_size (self->shown) > self->copies.length)
    keel_link_want_service (link);
}

/* Whether the service has events at all; TRUE as long as that is not known. */
gboolean
keel_event_inbox_get_supported (KeelEventInbox *self)
{
  return self->supported;
}

/* Whether everything was told, and the service has heard that it was handled. */
gboolean
keel_event_inbox_is_settled (KeelEventInbox *self)
{
  GHashTableIter iter;
  gpointer event;

  if (self->closed)
    return self->sent == NULL && self->handled->len == 0;
  if (!self->supported)
    return TRUE;
  if (!self->listening || !self->drained || self->showing || self->fetching ||
      !g_queue_is_empty (&self->arrived))
    return FALSE;

  g_hash_table_iter_init (&iter, self->shown);
  while (g_hash_table_iter_next (&iter, NULL, &event))
    if (((KeelEvent *) event)->stage != KEEL_EVENT_STAGE_COPY)
      return FALSE;
  return TRUE;
}

/* Nothing is shown any more; what was handled is still acknowledged. */
void
keel_event_inbox_close (KeelEventInbox *self)
{
  if (self->closed)
    return;

  self->closed = TRUE;
  g_signal_handlers_disconnect_by_data (self->remote, self);
  g_signal_handlers_disconnect_by_data (keel_remote_get_link (self->remote), self);
  g_cancellable_cancel (self->cancellable);
  g_queue_clear_full (&self->arrived, arrival_free);
  clear_source (&self->sending);
  clear_source (&self->again);
  if (self->sent == NULL)
    keel_event_inbox_send_last (self);
  keel_event_inbox_check_settled (self);
}

static void
keel_event_inbox_dispose (GObject *object)
{
  keel_event_inbox_close (KEEL_EVENT_INBOX (object));
  G_OBJECT_CLASS (keel_event_inbox_parent_class)->dispose (object);
}

static void
keel_event_inbox_finalize (GObject *object)
{
  KeelEventInbox *self = KEEL_EVENT_INBOX (object);

  g_queue_clear_full (&self->copies, g_object_unref);
  g_hash_table_unref (self->shown);
  g_array_unref (self->handled);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->feed);
  g_clear_object (&self->list);
  g_clear_object (&self->remote);
  g_free (self->session);
  G_OBJECT_CLASS (keel_event_inbox_parent_class)->finalize (object);
}

static void
keel_event_inbox_class_init (KeelEventInboxClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = keel_event_inbox_dispose;
  object_class->finalize = keel_event_inbox_finalize;

  signals[BEGAN] = g_signal_new ("began", KEEL_TYPE_EVENT_INBOX, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[EVENT] = g_signal_new ("event", KEEL_TYPE_EVENT_INBOX, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, KEEL_TYPE_EVENT);
  signals[DRAINED] = g_signal_new ("drained", KEEL_TYPE_EVENT_INBOX, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[SUPPORTED] = g_signal_new ("supported", KEEL_TYPE_EVENT_INBOX, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 0);
  signals[SETTLED] = g_signal_new ("settled", KEEL_TYPE_EVENT_INBOX, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[INVALIDATED] = g_signal_new ("invalidated", KEEL_TYPE_EVENT_INBOX, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
keel_event_inbox_init (KeelEventInbox *self)
{
  self->supported = TRUE;
  self->cancellable = g_cancellable_new ();
  self->shown = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_object_unref);
  self->handled = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_queue_init (&self->arrived);
  g_queue_init (&self->copies);
}

KeelEventInbox *
keel_event_inbox_new (KeelRemote   *remote,
                      KeelTaskList *list,
                      KeelTaskFeed *feed,
                      const char   *session)
{
  KeelEventInbox *self = g_object_new (KEEL_TYPE_EVENT_INBOX, NULL);
  KeelLink *link = keel_remote_get_link (remote);

  self->remote = g_object_ref (remote);
  self->list = g_object_ref (list);
  self->feed = g_object_ref (feed);
  self->session = g_strdup (session);
  g_signal_connect (remote, "message", G_CALLBACK (message_cb), self);
  g_signal_connect (link, "appeared", G_CALLBACK (appeared_cb), self);
  g_signal_connect (link, "vanished", G_CALLBACK (vanished_cb), self);
  return self;
}
