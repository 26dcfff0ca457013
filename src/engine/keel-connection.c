/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-connection.h"

#include "keel-connection-private.h"
#include "keel-content-range.h"
#include "keel-context.h"
#include "keel-resume.h"
#include "keel-task-error.h"
#include "keel-uri.h"

#include <string.h>

/* One HTTP exchange that feeds a part file, in a worker's thread; the life of the object and its
 * body are here, asking and redirects in keel-connection-ask.c.
 *
 * libsoup is not believed about endings: on Debian 12 a body that is shorter than its
 * Content-Length reads as a clean end. So the bytes are counted here, against the length that our
 * own parser made of the header, and only a count that is right is COMPLETE.
 *
 * Nothing is written before keel_resume_decide() has allowed it. What crosses threads: the request
 * (a copy, before), `written` (an atomic, during), head and result (copies posted, after). */

#define READ_BYTES_PLAIN (1024 * 1024)
#define READ_BYTES_TLS (64 * 1024)
/* How much may be written between two checkpoints, and how much when the bytes come so fast that
 * the disk would do nothing but sync. */
#define NOTICE_BYTES (16 * 1024 * 1024)
#define NOTICE_BYTES_FAST (32 * 1024 * 1024)
#define FAST_USEC (80 * 1000)

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
  g_free (self->uri);
  g_free (self->headers);
  g_free (self->host);
  g_free (self->etag);
  g_free (self->last_modified);
  g_free (self->date);
  g_clear_pointer (&self->part, keel_part_file_unref);
  for (gsize i = 0; i < G_N_ELEMENTS (self->limiters); i++)
    g_clear_pointer (&self->limiters[i], keel_rate_limiter_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->message);
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
  g_free ((char *) post->head.etag);
  g_free ((char *) post->head.last_modified);
  g_free ((char *) post->head.date);
  g_free (post);
  connection_unref (self);
}

static void
post_head (KeelConnection *self)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  HeadPost *post = g_new0 (HeadPost, 1);
  const char *ranges = soup_message_headers_get_one (headers, "Accept-Ranges");

  post->connection = connection_ref (self);
  post->head.status = soup_message_get_status (self->message);
  post->head.effective_uri = g_uri_to_string (soup_message_get_uri (self->message));
  post->head.content_disposition = g_strdup (
    soup_message_headers_get_one (headers, "Content-Disposition"));
  post->head.content_type = g_strdup (soup_message_headers_get_one (headers, "Content-Type"));
  post->head.etag = g_strdup (soup_message_headers_get_one (headers, "ETag"));
  post->head.last_modified = g_strdup (soup_message_headers_get_one (headers, "Last-Modified"));
  post->head.date = g_strdup (soup_message_headers_get_one (headers, "Date"));
  post->head.accepts_ranges = post->head.status == 206 ||
                              (ranges != NULL && g_ascii_strcasecmp (ranges, "bytes") == 0);
  post->head.has_total = self->has_total;
  post->head.total = self->total;
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

/* --- the body, in the worker's thread -------------------------------------------------------- */

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
  keel_context_post (self->context, written_cb, connection_ref (self));
}

static gsize
read_size (KeelConnection *self)
{
  gsize size = keel_uri_is_encrypted (self->uri) ? READ_BYTES_TLS : READ_BYTES_PLAIN;

  for (gsize i = 0; i < G_N_ELEMENTS (self->limiters); i++)
    if (self->limiters[i] != NULL)
      size = keel_rate_limiter_suggest (self->limiters[i], size);
  return size;
}

static gboolean
pay (KeelConnection *self,
     gsize           bytes)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->limiters); i++)
    if (self->limiters[i] != NULL &&
        !keel_rate_limiter_take (self->limiters[i], bytes, self->cancellable))
      return FALSE;
  return TRUE;
}

static KeelConnectionOutcome
truncated (KeelConnection *self)
{
  guint64 written = __atomic_load_n (&self->written, __ATOMIC_ACQUIRE);

  g_clear_error (&self->error);
  if (!self->has_total)
    g_set_error (&self->error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_TRUNCATED,
                 "The connection broke after %" G_GUINT64_FORMAT " bytes", written);
  else
    g_set_error (&self->error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_TRUNCATED,
                 "The server stopped after %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bytes",
                 written, self->total);
  return KEEL_CONNECTION_FAILED;
}

static KeelConnectionOutcome
end_of_body (KeelConnection *self)
{
  guint64 written = __atomic_load_n (&self->written, __ATOMIC_ACQUIRE);

  return !self->has_total || written == self->total ? KEEL_CONNECTION_COMPLETE : truncated (self);
}

/* Whether libsoup knows, too, that the body ends here: then one more read gives 0 at once, and
 * the connection can be used again. */
static gboolean
ends_by_length (KeelConnection *self)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);

  return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
         (guint64) soup_message_headers_get_content_length (headers) == self->total - self->start;
}

/* The bytes before the offset come once more and must be those on disk: a server that keeps its
 * tag and changes the file is caught here, before a byte is written. */
