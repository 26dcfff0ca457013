/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-rate-limiter.h"

/* A token bucket that threads share. A reader charges what it has just read; when the bucket is
 * in debt it waits until the debt is paid, so that TCP's own back-pressure slows the sender down.
 *
 * The bucket holds at most a quarter of a second's tokens: enough to be smooth, too little for a
 * burst that another program on the line would notice. The rate may change at any time; those who
 * wait look again every fifth of a second. Waiting is on the cancellable, so cancelling is
 * immediate, and the mutex is never held while waiting. */

#define BURST_PART 4
#define LONGEST_NAP_MSEC 200
#define SMALLEST_READ 4096

struct _KeelRateLimiter {
  gatomicrefcount refs;
  GMutex mutex;
  guint64 rate_bps; /* 0: no limit */
  double tokens;    /* bytes; below 0: debt */
  gint64 filled_usec;
};

KeelRateLimiter *
keel_rate_limiter_new (guint64 bytes_per_second)
{
  KeelRateLimiter *self = g_new0 (KeelRateLimiter, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->mutex);
  self->rate_bps = bytes_per_second;
  self->filled_usec = g_get_monotonic_time ();
  return self;
}

KeelRateLimiter *
keel_rate_limiter_ref (KeelRateLimiter *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
keel_rate_limiter_unref (KeelRateLimiter *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_mutex_clear (&self->mutex);
  g_free (self);
}

/* 0 takes the limit away. Debts at the old rate are forgiven. */
void
keel_rate_limiter_set_rate (KeelRateLimiter *self,
                            guint64          bytes_per_second)
{
  g_mutex_lock (&self->mutex);
  if (self->rate_bps != bytes_per_second)
    {
      self->rate_bps = bytes_per_second;
      self->tokens = 0;
      self->filled_usec = g_get_monotonic_time ();
    }
  g_mutex_unlock (&self->mutex);
}

guint64
keel_rate_limiter_get_rate (KeelRateLimiter *self)
{
  guint64 rate_bps;

  g_mutex_lock (&self->mutex);
  rate_bps = self->rate_bps;
  g_mutex_unlock (&self->mutex);
  return rate_bps;
}

/* How much to read at once, so that one read is not seconds' worth of the limit. */
gsize
keel_rate_limiter_suggest (KeelRateLimiter *self,
                           gsize            most)
{
  guint64 rate_bps = keel_rate_limiter_get_rate (self);

  if (rate_bps == 0)
    return most;
  return (gsize) CLAMP (rate_bps / 20, MIN (SMALLEST_READ, most), most);
}

/* Books @bytes at @now_usec (monotonic) and tells after how many microseconds they are paid for. */
gint64
keel_rate_limiter_charge (KeelRateLimiter *self,
                          gsize            bytes,
                          gint64           now_usec)
{
  gint64 debt_usec = 0;

  g_mutex_lock (&self->mutex);
  if (self->rate_bps > 0)
    {
      double rate = (double) self->rate_bps;

      self->tokens += rate * (double) (now_usec - self->filled_usec) / G_USEC_PER_SEC;
      self->tokens = MIN (self->tokens, rate / BURST_PART);
      self->filled_usec = now_usec;
      self->tokens -= (double) bytes;
      if (self->tokens < 0)
        debt_usec = (gint64) (-self->tokens / rate * G_USEC_PER_SEC);
    }
  g_mutex_unlock (&self->mutex);
  return debt_usec;
}

/* Books @bytes that have been read and waits until they are paid for. FALSE when cancelled. Blocks;
 * for workers. */
gboolean
keel_rate_limiter_take (KeelRateLimiter *self,
                        gsize            bytes,
                        GCancellable    *cancellable)
{
  GPollFD poll_fd;
  gint64 debt_usec = keel_rate_limiter_charge (self, bytes, g_get_monotonic_time ());

  if (debt_usec <= 0)
    return !g_cancellable_is_cancelled (cancellable);
  if (!g_cancellable_make_pollfd (cancellable, &poll_fd))
    return !g_cancellable_is_cancelled (cancellable);
  while (debt_usec > 0 && !g_cancellable_is_cancelled (cancellable))
    {
      gint nap_msec = (gint) MIN (debt_usec / 1000 + 1, LONGEST_NAP_MSEC);

      g_poll (&poll_fd, 1, nap_msec);
      debt_usec = keel_rate_limiter_charge (self, 0, g_get_monotonic_time ());
    }
  g_cancellable_release_fd (cancellable);
  return !g_cancellable_is_cancelled (cancellable);
}
