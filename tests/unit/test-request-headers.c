/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-request-headers.h"

#include "keel-task-error.h"

static void
test_append (void)
{
  static const struct {
    const char *name, *value;
    gboolean is_good;
  } cases[] = {
    { "Referer", "http://example.org/", TRUE },
    { "User-Agent", "x\ty", TRUE },
    { "Cookie", "a=b", TRUE },
    { "Authorization", "Bearer x", TRUE },
    { "X-Empty", "", TRUE },
    { "Host", "evil", FALSE },
    { "host", "evil", FALSE },
    { "Content-Length", "1", FALSE },
    { "Transfer-Encoding", "chunked", FALSE },
    { "Connection", "close", FALSE },
    { "Range", "bytes=0-", FALSE },
    { "If-Range", "x", FALSE },
    { "if-none-match", "*", FALSE },
    { "TE", "trailers", FALSE },
    { "Trailer", "x", FALSE },
    { "Upgrade", "h2c", FALSE },
    { "Proxy-Authorization", "x", FALSE },
    { "Accept-Encoding", "gzip", FALSE },
    { "X-A", "a\r\nHost: evil", FALSE },
    { "X-A", "a\nb", FALSE },
    { "X A", "a", FALSE },
    { "X-A:", "a", FALSE },
    { "", "a", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) headers = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      gboolean is_good = keel_request_headers_append (headers, cases[i].name, cases[i].value,
                                                      &error);

      g_test_message ("“%s”", cases[i].name);
      g_assert_cmpint (is_good, ==, cases[i].is_good);
      if (!is_good)
        {
          g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT);
          g_assert_cmpstr (headers->str, ==, "");
        }
    }
}

static void
test_limits (void)
{
  g_autoptr (GString) headers = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *huge = g_strnfill (64 * 1024, 'x');

  g_assert_false (keel_request_headers_append (headers, "X", huge, &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_LIMITS_EXCEEDED);
  for (guint i = 0; i < 64; i++)
    g_assert_true (keel_request_headers_append (headers, "X", "y", NULL));
  g_assert_false (keel_request_headers_append (headers, "X", "y", NULL));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/request-headers/append", test_append);
  g_test_add_func ("/request-headers/limits", test_limits);
  return g_test_run ();
}
