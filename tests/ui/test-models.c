/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake-tasks.h"
#include "keel-speed-log.h"
#include "keel-task-section.h"
#include "keel-task-sections.h"
#include "keel-task-selection.h"

/* The models of the window, over tasks of no service: how they are filed, counted, found, held and
 * selected, and how much is said about it. Nothing here needs a display. */

#define MANY 10000

typedef struct {
  GListStore *tasks;
  KeelTaskSections *sections;
  GListModel *rows;
  guint n_changes; /* of the rows */
  guint n_told;    /* "changed" */
} Fixture;

static void
rows_changed_cb (GListModel *rows,
                 guint       position,
                 guint       removed,
                 guint       added,
                 Fixture    *fixture)
{
  fixture->n_changes++;
}

static void
told_cb (KeelTaskSections *sections,
         Fixture          *fixture)
{
  fixture->n_told++;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->tasks = g_list_store_new (KEEL_TYPE_TASK);
  fixture->sections = keel_task_sections_new (G_LIST_MODEL (fixture->tasks));
  fixture->rows = keel_task_sections_get_rows (fixture->sections);
  fixture->n_changes = fixture->n_told = 0;
  g_signal_connect (fixture->rows, "items-changed", G_CALLBACK (rows_changed_cb), fixture);
  g_signal_connect (fixture->sections, "changed", G_CALLBACK (told_cb), fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_signal_handlers_disconnect_by_data (fixture->rows, fixture);
  g_signal_handlers_disconnect_by_data (fixture->sections, fixture);
  g_assert_finalize_object (fixture->sections);
  g_assert_finalize_object (fixture->tasks);
}

/* Adds a task whose number is its place among those that were added. Owned by the list. */
static KeelTask *
add (Fixture    *fixture,
     const char *row)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (fixture->tasks));
  g_autoptr (KeelTask) task = fake_task_new (n + 1, row);

  g_list_store_append (fixture->tasks, task);
  return task;
}

static void
become (Fixture    *fixture,
        KeelTask   *task,
        const char *row)
{
  fake_task_become (task, row);
  keel_task_sections_refile (fixture->sections, task);
}

static void
set_hidden (Fixture  *fixture,
            KeelTask *task,
            gboolean  hidden)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();

  g_ptr_array_add (tasks, task);
  keel_task_sections_set_hidden (fixture->sections, tasks, hidden);
}

/* @expected: "[Active] 1 2 [Failed] 3", with the numbers of the tasks */
static void
assert_rows (GListModel *rows,
             const char *expected)
{
  static const char *const names[] = { "", "Active", "Waiting", "Finished", "Failed" };
  g_autoptr (GString) actual = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (rows); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (rows, i);

      if (i > 0)
        g_string_append_c (actual, ' ');
      if (KEEL_IS_TASK (item))
        g_string_append_printf (actual, "%u", (guint) keel_task_get_id (KEEL_TASK (item)));
      else
        g_string_append_printf (actual, "[%s]",
                                names[keel_task_section_get_group (KEEL_TASK_SECTION (item))]);
    }
  g_assert_cmpstr (actual->str, ==, expected);
}

static void
assert_counts (Fixture *fixture,
               guint    active,
               guint    waiting,
               guint    finished,
               guint    failed)
{
  KeelTaskSections *sections = fixture->sections;

  g_assert_cmpuint (keel_task_sections_get_count (sections, KEEL_TASK_FILTER_ACTIVE), ==, active);
  g_assert_cmpuint (keel_task_sections_get_count (sections, KEEL_TASK_FILTER_WAITING), ==, waiting);
  g_assert_cmpuint (keel_task_sections_get_count (sections, KEEL_TASK_FILTER_FINISHED), ==,
                    finished);
  g_assert_cmpuint (keel_task_sections_get_count (sections, KEEL_TASK_FILTER_FAILED), ==, failed);
  g_assert_cmpuint (keel_task_sections_get_count (sections, KEEL_TASK_FILTER_ALL), ==,
                    active + waiting + finished + failed);
}

