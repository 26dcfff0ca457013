/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-tuner.h"

/* How many connections the tuner ends with, on paths that are made up: what each number of them
 * brings is known, so the right number is, too. It is asked every quarter of a second, as the team
 * does. */

#define TICK_USEC (G_USEC_PER_SEC / 4)
#define START_USEC (77 * (gint64) G_USEC_PER_SEC)
#define MIB (1024.0 * 1024)

typedef struct {
  double (*rate) (guint count); /* bytes a second */
  double noise;                 /* so much more or less, at random */
  guint ramp_ticks;             /* until a new connection is up to speed */
  guint bears;                  /* more than so many the server refuses; 0: any number */
  KeelTuner tuner;
  gint64 now_usec;
  double bytes;
  guint alive;
  guint n_young; /* of those that are alive */
  guint age;     /* of the young, in ticks */
  guint n_changes;
  guint highest;
} Path;

static double
each_is_limited (guint count)
{
  return count * MIB;
}

static double
one_fills_it (guint count)
{
  return 10 * MIB;
}

static double
three_fill_it (guint count)
{
  return MIN (count, 3) * MIB;
}

static double
more_are_less (guint count)
{
  return 10 * MIB / (1 + 0.3 * (count - 1));
}

static double
four_are_best (guint count)
{
  return count <= 4 ? count * MIB : 4 * MIB / (1 + 0.1 * (count - 4));
}

/* A second one brings something, but not as much as it is worth. */
static double
hardly_more (guint count)
{
  return MIB * (1 + 0.05 * count);
}

static double
nothing_comes (guint count)
{
  return 0;
}

static void
path_begin (Path  *path,
            guint  first,
            guint  most)
{
  path->now_usec = START_USEC;
  keel_tuner_begin (&path->tuner, first, most, path->now_usec);
  path->alive = first;
  path->highest = first;
}

static void
move_bytes (Path *path)
{
  double luck = 1 + path->noise * g_test_rand_double_range (-1, 1);
  double part = path->age >= path->ramp_ticks ? 1 :
                                                (path->alive - path->n_young * 0.8) / path->alive;

  path->bytes += path->rate (path->alive) * luck * part * TICK_USEC / G_USEC_PER_SEC;
  path->now_usec += TICK_USEC;
  path->age++;
}

static void
follow (Path  *path,
        guint  wanted)
{
  guint alive = path->bears > 0 ? MIN (wanted, path->bears) : wanted;

  path->n_young = alive > path->alive ? alive - path->alive : 0;
  path->n_changes += alive != path->alive ? 1 : 0;
  if (alive != path->alive)
    path->age = 0;
  path->alive = alive;
  path->highest = MAX (path->highest, alive);
}

static void
run_for (Path  *path,
         guint  seconds)
{
  for (guint i = 0; i < seconds * 4; i++)
    {
      guint wanted;

      move_bytes (path);
      wanted = keel_tuner_step (&path->tuner, path->alive, (guint64) path->bytes, path->now_usec);
      g_assert_cmpuint (wanted, >=, 1);
      g_assert_cmpuint (wanted, <=, path->tuner.most);
      follow (path, wanted);
    }
}

/* --- where it ends --------------------------------------------------------------------------- */

static const struct {
  const char *name;
  double (*rate) (guint count);
  double noise;
  guint ramp_ticks;
  guint bears;
  guint most;
  guint expected;
  guint highest;
} rows[] = {
  { "limited", each_is_limited, 0, 0, 0, 8, 8, 8 },
  { "limited/odd", each_is_limited, 0, 0, 0, 6, 6, 6 },
  { "limited/many", each_is_limited, 0, 0, 0, 32, 32, 32 },
  { "limited/ramp", each_is_limited, 0, 2, 0, 16, 16, 16 },
  { "limited/noisy", each_is_limited, 0.2, 2, 0, 16, 16, 16 },
  { "full", one_fills_it, 0, 0, 0, 8, 1, 2 },
  { "full/ramp", one_fills_it, 0, 2, 0, 8, 1, 2 },
  { "full/noisy", one_fills_it, 0.06, 0, 0, 8, 1, 2 },
  { "three", three_fill_it, 0, 0, 0, 16, 4, 8 },
  { "three/noisy", three_fill_it, 0.05, 2, 0, 16, 4, 8 },
  { "hurt", more_are_less, 0, 0, 0, 16, 1, 2 },
  { "hurt/noisy", more_are_less, 0.06, 2, 0, 16, 1, 2 },
  { "best-at-four", four_are_best, 0.05, 2, 0, 16, 4, 8 },
  { "hardly", hardly_more, 0, 0, 0, 8, 1, 2 },
  { "refused", each_is_limited, 0, 0, 3, 16, 3, 3 },
  { "refused/all", each_is_limited, 0, 0, 1, 16, 1, 1 },
  { "only-one", each_is_limited, 0, 0, 0, 1, 1, 1 },
  { "dead", nothing_comes, 0, 0, 0, 8, 1, 2 },
};

