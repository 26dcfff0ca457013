/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-rate-limiter.h"

/* Readers that read as fast as they may, in the limiter's own time: what they get is what the limit
 * says, for each of them and all together. */

#define SECOND ((gint64) G_USEC_PER_SEC)
#define MIB (1024 * 1024)
#define MOST_READERS 64

typedef struct {
  gconstpointer share;
  guint64 bytes;
  guint64 bytes_before; /* the time that is looked at */
  gint64 pause_usec;    /* between what it has paid and its next read */
  gint64 late_usec;     /* by how much it oversleeps */
  gint64 next_usec;     /* when it reads */
  KeelRatePayment payment;
  gboolean owes;
} Reader;

typedef struct {
  KeelRateLimiter *limiter;
  gint64 now_usec;
  Reader readers[MOST_READERS];
  guint n_readers;
} Line;

static void
line_init (Line    *line,
           guint64  rate,
           guint    n_readers)
{
  *line = (Line) { .limiter = keel_rate_limiter_new (rate), .n_readers = n_readers };
  line->now_usec = g_get_monotonic_time ();
  for (guint i = 0; i < n_readers; i++)
    line->readers[i] = (Reader) { .share = &line->readers[i], .next_usec = line->now_usec };
}

static void
line_clear (Line *line)
{
  for (guint i = 0; i < line->n_readers; i++)
    if (line->readers[i].owes)
      keel_rate_limiter_withdraw (line->limiter, &line->readers[i].payment);
  keel_rate_limiter_unref (line->limiter);
}

/* What @reader does now; gives when it wants to do something again. */
static gint64
step (Line   *line,
      Reader *reader)
{
  gint64 wait_usec;
  gsize size;

  if (reader->owes)
    {
      wait_usec = keel_rate_limiter_look (line->limiter, &reader->payment, line->now_usec);
      if (wait_usec > 0)
        return line->now_usec + wait_usec + reader->late_usec;
      reader->owes = FALSE;
      reader->next_usec = line->now_usec + reader->pause_usec;
    }
  if (reader->next_usec > line->now_usec)
    return reader->next_usec;
  size = keel_rate_limiter_suggest (line->limiter, MIB);
  reader->bytes += size;
  reader->owes = !keel_rate_limiter_owe (line->limiter, &reader->payment, reader->share, size,
                                         line->now_usec);
  if (!reader->owes)
    reader->next_usec = line->now_usec + MAX (reader->pause_usec, 1);
  return line->now_usec + 1;
}

static void
run_for (Line   *line,
         gint64  usec)
{
  gint64 end_usec = line->now_usec + usec;

  while (line->now_usec < end_usec)
    {
      gint64 next_usec = end_usec;

      for (guint i = 0; i < line->n_readers; i++)
        {
          gint64 wish_usec = step (line, &line->readers[i]);

          next_usec = MIN (next_usec, wish_usec);
        }
      line->now_usec = MAX (next_usec, line->now_usec + 1);
    }
}

static guint64
mark (Line *line)
{
  guint64 sum = 0;

  for (guint i = 0; i < line->n_readers; i++)
    {
      Reader *reader = &line->readers[i];

      sum += reader->bytes - reader->bytes_before;
      reader->bytes_before = reader->bytes;
    }
  return sum;
}

static void
assert_near (double value,
             double wanted,
             double tolerance)
{
  g_assert_cmpfloat (value, >=, wanted * (1 - tolerance));
  g_assert_cmpfloat (value, <=, wanted * (1 + tolerance));
}