#define RUNNING "{'state': <'running'>}"
#define PAUSED "{'state': <'paused'>}"
#define QUEUED "{'state': <'queued'>}"
#define FAILED "{'state': <'failed'>, 'error-code': <'dns'>}"
/* Noon of a day and of the one before, in microseconds. */
#define DONE "{'state': <'finished'>, 'finished': <int64 1700000000000000>}"
#define DONE_BEFORE "{'state': <'finished'>, 'finished': <int64 1699900000000000>}"

static void
test_filed_by_state (Fixture       *fixture,
                     gconstpointer  data)
{
  KeelTask *task;

  add (fixture, DONE_BEFORE);
  add (fixture, FAILED);
  add (fixture, PAUSED);
  task = add (fixture, RUNNING);
  add (fixture, DONE);
  assert_rows (fixture->rows, "[Active] 4 [Waiting] 3 [Failed] 2 [Finished] 5 [Finished] 1");
  assert_counts (fixture, 1, 1, 2, 1);

  become (fixture, task, FAILED);
  assert_rows (fixture->rows, "[Waiting] 3 [Failed] 4 2 [Finished] 5 [Finished] 1");
  become (fixture, task, DONE);
  assert_rows (fixture->rows, "[Waiting] 3 [Failed] 2 [Finished] 5 4 [Finished] 1");
  assert_counts (fixture, 0, 1, 3, 1);
  g_list_store_remove_all (fixture->tasks);
  assert_rows (fixture->rows, "");
  assert_counts (fixture, 0, 0, 0, 0);
}

/* Numbers, and a state of the same group, move nothing. */
static void
test_progress_changes_no_model (Fixture       *fixture,
                                gconstpointer  data)
{
  KeelTask *task = add (fixture, QUEUED);

  fixture->n_changes = fixture->n_told = 0;
  become (fixture, task, "{'state': <'queued'>, 'received': <uint64 5>}");
  g_assert_cmpuint (fixture->n_told, ==, 0);
  become (fixture, task, "{'state': <'waiting'>, 'wait-reason': <'metered'>}");
  g_assert_cmpuint (fixture->n_told, ==, 1);
  g_assert_cmpuint (fixture->n_changes, ==, 0);
  g_assert_cmpuint (keel_task_sections_count_waiting (fixture->sections, KEEL_WAIT_REASON_METERED),
                    ==, 1);
  become (fixture, task, "{'state': <'waiting'>, 'wait-reason': <'offline'>}");
  g_assert_cmpuint (keel_task_sections_count_waiting (fixture->sections, KEEL_WAIT_REASON_METERED),
                    ==, 0);
  g_assert_cmpuint (keel_task_sections_count_waiting (fixture->sections, KEEL_WAIT_REASON_OFFLINE),
                    ==, 1);
  g_list_store_remove_all (fixture->tasks);
  g_assert_cmpuint (keel_task_sections_count_waiting (fixture->sections, KEEL_WAIT_REASON_OFFLINE),
                    ==, 0);
}

static void
test_held (Fixture       *fixture,
           gconstpointer  data)
{
  KeelTask *task = add (fixture, RUNNING);

  add (fixture, RUNNING);
  keel_task_sections_hold (fixture->sections, task);
  become (fixture, task, PAUSED);
  assert_rows (fixture->rows, "[Active] 1 2");
  assert_counts (fixture, 1, 1, 0, 0);
  keel_task_sections_hold (fixture->sections, NULL);
  assert_rows (fixture->rows, "[Active] 2 [Waiting] 1");

  /* Held, and gone before it is let go of. */
  keel_task_sections_hold (fixture->sections, task);
  become (fixture, task, FAILED);
  g_list_store_remove (fixture->tasks, 0);
  assert_rows (fixture->rows, "[Active] 2");
  keel_task_sections_hold (fixture->sections, NULL);
  assert_rows (fixture->rows, "[Active] 2");
  assert_counts (fixture, 1, 0, 0, 0);
}

