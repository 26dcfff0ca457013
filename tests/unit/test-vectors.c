/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-content-disposition.h"
#include "keel-content-range.h"
#include "keel-file-name.h"

#include "vectors.h"

#include <string.h>

/* Other people's test vectors (tests/fixtures), whole. */

/* Where we read a Content-Disposition otherwise than jshttp's library, on purpose. */
static const struct {
  const char *header;
  const char *name;
} differences[] = {
  /* Servers leave out the type, or put it last; what is meant is plain. */
  { "filename=\"plans.pdf\"", "plans.pdf" },
  { "filename=foo.html", "foo.html" },
  { "filename=foo.html, filename=bar.html", "foo.html, filename=bar.html" },
  { "filename=foo.html; attachment", "foo.html" },
  /* A quoted extended value is not allowed, and common. */
  { "attachment; filename*=\"UTF-8''%E2%82%AC%20rates.pdf\"", "€ rates.pdf" },
  { "attachment; filename*=\"UTF-8''foo-%c3%a4.html\"", "foo-ä.html" },
  /* The first does not decode, the second does. */
  { "attachment; filename*=UTF-8''%E4%20rates.pdf; filename*=UTF-8''second.html", "second.html" },
  /* A backslash in front of a letter is part of a Windows path, and never an escape. */
  { "attachment; filename=\"f\\oo.html\"", "f\\oo.html" },
  { "attachment; filename=\"foo-%\\41.html\"", "foo-%\\41.html" },
  /* Cut off in mid-header: better than a name made of the link. */
  { "attachment; filename=\"bar", "bar" },
  /* Another parameter altogether. */
  { "attachment; xfilename=foo.html", NULL },
};

static void
test_disposition (void)
{
  guint n_different = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (jshttp_vectors); i++)
    {
      const char *expected = jshttp_vectors[i].name;
      g_autofree char *name = keel_content_disposition_dup_name (jshttp_vectors[i].header);

      for (gsize j = 0; j < G_N_ELEMENTS (differences); j++)
        if (strcmp (differences[j].header, jshttp_vectors[i].header) == 0)
          expected = differences[j].name;
      if (expected != NULL && *expected == '\0')
        expected = NULL;
      if (g_strcmp0 (name, expected) == 0)
        continue;
      n_different++;
      g_test_message ("“%s”: “%s”, expected “%s”", jshttp_vectors[i].header, name, expected);
    }
  g_assert_cmpuint (n_different, ==, 0);
}

static void
assert_harmless (const char *name)
{
  g_assert_true (g_utf8_validate (name, -1, NULL));
  g_assert_cmpuint (strlen (name), <=, 255);
  g_assert_true (strpbrk (name, "/\\<>:\"|?*\x7f") == NULL);
  g_assert_true (strchr (".-~ ", name[0]) == NULL);
  g_assert_true (strchr (". ", name[strlen (name) - 1]) == NULL);
  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_assert_false (g_unichar_iscntrl (c));
      g_assert_cmpint (g_unichar_type (c), !=, G_UNICODE_FORMAT);
    }
  for (gsize i = 0; i < 3; i++)
    {
      static const char *const active[] = { ".desktop", ".lnk", ".local" };

      g_assert_false (g_str_has_suffix (name, active[i]));
    }
}

static void
test_names (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (firefox_vectors); i++)
    {
      g_autofree char *name = keel_file_name_sanitise (firefox_vectors[i].text);

      g_test_message ("“%s”: “%s”, Firefox “%s”", firefox_vectors[i].text, name,
                      firefox_vectors[i].firefox);
      if (name != NULL)
        assert_harmless (name);
    }
}

/* What follows the name of the header, of one line or of several, as libsoup joins them. */
static char *
dup_value (const char *lines)
{
  g_auto (GStrv) split = g_strsplit (lines, "\r\n", -1);

  for (guint i = 0; split[i] != NULL; i++)
    {
      char *value = g_strdup (strchr (split[i], ':') + 1);

      g_free (split[i]);
      split[i] = g_strstrip (value);
    }
  return g_strjoinv (", ", split);
}

static void
test_lengths (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (length_vectors); i++)
    {
      g_autofree char *value = dup_value (length_vectors[i].lines);
      guint64 length = 0;

      g_test_message ("“%s”", value);
      /* An error is always right: where a browser reads on to the end, it guesses. */
      if (keel_content_length_parse (value, &length))
        g_assert_cmpint ((int) length, ==, length_vectors[i].length);
      else
        g_assert_true (length_vectors[i].length == -1 || length_vectors[i].length == 42);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vectors/disposition", test_disposition);
  g_test_add_func ("/vectors/names", test_names);
  g_test_add_func ("/vectors/lengths", test_lengths);
  return g_test_run ();
}
