/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bench.h"

#include "keel-task-error.h"

#include <gio/gio.h>
#include <string.h>

/* How a file ends when nobody says how long it is, or when it comes in a coding that was not
 * asked for: never called whole without a reason, and never thrown away without one. */

#define LENGTH 300000
#define PART 100000

/* What the server says to "is there more?". */
typedef enum {
  SAYS_END,     /* 416 with the size that came */
  SAYS_MORE,    /* 206: it was cut */
  SAYS_NOTHING, /* 200 to everything */
  SAYS_NO,      /* 405 */
  IS_GONE,      /* closes the connection */
} Word;

typedef struct {
  guint8 *bytes;
  Word word;
  const char *etag; /* (nullable) */
} Scene;

static void
print_open_end (KeelRequest *request,
                const Scene *scene)
{
  keel_request_print (request, "HTTP/1.1 200 OK\r\nConnection: close\r\n%s%s%s\r\n",
                      scene->etag != NULL ? "ETag: " : "", scene->etag != NULL ? scene->etag : "",
                      scene->etag != NULL ? "\r\n" : "");
}

static void
serve_open_end (KeelRequest *request,
                gpointer     data)
{
  const Scene *scene = data;
  guint64 offset = keel_request_get_offset (request);

  if (offset == 0 || scene->word == SAYS_NOTHING)
    {
      print_open_end (request, scene);
      keel_request_write (request, scene->bytes,
                          scene->word == SAYS_MORE && request->number == 0 ? PART : LENGTH);
    }
  else if (scene->word == SAYS_END)
    keel_request_print (request,
                        "HTTP/1.1 416 No\r\nContent-Range: bytes */%d\r\n"
                        "Content-Length: 0\r\n\r\n",
                        LENGTH);
  else if (scene->word == SAYS_MORE)
    keel_request_serve (request, scene->bytes, LENGTH, scene->etag);
  else if (scene->word == SAYS_NO)
    keel_request_print (request, "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n");
}

static const KeelTransferRecord *
finish (KeelBench    *bench,
        KeelLoopback *server,
        const Scene  *scene,
        const char   *path)
{
  KeelTransfer *transfer = keel_bench_add (bench, server, path);
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, path + 1, scene->bytes, LENGTH);
  g_assert_cmpuint (record->total, ==, LENGTH);
  return record;
}

static void
test_asked (KeelBench     *bench,
            gconstpointer  data)
{
  static const struct {
    const char *path;
    Word word;
    const char *etag;
    gboolean is_confirmed;
    guint n_requests;
  } cases[] = {
    { "/end", SAYS_END, "\"v1\"", TRUE, 2 },          { "/end-bare", SAYS_END, NULL, TRUE, 2 },
    { "/more", SAYS_MORE, "\"v1\"", TRUE, 3 },        { "/no", SAYS_NO, "\"v1\"", FALSE, 2 },
    { "/nothing", SAYS_NOTHING, "\"v1\"", FALSE, 2 },
  };
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Scene scene = { bytes, cases[i].word, cases[i].etag };
      g_autoptr (KeelLoopback) server = keel_loopback_new (serve_open_end, &scene);
      const KeelTransferRecord *record = finish (bench, server, &scene, cases[i].path);
      g_autofree char *second = keel_loopback_dup_request (server, 1);

      g_test_message ("%s", cases[i].path);
      g_assert_cmpint (record->length_confirmed, ==, cases[i].is_confirmed);
      g_assert_cmpuint (keel_loopback_get_requests (server), ==, cases[i].n_requests);
      g_assert_nonnull (strstr (second, cases[i].word == SAYS_MORE ? "Range: bytes=100000-" :
                                                                     "Range: bytes=300000-"));
      g_assert_true ((strstr (second, "If-Range: \"v1\"") != NULL) == (cases[i].etag != NULL));
    }
}

