/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-segments.h"

#include <string.h>

/* The ledger between connections is held against a table of single bytes, by connections that do
 * what they like in any order: each byte is written once, by the one whose it is, and what is said
 * to be on disk is. Time is the test's own, so that pieces are slow, stuck and robbed.
 *
 * Then the same with real threads, and by name what a random walk says too little about: how large
 * a piece is at least, and what becomes of one that does not move any more. */

#define MIB KEEL_BLOCK_BYTES
#define KIB 1024
#define SECOND ((gint64) G_USEC_PER_SEC)
#define ROUNDS 60
#define STEPS 1500
#define N_WORKERS 8
#define LEAST_HELP (64 * KIB)
#define LOOKED_AT (64 * KIB)

/* --- a model of the file --------------------------------------------------------------------- */

typedef struct {
  KeelPiece *piece; /* (nullable) */
  guint64 from;
  guint64 at;       /* of the next byte of its body */
  gsize pending;    /* so many are being written there */
  gboolean is_over; /* what its body has belongs to somebody else */
  gboolean is_rash; /* it does not compare anything */
} Worker;

typedef struct {
  KeelSegments *segments;
  guint8 *bytes; /* 1: on disk */
  guint64 total;
  guint64 n_done;
  gint64 now_usec;
  gboolean is_total_known;
  gboolean is_rash; /* some of its workers are */
  Worker workers[N_WORKERS];
  guint n_stolen;
} Model;

static gboolean
is_free (Model   *model,
         guint64  from,
         guint64  to)
{
  return memchr (model->bytes + from, 1, to - from) == NULL;
}

static gboolean
is_done (Model   *model,
         guint64  from,
         guint64  to)
{
  return memchr (model->bytes + from, 0, to - from) == NULL;
}

static void
add_done (Model   *model,
          guint64  from,
          guint64  to)
{
  g_assert_true (is_free (model, from, to));
  memset (model->bytes + from, 1, to - from);
  model->n_done += to - from;
}

static void
model_init (Model      *model,
            guint64     total,
            KeelRanges *done)
{
  *model = (Model) { .total = total, .now_usec = SECOND, .bytes = g_malloc0 (total) };
  for (guint i = 0; i < done->len; i++)
    add_done (model, keel_ranges_get (done, i)->from, keel_ranges_get (done, i)->to);
  model->segments = keel_segments_new (done);
  g_array_unref (done);
}

