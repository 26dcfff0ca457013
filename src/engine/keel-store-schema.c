/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-store-schema.h"

#include "keel-task-error.h"
#include "keel-words.h"

#include <string.h>

/* What is in the database. `user_version` is the version of the schema; each version is reached
 * from the one before by one step below, in one transaction together with the new number, so that
 * a crash between two steps leaves a database that is whole. A step is never edited after a
 * release; a database from a newer program is never written.
 *
 * Paths are BLOBs: a file name is bytes. Words are stored as the words of keel-enums.h, not as
 * numbers, so that a dump can be read. Ids come from AUTOINCREMENT's sequence and are never given
 * twice. `additions` remembers the nonce of each AddTasks, so that a call repeated after a lost
 * reply adds nothing; its ids are the `count` ones from `first` on.
 *
 * `blocks` has the XXH3-64 (little endian, 8 bytes each) of whole MiBs of a part file, of which
 * `file` is the name: up to 64 in a row from number `first` on, a multiple of 64; of a file that is
 * complete, of its shorter last block, too. 0 is none. What is beyond the durable bytes in there
 * does not count. Of a part file that `is_suspect` only blocks count that still have their hash.
 * The table is no child of `tasks`, because a row of those is replaced at each save.
 *
 * `events` are what nobody has acknowledged yet, numbered within the session; `details` is an a{sv}
 * as g_variant_print() writes it. An event outlives its task.
 *
 * `history` is what a task went through, numbered within it, for people; its details are written in
 * the same way. When it was added and how it has ended stands in its row only. Like `blocks`, the
 * table is no child of `tasks`. */

