/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-engine-private.h"

/* The engine: it owns the machinery, the list of transfers and the scheduler, and knows no bus, no
 * settings and no window. Whoever drives it (the service, or a test) calls it in one thread, that
 * of the thread-default context in which it was made, and hears of everything through signals in
 * the same thread.
 *
 * Life: new -> open (database, blocks) -> start (recovery, transfers run) -> stop_async. Between
 * open and start the list can be read and added to, and nothing moves. */

/* How often numbers are made anew. The slowest is fast enough for everything but somebody's eyes:
 * rates are the same whatever it is, and what a tick looks at besides them takes seconds. */
#define TICK_USEC (250 * (gint64) 1000)
#define LEAST_TICK_USEC (100 * (gint64) 1000)
#define MOST_TICK_USEC ((gint64) G_USEC_PER_SEC)
/* How often disks are asked for a sign of life. */
#define PROBE_USEC ((gint64) G_USEC_PER_SEC)
/* So long nothing may be written to the database before everything rests. */
#define STORE_PATIENCE_USEC (10 * (gint64) G_USEC_PER_SEC)
/* What a leaving service may wait for disks and servers, out of the two seconds that it has. */
#define STOP_USEC (1500 * (gint64) 1000)
#define END_USEC (200 * (gint64) 1000)

