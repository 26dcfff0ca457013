/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-store.h"

#include "keel-lane.h"
#include "keel-store-schema.h"
#include "keel-task-error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The one door to the database, and the one thread that goes through it.
 *
 * Every change is an operation that is pushed down a lane; what has gathered while the last commit
 * was being synced becomes one transaction (group commit), and then each operation is answered.
 * An answer without error means: it is on disk (WAL with synchronous=FULL). An operation that
 * cannot be applied fails alone; if the transaction fails, all its operations are answered with the
 * error and nothing of it happened.
 *
 * Operations are applied in the order of the calls, so the last save of a row wins.
 *
 * After an unclean end the database is checked (quick_check) before it is believed. One that is
 * damaged is moved aside under a name that says so, never deleted, and an empty one takes its
 * place; one that is from a newer program is left alone and the opening fails. */

/* How long the nonce of an AddTasks call is remembered. A repeated call comes within seconds. */
#define NONCE_LIFE_SECONDS (24 * 3600)
#define CLEAN_KEY "clean-exit"

struct _KeelStore {
  KeelLane *lane;     /* (owned) */
  sqlite3 *db;        /* the lane's thread only, once it is there */
  sqlite3_stmt *save; /* (owned) */
  GError *error;      /* (owned) (nullable) of the present transaction */
};

typedef struct {
  KeelJob job;
  KeelStore *store;
  KeelStoreFunc func; /* (nullable) */
  gpointer user_data;
  gboolean (*apply) (KeelStore *store, gconstpointer operation);
  GError *error; /* (owned) (nullable) */

  GPtrArray *records;           /* (owned) (nullable) */
  KeelAdditionRecord *addition; /* (owned) (nullable) */
  KeelSessionRecord *session;   /* (owned) (nullable) */
  gint64 id;
  char *key;   /* (owned) (nullable) */
  char *value; /* (owned) (nullable) */
} Operation;

void
keel_session_record_free (KeelSessionRecord *self)
{
  g_free (self->app);
  g_free (self->identifier);
  g_free (self->token);
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
  g_clear_pointer (&self->settings, g_hash_table_unref);
  g_clear_pointer (&self->set_aside, g_free);
}

static gboolean
set_error (KeelStore  *self,
           const char *what)
{
  if (self->error == NULL)
    self->error = g_error_new (KEEL_ERROR, KEEL_ERROR_STATE, "%s: %s", what,
                               sqlite3_errmsg (self->db));
  return FALSE;
}

static gboolean
exec (KeelStore  *self,
      const char *sql)
{
  return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK || set_error (self, sql);
}

/* --- the lane's thread ----------------------------------------------------------------------- */

static void
begin_cb (gpointer user_data)
{
  KeelStore *self = user_data;

  g_clear_error (&self->error);
  exec (self, "BEGIN IMMEDIATE");
}

static void
end_cb (gpointer   user_data,
        GPtrArray *jobs)
{
  KeelStore *self = user_data;

  if (self->error == NULL)
    exec (self, "COMMIT");
  if (self->error != NULL)
    sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
  for (guint i = 0; self->error != NULL && i < jobs->len; i++)
    {
      Operation *operation = g_ptr_array_index (jobs, i);

      g_clear_error (&operation->error);
      operation->error = g_error_copy (self->error);
    }
}

static void
operation_run (KeelJob *job)
{
  Operation *operation = (Operation *) job;
  KeelStore *self = operation->store;

  /* Without a transaction there is nothing to be done for any of them. */
  if (self->error != NULL || !exec (self, "SAVEPOINT operation"))
    return;
  if (operation->apply (self, operation))
    {
      exec (self, "RELEASE operation");
      return;
    }
  /* It fails alone, unless SQLite has given the whole transaction up (a full disk does that). */
  operation->error = g_steal_pointer (&self->error);
  if (sqlite3_get_autocommit (self->db) || !exec (self, "ROLLBACK TO operation; RELEASE operation"))
    self->error = g_error_copy (operation->error);
}

static gboolean
run_statement (KeelStore    *self,
               sqlite3_stmt *statement)
{
  gboolean ok = sqlite3_step (statement) == SQLITE_DONE;

  if (!ok)
    set_error (self, "The list of transfers cannot be written");
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return ok;
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
  return ok || set_error (self, "The list of transfers cannot be written");
}

