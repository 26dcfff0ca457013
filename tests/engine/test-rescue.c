/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-folder-list.h"
#include "keel-part-label.h"
#include "keel-store.h"
#include "keel-task-error.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A database that is damaged or lost: what comes back of it, and from part files. */

#define N_TASKS 600
#define PAGE 4096
#define MIB (1024 * 1024)
#define LENGTH (4 * MIB)

typedef struct {
  char *state_dir;
  char *dir;
  char *labels_dir;
  char *path;
} House;

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
set_up (House         *house,
        gconstpointer  data)
{
  house->state_dir = g_dir_make_tmp ("keel-state-XXXXXX", NULL);
  house->dir = g_dir_make_tmp ("keel-files-XXXXXX", NULL);
  house->labels_dir = g_build_filename (house->state_dir, "labels", NULL);
  house->path = g_build_filename (house->state_dir, "transfers.db", NULL);
}

static void
tear_down (House         *house,
           gconstpointer  data)
{
  remove_tree (house->state_dir);
  remove_tree (house->dir);
  g_free (house->state_dir);
  g_free (house->dir);
  g_free (house->labels_dir);
  g_free (house->path);
}

/* --- what is there before -------------------------------------------------------------------- */

static char *
dup_token (gint64 id)
{
  return g_strdup_printf ("%032" G_GINT64_MODIFIER "x", id);
}

static char *
dup_part_name (gint64 id)
{
  return g_strdup_printf (".%016" G_GINT64_MODIFIER "x.part", id);
}

static KeelTransferRecord *
make_record (House  *house,
             gint64  id)
{
  KeelTransferRecord *record = keel_transfer_record_new ();

  record->id = id;
  record->session_id = 1 + id % 3;
  record->app = "org.example.App";
  record->identifier = "default";
  record->state = KEEL_TRANSFER_PAUSED;
  record->pause_reason = KEEL_PAUSE_REASON_USER;
  record->uri = g_strdup_printf ("http://example.org/%" G_GINT64_FORMAT, id);
  record->dir = g_strdup (house->dir);
  record->title = g_strdup_printf ("The title of number %" G_GINT64_FORMAT, id);
  record->headers = g_strdup ("Accept-Language: de\n");
  record->part_name = dup_part_name (id);
  record->spare_name = dup_part_name (id + 1000000);
  record->token = dup_token (id);
  record->created_usec = 1767225600 * (gint64) G_USEC_PER_SEC + id;
  return record;
}

static void
answer_cb (const GError *error,
           gpointer      user_data)
{
  g_assert_no_error (error);
  ++*(guint *) user_data;
}

static KeelStore *
open_store (House             *house,
            KeelStoreContents *contents)
{
  g_autoptr (GError) error = NULL;
  KeelStore *store = keel_store_open (house->path, NULL, contents, &error);

  g_assert_no_error (error);
  return store;
}

/* A database with tasks 1 to @n_tasks of three sessions, and a setting. */
static void
make_database (House *house,
               guint  n_tasks)
{
  g_auto (KeelStoreContents) contents = { 0 };
  KeelStore *store = open_store (house, &contents);
  g_autoptr (GPtrArray) records = NULL;
  const KeelSessionRecord first = { 1, (char *) "org.example.App", (char *) "session 1",
                                    (char *) "00000000000000000000000000000001" };
  guint n_answers = 0;

  for (gint64 id = 1; id <= 3; id++)
    {
      g_autofree char *identifier = g_strdup_printf ("session %d", (int) id);
      g_autofree char *token = dup_token (id);
      KeelSessionRecord session = { id, (char *) "org.example.App", identifier, token };

      keel_store_save_session (store, &session, NULL, NULL);
    }
  records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  for (guint id = 1; id <= n_tasks; id++)
    g_ptr_array_add (records, make_record (house, id));
  keel_store_save_setting (store, "max-active", "7", NULL, NULL);
  keel_store_save_batch (store, &first, records, NULL, answer_cb, &n_answers);
  while (n_answers == 0)
    g_main_context_iteration (NULL, TRUE);
  keel_store_close (store, -1);
}

static void
run_sql (House      *house,
         const char *sql)
{
  sqlite3 *db = NULL;
  char *message = NULL;

  g_assert_cmpint (sqlite3_open (house->path, &db), ==, SQLITE_OK);
  sqlite3_exec (db, sql, NULL, NULL, &message);
  g_assert_cmpstr (message, ==, NULL);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

/* A part file of @length bytes with the label of @record. Takes @record over. */
static void
make_part (House              *house,
           KeelTransferRecord *record,
           gsize               length)
{
  g_autofree char *path = g_build_filename (record->dir, record->part_name, NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, (off_t) length), ==, 0);
  keel_part_label_write (fd, record, house->labels_dir);
  keel_folder_list_note (house->state_dir, record->dir);
  close (fd);
  keel_transfer_record_free (record);
}

