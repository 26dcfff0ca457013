/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-store-private.h"

#include "keel-store-schema.h"
#include "keel-task-error.h"

#include <malloc.h>
#include <string.h>

/* The one door to the database, and the one thread that goes through it.
 *
 * Every change is an operation that is pushed down a lane; what has gathered while the last commit
 * was being synced becomes one transaction (group commit), and then each operation is answered.
 * An answer without error means: it is on disk (WAL with synchronous=FULL). An operation that
 * cannot be applied fails alone; if the transaction fails, all its operations are answered with the
 * error and nothing of it happened.
 *
 * Operations are applied in the order of the calls, so the last save of a row wins. */

typedef struct {
  KeelJob job;
  KeelStore *store;
  KeelStoreFunc func; /* (nullable) */
  gpointer user_data;
  gboolean (*apply) (KeelStore *store, gconstpointer operation);
  GError *error; /* (owned) (nullable) */

  GPtrArray *records; /* (owned) (nullable) */
  GPtrArray *events;  /* (nullable) these two: of func's owner */
  GPtrArray *history;
  GArray *numbers;              /* (owned) (nullable) of events */
  KeelAdditionRecord *addition; /* (owned) (nullable) */
  KeelSessionRecord *session;   /* (owned) (nullable) */
  gint64 id;
  char *key;                  /* (owned) (nullable) */
  char *value;                /* (owned) (nullable) */
  KeelStoreApply apply_other; /* (nullable) these two: of keel_store_push() */
  gpointer data;
} Operation;

/* As nobody has said anything of how it behaves. */
KeelSessionRecord *
keel_session_record_new (gint64      id,
                         const char *app,
                         const char *identifier,
                         const char *token)
{
  KeelSessionRecord *self = g_new0 (KeelSessionRecord, 1);

  self->id = id;
  self->app = g_strdup (app);
  self->identifier = g_strdup (identifier);
  self->token = g_strdup (token);
  keel_session_config_init (&self->config);
  return self;
}

void
keel_session_record_free (KeelSessionRecord *self)
{
  g_free (self->app);
  g_free (self->identifier);
  g_free (self->token);
  g_free (self->token_hash);
  keel_session_config_clear (&self->config);
  g_clear_pointer (&self->limiter, keel_rate_limiter_unref);
  g_free (self);
}

void
keel_addition_record_free (KeelAdditionRecord *self)
{
  g_free (self->nonce);
  g_free (self);
}

void
keel_store_contents_clear (KeelStoreContents *self)
{
  g_clear_pointer (&self->sessions, g_ptr_array_unref);
  g_clear_pointer (&self->additions, g_ptr_array_unref);
  g_clear_pointer (&self->records, g_ptr_array_unref);
  g_clear_pointer (&self->events, g_ptr_array_unref);
  g_clear_pointer (&self->settings, g_hash_table_unref);
  g_clear_pointer (&self->set_aside, g_free);
}

gboolean
keel_store_set_error (KeelStore  *self,
                      const char *what)
{
  if (self->error == NULL)
    self->error = sqlite3_errcode (self->db) == SQLITE_OK ?
                    g_error_new_literal (KEEL_ERROR, KEEL_ERROR_STATE, what) :
                    g_error_new (KEEL_ERROR, KEEL_ERROR_STATE, "%s: %s", what,
                                 sqlite3_errmsg (self->db));
  return FALSE;
}

gboolean
keel_store_exec (KeelStore  *self,
                 const char *sql)
{
  if (sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  g_debug ("%s", sql);
  return keel_store_set_error (self, "The list of transfers cannot be written");
}

/* The statement for @sql, a literal, which is compiled once: that takes longer than running it.
 * NULL with the error set. (transfer none) */
sqlite3_stmt *
keel_store_prepare (KeelStore  *self,
                    const char *sql)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, sql);

  if (statement != NULL)
    return statement;
  if (sqlite3_prepare_v3 (self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
      SQLITE_OK)
    {
      keel_store_set_error (self, "The list of transfers cannot be written");
      return NULL;
    }
  g_hash_table_insert (self->statements, (gpointer) sql, statement);
  return statement;
}

