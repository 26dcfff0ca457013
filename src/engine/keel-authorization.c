/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-authorization.h"

#include <string.h>

/* Basic and Digest by hand, through libsoup's SoupAuth on a fresh message: the manager that would
 * do it by itself gathers the body of each 401 in memory and asks for a password in the middle of
 * a blocking call. RFC 9110 §11, RFC 7617, RFC 7616. */

KeelChallenge *
keel_challenge_copy (const KeelChallenge *self)
{
  KeelChallenge *copy = g_memdup2 (self, sizeof *self);

  copy->origin = g_strdup (self->origin);
  copy->realm = g_strdup (self->realm);
  copy->scheme = g_strdup (self->scheme);
  return copy;
}

void
keel_challenge_free (KeelChallenge *self)
{
  g_free (self->origin);
  g_free (self->realm);
  g_free (self->scheme);
  g_free (self);
}

KeelCredentials *
keel_credentials_new (const char *origin,
                      const char *user,
                      const char *password)
{
  KeelCredentials *self = g_new (KeelCredentials, 1);

  self->origin = g_strdup (origin);
  self->user = g_strdup (user);
  self->password = g_strdup (password);
  return self;
}

KeelCredentials *
keel_credentials_copy (const KeelCredentials *self)
{
  return keel_credentials_new (self->origin, self->user, self->password);
}

void
keel_credentials_free (KeelCredentials *self)
{
  if (self->password != NULL)
    explicit_bzero (self->password, strlen (self->password));
  g_free (self->origin);
  g_free (self->user);
  g_free (self->password);
  g_free (self);
}

/* Whether @item begins a challenge: a scheme, and then blank or nothing, but no "=". */
static gboolean
begins_challenge (const char *item)
{
  gsize length = strcspn (item, " \t=");

  if (item[length] == '=')
    return FALSE;
  return item[length + strspn (item + length, " \t")] != '=';
}

static gboolean
has_scheme (const char *item,
            const char *scheme)
{
  gsize length = strlen (scheme);

  return begins_challenge (item) && g_ascii_strncasecmp (item, scheme, length) == 0 &&
         (item[length] == ' ' || item[length] == '\0');
}

/* One field may hold several challenges, whose parameters are separated by the same commas as the
 * challenges themselves. Gives that of @scheme, or NULL. (transfer full) */
static char *
dup_challenge (const char *header,
               const char *scheme)
{
  GSList *items = soup_header_parse_list (header);
  GString *found = NULL;

  for (GSList *l = items; l != NULL; l = l->next)
    {
      const char *item = l->data;

      if (found == NULL && has_scheme (item, scheme))
        found = g_string_new (item);
      else if (found != NULL && begins_challenge (item))
        break;
      else if (found != NULL)
        g_string_append_printf (found, ", %s", item);
    }
  soup_header_free_list (items);
  return found != NULL ? g_string_free (found, FALSE) : NULL;
}

static SoupAuth *
try_scheme (SoupMessage *message,
            const char  *header,
            GType        type,
            const char  *scheme)
{
  g_autofree char *challenge = dup_challenge (header, scheme);

  return challenge != NULL ? soup_auth_new (type, message, challenge) : NULL;
}

static const char *
get_challenges (SoupMessage *message)
{
  const char *name = soup_message_get_status (message) == 407 ? "Proxy-Authenticate" :
                                                                "WWW-Authenticate";
  const char *header = soup_message_headers_get_list (soup_message_get_response_headers (message),
                                                      name);

  return header != NULL && g_utf8_validate (header, -1, NULL) ? header : NULL;
}

/* Whether the 401 or 407 in @message says that only the nonce was too old (RFC 7616 §3.3). */
gboolean
keel_authorization_is_stale (SoupMessage *message)
{
  const char *header = get_challenges (message);
  g_autofree char *challenge = header != NULL ? dup_challenge (header, "Digest") : NULL;
  GHashTable *parameters;
  gboolean is_stale;

  if (challenge == NULL)
    return FALSE;
  parameters = soup_header_parse_param_list (challenge + strlen ("Digest"));
  is_stale = g_strcmp0 (g_hash_table_lookup (parameters, "stale"), "true") == 0;
  soup_header_free_param_list (parameters);
  return is_stale;
}

/* The strongest of what the 401 or 407 in @message offers, or NULL when there is none that can be
 * answered. (transfer full) (nullable) */
SoupAuth *
keel_authorization_choose (SoupMessage *message)
{
  const char *header = get_challenges (message);
  SoupAuth *auth;

  if (header == NULL)
    return NULL;
  auth = try_scheme (message, header, SOUP_TYPE_AUTH_DIGEST, "Digest");
  if (auth == NULL)
    auth = try_scheme (message, header, SOUP_TYPE_AUTH_BASIC, "Basic");
  return auth;
}

/* UTF-8, which RFC 7617 §2.1 wants of new servers and browsers send to all; libsoup would send
 * Latin-1. */
static char *
dup_basic (const char *user,
           const char *password)
{
  g_autofree char *pair = g_strconcat (user, ":", password, NULL);
  g_autofree char *coded = g_base64_encode ((const guchar *) pair, strlen (pair));

  explicit_bzero (pair, strlen (pair));
  return g_strconcat ("Basic ", coded, NULL);
}

/* The value of Authorization, or Proxy-Authorization, for @message, which is to be sent next.
 * (transfer full) (nullable) */
char *
keel_authorization_dup_value (SoupAuth    *auth,
                              SoupMessage *message,
                              const char  *user,
                              const char  *password)
{
  if (g_ascii_strcasecmp (soup_auth_get_scheme_name (auth), "Basic") == 0)
    return dup_basic (user, password);
  soup_auth_authenticate (auth, user, password);
  return soup_auth_is_authenticated (auth) ? soup_auth_get_authorization (auth, message) : NULL;
}
