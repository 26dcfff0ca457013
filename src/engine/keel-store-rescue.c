/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-store-rescue.h"

#include "keel-disk.h"
#include "keel-folder-list.h"
#include "keel-part-file.h"
#include "keel-part-label.h"
#include "keel-record-check.h"
#include "keel-store-damaged.h"
#include "keel-store-schema.h"
#include "keel-task-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The database is damaged, empty or gone: a new one is made of what is left.
 *
 * One that is sound may have lost its end, when its log was cut short; a part file with a higher id
 * than the database has ever given shows it, and then it is treated as damaged.
 *
 * There are two sources. One is the damaged file itself (keel-store-damaged.c), whose rows are
 * looked at like anybody's input (keel-record-check.c). The other are the labels of part files
 * (keel-part-label.c), in every folder that a row names, that the list of folders names
 * (keel-folder-list.c), or that a label in the state folder names. A label whose token no row has
 * becomes a task again: queued, with the bytes that it says are durable, down to a whole MiB, and
 * with its id if that is free. Where both know of a part file, the one that counts more bytes is
 * the newer one; but never more are believed than the label says and the file has. A label that was
 * written after a crash, before the file was checked, is believed in nothing of that.
 *
 * A rescue may be killed at any point and is then done again, or finished:
 *
 *   transfers.db.new      is being filled, in one transaction; found at a start it is thrown away
 *   transfers.db.rescued  is whole and synced; found at a start, what follows is done
 *   transfers.db          the damaged one keeps this name until then, is moved aside under a name
 *                         that says so, its log first, and is never deleted
 *
 * All of this blocks, at the start, before anything is served. */

#define NEW_SUFFIX ".new"
#define RESCUED_SUFFIX ".rescued"
#define BLOCK_BYTES (1024 * 1024)
#define MOST_LABELS 100000
/* So many tasks may have been in what is lost. */
#define IDS_LOST 1000
#define MOST_NUMBER ((gint64) 1 << 53)
/* Whose tasks are those of which no session is known any more. */
#define LOST_APP "host"

typedef struct {
  const char *path;
  char *state_dir;  /* (owned) */
  char *labels_dir; /* (owned) */
  gboolean has_remains;
  KeelStoreRemains remains;

  GPtrArray *records;       /* (owned) (element-type KeelTransferRecord) */
  GHashTable *ids;          /* (owned) id -> record */
  GHashTable *tokens;       /* (owned) token -> record */
  GHashTable *rebuilt;      /* (owned) those records of which only a label knew */
  GPtrArray *sessions;      /* (owned) (element-type KeelSessionRecord) */
  GHashTable *session_ids;  /* (owned) id -> session */
  GHashTable *session_keys; /* (owned) "app\nidentifier" -> session */
  GPtrArray *labels;        /* (owned) (element-type KeelPartLabel) */
  gint64 last_id;
  gint64 last_session_id;
  guint n_rows;
  guint n_rebuilt;
} Rescue;

static void
rescue_init (Rescue     *self,
             const char *path)
{
  memset (self, 0, sizeof *self);
  self->path = path;
  self->state_dir = g_path_get_dirname (path);
  self->labels_dir = g_build_filename (self->state_dir, "labels", NULL);
  self->records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  self->ids = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->tokens = g_hash_table_new (g_str_hash, g_str_equal);
  self->rebuilt = g_hash_table_new (NULL, NULL);
  self->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_session_record_free);
  self->session_ids = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->session_keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->labels = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_part_label_free);
}

