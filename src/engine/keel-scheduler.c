/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-scheduler.h"

#include "keel-uri.h"

#include <string.h>

/* Who may run: so many at once, so many a server, the more important first. Among those that are
 * equally important it is the turn of the application that has the fewest running, and then of the
 * one that was served the longest ago, so that nobody's single transfer waits for a thousand of
 * somebody else's. Those of one application come in the order in which they stand: who has given up
 * a slot for others behind them, then by the place that somebody gave them, then the older. Each
 * session may have fewer slots for itself.
 *
 * Those of discretionary sessions come after all others, however important, and make room: while
 * somebody else could run but for the slot that one of them has, that one gives it back. One at a
 * time, since each takes a moment to stop.
 *
 * The engine reports each change of a transfer; from its record follows whether it wants a slot
 * (queued, or waiting for a slot) and whether it has one (busy). Slots are given out in an idle
 * callback, so that a thousand additions in one call are looked at once. What gets none is told to
 * wait with the reason `slot`.
 *
 * Those who want stand in lines, one a server and session, in order, so that giving out a slot
 * costs as much as there are lines, however long they are.
 *
 * While it is closed (by the schedule) nobody gets a slot, and all are told to wait with the reason
 * `schedule`; but for those that somebody wants now, which come before all others. */

typedef struct {
  const char *name; /* interned */
  guint n_busy;
  guint64 served; /* the number of the last slot that it was given */
} App;

typedef struct {
  const KeelSessionRecord *record;
  App *app;
  guint n_busy;
  guint n_lines;
} Session;

typedef struct {
  Session *session;
  App *app;           /* its */
  GSequence *wanting; /* (owned) (element-type Entry) */
  guint n_entries;    /* those that run, too */
  guint n_busy;
} Line;

typedef struct {
  char *name;       /* (owned) */
  GPtrArray *lines; /* (owned) (element-type Line) one a session */
  guint n_busy;
} Host;

typedef struct {
  KeelTransfer *transfer; /* (owned) */
  Host *host;
  Line *line;
  GSequenceIter *iter;    /* (nullable) in line->wanting */
  gboolean is_wanted_now; /* these five: by which it was sorted in */
  gboolean is_discretionary;
  KeelPriority priority;
  guint turn;
  gint64 place;
  gboolean is_busy;
  gboolean is_leaving; /* it was asked to make room */
  gboolean is_fresh;   /* it is among those that are to be told to wait */
} Entry;

struct _KeelScheduler {
  GMainContext *context; /* (owned) (nullable) */
  GHashTable *hosts;     /* (owned) name -> Host */
  GHashTable *apps;      /* (owned) interned name -> App; few, and never forgotten */
  GHashTable *sessions;  /* (owned) KeelSessionRecord -> Session */
  GHashTable *entries;   /* (owned) KeelTransfer -> Entry */
  GPtrArray *busy;       /* (owned) (element-type Entry) */
  GPtrArray *fresh;      /* (owned) (element-type KeelTransfer): wanting, not told to wait yet */
  GSource *idle;         /* (owned) (nullable) */
  guint max_active;
  guint max_per_host;
  guint n_busy;
  guint n_wanting;
  guint n_leaving;
  guint64 n_served;  /* slots that were given out */
  gint64 until_usec; /* while it is closed: when it will open; 0: not known */
  gboolean is_closed;
  gboolean is_stopped;
  gboolean is_halted;
};

static void
line_free (Line *line)
{
  g_sequence_free (line->wanting);
  g_free (line);
}

static void
host_free (Host *host)
{
  g_ptr_array_unref (host->lines);
  g_free (host->name);
  g_free (host);
}

static void
entry_free (Entry *entry)
{
  g_object_unref (entry->transfer);
  g_free (entry);
}

