/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-links.h"

#include <string.h>

/* Finds links in whatever people paste, drop or hand over: one link, a column of them, a mail with
 * some in the middle of its sentences. Only http and https count, because only those can be
 * downloaded. Pure; the text is not trusted: it may be of any length, but never gives more than
 * KEEL_LINKS_MAX links, the most that the service takes in one call. */

#define SEPARATORS " \t\r\n\f\v<>\"`"
#define LEADING "([{'"
#define TRAILING ".,;:!?'"

/* As the service has it. */
#define LINK_BYTES_MAX 8192

static gboolean
is_web_link (const char *text)
{
  g_autoptr (GUri) uri = NULL;

  if (g_ascii_strncasecmp (text, "http://", 7) != 0 &&
      g_ascii_strncasecmp (text, "https://", 8) != 0)
    return FALSE;

  uri = g_uri_parse (text, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL);

  return uri != NULL && g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0';
}

/* Whether @word has more of @close than of @open. */
static gboolean
is_unopened (const char *word,
             char        open,
             char        close)
{
  int depth = 0;

  for (; *word != '\0'; word++)
    depth += *word == open ? -1 : *word == close;
  return depth > 0;
}

/* Takes the punctuation of the sentence around a link off its end, and a closing bracket that was
 * not opened inside it: an address of IPv6 has brackets of its own. */
static void
trim_end (char *word)
{
  gsize length = strlen (word);

  while (length > 0)
    {
      char last = word[length - 1];

      if (strchr (TRAILING, last) == NULL && !(last == ')' && is_unopened (word, '(', ')')) &&
          !(last == ']' && is_unopened (word, '[', ']')))
        break;

      word[--length] = '\0';
    }
}

/* Returns: (transfer full): the links of @text in their order, each once; empty if there are none
 */
GStrv
keel_links_find (const char *text)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) words = NULL;

  if (text == NULL || !g_utf8_validate (text, -1, NULL))
    return g_strv_builder_end (builder);

  words = g_strsplit_set (text, SEPARATORS, -1);
  for (guint i = 0; words[i] != NULL && g_hash_table_size (seen) < KEEL_LINKS_MAX; i++)
    {
      char *word = words[i] + strspn (words[i], LEADING);

      trim_end (word);
      if (!is_web_link (word) || g_hash_table_contains (seen, word))
        continue;

      g_strv_builder_add (builder, word);
      g_hash_table_add (seen, g_strdup (word));
    }

  return g_strv_builder_end (builder);
}

/* Whether @text, which a stranger's document or program has given, is one link and nothing else: as
 * it would be found in a text, not longer than the service takes, without bytes that programs read
 * in different ways, and without a user name, by which links are disguised. */
gboolean
keel_links_is_plain (const char *text)
{
  g_autoptr (GUri) uri = NULL;
  g_auto (GStrv) found = NULL;

  if (strlen (text) > LINK_BYTES_MAX)
    return FALSE;
  for (const char *p = text; *p != '\0'; p++)
    {
      if ((guchar) *p <= 0x20 || *p == 0x7f || *p == '\\')
        return FALSE;
    }

  found = keel_links_find (text);
  if (found[0] == NULL || !g_str_equal (found[0], text))
    return FALSE;

  uri = g_uri_parse (text, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL);

  return uri != NULL && g_uri_get_userinfo (uri) == NULL;
}

/* One number in brackets that counts up: "[01-20]". */
typedef struct {
  const char *start; /* these two: in the link, brackets included */
  const char *end;
  guint64 first;
  guint64 last;
  int width; /* digits, with zeros before them; 0: as many as it takes */
} Pattern;

static gboolean
parse_pattern (const char *text,
               Pattern    *pattern)
{
  char *dash;
  char *end;

  if (!g_ascii_isdigit (text[1]))
    return FALSE;
  pattern->start = text;
  pattern->first = g_ascii_strtoull (text + 1, &dash, 10);
  if (*dash != '-' || !g_ascii_isdigit (dash[1]))
    return FALSE;
  pattern->last = g_ascii_strtoull (dash + 1, &end, 10);
  if (*end != ']' || pattern->last < pattern->first || dash - text > 10 || end - dash > 10)
    return FALSE;

  pattern->end = end + 1;
  pattern->width = text[1] == '0' ? (int) (dash - text - 1) : 0;

  return TRUE;
}

/* Behind the server's name: an address of IPv6 has brackets, too. */
static gboolean
find_pattern (const char *link,
              Pattern    *pattern)
{
  const char *authority = strstr (link, "://");
  const char *text = authority != NULL ? strchr (authority + 3, '/') : NULL;

  while (text != NULL && (text = strchr (text, '[')) != NULL)
    {
      if (parse_pattern (text, pattern))
        return TRUE;
      text++;
    }

  return FALSE;
}

static void
expand_into (const char *link,
             GPtrArray  *found)
{
  Pattern pattern;

  if (!find_pattern (link, &pattern))
    {
      g_ptr_array_add (found, g_strdup (link));
      return;
    }

  for (guint64 i = pattern.first; i <= pattern.last && found->len < KEEL_LINKS_MAX; i++)
    {
      g_autofree char *one = g_strdup_printf ("%.*s%0*" G_GUINT64_FORMAT "%s",
                                              (int) (pattern.start - link), link, pattern.width, i,
                                              pattern.end);

      expand_into (one, found);
    }
}

/* "file[01-20].zip" is twenty links; several patterns in one are multiplied.
 *
 * Returns: (transfer full): at most KEEL_LINKS_MAX; @link itself if there is no pattern in it */
GStrv
keel_links_expand (const char *link)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  expand_into (link, found);
  g_ptr_array_add (found, NULL);

  return (GStrv) g_ptr_array_free (g_steal_pointer (&found), FALSE);
}

/* Returns: (transfer full) (nullable): the file name that @link ends in, as far as it has one. Only
 * to be shown: the service asks the server and makes the name safe. */
char *
keel_links_guess_name (const char *link)
{
  g_autoptr (GUri) uri = g_uri_parse (link, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL);
  g_autofree char *name = NULL;
  const char *slash;

  if (uri == NULL)
    return NULL;

  slash = strrchr (g_uri_get_path (uri), '/');
  if (slash == NULL || slash[1] == '\0')
    return NULL;

  name = g_uri_unescape_string (slash + 1, "/");
  if (name == NULL || !g_utf8_validate (name, -1, NULL))
    return NULL;

  return g_steal_pointer (&name);
}

/* Returns: (transfer full) (nullable): the server's name */
char *
keel_links_dup_host (const char *link)
{
  g_autoptr (GUri) uri = NULL;

  if (link == NULL)
    return NULL;

  uri = g_uri_parse (link, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL);

  return uri != NULL ? g_strdup (g_uri_get_host (uri)) : NULL;
}
