/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-scene.h"

#include <string.h>

/* Other links to the same file share the work, after they have shown that they have the same bytes;
 * what a mirror does else harms nothing, and nothing of it comes into the file. */

#define LENGTH (8 * MIB + 4321)
/* Bytes where two answers meet may be fetched twice, to compare what is around them. */
#define SEAMS 8
#define MIRROR_TAG "ETag: \"m%u\"\r\nAccept-Ranges: bytes\r\n"

typedef struct {
  KeelScene own;
  KeelScene other;
  KeelLoopback *own_server;
  KeelLoopback *other_server;
} Pair;

/* The first answer of the transfer's own link waits until the mirror has been asked. */
static void
pair_init (Pair  *pair,
           gsize  other_length)
{
  keel_scene_init (&pair->own, LENGTH);
  keel_scene_init (&pair->other, other_length);
  pair->other.head = MIRROR_TAG;
  pair->other_server = keel_loopback_new (keel_scene_serve, &pair->other);
  pair->own.awaited = pair->other_server;
  pair->own.n_wanted = 1;
  pair->own.late_ms = 50;
  pair->own_server = keel_loopback_new (keel_scene_serve, &pair->own);
}

static void
pair_clear (Pair *pair)
{
  keel_loopback_free (pair->own_server);
  keel_loopback_free (pair->other_server);
  keel_scene_clear (&pair->own);
  keel_scene_clear (&pair->other);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

static KeelTransfer *
add (KeelBench *bench,
     Pair      *pair,
     guint      n_connections)
{
  g_autofree char *uri = keel_loopback_dup_uri (pair->own_server, "/x");
  KeelTransferRecord *record = keel_bench_make_record (bench, uri);

  record->mirrors = keel_loopback_dup_uri (pair->other_server, "/other/y");
  record->headers = g_strdup ("X-Secret: for its own link\n");
  record->max_connections = n_connections;
  return keel_bench_add_record (bench, record);
}

#define MOST_STEP_USEC (G_USEC_PER_SEC / 10)

typedef struct {
  KeelBench *bench;
  KeelTransfer *transfer;
  gint64 last_usec;
} Passing;

/* Lets the bench's time pass as fast as the real one, but for what this machine stood still. */
static gboolean
is_finished (gpointer data)
{
  Passing *passing = data;
  gint64 now_usec = g_get_monotonic_time ();

  if (passing->last_usec > 0)
    keel_clock_advance (passing->bench->clock, MIN (now_usec - passing->last_usec, MOST_STEP_USEC));
  passing->last_usec = now_usec;
  return keel_transfer_get_record (passing->transfer)->state == KEEL_TRANSFER_FINISHED;
}

static void
check_end (KeelBench    *bench,
           KeelTransfer *transfer,
           Pair         *pair)
{
  Passing passing = { bench, transfer, 0 };
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  keel_bench_iterate (is_finished, &passing);
  keel_bench_assert_file (bench, "x", pair->own.bytes[0], LENGTH);
  keel_bench_assert_folder (bench, "x");
  g_assert_cmpint (record->error_code, ==, -1);
  g_assert_cmpuint (record->changes, ==, 0);
  g_assert_cmpuint (record->attempts, ==, 1);
  g_assert_cmpuint (record->refetched_bytes, <=, SEAMS);
}

static guint64
get_bytes_asked (KeelLoopback *server,
                 guint         number)
{
  g_autofree char *text = keel_loopback_dup_request (server, number);
  const char *range = strstr (text, "\r\nRange: bytes=");
  guint64 first;
  char *end;

  g_assert_nonnull (range);
  first = g_ascii_strtoull (range + strlen ("\r\nRange: bytes="), &end, 10);
  return g_ascii_strtoull (end + 1, NULL, 10) + 1 - first;
}

/* Its first question is about bytes that are there; then it gets pieces. What is for the first link
 * only does not go there. */
static void
test_good (KeelBench     *bench,
           gconstpointer  data)
{
  guint n_connections = GPOINTER_TO_UINT (data);
  g_auto (Pair) pair = { 0 };
  gboolean has_helped = FALSE;

  pair_init (&pair, LENGTH);
  pair.own.n_wanted = 2;
  check_end (bench, add (bench, &pair, n_connections), &pair);
  g_assert_cmpuint (get_bytes_asked (pair.other_server, 0), <=, 64 * KIB);
  for (guint i = 0; i < keel_loopback_get_requests (pair.other_server); i++)
    {
      g_autofree char *text = keel_loopback_dup_request (pair.other_server, i);

      has_helped |= get_bytes_asked (pair.other_server, i) >= MIB;
      g_assert_nonnull (strstr (text, "GET /other/y HTTP/1.1\r\n"));
      g_assert_null (strstr (text, "X-Secret"));
      g_assert_null (strstr (text, "\"v0\""));
    }
  g_assert_true (has_helped);
}

static const struct {
  const char *name;
  KeelHelper helper;
} bad_ones[] = {
  { "whole", KEEL_HELPER_WHOLE },
  { "other-bytes", KEEL_HELPER_LYING },
  { "other-file", KEEL_HELPER_OTHER_VERSION },
  { "other-total", KEEL_HELPER_OTHER_TOTAL },
  { "later", KEEL_HELPER_LATER },
  { "shorter", KEEL_HELPER_SHORTER },
  { "no-range", KEEL_HELPER_NO_RANGE },
  { "nonsense", KEEL_HELPER_NONSENSE },
  { "multipart", KEEL_HELPER_MULTIPART },
  { "coded", KEEL_HELPER_CODED },
  { "cut", KEEL_HELPER_CUT },
  { "nothing", KEEL_HELPER_NOTHING },
  { "closed", KEEL_HELPER_CLOSED },
  { "forbidden", KEEL_HELPER_FORBIDDEN },
  { "gone", KEEL_HELPER_GONE },
  { "busy", KEEL_HELPER_BUSY },
  { "too-many", KEEL_HELPER_TOO_MANY },
  { "web-page", KEEL_HELPER_WEB_PAGE },
  { "unsatisfiable", KEEL_HELPER_UNSATISFIABLE },
  { "password", KEEL_HELPER_PASSWORD },
  { "loop", KEEL_HELPER_LOOP },
  { "silent", KEEL_HELPER_SILENT },
  { "stalled", KEEL_HELPER_STALLED },
};

static void
test_bad (KeelBench     *bench,
          gconstpointer  data)
{
  gsize row = GPOINTER_TO_SIZE (data);
  g_auto (Pair) pair = { 0 };

  pair_init (&pair, LENGTH);
  pair.other.helper = bad_ones[row].helper;
  check_end (bench, add (bench, &pair, 4), &pair);
  g_assert_cmpuint (keel_loopback_get_requests (pair.other_server), >=, 1);
  g_assert_cmpuint (keel_loopback_get_requests (pair.other_server), <=, 60);
}

/* It has shown the right bytes where it was asked, and has others elsewhere. */
static void
test_half_right (KeelBench     *bench,
                 gconstpointer  data)
{
  g_auto (Pair) pair = { 0 };
  KeelTransfer *transfer;
  Passing passing = { bench, NULL, 0 };
  g_autofree char *path = g_build_filename (bench->dir, "x", NULL);
  g_autofree char *contents = NULL;
  gsize length = 0;

  pair_init (&pair, LENGTH);
  memcpy (pair.other.bytes[1], pair.own.bytes[0], KEEL_SCENE_FIRST);
  g_atomic_int_set (&pair.other.version, 1);
  transfer = add (bench, &pair, 4);
  passing.transfer = transfer;
  keel_bench_iterate (is_finished, &passing);
  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  g_assert_cmpuint (length, ==, LENGTH);
  g_assert_true (memcmp (contents, pair.own.bytes[0], LENGTH) == 0);
}

/* A file of another size is another file. */
static void
test_other_size (KeelBench     *bench,
                 gconstpointer  data)
{
  g_auto (Pair) pair = { 0 };

  pair_init (&pair, LENGTH + 1);
  check_end (bench, add (bench, &pair, 4), &pair);
}

/* Nobody is there. */
static void
test_dead (KeelBench     *bench,
           gconstpointer  data)
{
  g_auto (Pair) pair = { 0 };
  g_autofree char *uri = NULL;
  KeelTransferRecord *record;

  pair_init (&pair, LENGTH);
  pair.own.awaited = NULL;
  pair.own.n_wanted = 2;
  uri = keel_loopback_dup_uri (pair.own_server, "/x");
  record = keel_bench_make_record (bench, uri);
  record->mirrors = g_strdup ("http://127.0.0.1:1/x\nhttp://127.0.0.1:2/x");
  record->max_connections = 4;
  check_end (bench, keel_bench_add_record (bench, record), &pair);
}

/* The transfer's own link serves one connection at a time: the mirror helps all the same. */
static void
test_lonely (KeelBench     *bench,
             gconstpointer  data)
{
  g_auto (Pair) pair = { 0 };

  pair_init (&pair, LENGTH);
  pair.own.helper = KEEL_HELPER_BUSY;
  pair.own.is_fair = TRUE;
  pair.own.n_wanted = 2;
  check_end (bench, add (bench, &pair, 4), &pair);
  g_assert_cmpuint (keel_loopback_get_requests (pair.other_server), >=, 2);
}

#define ADD(name, data, func)                                                                      \
  g_test_add ("/engine/mirrors/" name, KeelBench, data, keel_bench_set_up, func,                   \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("good/two", GUINT_TO_POINTER (2), test_good);
  ADD ("good/four", GUINT_TO_POINTER (4), test_good);
  ADD ("good/as-many-as-are-of-use", GUINT_TO_POINTER (0), test_good);
  for (gsize row = 0; row < G_N_ELEMENTS (bad_ones); row++)
    {
      g_autofree char *path = g_strconcat ("/engine/mirrors/bad/", bad_ones[row].name, NULL);

      g_test_add (path, KeelBench, GSIZE_TO_POINTER (row), keel_bench_set_up, test_bad,
                  keel_bench_tear_down);
    }
  ADD ("half-right", NULL, test_half_right);
  ADD ("other-size", NULL, test_other_size);
  ADD ("dead", NULL, test_dead);
  ADD ("lonely", NULL, test_lonely);
  return g_test_run ();
}
