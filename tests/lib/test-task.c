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
  "{'state': <'waiting'>, 'wait-reason': <'low-disk'>, 'wait-detail': <'quota'>,"
  " 'wait-until': <int64 1500000>,"
  " 'error-code': <'http-status'>, 'error-message': <'gone'>, 'error-http-status': <uint32 410>,"
  " 'error-retryable': <true>, 'effective-uri': <'http://e/'>, 'directory': <b'/d'>,"
  " 'file': <b'/d/\\377'>, 'name': <'n'>, 'title': <'t'>, 'received': <uint64 50>,"
  " 'durable': <uint64 40>, 'total': <uint64 200>, 'rate': <uint64 3>, 'connections': <uint32 2>,"
  " 'resumable': <true>, 'attempts': <uint32 4>, 'resumed-bytes': <uint64 5>,"
  " 'refetched-bytes': <uint64 6>, 'checksum-algorithm': <'md5'>, 'checksum-expected': <'aa'>,"
  " 'checksum-actual': <'bb'>, 'checksum-ok': <false>, 'length-confirmed': <true>,"
  " 'mime-type': <'text/plain'>, 'http-status': <uint32 206>, 'created': <int64 1000000>,"
  " 'finished': <int64 2000000>, 'priority': <'high'>, 'max-rate': <uint64 7>,"
  " 'max-connections': <uint32 8>, 'mirrors': <['http://m/']>,"
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
  g_assert_cmpstr (keel_task_get_wait_detail (task), ==, "quota");
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
  g_assert_cmpuint (keel_task_get_max_connections (task), ==, 8);
  g_assert_cmpstr (keel_task_get_mirrors (task)[0], ==, "http://m/");
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
  /* When nothing comes it cannot be told, and what was before does not count afterwards. */
  change (task, "{'received': <uint64 5>, 'rate': <uint64 0>}");
  house_until (keel_task_get_rate (task) == 0);
  g_assert_cmpint (keel_task_get_eta (task), ==, -1);
  change (task, "{'rate': <uint64 4>}");
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
  g_autoptr (GAsyncResult) connections_answer = NULL;
  g_autoptr (GAsyncResult) position_answer = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  manager = open_with_task ("{}", &task);
  keel_task_set_max_rate_async (task, 77, NULL, house_answer_cb, &rate_answer);
  keel_task_set_priority_async (task, KEEL_PRIORITY_LOW, NULL, house_answer_cb, &priority_answer);
  keel_task_set_max_connections_async (task, 3, NULL, house_answer_cb, &connections_answer);
  keel_task_move_async (task, KEEL_POSITION_LAST, NULL, house_answer_cb, &position_answer);
  g_assert_true (keel_task_update_finish (task, house_wait (&rate_answer), &error));
  g_assert_true (keel_task_update_finish (task, house_wait (&priority_answer), &error));
  g_assert_true (keel_task_update_finish (task, house_wait (&connections_answer), &error));
  g_assert_true (keel_task_update_finish (task, house_wait (&position_answer), &error));
  house_until (keel_task_get_max_rate (task) == 77 && keel_task_get_max_connections (task) == 3 &&
               keel_task_get_priority (task) == KEEL_PRIORITY_LOW);
}

static void
count_cb (KeelManager *manager,
          KeelTask    *task,
          gpointer     user_data)
{
  (*(guint *) user_data)++;
}

/* Each change of the place in the queue is told, and nothing else is told as one. */
static void
test_rank (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) position_answer = NULL;
  g_autoptr (GAsyncResult) priority_answer = NULL;
  g_autoptr (GAsyncResult) rate_answer = NULL;
  KeelTask *task;
  guint n = 0;

  manager = open_with_task ("{}", &task);
  g_signal_connect (manager, "task-rank-changed", G_CALLBACK (count_cb), &n);
  g_assert_cmpint (keel_task_get_rank (task), ==, 0);
  keel_task_set_max_rate_async (task, 77, NULL, house_answer_cb, &rate_answer);
  g_assert_true (keel_task_update_finish (task, house_wait (&rate_answer), NULL));
  house_until (keel_task_get_max_rate (task) == 77);
  g_assert_cmpuint (n, ==, 0);
  keel_task_move_async (task, KEEL_POSITION_FIRST, NULL, house_answer_cb, &position_answer);
  g_assert_true (keel_task_update_finish (task, house_wait (&position_answer), NULL));
  house_until (keel_task_get_rank (task) == -1);
  g_assert_cmpuint (n, ==, 1);
  keel_task_set_priority_async (task, KEEL_PRIORITY_LOW, NULL, house_answer_cb, &priority_answer);
  g_assert_true (keel_task_update_finish (task, house_wait (&priority_answer), NULL));
  house_until (keel_task_get_priority (task) == KEEL_PRIORITY_LOW);
  g_assert_cmpuint (n, ==, 2);
}

