/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-spans.h"

/* keel-spans: how far the bytes of a file are, in order. */

static KeelRanges *
parse (const char *text)
{
  return *text != '\0' ? keel_ranges_from_string (text) : keel_ranges_new ();
}

/* As a text: "FROM-TO" and the first letter of the kind. */
static char *
print (GArray *spans)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < spans->len; i++)
    {
      const KeelSpan *span = &g_array_index (spans, KeelSpan, i);

      g_string_append_printf (text, "%s%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "%c",
                              i > 0 ? " " : "", span->from, span->to,
                              *keel_span_kind_to_string (span->kind));
    }
  return g_string_free (text, FALSE);
}

static void
check (const char *durable,
       const char *written,
       const char *arriving,
       guint       most,
       const char *expected)
{
  g_autoptr (GArray) first = parse (durable);
  g_autoptr (GArray) second = parse (written);
  g_autoptr (GArray) third = parse (arriving);
  const KeelRanges *const ranges[KEEL_SPAN_N_KINDS] = { first, second, third };
  g_autoptr (GArray) spans = keel_spans_new (ranges, most);
  g_autofree char *text = print (spans);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_order (void)
{
  check ("", "", "", 9, "");
  check ("0-10", "", "", 9, "0-10d");
  check ("0-10", "0-15", "15-40", 9, "0-10d 10-15w 15-40a");
  check ("0-10,50-60", "0-15,50-70", "15-50,70-100", 9,
         "0-10d 10-15w 15-50a 50-60d 60-70w 70-100a");
  check ("", "5-6", "", 9, "5-6w");
}

/* Of bytes that are in several lists the first counts. */
static void
test_overlaps (void)
{
  check ("0-10", "5-8", "2-3", 9, "0-10d");
  check ("5-8", "0-10", "", 9, "0-5w 5-8d 8-10w");
  check ("", "4-6", "0-10", 9, "0-4a 4-6w 6-10a");
}

static void
test_most (void)
{
  check ("0-1,10-15,20-23,30-32", "", "", 2, "10-15d 20-23d");
  check ("0-1,10-15,20-23,30-32", "", "", 4, "0-1d 10-15d 20-23d 30-32d");
  check ("0-2,10-12,20-22", "", "", 1, "0-2d");
  check ("0-2,10-12,20-25", "", "", 2, "0-2d 20-25d");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spans/order", test_order);
  g_test_add_func ("/spans/overlaps", test_overlaps);
  g_test_add_func ("/spans/most", test_most);
  return g_test_run ();
}
