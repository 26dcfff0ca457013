/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-clock.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Time for everything that waits: retries, back-off, schedules, watchdogs, leases.
 *
 * It runs on CLOCK_BOOTTIME, because a laptop that slept through a Retry-After has waited: GLib's
 * timers use CLOCK_MONOTONIC, which stands still in suspend. All timers of a clock share one
 * timerfd, armed for the earliest of them. They are one-shot and run in the clock's context.
 *
 * A fake clock stands still until keel_clock_advance() moves it; then the timers that are due run
 * at once, in the order of their deadlines. A real clock can be advanced too: it jumps ahead and
 * goes on from there. That is how 14 days are tested in milliseconds. keel_clock_sleep() does the
 * same and lets it look like a suspend.
 *
 * Reading the time is allowed in any thread; timers belong to the thread of the context. */

struct _KeelClock {
  gboolean is_fake;
  gint64 fake_boottime_usec;
  gint64 fake_wall_usec;
  gint64 skipped_usec; /* atomic: how far a real clock was advanced */
  gint64 slept_usec;   /* how much of what it was moved was said to be suspend */
  GSequence *timers;   /* (owned) (element-type Timer), by deadline, then by id */
  GHashTable *by_id;   /* (owned) timer id -> GSequenceIter */
  guint last_id;
  int fd;
  GSource *source; /* (owned) (nullable) */
};

typedef struct {
  guint id;
  gint64 deadline_usec;
  KeelClockFunc func;
  gpointer user_data;
} Timer;

static int
compare_timers (gconstpointer a,
                gconstpointer b,
                gpointer      user_data)
{
  const Timer *left = a;
  const Timer *right = b;

  if (left->deadline_usec != right->deadline_usec)
    return left->deadline_usec < right->deadline_usec ? -1 : 1;
  return left->id < right->id ? -1 : left->id > right->id;
}

static gint64
read_usec (clockid_t which)
{
  struct timespec now;

  clock_gettime (which, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
arm (KeelClock *self)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->timers);
  struct itimerspec when = { 0 };

  if (self->is_fake)
    return;
  if (!g_sequence_iter_is_end (first))
    {
      Timer *timer = g_sequence_get (first);
      gint64 deadline_usec = MAX (timer->deadline_usec -
                                    __atomic_load_n (&self->skipped_usec, __ATOMIC_SEQ_CST),
                                  1);

      when.it_value.tv_sec = deadline_usec / G_USEC_PER_SEC;
      when.it_value.tv_nsec = deadline_usec % G_USEC_PER_SEC * 1000;
    }
  if (timerfd_settime (self->fd, TFD_TIMER_ABSTIME, &when, NULL) != 0)
    g_critical ("timerfd_settime: %s", g_strerror (errno));
}

/* A callback may add and cancel timers, so the sequence is looked at afresh each time. */
static void
run_due (KeelClock *self)
{
  for (;;)
    {
      GSequenceIter *first = g_sequence_get_begin_iter (self->timers);
      KeelClockFunc func;
      gpointer user_data;
      Timer *timer;

      if (g_sequence_iter_is_end (first))
        break;
      timer = g_sequence_get (first);
      if (timer->deadline_usec > keel_clock_get_boottime_usec (self))
        break;
      func = timer->func;
      user_data = timer->user_data;
      g_hash_table_remove (self->by_id, GUINT_TO_POINTER (timer->id));
      g_sequence_remove (first);
      func (user_data);
    }
  arm (self);
}

static gboolean
timerfd_cb (int          fd,
            GIOCondition condition,
            gpointer     user_data)
{
  guint64 expirations;

  /* EAGAIN: re-armed between the poll and here. Then nothing is due, and run_due() finds that. */
  if (read (fd, &expirations, sizeof expirations) < 0 && errno != EAGAIN && errno != EINTR)
    g_critical ("timerfd: %s", g_strerror (errno));
  run_due (user_data);
  return G_SOURCE_CONTINUE;
}

static KeelClock *
clock_new (void)
{
  KeelClock *self = g_new0 (KeelClock, 1);

  self->timers = g_sequence_new (g_free);
  self->by_id = g_hash_table_new (NULL, NULL);
  self->fd = -1;
  return self;
}

/* The timers run in @context; NULL is the default one. Gives NULL, and says why in the log, when
 * the process may not have one more file descriptor. */
KeelClock *
keel_clock_new (GMainContext *context)
{
  KeelClock *self;
  int fd = timerfd_create (CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);

  if (fd < 0)
    {
      g_critical ("timerfd_create: %s", g_strerror (errno));
      return NULL;
    }
  self = clock_new ();
  self->fd = fd;
  self->source = g_unix_fd_source_new (self->fd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (timerfd_cb), self, NULL);
  g_source_set_static_name (self->source, "KeelClock");
  g_source_attach (self->source, context);
  return self;
}

