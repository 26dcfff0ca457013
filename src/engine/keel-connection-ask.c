/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-connection-private.h"

#include "keel-content-range.h"
#include "keel-resume.h"
#include "keel-task-error.h"
#include "keel-uri.h"

#include <string.h>

/* Asking for the bytes: the request, its redirects, and the judgement of the answer. In a
 * worker's thread.
 *
 * Redirects are followed here with a fresh message each (RFC 9110 §15.4), because what may follow
 * them is ours to say: only http and https, never from https to http, at most 20, and nothing
 * that the caller gave for one origin goes to another. */

#define MOST_REDIRECTS 20
#define USER_AGENT "Keelboat"

static KeelConnectionOutcome
refuse (KeelConnection *self,
        KeelTaskError   code,
        const char     *message)
{
  g_set_error_literal (&self->error, KEEL_TASK_ERROR, (gint) code, message);
  return KEEL_CONNECTION_FAILED;
}

/* --- the request ----------------------------------------------------------------------------- */

static void
add_caller_headers (SoupMessageHeaders *request,
                    const char         *headers)
{
  g_auto (GStrv) lines = g_strsplit (headers, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *colon = strchr (lines[i], ':');

      if (colon == NULL)
        continue;
      *colon = '\0';
      soup_message_headers_replace (request, lines[i], colon + 2);
    }
}

static void
add_range (KeelConnection     *self,
           SoupMessageHeaders *request)
{
  g_autofree char *range = NULL;
  KeelResumeState state = {
    .offset = self->start,
    .etag = self->etag,
    .last_modified = self->last_modified,
    .date = self->date,
  };

  if (self->offset == 0)
    return;
  range = g_strdup_printf ("bytes=%" G_GUINT64_FORMAT "-", self->start);
  soup_message_headers_replace (request, "Range", range);
  soup_message_headers_replace (request, "If-Range", keel_resume_get_if_range (&state));
}

static SoupMessage *
make_message (KeelConnection *self,
              const char     *uri)
{
  SoupMessage *message = soup_message_new (SOUP_METHOD_GET, uri);
  SoupMessageHeaders *request;

  if (message == NULL)
    return NULL;
  request = soup_message_get_request_headers (message);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE);
  soup_message_headers_replace (request, "User-Agent", USER_AGENT);
  if (self->headers != NULL && keel_uri_is_same_origin (uri, self->uri))
    add_caller_headers (request, self->headers);
  /* Codings change the bytes, and with them what a range means. */
  soup_message_headers_replace (request, "Accept-Encoding", "identity");
  add_range (self, request);
  return message;
}

/* --- the answer ------------------------------------------------------------------------------ */

static const char *
get_header (KeelConnection *self,
            const char     *name)
{
  return soup_message_headers_get_one (soup_message_get_response_headers (self->message), name);
}

static void
read_retry_after (KeelConnection *self)
{
  const char *value = get_header (self, "Retry-After");
  g_autoptr (GDateTime) date = NULL;
  guint64 seconds;

  if (value == NULL)
    return;
  if (keel_content_length_parse (value, &seconds))
    self->retry_after_usec = (gint64) MIN (seconds, 366 * 24 * 3600) * G_USEC_PER_SEC;
  else if ((date = soup_date_time_new_from_http_string (value)) != NULL)
    self->retry_after_usec = MAX (g_date_time_to_unix (date) * G_USEC_PER_SEC - g_get_real_time (),
                                  0);
}

/* An error status. What the code means for a file that is partly here already, the owner knows. */
static KeelConnectionOutcome
refused (KeelConnection *self,
         guint           status)
{
  KeelTaskError code = KEEL_TASK_ERROR_HTTP_STATUS;

  read_retry_after (self);
  if (status == 401 || status == 407 || status == 511)
    code = KEEL_TASK_ERROR_AUTH_REQUIRED;
  else if ((status == 403 || status == 410) && self->offset > 0)
    code = KEEL_TASK_ERROR_NEEDS_NEW_URL;
  g_set_error (&self->error, KEEL_TASK_ERROR, (gint) code, "The server answered %u %s", status,
               soup_message_get_reason_phrase (self->message));
  return KEEL_CONNECTION_FAILED;
}

static gboolean
is_coded (KeelConnection *self)
{
  const char *coding = get_header (self, "Content-Encoding");

  return coding != NULL && g_ascii_strcasecmp (coding, "identity") != 0;
}

/* Content-Length from the raw list: libsoup would take the last of several. RFC 9112 §6.3: with a
 * Transfer-Encoding it does not count. */