enum {
  SIGNAL_CHANGED,
  SIGNAL_REMOVED,
  SIGNAL_ENDED,
  SIGNAL_CHALLENGED,
  SIGNAL_EVENTS,
  SIGNAL_TICKED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (KeelEngine, keel_engine, G_TYPE_OBJECT)

static void check_stopped (KeelEngine *self);
static void look_at_store (KeelEngine *self);

/* --- a few times a second while something runs ----------------------------------------------- */

/* Those that there is something to look at, however long the list is; a copy, because looking may
 * change that. (transfer full) (element-type KeelTransfer) */
GPtrArray *
keel_engine_dup_active (KeelEngine *self)
{
  GPtrArray *active = g_ptr_array_new_full (g_hash_table_size (self->active), g_object_unref);
  GHashTableIter iter;
  gpointer transfer;

  g_hash_table_iter_init (&iter, self->active);
  while (g_hash_table_iter_next (&iter, &transfer, NULL))
    if (keel_transfer_is_active (transfer))
      g_ptr_array_add (active, g_object_ref (transfer));
    else
      g_hash_table_iter_remove (&iter);
  return active;
}

/* A transfer that has crawled for minutes lets one that waits have its slot. */
static void
rotate_slots (KeelEngine *self,
              GPtrArray  *active)
{
  if (!keel_scheduler_is_wanted (self->scheduler))
    return;
  for (guint i = 0; i < active->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (active, i);

      if (keel_transfer_is_crawling (transfer))
        keel_transfer_yield (transfer, ++self->last_turn);
    }
}

/* Gives whether somebody is at a disk. */
static gboolean
look_at_disks (KeelEngine *self,
               GPtrArray  *active,
               gint64      now_usec)
{
  gboolean has_attempts = FALSE;

  if (now_usec - self->probed_usec < PROBE_USEC)
    return TRUE;
  self->probed_usec = now_usec;
  keel_disks_probe (self->machinery.disks);
  for (guint i = 0; i < active->len; i++)
    if (keel_transfer_look_at_disk (g_ptr_array_index (active, i)))
      has_attempts = TRUE;
  return has_attempts;
}

static void tick_cb (gpointer user_data);

static void
start_tick (KeelEngine *self)
{
  if (!self->is_stopping)
    self->tick_timer = keel_clock_call_after (self->machinery.clock, self->tick_usec, tick_cb,
                                              self);
}

/* Somebody looks at the numbers so often; 0: nobody does. Until that is said it is a few times a
 * second. */
void
keel_engine_set_tick (KeelEngine *self,
                      gint64      usec)
{
  gint64 before_usec = self->tick_usec;

  self->tick_usec = usec > 0 ? CLAMP (usec, LEAST_TICK_USEC, MOST_TICK_USEC) : MOST_TICK_USEC;
  if (self->tick_timer == 0 || self->tick_usec >= before_usec)
    return;
  keel_clock_cancel (self->machinery.clock, &self->tick_timer);
  start_tick (self);
}

static void
tick_cb (gpointer user_data)
{
  KeelEngine *self = user_data;
  g_autoptr (GPtrArray) active = keel_engine_dup_active (self);
  gint64 now_usec = keel_clock_get_boottime_usec (self->machinery.clock);
  gboolean has_attempts;

  self->tick_timer = 0;
  has_attempts = look_at_disks (self, active, now_usec);
  keel_engine_look_for_wake_up (self);
  look_at_store (self);
  for (guint i = 0; i < active->len; i++)
    keel_transfer_sample (g_ptr_array_index (active, i), now_usec);
  rotate_slots (self, active);
  g_signal_emit (self, signals[SIGNAL_TICKED], 0);
  if (has_attempts || keel_scheduler_get_busy (self->scheduler) > 0 ||
      self->machinery.is_store_full)
    start_tick (self);
}

/* --- what transfers report ------------------------------------------------------------------- */

static void
transfer_changed_cb (gpointer      user_data,
                     KeelTransfer *transfer)
{
  KeelEngine *self = user_data;

  keel_scheduler_update (self->scheduler, transfer);
  keel_engine_note_deadline (self, transfer);
  if (keel_transfer_is_active (transfer) && !g_hash_table_contains (self->active, transfer))
    g_hash_table_add (self->active, g_object_ref (transfer));
  if (self->tick_timer == 0 && keel_transfer_is_busy (transfer))
    start_tick (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0, transfer);
  check_stopped (self);
}

static void
transfer_happened_cb (gpointer      user_data,
                      KeelTransfer *transfer,
                      GPtrArray    *events)
{
  keel_engine_take_events (user_data, transfer, events);
}

static gboolean
transfer_has_events_cb (gpointer      user_data,
                        KeelTransfer *transfer)
{
  return keel_engine_session_has_events (user_data,
                                         keel_transfer_get_record (transfer)->session_id);
}

static void
transfer_challenged_cb (gpointer      user_data,
                        KeelTransfer *transfer)
{
  g_signal_emit (user_data, signals[SIGNAL_CHALLENGED], 0, transfer);
}

static void
transfer_removed_cb (gpointer      user_data,
                     KeelTransfer *transfer)
{
  KeelEngine *self = user_data;
  g_autoptr (KeelTransfer) owned = g_object_ref (transfer);
  guint index = keel_engine_find_after (self, keel_transfer_get_record (transfer)->id - 1);

  keel_scheduler_remove (self->scheduler, transfer);
  g_hash_table_remove (self->active, transfer);
  g_ptr_array_remove_index (self->transfers, index);
  g_signal_emit (self, signals[SIGNAL_REMOVED], 0, transfer);
  check_stopped (self);
}

/* Puts @record, which is taken over, at the end of the list. (transfer none) */
KeelTransfer *
keel_engine_append (KeelEngine         *self,
                    KeelTransferRecord *record)
{
  static const KeelTransferEvents events = { transfer_changed_cb, transfer_happened_cb,
                                             transfer_has_events_cb, transfer_removed_cb,
                                             transfer_challenged_cb };
  const KeelSessionRecord *session = keel_engine_get_session (self, record->session_id);
  KeelTransfer *transfer;

  /* Interned: threads have copies of the record, and may outlive the session in here. */
  if (session != NULL)
    {
      record->app = g_intern_string (session->app);
      record->identifier = g_intern_string (session->identifier);
    }
  transfer = keel_transfer_new (&self->machinery, record, &events, self);
  keel_engine_assign (self, transfer);
  g_ptr_array_add (self->transfers, transfer);
  return transfer;
}

/* --- a database that cannot be written ------------------------------------------------------ */

/* What moves meanwhile is remembered by nobody else than this process: after a while it rests,
 * until there is room for the database again. */
static void
look_at_store (KeelEngine *self)
{
  gboolean is_full = self->machinery.store != NULL &&
                     keel_store_get_failing_usec (self->machinery.store) > STORE_PATIENCE_USEC;

  if (is_full && !self->machinery.is_store_full)
    {
      g_message ("The list of transfers cannot be written; all of them wait for that");
      for (guint i = 0; i < self->transfers->len; i++)
        keel_transfer_rest (g_ptr_array_index (self->transfers, i));
    }
  self->machinery.is_store_full = is_full;
}

/* --- life ------------------------------------------------------------------------------------ */

static void
keel_engine_finalize (GObject *object)
{
  KeelEngine *self = KEEL_ENGINE (object);

  keel_clock_cancel (self->machinery.clock, &self->tick_timer);
  keel_clock_cancel (self->machinery.clock, &self->stop_timer);
  keel_clock_cancel (self->machinery.clock, &self->schedule_timer);
  keel_clock_cancel (self->machinery.clock, &self->deadline_timer);
  keel_clock_cancel (self->machinery.clock, &self->sleep_timer);
  g_clear_pointer (&self->limits.schedule, keel_schedule_unref);
  /* What does not end now hangs in the kernel, and is left to the end of the process. */
  if (self->machinery.pool != NULL)
    keel_worker_pool_close (self->machinery.pool, END_USEC);
  g_clear_pointer (&self->inquiries, keel_inquiries_free);
  if (self->machinery.disks != NULL)
    keel_disks_close (self->machinery.disks, END_USEC);
  if (self->machinery.store != NULL)
    keel_store_close (self->machinery.store, END_USEC);
  keel_scheduler_free (self->scheduler);
  g_hash_table_unref (self->active);
  g_ptr_array_unref (self->transfers);
  g_ptr_array_unref (self->sessions);
  g_hash_table_unref (self->events);
  g_queue_clear (&self->additions_by_age);
  g_hash_table_unref (self->additions);
  g_hash_table_unref (self->pending);
  g_free (self->downloads_dir);
  keel_rate_limiter_unref (self->machinery.limiter);
  keel_hosts_free (self->machinery.hosts);
  g_clear_pointer (&self->machinery.context, g_main_context_unref);
  G_OBJECT_CLASS (keel_engine_parent_class)->finalize (object);
}

static void
keel_engine_class_init (KeelEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = keel_engine_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("transfer-changed", KEEL_TYPE_ENGINE, G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, KEEL_TYPE_TRANSFER);
  signals[SIGNAL_REMOVED] = g_signal_new ("transfer-removed", KEEL_TYPE_ENGINE, G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, KEEL_TYPE_TRANSFER);
  signals[SIGNAL_ENDED] = g_signal_new ("transfer-ended", KEEL_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, KEEL_TYPE_TRANSFER);
  signals[SIGNAL_CHALLENGED] = g_signal_new ("transfer-challenged", KEEL_TYPE_ENGINE,
                                             G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                             KEEL_TYPE_TRANSFER);
  signals[SIGNAL_EVENTS] = g_signal_new ("events", KEEL_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 2, KEEL_TYPE_TRANSFER,
                                         G_TYPE_BOOLEAN);
  signals[SIGNAL_TICKED] = g_signal_new ("ticked", KEEL_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);
}

static void
free_events (gpointer data)
{
  KeelEngineEvents *events = data;

  g_ptr_array_unref (events->events);
  g_free (events);
}

static void
keel_engine_init (KeelEngine *self)
{
  self->transfers = g_ptr_array_new_with_free_func (g_object_unref);
  self->active = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_session_record_free);
  self->events = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, free_events);
  self->most_events = KEEL_ENGINE_MOST_EVENTS;
  self->tick_usec = TICK_USEC;
  self->additions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) keel_addition_record_free);
  self->pending = g_hash_table_new (g_str_hash, g_str_equal);
  keel_engine_limits_init (&self->limits);
}

