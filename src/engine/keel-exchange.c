/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-exchange.h"

#include "keel-content-range.h"
#include "keel-context.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

/* One request on the wire and the head of its answer: what must be watched from outside because
 * libsoup does not. In a worker's thread, whose main context it iterates while it waits.
 *
 *   - Addresses are raced: libsoup's synchronous connect tries them one after the other, each with
 *     the whole timeout, and a host with a dead IPv6 address takes a minute. Only the asynchronous
 *     way goes through GSocketClient's race (RFC 8305), so the head is asked for asynchronously,
 *     unless there is a connection already; bodies are read blocking, which costs a fifth.
 *   - A Content-Length that is no number is refused, whatever libsoup makes of it.
 *   - TLS older than 1.2 is refused when the handshake is done, before anything is asked (RFC
 * 8996).
 *   - 1xx answers are counted (RFC 9110 §15.2 sets no limit, libsoup neither).
 *   - The body of a 401, 407 or 421 would be gathered in memory, however long it is: the exchange
 *     is broken off when the head is there. Then there is a status and no stream.
 *   - A public server must not send us to this machine or this link; the address is looked at
 *     before a connection to it is made, so no name can hide it and nothing is learned about what
 *     listens there. For that, no connection that is open already is used.
 *   - Between the head and its being handed to us nothing is cancelled: libsoup 3.6 ends such a
 *     message twice, and uses what it has freed. It takes no time, and we look right after.
 *   - The kernel is told to notice a peer that is gone (TCP_USER_TIMEOUT, keep-alive).
 *
 * An exchange that was not read to its end is broken off when it is freed, not drained. */

#define MOST_INFORMATIONAL 16
#define DETAIL_BYTES 4096
#define USER_TIMEOUT_MSEC 60000
#define KEEP_ALIVE_SECONDS 30

/* How another thread breaks an exchange off. */
typedef struct {
  GMainContext *context; /* (owned) the worker's */
  GCancellable *inner;   /* (owned) */
  gboolean is_late;      /* worker's thread */
} Relay;

struct _KeelExchange {
  SoupMessage *message;      /* (owned) */
  GInputStream *stream;      /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) of this exchange alone */
  Relay *relay;              /* (owned) (nullable) while sending */
  GError *error;             /* (owned) (nullable) while sending */
  SoupAuth *auth;            /* (owned) (nullable) what a 401 or 407 offers */
  gboolean has_answer;
  gboolean has_odd_length;
  gboolean was_sent;
  gboolean is_done;
  gboolean came_from_outside; /* such a one sent us here */
  guint n_informational;
  KeelExchangeFault fault;
  KeelExchangeProxyFunc proxy_func; /* (nullable) */
  gpointer proxy_data;
};

/* --- what libsoup tells on the way ----------------------------------------------------------- */

static void
break_off (KeelExchange      *self,
           KeelExchangeFault  fault)
{
  if (self->fault == KEEL_EXCHANGE_FAULT_NONE)
    self->fault = fault;
  g_cancellable_cancel (self->cancellable);
}

static void
wrote_headers_cb (SoupMessage *message,
                  gpointer     user_data)
{
  KeelExchange *self = user_data;

  self->was_sent = TRUE;
}

static void
informational_cb (SoupMessage *message,
                  gpointer     user_data)
{
  KeelExchange *self = user_data;

  if (++self->n_informational > MOST_INFORMATIONAL)
    break_off (self, KEEL_EXCHANGE_FAULT_INFORMATIONAL);
}

/* The status is set when the head has been parsed, and before libsoup looks at what it says about
 * the body: the last moment to take away a length that makes no sense, for which libsoup would make
 * a stream that GObject refuses, and to say one once that is said twice. */
static void
status_cb (SoupMessage *message,
           GParamSpec  *property,
           gpointer     user_data)
{
  KeelExchange *self = user_data;
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  const char *value = soup_message_headers_get_list (headers, "Content-Length");
  guint64 length;

  if (value == NULL || soup_message_headers_get_list (headers, "Transfer-Encoding") != NULL)
    return;
  self->has_odd_length = !keel_content_length_parse (value, &length);
  if (self->has_odd_length)
    soup_message_headers_remove (headers, "Content-Length");
  else if (strchr (value, ',') != NULL)
    soup_message_headers_set_content_length (headers, (goffset) length);
}

