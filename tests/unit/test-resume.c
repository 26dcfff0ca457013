/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-resume.h"

#include "resume-case.h"
#include "resume-rules.h"

/* The table of answers, row by row, and then whatever chance makes up, compared with the model in
 * tests/fuzz. Where nothing else is said, 100 of 1000 bytes are here, of the version with the tag
 * "a", and the last ten of them are asked for again. */

#define DATE "Tue, 06 Oct 2026 10:00:00 GMT"
#define MINUTE_BEFORE "Tue, 06 Oct 2026 09:59:00 GMT"
#define JUST_BEFORE "Tue, 06 Oct 2026 09:59:01 GMT"

#define SEED 20261006
#define N_CASES 200000
#define BYTES_OF_A_CASE 64

#define TAG "\"a\""
#define OTHER_TAG "\"b\""
#define ZIP "application/zip"

#define VERSION                                                                                    \
  {                                                                                                \
    .has_total = TRUE, .total = 1000, .etag = TAG                                                  \
  }
#define PARTIAL                                                                                    \
  .offset = 100, .version = VERSION, .content_type = ZIP, .overlap = 10,                           \
  .asked = KEEL_RESUME_ASK_REST, .start = 90

static const KeelResumeState rest = { PARTIAL };
static const KeelResumeState rest_again = { PARTIAL, .n_doubtful = 1 };
static const KeelResumeState rebound = { PARTIAL, .is_rebound = TRUE };
static const KeelResumeState beside = { PARTIAL, .has_aside = TRUE,
                                        .aside = { TRUE, 800, OTHER_TAG } };
static const KeelResumeState beside_dated = { PARTIAL, .has_aside = TRUE,
                                              .aside = { TRUE, 800, NULL, MINUTE_BEFORE, DATE } };
static const KeelResumeState whole = { .offset = 100,
                                       .version = VERSION,
                                       .content_type = ZIP,
                                       .asked = KEEL_RESUME_ASK_WHOLE };
static const KeelResumeState fresh = { .asked = KEEL_RESUME_ASK_WHOLE };
static const KeelResumeState fresh_archive = { .asked = KEEL_RESUME_ASK_WHOLE,
                                               .coding_is_own = TRUE };
static const KeelResumeState fresh_beside = { .asked = KEEL_RESUME_ASK_WHOLE,
                                              .has_aside = TRUE,
                                              .aside = { TRUE, 800, OTHER_TAG } };
static const KeelResumeState archive = { .offset = 100,
                                         .version = { TRUE, 1000, TAG, .coding = "gzip" },
                                         .coding_is_own = TRUE,
                                         .overlap = 10,
                                         .asked = KEEL_RESUME_ASK_REST,
                                         .start = 90 };
static const KeelResumeState dated = { .offset = 100,
                                       .version = { TRUE, 1000, NULL, MINUTE_BEFORE, DATE },
                                       .overlap = 10,
                                       .asked = KEEL_RESUME_ASK_REST,
                                       .start = 90 };
static const KeelResumeState all_here = { .offset = 1000,
                                          .version = VERSION,
                                          .overlap = 10,
                                          .asked = KEEL_RESUME_ASK_REST,
                                          .start = 990 };
static const KeelResumeState last_byte = { .offset = 1000,
                                           .version = VERSION,
                                           .overlap = 10,
                                           .asked = KEEL_RESUME_ASK_REST,
                                           .start = 999 };
static const KeelResumeState unsized = { .offset = 100,
                                         .version = { .etag = TAG },
                                         .overlap = 10,
                                         .asked = KEEL_RESUME_ASK_REST,
                                         .start = 90 };
static const KeelResumeState probe = { .offset = 100,
                                       .version = VERSION,
                                       .asked = KEEL_RESUME_ASK_PROBE };
static const KeelResumeState end = { .offset = 100,
                                     .version = { .etag = TAG },
                                     .overlap = 10,
                                     .asked = KEEL_RESUME_ASK_END };
static const KeelResumeState end_mute = { .offset = 100, .asked = KEEL_RESUME_ASK_END };

typedef struct {
  const char *name;
  const KeelResumeState *state;
  KeelResumeAnswer answer;
  KeelResumeVerdict verdict;
} Row;

#define JUST(name)                                                                                 \
  {                                                                                                \
    .action = KEEL_RESUME_##name                                                                   \
  }