/* Of one line. */
static int
compare_entries (gconstpointer a,
                 gconstpointer b,
                 gpointer      user_data)
{
  const Entry *left = a;
  const Entry *right = b;
  gint64 left_id = keel_transfer_get_record (left->transfer)->id;
  gint64 right_id = keel_transfer_get_record (right->transfer)->id;

  if (left->is_wanted_now != right->is_wanted_now)
    return left->is_wanted_now ? -1 : 1;
  if (left->is_discretionary != right->is_discretionary)
    return left->is_discretionary ? 1 : -1;
  if (left->priority != right->priority)
    return left->priority > right->priority ? -1 : 1;
  if (left->turn != right->turn)
    return left->turn < right->turn ? -1 : 1;
  if (left->place != right->place)
    return left->place < right->place ? -1 : 1;
  return left_id < right_id ? -1 : left_id > right_id;
}

/* Whether @entry, the first of its line, comes before @other, the first of another one. */
static gboolean
comes_before (const Entry *entry,
              const Entry *other)
{
  const App *app = entry->line->app;
  const App *other_app = other->line->app;

  if (app == other_app)
    return compare_entries (entry, other, NULL) < 0;
  if (entry->is_wanted_now != other->is_wanted_now)
    return entry->is_wanted_now;
  if (entry->is_discretionary != other->is_discretionary)
    return other->is_discretionary;
  if (entry->priority != other->priority)
    return entry->priority > other->priority;
  if (app->n_busy != other_app->n_busy)
    return app->n_busy < other_app->n_busy;
  if (app->served != other_app->served)
    return app->served < other_app->served;
  return compare_entries (entry, other, NULL) < 0;
}

/* Whether its session may have one more of this server, and at all. */
static gboolean
has_room (const Line *line)
{
  const KeelSessionConfig *config = &line->session->record->config;

  return (config->max_parallel == 0 || line->session->n_busy < config->max_parallel) &&
         (config->max_per_host == 0 || line->n_busy < config->max_per_host);
}

/* The first of the line; NULL when nobody there may have a slot. */
static Entry *
get_first (const KeelScheduler *self,
           const Line          *line)
{
  GSequenceIter *iter = g_sequence_get_begin_iter (line->wanting);
  Entry *first = NULL;

  if (!g_sequence_iter_is_end (iter) && has_room (line))
    first = g_sequence_get (iter);
  return first != NULL && self->is_closed && !first->is_wanted_now ? NULL : first;
}

/* The best of those whose server has room. */
static Entry *
find_next (KeelScheduler *self)
{
  Entry *best = NULL;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->hosts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Host *host = value;

      if (host->n_busy >= self->max_per_host)
        continue;
      for (guint i = 0; i < host->lines->len; i++)
        {
          Entry *first = get_first (self, g_ptr_array_index (host->lines, i));

          if (first != NULL && (best == NULL || comes_before (first, best)))
            best = first;
        }
    }
  return best;
}

static void
stop_wanting (KeelScheduler *self,
              Entry         *entry)
{
  if (entry->iter == NULL)
    return;
  g_sequence_remove (entry->iter);
  entry->iter = NULL;
  self->n_wanting--;
}

static void
hold (KeelScheduler *self,
      Entry         *entry)
{
  if (self->is_closed && !entry->is_wanted_now)
    keel_transfer_hold (entry->transfer, KEEL_WAIT_REASON_SCHEDULE, self->until_usec);
  else
    keel_transfer_hold (entry->transfer, KEEL_WAIT_REASON_SLOT, 0);
}

static void
hold_fresh (KeelScheduler *self)
{
  g_autoptr (GPtrArray) fresh = g_steal_pointer (&self->fresh);

  self->fresh = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < fresh->len; i++)
    {
      Entry *entry = g_hash_table_lookup (self->entries, g_ptr_array_index (fresh, i));

      if (entry == NULL)
        continue;
      entry->is_fresh = FALSE;
      if (entry->iter != NULL)
        hold (self, entry);
    }
}

/* Somebody who runs, of @host if that is not NULL, and would rather let others. */
static Entry *
find_discretionary (KeelScheduler *self,
                    const Host    *host)
{
  for (guint i = 0; i < self->busy->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->busy, i);

      if ((host == NULL || entry->host == host) &&
          keel_transfer_is_discretionary (entry->transfer) &&
          keel_transfer_get_record (entry->transfer)->state == KEEL_TRANSFER_RUNNING)
        return entry;
    }
  return NULL;
}

