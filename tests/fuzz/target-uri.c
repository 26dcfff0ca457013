/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz-input.h"
#include "keel-task-error.h"
#include "keel-uri.h"

#include <string.h>

/* What is accepted as a link is one, and has nothing in it that is read in two ways; what may
 * stand in a log has no user name, password, query or fragment, whether the link is good or not;
 * and whether two links have one origin does not depend on their order. */

/* Between the two slashes and the next delimiter. (transfer full) (nullable) */
static char *
dup_authority (const char *uri)
{
  const char *start = strstr (uri, "//");

  return start != NULL ? g_strndup (start + 2, strcspn (start + 2, "/?#")) : NULL;
}

static void
check_safe (const char *uri)
{
  g_autofree char *safe = keel_uri_dup_safe (uri);
  g_autofree char *authority = NULL;

  g_assert_nonnull (safe);
  if (strcmp (safe, "?") == 0)
    return;
  authority = dup_authority (safe);
  g_assert_null (strpbrk (safe, "?#"));
  g_assert_true (authority != NULL && strchr (authority, '@') == NULL);
}

static void
check_good (const char *uri)
{
  g_autofree char *safe = keel_uri_dup_safe (uri);
  g_autofree char *host = keel_uri_dup_host (uri);
  g_autofree char *authority = dup_authority (uri);

  g_assert_true (g_ascii_strncasecmp (uri, "http://", 7) == 0 ||
                 g_ascii_strncasecmp (uri, "https://", 8) == 0);
  g_assert_true (strchr (authority, '@') == NULL && *authority != '\0');
  for (const char *p = uri; *p != '\0'; p++)
    g_assert_true ((guchar) *p > 0x20 && *p != 0x7f && *p != '\\');
  g_assert_true (keel_uri_check (safe, NULL));
  g_assert_true (keel_uri_is_same_origin (uri, safe));
  g_assert_cmpuint (strlen (host), >, strlen (":1"));
}

/* The link that is left, if it is a good one, has no user name and password; where there was none,
 * it is what it was. */
static void
check_userinfo (const char *uri)
{
  g_autofree char *user = NULL;
  g_autofree char *password = NULL;
  g_autofree char *rest = keel_uri_take_userinfo (uri, &user, &password);

  g_assert_true (user == NULL || g_utf8_validate (user, -1, NULL));
  g_assert_true (password == NULL || g_utf8_validate (password, -1, NULL));
  if (rest == NULL)
    g_assert_true (user == NULL && password == NULL);
  else if (strchr (uri, '@') == NULL)
    g_assert_cmpstr (rest, ==, uri);
  else if (keel_uri_check (rest, NULL))
    {
      g_autofree char *authority = dup_authority (rest);

      g_assert_null (strchr (authority, '@'));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  FuzzInput input = { data, size };
  g_autofree char *uri = fuzz_input_take_text (&input);
  g_autofree char *other = fuzz_input_take_text (&input);
  g_autoptr (GError) error = NULL;

  check_safe (uri);
  check_userinfo (uri);
  if (keel_uri_check (uri, &error))
    check_good (uri);
  else
    g_assert_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_BAD_URI);
  g_assert_true (keel_uri_is_same_origin (uri, uri));
  g_assert_true (keel_uri_is_same_origin (uri, other) == keel_uri_is_same_origin (other, uri));
  return 0;
}
