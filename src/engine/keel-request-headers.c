/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-request-headers.h"

#include "keel-task-error.h"
#include "keel-uri.h"

#include <string.h>

/* Request headers from callers: everything is allowed except what decides the framing of the
 * message, whom it goes to, or which bytes are meant (those are ours to say), and what would let a
 * value end the header and begin another (RFC 9110 §5.5). Pure. */

#define MOST_HEADERS 64
#define MOST_BYTES (64 * 1024)

static const char *const refused[] = {
  "accept-encoding", "connection", "content-length",    "cookie2", "expect",  "host", "keep-alive",
  "range",           "te",         "transfer-encoding", "trailer", "upgrade", "via",
};

static gboolean
is_refused (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    if (g_ascii_strcasecmp (refused[i], name) == 0)
      return TRUE;
  return g_ascii_strncasecmp (name, "if-", 3) == 0 || g_ascii_strncasecmp (name, "proxy-", 6) == 0;
}

/* RFC 9110 §5.6.2. */
static gboolean
is_token (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("!#$%&'*+-.^_`|~", *p) == NULL)
      return FALSE;
  return *text != '\0';
}

static guint
count_lines (GString *headers)
{
  guint count = 0;

  for (gsize i = 0; i < headers->len; i++)
    count += headers->str[i] == '\n';
  return count;
}

/* Adds "name: value\n" to @headers. KEEL_ERROR_INVALID_ARGUMENT or KEEL_ERROR_LIMITS_EXCEEDED. */
gboolean
keel_request_headers_append (GString     *headers,
                             const char  *name,
                             const char  *value,
                             GError     **error)
{
  g_autofree char *referer = NULL;

  if (!is_token (name) || is_refused (name))
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                   "The request header “%s” cannot be set", name);
      return FALSE;
    }
  for (const char *p = value; *p != '\0'; p++)
    if (((guchar) *p < 0x20 && *p != '\t') || *p == 0x7f)
      {
        g_set_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                     "The value of the request header “%s” contains a control character", name);
        return FALSE;
      }
  if (count_lines (headers) >= MOST_HEADERS ||
      headers->len + strlen (name) + strlen (value) > MOST_BYTES)
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_LIMITS_EXCEEDED,
                           "There are too many request headers");
      return FALSE;
    }
  /* RFC 9110 §10.1.3: without the user name and password. */
  if (g_ascii_strcasecmp (name, "Referer") == 0)
    referer = keel_uri_take_userinfo (value, NULL, NULL);
  g_string_append_printf (headers, "%s: %s\n", name, referer != NULL ? referer : value);
  return TRUE;
}

/* The lines of @common, and then those of @own, of which the last with a name counts; @user_agent
 * replaces that of @common. Each may be NULL. (transfer full) */
char *
keel_request_headers_merge (const char *common,
                            const char *user_agent,
                            const char *own)
{
  GString *merged = g_string_new (common);

  if (user_agent != NULL)
    g_string_append_printf (merged, "User-Agent: %s\n", user_agent);
  if (own != NULL)
    g_string_append (merged, own);
  return g_string_free (merged, FALSE);
}
