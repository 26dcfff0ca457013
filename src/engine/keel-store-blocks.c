/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-store-private.h"

#include <string.h>

/* The hashes of blocks, in the table `blocks` (keel-store-schema.c says what a row is).
 *
 * They are saved before the number of durable bytes that covers them, by a call before that call;
 * then whatever crashes when, no block that counts lacks its hash. What a row has for other blocks
 * stays. They are forgotten with the row of the task that says that nothing in the part file counts
 * any more, or that it is none of the task's, in the same transaction: so the hashes of one version
 * of a file are never taken for those of another.
 *
 * All but the functions of the last part run in the lane's thread. */

#define ROW_BLOCKS 64
#define HASH_BYTES 8

typedef struct {
  gint64 task;
  char *file;
  GArray *hashes;      /* (owned) of KeelBlockHash: to be saved; of guint64: those that are known */
  KeelStoreFunc saved; /* (nullable) */
  KeelStoreBlocksFunc loaded; /* (nullable) */
  gpointer user_data;
  gboolean is_loaded;
} Blocks;

/* --- the lane's thread ----------------------------------------------------------------------- */

static gboolean
fail (KeelStore *self)
{
  return keel_store_set_error (self, "The hashes of blocks cannot be used");
}

static sqlite3_stmt *
prepare (KeelStore    *self,
         const char   *sql,
         const Blocks *blocks,
         gint64        first)
{
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) != SQLITE_OK)
    {
      fail (self);
      return NULL;
    }
  sqlite3_bind_int64 (statement, 1, blocks->task);
  sqlite3_bind_blob64 (statement, 2, blocks->file, strlen (blocks->file), SQLITE_STATIC);
  if (first >= 0)
    sqlite3_bind_int64 (statement, 3, first);
  return statement;
}

/* Ends @statement, the last step of which gave @result. */
static gboolean
finish (KeelStore    *self,
        sqlite3_stmt *statement,
        int           result)
{
  gboolean ok = result == SQLITE_DONE || result == SQLITE_ROW || fail (self);

  sqlite3_finalize (statement);
  return ok;
}

/* What the row that begins with block @first has already; FALSE with the error set. */
static gboolean
read_row (KeelStore    *self,
          const Blocks *blocks,
          gint64        first,
          guint64       row[ROW_BLOCKS],
          gsize        *out_count)
{
  sqlite3_stmt *statement = prepare (
    self, "SELECT hashes FROM blocks WHERE task = ? AND file = ? AND first = ?", blocks, first);
  int result;

  *out_count = 0;
  if (statement == NULL)
    return FALSE;
  result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    {
      gsize bytes = (gsize) sqlite3_column_bytes (statement, 0);

      *out_count = MIN (bytes / HASH_BYTES, ROW_BLOCKS);
      if (*out_count > 0)
        memcpy (row, sqlite3_column_blob (statement, 0), *out_count * HASH_BYTES);
    }
  return finish (self, statement, result);
}

static gboolean
write_row (KeelStore     *self,
           const Blocks  *blocks,
           gint64         first,
           const guint64 *row,
           gsize          count)
{
  sqlite3_stmt *statement = prepare (self, "REPLACE INTO blocks VALUES (?, ?, ?, ?)", blocks,
                                     first);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_blob64 (statement, 4, row, count * HASH_BYTES, SQLITE_STATIC);
  return finish (self, statement, sqlite3_step (statement));
}

static gboolean
apply_save (KeelStore *self,
            gpointer   data)
{
  const Blocks *blocks = data;

  for (guint i = 0; i < blocks->hashes->len;)
    {
      guint64 row[ROW_BLOCKS] = { 0 };
      guint64 first = g_array_index (blocks->hashes, KeelBlockHash, i).number / ROW_BLOCKS *
                      ROW_BLOCKS;
      gsize count;

      if (!read_row (self, blocks, (gint64) first, row, &count))
        return FALSE;
      for (; i < blocks->hashes->len; i++)
        {
          const KeelBlockHash *block = &g_array_index (blocks->hashes, KeelBlockHash, i);

          if (block->number / ROW_BLOCKS * ROW_BLOCKS != first)
            break;
          row[block->number - first] = GUINT64_TO_LE (block->hash);
          count = MAX (count, (gsize) (block->number - first) + 1);
        }
      if (!write_row (self, blocks, (gint64) first, row, count))
        return FALSE;
    }
  return TRUE;
}

