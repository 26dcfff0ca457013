/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-file-name.h"

#include <string.h>

static const struct {
  const char *text;
  const char *name; /* NULL: nothing is left */
} cases[] = {
  { "a.iso", "a.iso" },
  { "Ä b.tar.gz", "Ä b.tar.gz" },
  { "A\xcc\x88.txt", "Ä.txt" }, /* composed */
  { "../../etc/passwd", "passwd" },
  { "..\\..\\boot.ini", "boot.ini" },
  { "/", NULL },
  { "..", NULL },
  { ".", NULL },
  { "", NULL },
  { "   ", NULL },
  { NULL, NULL },
  { ".wgetrc", "wgetrc" },
  { "-rf", "rf" },
  { "~root", "root" },
  { "a\nb\tc.txt", "a_b_c.txt" },
  { "evil\xe2\x80\xaegpj.exe", "evil_gpj.exe" }, /* right-to-left override */
  { "a\xe2\x80\x8b.txt", "a_.txt" },             /* zero-width space */
  { "a<b>c:d\"e|f?g*h", "a_b_c_d_e_f_g_h" },
  { "name. . .", "name" },
  { "CON", "_CON" },
  { "con.txt", "_con.txt" },
  { "lpt1.tar.gz", "_lpt1.tar.gz" },
  { "console.txt", "console.txt" },
  { "x.desktop", "x.desktop.download" },
  { "X.LNK", "X.LNK.download" },
  { "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd" }, /* not UTF-8: replacement characters */
  { "a\xc2\xa0"
    "b",
    "a b" }, /* no-break space */
};

static void
test_sanitise (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = keel_file_name_sanitise (cases[i].text);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpstr (name, ==, cases[i].name);
    }
}

static void
test_long (void)
{
  g_autofree char *wide = g_strnfill (400, 'x');
  g_autofree char *text = g_strconcat (wide, ".tar.gz", NULL);
  g_autofree char *name = keel_file_name_sanitise (text);
  g_autofree char *numbered = keel_file_name_number (name, 999);
  GString *marks = g_string_new ("e");
  g_autofree char *cut = NULL;

  g_assert_true (g_str_has_suffix (name, "x.tar.gz"));
  g_assert_cmpuint (strlen (numbered), <=, 255);

  /* A letter with two hundred accents is one grapheme: nothing is cut within it. */
  for (guint i = 0; i < 200; i++)
    g_string_append (marks, "\xcc\x81\xcc\xa3");
  g_string_append (marks, ".txt");
  cut = keel_file_name_sanitise (marks->str);
  g_assert_true (cut == NULL || g_utf8_validate (cut, -1, NULL));
  g_assert_true (cut == NULL || strlen (cut) <= 255);
  g_string_free (marks, TRUE);
}

/* Whatever comes in, what comes out is one harmless component. */
static void
test_random (void)
{
  for (guint round = 0; round < 20000; round++)
    {
      static const char alphabet[] = "ab./\\-~ \n\xc3\xa4\xe2\x80\xae:*%\x7f\x01\xff.tar.gz";
      char text[64];
      g_autofree char *name = NULL;
      gint length = g_test_rand_int_range (0, 60);

      for (gint i = 0; i < length; i++)
        text[i] = alphabet[g_test_rand_int_range (0, sizeof alphabet - 1)];
      text[length] = '\0';
      name = keel_file_name_sanitise (text);
      if (name == NULL)
        continue;
      g_assert_true (g_utf8_validate (name, -1, NULL));
      g_assert_true (strpbrk (name, "/\\\n\x7f:*") == NULL);
      g_assert_true (strchr (".-~ ", name[0]) == NULL);
      g_assert_cmpuint (strlen (name), <=, 255);
    }
}

static void
test_number (void)
{
  static const struct {
    const char *name;
    const char *numbered;
  } numbers[] = {
    { "x.iso", "x (2).iso" },         { "x.tar.gz", "x (2).tar.gz" },     { "x", "x (2)" },
    { "x (1).iso", "x (1) (2).iso" }, { "v1.2 final", "v1.2 final (2)" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autofree char *numbered = keel_file_name_number (numbers[i].name, 2);

      g_assert_cmpstr (numbered, ==, numbers[i].numbered);
    }
}

static void
test_choose (void)
{
  static const struct {
    const char *wanted, *disposition, *uri, *effective, *type, *name;
  } choices[] = {
    { "mine.bin", "attachment; filename=theirs", "http://h/a", NULL, NULL, "mine.bin" },
    { NULL, "attachment; filename=theirs", "http://h/a", NULL, NULL, "theirs" },
    { NULL, NULL, "http://h/p/a%20b.iso?x=y#z", NULL, NULL, "a b.iso" },
    { NULL, NULL, "http://h/a%2F..%2Fb", NULL, NULL, "b" },
    { NULL, NULL, "http://h/get/", "http://h/real.iso", NULL, "real.iso" },
    { NULL, NULL, "http://h/", NULL, "application/pdf; x=y", "download.pdf" },
    { NULL, NULL, "http://h/", NULL, "application/pdfx", "download" },
    { NULL, NULL, "http://h", NULL, NULL, "download" },
    { "..", "attachment; filename=..", "http://h/..", NULL, NULL, "download" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (choices); i++)
    {
      g_autofree char *name = keel_file_name_choose (choices[i].wanted, choices[i].disposition,
                                                     choices[i].uri, choices[i].effective,
                                                     choices[i].type);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpstr (name, ==, choices[i].name);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file-name/sanitise", test_sanitise);
  g_test_add_func ("/file-name/long", test_long);
  g_test_add_func ("/file-name/random", test_random);
  g_test_add_func ("/file-name/number", test_number);
  g_test_add_func ("/file-name/choose", test_choose);
  return g_test_run ();
}
