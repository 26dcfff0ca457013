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
 * What is on disk already is compared. While it is equal, nothing is written. A difference means
 * that the server has another version:
 *   - in a body that begins at 0, everything that is needed is in hand: the bytes that were equal
 *     are copied into the spare part file, the rest of the body follows, and the old partial stays
 *     as it is until the owner drops it. The owner is told by the head, with the segments of the
 *     new file. (If bytes were written before the difference came, nobody knows of which version
 *     the old partial is now, and all of it is dropped.)
 *   - in a range, or when the spare is in use, the answer is of no use.
 *
 * Where a piece ends and bytes follow that another connection has fetched, some of those are
 * compared, too: a server that says of two versions that they are one is found out at the seams.
 *
 * What is written is hashed as it comes, block by block, while it is in the processor's cache; the
 * owner takes the hashes when it makes a checkpoint. */

#define READ_BYTES_PLAIN (1024 * 1024)
#define READ_BYTES_TLS (64 * 1024)
#define COMPARE_BYTES (64 * 1024)
/* So much is compared behind a piece. */
#define SEAM_BYTES (64 * 1024)

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
  gboolean ok;

  __atomic_store_n (&self->phase, KEEL_CONNECTION_LIMITED, __ATOMIC_RELEASE);
  /* All connections of a transfer have the same first limiter, and share alike with others. */
  ok = keel_rate_limiter_take (self->limiters, G_N_ELEMENTS (self->limiters), self->limiters[0],
                               bytes, self->cancellable);
  __atomic_store_n (&self->phase, KEEL_CONNECTION_MOVING, __ATOMIC_RELEASE);
  return ok;
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

/* The connection can be used again. */
static void
keep (KeelBody *body)
{
  SoupMessage *message = keel_exchange_get_message (body->exchange);
  g_autofree char *uri = g_uri_to_string (soup_message_get_uri (message));
  g_autofree char *origin = keel_uri_dup_origin (uri);

  keel_exchange_set_done (body->exchange);
  if (soup_message_is_keepalive (message))
    keel_worker_keep (body->worker, origin);
}

static gboolean
is_chunked (KeelBody *body)
{
  SoupMessage *message = keel_exchange_get_message (body->exchange);

  return soup_message_headers_get_encoding (soup_message_get_response_headers (message)) ==
         SOUP_ENCODING_CHUNKED;
}

/* What chunks say about the end of a body is not believed: up to 3.6.4 libsoup takes one that was
 * cut for whole, and ever since a size that is no number for the last one. */
