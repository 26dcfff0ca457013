/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-engine-private.h"

#include "keel-part-file.h"
#include "keel-task-error.h"
#include "keel-uri.h"

#include <errno.h>
#include <string.h>

/* The engine's lists: sessions and tasks, and the order of those that wait. */

/* --- sessions -------------------------------------------------------------------------------- */

/* The session of @identifier for @app, made if there is none; it is on disk before any task of it,
 * because the store keeps the order of what it is given. (transfer none) */
const KeelSessionRecord *
keel_engine_open_session (KeelEngine *self,
                          const char *app,
                          const char *identifier)
{
  g_autofree char *token = NULL;
  KeelSessionRecord *session;

  for (guint i = 0; i < self->sessions->len; i++)
    {
      session = g_ptr_array_index (self->sessions, i);
      if (strcmp (session->app, app) == 0 && strcmp (session->identifier, identifier) == 0)
        return session;
    }
  token = keel_part_file_dup_random_token ();
  session = keel_session_record_new (++self->last_session_id, app, identifier, token);
  g_ptr_array_add (self->sessions, session);
  keel_store_save_session (self->machinery.store, session, NULL, NULL);
  return session;
}

/* Notes how it is known whose the session is. @token_hash is copied, and may be NULL. */
void
keel_engine_identify_session (KeelEngine *self,
                              gint64      session_id,
                              const char *token_hash,
                              gboolean    is_verified)
{
  KeelSessionRecord *session = (KeelSessionRecord *) keel_engine_get_session (self, session_id);

  if (g_strcmp0 (session->token_hash, token_hash) == 0 && session->is_verified == is_verified)
    return;
  g_free (session->token_hash);
  session->token_hash = g_strdup (token_hash);
  session->is_verified = is_verified;
  keel_store_save_session (self->machinery.store, session, NULL, NULL);
}

/* (transfer none) (nullable) */
const KeelSessionRecord *
keel_engine_get_session (KeelEngine *self,
                         gint64      session_id)
{
  for (guint i = 0; i < self->sessions->len; i++)
    {
      const KeelSessionRecord *session = g_ptr_array_index (self->sessions, i);

      if (session->id == session_id)
        return session;
    }
  return NULL;
}

/* Those of @app, or of all when that is NULL. (transfer container) (element-type KeelSessionRecord)
 */
GPtrArray *
keel_engine_dup_sessions (KeelEngine *self,
                          const char *app)
{
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < self->sessions->len; i++)
    {
      KeelSessionRecord *session = g_ptr_array_index (self->sessions, i);

      if (app == NULL || strcmp (session->app, app) == 0)
        g_ptr_array_add (found, session);
    }
  return found;
}

/* --- adding ---------------------------------------------------------------------------------- */

static char *
addition_key (gint64      session_id,
              const char *nonce)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT " %s", session_id, nonce);
}

static void
forget_addition (KeelEngine         *self,
                 KeelAdditionRecord *addition)
{
  g_autofree char *key = NULL;

  if (addition == NULL)
    return;
  key = addition_key (addition->session_id, addition->nonce);
  g_queue_remove (&self->additions_by_age, addition);
  g_hash_table_remove (self->additions, key);
}

/* Takes @addition over, and forgets those that are too old, as the database does. */
void
keel_engine_remember_addition (KeelEngine         *self,
                               KeelAdditionRecord *addition)
{
  char *key = addition_key (addition->session_id, addition->nonce);
  gint64 oldest_usec = keel_clock_get_wall_usec (self->machinery.clock) -
                       KEEL_STORE_NONCE_LIFE_SECONDS * (gint64) G_USEC_PER_SEC;
  KeelAdditionRecord *oldest;

  forget_addition (self, g_hash_table_lookup (self->additions, key));
  while ((oldest = g_queue_peek_head (&self->additions_by_age)) != NULL &&
         oldest->created_usec < oldest_usec)
    forget_addition (self, oldest);
  g_queue_push_tail (&self->additions_by_age, addition);
  g_hash_table_insert (self->additions, key, addition);
}