/* For the present thread-default context. @clock must outlive the engine and run there. */
KeelEngine *
keel_engine_new (KeelClock *clock)
{
  KeelEngine *self = g_object_new (KEEL_TYPE_ENGINE, NULL);

  self->machinery.context = g_main_context_ref_thread_default ();
  self->machinery.clock = clock;
  self->suspended_usec = keel_clock_get_suspended_usec (clock);
  self->machinery.limiter = keel_rate_limiter_new (0);
  self->machinery.hosts = keel_hosts_new (clock);
  self->scheduler = keel_scheduler_new (self->machinery.context);
  return self;
}

static void
take_contents (KeelEngine        *self,
               KeelStoreContents *contents)
{
  GPtrArray *records = contents->records;

  self->was_rescued = contents->was_rescued;
  self->last_id = contents->last_id;
  self->last_session_id = contents->last_session_id;
  g_ptr_array_extend_and_steal (self->sessions, g_steal_pointer (&contents->sessions));
  keel_engine_load_events (self, g_steal_pointer (&contents->events));
  g_ptr_array_set_free_func (contents->additions, NULL);
  for (guint i = 0; i < contents->additions->len; i++)
    keel_engine_remember_addition (self, g_ptr_array_index (contents->additions, i));
  g_ptr_array_set_free_func (records, NULL);
  for (guint i = 0; i < records->len; i++)
    {
      KeelTransferRecord *record = g_ptr_array_index (records, i);

      keel_engine_recognise_spool (self, record);
      self->first_place = MIN (self->first_place, record->place);
      self->last_place = MAX (self->last_place, record->place);
      keel_engine_append (self, record);
    }
  keel_engine_load_limits (self, contents);
}

