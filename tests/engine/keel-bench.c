/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define DEADLINE_SECONDS 60
#define START_OF_TIME (1767225600 * (gint64) G_USEC_PER_SEC) /* 2026-01-01 */

static gboolean
deadline_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Turns the main loop until @condition holds; fails the test after a minute. */
void
keel_bench_iterate (KeelCondition condition,
                    gpointer      data)
{
  gboolean is_late = FALSE;
  guint source = g_timeout_add_seconds (DEADLINE_SECONDS, deadline_cb, &is_late);

  /* Numbers change in other threads without waking this one: look again every few milliseconds. */
  while (!condition (data) && !is_late)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (500);
  g_assert_false (is_late);
  g_source_remove (source);
}

void
keel_bench_set_up (KeelBench     *bench,
                   gconstpointer  data)
{
  bench->state_dir = g_dir_make_tmp ("keel-state-XXXXXX", NULL);
  bench->dir = g_dir_make_tmp ("keel-files-XXXXXX", NULL);
  bench->clock = keel_clock_new_fake (START_OF_TIME);
  keel_bench_start (bench);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

void
keel_bench_tear_down (KeelBench     *bench,
                      gconstpointer  data)
{
  if (bench->engine != NULL)
    keel_bench_stop (bench);
  remove_tree (bench->state_dir);
  if (g_file_test (bench->dir, G_FILE_TEST_EXISTS))
    remove_tree (bench->dir);
  g_free (bench->state_dir);
  g_free (bench->dir);
  keel_clock_free (bench->clock);
}

/* A new engine over what the last one left. */
void
keel_bench_start (KeelBench *bench)
{
  g_autoptr (GError) error = NULL;

  bench->engine = keel_engine_new (bench->clock);
  keel_engine_open (bench->engine, bench->state_dir, &error);
  g_assert_no_error (error);
  bench->session_id = keel_engine_open_session (bench->engine, "host", "default")->id;
  keel_engine_start (bench->engine);
}

static void
stopped_cb (KeelEngine   *engine,
            const GError *error,
            gpointer      user_data)
{
  *(gboolean *) user_data = TRUE;
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *) data;
}

/* As the service leaves. Transfers of this engine must not be used any more. */
void
keel_bench_stop (KeelBench *bench)
{
  gboolean has_stopped = FALSE;

  keel_engine_stop_async (bench->engine, stopped_cb, &has_stopped);
  keel_bench_iterate (is_true, &has_stopped);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_clear_object (&bench->engine);
}

/* As the service dies: the next engine finds that nobody has closed the database. */
void
keel_bench_crash (KeelBench *bench)
{
  g_autofree char *path = g_build_filename (bench->state_dir, "transfers.db", NULL);
  sqlite3 *db = NULL;

  keel_bench_stop (bench);
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "DELETE FROM settings WHERE key = 'clean-exit'", NULL, NULL,
                                 NULL),
                   ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_changes (db), ==, 1);
  sqlite3_close (db);
}

/* The session of @identifier, which behaves as @config, the text of an a{sv}, says from now on. */
gint64
keel_bench_open_session (KeelBench  *bench,
                         const char *identifier,
                         const char *config)
{
  const KeelSessionRecord *session = keel_engine_open_session (bench->engine, "host", identifier);
  g_auto (KeelSessionConfig) merged = { 0 };
  g_autoptr (GVariant) changes = NULL;
  g_autoptr (GError) error = NULL;

  changes = g_variant_parse (G_VARIANT_TYPE_VARDICT, config, NULL, NULL, &error);
  g_assert_no_error (error);
  keel_session_config_copy (&merged, &session->config);
  keel_session_config_merge (&merged, changes, &error);
  g_assert_no_error (error);
  keel_engine_configure_session (bench->engine, session->id, &merged, NULL, NULL);
  return session->id;
}

/* --- adding ---------------------------------------------------------------------------------- */

KeelTransferRecord *
keel_bench_make_record (KeelBench  *bench,
                        const char *uri)
{
  KeelTransferRecord *record = keel_transfer_record_new ();

  record->uri = g_strdup (uri);
  record->dir = g_strdup (bench->dir);
  return record;
}

static void
added_cb (KeelEngine   *engine,
          const GError *error,
          gpointer      user_data)
{
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

/* Takes @record over. (transfer none) */
KeelTransfer *
keel_bench_add_record (KeelBench          *bench,
                       KeelTransferRecord *record)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  gboolean is_added = FALSE;
  gint64 id;

  g_ptr_array_add (records, record);
  id = keel_engine_add (bench->engine, bench->session_id, records, NULL, added_cb, &is_added);
  keel_bench_iterate (is_true, &is_added);
  return keel_engine_get_transfer (bench->engine, id);
}