static void
test_accuracy (void)
{
  static const guint64 rates[] = { 50000, 500000, 5000000, 50000000, 200000000 };
  static const guint counts[] = { 1, 2, 16, 32 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    for (guint j = 0; j < G_N_ELEMENTS (counts); j++)
      {
        Line line;
        guint64 first;
        guint64 later;

        line_init (&line, rates[i], counts[j]);
        run_for (&line, SECOND);
        first = mark (&line);
        run_for (&line, 5 * SECOND);
        later = mark (&line);
        g_test_message ("%" G_GUINT64_FORMAT " B/s, %u: %.3f of the first second, %.4f later",
                        rates[i], counts[j], (double) first / (double) rates[i],
                        (double) later / 5 / (double) rates[i]);
        assert_near ((double) later, 5.0 * (double) rates[i], 0.02);
        /* More by what is read before anything is paid: a hundredth of a second each. */
        assert_near ((double) first, (double) rates[i], 0.02 + 0.011 * counts[j]);
        if (counts[j] <= 16)
          assert_near ((double) (first + later), 6.0 * (double) rates[i], 0.05);
        line_clear (&line);
      }
}

/* Nobody gets less than another, whoever is late in asking, and with however many hands. */
static void
test_fairness (void)
{
  Line line;
  guint64 many = 0;

  line_init (&line, 1000000, 12);
  /* Eight connections of one transfer, and four transfers with one, of which one dawdles. */
  for (guint i = 0; i < 8; i++)
    line.readers[i].share = &line;
  line.readers[11].pause_usec = 5000;
  run_for (&line, SECOND);
  mark (&line);
  for (guint i = 0; i < 12; i++)
    line.readers[i].bytes = line.readers[i].bytes_before = 0;
  run_for (&line, 10 * SECOND);
  for (guint i = 0; i < 8; i++)
    {
      many += line.readers[i].bytes;
      assert_near ((double) line.readers[i].bytes, 2000000.0 / 8, 0.1);
    }
  assert_near ((double) many, 2000000, 0.05);
  for (guint i = 8; i < 11; i++)
    assert_near ((double) line.readers[i].bytes, 2000000, 0.05);
  assert_near ((double) line.readers[11].bytes, 2000000, 0.1);
  line_clear (&line);
}

/* What one that is slow by itself leaves, the others take. */
static void
test_leftovers (void)
{
  Line line;

  line_init (&line, 1000000, 2);
  line.readers[0].pause_usec = 200000;
  run_for (&line, SECOND);
  mark (&line);
  run_for (&line, 10 * SECOND);
  g_assert_cmpuint (line.readers[0].bytes, <, 1100000);
  assert_near ((double) mark (&line), 10000000, 0.02);
  line_clear (&line);
}

/* On a machine that has other things to do the average is right all the same. */
static void
test_oversleeping (void)
{
  Line line;

  line_init (&line, 5000000, 1);
  line.readers[0].late_usec = 300000;
  run_for (&line, SECOND);
  mark (&line);
  run_for (&line, 10 * SECOND);
  assert_near ((double) mark (&line), 50000000, 0.05);
  line_clear (&line);
}

/* A new limit holds at once, however much was read under the old one. */
static void
test_change (void)
{
  static const guint64 rates[] = { 200000000, 50000, 1000000, 100000 };
  Line line;

  line_init (&line, rates[0], 16);
  run_for (&line, SECOND);
  for (guint i = 1; i < G_N_ELEMENTS (rates); i++)
    {
      keel_rate_limiter_set_rate (line.limiter, rates[i]);
      /* The limiter was made with the real time, and is set by it. */
      line.now_usec = MAX (line.now_usec, g_get_monotonic_time ());
      run_for (&line, 200000);
      mark (&line);
      run_for (&line, 5 * SECOND);
      assert_near ((double) mark (&line), 5.0 * (double) rates[i], 0.05);
    }
  line_clear (&line);
}

/* A long silence does not buy a long burst. */
static void
test_burst (void)
{
  g_autoptr (KeelRateLimiter) limiter = keel_rate_limiter_new (1000000);
  gint64 now_usec = g_get_monotonic_time () + 3600 * SECOND;
  KeelRatePayment payment;

  g_assert_true (keel_rate_limiter_owe (limiter, &payment, NULL, 125000, now_usec));
  g_assert_false (keel_rate_limiter_owe (limiter, &payment, NULL, 100000, now_usec));
  assert_near ((double) keel_rate_limiter_look (limiter, &payment, now_usec), SECOND / 10.0, 0.01);
  keel_rate_limiter_withdraw (limiter, &payment);
}

static void
test_no_limit (void)
{
  g_autoptr (KeelRateLimiter) limiter = keel_rate_limiter_new (0);
  KeelRateLimiter *limiters[] = { NULL, limiter };
  KeelRatePayment payment;

  g_assert_true (keel_rate_limiter_owe (limiter, &payment, NULL, G_MAXSIZE / 2, 0));
  g_assert_cmpint (keel_rate_limiter_look (limiter, &payment, 0), ==, 0);
  g_assert_cmpuint (keel_rate_limiter_suggest (limiter, 1 << 20), ==, 1 << 20);
  g_assert_true (keel_rate_limiter_take (limiters, G_N_ELEMENTS (limiters), NULL, MIB, NULL));
}

/* Somebody who left the line is not waited for. */
static void
test_withdraw (void)
{
  g_autoptr (KeelRateLimiter) limiter = keel_rate_limiter_new (100000);
  gint64 now_usec = g_get_monotonic_time ();
  KeelRatePayment first;
  KeelRatePayment second;

  g_assert_false (keel_rate_limiter_owe (limiter, &first, &first, 10000, now_usec));
  g_assert_false (keel_rate_limiter_owe (limiter, &second, &second, 10000, now_usec));
  assert_near ((double) keel_rate_limiter_look (limiter, &second, now_usec), SECOND / 5.0, 0.01);
  keel_rate_limiter_withdraw (limiter, &first);
  assert_near ((double) keel_rate_limiter_look (limiter, &second, now_usec), SECOND / 10.0, 0.01);
  g_assert_cmpint (keel_rate_limiter_look (limiter, &second, now_usec + SECOND / 9), ==, 0);
}

static gpointer
cancel_thread (gpointer data)
{
  g_usleep (20 * 1000);
  g_cancellable_cancel (data);
  return NULL;
}

/* Fills the queue of @limiter with a minute's worth of somebody else's debts. */
static void
owe_for_long (KeelRateLimiter *limiter,
              KeelRatePayment  others[600])
{
  for (guint i = 0; i < 600; i++)
    g_assert_false (
      keel_rate_limiter_owe (limiter, &others[i], NULL, 1000, g_get_monotonic_time ()));
}

/* Who waits for a minute's debt is let go at once, and is told why. */
static void
test_cancel (void)
{
  g_autoptr (KeelRateLimiter) limiter = keel_rate_limiter_new (10000);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  KeelRatePayment others[600];
  GThread *thread;

  owe_for_long (limiter, others);
  thread = g_thread_new ("cancel", cancel_thread, cancellable);
  g_assert_false (keel_rate_limiter_take (&limiter, 1, NULL, 1024, cancellable));
  g_thread_join (thread);
  g_assert_false (others[599].is_paid);
}

static gpointer
unlimit_thread (gpointer data)
{
  g_usleep (20 * 1000);
  keel_rate_limiter_set_rate (data, 0);
  return NULL;
}

/* A limit that is taken away frees those who wait under it. */
static void
test_lift (void)
{
  g_autoptr (KeelRateLimiter) limiter = keel_rate_limiter_new (10000);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  KeelRatePayment others[600];
  gint64 began_usec = g_get_monotonic_time ();
  GThread *thread;

  owe_for_long (limiter, others);
  thread = g_thread_new ("unlimit", unlimit_thread, limiter);
  g_assert_true (keel_rate_limiter_take (&limiter, 1, NULL, 1024, cancellable));
  g_thread_join (thread);
  g_assert_true (others[599].is_paid);
  /* Loose: a minute is what it would take if nobody told it. */
  g_assert_cmpint (g_get_monotonic_time () - began_usec, <, 20 * SECOND);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rate-limiter/accuracy", test_accuracy);
  g_test_add_func ("/rate-limiter/fairness", test_fairness);
  g_test_add_func ("/rate-limiter/leftovers", test_leftovers);
  g_test_add_func ("/rate-limiter/oversleeping", test_oversleeping);
  g_test_add_func ("/rate-limiter/change", test_change);
  g_test_add_func ("/rate-limiter/burst", test_burst);
  g_test_add_func ("/rate-limiter/no-limit", test_no_limit);
  g_test_add_func ("/rate-limiter/withdraw", test_withdraw);
  g_test_add_func ("/rate-limiter/cancel", test_cancel);
  g_test_add_func ("/rate-limiter/lift", test_lift);
  return g_test_run ();
}