/* Whether a call with this nonce has been answered before, and how. */
gboolean
keel_engine_find_addition (KeelEngine *self,
                           gint64      session_id,
                           const char *nonce,
                           gint64     *out_first_id,
                           guint      *out_count)
{
  g_autofree char *key = addition_key (session_id, nonce);
  const KeelAdditionRecord *addition = g_hash_table_lookup (self->additions, key);

  if (addition == NULL)
    return FALSE;
  *out_first_id = addition->first_id;
  *out_count = addition->count;
  return TRUE;
}

/* What may be wrong with one of them is told without the link: a password may be in it. */
static gboolean
check_mirrors (const char  *mirrors,
               GError     **error)
{
  g_auto (GStrv) uris = g_strsplit (mirrors, "\n", -1);

  for (guint i = 0; uris[i] != NULL; i++)
    {
      g_autoptr (GError) bad_uri = NULL;

      if (i >= KEEL_TRANSFER_MOST_MIRRORS)
        {
          g_set_error (error, KEEL_ERROR, KEEL_ERROR_LIMITS_EXCEEDED,
                       "A task has at most %d mirrors", KEEL_TRANSFER_MOST_MIRRORS);
          return FALSE;
        }
      if (keel_uri_check (uris[i], &bad_uri))
        continue;
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_BAD_URI, "Mirror %u: %s", i + 1, bad_uri->message);
      return FALSE;
    }
  return TRUE;
}

/* Whether @record can become a task: KEEL_ERROR_BAD_URI, KEEL_ERROR_BAD_DESTINATION,
 * KEEL_ERROR_INVALID_ARGUMENT, KEEL_ERROR_LIMITS_EXCEEDED. */
gboolean
keel_engine_check_record (const KeelTransferRecord  *record,
                          GError                   **error)
{
  g_autoptr (GError) bad_uri = NULL;

  if (!keel_uri_check (record->uri, &bad_uri))
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_BAD_URI, "%s: %s", bad_uri->message,
                   record->uri != NULL ? record->uri : "");
      return FALSE;
    }
  /* The path of another one is no word of the caller's. */
  if (record->folder_kind == KEEL_FOLDER_NAMED &&
      (record->dir == NULL || !g_path_is_absolute (record->dir)))
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_BAD_DESTINATION,
                   "The folder must be an absolute path, not “%s”",
                   record->dir != NULL ? record->dir : "");
      return FALSE;
    }
  if (record->max_connections > KEEL_TRANSFER_MOST_CONNECTIONS)
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                   "A task has at most %d connections", KEEL_TRANSFER_MOST_CONNECTIONS);
      return FALSE;
    }
  return record->mirrors == NULL || check_mirrors (record->mirrors, error);
}

typedef struct {
  KeelEngineFunc func;
  gpointer user_data;
} Caller;

typedef struct {
  KeelEngine *engine;           /* (owned) */
  GPtrArray *records;           /* (owned) (element-type KeelTransferRecord) */
  KeelAdditionRecord *addition; /* (owned) (nullable) */
  char *key;                    /* (owned) (nullable) of addition, while it is pending */
  gint64 first_id;
  GArray *callers; /* (owned) (element-type Caller) more than one if the call was repeated */
} Addition;

static void
add_caller (Addition       *addition,
            KeelEngineFunc  func,
            gpointer        user_data)
{
  Caller caller = { func, user_data };

  g_array_append_val (addition->callers, caller);
}

