/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "house.h"

/* What servers want to know: how it is told, and what becomes of an answer. */

#define QUESTION(cookie, tries)                                                                    \
  "{'state': <'waiting'>, 'wait-reason': <'auth'>, 'challenge-cookie': <'" cookie "'>,"            \
  " 'challenge-origin': <'https://example.org:443'>, 'challenge-realm': <'The harbour'>,"          \
  " 'challenge-scheme': <'basic'>, 'challenge-proxy': <true>,"                                     \
  " 'challenge-tries': <uint32 " tries ">, 'user': <'boat'>}"

typedef struct {
  KeelSession *session; /* (owned) */
  KeelTask *task;       /* (owned) */
  guint n_challenges;
} Fixture;

static void
challenge_cb (KeelSession *session,
              KeelTask    *task,
              gpointer     user_data)
{
  Fixture *fixture = user_data;

  g_assert_true (keel_task_has_challenge (task));
  g_set_object (&fixture->task, task);
  fixture->n_challenges++;
}

/* A session with one task that asks. */
static void
set_up (Fixture       *fixture,
        gconstpointer  unused)
{
  house_reset ();
  fixture->session = house_open_session ("default");
  g_signal_connect (fixture->session, "challenge", G_CALLBACK (challenge_cb), fixture);
  house_fill (1, QUESTION ("c1", "0"));
  house_until (fixture->n_challenges == 1);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  unused)
{
  g_clear_object (&fixture->task);
  g_clear_object (&fixture->session);
}

static void
change (Fixture    *fixture,
        const char *changes)
{
  house_tell ("Change", "(@at [%u], %s)", (guint) keel_task_get_id (fixture->task), changes);
}

static gboolean
answer (Fixture       *fixture,
        const char    *user,
        const char    *password,
        GCancellable  *cancellable,
        GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  keel_task_answer_challenge_async (fixture->task, user, password, FALSE, cancellable,
                                    house_answer_cb, &result);
  return keel_task_answer_finish (fixture->task, house_wait (&result), error);
}

static void
test_properties (Fixture       *fixture,
                 gconstpointer  unused)
{
  g_autofree char *origin = NULL;
  g_autofree char *realm = NULL;
  g_autofree char *scheme = NULL;
  g_autofree char *user = NULL;
  gboolean is_proxy;
  guint tries;

  g_object_get (fixture->task, "challenge-origin", &origin, "challenge-realm", &realm,
                "challenge-scheme", &scheme, "challenge-proxy", &is_proxy, "challenge-tries",
                &tries, "user", &user, NULL);
  g_assert_cmpstr (origin, ==, "https://example.org:443");
  g_assert_cmpstr (origin, ==, keel_task_get_challenge_origin (fixture->task));
  g_assert_cmpstr (realm, ==, "The harbour");
  g_assert_cmpstr (realm, ==, keel_task_get_challenge_realm (fixture->task));
  g_assert_cmpstr (scheme, ==, "basic");
  g_assert_cmpstr (scheme, ==, keel_task_get_challenge_scheme (fixture->task));
  g_assert_true (is_proxy && keel_task_get_challenge_proxy (fixture->task));
  g_assert_cmpuint (tries, ==, keel_task_get_challenge_tries (fixture->task));
  g_assert_cmpstr (user, ==, "boat");
  g_assert_cmpstr (user, ==, keel_task_get_user (fixture->task));
  g_assert_true (keel_task_needs_attention (fixture->task));
  g_assert_null (
    g_object_class_find_property (G_OBJECT_GET_CLASS (fixture->task), "challenge-cookie"));
}

static void
test_none (Fixture       *fixture,
           gconstpointer  unused)
{
  g_autoptr (KeelTask) task = house_add (fixture->session, "http://127.0.0.1:9/x");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (keel_task_has_challenge (task));
  g_assert_null (keel_task_get_challenge_origin (task));
  g_assert_null (keel_task_get_challenge_realm (task));
  g_assert_null (keel_task_get_challenge_scheme (task));
  g_assert_false (keel_task_get_challenge_proxy (task));
  g_assert_cmpuint (keel_task_get_challenge_tries (task), ==, 0);
  keel_task_answer_challenge_async (task, "u", "p", TRUE, NULL, house_answer_cb, &result);
  g_assert_false (keel_task_answer_finish (task, house_wait (&result), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_STATE);
  g_assert_cmpuint (house_count_calls ("Answer"), ==, 0);
}

static void
test_answer (Fixture       *fixture,
             gconstpointer  unused)
{
  g_autoptr (GVariant) sent = NULL;
  g_autoptr (GError) error = NULL;
  const char *text;

  g_assert_true (answer (fixture, "boat", "keel", NULL, &error));
  g_assert_no_error (error);
  house_until (!keel_task_has_challenge (fixture->task));
  g_assert_cmpint (keel_task_get_state (fixture->task), ==, KEEL_TASK_STATE_QUEUED);
  sent = house_ask ("LastCall", "('Answer',)");
  g_variant_get (sent, "(&s)", &text);
  g_assert_cmpstr (text, ==, "('c1', 'boat', 'keel', {'save': <false>})");
}

static void
test_decline (Fixture       *fixture,
              gconstpointer  unused)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  keel_task_decline_challenge_async (fixture->task, NULL, house_answer_cb, &result);
  g_assert_true (keel_task_answer_finish (fixture->task, house_wait (&result), &error));
  house_until (keel_task_get_state (fixture->task) == KEEL_TASK_STATE_FAILED);
  g_assert_error ((GError *) keel_task_get_error (fixture->task), KEEL_TASK_ERROR,
                  KEEL_TASK_ERROR_AUTH_REQUIRED);
}

