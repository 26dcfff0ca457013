/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-worker-pool.h"

#include "keel-context.h"

#include <malloc.h>

/* The threads that talk to servers and hash files.
 *
 * Each makes and pushes a main context of its own before it makes its SoupSession: the session
 * then runs its idle timers there (without one they run on the main loop and race), and the worker
 * waits for its next job by iterating that context, so idle connections expire. A session, its
 * messages and streams live and die in the one thread: a session shared by threads crashes.
 *
 * A worker runs one job at a time, with blocking reads: libsoup's asynchronous ones cost five
 * times the instructions. Workers are made on demand, prefer a host they have an open connection
 * to, and leave after half a minute without work, taking their session and buffer with them. When
 * the last one has gone, what it all took is given back to the system.
 *
 * All functions belong to the thread of the owner's context, except the two of KeelWorker, which
 * belong to the worker's. */

#define IDLE_LIFE_USEC (30 * (gint64) G_USEC_PER_SEC)
#define IO_TIMEOUT_SECONDS 60
/* Servers keep a connection for longer than this, if they keep it at all. */
#define KEPT_USEC (2 * (gint64) G_USEC_PER_SEC)

struct _KeelWorker {
  KeelWorkerPool *pool;
  GThread *thread;       /* (owned) */
  GMainContext *context; /* (owned) */
  KeelWorkerJob *job;    /* (nullable) owner's thread: what it is doing */
  char *host;            /* (owned) (nullable) owner's thread: whom it spoke to last */
  gint64 idle_since_usec;

  SoupSession *session; /* (owned) (nullable) worker's thread, as all below */
  guint generation;     /* of the network that the session's connections are of */
  char *kept;           /* (owned) (nullable) origin of the connection that was used last */
  gint64 kept_usec;     /* and when that was given back */
  gpointer buffer;      /* (owned) (nullable) */
  gsize buffer_bytes;
  gboolean is_leaving;
};

struct _KeelWorkerPool {
  GMainContext *context; /* (owned) (nullable) */
  KeelClock *clock;
  guint most;
  GPtrArray *workers; /* (owned) (element-type KeelWorker) */
  GQueue waiting;     /* (element-type KeelWorkerJob) */
  guint idle_timer;
  GMutex mutex;
  GCond cond;
  guint n_running;  /* under the mutex, as all below: threads that have not ended */
  KeelProxy *proxy; /* (owned) */
  guint generation; /* counts up when connections are of no use any more */
};

static void assign (KeelWorkerPool *self);

/* --- worker's thread ------------------------------------------------------------------------- */

static void
strip_session (SoupSession *session)
{
  /* What decodes, sniffs or remembers is not wanted: the bytes must arrive as they are sent. The
   * manager of authentication stays, for proxies that want a password before they let a tunnel
   * through, which nobody else can answer; each request of ours disables it for itself. */
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_SNIFFER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_COOKIE_JAR);
}

/* Over another network, or by another way: what is open is of no use. */
static void
refresh_session (KeelWorker *self)
{
  KeelWorkerPool *pool = self->pool;
  g_autoptr (GProxyResolver) resolver = NULL;
  g_autoptr (KeelProxy) proxy = NULL;
  guint generation;

  g_mutex_lock (&pool->mutex);
  generation = pool->generation;
  if (generation != self->generation)
    proxy = keel_proxy_copy (pool->proxy);
  g_mutex_unlock (&pool->mutex);
  if (proxy == NULL)
    return;
  self->generation = generation;
  g_clear_pointer (&self->kept, g_free);
  soup_session_abort (self->session);
  resolver = keel_proxy_dup_resolver (proxy);
  soup_session_set_proxy_resolver (self->session, resolver);
}

/* The worker's own session. (transfer none) */
SoupSession *
keel_worker_get_session (KeelWorker *self)
{
  if (self->session == NULL)
    {
      self->session = soup_session_new_with_options ("max-conns", 4, "max-conns-per-host", 2,
                                                     "timeout", IO_TIMEOUT_SECONDS, "idle-timeout",
                                                     20, NULL);
      strip_session (self->session);
    }
  refresh_session (self);
  return self->session;
}

/* The connection to @origin has ended an exchange, and can have another. */
void
keel_worker_keep (KeelWorker *self,
                  const char *origin)
{
  self->kept_usec = g_get_monotonic_time ();
  if (g_strcmp0 (self->kept, origin) == 0)
    return;
  g_free (self->kept);
  self->kept = g_strdup (origin);
}