/* What only keeps its place among those that run does not run. */
static void
test_held_does_not_run (Fixture       *fixture,
                        gconstpointer  data)
{
  KeelTask *task = add (fixture, "{'state': <'running'>, 'received': <uint64 1>,"
                                 " 'total': <uint64 1001>, 'rate': <uint64 10>}");
  KeelTaskTotals totals;

  add (fixture, "{'state': <'running'>, 'received': <uint64 5>, 'total': <uint64 25>,"
                " 'rate': <uint64 2>}");
  keel_task_sections_sum_active (fixture->sections, &totals);
  g_assert_cmpuint (totals.rate_bps, ==, 12);
  g_assert_cmpint (totals.left_bytes, ==, 1020);

  keel_task_sections_hold (fixture->sections, task);
  become (fixture, task, "{'state': <'paused'>, 'received': <uint64 1>, 'total': <uint64 1001>}");
  keel_task_sections_sum_active (fixture->sections, &totals);
  g_assert_cmpuint (totals.rate_bps, ==, 2);
  g_assert_cmpuint (totals.received_bytes, ==, 5);
  g_assert_cmpint (totals.left_bytes, ==, 20);

  /* Of one that runs nobody knows how much is left. */
  add (fixture, RUNNING);
  keel_task_sections_sum_active (fixture->sections, &totals);
  g_assert_cmpint (totals.left_bytes, ==, -1);
}

static void
test_hidden (Fixture       *fixture,
             gconstpointer  data)
{
  KeelTask *task = add (fixture, RUNNING);

  add (fixture, RUNNING);
  set_hidden (fixture, task, TRUE);
  set_hidden (fixture, task, TRUE);
  assert_rows (fixture->rows, "[Active] 2");
  assert_counts (fixture, 1, 0, 0, 0);
  g_assert_true (keel_task_sections_is_hidden (fixture->sections, task));

  /* It comes back as what it has become. */
  become (fixture, task, FAILED);
  assert_rows (fixture->rows, "[Active] 2");
  assert_counts (fixture, 1, 0, 0, 0);
  set_hidden (fixture, task, FALSE);
  assert_rows (fixture->rows, "[Active] 2 [Failed] 1");
  assert_counts (fixture, 1, 0, 0, 1);

  /* Its end comes while it is hidden: it cannot come back. */
  set_hidden (fixture, task, TRUE);
  g_object_ref (task);
  g_list_store_remove (fixture->tasks, 0);
  set_hidden (fixture, task, FALSE);
  assert_rows (fixture->rows, "[Active] 2");
  assert_counts (fixture, 1, 0, 0, 0);
  g_assert_true (keel_task_sections_is_hidden (fixture->sections, task));
  g_object_unref (task);
}

static void
test_sorted (Fixture       *fixture,
             gconstpointer  data)
{
  guint position;

  add (fixture, "{'state': <'paused'>, 'name': <'b'>, 'total': <uint64 3>}");
  add (fixture, "{'state': <'paused'>, 'name': <'c'>}");
  add (fixture, "{'state': <'paused'>, 'name': <'a'>, 'total': <uint64 9>}");
  add (fixture, "{'state': <'paused'>, 'name': <'d'>, 'priority': <'high'>}");
  assert_rows (fixture->rows, "[Waiting] 4 1 2 3");
  keel_task_sections_set_sort (fixture->sections, KEEL_TASK_SORT_NAME);
  assert_rows (fixture->rows, "[Waiting] 3 1 2 4");
  keel_task_sections_set_sort (fixture->sections, KEEL_TASK_SORT_SIZE);
  assert_rows (fixture->rows, "[Waiting] 3 1 4 2");
  /* A section that begins later is sorted the same way. */
  add (fixture, "{'state': <'failed'>, 'total': <uint64 1>}");
  add (fixture, "{'state': <'failed'>, 'total': <uint64 2>}");
  assert_rows (fixture->rows, "[Waiting] 3 1 4 2 [Failed] 6 5");
  keel_task_sections_set_sort (fixture->sections, KEEL_TASK_SORT_DATE);
  assert_rows (fixture->rows, "[Waiting] 4 1 2 3 [Failed] 6 5");
  g_assert_true (keel_task_sections_find (fixture->sections,
                                          g_list_model_get_item (fixture->rows, 2), &position));
  g_assert_cmpuint (position, ==, 2);
  g_object_unref (g_list_model_get_item (fixture->rows, 2));
  g_object_unref (g_list_model_get_item (fixture->rows, 2));
}

