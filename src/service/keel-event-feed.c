/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-event-feed.h"

#include "keel-bus-signal.h"
#include "keel-sign-in.h"

#include <string.h>

/* Who hears of what happens, and in which order.
 *
 * Of those who listen to a session the first is its consumer: it is told everything that is not
 * acknowledged, oldest first, and acknowledges. When its bus name vanishes, the next one is, and is
 * told all of it again, because nobody knows what the other one has done with it. The others get
 * copies of what happens while they listen.
 *
 * At most 256 events are told and not acknowledged at once, so that a program that does not keep up
 * does not fill the memory of the bus; the others stay in the journal. Copies go out together with
 * what the consumer is told, and so are bounded by that, too.
 *
 * `EventsDrained` is told when there is nothing left to tell, after a replay and after an end that
 * leaves nothing to do in the session. A question that the keyring may be about to answer is held
 * back, and with it what comes after it; if it has been answered before anybody has heard of it,
 * nobody needs to. */

#define MOST_UNACKNOWLEDGED 256

struct _KeelEventFeed {
  GDBusConnection *connection; /* (owned) */
  KeelEngine *engine;          /* (owned) */
  KeelEventFeedFunc changed;
  gpointer user_data;
  GHashTable *channels; /* (owned) session id -> Channel, of sessions that somebody listens to */
};

typedef struct {
  KeelEventFeed *feed;
  gint64 session_id;
  char *path;           /* (owned) */
  char *interface;      /* (owned) */
  GPtrArray *listeners; /* (owned) (element-type Listener) the first is the consumer */
  gboolean is_held;     /* by a question that is being looked up */
  gboolean is_drain_due;
  gboolean is_closing; /* when there is nothing left to tell, it is over */
} Channel;

typedef struct {
  Channel *channel;
  char *name;  /* (owned) a unique bus name */
  gint64 told; /* the last number that it was told, or is none of its business */
  guint name_watch;
} Listener;

static void
listener_free (gpointer data)
{
  Listener *listener = data;

  g_bus_unwatch_name (listener->name_watch);
  g_free (listener->name);
  g_free (listener);
}

static void
channel_free (gpointer data)
{
  Channel *channel = data;

  g_ptr_array_unref (channel->listeners);
  g_free (channel->path);
  g_free (channel->interface);
  g_free (channel);
}

static Channel *
find_channel (KeelEventFeed *self,
              gint64         session_id)
{
  return g_hash_table_lookup (self->channels, &session_id);
}

static gboolean
find_listener (Channel    *channel,
               const char *name,
               guint      *out_index)
{
  for (guint i = 0; channel != NULL && i < channel->listeners->len; i++)
    if (strcmp (((Listener *) g_ptr_array_index (channel->listeners, i))->name, name) == 0)
      {
        *out_index = i;
        return TRUE;
      }
  return FALSE;
}

/* --- telling --------------------------------------------------------------------------------- */

static Listener *
get_listener (Channel *channel,
              guint    index)
{
  return g_ptr_array_index (channel->listeners, index);
}

static void
emit (Channel    *channel,
      Listener   *listener,
      const char *signal,
      GVariant   *parameters)
{
  keel_bus_signal_emit (channel->feed->connection, listener->name, channel->path,
                        channel->interface, signal, parameters);
}

/* What is told again is made of the same text. */
static GVariant *
make_details (const KeelEventRecord *event)
{
  g_autoptr (GError) error = NULL;
  GVariant *details = NULL;

  if (event->details != NULL)
    details = g_variant_parse (G_VARIANT_TYPE_VARDICT, event->details, NULL, NULL, &error);
  if (error != NULL)
    g_message ("What is known of event %" G_GINT64_FORMAT " makes no sense: %s", event->number,
               error->message);
  return details != NULL ? details : g_variant_new ("a{sv}", NULL);
}

/* To the consumer, and to others for whom it is news. */
static void
tell (Channel         *channel,
      KeelEventRecord *event)
{
  g_autoptr (GVariant) details = g_variant_take_ref (make_details (event));
  g_autoptr (GVariant) parameters = g_variant_ref_sink (
    g_variant_new ("(tts@a{sv})", (guint64) event->number, (guint64) event->task_id,
                   keel_event_kind_to_string (event->kind), details));

  event->is_told = TRUE;
  for (guint i = 0; i < channel->listeners->len; i++)
    {
      Listener *listener = get_listener (channel, i);

      if (event->number <= listener->told)
        continue;
      listener->told = event->number;
      emit (channel, listener, "Event", parameters);
    }
}

/* What is not acknowledged, and the index of the first of it that the consumer was not told. */
static GPtrArray *
get_untold (Channel *channel,
            guint   *out_first)
{
  GPtrArray *events = keel_engine_get_events (channel->feed->engine, channel->session_id);
  guint first = events->len;

  while (first > 0 && ((KeelEventRecord *) g_ptr_array_index (events, first - 1))->number >
                        get_listener (channel, 0)->told)
    first--;
  *out_first = first;
  return events;
}

