/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-resume.h"

#include "keel-content-range.h"

#include <libsoup/soup.h>
#include <string.h>

/* Whether bytes that a server sends now belong behind those that are on disk already. Pure.
 *
 * The rule is that two versions of a file are never mixed: a partial file is continued only when
 * the request carried a validator, and the answer is a 206 for exactly the bytes asked for, of a
 * file of the same size, with the same validator, in no content coding. Everything else that has
 * a body restarts from zero, which costs time and never a wrong byte. */

/* RFC 9110 §8.8.2.2: a date is a strong validator when the answer that carried it was made at
 * least a minute after it, because then the file cannot have changed twice within it. */
#define STRONG_AFTER_SECONDS 60

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
 * cannot be continued. Borrowed from @state. RFC 9110 §13.1.5. */
const char *
keel_resume_get_if_range (const KeelResumeState *state)
{
  if (is_strong_etag (state->etag))
    return state->etag;
  /* A weak tag beside a date means that the server itself does not vouch for the bytes. */
  if (state->etag == NULL && is_strong_date (state->last_modified, state->date))
    return state->last_modified;
  return NULL;
}

static gboolean
is_same_validator (const KeelResumeState  *state,
                   const KeelResumeAnswer *answer)
{
  const char *validator = keel_resume_get_if_range (state);

  if (validator == NULL)
    return FALSE;
  /* A 206 to an If-Range may leave out Last-Modified but not ETag (RFC 9110 §15.3.7). */
  if (validator == state->etag)
    return g_strcmp0 (answer->etag, state->etag) == 0;
  return answer->last_modified == NULL || strcmp (answer->last_modified, validator) == 0;
}

static gboolean
is_coded (const char *content_encoding)
{
  return content_encoding != NULL && g_ascii_strcasecmp (content_encoding, "identity") != 0;
}

KeelResumeAction
keel_resume_decide (const KeelResumeState  *state,
                    const KeelResumeAnswer *answer)
{
  KeelContentRange range;

  if (answer->status == 416 || answer->status == 200)
    return KEEL_RESUME_RESTART;
  if (answer->status != 206)
    return KEEL_RESUME_REFUSED;

  if (answer->content_type != NULL &&
      g_ascii_strncasecmp (answer->content_type, "multipart/byteranges", 20) == 0)
    return KEEL_RESUME_RESTART;
  if (!keel_content_range_parse (answer->content_range, &range) || range.is_unsatisfied)
    return KEEL_RESUME_RESTART;
  if (range.first != state->offset || !range.has_total || !state->has_total ||
      range.total != state->total || range.last != range.total - 1)
    return KEEL_RESUME_RESTART;
  if (is_coded (answer->content_encoding) || !is_same_validator (state, answer))
    return KEEL_RESUME_RESTART;
  return KEEL_RESUME_APPEND;
}
