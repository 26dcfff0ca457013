/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "resume-model.h"

/* The oracle for keel-resume: what each answer must lead to, slow and obvious. It is written from
 * the table of answers (RFC 9110 §13.1.5, §14.4, §15.3.7, §15.5.17), not from the code, and shares
 * none of it: headers are read by regular expressions, then what was asked selects a list of
 * rules, of which the first that fits counts. It knows states that can be, in which the offset is
 * not behind the total, and dates of the one form that servers still send. resume-rules.c has what
 * must hold whatever is written here. */

/* --- reading --------------------------------------------------------------------------------- */

typedef enum {
  LENGTHS, /* one number, or the same to the letter several times */
  SPAN,    /* first-last/size, where a size is known */
  SIZE,    /* asterisk/size */
  MULTIPART,
  HTML,
  GZIP,
  NO_CODING,
  STRONG_TAG,
  DATE,
  N_PATTERNS,
} Pattern;

static const char *const patterns[N_PATTERNS] = {
  [LENGTHS] = "[ \t]*([0-9]+)[ \t]*(?:,[ \t]*\\1[ \t]*)*",
  [SPAN] = "[ \t]*bytes[ \t]+([0-9]+)-([0-9]+)/([0-9]+)[ \t]*",
  [SIZE] = "[ \t]*bytes[ \t]+\\*/([0-9]+)[ \t]*",
  [MULTIPART] = "multipart/byteranges.*",
  [HTML] = "text/html(?:[; \t].*)?",
  [GZIP] = "gzip|x-gzip",
  [NO_CODING] = "|identity",
  [STRONG_TAG] = "\".*\"",
  [DATE] = "[a-z]{3}, ([0-9]{2}) oct 2026 ([0-9]{2}):([0-9]{2}):([0-9]{2}) gmt",
};

/* Whether all of @text is of this form; gives what the parentheses enclose, as far as there are
 * any. The answer for no text at all is no. */
static gboolean
is_like (const char   *text,
         Pattern       pattern,
         char       ***out_groups)
{
  static GRegex *regexes[N_PATTERNS];
  g_autoptr (GMatchInfo) match = NULL;

  if (regexes[pattern] == NULL)
    {
      g_autofree char *whole = g_strconcat ("^(?:", patterns[pattern], ")$", NULL);

      regexes[pattern] = g_regex_new (whole,
                                      G_REGEX_CASELESS | G_REGEX_RAW | G_REGEX_DOTALL |
                                        G_REGEX_DOLLAR_ENDONLY | G_REGEX_OPTIMIZE,
                                      0, NULL);
    }
  if (text == NULL || !g_regex_match (regexes[pattern], text, 0, &match))
    return FALSE;
  if (out_groups != NULL)
    *out_groups = g_match_info_fetch_all (match);
  return TRUE;
}

/* No file is longer than 2^63 - 1. */
static gboolean
read_number (const char *digits,
             guint64    *out_number)
{
  while (digits[0] == '0' && digits[1] != '\0')
    digits++;
  return g_ascii_string_to_unsigned (digits, 10, 0, G_MAXINT64, out_number, NULL);
}

/* Seconds since the month began. */
static gboolean
read_date (const char *text,
           gint       *out_seconds)
{
  g_auto (GStrv) groups = NULL;

  if (!is_like (text, DATE, &groups))
    return FALSE;
  *out_seconds = ((atoi (groups[1]) * 24 + atoi (groups[2])) * 60 + atoi (groups[3])) * 60 +
                 atoi (groups[4]);
  return TRUE;
}

/* --- what the headers say -------------------------------------------------------------------- */

typedef struct {
  const KeelResumeState *state;
  const KeelResumeAnswer *answer;
  guint64 new_start; /* where the rest would be asked from: with at least a byte to compare */
  gboolean has_length;
  guint64 length;
  gboolean is_nonsense; /* a Content-Length counts, and is no number */
  gboolean has_span;    /* of one part, in bytes, and nothing in the answer speaks against it */
  guint64 first;
  guint64 last;
  gboolean has_asterisk;
  guint64 size; /* of the whole file, of either of the two */
} Facts;

static void
read_length (Facts *facts)
{
  g_auto (GStrv) groups = NULL;

  /* Where there is a transfer coding, the length does not count. */
  if (facts->answer->content_length == NULL || facts->answer->transfer_encoding != NULL)
    return;
  facts->has_length = is_like (facts->answer->content_length, LENGTHS, &groups) &&
                      read_number (groups[1], &facts->length);
  facts->is_nonsense = !facts->has_length;
}

