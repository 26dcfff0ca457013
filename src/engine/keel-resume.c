/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-resume.h"

#include "keel-content-range.h"

#include <libsoup/soup.h>
#include <string.h>

/* Whether bytes that a server sends now belong to those that are on disk already. Pure: the stored
 * state and an answer go in, what to do comes out.
 *
 * The rule is that two versions of a file are never mixed. Nothing is appended unless the answer
 * is a 206 with the validator that was asked for, of a file of the same size, in the same coding,
 * and unless the bytes before it are those on disk (which the caller compares). A 200 is compared
 * with the disk from the first byte. What makes no sense is asked once more, and then for the
 * whole file, which costs time and never a wrong byte.
 *
 *   asked        answered                      then
 *   whole, rest  200 (203)                     take from 0, comparing; another total or coding is
 *                                              another version at once
 *   rest         206, start as asked or before, total, coding, validator equal       take
 *   rest         206, later start, no or bad Content-Range, multipart, no tag         doubtful
 *   rest         206, other total, coding or validator                                changed
 *   rest         416 with another total, or one below what is here                    changed
 *   rest         416 with the size that is here                    ask for the last byte
 *   rest         416 else                                          probe, then whole
 *   end          416 with the size that is here                    complete
 *   end          206 with more                                     rest, or cut without validator
 *   end          200 with another size than is here                cut
 *   any          200 text/html where the file was not, 511         hold
 *   any          the validator and size of the partial set aside   swap
 *
 * Doubtful: asked again once, then for the whole. RFC 9110 §13.1.5, §14.4, §15.3.7, §15.5.17. */

/* RFC 9110 §8.8.2.2: a date is a strong validator when the answer that carried it was made at
 * least a minute after it, because then the file cannot have changed twice within it. */
#define STRONG_AFTER_SECONDS 60

#define MULTIPART "multipart/byteranges"

/* --- validators ------------------------------------------------------------------------------ */

static gboolean
is_strong_etag (const char *etag)
{
  gsize length = etag != NULL ? strlen (etag) : 0;

  return length >= 2 && etag[0] == '"' && etag[length - 1] == '"';
}

static gboolean
is_strong_date (const char *last_modified,
                const char *date)
{
  g_autoptr (GDateTime) modified = NULL;
  g_autoptr (GDateTime) answered = NULL;

  if (last_modified == NULL || date == NULL)
    return FALSE;
  modified = soup_date_time_new_from_http_string (last_modified);
  answered = soup_date_time_new_from_http_string (date);
  return modified != NULL && answered != NULL &&
         g_date_time_difference (answered, modified) >= STRONG_AFTER_SECONDS * G_TIME_SPAN_SECOND;
}

/* The value for If-Range: the strong entity tag, else a strong date, else NULL: what is on disk
 * can only be compared as a whole. Borrowed from @version. RFC 9110 §13.1.5. */
const char *
keel_resume_get_if_range (const KeelResumeVersion *version)
{
  if (is_strong_etag (version->etag))
    return version->etag;
  /* A weak tag beside a date means that the server itself does not vouch for the bytes. */
  if (version->etag == NULL && is_strong_date (version->last_modified, version->date))
    return version->last_modified;
  return NULL;
}

typedef enum {
  SAME,
  OTHER,
  MUTE, /* a tag was due and is missing */
} Likeness;

static Likeness
compare_validator (const KeelResumeVersion *version,
                   const KeelResumeAnswer  *answer)
{
  const char *validator = keel_resume_get_if_range (version);

  if (validator == NULL)
    return MUTE;
  if (validator == version->etag)
    {
      if (answer->etag == NULL)
        return MUTE;
      return strcmp (answer->etag, validator) == 0 ? SAME : OTHER;
    }
  /* A 206 to an If-Range may leave out Last-Modified but not ETag (RFC 9110 §15.3.7). */
  if (answer->last_modified == NULL)
    return answer->status == 206 ? SAME : MUTE;
  return strcmp (answer->last_modified, validator) == 0 ? SAME : OTHER;
}

/* Whether the answer itself has the validator of @version in it. */
static gboolean
is_named (const KeelResumeVersion *version,
          const KeelResumeAnswer  *answer)
{
  const char *validator = keel_resume_get_if_range (version);

  return validator != NULL &&
         g_strcmp0 (validator == version->etag ? answer->etag : answer->last_modified, validator) ==
           0;
}

/* --- codings --------------------------------------------------------------------------------- */

static gboolean
is_gzip (const char *coding)
{
  return g_ascii_strcasecmp (coding, "gzip") == 0 || g_ascii_strcasecmp (coding, "x-gzip") == 0;
}