/* Whether the next exchange with @origin will most probably find its connection open, because one
 * has just ended. */
gboolean
keel_worker_has_kept (KeelWorker *self,
                      const char *origin)
{
  return g_strcmp0 (self->kept, origin) == 0 &&
         g_get_monotonic_time () - self->kept_usec < KEPT_USEC;
}

/* Scratch memory that lasts until the next call. (transfer none) */
gpointer
keel_worker_get_buffer (KeelWorker *self,
                        gsize       bytes)
{
  if (self->buffer_bytes < bytes)
    {
      g_free (self->buffer);
      self->buffer = g_malloc (bytes);
      self->buffer_bytes = bytes;
    }
  return self->buffer;
}

static gpointer
worker_thread (gpointer data)
{
  KeelWorker *self = data;
  KeelWorkerPool *pool = self->pool;

  g_main_context_push_thread_default (self->context);
  while (!self->is_leaving)
    g_main_context_iteration (self->context, TRUE);
  if (self->session != NULL)
    soup_session_abort (self->session);
  g_clear_object (&self->session);
  /* What the session posted while it went. */
  while (g_main_context_iteration (self->context, FALSE))
    continue;
  g_clear_pointer (&self->buffer, g_free);
  g_clear_pointer (&self->kept, g_free);
  g_main_context_pop_thread_default (self->context);

  g_mutex_lock (&pool->mutex);
  pool->n_running--;
  g_cond_signal (&pool->cond);
  g_mutex_unlock (&pool->mutex);
  return NULL;
}

static void
leave_cb (gpointer data)
{
  KeelWorker *self = data;

  self->is_leaving = TRUE;
}

/* --- owner's thread -------------------------------------------------------------------------- */

static void
worker_free (KeelWorker *self)
{
  g_thread_join (self->thread);
  g_main_context_unref (self->context);
  g_free (self->host);
  g_free (self);
}

static void
idle_timer_cb (gpointer user_data)
{
  KeelWorkerPool *self = user_data;
  gint64 now_usec = keel_clock_get_boottime_usec (self->clock);
  gint64 next_usec = G_MAXINT64;

  self->idle_timer = 0;
  for (guint i = self->workers->len; i-- > 0;)
    {
      KeelWorker *worker = g_ptr_array_index (self->workers, i);

      if (worker->job != NULL)
        continue;
      if (now_usec - worker->idle_since_usec >= IDLE_LIFE_USEC)
        {
          keel_context_post (worker->context, leave_cb, worker);
          g_ptr_array_remove_index_fast (self->workers, i);
          worker_free (worker);
        }
      else
        next_usec = MIN (next_usec, worker->idle_since_usec + IDLE_LIFE_USEC);
    }
  if (self->workers->len == 0)
    malloc_trim (0);
  if (next_usec != G_MAXINT64)
    self->idle_timer = keel_clock_call_at (self->clock, next_usec, idle_timer_cb, self);
}

/* Ends all that have nothing to do, with what they kept for the next time. */
void
keel_worker_pool_drop_idle (KeelWorkerPool *self)
{
  for (guint i = self->workers->len; i-- > 0;)
    {
      KeelWorker *worker = g_ptr_array_index (self->workers, i);

      if (worker->job == NULL)
        worker->idle_since_usec = G_MININT64 / 2;
    }
  keel_clock_cancel (self->clock, &self->idle_timer);
  idle_timer_cb (self);
}

static void
job_done_cb (gpointer data)
{
  KeelWorker *worker = data;
  KeelWorkerPool *self = worker->pool;
  KeelWorkerJob *job = g_steal_pointer (&worker->job);

  worker->idle_since_usec = keel_clock_get_boottime_usec (self->clock);
  if (self->idle_timer == 0)
    self->idle_timer = keel_clock_call_after (self->clock, IDLE_LIFE_USEC, idle_timer_cb, self);
  job->done (job);
  assign (self);
}

static void
run_job_cb (gpointer data)
{
  KeelWorker *worker = data;

  worker->job->run (worker->job, worker);
  keel_context_post (worker->pool->context, job_done_cb, worker);
}

static KeelWorker *
worker_new (KeelWorkerPool *pool)
{
  KeelWorker *self = g_new0 (KeelWorker, 1);

  self->pool = pool;
  self->context = g_main_context_new ();
  g_mutex_lock (&pool->mutex);
  pool->n_running++;
  g_mutex_unlock (&pool->mutex);
  self->thread = g_thread_new ("keel-worker", worker_thread, self);
  g_ptr_array_add (pool->workers, self);
  return self;
}

