/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

#include "keel-retry-policy.h"
#include "keel-words.h"

#include <string.h>

/* What a transfer tells the application that it belongs to.
 *
 * An event is made where the state changes and waits in `due` for the save of that change, which
 * commits both together. If the save fails the event waits for the next one, unless it was of an
 * end that is none any more: of that nobody has heard, and nobody will.
 *
 * A run goes from being queued to an end; `completed` is its last event, and there is one a run:
 * cancelling or removing what has ended already ends nothing. That some bytes are kept after a stop
 * is told by `resumed`, before the first new one. Until that is on disk the transfer shows no more
 * bytes than were kept, so that nobody sees progress before he hears of what it begins with.
 *
 * A session without events of its own has only `completed` of what ended by itself, for the
 * service's notification. */

static const char *
end_word (const KeelTransferRecord *record)
{
  return record->state == KEEL_TRANSFER_DELETING ? "removed" :
                                                   keel_transfer_state_to_string (record->state);
}

static gboolean
is_over (const KeelTransferRecord *record)
{
  return record->state >= KEEL_TRANSFER_FINISHED;
}

static gboolean
has_events (KeelTransfer *self)
{
  return self->events.has_events (self->user_data, self);
}

/* --- making them ----------------------------------------------------------------------------- */

static void
put (GVariantDict *details,
     const char   *key,
     const char   *value)
{
  if (value != NULL)
    g_variant_dict_insert (details, key, "s", value);
}

/* Puts an event to those of the next save. @details (nullable) is consumed. */
static void
note (KeelTransfer  *self,
      KeelEventKind  kind,
      GVariantDict  *details)
{
  KeelEventRecord *event = keel_event_record_new (self->record->session_id, self->record->id, kind);

  event->created_usec = keel_clock_get_wall_usec (self->machinery->clock);
  if (details != NULL)
    {
      g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_dict_end (details));

      event->details = g_variant_print (value, TRUE);
    }
  if (self->due == NULL)
    self->due = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_event_record_free);
  g_ptr_array_add (self->due, event);
}

static void
note_finished (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;
  g_autofree char *path = keel_transfer_record_dup_path (record);
  GVariantDict details;

  g_variant_dict_init (&details, NULL);
  g_variant_dict_insert_value (&details, "file", g_variant_new_bytestring (path));
  g_variant_dict_insert (&details, "collectable", "b", keel_transfer_is_collectable (self));
  g_variant_dict_insert (&details, "received", "t", record->durable);
  put (&details, "mime-type", record->content_type);
  note (self, KEEL_EVENT_FINISHED, &details);
}

static void
note_completed (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;
  GVariantDict details;

  g_variant_dict_init (&details, NULL);
  g_variant_dict_insert (&details, "ok", "b", record->state == KEEL_TRANSFER_FINISHED);
  put (&details, "state", end_word (record));
  if (record->state == KEEL_TRANSFER_FAILED)
    {
      put (&details, "error-code", keel_task_error_to_string ((KeelTaskError) record->error_code));
      put (&details, "error-message", record->error_message);
      g_variant_dict_insert (&details, "error-http-status", "u", record->error_http_status);
      g_variant_dict_insert (&details, "error-retryable", "b",
                             keel_retry_policy_is_retryable ((KeelTaskError) record->error_code,
                                                             record->error_http_status));
    }
  note (self, KEEL_EVENT_COMPLETED, &details);
}

/* It is in its last state, which the next save commits. */
void
keel_transfer_note_end (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;

  if (self->has_completed)
    return;
  self->has_completed = TRUE;
  if (!has_events (self))
    {
      if (record->state == KEEL_TRANSFER_FINISHED || record->state == KEEL_TRANSFER_FAILED)
        note (self, KEEL_EVENT_COMPLETED, NULL);
      return;
    }
  if (record->state == KEEL_TRANSFER_FINISHED)
    note_finished (self);
  if (record->state == KEEL_TRANSFER_FAILED && record->error_code == KEEL_TASK_ERROR_NEEDS_NEW_URL)
    note (self, KEEL_EVENT_NEEDS_LINK, NULL);
  note_completed (self);
}

/* It is about to wait for the answer to a question, which the next save commits. */
void
keel_transfer_note_challenge (KeelTransfer *self,
                              const char   *cookie,
                              const char   *origin)
{
  GVariantDict details;

  if (!has_events (self))
    return;
  g_variant_dict_init (&details, NULL);
  put (&details, "cookie", cookie);
  put (&details, "origin", origin);
  note (self, KEEL_EVENT_CHALLENGE, &details);
}

