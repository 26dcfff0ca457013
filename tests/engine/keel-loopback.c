/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-loopback.h"

#include <string.h>

#define MOST_HEAD 65536

struct _KeelLoopback {
  GSocketService *service; /* (owned) */
  guint16 port;
  KeelAnswer answer;
  gpointer user_data;
  GMutex mutex;
  GCond cond;
  GPtrArray *requests; /* (owned) (element-type utf8), under the mutex */
  guint n_running;
  gboolean is_released;
};

static char *
read_head (GInputStream *in)
{
  GString *head = g_string_new (NULL);
  char c;

  while (head->len < MOST_HEAD && !g_str_has_suffix (head->str, "\r\n\r\n") &&
         g_input_stream_read (in, &c, 1, NULL, NULL) == 1)
    g_string_append_c (head, c);
  return g_string_free (head, FALSE);
}

static gboolean
run_cb (GThreadedSocketService *service,
        GSocketConnection      *connection,
        GObject                *source,
        gpointer                user_data)
{
  KeelLoopback *self = user_data;
  KeelRequest request = { .server = self };
  g_auto (GStrv) words = NULL;

  request.text = read_head (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  words = g_strsplit (request.text, " ", 3);
  if (g_strv_length (words) == 3)
    {
      request.path = words[1];
      request.out = g_io_stream_get_output_stream (G_IO_STREAM (connection));
      g_mutex_lock (&self->mutex);
      self->n_running++;
      request.number = self->requests->len;
      g_ptr_array_add (self->requests, g_strdup (request.text));
      g_cond_broadcast (&self->cond);
      g_mutex_unlock (&self->mutex);

      self->answer (&request, self->user_data);

      g_mutex_lock (&self->mutex);
      self->n_running--;
      g_cond_broadcast (&self->cond);
      g_mutex_unlock (&self->mutex);
    }
  g_free (request.text);
  return TRUE;
}

/* Listens on a free port until freed; one connection serves one request. */
KeelLoopback *
keel_loopback_new (KeelAnswer answer,
                   gpointer   user_data)
{
  KeelLoopback *self = g_new0 (KeelLoopback, 1);
  g_autoptr (GInetAddress) address = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new (address, 0);
  g_autoptr (GSocketAddress) effective = NULL;

  self->answer = answer;
  self->user_data = user_data;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->requests = g_ptr_array_new_with_free_func (g_free);
  self->service = g_threaded_socket_service_new (32);
  g_signal_connect (self->service, "run", G_CALLBACK (run_cb), self);
  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), wanted,
                                                G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
                                                &effective, NULL));
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (effective));
  g_socket_service_start (self->service);
  return self;
}

void
keel_loopback_free (KeelLoopback *self)
{
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  keel_loopback_release (self);
  g_mutex_lock (&self->mutex);
  while (self->n_running > 0)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
  g_object_unref (self->service);
  g_ptr_array_unref (self->requests);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self);
}

guint16
keel_loopback_get_port (KeelLoopback *self)
{
  return self->port;
}

char *
keel_loopback_dup_uri (KeelLoopback *self,
                       const char   *path)
{
  return g_strdup_printf ("http://127.0.0.1:%u%s", self->port, path);
}

guint
keel_loopback_get_requests (KeelLoopback *self)
{
  guint count;

  g_mutex_lock (&self->mutex);
  count = self->requests->len;
  g_mutex_unlock (&self->mutex);
  return count;
}

/* The head of a request; NULL if there were not so many. */
char *
keel_loopback_dup_request (KeelLoopback *self,
                           guint         number)
{
  char *text = NULL;

  g_mutex_lock (&self->mutex);
  if (number < self->requests->len)
    text = g_strdup (g_ptr_array_index (self->requests, number));
  g_mutex_unlock (&self->mutex);
  return text;
}

/* In an answer: keeps the connection open, silent, until the test says go on. */
void
keel_loopback_wait (KeelLoopback *self)
{
  g_mutex_lock (&self->mutex);
  while (!self->is_released)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

void
keel_loopback_release (KeelLoopback *self)
{
  g_mutex_lock (&self->mutex);
  self->is_released = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

gboolean
keel_loopback_is_released (KeelLoopback *self)
{
  gboolean is_released;

  g_mutex_lock (&self->mutex);
  is_released = self->is_released;
  g_mutex_unlock (&self->mutex);
  return is_released;
}

/* The value of a request header, or NULL. */
char *
keel_request_dup_header (KeelRequest *request,
                         const char  *name)
{
  g_autofree char *prefix = g_strconcat ("\r\n", name, ": ", NULL);
  const char *start = strstr (request->text, prefix);

  if (start == NULL)
    return NULL;
  start += strlen (prefix);
  return g_strndup (start, strcspn (start, "\r"));
}

/* From `Range: bytes=N-`; 0 without one. */
guint64
keel_request_get_offset (KeelRequest *request)
{
  g_autofree char *range = keel_request_dup_header (request, "Range");

  return range != NULL ? g_ascii_strtoull (range + strlen ("bytes="), NULL, 10) : 0;
}

/* A client that hangs up is not the test's concern. */
void
keel_request_write (KeelRequest *request,
                    const void  *bytes,
                    gsize        length)
{
  g_output_stream_write_all (request->out, bytes, length, NULL, NULL, NULL);
}

void
keel_request_print (KeelRequest *request, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  keel_request_write (request, text, strlen (text));
}

/* What a good server answers: 206 when the range is asked for on the right condition, else 200. */
void
keel_request_serve (KeelRequest  *request,
                    const guint8 *bytes,
                    gsize         length,
                    const char   *etag)
{
  g_autofree char *if_range = keel_request_dup_header (request, "If-Range");
  guint64 offset = keel_request_get_offset (request);

  if (offset > 0 && g_strcmp0 (if_range, etag) == 0)
    keel_request_print (request,
                        "HTTP/1.1 206 Partial Content\r\nETag: %s\r\nContent-Range: bytes "
                        "%" G_GUINT64_FORMAT "-%" G_GSIZE_FORMAT "/%" G_GSIZE_FORMAT
                        "\r\nContent-Length: %" G_GUINT64_FORMAT "\r\n\r\n",
                        etag, offset, length - 1, length, length - offset);
  else
    {
      offset = 0;
      keel_request_print (request,
                          "HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Length: %" G_GSIZE_FORMAT
                          "\r\n\r\n",
                          etag, length);
    }
  keel_request_write (request, bytes + offset, length - offset);
}

/* A good answer that stops after the first half until the test says go on. */
void
keel_request_serve_half (KeelRequest  *request,
                         const guint8 *bytes,
                         gsize         length,
                         const char   *etag)
{
  keel_request_print (request,
                      "HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                      etag, length);
  keel_request_write (request, bytes, length / 2);
  keel_loopback_wait (request->server);
}

/* Reproducible noise. (transfer full) */
guint8 *
keel_loopback_make_bytes (gsize   length,
                          guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  guint8 *bytes = g_malloc (length);

  for (gsize i = 0; i < length; i++)
    bytes[i] = (guint8) g_rand_int (rand);
  return bytes;
}
