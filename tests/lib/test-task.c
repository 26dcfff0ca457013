/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "house.h"

/* Tasks: what is read of a row, which notifications come, what the calls give, and waiting. */

static KeelManager *
open_with_task (const char  *row,
                KeelTask   **out_task)
{
  KeelManager *manager;
  guint64 id;

  house_reset ();
  id = house_fill (1, row);
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  *out_task = keel_manager_get_task (manager, id);
  g_assert_nonnull (*out_task);
  return manager;
}

static void
change (KeelTask   *task,
        const char *changes)
{
  house_tell ("Change", "(@at [%u], %s)", (guint) keel_task_get_id (task), changes);
}

static const char every_value[] =
  "{'state': <'waiting'>, 'wait-reason': <'low-disk'>, 'wait-until': <int64 1500000>,"
  " 'error-code': <'http-status'>, 'error-message': <'gone'>, 'error-http-status': <uint32 410>,"
  " 'error-retryable': <true>, 'effective-uri': <'http://e/'>, 'directory': <b'/d'>,"
  " 'file': <b'/d/\\377'>, 'name': <'n'>, 'title': <'t'>, 'received': <uint64 50>,"
  " 'durable': <uint64 40>, 'total': <uint64 200>, 'rate': <uint64 3>, 'connections': <uint32 2>,"
  " 'resumable': <true>, 'attempts': <uint32 4>, 'resumed-bytes': <uint64 5>,"
  " 'refetched-bytes': <uint64 6>, 'checksum-algorithm': <'md5'>, 'checksum-expected': <'aa'>,"
  " 'checksum-actual': <'bb'>, 'checksum-ok': <false>, 'length-confirmed': <true>,"
  " 'mime-type': <'text/plain'>, 'http-status': <uint32 206>, 'created': <int64 1000000>,"
  " 'finished': <int64 2000000>, 'priority': <'high'>, 'max-rate': <uint64 7>,"
  " 'user-data': <'u'>, 'error-details': <'see above'>}";

static void
test_every_word (void)
{
  g_autoptr (KeelManager) manager = NULL;
  KeelTask *task;

  manager = open_with_task (every_value, &task);
  g_assert_cmpstr (keel_task_get_session (task), ==, "default");
  g_assert_cmpstr (keel_task_get_app (task), ==, "host");
  g_assert_cmpstr (keel_task_get_kind (task), ==, "download");
  g_assert_cmpint (keel_task_get_state (task), ==, KEEL_TASK_STATE_WAITING);
  g_assert_cmpint (keel_task_get_wait_reason (task), ==, KEEL_WAIT_REASON_LOW_DISK);
  g_assert_cmpint (keel_task_get_pause_reason (task), ==, KEEL_PAUSE_REASON_NONE);
  g_assert_cmpint (g_date_time_to_unix (keel_task_get_wait_until (task)), ==, 1);
  g_assert_cmpint (g_date_time_get_microsecond (keel_task_get_wait_until (task)), ==, 500000);
  g_assert_true (keel_task_needs_attention (task));
  g_assert_false (keel_task_has_ended (task));
  g_assert_error ((GError *) keel_task_get_error (task), KEEL_TASK_ERROR,
                  KEEL_TASK_ERROR_HTTP_STATUS);
  g_assert_cmpstr (keel_task_get_error (task)->message, ==, "gone");
  g_assert_cmpstr (keel_task_get_error_details (task), ==, "see above");
  g_assert_cmpuint (keel_task_get_error_http_status (task), ==, 410);
  g_assert_true (keel_task_get_error_retryable (task));
  g_assert_cmpstr (keel_task_get_effective_uri (task), ==, "http://e/");
  g_assert_cmpstr (g_file_peek_path (keel_task_get_directory (task)), ==, "/d");
  g_assert_cmpstr (g_file_peek_path (keel_task_get_file (task)), ==, "/d/\xff");
  g_assert_cmpstr (keel_task_get_name (task), ==, "n");
  g_assert_cmpstr (keel_task_get_title (task), ==, "t");
}

