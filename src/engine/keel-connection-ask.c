/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-connection-private.h"

#include "keel-proxy-resolver.h"
#include "keel-task-error.h"
#include "keel-uri.h"

#include <string.h>

/* One question, in a worker's thread: the request, its redirects, and the passwords it needs.
 *
 * Redirects are followed here with a fresh message each (RFC 9110 §15.4), because what may follow
 * them is ours to say: only http and https, never from https to http, never from a public server
 * to this machine, at most 20, and nothing that the caller gave for one origin goes to another.
 *
 * A 401 or 407 is answered once, if there are credentials for whoever asks; without them, or when
 * they are wrong, the question ends as CHALLENGED. Nobody is asked for a password from here: that
 * may take days, and the connection is not kept for it. */

#define MOST_REDIRECTS 20
#define USER_AGENT "Keelboat"
/* What libsoup takes at most. */
#define LONGEST_HEAD (64 * 1024)

typedef struct {
  KeelConnection *connection;
  KeelWorker *worker;
  SoupSession *session;
  const KeelResumeState *state;
  char *uri; /* (owned) of the present hop */
  guint redirects;
  gboolean was_outside;       /* a public server was among the hops */
  gboolean came_from_outside; /* and no proxy stands between */
  SoupAuth *auth;             /* (owned) (nullable) for this hop */
  SoupAuth *proxy_auth;       /* (owned) (nullable) */
  gboolean was_stale;         /* a nonce had run out, and that was answered */
} Question;

static void
question_clear (Question *self)
{
  g_free (self->uri);
  g_clear_object (&self->auth);
  g_clear_object (&self->proxy_auth);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Question, question_clear)

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
add_range (const KeelResumeState *state,
           SoupMessageHeaders    *request)
{
  const char *if_range = keel_resume_get_if_range (&state->version);
  g_autofree char *range = NULL;

  if (state->asked == KEEL_RESUME_ASK_WHOLE)
    return;
  if (state->asked == KEEL_RESUME_ASK_PROBE)
    range = g_strdup ("bytes=0-0");
  else if (state->end > 0)
    range = g_strdup_printf ("bytes=%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, state->start,
                             state->end - 1);
  else
    range = g_strdup_printf ("bytes=%" G_GUINT64_FORMAT "-", state->start);
  soup_message_headers_replace (request, "Range", range);
  /* What a new link leads to may have another tag; the bytes are compared. */
  if (if_range != NULL && !state->is_rebound)
    soup_message_headers_replace (request, "If-Range", if_range);
}

/* Those that are for @origin, if there are any. (nullable) */
static const KeelCredentials *
find_credentials (Question   *self,
                  const char *origin)
{
  KeelConnection *connection = self->connection;

  for (gsize i = 0; i < G_N_ELEMENTS (connection->credentials); i++)
    if (connection->credentials[i] != NULL &&
        strcmp (connection->credentials[i]->origin, origin) == 0)
      return connection->credentials[i];
  return strcmp (origin, KEEL_CHALLENGE_PROXY) == 0 ? connection->proxy_credentials : NULL;
}

static void
add_authorization (Question    *self,
                   SoupMessage *message,
                   SoupAuth    *auth,
                   const char  *header,
                   const char  *origin)
{
  const KeelCredentials *credentials = find_credentials (self, origin);
  g_autofree char *value = NULL;

  if (auth == NULL || credentials == NULL)
    return;
  value = keel_authorization_dup_value (auth, message, credentials->user, credentials->password);
  if (value != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (message), header, value);
}

static SoupMessage *
make_message (Question *self)
{
  const KeelTransferRecord *record = self->connection->record;
  SoupMessage *message = soup_message_new (SOUP_METHOD_GET, self->uri);
  g_autofree char *origin = keel_uri_dup_origin (self->uri);
  SoupMessageHeaders *request;

  if (message == NULL)
    return NULL;
  request = soup_message_get_request_headers (message);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE |
                                     SOUP_MESSAGE_COLLECT_METRICS);
  soup_message_headers_replace (request, "User-Agent", USER_AGENT);
  if (record->headers != NULL && keel_uri_is_same_origin (self->uri, record->uri))
    add_caller_headers (request, record->headers);
  /* Codings change the bytes, and with them what a range means. */
  soup_message_headers_replace (request, "Accept-Encoding", "identity");
  add_range (self->state, request);
  add_authorization (self, message, self->auth, "Authorization", origin);
  add_authorization (self, message, self->proxy_auth, "Proxy-Authorization", KEEL_CHALLENGE_PROXY);
  return message;
}