static gboolean
read_length (KeelConnection *self)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  const char *value = soup_message_headers_get_list (headers, "Content-Length");

  self->has_total = FALSE;
  if (value == NULL || soup_message_headers_get_list (headers, "Transfer-Encoding") != NULL)
    return TRUE;
  self->has_total = keel_content_length_parse (value, &self->total);
  return self->has_total;
}

static KeelConnectionOutcome
judge_whole (KeelConnection *self)
{
  if (is_coded (self))
    return refuse (self, KEEL_TASK_ERROR_UNSUPPORTED,
                   "The server sends the file in a coding that was not asked for");
  if (!read_length (self))
    return refuse (self, KEEL_TASK_ERROR_PROTOCOL,
                   "The server announces a length that makes no sense");
  return KEEL_CONNECTION_COMPLETE;
}

static KeelConnectionOutcome
judge_rest (KeelConnection *self,
            guint           status)
{
  KeelResumeState state = {
    .offset = self->start,
    .has_total = self->has_total,
    .total = self->total,
    .etag = self->etag,
    .last_modified = self->last_modified,
    .date = self->date,
  };
  KeelResumeAnswer answer = {
    .status = status,
    .content_range = get_header (self, "Content-Range"),
    .content_type = get_header (self, "Content-Type"),
    .content_encoding = get_header (self, "Content-Encoding"),
    .etag = get_header (self, "ETag"),
    .last_modified = get_header (self, "Last-Modified"),
  };

  switch (keel_resume_decide (&state, &answer))
    {
    case KEEL_RESUME_APPEND:
      return KEEL_CONNECTION_COMPLETE;
    case KEEL_RESUME_RESTART:
      return KEEL_CONNECTION_RESTART;
    case KEEL_RESUME_REFUSED:
    default:
      return refused (self, status);
    }
}

static KeelConnectionOutcome
judge (KeelConnection *self)
{
  guint status = soup_message_get_status (self->message);

  self->http_status = status;
  if (self->offset > 0)
    return judge_rest (self, status);
  if (status == 200)
    return judge_whole (self);
  if (status == 204 || status == 205 || status == 206 || status == 304)
    return refuse (self, KEEL_TASK_ERROR_PROTOCOL, "The server sent no file");
  return refused (self, status);
}

/* --- redirects ------------------------------------------------------------------------------- */

static gboolean
is_redirect (guint status)
{
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Where the answer points to, or NULL with the error set. (transfer full) */
static char *
follow (KeelConnection *self,
        const char     *from)
{
  const char *location = get_header (self, "Location");
  g_autofree char *to = NULL;

  if (location != NULL)
    to = g_uri_resolve_relative (from, location, G_URI_FLAGS_ENCODED, NULL);
  if (to == NULL || !keel_uri_check (to, NULL))
    refuse (self, KEEL_TASK_ERROR_REDIRECT, "The link leads to where nothing can be downloaded");
  else if (keel_uri_is_encrypted (from) && !keel_uri_is_encrypted (to))
    refuse (self, KEEL_TASK_ERROR_REDIRECT, "The link would go on without encryption");
  else
    return g_steal_pointer (&to);
  return NULL;
}

/* Asks, and follows redirects. COMPLETE: @out_stream gives the bytes from the asked offset on, and
 * has_total and total are those of the whole file. Blocks. */
KeelConnectionOutcome
keel_connection_ask (KeelConnection  *self,
                     KeelWorker      *worker,
                     GInputStream   **out_stream)
{
  SoupSession *session = keel_worker_get_session (worker);
  g_autofree char *uri = g_strdup (self->uri);

  for (guint hop = 0; hop <= MOST_REDIRECTS; hop++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GInputStream) stream = NULL;
      char *next;

      g_clear_object (&self->message);
      self->message = make_message (self, uri);
      if (self->message == NULL)
        return refuse (self, KEEL_TASK_ERROR_BAD_URI, "The link is not valid");
      stream = soup_session_send (session, self->message, self->cancellable, &error);
      if (stream == NULL)
        {
          self->error = keel_task_error_convert (error, FALSE);
          return KEEL_CONNECTION_FAILED;
        }
      if (!is_redirect (soup_message_get_status (self->message)))
        {
          *out_stream = g_steal_pointer (&stream);
          return judge (self);
        }
      self->http_status = soup_message_get_status (self->message);
      next = follow (self, uri);
      if (next == NULL)
        return KEEL_CONNECTION_FAILED;
      g_free (uri);
      uri = next;
    }
  return refuse (self, KEEL_TASK_ERROR_REDIRECT, "The link leads in circles");
}