static void
test_every_number (void)
{
  g_autoptr (KeelManager) manager = NULL;
  KeelTask *task;

  manager = open_with_task (every_value, &task);
  g_assert_cmpuint (keel_task_get_received (task), ==, 50);
  g_assert_cmpuint (keel_task_get_durable (task), ==, 40);
  g_assert_cmpint (keel_task_get_total (task), ==, 200);
  g_assert_cmpfloat (keel_task_get_fraction (task), ==, 0.25);
  g_assert_cmpuint (keel_task_get_rate (task), ==, 3);
  g_assert_cmpint (keel_task_get_eta (task), ==, -1); /* it does not run */
  g_assert_cmpuint (keel_task_get_connections (task), ==, 2);
  g_assert_true (keel_task_get_resumable (task));
  g_assert_cmpuint (keel_task_get_attempts (task), ==, 4);
  g_assert_cmpuint (keel_task_get_resumed_bytes (task), ==, 5);
  g_assert_cmpuint (keel_task_get_refetched_bytes (task), ==, 6);
  g_assert_cmpstr (keel_task_get_checksum_algorithm (task), ==, "md5");
  g_assert_cmpstr (keel_task_get_checksum_expected (task), ==, "aa");
  g_assert_cmpstr (keel_task_get_checksum_actual (task), ==, "bb");
  g_assert_false (keel_task_get_checksum_ok (task));
  g_assert_true (keel_task_has_value (task, "checksum-ok"));
  g_assert_true (keel_task_get_length_confirmed (task));
  g_assert_cmpstr (keel_task_get_mime_type (task), ==, "text/plain");
  g_assert_cmpuint (keel_task_get_http_status (task), ==, 206);
  g_assert_cmpint (g_date_time_to_unix (keel_task_get_created (task)), ==, 1);
  g_assert_cmpint (g_date_time_to_unix (keel_task_get_finished (task)), ==, 2);
  g_assert_cmpint (keel_task_get_priority (task), ==, KEEL_PRIORITY_HIGH);
  g_assert_cmpuint (keel_task_get_max_rate (task), ==, 7);
  g_assert_cmpstr (keel_task_get_user_data (task), ==, "u");
}

/* Every property can be read, and says the same as its getter. */
static void
test_properties (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autofree GParamSpec **specs = NULL;
  g_autofree char *uri = NULL;
  KeelTaskState state;
  KeelTask *task;
  guint n_specs;

  manager = open_with_task ("{'state': <'running'>}", &task);
  specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (task), &n_specs);
  g_assert_cmpuint (n_specs, >=, 39);
  for (guint i = 0; i < n_specs; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      g_assert_cmpint (specs[i]->flags & G_PARAM_WRITABLE, ==, 0);
      g_object_get_property (G_OBJECT (task), specs[i]->name, &value);
    }
  g_object_get (task, "state", &state, "uri", &uri, NULL);
  g_assert_cmpint (state, ==, KEEL_TASK_STATE_RUNNING);
  g_assert_cmpstr (uri, ==, keel_task_get_uri (task));
}

