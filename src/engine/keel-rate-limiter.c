/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-rate-limiter.h"

#include <poll.h>

/* A token bucket that threads share. A reader pays for what it has just read, and reads on when
 * that is paid, so that TCP's own back-pressure slows the sender down.
 *
 * Who cannot pay at once stands in a queue, which is ordered by how much the share that it belongs
 * to (a transfer) has had: a transfer with eight connections gets as much as one with a single one,
 * and nobody waits for ever. This is start-time fair queuing (Goyal, Vin and Cheng, 1996) with all
 * weights equal. It keeps nothing back for who does not ask: what a slow transfer leaves the others
 * take. In a share, who came first is first.
 *
 * Reads are small, a hundredth of a second each, because what has been read and is not paid for is
 * beyond the limit: that many hundredths as there are connections, once. The bucket holds an eighth
 * of a second: too little for a burst that another program on the line would notice. But what comes
 * together while somebody waits is his, up to half a second, so that a thread that is woken late
 * loses nothing.
 *
 * Who waits knows when it will be its turn, and sleeps until then, without the mutex, on its
 * cancellable; and looks each tenth of a second whether the limit is another one. Those who wait
 * when the limit changes are let go, since they read under the old one. Without a limit all of this
 * is one atomic load. */

#define BURST_PART 8
#define LATE_PART 2
#define READ_PART 100
#define SMALLEST_READ 512
#define LONGEST_NAP_USEC (100 * 1000)
#define MOST_LIMITERS 4

/* How far somebody's bytes have come, while anybody waits. */
typedef struct {
  gconstpointer key;
  guint64 finish;
} Share;

struct _KeelRateLimiter {
  gatomicrefcount refs;
  guint64 rate_bps; /* atomic; written under the mutex. 0: no limit */
  GMutex mutex;
  double tokens; /* bytes */
  gint64 filled_usec;
  GPtrArray *queue; /* (owned) (element-type KeelRatePayment) not owned each; by start */
  GArray *shares;   /* (owned) (element-type Share) of those in the queue, or ahead of it */
  guint64 turn;     /* the start of what was paid last */
};

