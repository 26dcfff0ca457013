/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-inquiry.h"

#include "keel-connection-private.h"
#include "keel-content-range.h"
#include "keel-file-name.h"
#include "keel-task-error.h"
#include "keel-uri.h"

#include <string.h>

/* What a link leads to, before anything is downloaded: name, size, type, and whether a download of
 * it could be resumed.
 *
 * It is asked as a transfer asks, by keel-connection-ask.c and so with the same rules for
 * redirects, proxies and TLS: for the first byte of the file. That tells more than HEAD, which many
 * servers refuse or answer wrongly: a 206 is the proof that parts are given, and says how long all
 * is. A server that does not like the part is asked for the whole; what it sends of that is not
 * read.
 *
 * No password is ever sent to the server, and nobody is asked for one: a 401 is an answer like
 * others. Nothing is written anywhere, and nothing that was said is believed later: a transfer
 * finds it all out by itself.
 *
 * A few are asked at once, each for a while at most, and of one application only so many wait:
 * somebody pastes a thousand links. None has all places, and who has the fewest is next: servers
 * that hang are only a trouble for who asks them. An inquiry that has begun is always ended by its
 * worker, so those that nobody wants any more are freed there (see finish()). */

#define MOST_AT_ONCE 6
#define MOST_AT_ONCE_OF_AN_APP 4
#define MOST_OF_AN_APP 64
#define PATIENCE_USEC (20 * (gint64) G_USEC_PER_SEC)

typedef struct {
  KeelConnection connection; /* first: it has the job */
  KeelInquiries *inquiries;
  char *app; /* (owned) */
  guint timer;
  gboolean has_timed_out;
  KeelInquiryFunc func; /* (nullable) NULL: it has been answered */
  gpointer user_data;

  /* The worker's until done. */
  char *effective_uri; /* (owned) (nullable) */
  char *name;          /* (owned) (nullable) */
  char *content_type;  /* (owned) (nullable) */
  gboolean has_total;
  guint64 total;
  gboolean is_resumable;
} Inquiry;

struct _KeelInquiries {
  KeelWorkerPool *pool;
  KeelClock *clock;
  void (*idle) (gpointer idle_data); /* the last one has ended */
  gpointer idle_data;
  GQueue waiting; /* (element-type Inquiry) */
  GQueue running; /* (element-type Inquiry) */
  gboolean is_stopped;
};

static void
inquiry_free (Inquiry *self)
{
  KeelConnection *connection = &self->connection;

  keel_clock_cancel (self->inquiries->clock, &self->timer);
  g_clear_pointer (&connection->record, keel_transfer_record_free);
  g_clear_pointer (&connection->proxy_credentials, keel_credentials_free);
  g_clear_pointer (&connection->challenge, keel_challenge_free);
  g_clear_error (&connection->error);
  g_clear_object (&connection->cancellable);
  g_free (connection->host);
  g_free (self->app);
  g_free (self->effective_uri);
  g_free (self->name);
  g_free (self->content_type);
  g_free (self);
}

/* --- the question, in the worker's thread ----------------------------------------------------- */

static gboolean
has_body (KeelResumeAnswer *answer)
{
  return answer->status == 200 || answer->status == 203 || answer->status == 206;
}

/* What the answer says of the size. A length of what is coded is not that of the file. */
static void
read_size (Inquiry                *self,
           const KeelResumeAnswer *answer)
{
  KeelContentRange range;

  if (answer->status != 200 && answer->status != 203)
    {
      gboolean is_range = keel_content_range_parse (answer->content_range, &range);

      self->has_total = is_range && (range.has_total || range.is_unsatisfied);
      self->total = self->has_total ? range.total : 0;
    }
  else if (answer->transfer_encoding == NULL && answer->content_length != NULL &&
           !keel_resume_is_coded (answer->content_encoding))
    self->has_total = keel_content_length_parse (answer->content_length, &self->total);
}

static void
describe (Inquiry                *self,
          KeelExchange           *exchange,
          const KeelResumeAnswer *answer)
{
  const KeelTransferRecord *record = self->connection.record;
  GUri *uri = soup_message_get_uri (keel_exchange_get_message (exchange));

  read_size (self, answer);
  self->is_resumable = answer->status == 206;
  self->effective_uri = g_uri_to_string (uri);
  self->content_type = g_strdup (answer->content_type);
  self->name = keel_file_name_choose (record->wanted,
                                      keel_exchange_get_header (exchange, "Content-Disposition"),
                                      record->uri, self->effective_uri, answer->content_type);
}

/* One byte comes with a 206; when that is read, the next question to the same server needs no new
 * connection. A server that sends more is hung up on. */
