/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-error.h"
#include "keel-uri.h"

static void
test_check (void)
{
  static const struct {
    const char *uri;
    gboolean is_good;
  } cases[] = {
    { "http://example.org", TRUE },
    { "https://example.org:8443/a/b?c=d&e=%20f#g", TRUE },
    { "HTTP://EXAMPLE.ORG/", TRUE },
    { "http://127.0.0.1:8080/x", TRUE },
    { "http://[::1]:8080/x", TRUE },
    { "http://b\xc3\xbc"
      "cher.example/",
      TRUE },
    { NULL, FALSE },
    { "", FALSE },
    { "example.org", FALSE },
    { "/etc/passwd", FALSE },
    { "ftp://example.org/a", FALSE },
    { "file:///etc/passwd", FALSE },
    { "javascript:alert(1)", FALSE },
    { "data:text/plain,x", FALSE },
    { "http://", FALSE },
    { "http:///x", FALSE },
    { "http://example.org:99999/", FALSE },
    { "http://example.org/a b", FALSE },
    { "http://example.org/a\nb", FALSE },
    { "http://example.org/a\\b", FALSE },
    { "http://exa mple.org/", FALSE },
    { "http://exa<mple.org/", FALSE },
    { "http://user:secret@example.org/", FALSE },
    { "http://user@example.org/", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("“%s”", cases[i].uri);
      g_assert_cmpint (keel_uri_check (cases[i].uri, &error), ==, cases[i].is_good);
      if (!cases[i].is_good)
        g_assert_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_BAD_URI);
    }
}

static void
test_long (void)
{
  g_autofree char *tail = g_strnfill (8192, 'x');
  g_autofree char *uri = g_strconcat ("http://h/", tail, NULL);

  g_assert_false (keel_uri_check (uri, NULL));
  uri[8192] = '\0';
  g_assert_true (keel_uri_check (uri, NULL));
}

static void
test_host (void)
{
  g_autofree char *plain = keel_uri_dup_host ("http://EXAMPLE.org/a");
  g_autofree char *tls = keel_uri_dup_host ("https://example.org/a");
  g_autofree char *port = keel_uri_dup_host ("https://example.org:8443/a");

  g_assert_cmpstr (plain, ==, "example.org:80");
  g_assert_cmpstr (tls, ==, "example.org:443");
  g_assert_cmpstr (port, ==, "example.org:8443");
}

static void
test_safe (void)
{
  g_autofree char *safe = keel_uri_dup_safe ("https://u:p@example.org:8443/a/b?token=x#y");

  g_assert_cmpstr (safe, ==, "https://example.org:8443/a/b");
}

static void
test_origin (void)
{
  g_assert_true (keel_uri_is_same_origin ("http://a/x", "http://A:80/y"));
  g_assert_false (keel_uri_is_same_origin ("http://a/x", "https://a/x"));
  g_assert_false (keel_uri_is_same_origin ("http://a/x", "http://b/x"));
  g_assert_false (keel_uri_is_same_origin ("http://a/x", "http://a:81/x"));
}

static void
test_strict (void)
{
  static const char *const cases[][2] = {
    { "http://h/100%.zip", "http://h/100%25.zip" },
    { "http://h/%zz?q=5%", "http://h/%25zz?q=5%25" },
    { "http://h/%4", "http://h/%254" },
    { "http://h/a%20b%2F%C3", "http://h/a%20b%2F%C3" },
    { "http://h/%%20", "http://h/%25%20" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *strict = keel_uri_dup_strict (cases[i][0]);
      g_autofree char *led = keel_uri_resolve ("http://h/x", cases[i][0]);

      g_assert_cmpstr (strict, ==, cases[i][1]);
      g_assert_cmpstr (led, ==, cases[i][1]);
      g_assert_true (keel_uri_check (strict, NULL));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uri/check", test_check);
  g_test_add_func ("/uri/long", test_long);
  g_test_add_func ("/uri/host", test_host);
  g_test_add_func ("/uri/safe", test_safe);
  g_test_add_func ("/uri/origin", test_origin);
  g_test_add_func ("/uri/strict", test_strict);
  return g_test_run ();
}
