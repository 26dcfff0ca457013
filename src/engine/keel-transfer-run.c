/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

#include "keel-checksum.h"
#include "keel-file-name.h"
#include "keel-request-headers.h"
#include "keel-retry-policy.h"
#include "keel-uri.h"

#include <string.h>

/* A transfer while it runs: it starts attempts, takes down what the server says, and decides what
 * the end of an attempt means.
 *
 * The rule of this file: before bytes of another version may be written into a part file, the
 * record that forgets the old ones is committed. So every "start over" goes save -> saved -> next
 * attempt, never the other way round. (A connection that finds another version while it compares
 * writes into the spare part file, for which nothing is recorded.)
 *
 * When the file changes on the server, the old partial is kept beside the new one until that is
 * longer, because servers with several back ends change their minds: then the old one goes on. A
 * file that changes three times is not worth trying by ourselves; somebody may look at it. */

/* When it is tried again to commit what must be on disk before the next byte. */
#define SAVE_AGAIN_USEC (15 * (gint64) G_USEC_PER_SEC)

/* How often it is tried whether the captive portal has let go, or the network monitor was wrong. */
#define LOOK_AGAIN_NETWORK_USEC (30 * (gint64) G_USEC_PER_SEC)

#define LEAST_OVERLAP 64
#define MOST_CHANGES 3
/* How often, and for how long, the server may fail to say whether a body without a length is
 * complete: longer than it takes one to come back that broke off and was restarted. */
#define MOST_DOUBTS 3
#define LEAST_DOUBT_USEC (600 * (gint64) G_USEC_PER_SEC)

static void start_attempt (KeelTransfer *self);
static void go_on (KeelTransfer *self);

/* Forgets what is on disk. The caller saves. */
void
keel_transfer_start_over (KeelTransfer *self,
                          gboolean      with_new_part)
{
  KeelTransferRecord *record = self->record;

  /* Bytes that are still there are counted when they are cut off. */
  if (with_new_part)
    record->refetched_bytes += keel_transfer_record_get_durable (record);
  keel_transfer_record_forget_bytes (record);
  self->has_forgotten = TRUE;
  self->has_sealed = FALSE;
  if (!with_new_part)
    return;
  g_free (record->part_name);
  record->part_name = keel_part_file_dup_random_name ();
  record->part_ino = 0;
  if (record->spare_name == NULL)
    record->spare_name = keel_part_file_dup_random_name ();
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
  keel_transfer_set_chosen (record,
                            keel_file_name_choose (record->wanted, head->content_disposition,
                                                   record->uri, head->effective_uri,
                                                   head->content_type));
}

static void
attempt_lost_cb (gpointer user_data,
                 guint64  bytes)
{
  KeelTransfer *self = user_data;

  self->record->refetched_bytes += bytes;
}

/* A file that was suspect is good up to @durable: that can be said at once, because nothing is
 * claimed that was not before. */
static void
attempt_checked_cb (gpointer    user_data,
                    guint64     durable,
                    KeelRanges *islands)
{
  KeelTransfer *self = user_data;
  KeelTransferRecord *record = self->record;
  guint64 before = keel_transfer_record_get_durable (record);

  if (record->durable != durable)
    record->trace.tail_hash = 0;
  record->trace.mtime_nsec = 0;
  record->durable = durable;
  g_clear_pointer (&record->islands, g_array_unref);
  record->islands = islands;
  record->refetched_bytes += before - keel_transfer_record_get_durable (record);
  record->is_suspect = FALSE;
  keel_transfer_save (self);
}

/* The file is another one now: says so, once. FALSE when that happens too often. */
static gboolean
note_change (KeelTransfer *self)
{
  static const char message[] = "The file changed on the server; it is fetched again";

  g_message ("Task %" G_GINT64_FORMAT ": %s", self->record->id, message);
  self->record->changes++;
  keel_transfer_remark (self, "changed");
  keel_transfer_set_error (self, KEEL_TASK_ERROR_CONTENT_CHANGED, message, 0);
  return self->record->changes < MOST_CHANGES;
}