static void
read_range (Facts *facts)
{
  g_auto (GStrv) span = NULL;
  g_auto (GStrv) size = NULL;

  if (is_like (facts->answer->content_range, SIZE, &size))
    facts->has_asterisk = read_number (size[1], &facts->size);
  if (is_like (facts->answer->content_range, SPAN, &span))
    facts->has_span = read_number (span[1], &facts->first) && read_number (span[2], &facts->last) &&
                      read_number (span[3], &facts->size) && facts->first <= facts->last &&
                      facts->last < facts->size && !facts->is_nonsense &&
                      !is_like (facts->answer->content_type, MULTIPART, NULL);
  if (facts->has_length && facts->length != facts->last - facts->first + 1)
    facts->has_span = FALSE;
}

static gboolean
is_coded (const char *coding)
{
  return coding != NULL && !is_like (coding, NO_CODING, NULL);
}

static gboolean
is_same_coding (const char *a,
                const char *b)
{
  if (!is_coded (a) && !is_coded (b))
    return TRUE;
  if (is_like (a, GZIP, NULL) && is_like (b, GZIP, NULL))
    return TRUE;
  return is_coded (a) && is_coded (b) && g_ascii_strcasecmp (a, b) == 0;
}

/* RFC 9110 §8.8.2.2, with a minute between the two; a tag that is weak speaks against the date. */
static gboolean
has_strong_date (const KeelResumeVersion *version)
{
  gint modified;
  gint answered;

  return version->etag == NULL && read_date (version->last_modified, &modified) &&
         read_date (version->date, &answered) && answered - modified >= 60;
}

/* Whether the answer itself says that it is of this version. */
static gboolean
is_by_its_validator (const Facts             *facts,
                     const KeelResumeVersion *version)
{
  if (is_like (version->etag, STRONG_TAG, NULL))
    return g_strcmp0 (version->etag, facts->answer->etag) == 0;
  return has_strong_date (version) &&
         g_strcmp0 (version->last_modified, facts->answer->last_modified) == 0;
}

/* Whether the answer says that it is not. */
static gboolean
is_other_by_its_validator (const Facts             *facts,
                           const KeelResumeVersion *version)
{
  if (is_like (version->etag, STRONG_TAG, NULL))
    return facts->answer->etag != NULL && !is_by_its_validator (facts, version);
  return has_strong_date (version) && facts->answer->last_modified != NULL &&
         !is_by_its_validator (facts, version);
}

/* Whether a file of this size can have what is on disk as its beginning. */
static gboolean
fits (const Facts *facts,
      guint64      size)
{
  if (facts->state->version.has_total)
    return size == facts->state->version.total;
  return size >= facts->state->offset;
}

static gboolean
is_aside (const Facts *facts,
          guint64      size)
{
  const KeelResumeVersion *aside = &facts->state->aside;

  return facts->state->has_aside && aside->has_total && aside->total == size &&
         is_same_coding (aside->coding, facts->answer->content_encoding) &&
         is_by_its_validator (facts, aside);
}

/* --- verdicts -------------------------------------------------------------------------------- */

static KeelResumeVerdict
just (KeelResumeAction action)
{
  return (KeelResumeVerdict) { .action = action };
}

static KeelResumeVerdict
ask_rest (guint64 start)
{
  return (
    KeelResumeVerdict){ .action = KEEL_RESUME_ASK, .ask = KEEL_RESUME_ASK_REST, .start = start };
}

static KeelResumeVerdict
ask_whole (void)
{
  return (KeelResumeVerdict) { .action = KEEL_RESUME_ASK, .ask = KEEL_RESUME_ASK_WHOLE };
}

static KeelResumeVerdict
ask_probe (void)
{
  return (KeelResumeVerdict) { .action = KEEL_RESUME_ASK, .ask = KEEL_RESUME_ASK_PROBE };
}

/* Once more the same, then all. */
static KeelResumeVerdict
doubt (const Facts *facts)
{
  KeelResumeVerdict verdict = facts->state->n_doubtful == 0 ? ask_rest (facts->state->start) :
                                                              ask_whole ();

  verdict.is_doubtful = TRUE;
  return verdict;
}

