/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

#include "keel-file-name.h"
#include "keel-retry-policy.h"

#include <string.h>

/* A transfer while it runs: it starts attempts, takes down what the server says, and decides what
 * the end of an attempt means.
 *
 * The rule of this file: before bytes of another version may be written into a part file, the
 * record that forgets the old ones is committed. So every "start over" goes save -> saved -> next
 * attempt, never the other way round. */

/* How often a folder that is not there, or a full disk, is looked at again. */
#define LOOK_AGAIN_USEC (15 * (gint64) G_USEC_PER_SEC)

#define LEAST_OVERLAP 64

static void start_attempt (KeelTransfer *self);

/* Forgets what is on disk. The caller saves. */
void
keel_transfer_start_over (KeelTransfer *self,
                          gboolean      with_new_part)
{
  KeelTransferRecord *record = self->record;

  /* Bytes that are still there are counted when they are cut off. */
  if (with_new_part)
    record->refetched_bytes += record->durable;
  keel_transfer_record_forget_bytes (record);
  self->has_forgotten = TRUE;
  self->has_sealed = FALSE;
  if (!with_new_part)
    return;
  g_free (record->part_name);
  record->part_name = keel_part_file_dup_random_name ();
  record->part_ino = 0;
}

/* --- what the server says -------------------------------------------------------------------- */

static void
take_string (char       **field,
             const char  *value)
{
  g_free (*field);
  *field = g_strdup (value);
}

static void
take_name (KeelTransferRecord       *record,
           const KeelConnectionHead *head)
{
  g_free (record->chosen);
  record->chosen = keel_file_name_choose (record->wanted, head->content_disposition, record->uri,
                                          head->effective_uri, head->content_type);
  record->name = g_strdup (record->chosen);
}

static void
attempt_opened_cb (gpointer user_data,
                   guint64  cut_bytes)
{
  KeelTransfer *self = user_data;

  self->record->refetched_bytes += cut_bytes;
}

static void
attempt_head_cb (gpointer                  user_data,
                 const KeelConnectionHead *head)
{
  KeelTransfer *self = user_data;
  KeelTransferRecord *record = self->record;

  record->http_status = head->status;
  record->accepts_ranges = head->accepts_ranges;
  record->has_total = head->has_total;
  record->length_confirmed = head->has_total;
  record->total = head->total;
  take_string (&record->effective_uri, head->effective_uri);
  /* A 206 may leave them out; then those of the first answer still hold. */
  if (head->status != 206)
    {
      take_string (&record->etag, head->etag);
      take_string (&record->last_modified, head->last_modified);
      take_string (&record->date, head->date);
      take_string (&record->content_type, head->content_type);
    }
  else
    record->resumed_bytes += record->durable;
  if (record->name == NULL)
    take_name (record, head);
  keel_transfer_clear_error (self);
  /* Not saved here: the first checkpoint carries all of it, and without one nothing counts. */
  keel_transfer_changed (self);
}

static void
attempt_durable_cb (gpointer user_data,
                    guint64  durable,
                    guint64  ino)
{
  KeelTransfer *self = user_data;
  KeelTransferRecord *record = self->record;

  record->durable = durable;
  record->part_ino = ino;
  /* Bytes have come: what failed before this is forgiven. */
  record->failures_running = 0;
  record->failing_since_usec = 0;
  keel_transfer_save (self);
}

/* --- what the end of an attempt means -------------------------------------------------------- */

static void
begin_again_cb (KeelTransfer *self,
                const GError *error,
                gpointer      user_data)
{
  g_autoptr (KeelTransfer) owned = self;

  if (self->record->state != KEEL_TRANSFER_RUNNING || self->attempt != NULL || self->is_suspended)
    return;
  /* Without the commit the database still vouches for bytes that are about to be replaced. */
  if (error != NULL)
    keel_transfer_wait (self, KEEL_WAIT_REASON_RETRY, LOOK_AGAIN_USEC);
  else
    start_attempt (self);
}

static void
begin_again (KeelTransfer *self,
             gboolean      with_new_part)
{
  keel_transfer_start_over (self, with_new_part);
  keel_transfer_save (self);
  keel_transfer_changed (self);
  keel_transfer_when_saved (g_object_ref (self), begin_again_cb, NULL);
}

