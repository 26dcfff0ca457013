/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-engine-private.h"

#include "keel-task-error.h"

/* The journal: what has happened and has not been told to whom it concerns. An event is committed
 * together with the change of state that it is about, and deleted when it is acknowledged; so each
 * is told at least once, whoever crashes. Who must not tell it twice acknowledges first, and tells
 * when that is on disk.
 *
 * What is in memory here is what is on disk, or is on its way from there: an event appears when it
 * is committed, with its number, and disappears when somebody acknowledges it. Numbers grow in the
 * order of the commits. That bytes move again is told once: as long as nobody has heard of the last
 * time, the next one replaces it. */

static KeelEngineEvents *
get_journal (KeelEngine *self,
             gint64      session_id)
{
  KeelEngineEvents *journal = g_hash_table_lookup (self->events, &session_id);

  if (journal != NULL)
    return journal;
  journal = g_new0 (KeelEngineEvents, 1);
  journal->events = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_event_record_free);
  g_hash_table_insert (self->events, g_memdup2 (&session_id, sizeof session_id), journal);
  return journal;
}

/* Whether what happens in the session is told to its application, and not only by the service's
 * own notifications. */
gboolean
keel_engine_session_has_events (KeelEngine *self,
                                gint64      session_id)
{
  const KeelSessionRecord *session = keel_engine_get_session (self, session_id);

  return session != NULL && session->config.events;
}

/* Those of the session that are not acknowledged, by number. (transfer none) (element-type
 * KeelEventRecord): until the main loop turns. */
GPtrArray *
keel_engine_get_events (KeelEngine *self,
                        gint64      session_id)
{
  return get_journal (self, session_id)->events;
}

/* --- in -------------------------------------------------------------------------------------- */

/* What was on disk, which is taken over. */
void
keel_engine_load_events (KeelEngine *self,
                         GPtrArray  *events)
{
  g_ptr_array_set_free_func (events, NULL);
  for (guint i = 0; i < events->len; i++)
    {
      KeelEventRecord *event = g_ptr_array_index (events, i);

      g_ptr_array_add (get_journal (self, event->session_id)->events, event);
    }
  g_ptr_array_unref (events);
}

/* Forgets where it went on before, if nobody has heard of that. */
static void
replace_older (KeelEngine            *self,
               KeelEngineEvents      *journal,
               const KeelEventRecord *event)
{
  for (guint i = 0; i < journal->events->len; i++)
    {
      const KeelEventRecord *older = g_ptr_array_index (journal->events, i);
      GArray *numbers;

      if (older->task_id != event->task_id || older->kind != event->kind || older->is_told)
        continue;
      numbers = g_array_new (FALSE, FALSE, sizeof (gint64));
      g_array_append_val (numbers, older->number);
      g_ptr_array_remove_index (journal->events, i);
      /* If that cannot be written both are told, which is as true. */
      keel_store_acknowledge (self->machinery.store, event->session_id, numbers, NULL, NULL);
      return;
    }
}

static gboolean
has_ended_by_itself (KeelTransfer *transfer)
{
  KeelTransferState state = keel_transfer_get_record (transfer)->state;

  return state == KEEL_TRANSFER_FINISHED || state == KEEL_TRANSFER_FAILED;
}

/* They are on disk and are taken over. */
void
keel_engine_take_events (KeelEngine   *self,
                         KeelTransfer *transfer,
                         GPtrArray    *events)
{
  gint64 session_id = keel_transfer_get_record (transfer)->session_id;
  KeelSessionRecord *session = (KeelSessionRecord *) keel_engine_get_session (self, session_id);
  KeelEngineEvents *journal = get_journal (self, session_id);
  gboolean has_completed = FALSE;

  g_ptr_array_set_free_func (events, NULL);
  for (guint i = 0; i < events->len; i++)
    {
      KeelEventRecord *event = g_ptr_array_index (events, i);

      has_completed |= event->kind == KEEL_EVENT_COMPLETED;
      session->last_event = event->number;
      if (event->kind == KEEL_EVENT_RESUMED && self->machinery.store != NULL)
        replace_older (self, journal, event);
      g_ptr_array_add (journal->events, event);
    }
  g_ptr_array_unref (events);
  if (session->config.events)
    g_signal_emit_by_name (self, "events", transfer, has_completed);
  if (has_completed && has_ended_by_itself (transfer))
    g_signal_emit_by_name (self, "transfer-ended", transfer);
}

/* --- out ------------------------------------------------------------------------------------- */

static gboolean
is_closed (KeelEngine     *self,
           KeelEngineFunc  func,
           gpointer        user_data)
{
  g_autoptr (GError) closed = NULL;

  if (self->machinery.store != NULL)
    return FALSE;
  g_set_error_literal (&closed, KEEL_ERROR, KEEL_ERROR_RESTARTING, "The service is leaving");
  if (func != NULL)
    func (self, closed, user_data);
  return TRUE;
}

static int
compare_numbers (gconstpointer a,
                 gconstpointer b)
{
  gint64 first = *(const gint64 *) a;
  gint64 second = *(const gint64 *) b;

  return (first > second) - (first < second);
}

/* Takes the events of @numbers (gint64, in any order; consumed) off the list of the session; one
 * that is not in it is left out. @func (nullable) comes when that is on disk, or could not be put
 * there: then they come again after the next start. */
