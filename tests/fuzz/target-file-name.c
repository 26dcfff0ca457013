/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz-input.h"
#include "keel-file-name.h"

#include <string.h>

/* No name leaves its folder, hides, reads otherwise than it is, runs, or is too long for a file
 * system, numbered or not; and a name that is safe stays as it is. */

#define MOST_BYTES 255
#define LARGEST_NUMBER 999

static void
check_harmless (const char *name)
{
  static const char *const active[] = { ".desktop", ".lnk", ".url", ".local", ".scf" };
  g_autofree char *folded = g_ascii_strdown (name, -1);

  g_assert_true (g_utf8_validate (name, -1, NULL));
  g_assert_cmpuint (strlen (name), >, 0);
  g_assert_cmpuint (strlen (name), <=, MOST_BYTES);
  g_assert_null (strpbrk (name, "/\\<>:\"|?*\x7f"));
  g_assert_null (strchr (".-~ ", name[0]));
  g_assert_null (strchr (". ", name[strlen (name) - 1]));
  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    {
      g_assert_false (g_unichar_iscntrl (g_utf8_get_char (p)));
      g_assert_cmpint (g_unichar_type (g_utf8_get_char (p)), !=, G_UNICODE_FORMAT);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (active); i++)
    g_assert_false (g_str_has_suffix (folded, active[i]));
}

static gboolean
is_device (const char *name)
{
  static const char *const devices[] = { "con", "prn", "aux", "nul", "com1", "lpt9" };
  g_autofree char *folded = g_ascii_strdown (name, -1);

  folded[strcspn (folded, ".")] = '\0';
  for (gsize i = 0; i < G_N_ELEMENTS (devices); i++)
    if (strcmp (folded, devices[i]) == 0)
      return TRUE;
  return FALSE;
}

static void
check_name (const char *name)
{
  g_autofree char *again = keel_file_name_sanitise (name);
  g_autofree char *numbered = keel_file_name_number (name, LARGEST_NUMBER);

  check_harmless (name);
  g_assert_false (is_device (name));
  g_assert_cmpstr (again, ==, name);
  check_harmless (numbered);
  g_assert_cmpstr (numbered, !=, name);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  FuzzInput input = { data, size };
  g_autofree char *text = fuzz_input_take_text (&input);
  g_autofree char *disposition = fuzz_input_take_text (&input);
  g_autofree char *uri = fuzz_input_take_text (&input);
  g_autofree char *effective_uri = fuzz_input_take_text (&input);
  g_autofree char *type = fuzz_input_take_text (&input);
  g_autofree char *sanitised = keel_file_name_sanitise (text);
  g_autofree char *wanted = keel_file_name_choose (text, disposition, uri, effective_uri, type);
  g_autofree char *found = keel_file_name_choose (NULL, disposition, uri, effective_uri, type);

  if (sanitised != NULL)
    check_name (sanitised);
  check_name (wanted);
  check_name (found);
  return 0;
}