/* Who cannot be asked may have been cut by the same trouble: tried again, and then believed. */
static void
test_nobody_to_ask (KeelBench     *bench,
                    gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 2);
  Scene scene = { bytes, IS_GONE, "\"v1\"" };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_open_end, &scene);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  keel_bench_wait_state (transfer, KEEL_TRANSFER_WAITING);
  g_assert_cmpint (record->wait_reason, ==, KEEL_WAIT_REASON_RETRY);
  g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_TRUNCATED);
  g_assert_cmpuint (record->durable, ==, LENGTH);
  keel_bench_assert_folder (bench, "*");

  /* It comes to itself. */
  scene.word = SAYS_END;
  keel_transfer_control (transfer, KEEL_CONTROL_RETRY);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
  g_assert_true (record->length_confirmed);
}

/* --- codings --------------------------------------------------------------------------------- */

static GBytes *
compress (const guint8 *bytes,
          gsize         length)
{
  g_autoptr (GConverter)
    converter = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6));
  g_autofree guint8 *out = g_malloc (2 * length + 1000);
  gsize taken = 0;
  gsize made = 0;

  g_assert_cmpint (g_converter_convert (converter, bytes, length, out, 2 * length + 1000,
                                        G_CONVERTER_INPUT_AT_END, &taken, &made, NULL),
                   ==, G_CONVERTER_FINISHED);
  return g_bytes_new (out, made);
}

typedef struct {
  GBytes *body;
  guint n_bad; /* so many answers are cut at bad_length */
  gsize bad_length;
} Coded;

static void
serve_coded (KeelRequest *request,
             gpointer     data)
{
  const Coded *coded = data;
  gsize length = request->number < coded->n_bad ? coded->bad_length :
                                                  g_bytes_get_size (coded->body);

  g_assert_null (strstr (request->text, "\r\nRange:"));
  keel_request_print (request,
                      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nETag: \"v1\"\r\n"
                      "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                      length);
  keel_request_write (request, g_bytes_get_data (coded->body, NULL), length);
}

static guint8 *
make_text (void)
{
  guint8 *text = g_malloc (LENGTH);

  for (gsize i = 0; i < LENGTH; i++)
    text[i] = (guint8) ('a' + i * i % 23);
  return text;
}

static void
test_decoded (KeelBench     *bench,
              gconstpointer  data)
{
  g_autofree guint8 *text = make_text ();
  g_autoptr (GBytes) body = compress (text, LENGTH);
  Coded coded = { body, 0, 0 };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_coded, &coded);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x.txt");

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x.txt", text, LENGTH);
  keel_bench_assert_folder (bench, "x.txt");
  g_assert_cmpuint (keel_transfer_get_record (transfer)->total, ==, LENGTH);
}

/* The server counts well, and what it counts is not whole: the trailer tells. */
static void
test_broken (KeelBench     *bench,
             gconstpointer  data)
{
  g_autofree guint8 *text = make_text ();
  g_autoptr (GBytes) body = compress (text, LENGTH);
  Coded coded = { body, 1, g_bytes_get_size (body) - 4 };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_coded, &coded);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x.txt");

  keel_bench_wait_state (transfer, KEEL_TRANSFER_WAITING);
  g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==, KEEL_TASK_ERROR_TRUNCATED);
  keel_transfer_control (transfer, KEEL_CONTROL_RETRY);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x.txt", text, LENGTH);
  keel_bench_assert_folder (bench, "x.txt");
}

static void
test_always_broken (KeelBench     *bench,
                    gconstpointer  data)
{
  g_autofree guint8 *text = make_text ();
  g_autoptr (GBytes) body = compress (text, LENGTH);
  Coded coded = { body, G_MAXUINT, g_bytes_get_size (body) - 4 };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_coded, &coded);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x.txt");

  keel_bench_wait_given_up (bench, transfer);
  g_assert_cmpint (keel_transfer_get_record (transfer)->error_code, ==, KEEL_TASK_ERROR_TRUNCATED);
  g_assert_cmpuint (keel_loopback_get_requests (server), ==, 3);
  keel_bench_wait_rest (transfer);
  keel_bench_assert_folder (bench, "");
}

