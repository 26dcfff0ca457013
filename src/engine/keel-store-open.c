/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-store-private.h"

#include "keel-store-rescue.h"
#include "keel-store-schema.h"
#include "keel-task-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the store finds at the start, before there is a lane.
 *
 * After an unclean end no part file is believed either: each of which something counts, unless it
 * was sealed, is marked as suspect, and is checked block by block before anything is added to it.
 * The mark is in the database, so that it outlives a clean end before it was that file's turn.
 *
 * After an unclean end the database is checked (quick_check) before it is believed. One that is
 * damaged, empty or missing is made anew of what is left (keel-store-rescue.c); the damaged file is
 * moved aside under a name that says so, never deleted. One that is from a newer program, or that
 * the disk does not let us read, is left alone and the opening fails. */

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
    return keel_store_set_error (self, "The list of transfers cannot be read");
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    func (statement, contents);
  sqlite3_finalize (statement);
  return result == SQLITE_DONE ||
         keel_store_set_error (self, "The list of transfers cannot be read");
}

static void
read_session (sqlite3_stmt      *row,
              KeelStoreContents *contents)
{
  KeelSessionRecord *session = keel_session_record_new (
    sqlite3_column_int64 (row, 0), (const char *) sqlite3_column_text (row, 1),
    (const char *) sqlite3_column_text (row, 2), (const char *) sqlite3_column_text (row, 3));

  keel_session_config_parse (&session->config, (const char *) sqlite3_column_text (row, 4));
  session->last_event = sqlite3_column_int64 (row, 5);
  session->wake_tries = (guint) sqlite3_column_int64 (row, 6);
  session->wake_due_usec = sqlite3_column_int64 (row, 7);
  session->token_hash = g_strdup ((const char *) sqlite3_column_text (row, 8));
  session->is_verified = sqlite3_column_int (row, 9) != 0;
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
  addition->created_usec = sqlite3_column_int64 (row, 4) * G_USEC_PER_SEC;
  g_ptr_array_add (contents->additions, addition);
}

static void
read_record (sqlite3_stmt      *row,
             KeelStoreContents *contents)
{
  g_ptr_array_add (contents->records, keel_store_schema_read (row));
}

static void
read_event (sqlite3_stmt      *row,
            KeelStoreContents *contents)
{
  KeelEventRecord *event;
  KeelEventKind kind;

  /* What this program does not know, nobody can be told. */
  if (!keel_event_kind_from_string ((const char *) sqlite3_column_text (row, 3), &kind))
    return;
  event = keel_event_record_new (sqlite3_column_int64 (row, 0), sqlite3_column_int64 (row, 2),
                                 kind);
  event->number = sqlite3_column_int64 (row, 1);
  event->created_usec = sqlite3_column_int64 (row, 4);
  event->details = g_strdup ((const char *) sqlite3_column_text (row, 5));
  event->is_told = TRUE;
  g_ptr_array_add (contents->events, event);
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

static void
read_clean (sqlite3_stmt      *row,
            KeelStoreContents *contents)
{
  contents->was_clean = TRUE;
}

static gboolean
load (KeelStore         *self,
      KeelStoreContents *contents)
{
  g_autofree char *load_sql = keel_store_schema_dup_load_sql ();

  contents->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_session_record_free);
  contents->additions = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_addition_record_free);
  contents->records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  contents->events = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_event_record_free);
  contents->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return for_each_row (
           self,
           "SELECT id, app, identifier, token, config, last_event, wake_tries, wake_due,"
           " token_hash, verified FROM sessions",
           read_session, contents) &&
         for_each_row (
           self, "SELECT session, nonce, first, count, created FROM additions ORDER BY created",
           read_addition, contents) &&
         for_each_row (self,
                       "SELECT session, number, task, kind, created, details FROM events"
                       " ORDER BY session, number",
                       read_event, contents) &&
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

/* One of which nobody has recorded any hash, as after a rescue, is believed as far as comparing its
 * end goes; there is nothing else to go by. */
static char *
dup_is_checked (const char *durable,
                const char *file)
{
  return g_strdup_printf ("(%s > 0 AND (%s < 1048576 OR EXISTS (SELECT 1 FROM blocks"
                          " WHERE blocks.task = tasks.id AND blocks.file = tasks.%s)))",
                          durable, durable, file);
}

static gboolean
distrust_part_files (KeelStore *self)
{
  g_autofree char *is_checked = dup_is_checked ("durable", "part_name");
  g_autofree char *aside_is_checked = dup_is_checked ("aside_durable", "spare_name");
  /* Those of which nothing counts are most, and need not be written. */
  g_autofree char *sql = g_strdup_printf (
    "UPDATE tasks SET is_suspect = %s OR islands IS NOT NULL, aside_is_suspect = %s"
    " WHERE NOT is_sealed AND state <> 'finished' AND (durable > 0 OR islands IS NOT NULL"
    " OR aside_durable > 0 OR is_suspect OR aside_is_suspect)",
    is_checked, aside_is_checked);

  return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
         keel_store_set_error (self, "The list of transfers cannot be written");
}

void
keel_store_close_file (KeelStore *self)
{
  g_clear_pointer (&self->save, sqlite3_finalize);
  g_clear_pointer (&self->statements, g_hash_table_unref);
  g_clear_pointer (&self->db, sqlite3_close);
  g_clear_error (&self->error);
}

static void
finalize_statement (gpointer data)
{
  sqlite3_finalize (data);
}

/* Links and headers may hold secrets. SQLite gives the log the rights of the database. */
static void
make_private (const char *path)
{
  int fd = open (path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  struct stat info;

  if (fd < 0)
    return;
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && (info.st_mode & 077) != 0 &&
      fchmod (fd, 0600) != 0)
    g_info ("%s: %s", path, g_strerror (errno));
  close (fd);
}