/* The size by which it was put somewhere is not the one by which it is looked for. */
static void
test_sorted_by_what_changes (Fixture       *fixture,
                             gconstpointer  data)
{
  KeelTask *task;

  keel_task_sections_set_sort (fixture->sections, KEEL_TASK_SORT_SIZE);
  for (guint i = 1; i <= 9; i++)
    {
      g_autofree char *row = g_strdup_printf ("{'state': <'paused'>, 'total': <uint64 %u>}", i);

      add (fixture, row);
    }
  assert_rows (fixture->rows, "[Waiting] 9 8 7 6 5 4 3 2 1");
  task = g_list_model_get_item (fixture->rows, 1);
  become (fixture, task, "{'state': <'failed'>, 'total': <uint64 1>}");
  assert_rows (fixture->rows, "[Waiting] 8 7 6 5 4 3 2 1 [Failed] 9");
  g_object_unref (task);
}

static void
test_filter_and_search (Fixture       *fixture,
                        gconstpointer  data)
{
  add (fixture, "{'state': <'running'>, 'name': <'Straße.iso'>}");
  add (fixture, "{'state': <'failed'>, 'name': <'x'>, 'title': <'Alpha'>}");
  add (fixture, "{'state': <'failed'>, 'name': <'Cafe\\u0301.iso'>}");
  add (fixture, "{'state': <'paused'>}");

  keel_task_sections_set_filter (fixture->sections, KEEL_TASK_FILTER_FAILED);
  assert_rows (fixture->rows, "[Failed] 3 2");
  keel_task_sections_set_filter (fixture->sections, KEEL_TASK_FILTER_FINISHED);
  assert_rows (fixture->rows, "");
  keel_task_sections_set_filter (fixture->sections, KEEL_TASK_FILTER_ALL);

  keel_task_sections_set_search (fixture->sections, "STRASSE");
  assert_rows (fixture->rows, "[Active] 1");
  keel_task_sections_set_search (fixture->sections, "alp");
  assert_rows (fixture->rows, "[Failed] 2");
  /* An accent is the same, in one character or in two. */
  keel_task_sections_set_search (fixture->sections, "caf\303\251");
  assert_rows (fixture->rows, "[Failed] 3");
  keel_task_sections_set_search (fixture->sections, "nothing");
  assert_rows (fixture->rows, "");
  assert_counts (fixture, 1, 1, 0, 2);
  keel_task_sections_set_search (fixture->sections, "");
  assert_rows (fixture->rows, "[Active] 1 [Waiting] 4 [Failed] 3 2");
}

static GPtrArray *
make_many (void)
{
  GPtrArray *many = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < MANY; i++)
    g_ptr_array_add (many, fake_task_new (i + 1, i % 2 == 0 ? DONE : PAUSED));
  return many;
}

/* However many come and go at once, the list is told a few times. */
static void
test_many_at_once (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (GPtrArray) many = make_many ();

  g_list_store_splice (fixture->tasks, 0, 0, many->pdata, many->len);
  g_assert_cmpuint (g_list_model_get_n_items (fixture->rows), ==, MANY + 2);
  g_assert_cmpuint (fixture->n_changes, <=, 4);
  g_assert_cmpuint (fixture->n_told, ==, 1);
  assert_counts (fixture, 0, MANY / 2, MANY / 2, 0);

  fixture->n_changes = fixture->n_told = 0;
  keel_task_sections_set_filter (fixture->sections, KEEL_TASK_FILTER_FINISHED);
  keel_task_sections_set_search (fixture->sections, "x");
  keel_task_sections_set_search (fixture->sections, NULL);
  keel_task_sections_set_filter (fixture->sections, KEEL_TASK_FILTER_ALL);
  g_assert_cmpuint (fixture->n_changes, <=, 8);

  fixture->n_changes = fixture->n_told = 0;
  keel_task_sections_set_hidden (fixture->sections, many, TRUE);
  assert_counts (fixture, 0, 0, 0, 0);
  keel_task_sections_set_hidden (fixture->sections, many, FALSE);
  assert_counts (fixture, 0, MANY / 2, MANY / 2, 0);
  g_assert_cmpuint (fixture->n_changes, <=, 8);
  g_assert_cmpuint (fixture->n_told, ==, 2);

  fixture->n_changes = fixture->n_told = 0;
  g_list_store_remove_all (fixture->tasks);
  g_assert_cmpuint (g_list_model_get_n_items (fixture->rows), ==, 0);
  g_assert_cmpuint (fixture->n_changes, <=, 4);
  g_assert_cmpuint (fixture->n_told, ==, 1);
  assert_counts (fixture, 0, 0, 0, 0);
}

