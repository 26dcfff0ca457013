/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-connection.h"

#include "keel-connection-private.h"
#include "keel-context.h"
#include "keel-file-name.h"
#include "keel-retry-policy.h"
#include "keel-task-error.h"
#include "keel-uri.h"

#include <string.h>

/* The conversation with a server that feeds a part file, in a worker's thread: ask, look at the
 * answer, take its body, and ask again where keel_resume_decide() says so. One request with its
 * redirects and passwords is in keel-connection-ask.c, the bytes in keel-connection-body.c, exact
 * ranges of a version that is known in keel-connection-piece.c, the object's life here.
 *
 * It claims pieces of the file until there is none left to claim. The first connection of an
 * attempt finds out what the file is: unless its piece lies between bytes that are there already,
 * it asks for everything from there on and lets the answer decide. Helpers come when that is known,
 * and ask for exactly their pieces of exactly that version.
 *
 * Nothing is written before keel_resume_decide() has allowed it, and COMPLETE is said only when
 * the count is right; or, for a body that did not say how long it is, when the server has been
 * asked whether there is more (length_confirmed tells whether it answered).
 *
 * What crosses threads: the request (a copy, before), the counts (atomics, during), head and
 * result (copies posted, after). */

/* The longest way that keel_resume_decide() can lead is REST, REST, WHOLE; this is a fence. */
#define MOST_QUESTIONS 8

static KeelConnection *
connection_ref (KeelConnection *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static void
connection_unref (KeelConnection *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  keel_transfer_record_free (self->record);
  for (gsize i = 0; i < G_N_ELEMENTS (self->credentials); i++)
    g_clear_pointer (&self->credentials[i], keel_credentials_free);
  g_clear_pointer (&self->proxy_credentials, keel_credentials_free);
  g_clear_pointer (&self->challenge, keel_challenge_free);
  g_free (self->host);
  g_free (self->details);
  g_clear_pointer (&self->part, keel_part_file_unref);
  keel_segments_unref (self->segments);
  keel_block_hasher_free (self->hasher);
  g_array_unref (self->fresh);
  for (gsize i = 0; i < G_N_ELEMENTS (self->limiters); i++)
    g_clear_pointer (&self->limiters[i], keel_rate_limiter_unref);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self);
}

/* --- posts to the owner ---------------------------------------------------------------------- */

typedef struct {
  KeelConnection *connection;
  KeelConnectionHead head;
} HeadPost;

static void
head_cb (gpointer data)
{
  HeadPost *post = data;
  KeelConnection *self = post->connection;

  if (self->user_data != NULL)
    self->events.head (self->user_data, &post->head);
  g_free ((char *) post->head.effective_uri);
  g_free ((char *) post->head.content_disposition);
  g_free ((char *) post->head.content_type);
  g_free ((char *) post->head.coding);
  g_free ((char *) post->head.etag);
  g_free ((char *) post->head.last_modified);
  g_free ((char *) post->head.date);
  g_free ((char *) post->head.repr_digest);
  g_free ((char *) post->head.server);
  g_clear_pointer (&post->head.spare, keel_part_file_unref);
  g_clear_pointer (&post->head.segments, keel_segments_unref);
  g_free (post);
  connection_unref (self);
}

static guint
get_http_version (KeelExchange *exchange)
{
  switch (soup_message_get_http_version (keel_exchange_get_message (exchange)))
    {
    case SOUP_HTTP_1_0:
      return 10;
    case SOUP_HTTP_2_0:
      return 20;
    case SOUP_HTTP_1_1:
    default:
      return 11;
    }
}

