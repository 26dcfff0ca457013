/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "house.h"

/* KeelProbe: what a server says of a link, what it does not say, and how asking ends. */

#define LINK "http://127.0.0.1:9/boat.iso"

/* @info: (nullable): what the service answers; NULL: it never does */
static GAsyncResult *
ask (KeelSession  *session,
     const char   *info,
     GCancellable *cancellable)
{
  g_autoptr (KeelDownload) download = keel_download_new (LINK);
  GAsyncResult *answer = NULL;

  if (info != NULL)
    house_tell ("Find", "('%s', @a{sv} %s)", LINK, info);
  keel_download_add_header (download, "Referer", "http://127.0.0.1:9/page");
  keel_session_probe_async (session, download, cancellable, house_answer_cb, &answer);
  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
  house_wait (&answer);

  return answer;
}

static void
test_found (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (KeelProbe) probe = NULL;
  g_autoptr (GVariant) call = NULL;
  g_autoptr (GError) error = NULL;
  const char *arguments;

  house_reset ();
  session = house_open_session ("org.example.probe");
  answer = ask (session,
                "{'name': <'boat.iso'>, 'size': <uint64 42>, 'resumable': <true>, "
                "'mime-type': <'application/x-cd-image'>, "
                "'effective-uri': <'http://127.0.0.1:9/there'>}",
                NULL);
  probe = keel_session_probe_finish (session, answer, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (keel_probe_get_uri (probe), ==, LINK);
  g_assert_cmpstr (keel_probe_get_effective_uri (probe), ==, "http://127.0.0.1:9/there");
  g_assert_cmpstr (keel_probe_get_name (probe), ==, "boat.iso");
  g_assert_cmpstr (keel_probe_get_mime_type (probe), ==, "application/x-cd-image");
  g_assert_true (keel_probe_has_size (probe));
  g_assert_cmpuint (keel_probe_get_size (probe), ==, 42);
  g_assert_true (keel_probe_get_resumable (probe));

  call = house_ask ("LastCall", "('%s',)", "Probe");
  g_variant_get (call, "(&s)", &arguments);
  g_assert_nonnull (strstr (arguments, "Referer"));
}

/* A server need not say anything but yes; keys that a later service adds are nothing to us. */
static void
test_little (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (KeelProbe) probe = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  session = house_open_session ("org.example.probe");
  answer = ask (session, "{'name': <uint32 7>, 'later': <'unknown'>}", NULL);
  probe = keel_session_probe_finish (session, answer, &error);
  g_assert_no_error (error);
  g_assert_null (keel_probe_get_name (probe));
  g_assert_null (keel_probe_get_mime_type (probe));
  g_assert_false (keel_probe_has_size (probe));
  g_assert_cmpuint (keel_probe_get_size (probe), ==, 0);
  g_assert_false (keel_probe_get_resumable (probe));
}

static void
test_nothing_there (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  session = house_open_session ("org.example.probe");
  answer = ask (session,
                "{'error-code': <'http-status'>, 'error-message': <'The answer was 404'>, "
                "'http-status': <uint32 404>}",
                NULL);
  g_assert_null (keel_session_probe_finish (session, answer, &error));
  g_assert_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_HTTP_STATUS);
  g_assert_cmpstr (error->message, ==, "The answer was 404");
}

static void
test_refused (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  session = house_open_session ("org.example.probe");
  house_tell ("Find", "('%s', @a{sv} {})", LINK);
  house_tell ("Fail", "('Probe', 'LimitsExceeded', uint32 0, uint32 1)", NULL);
  answer = ask (session, "{}", NULL);
  g_assert_null (keel_session_probe_finish (session, answer, &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_LIMITS_EXCEEDED);
}

static void
test_cancelled (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  session = house_open_session ("org.example.probe");
  answer = ask (session, NULL, cancellable);
  g_assert_null (keel_session_probe_finish (session, answer, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/probe/found", test_found);
  g_test_add_func ("/probe/little", test_little);
  g_test_add_func ("/probe/nothing-there", test_nothing_there);
  g_test_add_func ("/probe/refused", test_refused);
  g_test_add_func ("/probe/cancelled", test_cancelled);

  return g_test_run ();
}