static void
model_clear (Model *model)
{
  keel_segments_unref (model->segments);
  g_free (model->bytes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Model, model_clear)

static void
know_total (Model *model)
{
  keel_segments_set_total (model->segments, model->total);
  model->is_total_known = TRUE;
}

/* Some ranges, as an earlier attempt may have left them. */
static KeelRanges *
make_ranges (guint64 total)
{
  KeelRanges *ranges = keel_ranges_new ();
  guint count = (guint) g_test_rand_int_range (0, 5);

  for (guint i = 0; i < count; i++)
    {
      guint64 from = (guint64) g_test_rand_int_range (0, (gint32) total);
      guint64 length = (guint64) g_test_rand_int_range (1, MIB);

      keel_ranges_add (ranges, from, MIN (total, from + length));
    }
  return ranges;
}

/* --- what must hold at any time -------------------------------------------------------------- */

/* What is left to each is on nobody's disk and nobody else's. */
static void
check_rests (Model *model)
{
  guint64 ends[N_WORKERS][2] = { { 0 } };

  for (guint i = 0; i < N_WORKERS; i++)
    {
      if (model->workers[i].piece == NULL ||
          !keel_segments_get_rest (model->segments, model->workers[i].piece, &ends[i][0],
                                   &ends[i][1]))
        ends[i][0] = ends[i][1] = 0;
      ends[i][1] = MIN (ends[i][1], model->total);
      for (guint j = 0; j < i; j++)
        g_assert_false (ends[i][0] < ends[j][1] && ends[j][0] < ends[i][1]);
    }
}

/* What does not count of what is on disk is at the seams of pieces that somebody has. */
static void
check_numbers (Model *model)
{
  guint64 missing = keel_segments_get_missing (model->segments);
  guint64 least = model->is_total_known ? model->total - model->n_done : G_MAXUINT64;

  g_assert_cmpuint (keel_segments_get_received (model->segments), ==, model->n_done);
  g_assert_cmpuint (missing, >=, least);
  g_assert_true (!model->is_total_known || missing <= least + N_WORKERS);
  g_assert_cmpint (keel_segments_is_complete (model->segments), ==, missing == 0);
}

static gboolean
is_seam (Model   *model,
         guint64  at)
{
  for (guint i = 0; i < N_WORKERS; i++)
    {
      const Worker *worker = &model->workers[i];
      guint64 position;
      guint64 to;

      if (worker->piece == NULL)
        continue;
      keel_segments_get_rest (model->segments, worker->piece, &position, &to);
      if (position == to && position == at + 1)
        return TRUE;
    }
  return FALSE;
}

/* Nothing of it counts, but for seams. */
static void
check_missing (Model   *model,
               guint64  from,
               guint64  to)
{
  while (from < to)
    {
      const guint8 *found = memchr (model->bytes + from, 1, to - from);

      if (found == NULL)
        return;
      from = (guint64) (found - model->bytes);
      g_assert_true (is_seam (model, from));
      from++;
    }
}

static void
check_done (Model *model)
{
  g_autoptr (GArray) done = keel_segments_dup_done (model->segments);
  guint64 before = 0;

  for (guint i = 0; i < done->len; i++)
    {
      const KeelRange *range = keel_ranges_get (done, i);

      check_missing (model, before, range->from);
      g_assert_true (is_done (model, range->from, range->to));
      before = range->to;
    }
  check_missing (model, before, model->total);
}

static void
check_around (Model *model)
{
  guint64 at = (guint64) g_test_rand_int_range (0, (gint32) model->total + 1);
  gsize most = (gsize) g_test_rand_int_range (0, LOOKED_AT);
  gsize before = keel_segments_count_done_before (model->segments, at, most);
  gsize after = keel_segments_count_done_after (model->segments, at, most);

  g_assert_cmpuint (before, <=, MIN (at, most));
  g_assert_true (is_done (model, at - before, at));
  g_assert_true (before == MIN (at, most) || model->bytes[at - before - 1] == 0);
  g_assert_cmpuint (after, <=, MIN (model->total - at, most));
  g_assert_true (is_done (model, at, at + after));
  g_assert_true (after == MIN (model->total - at, most) || model->bytes[at + after] == 0);
}

/* --- what connections do --------------------------------------------------------------------- */

/* Whether there are bytes that are neither on disk nor anybody's, and more than seams. */
static gboolean
has_gap (Model *model)
{
  g_autoptr (GArray) ranges = keel_segments_dup_done (model->segments);
  guint64 from = 0;

  for (guint i = 0; i < N_WORKERS; i++)
    {
      guint64 position;
      guint64 to;

      if (model->workers[i].piece != NULL &&
          keel_segments_get_rest (model->segments, model->workers[i].piece, &position, &to))
        keel_ranges_add (ranges, position, MIN (to, model->total));
    }
  keel_ranges_add (ranges, model->total, model->total + 1);
  for (guint i = 0; i < ranges->len; i++)
    {
      if (keel_ranges_get (ranges, i)->from > from + 1)
        return TRUE;
      from = keel_ranges_get (ranges, i)->to;
    }
  return FALSE;
}

/* A piece is a gap, or it is taken from somebody: then it is worth a request. */
static void
claim (Model  *model,
       Worker *worker)
{
  gboolean had_gap = has_gap (model);
  gboolean can = keel_segments_can_claim (model->segments, model->now_usec);
  guint64 from;
  guint64 to;

  worker->piece = keel_segments_claim (model->segments, model->now_usec);
  g_assert_cmpint (worker->piece != NULL, ==, can);
  if (worker->piece == NULL)
    {
      g_assert_false (had_gap);
      return;
    }
  g_assert_true (keel_segments_get_rest (model->segments, worker->piece, &from, &to));
  g_assert_cmpint (to == G_MAXUINT64, ==, !model->is_total_known && to > model->total);
  to = MIN (to, model->total);
  /* Where it is not known that the file ends there. */
  g_assert_true (from < to || (!model->is_total_known && from == model->total));
  g_assert_true (is_free (model, from, to));
  model->n_stolen += had_gap ? 0 : 1;
  worker->from = from;
  worker->at = from;
  worker->pending = 0;
  worker->is_over = FALSE;
  worker->is_rash = model->is_rash && g_test_rand_int_range (0, 3) == 0;
  if (from > 0 && model->bytes[from - 1] != 0 && !worker->is_rash)
    keel_segments_vouch_head (model->segments, worker->piece);
}

/* A byte that was written is a gap again, if nobody has vouched for it. */
static void
forget_seam (Model            *model,
             const KeelRanges *done,
             guint64           at)
{
  if (keel_ranges_find (done, at) != NULL || model->bytes[at] == 0)
    return;
  model->bytes[at] = 0;
  model->n_done--;
}

static void
release (Model  *model,
         Worker *worker)
{
  g_autoptr (GArray) done = NULL;
  guint64 position;
  guint64 to;

  keel_segments_get_rest (model->segments, worker->piece, &position, &to);
  keel_segments_release (model->segments, worker->piece);
  worker->piece = NULL;
  worker->pending = 0;
  if (position == worker->from)
    return;
  done = keel_segments_dup_done (model->segments);
  forget_seam (model, done, position - 1);
}

/* Some bytes of its body come, as in a read; perhaps it does not get round to writing all. */
static void
look (Model  *model,
      Worker *worker,
      gsize   length)
{
  guint64 from;
  guint64 to;

  length = MIN (length, (gsize) (model->total - worker->at));
  if (length == 0)
    {
      worker->is_over = TRUE;
      return;
    }
  keel_segments_get_rest (model->segments, worker->piece, &from, &to);
  switch (keel_segments_look (model->segments, worker->piece, worker->at, &length))
    {
    case KEEL_SEGMENT_OWN:
      g_assert_cmpuint (worker->at, ==, from);
      g_assert_true (is_free (model, worker->at, worker->at + length));
      worker->pending = length;
      break;
    case KEEL_SEGMENT_DONE:
      g_assert_true (is_done (model, worker->at, worker->at + length));
      worker->at += length;
      if (worker->at > to && !worker->is_rash)
        keel_segments_vouch_tail (model->segments, worker->piece);
      break;
    case KEEL_SEGMENT_FOREIGN:
    default:
      g_assert_cmpuint (model->bytes[worker->at], ==, 0);
      g_assert_true (worker->at >= to || worker->at != from);
      worker->is_over = TRUE;
      break;
    }
}

static void
advance (Model  *model,
         Worker *worker)
{
  add_done (model, worker->at, worker->at + worker->pending);
  keel_segments_advance (model->segments, worker->piece, worker->pending, model->now_usec);
  worker->at += worker->pending;
  worker->pending = 0;
}

/* One thing that @worker may do now. */
static void
step (Model  *model,
      Worker *worker)
{
  if (worker->piece == NULL)
    claim (model, worker);
  else if (worker->pending > 0 && g_test_rand_int_range (0, 30) > 0)
    advance (model, worker);
  else if (worker->pending > 0 || worker->is_over || g_test_rand_int_range (0, 100) == 0)
    release (model, worker);
  else
    look (model, worker, (gsize) g_test_rand_int_range (1, 200 * KIB));
}

/* All of what is left, by as many as can find something to do. */
static void
finish (Model *model)
{
  model->is_rash = FALSE;
  for (guint steps = 0; !keel_segments_is_complete (model->segments); steps++)
    {
      Worker *worker = &model->workers[g_test_rand_int_range (0, N_WORKERS)];

      g_assert_cmpuint (steps, <, 100000);
      model->now_usec += SECOND / 100;
      if (worker->pending > 0)
        advance (model, worker);
      else if (worker->piece == NULL)
        claim (model, worker);
      else if (worker->is_over)
        release (model, worker);
      else
        look (model, worker, 512 * KIB);
      check_numbers (model);
    }
}

static void
test_walk (void)
{
  guint n_stolen = 0;

  for (guint round = 0; round < ROUNDS; round++)
    {
      guint64 total = (guint64) g_test_rand_int_range (1, 12 * MIB);
      g_auto (Model) model = { 0 };
      /* Those that come later are hardly ever at work. */
      gint n_quick = g_test_rand_int_range (1, N_WORKERS + 1);

      model_init (&model, total, make_ranges (total));
      model.is_rash = TRUE;
      if (g_test_rand_bit ())
        know_total (&model);
      for (guint i = 0; i < STEPS; i++)
        {
          gboolean is_quick = g_test_rand_int_range (0, 20) > 0;
          gint chosen = is_quick ? g_test_rand_int_range (0, n_quick) :
                                   g_test_rand_int_range (0, N_WORKERS);

          step (&model, &model.workers[chosen]);
          model.now_usec += g_test_rand_int_range (0, 400000);
          if (!model.is_total_known && i > STEPS / 10)
            know_total (&model);
          check_numbers (&model);
          check_rests (&model);
          if (i % 32 == 0)
            check_around (&model);
          if (i % 128 == 0)
            check_done (&model);
        }
      finish (&model);
      check_done (&model);
      n_stolen += model.n_stolen;
    }
  g_assert_cmpuint (n_stolen, >, ROUNDS);
}

/* --- threads --------------------------------------------------------------------------------- */

#define SHARED_TOTAL (24 * (guint64) MIB + 12345)

typedef struct {
  KeelSegments *segments;
  guint8 *bytes; /* how often each was written */
  gint64 now_usec;
} Shared;

/* Every write says whether there was something already; a reader may only look at what counts. */
static void
write_bytes (Shared  *shared,
             guint64  from,
             gsize    length)
{
  g_assert_true (memchr (shared->bytes + from, 1, length) == NULL);
  memset (shared->bytes + from, 1, length);
}

static void
fetch_piece (Shared    *shared,
             KeelPiece *piece,
             GRand     *rand)
{
  guint64 at;
  guint64 to;

  while (keel_segments_get_rest (shared->segments, piece, &at, &to))
    {
      gsize length = (gsize) g_rand_int_range (rand, 1, 40 * KIB);
      gint64 now_usec = __atomic_add_fetch (&shared->now_usec, 3000, __ATOMIC_RELAXED);

      length = (gsize) MIN (length, SHARED_TOTAL - at);
      if (keel_segments_look (shared->segments, piece, at, &length) != KEEL_SEGMENT_OWN)
        continue;
      if (g_rand_int_range (rand, 0, 200) == 0)
        return;
      write_bytes (shared, at, length);
      keel_segments_advance (shared->segments, piece, length, now_usec);
    }
}

static gpointer
fetch_thread (gpointer data)
{
  Shared *shared = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_random_int ());

  while (!keel_segments_is_complete (shared->segments))
    {
      gint64 now_usec = __atomic_add_fetch (&shared->now_usec, 1000, __ATOMIC_RELAXED);
      KeelPiece *piece = keel_segments_claim (shared->segments, now_usec);

      if (piece == NULL)
        {
          g_thread_yield ();
          continue;
        }
      keel_segments_vouch_head (shared->segments, piece);
      fetch_piece (shared, piece, rand);
      keel_segments_vouch_tail (shared->segments, piece);
      keel_segments_release (shared->segments, piece);
    }
  return NULL;
}