static void
headers_cb (SoupMessage *message,
            gpointer     user_data)
{
  KeelExchange *self = user_data;
  guint status = soup_message_get_status (message);

  if (self->has_odd_length)
    break_off (self, KEEL_EXCHANGE_FAULT_LENGTH);
  /* Now, because later the message does not know its proxy any more. */
  if (status == 401 || status == 407)
    self->auth = keel_authorization_choose (message);
  if (status == 401 || status == 407 || status == 421)
    break_off (self, KEEL_EXCHANGE_FAULT_NONE);
  if (self->relay != NULL)
    self->relay->is_late = TRUE;
}

/* ::ffff:127.0.0.1 leads to 127.0.0.1, which GLib does not say of it (RFC 4291 §2.5.5.2). (transfer
 * full) */
static GInetAddress *
unmap (GInetAddress *address)
{
  static const guint8 prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  const guint8 *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV6 ||
      memcmp (bytes, prefix, sizeof prefix) != 0)
    return g_object_ref (address);
  return g_inet_address_new_from_bytes (bytes + sizeof prefix, G_SOCKET_FAMILY_IPV4);
}

static gboolean
is_inside (GInetAddress *address)
{
  g_autoptr (GInetAddress) plain = unmap (address);

  return g_inet_address_get_is_loopback (plain) || g_inet_address_get_is_link_local (plain) ||
         g_inet_address_get_is_any (plain);
}

/* Local names and private networks are not "outside": what is there may lead further in. */
static gboolean
is_public (GInetAddress *address)
{
  g_autoptr (GInetAddress) plain = unmap (address);

  return !is_inside (plain) && !g_inet_address_get_is_site_local (plain);
}

static void
look_at_peer (KeelExchange      *self,
              GSocketConnection *connection)
{
  g_autoptr (GSocketAddress) peer = g_socket_connection_get_remote_address (connection, NULL);
  GInetAddress *address;

  if (!self->came_from_outside || !G_IS_INET_SOCKET_ADDRESS (peer))
    return;
  address = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (peer));
  if (is_inside (address))
    break_off (self, KEEL_EXCHANGE_FAULT_INWARD);
}

/* Failing to set them is no harm: our own watchdog is there as well. */
static void
tune (GSocket *socket)
{
  int fd = g_socket_get_fd (socket);
  int user_timeout = USER_TIMEOUT_MSEC;
  int seconds = KEEP_ALIVE_SECONDS;

  g_socket_set_keepalive (socket, TRUE);
  setsockopt (fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
  setsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, sizeof user_timeout);
}

static gboolean
is_old (GTlsConnection *connection)
{
  GTlsProtocolVersion version = g_tls_connection_get_protocol_version (connection);

  return version != G_TLS_PROTOCOL_VERSION_UNKNOWN && version < G_TLS_PROTOCOL_VERSION_TLS_1_2;
}

static void
network_event_cb (SoupMessage        *message,
                  GSocketClientEvent  event,
                  GIOStream          *connection,
                  gpointer            user_data)
{
  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKED && is_old (G_TLS_CONNECTION (connection)))
    break_off (user_data, KEEL_EXCHANGE_FAULT_OLD_TLS);
  if (!G_IS_SOCKET_CONNECTION (connection))
    return;
  if (event == G_SOCKET_CLIENT_CONNECTING)
    look_at_peer (user_data, G_SOCKET_CONNECTION (connection));
  else if (event == G_SOCKET_CLIENT_CONNECTED)
    tune (g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection)));
}

/* For tunnels only, whose CONNECT libsoup sends by itself: a wrong answer is not given twice. */
static gboolean
authenticate_cb (SoupMessage *message,
                 SoupAuth    *auth,
                 gboolean     is_retry,
                 gpointer     user_data)
{
  KeelExchange *self = user_data;
  const KeelCredentials *credentials = NULL;

  if (!is_retry && soup_auth_is_for_proxy (auth) && self->proxy_func != NULL)
    credentials = self->proxy_func (self->proxy_data);
  if (credentials != NULL)
    soup_auth_authenticate (auth, credentials->user, credentials->password);
  return credentials != NULL;
}

/* --- sending --------------------------------------------------------------------------------- */

/* For @message, which is not sent yet. @came_from_outside: a public server redirected us here, and
 * no proxy stands between. */