/* Tells what @exchange says; @spare, if not NULL, is where its bytes go. */
void
keel_connection_post_head (KeelConnection *self,
                           KeelExchange   *exchange,
                           KeelPartFile   *spare)
{
  const char *ranges = keel_exchange_get_header (exchange, "Accept-Ranges");
  guint status = keel_exchange_get_status (exchange);
  HeadPost *post = g_new0 (HeadPost, 1);
  GUri *uri = soup_message_get_uri (keel_exchange_get_message (exchange));

  self->has_posted = TRUE;
  post->connection = connection_ref (self);
  post->head = (KeelConnectionHead) {
    .status = status,
    .effective_uri = g_uri_to_string (uri),
    .content_disposition = g_strdup (keel_exchange_get_header (exchange, "Content-Disposition")),
    .content_type = g_strdup (keel_exchange_get_header (exchange, "Content-Type")),
    .coding = g_strdup (self->record->coding),
    .etag = g_strdup (self->record->etag),
    .last_modified = g_strdup (self->record->last_modified),
    .date = g_strdup (self->record->date),
    .repr_digest = g_strdup (keel_exchange_get_list (exchange, "Repr-Digest")),
    .server = g_strdup (keel_exchange_get_header (exchange, "Server")),
    .http_version = get_http_version (exchange),
    .accepts_ranges = status == 206 ||
                      (ranges != NULL && g_ascii_strcasecmp (ranges, "bytes") == 0),
    .has_total = self->record->has_total,
    .total = self->record->total,
    .kept = keel_segments_get_received (self->segments),
    .spare = spare != NULL ? keel_part_file_ref (spare) : NULL,
    .segments = spare != NULL ? keel_segments_ref (self->segments) : NULL,
    .claims_same = self->claims_same,
    .is_continued = self->has_told,
  };
  self->has_told = TRUE;
  keel_context_post (self->context, head_cb, post);
}

static void
written_cb (gpointer data)
{
  KeelConnection *self = data;

  if (self->user_data != NULL)
    self->events.written (self->user_data);
  connection_unref (self);
}

/* Tells that it is time for a checkpoint. */
void
keel_connection_post_written (KeelConnection *self)
{
  keel_context_post (self->context, written_cb, connection_ref (self));
}

/* --- the conversation, in the worker's thread ------------------------------------------------ */

KeelConnectionOutcome
keel_connection_fail (KeelConnection *self,
                      KeelTaskError   code,
                      const char     *message)
{
  g_clear_error (&self->error);
  g_set_error_literal (&self->error, KEEL_TASK_ERROR, (gint) code, message);
  return KEEL_CONNECTION_FAILED;
}

/* The state as the next question needs it. */
void
keel_connection_describe (KeelConnection  *self,
                          KeelResumeState *state)
{
  const KeelTransferRecord *record = self->record;

  *state = (KeelResumeState) {
    .offset = self->offset,
    .version = { record->has_total, record->total, record->etag, record->last_modified,
                 record->date, record->coding },
    .content_type = record->content_type,
    .overlap = self->overlap,
    .has_ended = record->has_ended,
    .is_rebound = record->is_rebound,
    .coding_is_own = self->coding_is_own,
    .has_aside = keel_transfer_record_has_aside (record),
    .aside = { record->aside.has_total, record->aside.total, record->aside.etag,
               record->aside.last_modified, record->aside.date, record->aside.coding },
  };
}

void
keel_connection_read_answer (KeelExchange     *exchange,
                             KeelResumeAnswer *answer)
{
  *answer = (KeelResumeAnswer) {
    .status = keel_exchange_get_status (exchange),
    .content_length = keel_exchange_get_list (exchange, "Content-Length"),
    .transfer_encoding = keel_exchange_get_list (exchange, "Transfer-Encoding"),
    .content_range = keel_exchange_get_header (exchange, "Content-Range"),
    .content_type = keel_exchange_get_header (exchange, "Content-Type"),
    .content_encoding = keel_exchange_get_list (exchange, "Content-Encoding"),
    .etag = keel_exchange_get_header (exchange, "ETag"),
    .last_modified = keel_exchange_get_header (exchange, "Last-Modified"),
  };
}

/* A .tar.gz that is labelled as what it is. The name is not known before the first answer. */
static void
look_at_name (KeelConnection   *self,
              KeelExchange     *exchange,
              KeelResumeState  *state,
              KeelResumeAnswer *answer)
{
  const KeelTransferRecord *record = self->record;
  g_autofree char *effective_uri = NULL;
  g_autofree char *name = NULL;

  if (record->chosen != NULL || !keel_resume_is_coded (answer->content_encoding))
    return;
  effective_uri = g_uri_to_string (soup_message_get_uri (keel_exchange_get_message (exchange)));
  name = keel_file_name_choose (record->wanted,
                                keel_exchange_get_header (exchange, "Content-Disposition"),
                                record->uri, effective_uri, answer->content_type);
  self->coding_is_own = keel_file_name_is_gzip (name);
  state->coding_is_own = self->coding_is_own;
}