static KeelBodyEnd
end_of_stream (KeelBody *body)
{
  KeelConnection *self = body->connection;

  if (body->verdict->has_to ? body->position < body->verdict->to : body->position < self->offset)
    return truncated (body);
  keep (body);
  self->length_confirmed = body->verdict->has_to;
  self->has_empty_chunks = body->position == 0 && is_chunked (body);
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

/* Blocks are hashed whole: from the beginning of the one that the piece begins in, if that is
 * there, else from the next one on. */
void
keel_connection_begin_hashes (KeelConnection *self)
{
  guint64 position = keel_connection_get_position (self);
  gsize present = (gsize) (position % KEEL_BLOCK_BYTES);
  gboolean is_known = keel_segments_count_done_before (self->segments, position, present) ==
                      present;

  keel_block_hasher_seek (self->hasher, position - present + (is_known ? 0 : KEEL_BLOCK_BYTES));
}

/* FALSE: a block came that is not what it was before; the outcome tells. */
static gboolean
keep_hashes (KeelConnection *self)
{
  if (keel_segments_keep_hashes (self->segments, self->fresh))
    return TRUE;
  stop (self, KEEL_CONNECTION_UNFIT);
  return FALSE;
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
  return keep_hashes (self);
}

/* Likewise while the server waits, which is nothing that it could be blamed for. */
static gboolean
catch_up_slowly (KeelConnection *self,
                 guint64         position)
{
  gboolean ok;

  if (keel_block_hasher_get_position (self->hasher) >= position)
    return TRUE;
  __atomic_store_n (&self->phase, KEEL_CONNECTION_LIMITED, __ATOMIC_RELEASE);
  ok = catch_up (self, position);
  __atomic_store_n (&self->phase, KEEL_CONNECTION_MOVING, __ATOMIC_RELEASE);
  return ok;
}

/* The bytes at @position have been written. */
static void
hash (KeelConnection *self,
      const guint8   *bytes,
      gsize           length,
      guint64         position)
{
  guint64 hashed = keel_block_hasher_get_position (self->hasher);
  gsize skipped = hashed > position ? (gsize) MIN (length, hashed - position) : 0;

  keel_block_hasher_add (self->hasher, bytes + skipped, length - skipped, self->fresh);
}

/* The piece is there: its last block gets its hash, if the rest of that block is there, too, or if
 * the file ends with it. A file that has no other needs none. FALSE: the outcome tells. */
gboolean
keel_connection_finish_hashes (KeelConnection *self)
{
  guint64 position = keel_connection_get_position (self);
  gsize missing = (gsize) ((KEEL_BLOCK_BYTES - position % KEEL_BLOCK_BYTES) % KEEL_BLOCK_BYTES);

  if (position < KEEL_BLOCK_BYTES || keel_block_hasher_get_position (self->hasher) > position)
    return TRUE;
  if (keel_segments_is_end (self->segments, position))
    {
      if (!catch_up (self, position))
        return FALSE;
      keel_block_hasher_finish (self->hasher, self->fresh);
      return keep_hashes (self);
    }
  if (missing == 0 || keel_segments_count_done_after (self->segments, position, missing) < missing)
    return TRUE;
  return catch_up (self, position + missing);
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

/* The file that is written now has @equal bytes. */
static void
begin_segments (KeelConnection *self,
                guint64         equal)
{
  KeelRanges *done = keel_ranges_new ();

  keel_ranges_add (done, 0, equal);
  keel_segments_release (self->segments, self->piece);
  keel_segments_unref (self->segments);
  self->segments = keel_segments_new (done);
  self->piece = keel_segments_claim (self->segments, g_get_monotonic_time ());
  keel_block_hasher_seek (self->hasher, 0);
  g_array_unref (done);
}

/* From here on the bytes go into the spare part file, of which the first @equal are those of the
 * old one. FALSE: the outcome tells. */
static gboolean
switch_to_spare (KeelBody *body,
                 guint64   equal)
{
  KeelConnection *self = body->connection;
  KeelPartFile *spare = NULL;

  if (body->has_written)
    {
      self->claims_same = TRUE;
      stop (self, KEEL_CONNECTION_CHANGED);
      return FALSE;
    }
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
  self->checksum = NULL;
  begin_segments (self, equal);
  if (body->verdict->has_total)
    keel_segments_set_total (self->segments, body->verdict->total);
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
static gssize
count_equal (KeelBody     *body,
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

/* They are on disk already. FALSE: the outcome tells, or it was enough. */
static gboolean
compare (KeelBody     *body,
         const guint8 *bytes,
         gsize         length)
{
  KeelConnection *self = body->connection;
  gssize equal = count_equal (body, bytes, length);

  if (equal < 0)
    return FALSE;
  body->position += (guint64) equal;
  if ((gsize) equal == length)
    return TRUE;
  if (!body->is_exact && body->seam == 0)
    return switch_to_spare (body, body->position);
  stop (self, KEEL_CONNECTION_UNFIT);
  return FALSE;
}

/* The bytes that were compared last are those behind the piece, and as many as there will be. */
static void
vouch_tail (KeelBody *body)
{
  KeelConnection *self = body->connection;

  if (body->compared > 0 && body->position > keel_connection_get_position (self))
    keel_segments_vouch_tail (self->segments, self->piece);
}

/* Behind the piece: so much of what another one has fetched is compared, then it is enough. */
static gboolean
compare_seam (KeelBody     *body,
              const guint8 *bytes,
              gsize         length)
{
  gsize size = (gsize) MIN (length, SEAM_BYTES - body->seam);

  body->seam += size;
  if (!compare (body, bytes, size))
    return FALSE;
  /* A body that ends here, too, is read to its end, so that the connection can be used again. */
  body->is_enough = body->seam == SEAM_BYTES && body->position < body->verdict->to;
  return !body->is_enough;
}

static gboolean
write_piece (KeelBody     *body,
             const guint8 *bytes,
             gsize         length)
{
  KeelConnection *self = body->connection;

  if (!self->has_posted)
    keel_connection_post_head (self, body->exchange, NULL);
  if (!catch_up_slowly (self, body->position))
    return FALSE;
  if (!keel_part_file_write (self->part, bytes, length, body->position, &self->error))
    {
      stop (self, KEEL_CONNECTION_FAILED);
      return FALSE;
    }
  hash (self, bytes, length, body->position);
  if (self->checksum != NULL && keel_checksum_get_position (self->checksum) == body->position)
    keel_checksum_add (self->checksum, bytes, length);
  if (body->compared > 0)
    keel_segments_vouch_head (self->segments, self->piece);
  body->compared = 0;
  body->position += length;
  body->has_written = TRUE;
  if (!keep_hashes (self))
    return FALSE;
  /* After their hashes: who sees the count can take those. */
  if (keel_segments_advance (self->segments, self->piece, length, g_get_monotonic_time ()))
    keel_connection_post_written (self);
  return TRUE;
}

/* All of the file comes: what is missing behind the next bytes that are there is fetched, too. */
static gboolean
claim_next (KeelBody *body)
{
  KeelConnection *self = body->connection;

  if (!body->is_whole || !keel_connection_finish_hashes (self))
    return FALSE;
  if (!keel_segments_move_on (self->segments, self->piece, body->position))
    return FALSE;
  keel_connection_begin_hashes (self);
  return TRUE;
}

/* Compares what is on disk already, writes what is not. FALSE: the outcome tells, or it was enough.
 */
static gboolean
put (KeelBody     *body,
     const guint8 *bytes,
     gsize         length)
{
  KeelConnection *self = body->connection;

  while (length > 0)
    {
      guint64 before = body->position;
      gsize size = length;
      gboolean is_behind = before >= keel_connection_get_position (self) && !body->is_whole;
      gboolean ok = FALSE;

      switch (keel_segments_look (self->segments, self->piece, before, &size))
        {
        case KEEL_SEGMENT_OWN:
          ok = write_piece (body, bytes, size);
          break;
        case KEEL_SEGMENT_DONE:
          ok = is_behind ? compare_seam (body, bytes, size) : compare (body, bytes, size);
          body->compared += body->position - before;
          if ((ok || body->is_enough) &&
              (body->compared >= SEAM_BYTES || body->position == body->verdict->to))
            vouch_tail (body);
          break;
        case KEEL_SEGMENT_FOREIGN:
        default:
          vouch_tail (body);
          ok = claim_next (body);
          body->is_enough = !ok && self->outcome != KEEL_CONNECTION_FAILED;
          break;
        }
      if (!ok)
        return FALSE;
      bytes += body->position - before;
      length -= (gsize) (body->position - before);
    }
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

  body->worker = worker;
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
      if (!put (body, buffer, (gsize) count))
        return body->is_enough ? KEEL_BODY_ENOUGH : KEEL_BODY_STOPPED;
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
    .position = verdict->from,
    .is_whole = verdict->from == 0 && keel_exchange_get_status (exchange) != 206,
  };

  self->has_posted = FALSE;
  if (verdict->has_total && !verdict->is_other)
    keel_segments_set_total (self->segments, verdict->total);
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