KeelExchange *
keel_exchange_new (SoupMessage *message,
                   gboolean     came_from_outside)
{
  KeelExchange *self = g_new0 (KeelExchange, 1);

  self->message = g_object_ref (message);
  self->cancellable = g_cancellable_new ();
  self->came_from_outside = came_from_outside;
  g_signal_connect (message, "wrote-headers", G_CALLBACK (wrote_headers_cb), self);
  g_signal_connect (message, "got-informational", G_CALLBACK (informational_cb), self);
  g_signal_connect (message, "got-headers", G_CALLBACK (headers_cb), self);
  g_signal_connect (message, "notify::status-code", G_CALLBACK (status_cb), self);
  g_signal_connect (message, "authenticate", G_CALLBACK (authenticate_cb), self);
  g_signal_connect (message, "network-event", G_CALLBACK (network_event_cb), self);
  /* With the feature disabled and not merely missing, libsoup does not wait for a 401's body. */
  soup_message_disable_feature (message, SOUP_TYPE_AUTH_MANAGER);
  if (came_from_outside)
    soup_message_add_flags (message, SOUP_MESSAGE_NEW_CONNECTION);
  return self;
}

/* Who knows what to say to a proxy; to be set before sending. */
void
keel_exchange_answer_proxy (KeelExchange          *self,
                            KeelExchangeProxyFunc  func,
                            gpointer               user_data)
{
  self->proxy_func = func;
  self->proxy_data = user_data;
}

void
keel_exchange_free (KeelExchange *self)
{
  g_signal_handlers_disconnect_by_data (self->message, self);
  if (!self->is_done)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->stream);
  g_clear_error (&self->error);
  g_clear_object (&self->auth);
  g_object_unref (self->message);
  g_object_unref (self->cancellable);
  g_free (self);
}

static void
sent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  KeelExchange *self = user_data;

  self->stream = soup_session_send_finish (SOUP_SESSION (source), result, &self->error);
  self->has_answer = TRUE;
}

static void
relay_clear (gpointer data)
{
  Relay *relay = data;

  g_main_context_unref (relay->context);
  g_object_unref (relay->inner);
}

static void
relay_unref (gpointer relay)
{
  g_atomic_rc_box_release_full (relay, relay_clear);
}

static void
cancel_inner (gpointer data)
{
  Relay *relay = data;

  if (!relay->is_late)
    g_cancellable_cancel (relay->inner);
  relay_unref (relay);
}

/* In the owner's thread. GLib leaks the sources of what is cancelled from another thread than the
 * one that waits for it. */
static void
cancelled_cb (GCancellable *outer,
              gpointer      user_data)
{
  Relay *relay = user_data;

  keel_context_post (relay->context, cancel_inner, g_atomic_rc_box_acquire (relay));
}

static gboolean
has_status (KeelExchange *self)
{
  guint status = soup_message_get_status (self->message);

  return status == 401 || status == 407 || status == 421;
}

/* Through the race of the address families. */
static void
send_and_iterate (KeelExchange *self,
                  SoupSession  *session,
                  GCancellable *cancellable)
{
  GMainContext *context = g_main_context_get_thread_default ();
  Relay *relay = g_atomic_rc_box_new0 (Relay);
  gulong link;

  relay->context = g_main_context_ref (context);
  relay->inner = g_object_ref (self->cancellable);
  self->relay = relay;
  link = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb),
                                g_atomic_rc_box_acquire (relay), relay_unref);
  soup_session_send_async (session, self->message, G_PRIORITY_DEFAULT, self->cancellable, sent_cb,
                           self);
  while (!self->has_answer)
    g_main_context_iteration (context, TRUE);
  g_cancellable_disconnect (cancellable, link);
  g_clear_pointer (&self->relay, relay_unref);
}

static void
cancel_now_cb (GCancellable *outer,
               gpointer      user_data)
{
  g_cancellable_cancel (user_data);
}

/* Over a connection that is there: nothing of libsoup has to be iterated. */
static void
send_and_block (KeelExchange *self,
                SoupSession  *session,
                GCancellable *cancellable)
{
  gulong link = g_cancellable_connect (cancellable, G_CALLBACK (cancel_now_cb), self->cancellable,
                                       NULL);

  self->stream = soup_session_send (session, self->message, self->cancellable, &self->error);
  g_cancellable_disconnect (cancellable, link);
}

/* Sends the request and waits for the head of the answer. TRUE: there is a status, and a stream
 * unless it is one of those whose body is not wanted. Ends soon after @cancellable. @is_connected:
 * the session has most probably a connection that is open; if it has not, addresses are tried one
 * after the other. */
