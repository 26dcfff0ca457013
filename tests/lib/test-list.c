/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "house.h"

/* The list of tasks: that it is true whatever the service does (pages, lost signals, restarts,
 * crashes), that the objects in it stay the same, and that it changes in few large steps. */

typedef struct {
  guint emissions;
  guint removed;
  guint added;
} Changes;

static void
items_changed_cb (GListModel *list,
                  guint       position,
                  guint       n_removed,
                  guint       n_added,
                  gpointer    user_data)
{
  Changes *changes = user_data;

  changes->emissions++;
  changes->removed += n_removed;
  changes->added += n_added;
  g_assert_cmpuint (position + n_added, <=, g_list_model_get_n_items (list));
}

static guint
count (gpointer model)
{
  return g_list_model_get_n_items (G_LIST_MODEL (model));
}

static void
assert_sorted (gpointer model)
{
  guint64 before = 0;

  for (guint i = 0; i < count (model); i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (model), i);

      g_assert_cmpuint (keel_task_get_id (task), >, before);
      before = keel_task_get_id (task);
    }
}

static void
test_pages (void)
{
  g_autoptr (KeelManager) manager = NULL;

  house_reset ();
  house_fill (2500, "{}");
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  g_assert_cmpuint (count (manager), ==, 2500);
  g_assert_cmpuint (house_count_calls ("GetTasks"), >=, 3);
  assert_sorted (manager);
}

static void
test_batches (void)
{
  g_autoptr (KeelManager) manager = NULL;
  Changes changes = { 0 };
  g_autoptr (GString) odd = g_string_new ("(@at [");
  guint64 first;

  house_reset ();
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  g_signal_connect (manager, "items-changed", G_CALLBACK (items_changed_cb), &changes);
  first = house_fill (100, "{}");
  house_until (count (manager) == 100);
  g_assert_cmpuint (changes.emissions, ==, 1);

  /* Two runs of neighbours go: 10 to 19 and 40 to 49. */
  for (guint i = 10; i < 50; i++)
    if (i < 20 || i >= 40)
      g_string_append_printf (odd, "%s%" G_GUINT64_FORMAT, i > 10 ? "," : "", first + i);
  g_string_append (odd, "],)");
  changes = (Changes) { 0 };
  house_tell ("Forget", "%s", odd->str);
  house_until (count (manager) == 80);
  g_assert_cmpuint (changes.emissions, ==, 2);
  g_assert_cmpuint (changes.removed, ==, 20);
  assert_sorted (manager);
  g_assert_null (keel_manager_get_task (manager, first + 10));
  g_assert_nonnull (keel_manager_get_task (manager, first + 20));
}

static void
test_changes (void)
{
  g_autoptr (KeelManager) manager = NULL;
  KeelTask *task;
  guint64 id;

  house_reset ();
  id = house_fill (1, "{}");
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  task = keel_manager_get_task (manager, id);
  house_tell ("Change", "(@at [%u], {'state': <'running'>, 'total': <uint64 100>})", (guint) id);
  house_until (keel_task_get_state (task) == KEEL_TASK_STATE_RUNNING);
  house_tell ("Tick", "([(uint64 %u, uint64 50, uint64 40, uint64 10)],)", (guint) id);
  house_until (keel_task_get_received (task) == 50);
  g_assert_cmpuint (keel_task_get_durable (task), ==, 40);
  g_assert_cmpuint (keel_task_get_rate (task), ==, 10);
  g_assert_cmpint (keel_task_get_eta (task), ==, 5);
  g_assert_cmpfloat (keel_task_get_fraction (task), ==, 0.5);
}

static void
test_snapshot_stands_still (void)
{
  g_autoptr (KeelManager) manager = NULL;
  guint64 id;

  house_reset ();
  id = house_fill (1, "{}");
  manager = house_open_manager (KEEL_MANAGER_SNAPSHOT);
  g_assert_cmpuint (count (manager), ==, 1);
  g_assert_cmpuint (house_count_calls ("Watch"), ==, 0);
  house_tell ("Change", "(@at [%u], {'state': <'running'>})", (guint) id);
  house_run_for (200);
  g_assert_cmpint (keel_task_get_state (keel_manager_get_task (manager, id)), ==,
                   KEEL_TASK_STATE_QUEUED);
}

/* A signal is lost; the next one shows the gap. */
static void
test_gap (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (KeelTask) kept = NULL;
  Changes changes = { 0 };
  guint64 first;

  house_reset ();
  first = house_fill (3, "{}");
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  kept = g_object_ref (keel_manager_get_task (manager, first + 2));
  g_signal_connect (manager, "items-changed", G_CALLBACK (items_changed_cb), &changes);

  house_tell ("Lose", "(uint32 2,)");
  house_tell ("Change", "(@at [%u], {'state': <'running'>})", (guint) first + 2);
  house_tell ("Forget", "(@at [%u],)", (guint) first);
  house_fill (1, "{}");
  house_until (keel_task_get_state (kept) == KEEL_TASK_STATE_RUNNING);
  house_until (count (manager) == 3);
  g_assert_true (keel_manager_get_task (manager, first + 2) == kept);
  g_assert_null (keel_manager_get_task (manager, first));
  g_assert_cmpuint (changes.removed, ==, 1);
  g_assert_cmpuint (changes.added, ==, 1);
}