/* Whose slot somebody else waits for. */
static Entry *
find_in_the_way (KeelScheduler *self)
{
  gboolean is_full = self->n_busy >= self->max_active;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->hosts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Host *host = value;
      gboolean is_host_full = host->n_busy >= self->max_per_host;

      for (guint i = 0; i < host->lines->len && (is_full || is_host_full); i++)
        {
          Entry *first = get_first (self, g_ptr_array_index (host->lines, i));
          Entry *found = NULL;

          if (first != NULL && !first->is_discretionary)
            found = find_discretionary (self, is_host_full ? host : NULL);
          if (found != NULL)
            return found;
        }
    }
  return NULL;
}

static void
make_room (KeelScheduler *self)
{
  Entry *entry;

  if (self->is_closed || self->n_leaving > 0)
    return;
  entry = find_in_the_way (self);
  if (entry == NULL)
    return;
  entry->is_leaving = TRUE;
  self->n_leaving++;
  keel_transfer_yield (entry->transfer, keel_transfer_get_turn (entry->transfer));
}

static gboolean
idle_cb (gpointer user_data)
{
  KeelScheduler *self = user_data;
  Entry *entry;

  g_clear_pointer (&self->idle, g_source_unref);
  if (self->is_halted)
    return G_SOURCE_REMOVE;
  while (self->n_busy < self->max_active && (entry = find_next (self)) != NULL)
    {
      g_autoptr (KeelTransfer) transfer = g_object_ref (entry->transfer);

      stop_wanting (self, entry);
      entry->line->app->served = ++self->n_served;
      keel_transfer_run (transfer);
      /* Running makes it busy by way of the engine's report. If it did not, do not try for ever. */
      keel_scheduler_update (self, transfer);
    }
  hold_fresh (self);
  make_room (self);
  return G_SOURCE_REMOVE;
}

/* Looks soon whether there is somebody for a slot. */
void
keel_scheduler_kick (KeelScheduler *self)
{
  if (self->idle != NULL || self->is_stopped || self->is_halted)
    return;
  self->idle = g_idle_source_new ();
  g_source_set_priority (self->idle, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->idle, idle_cb, self, NULL);
  g_source_set_static_name (self->idle, "KeelScheduler");
  g_source_attach (self->idle, self->context);
}

KeelScheduler *
keel_scheduler_new (GMainContext *context)
{
  KeelScheduler *self = g_new0 (KeelScheduler, 1);

  self->context = context != NULL ? g_main_context_ref (context) : NULL;
  self->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) host_free);
  self->apps = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->sessions = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->entries = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) entry_free);
  self->busy = g_ptr_array_new ();
  self->fresh = g_ptr_array_new_with_free_func (g_object_unref);
  self->max_active = 1;
  self->max_per_host = 1;
  return self;
}

void
keel_scheduler_free (KeelScheduler *self)
{
  keel_scheduler_stop (self);
  g_hash_table_unref (self->entries);
  g_hash_table_unref (self->hosts);
  g_hash_table_unref (self->sessions);
  g_hash_table_unref (self->apps);
  g_ptr_array_unref (self->busy);
  g_ptr_array_unref (self->fresh);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self);
}

/* Gives out no slot any more. */
void
keel_scheduler_stop (KeelScheduler *self)
{
  self->is_stopped = TRUE;
  if (self->idle != NULL)
    g_source_destroy (self->idle);
  g_clear_pointer (&self->idle, g_source_unref);
}

/* Lower limits stop nobody who runs. */
void
keel_scheduler_set_limits (KeelScheduler *self,
                           guint          max_active,
                           guint          max_per_host)
{
  self->max_active = max_active;
  self->max_per_host = max_per_host;
  keel_scheduler_kick (self);
}