static void
drain (KeelExchange *exchange,
       KeelWorker   *worker,
       GCancellable *cancellable)
{
  GUri *uri = soup_message_get_uri (keel_exchange_get_message (exchange));
  g_autofree char *text = g_uri_to_string (uri);
  g_autofree char *origin = keel_uri_dup_origin (text);
  GInputStream *stream = keel_exchange_get_stream (exchange);
  char bytes[2];
  gsize count = 0;

  if (stream == NULL || origin == NULL ||
      !soup_message_is_keepalive (keel_exchange_get_message (exchange)) ||
      !g_input_stream_read_all (stream, bytes, sizeof bytes, &count, cancellable, NULL) ||
      count > 1)
    return;
  keel_exchange_set_done (exchange);
  keel_worker_keep (worker, origin);
}

/* A file without a byte has no first one (RFC 9110 §14.4). */
static gboolean
is_empty_file (const KeelResumeAnswer *answer)
{
  KeelContentRange range;

  return answer->status == 416 && keel_content_range_parse (answer->content_range, &range) &&
         range.is_unsatisfied && range.total == 0;
}

/* Statuses that would be the same without the range. */
static gboolean
is_about_access (guint status)
{
  return status >= 500 || status == 401 || status == 403 || status == 404 || status == 408 ||
         status == 410 || status == 421 || status == 425 || status == 429;
}

static void
refuse (Inquiry      *self,
        KeelExchange *exchange)
{
  guint status = keel_exchange_get_status (exchange);
  const char *reason = soup_message_get_reason_phrase (keel_exchange_get_message (exchange));
  g_autofree char *phrase = g_utf8_make_valid (reason != NULL ? reason : "", -1);
  g_autofree char *message = g_strdup_printf ("The server answered %u %s", status, phrase);

  if (status < 400)
    keel_connection_fail (&self->connection, KEEL_TASK_ERROR_PROTOCOL, "The server sent no file");
  else
    keel_connection_fail (&self->connection, KEEL_TASK_ERROR_HTTP_STATUS, g_strstrip (message));
}

/* TRUE: there is nothing more to ask. */
static gboolean
ask (Inquiry       *self,
     KeelWorker    *worker,
     KeelResumeAsk  what)
{
  KeelConnection *connection = &self->connection;
  KeelResumeState state = { .asked = what };
  g_autoptr (KeelExchange) exchange = keel_connection_ask (connection, worker, &state);
  KeelResumeAnswer answer;

  if (exchange == NULL)
    return TRUE;
  keel_connection_read_answer (exchange, &answer);
  if (has_body (&answer) || is_empty_file (&answer))
    {
      describe (self, exchange, &answer);
      if (answer.status == 206)
        drain (exchange, worker, connection->cancellable);
      return TRUE;
    }
  if (what == KEEL_RESUME_ASK_PROBE && !is_about_access (answer.status))
    return FALSE;
  refuse (self, exchange);
  return TRUE;
}

static void
inquiry_run (KeelWorkerJob *job,
             KeelWorker    *worker)
{
  Inquiry *self = (Inquiry *) job;

  if (!ask (self, worker, KEEL_RESUME_ASK_PROBE))
    ask (self, worker, KEEL_RESUME_ASK_WHOLE);
}

/* --- answers, in the owner's thread ----------------------------------------------------------- */

static void start_some (KeelInquiries *self);

static void
tell (Inquiry      *self,
      const GError *error)
{
  KeelInquiryFunc func = g_steal_pointer (&self->func);
  KeelInquiryResult result = { .error = error, .http_status = self->connection.http_status };

  if (func == NULL)
    return;
  if (error == NULL)
    {
      result.effective_uri = self->effective_uri;
      result.name = self->name;
      result.content_type = self->content_type;
      result.has_total = self->has_total;
      result.total = self->total;
      result.is_resumable = self->is_resumable;
    }
  func (&result, self->user_data);
}

static void
finish (KeelWorkerJob *job)
{
  Inquiry *self = (Inquiry *) job;
  KeelInquiries *inquiries = self->inquiries;
  KeelConnection *connection = &self->connection;

  g_queue_remove (&inquiries->running, self);
  if (self->has_timed_out)
    keel_connection_fail (connection, KEEL_TASK_ERROR_TIMEOUT, "The server does not answer");
  else if (connection->error == NULL && self->name == NULL)
    keel_connection_fail (connection, KEEL_TASK_ERROR_CONNECT, "The server was not asked");
  tell (self, connection->error);
  inquiry_free (self);
  start_some (inquiries);
  if (keel_inquiries_is_idle (inquiries))
    inquiries->idle (inquiries->idle_data);
}

static void
timed_out_cb (gpointer user_data)
{
  Inquiry *self = user_data;

  self->timer = 0;
  self->has_timed_out = TRUE;
  g_cancellable_cancel (self->connection.cancellable);
}

