/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "resume-case.h"

#include "resume-model.h"
#include "resume-rules.h"

#include <string.h>

/* A state of a download and the answer of a server, made of bytes that chance gives. Each byte
 * chooses from a short list of values, so that what makes the difference, two numbers or two tags
 * being equal or off by one, happens every few cases and not once in 2^64; FREE stands for a text
 * from the input. Numbers of an answer are chosen in relation to those of the state. */

/* Takes a byte each time that it is looked at: never within MIN(). */
#define CHOOSE(input, list) (list)[fuzz_input_take_byte (input) % G_N_ELEMENTS (list)]
#define FREE 0xff
#define N "%" G_GUINT64_FORMAT

static const char *const tags[] = { "\"a\"", "\"b\"", "W/\"a\"", NULL, "\"\"", "a", "\"" };
static const char *const codings[] = { NULL, "gzip", "", "identity", "x-gzip", "GZip", "br" };
static const char *const types[] = { NULL,
                                     "text/html",
                                     "application/zip",
                                     "TEXT/HTML; charset=x",
                                     "text/htmlx",
                                     "multipart/byteranges; boundary=x" };
/* The first is strong beside the third, by a minute, and the second not, by a second. */
static const char *const dates[] = { "Tue, 06 Oct 2026 09:59:00 GMT",
                                     "Tue, 06 Oct 2026 09:59:01 GMT",
                                     "Tue, 06 Oct 2026 10:00:00 GMT",
                                     NULL,
                                     "yesterday",
                                     "" };

/* Owned by the case; NULL stays NULL. */
static const char *
choose_text (ResumeCase        *self,
             FuzzInput         *input,
             const char *const *list,
             gsize              length)
{
  guint8 choice = fuzz_input_take_byte (input);
  char *text;

  if (choice != FREE)
    return list[choice % length];
  text = fuzz_input_take_text (input);
  g_ptr_array_add (self->texts, text);
  return text;
}

static gboolean
choose_truth (FuzzInput *input)
{
  return fuzz_input_take_byte (input) & 1;
}

/* --- the state ------------------------------------------------------------------------------- */

static void
choose_version (ResumeCase        *self,
                FuzzInput         *input,
                guint64            least_total,
                KeelResumeVersion *version)
{
  static const guint64 amounts[] = { 90, 0, 1, 2, 10, G_GUINT64_CONSTANT (1) << 40, G_MAXINT64 };
  guint64 more = CHOOSE (input, amounts);

  version->has_total = choose_truth (input);
  version->total = least_total + MIN (more, G_MAXINT64 - least_total);
  version->etag = choose_text (self, input, tags, G_N_ELEMENTS (tags));
  version->last_modified = CHOOSE (input, dates);
  version->date = CHOOSE (input, dates);
  version->coding = choose_text (self, input, codings, G_N_ELEMENTS (codings));
}

static guint64
choose_offset (FuzzInput *input)
{
  static const guint64 offsets[] = { 10, 0, 1, 2, 100, 65536, G_MAXINT64 };

  return CHOOSE (input, offsets);
}

static void
choose_state (ResumeCase *self,
              FuzzInput  *input)
{
  static const guint64 overlaps[] = { 4, 0, 1, 10, 11, 65536, G_MAXUINT64 };
  static const guint64 amounts[] = { 4, 1, 2, 10, 65536, G_MAXUINT64 };
  static const KeelResumeAsk asks[] = { KEEL_RESUME_ASK_REST, KEEL_RESUME_ASK_WHOLE,
                                        KEEL_RESUME_ASK_PROBE, KEEL_RESUME_ASK_END };
  KeelResumeState *state = &self->state;
  guint64 back;

  state->offset = choose_offset (input);
  choose_version (self, input, state->offset, &state->version);
  state->content_type = choose_text (self, input, types, G_N_ELEMENTS (types));
  state->overlap = CHOOSE (input, overlaps);
  state->has_ended = choose_truth (input);
  state->is_rebound = choose_truth (input);
  state->coding_is_own = choose_truth (input);
  state->has_aside = choose_truth (input);
  choose_version (self, input, choose_offset (input), &state->aside);
  state->asked = CHOOSE (input, asks);
  back = CHOOSE (input, amounts);
  state->start = state->offset - MIN (state->offset, back);
  state->n_doubtful = fuzz_input_take_byte (input) % 3;
}