static void
test_unknown_words (void)
{
  g_autoptr (KeelManager) manager = NULL;
  KeelTask *task;

  manager = open_with_task ("{'state': <'levitating'>, 'wait-reason': <'eclipse'>,"
                            " 'pause-reason': <'siesta'>, 'priority': <'cosmic'>,"
                            " 'error-code': <'gremlins'>, 'error-message': <'grr'>,"
                            " 'new-key': <('anything', 17)>, 'total': <'much'>, 'kind': <'dream'>,"
                            " 'file': <b'relative'>, 'directory': <@ay []>,"
                            " 'created': <int64 9223372036854775807>}",
                            &task);
  g_assert_cmpint (keel_task_get_state (task), ==, KEEL_TASK_STATE_WAITING);
  g_assert_cmpint (keel_task_get_wait_reason (task), ==, KEEL_WAIT_REASON_NONE);
  g_assert_cmpint (keel_task_get_pause_reason (task), ==, KEEL_PAUSE_REASON_NONE);
  g_assert_cmpint (keel_task_get_priority (task), ==, KEEL_PRIORITY_NORMAL);
  g_assert_error ((GError *) keel_task_get_error (task), KEEL_TASK_ERROR, KEEL_TASK_ERROR_INTERNAL);
  g_assert_cmpstr (keel_task_get_error (task)->message, ==, "grr");
  g_assert_cmpint (keel_task_get_total (task), ==, -1);
  g_assert_cmpstr (keel_task_get_kind (task), ==, "dream");
  g_assert_null (keel_task_get_file (task));
  g_assert_null (keel_task_get_directory (task));
  g_assert_null (keel_task_get_created (task));
  g_assert_false (keel_task_has_ended (task));
  g_assert_false (keel_task_needs_attention (task));
  g_assert_false (keel_task_has_value (task, "resumable"));
  g_assert_false (keel_task_has_value (task, "no-such-property"));
}

static void
note_notify_cb (KeelTask   *task,
                GParamSpec *pspec,
                gpointer    user_data)
{
  g_ptr_array_add (user_data, (gpointer) pspec->name);
}

static void
assert_notified (GPtrArray         *names,
                 const char *const *expected)
{
  for (guint i = 0; expected[i] != NULL; i++)
    {
      guint found = 0;

      for (guint j = 0; j < names->len; j++)
        found += g_str_equal (g_ptr_array_index (names, j), expected[i]);
      if (found != 1)
        g_error ("%s was notified %u times", expected[i], found);
    }
  g_assert_cmpuint (names->len, ==, g_strv_length ((char **) expected));
  g_ptr_array_set_size (names, 0);
}

static void
test_notifications (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  KeelTask *task;

  manager = open_with_task ("{'state': <'running'>, 'total': <uint64 100>}", &task);
  g_signal_connect (task, "notify", G_CALLBACK (note_notify_cb), names);

  house_tell ("Tick", "([(uint64 %u, uint64 50, uint64 0, uint64 10)],)",
              (guint) keel_task_get_id (task));
  house_until (names->len > 0);
  assert_notified (names, (const char *[]){ "received", "rate", "fraction", "eta", NULL });

  change (task, "{'title': <'new'>}");
  house_until (names->len > 0);
  assert_notified (names, (const char *[]){ "title", NULL });

  change (task, "{'state': <'failed'>, 'error-code': <'dns'>, 'rate': <uint64 0>}");
  house_until (names->len > 0);
  assert_notified (names, (const char *[]){ "state", "error", "rate", "eta", NULL });

  /* The same again: nothing to tell. Then something, to know that the first has passed. */
  change (task, "{'state': <'failed'>}");
  change (task, "{'title': <'newer'>}");
  house_until (names->len > 0);
  assert_notified (names, (const char *[]){ "title", NULL });
}

/* Numbers that were under way when the task ended come too late. */
static void
test_no_progress_after_the_end (void)
{
  g_autoptr (KeelManager) manager = NULL;
  KeelTask *task;

  manager = open_with_task ("{'state': <'finished'>, 'received': <uint64 9>}", &task);
  house_tell ("Tick", "([(uint64 %u, uint64 5, uint64 5, uint64 5)],)",
              (guint) keel_task_get_id (task));
  house_run_for (200);
  g_assert_cmpuint (keel_task_get_received (task), ==, 9);
  g_assert_cmpuint (keel_task_get_rate (task), ==, 0);
}

