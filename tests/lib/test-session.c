/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "house.h"

/* Sessions: opening, adding, what is there after errors and cancelling, and that nothing is added
 * twice when the service dies at the worst moment. */

static GPtrArray *
create_downloads (guint count)
{
  GPtrArray *downloads = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < count; i++)
    {
      g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:9/%u", i);

      g_ptr_array_add (downloads, keel_download_new (uri));
    }
  return downloads;
}

static GPtrArray *
add_batch (KeelSession  *session,
           GPtrArray    *downloads,
           GError      **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_session_add_batch_async (session, (KeelDownload **) downloads->pdata, downloads->len, NULL,
                                house_answer_cb, &answer);
  return keel_session_add_batch_finish (session, house_wait (&answer), error);
}

static guint
count (gpointer model)
{
  return g_list_model_get_n_items (G_LIST_MODEL (model));
}

static void
test_open (void)
{
  g_autoptr (KeelSession) session = NULL;

  house_reset ();
  session = house_open_session ("org.example.first");
  g_assert_cmpstr (keel_session_get_identifier (session), ==, "org.example.first");
  g_assert_cmpstr (keel_session_get_app (session), ==, "host");
  g_assert_cmpuint (count (session), ==, 0);
  g_assert_null (keel_session_get_task (session, 1));
}

static void
test_open_bad_identifier (void)
{
  const char *const bad[] = { "", "\xff", NULL };
  g_autofree char *long_one = g_strnfill (256, 'x');

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GAsyncResult) answer = NULL;
      g_autoptr (GError) error = NULL;

      keel_session_open_async (bad[i] != NULL ? bad[i] : long_one, NULL, NULL, house_answer_cb,
                               &answer);
      g_assert_null (keel_session_open_finish (house_wait (&answer), &error));
      g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT);
    }
}

static void
test_app_id (void)
{
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (KeelTask) task = NULL;
  g_autoptr (GError) error = NULL;
  GVariantDict config;

  house_reset ();
  g_variant_dict_init (&config, NULL);
  g_variant_dict_insert (&config, "app-id", "s", "org.example.App");
  keel_session_open_async ("default", g_variant_dict_end (&config), NULL, house_answer_cb, &answer);
  session = keel_session_open_finish (house_wait (&answer), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (keel_session_get_app (session), ==, "org.example.App");
  task = house_add (session, "http://127.0.0.1:9/x");
  g_assert_cmpstr (keel_task_get_app (task), ==, "org.example.App");
}

static void
test_add_batch (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GPtrArray) downloads = create_downloads (3);
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  session = house_open_session ("default");
  tasks = add_batch (session, downloads, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (tasks->len, ==, 3);
  g_assert_cmpuint (count (session), ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      KeelTask *task = g_ptr_array_index (tasks, i);
      g_autoptr (KeelTask) item = g_list_model_get_item (G_LIST_MODEL (session), i);

      g_assert_true (item == task);
      g_assert_true (keel_session_get_task (session, keel_task_get_id (task)) == task);
      g_assert_cmpstr (keel_task_get_uri (task), ==,
                       keel_download_get_uri (g_ptr_array_index (downloads, i)));
      g_assert_cmpint (keel_task_get_state (task), ==, KEEL_TASK_STATE_QUEUED);
    }
}

static void
test_add_everything (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (KeelDownload) download = keel_download_new ("https://example.org/x");
  g_autoptr (GFile) directory = g_file_new_for_path (g_get_tmp_dir ());
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (1700000000);
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (KeelTask) task = NULL;
  g_autoptr (GVariant) sent = NULL;
  g_autoptr (GError) error = NULL;
  const char *const keys[] = { "'name': <'n'>",
                               "'title': <'t'>",
                               "'checksum': <'md5:00'>",
                               "'user-data': <'u'>",
                               "'priority': <'high'>",
                               "'max-rate': <uint64 5>",
                               "'max-connections': <uint32 6>",
                               "'mirrors': <['http://m/1', 'http://m/2']>",
                               "'not-before': <int64 1700000000000000>",
                               "'start': <false>",
                               "'headers': <[('A', 'b'), ('C', 'd')]>",
                               "'group': <'g'>",
                               "'network': <'unmetered'>",
                               "'power': <'any'>",
                               "'timeout': <int64 60>",
                               "'conflict': <'replace'>",
                               "'size-hint': <uint64 9>" };
  const char *const mirrors[] = { "http://m/1", "http://m/2", NULL };
  const char *text;

  house_reset ();
  session = house_open_session ("default");
  g_object_set (download, "directory", directory, "name", "n", "title", "t", "checksum", "md5:00",
                "user-data", "u", "priority", KEEL_PRIORITY_HIGH, "max-rate", (guint64) 5,
                "max-connections", 6, "mirrors", mirrors, "not-before", time, "start", FALSE,
                "group", "g", "network", KEEL_NETWORK_USE_UNMETERED, "power", KEEL_POWER_USE_ANY,
                "timeout", (gint64) 60, "conflict", KEEL_CONFLICT_REPLACE, "size-hint", (guint64) 9,
                NULL);
  keel_download_add_header (download, "A", "b");
  keel_download_add_header (download, "C", "d");
  keel_session_add_download_async (session, download, NULL, house_answer_cb, &answer);
  task = keel_session_add_download_finish (session, house_wait (&answer), &error);
  g_assert_no_error (error);
  g_assert_cmpint (keel_task_get_state (task), ==, KEEL_TASK_STATE_PAUSED);
  g_assert_cmpint (keel_task_get_pause_reason (task), ==, KEEL_PAUSE_REASON_USER);
  g_assert_cmpuint (keel_task_get_max_connections (task), ==, 6);
  g_assert_cmpstrv (keel_task_get_mirrors (task), mirrors);

  sent = house_ask ("LastCall", "('AddTasks',)");
  g_variant_get (sent, "(&s)", &text);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_nonnull (strstr (text, keys[i]));
}

static void
test_add_refused (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GPtrArray) downloads = create_downloads (2);
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  session = house_open_session ("default");
  g_ptr_array_add (downloads, keel_download_new ("gopher://example.org/"));
  tasks = add_batch (session, downloads, &error);
  g_assert_null (tasks);
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_BAD_URI);
  g_assert_null (strstr (error->message, "GDBus"));
  g_assert_cmpuint (count (session), ==, 0);
}