static KeelConnectionOutcome
compare_overlap (KeelConnection *self,
                 GInputStream   *stream)
{
  gsize length = (gsize) (self->offset - self->start);
  g_autofree guint8 *theirs = g_malloc (length + 1);
  g_autofree guint8 *ours = g_malloc (length + 1);
  g_autoptr (GError) error = NULL;
  gsize count = 0;

  if (!g_input_stream_read_all (stream, theirs, length, &count, self->cancellable, &error))
    {
      self->error = keel_task_error_convert (error, TRUE);
      return KEEL_CONNECTION_FAILED;
    }
  if (count < length)
    return truncated (self);
  if (keel_part_file_read (self->part, ours, length, self->start, &self->error) != (gssize) length)
    return self->error != NULL ? KEEL_CONNECTION_FAILED : KEEL_CONNECTION_RESTART;
  return memcmp (ours, theirs, length) == 0 ? KEEL_CONNECTION_COMPLETE : KEEL_CONNECTION_RESTART;
}

static KeelConnectionOutcome
read_body (KeelConnection *self,
           GInputStream   *stream,
           KeelWorker     *worker)
{
  guint64 offset = self->offset;
  guint8 *buffer = keel_worker_get_buffer (worker, READ_BYTES_PLAIN);

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      gssize count = g_input_stream_read (stream, buffer, read_size (self), self->cancellable,
                                          &error);

      if (count < 0)
        {
          if (self->has_total && offset == self->total)
            return end_of_body (self);
          self->error = keel_task_error_convert (error, TRUE);
          return self->error->code == KEEL_TASK_ERROR_TRUNCATED ? truncated (self) :
                                                                  KEEL_CONNECTION_FAILED;
        }
      if (count == 0)
        return end_of_body (self);
      /* More than was announced is not part of the file. */
      if (self->has_total && (guint64) count > self->total - offset)
        count = (gssize) (self->total - offset);
      if (!keel_part_file_write (self->part, buffer, (gsize) count, offset, &self->error))
        return KEEL_CONNECTION_FAILED;
      offset += (guint64) count;
      set_written (self, offset);
      if (self->has_total && offset == self->total && !ends_by_length (self))
        return end_of_body (self);
      if (!pay (self, (gsize) count))
        return KEEL_CONNECTION_CANCELLED;
    }
}

/* Refused before the first byte rather than in the middle. */
static gboolean
has_room (KeelConnection *self)
{
  return !self->has_total ||
         keel_part_file_has_room (self->part, self->total - self->offset, &self->error);
}

static KeelConnectionOutcome
exchange (KeelConnection *self,
          KeelWorker     *worker)
{
  g_autoptr (GInputStream) stream = NULL;
  KeelConnectionOutcome outcome = keel_connection_ask (self, worker, &stream);

  if (outcome == KEEL_CONNECTION_COMPLETE && !has_room (self))
    outcome = KEEL_CONNECTION_FAILED;
  if (outcome == KEEL_CONNECTION_COMPLETE && self->start < self->offset)
    outcome = compare_overlap (self, stream);
  if (outcome == KEEL_CONNECTION_COMPLETE)
    {
      post_head (self);
      outcome = read_body (self, stream, worker);
    }
  /* What was not read to its end is cut off, not drained: an error page may never end. */
  if (stream != NULL && outcome != KEEL_CONNECTION_COMPLETE)
    g_cancellable_cancel (self->cancellable);
  return outcome;
}

static void
connection_run (KeelWorkerJob *job,
                KeelWorker    *worker)
{
  KeelConnection *self = (KeelConnection *) job;

  self->noticed_usec = g_get_monotonic_time ();
  self->outcome = KEEL_CONNECTION_CANCELLED;
  if (!g_cancellable_is_cancelled (self->cancellable))
    self->outcome = exchange (self, worker);
  if (__atomic_load_n (&self->is_cancelled, __ATOMIC_ACQUIRE) &&
      self->outcome == KEEL_CONNECTION_FAILED)
    self->outcome = KEEL_CONNECTION_CANCELLED;
  /* A message must die where its session lives. */
  g_clear_object (&self->message);
}

static void
connection_done (KeelWorkerJob *job)
{
  KeelConnection *self = (KeelConnection *) job;
  KeelConnectionResult result = {
    .outcome = self->outcome,
    .error = self->error,
    .http_status = self->http_status,
    .retry_after_usec = self->retry_after_usec,
    .written = keel_connection_get_written (self),
  };

  if (self->user_data != NULL)
    self->events.done (self->user_data, &result);
  connection_unref (self);
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
  self->uri = g_strdup (request->uri);
  self->headers = g_strdup (request->headers);
  self->offset = request->offset;
  self->start = request->offset - MIN (request->offset, request->overlap);
  self->written = request->offset;
  self->noticed = request->offset;
  self->has_total = request->has_total;
  self->total = request->total;
  self->etag = g_strdup (request->etag);
  self->last_modified = g_strdup (request->last_modified);
  self->date = g_strdup (request->date);
  self->part = keel_part_file_ref (request->part);
  for (gsize i = 0; i < G_N_ELEMENTS (self->limiters); i++)
    if (request->limiters[i] != NULL)
      self->limiters[i] = keel_rate_limiter_ref (request->limiters[i]);
  self->cancellable = g_cancellable_new ();
  self->retry_after_usec = -1;
  self->events = *events;
  self->user_data = user_data;

  self->host = keel_uri_dup_host (self->uri);
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

/* The first so many bytes of the file have been written (not synced). */
guint64
keel_connection_get_written (KeelConnection *self)
{
  return __atomic_load_n (&self->written, __ATOMIC_ACQUIRE);
}

/* Gives it back: no event will come any more. Consumes @self. */
void
keel_connection_detach (KeelConnection *self)
{
  self->user_data = NULL;
  connection_unref (self);
}