static void
crash (void)
{
  house_tell ("CrashIn", "('GetStatus', 'before')");
}

static void
note_connected_cb (KeelManager *manager,
                   GParamSpec  *pspec,
                   gpointer     user_data)
{
  if (!keel_manager_get_connected (manager))
    *(gboolean *) user_data = TRUE;
}

/* Makes the service crash in a call of the library's own, which succeeds nevertheless. */
static void
crash_the_service (KeelManager *manager)
{
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GVariant) status = NULL;
  g_autoptr (GError) error = NULL;

  crash ();
  keel_manager_get_status_async (manager, NULL, house_answer_cb, &answer);
  status = keel_manager_get_status_finish (manager, house_wait (&answer), &error);
  g_assert_no_error (error);
}

static void
test_restart (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (KeelTask) mine = NULL;
  g_autoptr (KeelTask) more = NULL;
  Changes changes = { 0 };
  gboolean was_away = FALSE;

  house_reset ();
  house_fill (1500, "{'state': <'finished'>}");
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  session = house_open_session ("other");
  mine = house_add (session, "http://127.0.0.1:9/mine");
  house_until (count (manager) == 1501);
  for (guint i = 0; i < count (manager); i++)
    g_ptr_array_add (tasks, g_list_model_get_item (G_LIST_MODEL (manager), i));
  g_signal_connect (manager, "items-changed", G_CALLBACK (items_changed_cb), &changes);
  g_signal_connect (manager, "notify::connected", G_CALLBACK (note_connected_cb), &was_away);

  crash_the_service (manager);
  house_until (was_away && keel_manager_get_connected (manager));
  g_assert_cmpuint (changes.emissions, ==, 0);
  for (guint i = 0; i < tasks->len; i++)
    {
      g_autoptr (KeelTask) item = g_list_model_get_item (G_LIST_MODEL (manager), i);

      g_assert_true (item == g_ptr_array_index (tasks, i));
    }

  /* Both lists are told again, at the session's new path, too. */
  house_tell ("Change", "(@at [%u], {'state': <'running'>})", (guint) keel_task_get_id (mine));
  house_until (keel_task_get_state (mine) == KEEL_TASK_STATE_RUNNING);
  more = house_add (session, "http://127.0.0.1:9/more");
  g_assert_cmpuint (count (session), ==, 2);
  house_until (count (manager) == 1502);
}

/* Nobody calls, but tasks are under way: the library starts the service again by itself. */
static void
test_crash_is_mended (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (KeelTask) task = NULL;

  house_reset ();
  session = house_open_session ("default");
  task = house_add (session, "http://127.0.0.1:9/x");
  house_tell ("Leave", NULL);
  house_until (!house_is_running ());
  house_until (house_is_running ());
  house_until (house_count_calls ("Watch") > 0);
  house_tell ("Change", "(@at [%u], {'state': <'running'>})", (guint) keel_task_get_id (task));
  house_until (keel_task_get_state (task) == KEEL_TASK_STATE_RUNNING);
}

static gboolean
is_all_acknowledged (void)
{
  g_autoptr (GVariant) reply = house_ask ("Unacknowledged", NULL);
  g_autoptr (GVariant) numbers = g_variant_get_child_value (reply, 0);

  return g_variant_n_children (numbers) == 0;
}

/* An idle session lets the service go, when it has nothing to tell it. */
static void
test_idle_session_starts_nothing (void)
{
  g_autoptr (KeelSession) session = NULL;

  house_reset ();
  house_fill (1, "{'state': <'finished'>}");
  session = house_open_session ("default");
  house_until (house_count_calls ("Listen") > 0 && is_all_acknowledged ());
  house_tell ("Leave", NULL);
  house_until (!house_is_running ());
  house_run_for (500);
  g_assert_false (house_is_running ());
}

static void
note_quitting_cb (KeelManager *manager,
                  gpointer     user_data)
{
  *(gboolean *) user_data = TRUE;
}

static void
quit (KeelManager *manager)
{
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;

  keel_manager_quit_async (manager, NULL, house_answer_cb, &answer);
  g_assert_true (keel_manager_quit_finish (manager, house_wait (&answer), &error));
  g_assert_no_error (error);
  house_until (!house_is_running ());
}