static void
test_filters_have_words (void)
{
  static const struct {
    KeelTaskState state;
    KeelTaskFilter filter;
  } table[] = {
    { KEEL_TASK_STATE_QUEUED, KEEL_TASK_FILTER_WAITING },
    { KEEL_TASK_STATE_WAITING, KEEL_TASK_FILTER_WAITING },
    { KEEL_TASK_STATE_PAUSED, KEEL_TASK_FILTER_WAITING },
    { KEEL_TASK_STATE_RUNNING, KEEL_TASK_FILTER_ACTIVE },
    { KEEL_TASK_STATE_VERIFYING, KEEL_TASK_FILTER_ACTIVE },
    { KEEL_TASK_STATE_FINISHED, KEEL_TASK_FILTER_FINISHED },
    { KEEL_TASK_STATE_CANCELLED, KEEL_TASK_FILTER_FINISHED },
    { KEEL_TASK_STATE_FAILED, KEEL_TASK_FILTER_FAILED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_assert_cmpint (keel_task_filter_for_state (table[i].state), ==, table[i].filter);
  /* Of a newer service. */
  g_assert_cmpint (keel_task_filter_for_state ((KeelTaskState) 99), ==, KEEL_TASK_FILTER_WAITING);

  g_assert_cmpint (keel_task_filter_from_nick ("failed"), ==, KEEL_TASK_FILTER_FAILED);
  g_assert_cmpint (keel_task_filter_from_nick ("what"), ==, KEEL_TASK_FILTER_ALL);
  g_assert_cmpint (keel_task_filter_from_nick (NULL), ==, KEEL_TASK_FILTER_ALL);
  g_assert_cmpint (keel_task_sort_from_nick ("size"), ==, KEEL_TASK_SORT_SIZE);
  g_assert_cmpint (keel_task_sort_from_nick ("name"), ==, KEEL_TASK_SORT_NAME);
  g_assert_cmpint (keel_task_sort_from_nick (NULL), ==, KEEL_TASK_SORT_DATE);
}

/* --- selection ------------------------------------------------------------------------------- */

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static gboolean
is_selected (KeelTaskSelection *selection,
             guint              position)
{
  return gtk_selection_model_is_selected (GTK_SELECTION_MODEL (selection), position);
}

static void
test_selection_is_of_tasks (Fixture       *fixture,
                            gconstpointer  data)
{
  g_autoptr (KeelTaskSelection) selection = keel_task_selection_new (fixture->rows);
  KeelTask *task = add (fixture, RUNNING);
  g_autoptr (GPtrArray) selected = NULL;

  add (fixture, RUNNING);
  add (fixture, PAUSED);
  g_assert_false (keel_task_selection_is_on (selection));
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (selection), 1, FALSE);
  g_assert_true (is_selected (selection, 1));

  become (fixture, task, FAILED);
  settle ();
  assert_rows (fixture->rows, "[Active] 2 [Waiting] 3 [Failed] 1");
  g_assert_false (is_selected (selection, 1));
  g_assert_true (is_selected (selection, 5));
  g_assert_true (keel_task_selection_contains (selection, task));

  /* A heading is none, and what is plainly clicked on is not either. */
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (selection), 0, FALSE);
  keel_task_selection_toggle (selection, 2);
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (selection), 3, TRUE);
  g_assert_cmpuint (keel_task_selection_get_count (selection), ==, 1);
  keel_task_selection_toggle (selection, 1);
  selected = keel_task_selection_dup_tasks (selection);
  g_assert_cmpuint (selected->len, ==, 2);
  g_assert_cmpuint (keel_task_get_id (selected->pdata[0]), ==, 2);
  g_assert_cmpuint (keel_task_get_id (selected->pdata[1]), ==, 1);
}