/* --- redirects ------------------------------------------------------------------------------- */

static gboolean
is_redirect (guint status)
{
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static gboolean
refuse_redirect (Question   *self,
                 const char *message)
{
  self->connection->outcome = keel_connection_fail (self->connection, KEEL_TASK_ERROR_REDIRECT,
                                                    message);
  return FALSE;
}

/* Whether @uri is fetched without a proxy: then the peer's address is the server's. */
static gboolean
is_direct (Question   *self,
           const char *uri)
{
  GProxyResolver *resolver = soup_session_get_proxy_resolver (self->session);
  g_auto (GStrv) proxies = NULL;

  if (resolver == NULL)
    return TRUE;
  proxies = g_proxy_resolver_lookup (resolver, uri, self->connection->cancellable, NULL);
  return proxies == NULL || g_strcmp0 (proxies[0], "direct://") == 0;
}

/* To where the answer points. FALSE: the outcome tells. */
static gboolean
follow (Question     *self,
        KeelExchange *exchange)
{
  const char *location = keel_exchange_get_raw (exchange, "Location");
  g_autofree char *target = NULL;
  g_autofree char *uri = NULL;

  if (++self->redirects > MOST_REDIRECTS)
    return refuse_redirect (self, "The link leads in circles");
  if (location != NULL)
    target = keel_uri_resolve (self->uri, location);
  /* Names and passwords in there are not for us to use. */
  if (target != NULL)
    uri = keel_uri_take_userinfo (target, NULL, NULL);
  if (uri == NULL || !keel_uri_check (uri, NULL))
    return refuse_redirect (self, "The link leads to where nothing can be downloaded");
  if (keel_uri_is_encrypted (self->uri) && !keel_uri_is_encrypted (uri))
    return refuse_redirect (self, "The link would go on without encryption");
  if (!keel_uri_is_same_origin (self->uri, uri))
    g_clear_object (&self->auth);
  self->was_outside |= keel_exchange_is_outside (exchange);
  self->came_from_outside = self->was_outside && is_direct (self, uri);
  g_free (self->uri);
  self->uri = g_steal_pointer (&uri);
  return TRUE;
}

/* --- passwords ------------------------------------------------------------------------------- */

static void
challenge (Question   *self,
           SoupAuth   *offered,
           const char *origin,
           gboolean    was_wrong)
{
  KeelConnection *connection = self->connection;
  gboolean is_proxy = connection->http_status == 407;

  connection->challenge = g_new0 (KeelChallenge, 1);
  connection->challenge->origin = g_strdup (origin);
  connection->challenge->is_proxy = is_proxy;
  connection->challenge->was_wrong = was_wrong;
  if (offered != NULL)
    {
      connection->challenge->realm = g_utf8_make_valid (soup_auth_get_realm (offered), -1);
      connection->challenge->scheme = g_ascii_strdown (soup_auth_get_scheme_name (offered), -1);
    }
  keel_connection_fail (connection, KEEL_TASK_ERROR_AUTH_REQUIRED,
                        is_proxy ? "The proxy wants a user name and a password" :
                                   "The server wants a user name and a password");
  connection->outcome = KEEL_CONNECTION_CHALLENGED;
}

/* Whether the question is to be asked again, with an answer to the 401 or 407 in @exchange.
 * FALSE: the outcome tells. */
static gboolean
authorize (Question     *self,
           KeelExchange *exchange)
{
  SoupMessage *message = keel_exchange_get_message (exchange);
  gboolean is_proxy = soup_message_get_status (message) == 407;
  SoupAuth **auth = is_proxy ? &self->proxy_auth : &self->auth;
  g_autofree char *origin = is_proxy ? g_strdup (KEEL_CHALLENGE_PROXY) :
                                       keel_uri_dup_origin (self->uri);
  SoupAuth *offered = keel_exchange_get_auth (exchange);
  const KeelCredentials *credentials = find_credentials (self, origin);
  gboolean was_sent = *auth != NULL;
  gboolean is_stale = was_sent && !self->was_stale && keel_authorization_is_stale (message);

  self->was_stale |= is_stale;
  g_set_object (auth, offered);
  if (offered != NULL && credentials != NULL && (!was_sent || is_stale))
    return TRUE;
  challenge (self, offered, origin, was_sent);
  return FALSE;
}

/* --- failures -------------------------------------------------------------------------------- */

/* Says what is wrong with the certificate, in plain words; more than one thing may be. A handshake
 * that was cut off is the one failure of TLS that may pass: GnuTLS calls it "not TLS", as it does a
 * server that knows none and hangs up. */
static void
explain_tls (KeelConnection       *connection,
             const GError         *foreign,
             GTlsCertificateFlags  errors)
{
  static const struct {
    GTlsCertificateFlags flag;
    const char *message;
  } reasons[] = {
    { G_TLS_CERTIFICATE_REVOKED, "The server's certificate has been revoked" },
    { G_TLS_CERTIFICATE_EXPIRED, "The server's certificate has expired" },
    { G_TLS_CERTIFICATE_NOT_ACTIVATED, "The server's certificate is not valid yet" },
    { G_TLS_CERTIFICATE_BAD_IDENTITY, "The server's certificate is for another server" },
    { G_TLS_CERTIFICATE_INSECURE, "The server's certificate is not secure" },
    { G_TLS_CERTIFICATE_UNKNOWN_CA,
      "The server's certificate is self-signed or from an unknown issuer" },
    { G_TLS_CERTIFICATE_GENERIC_ERROR, "The server's certificate is not valid" },
  };
  g_autoptr (GString) message = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    if ((errors & reasons[i].flag) != 0)
      g_string_append_printf (message, "%s%s", message->len > 0 ? ". " : "", reasons[i].message);
  if (message->len > 0)
    keel_connection_fail (connection, KEEL_TASK_ERROR_TLS, message->str);
  connection->is_final = message->len > 0 ||
                         !(g_error_matches (foreign, G_TLS_ERROR, G_TLS_ERROR_EOF) ||
                           g_error_matches (foreign, G_TLS_ERROR, G_TLS_ERROR_NOT_TLS));
}

/* libsoup has one word for a connection that was closed instead of an answer, for an answer that is
 * no HTTP/1 (RFC 9112 §2.1), and for a head that is too long; the last will be too long tomorrow.
 */
static void
explain_head (KeelConnection *connection,
              guint64         head_bytes)
{
  if (head_bytes >= LONGEST_HEAD)
    {
      keel_connection_fail (connection, KEEL_TASK_ERROR_PROTOCOL,
                            "The head of the server's answer is too long");
      connection->is_final = TRUE;
    }
  else if (head_bytes > 0)
    keel_connection_fail (connection, KEEL_TASK_ERROR_PROTOCOL,
                          "The server's answer has no head, or only a part of one");
}

static void
send_failed (Question     *self,
             KeelExchange *exchange,
             const GError *error)
{
  KeelConnection *connection = self->connection;

  connection->outcome = KEEL_CONNECTION_FAILED;
  switch (keel_exchange_get_fault (exchange))
    {
    case KEEL_EXCHANGE_FAULT_INFORMATIONAL:
      keel_connection_fail (connection, KEEL_TASK_ERROR_PROTOCOL,
                            "The server keeps announcing an answer and gives none");
      connection->is_final = TRUE;
      break;
    case KEEL_EXCHANGE_FAULT_INWARD:
      refuse_redirect (self, "The link leads from the internet to this computer");
      break;
    case KEEL_EXCHANGE_FAULT_LENGTH:
      keel_connection_fail (connection, KEEL_TASK_ERROR_PROTOCOL,
                            "The server announces a length that makes no sense");
      break;
    case KEEL_EXCHANGE_FAULT_OLD_TLS:
      keel_connection_fail (connection, KEEL_TASK_ERROR_TLS,
                            "The server's encryption is too old to protect anything");
      connection->is_final = TRUE;
      break;
    case KEEL_EXCHANGE_FAULT_NONE:
    default:
      connection->error = keel_task_error_convert (error, FALSE);
      if (connection->error->code == KEEL_TASK_ERROR_TLS)
        explain_tls (connection, error, keel_exchange_get_tls_errors (exchange));
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
        explain_head (connection, keel_exchange_get_head_bytes (exchange));
      break;
    }
}

/* --- asking ---------------------------------------------------------------------------------- */

/* What the address of the proxy said when it was looked up for the last exchange. */
static void
learn_proxy_credentials (Question *self)
{
  GProxyResolver *resolver = soup_session_get_proxy_resolver (self->session);

  if (!KEEL_IS_PROXY_RESOLVER (resolver))
    return;
  g_clear_pointer (&self->connection->proxy_credentials, keel_credentials_free);
  self->connection->proxy_credentials = keel_proxy_resolver_dup_credentials (
    KEEL_PROXY_RESOLVER (resolver));
}

static const KeelCredentials *
get_proxy_credentials (gpointer user_data)
{
  learn_proxy_credentials (user_data);
  return find_credentials (user_data, KEEL_CHALLENGE_PROXY);
}

static gboolean
is_connected (Question *self)
{
  g_autofree char *origin = keel_uri_dup_origin (self->uri);

  /* From outside, no connection that is open is used. */
  return !self->came_from_outside && keel_worker_has_kept (self->worker, origin);
}

static KeelExchange *
send_once (Question *self)
{
  KeelConnection *connection = self->connection;
  g_autoptr (SoupMessage) message = make_message (self);
  g_autoptr (KeelExchange) exchange = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok;

  if (message == NULL)
    {
      connection->outcome = keel_connection_fail (connection, KEEL_TASK_ERROR_BAD_URI,
                                                  "The link is not valid");
      return NULL;
    }
  exchange = keel_exchange_new (message, self->came_from_outside);
  keel_exchange_answer_proxy (exchange, get_proxy_credentials, self);
  __atomic_store_n (&connection->phase, KEEL_CONNECTION_ASKING, __ATOMIC_RELEASE);
  ok = keel_exchange_send (exchange, self->session, is_connected (self), connection->cancellable,
                           &error);
  __atomic_store_n (&connection->phase, KEEL_CONNECTION_MOVING, __ATOMIC_RELEASE);
  connection->http_status = keel_exchange_get_status (exchange);
  connection->was_sent = keel_exchange_was_sent (exchange);
  if (ok)
    return g_steal_pointer (&exchange);
  send_failed (self, exchange, error);
  return NULL;
}

/* Asks what @state says and gives the exchange with the last answer, which is neither a redirect
 * nor a call for a password; NULL when there is none, and then the outcome tells. Blocks. */
KeelExchange *
keel_connection_ask (KeelConnection        *self,
                     KeelWorker            *worker,
                     const KeelResumeState *state)
{
  g_auto (Question) question = {
    .connection = self,
    .worker = worker,
    .session = keel_worker_get_session (worker),
    .state = state,
    .uri = g_strdup (self->record->uri),
  };

  for (;;)
    {
      g_autoptr (KeelExchange) exchange = send_once (&question);
      guint status = exchange != NULL ? keel_exchange_get_status (exchange) : 0;

      if (exchange == NULL)
        return NULL;
      if (is_redirect (status))
        {
          if (!follow (&question, exchange))
            return NULL;
        }
      else if (status == 401 || status == 407)
        {
          learn_proxy_credentials (&question);
          if (!authorize (&question, exchange))
            return NULL;
        }
      else
        return g_steal_pointer (&exchange);
    }
}
