/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-store.h"

#include <glib/gstdio.h>

/* The hashes of blocks in the database. */

#define TASK 7
#define FILE_NAME ".a.part"
#define OTHER_NAME ".b.part"

typedef struct {
  char *dir;
  char *path;
  KeelStore *store;
  GArray *loaded; /* (owned) (nullable) */
} Fixture;

static void
open_store (Fixture *fixture)
{
  static const KeelSessionRecord session = { 1, (char *) "host", (char *) "default",
                                             (char *) "secret" };
  g_auto (KeelStoreContents) contents = { 0 };
  g_autoptr (GError) error = NULL;

  fixture->store = keel_store_open (fixture->path, NULL, &contents, &error);
  g_assert_no_error (error);
  keel_store_save_session (fixture->store, &session, NULL, NULL);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->dir = g_dir_make_tmp ("keel-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->dir, "transfers.db", NULL);
  open_store (fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  keel_store_close (fixture->store, -1);
  g_assert_cmpint (g_remove (fixture->path), ==, 0);
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->dir);
  g_free (fixture->path);
  g_clear_pointer (&fixture->loaded, g_array_unref);
}

static void
no_error_cb (const GError *error,
             gpointer      user_data)
{
  g_assert_no_error (error);
}

static void
save_blocks (Fixture    *fixture,
             const char *file,
             guint64     first,
             guint       count,
             guint64     hash)
{
  GArray *hashes = g_array_new (FALSE, FALSE, sizeof (KeelBlockHash));

  for (guint i = 0; i < count; i++)
    {
      KeelBlockHash block = { first + i, hash + first + i };

      g_array_append_val (hashes, block);
    }
  keel_store_save_blocks (fixture->store, TASK, file, hashes, no_error_cb, NULL);
}

static void
loaded_cb (GArray       *hashes,
           const GError *error,
           gpointer      user_data)
{
  Fixture *fixture = user_data;

  g_assert_no_error (error);
  fixture->loaded = hashes;
}

static void
load (Fixture    *fixture,
      const char *file,
      guint       count)
{
  g_clear_pointer (&fixture->loaded, g_array_unref);
  keel_store_load_blocks (fixture->store, TASK, file, count, loaded_cb, fixture);
  while (fixture->loaded == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->loaded->len, ==, count);
}

/* Blocks FIRST.. of what was loaded are those that save_blocks() with @hash has saved; or 0. */
static void
assert_loaded (Fixture *fixture,
               guint    first,
               guint    count,
               guint64  hash)
{
  for (guint i = first; i < first + count; i++)
    g_assert_cmpuint (g_array_index (fixture->loaded, guint64, i), ==, hash != 0 ? hash + i : 0);
}

/* Over the edges of rows, in pieces, and over what is there already; also after a restart. */
static void
test_pieces (Fixture       *fixture,
             gconstpointer  data)
{
  save_blocks (fixture, FILE_NAME, 0, 5, 1000);
  save_blocks (fixture, FILE_NAME, 5, 60, 1000);
  save_blocks (fixture, FILE_NAME, 65, 200, 1000);
  save_blocks (fixture, FILE_NAME, 300, 1, 1000);
  save_blocks (fixture, FILE_NAME, 62, 4, 5000);
  save_blocks (fixture, OTHER_NAME, 0, 3, 9000);
  keel_store_close (fixture->store, -1);
  open_store (fixture);

  load (fixture, FILE_NAME, 310);
  assert_loaded (fixture, 0, 62, 1000);
  assert_loaded (fixture, 62, 4, 5000);
  assert_loaded (fixture, 66, 199, 1000);
  assert_loaded (fixture, 265, 35, 0);
  assert_loaded (fixture, 300, 1, 1000);
  assert_loaded (fixture, 301, 9, 0);
  load (fixture, FILE_NAME, 3);
  assert_loaded (fixture, 0, 3, 1000);
  load (fixture, OTHER_NAME, 5);
  assert_loaded (fixture, 0, 3, 9000);
  assert_loaded (fixture, 3, 2, 0);
  load (fixture, ".c.part", 1);
  assert_loaded (fixture, 0, 1, 0);
}

static KeelTransferRecord *
make_record (void)
{
  KeelTransferRecord *record = keel_transfer_record_new ();

  record->id = TASK;
  record->session_id = 1;
  record->uri = g_strdup ("http://example.org/x");
  record->dir = g_strdup ("/tmp");
  record->part_name = g_strdup (FILE_NAME);
  record->spare_name = g_strdup (OTHER_NAME);
  record->durable = 1;
  record->aside.durable = 1;
  return record;
}

typedef enum {
  NOTHING,
  FORGOTTEN, /* nothing in the part file counts */
  RENAMED,
  ASIDE_DROPPED,
  EXCHANGED,
  CLEARED, /* no part file any more */
  DELETED,
} Change;

/* Hashes go with what they are of, in the same commit, and not before. */
static void
test_trim (Fixture       *fixture,
           gconstpointer  data)
{
  Change change = (Change) GPOINTER_TO_INT (data);
  g_autoptr (KeelTransferRecord) record = make_record ();
  gboolean keeps_first = change == NOTHING || change == ASIDE_DROPPED || change == EXCHANGED;
  gboolean keeps_second = change == NOTHING || change == FORGOTTEN || change == RENAMED ||
                          change == EXCHANGED;

  keel_store_save (fixture->store, record, NULL, NULL, no_error_cb, NULL);
  save_blocks (fixture, FILE_NAME, 0, 2, 1000);
  save_blocks (fixture, OTHER_NAME, 0, 2, 2000);
  if (change == FORGOTTEN)
    record->durable = 0;
  if (change == RENAMED)
    {
      g_free (record->part_name);
      record->part_name = g_strdup (".c.part");
    }
  if (change == ASIDE_DROPPED)
    record->aside.durable = 0;
  if (change == EXCHANGED)
    keel_transfer_record_swap_aside (record);
  if (change == CLEARED)
    {
      g_clear_pointer (&record->part_name, g_free);
      g_clear_pointer (&record->spare_name, g_free);
    }
  if (change == DELETED)
    keel_store_delete (fixture->store, TASK, no_error_cb, NULL);
  else
    keel_store_save (fixture->store, record, NULL, NULL, no_error_cb, NULL);
  load (fixture, FILE_NAME, 2);
  assert_loaded (fixture, 0, 2, keeps_first ? 1000 : 0);
  load (fixture, OTHER_NAME, 2);
  assert_loaded (fixture, 0, 2, keeps_second ? 2000 : 0);
}

#define ADD(name, data, func)                                                                      \
  g_test_add ("/store-blocks/" name, Fixture, GINT_TO_POINTER (data), set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("pieces", 0, test_pieces);
  ADD ("nothing", NOTHING, test_trim);
  ADD ("forgotten", FORGOTTEN, test_trim);
  ADD ("renamed", RENAMED, test_trim);
  ADD ("aside-dropped", ASIDE_DROPPED, test_trim);
  ADD ("exchanged", EXCHANGED, test_trim);
  ADD ("cleared", CLEARED, test_trim);
  ADD ("deleted", DELETED, test_trim);
  return g_test_run ();
}