static void
rescue_clear (Rescue *self)
{
  keel_store_remains_clear (&self->remains);
  g_ptr_array_unref (self->records);
  g_hash_table_unref (self->ids);
  g_hash_table_unref (self->tokens);
  g_hash_table_unref (self->rebuilt);
  g_ptr_array_unref (self->sessions);
  g_hash_table_unref (self->session_ids);
  g_hash_table_unref (self->session_keys);
  g_ptr_array_unref (self->labels);
  g_free (self->state_dir);
  g_free (self->labels_dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rescue, rescue_clear)

/* --- sessions -------------------------------------------------------------------------------- */

static char *
session_key (const char *app,
             const char *identifier)
{
  return g_strconcat (app, "\n", identifier, NULL);
}

/* Takes @session over; FALSE, and it is gone, when there is one like it already. */
static gboolean
enter_session (Rescue            *self,
               KeelSessionRecord *session)
{
  g_autofree char *key = session_key (session->app, session->identifier);

  if (g_hash_table_contains (self->session_ids, &session->id) ||
      g_hash_table_contains (self->session_keys, key))
    {
      keel_session_record_free (session);
      return FALSE;
    }
  self->last_session_id = MAX (self->last_session_id, session->id);
  g_ptr_array_add (self->sessions, session);
  g_hash_table_insert (self->session_ids, &session->id, session);
  g_hash_table_insert (self->session_keys, g_steal_pointer (&key), session);
  return TRUE;
}

static KeelSessionRecord *
session_new (gint64      id,
             const char *app,
             const char *identifier)
{
  g_autofree char *token = keel_part_file_dup_random_token ();

  return keel_session_record_new (id, app, identifier, token);
}

static gboolean
is_good_session (const KeelSessionRecord *session)
{
  return session->id > 0 && session->id <= MOST_NUMBER && session->app != NULL &&
         *session->app != '\0' && g_utf8_validate (session->app, -1, NULL) &&
         session->identifier != NULL && *session->identifier != '\0' &&
         g_utf8_validate (session->identifier, -1, NULL) && session->token != NULL &&
         keel_part_label_is_token (session->token);
}

static void
take_sessions (Rescue *self)
{
  GPtrArray *sessions = self->remains.sessions;

  g_ptr_array_set_free_func (sessions, NULL);
  for (guint i = 0; i < sessions->len; i++)
    {
      KeelSessionRecord *session = g_ptr_array_index (sessions, i);

      if (is_good_session (session))
        enter_session (self, session);
      else
        keel_session_record_free (session);
    }
}

/* A task must have one: that of its row may have been on a page that is lost. */
static void
find_session (Rescue             *self,
              KeelTransferRecord *record)
{
  g_autofree char *identifier = NULL;

  if (record->session_id <= 0 || record->session_id > MOST_NUMBER)
    record->session_id = 1;
  if (g_hash_table_contains (self->session_ids, &record->session_id))
    return;
  identifier = g_strdup_printf ("lost-%" G_GINT64_FORMAT, record->session_id);
  enter_session (self, session_new (record->session_id, LOST_APP, identifier));
}

/* --- rows ------------------------------------------------------------------------------------ */

/* Takes @record over, in which everything is right but perhaps its id. */
static void
enter_record (Rescue             *self,
              KeelTransferRecord *record)
{
  self->last_id = MAX (self->last_id, record->id);
  g_ptr_array_add (self->records, record);
  g_hash_table_insert (self->ids, &record->id, record);
  g_hash_table_insert (self->tokens, record->token, record);
}

static void
take_rows (Rescue *self)
{
  GPtrArray *records = self->remains.records;

  g_ptr_array_set_free_func (records, NULL);
  self->last_id = CLAMP (self->remains.last_id, 0, MOST_NUMBER);
  for (guint i = 0; i < records->len; i++)
    {
      KeelTransferRecord *record = g_ptr_array_index (records, i);

      if (!keel_record_check_mend (record) || g_hash_table_contains (self->ids, &record->id) ||
          g_hash_table_contains (self->tokens, record->token))
        {
          keel_transfer_record_free (record);
          continue;
        }
      find_session (self, record);
      enter_record (self, record);
      self->n_rows++;
    }
}

/* --- labels ---------------------------------------------------------------------------------- */

static void
look_through_folder (Rescue     *self,
                     const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  int dir_fd = dir != NULL ? open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  const char *name;

  if (dir_fd < 0)
    return;
  while ((name = g_dir_read_name (dir)) != NULL && self->labels->len < MOST_LABELS)
    {
      KeelPartLabel *label = NULL;

      if (keel_part_label_is_part_name (name))
        label = keel_part_label_read (dir_fd, path, name, self->labels_dir);
      if (label != NULL)
        g_ptr_array_add (self->labels, label);
    }
  close (dir_fd);
}

static void
look_through_labels (Rescue *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->labels_dir, 0, NULL);
  const char *token;

  while (dir != NULL && (token = g_dir_read_name (dir)) != NULL && self->labels->len < MOST_LABELS)
    {
      KeelPartLabel *label = NULL;

      if (keel_part_label_is_token (token))
        label = keel_part_label_read_beside (self->labels_dir, token);
      if (label != NULL)
        g_ptr_array_add (self->labels, label);
    }
}