#define ASK(what)                                                                                  \
  {                                                                                                \
    .action = KEEL_RESUME_ASK, .ask = KEEL_RESUME_ASK_##what                                       \
  }
#define ASK_FROM(byte)                                                                             \
  {                                                                                                \
    .action = KEEL_RESUME_ASK, .ask = KEEL_RESUME_ASK_REST, .start = byte                          \
  }
#define DOUBTFUL_ONCE                                                                              \
  {                                                                                                \
    .action = KEEL_RESUME_ASK, .ask = KEEL_RESUME_ASK_REST, .start = 90, .is_doubtful = TRUE       \
  }
#define DOUBTFUL_TWICE                                                                             \
  {                                                                                                \
    .action = KEEL_RESUME_ASK, .ask = KEEL_RESUME_ASK_WHOLE, .is_doubtful = TRUE                   \
  }
#define TAKE(first, behind, size)                                                                  \
  {                                                                                                \
    .action = KEEL_RESUME_TAKE, .from = first, .has_to = TRUE, .to = behind, .has_total = TRUE,    \
    .total = size                                                                                  \
  }
#define TAKE_ALL(size) TAKE (0, size, size)
#define TAKE_OTHER(size)                                                                           \
  {                                                                                                \
    .action = KEEL_RESUME_TAKE, .has_to = TRUE, .to = size, .has_total = TRUE, .total = size,      \
    .is_other = TRUE                                                                               \
  }
#define COMPLETE(size)                                                                             \
  {                                                                                                \
    .action = KEEL_RESUME_COMPLETE, .has_total = TRUE, .total = size                               \
  }

#define RANGE(text) 206, .content_range = text, .etag = TAG
#define UNSATISFIED(text) 416, .content_range = text