static KeelResumeVerdict
changed (const Facts *facts,
         guint64      size)
{
  return just (is_aside (facts, size) ? KEEL_RESUME_SWAP : KEEL_RESUME_CHANGED);
}

/* As much as is here is all, unless the answer speaks of another version. */
static KeelResumeVerdict
end_at (const Facts *facts)
{
  if (is_other_by_its_validator (facts, &facts->state->version))
    return just (KEEL_RESUME_UNKNOWN);
  return (
    KeelResumeVerdict){ .action = KEEL_RESUME_COMPLETE, .has_total = TRUE, .total = facts->size };
}

/* Everything again, where a word about the end was wanted: another length of the same kind of bytes
 * says that something is missing. */
static KeelResumeVerdict
end_by_whole (const Facts *facts)
{
  const KeelResumeState *state = facts->state;

  if (facts->is_nonsense || !facts->has_length ||
      !is_same_coding (state->version.coding, facts->answer->content_encoding))
    return just (KEEL_RESUME_UNKNOWN);
  return just (facts->length != state->offset ? KEEL_RESUME_CUT : KEEL_RESUME_UNKNOWN);
}

/* --- rules ----------------------------------------------------------------------------------- */

/* A 200, or a 203, of which a 200 has become on the way (RFC 9110 §15.3.4). */
static KeelResumeVerdict
expect_of_whole (const Facts *facts)
{
  const KeelResumeState *state = facts->state;
  const char *coding = facts->answer->content_encoding;
  gboolean is_other = state->offset > 0 && (!is_same_coding (state->version.coding, coding) ||
                                            (facts->has_length && !fits (facts, facts->length)));

  if (state->asked == KEEL_RESUME_ASK_END)
    return end_by_whole (facts);
  if (facts->is_nonsense)
    return just (KEEL_RESUME_PROTOCOL);
  if (is_coded (coding) && !is_like (coding, GZIP, NULL) && !state->coding_is_own)
    return just (KEEL_RESUME_UNSUPPORTED);
  if (facts->has_length && is_aside (facts, facts->length) &&
      (state->offset == 0 || is_other || !is_by_its_validator (facts, &state->version)))
    return just (KEEL_RESUME_SWAP);
  return (KeelResumeVerdict) { .action = KEEL_RESUME_TAKE,
                              .has_to = facts->has_length,
                              .to = facts->length,
                              .has_total = facts->has_length,
                              .total = facts->length,
                              .is_other = is_other };
}

/* A 206 to bytes=START-. */
static KeelResumeVerdict
expect_of_rest (const Facts *facts)
{
  const KeelResumeState *state = facts->state;
  gboolean is_vouched_for =
    is_by_its_validator (facts, &state->version) ||
    /* A 206 to a request with If-Range may leave out the date, and never the tag. */
    (has_strong_date (&state->version) && facts->answer->last_modified == NULL);

  /* Row "missing or malformed Content-Range, multipart". */
  if (!facts->has_span)
    return doubt (facts);
  /* Row "other total, coding or validator", which says more than where the part begins. */
  if (!fits (facts, facts->size))
    return changed (facts, facts->size);
  if (!is_same_coding (state->version.coding, facts->answer->content_encoding))
    return changed (facts, facts->size);
  if (!state->is_rebound && is_other_by_its_validator (facts, &state->version))
    return changed (facts, facts->size);
  /* Rows "no tag" and "later start". */
  if (!state->is_rebound && !is_vouched_for)
    return doubt (facts);
  if (facts->first > state->start)
    return doubt (facts);
  /* Nothing new, and not because there is nothing more. */
  if (facts->last < state->offset && facts->last != facts->size - 1)
    return doubt (facts);
  /* Row "start as asked or before": the overlap is compared by whoever takes it. */
  return (KeelResumeVerdict) { .action = KEEL_RESUME_TAKE,
                              .from = facts->first,
                              .has_to = TRUE,
                              .to = facts->last + 1,
                              .has_total = TRUE,
                              .total = facts->size };
}