/* The largest first: of two part files with one token that is the one in use. */
static int
compare_labels (gconstpointer a,
                gconstpointer b)
{
  const KeelTransferRecord *first = (*(KeelPartLabel *const *) a)->record;
  const KeelTransferRecord *second = (*(KeelPartLabel *const *) b)->record;

  return (first->durable < second->durable) - (first->durable > second->durable);
}

static void
find_labels (Rescue *self)
{
  g_autoptr (GPtrArray) listed = keel_folder_list_read (self->state_dir);
  g_autoptr (GHashTable) folders = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer folder;

  for (guint i = 0; i < listed->len; i++)
    g_hash_table_add (folders, g_ptr_array_index (listed, i));
  for (guint i = 0; i < self->records->len; i++)
    g_hash_table_add (folders, ((KeelTransferRecord *) g_ptr_array_index (self->records, i))->dir);
  g_hash_table_iter_init (&iter, folders);
  while (g_hash_table_iter_next (&iter, &folder, NULL))
    look_through_folder (self, folder);
  look_through_labels (self);
  g_ptr_array_sort (self->labels, compare_labels);
}

static void
move_text (char **to,
           char **from)
{
  g_free (*to);
  *to = g_steal_pointer (from);
}

/* The label tells of more bytes than the row: it is from later. */
static void
take_version (KeelTransferRecord *record,
              KeelTransferRecord *label)
{
  record->durable = label->durable - label->durable % BLOCK_BYTES;
  record->part_ino = label->part_ino;
  record->has_total = label->has_total;
  record->total = label->total;
  move_text (&record->etag, &label->etag);
  move_text (&record->last_modified, &label->last_modified);
  move_text (&record->date, &label->date);
  move_text (&record->content_type, &label->content_type);
  move_text (&record->coding, &label->coding);
  if (record->name == NULL)
    {
      move_text (&record->chosen, &label->chosen);
      move_text (&record->name, &label->name);
    }
}

/* A second part file of a task that was rebuilt from its first: what is in it does not count, but
 * it is cleared away with the task. */
static void
take_spare (KeelTransferRecord       *record,
            const KeelTransferRecord *label)
{
  if (strcmp (record->dir, label->dir) != 0 || strcmp (record->part_name, label->part_name) == 0)
    return;
  g_free (record->spare_name);
  record->spare_name = g_strdup (label->part_name);
}

/* Both the row and the part file know of it. */
static void
merge (KeelTransferRecord *record,
       KeelTransferRecord *label)
{
  if (!keel_transfer_record_is_unfinished (record) && record->state != KEEL_TRANSFER_PAUSED &&
      record->state != KEEL_TRANSFER_FAILED)
    return;
  if (g_strcmp0 (record->part_name, label->part_name) != 0 || strcmp (record->dir, label->dir) != 0)
    return;
  /* After a crash, of which it was not known yet what it did: the row has the hashes, if any. */
  if (label->is_suspect)
    return;
  /* The hash of its end is that of another end. */
  if (label->durable != record->durable)
    {
      record->trace = (KeelPartFileTrace) { 0 };
      g_clear_pointer (&record->islands, g_array_unref);
    }
  if (label->durable > record->durable)
    take_version (record, label);
  else
    record->durable = label->durable;
}