/* Runs @statement to its end and makes it ready for the next time. */
gboolean
keel_store_finish (KeelStore    *self,
                   sqlite3_stmt *statement)
{
  int result;

  do
    result = sqlite3_step (statement);
  while (result == SQLITE_ROW);
  if (result != SQLITE_DONE)
    keel_store_set_error (self, "The list of transfers cannot be written");
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return result == SQLITE_DONE;
}

/* Runs @sql, a literal, with gint64s for its parameters. */
gboolean
keel_store_run (KeelStore *self, const char *sql, ...)
{
  sqlite3_stmt *statement = keel_store_prepare (self, sql);
  va_list args;

  if (statement == NULL)
    return FALSE;
  va_start (args, sql);
  for (int i = 1; i <= sqlite3_bind_parameter_count (statement); i++)
    sqlite3_bind_int64 (statement, i, va_arg (args, gint64));
  va_end (args);
  return keel_store_finish (self, statement);
}

/* --- the lane's thread ----------------------------------------------------------------------- */

static void
begin_cb (gpointer user_data)
{
  KeelStore *self = user_data;

  g_clear_error (&self->error);
  keel_store_run (self, "BEGIN IMMEDIATE");
}

static void
note_health (KeelStore *self,
             GPtrArray *jobs)
{
  gint64 since_usec = 0;

  for (guint i = 0; i < jobs->len && since_usec == 0; i++)
    if (((Operation *) g_ptr_array_index (jobs, i))->error != NULL)
      since_usec = self->failing_since_usec != 0 ? self->failing_since_usec :
                                                   g_get_monotonic_time ();
  __atomic_store_n (&self->failing_since_usec, since_usec, __ATOMIC_RELEASE);
}

static void
end_cb (gpointer   user_data,
        GPtrArray *jobs)
{
  KeelStore *self = user_data;

  if (self->error == NULL)
    keel_store_run (self, "COMMIT");
  if (self->error != NULL)
    sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
  for (guint i = 0; self->error != NULL && i < jobs->len; i++)
    {
      Operation *operation = g_ptr_array_index (jobs, i);

      g_clear_error (&operation->error);
      operation->error = g_error_copy (self->error);
    }
  note_health (self, jobs);
}

static void
operation_run (KeelJob *job)
{
  Operation *operation = (Operation *) job;
  KeelStore *self = operation->store;

  /* Without a transaction there is nothing to be done for any of them. */
  if (self->error != NULL || !keel_store_run (self, "SAVEPOINT operation"))
    return;
  if (operation->apply (self, operation))
    {
      keel_store_run (self, "RELEASE operation");
      return;
    }
  /* It fails alone, unless SQLite has given the whole transaction up (a full disk does that). */
  operation->error = g_steal_pointer (&self->error);
  if (sqlite3_get_autocommit (self->db) ||
      !keel_store_exec (self, "ROLLBACK TO operation; RELEASE operation"))
    self->error = g_error_copy (operation->error);
}

/* With sqlite3_mprintf()'s conversions: %Q is a quoted literal. */
static gboolean
run_sql (KeelStore *self, const char *format, ...)
{
  va_list args;
  char *sql;
  gboolean ok;

  va_start (args, format);
  sql = sqlite3_vmprintf (format, args);
  va_end (args);
  ok = sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK;
  sqlite3_free (sql);
  return ok || keel_store_set_error (self, "The list of transfers cannot be written");
}

static gboolean
apply_session (KeelStore     *self,
               gconstpointer  data)
{
  const KeelSessionRecord *session = ((const Operation *) data)->session;
  g_autofree char *config = keel_session_config_print (&session->config);

  return run_sql (self,
                  "INSERT OR IGNORE INTO sessions (id, app, identifier, token, created)"
                  " VALUES (%lld, %Q, %Q, %Q, unixepoch ());"
                  "UPDATE sessions SET config = %Q WHERE id = %lld AND config IS NOT %Q;"
                  "UPDATE sessions SET token_hash = %Q, verified = %d"
                  " WHERE id = %lld AND (token_hash IS NOT %Q OR verified != %d)",
                  (long long) session->id, session->app, session->identifier, session->token,
                  config, (long long) session->id, config, session->token_hash,
                  session->is_verified, (long long) session->id, session->token_hash,
                  session->is_verified);
}