/* A 206 to bytes=OFFSET-, after a body whose end is not certain. */
static KeelResumeVerdict
expect_of_end (const Facts *facts)
{
  const KeelResumeState *state = facts->state;

  if (!facts->has_span || facts->first > state->offset || facts->size < state->offset)
    return just (KEEL_RESUME_UNKNOWN);
  if (facts->size == state->offset)
    return end_at (facts);
  if (!is_same_coding (state->version.coding, facts->answer->content_encoding))
    return just (KEEL_RESUME_CUT);
  if (is_by_its_validator (facts, &state->version))
    return ask_rest (facts->new_start);
  if (has_strong_date (&state->version) && facts->answer->last_modified == NULL)
    return ask_rest (facts->new_start);
  return just (KEEL_RESUME_CUT);
}

static KeelResumeVerdict
expect_of_part (const Facts *facts)
{
  switch (facts->state->asked)
    {
    case KEEL_RESUME_ASK_REST:
      return expect_of_rest (facts);
    case KEEL_RESUME_ASK_END:
      return expect_of_end (facts);
    case KEEL_RESUME_ASK_PROBE:
      if (facts->has_span && !fits (facts, facts->size))
        return changed (facts, facts->size);
      return ask_whole ();
    case KEEL_RESUME_ASK_WHOLE:
    default:
      return just (KEEL_RESUME_NO_FILE);
    }
}

/* A 416. */
static KeelResumeVerdict
expect_of_unsatisfied (const Facts *facts)
{
  const KeelResumeState *state = facts->state;

  if (state->asked == KEEL_RESUME_ASK_WHOLE)
    return just (KEEL_RESUME_REFUSED);
  if (state->asked == KEEL_RESUME_ASK_END)
    return facts->has_asterisk && facts->size == state->offset ? end_at (facts) :
                                                                 just (KEEL_RESUME_UNKNOWN);
  if (facts->has_asterisk && !fits (facts, facts->size))
    return changed (facts, facts->size);
  if (state->asked == KEEL_RESUME_ASK_PROBE)
    return ask_whole ();
  /* All is here, it seems: the last byte can be had, unless that is what was asked for. */
  if (facts->has_asterisk && facts->size == state->offset && state->offset > 0 &&
      state->start < state->offset - 1)
    return ask_rest (state->offset - 1);
  return ask_probe ();
}

/* Everything else: nothing about the bytes. */
static KeelResumeVerdict
expect_of_status (const Facts *facts)
{
  static const guint of_access[] = { 401, 403, 404, 407, 408, 410, 421, 425, 429 };
  guint status = facts->answer->status;

  /* The file was given a moment ago: only what passes by itself is worth asking again for. */
  if (facts->state->asked == KEEL_RESUME_ASK_END && !facts->state->has_ended)
    return just (status == 408 || status == 425 || status == 429 || status >= 500 ?
                   KEEL_RESUME_REFUSED :
                   KEEL_RESUME_UNKNOWN);
  for (guint i = 0; i < G_N_ELEMENTS (of_access); i++)
    if (status == of_access[i])
      return just (KEEL_RESUME_REFUSED);
  if (status >= 500)
    return just (KEEL_RESUME_REFUSED);
  /* Questions about the size were ours; that they are not liked must not stop the download. */
  if (facts->state->asked == KEEL_RESUME_ASK_PROBE)
    return ask_whole ();
  if (facts->state->asked == KEEL_RESUME_ASK_END)
    return just (KEEL_RESUME_UNKNOWN);
  if (status == 204 || status == 205 || status == 304)
    return just (KEEL_RESUME_NO_FILE);
  return just (KEEL_RESUME_REFUSED);
}

/* The verdict on @answer. Fields that mean nothing for its action are zero. */
KeelResumeVerdict
resume_model_expect (const KeelResumeState  *state,
                     const KeelResumeAnswer *answer)
{
  guint64 overlap = MIN (MAX (state->overlap, 1), state->offset);
  Facts facts = { .state = state, .answer = answer, .new_start = state->offset - overlap };

  read_length (&facts);
  read_range (&facts);
  if (answer->status == 511)
    return just (KEEL_RESUME_HOLD);
  if (answer->status == 200 && is_like (answer->content_type, HTML, NULL) && state->offset > 0 &&
      state->content_type != NULL && !is_like (state->content_type, HTML, NULL))
    return just (KEEL_RESUME_HOLD);
  if (answer->status == 200 || answer->status == 203)
    return expect_of_whole (&facts);
  if (answer->status == 206)
    return expect_of_part (&facts);
  if (answer->status == 416)
    return expect_of_unsatisfied (&facts);
  return expect_of_status (&facts);
}