static void
take_string (char       **field,
             const char  *value)
{
  g_free (*field);
  *field = g_strdup (value);
}

/* What the answer says about the bytes that follow. A range of a file that is known says nothing
 * new, except about one that a new link leads to. */
void
keel_connection_learn (KeelConnection          *self,
                       KeelExchange            *exchange,
                       const KeelResumeAnswer  *answer,
                       const KeelResumeVerdict *verdict)
{
  KeelTransferRecord *record = self->record;

  self->was_rebound |= record->is_rebound;
  self->claims_same = !self->was_rebound &&
                      (answer->status == 206 ||
                       (answer->etag != NULL && g_strcmp0 (answer->etag, record->etag) == 0));
  record->has_total = verdict->has_total;
  record->total = verdict->total;
  if (answer->status == 206 && !record->is_rebound)
    return;
  take_string (&record->etag, answer->etag);
  take_string (&record->last_modified, answer->last_modified);
  take_string (&record->date, keel_exchange_get_header (exchange, "Date"));
  take_string (&record->content_type, answer->content_type);
  take_string (&record->coding,
               keel_resume_is_coded (answer->content_encoding) ? answer->content_encoding : NULL);
  record->is_rebound = FALSE;
  record->has_ended = FALSE;
}

static void
read_retry_after (KeelConnection *self,
                  KeelExchange   *exchange)
{
  self->retry_after_usec = keel_retry_after_parse (keel_exchange_get_header (exchange,
                                                                             "Retry-After"),
                                                   g_get_real_time ());
}

/* An error status. What the code means for a file that is partly here already, the owner knows. */
static KeelConnectionOutcome
refused (KeelConnection *self,
         KeelExchange   *exchange)
{
  guint status = keel_exchange_get_status (exchange);
  const char *reason = soup_message_get_reason_phrase (keel_exchange_get_message (exchange));
  g_autofree char *phrase = g_utf8_make_valid (reason != NULL ? reason : "", -1);
  g_autofree char *message = g_strdup_printf ("The server answered %u %s", status, phrase);
  KeelTaskError code = KEEL_TASK_ERROR_HTTP_STATUS;

  read_retry_after (self, exchange);
  if ((status == 403 || status == 410) && self->offset > 0)
    code = KEEL_TASK_ERROR_NEEDS_NEW_URL;
  keel_connection_fail (self, code, g_strstrip (message));
  self->details = keel_exchange_dup_details (exchange, self->cancellable);
  return KEEL_CONNECTION_FAILED;
}

/* What has no body to take. */
KeelConnectionOutcome
keel_connection_conclude (KeelConnection          *self,
                          KeelExchange            *exchange,
                          const KeelResumeVerdict *verdict)
{
  switch ((int) verdict->action)
    {
    case KEEL_RESUME_COMPLETE:
      self->length_confirmed = TRUE;
      return KEEL_CONNECTION_COMPLETE;
    case KEEL_RESUME_UNKNOWN:
      /* More likely a size that is no number than a file that is empty. */
      if (self->has_empty_chunks)
        return keel_connection_fail (self, KEEL_TASK_ERROR_PROTOCOL,
                                     "The server sent nothing, and nobody can tell whether that "
                                     "was all");
      return KEEL_CONNECTION_COMPLETE;
    case KEEL_RESUME_CUT:
      return keel_connection_fail (self, KEEL_TASK_ERROR_TRUNCATED,
                                   "The connection broke before the end of the file");
    case KEEL_RESUME_CHANGED:
      self->claims_same = FALSE;
      return KEEL_CONNECTION_CHANGED;
    case KEEL_RESUME_SWAP:
      return KEEL_CONNECTION_SWAPPED;
    case KEEL_RESUME_HOLD:
      /* Somebody gave a link to a page about the file; no network wants anything. */
      if (self->record->is_rebound && keel_exchange_get_status (exchange) != 511)
        return keel_connection_fail (self, KEEL_TASK_ERROR_NEEDS_NEW_URL,
                                     "The link leads to a web page, not to the file");
      return KEEL_CONNECTION_HELD;
    case KEEL_RESUME_REFUSED:
      return refused (self, exchange);
    case KEEL_RESUME_NO_FILE:
      return keel_connection_fail (self, KEEL_TASK_ERROR_PROTOCOL, "The server sent no file");
    case KEEL_RESUME_UNSUPPORTED:
      return keel_connection_fail (self, KEEL_TASK_ERROR_UNSUPPORTED,
                                   "The server sends the file in a coding that was not asked for");
    case KEEL_RESUME_PROTOCOL:
    default:
      return keel_connection_fail (self, KEEL_TASK_ERROR_PROTOCOL,
                                   "The server announces a length that makes no sense");
    }
}