KeelTransfer *
keel_bench_add (KeelBench    *bench,
                KeelLoopback *server,
                const char   *path)
{
  g_autofree char *uri = keel_loopback_dup_uri (server, path);

  return keel_bench_add_record (bench, keel_bench_make_record (bench, uri));
}

const KeelTransferRecord *
keel_bench_get (KeelBench *bench,
                gint64     id)
{
  KeelTransfer *transfer = keel_engine_get_transfer (bench->engine, id);

  return transfer != NULL ? keel_transfer_get_record (transfer) : NULL;
}

/* --- waiting --------------------------------------------------------------------------------- */

typedef struct {
  KeelTransfer *transfer;
  KeelTransferState state;
  KeelWaitReason reason;
  guint64 bytes;
  KeelLoopback *server;
  guint count;
} Wanted;

static gboolean
has_state (gpointer data)
{
  const Wanted *wanted = data;

  return keel_transfer_get_record (wanted->transfer)->state == wanted->state;
}

void
keel_bench_wait_state (KeelTransfer      *transfer,
                       KeelTransferState  state)
{
  Wanted wanted = { .transfer = transfer, .state = state };

  keel_bench_iterate (has_state, &wanted);
}

static gboolean
has_reason (gpointer data)
{
  const Wanted *wanted = data;
  const KeelTransferRecord *record = keel_transfer_get_record (wanted->transfer);

  return record->state == KEEL_TRANSFER_WAITING && record->wait_reason == wanted->reason;
}

void
keel_bench_wait_reason (KeelTransfer   *transfer,
                        KeelWaitReason  reason)
{
  Wanted wanted = { .transfer = transfer, .reason = reason };

  keel_bench_iterate (has_reason, &wanted);
}

static gboolean
has_received (gpointer data)
{
  const Wanted *wanted = data;

  return keel_transfer_get_received (wanted->transfer) >= wanted->bytes;
}

void
keel_bench_wait_received (KeelTransfer *transfer,
                          guint64       bytes)
{
  Wanted wanted = { .transfer = transfer, .bytes = bytes };

  keel_bench_iterate (has_received, &wanted);
}

static gboolean
has_requests (gpointer data)
{
  const Wanted *wanted = data;

  return keel_loopback_get_requests (wanted->server) >= wanted->count;
}

void
keel_bench_wait_requests (KeelLoopback *server,
                          guint         count)
{
  Wanted wanted = { .server = server, .count = count };

  keel_bench_iterate (has_requests, &wanted);
}

typedef struct {
  KeelBench *bench;
  KeelTransfer *transfer;
} GivingUp;

static gboolean
has_given_up (gpointer data)
{
  const GivingUp *giving_up = data;
  KeelClock *clock = giving_up->bench->clock;
  const KeelTransferRecord *record = keel_transfer_get_record (giving_up->transfer);

  if (record->state == KEEL_TRANSFER_WAITING && record->wait_reason == KEEL_WAIT_REASON_RETRY)
    keel_clock_advance (clock, record->wait_until_usec - keel_clock_get_wall_usec (clock));
  return record->state == KEEL_TRANSFER_FAILED;
}

/* Skips over every time of waiting until there is nothing left to try. */
void
keel_bench_wait_given_up (KeelBench    *bench,
                          KeelTransfer *transfer)
{
  GivingUp giving_up = { bench, transfer };

  keel_bench_iterate (has_given_up, &giving_up);
}

static void
at_rest_cb (KeelTransfer *transfer,
            const GError *error,
            gpointer      user_data)
{
  *(gboolean *) user_data = TRUE;
}

void
keel_bench_wait_rest (KeelTransfer *transfer)
{
  gboolean is_at_rest = FALSE;

  keel_transfer_when_at_rest (transfer, at_rest_cb, &is_at_rest);
  keel_bench_iterate (is_true, &is_at_rest);
}

/* --- what is on disk ------------------------------------------------------------------------- */

void
keel_bench_assert_file (KeelBench    *bench,
                        const char   *name,
                        const guint8 *bytes,
                        gsize         length)
{
  g_autofree char *path = g_build_filename (bench->dir, name, NULL);
  g_autofree char *contents = NULL;
  gsize contents_length = 0;

  g_assert_true (g_file_get_contents (path, &contents, &contents_length, NULL));
  g_assert_cmpuint (contents_length, ==, length);
  g_assert_true (memcmp (contents, bytes, length) == 0);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The folder holds exactly @names, in order, with a blank between; part files are "*". */
void
keel_bench_assert_folder (KeelBench  *bench,
                          const char *names)
{
  g_autoptr (GDir) dir = g_dir_open (bench->dir, 0, NULL);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *joined = NULL;
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (found, g_strdup (g_str_has_suffix (name, ".part") ? "*" : name));
  g_ptr_array_sort (found, compare_names);
  g_ptr_array_add (found, NULL);
  joined = g_strjoinv (" ", (char **) found->pdata);
  g_assert_cmpstr (joined, ==, names);
}