static void
test_quitting (gconstpointer way_back)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (KeelTask) task = NULL;
  gboolean quitting = FALSE;
  guint64 id;

  house_reset ();
  id = house_fill (1, "{'state': <'running'>, 'rate': <uint64 5>}");
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  task = g_object_ref (keel_manager_get_task (manager, id));
  g_signal_connect (manager, "quitting", G_CALLBACK (note_quitting_cb), &quitting);
  quit (manager);
  house_until (!keel_manager_get_connected (manager));
  g_assert_true (quitting);
  g_assert_cmpuint (keel_task_get_rate (task), ==, 0);
  house_run_for (500);
  g_assert_false (house_is_running ());

  if (g_str_equal (way_back, "reconnect"))
    keel_manager_reconnect (manager);
  else
    crash_the_service (manager);
  house_until (keel_manager_get_connected (manager));
  g_assert_true (keel_manager_get_task (manager, id) == task);
}

static void
test_quit_by_another (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GDBusConnection) other = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  house_reset ();
  house_fill (1, "{}");
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  other = g_dbus_connection_new_for_address_sync (g_getenv ("DBUS_SESSION_BUS_ADDRESS"),
                                                  G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                    G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                  NULL, NULL, &error);
  g_assert_no_error (error);
  reply = g_dbus_connection_call_sync (other, "io.github.keelboat.Keelboat.Service",
                                       "/io/github/keelboat/Transfers1",
                                       "io.github.keelboat.Transfers1.Manager", "Quit",
                                       g_variant_new ("(a{sv})", NULL), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  house_until (!keel_manager_get_connected (manager));
  house_run_for (500);
  g_assert_false (house_is_running ());
}

/* The service answers that it is leaving, several times. */
static void
test_restarting_is_repeated (void)
{
  g_autoptr (KeelManager) manager = NULL;

  house_reset ();
  house_fill (1, "{}");
  house_tell ("Fail", "('Watch', 'Restarting', uint32 0, uint32 3)");
  house_tell ("Fail", "('GetTasks', 'Restarting', uint32 0, uint32 2)");
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  g_assert_cmpuint (count (manager), ==, 1);
  g_assert_cmpuint (house_count_calls ("Watch"), ==, 4);
  g_assert_cmpuint (house_count_calls ("GetTasks"), ==, 3);
}

/* Signals from others than the owner of the name are not believed. */
static void
test_forged_signal (void)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GDBusConnection) stranger = NULL;
  GDBusConnection *ours;
  g_autoptr (GError) error = NULL;
  guint64 id;

  house_reset ();
  id = house_fill (1, "{}");
  manager = house_open_manager (KEEL_MANAGER_LIVE);
  ours = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  stranger = g_dbus_connection_new_for_address_sync (
    g_getenv ("DBUS_SESSION_BUS_ADDRESS"),
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    NULL, NULL, &error);
  g_assert_no_error (error);
  g_dbus_connection_emit_signal (stranger, g_dbus_connection_get_unique_name (ours),
                                 "/io/github/keelboat/Transfers1",
                                 "io.github.keelboat.Transfers1.Manager", "Progress",
                                 g_variant_new_parsed ("(uint64 1, [(%t, uint64 9, uint64 9, "
                                                       "uint64 9)])",
                                                       id),
                                 &error);
  g_assert_no_error (error);
  g_assert_true (g_dbus_connection_flush_sync (stranger, NULL, NULL));
  house_run_for (200);
  g_assert_cmpuint (keel_task_get_received (keel_manager_get_task (manager, id)), ==, 0);
  g_object_unref (ours);
}

/* A session whose path the service does not know any more is opened again. */
static void
test_session_is_reopened (void)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (KeelTask) task = NULL;

  house_reset ();
  session = house_open_session ("default");
  house_tell ("Fail", "('AddTasks', 'NoSuchSession', uint32 0, uint32 1)");
  task = house_add (session, "http://127.0.0.1:9/x");
  /* The feed may have asked at the same time. */
  g_assert_cmpuint (house_count_calls ("OpenSession"), >=, 2);
  g_assert_cmpuint (house_count_calls ("OpenSession"), <=, 3);
  house_tell ("Change", "(@at [%u], {'state': <'running'>})", (guint) keel_task_get_id (task));
  house_until (keel_task_get_state (task) == KEEL_TASK_STATE_RUNNING);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/list/pages", test_pages);
  g_test_add_func ("/list/batches", test_batches);
  g_test_add_func ("/list/changes", test_changes);
  g_test_add_func ("/list/snapshot-stands-still", test_snapshot_stands_still);
  g_test_add_func ("/list/gap", test_gap);
  g_test_add_func ("/list/restart", test_restart);
  g_test_add_func ("/list/crash-is-mended", test_crash_is_mended);
  g_test_add_func ("/list/idle-session-starts-nothing", test_idle_session_starts_nothing);
  g_test_add_data_func ("/list/quitting/reconnect", "reconnect", test_quitting);
  g_test_add_data_func ("/list/quitting/call", "call", test_quitting);
  g_test_add_func ("/list/quit-by-another", test_quit_by_another);
  g_test_add_func ("/list/restarting-is-repeated", test_restarting_is_repeated);
  g_test_add_func ("/list/forged-signal", test_forged_signal);
  g_test_add_func ("/list/session-is-reopened", test_session_is_reopened);
  return g_test_run ();
}
