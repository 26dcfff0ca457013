/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-store.h"

#include <glib/gstdio.h>

/* The history of tasks in the database: in order, bounded, once for what happens again and again,
 * and gone with its task. */

typedef struct {
  char *dir;
  KeelStore *store;
  KeelTransferRecord *record;
  guint n_errors;
  guint n_answers;
} Fixture;

static void
saved_cb (const GError *error,
          gpointer      user_data)
{
  Fixture *fixture = user_data;

  fixture->n_answers++;
  fixture->n_errors += error != NULL;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  static const KeelSessionRecord session = { 1, (char *) "host", (char *) "default",
                                             (char *) "secret" };
  g_auto (KeelStoreContents) contents = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  fixture->dir = g_dir_make_tmp ("keel-XXXXXX", NULL);
  path = g_build_filename (fixture->dir, "transfers.db", NULL);
  fixture->store = keel_store_open (path, NULL, &contents, &error);
  g_assert_no_error (error);
  keel_store_save_session (fixture->store, &session, NULL, NULL);
  fixture->record = keel_transfer_record_new ();
  fixture->record->id = 5;
  fixture->record->session_id = 1;
  fixture->record->uri = g_strdup ("http://example.org/");
  fixture->record->dir = g_strdup ("/tmp");
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  keel_store_close (fixture->store, -1);
  keel_transfer_record_free (fixture->record);
  dir = g_dir_open (fixture->dir, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->dir);
}

static GPtrArray *
one (gint64      created_usec,
     const char *kind,
     const char *details)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_history_entry_free);
  GVariant *parsed = details != NULL ?
                       g_variant_parse (G_VARIANT_TYPE_VARDICT, details, NULL, NULL, NULL) :
                       NULL;

  g_ptr_array_add (entries, keel_history_entry_new (created_usec, kind, parsed));
  return entries;
}

static void
save (Fixture   *fixture,
      GPtrArray *entries)
{
  keel_store_save (fixture->store, fixture->record, NULL, entries, saved_cb, fixture);
}

static void
loaded_cb (GPtrArray    *entries,
           const GError *error,
           gpointer      user_data)
{
  g_assert_no_error (error);
  g_assert_nonnull (entries);
  *(GPtrArray **) user_data = entries;
}

static GPtrArray *
load (Fixture *fixture)
{
  GPtrArray *entries = NULL;

  keel_store_load_history (fixture->store, 5, loaded_cb, &entries);
  while (entries == NULL)
    g_main_context_iteration (NULL, TRUE);
  return entries;
}

static void
assert_entry (GPtrArray  *entries,
              guint       i,
              gint64      created_usec,
              const char *kind)
{
  const KeelHistoryEntry *entry;

  g_assert_cmpuint (i, <, entries->len);
  entry = g_ptr_array_index (entries, i);
  g_assert_cmpint (entry->created_usec, ==, created_usec);
  g_assert_cmpstr (entry->kind, ==, kind);
}

static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  const KeelHistoryEntry *first;

  save (fixture, NULL);
  none = load (fixture);
  g_assert_cmpuint (none->len, ==, 0);
  /* In the order in which they were told, whatever the clock says. */
  save (fixture, one (30, "paused", "{'reason': <'user'>}"));
  save (fixture, one (10, "resumed", NULL));
  entries = load (fixture);
  g_assert_cmpuint (entries->len, ==, 2);
  assert_entry (entries, 0, 30, "paused");
  assert_entry (entries, 1, 10, "resumed");
  first = g_ptr_array_index (entries, 0);
  g_assert_cmpstr (first->details, ==, "{'reason': <'user'>}");
}

/* A server that is down for a week is one entry, and the first one. */
static void
test_the_same_try (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (GPtrArray) entries = NULL;

  for (gint64 i = 1; i <= 20; i++)
    save (fixture, one (i, "retry", "{'error-code': <'dns'>}"));
  save (fixture, one (21, "retry", "{'error-code': <'timeout'>}"));
  save (fixture, one (22, "retry", "{'error-code': <'dns'>}"));
  /* Of anything else each one counts. */
  save (fixture, one (23, "paused", NULL));
  save (fixture, one (24, "paused", NULL));
  entries = load (fixture);
  g_assert_cmpuint (entries->len, ==, 5);
  assert_entry (entries, 0, 1, "retry");
  assert_entry (entries, 1, 21, "retry");
  assert_entry (entries, 2, 22, "retry");
  assert_entry (entries, 4, 24, "paused");
}

static void
test_bound (Fixture       *fixture,
            gconstpointer  data)
{
  const guint n = KEEL_STORE_MOST_HISTORY + 40;
  g_autoptr (GPtrArray) entries = NULL;
  GPtrArray *many = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_history_entry_free);

  for (guint i = 1; i <= n / 2; i++)
    save (fixture, one (i, i % 2 == 0 ? "paused" : "resumed", NULL));
  /* And as many at once. */
  for (guint i = n / 2 + 1; i <= n; i++)
    g_ptr_array_add (many, keel_history_entry_new (i, "changed", NULL));
  save (fixture, many);
  entries = load (fixture);
  g_assert_cmpuint (entries->len, ==, KEEL_STORE_MOST_HISTORY);
  assert_entry (entries, 0, n - KEEL_STORE_MOST_HISTORY + 1, "resumed");
  assert_entry (entries, KEEL_STORE_MOST_HISTORY - 1, n, "changed");
}

/* A number is never given again, so nobody inherits anything; and another task has its own. */
static void
test_goes_with_its_task (Fixture       *fixture,
                         gconstpointer  data)
{
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) after = NULL;

  save (fixture, one (1, "paused", NULL));
  fixture->record->id = 6;
  save (fixture, one (2, "paused", NULL));
  fixture->record->id = 5;
  before = load (fixture);
  g_assert_cmpuint (before->len, ==, 1);
  keel_store_delete (fixture->store, 5, NULL, NULL);
  after = load (fixture);
  g_assert_cmpuint (after->len, ==, 0);
}

/* What is not saved has left no trace: its owner says it again with the next save. */
static void
test_a_save_that_fails (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr (GPtrArray) entries = NULL;

  fixture->record->session_id = 99; /* there is none */
  save (fixture, one (1, "paused", NULL));
  fixture->record->session_id = 1;
  save (fixture, one (2, "resumed", NULL));
  entries = load (fixture);
  while (fixture->n_answers < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->n_errors, ==, 1);
  g_assert_cmpuint (entries->len, ==, 1);
  assert_entry (entries, 0, 2, "resumed");
}

#define ADD(name, func) g_test_add ("/store-history/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("order", test_order);
  ADD ("the-same-try", test_the_same_try);
  ADD ("bound", test_bound);
  ADD ("goes-with-its-task", test_goes_with_its_task);
  ADD ("a-save-that-fails", test_a_save_that_fails);
  return g_test_run ();
}