/* For tests: stands at @wall_usec, and at one hour after boot. */
KeelClock *
keel_clock_new_fake (gint64 wall_usec)
{
  KeelClock *self = clock_new ();

  self->is_fake = TRUE;
  self->fake_boottime_usec = 3600 * (gint64) G_USEC_PER_SEC;
  self->fake_wall_usec = wall_usec;
  return self;
}

void
keel_clock_free (KeelClock *self)
{
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  if (self->fd >= 0)
    close (self->fd);
  g_hash_table_unref (self->by_id);
  g_sequence_free (self->timers);
  g_free (self);
}

/* Microseconds since boot, time in suspend included. Any thread. */
gint64
keel_clock_get_boottime_usec (KeelClock *self)
{
  if (self->is_fake)
    return self->fake_boottime_usec;
  return read_usec (CLOCK_BOOTTIME) + __atomic_load_n (&self->skipped_usec, __ATOMIC_SEQ_CST);
}

/* Microseconds since the epoch, for people and for what must survive a reboot; it may jump.
 * Any thread. */
gint64
keel_clock_get_wall_usec (KeelClock *self)
{
  if (self->is_fake)
    return self->fake_wall_usec;
  return g_get_real_time () + __atomic_load_n (&self->skipped_usec, __ATOMIC_SEQ_CST);
}

/* How long the machine has been suspended since boot: what CLOCK_BOOTTIME has over
 * CLOCK_MONOTONIC. To be compared with an earlier value; a few microseconds are noise. */
gint64
keel_clock_get_suspended_usec (KeelClock *self)
{
  if (self->is_fake)
    return self->slept_usec;
  return read_usec (CLOCK_BOOTTIME) - read_usec (CLOCK_MONOTONIC) + self->slept_usec;
}

/* Calls @func once at @boottime_usec, or soon if that has passed. Gives the timer's id, never 0;
 * it is void when the function is called. */
guint
keel_clock_call_at (KeelClock     *self,
                    gint64         boottime_usec,
                    KeelClockFunc  func,
                    gpointer       user_data)
{
  Timer *timer = g_new0 (Timer, 1);
  GSequenceIter *iter;

  timer->id = ++self->last_id;
  timer->deadline_usec = boottime_usec;
  timer->func = func;
  timer->user_data = user_data;
  iter = g_sequence_insert_sorted (self->timers, timer, compare_timers, NULL);
  g_hash_table_insert (self->by_id, GUINT_TO_POINTER (timer->id), iter);
  if (iter == g_sequence_get_begin_iter (self->timers))
    arm (self);
  return timer->id;
}

guint
keel_clock_call_after (KeelClock     *self,
                       gint64         delay_usec,
                       KeelClockFunc  func,
                       gpointer       user_data)
{
  return keel_clock_call_at (self, keel_clock_get_boottime_usec (self) + delay_usec, func,
                             user_data);
}

/* Takes the timer back, if @timer is not 0, and makes it 0. It must not have run: a callback
 * clears its own id first. */
void
keel_clock_cancel (KeelClock *self,
                   guint     *timer)
{
  GSequenceIter *iter;
  guint id = *timer;

  *timer = 0;
  if (id == 0)
    return;
  iter = g_hash_table_lookup (self->by_id, GUINT_TO_POINTER (id));
  g_return_if_fail (iter != NULL);
  g_hash_table_remove (self->by_id, GUINT_TO_POINTER (id));
  g_sequence_remove (iter);
}

/* Moves the clock forward; see above. In the thread of the context. */
void
keel_clock_advance (KeelClock *self,
                    gint64     usec)
{
  gint64 target = keel_clock_get_boottime_usec (self) + usec;

  if (!self->is_fake)
    {
      __atomic_add_fetch (&self->skipped_usec, usec, __ATOMIC_SEQ_CST);
      run_due (self);
      return;
    }

  /* Step from deadline to deadline, so that a timer set by a timer sees the right time. */
  while (self->fake_boottime_usec < target)
    {
      GSequenceIter *first = g_sequence_get_begin_iter (self->timers);
      gint64 step = target;

      if (!g_sequence_iter_is_end (first))
        step = CLAMP (((Timer *) g_sequence_get (first))->deadline_usec, self->fake_boottime_usec,
                      target);
      self->fake_wall_usec += step - self->fake_boottime_usec;
      self->fake_boottime_usec = step;
      run_due (self);
    }
}

/* The same as a suspend would. */
void
keel_clock_sleep (KeelClock *self,
                  gint64     usec)
{
  self->slept_usec += usec;
  keel_clock_advance (self, usec);
}
