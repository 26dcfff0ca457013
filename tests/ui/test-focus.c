/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake-tasks.h"
#include "keel-task-view.h"

/* Where the keyboard is while the list changes: what somebody has gone to himself stays his,
 * however close it comes to the moment at which GTK takes a row down. */

#define RUNNING "{'name': <'%s'>, 'state': <'running'>}"

typedef struct {
  GListStore *tasks;
  KeelTaskSections *sections;
  GtkWindow *window;
  KeelTaskView *view;
  GtkWidget *entry;        /* before the list, as the search is */
  guint n_moves;           /* of rows */
  gboolean goes_elsewhere; /* while they move */
} Fixture;

static KeelTask *
task_at (Fixture *fixture,
         guint    i)
{
  g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (fixture->tasks), i);

  return task; /* the store has it */
}

/* Lets everything happen that is on its way, several frames of it. */
static void
settle (Fixture *fixture)
{
  for (guint i = 0; i < 4; i++)
    {
      GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (fixture->window));
      gint64 frame = gdk_frame_clock_get_frame_counter (clock);

      gtk_widget_queue_draw (GTK_WIDGET (fixture->window));
      while (gdk_frame_clock_get_frame_counter (clock) == frame)
        g_main_context_iteration (NULL, TRUE);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
}

/* Its row moves to another section. */
static void
pause_first (Fixture *fixture)
{
  fake_task_become (task_at (fixture, 0), "{'name': <'a'>, 'state': <'paused'>}");
  keel_task_sections_refile (fixture->sections, task_at (fixture, 0));
}

static gboolean
has_focus (Fixture *fixture,
           guint    i)
{
  guint position;

  return keel_task_view_get_focused_position (fixture->view, task_at (fixture, i), &position);
}

/* Right after the list has put its rows right, before the next frame. What is not in the window
 * gets no keys, and its shortcuts get none either. */
static void
moved_cb (GListModel *rows,
          guint       position,
          guint       n_removed,
          guint       n_added,
          gpointer    user_data)
{
  Fixture *fixture = user_data;
  GtkWidget *focus = gtk_window_get_focus (fixture->window);

  fixture->n_moves++;
  if (focus != NULL)
    g_assert_true (gtk_widget_is_ancestor (focus, GTK_WIDGET (fixture->window)));
  if (fixture->goes_elsewhere)
    gtk_widget_grab_focus (fixture->entry);
}

static void
setup (Fixture       *fixture,
       gconstpointer  data)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  fixture->tasks = g_list_store_new (KEEL_TYPE_TASK);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *row = g_strdup_printf (RUNNING, (const char *[]){ "a", "b", "c" }[i]);
      g_autoptr (KeelTask) task = fake_task_new (i + 1, row);

      g_list_store_append (fixture->tasks, task);
    }
  fixture->sections = keel_task_sections_new (G_LIST_MODEL (fixture->tasks));

  fixture->view = g_object_new (KEEL_TYPE_TASK_VIEW, "vexpand", TRUE, NULL);
  fixture->entry = gtk_search_entry_new ();
  keel_task_view_set_sections (fixture->view, fixture->sections);
  gtk_box_append (GTK_BOX (box), fixture->entry);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (fixture->view));

  fixture->window = GTK_WINDOW (gtk_window_new ());
  gtk_window_set_child (fixture->window, box);
  gtk_window_set_default_size (fixture->window, 600, 600);
  gtk_window_present (fixture->window);
  while (!gtk_widget_get_mapped (box))
    g_main_context_iteration (NULL, TRUE);
  settle (fixture);

  keel_task_view_focus_task (fixture->view, task_at (fixture, 0));
  /* Nothing is held: as while the pointer is over another row. */
  gtk_window_set_focus_visible (fixture->window, FALSE);
  settle (fixture);
  g_assert_true (has_focus (fixture, 0));
  g_signal_connect_after (keel_task_sections_get_rows (fixture->sections), "items-changed",
                          G_CALLBACK (moved_cb), fixture);
}

static void
teardown (Fixture       *fixture,
          gconstpointer  data)
{
  g_signal_handlers_disconnect_by_func (keel_task_sections_get_rows (fixture->sections), moved_cb,
                                        fixture);
  g_assert_cmpuint (fixture->n_moves, >, 0);
  gtk_window_destroy (fixture->window);
  g_object_unref (fixture->sections);
  g_object_unref (fixture->tasks);
}

static void
test_a_row_that_moves_takes_it_along (Fixture       *fixture,
                                      gconstpointer  data)
{
  pause_first (fixture);
  /* At once: the next key is for it. */
  g_assert_true (has_focus (fixture, 0));
  settle (fixture);
  g_assert_true (has_focus (fixture, 0));
}

static void
test_who_goes_elsewhere_meanwhile_stays_there (Fixture       *fixture,
                                               gconstpointer  data)
{
  fixture->goes_elsewhere = TRUE;
  pause_first (fixture);
  settle (fixture);
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (fixture->window), fixture->entry));
}

static void
test_who_writes_is_left_alone (Fixture       *fixture,
                               gconstpointer  data)
{
  gtk_widget_grab_focus (fixture->entry);
  pause_first (fixture);
  settle (fixture);
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (fixture->window), fixture->entry));
}

static void
test_a_row_that_goes_leaves_it_to_the_next (Fixture       *fixture,
                                            gconstpointer  data)
{
  g_list_store_remove (fixture->tasks, 0);
  settle (fixture);
  g_assert_true (has_focus (fixture, 0));
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, setup, test, teardown);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();

  add ("/focus/moves-along", test_a_row_that_moves_takes_it_along);
  add ("/focus/elsewhere-meanwhile", test_who_goes_elsewhere_meanwhile_stays_there);
  add ("/focus/writing", test_who_writes_is_left_alone);
  add ("/focus/next", test_a_row_that_goes_leaves_it_to_the_next);
  return g_test_run ();
}