static gpointer
watch_thread (gpointer data)
{
  Shared *shared = data;
  guint64 before = 0;

  while (!keel_segments_is_complete (shared->segments))
    {
      g_autoptr (GArray) done = keel_segments_dup_done (shared->segments);
      guint64 count = keel_ranges_count_bytes (done);

      g_assert_cmpuint (count, >=, before);
      before = count;
      for (guint i = 0; i < done->len; i++)
        {
          const KeelRange *range = keel_ranges_get (done, i);

          g_assert_null (memchr (shared->bytes + range->from, 0, range->to - range->from));
        }
      g_usleep (2000);
    }
  return NULL;
}

static void
share_once (void)
{
  KeelRanges *nothing = keel_ranges_new ();
  Shared shared = { keel_segments_new (nothing), g_malloc0 (SHARED_TOTAL), SECOND };
  GThread *threads[N_WORKERS + 1];

  keel_segments_set_total (shared.segments, SHARED_TOTAL);
  for (guint i = 0; i < N_WORKERS; i++)
    threads[i] = g_thread_new ("fetch", fetch_thread, &shared);
  threads[N_WORKERS] = g_thread_new ("watch", watch_thread, &shared);
  for (guint i = 0; i <= N_WORKERS; i++)
    g_thread_join (threads[i]);
  g_assert_null (memchr (shared.bytes, 0, SHARED_TOTAL));
  g_assert_cmpuint (keel_segments_get_received (shared.segments), ==, SHARED_TOTAL);
  keel_segments_unref (shared.segments);
  g_array_unref (nothing);
  g_free (shared.bytes);
}