static const char *const steps[] = {
  /* 1 */
  "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
  "CREATE TABLE sessions ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  app TEXT NOT NULL, identifier TEXT NOT NULL, token TEXT NOT NULL,"
  "  created INTEGER NOT NULL,"
  "  UNIQUE (app, identifier));"
  "CREATE TABLE additions ("
  "  session INTEGER NOT NULL REFERENCES sessions (id), nonce TEXT NOT NULL,"
  "  first INTEGER NOT NULL, count INTEGER NOT NULL, created INTEGER NOT NULL,"
  "  PRIMARY KEY (session, nonce)) WITHOUT ROWID;"
  "CREATE TABLE tasks ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  session INTEGER NOT NULL REFERENCES sessions (id),"
  "  state TEXT NOT NULL, wait_reason TEXT, wait_until INTEGER, pause_reason TEXT,"
  "  uri TEXT NOT NULL, effective_uri TEXT, headers TEXT,"
  "  dir BLOB NOT NULL, wanted TEXT, chosen BLOB, name BLOB, title TEXT, user_data TEXT,"
  "  priority TEXT NOT NULL, max_rate INTEGER NOT NULL, not_before INTEGER NOT NULL,"
  "  part_name BLOB, token TEXT, part_ino INTEGER NOT NULL,"
  "  durable INTEGER NOT NULL, total INTEGER,"
  "  etag TEXT, last_modified TEXT, date TEXT, content_type TEXT,"
  "  accepts_ranges INTEGER NOT NULL, length_confirmed INTEGER NOT NULL,"
  "  http_status INTEGER NOT NULL,"
  "  checksum_algorithm TEXT, checksum_expected TEXT, checksum_actual TEXT,"
  "  attempts INTEGER NOT NULL, resumed_bytes INTEGER NOT NULL,"
  "  refetched_bytes INTEGER NOT NULL, failing_since INTEGER NOT NULL,"
  "  failures_running INTEGER NOT NULL,"
  "  error_code TEXT, error_message TEXT, error_http_status INTEGER NOT NULL,"
  "  created INTEGER NOT NULL, finished INTEGER NOT NULL);",
  /* 2: a second part file, for an older version or a decoded one */
  "ALTER TABLE tasks ADD COLUMN spare_name BLOB;"
  "ALTER TABLE tasks ADD COLUMN coding TEXT;"
  "ALTER TABLE tasks ADD COLUMN has_ended INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN checksum_is_servers INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN is_rebound INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN aside_ino INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN aside_durable INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN aside_total INTEGER;"
  "ALTER TABLE tasks ADD COLUMN aside_etag TEXT;"
  "ALTER TABLE tasks ADD COLUMN aside_last_modified TEXT;"
  "ALTER TABLE tasks ADD COLUMN aside_date TEXT;"
  "ALTER TABLE tasks ADD COLUMN aside_content_type TEXT;"
  "ALTER TABLE tasks ADD COLUMN aside_coding TEXT;"
  "ALTER TABLE tasks ADD COLUMN error_details TEXT;"
  "ALTER TABLE tasks ADD COLUMN user TEXT;"
  "UPDATE tasks SET spare_name = CAST ('.' || lower (hex (randomblob (8))) || '.part' AS BLOB)"
  "  WHERE part_name IS NOT NULL;",
  /* 3: which folder it was, hashes of what is durable, crashes, the journal of events */
  "ALTER TABLE tasks ADD COLUMN dir_ino INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN dir_fsid INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN tail_hash INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN part_mtime INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN is_sealed INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN has_placeholder INTEGER NOT NULL DEFAULT 0;"
  "UPDATE tasks SET is_sealed = 1 WHERE state = 'publishing';"
  "ALTER TABLE tasks ADD COLUMN is_suspect INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN aside_is_suspect INTEGER NOT NULL DEFAULT 0;"
  "CREATE TABLE blocks ("
  "  task INTEGER NOT NULL, file BLOB NOT NULL, first INTEGER NOT NULL, hashes BLOB NOT NULL,"
  "  PRIMARY KEY (task, file, first)) WITHOUT ROWID;"
  "ALTER TABLE sessions ADD COLUMN last_event INTEGER NOT NULL DEFAULT 0;"
  "CREATE TABLE events ("
  "  session INTEGER NOT NULL REFERENCES sessions (id), number INTEGER NOT NULL,"
  "  task INTEGER NOT NULL, kind TEXT NOT NULL, created INTEGER NOT NULL,"
  "  PRIMARY KEY (session, number)) WITHOUT ROWID;",
  /* 4: several connections for one file, and the order of the queue */
  "ALTER TABLE tasks ADD COLUMN islands TEXT;"
  "ALTER TABLE tasks ADD COLUMN max_connections INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN mirrors TEXT;"
  "ALTER TABLE tasks ADD COLUMN place INTEGER NOT NULL DEFAULT 0;",
  /* 5: sessions of applications, and what they wish of a task */
  "ALTER TABLE sessions ADD COLUMN config TEXT;"
  "ALTER TABLE sessions ADD COLUMN token_hash TEXT;"
  "ALTER TABLE sessions ADD COLUMN verified INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN task_group TEXT;"
  "ALTER TABLE tasks ADD COLUMN network TEXT;"
  "ALTER TABLE tasks ADD COLUMN power TEXT;"
  "ALTER TABLE tasks ADD COLUMN conflict TEXT;"
  "ALTER TABLE tasks ADD COLUMN size_hint INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN timeout INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN spent_at INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE events ADD COLUMN details TEXT;"
  "UPDATE events SET kind = 'completed';"
  "ALTER TABLE sessions ADD COLUMN wake_tries INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE sessions ADD COLUMN wake_due INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN dir_kind TEXT;"
  "ALTER TABLE tasks ADD COLUMN server TEXT;"
  "ALTER TABLE tasks ADD COLUMN http_version INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN resumes INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN running INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE tasks ADD COLUMN left_place BLOB;"
  "CREATE TABLE history ("
  "  task INTEGER NOT NULL, number INTEGER NOT NULL, created INTEGER NOT NULL,"
  "  kind TEXT NOT NULL, details TEXT,"
  "  PRIMARY KEY (task, number)) WITHOUT ROWID;",
  /* 6: what is younger than the wish to replace is not replaced */
  "ALTER TABLE tasks ADD COLUMN conflict_at INTEGER NOT NULL DEFAULT 0;",
};