/* The session that the label names. */
static gint64
session_of (Rescue              *self,
            const KeelPartLabel *label)
{
  g_autofree char *key = session_key (label->app, label->identifier);
  const KeelSessionRecord *session = g_hash_table_lookup (self->session_keys, key);
  gint64 id = self->last_session_id + 1;

  if (session != NULL)
    return session->id;
  enter_session (self, session_new (id, label->app, label->identifier));
  return id;
}

/* Only the part file knew of it. */
static void
rebuild (Rescue        *self,
         KeelPartLabel *label)
{
  KeelTransferRecord *record = keel_transfer_record_copy (label->record);

  if (record->id > MOST_NUMBER || g_hash_table_contains (self->ids, &record->id))
    record->id = self->last_id + 1;
  if (!keel_record_check_mend (record))
    {
      keel_transfer_record_free (record);
      return;
    }
  record->durable = record->is_suspect ? 0 : record->durable - record->durable % BLOCK_BYTES;
  record->is_suspect = FALSE;
  record->session_id = session_of (self, label);
  enter_record (self, record);
  g_hash_table_add (self->rebuilt, record);
  self->n_rebuilt++;
}

static void
take_labels (Rescue *self)
{
  for (guint i = 0; i < self->labels->len; i++)
    {
      KeelPartLabel *label = g_ptr_array_index (self->labels, i);
      KeelTransferRecord *record = g_hash_table_lookup (self->tokens, label->record->token);

      if (record != NULL && g_hash_table_contains (self->rebuilt, record))
        take_spare (record, label->record);
      else if (record != NULL)
        merge (record, label->record);
      else
        rebuild (self, label);
    }
}

/* What a row counts cannot be more than what is there. A part file that is missing, or another one,
 * is for recovery to see. */
static void
limit_to_files (Rescue *self)
{
  for (guint i = 0; i < self->records->len; i++)
    {
      KeelTransferRecord *record = g_ptr_array_index (self->records, i);
      g_autofree char *path = NULL;
      struct stat info;

      if (keel_transfer_record_get_durable (record) == 0 || record->part_name == NULL)
        continue;
      path = g_build_filename (record->dir, record->part_name, NULL);
      if (lstat (path, &info) != 0 || !S_ISREG (info.st_mode))
        continue;
      record->durable = MIN (record->durable, (guint64) info.st_size);
      if (keel_transfer_record_get_extent (record) > (guint64) info.st_size)
        g_clear_pointer (&record->islands, g_array_unref);
    }
}

/* --- a database that is sound, and not the newest --------------------------------------------- */

/* Without touching it: where a disk hangs, so would the start. */
static gboolean
is_on_same_disk (const char *mountinfo,
                 const char *a,
                 const char *b)
{
  g_autofree char *mount_a = keel_disks_find_mount (mountinfo, a);
  g_autofree char *mount_b = keel_disks_find_mount (mountinfo, b);

  return strcmp (mount_a, mount_b) == 0;
}

