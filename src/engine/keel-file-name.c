/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-file-name.h"

#include "keel-content-disposition.h"

#include <gio/gio.h>
#include <string.h>

/* What a file may be called. A name comes from a stranger (a header, the tail of a link) and ends
 * in a folder of the user's, so it must not leave that folder, hide, be mistaken for an option,
 * read differently than it is (bidi and invisible characters), clash with names that other systems
 * reserve, or make a desktop run something when it is double-clicked. Pure. */

/* 255 is what Linux file systems hold; " (99999)" and ".download" must still fit. */
#define MAX_BYTES (255 - 8)
#define ACTIVE_BYTES 9

static const char *const reserved[] = {
  "AUX",  "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "CON",    "LPT1",
  "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "NUL",  "PRN",  "CLOCK$",
};

/* Opening one of these runs what is written in it, or sends the reader elsewhere. */
static const char *const active[] = { ".desktop", ".lnk", ".url", ".local", ".scf" };

static gboolean
is_forbidden (gunichar c)
{
  if (c < 0x20 || c == 0x7f || (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef))
    return TRUE;
  if (c < 0x80)
    return strchr ("<>:\"|?*", (int) c) != NULL;
  switch ((int) g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT: /* bidi controls, zero-width characters, tags */
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
      return TRUE;
    default:
      return FALSE;
    }
}

static char *
replace_forbidden (const char *text)
{
  GString *name = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (is_forbidden (c))
        g_string_append_c (name, '_');
      else if (g_unichar_isspace (c))
        g_string_append_c (name, ' ');
      else
        g_string_append_unichar (name, c);
    }
  return g_string_free (name, FALSE);
}

static const char *
last_component (const char *text)
{
  const char *last = text;

  for (const char *p = text; *p != '\0'; p++)
    if ((*p == '/' || *p == '\\') && p[1] != '\0')
      last = p + 1;
  return last;
}

/* Where the extension starts: "x.tar.gz" has ".tar.gz". At the end of the name when it has none. */
static gsize
extension_start (const char *name)
{
  const char *dot = strrchr (name, '.');
  const char *tar;

  if (dot == NULL || dot == name || strlen (dot) > 16 || strchr (dot, ' ') != NULL)
    return strlen (name);
  tar = dot - 4;
  if (tar > name && g_ascii_strncasecmp (tar, ".tar", 4) == 0)
    return (gsize) (tar - name);
  return (gsize) (dot - name);
}

/* Cuts the base, never the extension, in front of a character that starts a new grapheme. */
static char *
shorten (const char *name,
         gsize       max_bytes)
{
  gsize start = extension_start (name);
  const char *extension = name + start;
  const char *cut;

  if (strlen (name) <= max_bytes)
    return g_strdup (name);
  cut = name + MIN (start, max_bytes - strlen (extension));
  while (cut > name && ((*cut & 0xc0) == 0x80 || (g_utf8_get_char_validated (cut, -1) < 0x110000 &&
                                                  g_unichar_ismark (g_utf8_get_char (cut)))))
    cut--;
  return g_strdup_printf ("%.*s%s", (int) (cut - name), name, extension);
}

static void
trim (char *name)
{
  gsize length;
  gsize lead = strspn (name, " .~-");

  memmove (name, name + lead, strlen (name + lead) + 1);
  length = strlen (name);
  while (length > 0 && strchr (" ./\\", name[length - 1]) != NULL)
    name[--length] = '\0';
}