static void
enter_records (KeelEngine *self,
               GPtrArray  *records)
{
  g_autoptr (GPtrArray) entered = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_set_free_func (records, NULL);
  for (guint i = 0; i < records->len; i++)
    g_ptr_array_add (entered,
                     g_object_ref (keel_engine_append (self, g_ptr_array_index (records, i))));
  for (guint i = 0; i < entered->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (entered, i);

      if (self->is_started && !self->is_stopping)
        keel_transfer_recover (transfer);
      /* Also for those that were created paused, of which recovery has nothing to say. */
      g_signal_emit_by_name (self, "transfer-changed", transfer);
    }
}

static void
added_cb (const GError *error,
          gpointer      user_data)
{
  Addition *addition = user_data;

  if (addition->key != NULL)
    g_hash_table_remove (addition->engine->pending, addition->key);
  if (error == NULL)
    {
      enter_records (addition->engine, addition->records);
      if (addition->addition != NULL)
        keel_engine_remember_addition (addition->engine, g_steal_pointer (&addition->addition));
    }
  for (guint i = 0; i < addition->callers->len; i++)
    {
      Caller *caller = &g_array_index (addition->callers, Caller, i);

      caller->func (addition->engine, error, caller->user_data);
    }
  g_clear_pointer (&addition->addition, keel_addition_record_free);
  g_array_unref (addition->callers);
  g_free (addition->key);
  g_ptr_array_unref (addition->records);
  g_object_unref (addition->engine);
  g_free (addition);
}

static void
fill_in (KeelEngine         *self,
         gint64              session_id,
         KeelTransferRecord *record)
{
  record->id = ++self->last_id;
  record->session_id = session_id;
  keel_engine_fill_in_folder (self, session_id, record);
  record->part_name = keel_part_file_dup_random_name ();
  record->spare_name = keel_part_file_dup_random_name ();
  record->token = keel_part_file_dup_random_token ();
  record->created_usec = keel_clock_get_wall_usec (self->machinery.clock);
  record->spent_at_usec = record->created_usec;
  record->conflict_usec = g_get_real_time ();
  /* Behind those that were moved to the end. */
  record->place = self->last_place;
}

/* The same call once more, before the first has been answered? */
static Addition *
find_pending (KeelEngine *self,
              gint64      session_id,
              const char *nonce)
{
  g_autofree char *key = nonce != NULL ? addition_key (session_id, nonce) : NULL;

  return key != NULL ? g_hash_table_lookup (self->pending, key) : NULL;
}

static Addition *
addition_new (KeelEngine *self,
              gint64      session_id,
              GPtrArray  *records,
              const char *nonce)
{
  Addition *addition = g_new0 (Addition, 1);

  addition->engine = g_object_ref (self);
  addition->records = records;
  addition->first_id = self->last_id + 1;
  addition->callers = g_array_new (FALSE, FALSE, sizeof (Caller));
  for (guint i = 0; i < records->len; i++)
    fill_in (self, session_id, g_ptr_array_index (records, i));
  if (nonce == NULL)
    return addition;
  addition->addition = g_new0 (KeelAdditionRecord, 1);
  addition->addition->session_id = session_id;
  addition->addition->nonce = g_strdup (nonce);
  addition->addition->first_id = addition->first_id;
  addition->addition->count = records->len;
  addition->addition->created_usec = keel_clock_get_wall_usec (self->machinery.clock);
  addition->key = addition_key (session_id, nonce);
  g_hash_table_insert (self->pending, addition->key, addition);
  return addition;
}

/* Adds @records (taken over, checked by the caller, with uri, dir and whatever else was asked for)
 * as tasks with consecutive ids, of which the first is returned. All or nothing: they exist when
 * @func comes without error, and then they are on disk. @nonce may be NULL; a call that repeats
 * one which is not answered yet adds nothing and is answered with it. */
gint64
keel_engine_add (KeelEngine     *self,
                 gint64          session_id,
                 GPtrArray      *records,
                 const char     *nonce,
                 KeelEngineFunc  func,
                 gpointer        user_data)
{
  Addition *addition = find_pending (self, session_id, nonce);

  if (addition != NULL)
    {
      g_ptr_array_unref (records);
      add_caller (addition, func, user_data);
      return addition->first_id;
    }
  addition = addition_new (self, session_id, records, nonce);
  add_caller (addition, func, user_data);
  keel_store_save_batch (self->machinery.store, keel_engine_get_session (self, session_id), records,
                         addition->addition, added_cb, addition);
  return addition->first_id;
}