/* All who want a slot are told what they wait for now. */
static void
hold_all (KeelScheduler *self)
{
  g_autoptr (GPtrArray) wanting = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer value;

  /* Telling it may change the table. */
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Entry *) value)->iter != NULL)
      g_ptr_array_add (wanting, g_object_ref (((Entry *) value)->transfer));
  for (guint i = 0; i < wanting->len; i++)
    {
      Entry *entry = g_hash_table_lookup (self->entries, g_ptr_array_index (wanting, i));

      if (entry != NULL && entry->iter != NULL)
        hold (self, entry);
    }
}

/* Gives out no slot before it is opened, at @until_usec (wall clock) if that is not 0. Those who
 * have one are the caller's to stop. */
void
keel_scheduler_close (KeelScheduler *self,
                      gint64         until_usec)
{
  if (self->is_closed && self->until_usec == until_usec)
    return;
  self->is_closed = TRUE;
  self->until_usec = until_usec;
  hold_all (self);
}

void
keel_scheduler_open (KeelScheduler *self)
{
  if (!self->is_closed)
    return;
  self->is_closed = FALSE;
  hold_all (self);
  keel_scheduler_kick (self);
}

/* Gives out no slot for a moment, and tells nobody. */
void
keel_scheduler_set_halted (KeelScheduler *self,
                           gboolean       is_halted)
{
  self->is_halted = is_halted;
  if (!is_halted)
    keel_scheduler_kick (self);
}

/* How many slots are taken. */
guint
keel_scheduler_get_busy (KeelScheduler *self)
{
  return self->n_busy;
}

/* Whether there is somebody who would run if a slot were free. */
gboolean
keel_scheduler_is_wanted (KeelScheduler *self)
{
  return self->n_wanting > 0 && !self->is_closed;
}

static Host *
find_host (KeelScheduler *self,
           const char    *uri)
{
  g_autofree char *name = keel_uri_dup_host (uri);
  Host *host = g_hash_table_lookup (self->hosts, name);

  if (host != NULL)
    return host;
  host = g_new0 (Host, 1);
  host->name = g_steal_pointer (&name);
  host->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) line_free);
  g_hash_table_insert (self->hosts, host->name, host);
  return host;
}

static App *
find_app (KeelScheduler *self,
          const char    *name)
{
  App *app = g_hash_table_lookup (self->apps, name);

  if (app != NULL)
    return app;
  app = g_new0 (App, 1);
  app->name = name;
  g_hash_table_insert (self->apps, (gpointer) name, app);
  return app;
}

static Session *
find_session (KeelScheduler *self,
              KeelTransfer  *transfer)
{
  const KeelSessionRecord *record = keel_transfer_get_session (transfer);
  Session *session = g_hash_table_lookup (self->sessions, record);

  if (session != NULL)
    return session;
  session = g_new0 (Session, 1);
  session->record = record;
  session->app = find_app (self, keel_transfer_get_record (transfer)->app);
  g_hash_table_insert (self->sessions, (gpointer) record, session);
  return session;
}

static Line *
find_line (Host    *host,
           Session *session)
{
  Line *line;

  for (guint i = 0; i < host->lines->len; i++)
    {
      line = g_ptr_array_index (host->lines, i);
      if (line->session == session)
        return line;
    }
  line = g_new0 (Line, 1);
  line->session = session;
  line->app = session->app;
  line->wanting = g_sequence_new (NULL);
  session->n_lines++;
  g_ptr_array_add (host->lines, line);
  return line;
}

static Entry *
add_entry (KeelScheduler *self,
           KeelTransfer  *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  Entry *entry = g_new0 (Entry, 1);

  entry->transfer = g_object_ref (transfer);
  entry->host = find_host (self, record->uri);
  entry->line = find_line (entry->host, find_session (self, transfer));
  entry->line->n_entries++;
  g_hash_table_insert (self->entries, transfer, entry);
  return entry;
}

static void
drop_entry (KeelScheduler *self,
            Entry         *entry)
{
  Host *host = entry->host;
  Line *line = entry->line;
  Session *session = line->session;

  g_hash_table_remove (self->entries, entry->transfer);
  if (--line->n_entries == 0)
    {
      g_ptr_array_remove_fast (host->lines, line);
      if (--session->n_lines == 0)
        g_hash_table_remove (self->sessions, session->record);
    }
  if (host->lines->len == 0)
    g_hash_table_remove (self->hosts, host->name);
}