static gboolean
is_reserved (const char *name)
{
  gsize length = strcspn (name, ".");

  for (gsize i = 0; i < G_N_ELEMENTS (reserved); i++)
    if (strlen (reserved[i]) == length && g_ascii_strncasecmp (reserved[i], name, length) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_active (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (active); i++)
    {
      gsize length = strlen (active[i]);
      gsize whole = strlen (name);

      if (whole >= length && g_ascii_strcasecmp (name + whole - length, active[i]) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Makes a file name of any text. NULL when nothing is left of it. (transfer full) */
char *
keel_file_name_sanitise (const char *text)
{
  g_autofree char *valid = NULL;
  g_autofree char *composed = NULL;
  g_autofree char *name = NULL;
  g_autofree char *whole = NULL;

  if (text == NULL)
    return NULL;
  valid = g_utf8_make_valid (text, -1);
  composed = g_utf8_normalize (valid, -1, G_NORMALIZE_NFC);
  name = replace_forbidden (last_component (composed));
  trim (name);
  if (*name == '\0')
    return NULL;
  whole = is_reserved (name) ? g_strconcat ("_", name, NULL) : g_strdup (name);
  g_free (name);
  name = shorten (whole, MAX_BYTES);
  trim (name);
  if (is_active (name))
    {
      g_autofree char *shorter = shorten (name, MAX_BYTES - ACTIVE_BYTES);

      return g_strconcat (shorter, ".download", NULL);
    }
  return *name != '\0' ? g_steal_pointer (&name) : NULL;
}

/* "x (2).tar.gz" of "x.tar.gz". */
char *
keel_file_name_number (const char *name,
                       guint       number)
{
  gsize start = extension_start (name);

  return g_strdup_printf ("%.*s (%u)%s", (int) start, name, number, name + start);
}

/* ".tar.gz" of "x.tar.gz"; "" when it has none. (transfer none) */
const char *
keel_file_name_get_extension (const char *name)
{
  return name + extension_start (name);
}

/* Whether a file of that name is itself compressed: then Content-Encoding: gzip says what it is,
 * not how it travels. */
gboolean
keel_file_name_is_gzip (const char *name)
{
  static const char *const extensions[] = { ".gz", ".tgz", ".taz", ".svgz" };
  gsize length = strlen (name);

  for (gsize i = 0; i < G_N_ELEMENTS (extensions); i++)
    {
      gsize part = strlen (extensions[i]);

      if (length > part && g_ascii_strcasecmp (name + length - part, extensions[i]) == 0)
        return TRUE;
    }
  return FALSE;
}

static char *
from_uri (const char *uri)
{
  g_autoptr (GUri) parsed = NULL;
  const char *path;
  const char *last;
  g_autofree char *segment = NULL;

  if (uri == NULL)
    return NULL;
  parsed = g_uri_parse (uri, G_URI_FLAGS_ENCODED, NULL);
  if (parsed == NULL)
    return NULL;
  path = g_uri_get_path (parsed);
  last = strrchr (path, '/');
  /* Decoded once, and before it is split into components: "a%2F..%2Fb" is a path, too. */
  segment = g_uri_unescape_string (last != NULL ? last + 1 : path, NULL);
  return keel_file_name_sanitise (segment);
}

static char *
from_type (const char *content_type)
{
  static const struct {
    const char *type;
    const char *extension;
  } extensions[] = {
    { "application/gzip", ".gz" }, { "application/json", ".json" }, { "application/pdf", ".pdf" },
    { "application/zip", ".zip" }, { "image/jpeg", ".jpeg" },       { "image/png", ".png" },
    { "text/html", ".html" },      { "text/plain", ".txt" },        { "video/mp4", ".mp4" },
  };

  for (gsize i = 0; content_type != NULL && i < G_N_ELEMENTS (extensions); i++)
    {
      gsize length = strlen (extensions[i].type);

      if (g_ascii_strncasecmp (content_type, extensions[i].type, length) == 0 &&
          strchr ("; ", content_type[length]) != NULL)
        return g_strconcat ("download", extensions[i].extension, NULL);
    }
  return g_strdup ("download");
}

/* The name of a download, from the best source that gives one: what the caller wants, what the
 * server says, the link, the link it led to, the type. All but @uri may be NULL. (transfer full) */
char *
keel_file_name_choose (const char *wanted,
                       const char *content_disposition,
                       const char *uri,
                       const char *effective_uri,
                       const char *content_type)
{
  g_autofree char *disposition = keel_content_disposition_dup_name (content_disposition);
  char *name = keel_file_name_sanitise (wanted);

  if (name == NULL)
    name = keel_file_name_sanitise (disposition);
  if (name == NULL)
    name = from_uri (uri);
  if (name == NULL)
    name = from_uri (effective_uri);
  if (name == NULL)
    name = from_type (content_type);
  return name;
}