static void
test_selection_of_all (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr (KeelTaskSelection) selection = keel_task_selection_new (fixture->rows);
  GtkSelectionModel *model = GTK_SELECTION_MODEL (selection);
  g_autoptr (GtkBitset) bits = NULL;

  add (fixture, RUNNING);
  add (fixture, FAILED);
  add (fixture, FAILED);
  gtk_selection_model_select_all (model);
  g_assert_cmpuint (keel_task_selection_get_count (selection), ==, 3);
  g_assert_false (is_selected (selection, 0));
  g_assert_false (is_selected (selection, 2));

  /* As GTK asks for all that is selected: to the end of all numbers. */
  bits = gtk_selection_model_get_selection (model);
  g_assert_cmpuint (gtk_bitset_get_size (bits), ==, 3);
  gtk_selection_model_unselect_range (model, 3, G_MAXUINT);
  g_assert_cmpuint (keel_task_selection_get_count (selection), ==, 1);
  gtk_selection_model_select_range (model, 3, 2, TRUE);
  g_assert_cmpuint (keel_task_selection_get_count (selection), ==, 2);
  g_assert_false (is_selected (selection, 1));
  gtk_selection_model_unselect_all (model);
  g_assert_false (keel_task_selection_is_on (selection));
}

/* What is not seen is not selected. */
static void
test_selection_is_pruned (Fixture       *fixture,
                          gconstpointer  data)
{
  g_autoptr (KeelTaskSelection) selection = keel_task_selection_new (fixture->rows);

  add (fixture, RUNNING);
  add (fixture, FAILED);
  add (fixture, PAUSED);
  gtk_selection_model_select_all (GTK_SELECTION_MODEL (selection));
  keel_task_sections_set_filter (fixture->sections, KEEL_TASK_FILTER_FAILED);
  settle ();
  g_assert_cmpuint (keel_task_selection_get_count (selection), ==, 1);
  keel_task_sections_set_filter (fixture->sections, KEEL_TASK_FILTER_ALL);
  settle ();
  g_assert_cmpuint (keel_task_selection_get_count (selection), ==, 1);
  g_list_store_remove_all (fixture->tasks);
  settle ();
  g_assert_false (keel_task_selection_is_on (selection));
}

/* Another list altogether, with the same number of rows. */
static void
test_selection_over_another_list (Fixture       *fixture,
                                  gconstpointer  data)
{
  g_autoptr (KeelTaskSelection) selection = keel_task_selection_new (fixture->rows);
  g_autoptr (KeelTask) another = fake_task_new (7, RUNNING);
  gpointer additions[] = { another };

  add (fixture, RUNNING);
  gtk_selection_model_select_all (GTK_SELECTION_MODEL (selection));
  g_list_store_splice (fixture->tasks, 0, 1, additions, 1);
  g_assert_false (is_selected (selection, 1));
  settle ();
  g_assert_false (keel_task_selection_is_on (selection));
}

/* --- speed ----------------------------------------------------------------------------------- */