void
keel_engine_acknowledge (KeelEngine     *self,
                         gint64          session_id,
                         GArray         *numbers,
                         KeelEngineFunc  func,
                         gpointer        user_data)
{
  g_autoptr (GArray) asked = numbers;
  GPtrArray *events = get_journal (self, session_id)->events;
  GArray *known = g_array_new (FALSE, FALSE, sizeof (gint64));
  KeelEngineBatch *batch = NULL;
  guint n_kept = 0;

  if (is_closed (self, func, user_data))
    {
      g_array_unref (known);
      return;
    }
  g_array_sort (asked, compare_numbers);
  for (guint i = 0; i < events->len; i++)
    {
      KeelEventRecord *event = g_ptr_array_index (events, i);

      if (g_array_binary_search (asked, &event->number, compare_numbers, NULL))
        {
          g_array_append_val (known, event->number);
          keel_event_record_free (event);
        }
      else
        events->pdata[n_kept++] = event;
    }
  /* Only the places are empty now, so nothing may be freed with them. */
  g_ptr_array_set_free_func (events, NULL);
  g_ptr_array_set_size (events, (gint) n_kept);
  g_ptr_array_set_free_func (events, (GDestroyNotify) keel_event_record_free);
  if (func != NULL)
    {
      batch = keel_engine_batch_new (self, func, user_data);
      batch->n_unsaved = 1;
    }
  keel_store_acknowledge (self->machinery.store, session_id, known,
                          batch != NULL ? keel_engine_batch_saved_cb : NULL, batch);
}

static void
acknowledge_all (KeelEngine       *self,
                 gint64            session_id,
                 KeelEngineEvents *journal,
                 KeelEngineBatch  *batch)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < journal->events->len; i++)
    {
      const KeelEventRecord *event = g_ptr_array_index (journal->events, i);

      g_array_append_val (numbers, event->number);
    }
  g_ptr_array_set_size (journal->events, 0);
  batch->n_unsaved++;
  keel_store_acknowledge (self->machinery.store, session_id, numbers, keel_engine_batch_saved_cb,
                          batch);
}

/* The same with everything of the sessions that have no events of their own. */
void
keel_engine_acknowledge_ends (KeelEngine     *self,
                              KeelEngineFunc  func,
                              gpointer        user_data)
{
  KeelEngineBatch *batch;
  GHashTableIter iter;
  gpointer key;
  gpointer value;

  if (is_closed (self, func, user_data))
    return;
  batch = keel_engine_batch_new (self, func, user_data);
  g_hash_table_iter_init (&iter, self->events);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (((KeelEngineEvents *) value)->events->len > 0 &&
        !keel_engine_session_has_events (self, *(const gint64 *) key))
      acknowledge_all (self, *(const gint64 *) key, value, batch);
  if (batch->n_unsaved > 0)
    return;
  batch->n_unsaved = 1;
  keel_engine_batch_saved_cb (NULL, batch);
}

/* --- quotas and ends ------------------------------------------------------------------------- */

/* For tests. */
void
keel_engine_set_most_events (KeelEngine *self,
                             guint       most)
{
  self->most_events = most;
}

/* Whether the application of the session may get more tasks, as far as it listens to what happens
 * to those that it has: events are never dropped. KEEL_ERROR_LIMITS_EXCEEDED. */
gboolean
keel_engine_check_event_quota (KeelEngine  *self,
                               gint64       session_id,
                               GError     **error)
{
  const KeelSessionRecord *session = keel_engine_get_session (self, session_id);
  g_autoptr (GPtrArray) sessions = NULL;
  guint count = 0;

  if (session == NULL || !session->config.events)
    return TRUE;
  sessions = keel_engine_dup_sessions (self, session->app);
  for (guint i = 0; i < sessions->len; i++)
    {
      const KeelSessionRecord *other = g_ptr_array_index (sessions, i);

      if (other->config.events)
        count += keel_engine_get_events (self, other->id)->len;
    }
  if (count < self->most_events)
    return TRUE;
  g_set_error (error, KEEL_ERROR, KEEL_ERROR_LIMITS_EXCEEDED,
               "%u events have not been acknowledged; no tasks are added before they are", count);
  return FALSE;
}

/* Whether something will still happen in the session by itself, or has happened and is not on disk
 * yet. The look goes on where it found something the last time, as keel_engine_has_work()'s. */
gboolean
keel_engine_session_has_work (KeelEngine *self,
                              gint64      session_id)
{
  KeelEngineEvents *journal = get_journal (self, session_id);
  guint length = self->transfers->len;

  for (guint i = 0; i < length; i++)
    {
      guint index = (journal->work_index + i) % length;
      KeelTransfer *transfer = g_ptr_array_index (self->transfers, index);
      const KeelTransferRecord *record = keel_transfer_get_record (transfer);

      if (record->session_id != session_id)
        continue;
      if ((keel_transfer_record_is_unfinished (record) &&
           record->state != KEEL_TRANSFER_DELETING) ||
          keel_transfer_has_events_due (transfer))
        {
          journal->work_index = index;
          return TRUE;
        }
    }
  return FALSE;
}

/* Remembers how often the application of the session was woken, and when that is due again. If it
 * cannot be written, it may be woken once too often after the next start. */
void
keel_engine_set_wake (KeelEngine *self,
                      gint64      session_id,
                      guint       tries,
                      gint64      due_usec)
{
  KeelSessionRecord *session = (KeelSessionRecord *) keel_engine_get_session (self, session_id);

  if (session->wake_tries == tries && session->wake_due_usec == due_usec)
    return;
  session->wake_tries = tries;
  session->wake_due_usec = due_usec;
  if (self->machinery.store != NULL)
    keel_store_save_wake (self->machinery.store, session, NULL, NULL);
}