typedef enum {
  INT64,  /* gint64, guint64: file offsets and times fit into 63 bits */
  UINT,   /* guint, gint, gboolean */
  TEXT,   /* char *, UTF-8 */
  BYTES,  /* char *, a path */
  TOTAL,  /* guint64, NULL when the gboolean beside it is not set */
  RANGES, /* KeelRanges * */
  STATE,  /* the rest: words of an enumeration */
  WAIT,
  PAUSE,
  PRIORITY,
  ERROR_CODE,
  NETWORK,
  POWER,
  CONFLICT,
  FOLDER,
  LEFT, /* KeelPlace, with what is beside it, as one text; the list of tables must fit into one
           page (keel-store-damaged.c) */
} Kind;

#define COLUMN(name, kind, field)                                                                  \
  {                                                                                                \
    name, kind, G_STRUCT_OFFSET (KeelTransferRecord, field), 0                                     \
  }
#define TOTAL_COLUMN(name, field, has_field)                                                       \
  {                                                                                                \
    name, TOTAL, G_STRUCT_OFFSET (KeelTransferRecord, field),                                      \
      G_STRUCT_OFFSET (KeelTransferRecord, has_field)                                              \
  }

/* A row is walked by this table, in both directions. */
static const struct {
  const char *name;
  Kind kind;
  gsize offset;
  gsize beside; /* of TOTAL: whether it is known */
} columns[] = {
  COLUMN ("id", INT64, id),
  COLUMN ("session", INT64, session_id),
  COLUMN ("state", STATE, state),
  COLUMN ("wait_reason", WAIT, wait_reason),
  COLUMN ("wait_until", INT64, wait_until_usec),
  COLUMN ("pause_reason", PAUSE, pause_reason),
  COLUMN ("uri", TEXT, uri),
  COLUMN ("effective_uri", TEXT, effective_uri),
  COLUMN ("headers", TEXT, headers),
  COLUMN ("dir", BYTES, dir),
  COLUMN ("wanted", TEXT, wanted),
  COLUMN ("chosen", BYTES, chosen),
  COLUMN ("name", BYTES, name),
  COLUMN ("title", TEXT, title),
  COLUMN ("user_data", TEXT, user_data),
  COLUMN ("priority", PRIORITY, priority),
  COLUMN ("max_rate", INT64, max_rate_bps),
  COLUMN ("not_before", INT64, not_before_usec),
  COLUMN ("part_name", BYTES, part_name),
  COLUMN ("spare_name", BYTES, spare_name),
  COLUMN ("token", TEXT, token),
  COLUMN ("part_ino", INT64, part_ino),
  COLUMN ("durable", INT64, durable),
  TOTAL_COLUMN ("total", total, has_total),
  COLUMN ("etag", TEXT, etag),
  COLUMN ("last_modified", TEXT, last_modified),
  COLUMN ("date", TEXT, date),
  COLUMN ("content_type", TEXT, content_type),
  COLUMN ("coding", TEXT, coding),
  COLUMN ("accepts_ranges", UINT, accepts_ranges),
  COLUMN ("length_confirmed", UINT, length_confirmed),
  COLUMN ("http_status", UINT, http_status),
  COLUMN ("server", TEXT, server),
  COLUMN ("http_version", UINT, http_version),
  COLUMN ("has_ended", UINT, has_ended),
  COLUMN ("is_rebound", UINT, is_rebound),
  COLUMN ("changes", UINT, changes),
  COLUMN ("aside_ino", INT64, aside.ino),
  COLUMN ("aside_durable", INT64, aside.durable),
  TOTAL_COLUMN ("aside_total", aside.total, aside.has_total),
  COLUMN ("aside_etag", TEXT, aside.etag),
  COLUMN ("aside_last_modified", TEXT, aside.last_modified),
  COLUMN ("aside_date", TEXT, aside.date),
  COLUMN ("aside_content_type", TEXT, aside.content_type),
  COLUMN ("aside_coding", TEXT, aside.coding),
  COLUMN ("checksum_algorithm", TEXT, checksum_algorithm),
  COLUMN ("checksum_expected", TEXT, checksum_expected),
  COLUMN ("checksum_actual", TEXT, checksum_actual),
  COLUMN ("checksum_is_servers", UINT, checksum_is_servers),
  COLUMN ("attempts", UINT, attempts),
  COLUMN ("resumed_bytes", INT64, resumed_bytes),
  COLUMN ("refetched_bytes", INT64, refetched_bytes),
  COLUMN ("resumes", UINT, resumes),
  COLUMN ("running", INT64, running_usec),
  COLUMN ("failing_since", INT64, failing_since_usec),
  COLUMN ("failures_running", UINT, failures_running),
  COLUMN ("error_code", ERROR_CODE, error_code),
  COLUMN ("error_message", TEXT, error_message),
  COLUMN ("error_http_status", UINT, error_http_status),
  COLUMN ("error_details", TEXT, error_details),
  COLUMN ("user", TEXT, user),
  COLUMN ("dir_ino", INT64, folder.ino),
  COLUMN ("dir_fsid", INT64, folder.fsid),
  COLUMN ("dir_kind", FOLDER, folder_kind),
  COLUMN ("left_place", LEFT, left),
  COLUMN ("tail_hash", INT64, trace.tail_hash),
  COLUMN ("part_mtime", INT64, trace.mtime_nsec),
  COLUMN ("crashes", UINT, crashes),
  COLUMN ("is_sealed", UINT, is_sealed),
  COLUMN ("has_placeholder", UINT, has_placeholder),
  COLUMN ("is_suspect", UINT, is_suspect),
  COLUMN ("aside_is_suspect", UINT, aside.is_suspect),
  COLUMN ("islands", RANGES, islands),
  COLUMN ("max_connections", UINT, max_connections),
  COLUMN ("mirrors", TEXT, mirrors),
  COLUMN ("place", INT64, place),
  COLUMN ("task_group", TEXT, group),
  COLUMN ("network", NETWORK, network),
  COLUMN ("power", POWER, power),
  COLUMN ("conflict", CONFLICT, conflict),
  COLUMN ("conflict_at", INT64, conflict_usec),
  COLUMN ("size_hint", INT64, size_hint),
  COLUMN ("timeout", INT64, timeout_seconds),
  COLUMN ("spent", INT64, spent_usec),
  COLUMN ("spent_at", INT64, spent_at_usec),
  COLUMN ("created", INT64, created_usec),
  COLUMN ("finished", INT64, finished_usec),
};