/* --- the answer ------------------------------------------------------------------------------ */

/* One of the numbers of the state, or one beside it, or one too large for a file. */
static guint64
choose_number (const KeelResumeState *state,
               FuzzInput             *input)
{
  const guint64 near[] = {
    state->start,         state->offset, state->version.total, state->aside.total, 0,
    (guint64) G_MAXINT64, G_MAXUINT64,
  };
  guint8 choice = fuzz_input_take_byte (input);
  guint64 number = near[choice % G_N_ELEMENTS (near)];

  switch (choice / G_N_ELEMENTS (near) % 3)
    {
    case 1:
      return number - (number > 0);
    case 2:
      return number + (number < G_MAXUINT64);
    default:
      return number;
    }
}

/* What a server says that has a file of some length, or what one says that is confused. */
static const char *
choose_content_range (ResumeCase *self,
                      FuzzInput  *input)
{
  guint8 choice = fuzz_input_take_byte (input);
  gboolean is_natural = choice < 64 || choice % 2 == 1;
  guint64 other = choose_number (&self->state, input);
  guint64 total = choice < 64 || choice % 4 == 0 ? self->state.version.total : other;
  guint64 first = is_natural ? self->state.start : choose_number (&self->state, input);
  guint64 last = is_natural ? total - 1 : choose_number (&self->state, input);
  char *text = NULL;

  if (choice == FREE)
    text = fuzz_input_take_text (input);
  else if (choice < 128)
    text = g_strdup_printf ("bytes " N "-" N "/" N, first, last, total);
  else if (choice < 176)
    text = g_strdup_printf ("bytes */" N, total);
  else if (choice < 192)
    text = g_strdup_printf ("bytes " N "-" N "/*", first, last);
  else if (choice < 224)
    text = g_strdup_printf (" Bytes\t 0" N "-00" N "/" N " ", first, last, total);
  g_ptr_array_add (self->texts, text);
  return text;
}

static const char *
choose_content_length (ResumeCase *self,
                       FuzzInput  *input)
{
  guint8 choice = fuzz_input_take_byte (input);
  guint64 length = choose_number (&self->state, input);
  guint64 other = choose_number (&self->state, input);
  char *text = NULL;

  if (choice == FREE)
    text = fuzz_input_take_text (input);
  else if (choice < 64)
    text = g_strdup_printf (N, length);
  else if (choice < 96)
    text = g_strdup_printf (N, length - other);
  else if (choice < 112)
    text = g_strdup_printf (N ", " N, length, length);
  else if (choice < 128)
    text = g_strdup_printf (N "," N, length, other);
  g_ptr_array_add (self->texts, text);
  return text;
}

/* What tells versions apart is that of one of the two known versions, or by field whatever. */
static void
choose_named (ResumeCase *self,
              FuzzInput  *input)
{
  guint8 choice = fuzz_input_take_byte (input) % 4;
  const KeelResumeVersion *named = choice == 1 ? &self->state.aside : &self->state.version;
  KeelResumeAnswer *answer = &self->answer;

  answer->etag = named->etag;
  answer->last_modified = choice == 2 ? NULL : named->last_modified;
  answer->content_encoding = named->coding;
  if (choice != 3)
    return;
  answer->etag = choose_text (self, input, tags, G_N_ELEMENTS (tags));
  answer->last_modified = CHOOSE (input, dates);
  answer->content_encoding = choose_text (self, input, codings, G_N_ELEMENTS (codings));
}

