/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-connection-private.h"

#include "keel-task-error.h"
#include "keel-uri.h"

#include <string.h>

/* The bytes of one answer, in a worker's thread.
 *
 * libsoup is not believed about endings: on Debian 12 a body that is shorter than its
 * Content-Length reads as a clean end. So the bytes are counted here, against the length that our
 * own parser made of the header.
 *
 * What comes from below the offset is on disk already, and is compared. While it is equal, nothing
 * is written. A difference means that the server has another version:
 *   - in a body that begins at 0, everything that is needed is in hand: the bytes that were equal
 *     are copied into the spare part file, the rest of the body follows, and the old partial stays
 *     as it is until the owner drops it. The owner is told by the head, and does not see a count
 *     of the new file before it has been told (has_switched).
 *   - in a range, or when the spare is in use, the answer is of no use.
 *
 * What is written is hashed as it comes, block by block, while it is in the processor's cache; the
 * owner takes the hashes when it makes a checkpoint. */

#define READ_BYTES_PLAIN (1024 * 1024)
#define READ_BYTES_TLS (64 * 1024)
/* How much may be written between two checkpoints, and how much when the bytes come so fast that
 * the disk would do nothing but sync. */
#define NOTICE_BYTES (16 * 1024 * 1024)
#define NOTICE_BYTES_FAST (32 * 1024 * 1024)
#define FAST_USEC (80 * 1000)
#define COMPARE_BYTES (64 * 1024)

/* --- limits and counts ----------------------------------------------------------------------- */

static gsize
read_size (KeelConnection *self,
           gsize           most)
{
  gsize size = most;

  for (gsize i = 0; i < G_N_ELEMENTS (self->limiters); i++)
    if (self->limiters[i] != NULL)
      size = keel_rate_limiter_suggest (self->limiters[i], size);
  return size;
}

static gboolean
pay (KeelConnection *self,
     gsize           bytes)
{
  gboolean ok = TRUE;

  __atomic_store_n (&self->phase, KEEL_CONNECTION_LIMITED, __ATOMIC_RELEASE);
  for (gsize i = 0; i < G_N_ELEMENTS (self->limiters) && ok; i++)
    if (self->limiters[i] != NULL)
      ok = keel_rate_limiter_take (self->limiters[i], bytes, self->cancellable);
  __atomic_store_n (&self->phase, KEEL_CONNECTION_MOVING, __ATOMIC_RELEASE);
  return ok;
}

static void
set_written (KeelConnection *self,
             guint64         written)
{
  gint64 now_usec;

  __atomic_store_n (&self->written, written, __ATOMIC_RELEASE);
  if (written - self->noticed < NOTICE_BYTES)
    return;
  now_usec = g_get_monotonic_time ();
  if (now_usec - self->noticed_usec < FAST_USEC && written - self->noticed < NOTICE_BYTES_FAST)
    return;
  self->noticed = written;
  self->noticed_usec = now_usec;
  keel_connection_post_written (self);
}

/* --- ends ------------------------------------------------------------------------------------ */

static KeelBodyEnd
stop (KeelConnection        *self,
      KeelConnectionOutcome  outcome)
{
  self->outcome = outcome;
  return KEEL_BODY_STOPPED;
}

static KeelBodyEnd
truncated (KeelBody *body)
{
  KeelConnection *self = body->connection;

  g_clear_error (&self->error);
  if (!body->verdict->has_to)
    g_set_error (&self->error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_TRUNCATED,
                 "The connection broke after %" G_GUINT64_FORMAT " bytes", body->position);
  else
    g_set_error (&self->error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_TRUNCATED,
                 "The server stopped after %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bytes",
                 body->position, body->verdict->to);
  return stop (self, KEEL_CONNECTION_FAILED);
}

/* Since 3.6.5 libsoup tells a chunked body that was cut from one that ended. */
static gboolean
is_end_certain (KeelBody *body)
{
  SoupMessage *message = keel_exchange_get_message (body->exchange);

  return soup_check_version (3, 6, 5) &&
         soup_message_headers_get_encoding (soup_message_get_response_headers (message)) ==
           SOUP_ENCODING_CHUNKED;
}