static void
test_threads (void)
{
  for (guint round = 0; round < 10; round++)
    share_once ();
}

/* --- by name --------------------------------------------------------------------------------- */

static void
fetch_bytes (Model  *model,
             Worker *worker,
             gsize   length)
{
  while (length > 0)
    {
      look (model, worker, length);
      g_assert_cmpuint (worker->pending, >, 0);
      length -= worker->pending;
      advance (model, worker);
    }
}

/* @count claim one after the other, and nothing moves. */
static void
claim_all (Model *model,
           guint  count)
{
  for (guint i = 0; i < count; i++)
    {
      claim (model, &model->workers[i]);
      g_assert_nonnull (model->workers[i].piece);
    }
}

/* While nothing is known of speeds, pieces are halves, of whole blocks, and of one at least. */
static void
test_sizes (void)
{
  static const guint64 totals[] = { 1,           MIB - 1,     MIB,     2 * MIB - 1, 2 * MIB,
                                    2 * MIB + 1, 3 * MIB + 7, 4 * MIB, 16 * MIB + 5 };
  static const guint expected[] = { 1, 1, 1, 1, 2, 2, 3, 4, 8 };

  for (gsize i = 0; i < G_N_ELEMENTS (totals); i++)
    {
      g_auto (Model) model = { 0 };
      guint count = 0;

      model_init (&model, totals[i], keel_ranges_new ());
      know_total (&model);
      while (count < N_WORKERS && keel_segments_can_claim (model.segments, model.now_usec))
        {
          claim (&model, &model.workers[count]);
          g_assert_cmpuint (model.workers[count].at % MIB, ==, 0);
          count++;
        }
      g_assert_cmpuint (count, ==, expected[i]);
      finish (&model);
    }
}