/* One row of the table a group, in its order. */
static const Row rows[] = {
  { "206/as-asked", &rest, { RANGE ("bytes 90-999/1000") }, TAKE (90, 1000, 1000) },
  { "206/identity",
    &rest,
    { RANGE ("bytes 90-999/1000"), .content_encoding = "identity" },
    TAKE (90, 1000, 1000) },
  { "206/length",
    &rest,
    { RANGE ("bytes 90-999/1000"), .content_length = "910" },
    TAKE (90, 1000, 1000) },
  { "206/less", &rest, { RANGE ("bytes 90-499/1000") }, TAKE (90, 500, 1000) },
  { "206/archive",
    &archive,
    { RANGE ("bytes 90-999/1000"), .content_encoding = "x-gzip" },
    TAKE (90, 1000, 1000) },
  { "206/unsized", &unsized, { RANGE ("bytes 90-999/1000") }, TAKE (90, 1000, 1000) },
  { "206/date",
    &dated,
    { 206, .content_range = "bytes 90-999/1000", .last_modified = MINUTE_BEFORE },
    TAKE (90, 1000, 1000) },
  { "206/date-left-out",
    &dated,
    { 206, .content_range = "bytes 90-999/1000" },
    TAKE (90, 1000, 1000) },
  { "206/rebound",
    &rebound,
    { 206, .content_range = "bytes 90-999/1000", .etag = OTHER_TAG },
    TAKE (90, 1000, 1000) },
  { "206/all-here", &all_here, { RANGE ("bytes 990-999/1000") }, TAKE (990, 1000, 1000) },

  { "206-earlier/start", &rest, { RANGE ("bytes 50-999/1000") }, TAKE (50, 1000, 1000) },
  { "206-earlier/all", &rest, { RANGE ("bytes 0-999/1000") }, TAKE (0, 1000, 1000) },

  { "206-doubtful/later", &rest, { RANGE ("bytes 91-999/1000") }, DOUBTFUL_ONCE },
  { "206-doubtful/later-again", &rest_again, { RANGE ("bytes 91-999/1000") }, DOUBTFUL_TWICE },
  { "206-doubtful/no-range", &rest, { RANGE (NULL) }, DOUBTFUL_ONCE },
  { "206-doubtful/no-range-again", &rest_again, { RANGE (NULL) }, DOUBTFUL_TWICE },
  { "206-doubtful/nonsense", &rest, { RANGE ("bytes -90-999/1000") }, DOUBTFUL_ONCE },
  { "206-doubtful/other-unit", &rest, { RANGE ("items 90-999/1000") }, DOUBTFUL_ONCE },
  { "206-doubtful/no-total", &rest, { RANGE ("bytes 90-999/*") }, DOUBTFUL_ONCE },
  { "206-doubtful/unsatisfied", &rest, { RANGE ("bytes */1000") }, DOUBTFUL_ONCE },
  { "206-doubtful/backwards", &rest, { RANGE ("bytes 99-90/1000") }, DOUBTFUL_ONCE },
  { "206-doubtful/9-exabytes",
    &rest,
    { RANGE ("bytes 90-9223372036854775807/9223372036854775808") },
    DOUBTFUL_ONCE },
  { "206-doubtful/multipart",
    &rest,
    { RANGE ("bytes 90-999/1000"), .content_type = "multipart/byteranges; boundary=x" },
    DOUBTFUL_ONCE },
  { "206-doubtful/length",
    &rest,
    { RANGE ("bytes 90-999/1000"), .content_length = "911" },
    DOUBTFUL_ONCE },
  { "206-doubtful/lengths",
    &rest,
    { RANGE ("bytes 90-999/1000"), .content_length = "910, 911" },
    DOUBTFUL_ONCE },
  { "206-doubtful/no-tag", &rest, { 206, .content_range = "bytes 90-999/1000" }, DOUBTFUL_ONCE },
  { "206-doubtful/nothing-new", &rest, { RANGE ("bytes 90-99/1000") }, DOUBTFUL_ONCE },
  { "206-doubtful/gap-behind", &rest, { RANGE ("bytes 0-50/1000") }, DOUBTFUL_ONCE },

  { "206-changed/total", &rest, { RANGE ("bytes 90-1000/1001") }, JUST (CHANGED) },
  { "206-changed/total-too-small", &unsized, { RANGE ("bytes 90-98/99") }, JUST (CHANGED) },
  { "206-changed/coding",
    &rest,
    { RANGE ("bytes 90-999/1000"), .content_encoding = "gzip" },
    JUST (CHANGED) },
  { "206-changed/tag",
    &rest,
    { 206, .content_range = "bytes 90-999/1000", .etag = OTHER_TAG },
    JUST (CHANGED) },
  { "206-changed/weak-tag",
    &rest,
    { 206, .content_range = "bytes 90-999/1000", .etag = "W/" TAG },
    JUST (CHANGED) },
  { "206-changed/date",
    &dated,
    { 206, .content_range = "bytes 90-999/1000", .last_modified = JUST_BEFORE },
    JUST (CHANGED) },
  { "206-changed/rebound-total", &rebound, { RANGE ("bytes 90-1000/1001") }, JUST (CHANGED) },
  { "206-changed/rebound-coding",
    &rebound,
    { RANGE ("bytes 90-999/1000"), .content_encoding = "gzip" },
    JUST (CHANGED) },

  { "206-swap/tag",
    &beside,
    { 206, .content_range = "bytes 90-799/800", .etag = OTHER_TAG },
    JUST (SWAP) },
  { "206-swap/other-total",
    &beside,
    { 206, .content_range = "bytes 90-800/801", .etag = OTHER_TAG },
    JUST (CHANGED) },
  { "206-swap/without-a-word-of-it",
    &beside_dated,
    { 206, .content_range = "bytes 90-799/800" },
    JUST (CHANGED) },

  { "206-not-asked-for", &fresh, { RANGE ("bytes 0-999/1000") }, JUST (NO_FILE) },

  { "200/fresh", &fresh, { 200, "1000" }, TAKE_ALL (1000) },
  { "200/empty", &fresh, { 200, "0" }, TAKE_ALL (0) },
  { "200/no-length", &fresh, { 200 }, { .action = KEEL_RESUME_TAKE } },
  { "200/equal-lengths", &fresh, { 200, "42,42" }, TAKE_ALL (42) },
  { "200/different-lengths", &fresh, { 200, "42,43" }, JUST (PROTOCOL) },
  { "200/signed-length", &fresh, { 200, "+42" }, JUST (PROTOCOL) },
  { "200/9-exabytes", &fresh, { 200, "9223372036854775808" }, JUST (PROTOCOL) },
  { "200/chunked-and-length", &fresh, { 200, "42", "chunked" }, { .action = KEEL_RESUME_TAKE } },
  { "200/gzip", &fresh, { 200, "42", .content_encoding = "gzip" }, TAKE_ALL (42) },
  { "200/brotli", &fresh, { 200, "42", .content_encoding = "br" }, JUST (UNSUPPORTED) },
  { "200/own-brotli", &fresh_archive, { 200, "42", .content_encoding = "br" }, TAKE_ALL (42) },
  { "200/fresh-html", &fresh, { 200, "42", .content_type = "text/html" }, TAKE_ALL (42) },
  { "200/to-rest", &rest, { 200, "1000", .etag = TAG }, TAKE_ALL (1000) },
  { "200/to-rest-other-tag", &rest, { 200, "1000", .etag = OTHER_TAG }, TAKE_ALL (1000) },
  { "200/to-rest-no-length", &rest, { 200, .etag = TAG }, { .action = KEEL_RESUME_TAKE } },
  { "200/to-rest-other-total", &rest, { 200, "1001", .etag = TAG }, TAKE_OTHER (1001) },
  { "200/to-rest-other-coding",
    &rest,
    { 200, "1000", .content_encoding = "gzip" },
    TAKE_OTHER (1000) },
  { "200/to-whole-other-total", &whole, { 200, "99" }, TAKE_OTHER (99) },
  { "200/to-probe", &probe, { 200, "1000" }, TAKE_ALL (1000) },
  { "200/swap", &beside, { 200, "800", .etag = OTHER_TAG }, JUST (SWAP) },
  { "200/swap-fresh", &fresh_beside, { 200, "800", .etag = OTHER_TAG }, JUST (SWAP) },
  { "200/no-swap", &fresh_beside, { 200, "801", .etag = OTHER_TAG }, TAKE_ALL (801) },
  { "203/to-rest", &rest, { 203, "1000" }, TAKE_ALL (1000) },

  { "hold/html", &rest, { 200, "300", .content_type = "text/html; charset=utf-8" }, JUST (HOLD) },
  { "hold/html-to-whole", &whole, { 200, .content_type = "TEXT/HTML" }, JUST (HOLD) },
  { "hold/511", &rest, { 511 }, JUST (HOLD) },
  { "hold/511-fresh", &fresh, { 511 }, JUST (HOLD) },
  { "hold/511-end", &end, { 511 }, JUST (HOLD) },

  { "416/all-here", &all_here, { UNSATISFIED ("bytes */1000") }, ASK_FROM (999) },
  { "416/last-byte-answered",
    &last_byte,
    { RANGE ("bytes 999-999/1000") },
    TAKE (999, 1000, 1000) },
  { "416/last-byte-refused", &last_byte, { UNSATISFIED ("bytes */1000") }, ASK (PROBE) },
  { "416/smaller", &rest, { UNSATISFIED ("bytes */50") }, JUST (CHANGED) },
  { "416/larger", &rest, { UNSATISFIED ("bytes */1001") }, JUST (CHANGED) },
  { "416/smaller-than-what-is-here", &unsized, { UNSATISFIED ("bytes */99") }, JUST (CHANGED) },
  { "416/contradiction", &rest, { UNSATISFIED ("bytes */1000") }, ASK (PROBE) },
  { "416/no-size", &rest, { 416 }, ASK (PROBE) },
  { "416/bad-size", &rest, { UNSATISFIED ("bytes */x") }, ASK (PROBE) },
  { "416/swap", &beside, { UNSATISFIED ("bytes */800"), .etag = OTHER_TAG }, JUST (SWAP) },
  { "416/to-whole", &fresh, { UNSATISFIED ("bytes */0") }, JUST (REFUSED) },

  { "probe/same", &probe, { RANGE ("bytes 0-0/1000") }, ASK (WHOLE) },
  { "probe/other", &probe, { RANGE ("bytes 0-0/50") }, JUST (CHANGED) },
  { "probe/416", &probe, { 416 }, ASK (WHOLE) },
  { "probe/416-other", &probe, { UNSATISFIED ("bytes */0") }, JUST (CHANGED) },
  { "probe/400", &probe, { 400 }, ASK (WHOLE) },
  { "probe/503", &probe, { 503 }, JUST (REFUSED) },

  { "end/416", &end, { UNSATISFIED ("bytes */100") }, COMPLETE (100) },
  { "end/416-other-tag", &end, { UNSATISFIED ("bytes */100"), .etag = OTHER_TAG }, JUST (UNKNOWN) },
  { "end/416-other", &end, { UNSATISFIED ("bytes */101") }, JUST (UNKNOWN) },
  { "end/416-no-size", &end, { 416 }, JUST (UNKNOWN) },
  { "end/206-more", &end, { RANGE ("bytes 100-999/1000") }, ASK_FROM (90) },
  { "end/206-more-no-tag", &end_mute, { 206, .content_range = "bytes 100-999/1000" }, JUST (CUT) },
  { "end/206-other-tag",
    &end,
    { 206, .content_range = "bytes 100-999/1000", .etag = OTHER_TAG },
    JUST (CUT) },
  { "end/206-that-is-all", &end, { RANGE ("bytes 99-99/100") }, COMPLETE (100) },
  { "end/206-that-is-all-other-tag",
    &end,
    { 206, .content_range = "bytes 99-99/100", .etag = OTHER_TAG },
    JUST (UNKNOWN) },
  { "end/206-nonsense", &end, { RANGE ("bytes 101-999/1000") }, JUST (UNKNOWN) },
  { "end/200", &end, { 200 }, JUST (UNKNOWN) },
  { "end/200-longer", &end, { 200, "1000" }, JUST (CUT) },
  { "end/200-as-long", &end, { 200, "100" }, JUST (UNKNOWN) },
  { "end/200-as-long-coded", &end, { 200, "100", .content_encoding = "gzip" }, JUST (UNKNOWN) },
  { "end/400", &end, { 400 }, JUST (UNKNOWN) },
  { "end/403", &end, { 403 }, JUST (UNKNOWN) },
  { "end/404", &end, { 404 }, JUST (UNKNOWN) },
  { "end/429", &end, { 429 }, JUST (REFUSED) },
  { "end/503", &end, { 503 }, JUST (REFUSED) },

  { "refused/401", &rest, { 401 }, JUST (REFUSED) },
  { "refused/403", &rest, { 403 }, JUST (REFUSED) },
  { "refused/404", &rest, { 404 }, JUST (REFUSED) },
  { "refused/410", &rest, { 410 }, JUST (REFUSED) },
  { "refused/408", &rest, { 408 }, JUST (REFUSED) },
  { "refused/425", &rest, { 425 }, JUST (REFUSED) },
  { "refused/429", &rest, { 429 }, JUST (REFUSED) },
  { "refused/503", &rest, { 503, .etag = OTHER_TAG }, JUST (REFUSED) },
  { "refused/300", &fresh, { 300, "42" }, JUST (REFUSED) },

  { "no-file/204", &rest, { 204 }, JUST (NO_FILE) },
  { "no-file/205", &fresh, { 205 }, JUST (NO_FILE) },
  { "no-file/304", &rest, { 304, .etag = TAG }, JUST (NO_FILE) },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  KeelResumeVerdict verdict;
  g_autofree char *decided = NULL;
  g_autofree char *expected = resume_rules_dup_text (&row->verdict);

  keel_resume_decide (row->state, &row->answer, &verdict);
  decided = resume_rules_dup_text (&verdict);
  g_assert_cmpstr (decided, ==, expected);
  g_assert_cmpstr (resume_rules_find_broken (row->state, &row->answer, &verdict), ==, NULL);
}

