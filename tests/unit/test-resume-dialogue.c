/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-resume.h"

#include <string.h>

/* Downloads in miniature: a client that does what keel_resume_decide() says and a server that has
 * two versions of a file, which are told apart by their tags alone. The server cuts bodies short,
 * ignores ranges, moves their start, leaves out lengths and changes its mind between two answers;
 * it never lies about a tag. Whatever it does, what is on disk is the beginning of one of the two
 * versions, and what is finished is all of it; and from a server that behaves nothing is fetched
 * twice but the overlap. The client does not compare what it appends, so that the validators alone
 * are put to the test. */

#define SEED 8001
#define N_DOWNLOADS 20000
#define N_VERSIONS 2
#define MOST_ATTEMPTS 1000
#define OVERLAP 4

typedef struct {
  char *bytes;
  gsize length;
  const char *etag;
} File;

typedef struct {
  GRand *chance;
  File files[N_VERSIONS];
  guint current;
  gboolean behaves;
  char content_range[64];
  char content_length[32];
} Server;

/* What a client has of one version. */
typedef struct {
  GByteArray *bytes;
  KeelResumeVersion version;
} Partial;

typedef struct {
  Server server;
  Partial disk;
  Partial aside;
  guint64 n_fetched;
  gboolean is_finished;
  gboolean is_confirmed;
} Download;

static gboolean
one_in (Server *server,
        gint    n)
{
  return !server->behaves && g_rand_int_range (server->chance, 0, n) == 0;
}

/* --- the server ------------------------------------------------------------------------------ */

static void
server_init (Server   *server,
             GRand    *chance,
             gboolean  behaves)
{
  static const char *const tags[N_VERSIONS] = { "\"a\"", "\"b\"" };
  gsize n_common = (gsize) g_rand_int_range (chance, 0, 12);

  server->chance = chance;
  server->behaves = behaves;
  for (guint i = 0; i < N_VERSIONS; i++)
    {
      File *file = &server->files[i];

      file->length = (gsize) g_rand_int_range (chance, 0, 4) * 8;
      file->bytes = g_strnfill (file->length, (char) ('a' + i));
      memset (file->bytes, '=', MIN (n_common, file->length));
      file->etag = tags[i];
    }
}

static void
server_clear (Server *server)
{
  for (guint i = 0; i < N_VERSIONS; i++)
    g_free (server->files[i].bytes);
}

/* The part of @file that @state asks for, or nearly; a 416 when there is none. */
static const char *
server_answer_part (Server                *server,
                    const KeelResumeState *state,
                    const File            *file,
                    KeelResumeAnswer      *answer,
                    gsize                 *out_length)
{
  gsize first = 0;

  if (state->asked != KEEL_RESUME_ASK_PROBE)
    first = state->asked == KEEL_RESUME_ASK_REST ? state->start : state->offset;
  if (one_in (server, 8))
    first++;
  else if (first > 0 && one_in (server, 8))
    first--;
  answer->status = first < file->length ? 206 : 416;
  if (answer->status == 206)
    g_snprintf (server->content_range, sizeof server->content_range, "bytes %zu-%zu/%zu", first,
                file->length - 1, file->length);
  else
    g_snprintf (server->content_range, sizeof server->content_range, "bytes */%zu", file->length);
  answer->content_range = one_in (server, 8) ? NULL : server->content_range;
  *out_length = file->length - MIN (first, file->length);
  return file->bytes + file->length - *out_length;
}

/* Fills in @answer to what @state asks, and gives the body. */
static const char *
server_answer (Server                *server,
               const KeelResumeState *state,
               KeelResumeAnswer      *answer,
               gsize                 *out_length)
{
  const File *file;
  gboolean is_current;

  if (one_in (server, 6))
    server->current = !server->current;
  file = &server->files[server->current];
  *answer = (KeelResumeAnswer) { .status = 200, .etag = file->etag };
  is_current = g_strcmp0 (keel_resume_get_if_range (&state->version), file->etag) == 0 ||
               state->asked == KEEL_RESUME_ASK_PROBE || one_in (server, 4);
  if (state->asked != KEEL_RESUME_ASK_WHOLE && is_current && !one_in (server, 4))
    return server_answer_part (server, state, file, answer, out_length);
  g_snprintf (server->content_length, sizeof server->content_length, "%zu", file->length);
  answer->content_length = one_in (server, 3) ? NULL : server->content_length;
  answer->status = one_in (server, 12) ? 503 : 200;
  *out_length = file->length;
  return file->bytes;
}

/* --- the client ------------------------------------------------------------------------------ */

static KeelResumeState
make_state (const Download *download)
{
  return (KeelResumeState) { .offset = download->disk.bytes->len,
                            .version = download->disk.version,
                            .overlap = OVERLAP,
                            .has_aside = download->aside.bytes->len > 0,
                            .aside = download->aside.version };
}

static void
swap (Download *download)
{
  Partial disk = download->disk;

  download->disk = download->aside;
  download->aside = disk;
}

/* The longer of the two is kept. */
static void
set_aside (Download *download)
{
  if (download->disk.bytes->len > download->aside.bytes->len)
    swap (download);
  g_byte_array_set_size (download->disk.bytes, 0);
}

/* How many bytes of a whole body are already here. */
static gsize
count_equal (const GByteArray *bytes,
             const char       *body,
             gsize             length)
{
  gsize count = 0;

  while (count < bytes->len && count < length && bytes->data[count] == (guint8) body[count])
    count++;
  return count;
}

