/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-store.h"

#include "keel-store-schema.h"
#include "keel-task-error.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *dir;
  char *path;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->dir = g_dir_make_tmp ("keel-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->dir, "transfers.db", NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->dir);
  g_free (fixture->path);
}

static KeelStore *
open_store (Fixture           *fixture,
            KeelStoreContents *contents)
{
  g_autoptr (GError) error = NULL;
  KeelStore *store = keel_store_open (fixture->path, NULL, contents, &error);

  g_assert_no_error (error);
  return store;
}

typedef struct {
  guint n_answers;
  guint n_errors;
} Answers;

static void
answer_cb (const GError *error,
           gpointer      user_data)
{
  Answers *answers = user_data;

  answers->n_answers++;
  answers->n_errors += error != NULL;
}

static void
wait_for (Answers *answers,
          guint    wanted)
{
  while (answers->n_answers < wanted)
    g_main_context_iteration (NULL, TRUE);
}

static const KeelSessionRecord session = { 1, (char *) "host", (char *) "default",
                                           (char *) "secret" };

static void
add_session (KeelStore *store)
{
  keel_store_save_session (store, &session, NULL, NULL);
}

static KeelTransferRecord *
make_record (gint64 id)
{
  KeelTransferRecord *record = keel_transfer_record_new ();

  record->id = id;
  record->session_id = 1;
  record->uri = g_strdup_printf ("http://example.org/%" G_GINT64_FORMAT, id);
  record->dir = g_strdup ("/tmp/B\xfcro"); /* a file name is bytes */
  return record;
}

/* A row with something in every column comes back as it was. */
static void
test_round_trip (Fixture       *fixture,
                 gconstpointer  data)
{
  g_auto (KeelStoreContents) empty = { 0 };
  g_auto (KeelStoreContents) contents = { 0 };
  g_autoptr (KeelTransferRecord) record = make_record (7);
  const KeelTransferRecord *read;
  KeelStore *store = open_store (fixture, &empty);

  record->state = KEEL_TRANSFER_WAITING;
  record->wait_reason = KEEL_WAIT_REASON_LOW_DISK;
  record->wait_until_usec = 123456789;
  record->name = g_strdup ("na\xefme");
  record->part_name = g_strdup (".x.part");
  record->part_ino = 99;
  record->durable = 5;
  record->has_total = TRUE;
  record->total = G_MAXINT64;
  record->etag = g_strdup ("\"e\"");
  record->priority = KEEL_PRIORITY_HIGH;
  record->accepts_ranges = TRUE;
  record->error_code = KEEL_TASK_ERROR_NO_SPACE;
  record->error_message = g_strdup ("it’s full; DROP TABLE tasks");
  record->failures_running = 3;
  add_session (store);
  keel_store_save (store, record, NULL, NULL, NULL, NULL);
  keel_store_save_setting (store, "max-rate", "17", NULL, NULL);
  keel_store_close (store, -1);

  store = open_store (fixture, &contents);
  g_assert_cmpuint (contents.records->len, ==, 1);
  read = g_ptr_array_index (contents.records, 0);
  g_assert_cmpint (read->id, ==, 7);
  g_assert_cmpint (read->state, ==, record->state);
  g_assert_cmpint (read->wait_reason, ==, record->wait_reason);
  g_assert_cmpint (read->wait_until_usec, ==, record->wait_until_usec);
  g_assert_cmpstr (read->uri, ==, record->uri);
  g_assert_cmpstr (read->dir, ==, record->dir);
  g_assert_cmpstr (read->name, ==, record->name);
  g_assert_cmpstr (read->title, ==, NULL);
  g_assert_cmpuint (read->part_ino, ==, 99);
  g_assert_cmpuint (read->durable, ==, 5);
  g_assert_true (read->has_total);
  g_assert_cmpuint (read->total, ==, G_MAXINT64);
  g_assert_cmpstr (read->etag, ==, "\"e\"");
  g_assert_cmpint (read->priority, ==, KEEL_PRIORITY_HIGH);
  g_assert_true (read->accepts_ranges);
  g_assert_false (read->length_confirmed);
  g_assert_cmpint (read->error_code, ==, KEEL_TASK_ERROR_NO_SPACE);
  g_assert_cmpstr (read->error_message, ==, record->error_message);
  g_assert_cmpuint (read->failures_running, ==, 3);
  g_assert_cmpstr (g_hash_table_lookup (contents.settings, "max-rate"), ==, "17");
  g_assert_cmpuint (contents.sessions->len, ==, 1);
  g_assert_null (contents.set_aside);
  keel_store_close (store, -1);
}