static void
test_if_range (void)
{
  static const struct {
    const char *etag, *last_modified, *date, *if_range;
  } cases[] = {
    { TAG, NULL, NULL, TAG },
    { TAG, MINUTE_BEFORE, DATE, TAG },
    { "\"\"", NULL, NULL, "\"\"" },
    { "W/" TAG, NULL, NULL, NULL },
    { "W/" TAG, MINUTE_BEFORE, DATE, NULL },
    { "a", NULL, NULL, NULL },
    { "\"", NULL, NULL, NULL },
    { "", NULL, NULL, NULL },
    { NULL, MINUTE_BEFORE, DATE, MINUTE_BEFORE },
    { NULL, JUST_BEFORE, DATE, NULL },
    { NULL, DATE, MINUTE_BEFORE, NULL },
    { NULL, MINUTE_BEFORE, NULL, NULL },
    { NULL, "yesterday", DATE, NULL },
    { NULL, MINUTE_BEFORE, "today", NULL },
    { NULL, NULL, NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      KeelResumeVersion version = { FALSE, 0, cases[i].etag, cases[i].last_modified,
                                    cases[i].date };

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpstr (keel_resume_get_if_range (&version), ==, cases[i].if_range);
    }
}

static void
test_begin (void)
{
  static const struct {
    KeelResumeState state;
    KeelResumeAsk asked;
    guint64 start;
  } cases[] = {
    { { .offset = 0, .version = VERSION, .overlap = 10 }, KEEL_RESUME_ASK_WHOLE, 0 },
    { { .offset = 100, .version = VERSION, .overlap = 10 }, KEEL_RESUME_ASK_REST, 90 },
    { { .offset = 100, .version = VERSION, .overlap = 200 }, KEEL_RESUME_ASK_REST, 0 },
    /* It may have been all: that is asked before anything else. */
    { { .offset = 100, .version = { FALSE, 0, TAG }, .overlap = 10, .has_ended = TRUE },
      KEEL_RESUME_ASK_END,
      100 },
    { { .offset = 100, .version = VERSION, .overlap = 10, .has_ended = TRUE },
      KEEL_RESUME_ASK_REST,
      90 },
    /* A byte at least is compared. */
    { { .offset = 100, .version = VERSION, .overlap = 0 }, KEEL_RESUME_ASK_REST, 99 },
    { { .offset = G_MAXINT64, .version = VERSION, .overlap = G_MAXUINT64 },
      KEEL_RESUME_ASK_REST,
      0 },
    /* Without a strong validator the bytes can only be compared one by one. */
    { { .offset = 100, .version = { TRUE, 1000, "W/" TAG }, .overlap = 10 },
      KEEL_RESUME_ASK_WHOLE,
      0 },
    { { .offset = 100, .version = { TRUE, 1000, "W/" TAG }, .overlap = 10, .is_rebound = TRUE },
      KEEL_RESUME_ASK_REST,
      90 },
    /* What was sent compressed against our will is not what is on the disk of the server. */
    { { .offset = 100, .version = { TRUE, 1000, TAG, .coding = "gzip" }, .overlap = 10 },
      KEEL_RESUME_ASK_WHOLE,
      0 },
    { { .offset = 100,
        .version = { TRUE, 1000, TAG, .coding = "gzip" },
        .overlap = 10,
        .coding_is_own = TRUE },
      KEEL_RESUME_ASK_REST,
      90 },
    { { .offset = 100, .version = { TRUE, 1000, TAG, .coding = "identity" }, .overlap = 10 },
      KEEL_RESUME_ASK_REST,
      90 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      KeelResumeState state = cases[i].state;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      state.n_doubtful = 3;
      keel_resume_begin (&state);
      g_assert_cmpint (state.asked, ==, cases[i].asked);
      g_assert_cmpuint (state.start, ==, cases[i].start);
      g_assert_cmpuint (state.n_doubtful, ==, 0);
    }
}

static void
test_coded (void)
{
  g_assert_false (keel_resume_is_coded (NULL));
  g_assert_false (keel_resume_is_coded (""));
  g_assert_false (keel_resume_is_coded ("Identity"));
  g_assert_true (keel_resume_is_coded ("gzip"));
  g_assert_true (keel_resume_is_coded ("identity, gzip"));
}

static void
test_model (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (SEED);
  guint n_faults = 0;

  g_test_message ("seed %u", SEED);
  for (guint i = 0; i < N_CASES; i++)
    {
      guint8 bytes[BYTES_OF_A_CASE];
      FuzzInput input = { bytes, sizeof bytes };
      g_auto (ResumeCase) made = { 0 };
      g_autofree char *fault = NULL;

      for (guint j = 0; j < sizeof bytes; j++)
        bytes[j] = (guint8) g_rand_int_range (chance, 0, 256);
      resume_case_init (&made, &input);
      fault = resume_case_dup_fault (&made);
      if (fault != NULL && n_faults++ < 5)
        g_test_message ("case %u:\n%s", i, fault);
    }
  g_assert_cmpuint (n_faults, ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_set_nonfatal_assertions (); /* every row that fails is told */
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/resume/", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/resume/if-range", test_if_range);
  g_test_add_func ("/resume/begin", test_begin);
  g_test_add_func ("/resume/coded", test_coded);
  g_test_add_func ("/resume/model", test_model);
  return g_test_run ();
}