/* Another folder; what is not a local one is none. */
static void
test_directory (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GFile) folder = g_file_new_for_path ("/elsewhere");
  g_autoptr (GFile) remote = g_file_new_for_uri ("http://127.0.0.1/x");
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GAsyncResult) refusal = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  manager = open_with_task ("{'state': <'waiting'>, 'wait-reason': <'destination'>}", &task);
  keel_task_set_directory_async (task, folder, NULL, house_answer_cb, &answer);
  g_assert_true (keel_task_update_finish (task, house_wait (&answer), NULL));
  house_until (keel_task_get_state (task) == KEEL_TASK_STATE_QUEUED &&
               g_file_equal (keel_task_get_directory (task), folder));
  keel_task_set_directory_async (task, remote, NULL, house_answer_cb, &refusal);
  g_assert_false (keel_task_update_finish (task, house_wait (&refusal), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_BAD_DESTINATION);
}

/* Somebody starts by hand what waits for a time. */
static void
test_start_now (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  KeelTask *task;

  manager = open_with_task ("{'state': <'waiting'>, 'wait-reason': <'schedule'>,"
                            " 'wait-until': <int64 9999999999000000>}",
                            &task);
  keel_task_set_not_before_async (task, NULL, NULL, house_answer_cb, &answer);
  g_assert_true (keel_task_update_finish (task, house_wait (&answer), NULL));
  house_until (keel_task_get_state (task) == KEEL_TASK_STATE_QUEUED);
}

/* A word of one's own, against that of the application. */
static void
test_update_conditions (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) network_answer = NULL;
  g_autoptr (GAsyncResult) power_answer = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  manager = open_with_task ("{}", &task);
  keel_task_set_network_async (task, KEEL_NETWORK_USE_UNMETERED, NULL, house_answer_cb,
                               &network_answer);
  keel_task_set_power_async (task, KEEL_POWER_USE_AC, NULL, house_answer_cb, &power_answer);
  g_assert_true (keel_task_update_finish (task, house_wait (&network_answer), &error));
  g_assert_true (keel_task_update_finish (task, house_wait (&power_answer), &error));
  house_until (keel_task_get_network (task) == KEEL_NETWORK_USE_UNMETERED &&
               keel_task_get_power (task) == KEEL_POWER_USE_AC);
}