/* Writes a body, of which only @length bytes arrive. */
static void
take (Download                *download,
      const KeelResumeVerdict *verdict,
      const KeelResumeAnswer  *answer,
      const char              *body,
      gsize                    length)
{
  GByteArray *bytes = download->disk.bytes;
  gsize old;

  if (verdict->is_other)
    set_aside (download);
  bytes = download->disk.bytes;
  if (answer->status != 206)
    {
      gsize n_equal = count_equal (bytes, body, length);

      if (n_equal < MIN (bytes->len, length))
        g_byte_array_set_size (bytes, (guint) n_equal);
    }
  old = bytes->len;
  if (verdict->from + length < old)
    return; /* it ended before anything new */
  g_byte_array_append (bytes, (const guint8 *) body + (old - verdict->from),
                       (guint) (verdict->from + length - old));
  download->disk.version = (KeelResumeVersion) { .has_total = verdict->has_total,
                                                .total = verdict->total,
                                                .etag = answer->etag };
  download->is_finished = download->is_confirmed = verdict->has_total &&
                                                   bytes->len == verdict->total;
}

static void
obey (Download                *download,
      const KeelResumeVerdict *verdict)
{
  if (verdict->action == KEEL_RESUME_CHANGED)
    set_aside (download);
  else if (verdict->action == KEEL_RESUME_SWAP)
    swap (download);
  download->is_confirmed = verdict->action == KEEL_RESUME_COMPLETE;
  download->is_finished = download->is_confirmed || verdict->action == KEEL_RESUME_UNKNOWN;
}

/* Asks until something else is to be done, and does that. */
static void
attempt (Download *download)
{
  Server *server = &download->server;
  KeelResumeState state = make_state (download);
  KeelResumeVerdict verdict = { .action = KEEL_RESUME_ASK };

  keel_resume_begin (&state);
  while (verdict.action == KEEL_RESUME_ASK)
    {
      KeelResumeAnswer answer;
      gsize length;
      const char *body = server_answer (server, &state, &answer, &length);

      keel_resume_decide (&state, &answer, &verdict);
      if (verdict.action == KEEL_RESUME_ASK)
        {
          state.asked = verdict.ask;
          state.start = verdict.start;
          state.n_doubtful += verdict.is_doubtful;
        }
      else if (verdict.action == KEEL_RESUME_TAKE)
        {
          if (one_in (server, 2))
            length = (gsize) g_rand_int_range (server->chance, 0, (gint) length + 1);
          download->n_fetched += length;
          take (download, &verdict, &answer, body, length);
          if (verdict.has_to)
            return;
          /* Was that the end? */
          verdict.action = KEEL_RESUME_ASK;
          state = make_state (download);
          state.asked = KEEL_RESUME_ASK_END;
        }
    }
  obey (download, &verdict);
}

/* --- tests ----------------------------------------------------------------------------------- */

static void
download_init (Download *download,
               GRand    *chance,
               gboolean  behaves)
{
  memset (download, 0, sizeof *download);
  server_init (&download->server, chance, behaves);
  download->disk.bytes = g_byte_array_new ();
  download->aside.bytes = g_byte_array_new ();
}

static void
download_clear (Download *download)
{
  server_clear (&download->server);
  g_byte_array_unref (download->disk.bytes);
  g_byte_array_unref (download->aside.bytes);
}

static gboolean
is_beginning_of (const GByteArray *bytes,
                 const File       *file)
{
  return bytes->len <= file->length && memcmp (bytes->data, file->bytes, bytes->len) == 0;
}

/* The two never meet in one file. */
static void
check_disk (const Download *download)
{
  const GByteArray *bytes = download->disk.bytes;
  const File *files = download->server.files;
  gboolean is_one = FALSE;

  for (guint i = 0; i < N_VERSIONS && bytes->len > 0; i++)
    is_one |= is_beginning_of (bytes, &files[i]) &&
              (!download->is_confirmed || bytes->len == files[i].length);
  if (bytes->len == 0)
    is_one = !download->is_confirmed || files[0].length == 0 || files[1].length == 0;
  g_assert_true (is_one);
}

static void
test_never_mixed (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (SEED);
  guint n_confirmed = 0;

  g_test_message ("seed %d", SEED);
  for (guint i = 0; i < N_DOWNLOADS; i++)
    {
      Download download;
      guint n_attempts = 0;

      download_init (&download, chance, FALSE);
      for (; !download.is_finished && n_attempts < MOST_ATTEMPTS; n_attempts++)
        {
          attempt (&download);
          check_disk (&download);
        }
      g_assert_cmpuint (n_attempts, <, MOST_ATTEMPTS);
      n_confirmed += download.is_confirmed;
      download_clear (&download);
    }
  g_test_message ("%u of %d ended with a size that was told", n_confirmed, N_DOWNLOADS);
  g_assert_cmpuint (n_confirmed, >, N_DOWNLOADS / 2);
}

static void
test_nothing_twice (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (SEED);

  for (guint i = 0; i < N_DOWNLOADS; i++)
    {
      Download download;
      const File *file = &download.server.files[0];
      gsize n_here;

      download_init (&download, chance, TRUE);
      n_here = (gsize) g_rand_int_range (chance, 0, (gint) file->length + 1);
      g_byte_array_append (download.disk.bytes, (const guint8 *) file->bytes, (guint) n_here);
      download.disk.version = (KeelResumeVersion) { TRUE, file->length, file->etag };
      attempt (&download);
      g_assert_true (download.is_confirmed);
      g_assert_cmpmem (download.disk.bytes->data, download.disk.bytes->len, file->bytes,
                       file->length);
      g_assert_cmpuint (download.n_fetched, ==, file->length - n_here + MIN (n_here, OVERLAP));
      download_clear (&download);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/resume-dialogue/never-mixed", test_never_mixed);
  g_test_add_func ("/resume-dialogue/nothing-twice", test_nothing_twice);
  return g_test_run ();
}