static void
test_numbers (void)
{
  g_autoptr (KeelManager) manager = NULL;
  KeelTask *task;

  manager = open_with_task ("{'state': <'running'>, 'total': <uint64 0>, 'rate': <uint64 1>}",
                            &task);
  g_assert_cmpfloat (keel_task_get_fraction (task), ==, 0.0);
  g_assert_cmpint (keel_task_get_eta (task), ==, 0);
  change (task, "{'total': <uint64 18446744073709551615>, 'received': <uint64 1>}");
  house_until (keel_task_get_total (task) == G_MAXINT64);
  change (task, "{'total': <uint64 10>, 'received': <uint64 20>}");
  house_until (keel_task_get_total (task) == 10);
  g_assert_cmpfloat (keel_task_get_fraction (task), ==, 1.0);
  g_assert_cmpint (keel_task_get_eta (task), ==, 0);
  change (task, "{'received': <uint64 5>, 'rate': <uint64 4>}");
  house_until (keel_task_get_rate (task) == 4);
  g_assert_cmpint (keel_task_get_eta (task), ==, 2);
}

typedef void (*ControlFunc) (KeelTask *task,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

static gboolean
control (KeelTask     *task,
         ControlFunc   func,
         GError      **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  func (task, NULL, house_answer_cb, &answer);
  return keel_task_control_finish (task, house_wait (&answer), error);
}

static void
test_verbs (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (KeelTask) kept = NULL;
  KeelTask *task;

  manager = open_with_task ("{}", &task);
  kept = g_object_ref (task);
  g_assert_true (control (task, keel_task_pause_async, &error));
  house_until (keel_task_get_state (task) == KEEL_TASK_STATE_PAUSED);
  g_assert_true (control (task, keel_task_resume_async, &error));
  house_until (keel_task_get_state (task) == KEEL_TASK_STATE_QUEUED);
  g_assert_true (control (task, keel_task_cancel_async, &error));
  house_until (keel_task_get_state (task) == KEEL_TASK_STATE_CANCELLED);
  g_assert_true (control (task, keel_task_retry_async, &error));
  house_until (keel_task_get_state (task) == KEEL_TASK_STATE_QUEUED);
  g_assert_true (control (task, keel_task_remove_async, &error));
  house_until (g_list_model_get_n_items (G_LIST_MODEL (manager)) == 0);
  g_assert_no_error (error);

  g_assert_false (control (kept, keel_task_pause_async, &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK);
}

static void
test_refused_verb (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  manager = open_with_task ("{'state': <'finished'>}", &task);
  g_assert_false (control (task, keel_task_pause_async, &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_STATE);
}

/* The service does it, and dies before it says so: asked again, it would refuse. */
static void
test_verb_whose_answer_is_lost (gconstpointer data)
{
  const ControlFunc func = *(const ControlFunc *) data;
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  manager = open_with_task ("{}", &task);
  house_tell ("CrashIn", "('Control', 'after')");
  g_assert_true (control (task, func, &error));
  g_assert_no_error (error);
}

static void
test_update (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) rate_answer = NULL;
  g_autoptr (GAsyncResult) priority_answer = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  manager = open_with_task ("{}", &task);
  keel_task_set_max_rate_async (task, 77, NULL, house_answer_cb, &rate_answer);
  keel_task_set_priority_async (task, KEEL_PRIORITY_LOW, NULL, house_answer_cb, &priority_answer);
  g_assert_true (keel_task_update_finish (task, house_wait (&rate_answer), &error));
  g_assert_true (keel_task_update_finish (task, house_wait (&priority_answer), &error));
  house_until (keel_task_get_max_rate (task) == 77 &&
               keel_task_get_priority (task) == KEEL_PRIORITY_LOW);
}

static void
test_wait (gconstpointer end)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  manager = open_with_task ("{'state': <'running'>}", &task);
  keel_task_wait_async (task, NULL, house_answer_cb, &first);
  keel_task_wait_async (task, NULL, house_answer_cb, &second);
  change (task, "{'state': <'paused'>}");
  house_until (keel_task_get_state (task) == KEEL_TASK_STATE_PAUSED);
  g_assert_null (first);
  if (g_str_equal (end, "removed"))
    house_tell ("Forget", "(@at [%u],)", (guint) keel_task_get_id (task));
  else if (g_str_equal (end, "failed"))
    change (task, "{'state': <'failed'>, 'error-code': <'checksum'>, 'error-message': <'no'>}");
  else
    {
      g_autofree char *changes = g_strdup_printf ("{'state': <'%s'>}", (const char *) end);

      change (task, changes);
    }

  g_assert_true (keel_task_wait_finish (task, house_wait (&first), NULL) ==
                 g_str_equal (end, "finished"));
  keel_task_wait_finish (task, house_wait (&second), &error);
  if (g_str_equal (end, "finished"))
    g_assert_no_error (error);
  else if (g_str_equal (end, "failed"))
    g_assert_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_CHECKSUM);
  else if (g_str_equal (end, "removed"))
    g_assert_error (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK);
  else
    g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_STATE);
}