static KeelTransferRecord *
make_half_done (House  *house,
                gint64  id)
{
  KeelTransferRecord *record = make_record (house, id);

  record->state = KEEL_TRANSFER_RUNNING;
  record->has_total = TRUE;
  record->total = LENGTH;
  record->durable = 2 * MIB + 12345;
  record->etag = g_strdup ("\"v1\"");
  record->chosen = g_strdup ("file.bin");
  record->name = g_strdup ("file.bin");
  return record;
}

/* --- what comes back ------------------------------------------------------------------------- */

static void
open_after_damage (House             *house,
                   KeelStoreContents *contents)
{
  g_test_expect_message ("keel-engine", G_LOG_LEVEL_WARNING, "*rescued*");
  keel_store_close (open_store (house, contents), -1);
  g_test_assert_expected_messages ();
}

static const KeelTransferRecord *
find (const KeelStoreContents *contents,
      gint64                   id)
{
  for (guint i = 0; i < contents->records->len; i++)
    {
      const KeelTransferRecord *record = g_ptr_array_index (contents->records, i);

      if (record->id == id)
        return record;
    }
  return NULL;
}

/* At least so many, and each is what it was. */
static void
assert_tasks (House                   *house,
              const KeelStoreContents *contents,
              guint                    at_least)
{
  gint64 last_id = 0;
  gboolean has_mended = FALSE;

  g_test_message ("%u rows", contents->records->len);
  g_assert_cmpuint (contents->records->len, >=, at_least);
  for (guint i = 0; i < contents->records->len; i++)
    {
      const KeelTransferRecord *record = g_ptr_array_index (contents->records, i);
      g_autoptr (KeelTransferRecord) wanted = make_record (house, record->id);

      g_assert_cmpint (record->id, >, last_id);
      last_id = record->id;
      g_assert_cmpstr (record->uri, ==, wanted->uri);
      g_assert_cmpstr (record->dir, ==, wanted->dir);
      /* Where a row ends in nothing, what is left of it is made to make sense. */
      if (g_strcmp0 (record->spare_name, wanted->spare_name) != 0 && !has_mended)
        {
          has_mended = TRUE;
          continue;
        }
      g_assert_cmpstr (record->title, ==, wanted->title);
      g_assert_cmpstr (record->headers, ==, wanted->headers);
      g_assert_cmpstr (record->token, ==, wanted->token);
      g_assert_cmpstr (record->part_name, ==, wanted->part_name);
      g_assert_cmpint (record->state, ==, KEEL_TRANSFER_PAUSED);
      g_assert_cmpint (record->session_id, ==, wanted->session_id);
    }
}

static void
assert_rest (const KeelStoreContents *contents)
{
  g_assert_cmpuint (contents->sessions->len, ==, 3);
  g_assert_cmpstr (g_hash_table_lookup (contents->settings, "max-active"), ==, "7");
  g_assert_cmpint (contents->last_id, >=, N_TASKS);
}