/* Opens, migrates, loads. KEEL_ERROR_STATE: damaged, or the disk says no. */
static gboolean
open_file (KeelStore          *self,
           const char         *path,
           KeelStoreContents  *contents,
           GError            **error)
{
  g_autofree char *save_sql = keel_store_schema_dup_save_sql ();

  g_clear_error (&self->error);
  self->statements = g_hash_table_new_full (NULL, NULL, NULL, finalize_statement);
  make_private (path);
  if (sqlite3_open_v2 (path, &self->db,
                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                         SQLITE_OPEN_NOFOLLOW,
                       NULL) != SQLITE_OK)
    {
      keel_store_set_error (self, "The list of transfers cannot be opened");
      g_propagate_error (error, g_steal_pointer (&self->error));
      return FALSE;
    }
  sqlite3_extended_result_codes (self->db, 1);
  sqlite3_busy_timeout (self->db, 2000);
  /* As long as it is not known to be sound, nothing goes from its log into it. */
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  /* The version is looked at before anything can write, the journal mode included. */
  if (!keel_store_schema_prepare (self->db, error))
    return FALSE;
  if (keel_store_exec (self, "PRAGMA journal_mode = WAL") &&
      keel_store_exec (self, "PRAGMA synchronous = FULL") &&
      keel_store_exec (self, "PRAGMA foreign_keys = ON") &&
      for_each_row (self, "SELECT 1 FROM settings WHERE key = '" KEEL_STORE_CLEAN_KEY "'",
                    read_clean, contents))
    {
      if ((contents->was_clean || (is_sound (self) && distrust_part_files (self))) &&
          load (self, contents) &&
          keel_store_exec (self, "DELETE FROM settings WHERE key = '" KEEL_STORE_CLEAN_KEY "'") &&
          sqlite3_prepare_v3 (self->db, save_sql, -1, SQLITE_PREPARE_PERSISTENT, &self->save,
                              NULL) == SQLITE_OK &&
          sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL) == SQLITE_OK)
        return TRUE;
      keel_store_set_error (self, "The list of transfers is damaged");
    }
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

/* Only these say something about the file; a full disk or a missing right does not. */
static gboolean
is_damage (KeelStore  *self,
           const char *path)
{
  int code = self->db != NULL ? sqlite3_errcode (self->db) & 0xff : SQLITE_OK;

  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_OK ||
         code == SQLITE_ERROR || code == SQLITE_DONE || code == SQLITE_ROW ||
         g_file_test (path, G_FILE_TEST_IS_DIR);
}

/* Whether there is nothing at @path that could be opened. SQLite would make an empty database. */
static gboolean
is_lost (const char *path)
{
  struct stat info;

  if (lstat (path, &info) != 0)
    return errno == ENOENT;
  return S_ISREG (info.st_mode) && info.st_size == 0;
}

/* Says once what became of the old database. */
static void
tell (const GError           *damage,
      const KeelStoreRescued *rescued)
{
  guint n_tasks = rescued->n_rows + rescued->n_rebuilt;

  if (rescued->set_aside != NULL)
    g_warning ("%s; it was moved to “%s”, and %u tasks were rescued, %u of them from part files",
               damage != NULL ? damage->message : "The list of transfers is damaged",
               rescued->set_aside, n_tasks, rescued->n_rebuilt);
  else if (n_tasks > 0)
    g_warning ("The list of transfers was missing, and %u tasks were rescued from part files",
               n_tasks);
}

static void
leave_file (KeelStore         *self,
            KeelStoreContents *contents)
{
  keel_store_close_file (self);
  keel_store_contents_clear (contents);
}

/* Opens, or makes, the database at @path and reads what is in it; one that is damaged or missing is
 * made anew first, of what is left. On failure nothing is held, and @out_contents is empty. */
gboolean
keel_store_open_file (KeelStore          *self,
                      const char         *path,
                      KeelStoreContents  *out_contents,
                      GError            **error)
{
  g_autoptr (GError) damage = NULL;
  g_auto (KeelStoreRescued) rescued = { 0 };
  gboolean has_rescued = FALSE;
  gboolean has_to_rescue;

  if (!keel_store_rescue_finish (path, &rescued, error))
    return FALSE;
  has_to_rescue = is_lost (path);
  if (!has_to_rescue && open_file (self, path, out_contents, &damage))
    {
      has_to_rescue = !out_contents->was_clean && keel_store_rescue_is_due (path, out_contents);
      if (has_to_rescue)
        leave_file (self, out_contents);
    }
  else if (!has_to_rescue)
    {
      has_to_rescue = !g_error_matches (damage, KEEL_ERROR, KEEL_ERROR_UNSUPPORTED) &&
                      is_damage (self, path);
      leave_file (self, out_contents);
      if (!has_to_rescue)
        {
          g_propagate_error (error, g_steal_pointer (&damage));
          return FALSE;
        }
    }
  if (has_to_rescue)
    {
      keel_store_rescued_clear (&rescued);
      if (!keel_store_rescue (path, &rescued, error))
        return FALSE;
      tell (damage, &rescued);
      /* A new one, where there was none, is nothing to speak of. */
      has_rescued = rescued.set_aside != NULL || rescued.n_rebuilt > 0;
      if (!open_file (self, path, out_contents, error))
        {
          leave_file (self, out_contents);
          return FALSE;
        }
    }
  out_contents->was_rescued = has_rescued;
  out_contents->set_aside = g_steal_pointer (&rescued.set_aside);
  return TRUE;
}