static KeelBodyEnd
end_of_stream (KeelBody *body)
{
  KeelConnection *self = body->connection;

  if (body->verdict->has_to ? body->position < body->verdict->to : body->position < self->offset)
    return truncated (body);
  keel_exchange_set_done (body->exchange);
  self->length_confirmed = body->verdict->has_to || is_end_certain (body);
  if (!self->length_confirmed)
    return KEEL_BODY_ENDED;
  if (body->verdict->has_total && body->position < body->verdict->total)
    return KEEL_BODY_MORE;
  return KEEL_BODY_WHOLE;
}

static KeelBodyEnd
read_failed (KeelBody *body,
             GError   *error)
{
  KeelConnection *self = body->connection;

  /* The count is right; how the connection ended after that does not matter. */
  if (body->verdict->has_to && body->position == body->verdict->to)
    return end_of_stream (body);
  self->error = keel_task_error_convert (error, TRUE);
  return self->error->code == KEEL_TASK_ERROR_TRUNCATED ? truncated (body) :
                                                          stop (self, KEEL_CONNECTION_FAILED);
}

/* Whether libsoup knows, too, that the body ends here: then one more read gives 0 at once, and
 * the connection can be used again. With a Transfer-Encoding beside it, it never is (RFC 9112
 * §6.1). */
static gboolean
ends_by_length (KeelBody *body)
{
  SoupMessage *message = keel_exchange_get_message (body->exchange);
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);

  return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
         (guint64) soup_message_headers_get_content_length (headers) ==
           body->verdict->to - body->verdict->from;
}

/* --- hashes of what is written --------------------------------------------------------------- */

/* Gives the owner @hashes to take, and empties them. */
void
keel_connection_keep_hashes (KeelConnection *self,
                             GArray         *hashes)
{
  if (hashes->len == 0)
    return;
  g_mutex_lock (&self->mutex);
  g_array_append_vals (self->hashes, hashes->data, hashes->len);
  g_mutex_unlock (&self->mutex);
  g_array_set_size (hashes, 0);
}

/* Another file is written now, and the owner does not know yet. */
static void
forget_hashes (KeelConnection *self)
{
  keel_block_hasher_seek (self->hasher, 0);
  g_mutex_lock (&self->mutex);
  g_array_set_size (self->hashes, 0);
  __atomic_store_n (&self->has_switched, TRUE, __ATOMIC_RELEASE);
  g_mutex_unlock (&self->mutex);
}

/* Hashes what is on disk up to @position and was not hashed as it came: the beginning of a block
 * that an earlier attempt has written, or what was copied from another file. FALSE: the outcome
 * tells. */
static gboolean
catch_up (KeelConnection *self,
          guint64         position)
{
  guint8 bytes[COMPARE_BYTES];

  for (guint64 at; (at = keel_block_hasher_get_position (self->hasher)) < position;)
    {
      gssize count;

      if (g_cancellable_is_cancelled (self->cancellable))
        {
          stop (self, KEEL_CONNECTION_CANCELLED);
          return FALSE;
        }
      count = keel_part_file_read (self->part, bytes, MIN (position - at, sizeof bytes), at,
                                   &self->error);
      if (count <= 0)
        {
          stop (self, count < 0 ? KEEL_CONNECTION_FAILED : KEEL_CONNECTION_RESTART);
          return FALSE;
        }
      keel_block_hasher_add (self->hasher, bytes, (gsize) count, self->fresh);
    }
  keel_connection_keep_hashes (self, self->fresh);
  return TRUE;
}

/* Likewise while the server waits, which is nothing that it could be blamed for. */
static gboolean
catch_up_slowly (KeelConnection *self,
                 guint64         position)
{
  gboolean ok;

  if (keel_block_hasher_get_position (self->hasher) == position)
    return TRUE;
  __atomic_store_n (&self->phase, KEEL_CONNECTION_LIMITED, __ATOMIC_RELEASE);
  ok = catch_up (self, position);
  __atomic_store_n (&self->phase, KEEL_CONNECTION_MOVING, __ATOMIC_RELEASE);
  return ok;
}