/* It may be about to try something else, and comes back. */
static void
assert_ends_at (Path  *path,
                guint  expected)
{
  for (guint i = 0; i < 5 && path->alive != expected; i++)
    run_for (path, 1);
  g_assert_cmpuint (path->alive, ==, expected);
}

/* It gets there, stays there, and has not tried much more on the way. */
static void
test_row (gconstpointer data)
{
  gsize row = GPOINTER_TO_SIZE (data);

  for (guint round = 0; round < 20; round++)
    {
      Path path = { .rate = rows[row].rate,
                    .noise = rows[row].noise,
                    .ramp_ticks = rows[row].ramp_ticks,
                    .bears = rows[row].bears };
      guint n_changes;

      path_begin (&path, 1, rows[row].most);
      run_for (&path, 30);
      assert_ends_at (&path, rows[row].expected);
      g_assert_cmpuint (path.highest, <=, rows[row].highest);
      /* Up a step each time, and once back; and after four and eight seconds once more. */
      g_assert_cmpuint (path.n_changes, <=, 6 + 2 * 2);
      n_changes = path.n_changes;
      run_for (&path, 20);
      assert_ends_at (&path, rows[row].expected);
      g_assert_cmpuint (path.n_changes, <=, n_changes + 2);
    }
}

/* --- over time ------------------------------------------------------------------------------- */

/* Ten minutes of the same: it tries after 4, 8, 16 and 32 seconds, then once a minute, and comes
 * back. */
static void
test_calm (void)
{
  Path path = { .rate = one_fills_it, .noise = 0.05 };

  path_begin (&path, 1, 8);
  run_for (&path, 600);
  g_assert_cmpuint (path.n_changes, <=, 2 * (5 + 9));
  g_assert_cmpuint (path.highest, ==, 2);
}

/* The path is another one now: after a minute that is found out. */
static void
test_other_path (void)
{
  Path path = { .rate = one_fills_it };

  path_begin (&path, 1, 8);
  run_for (&path, 30);
  g_assert_cmpuint (path.alive, ==, 1);
  path.rate = each_is_limited;
  run_for (&path, 90);
  g_assert_cmpuint (path.alive, ==, 8);
}

/* What a server is known to like is where it begins. */
static void
test_remembered (void)
{
  Path path = { .rate = four_are_best };

  path_begin (&path, 4, 16);
  run_for (&path, 2);
  g_assert_cmpuint (path.alive, >=, 4);
  run_for (&path, 30);
  g_assert_cmpuint (path.alive, ==, 4);
  g_assert_cmpuint (path.highest, ==, 8);
}

/* Somebody says that there can be no more: it stays there for a minute. */
static void
test_settled (void)
{
  Path path = { .rate = each_is_limited };

  path_begin (&path, 1, 8);
  run_for (&path, 3);
  keel_tuner_settle (&path.tuner, 2, path.now_usec);
  run_for (&path, 50);
  g_assert_cmpuint (path.alive, ==, 2);
  run_for (&path, 40);
  g_assert_cmpuint (path.alive, ==, 8);
  keel_tuner_settle (&path.tuner, 0, path.now_usec);
  run_for (&path, 1);
  g_assert_cmpuint (path.alive, ==, 1);
}

/* Nonsense is made sense of. */
static void
test_limits (void)
{
  KeelTuner tuner;

  keel_tuner_begin (&tuner, 0, 0, START_USEC);
  g_assert_cmpuint (tuner.wanted, ==, 1);
  g_assert_cmpuint (keel_tuner_step (&tuner, 0, 0, START_USEC + 100 * G_USEC_PER_SEC), ==, 1);
  keel_tuner_begin (&tuner, 9, 4, START_USEC);
  g_assert_cmpuint (tuner.wanted, ==, 4);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize row = 0; row < G_N_ELEMENTS (rows); row++)
    {
      g_autofree char *path = g_strconcat ("/tuner/path/", rows[row].name, NULL);

      g_test_add_data_func (path, GSIZE_TO_POINTER (row), test_row);
    }
  g_test_add_func ("/tuner/calm", test_calm);
  g_test_add_func ("/tuner/other-path", test_other_path);
  g_test_add_func ("/tuner/remembered", test_remembered);
  g_test_add_func ("/tuner/settled", test_settled);
  g_test_add_func ("/tuner/limits", test_limits);
  return g_test_run ();
}