/* Whether a Content-Encoding means that the bytes are not those of the file. */
gboolean
keel_resume_is_coded (const char *coding)
{
  return coding != NULL && *coding != '\0' && g_ascii_strcasecmp (coding, "identity") != 0;
}

static gboolean
is_same_coding (const char *a,
                const char *b)
{
  if (!keel_resume_is_coded (a) || !keel_resume_is_coded (b))
    return keel_resume_is_coded (a) == keel_resume_is_coded (b);
  return g_ascii_strcasecmp (a, b) == 0 || (is_gzip (a) && is_gzip (b));
}

/* --- lengths --------------------------------------------------------------------------------- */

/* The length of the body. RFC 9112 §6.3: with a Transfer-Encoding, Content-Length does not count.
 * FALSE when what is said makes no sense. */
static gboolean
read_length (const KeelResumeAnswer *answer,
             gboolean               *out_has_length,
             guint64                *out_length)
{
  *out_has_length = FALSE;
  if (answer->content_length == NULL || answer->transfer_encoding != NULL)
    return TRUE;
  *out_has_length = keel_content_length_parse (answer->content_length, out_length);
  return *out_has_length;
}

/* Whether a file of @total can begin with what is on disk. */
static gboolean
is_possible_total (const KeelResumeState *state,
                   guint64                total)
{
  return state->version.has_total ? total == state->version.total : total >= state->offset;
}

/* Whether the answer, for a file of @total, is the version that was set aside. */
static gboolean
is_aside (const KeelResumeState  *state,
          const KeelResumeAnswer *answer,
          guint64                 total)
{
  return state->has_aside && state->aside.has_total && state->aside.total == total &&
         is_same_coding (state->aside.coding, answer->content_encoding) &&
         is_named (&state->aside, answer);
}

/* --- verdicts -------------------------------------------------------------------------------- */

static void
ask (KeelResumeVerdict *verdict,
     KeelResumeAsk      what,
     guint64            start)
{
  verdict->action = KEEL_RESUME_ASK;
  verdict->ask = what;
  verdict->start = start;
}

static void
doubt (const KeelResumeState *state,
       KeelResumeVerdict     *verdict)
{
  if (state->n_doubtful == 0)
    ask (verdict, KEEL_RESUME_ASK_REST, state->start);
  else
    ask (verdict, KEEL_RESUME_ASK_WHOLE, 0);
  verdict->is_doubtful = TRUE;
}

static void
changed (const KeelResumeState  *state,
         const KeelResumeAnswer *answer,
         guint64                 total,
         KeelResumeVerdict      *verdict)
{
  verdict->action = is_aside (state, answer, total) ? KEEL_RESUME_SWAP : KEEL_RESUME_CHANGED;
}

static gboolean
is_html (const char *content_type)
{
  return content_type != NULL && g_ascii_strncasecmp (content_type, "text/html", 9) == 0 &&
         strchr ("; \t", content_type[9]) != NULL;
}

/* A sign-in page instead of the file (RFC 6585 §6, RFC 8952). */
static gboolean
is_captive (const KeelResumeState  *state,
            const KeelResumeAnswer *answer)
{
  if (answer->status == 511)
    return TRUE;
  return state->offset > 0 && answer->status == 200 && state->content_type != NULL &&
         is_html (answer->content_type) && !is_html (state->content_type);
}

static gboolean
is_other_whole (const KeelResumeState   *state,
                const KeelResumeAnswer  *answer,
                const KeelResumeVerdict *verdict)
{
  if (state->offset == 0)
    return FALSE;
  return !is_same_coding (state->version.coding, answer->content_encoding) ||
         (verdict->has_total && !is_possible_total (state, verdict->total));
}

/* The whole again instead of a word about its end. Another length says that this was not all; the
 * same one is not what was asked for, and confirms nothing. */
static void
decide_end_by_whole (const KeelResumeState  *state,
                     const KeelResumeAnswer *answer,
                     KeelResumeVerdict      *verdict)
{
  gboolean has_length;
  guint64 length;

  verdict->action = KEEL_RESUME_UNKNOWN;
  if (!read_length (answer, &has_length, &length) || !has_length ||
      !is_same_coding (state->version.coding, answer->content_encoding))
    return;
  if (length != state->offset)
    verdict->action = KEEL_RESUME_CUT;
}