/* Numbers the event and writes it down. */
static gboolean
insert_event (KeelStore       *self,
              KeelEventRecord *event)
{
  sqlite3_stmt *number = keel_store_prepare (self, "UPDATE sessions SET last_event = last_event + 1"
                                                   " WHERE id = ? RETURNING last_event");
  sqlite3_stmt *insert = keel_store_prepare (self,
                                             "INSERT INTO events (session, number, task, kind,"
                                             " created, details)"
                                             " VALUES (?, ?, ?, ?, ?, ?)");

  if (number == NULL || insert == NULL)
    return FALSE;
  sqlite3_bind_int64 (number, 1, event->session_id);
  if (sqlite3_step (number) == SQLITE_ROW)
    event->number = sqlite3_column_int64 (number, 0);
  else
    keel_store_set_error (self, "An event cannot be numbered");
  if (!keel_store_finish (self, number) || self->error != NULL)
    return FALSE;
  sqlite3_bind_int64 (insert, 1, event->session_id);
  sqlite3_bind_int64 (insert, 2, event->number);
  sqlite3_bind_int64 (insert, 3, event->task_id);
  sqlite3_bind_text (insert, 4, keel_event_kind_to_string (event->kind), -1, SQLITE_STATIC);
  sqlite3_bind_int64 (insert, 5, event->created_usec);
  sqlite3_bind_text (insert, 6, event->details, -1, SQLITE_STATIC);
  return keel_store_finish (self, insert);
}

static gboolean
apply_acknowledge (KeelStore     *self,
                   gconstpointer  data)
{
  const Operation *operation = data;

  for (guint i = 0; i < operation->numbers->len; i++)
    if (!keel_store_run (self, "DELETE FROM events WHERE session = ? AND number = ?", operation->id,
                         g_array_index (operation->numbers, gint64, i)))
      return FALSE;
  return TRUE;
}

static gboolean
apply_wake (KeelStore     *self,
            gconstpointer  data)
{
  const KeelSessionRecord *session = ((const Operation *) data)->session;

  return keel_store_run (self, "UPDATE sessions SET wake_tries = ?, wake_due = ? WHERE id = ?",
                         (gint64) session->wake_tries, session->wake_due_usec, session->id);
}

static gboolean
apply_save (KeelStore     *self,
            gconstpointer  data)
{
  const Operation *operation = data;
  const KeelAdditionRecord *addition = operation->addition;

  /* The session may be new, and saving it may have failed when it was opened. */
  if (operation->session != NULL && !apply_session (self, operation))
    return FALSE;
  for (guint i = 0; i < operation->records->len; i++)
    {
      keel_store_schema_bind (self->save, g_ptr_array_index (operation->records, i));
      if (!keel_store_finish (self, self->save) ||
          !keel_store_trim_blocks (self, g_ptr_array_index (operation->records, i)))
        return FALSE;
    }
  for (guint i = 0; operation->events != NULL && i < operation->events->len; i++)
    if (!insert_event (self, g_ptr_array_index (operation->events, i)))
      return FALSE;
  if (operation->history != NULL &&
      !keel_store_insert_history (self, ((KeelTransferRecord *) operation->records->pdata[0])->id,
                                  operation->history))
    return FALSE;
  if (addition == NULL)
    return TRUE;
  return run_sql (self,
                  "DELETE FROM additions WHERE created < unixepoch () - %d;"
                  "INSERT INTO additions VALUES (%lld, %Q, %lld, %u, unixepoch ());",
                  KEEL_STORE_NONCE_LIFE_SECONDS, (long long) addition->session_id, addition->nonce,
                  (long long) addition->first_id, addition->count);
}

static gboolean
apply_delete (KeelStore     *self,
              gconstpointer  data)
{
  const Operation *operation = data;

  return keel_store_run (self, "DELETE FROM tasks WHERE id = ?", operation->id) &&
         keel_store_run (self, "DELETE FROM blocks WHERE task = ?", operation->id) &&
         keel_store_run (self, "DELETE FROM history WHERE task = ?", operation->id);
}

