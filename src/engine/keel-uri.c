/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-uri.h"

#include "keel-task-error.h"

#include <string.h>

/* Links are checked here before libsoup sees them. GUri is lenient by default: it takes blanks,
 * control characters and backslashes that browsers, proxies and servers read in different ways,
 * which is how a request is smuggled to where it was not meant to go. */

#define MAX_URI_BYTES 8192
#define FLAGS (G_URI_FLAGS_ENCODED | G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_SCHEME_NORMALIZE)

static gboolean
has_odd_byte (const char *uri)
{
  for (const char *p = uri; *p != '\0'; p++)
    if ((guchar) *p <= 0x20 || *p == 0x7f || *p == '\\')
      return TRUE;
  return FALSE;
}

static gboolean
is_good_host (const char *host)
{
  if (host == NULL || *host == '\0')
    return FALSE;
  /* Colons only in an IPv6 literal, whose brackets GUri takes away. */
  return strpbrk (host, "<>\"'|^`{}%@#?/[] ") == NULL;
}

static gboolean
bad (GError     **error,
     const char  *message)
{
  g_set_error_literal (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_BAD_URI, message);
  return FALSE;
}

/* Whether @uri is a link that can be downloaded: http or https, a host, at most 8 KiB, none of
 * the bytes that are read differently by different programs. KEEL_TASK_ERROR_BAD_URI else. */
gboolean
keel_uri_check (const char  *uri,
                GError     **error)
{
  g_autoptr (GUri) parsed = NULL;
  const char *scheme;

  if (uri == NULL || *uri == '\0')
    return bad (error, "The link is empty");
  if (strlen (uri) > MAX_URI_BYTES)
    return bad (error, "The link is longer than 8 KiB");
  if (has_odd_byte (uri))
    return bad (error, "The link contains a blank, a control character or a backslash");
  parsed = g_uri_parse (uri, FLAGS, NULL);
  if (parsed == NULL)
    return bad (error, "The link is not valid");
  scheme = g_uri_get_scheme (parsed);
  if (g_strcmp0 (scheme, "http") != 0 && g_strcmp0 (scheme, "https") != 0)
    return bad (error, "Only http and https links can be downloaded");
  if (!is_good_host (g_uri_get_host (parsed)))
    return bad (error, "The link names no valid server");
  if (g_uri_get_userinfo (parsed) != NULL)
    return bad (error, "A link must not contain a user name or password");
  return TRUE;
}

/* "host:port", lower case: what transfers share a server by. Never NULL. */
char *
keel_uri_dup_host (const char *uri)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, FLAGS, NULL);
  g_autofree char *host = NULL;
  int port;

  if (parsed == NULL || g_uri_get_host (parsed) == NULL)
    return g_strdup ("");
  host = g_ascii_strdown (g_uri_get_host (parsed), -1);
  port = g_uri_get_port (parsed);
  if (port <= 0)
    port = keel_uri_is_encrypted (uri) ? 443 : 80;
  return g_strdup_printf ("%s:%d", host, port);
}

/* Without user name, password, query and fragment: what may stand in a log or on a file. */
char *
keel_uri_dup_safe (const char *uri)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, FLAGS, NULL);

  if (parsed == NULL)
    return g_strdup ("?");
  return g_uri_join (G_URI_FLAGS_ENCODED, g_uri_get_scheme (parsed), NULL, g_uri_get_host (parsed),
                     g_uri_get_port (parsed), g_uri_get_path (parsed), NULL, NULL);
}

gboolean
keel_uri_is_encrypted (const char *uri)
{
  return g_ascii_strncasecmp (uri, "https:", 6) == 0;
}

/* RFC 6454: scheme, host and port. */
gboolean
keel_uri_is_same_origin (const char *a,
                         const char *b)
{
  g_autofree char *host_a = keel_uri_dup_host (a);
  g_autofree char *host_b = keel_uri_dup_host (b);

  return strcmp (host_a, host_b) == 0 && keel_uri_is_encrypted (a) == keel_uri_is_encrypted (b);
}
