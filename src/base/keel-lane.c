/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-lane.h"

#include "keel-context.h"

/* A thread with a queue: work that may block goes down a lane, and its end comes back as a call in
 * the owner's context. The store thread and the disk threads are lanes.
 *
 * Jobs run in the order in which they were pushed, and their `done` comes in the same order.
 * What is waiting when the thread looks up is taken as one batch, so that the store can make one
 * transaction of it (group commit). While jobs come thick and fast, as with thousands of small
 * files, a batch stays open a few milliseconds for more of them, because its end costs the same
 * however many they are; a job that comes alone does not wait. A lane whose thread hangs in the
 * kernel (a network disk that went away) cannot be joined; keel_lane_close() then gives up and
 * leaves it to the end of the process. */

#define MAX_BATCH 1000
/* How long a batch stays open, and how many jobs of how much time must have come before. */
#define OPEN_USEC (5 * (gint64) 1000)
#define CROWD_USEC (50 * (gint64) 1000)
#define CROWD_JOBS 40

struct _KeelLane {
  GThread *thread;       /* (owned) */
  GAsyncQueue *queue;    /* (owned) */
  GMainContext *context; /* (owned) */
  KeelLaneBatch batch;
  gpointer user_data;
  GMutex mutex;
  GCond cond;
  gboolean has_ended;  /* under the mutex */
  gint64 began_usec;   /* atomic: when the present job did; 0: there is none */
  gint64 counted_usec; /* the lane's thread, these three: since when jobs are counted, */
  guint n_counted;
  gboolean is_crowded; /* and whether the time before that, or this one, had many */
};

static KeelJob end_of_lane;

static void
batch_done_cb (gpointer data)
{
  g_autoptr (GPtrArray) jobs = data;

  for (guint i = 0; i < jobs->len; i++)
    {
      KeelJob *job = g_ptr_array_index (jobs, i);

      job->done (job);
    }
}

static void
count_job (KeelLane *self,
           gint64    now_usec)
{
  if (now_usec - self->counted_usec >= CROWD_USEC)
    {
      self->is_crowded = self->n_counted >= CROWD_JOBS &&
                         now_usec - self->counted_usec < 2 * CROWD_USEC;
      self->n_counted = 0;
      self->counted_usec = now_usec;
    }
  if (++self->n_counted >= CROWD_JOBS)
    self->is_crowded = TRUE;
}

/* The next job of the batch that was begun at @begun_usec; NULL when it is over. */
static KeelJob *
pop_more (KeelLane *self,
          gint64    begun_usec)
{
  KeelJob *job = g_async_queue_try_pop (self->queue);
  gint64 rest_usec = begun_usec + OPEN_USEC - g_get_monotonic_time ();

  if (job != NULL || !self->is_crowded || rest_usec <= 0)
    return job;
  return g_async_queue_timeout_pop (self->queue, (guint64) rest_usec);
}

static gboolean
run_batch (KeelLane *self,
           KeelJob  *first)
{
  GPtrArray *jobs = g_ptr_array_new ();
  KeelJob *job = first;
  gint64 begun_usec = g_get_monotonic_time ();

  if (self->batch.begin != NULL)
    self->batch.begin (self->user_data);
  while (job != NULL && job != &end_of_lane)
    {
      gint64 now_usec = g_get_monotonic_time ();

      count_job (self, now_usec);
      __atomic_store_n (&self->began_usec, now_usec, __ATOMIC_RELEASE);
      job->run (job);
      __atomic_store_n (&self->began_usec, 0, __ATOMIC_RELEASE);
      g_ptr_array_add (jobs, job);
      /* Without hooks there is nothing to gain from waiting for the others. */
      if (self->batch.end == NULL || jobs->len >= MAX_BATCH)
        job = NULL;
      else
        job = pop_more (self, begun_usec);
    }
  if (self->batch.end != NULL)
    self->batch.end (self->user_data, jobs);
  keel_context_post (self->context, batch_done_cb, jobs);
  return job != &end_of_lane;
}

static gpointer
lane_thread (gpointer data)
{
  KeelLane *self = data;
  gboolean goes_on = TRUE;

  while (goes_on)
    {
      KeelJob *job = g_async_queue_pop (self->queue);

      goes_on = job != &end_of_lane && run_batch (self, job);
    }

  g_mutex_lock (&self->mutex);
  self->has_ended = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
  return NULL;
}

/* @batch may be NULL; what it points to is copied. */
KeelLane *
keel_lane_new (const char          *name,
               GMainContext        *context,
               const KeelLaneBatch *batch,
               gpointer             user_data)
{
  KeelLane *self = g_new0 (KeelLane, 1);

  self->queue = g_async_queue_new ();
  self->context = context != NULL ? g_main_context_ref (context) : NULL;
  if (batch != NULL)
    self->batch = *batch;
  self->user_data = user_data;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->thread = g_thread_new (name, lane_thread, self);
  return self;
}

void
keel_lane_push (KeelLane *self,
                KeelJob  *job)
{
  g_async_queue_push (self->queue, job);
}

/* For how long the present job has been running; 0: none is. */
gint64
keel_lane_get_running_usec (KeelLane *self)
{
  gint64 began_usec = __atomic_load_n (&self->began_usec, __ATOMIC_ACQUIRE);

  return began_usec != 0 ? g_get_monotonic_time () - began_usec : 0;
}

/* Runs what is in the queue, ends the thread and frees the lane. Gives FALSE, and leaks the lane,
 * when the thread does not end in time (-1: wait for ever). The `done` of the last jobs has been
 * posted, not called. */
gboolean
keel_lane_close (KeelLane *self,
                 gint64    timeout_usec)
{
  gint64 deadline = g_get_monotonic_time () + timeout_usec;
  gboolean has_ended = TRUE;

  g_async_queue_push (self->queue, &end_of_lane);
  g_mutex_lock (&self->mutex);
  while (!self->has_ended && has_ended)
    {
      if (timeout_usec < 0)
        g_cond_wait (&self->cond, &self->mutex);
      else
        has_ended = g_cond_wait_until (&self->cond, &self->mutex, deadline);
    }
  has_ended = self->has_ended;
  g_mutex_unlock (&self->mutex);
  if (!has_ended)
    return FALSE;

  g_thread_join (self->thread);
  g_async_queue_unref (self->queue);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self);
  return TRUE;
}