/* What its caller wishes of a task, and what it leaves to the session. */
static void
test_wishes (Fixture       *fixture,
             gconstpointer  data)
{
  g_auto (KeelStoreContents) empty = { 0 };
  g_auto (KeelStoreContents) contents = { 0 };
  g_autoptr (KeelTransferRecord) record = make_record (1);
  g_autoptr (KeelTransferRecord) plain = make_record (2);
  const KeelTransferRecord *read;
  KeelStore *store = open_store (fixture, &empty);

  record->group = g_strdup ("episodes");
  record->network = KEEL_NETWORK_USE_UNMETERED;
  record->power = KEEL_POWER_USE_AC;
  record->conflict = KEEL_CONFLICT_REPLACE;
  record->conflict_usec = 16;
  record->size_hint = 17;
  record->timeout_seconds = -1;
  record->spent_usec = 18;
  record->spent_at_usec = 19;
  add_session (store);
  keel_store_save (store, record, NULL, NULL, NULL, NULL);
  keel_store_save (store, plain, NULL, NULL, NULL, NULL);
  keel_store_close (store, -1);

  store = open_store (fixture, &contents);
  read = g_ptr_array_index (contents.records, 0);
  g_assert_cmpstr (read->group, ==, "episodes");
  g_assert_cmpint (read->network, ==, KEEL_NETWORK_USE_UNMETERED);
  g_assert_cmpint (read->power, ==, KEEL_POWER_USE_AC);
  g_assert_cmpint (read->conflict, ==, KEEL_CONFLICT_REPLACE);
  g_assert_cmpint (read->conflict_usec, ==, 16);
  g_assert_cmpuint (read->size_hint, ==, 17);
  g_assert_cmpint (read->timeout_seconds, ==, -1);
  g_assert_cmpint (read->spent_usec, ==, 18);
  g_assert_cmpint (read->spent_at_usec, ==, 19);
  read = g_ptr_array_index (contents.records, 1);
  g_assert_cmpstr (read->group, ==, NULL);
  g_assert_cmpint (read->network, ==, -1);
  g_assert_cmpint (read->power, ==, -1);
  g_assert_cmpint (read->conflict, ==, KEEL_CONFLICT_RENAME);
  g_assert_cmpint (read->timeout_seconds, ==, 0);
  keel_store_close (store, -1);
}

/* How a session behaves is kept, and what was said last counts. */
static void
test_session_config (Fixture       *fixture,
                     gconstpointer  data)
{
  g_auto (KeelStoreContents) empty = { 0 };
  g_auto (KeelStoreContents) contents = { 0 };
  KeelSessionRecord *record = keel_session_record_new (1, "app", "default", "secret");
  const KeelSessionRecord *read;
  KeelStore *store = open_store (fixture, &empty);

  keel_store_save_session (store, record, NULL, NULL);
  keel_session_config_clear (&record->config);
  keel_session_config_parse (&record->config, "{'events': <false>, 'max-rate': <uint64 5>}");
  keel_store_save_session (store, record, NULL, NULL);
  keel_session_record_free (record);
  keel_store_close (store, -1);
  store = open_store (fixture, &contents);
  g_assert_cmpuint (contents.sessions->len, ==, 1);
  read = g_ptr_array_index (contents.sessions, 0);
  g_assert_cmpstr (read->token, ==, "secret");
  g_assert_false (read->config.events);
  g_assert_cmpuint (read->config.max_rate_bps, ==, 5);
  g_assert_true (read->config.launch_events);
  keel_store_close (store, -1);
}

/* The last id is remembered, also of a row that is gone: ids are never given twice. */
static void
test_ids (Fixture       *fixture,
          gconstpointer  data)
{
  g_auto (KeelStoreContents) empty = { 0 };
  g_auto (KeelStoreContents) contents = { 0 };
  g_autoptr (KeelTransferRecord) record = make_record (41);
  KeelStore *store = open_store (fixture, &empty);

  add_session (store);
  keel_store_save (store, record, NULL, NULL, NULL, NULL);
  keel_store_delete (store, 41, NULL, NULL);
  keel_store_close (store, -1);
  store = open_store (fixture, &contents);
  g_assert_cmpuint (contents.records->len, ==, 0);
  g_assert_cmpint (contents.last_id, ==, 41);
  keel_store_close (store, -1);
}