/* Nobody could be asked whether that was all: the same trouble may have cut the body. It is asked
 * again, and if the server is there but never answers that, taken for whole, unconfirmed. */
static KeelConnectionOutcome
end_is_unknown (KeelConnection        *self,
                KeelConnectionOutcome  outcome)
{
  gboolean accepts_doubt = self->accepts_doubt && self->was_sent;

  if (outcome != KEEL_CONNECTION_FAILED)
    return outcome;
  self->has_ended = !accepts_doubt;
  if (!accepts_doubt)
    return keel_connection_fail (self, KEEL_TASK_ERROR_TRUNCATED,
                                 "The server cannot be asked whether the file is complete");
  g_clear_error (&self->error);
  g_clear_pointer (&self->details, g_free);
  return KEEL_CONNECTION_COMPLETE;
}

/* A range, or a word about the size, does not go with what is on disk. The whole is needed anyway
 * if that is true, and is compared; and if it is not true, nothing is lost. */
static void
ask_whole (KeelResumeState *state)
{
  state->asked = KEEL_RESUME_ASK_WHOLE;
  state->start = 0;
}

/* So much of the file is there from its start, or from that of the piece. */
guint64
keel_connection_get_position (KeelConnection *self)
{
  guint64 position;
  guint64 to;

  keel_segments_get_rest (self->segments, self->piece, &position, &to);
  return position;
}

/* After a body: what to ask next, if anything. TRUE: @state says what. */
static gboolean
go_on (KeelConnection  *self,
       KeelBodyEnd      end,
       gboolean         is_range,
       KeelResumeState *state)
{
  /* The range begins with other bytes than the disk: the whole tells which version that is. */
  if (end == KEEL_BODY_STOPPED && self->outcome == KEEL_CONNECTION_CHANGED && is_range)
    {
      keel_connection_describe (self, state);
      ask_whole (state);
      return TRUE;
    }
  if (end == KEEL_BODY_STOPPED)
    return FALSE;
  self->offset = keel_connection_get_position (self);
  self->outcome = KEEL_CONNECTION_COMPLETE;
  /* The trailer of a compressed body tells its end better than any server. */
  if (end == KEEL_BODY_WHOLE || end == KEEL_BODY_ENOUGH ||
      (end == KEEL_BODY_ENDED && self->record->coding != NULL && !state->coding_is_own))
    return FALSE;
  keel_connection_describe (self, state);
  keel_resume_begin (state);
  if (end == KEEL_BODY_ENDED)
    {
      state->asked = KEEL_RESUME_ASK_END;
      state->start = self->offset;
    }
  return TRUE;
}

