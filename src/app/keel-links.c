/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-links.h"

#include <string.h>

/* Finds links in whatever people paste, drop or hand over: one link, a column of them, a mail with
 * some in the middle of its sentences. Only http and https count, because only those can be
 * downloaded. Pure; the text is not trusted: it may be of any length, but never gives more than
 * KEEL_LINKS_MAX links, the most that the service takes in one call. */

#define SEPARATORS " \t\r\n\f\v<>\"`"
#define TRAILING ".,;:!?'"

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

/* Takes the punctuation of the sentence around a link off its end, and a closing bracket that was
 * not opened inside it. */
static void
trim_end (char *word)
{
  gsize length = strlen (word);

  while (length > 0)
    {
      char last = word[length - 1];

      if (strchr (TRAILING, last) == NULL && !(last == ')' && strchr (word, '(') == NULL) &&
          !(last == ']' && strchr (word, '[') == NULL))
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
      trim_end (words[i]);
      if (!is_web_link (words[i]) || g_hash_table_contains (seen, words[i]))
        continue;

      g_strv_builder_add (builder, words[i]);
      g_hash_table_add (seen, g_strdup (words[i]));
    }

  return g_strv_builder_end (builder);
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