static void
assert_no_litter (House *house)
{
  g_autoptr (GDir) dir = g_dir_open (house->state_dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_assert_true (strcmp (name, "transfers.db") == 0 || strcmp (name, "folders") == 0 ||
                   strcmp (name, "labels") == 0 || strstr (name, ".damaged-") != NULL);
}

/* The damaged file is kept, and nothing else is left over. */
static void
assert_kept (House                   *house,
             const KeelStoreContents *contents,
             const char              *bytes,
             gsize                    length)
{
  g_autofree char *kept = NULL;
  gsize kept_length;

  g_assert_nonnull (contents->set_aside);
  g_assert_true (g_file_get_contents (contents->set_aside, &kept, &kept_length, NULL));
  g_assert_cmpmem (kept, kept_length, bytes, length);
  assert_no_litter (house);
}

/* --- damage ---------------------------------------------------------------------------------- */

typedef struct {
  const char *name;
  guint at_least;
  gsize from_page; /* the pages that are overwritten */
  gsize n_bytes;
  gsize cut_to; /* pages; 0: not cut */
} Damage;

static const Damage damages[] = {
  { "header", N_TASKS, 0, 100, 0 },          { "first-page", N_TASKS, 0, PAGE, 0 },
  { "one-page", N_TASKS - 60, 20, PAGE, 0 }, { "two-pages", N_TASKS - 120, 20, 2 * PAGE, 0 },
  { "truncated", N_TASKS / 4, 0, 0, 25 },    { "truncated-within-a-page", N_TASKS / 4, 0, 0, 0 },
};

static void
test_damage (House         *house,
             gconstpointer  data)
{
  const Damage *damage = data;
  const KeelSessionRecord *session;
  g_auto (KeelStoreContents) contents = { 0 };
  g_auto (KeelStoreContents) again = { 0 };
  g_autofree char *bytes = NULL;
  gsize length;

  make_database (house, N_TASKS);
  run_sql (house, "UPDATE sessions SET config = '{''max-parallel'': <uint32 3>}' WHERE id = 2;"
                  "DELETE FROM settings WHERE key = 'clean-exit'");
  g_assert_true (g_file_get_contents (house->path, &bytes, &length, NULL));
  g_assert_cmpuint (length, >, 45 * PAGE);
  memset (bytes + damage->from_page * PAGE, 0xa5, damage->n_bytes);
  if (damage->n_bytes == 0)
    length = damage->cut_to != 0 ? damage->cut_to * PAGE : length / 2 + 1000;
  g_assert_true (g_file_set_contents (house->path, bytes, (gssize) length, NULL));

  open_after_damage (house, &contents);
  assert_tasks (house, &contents, damage->at_least);
  assert_kept (house, &contents, bytes, length);
  if (damage->n_bytes != 0)
    {
      assert_rest (&contents);
      session = g_ptr_array_index (contents.sessions, 1);
      g_assert_cmpuint (session->config.max_parallel, ==, 3);
    }
  keel_store_close (open_store (house, &again), -1);
  g_assert_null (again.set_aside);
  g_assert_cmpuint (again.records->len, ==, contents.records->len);
}

/* Every page in turn: it never ends in nothing at all, and never in a crash. */
static void
test_any_page (House         *house,
               gconstpointer  data)
{
  g_autofree char *bytes = NULL;
  gsize length;
  guint least = N_TASKS;

  make_database (house, N_TASKS);
  run_sql (house, "DELETE FROM settings WHERE key = 'clean-exit'");
  g_assert_true (g_file_get_contents (house->path, &bytes, &length, NULL));
  for (gsize page = 0; page < length / PAGE; page += 1 + page / 16)
    {
      g_autofree char *damaged = g_memdup2 (bytes, length);
      g_auto (KeelStoreContents) contents = { 0 };
      g_autoptr (GError) error = NULL;
      KeelStore *store;

      memset (damaged + page * PAGE, page % 2 != 0 ? 0 : 0x5a, PAGE);
      g_assert_true (g_file_set_contents (house->path, damaged, (gssize) length, NULL));
      g_test_expect_message ("keel-engine", G_LOG_LEVEL_WARNING, "*rescued*");
      store = keel_store_open (house->path, NULL, &contents, &error);
      g_assert_no_error (error);
      g_test_assert_expected_messages ();
      keel_store_close (store, -1);
      least = MIN (least, contents.records->len);
    }
  g_test_message ("at least %u of %u rows", least, N_TASKS);
  g_assert_cmpuint (least, >, 0);
}

/* What is still in the log is read as well. */
static void
test_log (House         *house,
          gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  g_autofree char *wal = g_strconcat (house->path, "-wal", NULL);
  g_autofree char *kept_wal = NULL;
  g_autofree char *bytes = NULL;
  g_autofree char *log = NULL;
  sqlite3 *db = NULL;
  gsize length;
  gsize log_length;

  make_database (house, N_TASKS);
  g_assert_cmpint (sqlite3_open (house->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db,
                                 "DELETE FROM settings WHERE key = 'clean-exit';"
                                 "UPDATE tasks SET title = 'from the log' WHERE id = 600",
                                 NULL, NULL, NULL),
                   ==, SQLITE_OK);
  g_assert_true (g_file_get_contents (house->path, &bytes, &length, NULL));
  g_assert_true (g_file_get_contents (wal, &log, &log_length, NULL));
  sqlite3_close (db);
  memset (bytes + 20 * PAGE, 0xa5, PAGE);
  g_assert_true (g_file_set_contents (house->path, bytes, (gssize) length, NULL));
  g_assert_true (g_file_set_contents (wal, log, (gssize) log_length, NULL));

  open_after_damage (house, &contents);
  g_assert_cmpuint (contents.records->len, >=, N_TASKS - 60);
  g_assert_cmpstr (find (&contents, N_TASKS)->title, ==, "from the log");
  kept_wal = g_strconcat (contents.set_aside, "-wal", NULL);
  g_assert_true (g_file_test (kept_wal, G_FILE_TEST_EXISTS));
}

/* A log that was cut short costs what was cut off, and is no damage. */
static void
test_truncated_log (House         *house,
                    gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  g_autofree char *wal = g_strconcat (house->path, "-wal", NULL);
  g_autofree char *bytes = NULL;
  g_autofree char *log = NULL;
  sqlite3 *db = NULL;
  gsize length;
  gsize log_length;

  make_database (house, N_TASKS);
  g_assert_cmpint (sqlite3_open (house->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db,
                                 "DELETE FROM settings WHERE key = 'clean-exit';"
                                 "DELETE FROM tasks WHERE id > 100",
                                 NULL, NULL, NULL),
                   ==, SQLITE_OK);
  g_assert_true (g_file_get_contents (house->path, &bytes, &length, NULL));
  g_assert_true (g_file_get_contents (wal, &log, &log_length, NULL));
  sqlite3_close (db);
  g_assert_true (g_file_set_contents (house->path, bytes, (gssize) length, NULL));
  g_assert_true (g_file_set_contents (wal, log, (gssize) (log_length - 100), NULL));
  keel_store_close (open_store (house, &contents), -1);
  g_assert_null (contents.set_aside);
  assert_tasks (house, &contents, N_TASKS);
}

/* What was cut off was a new task, of which there is a part file: that shows it. */
static void
test_lost_end (House         *house,
               gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  g_auto (KeelStoreContents) again = { 0 };

  make_database (house, N_TASKS);
  make_part (house, make_half_done (house, N_TASKS + 5), 3 * MIB);
  /* After an orderly end nothing is looked for: it is what it was. */
  keel_store_close (open_store (house, &again), -1);
  g_assert_cmpuint (again.records->len, ==, N_TASKS);
  run_sql (house, "DELETE FROM settings WHERE key = 'clean-exit'");
  open_after_damage (house, &contents);
  g_assert_nonnull (contents.set_aside);
  g_assert_cmpuint (contents.records->len, ==, N_TASKS + 1);
  g_assert_cmpuint (find (&contents, N_TASKS + 5)->durable, ==, 2 * MIB);
  /* And only once. */
  run_sql (house, "DELETE FROM settings WHERE key = 'clean-exit'");
  keel_store_contents_clear (&again);
  keel_store_close (open_store (house, &again), -1);
  g_assert_null (again.set_aside);
}

/* Nothing can be read, or nothing is there: the part files have to do. */

typedef enum {
  EMPTY,
  MISSING,
  FOLDER,
  RUBBISH,
} Loss;

static void
lose (House *house,
      Loss   loss)
{
  if (loss == EMPTY)
    g_assert_cmpint (truncate (house->path, 0), ==, 0);
  else
    g_assert_cmpint (g_unlink (house->path), ==, 0);
  if (loss == FOLDER)
    g_assert_cmpint (g_mkdir (house->path, 0700), ==, 0);
  if (loss == RUBBISH)
    g_assert_true (g_file_set_contents (house->path, "rubbish", -1, NULL));
}

static void
test_loss (House         *house,
           gconstpointer  data)
{
  Loss loss = (Loss) GPOINTER_TO_INT (data);
  g_auto (KeelStoreContents) contents = { 0 };
  const KeelTransferRecord *record;
  const KeelSessionRecord *session;

  make_database (house, 5);
  make_part (house, make_half_done (house, 4), 3 * MIB);
  lose (house, loss);
  open_after_damage (house, &contents);
  g_assert_true ((contents.set_aside != NULL) == (loss == FOLDER || loss == RUBBISH));
  g_assert_cmpuint (contents.records->len, ==, 1);
  record = g_ptr_array_index (contents.records, 0);
  g_assert_cmpint (record->id, ==, 4);
  g_assert_cmpint (record->state, ==, KEEL_TRANSFER_QUEUED);
  g_assert_cmpstr (record->uri, ==, "http://example.org/4");
  g_assert_cmpstr (record->dir, ==, house->dir);
  g_assert_cmpstr (record->name, ==, "file.bin");
  g_assert_cmpstr (record->etag, ==, "\"v1\"");
  g_assert_null (record->headers);
  g_assert_cmpuint (record->durable, ==, 2 * MIB);
  g_assert_cmpuint (record->part_ino, >, 0);
  g_assert_cmpint (contents.last_id, >=, 5); /* that was given, too, and nothing is left of it */
  g_assert_cmpuint (contents.sessions->len, ==, 1);
  session = g_ptr_array_index (contents.sessions, 0);
  g_assert_cmpstr (session->app, ==, "org.example.App");
  g_assert_cmpstr (session->identifier, ==, "default");
  g_assert_cmpint (record->session_id, ==, session->id);
}

/* A disk or a right that says no is no damage. */
static void
test_unreadable (House         *house,
                 gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize before_length;
  gsize after_length;
  gboolean is_root = geteuid () == 0;
  KeelStore *store;

  make_database (house, 5);
  g_assert_true (g_file_get_contents (house->path, &before, &before_length, NULL));
  g_assert_cmpint (g_chmod (house->path, 0), ==, 0);
  g_assert_cmpint (g_chmod (house->state_dir, 0777), ==, 0);
  if (is_root)
    g_assert_cmpint (seteuid (65534), ==, 0);
  store = keel_store_open (house->path, NULL, &contents, &error);
  if (is_root)
    g_assert_cmpint (seteuid (0), ==, 0);
  g_assert_null (store);
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_STATE);
  g_assert_cmpint (g_chmod (house->path, 0600), ==, 0);
  g_assert_true (g_file_get_contents (house->path, &after, &after_length, NULL));
  g_assert_cmpmem (after, after_length, before, before_length);
}