static void
serve_own_coding (KeelRequest *request,
                  gpointer     data)
{
  const Coded *coded = data;

  keel_request_print (request,
                      "HTTP/1.1 200 OK\r\nContent-Encoding: x-gzip\r\n"
                      "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                      g_bytes_get_size (coded->body));
  keel_request_write (request, g_bytes_get_data (coded->body, NULL),
                      g_bytes_get_size (coded->body));
}

/* A .tar.gz is what its name says, whatever the server calls it. */
static void
test_kept (KeelBench     *bench,
           gconstpointer  data)
{
  g_autofree guint8 *text = make_text ();
  g_autoptr (GBytes) body = compress (text, LENGTH);
  Coded coded = { body, 0, 0 };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_own_coding, &coded);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x.tar.gz");

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x.tar.gz", g_bytes_get_data (body, NULL),
                          g_bytes_get_size (body));
}

/* --- the server's own checksum --------------------------------------------------------------- */

static void
serve_with_digest (KeelRequest *request,
                   gpointer     data)
{
  const Scene *scene = data;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 value[32];
  gsize length = sizeof value;
  g_autofree char *base64 = NULL;

  g_checksum_update (checksum, scene->bytes, LENGTH);
  g_checksum_get_digest (checksum, value, &length);
  base64 = g_base64_encode (value, length);
  keel_request_print (request,
                      "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nRepr-Digest: sha-256=:%s:\r\n"
                      "Content-Length: %d\r\n\r\n",
                      base64, LENGTH);
  /* A bit flips on the way. */
  if (scene->word == SAYS_NO && request->number == 0)
    {
      g_autofree guint8 *flipped = g_memdup2 (scene->bytes, LENGTH);

      flipped[LENGTH / 2] ^= 1;
      keel_request_write (request, flipped, LENGTH);
      return;
    }
  keel_request_write (request, scene->bytes, LENGTH);
}

static void
test_digest (KeelBench     *bench,
             gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 3);
  Scene scene = { bytes, SAYS_END, NULL };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_with_digest, &scene);
  const KeelTransferRecord *record = finish (bench, server, &scene, "/x");

  g_assert_cmpstr (record->checksum_algorithm, ==, "sha-256");
  g_assert_cmpstr (record->checksum_actual, ==, record->checksum_expected);
}

/* What does not have it is not the file; but it is not thrown away before somebody says so. */
static void
test_wrong_digest (KeelBench     *bench,
                   gconstpointer  data)
{
  g_autofree guint8 *bytes = keel_loopback_make_bytes (LENGTH, 4);
  Scene scene = { bytes, SAYS_NO, NULL };
  g_autoptr (KeelLoopback) server = keel_loopback_new (serve_with_digest, &scene);
  KeelTransfer *transfer = keel_bench_add (bench, server, "/x");
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  keel_bench_wait_state (transfer, KEEL_TRANSFER_FAILED);
  g_assert_cmpint (record->error_code, ==, KEEL_TASK_ERROR_CHECKSUM);
  g_assert_cmpstr (record->checksum_actual, !=, record->checksum_expected);
  keel_bench_wait_rest (transfer);
  keel_bench_assert_folder (bench, "*");
  g_assert_cmpuint (record->durable, ==, LENGTH);
  keel_transfer_control (transfer, KEEL_CONTROL_RETRY);
  keel_bench_wait_state (transfer, KEEL_TRANSFER_FINISHED);
  keel_bench_assert_file (bench, "x", bytes, LENGTH);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/endings/" name, KeelBench, NULL, keel_bench_set_up, func,                   \
              keel_bench_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("asked", test_asked);
  ADD ("nobody-to-ask", test_nobody_to_ask);
  ADD ("decoded", test_decoded);
  ADD ("broken", test_broken);
  ADD ("always-broken", test_always_broken);
  ADD ("kept", test_kept);
  ADD ("digest", test_digest);
  ADD ("wrong-digest", test_wrong_digest);
  return g_test_run ();
}