static void
count_kept (KeelTransferRecord       *record,
            const KeelConnectionHead *head)
{
  if (head->is_continued || head->spare != NULL)
    return;
  if (head->status == 206)
    record->resumed_bytes += head->kept;
  else
    record->refetched_bytes += head->kept;
}

static void
take_version (KeelTransferRecord       *record,
              const KeelConnectionHead *head)
{
  record->http_status = head->status;
  record->http_version = head->http_version;
  take_string (&record->server, head->server);
  record->accepts_ranges = head->accepts_ranges;
  record->has_total = head->has_total;
  record->length_confirmed = head->has_total;
  record->total = head->total;
  record->is_rebound = FALSE;
  record->has_ended = FALSE;
  take_string (&record->effective_uri, head->effective_uri);
  take_string (&record->etag, head->etag);
  take_string (&record->last_modified, head->last_modified);
  take_string (&record->date, head->date);
  take_string (&record->coding, head->coding);
  /* A 206 may leave it out; then that of the first answer still holds. */
  if (head->status != 206)
    take_string (&record->content_type, head->content_type);
}

/* Saves that the older version is not wanted any more, and then removes it. */
static void
drop_aside (KeelTransfer *self)
{
  guint64 ino = self->record->aside.ino;

  keel_transfer_record_drop_aside (self->record);
  keel_transfer_save (self);
  keel_transfer_clear_spare (self, ino);
}

/* The bytes go into the spare part file from now on. If nothing was recorded of the other one, it
 * is the spare. */
static void
switch_files (KeelTransferRecord *record)
{
  char *part_name = record->part_name;

  if (keel_transfer_record_set_aside (record))
    return;
  record->part_name = record->spare_name;
  record->spare_name = part_name;
  record->part_ino = 0;
}

/* A checksum that the server gives for the whole file (RFC 9530 §3), unless the caller has given
 * one. What travels in a coding has the checksum of that. */
static void
take_digest (KeelTransfer             *self,
             const KeelConnectionHead *head)
{
  KeelTransferRecord *record = self->record;
  char *algorithm;
  char *hex;

  if (record->checksum_expected != NULL && !record->checksum_is_servers)
    return;
  if (head->status != 206)
    keel_transfer_record_forget_digest (record);
  if (keel_transfer_has_to_decode (self) ||
      !keel_checksum_parse_digest (head->repr_digest, &algorithm, &hex))
    return;
  g_free (record->checksum_algorithm);
  g_free (record->checksum_expected);
  record->checksum_algorithm = algorithm;
  record->checksum_expected = hex;
  record->checksum_is_servers = TRUE;
}

static void
attempt_head_cb (gpointer                  user_data,
                 const KeelConnectionHead *head)
{
  KeelTransfer *self = user_data;
  KeelTransferRecord *record = self->record;
  gboolean is_stable = TRUE;

  count_kept (record, head);
  self->n_answers = 0;
  self->answered = self->source + 1;
  /* One that has failed in the meantime keeps what it failed with. */
  if (record->error_code != KEEL_TASK_ERROR_CONTENT_CHANGED &&
      record->state == KEEL_TRANSFER_RUNNING)
    keel_transfer_clear_error (self);
  if (head->spare != NULL)
    {
      is_stable = note_change (self);
      switch_files (record);
    }
  take_version (record, head);
  if (self->has_new_uri)
    {
      /* Said by the old link, of which this is the last word. */
      record->is_rebound = TRUE;
      g_clear_pointer (&record->effective_uri, g_free);
    }
  if (record->name == NULL)
    take_name (record, head);
  take_digest (self, head);
  if (head->spare != NULL && head->claims_same)
    drop_aside (self);
  if (!is_stable && record->state == KEEL_TRANSFER_RUNNING)
    keel_transfer_pause (self, KEEL_PAUSE_REASON_UNSTABLE);
  if (head->spare != NULL)
    keel_transfer_note_stop (self, "changed");
  if (!head->is_continued)
    keel_transfer_note_resumption (self, head->spare == NULL ? head->kept : 0);
  /* Not saved here: the first checkpoint carries all of it, and without one nothing counts. */
  keel_transfer_changed (self);
}

static const KeelTransferRecord *
attempt_describe_cb (gpointer user_data)
{
  KeelTransfer *self = user_data;

  return self->record;
}