/* Without a length nobody knows what could be divided. */
static void
test_no_total (void)
{
  g_auto (Model) model = { 0 };

  model_init (&model, 8 * MIB, keel_ranges_new ());
  claim (&model, &model.workers[0]);
  g_assert_null (keel_segments_claim (model.segments, model.now_usec));
  g_assert_false (keel_segments_is_complete (model.segments));
  fetch_bytes (&model, &model.workers[0], MIB);
  know_total (&model);
  claim (&model, &model.workers[1]);
  g_assert_cmpuint (model.workers[1].at, >=, 2 * MIB);
  finish (&model);
}

/* A share goes by speeds: who is three times as fast as the other gets the larger part. */
static void
test_speeds (void)
{
  g_auto (Model) model = { 0 };
  guint64 from;
  guint64 to;

  model_init (&model, 32 * MIB, keel_ranges_new ());
  know_total (&model);
  claim_all (&model, 2);
  for (guint i = 0; i < 8; i++)
    {
      model.now_usec += SECOND / 2;
      fetch_bytes (&model, &model.workers[0], MIB / 8);
      fetch_bytes (&model, &model.workers[1], MIB / 2);
    }
  claim (&model, &model.workers[2]);
  keel_segments_get_rest (model.segments, model.workers[2].piece, &from, &to);
  /* From the slow one, whose rest is the longest: of 15 MiB more than half. */
  g_assert_cmpuint (to, ==, 16 * MIB);
  g_assert_cmpuint (to - from, >, 8 * MIB);
  g_assert_cmpuint (to - from, <=, 14 * MIB);
}

/* It fetches what it has until somebody else goes on. */
static void
fetch_all (Model  *model,
           Worker *worker,
           gint64  each_usec)
{
  while (!worker->is_over)
    {
      model->now_usec += each_usec;
      look (model, worker, 256 * KIB);
      if (worker->pending > 0)
        advance (model, worker);
    }
  release (model, worker);
}

/* Three fetch their parts and leave; the fourth has begun and does not move any more. Whoever asks
 * then gets all that it has left, however little that is, and however long the others are gone. */
