/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-watchers.h"

#include "keel-bus-signal.h"
#include "keel-task-variant.h"

/* Who is told what happens, and how often.
 *
 * Changes of tasks are gathered and told together, at once after a quiet time and then at most
 * twenty times a second; but what has come to rest is what somebody waits for, and is told at once
 * if that was not done just now; numbers go with the engine's tick. When many change at once, as
 * thousands of small files do, what is only passing through (it runs, or is being sealed) is told
 * the next time, if it has not come to rest by then: making, sending and reading a row costs as
 * much as receiving such a file. Every signal goes to one bus name, the watcher's: a broadcast
 * would tell one application of another's downloads. With no watcher no message is made at all.
 *
 * Watching is a lease, because a sender cannot see that a receiver never reads. A watcher renews
 * with the number of the last tick that it has seen; if it has not seen what had been sent when it
 * renewed the time before, it gets nothing until it has. */

#define FLUSH_USEC (50 * (gint64) 1000)
/* So many that change within that are many. */
#define MANY_CHANGES 16
#define LEASE_USEC (KEEL_WATCHERS_LEASE_SECONDS * (gint64) G_USEC_PER_SEC)
#define LEAST_SLEEP_USEC ((gint64) G_USEC_PER_SEC)

struct _KeelWatchers {
  GDBusConnection *connection; /* (owned) */
  KeelEngine *engine;          /* (owned) */
  KeelClock *clock;
  GFunc emptied; /* called when the last watcher has gone */
  gpointer user_data;
  GHashTable *watchers; /* (owned) "name path" -> Watcher */
  GHashTable *changed;  /* (owned) KeelTransfer -> whether it was passed over at a flush */
  GHashTable *removed;  /* (owned) (element-type KeelTransfer) */
  guint64 generation;
  guint flush_timer;
  gint64 flush_usec;   /* when it is due */
  gint64 flushed_usec; /* when it was done last */
  gint64 hurried_usec; /* when that was out of turn */
};

typedef struct {
  KeelWatchers *owner;
  char *key;          /* (owned) */
  char *name;         /* (owned) a unique bus name */
  char *path;         /* (owned) */
  char *interface;    /* (owned) */
  GHashTable *fields; /* (owned) (nullable) the keys that are wanted; NULL: all */
  gint64 session_id;
  gint64 interval_usec;
  gint64 told_usec;
  guint64 generation; /* of the last TasksChanged */
  guint64 tick;       /* the last one sent */
  guint64 tick_at_renewal;
  gboolean is_behind;
  guint lease_timer;
  gint64 suspended_usec; /* how long the machine had slept when the lease began */
  guint name_watch;
} Watcher;

static void
watcher_free (Watcher *watcher)
{
  keel_clock_cancel (watcher->owner->clock, &watcher->lease_timer);
  g_bus_unwatch_name (watcher->name_watch);
  g_free (watcher->key);
  g_free (watcher->name);
  g_free (watcher->path);
  g_free (watcher->interface);
  g_clear_pointer (&watcher->fields, g_hash_table_unref);
  g_free (watcher);
}

/* The engine makes numbers as often as the one who looks most often wants them. */
static void
set_tick (KeelWatchers *self)
{
  gint64 usec = 0;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->watchers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Watcher *watcher = value;

      if (!watcher->is_behind && (usec == 0 || watcher->interval_usec < usec))
        usec = watcher->interval_usec;
    }
  keel_engine_set_tick (self->engine, usec);
}

static void
drop (Watcher *watcher)
{
  KeelWatchers *self = watcher->owner;

  g_hash_table_remove (self->watchers, watcher->key);
  set_tick (self);
  if (keel_watchers_is_empty (self))
    self->emptied (self, self->user_data);
}

static void
tell (Watcher    *watcher,
      const char *signal,
      GVariant   *parameters)
{
  keel_bus_signal_emit (watcher->owner->connection, watcher->name, watcher->path,
                        watcher->interface, signal, parameters);
}

/* --- changes --------------------------------------------------------------------------------- */

static gboolean
is_in_scope (const Watcher *watcher,
             KeelTransfer  *transfer)
{
  return watcher->session_id == 0 ||
         watcher->session_id == keel_transfer_get_record (transfer)->session_id;
}

/* What is told to all who want all is made once. (transfer floating) or borrowed */
static GVariant *
get_row (Watcher      *watcher,
         GHashTable   *rows,
         KeelTransfer *transfer)
{
  GVariant *row;

  if (watcher->fields != NULL)
    return keel_task_variant_new (transfer, watcher->fields);
  row = g_hash_table_lookup (rows, transfer);
  if (row == NULL)
    {
      row = g_variant_ref_sink (keel_task_variant_new (transfer, NULL));
      g_hash_table_insert (rows, transfer, row);
    }
  return row;
}

