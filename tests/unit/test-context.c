/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-context.h"

#define THREADS 4
#define POSTS 5000

typedef struct {
  GMainContext *context;
  GThread *owner;
  guint next[THREADS]; /* the number that each thread's next post has */
  guint n_run;
} Board;

typedef struct {
  Board *board;
  guint thread;
  guint number;
} Note;

static void
note_cb (gpointer data)
{
  Note *note = data;
  Board *board = note->board;

  g_assert_true (g_thread_self () == board->owner);
  g_assert_cmpuint (board->next[note->thread], ==, note->number);
  board->next[note->thread]++;
  board->n_run++;
  g_free (note);
}

typedef struct {
  Board *board;
  guint thread;
} Poster;

static gpointer
poster_thread (gpointer data)
{
  const Poster *poster = data;

  for (guint i = 0; i < POSTS; i++)
    {
      Note *note = g_new0 (Note, 1);

      note->board = poster->board;
      note->thread = poster->thread;
      note->number = i;
      keel_context_post (poster->board->context, note_cb, note);
    }
  return NULL;
}

/* Each once, in the owner's thread, in the order of the thread that posted; and a context that
 * waits is woken up. */
static void
test_order (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Board board = { .context = context, .owner = g_thread_self () };
  Poster posters[THREADS];
  GThread *threads[THREADS];

  for (guint i = 0; i < THREADS; i++)
    {
      posters[i] = (Poster) { &board, i };
      threads[i] = g_thread_new ("poster", poster_thread, &posters[i]);
    }
  while (board.n_run < THREADS * POSTS)
    g_main_context_iteration (context, TRUE);
  for (guint i = 0; i < THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_false (g_main_context_iteration (context, FALSE));
}

static void
set_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
}

typedef struct {
  GMainContext *context;
  gboolean was_first;
  gboolean was_second;
} Nest;

static void
nesting_cb (gpointer data)
{
  Nest *nest = data;

  keel_context_post (nest->context, set_cb, &nest->was_second);
  while (!nest->was_first || !nest->was_second)
    g_main_context_iteration (nest->context, TRUE);
}

/* A posted function may wait for what was posted before and after it began. */
static void
test_nested (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Nest nest = { .context = context };

  keel_context_post (context, nesting_cb, &nest);
  keel_context_post (context, set_cb, &nest.was_first);
  while (!nest.was_second)
    g_main_context_iteration (context, TRUE);
}

static void
again_cb (gpointer data)
{
  guint *count = data;

  (*count)++;
  keel_context_post (NULL, again_cb, count);
}

static gboolean
idle_cb (gpointer user_data)
{
  set_cb (user_data);
  return G_SOURCE_REMOVE;
}

/* One that posts itself again and again does not keep others from their turn. */
static void
test_fairness (void)
{
  guint count = 0;
  gboolean had_turn = FALSE;

  keel_context_post (NULL, again_cb, &count);
  g_idle_add_full (G_PRIORITY_DEFAULT, idle_cb, &had_turn, NULL);
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_true (had_turn);
  g_assert_cmpuint (count, <=, 10);
}

/* The next context may well have the address of one that is gone. */
static void
test_many_contexts (void)
{
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (GMainContext) context = g_main_context_new ();
      gboolean was_run = FALSE;

      keel_context_post (context, set_cb, &was_run);
      g_main_context_iteration (context, TRUE);
      g_assert_true (was_run);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/context/order", test_order);
  g_test_add_func ("/context/nested", test_nested);
  g_test_add_func ("/context/many-contexts", test_many_contexts);
  g_test_add_func ("/context/fairness", test_fairness);
  return g_test_run ();
}
