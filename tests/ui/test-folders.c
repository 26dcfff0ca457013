/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <glib/gstdio.h>

#include "keel-config.h"
#include "keel-download-folder.h"
#include "keel-folder-check.h"

/* Folders for downloads: whether files can be put there, and which one is meant. No display. */

typedef struct {
  gboolean is_there;
  gboolean ok;
  guint64 free_bytes;
  guint64 size_bytes;
  GError *error; /* (owned) (nullable) */
} Outcome;

static void
checked_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Outcome *outcome = user_data;

  outcome->ok = keel_folder_check_finish (result, &outcome->free_bytes, &outcome->size_bytes,
                                          &outcome->error);
  outcome->is_there = TRUE;
}

static Outcome
check (GFile        *folder,
       GCancellable *cancellable)
{
  Outcome outcome = { FALSE };

  keel_folder_check_async (folder, cancellable, checked_cb, &outcome);
  while (!outcome.is_there)
    g_main_context_iteration (NULL, TRUE);

  return outcome;
}

static void
test_a_good_one (void)
{
  g_autofree char *path = g_dir_make_tmp ("keel-folders-XXXXXX", NULL);
  g_autoptr (GFile) folder = g_file_new_for_path (path);
  g_autoptr (GFile) missing = g_file_get_child (folder, "not/there/yet");
  Outcome outcome = check (folder, NULL);
  Outcome later = check (missing, NULL);

  g_assert_no_error (outcome.error);
  g_assert_true (outcome.ok);
  g_assert_cmpuint (outcome.size_bytes, >, 0);
  g_assert_cmpuint (outcome.free_bytes, <=, outcome.size_bytes);

  /* One that is not there yet is as good as the one that it would be made in, and is not made. */
  g_assert_true (later.ok);
  g_assert_cmpuint (later.size_bytes, ==, outcome.size_bytes);

  /* Nothing is left: an empty folder can be removed. */
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

static void
test_bad_ones (void)
{
  g_autoptr (GFile) proc = g_file_new_for_path ("/proc");
  g_autoptr (GFile) file = g_file_new_for_path ("/dev/null");
  g_autoptr (GFile) elsewhere = g_file_new_for_uri ("sftp://example.org/folder");
  GFile *const folders[] = { proc, file, elsewhere };

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      Outcome outcome = check (folders[i], NULL);

      g_assert_false (outcome.ok);
      g_assert_nonnull (outcome.error);
      g_clear_error (&outcome.error);
    }
}

static void
test_nobody_waits (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GFile) folder = g_file_new_for_path (g_get_tmp_dir ());
  Outcome outcome;

  g_cancellable_cancel (cancellable);
  outcome = check (folder, cancellable);
  g_assert_error (outcome.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&outcome.error);
}

/* The last one is remembered until somebody says where all go. */
static void
test_the_last_one (void)
{
  g_autoptr (GSettings) settings = g_settings_new (KEEL_APP_ID);
  g_autoptr (GFile) usual = keel_download_folder_dup (settings);
  g_autoptr (GFile) boats = g_file_new_for_path ("/srv/boats");
  g_autoptr (GFile) first = NULL;
  g_autoptr (GFile) last = keel_download_folder_dup_remembered (settings);
  g_autoptr (GFile) now = NULL;

  g_assert_null (last);
  keel_download_folder_remember (settings, boats);
  last = keel_download_folder_dup_remembered (settings);
  g_assert_true (g_file_equal (last, boats));
  first = keel_download_folder_dup (settings);
  g_assert_true (g_file_equal (first, usual));

  keel_download_folder_set (settings, boats);
  now = keel_download_folder_dup (settings);
  g_assert_true (g_file_equal (now, boats));
  g_clear_object (&last);
  last = keel_download_folder_dup_remembered (settings);
  g_assert_null (last);

  keel_download_folder_remember (settings, boats);
  keel_download_folder_remember (settings, NULL);
  g_assert_null (keel_download_folder_dup_remembered (settings));

  /* The desktop's own is not written down. */
  keel_download_folder_set (settings, usual);
  g_assert_null (g_settings_get_user_value (settings, "download-folder"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/folders/good", test_a_good_one);
  g_test_add_func ("/folders/bad", test_bad_ones);
  g_test_add_func ("/folders/nobody-waits", test_nobody_waits);
  g_test_add_func ("/folders/the-last-one", test_the_last_one);

  return g_test_run ();
}