static gboolean
knows_token (const KeelStoreContents *contents,
             const char              *token)
{
  for (guint i = 0; i < contents->records->len; i++)
    {
      const KeelTransferRecord *record = g_ptr_array_index (contents->records, i);

      if (g_strcmp0 (record->token, token) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Whether the database at @path, in which are @contents, has lost its end: then there is a part
 * file with a higher id than it has ever given. */
gboolean
keel_store_rescue_is_due (const char              *path,
                          const KeelStoreContents *contents)
{
  g_auto (Rescue) self = { 0 };
  g_autoptr (GPtrArray) listed = NULL;
  g_autofree char *mountinfo = NULL;

  rescue_init (&self, path);
  if (!g_file_get_contents ("/proc/self/mountinfo", &mountinfo, NULL, NULL))
    return FALSE;
  listed = keel_folder_list_read (self.state_dir);
  for (guint i = 0; i < listed->len; i++)
    if (is_on_same_disk (mountinfo, self.state_dir, g_ptr_array_index (listed, i)))
      look_through_folder (&self, g_ptr_array_index (listed, i));
  for (guint i = 0; i < self.labels->len; i++)
    {
      KeelTransferRecord *record = ((KeelPartLabel *) g_ptr_array_index (self.labels, i))->record;

      if (record->id > contents->last_id && keel_record_check_mend (record) &&
          !knows_token (contents, record->token))
        return TRUE;
    }
  return FALSE;
}

/* --- the new database ------------------------------------------------------------------------ */

static gboolean
fail (sqlite3  *db,
      GError  **error)
{
  g_set_error (error, KEEL_ERROR, KEEL_ERROR_STATE, "A new list of transfers cannot be made: %s",
               db != NULL ? sqlite3_errmsg (db) : "out of memory");
  return FALSE;
}

static gboolean
run (sqlite3 *db, GError **error, const char *format, ...)
{
  va_list args;
  char *sql;
  gboolean ok;

  va_start (args, format);
  sql = sqlite3_vmprintf (format, args);
  va_end (args);
  ok = sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK;
  sqlite3_free (sql);
  return ok || fail (db, error);
}

static gboolean
write_sessions (Rescue   *self,
                sqlite3  *db,
                GError  **error)
{
  for (guint i = 0; i < self->sessions->len; i++)
    {
      const KeelSessionRecord *session = g_ptr_array_index (self->sessions, i);
      g_autofree char *config = keel_session_config_print (&session->config);
      const gint64 *last_event = NULL;

      if (self->has_remains)
        last_event = g_hash_table_lookup (self->remains.last_events, &session->id);
      if (!run (db, error,
                "INSERT INTO sessions (id, app, identifier, token, created, last_event, config,"
                "  token_hash, verified) VALUES (%lld, %Q, %Q, %Q, unixepoch (), %lld, %Q, %Q, %d)",
                (long long) session->id, session->app, session->identifier, session->token,
                last_event != NULL ? (long long) CLAMP (*last_event, 0, MOST_NUMBER) : 0ll, config,
                session->token_hash, session->is_verified))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_records (Rescue   *self,
               sqlite3  *db,
               GError  **error)
{
  g_autofree char *sql = keel_store_schema_dup_save_sql ();
  sqlite3_stmt *save = NULL;
  gboolean ok = sqlite3_prepare_v2 (db, sql, -1, &save, NULL) == SQLITE_OK;

  for (guint i = 0; i < self->records->len && ok; i++)
    {
      keel_store_schema_bind (save, g_ptr_array_index (self->records, i));
      ok = sqlite3_step (save) == SQLITE_DONE;
      sqlite3_reset (save);
      sqlite3_clear_bindings (save);
    }
  if (!ok)
    fail (db, error);
  sqlite3_finalize (save);
  return ok;
}

/* What is no record of ours in here is taken as it is, if it is of the right kind and belongs to
 * something that was rescued. */
static gboolean
write_rest (Rescue   *self,
            sqlite3  *db,
            GError  **error)
{
  if (!self->has_remains)
    return TRUE;
  keel_store_damaged_copy (&self->remains, db, "key, value", "settings");
  keel_store_damaged_copy (&self->remains, db, "session, nonce, first, count, created",
                           "additions");
  keel_store_damaged_copy (&self->remains, db, "task, file, first, hashes", "blocks");
  keel_store_damaged_copy (&self->remains, db, "session, number, task, kind, created, details",
                           "events");
  keel_store_damaged_copy (&self->remains, db, "task, number, created, kind, details", "history");
  return run (
    db, error,
    "DELETE FROM settings WHERE typeof (key) <> 'text' OR typeof (value) <> 'text'"
    "  OR length (key) > 64 OR length (value) > 4096 OR key = 'clean-exit';"
    "DELETE FROM additions WHERE typeof (nonce) <> 'text' OR typeof (first) <> 'integer'"
    "  OR typeof (count) <> 'integer' OR first <= 0 OR count NOT BETWEEN 0 AND 1000000"
    "  OR typeof (created) <> 'integer'"
    "  OR session NOT IN (SELECT id FROM sessions);"
    "DELETE FROM blocks WHERE typeof (file) <> 'blob' OR typeof (first) <> 'integer'"
    "  OR first < 0 OR typeof (hashes) <> 'blob' OR length (hashes) %% 8 <> 0"
    "  OR length (hashes) NOT BETWEEN 8 AND 512"
    "  OR task NOT IN (SELECT id FROM tasks);"
    "DELETE FROM events WHERE typeof (number) <> 'integer' OR number NOT BETWEEN 1 AND %lld"
    "  OR typeof (created) <> 'integer' OR typeof (kind) <> 'text' OR length (kind) > 64"
    "  OR typeof (task) <> 'integer' OR task <= 0"
    "  OR typeof (details) NOT IN ('null', 'text') OR length (details) > 65536"
    "  OR session NOT IN (SELECT id FROM sessions);"
    "DELETE FROM history WHERE typeof (number) <> 'integer' OR number <= 0"
    "  OR typeof (created) <> 'integer' OR typeof (kind) <> 'text' OR length (kind) > 64"
    "  OR typeof (details) NOT IN ('null', 'text') OR length (details) > 65536"
    "  OR task NOT IN (SELECT id FROM tasks);"
    /* A number must not be given twice. */
    "UPDATE sessions SET last_event = max (last_event, coalesce ("
    "  (SELECT max (number) FROM events WHERE session = sessions.id), 0));",
    (long long) MOST_NUMBER);
}

/* An empty one says nothing to anybody. */
static gboolean
is_empty (const char *path)
{
  struct stat info;

  return lstat (path, &info) != 0 || (S_ISREG (info.st_mode) && info.st_size == 0);
}

/* The largest id that was ever given. Where nobody knows, ids go on far behind the largest that was
 * found: programs may still know the others, and would take the next tasks for those. */
static gint64
get_last_id (const Rescue *self)
{
  gboolean is_new = self->records->len == 0 && is_empty (self->path);

  gboolean is_known = self->remains.last_id > 0 && self->remains.last_id >= self->last_id;

  return is_known || is_new ? self->last_id : MIN (self->last_id + IDS_LOST, MOST_NUMBER);
}

static gboolean
write_all (Rescue   *self,
           sqlite3  *db,
           GError  **error)
{
  return run (db, error, "PRAGMA foreign_keys = OFF; PRAGMA synchronous = FULL; BEGIN IMMEDIATE") &&
         write_sessions (self, db, error) && write_records (self, db, error) &&
         write_rest (self, db, error) &&
         run (db, error,
              "DELETE FROM sqlite_sequence WHERE name = 'tasks';"
              "INSERT INTO sqlite_sequence (name, seq) VALUES ('tasks', %lld); COMMIT",
              (long long) get_last_id (self));
}

/* --- files ----------------------------------------------------------------------------------- */

static gboolean
fail_file (const char  *path,
           GError     **error)
{
  int code = errno;

  g_set_error (error, KEEL_ERROR, KEEL_ERROR_STATE, "“%s”: %s", path, g_strerror (code));
  return FALSE;
}

static gboolean
sync_folder (const char  *path,
             GError     **error)
{
  g_autofree char *dir = g_path_get_dirname (path);
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && (fsync (fd) == 0 || errno == EINVAL);

  if (!ok)
    fail_file (dir, error);
  if (fd >= 0)
    close (fd);
  return ok;
}

/* A name that nothing has yet. (transfer full) */
static char *
dup_aside (const char *path)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%d-%H%M%S");
  g_autofree char *aside = g_strdup_printf ("%s.damaged-%s", path, stamp);

  for (guint number = 2; g_file_test (aside, G_FILE_TEST_EXISTS); number++)
    {
      g_free (aside);
      aside = g_strdup_printf ("%s.damaged-%s-%u", path, stamp, number);
    }
  return g_steal_pointer (&aside);
}

static gboolean
set_aside (const char        *path,
           KeelStoreRescued  *rescued,
           GError           **error)
{
  /* The log first: left alone, it would be taken for that of the database that comes next. */
  static const char *const suffixes[] = { "-wal", "-shm", "-journal", "" };
  g_autofree char *aside = dup_aside (path);

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *from = g_strconcat (path, suffixes[i], NULL);
      g_autofree char *to = g_strconcat (aside, suffixes[i], NULL);
      gboolean is_worth_telling = *suffixes[i] == '\0' && !is_empty (from);

      if (rename (from, to) == 0)
        {
          if (is_worth_telling)
            rescued->set_aside = g_strdup (aside);
        }
      else if (errno != ENOENT)
        return fail_file (from, error);
    }
  return TRUE;
}

/* Ends what an earlier start began: a database that was rescued whole gets its name. */
gboolean
keel_store_rescue_finish (const char        *path,
                          KeelStoreRescued  *out_rescued,
                          GError           **error)
{
  g_autofree char *rescued = g_strconcat (path, RESCUED_SUFFIX, NULL);

  memset (out_rescued, 0, sizeof *out_rescued);
  if (!g_file_test (rescued, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!set_aside (path, out_rescued, error))
    return FALSE;
  if (rename (rescued, path) != 0)
    return fail_file (rescued, error);
  return sync_folder (path, error);
}

static void
throw_away (const char *path)
{
  static const char *const suffixes[] = { "", "-journal", "-wal", "-shm" };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *name = g_strconcat (path, suffixes[i], NULL);

      if (g_unlink (name) != 0 && errno != ENOENT)
        g_info ("%s: %s", name, g_strerror (errno));
    }
}

/* (transfer full) (nullable) */
static sqlite3 *
make_database (const char  *path,
               GError     **error)
{
  sqlite3 *db = NULL;

  throw_away (path);
  if (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                       NULL) != SQLITE_OK)
    {
      fail (db, error);
      g_clear_pointer (&db, sqlite3_close);
    }
  /* Worth nothing before its name is changed, so that only the end of it is synced. */
  else if (!run (db, error, "PRAGMA synchronous = OFF") || !keel_store_schema_prepare (db, error))
    g_clear_pointer (&db, sqlite3_close);
  return db;
}

static void
collect (Rescue     *self,
         const char *template)
{
  self->has_remains = keel_store_damaged_read (self->path, template, &self->remains);
  if (self->has_remains)
    {
      take_sessions (self);
      take_rows (self);
    }
  find_labels (self);
  take_labels (self);
  limit_to_files (self);
}

/* Makes a new database of what is left of that at @path, which may be missing altogether, and of
 * the labels of part files. On failure everything is as it was. */
gboolean
keel_store_rescue (const char        *path,
                   KeelStoreRescued  *out_rescued,
                   GError           **error)
{
  g_auto (Rescue) self = { 0 };
  g_autofree char *fresh = g_strconcat (path, NEW_SUFFIX, NULL);
  g_autofree char *rescued = g_strconcat (path, RESCUED_SUFFIX, NULL);
  sqlite3 *db = make_database (fresh, error);
  gboolean ok;

  memset (out_rescued, 0, sizeof *out_rescued);
  rescue_init (&self, path);
  if (db == NULL)
    return FALSE;
  collect (&self, fresh);
  ok = write_all (&self, db, error);
  sqlite3_close (db);
  /* The copy goes while another rescue would still follow, and clear it away as well. */
  keel_store_remains_clear (&self.remains);
  if (!ok)
    {
      throw_away (fresh);
      return FALSE;
    }
  if (rename (fresh, rescued) != 0)
    return fail_file (fresh, error);
  if (!sync_folder (path, error) || !keel_store_rescue_finish (path, out_rescued, error))
    return FALSE;
  out_rescued->n_rows = self.n_rows;
  out_rescued->n_rebuilt = self.n_rebuilt;
  return TRUE;
}
