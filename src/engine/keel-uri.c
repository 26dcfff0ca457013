/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-uri.h"

#include "keel-task-error.h"

#include <gio/gio.h>
#include <string.h>

/* Links are checked here before libsoup sees them. GUri is lenient by default: it takes blanks,
 * control characters and backslashes that browsers, proxies and servers read in different ways,
 * which is how a request is smuggled to where it was not meant to go. */

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
  /* GUri decodes it, so anything may be in here. Colons only in an IPv6 literal, whose brackets
   * GUri takes away. */
  return !has_odd_byte (host) && strpbrk (host, "<>\"'|^`{}%@#?/[]") == NULL;
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
  if (strlen (uri) > KEEL_URI_MOST_BYTES)
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

/* @uri as programs understand it that are strict: a percent sign that begins no escape sequence, as
 * in “100%.zip”, is escaped itself. Servers take both for the same. (transfer full) */
char *
keel_uri_dup_strict (const char *uri)
{
  GString *strict = g_string_new (NULL);

  for (const char *p = uri; *p != '\0'; p++)
    if (*p == '%' && !(g_ascii_isxdigit (p[1]) && g_ascii_isxdigit (p[2])))
      g_string_append (strict, "%25");
    else
      g_string_append_c (strict, *p);
  return g_string_free (strict, FALSE);
}

/* Where the Location header @location of an answer from @base leads. Blanks and bytes that are not
 * ASCII are escaped, as browsers do for servers that forget to; NULL for what stays invalid, and
 * for the control characters and backslashes that others read in other ways. (transfer full)
 * (nullable) */
char *
keel_uri_resolve (const char *base,
                  const char *location)
{
  g_autoptr (GString) escaped = g_string_new (NULL);
  g_autofree char *strict = NULL;

  for (const char *p = location; *p != '\0'; p++)
    if (*p == ' ' || (guchar) *p >= 0x80)
      g_string_append_printf (escaped, "%%%02X", (guchar) *p);
    else
      g_string_append_c (escaped, *p);
  if (has_odd_byte (escaped->str))
    return NULL;
  strict = keel_uri_dup_strict (escaped->str);
  return g_uri_resolve_relative (base, strict, G_URI_FLAGS_ENCODED, NULL);
}

/* "https://host:port", lower case: whom a password is for. Never NULL. */
char *
keel_uri_dup_origin (const char *uri)
{
  g_autofree char *host = keel_uri_dup_host (uri);

  return g_strconcat (keel_uri_is_encrypted (uri) ? "https://" : "http://", host, NULL);
}

/* NULL for what is not UTF-8 when decoded, or has a NUL in it. */
static char *
unescape (const char *text)
{
  g_autofree char *plain = text != NULL ? g_uri_unescape_string (text, NULL) : NULL;

  return plain != NULL && g_utf8_validate (plain, -1, NULL) ? g_steal_pointer (&plain) : NULL;
}

/* @uri without the user name and password in it, which are decoded and given apart (each NULL when
 * there is none, and when they are not UTF-8; the places may be NULL). NULL when @uri is not
 * valid. */
char *
keel_uri_take_userinfo (const char  *uri,
                        char       **out_user,
                        char       **out_password)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, FLAGS, NULL);

  if (parsed == NULL || !is_good_host (g_uri_get_host (parsed)))
    return NULL;
  if (out_user != NULL)
    *out_user = unescape (g_uri_get_user (parsed));
  if (out_password != NULL)
    *out_password = unescape (g_uri_get_password (parsed));
  if (g_uri_get_userinfo (parsed) == NULL)
    return g_strdup (uri);
  return g_uri_join (G_URI_FLAGS_ENCODED, g_uri_get_scheme (parsed), NULL, g_uri_get_host (parsed),
                     g_uri_get_port (parsed), g_uri_get_path (parsed), g_uri_get_query (parsed),
                     g_uri_get_fragment (parsed));
}

/* Without user name, password, query and fragment: what may stand in a log or on a file. */
char *
keel_uri_dup_safe (const char *uri)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, FLAGS, NULL);

  if (parsed == NULL || !is_good_host (g_uri_get_host (parsed)))
    return g_strdup ("?");
  return g_uri_join (G_URI_FLAGS_ENCODED, g_uri_get_scheme (parsed), NULL, g_uri_get_host (parsed),
                     g_uri_get_port (parsed), g_uri_get_path (parsed), NULL, NULL);
}

gboolean
keel_uri_is_encrypted (const char *uri)
{
  return g_ascii_strncasecmp (uri, "https:", 6) == 0;
}

/* Whether it is on this machine by its very name: then no network is needed. */
gboolean
keel_uri_is_loopback (const char *uri)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, FLAGS, NULL);
  const char *host = parsed != NULL ? g_uri_get_host (parsed) : NULL;
  g_autoptr (GInetAddress) address = host != NULL ? g_inet_address_new_from_string (host) : NULL;

  if (address != NULL)
    return g_inet_address_get_is_loopback (address);
  return host != NULL &&
         (g_ascii_strcasecmp (host, "localhost") == 0 || g_str_has_suffix (host, ".localhost"));
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