/* The task asks again before the library has heard that it asks nothing more. */
static void
test_late_answer (Fixture       *fixture,
                  gconstpointer  unused)
{
  g_autoptr (GError) error = NULL;

  house_tell ("Lose", "(uint32 1,)");
  change (fixture, QUESTION ("c2", "1"));
  g_assert_false (answer (fixture, "boat", "keel", NULL, &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK);
  g_assert_cmpuint (house_count_calls ("Answer"), ==, 1);
}

static void
test_unspeakable (Fixture       *fixture,
                  gconstpointer  unused)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (answer (fixture, i == 0 ? "\xff" : "u", i == 1 ? "\xff" : "p", NULL, &error));
      g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT);
    }
  g_assert_cmpuint (house_count_calls ("Answer"), ==, 0);
}

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  unused)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (answer (fixture, "boat", "keel", cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (keel_task_has_challenge (fixture->task));
}

/* Each question is told once, also one that follows so soon that the state seems the same. */
static void
test_told_once (Fixture       *fixture,
                gconstpointer  unused)
{
  g_assert_cmpuint (keel_task_get_challenge_tries (fixture->task), ==, 0);
  change (fixture, QUESTION ("c2", "1"));
  house_until (fixture->n_challenges == 2);
  g_assert_cmpuint (keel_task_get_challenge_tries (fixture->task), ==, 1);
  change (fixture, "{'title': <'t'>}");
  house_until (keel_task_get_title (fixture->task) != NULL);
  g_assert_cmpuint (fixture->n_challenges, ==, 2);
}

/* A question that was there before the session was opened. */
static void
test_told_when_opened (Fixture       *fixture,
                       gconstpointer  unused)
{
  Fixture other = { 0 };

  other.session = house_open_session ("default");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (other.session)), ==, 1);
  g_signal_connect (other.session, "challenge", G_CALLBACK (challenge_cb), &other);
  house_until (other.n_challenges == 1);
  g_assert_cmpuint (keel_task_get_id (other.task), ==, keel_task_get_id (fixture->task));
  tear_down (&other, NULL);
}

static void
test_new_link (Fixture       *fixture,
               gconstpointer  unused)
{
  g_autoptr (GAsyncResult) good = NULL;
  g_autoptr (GAsyncResult) bad = NULL;
  g_autoptr (GAsyncResult) unspeakable = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task = fixture->task;

  keel_task_set_uri_async (task, "http://127.0.0.1:9/new", NULL, house_answer_cb, &good);
  g_assert_true (keel_task_update_finish (task, house_wait (&good), &error));
  g_assert_no_error (error);
  house_until (g_strcmp0 (keel_task_get_uri (task), "http://127.0.0.1:9/new") == 0);

  keel_task_set_uri_async (task, "ftp://x", NULL, house_answer_cb, &bad);
  g_assert_false (keel_task_update_finish (task, house_wait (&bad), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_BAD_URI);
  g_clear_error (&error);

  keel_task_set_uri_async (task, "http://\xff", NULL, house_answer_cb, &unspeakable);
  g_assert_false (keel_task_update_finish (task, house_wait (&unspeakable), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_BAD_URI);
  g_assert_cmpuint (house_count_calls ("Update"), ==, 2);
}

static void
test_download (Fixture       *fixture,
               gconstpointer  unused)
{
  g_autoptr (KeelDownload) download = keel_download_new ("https://example.org/x");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (KeelTask) task = NULL;
  g_autoptr (GVariant) sent = NULL;
  g_autoptr (GError) error = NULL;
  GParamSpec *password;
  const char *text;

  password = g_object_class_find_property (G_OBJECT_GET_CLASS (download), "password");
  g_assert_cmpint (password->flags & G_PARAM_READWRITE, ==, G_PARAM_WRITABLE);
  g_object_set (download, "user", "boat", "password", "keel", NULL);
  g_assert_cmpstr (keel_download_get_user (download), ==, "boat");
  keel_session_add_download_async (fixture->session, download, NULL, house_answer_cb, &result);
  task = keel_session_add_download_finish (fixture->session, house_wait (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (keel_task_get_user (task), ==, "boat");
  sent = house_ask ("LastCall", "('AddTasks',)");
  g_variant_get (sent, "(&s)", &text);
  g_assert_nonnull (strstr (text, "'user': <'boat'>"));
  g_assert_nonnull (strstr (text, "'password': <'keel'>"));
}

#define ADD(name, function)                                                                        \
  g_test_add ("/challenge/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("properties", test_properties);
  ADD ("none", test_none);
  ADD ("answer", test_answer);
  ADD ("decline", test_decline);
  ADD ("late-answer", test_late_answer);
  ADD ("unspeakable", test_unspeakable);
  ADD ("cancelled", test_cancelled);
  ADD ("told-once", test_told_once);
  ADD ("told-when-opened", test_told_when_opened);
  ADD ("new-link", test_new_link);
  ADD ("download", test_download);
  return g_test_run ();
}