static void
decide_whole (const KeelResumeState  *state,
              const KeelResumeAnswer *answer,
              KeelResumeVerdict      *verdict)
{
  if (state->asked == KEEL_RESUME_ASK_END)
    {
      decide_end_by_whole (state, answer, verdict);
      return;
    }
  verdict->action = KEEL_RESUME_PROTOCOL;
  if (!read_length (answer, &verdict->has_total, &verdict->total))
    return;
  verdict->action = KEEL_RESUME_UNSUPPORTED;
  if (keel_resume_is_coded (answer->content_encoding) && !state->coding_is_own &&
      !is_gzip (answer->content_encoding))
    return;
  verdict->action = KEEL_RESUME_SWAP;
  if (verdict->has_total && is_aside (state, answer, verdict->total) &&
      (state->offset == 0 || is_other_whole (state, answer, verdict) ||
       !is_named (&state->version, answer)))
    return;
  verdict->action = KEEL_RESUME_TAKE;
  verdict->has_to = verdict->has_total;
  verdict->to = verdict->total;
  verdict->is_other = is_other_whole (state, answer, verdict);
}

/* The range of a 206, if it makes sense. */
static gboolean
read_range (const KeelResumeAnswer *answer,
            KeelContentRange       *range)
{
  gboolean has_length;
  guint64 length;

  if (answer->content_type != NULL &&
      g_ascii_strncasecmp (answer->content_type, MULTIPART, strlen (MULTIPART)) == 0)
    return FALSE;
  if (!keel_content_range_parse (answer->content_range, range) || range->is_unsatisfied ||
      !range->has_total)
    return FALSE;
  return read_length (answer, &has_length, &length) &&
         (!has_length || length == range->last - range->first + 1);
}

static void
decide_rest (const KeelResumeState  *state,
             const KeelResumeAnswer *answer,
             KeelResumeVerdict      *verdict)
{
  Likeness likeness = state->is_rebound ? SAME : compare_validator (&state->version, answer);
  KeelContentRange range;

  if (!read_range (answer, &range))
    doubt (state, verdict);
  else if (!is_possible_total (state, range.total) || likeness == OTHER ||
           !is_same_coding (state->version.coding, answer->content_encoding))
    changed (state, answer, range.total, verdict);
  else if (likeness == MUTE || range.first > state->start ||
           range.last < MIN (state->offset, range.total - 1))
    doubt (state, verdict);
  else
    *verdict = (KeelResumeVerdict) { .action = KEEL_RESUME_TAKE,
                                    .from = range.first,
                                    .has_to = TRUE,
                                    .to = range.last + 1,
                                    .has_total = TRUE,
                                    .total = range.total };
}

static void
decide_probed (const KeelResumeState  *state,
               const KeelResumeAnswer *answer,
               KeelResumeVerdict      *verdict)
{
  KeelContentRange range;

  if (read_range (answer, &range) && !is_possible_total (state, range.total))
    changed (state, answer, range.total, verdict);
  else
    ask (verdict, KEEL_RESUME_ASK_WHOLE, 0);
}

/* Where the rest is asked from: there is always a byte to compare. */
static guint64
rest_start (const KeelResumeState *state)
{
  return state->offset - MIN (state->offset, MAX (state->overlap, 1));
}

/* There is more than the body without a length had. */
static void
decide_more (const KeelResumeState  *state,
             const KeelResumeAnswer *answer,
             KeelResumeVerdict      *verdict)
{
  KeelContentRange range;

  if (!read_range (answer, &range) || range.first > state->offset || range.total < state->offset)
    verdict->action = KEEL_RESUME_UNKNOWN;
  else if (range.total > state->offset && compare_validator (&state->version, answer) == SAME &&
           is_same_coding (state->version.coding, answer->content_encoding))
    ask (verdict, KEEL_RESUME_ASK_REST, rest_start (state));
  else if (range.total > state->offset)
    verdict->action = KEEL_RESUME_CUT;
  else if (compare_validator (&state->version, answer) == OTHER)
    verdict->action = KEEL_RESUME_UNKNOWN;
  else
    *verdict = (KeelResumeVerdict) { .action = KEEL_RESUME_COMPLETE,
                                    .has_total = TRUE,
                                    .total = range.total };
}

static void
decide_part (const KeelResumeState  *state,
             const KeelResumeAnswer *answer,
             KeelResumeVerdict      *verdict)
{
  switch (state->asked)
    {
    case KEEL_RESUME_ASK_REST:
      decide_rest (state, answer, verdict);
      break;
    case KEEL_RESUME_ASK_PROBE:
      decide_probed (state, answer, verdict);
      break;
    case KEEL_RESUME_ASK_END:
      decide_more (state, answer, verdict);
      break;
    case KEEL_RESUME_ASK_WHOLE:
    default:
      verdict->action = KEEL_RESUME_NO_FILE;
      break;
    }
}

/* A 416 to ASK_REST. That what was asked for begins before the size it tells is no contradiction
 * of ours, but one of the server's. */
