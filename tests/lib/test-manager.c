/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "house.h"

/* The manager's calls: several tasks at once, status, limits, attention, quitting, and a service
 * that is not there. */

static void
test_control (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GVariant) refused = NULL;
  g_autoptr (GError) error = NULL;
  const char *state;
  guint64 ids[2];
  guint64 id;

  house_reset ();
  ids[0] = house_fill (1, "{}");
  ids[1] = house_fill (1, "{'state': <'finished'>}");
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  keel_manager_control_async (manager, KEEL_VERB_PAUSE, ids, 2, NULL, house_answer_cb, &answer);
  refused = keel_manager_control_finish (manager, house_wait (&answer), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (refused), ==, 1);
  g_variant_get_child (refused, 0, "(t&s)", &id, &state);
  g_assert_cmpuint (id, ==, ids[1]);
  g_assert_cmpstr (state, ==, "finished");
  house_until (keel_task_get_state (keel_manager_get_task (manager, ids[0])) ==
               KEEL_TASK_STATE_PAUSED);
}

static void
test_control_all (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GVariant) refused = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  house_fill (3, "{}");
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  keel_manager_control_all_async (manager, KEEL_VERB_REMOVE, NULL, house_answer_cb, &answer);
  refused = keel_manager_control_finish (manager, house_wait (&answer), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (refused), ==, 0);
  house_until (g_list_model_get_n_items (G_LIST_MODEL (manager)) == 0);
}

static void
test_control_unknown (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;
  guint64 ids[2];

  house_reset ();
  ids[0] = house_fill (1, "{}");
  ids[1] = 999999;
  manager = house_open_manager (KEEL_MANAGER_NO_TASKS);
  keel_manager_control_async (manager, KEEL_VERB_PAUSE, ids, 2, NULL, house_answer_cb, &answer);
  g_assert_null (keel_manager_control_finish (manager, house_wait (&answer), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK);
}

/* The service removes some and dies: asked again, it does not know these any more. */
static void
test_removing_some_before_the_answer_is_lost (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GVariant) refused = NULL;
  g_autoptr (GError) error = NULL;
  guint64 ids[4];

  house_reset ();
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = house_fill (1, "{}");
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  house_tell ("CrashIn", "('Control', 'halfway')");
  keel_manager_control_async (manager, KEEL_VERB_REMOVE, ids, G_N_ELEMENTS (ids), NULL,
                              house_answer_cb, &answer);
  refused = keel_manager_control_finish (manager, house_wait (&answer), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (refused), ==, 0);
  house_until (g_list_model_get_n_items (G_LIST_MODEL (manager)) == 0);
}