/* A free worker, best one that knows the host; a new one while there may be more. */
static KeelWorker *
find_worker (KeelWorkerPool *self,
             const char     *host)
{
  KeelWorker *found = NULL;

  for (guint i = 0; i < self->workers->len; i++)
    {
      KeelWorker *worker = g_ptr_array_index (self->workers, i);

      if (worker->job != NULL)
        continue;
      if (host != NULL && g_strcmp0 (worker->host, host) == 0)
        return worker;
      found = worker;
    }
  if (found == NULL && self->workers->len < self->most)
    found = worker_new (self);
  return found;
}

static void
assign (KeelWorkerPool *self)
{
  while (!g_queue_is_empty (&self->waiting))
    {
      KeelWorkerJob *job = g_queue_peek_head (&self->waiting);
      KeelWorker *worker = find_worker (self, job->host);

      if (worker == NULL)
        return;
      g_queue_pop_head (&self->waiting);
      worker->job = job;
      if (job->host != NULL)
        {
          g_free (worker->host);
          worker->host = g_strdup (job->host);
        }
      keel_context_post (worker->context, run_job_cb, worker);
    }
}

/* At most @most threads; @clock must outlive the pool. */
KeelWorkerPool *
keel_worker_pool_new (GMainContext *context,
                      KeelClock    *clock,
                      guint         most)
{
  KeelWorkerPool *self = g_new0 (KeelWorkerPool, 1);

  self->context = context != NULL ? g_main_context_ref (context) : NULL;
  self->clock = clock;
  self->most = most;
  self->workers = g_ptr_array_new ();
  g_queue_init (&self->waiting);
  self->proxy = keel_proxy_new (KEEL_PROXY_SYSTEM, NULL, NULL);
  self->generation = 1;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  return self;
}

/* Exchanges that begin from now on go this way. FALSE: they do already. */
gboolean
keel_worker_pool_set_proxy (KeelWorkerPool  *self,
                            const KeelProxy *proxy)
{
  /* Written in this thread only. */
  if (keel_proxy_equal (self->proxy, proxy))
    return FALSE;
  g_mutex_lock (&self->mutex);
  keel_proxy_free (self->proxy);
  self->proxy = keel_proxy_copy (proxy);
  self->generation++;
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

/* Exchanges that begin from now on use no connection that is open now. */
void
keel_worker_pool_drop_connections (KeelWorkerPool *self)
{
  g_mutex_lock (&self->mutex);
  self->generation++;
  g_mutex_unlock (&self->mutex);
}

/* Runs @job as soon as a worker is free. */
void
keel_worker_pool_push (KeelWorkerPool *self,
                       KeelWorkerJob  *job)
{
  g_queue_push_tail (&self->waiting, job);
  assign (self);
}

static gboolean
wait_for_threads (KeelWorkerPool *self,
                  gint64          timeout_usec)
{
  gint64 deadline = g_get_monotonic_time () + timeout_usec;
  gboolean in_time = TRUE;

  g_mutex_lock (&self->mutex);
  while (self->n_running > 0 && in_time)
    in_time = g_cond_wait_until (&self->cond, &self->mutex, deadline);
  g_mutex_unlock (&self->mutex);
  return in_time;
}

/* Ends the threads; the owner has cancelled the jobs, and drops those that nobody took. FALSE when
 * one does not end in time: it and the pool are left for the end of the process. The `done` of the
 * last jobs has been posted and must not find the pool gone: iterate the context before. */
gboolean
keel_worker_pool_close (KeelWorkerPool *self,
                        gint64          timeout_usec)
{
  for (guint i = 0; i < self->workers->len; i++)
    {
      KeelWorker *worker = g_ptr_array_index (self->workers, i);

      keel_context_post (worker->context, leave_cb, worker);
    }
  keel_clock_cancel (self->clock, &self->idle_timer);
  if (!wait_for_threads (self, timeout_usec))
    return FALSE;
  for (guint i = 0; i < self->workers->len; i++)
    worker_free (g_ptr_array_index (self->workers, i));
  g_ptr_array_unref (self->workers);
  g_queue_clear (&self->waiting);
  keel_proxy_free (self->proxy);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self);
  return TRUE;
}