/* @rows: KeelTransfer -> whole row, of those for which one was made already */
static void
flush_to (KeelWatchers *self,
          Watcher      *watcher,
          GPtrArray    *transfers,
          GHashTable   *rows)
{
  GVariantBuilder changed = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  GVariantBuilder removed = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("at"));
  guint count = 0;
  GHashTableIter iter;
  gpointer transfer;

  for (guint i = 0; i < transfers->len; i++)
    if (is_in_scope (watcher, g_ptr_array_index (transfers, i)))
      {
        g_variant_builder_add_value (&changed,
                                     get_row (watcher, rows, g_ptr_array_index (transfers, i)));
        count++;
      }
  g_hash_table_iter_init (&iter, self->removed);
  while (g_hash_table_iter_next (&iter, &transfer, NULL))
    if (is_in_scope (watcher, transfer))
      {
        g_variant_builder_add (&removed, "t", (guint64) keel_transfer_get_record (transfer)->id);
        count++;
      }
  if (count == 0)
    {
      g_variant_builder_clear (&changed);
      g_variant_builder_clear (&removed);
      return;
    }
  tell (watcher, "TasksChanged",
        g_variant_new ("(ttaa{sv}at)", watcher->generation, self->generation, &changed, &removed));
  watcher->generation = self->generation;
}

static gboolean
is_passing_through (KeelTransfer *transfer)
{
  switch ((int) keel_transfer_get_record (transfer)->state)
    {
    case KEEL_TRANSFER_RUNNING:
    case KEEL_TRANSFER_VERIFYING:
    case KEEL_TRANSFER_PUBLISHING:
      return TRUE;
    default:
      return FALSE;
    }
}

/* Takes those that are to be told out of those that have changed: of many only those that will not
 * change again at once, or @all. (transfer full) */
static GPtrArray *
take_changed (KeelWatchers *self,
              gboolean      all)
{
  GPtrArray *transfers = g_ptr_array_new_with_free_func (g_object_unref);
  gboolean are_many = !all && g_hash_table_size (self->changed) >= MANY_CHANGES;
  GHashTableIter iter;
  gpointer transfer;
  gpointer was_passed_over;

  g_hash_table_iter_init (&iter, self->changed);
  while (g_hash_table_iter_next (&iter, &transfer, &was_passed_over))
    {
      if (are_many && !GPOINTER_TO_INT (was_passed_over) && is_passing_through (transfer))
        {
          g_hash_table_iter_replace (&iter, GINT_TO_POINTER (TRUE));
          continue;
        }
      if (keel_transfer_get_record (transfer)->state != KEEL_TRANSFER_DELETING)
        g_ptr_array_add (transfers, g_object_ref (transfer));
      g_hash_table_iter_remove (&iter);
    }
  return transfers;
}

static void plan_flush (KeelWatchers *self, gint64 at_usec);

static void
flush (KeelWatchers *self,
       gboolean      all)
{
  g_autoptr (GPtrArray) transfers = take_changed (self, all);
  g_autoptr (GHashTable) rows = NULL;
  GHashTableIter iter;
  gpointer value;

  self->flush_timer = 0;
  self->flushed_usec = keel_clock_get_boottime_usec (self->clock);
  rows = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_variant_unref);
  self->generation++;
  g_hash_table_iter_init (&iter, self->watchers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Watcher *watcher = value;

      /* One that is left out finds a gap in the numbers when it is told again. */
      if (watcher->is_behind)
        watcher->generation = self->generation;
      else
        flush_to (self, watcher, transfers, rows);
    }
  g_hash_table_remove_all (self->removed);
  if (g_hash_table_size (self->changed) > 0)
    plan_flush (self, self->flushed_usec + FLUSH_USEC);
}

static void
flush_cb (gpointer user_data)
{
  flush (user_data, FALSE);
}

static void
plan_flush (KeelWatchers *self,
            gint64        at_usec)
{
  if (self->flush_timer != 0 && self->flush_usec <= at_usec)
    return;
  keel_clock_cancel (self->clock, &self->flush_timer);
  self->flush_usec = at_usec;
  self->flush_timer = keel_clock_call_at (self->clock, at_usec, flush_cb, self);
}