static void
test_fetch (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GAsyncResult) unknown_answer = NULL;
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error = NULL;
  guint64 ids[2];

  house_reset ();
  ids[1] = house_fill (2, "{}");
  ids[0] = ids[1] + 1;
  manager = house_open_manager (KEEL_MANAGER_NO_TASKS);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (manager)), ==, 0);
  keel_manager_fetch_tasks_async (manager, ids, 2, NULL, house_answer_cb, &answer);
  tasks = keel_manager_fetch_tasks_finish (manager, house_wait (&answer), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (keel_task_get_id (g_ptr_array_index (tasks, 0)), ==, ids[0]);
  g_assert_cmpuint (keel_task_get_id (g_ptr_array_index (tasks, 1)), ==, ids[1]);

  ids[0] = 999999;
  keel_manager_fetch_tasks_async (manager, ids, 2, NULL, house_answer_cb, &unknown_answer);
  g_assert_null (keel_manager_fetch_tasks_finish (manager, house_wait (&unknown_answer), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK);
}

/* Only what it takes to show how it goes is asked for, at first and afterwards. */
static void
test_brief (void)
{
  g_autoptr (KeelManager) manager = NULL;
  KeelTask *task;
  guint64 id;

  house_reset ();
  id = house_fill (1, "{'name': <'a.bin'>, 'title': <'A'>}");
  manager = house_open_manager (KEEL_MANAGER_LIVE | KEEL_MANAGER_BRIEF);
  task = keel_manager_get_task (manager, id);
  g_assert_cmpstr (keel_task_get_name (task), ==, "a.bin");
  g_assert_null (keel_task_get_uri (task));
  house_tell ("Change", "(@at [%u], {'state': <'running'>, 'total': <uint64 100>})", (guint) id);
  house_until (keel_task_get_state (task) == KEEL_TASK_STATE_RUNNING);
  g_assert_cmpint (keel_task_get_total (task), ==, 100);
  g_assert_cmpstr (keel_task_get_title (task), ==, "A");
  g_assert_null (keel_task_get_uri (task));
}

static void
limits_changed_cb (KeelManager *manager,
                   GVariant    *limits,
                   guint64     *out_rate)
{
  g_variant_lookup (limits, "max-rate", "t", out_rate);
}

/* Who has set them does not matter. */
static void
test_limits_changed (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (KeelManager) other = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;
  GVariantDict limits;
  guint64 seen = 0;
  guint64 seen_by_setter = 0;

  house_reset ();
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  other = house_open_manager (KEEL_MANAGER_NO_TASKS);
  g_signal_connect (manager, "limits-changed", G_CALLBACK (limits_changed_cb), &seen);
  g_variant_dict_init (&limits, NULL);
  g_variant_dict_insert (&limits, "max-rate", "t", (guint64) 54321);
  keel_manager_set_limits_async (other, g_variant_dict_end (&limits), NULL, house_answer_cb,
                                 &answer);
  g_assert_true (keel_manager_set_limits_finish (other, house_wait (&answer), &error));
  g_assert_no_error (error);
  house_until (seen == 54321);

  g_clear_object (&answer);
  g_signal_connect (manager, "limits-changed", G_CALLBACK (limits_changed_cb), &seen_by_setter);
  g_variant_dict_init (&limits, NULL);
  g_variant_dict_insert (&limits, "max-rate", "t", (guint64) 7);
  keel_manager_set_limits_async (manager, g_variant_dict_end (&limits), NULL, house_answer_cb,
                                 &answer);
  g_assert_true (keel_manager_set_limits_finish (manager, house_wait (&answer), &error));
  house_until (seen_by_setter == 7 && seen == 7);
}

static void
test_status_and_limits (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) limits_answer = NULL;
  g_autoptr (GAsyncResult) status_answer = NULL;
  g_autoptr (GVariant) status = NULL;
  g_autoptr (GError) error = NULL;
  GVariantDict limits;
  guint64 max_rate;

  house_reset ();
  manager = house_open_manager (KEEL_MANAGER_NO_TASKS);
  g_variant_dict_init (&limits, NULL);
  g_variant_dict_insert (&limits, "max-rate", "t", (guint64) 12345);
  keel_manager_set_limits_async (manager, g_variant_dict_end (&limits), NULL, house_answer_cb,
                                 &limits_answer);
  g_assert_true (keel_manager_set_limits_finish (manager, house_wait (&limits_answer), &error));
  keel_manager_get_status_async (manager, NULL, house_answer_cb, &status_answer);
  status = keel_manager_get_status_finish (manager, house_wait (&status_answer), &error);
  g_assert_no_error (error);
  g_assert_true (g_variant_lookup (status, "max-rate", "t", &max_rate));
  g_assert_cmpuint (max_rate, ==, 12345);
}

static void
test_when_done (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) set = NULL;
  g_autoptr (GAsyncResult) got = NULL;
  g_autoptr (GAsyncResult) refused = NULL;
  g_autoptr (GVariant) choices = NULL;
  g_autoptr (GError) error = NULL;
  const char *action;
  const char *power_off;

  house_reset ();
  manager = house_open_manager (KEEL_MANAGER_NO_TASKS);
  keel_manager_set_when_done_async (manager, "suspend", NULL, house_answer_cb, &set);
  g_assert_true (keel_manager_set_when_done_finish (manager, house_wait (&set), &error));
  g_assert_no_error (error);

  keel_manager_get_when_done_async (manager, NULL, house_answer_cb, &got);
  choices = keel_manager_get_when_done_finish (manager, house_wait (&got), &error);
  g_assert_no_error (error);
  g_assert_true (g_variant_lookup (choices, "action", "&s", &action));
  g_assert_cmpstr (action, ==, "suspend");
  g_assert_true (g_variant_lookup (choices, "power-off", "&s", &power_off));
  g_assert_cmpstr (power_off, ==, "not-allowed");

  house_tell ("Fail", "('SetWhenDone', 'Unsupported', uint32 0, uint32 1)");
  keel_manager_set_when_done_async (manager, "power-off", NULL, house_answer_cb, &refused);
  g_assert_false (keel_manager_set_when_done_finish (manager, house_wait (&refused), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_UNSUPPORTED);
}

/* A service that is started anew is told again that the user is looking. */
static void
test_attention (void)
{
  g_autoptr (KeelManager) manager = NULL;
  guint64 seen[] = { 4, 5 };

  house_reset ();
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  keel_manager_set_attention (manager, TRUE, seen, 2);
  house_until (house_count_calls ("SetAttention") == 1);
  house_tell ("Leave", NULL);
  house_until (!keel_manager_get_connected (manager));
  house_until (keel_manager_get_connected (manager));
  house_until (house_count_calls ("SetAttention") == 1);

  keel_manager_set_attention (manager, FALSE, NULL, 0);
  house_until (house_count_calls ("SetAttention") == 2);
}