gboolean
keel_exchange_send (KeelExchange  *self,
                    SoupSession   *session,
                    gboolean       is_connected,
                    GCancellable  *cancellable,
                    GError       **error)
{
  if (is_connected)
    send_and_block (self, session, cancellable);
  else
    send_and_iterate (self, session, cancellable);
  if (self->fault == KEEL_EXCHANGE_FAULT_NONE && !g_cancellable_is_cancelled (cancellable) &&
      (self->stream != NULL || has_status (self)))
    return TRUE;
  g_clear_object (&self->stream);
  if (self->error == NULL)
    g_set_error_literal (&self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Broken off");
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

/* The body was read to its end: the connection may be used again. */
void
keel_exchange_set_done (KeelExchange *self)
{
  self->is_done = TRUE;
}

/* --- the answer ------------------------------------------------------------------------------ */

SoupMessage *
keel_exchange_get_message (KeelExchange *self)
{
  return self->message;
}

/* (nullable) (transfer none) */
GInputStream *
keel_exchange_get_stream (KeelExchange *self)
{
  return self->stream;
}

/* Whether the request went out: there was somebody to take it. */
gboolean
keel_exchange_was_sent (KeelExchange *self)
{
  return self->was_sent;
}

KeelExchangeFault
keel_exchange_get_fault (KeelExchange *self)
{
  return self->fault;
}

/* What a 401 or 407 offers, as far as it can be answered. (nullable) (transfer none) */
SoupAuth *
keel_exchange_get_auth (KeelExchange *self)
{
  return self->auth;
}

/* How much of a head had come when sending failed. */
guint64
keel_exchange_get_head_bytes (KeelExchange *self)
{
  SoupMessageMetrics *metrics = soup_message_get_metrics (self->message);

  return metrics != NULL ? soup_message_metrics_get_response_header_bytes_received (metrics) : 0;
}

/* What is wrong with the server's certificate, after TLS has failed. */
GTlsCertificateFlags
keel_exchange_get_tls_errors (KeelExchange *self)
{
  return soup_message_get_tls_peer_certificate_errors (self->message);
}

/* Whether the peer that answered has a public address. */
gboolean
keel_exchange_is_outside (KeelExchange *self)
{
  GSocketAddress *peer = soup_message_get_remote_address (self->message);

  return G_IS_INET_SOCKET_ADDRESS (peer) &&
         is_public (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (peer)));
}

guint
keel_exchange_get_status (KeelExchange *self)
{
  return soup_message_get_status (self->message);
}

/* A field of the answer's head, the last one if there are several. NULL: none, or not UTF-8. */
const char *
keel_exchange_get_header (KeelExchange *self,
                          const char   *name)
{
  const char *value = soup_message_headers_get_one (soup_message_get_response_headers (
                                                      self->message),
                                                    name);

  return value != NULL && g_utf8_validate (value, -1, NULL) ? value : NULL;
}

/* The same, whatever bytes are in it. */
const char *
keel_exchange_get_raw (KeelExchange *self,
                       const char   *name)
{
  return soup_message_headers_get_one (soup_message_get_response_headers (self->message), name);
}

/* All fields of that name, joined by commas. */
const char *
keel_exchange_get_list (KeelExchange *self,
                        const char   *name)
{
  return soup_message_headers_get_list (soup_message_get_response_headers (self->message), name);
}

/* Whether it can be shown to somebody. A server that does not say is taken at what it sends. */
static gboolean
is_text (const char *content_type,
         const char *text,
         gsize       length)
{
  const char *end = text;

  if (content_type != NULL)
    return g_ascii_strncasecmp (content_type, "text/", 5) == 0 ||
           strstr (content_type, "json") != NULL || strstr (content_type, "xml") != NULL;
  /* The last character may be cut. */
  g_utf8_validate_len (text, length, &end);
  return (gsize) (end - text) + 4 > length;
}

/* The beginning of an error's body, if it is text: at most 4 KiB, made valid UTF-8. (nullable)
 * (transfer full) */
char *
keel_exchange_dup_details (KeelExchange *self,
                           GCancellable *cancellable)
{
  g_autofree char *text = NULL;
  gsize length = 0;

  if (self->stream == NULL)
    return NULL;
  text = g_malloc (DETAIL_BYTES);
  /* What came before an error is worth showing, too. */
  g_input_stream_read_all (self->stream, text, DETAIL_BYTES, &length, cancellable, NULL);
  if (length == 0 || !is_text (keel_exchange_get_header (self, "Content-Type"), text, length))
    return NULL;
  return g_utf8_make_valid (text, (gssize) length);
}