static void
check_stuck (guint64 total,
             gint64  pause_usec)
{
  g_auto (Model) model = { 0 };

  model_init (&model, total, keel_ranges_new ());
  know_total (&model);
  claim_all (&model, 4);
  fetch_bytes (&model, &model.workers[3], 100);
  for (guint i = 0; i < 3; i++)
    fetch_all (&model, &model.workers[i], SECOND / 20);
  model.now_usec += pause_usec;
  for (guint i = 0; i < 40 && !keel_segments_is_complete (model.segments); i++)
    {
      model.now_usec += SECOND / 4;
      claim (&model, &model.workers[0]);
      if (model.workers[0].piece != NULL)
        fetch_all (&model, &model.workers[0], SECOND / 20);
    }
  g_assert_true (keel_segments_is_complete (model.segments));
}

static void
test_stuck (gconstpointer data)
{
  gint64 pause_usec = GPOINTER_TO_INT (data) * SECOND;

  check_stuck (4 * MIB, pause_usec);
  check_stuck (4 * MIB + 1, pause_usec);
  check_stuck (7 * MIB, pause_usec);
  check_stuck (32 * MIB + 5, pause_usec);
}

typedef enum {
  SLOW,
  SLOW_ALONE, /* and the other one has done its part, and is gone */
  QUICK,
} Straggler;

/* One that moves, but so slowly that the end would be long in coming, gets help with less than two
 * blocks; one that is about as fast as the others, does not. */
static void
test_straggler (gconstpointer data)
{
  Straggler kind = (Straggler) GPOINTER_TO_INT (data);
  g_auto (Model) model = { 0 };
  guint64 from;
  guint64 to;

  model_init (&model, 16 * MIB, keel_ranges_new ());
  know_total (&model);
  claim_all (&model, 2);
  fetch_bytes (&model, &model.workers[0], 7 * MIB);
  for (guint i = 0; i < (kind == SLOW_ALONE ? 64 : 24); i++)
    {
      model.now_usec += SECOND / 4;
      fetch_bytes (&model, &model.workers[1], MIB / 8);
      fetch_bytes (&model, &model.workers[0], kind == QUICK ? 36 * KIB : 6 * KIB);
    }
  if (kind == SLOW_ALONE)
    release (&model, &model.workers[1]);
  claim (&model, &model.workers[2]);
  g_assert_nonnull (model.workers[2].piece);
  keel_segments_get_rest (model.segments, model.workers[2].piece, &from, &to);
  g_assert_cmpuint (to, ==, (kind == QUICK ? 16 : 8) * MIB);
  g_assert_cmpuint (to - from, >=, LEAST_HELP);
}

/* Nobody helps with what is nearly there. */
static void
test_nearly_there (void)
{
  g_auto (Model) model = { 0 };

  model_init (&model, 4 * MIB, keel_ranges_new ());
  know_total (&model);
  claim_all (&model, 2);
  for (guint i = 0; i < 7; i++)
    {
      model.now_usec += SECOND / 4;
      fetch_bytes (&model, &model.workers[0], MIB / 4);
      fetch_bytes (&model, &model.workers[1], MIB / 4);
    }
  g_assert_false (keel_segments_can_claim (model.segments, model.now_usec));
  fetch_bytes (&model, &model.workers[1], MIB / 4);
  release (&model, &model.workers[1]);
  g_assert_false (keel_segments_can_claim (model.segments, model.now_usec));
  finish (&model);
}

/* Two pieces are there, and nobody has compared one with the other: the bytes at the seam do not
 * count, and come once more. */
