/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-quota.h"

#include "keel-config.h"
#include "keel-task-error.h"

#include <string.h>

/* How many tasks an application may have. Ours, and programs that say nothing of themselves, are
 * the user: they have a limit only so that a mistake in a script ends before the memory does. Any
 * other application has one for what it wants to be done, and one for what is kept of it, ended
 * tasks included, until it takes them out of its list.
 *
 * The tasks of other applications are counted as they change, because there may be a hundred
 * thousand of the user's beside them. Those that are being added count from when they are asked
 * for, so that many calls at once are not each told that there is room. */

#define HOST_APP "host"
#define MOST_TASKS_OF_OURS 100000
#define MOST_TASKS 1000
#define MOST_BYTES (8 * 1024 * 1024)
/* What a task takes beside its texts. */
#define TASK_BYTES 1024

struct _KeelQuota {
  KeelEngine *engine;  /* (owned) */
  GHashTable *tallies; /* (owned) application, interned -> Tally */
  GHashTable *counted; /* (owned) KeelTransfer -> Count */
  gboolean has_begun;
};

typedef struct {
  guint live;
  guint64 bytes;
} Tally;

/* What a transfer was counted as. */
typedef struct {
  Tally *tally;
  gboolean is_live;
  guint64 bytes;
} Count;

static gboolean
is_foreign (const char *app)
{
  return strcmp (app, HOST_APP) != 0 && strcmp (app, KEEL_APP_ID) != 0;
}

static gboolean
is_live (const KeelTransferRecord *record)
{
  return record->state < KEEL_TRANSFER_FINISHED;
}

static guint64
get_bytes (const KeelTransferRecord *record)
{
  const char *const texts[] = {
    record->uri,    record->mirrors,       record->headers, record->dir,
    record->wanted, record->title,         record->user,    record->user_data,
    record->etag,   record->error_details, record->group,
  };
  guint64 bytes = TASK_BYTES;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i] != NULL)
      bytes += strlen (texts[i]);
  return bytes;
}

/* --- counting -------------------------------------------------------------------------------- */

static Tally *
get_tally (KeelQuota  *self,
           const char *app)
{
  const char *interned = g_intern_string (app);
  Tally *tally = g_hash_table_lookup (self->tallies, interned);

  if (tally == NULL)
    {
      tally = g_new0 (Tally, 1);
      g_hash_table_insert (self->tallies, (gpointer) interned, tally);
    }
  return tally;
}

static void
forget (KeelQuota    *self,
        KeelTransfer *transfer)
{
  Count *count = g_hash_table_lookup (self->counted, transfer);

  if (count == NULL)
    return;
  count->tally->live -= count->is_live;
  count->tally->bytes -= count->bytes;
  g_hash_table_remove (self->counted, transfer);
}

static void
count_transfer (KeelQuota    *self,
                KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  Count *count;

  if (!is_foreign (record->app))
    return;
  count = g_hash_table_lookup (self->counted, transfer);
  if (count == NULL)
    {
      count = g_new0 (Count, 1);
      count->tally = get_tally (self, record->app);
      g_hash_table_insert (self->counted, transfer, count);
    }
  count->tally->live -= count->is_live;
  count->tally->bytes -= count->bytes;
  count->is_live = is_live (record);
  count->bytes = get_bytes (record);
  count->tally->live += count->is_live;
  count->tally->bytes += count->bytes;
}

static void
transfer_changed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelQuota    *self)
{
  if (self->has_begun)
    count_transfer (self, transfer);
}

static void
transfer_removed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelQuota    *self)
{
  forget (self, transfer);
}

/* What was there before the first call. */
static void
begin (KeelQuota *self)
{
  GPtrArray *transfers = keel_engine_get_transfers (self->engine);

  for (guint i = 0; i < transfers->len; i++)
    count_transfer (self, g_ptr_array_index (transfers, i));
  self->has_begun = TRUE;
}

KeelQuota *
keel_quota_new (KeelEngine *engine)
{
  KeelQuota *self = g_new0 (KeelQuota, 1);

  self->engine = g_object_ref (engine);
  self->tallies = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->counted = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_signal_connect (engine, "transfer-changed", G_CALLBACK (transfer_changed_cb), self);
  g_signal_connect (engine, "transfer-removed", G_CALLBACK (transfer_removed_cb), self);
  return self;
}

void
keel_quota_free (KeelQuota *self)
{
  g_signal_handlers_disconnect_by_data (self->engine, self);
  g_hash_table_unref (self->counted);
  g_hash_table_unref (self->tallies);
  g_object_unref (self->engine);
  g_free (self);
}

/* --- asking ---------------------------------------------------------------------------------- */

static gboolean
refuse (GError     **error,
        const char  *message)
{
  g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_LIMITS_EXCEEDED, message);
  return FALSE;
}

/* The list is short nearly always, and then it need not be looked through. */
static gboolean
have_we_room (KeelQuota   *self,
              const char  *app,
              guint        n_tasks,
              GError     **error)
{
  GPtrArray *transfers = keel_engine_get_transfers (self->engine);
  guint live = 0;

  if (transfers->len + n_tasks <= MOST_TASKS_OF_OURS)
    return TRUE;
  for (guint i = 0; i < transfers->len; i++)
    {
      const KeelTransferRecord *record = keel_transfer_get_record (
        g_ptr_array_index (transfers, i));

      live += strcmp (record->app, app) == 0 && is_live (record);
    }
  return live + n_tasks <= MOST_TASKS_OF_OURS ||
         refuse (error, "There are at most 100,000 transfers at once");
}

/* Whether so much more may be kept of the transfers of @app. KEEL_ERROR_LIMITS_EXCEEDED. */
gboolean
keel_quota_check_growth (KeelQuota   *self,
                         const char  *app,
                         gsize        bytes,
                         GError     **error)
{
  if (!is_foreign (app))
    return TRUE;
  if (!self->has_begun)
    begin (self);
  return get_tally (self, app)->bytes + bytes <= MOST_BYTES ||
         refuse (error, "What is kept of an application's transfers has at most 8 MiB; take"
                        " ended ones out of the list");
}

/* Whether @app may have @records (element-type KeelTransferRecord) as well; if so they are counted
 * as @out_share until that is given back, which is when they are tasks or were refused.
 * KEEL_ERROR_LIMITS_EXCEEDED. */
gboolean
keel_quota_take (KeelQuota   *self,
                 const char  *app,
                 GPtrArray   *records,
                 KeelShare   *out_share,
                 GError     **error)
{
  gsize bytes = 0;
  Tally *tally;

  *out_share = (KeelShare) { 0 };
  if (!is_foreign (app))
    return have_we_room (self, app, records->len, error);
  if (!self->has_begun)
    begin (self);
  tally = get_tally (self, app);
  for (guint i = 0; i < records->len; i++)
    bytes += get_bytes (g_ptr_array_index (records, i));
  if (tally->live + records->len > MOST_TASKS)
    return refuse (error, "An application has at most 1,000 transfers that have not ended");
  if (!keel_quota_check_growth (self, app, bytes, error))
    return FALSE;
  tally->live += records->len;
  tally->bytes += bytes;
  *out_share = (KeelShare) { g_intern_string (app), records->len, bytes };
  return TRUE;
}

void
keel_quota_give_back (KeelQuota       *self,
                      const KeelShare *share)
{
  Tally *tally;

  if (share->app == NULL)
    return;
  tally = get_tally (self, share->app);
  tally->live -= share->n_tasks;
  tally->bytes -= share->bytes;
}
