/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-add-input.h"

#include "keel-exit.h"

#include <glib/gi18n.h>
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <unistd.h>

/* The addresses and request headers of "keel add", from the command line and from a file of
 * addresses. The service checks all of it again; here it is checked so that the message names what
 * is wrong, and so that of a batch that needs several messages nothing is added. */

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define MAX_URL_BYTES 8192
#define MAX_SHOWN_BYTES 200

static gboolean
has_odd_byte (const char *url)
{
  for (const char *p = url; *p != '\0'; p++)
    if ((guchar) *p <= 0x20 || *p == 0x7f || *p == '\\')
      return TRUE;
  return FALSE;
}

/* The beginning of what was given, without a name and a password: it may end up in a log. */
static char *
dup_shown (const char *url)
{
  const char *colon = strstr (url, "://");
  const char *authority = colon != NULL ? colon + 3 : url;
  const char *at = memrchr (authority, '@', strcspn (authority, "/?#"));

  if (at == NULL)
    return g_strndup (url, MAX_SHOWN_BYTES);
  return g_strdup_printf ("%.*s…%.*s", (int) (authority - url), url, MAX_SHOWN_BYTES, at);
}

/* Whether @url can be handed to the service. Says itself what is wrong. */
gboolean
keel_add_input_check_url (const char *url)
{
  g_autoptr (GUri) parsed = NULL;
  g_autofree char *start = dup_shown (url);

  if (!has_odd_byte (url) && strlen (url) <= MAX_URL_BYTES && g_utf8_validate (url, -1, NULL))
    parsed = g_uri_parse (
      url, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE, NULL);
  if (parsed == NULL || g_uri_get_host (parsed) == NULL || *g_uri_get_host (parsed) == '\0')
    {
      keel_complain (_("This is not a valid link: “%s”"), start);
      return FALSE;
    }
  if (g_strcmp0 (g_uri_get_scheme (parsed), "http") != 0 &&
      g_strcmp0 (g_uri_get_scheme (parsed), "https") != 0)
    {
      keel_complain (_("Only http and https links can be downloaded, not “%s”"), start);
      return FALSE;
    }
  return TRUE;
}

/* Blank lines and comments are left out, and so are blanks around an address, and the mark that
 * some editors put before the first one. */
static gboolean
read_lines (GInputStream  *stream,
            GPtrArray     *urls,
            GError       **error)
{
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (stream);

  g_data_input_stream_set_newline_type (lines, G_DATA_STREAM_NEWLINE_TYPE_ANY);
  for (gboolean is_first = TRUE;; is_first = FALSE)
    {
      g_autofree char *line = NULL;
      const char *url;
      GError *local_error = NULL;

      line = g_data_input_stream_read_line (lines, NULL, NULL, &local_error);
      if (local_error != NULL)
        {
          g_propagate_error (error, local_error);
          return FALSE;
        }
      if (line == NULL)
        return TRUE;
      g_strstrip (line);
      url = is_first && g_str_has_prefix (line, BYTE_ORDER_MARK) ? line + strlen (BYTE_ORDER_MARK) :
                                                                   line;
      if (*url != '\0' && *url != '#')
        g_ptr_array_add (urls, g_strdup (url));
    }
}

static gboolean
read_file (const char *input,
           GPtrArray  *urls)
{
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GFile) file = NULL;
  g_autoptr (GError) error = NULL;

  if (g_str_equal (input, "-"))
    stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  else
    {
      file = g_file_new_for_path (input);
      stream = G_INPUT_STREAM (g_file_read (file, NULL, &error));
    }
  if (stream != NULL && read_lines (stream, urls, &error))
    return TRUE;

  keel_complain (_("The list of links cannot be read: %s"), error->message);
  return FALSE;
}

/* (transfer full) (nullable) (element-type utf8): NULL when something is wrong, which it says
 * itself. */
GPtrArray *
keel_add_input_read_urls (char       **urls,
                          const char  *input)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; urls != NULL && urls[i] != NULL; i++)
    g_ptr_array_add (found, g_strdup (urls[i]));
  if (input != NULL && !read_file (input, found))
    return NULL;
  if (found->len == 0)
    {
      keel_complain (_("No link was given"));
      return NULL;
    }
  for (guint i = 0; i < found->len; i++)
    if (!keel_add_input_check_url (g_ptr_array_index (found, i)))
      return NULL;
  return g_steal_pointer (&found);
}

static gboolean
add_header (GPtrArray  *headers,
            const char *name,
            gsize       name_length,
            const char *value)
{
  if (name_length == 0 || strpbrk (value, "\r\n") != NULL || !g_utf8_validate (value, -1, NULL) ||
      !g_utf8_validate (name, (gssize) name_length, NULL))
    return FALSE;
  g_ptr_array_add (headers, g_strndup (name, name_length));
  g_ptr_array_add (headers, g_strstrip (g_strdup (value)));
  return TRUE;
}

/* (transfer full) (nullable) (element-type utf8): names and values in turn; NULL when something is
 * wrong, which it says itself. */
GPtrArray *
keel_add_input_read_headers (char       **headers,
                             const char  *referer,
                             const char  *user_agent,
                             gsize       *out_bytes)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  const char *wrong = NULL;

  for (guint i = 0; headers != NULL && headers[i] != NULL; i++)
    {
      const char *colon = strchr (headers[i], ':');

      if (colon == NULL || !add_header (found, headers[i], (gsize) (colon - headers[i]), colon + 1))
        wrong = headers[i];
    }
  if (referer != NULL && !add_header (found, "Referer", 7, referer))
    wrong = referer;
  if (user_agent != NULL && !add_header (found, "User-Agent", 10, user_agent))
    wrong = user_agent;
  if (wrong != NULL)
    {
      keel_complain (_("This is not a request header: “%s”"), wrong);
      return NULL;
    }

  *out_bytes = 0;
  for (guint i = 0; i < found->len; i++)
    *out_bytes += strlen (g_ptr_array_index (found, i)) + 8;
  return g_steal_pointer (&found);
}
