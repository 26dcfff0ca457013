/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-content-disposition.h"

static const struct {
  const char *value;
  const char *name; /* NULL: none */
} cases[] = {
  { NULL, NULL },
  { "", NULL },
  { "attachment", NULL },
  { "attachment; filename=\"a b.7z\"", "a b.7z" },
  { "attachment; filename=a.7z", "a.7z" },
  { "attachment; filename=a b.7z", "a b.7z" },
  { "filename=a.7z", "a.7z" },
  { "attachment; filename=a.7z;", "a.7z" },
  { "inline; FILENAME=\"a\"", "a" },
  { "attachment;filename*=utf-8''X;filename=\"Y\"", "X" },
  { "attachment; filename*=UTF-8''a; filename=\"a\"", "a" },
  { "attachment; filename=\"Y\"; filename*=UTF-8''%e2%82%ac%20rates", "€ rates" },
  { "attachment; filename*=UTF-8'en'%C3%A4.txt", "ä.txt" },
  { "attachment; filename*=ISO-8859-1''%e4.txt", "ä.txt" },
  { "attachment; filename*=UTF-8''%ff; filename=ok", "ok" },
  { "attachment; filename*=broken; filename=ok", "ok" },
  { "attachment; filename=\"first\"; filename=\"second\"", "first" },
  { "attachment; filename=\"a\\\"b.txt\"", "a\"b.txt" },
  { "attachment; filename=\"unclosed", "unclosed" },
  { "attachment; filename=\"a;b.txt\"; x=y", "a;b.txt" },
  { "attachment; filename=\xe4.txt", "ä.txt" },
  { "attachment; filename=\"\"", NULL },
  { "attachment; =nothing; ;;; filename=x", "x" },
};

static void
test_names (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = keel_content_disposition_dup_name (cases[i].value);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpstr (name, ==, cases[i].name);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/content-disposition/names", test_names);
  return g_test_run ();
}
