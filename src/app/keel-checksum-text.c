/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-checksum-text.h"

#include <string.h>

/* A checksum as people find it beside a download: with the name of its algorithm in front or
 * without, in whatever case, with the blanks that copying left. Without a name its length tells. */

static const struct {
  const char *name;
  gsize n_digits;
} ALGORITHMS[] = {
  { "md5", 32 },
  { "sha-1", 40 },
  { "sha-256", 64 },
  { "sha-512", 128 },
};

/* "SHA256" and "sha-256" are the same. */
static char *
normalise_name (const char *name,
                gsize       length)
{
  g_autoptr (GString) normal = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    {
      if (g_ascii_isalnum (name[i]))
        g_string_append_c (normal, g_ascii_tolower (name[i]));
    }
  if (g_str_has_prefix (normal->str, "sha"))
    g_string_insert_c (normal, 3, '-');

  return g_string_free (g_steal_pointer (&normal), FALSE);
}

/* Returns: (transfer full) (nullable): "algorithm:digits" as the service takes it; NULL if @text is
 * no checksum */
char *
keel_checksum_text_parse (const char *text)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  g_autofree char *name = NULL;
  g_autofree char *digits = NULL;
  const char *colon = strchr (stripped, ':');
  gsize n_digits;

  if (colon != NULL)
    name = normalise_name (stripped, (gsize) (colon - stripped));

  digits = g_strstrip (g_ascii_strdown (colon != NULL ? colon + 1 : stripped, -1));
  n_digits = strspn (digits, "0123456789abcdef");
  if (digits[n_digits] != '\0')
    return NULL;

  for (guint i = 0; i < G_N_ELEMENTS (ALGORITHMS); i++)
    {
      if (ALGORITHMS[i].n_digits == n_digits &&
          (name == NULL || g_str_equal (name, ALGORITHMS[i].name)))
        return g_strconcat (ALGORITHMS[i].name, ":", digits, NULL);
    }

  return NULL;
}