static void
decide_unsatisfied_rest (const KeelResumeState  *state,
                         const KeelResumeAnswer *answer,
                         const KeelContentRange *range,
                         KeelResumeVerdict      *verdict)
{
  if (range == NULL)
    ask (verdict, KEEL_RESUME_ASK_PROBE, 0);
  else if (!is_possible_total (state, range->total))
    changed (state, answer, range->total, verdict);
  else if (range->total == state->offset && state->start + 1 < state->offset)
    ask (verdict, KEEL_RESUME_ASK_REST, state->offset - 1);
  else
    ask (verdict, KEEL_RESUME_ASK_PROBE, 0);
}

static void
decide_unsatisfied (const KeelResumeState  *state,
                    const KeelResumeAnswer *answer,
                    KeelResumeVerdict      *verdict)
{
  KeelContentRange range;
  gboolean has_range = keel_content_range_parse (answer->content_range, &range) &&
                       range.is_unsatisfied;

  switch (state->asked)
    {
    case KEEL_RESUME_ASK_REST:
      decide_unsatisfied_rest (state, answer, has_range ? &range : NULL, verdict);
      break;
    case KEEL_RESUME_ASK_END:
      verdict->action = KEEL_RESUME_UNKNOWN;
      if (has_range && range.total == state->offset &&
          compare_validator (&state->version, answer) != OTHER)
        *verdict = (KeelResumeVerdict) { .action = KEEL_RESUME_COMPLETE,
                                        .has_total = TRUE,
                                        .total = range.total };
      break;
    case KEEL_RESUME_ASK_PROBE:
      if (has_range && !is_possible_total (state, range.total))
        changed (state, answer, range.total, verdict);
      else
        ask (verdict, KEEL_RESUME_ASK_WHOLE, 0);
      break;
    case KEEL_RESUME_ASK_WHOLE:
    default:
      verdict->action = KEEL_RESUME_REFUSED;
      break;
    }
}

/* Statuses that say "not now", whatever was asked. */
static gboolean
is_about_now (guint status)
{
  return status == 408 || status == 425 || status == 429 || status >= 500;
}

/* Statuses that say something about the request in general, whatever was asked. */
static gboolean
is_about_access (guint status)
{
  return is_about_now (status) || status == 401 || status == 403 || status == 404 ||
         status == 407 || status == 410 || status == 421;
}

static void
decide_status (const KeelResumeState  *state,
               const KeelResumeAnswer *answer,
               KeelResumeVerdict      *verdict)
{
  if (answer->status == 204 || answer->status == 205 || answer->status == 304)
    verdict->action = KEEL_RESUME_NO_FILE;
  else
    verdict->action = KEEL_RESUME_REFUSED;
  /* It is the range that was not liked, when the file was given a moment ago. */
  if (state->asked == KEEL_RESUME_ASK_END &&
      !(state->has_ended ? is_about_access (answer->status) : is_about_now (answer->status)))
    verdict->action = KEEL_RESUME_UNKNOWN;
  else if (state->asked == KEEL_RESUME_ASK_PROBE && !is_about_access (answer->status))
    ask (verdict, KEEL_RESUME_ASK_WHOLE, 0);
}

/* What to ask first: fills in `asked` and `start`. */
void
keel_resume_begin (KeelResumeState *state)
{
  gboolean is_comparable = state->coding_is_own || !keel_resume_is_coded (state->version.coding);

  state->n_doubtful = 0;
  state->asked = KEEL_RESUME_ASK_WHOLE;
  state->start = 0;
  if (state->offset > 0 && state->has_ended && !state->version.has_total)
    {
      state->asked = KEEL_RESUME_ASK_END;
      state->start = state->offset;
      return;
    }
  if (state->offset == 0 || !is_comparable)
    return;
  if (!state->is_rebound && keel_resume_get_if_range (&state->version) == NULL)
    return;
  state->asked = KEEL_RESUME_ASK_REST;
  state->start = rest_start (state);
}

/* What to do with @answer. Every field of the verdict is set. */
void
keel_resume_decide (const KeelResumeState  *state,
                    const KeelResumeAnswer *answer,
                    KeelResumeVerdict      *out_verdict)
{
  memset (out_verdict, 0, sizeof *out_verdict);
  if (is_captive (state, answer))
    out_verdict->action = KEEL_RESUME_HOLD;
  else if (answer->status == 200 || answer->status == 203)
    decide_whole (state, answer, out_verdict);
  else if (answer->status == 206)
    decide_part (state, answer, out_verdict);
  else if (answer->status == 416)
    decide_unsatisfied (state, answer, out_verdict);
  else
    decide_status (state, answer, out_verdict);
}