/* --- rows and labels ------------------------------------------------------------------------- */

static void
ruin (House *house)
{
  g_autofree char *bytes = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (house->path, &bytes, &length, NULL));
  memset (bytes, 0xa5, 100);
  g_assert_true (g_file_set_contents (house->path, bytes, (gssize) length, NULL));
}

/* Which number of bytes is believed, by what row, label and file say. */
static void
test_durable (House         *house,
              gconstpointer  data)
{
  static const struct {
    guint64 row;
    guint64 label;
    gsize file;
    guint64 wanted;
  } cases[] = {
    { 2 * MIB, 2 * MIB, 3 * MIB, 2 * MIB },         /* they agree */
    { 1 * MIB, 2 * MIB + 5, 3 * MIB, 2 * MIB },     /* the label is from later */
    { 2 * MIB + 7, 1 * MIB + 5, 3 * MIB, MIB + 5 }, /* the label was set back */
    { 3 * MIB, 3 * MIB, 2 * MIB + 9, 2 * MIB + 9 }, /* the file became shorter */
    { 0, 2 * MIB, 1 * MIB + 1, 1 * MIB },           /* likewise, and the row knew nothing */
    { 3 * MIB, 0, 2 * MIB + 9, 2 * MIB + 9 },       /* likewise, without a label */
    { 3 * MIB, 0, 3 * MIB + 9, 3 * MIB },           /* only the row knows */
  };
  g_auto (KeelStoreContents) contents = { 0 };

  make_database (house, 10);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      KeelTransferRecord *record = make_half_done (house, (gint64) i + 1);
      g_autofree char *path = g_build_filename (record->dir, record->part_name, NULL);
      g_autofree char *sql = NULL;
      struct stat info;

      record->durable = cases[i].label;
      make_part (house, record, cases[i].file);
      if (cases[i].label == 0)
        {
          g_assert_cmpint (removexattr (path, "user.keelboat.label"), ==, 0);
          g_assert_cmpint (removexattr (path, "user.keelboat.durable"), ==, 0);
        }
      g_assert_cmpint (g_stat (path, &info), ==, 0);
      sql = g_strdup_printf ("UPDATE tasks SET durable = %" G_GUINT64_FORMAT
                             ", part_ino = %" G_GUINT64_FORMAT
                             ", total = %d, etag = '\"old\"' WHERE id = %d",
                             cases[i].row, cases[i].row > 0 ? (guint64) info.st_ino : 0, LENGTH,
                             (int) i + 1);
      run_sql (house, sql);
    }
  ruin (house);
  open_after_damage (house, &contents);
  g_assert_cmpuint (contents.records->len, ==, 10);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const KeelTransferRecord *record = find (&contents, (gint64) i + 1);
      gboolean is_later = cases[i].label > cases[i].row && cases[i].file > cases[i].row;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpuint (record->durable, ==, cases[i].wanted);
      g_assert_cmpstr (record->etag, ==, is_later ? "\"v1\"" : "\"old\"");
      g_assert_cmpint (record->state, ==, KEEL_TRANSFER_PAUSED);
    }
}