static gboolean
wants_slot (KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  if (!keel_transfer_is_settled (transfer))
    return FALSE;
  return record->state == KEEL_TRANSFER_QUEUED || keel_transfer_is_held (transfer);
}

static void
set_busy (KeelScheduler *self,
          Entry         *entry,
          gboolean       is_busy)
{
  if (entry->is_busy == is_busy)
    return;
  entry->is_busy = is_busy;
  self->n_busy += is_busy ? 1 : -1u;
  entry->host->n_busy += is_busy ? 1 : -1u;
  entry->line->n_busy += is_busy ? 1 : -1u;
  entry->line->session->n_busy += is_busy ? 1 : -1u;
  entry->line->app->n_busy += is_busy ? 1 : -1u;
  if (is_busy)
    g_ptr_array_add (self->busy, entry);
  else
    g_ptr_array_remove_fast (self->busy, entry);
  if (entry->is_leaving)
    self->n_leaving--;
  entry->is_leaving = FALSE;
  if (!is_busy)
    keel_scheduler_kick (self);
}

/* Until the idle callback, in which it may get a slot, it is told nothing. */
static void
add_fresh (KeelScheduler *self,
           Entry         *entry)
{
  if (entry->is_fresh || keel_transfer_get_record (entry->transfer)->state != KEEL_TRANSFER_QUEUED)
    return;
  entry->is_fresh = TRUE;
  g_ptr_array_add (self->fresh, g_object_ref (entry->transfer));
  keel_scheduler_kick (self);
}

static void
set_wanting (KeelScheduler *self,
             Entry         *entry,
             gboolean       wants)
{
  const KeelTransferRecord *record = keel_transfer_get_record (entry->transfer);
  guint turn = keel_transfer_get_turn (entry->transfer);
  gboolean is_wanted_now = keel_transfer_is_wanted_now (entry->transfer);
  gboolean is_discretionary = keel_transfer_is_discretionary (entry->transfer);
  gboolean is_in_place = entry->iter != NULL && entry->priority == record->priority &&
                         entry->turn == turn && entry->place == record->place &&
                         entry->is_wanted_now == is_wanted_now &&
                         entry->is_discretionary == is_discretionary;

  if (!wants || !is_in_place)
    stop_wanting (self, entry);
  if (!wants)
    return;
  if (!is_in_place)
    {
      entry->is_wanted_now = is_wanted_now;
      entry->is_discretionary = is_discretionary;
      entry->priority = record->priority;
      entry->turn = turn;
      entry->place = record->place;
      entry->iter = g_sequence_insert_sorted (entry->line->wanting, entry, compare_entries, NULL);
      self->n_wanting++;
      keel_scheduler_kick (self);
    }
  add_fresh (self, entry);
}

/* Something about @transfer is different. */
void
keel_scheduler_update (KeelScheduler *self,
                       KeelTransfer  *transfer)
{
  Entry *entry = g_hash_table_lookup (self->entries, transfer);
  gboolean is_busy = keel_transfer_is_busy (transfer);
  gboolean wants = wants_slot (transfer);

  if (entry == NULL && (is_busy || wants))
    entry = add_entry (self, transfer);
  if (entry == NULL)
    return;
  set_busy (self, entry, is_busy);
  /* It had nothing to stop yet. */
  if (entry->is_leaving && keel_transfer_get_record (transfer)->state == KEEL_TRANSFER_RUNNING)
    keel_transfer_yield (transfer, keel_transfer_get_turn (transfer));
  set_wanting (self, entry, wants);
  if (!is_busy && !wants)
    drop_entry (self, entry);
}

void
keel_scheduler_remove (KeelScheduler *self,
                       KeelTransfer  *transfer)
{
  Entry *entry = g_hash_table_lookup (self->entries, transfer);

  if (entry == NULL)
    return;
  set_busy (self, entry, FALSE);
  stop_wanting (self, entry);
  drop_entry (self, entry);
}