static void
attempt_durable_cb (gpointer                 user_data,
                    guint64                  durable,
                    KeelRanges              *islands,
                    const KeelPartFileTrace *trace,
                    KeelPartFile            *part)
{
  KeelTransfer *self = user_data;
  KeelTransferRecord *record = self->record;

  record->durable = durable;
  g_clear_pointer (&record->islands, g_array_unref);
  record->islands = islands;
  record->part_ino = keel_part_file_get_ino (part);
  record->trace = *trace;
  keel_transfer_take_folder (self, part);
  self->has_moved = self->has_moved || keel_transfer_record_get_durable (record) > 0;
  self->n_sync_failures = 0;
  self->n_full = 0;
  /* Bytes have come: what failed before this is forgiven. */
  record->failures_running = 0;
  record->failing_since_usec = 0;
  self->n_sources_tried = 0;
  if (keel_transfer_record_has_aside (record) &&
      keel_transfer_record_get_durable (record) > record->aside.durable)
    drop_aside (self);
  else
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
    {
      keel_transfer_wait (self, KEEL_WAIT_REASON_RETRY, SAVE_AGAIN_USEC);
      return;
    }
  self->record->attempts++;
  go_on (self);
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

static gboolean
is_behind (KeelTransfer *self,
           KeelNetwork   network)
{
  return self->machinery->network == network && !keel_uri_is_loopback (self->record->uri);
}

/* Whether it is the network that is missing, and not this server. */
static gboolean
is_offline (KeelTransfer            *self,
            const KeelAttemptResult *result)
{
  gint code = result->error->code;

  return is_behind (self, KEEL_NETWORK_OFFLINE) && !result->is_final &&
         (code == KEEL_TASK_ERROR_DNS || code == KEEL_TASK_ERROR_CONNECT ||
          code == KEEL_TASK_ERROR_TIMEOUT || code == KEEL_TASK_ERROR_TRUNCATED ||
          code == KEEL_TASK_ERROR_TLS);
}

static void
retry_or_fail (KeelTransfer            *self,
               const KeelAttemptResult *result)
{
  KeelTransferRecord *record = self->record;
  KeelTaskError code = (KeelTaskError) result->error->code;
  gint64 now_usec = keel_clock_get_wall_usec (self->machinery->clock);
  gint64 delay_usec;
  KeelRetryInput input;

  if (keel_transfer_next_source (self))
    {
      record->attempts++;
      go_on (self);
      return;
    }
  if (record->failures_running++ == 0)
    record->failing_since_usec = now_usec;
  input = (KeelRetryInput) {
    .code = code,
    .http_status = result->http_status,
    .is_final = result->is_final,
    .has_progress = keel_transfer_record_get_durable (record) > 0 ||
                    keel_transfer_record_has_aside (record),
    .failures_running = record->failures_running,
    .failing_for_usec = now_usec - record->failing_since_usec,
    .retry_after_usec = result->retry_after_usec,
    .jitter = g_random_double (),
  };
  if (keel_retry_policy_decide (&input, &delay_usec) == KEEL_RETRY_LATER)
    {
      keel_transfer_remark_retry (self, code, result->http_status);
      keel_transfer_wait (self, KEEL_WAIT_REASON_RETRY, delay_usec);
    }
  else
    keel_transfer_fail (self, code, result->error->message, result->http_status);
}

/* An attempt did not work out: waits for what may pass, or fails. */
void
keel_transfer_attempt_failed (KeelTransfer            *self,
                              const KeelAttemptResult *result)
{
  KeelTaskError code = (KeelTaskError) result->error->code;

  keel_transfer_set_error (self, code, result->error->message, result->http_status);
  take_string (&self->record->error_details, result->details);
  self->record->has_ended = result->has_ended;
  /* An older version is not worth as much as the present one. */
  if (code == KEEL_TASK_ERROR_NO_SPACE && keel_transfer_record_has_aside (self->record))
    drop_aside (self);
  if (code == KEEL_TASK_ERROR_NO_SPACE)
    keel_transfer_wait_for_disk (self, KEEL_WAIT_REASON_LOW_DISK);
  else if (code == KEEL_TASK_ERROR_DESTINATION)
    keel_transfer_wait_for_disk (self, KEEL_WAIT_REASON_DESTINATION);
  else if (is_behind (self, KEEL_NETWORK_CAPTIVE))
    keel_transfer_wait (self, KEEL_WAIT_REASON_CAPTIVE_PORTAL, LOOK_AGAIN_NETWORK_USEC);
  else if (is_offline (self, result))
    keel_transfer_wait (self, KEEL_WAIT_REASON_OFFLINE, LOOK_AGAIN_NETWORK_USEC);
  else
    retry_or_fail (self, result);
}

/* What is behind the first gap is of no use, and one connection has to find out what the server
 * has.
 */
static void
attempt_unfit (KeelTransfer *self)
{
  self->is_alone = TRUE;
  self->known_bytes = keel_transfer_record_get_extent (self->record);
  keel_transfer_record_drop_islands (self->record);
  if (self->record->durable == 0)
    {
      begin_again (self, FALSE);
      return;
    }
  self->has_forgotten = TRUE;
  keel_transfer_save (self);
  keel_transfer_changed (self);
  keel_transfer_when_saved (g_object_ref (self), begin_again_cb, NULL);
}

/* What is on disk is of another version than what the server has now. A server that says it is the
 * same one will not be recognised when it has the old one again: nothing is kept. */
static void
attempt_changed (KeelTransfer            *self,
                 const KeelAttemptResult *result)
{
  gboolean is_stable;

  if (keel_transfer_reject_source (self))
    {
      go_on (self);
      return;
    }
  is_stable = note_change (self);

  if (result->outcome == KEEL_ATTEMPT_SWAPPED)
    keel_transfer_record_swap_aside (self->record);
  else if (result->claims_same)
    keel_transfer_record_forget_bytes (self->record);
  else
    keel_transfer_record_set_aside (self->record);
  self->record->is_rebound = FALSE;
  self->has_forgotten = TRUE;
  self->has_sealed = FALSE;
  if (!is_stable)
    {
      keel_transfer_pause (self, KEEL_PAUSE_REASON_UNSTABLE);
      keel_transfer_settle (self);
      return;
    }
  keel_transfer_save (self);
  keel_transfer_changed (self);
  keel_transfer_when_saved (g_object_ref (self), begin_again_cb, NULL);
}

static void
attempt_complete (KeelTransfer            *self,
                  const KeelAttemptResult *result,
                  KeelChecksum            *checksum)
{
  KeelTransferRecord *record = self->record;

  /* The end of the body was all there was to go by; length_confirmed tells. */
  if (!record->has_total)
    {
      record->has_total = TRUE;
      record->total = result->written;
      record->length_confirmed = result->length_confirmed;
    }
  if (keel_transfer_record_has_aside (record))
    {
      keel_transfer_record_drop_aside (record);
      /* Decoding needs the spare part file, which is free when that has been committed. */
      if (keel_transfer_has_to_decode (self))
        {
          g_clear_pointer (&checksum, keel_checksum_free);
          keel_transfer_enqueue (self);
          return;
        }
    }
  keel_transfer_set_state (self, KEEL_TRANSFER_VERIFYING);
  keel_transfer_changed (self);
  keel_transfer_verify (self, result->part, checksum);
}

static gboolean
has_broken (const GError *error)
{
  return error->code == KEEL_TASK_ERROR_TRUNCATED || error->code == KEEL_TASK_ERROR_TIMEOUT;
}

/* On a line that breaks after every few kilobytes, comparing must not eat all that comes. */
static void
adapt_overlap (KeelTransfer            *self,
               const KeelAttemptResult *result)
{
  if (result->written > self->started_at)
    self->overlap = (result->written - self->started_at) / 4;
  else if (result->outcome == KEEL_ATTEMPT_FAILED && has_broken (result->error))
    self->overlap /= 4;
  self->overlap = CLAMP (self->overlap, LEAST_OVERLAP, KEEL_TRANSFER_MOST_OVERLAP);
}

/* At once, unless something of it is still in a disk's hands, or it is not the time for it. */
static void
go_on (KeelTransfer *self)
{
  if (keel_transfer_is_settled (self) && (!self->machinery->is_paused || self->is_wanted_now) &&
      keel_transfer_get_bar (self) == KEEL_WAIT_REASON_NONE)
    start_attempt (self);
  else
    keel_transfer_enqueue (self);
}

/* A sync has failed: what was written since the last checkpoint may be lost, and the kernel says so
 * only once. It goes on from there; but a disk that does it twice is not to be trusted. */
static gboolean
roll_back (KeelTransfer            *self,
           const KeelAttemptResult *result)
{
  if (!result->has_sync_failed || result->error->code != KEEL_TASK_ERROR_DISK ||
      self->n_sync_failures++ > 0)
    return FALSE;
  g_message ("Task %" G_GINT64_FORMAT ": %s; going back to the last checkpoint", self->record->id,
             result->error->message);
  go_on (self);
  return TRUE;
}

static void
attempt_ended_cb (gpointer                 user_data,
                  const KeelAttemptResult *result)
{
  g_autoptr (KeelTransfer) self = user_data;
  g_autoptr (KeelChecksum) checksum = result->checksum;

  self->attempt = NULL;
  keel_transfer_forget_resumption (self);
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
      attempt_complete (self, result, g_steal_pointer (&checksum));
      break;
    case KEEL_ATTEMPT_RESTART:
      keel_transfer_note_stop (self, "changed");
      begin_again (self, FALSE);
      break;
    case KEEL_ATTEMPT_LOST:
      keel_transfer_note_stop (self, "lost");
      begin_again (self, TRUE);
      break;
    case KEEL_ATTEMPT_UNFIT:
      attempt_unfit (self);
      break;
    case KEEL_ATTEMPT_ALONE:
      self->is_alone = TRUE;
      go_on (self);
      break;
    case KEEL_ATTEMPT_CHANGED:
    case KEEL_ATTEMPT_SWAPPED:
      keel_transfer_note_stop (self, "changed");
      attempt_changed (self, result);
      break;
    case KEEL_ATTEMPT_HELD:
      keel_transfer_wait (self, KEEL_WAIT_REASON_CAPTIVE_PORTAL, LOOK_AGAIN_NETWORK_USEC);
      break;
    case KEEL_ATTEMPT_CHALLENGED:
      keel_transfer_challenge (self, result->challenge);
      break;
    case KEEL_ATTEMPT_INTERRUPTED:
      /* The network changed, or the machine slept; that is not the server's failure. */
      keel_transfer_note_stop (self, self->interruption != NULL ? self->interruption : "network");
      go_on (self);
      break;
    case KEEL_ATTEMPT_FAILED:
      if (!roll_back (self, result))
        keel_transfer_attempt_failed (self, result);
      break;
    case KEEL_ATTEMPT_STOPPED:
    default:
      /* Paused and resumed before the attempt had ended. */
      keel_transfer_enqueue (self);
      break;
    }
}