int
keel_store_schema_get_version (void)
{
  return G_N_ELEMENTS (steps);
}

static gboolean
fail (sqlite3     *db,
      const char  *what,
      GError     **error)
{
  g_set_error (error, KEEL_ERROR, KEEL_ERROR_STATE, "%s: %s", what, sqlite3_errmsg (db));
  return FALSE;
}

static gboolean
read_version (sqlite3  *db,
              int      *out_version,
              GError  **error)
{
  sqlite3_stmt *statement = NULL;
  gboolean ok = sqlite3_prepare_v2 (db, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_step (statement) == SQLITE_ROW;

  if (ok)
    *out_version = sqlite3_column_int (statement, 0);
  sqlite3_finalize (statement);
  return ok ? TRUE : fail (db, "The list of transfers cannot be read", error);
}

static gboolean
migrate (sqlite3  *db,
         int       to,
         GError  **error)
{
  g_autofree char *sql = g_strdup_printf ("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT;",
                                          steps[to - 1], to);

  if (sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  fail (db, "The list of transfers cannot be brought up to date", error);
  sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

/* Brings the database to the present version. KEEL_ERROR_UNSUPPORTED when it is from a newer
 * program, and then it has not been touched; KEEL_ERROR_STATE when it cannot be used. */
gboolean
keel_store_schema_prepare (sqlite3  *db,
                           GError  **error)
{
  int newest = keel_store_schema_get_version ();
  int version;

  if (!read_version (db, &version, error))
    return FALSE;
  if (version > newest)
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_UNSUPPORTED,
                   "The list of transfers was written by a newer version of Keelboat"
                   " (schema %d, this version knows %d); it has not been touched",
                   version, newest);
      return FALSE;
    }
  for (int to = version + 1; to <= newest; to++)
    if (!migrate (db, to, error))
      return FALSE;
  return TRUE;
}

/* The statement that writes one row: every column, in the order of the table. */
char *
keel_store_schema_dup_save_sql (void)
{
  GString *names = g_string_new (NULL);
  GString *marks = g_string_new (NULL);
  char *sql;

  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", columns[i].name);
      g_string_append (marks, i > 0 ? ", ?" : "?");
    }
  sql = g_strdup_printf ("REPLACE INTO tasks (%s) VALUES (%s)", names->str, marks->str);
  g_string_free (names, TRUE);
  g_string_free (marks, TRUE);
  return sql;
}