static void
hurry (KeelWatchers *self)
{
  gint64 now_usec = keel_clock_get_boottime_usec (self->clock);

  if (now_usec - self->hurried_usec < FLUSH_USEC ||
      g_hash_table_size (self->changed) >= MANY_CHANGES)
    return;
  self->hurried_usec = now_usec;
  plan_flush (self, now_usec);
}

/* Before an answer to @name: if it watches, it hears what has changed before it hears that it has,
 * and need not wait for that. */
void
keel_watchers_tell_now (KeelWatchers *self,
                        const char   *name)
{
  GHashTableIter iter;
  gpointer value;

  if (self->flush_timer == 0)
    return;
  g_hash_table_iter_init (&iter, self->watchers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (g_str_equal (((Watcher *) value)->name, name))
      {
        keel_clock_cancel (self->clock, &self->flush_timer);
        flush (self, TRUE);
        return;
      }
}

static void
transfer_changed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelWatchers *self)
{
  if (keel_watchers_is_empty (self))
    return;
  if (!g_hash_table_contains (self->changed, transfer))
    g_hash_table_insert (self->changed, g_object_ref (transfer), GINT_TO_POINTER (FALSE));
  plan_flush (self, self->flushed_usec + FLUSH_USEC);
  if (!keel_transfer_record_is_unfinished (keel_transfer_get_record (transfer)))
    hurry (self);
}

static void
transfer_removed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelWatchers *self)
{
  if (keel_watchers_is_empty (self))
    return;
  g_hash_table_remove (self->changed, transfer);
  g_hash_table_add (self->removed, g_object_ref (transfer));
  plan_flush (self, self->flushed_usec + FLUSH_USEC);
}

/* --- numbers --------------------------------------------------------------------------------- */

static void
tell_progress (KeelWatchers *self,
               Watcher      *watcher)
{
  GVariantBuilder numbers = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(tttt)"));
  guint count = 0;
  GHashTableIter iter;
  gpointer transfer;

  g_hash_table_iter_init (&iter, keel_engine_get_active (self->engine));
  while (g_hash_table_iter_next (&iter, &transfer, NULL))
    {
      /* What has ended may still be on its way to rest, but moves no more. */
      if (!keel_transfer_is_busy (transfer) || !is_in_scope (watcher, transfer) ||
          keel_transfer_get_record (transfer)->state >= KEEL_TRANSFER_FINISHED)
        continue;
      g_variant_builder_add (&numbers, "(tttt)", (guint64) keel_transfer_get_record (transfer)->id,
                             keel_transfer_get_received (transfer),
                             keel_transfer_get_committed (transfer),
                             keel_transfer_get_rate (transfer));
      count++;
    }
  if (count > 0)
    tell (watcher, "Progress", g_variant_new ("(ta(tttt))", ++watcher->tick, &numbers));
  else
    g_variant_builder_clear (&numbers);
}

static void
ticked_cb (KeelEngine   *engine,
           KeelWatchers *self)
{
  gint64 now_usec = keel_clock_get_boottime_usec (self->clock);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->watchers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Watcher *watcher = value;

      if (watcher->is_behind || now_usec - watcher->told_usec < watcher->interval_usec)
        continue;
      watcher->told_usec = now_usec;
      tell_progress (self, watcher);
    }
}

/* --- watching -------------------------------------------------------------------------------- */

static void lease_timer_cb (gpointer user_data);

static void
begin_lease (Watcher *watcher)
{
  KeelClock *clock = watcher->owner->clock;

  keel_clock_cancel (clock, &watcher->lease_timer);
  watcher->suspended_usec = keel_clock_get_suspended_usec (clock);
  watcher->lease_timer = keel_clock_call_after (clock, LEASE_USEC, lease_timer_cb, watcher);
}

static void
lease_timer_cb (gpointer user_data)
{
  Watcher *watcher = user_data;
  gint64 slept_usec = keel_clock_get_suspended_usec (watcher->owner->clock) -
                      watcher->suspended_usec;

  watcher->lease_timer = 0;
  /* The watcher slept through it, as the whole machine did. */
  if (slept_usec > LEAST_SLEEP_USEC)
    {
      begin_lease (watcher);
      return;
    }
  g_debug ("%s did not renew", watcher->name);
  drop (watcher);
}

static void
name_vanished_cb (GDBusConnection *connection,
                  const char      *name,
                  gpointer         user_data)
{
  drop (user_data);
}

static char *
make_key (const KeelScope *scope,
          const char      *name)
{
  return g_strdup_printf ("%s %s", name, scope->path);
}