/* --- starting -------------------------------------------------------------------------------- */

static gboolean
accepts_doubt (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;
  gint64 now_usec = keel_clock_get_wall_usec (self->machinery->clock);

  return record->has_ended && record->failures_running >= MOST_DOUBTS - 1 &&
         now_usec - record->failing_since_usec >= LEAST_DOUBT_USEC;
}

/* As the record is, with the request headers of its session, if that has any. (transfer full)
 * (nullable) */
static KeelTransferRecord *
copy_with_headers (KeelTransfer *self)
{
  const KeelSessionConfig *config = &self->session->config;
  KeelTransferRecord *record;

  if (config->headers == NULL && config->user_agent == NULL)
    return NULL;
  record = keel_transfer_record_copy (self->record);
  g_free (record->headers);
  record->headers = keel_request_headers_merge (config->headers, config->user_agent,
                                                self->record->headers);
  return record;
}

static void
start_attempt (KeelTransfer *self)
{
  static const KeelAttemptEvents events = { attempt_lost_cb,    attempt_checked_cb,
                                            attempt_head_cb,    attempt_describe_cb,
                                            attempt_durable_cb, attempt_ended_cb };
  g_autofree char *mirror = keel_transfer_dup_source (self);
  g_autoptr (KeelTransferRecord) record = copy_with_headers (self);
  KeelAttemptPlan plan = {
    .record = record != NULL ? record : self->record,
    .mirror = mirror,
    .limiters = { self->limiter, self->session->limiter },
    .overlap = self->record->is_rebound ? KEEL_TRANSFER_REBOUND_OVERLAP : self->overlap,
    .accepts_doubt = accepts_doubt (self),
    .credentials = { self->credentials, self->proxy_credentials },
    .known_bytes = self->known_bytes,
    .is_alone = self->is_alone,
  };

  /* The first answer would be taken for the file. */
  if (is_behind (self, KEEL_NETWORK_CAPTIVE))
    {
      keel_transfer_wait (self, KEEL_WAIT_REASON_CAPTIVE_PORTAL, LOOK_AGAIN_NETWORK_USEC);
      return;
    }
  self->known_bytes = 0;
  self->interruption = NULL;
  keel_transfer_prepare_resumption (self);
  self->attempt = keel_attempt_start (self->machinery, &plan, &events, g_object_ref (self));
  self->has_new_uri = FALSE;
  self->started_at = keel_transfer_record_get_durable (self->record);
  keel_transfer_changed (self);
}