/* Labels that name a task again under another id, twice, of another service, or nothing good. */
static void
test_labels (House         *house,
             gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  g_autofree char *labels_dir = g_strdup (house->labels_dir);
  KeelTransferRecord *record;
  const KeelTransferRecord *rebuilt;

  make_database (house, 10);
  /* Its id is another's by now. */
  record = make_half_done (house, 500);
  record->id = 3;
  make_part (house, record, 3 * MIB);
  /* Two part files of one task; the second has less in it. */
  make_part (house, make_half_done (house, 501), 3 * MIB);
  record = make_half_done (house, 501);
  record->durable = MIB;
  g_free (record->part_name);
  record->part_name = dup_part_name (777);
  make_part (house, record, 3 * MIB);
  /* Nothing that can be fetched. */
  record = make_half_done (house, 502);
  g_free (record->uri);
  record->uri = g_strdup ("file:///etc/passwd");
  make_part (house, record, 3 * MIB);
  /* Not checked after a crash: of a new one, and of one of which the row knows something. */
  record = make_half_done (house, 504);
  record->is_suspect = TRUE;
  make_part (house, record, 3 * MIB);
  record = make_half_done (house, 9);
  record->is_suspect = TRUE;
  make_part (house, record, 3 * MIB);
  run_sql (house, "UPDATE tasks SET durable = 1048576, part_ino = 1 WHERE id = 9");
  /* Of a service that lives elsewhere. */
  g_free (house->labels_dir);
  house->labels_dir = g_strdup ("/elsewhere/labels");
  make_part (house, make_half_done (house, 503), 3 * MIB);
  g_free (house->labels_dir);
  house->labels_dir = g_steal_pointer (&labels_dir);

  ruin (house);
  open_after_damage (house, &contents);
  g_assert_cmpuint (contents.records->len, ==, 13);
  g_assert_cmpuint (find (&contents, 504)->durable, ==, 0);
  g_assert_cmpuint (find (&contents, 9)->durable, ==, MIB);
  g_assert_cmpstr (find (&contents, 3)->uri, ==, "http://example.org/3");
  rebuilt = find (&contents, 501);
  g_assert_cmpuint (rebuilt->durable, ==, 2 * MIB);
  g_assert_cmpstr (rebuilt->part_name, ==, ".00000000000001f5.part");
  g_assert_cmpstr (rebuilt->spare_name, ==, ".0000000000000309.part");
  for (guint i = 0; i < contents.records->len; i++)
    {
      record = g_ptr_array_index (contents.records, i);
      if (strcmp (record->uri, "http://example.org/500") == 0)
        g_assert_cmpint (record->id, >, 10);
      g_assert_cmpstr (record->uri, !=, "http://example.org/503");
      g_assert_false (g_str_has_prefix (record->uri, "file:"));
    }
}

