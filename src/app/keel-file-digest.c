/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-file-digest.h"

/* The checksum of a file, computed in a thread: it takes as long as the disk and the algorithm
 * do. How far it has come is a number that both look at; nobody waits for anybody. */

#define BLOCK_BYTES (1024 * 1024)

static const struct {
  const char *name;
  GChecksumType type;
} ALGORITHMS[] = {
  { "md5", G_CHECKSUM_MD5 },
  { "sha-1", G_CHECKSUM_SHA1 },
  { "sha-256", G_CHECKSUM_SHA256 },
  { "sha-512", G_CHECKSUM_SHA512 },
};

typedef struct {
  GChecksumType type;
  int *permille; /* (owned), an atomic box */
} Digest;

static void
digest_free (Digest *digest)
{
  g_atomic_rc_box_release (digest->permille);
  g_free (digest);
}

static gboolean
read_all (GInputStream  *stream,
          GChecksum     *checksum,
          goffset        size,
          int           *permille,
          GCancellable  *cancellable,
          GError       **error)
{
  g_autofree guchar *block = g_malloc (BLOCK_BYTES);
  goffset done = 0;
  gssize length;

  while ((length = g_input_stream_read (stream, block, BLOCK_BYTES, cancellable, error)) > 0)
    {
      g_checksum_update (checksum, block, length);
      done += length;
      if (size > 0)
        g_atomic_int_set (permille, (int) (MIN (done, size) * 1000 / size));
    }

  return length == 0;
}

static void
digest_run (GTask        *task,
            gpointer      source,
            gpointer      task_data,
            GCancellable *cancellable)
{
  Digest *digest = task_data;
  g_autoptr (GChecksum) checksum = g_checksum_new (digest->type);
  g_autoptr (GFileInputStream) stream = NULL;
  g_autoptr (GFileInfo) info = NULL;
  GError *error = NULL;
  goffset size = 0;

  stream = g_file_read (G_FILE (source), cancellable, &error);
  if (stream != NULL)
    info = g_file_input_stream_query_info (stream, G_FILE_ATTRIBUTE_STANDARD_SIZE, cancellable,
                                           NULL);
  if (info != NULL)
    size = g_file_info_get_size (info);

  if (stream != NULL &&
      read_all (G_INPUT_STREAM (stream), checksum, size, digest->permille, cancellable, &error))
    g_task_return_pointer (task, g_strdup (g_checksum_get_string (checksum)), g_free);
  else
    g_task_return_error (task, error);
}

/* @algorithm: one of those that keel_checksum_text_parse() knows
 * @permille: made with g_atomic_rc_box_new0(); how much has been read, to be read with
 *   g_atomic_int_get() */
void
keel_file_digest_async (GFile               *file,
                        const char          *algorithm,
                        int                 *permille,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (file, cancellable, callback, user_data);
  Digest *digest = g_new0 (Digest, 1);

  g_task_set_source_tag (task, keel_file_digest_async);
  for (guint i = 0; i < G_N_ELEMENTS (ALGORITHMS); i++)
    {
      if (g_str_equal (ALGORITHMS[i].name, algorithm))
        digest->type = ALGORITHMS[i].type;
    }
  digest->permille = g_atomic_rc_box_acquire (permille);
  g_task_set_task_data (task, digest, (GDestroyNotify) digest_free);
  g_task_run_in_thread (task, digest_run);
}

/* Returns: (transfer full): hexadecimal digits in lower case */
char *
keel_file_digest_finish (GAsyncResult  *result,
                         GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