/* The last inquiry has ended. */
static void
idle_cb (gpointer user_data)
{
  check_stopped (user_data);
}

/* Opens what is in @state_dir, which must exist and be locked by the caller; blocks. Fails with
 * KEEL_ERROR_UNSUPPORTED for a database from a newer version, else KEEL_ERROR_STATE. */
gboolean
keel_engine_open (KeelEngine  *self,
                  const char  *state_dir,
                  GError     **error)
{
  g_autofree char *path = g_build_filename (state_dir, "transfers.db", NULL);
  g_auto (KeelStoreContents) contents = { 0 };

  keel_engine_prepare_traces (self, state_dir);
  self->machinery.store = keel_store_open (path, self->machinery.context, &contents, error);
  if (self->machinery.store == NULL)
    return FALSE;
  self->machinery.disks = keel_disks_new (self->machinery.context);
  /* As many again for checksums, which need a worker but no slot. */
  self->machinery.pool = keel_worker_pool_new (self->machinery.context, self->machinery.clock,
                                               2 * KEEL_ENGINE_MOST_ACTIVE);
  self->inquiries = keel_inquiries_new (self->machinery.pool, self->machinery.clock, idle_cb, self);
  keel_engine_note_start (self, &contents);
  take_contents (self, &contents);
  if (contents.was_clean)
    keel_engine_tidy_traces (self);
  return TRUE;
}

/* Whether the database was damaged or lost, and what is in the list now was found elsewhere. */
gboolean
keel_engine_was_rescued (KeelEngine *self)
{
  return self->was_rescued;
}

/* Goes on with everything that is unfinished. */
void
keel_engine_start (KeelEngine *self)
{
  g_autoptr (GPtrArray)
    transfers = g_ptr_array_copy (self->transfers, (GCopyFunc) (void (*) (void)) g_object_ref,
                                  NULL);

  self->is_started = TRUE;
  keel_engine_sweep_spool (self);
  keel_engine_apply_limits (self);
  for (guint i = 0; i < transfers->len; i++)
    {
      keel_engine_recover (self, g_ptr_array_index (transfers, i));
      keel_engine_note_deadline (self, g_ptr_array_index (transfers, i));
    }
}

/* --- leaving --------------------------------------------------------------------------------- */

static void
finish_stop (KeelEngine *self)
{
  KeelEngineFunc func = g_steal_pointer (&self->stop_func);

  keel_clock_cancel (self->machinery.clock, &self->stop_timer);
  keel_store_close (g_steal_pointer (&self->machinery.store), STOP_USEC);
  func (self, NULL, self->stop_data);
}

static gboolean
is_settled (KeelEngine *self)
{
  if (self->inquiries != NULL && !keel_inquiries_is_idle (self->inquiries))
    return FALSE;
  for (guint i = 0; i < self->transfers->len; i++)
    if (!keel_transfer_is_settled (g_ptr_array_index (self->transfers, i)))
      return FALSE;
  return TRUE;
}

static void
check_stopped (KeelEngine *self)
{
  if (self->stop_func != NULL && is_settled (self))
    finish_stop (self);
}

static void
stop_timer_cb (gpointer user_data)
{
  KeelEngine *self = user_data;

  self->stop_timer = 0;
  g_message ("A disk or a server does not answer; leaving with what is on disk");
  finish_stop (self);
}