/* A part file whose label is in the state folder, in a folder that nothing else names. */
static void
test_label_beside (House         *house,
                   gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  g_autoptr (KeelTransferRecord) record = make_half_done (house, 9);
  g_autofree char *path = g_build_filename (record->dir, record->part_name, NULL);
  g_autofree char *text = keel_part_label_format (record, house->labels_dir);
  g_autofree char *label = g_build_filename (house->labels_dir, record->token, NULL);
  g_autofree char *bytes = g_malloc0 (3 * MIB);

  g_assert_true (g_file_set_contents (path, bytes, 3 * MIB, NULL));
  g_assert_cmpint (g_mkdir (house->labels_dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (label, text, -1, NULL));
  open_after_damage (house, &contents);
  g_assert_cmpuint (contents.records->len, ==, 1);
  g_assert_cmpuint (find (&contents, 9)->durable, ==, 2 * MIB);
}

/* Rows that were altered are mended or left out. */
static void
test_odd_rows (House         *house,
               gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  const KeelTransferRecord *record;

  make_database (house, 20);
  run_sql (house, "PRAGMA foreign_keys = OFF;"
                  "UPDATE tasks SET uri = 'ftp://example.org/' WHERE id = 1;"
                  "UPDATE tasks SET dir = CAST ('relative' AS BLOB) WHERE id = 2;"
                  "UPDATE tasks SET id = -3 WHERE id = 3;"
                  "UPDATE tasks SET token = (SELECT token FROM tasks WHERE id = 5) WHERE id = 6;"
                  "UPDATE tasks SET state = 'flying', priority = 'huge' WHERE id = 7;"
                  "UPDATE tasks SET part_name = CAST ('../../etc/passwd' AS BLOB) WHERE id = 8;"
                  "UPDATE tasks SET durable = -5, max_rate = -1 WHERE id = 9;"
                  "UPDATE tasks SET headers = 'Host: evil' WHERE id = 10;"
                  "UPDATE tasks SET name = CAST ('../x' AS BLOB), chosen = CAST ('x' AS BLOB)"
                  "  WHERE id = 11;"
                  "UPDATE tasks SET session = 99 WHERE id = 12;"
                  "UPDATE tasks SET title = CAST (x'ff00ff' AS TEXT) WHERE id = 13;"
                  "UPDATE tasks SET id = 9223372036854775807 WHERE id = 20;");
  ruin (house);
  open_after_damage (house, &contents);
  for (gint64 id = 1; id <= 3; id++)
    g_assert_null (find (&contents, id));
  g_assert_nonnull (find (&contents, 5));
  g_assert_null (find (&contents, 6));
  g_assert_cmpint (find (&contents, 7)->state, ==, KEEL_TRANSFER_PAUSED);
  g_assert_cmpint (find (&contents, 7)->priority, ==, KEEL_PRIORITY_NORMAL);
  record = find (&contents, 8);
  g_assert_true (record->part_name == NULL || keel_part_label_is_part_name (record->part_name));
  g_assert_cmpuint (find (&contents, 9)->durable, ==, 0);
  g_assert_cmpuint (find (&contents, 9)->max_rate_bps, ==, 0);
  g_assert_null (find (&contents, 10)->headers);
  g_assert_null (find (&contents, 11)->name);
  g_assert_cmpint (find (&contents, 12)->session_id, ==, 99);
  g_assert_cmpuint (contents.sessions->len, ==, 4);
  g_assert_null (find (&contents, 13)->title);
  g_assert_null (find (&contents, G_MAXINT64));
  g_assert_cmpint (contents.last_id, <, G_MAXINT64 / 2);
}

/* What an application has not been told yet is kept as it was, also of a task that is gone; what
 * makes no sense is not, and no number is given twice. */
static void
test_events (House         *house,
             gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  const KeelEventRecord *event;

  make_database (house, 20);
  run_sql (house, "PRAGMA foreign_keys = OFF;"
                  "INSERT INTO events (session, number, task, kind, created, details) VALUES"
                  "  (1, 7, 3, 'resumed', 1, '{''offset'': <uint64 5>}'),"
                  "  (1, 9, 777, 'completed', 2, NULL), (1, 10, 3, 'sung', 3, NULL),"
                  "  (2, -1, 4, 'completed', 4, NULL), (2, 1, 'four', 'completed', 5, NULL),"
                  "  (2, 2, 4, 'completed', 6, x'00ff'), (99, 1, 3, 'completed', 7, NULL);");
  ruin (house);
  open_after_damage (house, &contents);
  g_assert_cmpuint (contents.events->len, ==, 2);
  event = g_ptr_array_index (contents.events, 0);
  g_assert_cmpint (event->session_id, ==, 1);
  g_assert_cmpint (event->number, ==, 7);
  g_assert_cmpint (event->kind, ==, KEEL_EVENT_RESUMED);
  g_assert_cmpstr (event->details, ==, "{'offset': <uint64 5>}");
  event = g_ptr_array_index (contents.events, 1);
  g_assert_cmpint (event->task_id, ==, 777);
  for (guint i = 0; i < contents.sessions->len; i++)
    {
      const KeelSessionRecord *session = g_ptr_array_index (contents.sessions, i);

      g_assert_cmpint (session->last_event, ==, session->id == 1 ? 10 : 0);
    }
}

/* --- killed ---------------------------------------------------------------------------------- */

/* Opens it in a process of its own, which is killed after so long. TRUE: it was done before. */
static gboolean
open_and_kill (House *house,
               guint  after_usec)
{
  int status = 0;
  pid_t pid = fork ();

  if (pid == 0)
    {
      g_auto (KeelStoreContents) contents = { 0 };

      g_log_set_always_fatal (G_LOG_FATAL_MASK);
      _exit (keel_store_open (house->path, NULL, &contents, NULL) != NULL ? 0 : 1);
    }
  g_usleep (after_usec);
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status) || WEXITSTATUS (status) == 0);
  return WIFEXITED (status);
}