static Watcher *
add (KeelWatchers    *self,
     const KeelScope *scope,
     const char      *name)
{
  Watcher *watcher = g_new0 (Watcher, 1);

  watcher->owner = self;
  watcher->key = make_key (scope, name);
  watcher->name = g_strdup (name);
  watcher->path = g_strdup (scope->path);
  watcher->interface = g_strdup (scope->interface);
  watcher->session_id = scope->session_id;
  watcher->generation = self->generation;
  watcher->name_watch = g_bus_watch_name_on_connection (self->connection, name,
                                                        G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                        name_vanished_cb, watcher, NULL);
  g_hash_table_insert (self->watchers, watcher->key, watcher);
  return watcher;
}

/* @emptied is called, with @user_data second, when nobody watches any more. */
KeelWatchers *
keel_watchers_new (GDBusConnection *connection,
                   KeelEngine      *engine,
                   GFunc            emptied,
                   gpointer         user_data)
{
  KeelWatchers *self = g_new0 (KeelWatchers, 1);

  self->connection = g_object_ref (connection);
  self->engine = g_object_ref (engine);
  self->clock = keel_engine_get_clock (engine);
  self->emptied = emptied;
  self->user_data = user_data;
  self->watchers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                          (GDestroyNotify) watcher_free);
  self->changed = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->removed = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  g_signal_connect (engine, "transfer-changed", G_CALLBACK (transfer_changed_cb), self);
  g_signal_connect (engine, "transfer-removed", G_CALLBACK (transfer_removed_cb), self);
  g_signal_connect (engine, "ticked", G_CALLBACK (ticked_cb), self);
  set_tick (self);
  return self;
}

void
keel_watchers_free (KeelWatchers *self)
{
  g_signal_handlers_disconnect_by_data (self->engine, self);
  keel_clock_cancel (self->clock, &self->flush_timer);
  g_hash_table_unref (self->watchers);
  g_hash_table_unref (self->changed);
  g_hash_table_unref (self->removed);
  g_object_unref (self->engine);
  g_object_unref (self->connection);
  g_free (self);
}

gboolean
keel_watchers_is_empty (KeelWatchers *self)
{
  return g_hash_table_size (self->watchers) == 0;
}

/* Whether somebody watches everything, as the window does. */
gboolean
keel_watchers_has_managers (KeelWatchers *self)
{
  GHashTableIter iter;
  gpointer watcher;

  g_hash_table_iter_init (&iter, self->watchers);
  while (g_hash_table_iter_next (&iter, NULL, &watcher))
    if (((Watcher *) watcher)->session_id == 0)
      return TRUE;
  return FALSE;
}

/* What an answer that is made now is as new as. Changes that are still being gathered will be told
 * under a higher one, although the answer has them already. */
guint64
keel_watchers_get_generation (KeelWatchers *self)
{
  return self->generation;
}

/* Begins or renews. Gives the generation after which changes will be told. */
guint64
keel_watchers_watch (KeelWatchers    *self,
                     const KeelScope *scope,
                     const char      *name,
                     const KeelWatch *watch)
{
  g_autofree char *key = make_key (scope, name);
  Watcher *watcher = g_hash_table_lookup (self->watchers, key);

  if (watcher == NULL)
    watcher = add (self, scope, name);
  g_clear_pointer (&watcher->fields, g_hash_table_unref);
  watcher->fields = watch->fields != NULL ? g_hash_table_ref (watch->fields) : NULL;
  watcher->interval_usec = watch->interval_msec * (gint64) 1000;
  watcher->is_behind = watch->last_tick < watcher->tick_at_renewal;
  watcher->tick_at_renewal = watcher->tick;
  begin_lease (watcher);
  set_tick (self);
  return watcher->generation;
}

void
keel_watchers_unwatch (KeelWatchers    *self,
                       const KeelScope *scope,
                       const char      *name)
{
  g_autofree char *key = make_key (scope, name);
  Watcher *watcher = g_hash_table_lookup (self->watchers, key);

  if (watcher != NULL)
    drop (watcher);
}

/* Tells every program that watches anything, or with @to_managers those that watch everything,
 * once, through the object at @path. */
void
keel_watchers_announce (KeelWatchers *self,
                        const char   *path,
                        const char   *interface,
                        const char   *signal,
                        GVariant     *parameters,
                        gboolean      to_managers)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (parameters);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->watchers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Watcher *watcher = value;

      if ((!to_managers || watcher->session_id == 0) && g_hash_table_add (names, watcher->name))
        keel_bus_signal_emit (self->connection, watcher->name, path, interface, signal, owned);
    }
}