typedef enum {
  QUESTION_OPEN,
  QUESTION_LOOKED_UP, /* the keyring may have the answer */
  QUESTION_SETTLED,
} Question;

static Question
get_question (Channel               *channel,
              const KeelEventRecord *event)
{
  KeelTransfer *transfer = keel_engine_get_transfer (channel->feed->engine, event->task_id);
  const char *cookie = NULL;
  guint tries;

  if (event->kind != KEEL_EVENT_CHALLENGE || event->is_told)
    return QUESTION_OPEN;
  if (transfer == NULL || keel_transfer_get_challenge (transfer, &cookie, &tries) == NULL ||
      strstr (event->details, cookie) == NULL)
    return QUESTION_SETTLED;
  return keel_sign_in_is_looking (transfer) ? QUESTION_LOOKED_UP : QUESTION_OPEN;
}

/* Nobody asks that any more, and nobody has heard of it. */
static void
withdraw (Channel               *channel,
          const KeelEventRecord *event)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (gint64));

  g_array_append_val (numbers, event->number);
  keel_engine_acknowledge (channel->feed->engine, channel->session_id, numbers, NULL, NULL);
}

/* Who was told may still acknowledge: it is there until it leaves. */
static void
finish (Channel *channel)
{
  GVariantBuilder options = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) parameters = g_variant_ref_sink (g_variant_new ("(a{sv})", &options));

  for (guint i = 0; i < channel->listeners->len; i++)
    emit (channel, get_listener (channel, i), "Invalidated", parameters);
  channel->is_closing = FALSE;
}

/* All has been told that there is to tell. */
static void
drain (Channel *channel)
{
  const KeelSessionRecord *session = keel_engine_get_session (channel->feed->engine,
                                                              channel->session_id);

  if (channel->is_drain_due)
    for (guint i = 0; i < channel->listeners->len; i++)
      emit (channel, get_listener (channel, i), "EventsDrained",
            g_variant_new ("(t)", (guint64) session->last_event));
  channel->is_drain_due = FALSE;
  if (channel->is_closing && !keel_engine_session_has_work (channel->feed->engine, session->id))
    finish (channel);
}

/* Tells what may be told now. @channel may be gone afterwards. */
static void
deliver (Channel *channel)
{
  guint index;
  GPtrArray *events = get_untold (channel, &index);

  channel->is_held = FALSE;
  for (; index < events->len && index < MOST_UNACKNOWLEDGED; index++)
    {
      KeelEventRecord *event = g_ptr_array_index (events, index);
      Question question = get_question (channel, event);

      channel->is_held = question == QUESTION_LOOKED_UP;
      if (channel->is_held)
        return;
      if (question == QUESTION_SETTLED)
        {
          withdraw (channel, event);
          index--;
          continue;
        }
      tell (channel, event);
    }
  if (index == events->len)
    drain (channel);
}

/* --- what happens ---------------------------------------------------------------------------- */

static void
events_cb (KeelEngine    *engine,
           KeelTransfer  *transfer,
           gboolean       has_completed,
           KeelEventFeed *self)
{
  gint64 session_id = keel_transfer_get_record (transfer)->session_id;
  Channel *channel = find_channel (self, session_id);

  if (channel == NULL)
    return;
  if (has_completed && !keel_engine_session_has_work (engine, session_id))
    channel->is_drain_due = TRUE;
  deliver (channel);
}

/* A question that was looked up is open now, or settled. */
static void
transfer_changed_cb (KeelEngine    *engine,
                     KeelTransfer  *transfer,
                     KeelEventFeed *self)
{
  Channel *channel;

  if (g_hash_table_size (self->channels) == 0)
    return;
  channel = find_channel (self, keel_transfer_get_record (transfer)->session_id);
  if (channel != NULL && channel->is_held)
    deliver (channel);
}

/* --- listening ------------------------------------------------------------------------------- */

/* The first one is told everything from the beginning. */
static void
make_consumer (Channel *channel)
{
  get_listener (channel, 0)->told = 0;
  channel->is_drain_due = TRUE;
}

static void
remove_listener (Channel *channel,
                 guint    index)
{
  KeelEventFeed *self = channel->feed;
  gint64 session_id = channel->session_id;

  g_ptr_array_remove_index (channel->listeners, index);
  if (channel->listeners->len == 0)
    g_hash_table_remove (self->channels, &session_id);
  else if (index == 0)
    {
      make_consumer (channel);
      deliver (channel);
    }
  self->changed (self->user_data, session_id);
}

static void
name_vanished_cb (GDBusConnection *connection,
                  const char      *name,
                  gpointer         user_data)
{
  Channel *channel = ((Listener *) user_data)->channel;
  guint index;

  if (find_listener (channel, name, &index))
    remove_listener (channel, index);
}

static Channel *
add_channel (KeelEventFeed   *self,
             const KeelScope *scope)
{
  Channel *channel = g_new0 (Channel, 1);

  channel->feed = self;
  channel->session_id = scope->session_id;
  channel->path = g_strdup (scope->path);
  channel->interface = g_strdup (scope->interface);
  channel->listeners = g_ptr_array_new_with_free_func (listener_free);
  g_hash_table_insert (self->channels, &channel->session_id, channel);
  return channel;
}