/* Killed at any moment, and started again, nothing is lost. */
static void
test_killed (House         *house,
             gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  guint n_killed = 0;

  make_database (house, N_TASKS);
  ruin (house);
  make_part (house, make_half_done (house, N_TASKS + 1), 3 * MIB);
  while (n_killed < 200 && !open_and_kill (house, 1000 * n_killed))
    n_killed++;
  g_test_message ("killed %u times before it was done", n_killed);
  g_assert_cmpuint (n_killed, >, 0);
  g_assert_cmpuint (n_killed, <, 200);
  keel_store_close (open_store (house, &contents), -1);
  g_assert_cmpuint (contents.records->len, ==, N_TASKS + 1);
  g_assert_cmpuint (find (&contents, N_TASKS + 1)->durable, ==, 2 * MIB);
  assert_no_litter (house);
}

/* Found half way: what was whole is finished, what was not is thrown away. */
static void
test_half_way (House         *house,
               gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  g_auto (KeelStoreContents) again = { 0 };
  g_autofree char *fresh = g_strconcat (house->path, ".new", NULL);
  g_autofree char *rescued = g_strconcat (house->path, ".rescued", NULL);

  make_database (house, 7);
  g_assert_cmpint (g_rename (house->path, rescued), ==, 0);
  keel_store_close (open_store (house, &contents), -1);
  g_assert_cmpuint (contents.records->len, ==, 7);
  g_assert_null (contents.set_aside);
  g_assert_false (g_file_test (rescued, G_FILE_TEST_EXISTS));

  ruin (house);
  g_assert_true (g_file_set_contents (fresh, "half", -1, NULL));
  open_after_damage (house, &again);
  g_assert_cmpuint (again.records->len, ==, 7);
  g_assert_false (g_file_test (fresh, G_FILE_TEST_EXISTS));
}

/* How long it takes, told and not judged. */
static void
test_many (House         *house,
           gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  gint64 began_usec;

  make_database (house, 10000);
  ruin (house);
  began_usec = g_get_monotonic_time ();
  open_after_damage (house, &contents);
  g_test_message ("10000 rows in %d ms", (int) ((g_get_monotonic_time () - began_usec) / 1000));
  g_assert_cmpuint (contents.records->len, ==, 10000);
}

/* --- the list of folders --------------------------------------------------------------------- */