/* Neither opening without tasks, nor quitting, nor attention starts a service. */
static void
test_quit_what_is_not_running (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;

  house_tell ("Leave", NULL);
  house_until (!house_is_running ());
  manager = house_open_manager (KEEL_MANAGER_NO_TASKS);
  keel_manager_set_attention (manager, TRUE, NULL, 0);
  keel_manager_quit_async (manager, NULL, house_answer_cb, &answer);
  g_assert_true (keel_manager_quit_finish (manager, house_wait (&answer), &error));
  g_assert_no_error (error);
  house_run_for (200);
  g_assert_false (house_is_running ());
}

static void
test_quit_refused (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  house_tell ("Fail", "('Quit', 'State', uint32 0, uint32 1)");
  keel_manager_quit_async (manager, NULL, house_answer_cb, &answer);
  g_assert_false (keel_manager_quit_finish (manager, house_wait (&answer), &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_STATE);

  /* Its going is an accident again. */
  house_tell ("Leave", NULL);
  house_until (!keel_manager_get_connected (manager));
  house_until (keel_manager_get_connected (manager));
}

/* Errors of the bus, and names of errors that this library has never heard of. */
static void
test_errors (void)
{
  const struct {
    const char *name;
    int code;
  } errors[] = {
    { "NotAllowed", KEEL_ERROR_NOT_ALLOWED },
    { "LimitsExceeded", KEEL_ERROR_LIMITS_EXCEEDED },
    { "Busy", KEEL_ERROR_BUSY },
    { "State", KEEL_ERROR_STATE },
    { "Novel", KEEL_ERROR_UNSUPPORTED },
    { "org.freedesktop.DBus.Error.UnknownMethod", KEEL_ERROR_UNSUPPORTED },
    { "org.freedesktop.DBus.Error.InvalidArgs", KEEL_ERROR_UNSUPPORTED },
    { "org.freedesktop.DBus.Error.Spawn.ChildExited", KEEL_ERROR_UNREACHABLE },
    { "org.example.Strange", KEEL_ERROR_UNREACHABLE },
  };
  g_autoptr (KeelManager) manager = NULL;

  house_reset ();
  manager = house_open_manager (KEEL_MANAGER_NO_TASKS);
  for (guint i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      g_autoptr (GAsyncResult) answer = NULL;
      g_autoptr (GError) error = NULL;

      /* Twice: what is not allowed is tried again with a token. */
      house_tell ("Fail", "('GetStatus', '%s', uint32 0, uint32 2)", errors[i].name);
      keel_manager_get_status_async (manager, NULL, house_answer_cb, &answer);
      g_assert_null (keel_manager_get_status_finish (manager, house_wait (&answer), &error));
      g_assert_error (error, KEEL_ERROR, errors[i].code);
      g_assert_null (strstr (error->message, "GDBus.Error"));
    }
}

static void
test_drop_while_opening (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  house_fill (1200, "{}");
  keel_manager_open_async (KEEL_MANAGER_LIVE, cancellable, house_answer_cb, &answer);
  while (house_count_calls ("GetTasks") == 0)
    g_main_context_iteration (NULL, FALSE);
  g_cancellable_cancel (cancellable);
  g_assert_null (keel_manager_open_finish (house_wait (&answer), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  house_run_for (100);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/control", test_control);
  g_test_add_func ("/manager/control-all", test_control_all);
  g_test_add_func ("/manager/control-unknown", test_control_unknown);
  g_test_add_func ("/manager/removing-some-before-the-answer-is-lost",
                   test_removing_some_before_the_answer_is_lost);
  g_test_add_func ("/manager/fetch", test_fetch);
  g_test_add_func ("/manager/brief", test_brief);
  g_test_add_func ("/manager/status-and-limits", test_status_and_limits);
  g_test_add_func ("/manager/when-done", test_when_done);
  g_test_add_func ("/manager/limits-changed", test_limits_changed);
  g_test_add_func ("/manager/attention", test_attention);
  g_test_add_func ("/manager/quit-what-is-not-running", test_quit_what_is_not_running);
  g_test_add_func ("/manager/quit-refused", test_quit_refused);
  g_test_add_func ("/manager/errors", test_errors);
  g_test_add_func ("/manager/drop-while-opening", test_drop_while_opening);
  return g_test_run ();
}
