/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-store-damaged.h"

#include "keel-store-schema.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Reads what can still be read of a damaged database.
 *
 * Only a copy is ever opened, with a copy of its log: SQLite repairs, or finishes what was begun,
 * in what it opens, and the damaged file shall stay as it was found. It is read forwards until an
 * error, then backwards from the end, and then what lies between is asked for one by one, so that
 * a bad page costs only the rows that were on it. Ids have to grow on the way, which ends a walk
 * in circles. When the page is lost that leads to all rows, the pages with rows are tried one by
 * one.
 *
 * The first page has the list of tables, without which nothing is found. When it makes no sense,
 * its first 100 bytes, which describe the file, are taken from a database that was just made; and
 * when that does not help, the whole page, because the tables of a new database are in the same
 * places. Rows that are read with a wrong list make no sense either, and the caller, who looks at
 * each, throws them away. */

#define COPY_SUFFIX ".copy"
#define PAGE_BYTES 4096
#define HEADER_BYTES 100
#define PAGE_COUNT_OFFSET 28
/* So many ids are asked for one by one, at most. */
#define MOST_PROBES 200000
#define MOST_ROWS 1000000
#define MOST_PAGES 100000
#define TABLE_LEAF 0x0d

typedef enum {
  AS_IT_IS,
  WITH_NEW_HEADER,
  WITH_NEW_FIRST_PAGE,
  N_REPAIRS,
} Repair;

static void
remove_copy (const char *copy)
{
  static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (copy, suffixes[i], NULL);

      if (g_unlink (path) != 0 && errno != ENOENT)
        g_info ("%s: %s", path, g_strerror (errno));
    }
}

void
keel_store_remains_clear (KeelStoreRemains *self)
{
  g_autofree char *path = NULL;

  g_clear_pointer (&self->records, g_ptr_array_unref);
  g_clear_pointer (&self->sessions, g_ptr_array_unref);
  g_clear_pointer (&self->last_events, g_hash_table_unref);
  if (self->db == NULL)
    return;
  path = g_strdup (sqlite3_db_filename (self->db, "main"));
  g_clear_pointer (&self->db, sqlite3_close);
  remove_copy (path);
}

/* --- the copy -------------------------------------------------------------------------------- */

static gboolean
copy_file (const char *from,
           const char *to)
{
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  if (!g_file_get_contents (from, &bytes, &length, &error))
    return FALSE;
  return g_file_set_contents_full (to, bytes, (gssize) length, G_FILE_SET_CONTENTS_NONE, 0600,
                                   NULL);
}

/* The database and its log; without the log, if there is none. */
static gboolean
make_copy (const char *path,
           const char *copy)
{
  g_autofree char *wal = g_strconcat (path, "-wal", NULL);
  g_autofree char *wal_copy = g_strconcat (copy, "-wal", NULL);

  remove_copy (copy);
  if (!copy_file (path, copy))
    return FALSE;
  copy_file (wal, wal_copy);
  return TRUE;
}

static gboolean
write_at (int         fd,
          const void *bytes,
          gsize       length,
          off_t       offset)
{
  return pwrite (fd, bytes, length, offset) == (ssize_t) length;
}

/* Overwrites the beginning of @copy with that of @template. */
static gboolean
transplant (const char *template,
            const char *copy,
            gsize       length)
{
  guint8 page[PAGE_BYTES];
  guint32 n_pages;
  off_t size;
  gboolean ok;
  int from = open (template, O_RDONLY | O_CLOEXEC);
  int to = open (copy, O_WRONLY | O_CLOEXEC);

  ok = from >= 0 && to >= 0 && pread (from, page, PAGE_BYTES, 0) == PAGE_BYTES;
  size = ok ? lseek (to, 0, SEEK_END) : 0;
  n_pages = GUINT32_TO_BE ((guint32) (size / PAGE_BYTES));
  memcpy (page + PAGE_COUNT_OFFSET, &n_pages, sizeof n_pages);
  ok = ok && size >= 2 * PAGE_BYTES && write_at (to, page, length, 0);
  if (from >= 0)
    close (from);
  if (to >= 0)
    close (to);
  return ok;
}