/* The file is complete: its last block has a hash, too, but for a file that has no other. */
void
keel_connection_finish_hashes (KeelConnection *self)
{
  guint64 written = __atomic_load_n (&self->written, __ATOMIC_ACQUIRE);

  if (written < KEEL_BLOCK_BYTES || !catch_up (self, written))
    return;
  keel_block_hasher_finish (self->hasher, self->fresh);
  keel_connection_keep_hashes (self, self->fresh);
}

/* --- another version ------------------------------------------------------------------------- */

/* Refused before the first byte rather than in the middle. */
static gboolean
has_room (KeelBody *body,
          guint64   present)
{
  KeelConnection *self = body->connection;

  return !body->verdict->has_total || body->verdict->total <= present ||
         keel_part_file_make_room (self->part, present, body->verdict->total, &self->error);
}

/* The server does not stand still while this takes its time. */
static gboolean
copy_equal (KeelConnection *self,
            KeelPartFile   *spare,
            guint64         equal)
{
  gboolean ok;

  __atomic_store_n (&self->phase, KEEL_CONNECTION_LIMITED, __ATOMIC_RELEASE);
  ok = keel_part_file_copy (self->part, spare, equal, self->cancellable, &self->error);
  __atomic_store_n (&self->phase, KEEL_CONNECTION_MOVING, __ATOMIC_RELEASE);
  return ok;
}

/* From here on the bytes go into the spare part file, of which the first @equal are those of the
 * old one. FALSE: the outcome tells. */
static gboolean
switch_to_spare (KeelBody *body,
                 guint64   equal)
{
  KeelConnection *self = body->connection;
  KeelPartFile *spare = NULL;

  if (body->verdict->from > 0 || self->spare_is_used)
    {
      stop (self, KEEL_CONNECTION_CHANGED);
      return FALSE;
    }
  if (!has_room (body, 0))
    {
      /* The old partial and the new file do not fit together: the old one has to go. */
      g_clear_error (&self->error);
      self->claims_same = TRUE;
      stop (self, KEEL_CONNECTION_CHANGED);
      return FALSE;
    }
  stop (self, KEEL_CONNECTION_FAILED);
  spare = keel_part_file_create_beside (self->part, self->record->spare_name, self->record->token,
                                        &self->error);
  if (spare == NULL)
    return FALSE;
  if (!copy_equal (self, spare, equal))
    {
      keel_part_file_unref (spare);
      return FALSE;
    }
  keel_part_file_unref (self->part);
  self->part = spare;
  self->spare_is_used = TRUE;
  self->offset = 0;
  self->noticed = equal;
  /* Before the count: who sees a count of the new file sees this too. */
  forget_hashes (self);
  __atomic_store_n (&self->written, equal, __ATOMIC_RELEASE);
  keel_connection_post_head (self, body->exchange, spare);
  return TRUE;
}

/* --- bytes ----------------------------------------------------------------------------------- */

static gssize
find_difference (const guint8 *a,
                 const guint8 *b)
{
  gssize i = 0;

  while (a[i] == b[i])
    i++;
  return i;
}

/* How many of @length bytes at @position are those on disk; -1 with the outcome set when the disk
 * does not say. */
gssize
keel_connection_count_equal (KeelBody     *body,
                             const guint8 *bytes,
                             gsize         length)
{
  KeelConnection *self = body->connection;
  guint8 ours[COMPARE_BYTES];

  for (gsize done = 0; done < length;)
    {
      gsize size = MIN (length - done, sizeof ours);
      gssize count = keel_part_file_read (self->part, ours, size, body->position + done,
                                          &self->error);

      if (count <= 0)
        {
          stop (self, count < 0 ? KEEL_CONNECTION_FAILED : KEEL_CONNECTION_RESTART);
          return -1;
        }
      if (memcmp (ours, bytes + done, (gsize) count) != 0)
        return (gssize) done + find_difference (ours, bytes + done);
      done += (gsize) count;
    }
  return (gssize) length;
}

