/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-scheduler.h"

#include "keel-uri.h"

#include <string.h>

/* Who may run: so many at once, so many a server, the more important first, then those that have
 * not given up a slot for others, then the older.
 *
 * The engine reports each change of a transfer; from its record follows whether it wants a slot
 * (queued, or waiting for a slot) and whether it has one (busy). Slots are given out in an idle
 * callback, so that a thousand additions in one call are looked at once. What gets none is told to
 * wait with the reason `slot`.
 *
 * Those who want are kept by server, in order, so that giving out a slot costs as much as there
 * are servers, however long the queue is. */

typedef struct {
  char *name;         /* (owned) */
  GSequence *wanting; /* (owned) (element-type Entry) */
  guint n_busy;
} Host;

typedef struct {
  KeelTransfer *transfer; /* (owned) */
  Host *host;
  GSequenceIter *iter;   /* (nullable) in host->wanting */
  KeelPriority priority; /* by which it was sorted in, */
  guint turn;            /* and then by this */
  gboolean is_busy;
} Entry;

struct _KeelScheduler {
  GMainContext *context; /* (owned) (nullable) */
  GHashTable *hosts;     /* (owned) name -> Host */
  GHashTable *entries;   /* (owned) KeelTransfer -> Entry */
  GPtrArray *fresh;      /* (owned) (element-type KeelTransfer): wanting, not told to wait yet */
  GSource *idle;         /* (owned) (nullable) */
  guint max_active;
  guint max_per_host;
  guint n_busy;
  gboolean is_stopped;
};

static void
host_free (Host *host)
{
  g_sequence_free (host->wanting);
  g_free (host->name);
  g_free (host);
}

static void
entry_free (Entry *entry)
{
  g_object_unref (entry->transfer);
  g_free (entry);
}

static int
compare_entries (gconstpointer a,
                 gconstpointer b,
                 gpointer      user_data)
{
  const Entry *left = a;
  const Entry *right = b;
  gint64 left_id = keel_transfer_get_record (left->transfer)->id;
  gint64 right_id = keel_transfer_get_record (right->transfer)->id;

  if (left->priority != right->priority)
    return left->priority > right->priority ? -1 : 1;
  if (left->turn != right->turn)
    return left->turn < right->turn ? -1 : 1;
  return left_id < right_id ? -1 : left_id > right_id;
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
      GSequenceIter *first = g_sequence_get_begin_iter (host->wanting);

      if (host->n_busy >= self->max_per_host || g_sequence_iter_is_end (first))
        continue;
      if (best == NULL || compare_entries (g_sequence_get (first), best, NULL) < 0)
        best = g_sequence_get (first);
    }
  return best;
}

static void
stop_wanting (Entry *entry)
{
  if (entry->iter != NULL)
    g_sequence_remove (entry->iter);
  entry->iter = NULL;
}

static void
hold_fresh (KeelScheduler *self)
{
  g_autoptr (GPtrArray) fresh = g_steal_pointer (&self->fresh);

  self->fresh = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < fresh->len; i++)
    {
      Entry *entry = g_hash_table_lookup (self->entries, g_ptr_array_index (fresh, i));

      if (entry != NULL && entry->iter != NULL)
        keel_transfer_hold (entry->transfer, KEEL_WAIT_REASON_SLOT);
    }
}

static gboolean
idle_cb (gpointer user_data)
{
  KeelScheduler *self = user_data;
  Entry *entry;

  g_clear_pointer (&self->idle, g_source_unref);
  while (self->n_busy < self->max_active && (entry = find_next (self)) != NULL)
    {
      g_autoptr (KeelTransfer) transfer = g_object_ref (entry->transfer);

      stop_wanting (entry);
      keel_transfer_run (transfer);
      /* Running makes it busy by way of the engine's report. If it did not, do not try for ever. */
      keel_scheduler_update (self, transfer);
    }
  hold_fresh (self);
  return G_SOURCE_REMOVE;
}

static void
kick (KeelScheduler *self)
{
  if (self->idle != NULL || self->is_stopped)
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
  self->entries = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) entry_free);
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
  kick (self);
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
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->hosts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!g_sequence_is_empty (((Host *) value)->wanting))
      return TRUE;
  return FALSE;
}

static Entry *
add_entry (KeelScheduler *self,
           KeelTransfer  *transfer)
{
  g_autofree char *name = keel_uri_dup_host (keel_transfer_get_record (transfer)->uri);
  Host *host = g_hash_table_lookup (self->hosts, name);
  Entry *entry = g_new0 (Entry, 1);

  if (host == NULL)
    {
      host = g_new0 (Host, 1);
      host->name = g_steal_pointer (&name);
      host->wanting = g_sequence_new (NULL);
      g_hash_table_insert (self->hosts, host->name, host);
    }
  entry->transfer = g_object_ref (transfer);
  entry->host = host;
  g_hash_table_insert (self->entries, transfer, entry);
  return entry;
}

static void
drop_entry (KeelScheduler *self,
            Entry         *entry)
{
  Host *host = entry->host;

  g_hash_table_remove (self->entries, entry->transfer);
  if (host->n_busy == 0 && g_sequence_is_empty (host->wanting))
    g_hash_table_remove (self->hosts, host->name);
}

static gboolean
wants_slot (KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  if (!keel_transfer_is_settled (transfer))
    return FALSE;
  return record->state == KEEL_TRANSFER_QUEUED ||
         (record->state == KEEL_TRANSFER_WAITING && record->wait_reason == KEEL_WAIT_REASON_SLOT);
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
  if (!is_busy)
    kick (self);
}

static void
set_wanting (KeelScheduler *self,
             Entry         *entry,
             gboolean       wants)
{
  KeelPriority priority = keel_transfer_get_record (entry->transfer)->priority;

  if (wants && entry->iter != NULL && entry->priority == priority)
    return;
  stop_wanting (entry);
  if (!wants)
    return;
  entry->priority = priority;
  entry->turn = keel_transfer_get_turn (entry->transfer);
  entry->iter = g_sequence_insert_sorted (entry->host->wanting, entry, compare_entries, NULL);
  if (keel_transfer_get_record (entry->transfer)->state == KEEL_TRANSFER_QUEUED)
    g_ptr_array_add (self->fresh, g_object_ref (entry->transfer));
  kick (self);
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
  stop_wanting (entry);
  drop_entry (self, entry);
}