static void
choose_answer (ResumeCase *self,
               FuzzInput  *input)
{
  static const guint usual[] = { 206, 200, 416 };
  static const guint statuses[] = { 203, 204, 205, 300, 304, 400, 401, 403, 404, 407, 408,
                                    410, 421, 425, 429, 451, 500, 501, 503, 511, 599 };
  static const char *const transfer_codings[] = { NULL, NULL, NULL, "chunked", "" };
  KeelResumeAnswer *answer = &self->answer;

  answer->status = choose_truth (input) ? CHOOSE (input, usual) : CHOOSE (input, statuses);
  choose_named (self, input);
  answer->content_type = choose_text (self, input, types, G_N_ELEMENTS (types));
  answer->transfer_encoding = CHOOSE (input, transfer_codings);
  answer->content_range = choose_content_range (self, input);
  answer->content_length = choose_content_length (self, input);
}

/* --- public ---------------------------------------------------------------------------------- */

void
resume_case_init (ResumeCase *self,
                  FuzzInput  *input)
{
  memset (self, 0, sizeof *self);
  self->texts = g_ptr_array_new_with_free_func (g_free);
  choose_state (self, input);
  choose_answer (self, input);
}

void
resume_case_clear (ResumeCase *self)
{
  g_clear_pointer (&self->texts, g_ptr_array_unref);
}

static void
tell_version (GString                 *text,
              const char              *name,
              const KeelResumeVersion *version)
{
  g_string_append_printf (text, "%s: tag %s, modified %s, date %s, coding %s, total ", name,
                          version->etag, version->last_modified, version->date, version->coding);
  if (version->has_total)
    g_string_append_printf (text, N "\n", version->total);
  else
    g_string_append (text, "unknown\n");
}

static char *
dup_text (const ResumeCase *self)
{
  static const char *const asks[] = { "whole", "rest", "probe", "end" };
  const KeelResumeState *state = &self->state;
  const KeelResumeAnswer *answer = &self->answer;
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "asked: %s", asks[state->asked]);
  if (state->asked == KEEL_RESUME_ASK_REST)
    g_string_append_printf (text, " from " N, state->start);
  g_string_append_printf (text, "\noffset: " N ", overlap " N ", type %s, %u doubtful%s%s\n",
                          state->offset, state->overlap, state->content_type, state->n_doubtful,
                          state->is_rebound ? ", rebound" : "",
                          state->coding_is_own ? ", coding is own" : "");
  tell_version (text, "version", &state->version);
  if (state->has_aside)
    tell_version (text, "aside", &state->aside);
  g_string_append_printf (text,
                          "answer: %u, tag %s, modified %s, coding %s, type %s, range %s, "
                          "length %s, transfer coding %s",
                          answer->status, answer->etag, answer->last_modified,
                          answer->content_encoding, answer->content_type, answer->content_range,
                          answer->content_length, answer->transfer_encoding);
  return g_string_free (text, FALSE);
}

/* Decides the case and says what is wrong with that, or NULL. (transfer full) */
char *
resume_case_dup_fault (const ResumeCase *self)
{
  KeelResumeVerdict verdict;
  KeelResumeVerdict expected = resume_model_expect (&self->state, &self->answer);
  const char *broken;
  g_autofree char *decided = NULL;
  g_autofree char *wanted = NULL;
  g_autofree char *text = NULL;

  keel_resume_decide (&self->state, &self->answer, &verdict);
  broken = resume_rules_find_broken (&self->state, &self->answer, &verdict);
  if (broken == NULL && resume_rules_is_equal (&verdict, &expected))
    return NULL;
  text = dup_text (self);
  decided = resume_rules_dup_text (&verdict);
  wanted = resume_rules_dup_text (&expected);
  return g_strdup_printf ("%s\ndecided: %s\nmodel: %s\nrule: %s", text, decided, wanted,
                          broken != NULL ? broken : "kept");
}
