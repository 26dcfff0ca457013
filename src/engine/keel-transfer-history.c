/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

#include "keel-words.h"

#include <libsoup/soup.h>

/* What a transfer went through, for the person whose it is: remarks that are committed with the
 * next save, like the events of keel-transfer-events.c but for nobody in particular, and for every
 * session. They are not kept in memory.
 *
 * When it was added and how it has ended stands in its row; so only an end that is none any more is
 * remarked, and a transfer that just works has no remark at all. */

/* What starts later has waited for something. */
#define SOON_USEC (60 * (gint64) G_USEC_PER_SEC)

static void
remark_at (KeelTransfer *self,
           gint64        usec,
           const char   *kind,
           GVariantDict *details)
{
  KeelHistoryEntry *entry = keel_history_entry_new (usec, kind,
                                                    details != NULL ? g_variant_dict_end (details) :
                                                                      NULL);

  if (self->remarks == NULL)
    self->remarks = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_history_entry_free);
  g_ptr_array_add (self->remarks, entry);
}

/* Something without details has happened, which the next save commits. */
void
keel_transfer_remark (KeelTransfer *self,
                      const char   *kind)
{
  remark_at (self, keel_clock_get_wall_usec (self->machinery->clock), kind, NULL);
}

void
keel_transfer_remark_pause (KeelTransfer    *self,
                            KeelPauseReason  reason)
{
  GVariantDict details;

  g_variant_dict_init (&details, NULL);
  g_variant_dict_insert (&details, "reason", "s", keel_pause_reason_to_string (reason));
  remark_at (self, keel_clock_get_wall_usec (self->machinery->clock), "paused", &details);
}

static void
insert_error (GVariantDict  *details,
              KeelTaskError  code,
              guint          http_status)
{
  g_variant_dict_insert (details, "error-code", "s", keel_task_error_to_string (code));
  if (http_status != 0)
    g_variant_dict_insert (details, "error-http-status", "u", http_status);
}

/* It did not work out, and will be tried again. */
void
keel_transfer_remark_retry (KeelTransfer  *self,
                            KeelTaskError  code,
                            guint          http_status)
{
  GVariantDict details;

  g_variant_dict_init (&details, NULL);
  insert_error (&details, code, http_status);
  remark_at (self, keel_clock_get_wall_usec (self->machinery->clock), "retry", &details);
}

/* The first bytes come, or they come again: of those that were there, @offset count. */
void
keel_transfer_remark_start (KeelTransfer *self,
                            guint64       offset,
                            const char   *reason)
{
  gint64 now_usec = keel_clock_get_wall_usec (self->machinery->clock);
  GVariantDict details;

  if (!self->has_moved)
    {
      if (!self->has_started && now_usec - self->record->created_usec > SOON_USEC)
        remark_at (self, now_usec, "started", NULL);
      self->has_started = TRUE;
      return;
    }
  g_variant_dict_init (&details, NULL);
  g_variant_dict_insert (&details, "offset", "t", offset);
  if (reason != NULL)
    g_variant_dict_insert (&details, "reason", "s", reason);
  remark_at (self, now_usec, "resumed", &details);
  if (offset > 0)
    self->record->resumes++;
}

/* It is about to leave its last state, which is in the record still: what that was. */
void
keel_transfer_remark_end (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;
  GVariantDict details;

  if (record->state < KEEL_TRANSFER_FINISHED || record->state >= KEEL_TRANSFER_DELETING)
    return;
  self->has_started = FALSE;
  if (record->state != KEEL_TRANSFER_FAILED)
    {
      remark_at (self, record->finished_usec, keel_transfer_state_to_string (record->state), NULL);
      return;
    }
  g_variant_dict_init (&details, NULL);
  insert_error (&details, (KeelTaskError) record->error_code, record->error_http_status);
  remark_at (self, record->finished_usec, "failed", &details);
}

/* A save with @remarks (transfer full) failed: they go with the next one, before all later ones. */
void
keel_transfer_take_remarks_back (KeelTransfer *self,
                                 GPtrArray    *remarks)
{
  g_autoptr (GPtrArray) later = g_steal_pointer (&self->remarks);

  if (later != NULL)
    g_ptr_array_extend_and_steal (remarks, g_steal_pointer (&later));
  self->remarks = remarks;
}

/* --- for who looks at it --------------------------------------------------------------------- */

/* Gives what is on disk of the history, oldest first, and what is under way there. */
void
keel_transfer_load_history (KeelTransfer         *self,
                            KeelStoreHistoryFunc  func,
                            gpointer              user_data)
{
  keel_store_load_history (self->machinery->store, self->record->id, func, user_data);
}

/* How long it has been running, in all. */
gint64
keel_transfer_get_running_usec (KeelTransfer *self)
{
  keel_transfer_count_time (self);
  return self->record->running_usec;
}

/* When the file was changed on the server, by its own word; 0: it did not say. */
gint64
keel_transfer_get_modified_usec (KeelTransfer *self)
{
  const char *text = self->record->last_modified;
  g_autoptr (GDateTime) time = text != NULL ? soup_date_time_new_from_http_string (text) : NULL;

  return time != NULL ? g_date_time_to_unix (time) * G_USEC_PER_SEC : 0;
}

/* Where its bytes are; see keel_spans_new(). (transfer full) */
GArray *
keel_transfer_dup_spans (KeelTransfer *self,
                         guint         most)
{
  const KeelTransferRecord *record = self->record;
  g_autoptr (GArray) durable = keel_ranges_new ();
  g_autoptr (GArray) written = keel_ranges_new ();
  g_autoptr (GArray) arriving = keel_ranges_new ();
  const KeelRanges *const ranges[KEEL_SPAN_N_KINDS] = { durable, written, arriving };

  keel_ranges_add (durable, 0, record->durable);
  for (guint i = 0; record->islands != NULL && i < record->islands->len; i++)
    keel_ranges_add (durable, keel_ranges_get (record->islands, i)->from,
                     keel_ranges_get (record->islands, i)->to);
  /* While nobody has been told that bytes move again, nobody sees them. */
  if (self->attempt != NULL && !self->is_resuming)
    keel_attempt_describe (self->attempt, written, arriving);
  return keel_spans_new (ranges, most);
}