KeelRateLimiter *
keel_rate_limiter_new (guint64 bytes_per_second)
{
  KeelRateLimiter *self = g_new0 (KeelRateLimiter, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->mutex);
  self->rate_bps = bytes_per_second;
  self->filled_usec = g_get_monotonic_time ();
  self->queue = g_ptr_array_new ();
  self->shares = g_array_new (FALSE, FALSE, sizeof (Share));
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
  g_ptr_array_unref (self->queue);
  g_array_unref (self->shares);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

guint64
keel_rate_limiter_get_rate (KeelRateLimiter *self)
{
  return __atomic_load_n (&self->rate_bps, __ATOMIC_RELAXED);
}

/* Nobody waits: who has had more is forgotten. */
static void
forget_shares (KeelRateLimiter *self)
{
  g_array_set_size (self->shares, 0);
  self->turn = 0;
}

/* 0 takes the limit away. Debts at the old rate are forgiven. */
void
keel_rate_limiter_set_rate (KeelRateLimiter *self,
                            guint64          bytes_per_second)
{
  g_mutex_lock (&self->mutex);
  if (self->rate_bps != bytes_per_second)
    {
      __atomic_store_n (&self->rate_bps, bytes_per_second, __ATOMIC_RELAXED);
      self->tokens = 0;
      self->filled_usec = g_get_monotonic_time ();
      for (guint i = 0; i < self->queue->len; i++)
        ((KeelRatePayment *) g_ptr_array_index (self->queue, i))->is_paid = TRUE;
      g_ptr_array_set_size (self->queue, 0);
      forget_shares (self);
    }
  g_mutex_unlock (&self->mutex);
}

/* How much to read at once, so that one read is not seconds' worth of the limit. */
gsize
keel_rate_limiter_suggest (KeelRateLimiter *self,
                           gsize            most)
{
  guint64 rate_bps = keel_rate_limiter_get_rate (self);

  if (rate_bps == 0)
    return most;
  return (gsize) CLAMP (rate_bps / READ_PART, MIN (SMALLEST_READ, most), most);
}

static double
get_burst (KeelRateLimiter *self,
           guint            part)
{
  return (double) MAX (self->rate_bps / part, 2 * SMALLEST_READ);
}

/* Fills the bucket up to now. */
static void
fill (KeelRateLimiter *self,
      gint64           now_usec)
{
  double tokens = self->tokens + (double) self->rate_bps * (double) (now_usec - self->filled_usec) /
                                   G_USEC_PER_SEC;

  if (self->queue->len == 0)
    tokens = MAX (self->tokens, MIN (tokens, get_burst (self, BURST_PART)));
  self->tokens = tokens;
  self->filled_usec = now_usec;
}

/* Pays for those who are first, as far as the tokens go. */
static void
settle (KeelRateLimiter *self,
        gint64           now_usec)
{
  guint n_paid = 0;

  fill (self, now_usec);
  for (; n_paid < self->queue->len; n_paid++)
    {
      KeelRatePayment *first = g_ptr_array_index (self->queue, n_paid);

      if (self->tokens < (double) first->cost)
        break;
      self->tokens -= (double) first->cost;
      self->turn = first->start;
      first->is_paid = TRUE;
    }
  if (n_paid > 0)
    g_ptr_array_remove_range (self->queue, 0, n_paid);
  if (self->queue->len > 0)
    return;
  self->tokens = MIN (self->tokens, get_burst (self, LATE_PART));
  forget_shares (self);
}

/* Where the bytes of @key go on: behind those it has had, or at the present turn if it had none
 * lately. Those that are behind it anyway are forgotten on the way. (transfer none) */
static Share *
find_share (KeelRateLimiter *self,
            gconstpointer    key)
{
  Share fresh = { key, self->turn };

  for (guint i = 0; i < self->shares->len; i++)
    {
      Share *share = &g_array_index (self->shares, Share, i);

      if (share->key == key)
        {
          share->finish = MAX (share->finish, self->turn);
          return share;
        }
      if (share->finish < self->turn)
        g_array_remove_index_fast (self->shares, i--);
    }
  g_array_append_val (self->shares, fresh);
  return &g_array_index (self->shares, Share, self->shares->len - 1);
}

static void
stand_in_line (KeelRateLimiter *self,
               KeelRatePayment *payment)
{
  guint i = self->queue->len;

  while (i > 0 &&
         ((KeelRatePayment *) g_ptr_array_index (self->queue, i - 1))->start > payment->start)
    i--;
  g_ptr_array_insert (self->queue, (int) i, payment);
}

/* Books @bytes that were read for @share at @now_usec (monotonic). Gives whether they are paid. */
gboolean
keel_rate_limiter_owe (KeelRateLimiter *self,
                       KeelRatePayment *payment,
                       gconstpointer    share,
                       gsize            bytes,
                       gint64           now_usec)
{
  gboolean is_paid;

  *payment = (KeelRatePayment) { .is_paid = TRUE };
  if (keel_rate_limiter_get_rate (self) == 0)
    return TRUE;
  g_mutex_lock (&self->mutex);
  settle (self, now_usec);
  if (self->rate_bps > 0)
    {
      Share *line = find_share (self, share);

      /* A read that is larger was begun under another limit, and is not to hold up everybody. */
      payment->cost = MIN (bytes, (guint64) get_burst (self, BURST_PART));
      payment->start = line->finish;
      payment->is_paid = FALSE;
      line->finish += payment->cost;
      stand_in_line (self, payment);
      settle (self, now_usec);
    }
  is_paid = payment->is_paid;
  g_mutex_unlock (&self->mutex);
  return is_paid;
}

/* After how many microseconds it will be paid, if nobody comes who had less; 0: it is. */
gint64
keel_rate_limiter_look (KeelRateLimiter *self,
                        KeelRatePayment *payment,
                        gint64           now_usec)
{
  gint64 wait_usec = 0;
  double due;

  g_mutex_lock (&self->mutex);
  if (!payment->is_paid)
    settle (self, now_usec);
  if (!payment->is_paid)
    {
      due = -self->tokens;
      for (guint i = 0; i < self->queue->len; i++)
        {
          const KeelRatePayment *other = g_ptr_array_index (self->queue, i);

          due += (double) other->cost;
          if (other == payment)
            break;
        }
      wait_usec = (gint64) (due / (double) self->rate_bps * G_USEC_PER_SEC) + 1;
    }
  g_mutex_unlock (&self->mutex);
  return wait_usec;
}

/* Gives up waiting; what was read is not paid for. */
void
keel_rate_limiter_withdraw (KeelRateLimiter *self,
                            KeelRatePayment *payment)
{
  g_mutex_lock (&self->mutex);
  if (!payment->is_paid)
    g_ptr_array_remove (self->queue, payment);
  payment->is_paid = TRUE;
  g_mutex_unlock (&self->mutex);
}

static gint64
look_at_all (KeelRateLimiter *const *limiters,
             guint                   n_limiters,
             KeelRatePayment        *payments)
{
  gint64 now_usec = g_get_monotonic_time ();
  gint64 longest_usec = 0;

  for (guint i = 0; i < n_limiters; i++)
    if (limiters[i] != NULL)
      longest_usec = MAX (longest_usec,
                          keel_rate_limiter_look (limiters[i], &payments[i], now_usec));
  return longest_usec;
}

static void
wait_for_all (KeelRateLimiter *const *limiters,
              guint                   n_limiters,
              KeelRatePayment        *payments,
              GCancellable           *cancellable)
{
  GPollFD watched = { .fd = -1 };
  gboolean has_fd = g_cancellable_make_pollfd (cancellable, &watched);
  struct pollfd poll_fd = { watched.fd, POLLIN, 0 };
  gint64 wait_usec;

  while ((wait_usec = look_at_all (limiters, n_limiters, payments)) > 0 &&
         !g_cancellable_is_cancelled (cancellable))
    {
      gint64 nap_usec = MIN (wait_usec, LONGEST_NAP_USEC);
      struct timespec nap = { nap_usec / G_USEC_PER_SEC, nap_usec % G_USEC_PER_SEC * 1000 };

      ppoll (&poll_fd, has_fd ? 1 : 0, &nap, NULL);
    }
  if (has_fd)
    g_cancellable_release_fd (cancellable);
}

/* Books @bytes that have been read for @share with each of @limiters, of which any may be NULL, and
 * waits until all are paid. FALSE when cancelled. Blocks; for workers. */
gboolean
keel_rate_limiter_take (KeelRateLimiter *const *limiters,
                        guint                   n_limiters,
                        gconstpointer           share,
                        gsize                   bytes,
                        GCancellable           *cancellable)
{
  KeelRatePayment payments[MOST_LIMITERS];
  gint64 now_usec = g_get_monotonic_time ();
  gboolean is_paid = TRUE;

  g_return_val_if_fail (n_limiters <= MOST_LIMITERS, FALSE);

  for (guint i = 0; i < n_limiters; i++)
    if (limiters[i] != NULL &&
        !keel_rate_limiter_owe (limiters[i], &payments[i], share, bytes, now_usec))
      is_paid = FALSE;
  if (is_paid)
    return !g_cancellable_is_cancelled (cancellable);
  wait_for_all (limiters, n_limiters, payments, cancellable);
  for (guint i = 0; i < n_limiters; i++)
    if (limiters[i] != NULL)
      keel_rate_limiter_withdraw (limiters[i], &payments[i]);
  return !g_cancellable_is_cancelled (cancellable);
}