static void
test_folders (House         *house,
              gconstpointer  data)
{
  static const char *const dirs[] = { "/a b", "/a\nb", "/100 %", "/\xff/x" };
  g_autofree char *list = g_build_filename (house->state_dir, "folders", NULL);
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GPtrArray) mended = NULL;
  g_autoptr (GPtrArray) written = g_ptr_array_new ();
  g_autoptr (GPtrArray) last = NULL;
  g_autofree char *text = NULL;
  struct stat info;

  for (guint round = 0; round < 2; round++)
    for (gsize i = 0; i < G_N_ELEMENTS (dirs); i++)
      keel_folder_list_note (house->state_dir, dirs[i]);
  g_assert_cmpint (g_stat (list, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  found = keel_folder_list_read (house->state_dir);
  g_assert_cmpuint (found->len, ==, G_N_ELEMENTS (dirs));
  for (gsize i = 0; i < G_N_ELEMENTS (dirs); i++)
    g_assert_cmpstr (g_ptr_array_index (found, i), ==, dirs[i]);

  /* Lines that are cut short, not absolute, or not to be read. */
  g_assert_true (g_file_set_contents (list, "relative\n/bad%zz\n/nul%00\n/good\n/cut", -1, NULL));
  keel_folder_list_note (house->state_dir, "/after");
  mended = keel_folder_list_read (house->state_dir);
  g_assert_cmpuint (mended->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (mended, 2), ==, "/after");

  g_ptr_array_add (written, (gpointer) "/only");
  keel_folder_list_write (house->state_dir, written);
  last = keel_folder_list_read (house->state_dir);
  g_assert_cmpuint (last->len, ==, 1);
}

/* --- the whole of it ------------------------------------------------------------------------- */

static void
serve_half_then_whole (KeelRequest *request,
                       gpointer     bytes)
{
  if (request->number == 0)
    keel_request_serve_half (request, bytes, LENGTH, "\"v1\"");
  else
    keel_request_serve (request, bytes, LENGTH, "\"v1\"");
}

/* The database is deleted in the middle of a download, which goes on from where it was. */
static void
test_download (KeelBench     *bench,
               gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 5);
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_half_then_whole, bytes);
  g_autofree char *path = g_build_filename (bench->state_dir, "transfers.db", NULL);
  g_autofree char *labels_dir = g_build_filename (bench->state_dir, "labels", NULL);
  g_autofree char *part = NULL;
  g_autoptr (KeelTransferRecord) record = NULL;
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  int fd;

  keel_bench_wait_received (transfer, LENGTH / 2);
  keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
  keel_bench_wait_rest (transfer);
  record = keel_transfer_record_copy (keel_transfer_get_record (transfer));
  keel_bench_stop (bench);
  part = g_build_filename (record->dir, record->part_name, NULL);
  fd = open (part, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  keel_part_label_write (fd, record, labels_dir);
  close (fd);
  keel_folder_list_note (bench->state_dir, record->dir);
  g_assert_cmpint (g_unlink (path), ==, 0);

  g_test_expect_message ("keel-engine", G_LOG_LEVEL_WARNING, "*1 tasks were rescued*");
  keel_bench_start (bench);
  g_test_assert_expected_messages ();
  transfer = keel_engine_get_transfer (bench->engine, 1);
  g_assert_nonnull (transfer);
  g_assert_cmpint (keel_transfer_get_record (transfer)->state, ==, KEEL_TRANSFER_PAUSED);
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  keel_bench_assert_folder (bench, "x");
  g_assert_cmpuint (keel_transfer_get_record (transfer)->resumed_bytes, ==, LENGTH / 2);
}

#define ADD(name, func, data) g_test_add ("/rescue/" name, House, data, set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *name = g_strconcat ("/rescue/damage/", damages[i].name, NULL);

      g_test_add (name, House, &damages[i], set_up, test_damage, tear_down);
    }
  ADD ("any-page", test_any_page, NULL);
  ADD ("log", test_log, NULL);
  ADD ("truncated-log", test_truncated_log, NULL);
  ADD ("lost-end", test_lost_end, NULL);
  ADD ("loss/empty", test_loss, GINT_TO_POINTER (EMPTY));
  ADD ("loss/missing", test_loss, GINT_TO_POINTER (MISSING));
  ADD ("loss/folder", test_loss, GINT_TO_POINTER (FOLDER));
  ADD ("loss/rubbish", test_loss, GINT_TO_POINTER (RUBBISH));
  ADD ("unreadable", test_unreadable, NULL);
  ADD ("durable", test_durable, NULL);
  ADD ("labels", test_labels, NULL);
  ADD ("label-beside", test_label_beside, NULL);
  ADD ("odd-rows", test_odd_rows, NULL);
  ADD ("events", test_events, NULL);
  ADD ("killed", test_killed, NULL);
  ADD ("half-way", test_half_way, NULL);
  ADD ("many", test_many, NULL);
  ADD ("folders", test_folders, NULL);
  g_test_add ("/rescue/download", KeelBench, NULL, keel_bench_set_up, test_download,
              keel_bench_tear_down);
  return g_test_run ();
}