static guint
count_of (GQueue     *queue,
          const char *app)
{
  guint count = 0;

  for (GList *link = queue->head; link != NULL; link = link->next)
    count += g_str_equal (((Inquiry *) link->data)->app, app) ? 1 : 0;
  return count;
}

/* (nullable): NULL: there is none, or those that wait have as many places as they may. */
static GList *
find_next (KeelInquiries *self)
{
  guint fewest = MOST_AT_ONCE_OF_AN_APP;
  GList *next = NULL;

  for (GList *link = self->waiting.head; link != NULL && fewest > 0; link = link->next)
    {
      guint count = count_of (&self->running, ((Inquiry *) link->data)->app);

      if (count < fewest)
        {
          fewest = count;
          next = link;
        }
    }
  return next;
}

static void
start_some (KeelInquiries *self)
{
  GList *next;

  while (self->running.length < MOST_AT_ONCE && (next = find_next (self)) != NULL)
    {
      Inquiry *inquiry = next->data;

      g_queue_unlink (&self->waiting, next);
      g_queue_push_tail_link (&self->running, next);
      inquiry->timer = keel_clock_call_after (self->clock, PATIENCE_USEC, timed_out_cb, inquiry);
      keel_worker_pool_push (self->pool, &inquiry->connection.job);
    }
}

static Inquiry *
make (KeelInquiries            *inquiries,
      const KeelInquiryRequest *request)
{
  Inquiry *self = g_new0 (Inquiry, 1);
  KeelConnection *connection = &self->connection;

  self->inquiries = inquiries;
  self->app = g_strdup (request->app);
  connection->record = keel_transfer_record_new ();
  connection->record->uri = g_strdup (request->uri);
  connection->record->headers = g_strdup (request->headers);
  connection->record->wanted = g_strdup (request->wanted);
  connection->cancellable = g_cancellable_new ();
  connection->host = keel_uri_dup_host (request->uri);
  connection->job = (KeelWorkerJob) { connection->host, inquiry_run, finish };
  return self;
}

/* Asks the server; @func is called exactly once, later, in the owner's context. FALSE: it will not
 * be, and KEEL_ERROR tells why. */
gboolean
keel_inquiries_ask (KeelInquiries             *self,
                    const KeelInquiryRequest  *request,
                    KeelInquiryFunc            func,
                    gpointer                   user_data,
                    GError                   **error)
{
  Inquiry *inquiry;

  if (self->is_stopped)
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_RESTARTING, "The service is leaving");
      return FALSE;
    }
  if (count_of (&self->waiting, request->app) + count_of (&self->running, request->app) >=
      MOST_OF_AN_APP)
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_LIMITS_EXCEEDED,
                           "Too many links are being looked at");
      return FALSE;
    }
  inquiry = make (self, request);
  inquiry->func = func;
  inquiry->user_data = user_data;
  g_queue_push_tail (&self->waiting, inquiry);
  start_some (self);
  return TRUE;
}

/* Answers whatever was asked with KEEL_ERROR_RESTARTING, and asks nothing any more. It is idle
 * soon, and says so unless it is now. */
void
keel_inquiries_stop (KeelInquiries *self)
{
  g_autoptr (GError)
    error = g_error_new_literal (KEEL_ERROR, KEEL_ERROR_RESTARTING, "The service is leaving");
  Inquiry *inquiry;

  self->is_stopped = TRUE;
  while ((inquiry = g_queue_pop_head (&self->waiting)) != NULL)
    {
      tell (inquiry, error);
      inquiry_free (inquiry);
    }
  for (GList *link = self->running.head; link != NULL; link = link->next)
    {
      inquiry = link->data;
      g_cancellable_cancel (inquiry->connection.cancellable);
      tell (inquiry, error);
    }
}

gboolean
keel_inquiries_is_idle (KeelInquiries *self)
{
  return self->running.length == 0 && self->waiting.length == 0;
}

/* All must outlive it; @idle is called whenever the last inquiry has ended. */
KeelInquiries *
keel_inquiries_new (KeelWorkerPool *pool,
                    KeelClock *clock,
                    void (*idle) (gpointer idle_data),
                    gpointer idle_data)
{
  KeelInquiries *self = g_new0 (KeelInquiries, 1);

  self->pool = pool;
  self->clock = clock;
  self->idle = idle;
  self->idle_data = idle_data;
  return self;
}

/* After the pool was closed. What hangs all the same is left to the end of the process, and with it
 * what it would look for. */
void
keel_inquiries_free (KeelInquiries *self)
{
  keel_inquiries_stop (self);
  if (keel_inquiries_is_idle (self))
    g_free (self);
}
