/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-content-disposition.h"

#include <string.h>

/* The file name in a Content-Disposition header (RFC 6266, RFC 8187), from servers as they are:
 * the disposition type may be missing, a parameter may come before `attachment`, values may be
 * unquoted with blanks in them, a `;` may trail. `filename*` is better than `filename` in either
 * order; of two of a kind the first wins; what does not decode to UTF-8 is passed over, and bytes
 * above 0x7f in a plain `filename` are taken as UTF-8 or else as ISO 8859-1. Pure. The result is
 * still unsafe as a file name: see keel-file-name. */

static void
skip_blank (const char **cursor)
{
  while (**cursor == ' ' || **cursor == '\t')
    (*cursor)++;
}

/* "..." with \ escapes; the cursor stands on the opening quote. An unclosed one ends the header. */
static char *
take_quoted (const char **cursor)
{
  GString *value = g_string_new (NULL);
  const char *p = *cursor + 1;

  for (; *p != '\0' && *p != '"'; p++)
    {
      /* Only quotes and backslashes are ever meant to be escaped: "C:\temp\x" is no escape. */
      if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
        p++;
      g_string_append_c (value, *p);
    }
  *cursor = *p == '"' ? p + 1 : p;
  return g_string_free (value, FALSE);
}

static char *
take_value (const char **cursor)
{
  const char *start;
  const char *end;

  skip_blank (cursor);
  if (**cursor == '"')
    return take_quoted (cursor);
  start = *cursor;
  end = strchrnul (start, ';');
  *cursor = end;
  while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
    end--;
  return g_strndup (start, (gsize) (end - start));
}

/* name "=" value, or a bare word, up to and with the next ";". Both may come back NULL. */
static void
take_parameter (const char **cursor,
                char       **out_name,
                char       **out_value)
{
  const char *start;
  gsize length;

  *out_name = NULL;
  *out_value = NULL;
  skip_blank (cursor);
  start = *cursor;
  length = strcspn (start, "=;");
  *cursor = start + length;
  if (**cursor == '=')
    {
      (*cursor)++;
      *out_name = g_strstrip (g_strndup (start, length));
      *out_value = take_value (cursor);
    }
  *cursor = strchrnul (*cursor, ';');
  if (**cursor == ';')
    (*cursor)++;
}

static char *
to_utf8 (char       *bytes,
         const char *charset)
{
  g_autofree char *owned = bytes;

  if (g_ascii_strcasecmp (charset, "UTF-8") == 0 || g_ascii_strcasecmp (charset, "utf8") == 0)
    return g_utf8_validate (owned, -1, NULL) ? g_steal_pointer (&owned) : NULL;
  if (g_ascii_strcasecmp (charset, "ISO-8859-1") == 0)
    return g_convert (owned, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
  return NULL;
}

/* charset'language'percent-encoded (RFC 8187 §3.2). NULL when it is not. */
static char *
decode_extended (const char *value)
{
  const char *language = strchr (value, '\'');
  const char *text = language != NULL ? strchr (language + 1, '\'') : NULL;
  g_autofree char *charset = NULL;
  char *bytes;

  if (text == NULL)
    return NULL;
  charset = g_strndup (value, (gsize) (language - value));
  bytes = g_uri_unescape_string (text + 1, NULL);
  return bytes != NULL ? to_utf8 (bytes, charset) : NULL;
}

static char *
decode_plain (const char *value)
{
  if (g_utf8_validate (value, -1, NULL))
    return g_strdup (value);
  return g_convert (value, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
}

/* The name that the header gives, as UTF-8, or NULL. (transfer full) */
char *
keel_content_disposition_dup_name (const char *value)
{
  g_autofree char *extended = NULL;
  g_autofree char *plain = NULL;
  const char *p = value;

  while (p != NULL && *p != '\0')
    {
      g_autofree char *name = NULL;
      g_autofree char *text = NULL;

      take_parameter (&p, &name, &text);
      if (name == NULL || *text == '\0')
        continue;
      if (extended == NULL && g_ascii_strcasecmp (name, "filename*") == 0)
        extended = decode_extended (text);
      else if (plain == NULL && g_ascii_strcasecmp (name, "filename") == 0)
        plain = decode_plain (text);
    }
  if (extended != NULL && *extended != '\0')
    return g_steal_pointer (&extended);
  return g_steal_pointer (&plain);
}