static gboolean
apply_setting (KeelStore     *self,
               gconstpointer  data)
{
  const Operation *operation = data;

  return run_sql (self, "REPLACE INTO settings VALUES (%Q, %Q)", operation->key, operation->value);
}

static gboolean
apply_other (KeelStore     *self,
             gconstpointer  data)
{
  const Operation *operation = data;

  return operation->apply_other (self, operation->data);
}

/* --- the owner's thread ---------------------------------------------------------------------- */

static void
operation_done (KeelJob *job)
{
  Operation *operation = (Operation *) job;

  if (operation->func != NULL)
    operation->func (operation->error, operation->user_data);
  g_clear_error (&operation->error);
  g_clear_pointer (&operation->records, g_ptr_array_unref);
  g_clear_pointer (&operation->numbers, g_array_unref);
  g_clear_pointer (&operation->addition, keel_addition_record_free);
  g_clear_pointer (&operation->session, keel_session_record_free);
  g_free (operation->key);
  g_free (operation->value);
  g_free (operation);
}

static Operation *
operation_new (KeelStore *self,
               gboolean (*apply) (KeelStore *, gconstpointer),
               KeelStoreFunc func,
               gpointer user_data)
{
  Operation *operation = g_new0 (Operation, 1);

  operation->job.run = operation_run;
  operation->job.done = operation_done;
  operation->store = self;
  operation->apply = apply;
  operation->func = func;
  operation->user_data = user_data;
  return operation;
}

static KeelSessionRecord *
session_copy (const KeelSessionRecord *session)
{
  KeelSessionRecord *copy = keel_session_record_new (session->id, session->app, session->identifier,
                                                     session->token);

  copy->token_hash = g_strdup (session->token_hash);
  copy->is_verified = session->is_verified;
  keel_session_config_clear (&copy->config);
  keel_session_config_copy (&copy->config, &session->config);
  copy->wake_tries = session->wake_tries;
  copy->wake_due_usec = session->wake_due_usec;
  return copy;
}

/* Writes the row as it is now, and @events and @history (both nullable; element-type
 * KeelHistoryEntry) in the same transaction, in their order. @record is copied; the others must
 * stay until @func, and then @events have their numbers if there was no error. */
void
keel_store_save (KeelStore                *self,
                 const KeelTransferRecord *record,
                 GPtrArray                *events,
                 GPtrArray                *history,
                 KeelStoreFunc             func,
                 gpointer                  user_data)
{
  Operation *operation = operation_new (self, apply_save, func, user_data);

  operation->events = events;
  operation->history = history;
  operation->records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  g_ptr_array_add (operation->records, keel_transfer_record_copy (record));
  keel_lane_push (self->lane, &operation->job);
}

/* The events of these numbers (gint64; taken over) need not be told again. */
void
keel_store_acknowledge (KeelStore     *self,
                        gint64         session_id,
                        GArray        *numbers,
                        KeelStoreFunc  func,
                        gpointer       user_data)
{
  Operation *operation = operation_new (self, apply_acknowledge, func, user_data);

  operation->id = session_id;
  operation->numbers = numbers;
  keel_lane_push (self->lane, &operation->job);
}

/* Writes how often the application was woken, and when that is due again. */
void
keel_store_save_wake (KeelStore               *self,
                      const KeelSessionRecord *session,
                      KeelStoreFunc            func,
                      gpointer                 user_data)
{
  Operation *operation = operation_new (self, apply_wake, func, user_data);

  operation->session = session_copy (session);
  keel_lane_push (self->lane, &operation->job);
}

/* For how long nothing could be written; 0: it works. */
gint64
keel_store_get_failing_usec (KeelStore *self)
{
  gint64 since_usec = __atomic_load_n (&self->failing_since_usec, __ATOMIC_ACQUIRE);

  return since_usec != 0 ? g_get_monotonic_time () - since_usec : 0;
}

/* Writes all of @records, their @session if it is not there yet and, unless NULL, @addition: all or
 * nothing. They are copied. */