static void
attempt_failed (KeelTransfer            *self,
                const KeelAttemptResult *result)
{
  KeelTransferRecord *record = self->record;
  KeelTaskError code = (KeelTaskError) result->error->code;
  gint64 now_usec = keel_clock_get_wall_usec (self->machinery->clock);
  gint64 delay_usec;
  KeelRetryInput input;

  if (record->failures_running++ == 0)
    record->failing_since_usec = now_usec;
  input = (KeelRetryInput) {
    .code = code,
    .http_status = result->http_status,
    .failures_running = record->failures_running,
    .failing_for_usec = now_usec - record->failing_since_usec,
    .retry_after_usec = result->retry_after_usec,
    .jitter = g_random_double (),
  };
  keel_transfer_set_error (self, code, result->error->message, result->http_status);
  if (code == KEEL_TASK_ERROR_NO_SPACE)
    keel_transfer_wait (self, KEEL_WAIT_REASON_LOW_DISK, LOOK_AGAIN_USEC);
  else if (code == KEEL_TASK_ERROR_DESTINATION)
    keel_transfer_wait (self, KEEL_WAIT_REASON_DESTINATION, LOOK_AGAIN_USEC);
  else if (keel_retry_policy_decide (&input, &delay_usec) == KEEL_RETRY_LATER)
    keel_transfer_wait (self, KEEL_WAIT_REASON_RETRY, delay_usec);
  else
    keel_transfer_fail (self, code, result->error->message, result->http_status);
}

static void
attempt_complete (KeelTransfer            *self,
                  const KeelAttemptResult *result)
{
  KeelTransferRecord *record = self->record;

  /* The end of the body was all there was to go by; length_confirmed tells. */
  if (!record->has_total)
    {
      record->has_total = TRUE;
      record->total = result->written;
    }
  keel_transfer_set_state (self, KEEL_TRANSFER_VERIFYING);
  keel_transfer_changed (self);
  keel_transfer_verify (self, result->part);
}

/* On a line that breaks after every few kilobytes, comparing must not eat all that comes. */
static void
adapt_overlap (KeelTransfer            *self,
               const KeelAttemptResult *result)
{
  if (result->written > self->started_at)
    self->overlap = (result->written - self->started_at) / 4;
  else if (result->outcome == KEEL_ATTEMPT_FAILED)
    self->overlap /= 4;
  self->overlap = CLAMP (self->overlap, LEAST_OVERLAP, KEEL_TRANSFER_MOST_OVERLAP);
}

static void
attempt_ended_cb (gpointer                 user_data,
                  const KeelAttemptResult *result)
{
  g_autoptr (KeelTransfer) self = user_data;

  self->attempt = NULL;
  adapt_overlap (self, result);
  /* It was paused, cancelled, or the service is leaving: the bytes are down, that is all. */
  if (self->record->state != KEEL_TRANSFER_RUNNING || self->is_suspended)
    {
      keel_transfer_settle (self);
      return;
    }
  switch (result->outcome)
    {
    case KEEL_ATTEMPT_COMPLETE:
      attempt_complete (self, result);
      break;
    case KEEL_ATTEMPT_RESTART:
      begin_again (self, FALSE);
      break;
    case KEEL_ATTEMPT_LOST:
      begin_again (self, TRUE);
      break;
    case KEEL_ATTEMPT_FAILED:
      attempt_failed (self, result);
      break;
    case KEEL_ATTEMPT_STOPPED:
    default:
      /* Paused and resumed before the attempt had ended. */
      keel_transfer_enqueue (self);
      break;
    }
}

/* --- starting -------------------------------------------------------------------------------- */

static void
start_attempt (KeelTransfer *self)
{
  static const KeelAttemptEvents events = { attempt_opened_cb, attempt_head_cb, attempt_durable_cb,
                                            attempt_ended_cb };

  self->record->attempts++;
  self->attempt = keel_attempt_start (self->machinery, self->record, self->limiter, self->overlap,
                                      &events, g_object_ref (self));
  self->started_at = self->record->durable;
  keel_transfer_changed (self);
}

/* The scheduler has a slot for it. It must be settled. */
void
keel_transfer_run (KeelTransfer *self)
{
  g_return_if_fail (keel_transfer_is_settled (self));

  if (!keel_transfer_set_state (self, KEEL_TRANSFER_RUNNING))
    return;
  /* Cancelled, cleared away and wanted again. */
  if (self->record->part_name == NULL)
    keel_transfer_start_over (self, TRUE);
  if (!self->has_forgotten)
    start_attempt (self);
  keel_transfer_save (self);
  if (self->has_forgotten)
    keel_transfer_when_saved (g_object_ref (self), begin_again_cb, NULL);
}
