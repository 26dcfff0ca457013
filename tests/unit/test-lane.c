/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-lane.h"

typedef struct {
  KeelJob job;
  GString *log;
  char letter;
  GThread *ran_in;
  GMutex *gate; /* (nullable) */
  guint *n_done;
} Work;

static void
work_run (KeelJob *job)
{
  Work *work = (Work *) job;

  if (work->gate != NULL)
    {
      g_mutex_lock (work->gate);
      g_mutex_unlock (work->gate);
    }
  work->ran_in = g_thread_self ();
}

static void
work_done (KeelJob *job)
{
  Work *work = (Work *) job;

  g_assert_true (work->ran_in != NULL && work->ran_in != g_thread_self ());
  g_string_append_c (work->log, work->letter);
  (*work->n_done)++;
  g_free (work);
}

static void
push (KeelLane *lane,
      GString  *log,
      char      letter,
      GMutex   *gate,
      guint    *n_done)
{
  Work *work = g_new0 (Work, 1);

  work->job.run = work_run;
  work->job.done = work_done;
  work->log = log;
  work->letter = letter;
  work->gate = gate;
  work->n_done = n_done;
  keel_lane_push (lane, &work->job);
}

static void
iterate_until (guint *counter,
               guint  wanted)
{
  while (*counter < wanted)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_order (void)
{
  KeelLane *lane = keel_lane_new ("test", NULL, NULL, NULL);
  g_autoptr (GString) log = g_string_new (NULL);
  guint n_done = 0;

  for (char c = 'a'; c <= 'z'; c++)
    push (lane, log, c, NULL, &n_done);
  iterate_until (&n_done, 26);
  g_assert_cmpstr (log->str, ==, "abcdefghijklmnopqrstuvwxyz");
  g_assert_true (keel_lane_close (lane, -1));
}

typedef struct {
  guint n_begun;
  guint n_ended;
  guint largest;
} Batches;

static void
batch_begin (gpointer user_data)
{
  ((Batches *) user_data)->n_begun++;
}

static void
batch_end (gpointer   user_data,
           GPtrArray *jobs)
{
  Batches *batches = user_data;

  batches->n_ended++;
  batches->largest = MAX (batches->largest, jobs->len);
}

/* What gathers behind a job that takes long is one batch. */
static void
test_batch (void)
{
  KeelLaneBatch hooks = { batch_begin, batch_end };
  Batches batches = { 0 };
  KeelLane *lane = keel_lane_new ("test", NULL, &hooks, &batches);
  g_autoptr (GString) log = g_string_new (NULL);
  guint n_done = 0;
  GMutex gate;

  g_mutex_init (&gate);
  g_mutex_lock (&gate);
  push (lane, log, 'a', &gate, &n_done);
  for (char c = 'b'; c <= 'k'; c++)
    push (lane, log, c, NULL, &n_done);
  g_mutex_unlock (&gate);
  iterate_until (&n_done, 11);
  g_assert_cmpstr (log->str, ==, "abcdefghijk");
  g_assert_true (keel_lane_close (lane, -1));
  g_assert_cmpuint (batches.n_begun, ==, batches.n_ended);
  g_assert_cmpuint (batches.largest, ==, 11);
  g_mutex_clear (&gate);
}

#define CROWD 2000

typedef struct {
  KeelLane *lane;
  GString *log;
  guint *n_done;
} Pusher;

static gpointer
pusher_thread (gpointer data)
{
  const Pusher *pusher = data;

  for (guint i = 0; i < CROWD; i++)
    {
      gint64 until_usec = g_get_monotonic_time () + 20;

      push (pusher->lane, pusher->log, 'a', NULL, pusher->n_done);
      while (g_get_monotonic_time () < until_usec)
        continue;
    }
  return NULL;
}

/* What comes thick and fast is gathered, although the lane is done with one before the next one
 * comes. */
static void
test_crowd (void)
{
  KeelLaneBatch hooks = { batch_begin, batch_end };
  Batches batches = { 0 };
  KeelLane *lane = keel_lane_new ("test", NULL, &hooks, &batches);
  g_autoptr (GString) log = g_string_new (NULL);
  guint n_done = 0;
  Pusher pusher = { lane, log, &n_done };
  GThread *thread = g_thread_new ("pusher", pusher_thread, &pusher);

  iterate_until (&n_done, CROWD);
  g_thread_join (thread);
  g_assert_true (keel_lane_close (lane, -1));
  g_assert_cmpuint (batches.n_begun, <, CROWD / 4);
}

/* Closing runs what is in the queue, and its ends are posted. */
static void
test_close_drains (void)
{
  KeelLane *lane = keel_lane_new ("test", NULL, NULL, NULL);
  g_autoptr (GString) log = g_string_new (NULL);
  guint n_done = 0;

  for (char c = 'a'; c <= 'e'; c++)
    push (lane, log, c, NULL, &n_done);
  g_assert_true (keel_lane_close (lane, 10 * G_USEC_PER_SEC));
  g_assert_cmpuint (n_done, ==, 0);
  iterate_until (&n_done, 5);
  g_assert_cmpstr (log->str, ==, "abcde");
}

/* A thread that hangs is left behind, in time. */
static void
test_close_hanging (void)
{
  KeelLane *lane = keel_lane_new ("test", NULL, NULL, NULL);
  g_autoptr (GString) log = g_string_new (NULL);
  guint n_done = 0;
  GMutex gate;

  g_mutex_init (&gate);
  g_mutex_lock (&gate);
  push (lane, log, 'a', &gate, &n_done);
  g_assert_false (keel_lane_close (lane, 50 * 1000));
  g_mutex_unlock (&gate);
  iterate_until (&n_done, 1);
  /* It still ends: only now may what it refers to go. */
  g_assert_true (keel_lane_close (lane, -1));
  g_mutex_clear (&gate);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lane/order", test_order);
  g_test_add_func ("/lane/batch", test_batch);
  g_test_add_func ("/lane/crowd", test_crowd);
  g_test_add_func ("/lane/close-drains", test_close_drains);
  g_test_add_func ("/lane/close-hanging", test_close_hanging);
  return g_test_run ();
}