static void
test_add_unspeakable (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GPtrArray) downloads = create_downloads (1);
  g_autoptr (GError) error = NULL;

  house_reset ();
  session = house_open_session ("default");
  keel_download_set_name (g_ptr_array_index (downloads, 0), "\xff\xfe");
  g_assert_null (add_batch (session, downloads, &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT);
}

/* The service commits the tasks and dies before it answers. */
static void
test_add_while_the_service_dies (gconstpointer when)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GPtrArray) downloads = create_downloads (3);
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  session = house_open_session ("default");
  house_tell ("CrashIn", "('AddTasks', '%s')", (const char *) when);
  tasks = add_batch (session, downloads, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (tasks->len, ==, 3);
  house_until (count (session) == 3);
  house_run_for (300);
  g_assert_cmpuint (count (session), ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_true (
      keel_session_get_task (session, keel_task_get_id (g_ptr_array_index (tasks, i))) ==
      g_ptr_array_index (tasks, i));
}

/* The tasks are there, so adding succeeds, also when they cannot be read. */
static void
test_add_but_not_read (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (KeelTask) task = NULL;

  house_reset ();
  session = house_open_session ("default");
  house_tell ("Lose", "(uint32 2,)");
  house_tell ("Fail", "('GetTasks', 'Busy', uint32 0, uint32 1)");
  task = house_add (session, "http://127.0.0.1:9/bare");
  g_assert_cmpstr (keel_task_get_uri (task), ==, "http://127.0.0.1:9/bare");
  g_assert_cmpint (keel_task_get_state (task), ==, KEEL_TASK_STATE_QUEUED);
  g_assert_true (keel_session_get_task (session, keel_task_get_id (task)) == task);
}

static void
test_cancel_open (gconstpointer moment)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  if (g_str_equal (moment, "before"))
    g_cancellable_cancel (cancellable);
  keel_session_open_async ("default", NULL, cancellable, house_answer_cb, &answer);
  if (g_str_equal (moment, "at-once"))
    g_cancellable_cancel (cancellable);
  while (g_str_equal (moment, "later") && house_count_calls ("OpenSession") == 0)
    g_main_context_iteration (NULL, FALSE);
  g_cancellable_cancel (cancellable);
  g_assert_null (keel_session_open_finish (house_wait (&answer), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Cancelled on the way, a batch is either there or not, and the list says which. */
static void
test_cancel_add (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GPtrArray) downloads = create_downloads (2);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  session = house_open_session ("default");
  keel_session_add_batch_async (session, (KeelDownload **) downloads->pdata, 2, cancellable,
                                house_answer_cb, &answer);
  while (house_count_calls ("AddTasks") == 0)
    g_main_context_iteration (NULL, FALSE);
  g_cancellable_cancel (cancellable);
  g_assert_null (keel_session_add_batch_finish (session, house_wait (&answer), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  house_until (count (session) == 2);
}

/* The caller drops everything while a call is under way. */
static void
test_drop_while_adding (void)
{
  KeelSession *session;
  g_autoptr (GPtrArray) downloads = create_downloads (1);
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GObject) kept = NULL;
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  session = house_open_session ("default");
  keel_session_add_batch_async (session, (KeelDownload **) downloads->pdata, 1, NULL,
                                house_answer_cb, &answer);
  g_object_unref (session);
  kept = g_async_result_get_source_object (house_wait (&answer));
  tasks = keel_session_add_batch_finish (KEEL_SESSION (kept), answer, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (tasks->len, ==, 1);
}

static void
test_without_following (void)
{
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GAsyncResult) wait_answer = NULL;
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (KeelTask) task = NULL;
  g_autoptr (GError) error = NULL;
  GVariantDict config;

  house_reset ();
  house_fill (5, "{}");
  g_variant_dict_init (&config, NULL);
  g_variant_dict_insert (&config, "follow", "b", FALSE);
  keel_session_open_async ("default", g_variant_dict_end (&config), NULL, house_answer_cb, &answer);
  session = keel_session_open_finish (house_wait (&answer), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count (session), ==, 0);
  task = house_add (session, "http://127.0.0.1:9/x");
  g_assert_cmpuint (count (session), ==, 1);
  g_assert_cmpuint (house_count_calls ("Watch"), ==, 0);

  keel_task_wait_async (task, NULL, house_answer_cb, &wait_answer);
  g_assert_false (keel_task_wait_finish (task, house_wait (&wait_answer), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_STATE);
}

static void
note_task_cb (KeelSession *session,
              KeelTask    *task,
              gpointer     user_data)
{
  g_ptr_array_add (user_data, task);
}

static void
test_signals (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GPtrArray) finished = g_ptr_array_new ();
  g_autoptr (GPtrArray) failed = g_ptr_array_new ();
  g_autoptr (KeelTask) first = NULL;
  g_autoptr (KeelTask) second = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;
  guint64 ready_made;

  house_reset ();
  house_fill (1, "{'state': <'finished'>}");
  keel_session_open_async ("default", g_variant_new_parsed ("{'events': <false>}"), NULL,
                           house_answer_cb, &answer);
  session = keel_session_open_finish (house_wait (&answer), &error);
  g_assert_no_error (error);
  g_signal_connect (session, "task-finished", G_CALLBACK (note_task_cb), finished);
  g_signal_connect (session, "task-failed", G_CALLBACK (note_task_cb), failed);
  first = house_add (session, "http://127.0.0.1:9/1");
  second = house_add (session, "http://127.0.0.1:9/2");
  house_tell ("Change", "(@at [%u], {'state': <'finished'>})", (guint) keel_task_get_id (first));
  house_tell ("Change",
              "(@at [%u], {'state': <'failed'>, 'error-code': <'dns'>,"
              " 'error-message': <'m'>})",
              (guint) keel_task_get_id (second));
  ready_made = house_fill (1, "{'state': <'finished'>}");
  house_until (finished->len == 2 && failed->len == 1);
  g_assert_true (g_ptr_array_index (finished, 0) == first);
  g_assert_true (g_ptr_array_index (finished, 1) == keel_session_get_task (session, ready_made));
  g_assert_true (g_ptr_array_index (failed, 0) == second);
}

static void
test_close (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (KeelTask) task = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  session = house_open_session ("default");
  task = house_add (session, "http://127.0.0.1:9/x");
  keel_task_wait_async (task, NULL, house_answer_cb, &answer);
  keel_session_close (session);
  g_assert_false (keel_task_wait_finish (task, house_wait (&answer), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_STATE);

  house_tell ("Change", "(@at [%u], {'state': <'finished'>})", (guint) keel_task_get_id (task));
  house_run_for (200);
  g_assert_cmpint (keel_task_get_state (task), ==, KEEL_TASK_STATE_QUEUED);
}

static gboolean
configure (KeelSession  *session,
           const char   *config,
           GError      **error)
{
  g_autoptr (GAsyncResult) answer = NULL;

  keel_session_configure_async (session, g_variant_new_parsed (config), NULL, house_answer_cb,
                                &answer);
  return keel_session_configure_finish (session, house_wait (&answer), error);
}

static void
test_configure (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GVariant) sent = NULL;
  g_autoptr (GError) error = NULL;
  const char *text;

  house_reset ();
  session = house_open_session ("default");
  g_assert_true (configure (session, "{'max-rate': <uint64 5>}", &error));
  g_assert_no_error (error);
  g_assert_false (configure (session, "{'max-parallel': <uint32 5000>}", &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (configure (session, "{'events': <false>}", &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT);

  /* The next service is told what holds, and not what was refused. */
  house_tell ("Leave", NULL);
  house_until (!house_is_running ());
  g_object_unref (house_add (session, "http://127.0.0.1:9/x"));
  sent = house_ask ("LastCall", "('OpenSession',)");
  g_variant_get (sent, "(&s)", &text);
  g_assert_nonnull (strstr (text, "'max-rate': <uint64 5>"));
  g_assert_nonnull (strstr (text, "'events': <true>"));
  g_assert_null (strstr (text, "max-parallel"));
}

static void
count_cb (KeelSession *session,
          gpointer     user_data)
{
  (*(guint *) user_data)++;
}

static void
test_end (gconstpointer how)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (KeelTask) task = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;
  guint n_invalidated = 0;

  house_reset ();
  session = house_open_session ("default");
  g_signal_connect (session, "invalidated", G_CALLBACK (count_cb), &n_invalidated);
  task = house_add (session, "http://127.0.0.1:9/x");
  keel_session_close_async (session, (KeelSessionEnd) GPOINTER_TO_INT (how), NULL, house_answer_cb,
                            &answer);
  g_assert_true (keel_session_close_finish (session, house_wait (&answer), &error));
  g_assert_no_error (error);
  if (GPOINTER_TO_INT (how) == KEEL_SESSION_END_FINISH)
    {
      house_run_for (100);
      g_assert_cmpuint (n_invalidated, ==, 0);
      house_tell ("Change", "(@at [%u], {'state': <'finished'>})", (guint) keel_task_get_id (task));
    }
  if (GPOINTER_TO_INT (how) == KEEL_SESSION_END_DETACH)
    house_run_for (100);
  else
    house_until (n_invalidated == 1);
  g_assert_cmpuint (n_invalidated, ==, GPOINTER_TO_INT (how) == KEEL_SESSION_END_DETACH ? 0 : 1);
}

/* Twice at once, and again later: one object. One that is not followed is another. */
static void
test_open_twice (void)
{
  g_autoptr (GAsyncResult) first_answer = NULL;
  g_autoptr (GAsyncResult) second_answer = NULL;
  g_autoptr (KeelSession) first = NULL;
  g_autoptr (KeelSession) second = NULL;
  g_autoptr (KeelSession) third = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  keel_session_open_async ("twice", NULL, NULL, house_answer_cb, &first_answer);
  keel_session_open_async ("twice", g_variant_new_parsed ("{'max-rate': <uint64 7>}"), NULL,
                           house_answer_cb, &second_answer);
  first = keel_session_open_finish (house_wait (&first_answer), &error);
  g_assert_no_error (error);
  second = keel_session_open_finish (house_wait (&second_answer), &error);
  g_assert_no_error (error);
  third = house_open_session ("twice");
  g_assert_true (first == second && second == third);
  g_assert_cmpuint (house_count_calls ("OpenSession"), ==, 1);
  g_assert_cmpuint (house_count_calls ("Configure"), ==, 1);

  keel_session_close (first);
  g_clear_object (&third);
  third = house_open_session ("twice");
  g_assert_true (third != first);
}

/* Who waited for an opening that was given up opens by himself. */
static void
test_open_twice_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) first_answer = NULL;
  g_autoptr (GAsyncResult) second_answer = NULL;
  g_autoptr (KeelSession) second = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  keel_session_open_async ("twice", NULL, cancellable, house_answer_cb, &first_answer);
  keel_session_open_async ("twice", NULL, NULL, house_answer_cb, &second_answer);
  g_cancellable_cancel (cancellable);
  g_assert_null (keel_session_open_finish (house_wait (&first_answer), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  second = keel_session_open_finish (house_wait (&second_answer), &error);
  g_assert_no_error (error);
}

static KeelTask *
add_to_group (KeelSession *session,
              const char  *group)
{
  g_autoptr (KeelDownload) download = keel_download_new ("http://127.0.0.1:9/x");
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;
  KeelTask *task;

  keel_download_set_group (download, group);
  keel_session_add_download_async (session, download, NULL, house_answer_cb, &answer);
  task = keel_session_add_download_finish (session, house_wait (&answer), &error);
  g_assert_no_error (error);
  return task;
}

static void
notified_cb (KeelTaskGroup *group,
             GParamSpec    *pspec,
             gpointer       user_data)
{
  (*(guint *) user_data)++;
}

static void
test_group (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (KeelTask) first = NULL;
  g_autoptr (KeelTask) second = NULL;
  g_autoptr (KeelTask) other = NULL;
  KeelTaskGroup *group;
  guint n_notified = 0;

  house_reset ();
  session = house_open_session ("default");
  first = add_to_group (session, "album");
  group = keel_session_get_group (session, "album");
  g_assert_true (keel_session_get_group (session, "album") == group);
  g_signal_connect (group, "notify::fraction", G_CALLBACK (notified_cb), &n_notified);
  second = add_to_group (session, "album");
  other = add_to_group (session, NULL);
  g_assert_cmpstr (keel_task_get_group (second), ==, "album");
  g_assert_cmpuint (keel_task_group_get_n_tasks (group), ==, 2);
  g_assert_cmpint (keel_task_group_get_total (group), ==, -1);

  house_tell ("Change", "(@at [%u, %u], {'state': <'running'>, 'total': <uint64 100>})",
              (guint) keel_task_get_id (first), (guint) keel_task_get_id (second));
  house_tell ("Tick", "([(uint64 %u, uint64 50, uint64 0, uint64 0)],)",
              (guint) keel_task_get_id (first));
  house_until (keel_task_group_get_received (group) == 50);
  g_assert_cmpint (keel_task_group_get_total (group), ==, 200);
  g_assert_cmpfloat (keel_task_group_get_fraction (group), ==, 0.25);
  g_assert_cmpuint (n_notified, >, 0);
  house_tell ("Change", "(@at [%u], {'state': <'cancelled'>})", (guint) keel_task_get_id (second));
  house_until (keel_task_group_get_n_ended (group) == 1);
  g_assert_cmpint (keel_task_group_get_total (group), ==, 100);
  g_assert_cmpstr (keel_task_group_get_name (group), ==, "album");
  house_tell ("Forget", "(@at [%u],)", (guint) keel_task_get_id (second));
  house_until (keel_task_group_get_n_tasks (group) == 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/open", test_open);
  g_test_add_func ("/session/open-bad-identifier", test_open_bad_identifier);
  g_test_add_func ("/session/app-id", test_app_id);
  g_test_add_func ("/session/add-batch", test_add_batch);
  g_test_add_func ("/session/add-everything", test_add_everything);
  g_test_add_func ("/session/add-refused", test_add_refused);
  g_test_add_func ("/session/add-unspeakable", test_add_unspeakable);
  g_test_add_data_func ("/session/add-service-dies/before", "before",
                        test_add_while_the_service_dies);
  g_test_add_data_func ("/session/add-service-dies/after", "after",
                        test_add_while_the_service_dies);
  g_test_add_func ("/session/add-but-not-read", test_add_but_not_read);
  g_test_add_data_func ("/session/cancel-open/before", "before", test_cancel_open);
  g_test_add_data_func ("/session/cancel-open/at-once", "at-once", test_cancel_open);
  g_test_add_data_func ("/session/cancel-open/later", "later", test_cancel_open);
  g_test_add_func ("/session/cancel-add", test_cancel_add);
  g_test_add_func ("/session/drop-while-adding", test_drop_while_adding);
  g_test_add_func ("/session/without-following", test_without_following);
  g_test_add_func ("/session/signals", test_signals);
  g_test_add_func ("/session/close", test_close);
  g_test_add_func ("/session/configure", test_configure);
  g_test_add_data_func ("/session/end/detach", GINT_TO_POINTER (KEEL_SESSION_END_DETACH), test_end);
  g_test_add_data_func ("/session/end/finish", GINT_TO_POINTER (KEEL_SESSION_END_FINISH), test_end);
  g_test_add_data_func ("/session/end/cancel", GINT_TO_POINTER (KEEL_SESSION_END_CANCEL), test_end);
  g_test_add_func ("/session/open-twice", test_open_twice);
  g_test_add_func ("/session/open-twice-cancelled", test_open_twice_cancelled);
  g_test_add_func ("/session/group", test_group);
  return g_test_run ();
}