/* (transfer full) (nullable) */
static sqlite3 *
open_copy (const char *path,
           const char *template,
           Repair      repair)
{
  g_autofree char *copy = g_strconcat (path, COPY_SUFFIX, NULL);
  sqlite3 *db = NULL;

  if (!make_copy (path, copy) ||
      (repair != AS_IT_IS &&
       !transplant (template, copy, repair == WITH_NEW_HEADER ? HEADER_BYTES : PAGE_BYTES)) ||
      sqlite3_open_v2 (copy, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    {
      g_clear_pointer (&db, sqlite3_close);
      remove_copy (copy);
      return NULL;
    }
  sqlite3_exec (db,
                "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;"
                /* Without this, nothing is read of a file that has become shorter. */
                "PRAGMA writable_schema = ON;"
                "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF",
                NULL, NULL, NULL);
  /* From an older version: that this can fail is why the file is not believed in later either. */
  if (!keel_store_schema_prepare (db, NULL))
    g_debug ("%s: not brought up to date", copy);
  return db;
}

/* --- rows ------------------------------------------------------------------------------------ */

typedef struct {
  sqlite3 *db;
  const char *sql; /* whole, by its first column */
  void (*take) (sqlite3_stmt *row, gpointer user_data);
  gpointer user_data;
  gint64 first_bad; /* the ids between these two are missing */
  gint64 last_bad;
} Walk;

static sqlite3_stmt *
prepare (Walk       *walk,
         const char *before,
         const char *after)
{
  g_autofree char *sql = g_strconcat (before, walk->sql, after, NULL);
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (walk->db, sql, -1, &statement, NULL) != SQLITE_OK)
    g_clear_pointer (&statement, sqlite3_finalize);
  return statement;
}

/* TRUE when it came to the end. */
static gboolean
walk_upwards (Walk *walk)
{
  sqlite3_stmt *statement = prepare (walk, "", "");
  int result = SQLITE_ERROR;
  guint count = 0;

  walk->first_bad = 1;
  while (statement != NULL && (result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 id = sqlite3_column_int64 (statement, 0);

      if (id < walk->first_bad || id == G_MAXINT64 || ++count > MOST_ROWS)
        break;
      walk->first_bad = id + 1;
      walk->take (statement, walk->user_data);
    }
  sqlite3_finalize (statement);
  return result == SQLITE_DONE;
}

static void
walk_downwards (Walk   *walk,
                gint64  last_id)
{
  sqlite3_stmt *statement = prepare (walk, "", " DESC");
  gint64 id = G_MAXINT64;
  guint count = 0;

  walk->last_bad = last_id;
  while (statement != NULL && sqlite3_step (statement) == SQLITE_ROW &&
         sqlite3_column_int64 (statement, 0) < id && ++count <= MOST_ROWS)
    {
      id = sqlite3_column_int64 (statement, 0);
      if (id < walk->first_bad)
        break;
      walk->last_bad = id - 1;
      walk->take (statement, walk->user_data);
    }
  sqlite3_finalize (statement);
}

static void
probe (Walk *walk)
{
  sqlite3_stmt *statement = prepare (walk, "SELECT * FROM (", ") WHERE id = ?");

  for (gint64 id = walk->first_bad;
       statement != NULL && id <= walk->last_bad && id - walk->first_bad < MOST_PROBES; id++)
    {
      sqlite3_bind_int64 (statement, 1, id);
      if (sqlite3_step (statement) == SQLITE_ROW && sqlite3_column_int64 (statement, 0) == id)
        walk->take (statement, walk->user_data);
      sqlite3_reset (statement);
    }
  sqlite3_finalize (statement);
}

/* FALSE: perhaps not all. */
static gboolean
take_all (Walk   *walk,
          gint64  last_id)
{
  if (walk_upwards (walk))
    return TRUE;
  walk_downwards (walk, last_id);
  probe (walk);
  return FALSE;
}

static void
take_record (sqlite3_stmt *row,
             gpointer      user_data)
{
  g_ptr_array_add (((KeelStoreRemains *) user_data)->records, keel_store_schema_read (row));
}

static void
take_session (sqlite3_stmt *row,
              gpointer      user_data)
{
  KeelStoreRemains *remains = user_data;
  gint64 last_event = sqlite3_column_int64 (row, 4);
  KeelSessionRecord *session = keel_session_record_new (
    sqlite3_column_int64 (row, 0), (const char *) sqlite3_column_text (row, 1),
    (const char *) sqlite3_column_text (row, 2), (const char *) sqlite3_column_text (row, 3));

  keel_session_config_parse (&session->config, (const char *) sqlite3_column_text (row, 5));
  session->token_hash = g_strdup ((const char *) sqlite3_column_text (row, 6));
  session->is_verified = sqlite3_column_int (row, 7) != 0;
  g_ptr_array_add (remains->sessions, session);
  g_hash_table_insert (remains->last_events, g_memdup2 (&session->id, sizeof session->id),
                       g_memdup2 (&last_event, sizeof last_event));
}

/* The highest id that was ever given to a row of @table, as far as can be told. */
static gint64
get_sequence (sqlite3    *db,
              const char *table)
{
  g_autofree char *sql = g_strdup_printf ("SELECT seq FROM sqlite_sequence WHERE name = '%s'",
                                          table);
  sqlite3_stmt *statement = NULL;
  gint64 last = 0;

  if (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step (statement) == SQLITE_ROW)
    last = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  return last;
}

/* Makes @page the root of the tasks. */
static gboolean
set_root (sqlite3 *db,
          guint    page)
{
  g_autofree char *sql = g_strdup_printf ("PRAGMA writable_schema = ON;"
                                          "UPDATE sqlite_schema SET rootpage = %u"
                                          "  WHERE name = 'tasks';"
                                          "PRAGMA writable_schema = RESET;",
                                          page);

  return sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* The page that leads to all others is lost: each page that may have rows is read as if it were the
 * whole table. Some may be of rows that were deleted, so this is for when there is nothing else. */
static void
take_leaves (KeelStoreRemains *remains,
             Walk             *walk)
{
  const char *path = sqlite3_db_filename (remains->db, "main");
  guint n_pages;
  guint8 type;
  int fd;

  sqlite3_exec (remains->db, "PRAGMA wal_checkpoint (TRUNCATE)", NULL, NULL, NULL);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return;
  n_pages = (guint) (lseek (fd, 0, SEEK_END) / PAGE_BYTES);
  for (guint page = 2; page <= MIN (n_pages, MOST_PAGES); page++)
    if (pread (fd, &type, 1, (off_t) (page - 1) * PAGE_BYTES) == 1 && type == TABLE_LEAF &&
        set_root (remains->db, page))
      walk_upwards (walk);
  close (fd);
}

static void
read_remains (KeelStoreRemains *remains)
{
  g_autofree char *record_sql = keel_store_schema_dup_load_sql ();
  gboolean is_whole;
  Walk records = { remains->db, record_sql, take_record, remains, 0, 0 };
  Walk sessions = { remains->db,
                    "SELECT id, app, identifier, token, last_event, config, token_hash, verified"
                    " FROM sessions"
                    " ORDER BY id",
                    take_session,
                    remains,
                    0,
                    0 };

  remains->records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  remains->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_session_record_free);
  remains->last_events = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  remains->last_id = get_sequence (remains->db, "tasks");
  is_whole = take_all (&records, remains->last_id);
  take_all (&sessions, get_sequence (remains->db, "sessions"));
  if (!is_whole && remains->records->len == 0)
    take_leaves (remains, &records);
}

/* What is left of the database at @path, which is not touched. @template: an empty database of the
 * present version. FALSE when there is nothing. */
gboolean
keel_store_damaged_read (const char       *path,
                         const char       *template,
                         KeelStoreRemains *out_remains)
{
  memset (out_remains, 0, sizeof *out_remains);
  for (Repair repair = AS_IT_IS; repair < N_REPAIRS; repair++)
    {
      out_remains->db = open_copy (path, template, repair);
      if (out_remains->db == NULL)
        continue;
      read_remains (out_remains);
      if (out_remains->records->len + out_remains->sessions->len > 0)
        return TRUE;
      keel_store_remains_clear (out_remains);
      memset (out_remains, 0, sizeof *out_remains);
    }
  return FALSE;
}

/* --- tables that are taken as they are ------------------------------------------------------- */

/* TRUE when it came to the end. */
static gboolean
copy_rows (sqlite3_stmt *select,
           sqlite3_stmt *insert)
{
  int result;
  guint count = 0;

  while ((result = sqlite3_step (select)) == SQLITE_ROW && ++count <= MOST_ROWS)
    {
      for (int i = 0; i < sqlite3_column_count (select); i++)
        sqlite3_bind_value (insert, i + 1, sqlite3_column_value (select, i));
      /* A row that does not fit in is not wanted. */
      if (sqlite3_step (insert) != SQLITE_DONE)
        g_debug ("A row was left out");
      sqlite3_reset (insert);
    }
  return result == SQLITE_DONE;
}

/* Copies the @columns of @table into that of @to, whichever rows can be read; what is there already
 * stays. It begins with the columns of its key, by one of which it is ordered. */
void
keel_store_damaged_copy (KeelStoreRemains *remains,
                         sqlite3          *to,
                         const char       *columns,
                         const char       *table)
{
  static const char *const orders[] = { "", " DESC" };
  g_autofree char *marks = g_strdup ("?");
  g_autofree char *insert_sql = NULL;
  sqlite3_stmt *insert = NULL;
  gboolean is_whole = FALSE;

  for (const char *p = columns; *p != '\0'; p++)
    if (*p == ',')
      {
        char *more = g_strconcat (marks, ", ?", NULL);

        g_free (marks);
        marks = more;
      }
  insert_sql = g_strdup_printf ("INSERT OR IGNORE INTO %s (%s) VALUES (%s)", table, columns, marks);
  if (sqlite3_prepare_v2 (to, insert_sql, -1, &insert, NULL) != SQLITE_OK)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (orders) && !is_whole; i++)
    {
      g_autofree char *select_sql = g_strdup_printf ("SELECT %s FROM %s ORDER BY 1%s", columns,
                                                     table, orders[i]);
      sqlite3_stmt *select = NULL;

      if (sqlite3_prepare_v2 (remains->db, select_sql, -1, &select, NULL) == SQLITE_OK)
        is_whole = copy_rows (select, insert);
      sqlite3_finalize (select);
    }
  sqlite3_finalize (insert);
}