/* All or nothing: a batch with a row that cannot be written leaves none of them. */
static void
test_batch_fails_whole (Fixture       *fixture,
                        gconstpointer  data)
{
  g_auto (KeelStoreContents) empty = { 0 };
  g_auto (KeelStoreContents) contents = { 0 };
  g_autoptr (GPtrArray)
    records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  Answers answers = { 0 };
  KeelStore *store = open_store (fixture, &empty);

  add_session (store);
  keel_store_save_setting (store, "a", "b", answer_cb, &answers);
  wait_for (&answers, 1);
  g_ptr_array_add (records, make_record (1));
  g_ptr_array_add (records, make_record (2));
  ((KeelTransferRecord *) g_ptr_array_index (records, 1))->session_id = 99; /* there is none */
  keel_store_save_batch (store, &session, records, NULL, answer_cb, &answers);
  wait_for (&answers, 2);
  g_assert_cmpuint (answers.n_errors, ==, 1);
  keel_store_save_setting (store, "c", "d", answer_cb, &answers);
  wait_for (&answers, 3);
  g_assert_cmpuint (answers.n_errors, ==, 1); /* the store goes on */
  keel_store_close (store, -1);
  store = open_store (fixture, &contents);
  g_assert_cmpuint (contents.records->len, ==, 0);
  keel_store_close (store, -1);
}

static void
test_many (Fixture       *fixture,
           gconstpointer  data)
{
  g_auto (KeelStoreContents) empty = { 0 };
  g_auto (KeelStoreContents) contents = { 0 };
  KeelAdditionRecord addition = { 1, (char *) "nonce", 1, 1000 };
  g_autoptr (GPtrArray)
    records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  Answers answers = { 0 };
  KeelStore *store = open_store (fixture, &empty);

  add_session (store);
  for (gint64 id = 1; id <= 1000; id++)
    g_ptr_array_add (records, make_record (id));
  keel_store_save_batch (store, &session, records, &addition, answer_cb, &answers);
  for (guint i = 0; i < records->len; i++)
    {
      KeelTransferRecord *record = g_ptr_array_index (records, i);

      record->durable = i;
      keel_store_save (store, record, NULL, NULL, answer_cb, &answers);
    }
  wait_for (&answers, 1001);
  g_assert_cmpuint (answers.n_errors, ==, 0);
  keel_store_close (store, -1);
  store = open_store (fixture, &contents);
  g_assert_cmpuint (contents.records->len, ==, 1000);
  for (guint i = 0; i < 1000; i++)
    {
      const KeelTransferRecord *record = g_ptr_array_index (contents.records, i);

      g_assert_cmpint (record->id, ==, i + 1);
      g_assert_cmpuint (record->durable, ==, i);
    }
  g_assert_cmpuint (contents.additions->len, ==, 1);
  keel_store_close (store, -1);
}

/* A session whose own saving failed comes along with its first tasks. */
static void
test_session_comes_along (Fixture       *fixture,
                          gconstpointer  data)
{
  g_auto (KeelStoreContents) empty = { 0 };
  g_auto (KeelStoreContents) contents = { 0 };
  g_autoptr (GPtrArray)
    records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  Answers answers = { 0 };
  KeelStore *store = open_store (fixture, &empty);

  g_ptr_array_add (records, make_record (1));
  keel_store_save_batch (store, &session, records, NULL, answer_cb, &answers);
  wait_for (&answers, 1);
  g_assert_cmpuint (answers.n_errors, ==, 0);
  keel_store_close (store, -1);
  store = open_store (fixture, &contents);
  g_assert_cmpuint (contents.sessions->len, ==, 1);
  g_assert_cmpuint (contents.records->len, ==, 1);
  keel_store_close (store, -1);
}

/* What cannot be applied fails alone, in whatever company it is committed. */
static void
test_fails_alone (Fixture       *fixture,
                  gconstpointer  data)
{
  g_auto (KeelStoreContents) empty = { 0 };
  g_auto (KeelStoreContents) contents = { 0 };
  Answers answers = { 0 };
  KeelStore *store = open_store (fixture, &empty);

  add_session (store);
  for (gint64 id = 1; id <= 50; id++)
    {
      g_autoptr (KeelTransferRecord) record = make_record (id);

      record->session_id = id % 10 == 0 ? 99 : 1; /* there is no 99 */
      keel_store_save (store, record, NULL, NULL, answer_cb, &answers);
    }
  wait_for (&answers, 50);
  g_assert_cmpuint (answers.n_errors, ==, 5);
  keel_store_close (store, -1);
  store = open_store (fixture, &contents);
  g_assert_cmpuint (contents.records->len, ==, 45);
  keel_store_close (store, -1);
}