static void
test_seam (gconstpointer data)
{
  gboolean is_left_first = GPOINTER_TO_INT (data);
  g_auto (Model) model = { 0 };
  g_autoptr (GArray) done = NULL;

  model_init (&model, 4 * MIB, keel_ranges_new ());
  know_total (&model);
  model.is_rash = TRUE;
  claim_all (&model, 2);
  for (guint i = 0; i < 2; i++)
    fetch_bytes (&model, &model.workers[is_left_first ? i : 1 - i], 2 * MIB);
  g_assert_cmpuint (model.n_done, ==, 4 * MIB);
  g_assert_false (keel_segments_is_complete (model.segments));
  for (guint i = 0; i < 2; i++)
    release (&model, &model.workers[i]);
  g_assert_false (keel_segments_is_complete (model.segments));
  done = keel_segments_dup_done (model.segments);
  g_assert_cmpuint (done->len, ==, 2);
  g_assert_cmpuint (keel_ranges_get (done, 0)->to, ==, 2 * MIB - 1);
  g_assert_cmpuint (keel_ranges_get (done, 1)->from, ==, 2 * MIB);
  model.is_rash = FALSE;
  claim (&model, &model.workers[2]);
  g_assert_cmpuint (model.workers[2].at, ==, 2 * MIB - 1);
  fetch_bytes (&model, &model.workers[2], 1);
  look (&model, &model.workers[2], 5000);
  g_assert_true (keel_segments_is_complete (model.segments));
  release (&model, &model.workers[2]);
  g_assert_true (keel_segments_is_complete (model.segments));
}

/* While the next piece has not begun, nobody is sent to look at the seam. */
static void
test_seam_of_somebody (void)
{
  g_auto (Model) model = { 0 };

  model_init (&model, 4 * MIB, keel_ranges_new ());
  know_total (&model);
  model.is_rash = TRUE;
  claim_all (&model, 2);
  fetch_bytes (&model, &model.workers[0], 2 * MIB);
  release (&model, &model.workers[0]);
  g_assert_cmpuint (model.n_done, ==, 2 * MIB - 1);
  claim (&model, &model.workers[0]);
  g_assert_cmpuint (model.workers[0].at, ==, 3 * MIB);
  g_assert_false (keel_segments_can_claim (model.segments, model.now_usec));
  fetch_bytes (&model, &model.workers[1], 1000);
  g_assert_true (keel_segments_can_claim (model.segments, model.now_usec));
  finish (&model);
}

/* Who begins after the other one has ended, compares what is before: that is good for both. */
static void
test_seam_from_behind (void)
{
  g_auto (Model) model = { 0 };

  model_init (&model, 4 * MIB, keel_ranges_new ());
  know_total (&model);
  claim_all (&model, 2);
  fetch_bytes (&model, &model.workers[0], 2 * MIB);
  keel_segments_vouch_head (model.segments, model.workers[1].piece);
  release (&model, &model.workers[0]);
  g_assert_cmpuint (model.n_done, ==, 2 * MIB);
  fetch_bytes (&model, &model.workers[1], 2 * MIB);
  g_assert_true (keel_segments_is_complete (model.segments));
}

/* What one has left behind can be had by the next one, also by the one before it, whose answer goes
 * on into the gap. */
static void
test_left_behind (void)
{
  g_auto (Model) model = { 0 };

  model_init (&model, 4 * MIB, keel_ranges_new ());
  know_total (&model);
  claim_all (&model, 2);
  fetch_bytes (&model, &model.workers[1], 1000);
  release (&model, &model.workers[1]);
  fetch_bytes (&model, &model.workers[0], 2 * MIB);
  look (&model, &model.workers[0], 5000);
  g_assert_cmpuint (model.workers[0].at, ==, 2 * MIB + 1000);
  look (&model, &model.workers[0], 5000);
  g_assert_true (model.workers[0].is_over);
  release (&model, &model.workers[0]);
  claim (&model, &model.workers[2]);
  g_assert_cmpuint (model.workers[2].at, ==, 2 * MIB + 1000);
  release (&model, &model.workers[2]);

  claim (&model, &model.workers[0]);
  release (&model, &model.workers[0]);
  finish (&model);
  check_done (&model);
}

/* A piece that ends at a gap takes that in while bytes come. */
static void
test_goes_on (void)
{
  g_auto (Model) model = { 0 };

  model_init (&model, 4 * MIB, keel_ranges_new ());
  know_total (&model);
  claim_all (&model, 2);
  release (&model, &model.workers[1]);
  fetch_bytes (&model, &model.workers[0], 4 * MIB);
  g_assert_true (keel_segments_is_complete (model.segments));
  g_assert_true (keel_segments_is_end (model.segments, 4 * MIB));
}

