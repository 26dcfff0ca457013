/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-engine-private.h"

#include "keel-folder-list.h"
#include "keel-part-label.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What the engine leaves beside the database, so that it can be made anew when it is lost: the list
 * of folders with part files, and labels where a part file has no room for its own. Both are
 * written while transfers run (keel-folder-list.c, keel-part-label.c). Here, at a start after an
 * orderly end, what no task needs any more is dropped from them; after any other end the database
 * may know less than they do. */

/* The folder into which goes what names none. It is looked through when even the list of folders is
 * lost. Before keel_engine_open(). */
void
keel_engine_set_downloads_dir (KeelEngine *self,
                               const char *dir)
{
  g_free (self->downloads_dir);
  self->downloads_dir = g_strdup (dir);
}

/* Before the database is opened, which may need it. */
void
keel_engine_prepare_traces (KeelEngine *self,
                            const char *state_dir)
{
  g_autofree char *labels_dir = g_build_filename (state_dir, "labels", NULL);

  self->machinery.state_dir = g_intern_string (state_dir);
  self->machinery.labels_dir = g_intern_string (labels_dir);
  if (self->downloads_dir != NULL)
    keel_folder_list_note (state_dir, self->downloads_dir);
}

static void
remove_stale_labels (KeelEngine *self,
                     GHashTable *tokens)
{
  const char *labels_dir = self->machinery.labels_dir;
  g_autoptr (GDir) dir = g_dir_open (labels_dir, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (labels_dir, name, NULL);

      if (!g_hash_table_contains (tokens, name) && unlink (path) != 0)
        g_info ("%s: %s", path, g_strerror (errno));
    }
}

/* Keeps what belongs to tasks that have, or may get, a part file. */
void
keel_engine_tidy_traces (KeelEngine *self)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) tokens = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) dirs = g_ptr_array_new ();

  if (self->downloads_dir != NULL && g_hash_table_add (known, self->downloads_dir))
    g_ptr_array_add (dirs, self->downloads_dir);
  for (guint i = 0; i < self->transfers->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (self->transfers, i);
      const KeelTransferRecord *record = keel_transfer_get_record (transfer);

      if (record->part_name == NULL)
        continue;
      g_hash_table_add (tokens, record->token);
      if (record->part_ino != 0 && g_hash_table_add (known, record->dir))
        g_ptr_array_add (dirs, record->dir);
    }
  keel_folder_list_write (self->machinery.state_dir, dirs);
  remove_stale_labels (self, tokens);
}
