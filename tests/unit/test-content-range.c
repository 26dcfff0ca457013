/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-content-range.h"

typedef struct {
  const char *value;
  gboolean is_good;
  KeelContentRange range;
} RangeCase;

static const RangeCase range_cases[] = {
  { "bytes 0-0/1", TRUE, { FALSE, 0, 0, TRUE, 1 } },
  { "bytes 5-9/10", TRUE, { FALSE, 5, 9, TRUE, 10 } },
  { "Bytes  5-9/10 ", TRUE, { FALSE, 5, 9, TRUE, 10 } },
  { "bytes 5-9/*", TRUE, { FALSE, 5, 9, FALSE, 0 } },
  { "bytes */10", TRUE, { TRUE, 0, 0, TRUE, 10 } },
  { "bytes 0-9223372036854775806/9223372036854775807",
    TRUE,
    { FALSE, 0, G_MAXINT64 - 1, TRUE, G_MAXINT64 } },
  { NULL, FALSE, { 0 } },
  { "", FALSE, { 0 } },
  { "bytes", FALSE, { 0 } },
  { "bytes5-9/10", FALSE, { 0 } },
  { "bytes 5-9", FALSE, { 0 } },
  { "bytes 5-/10", FALSE, { 0 } },
  { "bytes -9/10", FALSE, { 0 } },
  { "bytes 9-5/10", FALSE, { 0 } },
  { "bytes 5-10/10", FALSE, { 0 } },
  { "bytes +5-9/10", FALSE, { 0 } },
  { "bytes 5-9/0x10", FALSE, { 0 } },
  { "bytes 5-9/10,20", FALSE, { 0 } },
  { "bytes 5 - 9/10", FALSE, { 0 } },
  { "bytes */*", FALSE, { 0 } },
  { "items 5-9/10", FALSE, { 0 } },
  { "bytes 0-9223372036854775808/9223372036854775809", FALSE, { 0 } },
  { "bytes 0-99999999999999999999/100000000000000000000", FALSE, { 0 } },
};

static void
test_range (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (range_cases); i++)
    {
      const RangeCase *c = &range_cases[i];
      KeelContentRange range;

      g_test_message ("“%s”", c->value);
      g_assert_cmpint (keel_content_range_parse (c->value, &range), ==, c->is_good);
      if (!c->is_good)
        continue;
      g_assert_cmpint (range.is_unsatisfied, ==, c->range.is_unsatisfied);
      g_assert_cmpuint (range.first, ==, c->range.first);
      g_assert_cmpuint (range.last, ==, c->range.last);
      g_assert_cmpint (range.has_total, ==, c->range.has_total);
      g_assert_cmpuint (range.total, ==, c->range.total);
    }
}

static const struct {
  const char *value;
  gint64 length; /* -1: refused */
} length_cases[] = {
  { "0", 0 },
  { "42", 42 },
  { " 42\t", 42 },
  { "42, 42", 42 },
  { "42,42,42", 42 },
  { "042", 42 },
  { "9223372036854775807", G_MAXINT64 },
  { NULL, -1 },
  { "", -1 },
  { " ", -1 },
  { "42,", -1 },
  { ",42", -1 },
  { "42,43", -1 },
  { "042, 42", -1 },
  { "+42", -1 },
  { "-42", -1 },
  { "0x2a", -1 },
  { "42 43", -1 },
  { "4 2", -1 },
  { "42.0", -1 },
  { "42e1", -1 },
  { "9223372036854775808", -1 },
  { "18446744073709551616", -1 },
};

static void
test_length (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (length_cases); i++)
    {
      guint64 length = 0;
      gboolean is_good = keel_content_length_parse (length_cases[i].value, &length);

      g_test_message ("“%s”", length_cases[i].value);
      g_assert_cmpint (is_good, ==, length_cases[i].length >= 0);
      if (is_good)
        g_assert_cmpuint (length, ==, (guint64) length_cases[i].length);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/content-range/range", test_range);
  g_test_add_func ("/content-range/length", test_length);
  return g_test_run ();
}