static gboolean
apply_session (KeelStore     *self,
               gconstpointer  data)
{
  const KeelSessionRecord *session = ((const Operation *) data)->session;

  return run_sql (self, "INSERT OR IGNORE INTO sessions VALUES (%lld, %Q, %Q, %Q, unixepoch ())",
                  (long long) session->id, session->app, session->identifier, session->token);
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
      if (!run_statement (self, self->save))
        return FALSE;
    }
  if (addition == NULL)
    return TRUE;
  return run_sql (self,
                  "DELETE FROM additions WHERE created < unixepoch () - %d;"
                  "INSERT INTO additions VALUES (%lld, %Q, %lld, %u, unixepoch ());",
                  NONCE_LIFE_SECONDS, (long long) addition->session_id, addition->nonce,
                  (long long) addition->first_id, addition->count);
}

static gboolean
apply_delete (KeelStore     *self,
              gconstpointer  data)
{
  const Operation *operation = data;

  return run_sql (self, "DELETE FROM tasks WHERE id = %lld", (long long) operation->id);
}

static gboolean
apply_setting (KeelStore     *self,
               gconstpointer  data)
{
  const Operation *operation = data;

  return run_sql (self, "REPLACE INTO settings VALUES (%Q, %Q)", operation->key, operation->value);
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
  KeelSessionRecord *copy = g_new0 (KeelSessionRecord, 1);

  copy->id = session->id;
  copy->app = g_strdup (session->app);
  copy->identifier = g_strdup (session->identifier);
  copy->token = g_strdup (session->token);
  return copy;
}

/* Writes the row as it is now; @record is copied. */
void
keel_store_save (KeelStore                *self,
                 const KeelTransferRecord *record,
                 KeelStoreFunc             func,
                 gpointer                  user_data)
{
  Operation *operation = operation_new (self, apply_save, func, user_data);

  operation->records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  g_ptr_array_add (operation->records, keel_transfer_record_copy (record));
  keel_lane_push (self->lane, &operation->job);
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

/* --- opening, before there is a lane --------------------------------------------------------- */

typedef void (*RowFunc) (sqlite3_stmt *statement, KeelStoreContents *contents);

static gboolean
for_each_row (KeelStore         *self,
              const char        *sql,
              RowFunc            func,
              KeelStoreContents *contents)
{
  sqlite3_stmt *statement = NULL;
  int result;

  if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) != SQLITE_OK)
    return set_error (self, "The list of transfers cannot be read");
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    func (statement, contents);
  sqlite3_finalize (statement);
  return result == SQLITE_DONE || set_error (self, "The list of transfers cannot be read");
}

static void
read_session (sqlite3_stmt      *row,
              KeelStoreContents *contents)
{
  KeelSessionRecord *session = g_new0 (KeelSessionRecord, 1);

  session->id = sqlite3_column_int64 (row, 0);
  session->app = g_strdup ((const char *) sqlite3_column_text (row, 1));
  session->identifier = g_strdup ((const char *) sqlite3_column_text (row, 2));
  session->token = g_strdup ((const char *) sqlite3_column_text (row, 3));
  contents->last_session_id = MAX (contents->last_session_id, session->id);
  g_ptr_array_add (contents->sessions, session);
}

static void
read_addition (sqlite3_stmt      *row,
               KeelStoreContents *contents)
{
  KeelAdditionRecord *addition = g_new0 (KeelAdditionRecord, 1);

  addition->session_id = sqlite3_column_int64 (row, 0);
  addition->nonce = g_strdup ((const char *) sqlite3_column_text (row, 1));
  addition->first_id = sqlite3_column_int64 (row, 2);
  addition->count = (guint) sqlite3_column_int64 (row, 3);
  g_ptr_array_add (contents->additions, addition);
}

static void
read_record (sqlite3_stmt      *row,
             KeelStoreContents *contents)
{
  g_ptr_array_add (contents->records, keel_store_schema_read (row));
}

static void
read_setting (sqlite3_stmt      *row,
              KeelStoreContents *contents)
{
  g_hash_table_insert (contents->settings, g_strdup ((const char *) sqlite3_column_text (row, 0)),
                       g_strdup ((const char *) sqlite3_column_text (row, 1)));
}

static void
read_sequence (sqlite3_stmt      *row,
               KeelStoreContents *contents)
{
  contents->last_id = sqlite3_column_int64 (row, 0);
}

static gboolean
load (KeelStore         *self,
      KeelStoreContents *contents)
{
  g_autofree char *load_sql = keel_store_schema_dup_load_sql ();

  contents->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_session_record_free);
  contents->additions = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_addition_record_free);
  contents->records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  contents->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return for_each_row (self, "SELECT id, app, identifier, token FROM sessions", read_session,
                       contents) &&
         for_each_row (self, "SELECT session, nonce, first, count FROM additions", read_addition,
                       contents) &&
         for_each_row (self, "SELECT key, value FROM settings", read_setting, contents) &&
         for_each_row (self, "SELECT seq FROM sqlite_sequence WHERE name = 'tasks'", read_sequence,
                       contents) &&
         for_each_row (self, load_sql, read_record, contents);
}