/* The statement that reads all rows, in the order of their ids. */
char *
keel_store_schema_dup_load_sql (void)
{
  GString *sql = g_string_new ("SELECT ");

  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    g_string_append_printf (sql, "%s%s", i > 0 ? ", " : "", columns[i].name);
  g_string_append (sql, " FROM tasks ORDER BY id");
  return g_string_free (sql, FALSE);
}

static void
bind_text (sqlite3_stmt *statement,
           int           column,
           const char   *text)
{
  sqlite3_bind_text (statement, column, text, -1, SQLITE_STATIC);
}

/* Words for "none" are NULL in the database. */
static const char *
get_word (const KeelTransferRecord *record,
          Kind                      kind)
{
  switch ((int) kind)
    {
    case STATE:
      return keel_transfer_state_to_string (record->state);
    case WAIT:
      return record->wait_reason != KEEL_WAIT_REASON_NONE ?
               keel_wait_reason_to_string (record->wait_reason) :
               NULL;
    case PAUSE:
      return record->pause_reason != KEEL_PAUSE_REASON_NONE ?
               keel_pause_reason_to_string (record->pause_reason) :
               NULL;
    case PRIORITY:
      return keel_priority_to_string (record->priority);
    case NETWORK:
      return record->network >= 0 ? keel_network_use_to_string ((KeelNetworkUse) record->network) :
                                    NULL;
    case POWER:
      return record->power >= 0 ? keel_power_use_to_string ((KeelPowerUse) record->power) : NULL;
    case CONFLICT:
      return record->conflict != KEEL_CONFLICT_RENAME ? keel_conflict_to_string (record->conflict) :
                                                        NULL;
    case FOLDER:
      return record->folder_kind != KEEL_FOLDER_NAMED ?
               keel_folder_kind_to_string (record->folder_kind) :
               NULL;
    default:
      return record->error_code >= 0 ?
               keel_task_error_to_string ((KeelTaskError) record->error_code) :
               NULL;
    }
}

static void
bind_left (sqlite3_stmt             *statement,
           int                       column,
           const KeelTransferRecord *record)
{
  char *text = keel_transfer_record_format_left (record);

  if (text != NULL)
    sqlite3_bind_blob64 (statement, column, text, strlen (text), g_free);
}

/* @record must live until the statement has been stepped. */
void
keel_store_schema_bind (sqlite3_stmt             *statement,
                        const KeelTransferRecord *record)
{
  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      gconstpointer field = G_STRUCT_MEMBER_P (record, columns[i].offset);
      int column = (int) i + 1;

      switch (columns[i].kind)
        {
        case INT64:
          sqlite3_bind_int64 (statement, column, *(const gint64 *) field);
          break;
        case UINT:
          sqlite3_bind_int64 (statement, column, *(const guint *) field);
          break;
        case TEXT:
          bind_text (statement, column, *(const char *const *) field);
          break;
        case BYTES:
          if (*(const char *const *) field != NULL)
            sqlite3_bind_blob64 (statement, column, *(const char *const *) field,
                                 strlen (*(const char *const *) field), SQLITE_STATIC);
          break;
        case LEFT:
          bind_left (statement, column, record);
          break;
        case TOTAL:
          if (G_STRUCT_MEMBER (gboolean, record, columns[i].beside))
            sqlite3_bind_int64 (statement, column, *(const gint64 *) field);
          break;
        case RANGES:
          sqlite3_bind_text (statement, column,
                             keel_ranges_to_string (*(KeelRanges *const *) field), -1, g_free);
          break;
        case STATE:
        case WAIT:
        case PAUSE:
        case PRIORITY:
        case ERROR_CODE:
        case NETWORK:
        case POWER:
        case CONFLICT:
        case FOLDER:
          bind_text (statement, column, get_word (record, columns[i].kind));
          break;
        default:
          g_assert_not_reached ();
        }
    }
}