static gboolean
apply_load (KeelStore *self,
            gpointer   data)
{
  Blocks *blocks = data;
  sqlite3_stmt *statement = prepare (self,
                                     "SELECT first, hashes FROM blocks WHERE task = ? AND file = ?",
                                     blocks, -1);
  int result;

  if (statement == NULL)
    return FALSE;
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      guint64 first = (guint64) sqlite3_column_int64 (statement, 0);
      const guint8 *bytes = sqlite3_column_blob (statement, 1);
      gsize count = MIN ((gsize) sqlite3_column_bytes (statement, 1) / HASH_BYTES, ROW_BLOCKS);

      for (gsize i = 0; i < count && first < blocks->hashes->len - i; i++)
        {
          guint64 hash;

          memcpy (&hash, bytes + i * HASH_BYTES, sizeof hash);
          g_array_index (blocks->hashes, guint64, first + i) = GUINT64_FROM_LE (hash);
        }
    }
  blocks->is_loaded = result == SQLITE_DONE;
  return finish (self, statement, result);
}

static void
bind_name (sqlite3_stmt *statement,
           int           column,
           const char   *name,
           gboolean      counts)
{
  if (name != NULL && counts)
    sqlite3_bind_blob64 (statement, column, name, strlen (name), SQLITE_STATIC);
}

/* Keeps only the hashes of part files of which, as @record says, something counts. */
gboolean
keel_store_trim_blocks (KeelStore                *self,
                        const KeelTransferRecord *record)
{
  sqlite3_stmt *trim = keel_store_prepare (self, "DELETE FROM blocks WHERE task = ?"
                                                 " AND file IS NOT ? AND file IS NOT ?");

  if (trim == NULL)
    return FALSE;
  sqlite3_bind_int64 (trim, 1, record->id);
  bind_name (trim, 2, record->part_name, keel_transfer_record_get_durable (record) > 0);
  bind_name (trim, 3, record->spare_name, keel_transfer_record_has_aside (record));
  return keel_store_finish (self, trim);
}

/* --- the owner's thread ---------------------------------------------------------------------- */

static void
done_cb (const GError *error,
         gpointer      user_data)
{
  Blocks *blocks = user_data;

  if (blocks->saved != NULL)
    blocks->saved (error, blocks->user_data);
  /* What was read is good, although a full disk may let the transaction around it fail. */
  if (blocks->is_loaded)
    blocks->loaded (g_steal_pointer (&blocks->hashes), NULL, blocks->user_data);
  else if (blocks->loaded != NULL)
    blocks->loaded (NULL, error, blocks->user_data);
  g_clear_pointer (&blocks->hashes, g_array_unref);
  g_free (blocks->file);
  g_free (blocks);
}

static Blocks *
blocks_new (gint64      task,
            const char *file,
            GArray     *hashes,
            gpointer    user_data)
{
  Blocks *blocks = g_new0 (Blocks, 1);

  blocks->task = task;
  blocks->file = g_strdup (file);
  blocks->hashes = hashes;
  blocks->user_data = user_data;
  return blocks;
}

/* Saves the hashes of some blocks, in the order of their numbers, of the part file @file of @task.
 * @hashes (element-type KeelBlockHash) are taken over. */
void
keel_store_save_blocks (KeelStore     *self,
                        gint64         task,
                        const char    *file,
                        GArray        *hashes,
                        KeelStoreFunc  func,
                        gpointer       user_data)
{
  Blocks *blocks = blocks_new (task, file, hashes, user_data);

  blocks->saved = func;
  keel_store_push (self, apply_save, blocks, done_cb, blocks);
}

/* Gives those of the first @count blocks of @file; 0 for one that is not there. */
void
keel_store_load_blocks (KeelStore           *self,
                        gint64               task,
                        const char          *file,
                        guint                count,
                        KeelStoreBlocksFunc  func,
                        gpointer             user_data)
{
  GArray *hashes = g_array_new (FALSE, TRUE, sizeof (guint64));
  Blocks *blocks = blocks_new (task, file, hashes, user_data);

  g_array_set_size (hashes, count);
  blocks->loaded = func;
  keel_store_push (self, apply_load, blocks, done_cb, blocks);
}