static void
converse (KeelConnection *self,
          KeelWorker     *worker)
{
  KeelResumeState state;
  guint questions = 0;

  keel_connection_describe (self, &state);
  keel_resume_begin (&state);
  while (questions++ < MOST_QUESTIONS)
    {
      g_autoptr (KeelExchange) exchange = keel_connection_ask (self, worker, &state);
      KeelResumeAnswer answer;
      KeelResumeVerdict verdict;

      if (exchange != NULL)
        {
          keel_connection_read_answer (exchange, &answer);
          look_at_name (self, exchange, &state, &answer);
          keel_resume_decide (&state, &answer, &verdict);
        }
      if (exchange != NULL && verdict.action == KEEL_RESUME_TAKE)
        {
          guint64 before = self->offset;
          KeelBodyEnd end;

          keel_connection_learn (self, exchange, &answer, &verdict);
          end = keel_connection_take (self, worker, exchange, &verdict);
          if (!go_on (self, end, answer.status == 206, &state))
            return;
          /* As long as it brings something. */
          if (self->offset > before)
            questions = 0;
        }
      else if (exchange != NULL && verdict.action == KEEL_RESUME_CHANGED &&
               state.asked != KEEL_RESUME_ASK_WHOLE)
        ask_whole (&state);
      else if (exchange != NULL && verdict.action == KEEL_RESUME_ASK)
        {
          state.asked = verdict.ask;
          state.start = verdict.start;
          state.n_doubtful += verdict.is_doubtful ? 1 : 0;
        }
      else
        {
          /* With nothing there, there is nothing that could be taken for whole. */
          gboolean is_known = self->has_empty_chunks ||
                              (exchange != NULL && verdict.action == KEEL_RESUME_CUT);

          if (exchange != NULL)
            self->outcome = keel_connection_conclude (self, exchange, &verdict);
          if (state.asked == KEEL_RESUME_ASK_END && !is_known)
            self->outcome = end_is_unknown (self, self->outcome);
          return;
        }
    }
  self->outcome = keel_connection_fail (self, KEEL_TASK_ERROR_PROTOCOL,
                                        "The server's answers make no sense");
}

/* Whether the piece is to be asked for as an exact range. */
static gboolean
is_range_wanted (KeelConnection *self)
{
  guint64 from;
  guint64 to;

  keel_segments_get_rest (self->segments, self->piece, &from, &to);
  return self->is_helper || self->has_told ||
         keel_segments_count_done_after (self->segments, to, 1) > 0;
}

/* Gets all of the piece that is left to it. FALSE: the outcome tells why not. */
static gboolean
get_piece (KeelConnection *self,
           KeelWorker     *worker)
{
  guint64 from;
  guint64 to;

  self->offset = keel_connection_get_position (self);
  keel_connection_begin_hashes (self);
  if (is_range_wanted (self))
    keel_connection_fetch (self, worker);
  else
    converse (self, worker);
  if (self->outcome != KEEL_CONNECTION_COMPLETE)
    return FALSE;
  keel_segments_get_rest (self->segments, self->piece, &from, &to);
  if (to == G_MAXUINT64)
    keel_segments_set_total (self->segments, from);
  return keel_connection_finish_hashes (self);
}

/* One that was stopped only because it had nothing left to do has done all that it could. */
static void
look_who_stopped (KeelConnection *self)
{
  gboolean is_cancelled = __atomic_load_n (&self->is_cancelled, __ATOMIC_ACQUIRE);

  if (!is_cancelled && g_cancellable_is_cancelled (self->cancellable) &&
      (self->outcome == KEEL_CONNECTION_CANCELLED || self->outcome == KEEL_CONNECTION_FAILED))
    {
      g_clear_error (&self->error);
      self->outcome = KEEL_CONNECTION_COMPLETE;
    }
  /* Nobody asks for a password, or calls a file complete, that was stopped at the last moment. */
  if (is_cancelled && self->outcome == KEEL_CONNECTION_FAILED)
    self->outcome = KEEL_CONNECTION_CANCELLED;
}

static gboolean
claim (KeelConnection *self)
{
  if (!g_cancellable_is_cancelled (self->cancellable))
    self->piece = keel_segments_claim (self->segments, g_get_monotonic_time ());
  return self->piece != NULL;
}

static void
connection_run (KeelWorkerJob *job,
                KeelWorker    *worker)
{
  KeelConnection *self = (KeelConnection *) job;
  gboolean ok = TRUE;

  self->outcome = g_cancellable_is_cancelled (self->cancellable) ? KEEL_CONNECTION_CANCELLED :
                                                                   KEEL_CONNECTION_COMPLETE;
  while (ok && claim (self))
    {
      self->outcome = KEEL_CONNECTION_CANCELLED;
      ok = get_piece (self, worker);
      keel_segments_release (self->segments, g_steal_pointer (&self->piece));
    }
  look_who_stopped (self);
}

