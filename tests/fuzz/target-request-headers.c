/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz-input.h"
#include "keel-request-headers.h"
#include "keel-task-error.h"

#include <string.h>

/* Headers that a caller wants sent: one appended is one line, of a name that is not ours to say
 * and a value that is all on it; one refused leaves what was there as it was. */

#define MOST_HEADERS 64
#define MOST_BYTES (64 * 1024)

static gboolean
is_ours (const char *line)
{
  static const char *const ours[] = {
    "host:", "range:", "if-", "content-length:", "transfer-encoding:", "connection:", "proxy-"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ours); i++)
    if (g_ascii_strncasecmp (line, ours[i], strlen (ours[i])) == 0)
      return TRUE;
  return FALSE;
}

static void
check_lines (const GString *headers,
             guint          n_appended)
{
  g_auto (GStrv) lines = g_strsplit (headers->str, "\n", -1);

  g_assert_cmpuint (strlen (headers->str), ==, headers->len);
  g_assert_cmpuint (headers->len, <=, MOST_BYTES + strlen (": \n"));
  g_assert_null (strchr (headers->str, '\r'));
  g_assert_cmpuint (g_strv_length (lines), ==, n_appended > 0 ? n_appended + 1 : 0);
  g_assert_cmpuint (n_appended, <=, MOST_HEADERS);
  for (guint i = 0; i < n_appended; i++)
    {
      g_assert_nonnull (strstr (lines[i], ": "));
      g_assert_cmpuint (strcspn (lines[i], "\t \":"), ==, strcspn (lines[i], ":"));
      g_assert_false (is_ours (lines[i]));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  FuzzInput input = { data, size };
  g_autoptr (GString) headers = g_string_new (NULL);
  guint n_appended = 0;

  while (input.size > 0)
    {
      g_autofree char *name = fuzz_input_take_text (&input);
      g_autofree char *value = fuzz_input_take_text (&input);
      g_autoptr (GError) error = NULL;
      gsize length = headers->len;

      if (keel_request_headers_append (headers, name, value, &error))
        {
          n_appended++;
          continue;
        }
      g_assert_true (error->domain == KEEL_ERROR);
      g_assert_cmpuint (headers->len, ==, length);
    }
  check_lines (headers, n_appended);
  return 0;
}