static guint
add_listener (Channel    *channel,
              const char *name)
{
  Listener *listener = g_new0 (Listener, 1);

  listener->channel = channel;
  listener->name = g_strdup (name);
  listener->name_watch = g_bus_watch_name_on_connection (channel->feed->connection, name,
                                                         G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                         name_vanished_cb, listener, NULL);
  g_ptr_array_add (channel->listeners, listener);
  return channel->listeners->len - 1;
}

/* The bus name @name listens from now on, or does so anew. Nothing is told before
 * keel_event_feed_deliver(): the answer to the call comes first. */
void
keel_event_feed_listen (KeelEventFeed   *self,
                        const KeelScope *scope,
                        const char      *name,
                        KeelListening   *out_listening)
{
  const KeelSessionRecord *session = keel_engine_get_session (self->engine, scope->session_id);
  GPtrArray *events = keel_engine_get_events (self->engine, scope->session_id);
  Channel *channel = find_channel (self, scope->session_id);
  guint index;

  if (channel == NULL)
    channel = add_channel (self, scope);
  if (!find_listener (channel, name, &index))
    index = add_listener (channel, name);
  *out_listening = (KeelListening) { .is_consumer = index == 0 };
  if (index == 0)
    {
      make_consumer (channel);
      out_listening->n_pending = events->len;
      out_listening->last = session->last_event;
    }
  else
    get_listener (channel, index)->told = session->last_event;
  self->changed (self->user_data, scope->session_id);
}

/* Tells what is due, to whom listens. */
void
keel_event_feed_deliver (KeelEventFeed *self,
                         gint64         session_id)
{
  Channel *channel = find_channel (self, session_id);

  if (channel != NULL)
    deliver (channel);
}

/* @name listens no longer. */
void
keel_event_feed_leave (KeelEventFeed *self,
                       gint64         session_id,
                       const char    *name)
{
  Channel *channel = find_channel (self, session_id);
  guint index;

  if (find_listener (channel, name, &index))
    remove_listener (channel, index);
}

static void
drop_untold (GArray *numbers,
             gint64  told)
{
  for (guint i = numbers->len; i-- > 0;)
    if (g_array_index (numbers, gint64, i) > told)
      g_array_remove_index_fast (numbers, i);
}

/* @name has dealt with the events of @numbers (gint64; consumed); of those that it was not told
 * nothing is believed. FALSE when it is not the consumer, and then @func does not come. */
gboolean
keel_event_feed_acknowledge (KeelEventFeed  *self,
                             gint64          session_id,
                             const char     *name,
                             GArray         *numbers,
                             KeelEngineFunc  func,
                             gpointer        user_data)
{
  Channel *channel = find_channel (self, session_id);
  guint index;

  if (!find_listener (channel, name, &index) || index != 0)
    {
      g_array_unref (numbers);
      return FALSE;
    }
  drop_untold (numbers, get_listener (channel, 0)->told);
  keel_engine_acknowledge (self->engine, session_id, numbers, func, user_data);
  deliver (channel);
  self->changed (self->user_data, session_id);
  return TRUE;
}

/* Nothing new will begin in the session, or after all it will: when all has ended and was told,
 * that it is over is told, too, and nobody listens any more. */
void
keel_event_feed_set_closing (KeelEventFeed *self,
                             gint64         session_id,
                             gboolean       is_closing)
{
  Channel *channel = find_channel (self, session_id);

  if (channel == NULL)
    return;
  channel->is_closing = is_closing;
  if (is_closing)
    deliver (channel);
}

/* Whether nobody listens to anything. */
gboolean
keel_event_feed_is_empty (KeelEventFeed *self)
{
  return g_hash_table_size (self->channels) == 0;
}

/* Whether somebody listens to the session. */
gboolean
keel_event_feed_is_heard (KeelEventFeed *self,
                          gint64         session_id)
{
  return find_channel (self, session_id) != NULL;
}

/* @changed is called when somebody begins or ceases to listen, or has acknowledged. */
KeelEventFeed *
keel_event_feed_new (GDBusConnection   *connection,
                     KeelEngine        *engine,
                     KeelEventFeedFunc  changed,
                     gpointer           user_data)
{
  KeelEventFeed *self = g_new0 (KeelEventFeed, 1);

  self->connection = g_object_ref (connection);
  self->engine = g_object_ref (engine);
  self->changed = changed;
  self->user_data = user_data;
  self->channels = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, channel_free);
  g_signal_connect (engine, "events", G_CALLBACK (events_cb), self);
  g_signal_connect_after (engine, "transfer-changed", G_CALLBACK (transfer_changed_cb), self);
  return self;
}

void
keel_event_feed_free (KeelEventFeed *self)
{
  g_signal_handlers_disconnect_by_data (self->engine, self);
  g_hash_table_unref (self->channels);
  g_object_unref (self->engine);
  g_object_unref (self->connection);
  g_free (self);
}