/* A word that this program does not know leaves the value at its default. */
static void
set_word (KeelTransferRecord *record,
          Kind                kind,
          const char         *word)
{
  KeelTaskError code;
  KeelNetworkUse network;
  KeelPowerUse power;

  if (kind == STATE && !keel_transfer_state_from_string (word, &record->state))
    record->state = KEEL_TRANSFER_PAUSED;
  if (kind == WAIT)
    keel_wait_reason_from_string (word, &record->wait_reason);
  if (kind == PAUSE)
    keel_pause_reason_from_string (word, &record->pause_reason);
  if (kind == PRIORITY)
    keel_priority_from_string (word, &record->priority);
  if (kind == NETWORK)
    record->network = keel_network_use_from_string (word, &network) ? (gint) network : -1;
  if (kind == POWER)
    record->power = keel_power_use_from_string (word, &power) ? (gint) power : -1;
  if (kind == CONFLICT)
    keel_conflict_from_string (word, &record->conflict);
  if (kind == ERROR_CODE && keel_task_error_from_string (word, &code))
    record->error_code = (gint) code;
  if (kind == FOLDER)
    keel_folder_kind_from_string (word, &record->folder_kind);
}

static char *
read_bytes (sqlite3_stmt *statement,
            int           column)
{
  const char *bytes = sqlite3_column_blob (statement, column);

  return bytes != NULL ? g_strndup (bytes, (gsize) sqlite3_column_bytes (statement, column)) : NULL;
}

static void
read_left (sqlite3_stmt       *statement,
           int                 column,
           KeelTransferRecord *record)
{
  g_autofree char *text = read_bytes (statement, column);

  keel_transfer_record_parse_left (record, text);
}

/* The present row of @statement. (transfer full) */
KeelTransferRecord *
keel_store_schema_read (sqlite3_stmt *statement)
{
  KeelTransferRecord *record = keel_transfer_record_new ();

  for (int i = 0; i < (int) G_N_ELEMENTS (columns); i++)
    {
      gpointer field = G_STRUCT_MEMBER_P (record, columns[i].offset);

      switch (columns[i].kind)
        {
        case INT64:
          *(gint64 *) field = sqlite3_column_int64 (statement, i);
          break;
        case UINT:
          *(guint *) field = (guint) sqlite3_column_int64 (statement, i);
          break;
        case TEXT:
        case BYTES:
          *(char **) field = read_bytes (statement, i);
          break;
        case LEFT:
          read_left (statement, i, record);
          break;
        case TOTAL:
          G_STRUCT_MEMBER (gboolean, record,
                           columns[i].beside) = sqlite3_column_type (statement, i) != SQLITE_NULL;
          *(gint64 *) field = sqlite3_column_int64 (statement, i);
          break;
        case RANGES:
          *(KeelRanges **) field = keel_ranges_from_string (
            (const char *) sqlite3_column_text (statement, i));
          break;
        case STATE:
        case WAIT:
        case PAUSE:
        case PRIORITY:
        case ERROR_CODE:
        case NETWORK:
        case POWER:
        case CONFLICT:
        case FOLDER:
          set_word (record, columns[i].kind, (const char *) sqlite3_column_text (statement, i));
          break;
        default:
          g_assert_not_reached ();
        }
    }
  return record;
}