static void
connection_done (KeelWorkerJob *job)
{
  KeelConnection *self = (KeelConnection *) job;
  KeelConnectionResult result = {
    .outcome = self->outcome,
    .error = self->error,
    .claims_same = self->claims_same,
    .is_final = self->is_final,
    .details = self->details,
    .challenge = self->challenge,
    .http_status = self->http_status,
    .retry_after_usec = self->retry_after_usec,
    .length_confirmed = self->length_confirmed,
    .has_ended = self->has_ended,
  };

  if (self->user_data != NULL)
    self->events.done (self->user_data, &result);
  connection_unref (self);
}

/* Another link to the same file: what is known of the answers of the first one does not hold for
 * it, but for the size. */
static void
use_mirror (KeelConnection *self,
            const char     *mirror)
{
  KeelTransferRecord *record = self->record;

  take_string (&record->uri, mirror);
  g_clear_pointer (&record->etag, g_free);
  g_clear_pointer (&record->last_modified, g_free);
  g_clear_pointer (&record->date, g_free);
  g_clear_pointer (&record->headers, g_free);
  record->is_rebound = TRUE;
}

/* --- owner's thread -------------------------------------------------------------------------- */

/* Starts asking in a worker's thread. The result is alive until detached; @user_data must not be
 * NULL, and `done` comes exactly once unless it is detached before. (transfer full) */
KeelConnection *
keel_connection_start (KeelWorkerPool              *pool,
                       GMainContext                *context,
                       const KeelConnectionRequest *request,
                       const KeelConnectionEvents  *events,
                       gpointer                     user_data)
{
  KeelConnection *self = g_new0 (KeelConnection, 1);

  g_atomic_ref_count_init (&self->refs);
  self->context = context != NULL ? g_main_context_ref (context) : NULL;
  self->record = keel_transfer_record_copy (request->record);
  for (gsize i = 0; i < G_N_ELEMENTS (self->credentials); i++)
    if (request->credentials[i] != NULL)
      self->credentials[i] = keel_credentials_copy (request->credentials[i]);
  self->overlap = request->overlap;
  self->accepts_doubt = request->accepts_doubt;
  self->coding_is_own = request->record->chosen != NULL &&
                        keel_file_name_is_gzip (request->record->chosen);
  self->segments = keel_segments_ref (request->segments);
  self->is_alone = request->is_alone;
  self->is_helper = request->is_helper;
  self->checksum = request->is_helper ? NULL : request->checksum;
  self->is_mirror = request->mirror != NULL;
  if (self->is_mirror)
    use_mirror (self, request->mirror);
  self->hasher = keel_block_hasher_new (0);
  self->fresh = g_array_new (FALSE, FALSE, sizeof (KeelBlockHash));
  self->spare_is_used = request->keeps_version || keel_transfer_record_has_aside (request->record);
  self->part = keel_part_file_ref (request->part);
  for (gsize i = 0; i < G_N_ELEMENTS (self->limiters); i++)
    if (request->limiters[i] != NULL)
      self->limiters[i] = keel_rate_limiter_ref (request->limiters[i]);
  self->cancellable = g_cancellable_new ();
  self->retry_after_usec = -1;
  self->events = *events;
  self->user_data = user_data;

  self->host = keel_uri_dup_host (self->record->uri);
  self->job.host = self->host;
  self->job.run = connection_run;
  self->job.done = connection_done;
  keel_worker_pool_push (pool, &connection_ref (self)->job);
  return self;
}

/* Makes the exchange end soon, with CANCELLED unless it had ended already. */
void
keel_connection_cancel (KeelConnection *self)
{
  __atomic_store_n (&self->is_cancelled, TRUE, __ATOMIC_RELEASE);
  g_cancellable_cancel (self->cancellable);
}

/* Makes it end, because another one has taken over what it had left: with COMPLETE. */
void
keel_connection_dismiss (KeelConnection *self)
{
  g_cancellable_cancel (self->cancellable);
}

/* How many bytes of bodies have come, those that were only compared included. */
guint64
keel_connection_get_moved (KeelConnection *self)
{
  return __atomic_load_n (&self->moved, __ATOMIC_ACQUIRE);
}

KeelConnectionPhase
keel_connection_get_phase (KeelConnection *self)
{
  return __atomic_load_n (&self->phase, __ATOMIC_ACQUIRE);
}

/* Gives it back: no event will come any more. Consumes @self. */
void
keel_connection_detach (KeelConnection *self)
{
  self->user_data = NULL;
  connection_unref (self);
}