/* Takes no more work, makes a checkpoint of what runs, and closes the database; within two
 * seconds, whatever a disk or a server does. The engine is of no use afterwards, except to be
 * asked what it had. */
void
keel_engine_stop_async (KeelEngine     *self,
                        KeelEngineFunc  func,
                        gpointer        user_data)
{
  g_return_if_fail (!self->is_stopping);

  self->is_stopping = TRUE;
  self->stop_func = func;
  self->stop_data = user_data;
  keel_clock_cancel (self->machinery.clock, &self->schedule_timer);
  keel_clock_cancel (self->machinery.clock, &self->deadline_timer);
  keel_clock_cancel (self->machinery.clock, &self->sleep_timer);
  keel_scheduler_stop (self->scheduler);
  if (self->inquiries != NULL)
    keel_inquiries_stop (self->inquiries);
  for (guint i = 0; i < self->transfers->len; i++)
    keel_transfer_suspend (g_ptr_array_index (self->transfers, i));
  self->stop_timer = keel_clock_call_after (self->machinery.clock, STOP_USEC, stop_timer_cb, self);
  check_stopped (self);
}

/* Whether anything will happen without somebody asking for it: reasons to stay. Asked whenever a
 * transfer ends; they end more or less in the order of the list, so that the look goes on where it
 * found something the last time. */
gboolean
keel_engine_has_work (KeelEngine *self)
{
  guint length = self->transfers->len;

  if (self->inquiries != NULL && !keel_inquiries_is_idle (self->inquiries))
    return TRUE;
  for (guint i = 0; i < length; i++)
    {
      guint index = (self->work_index + i) % length;
      KeelTransfer *transfer = g_ptr_array_index (self->transfers, index);

      if (keel_transfer_record_is_unfinished (keel_transfer_get_record (transfer)) ||
          !keel_transfer_is_settled (transfer))
        {
          self->work_index = index;
          return TRUE;
        }
    }
  return FALSE;
}

/* --- the network ----------------------------------------------------------------------------- */

/* By which way servers are reached from now on; what runs goes on over it at once. */
void
keel_engine_set_proxy (KeelEngine      *self,
                       const KeelProxy *proxy)
{
  if (keel_worker_pool_set_proxy (self->machinery.pool, proxy))
    keel_engine_network_changed (self);
}

/* Whether there is a network at all. While there is none, what cannot be reached waits for it
 * instead of being tried again and again; what can be reached nevertheless goes on. Behind a
 * captive portal nothing is asked, because the answer would be a sign-in page. Transfers from this
 * machine itself do not care. */
void
keel_engine_set_network (KeelEngine  *self,
                         KeelNetwork  network)
{
  if (self->machinery.network == network)
    return;
  self->machinery.network = network;
  keel_engine_network_changed (self);
}

/* The machine is on another network, or has one again: no connection is believed in any more, and
 * nobody waits for the network any longer. That counts as no failure of anybody's. */
void
keel_engine_network_changed (KeelEngine *self)
{
  keel_engine_drop_connections (self, "network");
}

/* No connection is believed in any more, for @reason, which is static. */
void
keel_engine_drop_connections (KeelEngine *self,
                              const char *reason)
{
  if (!self->is_started || self->is_stopping)
    return;
  keel_worker_pool_drop_connections (self->machinery.pool);
  for (guint i = 0; i < self->transfers->len; i++)
    keel_transfer_drop_connections (g_ptr_array_index (self->transfers, i), reason);
}

/* How many run: whose bytes flow, or are about to. */
guint
keel_engine_count_running (KeelEngine *self)
{
  return keel_scheduler_get_busy (self->scheduler);
}

/* Memory is short: gives back all that is only kept because it may be of use again. */
void
keel_engine_release_memory (KeelEngine *self)
{
  if (self->is_stopping || self->machinery.store == NULL)
    return;
  keel_worker_pool_drop_idle (self->machinery.pool);
  keel_store_release_memory (self->machinery.store);
}

/* Those that run, or did at the last tick; in no order. (transfer none) (element-type KeelTransfer)
 */
GHashTable *
keel_engine_get_active (KeelEngine *self)
{
  return self->active;
}

KeelClock *
keel_engine_get_clock (KeelEngine *self)
{
  return self->machinery.clock;
}