static void
publish_again_cb (KeelTransfer *self,
                  const GError *error,
                  gpointer      user_data)
{
  g_autoptr (KeelTransfer) owned = self;

  if (error == NULL && !self->is_suspended && self->record->state == KEEL_TRANSFER_PUBLISHING)
    keel_transfer_publish (self);
  else if (self->record->state == KEEL_TRANSFER_PUBLISHING)
    keel_transfer_wait_for_disk (self, KEEL_WAIT_REASON_LOW_DISK);
}

/* The scheduler has a slot for it. It must be settled. */
void
keel_transfer_run (KeelTransfer *self)
{
  g_return_if_fail (keel_transfer_is_settled (self));

  if (self->move != NULL)
    {
      keel_transfer_apply_move (self);
      return;
    }
  if (keel_disks_is_hanging (self->machinery->disks, self->record->dir))
    {
      keel_transfer_set_error (self, KEEL_TASK_ERROR_DESTINATION, "The disk does not answer", 0);
      keel_transfer_wait_for_disk (self, KEEL_WAIT_REASON_DESTINATION);
      return;
    }
  if (self->machinery->is_store_full)
    {
      keel_transfer_wait_for_disk (self, KEEL_WAIT_REASON_LOW_DISK);
      return;
    }
  if (keel_transfer_get_bar (self) != KEEL_WAIT_REASON_NONE)
    {
      keel_transfer_enqueue (self);
      return;
    }
  if (!keel_transfer_set_state (self, KEEL_TRANSFER_RUNNING))
    return;
  /* The part file is not in its folder yet. */
  if (self->record->left.dir != NULL)
    {
      keel_transfer_carry (self);
      return;
    }
  /* Its disk was away when it had to be renamed; all else is done. */
  if (self->record->is_sealed)
    {
      keel_transfer_set_state (self, KEEL_TRANSFER_VERIFYING);
      keel_transfer_set_state (self, KEEL_TRANSFER_PUBLISHING);
      keel_transfer_save (self);
      keel_transfer_when_saved (g_object_ref (self), publish_again_cb, NULL);
      return;
    }
  keel_transfer_go (self);
}

/* In state `running`, with the part file, if there is one, in its folder. */
void
keel_transfer_go (KeelTransfer *self)
{
  /* Cancelled, cleared away and wanted again. */
  if (self->record->part_name == NULL)
    keel_transfer_start_over (self, TRUE);
  if (!keel_transfer_prepare (self))
    keel_transfer_begin (self);
}

/* In state `running`, with all that it takes. */
void
keel_transfer_begin (KeelTransfer *self)
{
  if (self->has_forgotten || self->machinery->is_careful)
    {
      keel_transfer_save (self);
      keel_transfer_when_saved (g_object_ref (self), begin_again_cb, NULL);
      return;
    }
  self->record->attempts++;
  start_attempt (self);
  keel_transfer_save (self);
}