/* A damaged database is moved aside, whole, and an empty one takes its place. */
static void
test_damaged (Fixture       *fixture,
              gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  g_autofree char *kept = NULL;
  KeelStore *store;

  g_assert_true (
    g_file_set_contents (fixture->path, "this is no database, but it is ours", -1, NULL));
  g_test_expect_message ("keel-engine", G_LOG_LEVEL_WARNING, "*moved to*");
  store = open_store (fixture, &contents);
  g_test_assert_expected_messages ();
  g_assert_nonnull (contents.set_aside);
  g_assert_true (g_file_get_contents (contents.set_aside, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, "this is no database, but it is ours");
  g_assert_cmpuint (contents.records->len, ==, 0);
  keel_store_close (store, -1);
}

/* Bytes within a page turned over, found after an unclean end. */
static void
test_damaged_page (Fixture       *fixture,
                   gconstpointer  data)
{
  g_auto (KeelStoreContents) empty = { 0 };
  g_auto (KeelStoreContents) contents = { 0 };
  g_autofree char *bytes = NULL;
  KeelStore *store = open_store (fixture, &empty);
  sqlite3 *db = NULL;
  gsize length;

  add_session (store);
  for (gint64 id = 1; id <= 200; id++)
    {
      g_autoptr (KeelTransferRecord) record = make_record (id);

      keel_store_save (store, record, NULL, NULL, NULL, NULL);
    }
  keel_store_close (store, -1);
  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "DELETE FROM settings", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  g_assert_true (g_file_get_contents (fixture->path, &bytes, &length, NULL));
  g_assert_cmpuint (length, >, 10 * 4096);
  memset (bytes + length - 3 * 4096, 0xa5, 2 * 4096);
  g_assert_true (g_file_set_contents (fixture->path, bytes, (gssize) length, NULL));

  g_test_expect_message ("keel-engine", G_LOG_LEVEL_WARNING, "*moved to*");
  store = open_store (fixture, &contents);
  g_test_assert_expected_messages ();
  g_assert_nonnull (contents.set_aside);
  keel_store_close (store, -1);
}

/* A database from a newer program is not written, not even its journal mode. */
static void
test_newer (Fixture       *fixture,
            gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  sqlite3 *db = NULL;
  gsize length_before;
  gsize length_after;

  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "CREATE TABLE future (x); PRAGMA user_version = 999", NULL,
                                 NULL, NULL),
                   ==, SQLITE_OK);
  sqlite3_close (db);
  g_assert_true (g_file_get_contents (fixture->path, &before, &length_before, NULL));
  g_assert_null (keel_store_open (fixture->path, NULL, &contents, &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_UNSUPPORTED);
  g_assert_true (g_file_get_contents (fixture->path, &after, &length_after, NULL));
  g_assert_cmpmem (before, length_before, after, length_after);
}

/* What version 1 left is read, brought up to date, and written again. */
static void
test_version_1 (Fixture       *fixture,
                gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  g_autofree char *source = g_build_filename (g_getenv ("KEEL_SOURCE_ROOT"), "tests", "fixtures",
                                              "store-1.sql", NULL);
  g_autofree char *sql = NULL;
  const KeelTransferRecord *half;
  const KeelTransferRecord *finished;
  sqlite3 *db = NULL;

  g_assert_true (g_file_get_contents (source, &sql, NULL, NULL));
  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);

  keel_store_close (open_store (fixture, &contents), -1);
  g_assert_cmpuint (contents.records->len, ==, 2);
  half = g_ptr_array_index (contents.records, 0);
  finished = g_ptr_array_index (contents.records, 1);
  g_assert_cmpint (half->state, ==, KEEL_TRANSFER_RUNNING);
  g_assert_cmpuint (half->durable, ==, 500);
  g_assert_cmpstr (half->etag, ==, "\"v1\"");
  g_assert_cmpstr (half->part_name, ==, ".0123456789abcdef.part");
  /* A second part file has a name of its own from now on. */
  g_assert_nonnull (half->spare_name);
  g_assert_true (g_str_has_prefix (half->spare_name, "."));
  g_assert_true (g_str_has_suffix (half->spare_name, ".part"));
  g_assert_cmpstr (half->spare_name, !=, half->part_name);
  g_assert_false (keel_transfer_record_has_aside (half));
  g_assert_cmpint (finished->state, ==, KEEL_TRANSFER_FINISHED);
  g_assert_null (finished->spare_name);
}

static void
test_no_folder (Fixture       *fixture,
                gconstpointer  data)
{
  g_auto (KeelStoreContents) contents = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_null (keel_store_open ("/nonexistent/transfers.db", NULL, &contents, &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_STATE);
}

#define ADD(name, func) g_test_add ("/store/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("round-trip", test_round_trip);
  ADD ("wishes", test_wishes);
  ADD ("session-config", test_session_config);
  ADD ("ids", test_ids);
  ADD ("batch-fails-whole", test_batch_fails_whole);
  ADD ("many", test_many);
  ADD ("session-comes-along", test_session_comes_along);
  ADD ("fails-alone", test_fails_alone);
  ADD ("damaged", test_damaged);
  ADD ("damaged-page", test_damaged_page);
  ADD ("newer", test_newer);
  ADD ("version-1", test_version_1);
  ADD ("no-folder", test_no_folder);
  return g_test_run ();
}