typedef struct {
  KeelJob job;
  char *dir; /* (owned) */
} MakeFolder;

static void
make_folder_run (KeelJob *job)
{
  MakeFolder *op = (MakeFolder *) job;

  /* If it cannot be made, the transfers that want it say so. */
  if (g_mkdir_with_parents (op->dir, 0755) != 0)
    g_info ("%s: %s", op->dir, g_strerror (errno));
}

static void
make_folder_done (KeelJob *job)
{
  g_free (((MakeFolder *) job)->dir);
  g_free (job);
}

/* Makes the folder, before anything that is started later goes there. For the folder of our own
 * choice; one that the user named is never made. */
void
keel_engine_make_folder (KeelEngine *self,
                         const char *dir)
{
  MakeFolder *op = g_new0 (MakeFolder, 1);

  op->job.run = make_folder_run;
  op->job.done = make_folder_done;
  op->dir = g_strdup (dir);
  keel_disks_push (self->machinery.disks, dir, &op->job);
}

/* --- the list -------------------------------------------------------------------------------- */

/* All of them, by id. (transfer none) (element-type KeelTransfer) */
GPtrArray *
keel_engine_get_transfers (KeelEngine *self)
{
  return self->transfers;
}

/* The index of the first whose id is above @id; the length of the list if there is none. */
guint
keel_engine_find_after (KeelEngine *self,
                        gint64      id)
{
  guint low = 0;
  guint high = self->transfers->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      KeelTransfer *transfer = g_ptr_array_index (self->transfers, middle);

      if (keel_transfer_get_record (transfer)->id > id)
        high = middle;
      else
        low = middle + 1;
    }
  return low;
}

/* (transfer none) (nullable): also NULL for one that is being deleted. */
KeelTransfer *
keel_engine_get_transfer (KeelEngine *self,
                          gint64      id)
{
  guint index = keel_engine_find_after (self, id - 1);
  KeelTransfer *transfer;

  if (index >= self->transfers->len)
    return NULL;
  transfer = g_ptr_array_index (self->transfers, index);
  if (keel_transfer_get_record (transfer)->id != id ||
      keel_transfer_get_record (transfer)->state == KEEL_TRANSFER_DELETING)
    return NULL;
  return transfer;
}

/* Before, or behind, all others of its application that are as important. A new one comes behind
 * the last. */
void
keel_engine_move (KeelEngine   *self,
                  KeelTransfer *transfer,
                  KeelPosition  position)
{
  keel_transfer_set_place (transfer, position == KEEL_POSITION_FIRST ? --self->first_place :
                                                                       ++self->last_place);
}

/* --- answers --------------------------------------------------------------------------------- */

/* The caller sets how many answers it waits for before the main loop turns. It frees itself. */
KeelEngineBatch *
keel_engine_batch_new (KeelEngine     *self,
                       KeelEngineFunc  func,
                       gpointer        user_data)
{
  KeelEngineBatch *batch = g_new0 (KeelEngineBatch, 1);

  batch->engine = g_object_ref (self);
  batch->func = func;
  batch->user_data = user_data;
  return batch;
}

void
keel_engine_batch_saved_cb (const GError *error,
                            gpointer      user_data)
{
  KeelEngineBatch *batch = user_data;

  if (error != NULL && batch->error == NULL)
    batch->error = g_error_copy (error);
  if (--batch->n_unsaved > 0)
    return;
  batch->func (batch->engine, batch->error, batch->user_data);
  g_clear_error (&batch->error);
  g_object_unref (batch->engine);
  g_free (batch);
}
