/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz-input.h"
#include "keel-content-range.h"

#include <string.h>

/* Content-Range and Content-Length: what is accepted makes sense, fits into a file offset, stands
 * in the text as a number, and is read again from how we would write it. */

#define N "%" G_GUINT64_FORMAT

static void
check_number (const char *text,
              guint64     number)
{
  g_autofree char *digits = g_strdup_printf (N, number);

  g_assert_cmpuint (number, <=, G_MAXINT64);
  g_assert_nonnull (strstr (text, digits));
}

static void
check_range (const char             *text,
             const KeelContentRange *range)
{
  g_autofree char *total = range->has_total ? g_strdup_printf (N, range->total) : g_strdup ("*");
  g_autofree char *written = NULL;
  KeelContentRange again;

  if (range->has_total)
    check_number (text, range->total);
  if (range->is_unsatisfied)
    {
      g_assert_true (range->has_total);
      written = g_strdup_printf ("bytes */%s", total);
    }
  else
    {
      check_number (text, range->first);
      check_number (text, range->last);
      g_assert_cmpuint (range->first, <=, range->last);
      g_assert_true (!range->has_total || range->last < range->total);
      written = g_strdup_printf ("bytes " N "-" N "/%s", range->first, range->last, total);
    }
  g_assert_true (keel_content_range_parse (written, &again));
  g_assert_cmpmem (&again, sizeof again, range, sizeof *range);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  FuzzInput input = { data, size };
  g_autofree char *text = fuzz_input_take_text (&input);
  KeelContentRange range;
  guint64 length;

  if (keel_content_range_parse (text, &range))
    check_range (text, &range);
  if (keel_content_length_parse (text, &length))
    {
      check_number (text, length);
      g_assert_cmpuint (strspn (text, "0123456789, \t"), ==, strlen (text));
    }
  return 0;
}