/* A checkpoint is due after so many bytes, whoever wrote them. */
static void
test_notice (void)
{
  g_autoptr (GArray) nothing = keel_ranges_new ();
  g_autoptr (KeelSegments) segments = keel_segments_new (nothing);
  KeelPiece *pieces[2];
  guint n_due = 0;

  keel_segments_set_total (segments, 80 * (guint64) MIB);
  for (guint i = 0; i < 2; i++)
    pieces[i] = keel_segments_claim (segments, SECOND);
  for (guint i = 0; i < 80; i++)
    {
      gsize length = MIB;

      g_assert_cmpint (keel_segments_look (segments, pieces[i % 2],
                                           (i % 2) * 40 * (guint64) MIB + i / 2 * (guint64) MIB,
                                           &length),
                       ==, KEEL_SEGMENT_OWN);
      n_due += keel_segments_advance (segments, pieces[i % 2], length, SECOND * (i + 2)) ? 1 : 0;
    }
  g_assert_cmpuint (n_due, ==, 5);
  for (guint i = 0; i < 2; i++)
    keel_segments_release (segments, pieces[i]);
}

static gboolean
keep_hash (KeelSegments *segments,
           guint64       number,
           guint64       hash)
{
  g_autoptr (GArray) hashes = g_array_new (FALSE, FALSE, sizeof (KeelBlockHash));
  KeelBlockHash block = { number, hash };
  gboolean ok;

  g_array_append_val (hashes, block);
  ok = keel_segments_keep_hashes (segments, hashes);
  g_assert_cmpuint (hashes->len, ==, 0);
  return ok;
}

/* A block that comes once more has to be what it was; what is not known may be anything. */
static void
test_hashes (void)
{
  static const guint64 known[] = { 11, 0, 33 };
  g_autoptr (GArray) nothing = keel_ranges_new ();
  g_autoptr (KeelSegments) segments = keel_segments_new (nothing);
  GArray *expected = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (GArray) taken = NULL;

  g_array_append_vals (expected, known, G_N_ELEMENTS (known));
  keel_segments_set_expected (segments, expected);
  g_assert_null (keel_segments_take_hashes (segments));
  g_assert_true (keep_hash (segments, 0, 11));
  g_assert_true (keep_hash (segments, 1, 5));
  g_assert_false (keep_hash (segments, 2, 34));
  g_assert_true (keep_hash (segments, 7, 1));
  taken = keel_segments_take_hashes (segments);
  g_assert_cmpuint (taken->len, ==, 3);
  g_assert_cmpuint (g_array_index (taken, KeelBlockHash, 2).number, ==, 7);
  g_assert_null (keel_segments_take_hashes (segments));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/segments/walk", test_walk);
  g_test_add_func ("/segments/threads", test_threads);
  g_test_add_func ("/segments/sizes", test_sizes);
  g_test_add_func ("/segments/no-total", test_no_total);
  g_test_add_func ("/segments/speeds", test_speeds);
  g_test_add_data_func ("/segments/stuck/at-once", GINT_TO_POINTER (0), test_stuck);
  g_test_add_data_func ("/segments/stuck/later", GINT_TO_POINTER (10), test_stuck);
  g_test_add_data_func ("/segments/straggler/slow", GINT_TO_POINTER (SLOW), test_straggler);
  g_test_add_data_func ("/segments/straggler/slow-alone", GINT_TO_POINTER (SLOW_ALONE),
                        test_straggler);
  g_test_add_data_func ("/segments/straggler/quick", GINT_TO_POINTER (QUICK), test_straggler);
  g_test_add_func ("/segments/nearly-there", test_nearly_there);
  g_test_add_data_func ("/segments/seam/left-first", GINT_TO_POINTER (TRUE), test_seam);
  g_test_add_data_func ("/segments/seam/right-first", GINT_TO_POINTER (FALSE), test_seam);
  g_test_add_func ("/segments/seam/of-somebody", test_seam_of_somebody);
  g_test_add_func ("/segments/seam/from-behind", test_seam_from_behind);
  g_test_add_func ("/segments/left-behind", test_left_behind);
  g_test_add_func ("/segments/goes-on", test_goes_on);
  g_test_add_func ("/segments/notice", test_notice);
  g_test_add_func ("/segments/hashes", test_hashes);
  return g_test_run ();
}