static void
test_wait_over_a_crash (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  manager = open_with_task ("{'state': <'running'>}", &task);
  keel_task_wait_async (task, NULL, house_answer_cb, &answer);
  house_tell ("Leave", NULL);
  house_until (!keel_manager_get_connected (manager));
  house_until (keel_manager_get_connected (manager));
  change (task, "{'state': <'finished'>}");
  g_assert_true (keel_task_wait_finish (task, house_wait (&answer), &error));
}

static void
test_wait_cancelled (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) before = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  manager = open_with_task ("{'state': <'running'>}", &task);
  keel_task_wait_async (task, cancellable, house_answer_cb, &answer);
  house_run_for (50);
  g_assert_null (answer);
  g_cancellable_cancel (cancellable);
  g_assert_false (keel_task_wait_finish (task, house_wait (&answer), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  keel_task_wait_async (task, cancellable, house_answer_cb, &before);
  g_assert_false (keel_task_wait_finish (task, house_wait (&before), NULL));
  change (task, "{'state': <'finished'>}");
  house_until (keel_task_has_ended (task));
}

/* The manager goes; the task that somebody kept stays usable. */
static void
test_kept_longer_than_the_list (void)
{
  KeelManager *manager;
  g_autoptr (KeelTask) kept = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  manager = open_with_task ("{'state': <'running'>}", &task);
  kept = g_object_ref (task);
  keel_task_wait_async (kept, NULL, house_answer_cb, &answer);
  g_object_unref (manager);
  g_assert_false (keel_task_wait_finish (kept, house_wait (&answer), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_STATE);
  g_clear_error (&error);
  g_assert_true (control (kept, keel_task_pause_async, &error));
}

static const ControlFunc lost_pause = keel_task_pause_async;
static const ControlFunc lost_cancel = keel_task_cancel_async;
static const ControlFunc lost_remove = keel_task_remove_async;

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/task/every-word", test_every_word);
  g_test_add_func ("/task/every-number", test_every_number);
  g_test_add_func ("/task/properties", test_properties);
  g_test_add_func ("/task/unknown-words", test_unknown_words);
  g_test_add_func ("/task/notifications", test_notifications);
  g_test_add_func ("/task/no-progress-after-the-end", test_no_progress_after_the_end);
  g_test_add_func ("/task/numbers", test_numbers);
  g_test_add_func ("/task/verbs", test_verbs);
  g_test_add_func ("/task/refused-verb", test_refused_verb);
  g_test_add_data_func ("/task/lost-answer/pause", &lost_pause, test_verb_whose_answer_is_lost);
  g_test_add_data_func ("/task/lost-answer/cancel", &lost_cancel, test_verb_whose_answer_is_lost);
  g_test_add_data_func ("/task/lost-answer/remove", &lost_remove, test_verb_whose_answer_is_lost);
  g_test_add_func ("/task/update", test_update);
  g_test_add_data_func ("/task/wait/finished", "finished", test_wait);
  g_test_add_data_func ("/task/wait/failed", "failed", test_wait);
  g_test_add_data_func ("/task/wait/cancelled", "cancelled", test_wait);
  g_test_add_data_func ("/task/wait/removed", "removed", test_wait);
  g_test_add_func ("/task/wait/over-a-crash", test_wait_over_a_crash);
  g_test_add_func ("/task/wait/given-up", test_wait_cancelled);
  g_test_add_func ("/task/kept-longer-than-the-list", test_kept_longer_than_the_list);
  return g_test_run ();
}