static void
test_speed_log (void)
{
  KeelSpeedLog log = { 0 };

  g_assert_cmpint (keel_speed_log_get (&log, 1000), ==, KEEL_SPEED_LOG_GAP);
  keel_speed_log_add (&log, 1000, 50);
  keel_speed_log_add (&log, 1000, 60);
  keel_speed_log_add (&log, 999, 70);
  g_assert_cmpint (keel_speed_log_get (&log, 1000), ==, 50);
  g_assert_cmpint (keel_speed_log_get (&log, 999), ==, KEEL_SPEED_LOG_GAP);
  g_assert_cmpint (keel_speed_log_get (&log, 1001), ==, KEEL_SPEED_LOG_GAP);

  /* The timer was late once: no gap. It was away: one. */
  keel_speed_log_add (&log, 1002, 80);
  g_assert_cmpint (keel_speed_log_get (&log, 1001), ==, 80);
  keel_speed_log_add (&log, 1005, 90);
  g_assert_cmpint (keel_speed_log_get (&log, 1003), ==, KEEL_SPEED_LOG_GAP);
  g_assert_cmpint (keel_speed_log_get (&log, 1004), ==, KEEL_SPEED_LOG_GAP);

  /* Two minutes, and not a second more. */
  keel_speed_log_add (&log, 1000 + KEEL_SPEED_LOG_SECONDS - 1, 10);
  g_assert_cmpint (keel_speed_log_get (&log, 1000), ==, 50);
  keel_speed_log_add (&log, 1000 + KEEL_SPEED_LOG_SECONDS, 10);
  g_assert_cmpint (keel_speed_log_get (&log, 1000), ==, KEEL_SPEED_LOG_GAP);
  g_assert_cmpint (keel_speed_log_get (&log, 1002), ==, 80);
  keel_speed_log_add (&log, 9000, 10);
  for (gint64 second = 8000; second < 9000; second++)
    g_assert_cmpint (keel_speed_log_get (&log, second), ==, KEEL_SPEED_LOG_GAP);
}

/* Seconds are counted from when the computer was switched on: before that there is nothing. */
static void
test_speed_log_after_switching_on (void)
{
  struct {
    gint64 before[KEEL_SPEED_LOG_SECONDS];
    KeelSpeedLog log;
  } memory = { 0 };

  memset (memory.before, 1, sizeof memory.before);
  keel_speed_log_add (&memory.log, 20, 50);
  keel_speed_log_add (&memory.log, 21, 50);
  for (gint64 second = -KEEL_SPEED_LOG_SECONDS; second < 20; second++)
    g_assert_cmpint (keel_speed_log_get (&memory.log, second), ==, KEEL_SPEED_LOG_GAP);
  g_assert_cmpint (keel_speed_log_get (&memory.log, 20), ==, 50);
}

static void
test_speed_log_of_a_task (Fixture       *fixture,
                          gconstpointer  data)
{
  KeelTask *task = add (fixture, "{'state': <'running'>, 'rate': <uint64 7>}");

  keel_task_sections_log_speed (fixture->sections, 100 * G_USEC_PER_SEC);
  become (fixture, task, PAUSED);
  keel_task_sections_log_speed (fixture->sections, 101 * G_USEC_PER_SEC);
  g_assert_cmpint (keel_speed_log_get (keel_speed_log_of_task (task), 100), ==, 7);
  g_assert_cmpint (keel_speed_log_get (keel_speed_log_of_task (task), 101), ==, KEEL_SPEED_LOG_GAP);
  g_assert_true (keel_speed_log_of_task (task) == keel_speed_log_of_task (task));
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/sections/filed-by-state", test_filed_by_state);
  ADD ("/sections/progress-changes-no-model", test_progress_changes_no_model);
  ADD ("/sections/held", test_held);
  ADD ("/sections/held-does-not-run", test_held_does_not_run);
  ADD ("/sections/hidden", test_hidden);
  ADD ("/sections/sorted", test_sorted);
  ADD ("/sections/sorted-by-what-changes", test_sorted_by_what_changes);
  ADD ("/sections/filter-and-search", test_filter_and_search);
  ADD ("/sections/many-at-once", test_many_at_once);
  g_test_add_func ("/filter/words", test_filters_have_words);
  ADD ("/selection/of-tasks", test_selection_is_of_tasks);
  ADD ("/selection/all", test_selection_of_all);
  ADD ("/selection/pruned", test_selection_is_pruned);
  ADD ("/selection/another-list", test_selection_over_another_list);
  g_test_add_func ("/speed-log/ring", test_speed_log);
  g_test_add_func ("/speed-log/after-switching-on", test_speed_log_after_switching_on);
  ADD ("/speed-log/of-a-task", test_speed_log_of_a_task);
  return g_test_run ();
}