/* Compares what is on disk already, writes what is not. FALSE: the outcome tells. */
static gboolean
put (KeelBody     *body,
     const guint8 *bytes,
     gsize         length)
{
  KeelConnection *self = body->connection;
  gsize known = body->position < self->offset ?
                  (gsize) MIN (length, self->offset - body->position) :
                  0;
  gssize equal = known > 0 ? keel_connection_count_equal (body, bytes, known) : 0;

  if (equal < 0 ||
      ((gsize) equal < known && !switch_to_spare (body, body->position + (guint64) equal)))
    return FALSE;
  body->position += (guint64) equal;
  bytes += equal;
  length -= (gsize) equal;
  if (length == 0)
    return TRUE;
  if (!self->has_posted)
    keel_connection_post_head (self, body->exchange, NULL);
  if (!catch_up_slowly (self, body->position))
    return FALSE;
  if (!keel_part_file_write (self->part, bytes, length, body->position, &self->error))
    {
      stop (self, KEEL_CONNECTION_FAILED);
      return FALSE;
    }
  body->position += length;
  keel_block_hasher_add (self->hasher, bytes, length, self->fresh);
  keel_connection_keep_hashes (self, self->fresh);
  /* After their hashes: who sees the count can take those. */
  set_written (self, body->position);
  return TRUE;
}

/* Reads what comes to the end of what the verdict allows, and lets it be put where it belongs. */
KeelBodyEnd
keel_connection_read (KeelBody   *body,
                      KeelWorker *worker)
{
  KeelConnection *self = body->connection;
  guint8 *buffer = keel_worker_get_buffer (worker, READ_BYTES_PLAIN);
  gsize most = keel_uri_is_encrypted (self->record->uri) ? READ_BYTES_TLS : READ_BYTES_PLAIN;
  const KeelResumeVerdict *verdict = body->verdict;

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      gssize count = g_input_stream_read (keel_exchange_get_stream (body->exchange), buffer,
                                          read_size (self, most), self->cancellable, &error);

      if (count < 0)
        return read_failed (body, error);
      if (count == 0)
        return end_of_stream (body);
      __atomic_add_fetch (&self->moved, (guint64) count, __ATOMIC_RELEASE);
      /* More than was announced is not part of the file. */
      if (verdict->has_to)
        count = (gssize) MIN ((guint64) count, verdict->to - body->position);
      if (!body->put (body, buffer, (gsize) count))
        return KEEL_BODY_STOPPED;
      if (verdict->has_to && body->position == verdict->to && !ends_by_length (body))
        break;
      if (!pay (self, (gsize) count))
        return stop (self, KEEL_CONNECTION_CANCELLED);
    }
  self->length_confirmed = TRUE;
  return verdict->has_total && body->position < verdict->total ? KEEL_BODY_MORE : KEEL_BODY_WHOLE;
}

/* Takes the body of @exchange, whose answer the verdict allows. What it says about the file is in
 * the connection's record already. */
KeelBodyEnd
keel_connection_take (KeelConnection          *self,
                      KeelWorker              *worker,
                      KeelExchange            *exchange,
                      const KeelResumeVerdict *verdict)
{
  KeelBody body = {
    .connection = self,
    .exchange = exchange,
    .verdict = verdict,
    .put = put,
    .position = verdict->from,
  };

  self->has_posted = FALSE;
  /* First, so that it is known how much room it takes when there is none. */
  if (self->offset == 0 && !verdict->is_other)
    keel_connection_post_head (self, exchange, NULL);
  if (!has_room (&body, self->offset))
    return stop (self, KEEL_CONNECTION_FAILED);
  if (verdict->is_other && !switch_to_spare (&body, 0))
    return KEEL_BODY_STOPPED;
  if (self->offset == 0 && !self->has_posted)
    keel_connection_post_head (self, exchange, NULL);
  return keel_connection_read (&body, worker);
}
