/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-store-private.h"

/* The history of tasks, in the table `history`: what nobody could tell from their rows.
 *
 * When a task was added and how it has ended is in its row, so one to which nothing happens has no
 * entry here, and thousands of small files cost nothing. Entries are written with the change that
 * they are about and go with their task. Of one that goes on for weeks only the last are kept, and
 * a server that is down for a week is one entry and not a thousand.
 *
 * All but the functions of the last part run in the lane's thread. */

typedef struct {
  gint64 task;
  GPtrArray *entries; /* (owned) (element-type KeelHistoryEntry) */
  KeelStoreHistoryFunc func;
  gpointer user_data;
  gboolean is_loaded;
} Loading;

/* --- the lane's thread ----------------------------------------------------------------------- */

/* An entry like the last one is none, if it is of a try that did not work out. */
static gboolean
insert (KeelStore              *self,
        gint64                  task,
        const KeelHistoryEntry *entry)
{
  sqlite3_stmt *statement = keel_store_prepare (
    self, "INSERT INTO history (task, number, created, kind, details)"
          " SELECT ?1, (SELECT coalesce (max (number), 0) + 1 FROM history"
          "   WHERE task = ?1), ?2, ?3, ?4"
          " WHERE ?3 != 'retry' OR NOT EXISTS (SELECT 1 FROM history"
          "   WHERE task = ?1 AND kind = ?3 AND details IS ?4 AND number ="
          "   (SELECT max (number) FROM history WHERE task = ?1))");

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, task);
  sqlite3_bind_int64 (statement, 2, entry->created_usec);
  sqlite3_bind_text (statement, 3, entry->kind, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 4, entry->details, -1, SQLITE_STATIC);
  return keel_store_finish (self, statement);
}

/* Writes @entries (element-type KeelHistoryEntry) down behind those that are there. */
gboolean
keel_store_insert_history (KeelStore *self,
                           gint64     task,
                           GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    if (!insert (self, task, g_ptr_array_index (entries, i)))
      return FALSE;
  return keel_store_run (self,
                         "DELETE FROM history WHERE task = ?1 AND number <="
                         " (SELECT max (number) FROM history WHERE task = ?1) - ?2",
                         task, (gint64) KEEL_STORE_MOST_HISTORY);
}

static gboolean
apply_load (KeelStore *self,
            gpointer   data)
{
  Loading *loading = data;
  sqlite3_stmt *statement = keel_store_prepare (self, "SELECT created, kind, details FROM history"
                                                      " WHERE task = ? ORDER BY number");
  int result;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, loading->task);
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      KeelHistoryEntry *entry = g_new0 (KeelHistoryEntry, 1);

      entry->created_usec = sqlite3_column_int64 (statement, 0);
      entry->kind = g_strdup ((const char *) sqlite3_column_text (statement, 1));
      entry->details = g_strdup ((const char *) sqlite3_column_text (statement, 2));
      g_ptr_array_add (loading->entries, entry);
    }
  loading->is_loaded = result == SQLITE_DONE;
  if (!loading->is_loaded)
    keel_store_set_error (self, "The history of a transfer cannot be read");
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return loading->is_loaded;
}

/* --- the owner's thread ---------------------------------------------------------------------- */

static void
loaded_cb (const GError *error,
           gpointer      user_data)
{
  Loading *loading = user_data;

  /* What was read is good, although a full disk may let the transaction around it fail. */
  if (loading->is_loaded)
    loading->func (g_steal_pointer (&loading->entries), NULL, loading->user_data);
  else
    loading->func (NULL, error, loading->user_data);
  g_clear_pointer (&loading->entries, g_ptr_array_unref);
  g_free (loading);
}

/* Gives the entries of @task, the oldest first, with all that has been saved before this call. */
void
keel_store_load_history (KeelStore            *self,
                         gint64                task,
                         KeelStoreHistoryFunc  func,
                         gpointer              user_data)
{
  Loading *loading = g_new0 (Loading, 1);

  loading->task = task;
  loading->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_history_entry_free);
  loading->func = func;
  loading->user_data = user_data;
  keel_store_push (self, apply_load, loading, loaded_cb, loading);
}