void
keel_store_save_batch (KeelStore                *self,
                       const KeelSessionRecord  *session,
                       GPtrArray                *records,
                       const KeelAdditionRecord *addition,
                       KeelStoreFunc             func,
                       gpointer                  user_data)
{
  Operation *operation = operation_new (self, apply_save, func, user_data);

  operation->session = session_copy (session);
  operation->records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  for (guint i = 0; i < records->len; i++)
    g_ptr_array_add (operation->records,
                     keel_transfer_record_copy (g_ptr_array_index (records, i)));
  if (addition != NULL)
    {
      operation->addition = g_memdup2 (addition, sizeof *addition);
      operation->addition->nonce = g_strdup (addition->nonce);
    }
  keel_lane_push (self->lane, &operation->job);
}

void
keel_store_delete (KeelStore     *self,
                   gint64         id,
                   KeelStoreFunc  func,
                   gpointer       user_data)
{
  Operation *operation = operation_new (self, apply_delete, func, user_data);

  operation->id = id;
  keel_lane_push (self->lane, &operation->job);
}

/* Writes how it is now, and makes it if it is not there yet. */
void
keel_store_save_session (KeelStore               *self,
                         const KeelSessionRecord *session,
                         KeelStoreFunc            func,
                         gpointer                 user_data)
{
  Operation *operation = operation_new (self, apply_session, func, user_data);

  operation->session = session_copy (session);
  keel_lane_push (self->lane, &operation->job);
}

static gboolean
release_memory (KeelStore *self,
                gpointer   data)
{
  sqlite3_db_release_memory (self->db);
  malloc_trim (0);
  return TRUE;
}

/* Gives back what is only remembered, and what was freed before. */
void
keel_store_release_memory (KeelStore *self)
{
  keel_store_push (self, release_memory, NULL, NULL, NULL);
}

void
keel_store_save_setting (KeelStore     *self,
                         const char    *key,
                         const char    *value,
                         KeelStoreFunc  func,
                         gpointer       user_data)
{
  Operation *operation = operation_new (self, apply_setting, func, user_data);

  operation->key = g_strdup (key);
  operation->value = g_strdup (value);
  keel_lane_push (self->lane, &operation->job);
}

/* Runs @apply in its turn. @data must stay until @func. */
void
keel_store_push (KeelStore      *self,
                 KeelStoreApply  apply,
                 gpointer        data,
                 KeelStoreFunc   func,
                 gpointer        user_data)
{
  Operation *operation = operation_new (self, apply_other, func, user_data);

  operation->apply_other = apply;
  operation->data = data;
  keel_lane_push (self->lane, &operation->job);
}

/* Opens or makes the database at @path, whose folder must exist; blocks. @out_contents gets what
 * is in it. `func`s will be called in @context.
 *
 * KEEL_ERROR_UNSUPPORTED: from a newer program, untouched. KEEL_ERROR_STATE: cannot be used. */
KeelStore *
keel_store_open (const char         *path,
                 GMainContext       *context,
                 KeelStoreContents  *out_contents,
                 GError            **error)
{
  static const KeelLaneBatch batch = { begin_cb, end_cb };
  KeelStore *self = g_new0 (KeelStore, 1);

  memset (out_contents, 0, sizeof *out_contents);
  if (!keel_store_open_file (self, path, out_contents, error))
    {
      g_free (self);
      return NULL;
    }
  self->lane = keel_lane_new ("keel-store", context, &batch, self);
  return self;
}

/* Writes what has been handed over, then closes; blocks, for a disk that hangs at most
 * @timeout_usec, and then the store is left to the end of the process. The last `func`s have been
 * posted. */
void
keel_store_close (KeelStore *self,
                  gint64     timeout_usec)
{
  keel_store_save_setting (self, KEEL_STORE_CLEAN_KEY, "1", NULL, NULL);
  if (!keel_lane_close (self->lane, timeout_usec))
    {
      g_warning ("The disk with the list of transfers does not answer");
      return;
    }
  keel_store_close_file (self);
  g_clear_error (&self->error);
  g_free (self);
}
