/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-block-hashes.h"
#include "keel-task-error.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Part files that are not what they were when the service comes back from a crash: only what was
 * altered is fetched again, and the end is byte-exact. */

#define MIB KEEL_BLOCK_BYTES
#define LENGTH (9 * MIB + 4321)
#define CUT (6 * MIB + 300000) /* so much is there when it crashes: six whole blocks and a tail */
#define TAIL (CUT - 6 * MIB)
#define OVERLAP (64 * 1024)

typedef struct {
  guint8 *bytes[2]; /* of two versions */
  guint version;
  guint64 cut;      /* where the whole file stops coming; 0: nowhere */
  guint64 rest_cut; /* likewise, when the rest is asked for */
  gboolean has_ranges;
  gboolean has_etag;
  guint n_lies;     /* so many bounded ranges come with a wrong byte in the middle */
  guint n_refusals; /* so many bounded ranges are answered with 503 */
  guint64 held;     /* the range from here on stops in the middle, once */
} Scene;

static void
scene_init (Scene *scene)
{
  *scene = (Scene) { .cut = CUT, .has_ranges = TRUE, .has_etag = TRUE };
  for (guint i = 0; i < G_N_ELEMENTS (scene->bytes); i++)
    scene->bytes[i] = keel_loopback_make_bytes (LENGTH, 200 + i);
}