/* What a control does whose value is refused: nothing has changed. */
static void
test_refused_update (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  manager = open_with_task ("{}", &task);
  house_tell ("Fail", "('Update', 'InvalidState', @u 0, @u 1)");
  keel_task_set_network_async (task, KEEL_NETWORK_USE_UNMETERED, NULL, house_answer_cb, &answer);
  g_assert_false (keel_task_update_finish (task, house_wait (&answer), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_STATE);
  g_assert_cmpint (keel_task_get_network (task), !=, KEEL_NETWORK_USE_UNMETERED);
}

static KeelTaskDetails *
ask_for_details (KeelTask *task,
                 gboolean  with_history)
{
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;
  KeelTaskDetails *details;

  keel_task_get_details_async (task, with_history, NULL, house_answer_cb, &answer);
  details = keel_task_get_details_finish (task, house_wait (&answer), &error);
  g_assert_no_error (error);
  return details;
}

static void
test_details (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (KeelTaskDetails) details = NULL;
  g_autoptr (KeelTaskDetails) brief = NULL;
  g_autofree char *ranges = NULL;
  g_autofree char *history = NULL;
  KeelTask *task;

  manager = open_with_task (
    "{'details-ranges': <[(@t 0, @t 5, 'durable')]>, 'details-total': <uint64 9>,"
    " 'details-history': <[(@x 7, 'added', @a{sv} {})]>, 'details-resumes': <uint32 3>,"
    " 'details-resumed-bytes': <uint64 4>, 'details-running-time': <int64 8>,"
    " 'details-server': <'nginx'>, 'details-http-version': <'1.1'>, 'details-etag': <'\"e\"'>,"
    " 'details-last-modified': <int64 1000000>, 'details-of-tomorrow': <1>}",
    &task);
  details = ask_for_details (task, TRUE);
  ranges = g_variant_print (keel_task_details_get_ranges (details), FALSE);
  history = g_variant_print (keel_task_details_get_history (details), FALSE);
  g_assert_cmpstr (ranges, ==, "[(0, 5, 'durable')]");
  g_assert_cmpstr (history, ==, "[(7, 'added', {})]");
  g_assert_cmpint (keel_task_details_get_total (details), ==, 9);
  g_assert_cmpuint (keel_task_details_get_resumes (details), ==, 3);
  g_assert_cmpuint (keel_task_details_get_resumed_bytes (details), ==, 4);
  g_assert_cmpint (keel_task_details_get_running_time (details), ==, 8);
  g_assert_cmpstr (keel_task_details_get_server (details), ==, "nginx");
  g_assert_cmpstr (keel_task_details_get_http_version (details), ==, "1.1");
  g_assert_cmpstr (keel_task_details_get_etag (details), ==, "\"e\"");
  g_assert_cmpint (g_date_time_to_unix (keel_task_details_get_last_modified (details)), ==, 1);

  brief = ask_for_details (task, FALSE);
  g_assert_null (keel_task_details_get_history (brief));
  g_assert_cmpint (keel_task_details_get_total (brief), ==, 9);
}

/* Nothing is known, or it is of another type than expected. */
static void
test_details_of_little (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (KeelTaskDetails) details = NULL;
  KeelTask *task;

  manager = open_with_task ("{'details-ranges': <'?'>, 'details-resumes': <'many'>,"
                            " 'details-history': <1>, 'details-last-modified': <''>}",
                            &task);
  details = ask_for_details (task, TRUE);
  g_assert_cmpuint (g_variant_n_children (keel_task_details_get_ranges (details)), ==, 0);
  g_assert_cmpint (keel_task_details_get_total (details), ==, -1);
  g_assert_cmpuint (keel_task_details_get_resumes (details), ==, 0);
  g_assert_null (keel_task_details_get_history (details));
  g_assert_null (keel_task_details_get_server (details));
  g_assert_null (keel_task_details_get_last_modified (details));
}

static void
test_details_that_do_not_come (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) refused = NULL;
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (GAsyncResult) gone = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  manager = open_with_task ("{}", &task);
  house_tell ("Fail", "('GetDetails', 'State', @u 0, @u 1)");
  keel_task_get_details_async (task, TRUE, NULL, house_answer_cb, &refused);
  g_assert_null (keel_task_get_details_finish (task, house_wait (&refused), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_STATE);
  g_clear_error (&error);

  keel_task_get_details_async (task, TRUE, cancellable, house_answer_cb, &cancelled);
  g_cancellable_cancel (cancellable);
  g_assert_null (keel_task_get_details_finish (task, house_wait (&cancelled), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  g_object_ref (task);
  house_tell ("Forget", "(@at [%u],)", (guint) keel_task_get_id (task));
  keel_task_get_details_async (task, TRUE, NULL, house_answer_cb, &gone);
  g_assert_null (keel_task_get_details_finish (task, house_wait (&gone), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK);
  g_object_unref (task);
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
  g_test_add_func ("/task/rank", test_rank);
  g_test_add_func ("/task/directory", test_directory);
  g_test_add_func ("/task/start-now", test_start_now);
  g_test_add_func ("/task/update-conditions", test_update_conditions);
  g_test_add_func ("/task/refused-update", test_refused_update);
  g_test_add_func ("/task/details/all", test_details);
  g_test_add_func ("/task/details/little", test_details_of_little);
  g_test_add_func ("/task/details/none", test_details_that_do_not_come);
  g_test_add_data_func ("/task/wait/finished", "finished", test_wait);
  g_test_add_data_func ("/task/wait/failed", "failed", test_wait);
  g_test_add_data_func ("/task/wait/cancelled", "cancelled", test_wait);
  g_test_add_data_func ("/task/wait/removed", "removed", test_wait);
  g_test_add_func ("/task/wait/over-a-crash", test_wait_over_a_crash);
  g_test_add_func ("/task/wait/given-up", test_wait_cancelled);
  g_test_add_func ("/task/kept-longer-than-the-list", test_kept_longer_than_the_list);
  return g_test_run ();
}