static void
read_check (sqlite3_stmt      *row,
            KeelStoreContents *contents)
{
  const char *word = (const char *) sqlite3_column_text (row, 0);

  /* Borrowed for the time of the check: anything but "ok" is one more complaint. */
  if (g_strcmp0 (word, "ok") != 0)
    contents->last_id++;
}

/* Whether the file is a sound database. */
static gboolean
is_sound (KeelStore *self)
{
  KeelStoreContents complaints = { 0 };

  return for_each_row (self, "PRAGMA quick_check (1)", read_check, &complaints) &&
         complaints.last_id == 0;
}

static void
close_db (KeelStore *self)
{
  g_clear_pointer (&self->save, sqlite3_finalize);
  g_clear_pointer (&self->db, sqlite3_close);
}

/* Opens, migrates, loads. KEEL_ERROR_STATE: damaged, or the disk says no. */
static gboolean
open_db (KeelStore          *self,
         const char         *path,
         KeelStoreContents  *contents,
         GError            **error)
{
  g_autofree char *save_sql = keel_store_schema_dup_save_sql ();
  gboolean was_clean;

  g_clear_error (&self->error);
  if (sqlite3_open_v2 (path, &self->db,
                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                         SQLITE_OPEN_NOFOLLOW,
                       NULL) != SQLITE_OK)
    {
      set_error (self, "The list of transfers cannot be opened");
      g_propagate_error (error, g_steal_pointer (&self->error));
      return FALSE;
    }
  sqlite3_extended_result_codes (self->db, 1);
  sqlite3_busy_timeout (self->db, 2000);
  /* The version is looked at before anything can write, the journal mode included. */
  if (!keel_store_schema_prepare (self->db, error))
    return FALSE;
  if (exec (self, "PRAGMA journal_mode = WAL") && exec (self, "PRAGMA synchronous = FULL") &&
      exec (self, "PRAGMA foreign_keys = ON") && load (self, contents))
    {
      was_clean = g_hash_table_contains (contents->settings, CLEAN_KEY);
      if ((was_clean || is_sound (self)) &&
          exec (self, "DELETE FROM settings WHERE key = '" CLEAN_KEY "'") &&
          sqlite3_prepare_v3 (self->db, save_sql, -1, SQLITE_PREPARE_PERSISTENT, &self->save,
                              NULL) == SQLITE_OK)
        return TRUE;
      set_error (self, "The list of transfers is damaged");
    }
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

/* Only these say something about the file; a full disk or a missing right does not. */
static gboolean
is_damage (KeelStore *self)
{
  int code = self->db != NULL ? sqlite3_errcode (self->db) & 0xff : SQLITE_OK;

  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_OK ||
         code == SQLITE_ERROR || code == SQLITE_DONE || code == SQLITE_ROW;
}

static char *
set_aside (const char *path)
{
  static const char *const suffixes[] = { "", "-wal", "-shm" };
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%d-%H%M%S");
  g_autofree char *aside = g_strdup_printf ("%s.damaged-%s", path, stamp);

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *from = g_strconcat (path, suffixes[i], NULL);
      g_autofree char *to = g_strconcat (aside, suffixes[i], NULL);

      if (rename (from, to) != 0 && errno != ENOENT)
        {
          g_warning ("“%s” cannot be moved aside: %s", from, g_strerror (errno));
          return NULL;
        }
    }
  return g_steal_pointer (&aside);
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
  g_autoptr (GError) first = NULL;
  KeelStore *self = g_new0 (KeelStore, 1);

  memset (out_contents, 0, sizeof *out_contents);
  if (!open_db (self, path, out_contents, &first))
    {
      gboolean is_newer = g_error_matches (first, KEEL_ERROR, KEEL_ERROR_UNSUPPORTED);
      gboolean is_damaged = !is_newer && is_damage (self);
      g_autofree char *aside = NULL;

      close_db (self);
      keel_store_contents_clear (out_contents);
      aside = is_damaged ? set_aside (path) : NULL;
      if (aside != NULL)
        g_warning ("%s; it was moved to “%s”", first->message, aside);
      if (aside == NULL || !open_db (self, path, out_contents, error))
        {
          if (aside == NULL)
            g_propagate_error (error, g_steal_pointer (&first));
          close_db (self);
          g_clear_error (&self->error);
          g_free (self);
          return NULL;
        }
      out_contents->set_aside = g_steal_pointer (&aside);
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
  keel_store_save_setting (self, CLEAN_KEY, "1", NULL, NULL);
  if (!keel_lane_close (self->lane, timeout_usec))
    {
      g_warning ("The disk with the list of transfers does not answer");
      return;
    }
  close_db (self);
  g_clear_error (&self->error);
  g_free (self);
}