static void
scene_clear (Scene *scene)
{
  for (guint i = 0; i < G_N_ELEMENTS (scene->bytes); i++)
    g_free (scene->bytes[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static void
serve_range (KeelRequest *request,
             Scene       *scene,
             const char  *tag,
             guint64      first,
             guint64      last)
{
  g_autofree guint8 *body = g_memdup2 (scene->bytes[scene->version] + first, last + 1 - first);
  gsize length = (gsize) (last + 1 - first);
  gsize sent = length;
  gboolean is_bounded = last + 1 < LENGTH;

  if (is_bounded && scene->n_lies > 0)
    {
      scene->n_lies--;
      body[length / 2] ^= 1;
    }
  keel_request_print (request,
                      "HTTP/1.1 206 Partial Content\r\n%sContent-Range: bytes %" G_GUINT64_FORMAT
                      "-%" G_GUINT64_FORMAT "/%d\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                      tag, first, last, LENGTH, length);
  if (is_bounded && scene->held > 0 && scene->held == first)
    {
      scene->held = 0;
      sent = length / 2;
    }
  if (!is_bounded && scene->rest_cut > 0)
    sent = (gsize) (scene->rest_cut - first);
  keel_request_write (request, body, sent);
  if (sent < length)
    keel_loopback_wait (request->server);
}

/* One connection serves one request, so what is counted down is touched by one at a time. */
static void
serve (KeelRequest *request,
       gpointer     data)
{
  Scene *scene = data;
  g_autofree char *tag = scene->has_etag ? g_strdup_printf ("ETag: \"v%u\"\r\n", scene->version) :
                                           g_strdup ("");
  g_autofree char *etag = g_strdup_printf ("\"v%u\"", scene->version);
  g_autofree char *range = keel_request_dup_header (request, "Range");
  g_autofree char *if_range = keel_request_dup_header (request, "If-Range");
  guint64 sent = scene->cut > 0 ? scene->cut : LENGTH;
  char *end = NULL;

  if (range != NULL && scene->has_ranges && g_strcmp0 (if_range, etag) == 0)
    {
      guint64 first = g_ascii_strtoull (range + strlen ("bytes="), &end, 10);
      guint64 last = end[1] != '\0' ? g_ascii_strtoull (end + 1, NULL, 10) : LENGTH - 1;

      if (end[1] != '\0' && scene->n_refusals > 0)
        {
          scene->n_refusals--;
          keel_request_print (request, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
          return;
        }
      serve_range (request, scene, tag, first, last);
      return;
    }
  keel_request_print (request, "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n", tag, LENGTH);
  keel_request_write (request, scene->bytes[scene->version], sent);
  if (sent < LENGTH)
    keel_loopback_wait (request->server);
}

/* --- accidents ------------------------------------------------------------------------------- */

static char *
dup_part_path (KeelBench *bench)
{
  const KeelTransferRecord *record = keel_bench_get (bench, 1);

  return g_build_filename (record->dir, record->part_name, NULL);
}

typedef enum {
  NONE,
  FLIP, /* one bit at FROM */
  ZERO, /* bytes FROM..TO */
} Accident;

typedef struct {
  Accident accident;
  guint64 from;
  guint64 to;
} Damage;

static void
damage_file (const char   *path,
             const Damage *damage)
{
  guint64 length = damage->accident == FLIP ? 1 : damage->to - damage->from;
  g_autofree guint8 *bytes = g_malloc0 (length);
  int fd;

  if (damage->accident == NONE)
    return;
  fd = open (path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  if (damage->accident == FLIP)
    {
      g_assert_cmpint (pread (fd, bytes, 1, (off_t) damage->from), ==, 1);
      bytes[0] ^= 4;
    }
  g_assert_cmpint (pwrite (fd, bytes, length, (off_t) damage->from), ==, length);
  close (fd);
}

/* CUT bytes are there and durable, and the service crashes. */
static void
have_crashed (KeelBench     *bench,
              KeelLoopback  *server,
              char         **out_path)
{
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_received (transfer, CUT);
  *out_path = dup_part_path (bench);
  keel_bench_crash (bench);
}

/* Likewise, and the service ends well. */
static void
have_stopped (KeelBench     *bench,
              KeelLoopback  *server,
              char         **out_path)
{
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");

  keel_bench_wait_received (transfer, CUT);
  *out_path = dup_part_path (bench);
  keel_bench_stop (bench);
}

static void
assert_range (KeelLoopback *server,
              guint         number,
              const char   *range)
{
  g_autofree char *request = keel_loopback_dup_request (server, number);
  g_autofree char *line = g_strdup_printf ("\r\nRange: bytes=%s\r\n", range);

  g_assert_nonnull (request);
  if (range[0] == '\0')
    g_assert_null (strstr (request, "\r\nRange:"));
  else if (strstr (request, line) == NULL)
    g_error ("Request %u should ask for %s: %s", number, range, request);
}

static const KeelTransferRecord *
wait_finished (KeelBench    *bench,
               KeelLoopback *server,
               const Scene  *scene)
{

  keel_bench_wait_state (keel_engine_get_transfer (bench->engine, 1), KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", scene->bytes[scene->version], LENGTH);
  keel_bench_assert_folder (bench, "x");
  return keel_bench_get (bench, 1);
}

/* --- one server, many accidents -------------------------------------------------------------- */

#define REST "6525920-"         /* from 64 KiB before the end */
#define PIECE "6525920-9441504" /* likewise, when it is known already what the file is */

static const struct {
  const char *name;
  Damage damage[3];
  const char *ranges[4]; /* that are asked for after the crash */
  guint64 refetched;
} rows[] = {
  { "nothing", { { NONE } }, { REST }, 0 },
  { "one-bit", { { FLIP, 3 * MIB + MIB / 2 } }, { "3080192-4259839", PIECE }, MIB },
  { "far-apart",
    { { FLIP, MIB }, { FLIP, 5 * MIB - 1 } },
    { "983040-2162687", "4128768-5308415", PIECE },
    2 * MIB },
  { "neighbours",
    { { FLIP, 2 * MIB }, { FLIP, 4 * MIB - 1 } },
    { "2031616-4259839", PIECE },
    2 * MIB },
  { "next-but-one",
    { { FLIP, MIB }, { FLIP, 3 * MIB } },
    { "983040-2162687", "3080192-4259839", PIECE },
    2 * MIB },
  { "first", { { FLIP, 0 } }, { "0-1114111", PIECE }, MIB },
  { "last", { { FLIP, 6 * MIB - 1 } }, { "5177344-6356991", PIECE }, MIB },
  { "tail", { { FLIP, 6 * MIB } }, { "6225920-" }, TAIL },
  { "zeros", { { ZERO, MIB + 17, MIB + 4096 + 17 } }, { "983040-2162687", PIECE }, MIB },
  { "half", { { ZERO, MIB, 4 * MIB } }, { "983040-4259839", PIECE }, 3 * MIB },
  { "more-than-half", { { ZERO, 2 * MIB, CUT } }, { "2031616-" }, 4 * MIB + TAIL },
  { "all-but-the-first", { { ZERO, MIB, CUT } }, { "983040-" }, 5 * MIB + TAIL },
  { "everything", { { ZERO, 0, CUT } }, { "" }, CUT },
};

static void
test_row (KeelBench     *bench,
          gconstpointer  data)
{
  gsize row = GPOINTER_TO_SIZE (data);
  g_auto (Scene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  g_autofree char *path = NULL;
  guint count = 1;

  scene_init (&scene);
  server = keel_loopback_new (serve, &scene);
  have_crashed (bench, server, &path);
  for (guint i = 0; i < G_N_ELEMENTS (rows[row].damage); i++)
    damage_file (path, &rows[row].damage[i]);
  scene.cut = 0;
  keel_bench_start (bench);
  g_assert_cmpuint (wait_finished (bench, server, &scene)->refetched_bytes, ==,
                    rows[row].refetched);
  for (; rows[row].ranges[count - 1] != NULL; count++)
    assert_range (server, count, rows[row].ranges[count - 1]);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, count);
}

/* --- one accident, many servers -------------------------------------------------------------- */

#define HOLE "3080192-4259839"
static const Damage one_bit = { FLIP, 3 * MIB + MIB / 2 };

typedef enum {
  WITHOUT_RANGES,
  WITHOUT_VALIDATOR,
  OTHER_VERSION,
  LYING,
  BUSY,
} Server;

static void
set_server (Scene  *scene,
            Server  kind)
{
  scene->cut = 0;
  scene->has_ranges = kind != WITHOUT_RANGES;
  scene->version = kind == OTHER_VERSION ? 1 : 0;
  scene->n_lies = kind == LYING ? 1 : 0;
  scene->n_refusals = kind == BUSY ? 1 : 0;
}

/* Whatever the server does instead of filling the hole, the file is one version, whole; and what is
 * before the hole is good. */
static void
test_server (KeelBench     *bench,
             gconstpointer  data)
{
  static const struct {
    const char *ranges[4];
    guint64 refetched;
  } expected[] = {
    [WITHOUT_RANGES] = { { HOLE, "3080192-", NULL }, CUT },
    [WITHOUT_VALIDATOR] = { { "", NULL }, CUT },
    /* What is aside is of no use when the other version is complete. */
    [OTHER_VERSION] = { { HOLE, "3080192-", NULL }, CUT },
    [LYING] = { { HOLE, "3080192-", NULL }, CUT - 3 * MIB },
    [BUSY] = { { HOLE, HOLE, PIECE, NULL }, MIB },
  };
  Server kind = (Server) GPOINTER_TO_INT (data);
  g_auto (Scene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  g_autofree char *path = NULL;
  guint count = 1;

  scene_init (&scene);
  scene.has_etag = kind != WITHOUT_VALIDATOR;
  server = keel_loopback_new (serve, &scene);
  have_crashed (bench, server, &path);
  damage_file (path, &one_bit);
  set_server (&scene, kind);
  keel_bench_start (bench);
  if (kind == BUSY)
    {
      keel_bench_wait_reason (keel_engine_get_transfer (bench->engine, 1), KEEL_WAIT_REASON_RETRY);
      keel_clock_advance (bench->clock, 60 * (gint64) G_USEC_PER_SEC);
    }
  g_assert_cmpuint (wait_finished (bench, server, &scene)->refetched_bytes, ==,
                    expected[kind].refetched);
  for (; expected[kind].ranges[count - 1] != NULL; count++)
    assert_range (server, count, expected[kind].ranges[count - 1]);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, count);
}

/* --- interruptions --------------------------------------------------------------------------- */

typedef enum {
  CRASH,
  STOP,
  PAUSE,
  PAUSE_EARLY,
  TOUCHED_STOP, /* these two: after a clean end, by somebody else */
  TOUCHED_PAUSE,
} Interruption;

#define HALF (512 * 1024) /* so much of a hole comes before the server stops */

/* Before the file was looked at, more counts than is good. */
static gboolean
has_mended_half (gpointer data)
{
  KeelTransfer *transfer = data;
  guint64 received = keel_transfer_get_received (transfer);

  return received == 4 * MIB + TAIL + HALF || received == 5 * MIB + TAIL + HALF;
}

/* In the middle of the second of two holes it ends again: the first one stays mended, and so does
 * what came of the second one. Or in the middle of the first: none is forgotten. */
static void
test_interrupted (KeelBench     *bench,
                  gconstpointer  data)
{
  static const Damage first = { FLIP, MIB };
  Interruption kind = (Interruption) GPOINTER_TO_INT (data);
  g_auto (Scene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  g_autofree char *path = NULL;
  KeelTransfer *transfer;

  scene_init (&scene);
  server = keel_loopback_new (serve, &scene);
  if (kind == TOUCHED_STOP || kind == TOUCHED_PAUSE)
    have_stopped (bench, server, &path);
  else
    have_crashed (bench, server, &path);
  damage_file (path, &first);
  damage_file (path, &one_bit);
  scene.cut = 0;
  scene.held = kind == PAUSE_EARLY ? 983040 : 3080192;
  keel_bench_start (bench);
  transfer = keel_engine_get_transfer (bench->engine, 1);
  keel_bench_wait_requests (server, kind == PAUSE_EARLY ? 2 : 3);
  keel_bench_iterate (has_mended_half, transfer);
  if (kind == CRASH)
    keel_bench_crash (bench);
  else if (kind == STOP || kind == TOUCHED_STOP)
    keel_bench_stop (bench);
  else
    {
      keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
      keel_bench_wait_rest (transfer);
    }
  if (kind == PAUSE || kind == PAUSE_EARLY || kind == TOUCHED_PAUSE)
    keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  else
    keel_bench_start (bench);
  g_assert_cmpuint (wait_finished (bench, server, &scene)->refetched_bytes, <=, 2 * MIB);
  assert_range (server, 1, "983040-2162687");
  assert_range (server, 2, kind == PAUSE_EARLY ? "1507328-2162687" : HOLE);
  assert_range (server, 3, kind == PAUSE_EARLY ? HOLE : "3604480-4259839");
  assert_range (server, 4, PIECE);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 5);
}

/* --- whether there is a check at all --------------------------------------------------------- */

static void
stop_and_damage (KeelBench    *bench,
                 KeelLoopback *server,
                 Scene        *scene,
                 const Damage *damage)
{
  g_autofree char *path = NULL;

  keel_bench_wait_received (keel_bench_add (bench, server, "/x"), CUT);
  path = dup_part_path (bench);
  keel_bench_stop (bench);
  damage_file (path, damage);
  scene->cut = 0;
  keel_bench_start (bench);
}

/* After a clean end nothing is looked at, nothing is cut, and nothing is asked for but the rest. */
static void
test_clean (KeelBench     *bench,
            gconstpointer  data)
{
  const Damage none = { NONE };
  g_auto (Scene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;

  scene_init (&scene);
  server = keel_loopback_new (serve, &scene);
  stop_and_damage (bench, server, &scene, &none);
  g_assert_cmpuint (wait_finished (bench, server, &scene)->refetched_bytes, ==, 0);
  assert_range (server, 1, REST);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 2);
}

/* Unless somebody has written into the file since. */
static void
test_touched (KeelBench     *bench,
              gconstpointer  data)
{
  g_auto (Scene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;

  scene_init (&scene);
  server = keel_loopback_new (serve, &scene);
  stop_and_damage (bench, server, &scene, &one_bit);
  g_assert_cmpuint (wait_finished (bench, server, &scene)->refetched_bytes, ==, MIB);
  assert_range (server, 1, HOLE);
  assert_range (server, 2, PIECE);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 3);
}

/* What was not its turn after the crash is checked later, clean ends in between or not; and is not
 * checked twice. */
static void
test_later (KeelBench     *bench,
            gconstpointer  data)
{
  g_auto (Scene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  g_autofree char *path = NULL;
  KeelTransfer *transfer;

  scene_init (&scene);
  server = keel_loopback_new (serve, &scene);
  transfer = keel_bench_add (bench, server, "/x");
  keel_bench_wait_received (transfer, CUT);
  keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
  keel_bench_wait_rest (transfer);
  path = dup_part_path (bench);
  keel_bench_crash (bench);
  damage_file (path, &one_bit);
  scene.cut = 0;
  keel_bench_start (bench);
  g_assert_true (keel_bench_get (bench, 1)->is_suspect);
  keel_bench_stop (bench);
  keel_bench_start (bench);
  g_assert_cmpint (keel_bench_get (bench, 1)->state, ==, KEEL_TRANSFER_PAUSED);
  keel_transfer_control (keel_engine_get_transfer (bench->engine, 1), KEEL_CONTROL_RESUME);
  g_assert_cmpuint (wait_finished (bench, server, &scene)->refetched_bytes, ==, MIB);
  g_assert_false (keel_bench_get (bench, 1)->is_suspect);
  assert_range (server, 1, HOLE);
  assert_range (server, 2, PIECE);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 3);
}

/* --- hashes of what did not come in one piece ------------------------------------------------ */

/* An attempt begins in the middle of a block: that block has the hash of all of it. */
static void
test_resumed (KeelBench     *bench,
              gconstpointer  data)
{
  g_auto (Scene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;

  scene_init (&scene);
  server = keel_loopback_new (serve, &scene);
  keel_bench_wait_received (keel_bench_add (bench, server, "/x"), CUT);
  keel_bench_stop (bench);
  scene.rest_cut = 8 * MIB + 100;
  keel_bench_start (bench);
  keel_bench_wait_received (keel_engine_get_transfer (bench->engine, 1), 8 * MIB + 100);
  keel_bench_crash (bench);
  scene.rest_cut = 0;
  keel_bench_start (bench);
  g_assert_cmpuint (wait_finished (bench, server, &scene)->refetched_bytes, ==, 0);
  assert_range (server, 1, "6525920-");
  assert_range (server, 2, "8323172-");
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 3);
}

/* What another version has in common with the old one was copied into its part file, and has hashes
 * there. */
static void
test_switched (KeelBench     *bench,
               gconstpointer  data)
{
  g_auto (Scene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  KeelTransfer *transfer;

  scene_init (&scene);
  memcpy (scene.bytes[1], scene.bytes[0], 3 * MIB + MIB / 2);
  server = keel_loopback_new (serve, &scene);
  transfer = keel_bench_add (bench, server, "/x");
  keel_bench_wait_received (transfer, CUT);
  keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
  keel_bench_wait_rest (transfer);
  scene.version = 1;
  scene.cut = 5 * MIB + 9;
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  while (keel_transfer_get_record (transfer)->changes == 0)
    g_main_context_iteration (NULL, TRUE);
  keel_bench_wait_received (transfer, 5 * MIB + 9);
  keel_bench_crash (bench);
  scene.cut = 0;
  keel_bench_start (bench);
  wait_finished (bench, server, &scene);
  assert_range (server, 2, "5177353-");
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 3);
}

/* --- a file that is complete ----------------------------------------------------------------- */

/* It has all been fetched, and was about to be looked at when the service crashed. Its last block
 * is shorter than the others, and has a hash all the same. */
static void
test_complete (KeelBench     *bench,
               gconstpointer  data)
{
  const Damage *damage = data;
  g_auto (Scene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  g_autofree char *uri = NULL;
  g_autofree char *path = NULL;
  KeelTransferRecord *record;
  gsize bounded;

  scene_init (&scene);
  scene.cut = LENGTH;
  server = keel_loopback_new (serve, &scene);
  uri = keel_loopback_dup_uri (server, "/x");
  record = keel_bench_make_record (bench, uri);
  record->checksum_algorithm = g_strdup ("sha-256");
  record->checksum_expected = g_compute_checksum_for_data (G_CHECKSUM_SHA256, scene.bytes[0],
                                                           LENGTH);
  keel_bench_wait_state (keel_bench_add_record (bench, record), KEEL_TRANSFER_VERIFYING);
  path = dup_part_path (bench);
  keel_bench_crash (bench);
  damage_file (path, damage);
  scene.cut = 0;
  keel_bench_start (bench);
  g_assert_cmpuint (keel_bench_get (bench, 1)->durable, ==, LENGTH);
  bounded = damage->accident == NONE ? 0 : damage->from >= 9 * MIB ? LENGTH - 9 * MIB : MIB;
  g_assert_cmpuint (wait_finished (bench, server, &scene)->refetched_bytes, ==, bounded);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, bounded > 0 ? 2 : 1);
}

/* --- an older version ------------------------------------------------------------------------ */

/* The partial that was set aside is checked, too, when the server has that version again. */
static void
test_aside (KeelBench     *bench,
            gconstpointer  data)
{
  g_auto (Scene) scene = { 0 };
  g_autoptr (KeelLoopback) server = NULL;
  g_autofree char *path = NULL;
  KeelTransfer *transfer;

  scene_init (&scene);
  server = keel_loopback_new (serve, &scene);
  transfer = keel_bench_add (bench, server, "/x");
  keel_bench_wait_received (transfer, CUT);
  path = dup_part_path (bench);
  keel_transfer_control (transfer, KEEL_CONTROL_PAUSE);
  keel_bench_wait_rest (transfer);
  scene.version = 1;
  scene.cut = 2 * MIB + 5;
  keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
  while (keel_transfer_get_record (transfer)->changes == 0)
    g_main_context_iteration (NULL, TRUE);
  keel_bench_wait_received (transfer, 2 * MIB + 5);
  keel_bench_crash (bench);
  damage_file (path, &one_bit);
  scene.version = 0;
  scene.cut = 0;
  keel_bench_start (bench);
  g_assert_true (keel_bench_get (bench, 1)->is_suspect);
  g_assert_true (keel_bench_get (bench, 1)->aside.is_suspect);
  wait_finished (bench, server, &scene);
  assert_range (server, 2, "2031621-");
  assert_range (server, 3, HOLE);
  assert_range (server, 4, "6225920-9441504");
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 5);
}

#define ADD(name, data, func)                                                                      \
  g_test_add ("/engine/altered/" name, KeelBench, data, keel_bench_set_up, func,                   \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  static const Damage none = { NONE };
  static const Damage last = { FLIP, LENGTH - 1 };

  g_test_init (&argc, &argv, NULL);
  for (gsize row = 0; row < G_N_ELEMENTS (rows); row++)
    {
      g_autofree char *path = g_strconcat ("/engine/altered/", rows[row].name, NULL);

      g_test_add (path, KeelBench, GSIZE_TO_POINTER (row), keel_bench_set_up, test_row,
                  keel_bench_tear_down);
    }
  ADD ("without-ranges", GINT_TO_POINTER (WITHOUT_RANGES), test_server);
  ADD ("without-validator", GINT_TO_POINTER (WITHOUT_VALIDATOR), test_server);
  ADD ("other-version", GINT_TO_POINTER (OTHER_VERSION), test_server);
  ADD ("lying", GINT_TO_POINTER (LYING), test_server);
  ADD ("busy", GINT_TO_POINTER (BUSY), test_server);
  ADD ("crash", GINT_TO_POINTER (CRASH), test_interrupted);
  ADD ("stop", GINT_TO_POINTER (STOP), test_interrupted);
  ADD ("pause", GINT_TO_POINTER (PAUSE), test_interrupted);
  ADD ("pause-early", GINT_TO_POINTER (PAUSE_EARLY), test_interrupted);
  ADD ("touched-stop", GINT_TO_POINTER (TOUCHED_STOP), test_interrupted);
  ADD ("touched-pause", GINT_TO_POINTER (TOUCHED_PAUSE), test_interrupted);
  ADD ("clean", NULL, test_clean);
  ADD ("touched", NULL, test_touched);
  ADD ("later", NULL, test_later);
  ADD ("complete/sound", &none, test_complete);
  ADD ("complete/one-bit", &one_bit, test_complete);
  ADD ("complete/last", &last, test_complete);
  ADD ("aside", NULL, test_aside);
  ADD ("resumed", NULL, test_resumed);
  ADD ("switched", NULL, test_switched);
  return g_test_run ();
}