/* --- going on -------------------------------------------------------------------------------- */

/* What it was stopped by, in a word; the weightiest since bytes came last. */
void
keel_transfer_note_stop (KeelTransfer *self,
                         const char   *reason)
{
  static const char *const weightless[] = { "retry", "slot", "schedule", NULL };

  if (self->stop_reason == NULL || g_strv_contains (weightless, self->stop_reason))
    self->stop_reason = reason;
}

/* An attempt begins, of which nobody knows yet where it goes on. */
void
keel_transfer_prepare_resumption (KeelTransfer *self)
{
  if (self->is_resuming || !self->has_moved || !has_events (self))
    return;
  self->is_resuming = TRUE;
  self->resumed_at = keel_transfer_record_get_durable (self->record);
}

/* Bytes move again: of those that were there, @offset count. */
void
keel_transfer_note_resumption (KeelTransfer *self,
                               guint64       offset)
{
  const char *reason;
  GVariantDict details;

  /* It was stopped before this could be heard: they do not. */
  if (self->record->state != KEEL_TRANSFER_RUNNING)
    return;
  reason = g_steal_pointer (&self->stop_reason);
  if (reason == NULL)
    reason = "retry";
  keel_transfer_remark_start (self, offset, reason);
  if (!self->has_moved || !has_events (self))
    return;
  g_variant_dict_init (&details, NULL);
  g_variant_dict_insert (&details, "offset", "t", offset);
  put (&details, "reason", reason);
  note (self, KEEL_EVENT_RESUMED, &details);
  self->is_resuming = TRUE;
  self->is_resumption_due = TRUE;
  self->resumed_at = offset;
  keel_transfer_save (self);
}

/* The attempt has ended; it may not have come to that. */
void
keel_transfer_forget_resumption (KeelTransfer *self)
{
  self->is_resuming = self->is_resumption_due;
}

/* --- what becomes of them -------------------------------------------------------------------- */

/* It was in the state @before, waiting for @reason if that was `waiting`, and is in another now. */
void
keel_transfer_follow_events (KeelTransfer      *self,
                             KeelTransferState  before,
                             KeelWaitReason     reason)
{
  for (guint i = self->due != NULL ? self->due->len : 0; i-- > 0;)
    if (keel_event_record_is_end (g_ptr_array_index (self->due, i)))
      {
        g_ptr_array_remove_index (self->due, i);
        self->has_completed = FALSE;
      }
  if (!is_over (self->record))
    self->has_completed = FALSE;
  /* What is tried again from nothing was never stopped. */
  if (before >= KEEL_TRANSFER_FINISHED)
    self->has_moved = keel_transfer_record_get_durable (self->record) > 0;
  if (before == KEEL_TRANSFER_PAUSED)
    keel_transfer_note_stop (self, "paused");
  else if (before == KEEL_TRANSFER_WAITING)
    keel_transfer_note_stop (self, keel_wait_reason_to_string (reason));
}

/* A save with @events (transfer full) failed: they go with the next one. */
void
keel_transfer_take_events_back (KeelTransfer *self,
                                GPtrArray    *events)
{
  g_autoptr (GPtrArray) later = g_steal_pointer (&self->due);

  for (guint i = events->len; i-- > 0;)
    if (keel_event_record_is_end (g_ptr_array_index (events, i)) && !is_over (self->record))
      g_ptr_array_remove_index (events, i);
  if (later != NULL)
    g_ptr_array_extend_and_steal (events, g_steal_pointer (&later));
  self->due = events;
}

/* Those of @events (transfer full) are on disk. */
void
keel_transfer_tell_events (KeelTransfer *self,
                           GPtrArray    *events)
{
  for (guint i = 0; i < events->len; i++)
    if (((KeelEventRecord *) g_ptr_array_index (events, i))->kind == KEEL_EVENT_RESUMED)
      self->is_resuming = self->is_resumption_due = FALSE;
  self->events.happened (self->user_data, self, events);
}

/* Whether something that has happened to it is not on disk yet. */
gboolean
keel_transfer_has_events_due (KeelTransfer *self)
{
  return (self->due != NULL && self->due->len > 0) || self->n_saves_with_events > 0;
}
