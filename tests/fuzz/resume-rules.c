/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "resume-rules.h"

#include <string.h>

/* What every verdict of keel-resume must keep to, whatever the state and the answer are and
 * whatever the model says: the few sentences for which the table was made. Bytes are appended only
 * with a reason to think that they are of the same version; each action carries what it needs and
 * no more; asking comes to an end. */

#define MOST_ASKS 5

typedef struct {
  const KeelResumeState *state;
  const KeelResumeAnswer *answer;
  const KeelResumeVerdict *verdict;
} Round;

static gboolean
mentions (const char *text,
          guint64     number)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, number);

  return text != NULL && strstr (text, digits) != NULL;
}

/* The answer has the tag or the date of the version in it, to the letter. */
static gboolean
is_named (const KeelResumeAnswer  *answer,
          const KeelResumeVersion *version)
{
  return (version->etag != NULL && g_strcmp0 (version->etag, answer->etag) == 0) ||
         (version->last_modified != NULL &&
          g_strcmp0 (version->last_modified, answer->last_modified) == 0);
}

static gboolean
is_strong (const char *etag)
{
  return etag != NULL && etag[0] == '"' && etag[1] != '\0' && g_str_has_suffix (etag, "\"");
}

/* --- of each action -------------------------------------------------------------------------- */

/* Bytes that do not begin at the beginning. */
static const char *
broken_by_append (const Round *round)
{
  const KeelResumeState *state = round->state;
  const KeelResumeAnswer *answer = round->answer;
  gboolean is_dateless = state->version.etag == NULL && answer->last_modified == NULL &&
                         keel_resume_get_if_range (&state->version) != NULL;

  if (state->asked != KEEL_RESUME_ASK_REST || answer->status != 206)
    return "append: only a 206 that was asked for";
  if (round->verdict->from > state->start)
    return "append: not from behind what was asked for";
  if (!round->verdict->has_to || !round->verdict->has_total)
    return "append: the end and the size are known";
  if (!mentions (answer->content_range, round->verdict->from) ||
      !mentions (answer->content_range, round->verdict->to - 1) ||
      !mentions (answer->content_range, round->verdict->total))
    return "append: the numbers are those of Content-Range";
  if (state->version.has_total && round->verdict->total != state->version.total)
    return "append: the size is the same";
  if (state->is_rebound)
    return NULL;
  if (keel_resume_get_if_range (&state->version) == NULL)
    return "append: without a strong validator there is none";
  if (!is_named (answer, &state->version) && !is_dateless)
    return "append: the validator is the same";
  return NULL;
}

static const char *
broken_by_take (const Round *round)
{
  const KeelResumeVerdict *verdict = round->verdict;

  if (verdict->from > round->state->offset)
    return "take: no gap behind what is on disk";
  if (verdict->has_to && (verdict->to < verdict->from || verdict->to > G_MAXINT64))
    return "take: the end is not before the beginning";
  if (verdict->has_to && (!verdict->has_total || verdict->to > verdict->total))
    return "take: the end is within the file";
  if (verdict->is_other && (verdict->from > 0 || round->state->offset == 0))
    return "take: another version begins at the beginning, and beside one that is here";
  if (verdict->from > 0 || round->answer->status == 206)
    return broken_by_append (round);
  if (round->answer->status != 200 && round->answer->status != 203)
    return "take: only from an answer that has the file";
  return NULL;
}

static const char *
broken_by_complete (const Round *round)
{
  if (round->state->asked != KEEL_RESUME_ASK_END)
    return "complete: only when that was the question";
  if (!round->verdict->has_total || round->verdict->total != round->state->offset)
    return "complete: when as much is here as there is";
  if (!mentions (round->answer->content_range, round->state->offset))
    return "complete: when the server says so";
  if (round->answer->etag != NULL && is_strong (round->state->version.etag) &&
      !is_named (round->answer, &round->state->version))
    return "complete: when it says so of this version";
  return NULL;
}

static const char *
broken_by_ask (const Round *round)
{
  const KeelResumeState *state = round->state;
  const KeelResumeVerdict *verdict = round->verdict;

  if (verdict->ask == KEEL_RESUME_ASK_END)
    return "ask: the end is asked for when a body has ended";
  if (verdict->ask == KEEL_RESUME_ASK_REST && verdict->start > state->offset)
    return "ask: the rest begins within or at the end of what is here";
  if (verdict->ask == KEEL_RESUME_ASK_REST && verdict->start == state->offset && state->offset > 0)
    return "ask: the rest has a byte to compare";
  if (state->asked == KEEL_RESUME_ASK_WHOLE)
    return "ask: there is no other question after the one for everything";
  return NULL;
}

static const char *
broken_by_swap (const Round *round)
{
  if (!round->state->has_aside)
    return "swap: with what was set aside";
  if (!is_named (round->answer, &round->state->aside))
    return "swap: the answer names the other version";
  return NULL;
}

static const char *
broken_by_action (const Round *round)
{
  KeelResumeAsk asked = round->state->asked;

  switch (round->verdict->action)
    {
    case KEEL_RESUME_TAKE:
      return broken_by_take (round);
    case KEEL_RESUME_COMPLETE:
      return broken_by_complete (round);
    case KEEL_RESUME_ASK:
      return broken_by_ask (round);
    case KEEL_RESUME_SWAP:
      return broken_by_swap (round);
    case KEEL_RESUME_CHANGED:
      return asked == KEEL_RESUME_ASK_REST || asked == KEEL_RESUME_ASK_PROBE ?
               NULL :
               "changed: compared with what is here";
    case KEEL_RESUME_CUT:
    case KEEL_RESUME_UNKNOWN:
      return asked == KEEL_RESUME_ASK_END ? NULL : "the end: only when that was the question";
    case KEEL_RESUME_HOLD:
    case KEEL_RESUME_REFUSED:
    case KEEL_RESUME_NO_FILE:
    case KEEL_RESUME_PROTOCOL:
    case KEEL_RESUME_UNSUPPORTED:
      return NULL;
    default:
      return "the action is one of the list";
    }
}

/* --- of all ---------------------------------------------------------------------------------- */

static const char *
broken_by_fields (const KeelResumeVerdict *verdict)
{
  if (verdict->action != KEEL_RESUME_TAKE &&
      (verdict->from != 0 || verdict->has_to || verdict->is_other))
    return "only what is taken has bytes";
  if (verdict->action != KEEL_RESUME_ASK && (verdict->start != 0 || verdict->is_doubtful))
    return "only what is asked has a start";
  return NULL;
}

/* The state has a version of what is on disk even when nothing is. */
static const char *
broken_by_version (const KeelResumeState   *state,
                   const KeelResumeAnswer  *answer,
                   const KeelResumeVerdict *verdict)
{
  KeelResumeState bare = *state;
  KeelResumeVerdict other;

  if (state->offset > 0 || state->asked != KEEL_RESUME_ASK_WHOLE)
    return NULL;
  memset (&bare.version, 0, sizeof bare.version);
  keel_resume_decide (&bare, answer, &other);
  return resume_rules_is_equal (verdict, &other) ? NULL : "nothing on disk is of no version";
}

/* How often the same answer makes us ask before something else is done with it. */
guint
resume_rules_count_asks (const KeelResumeState  *state,
                         const KeelResumeAnswer *answer)
{
  KeelResumeState next = *state;
  KeelResumeVerdict verdict;
  guint n_asks = 0;

  for (;; n_asks++)
    {
      keel_resume_decide (&next, answer, &verdict);
      if (verdict.action != KEEL_RESUME_ASK || n_asks > MOST_ASKS)
        return n_asks;
      next.asked = verdict.ask;
      next.start = verdict.start;
      next.n_doubtful += verdict.is_doubtful;
    }
}

/* The rule that @verdict breaks, or NULL. */
const char *
resume_rules_find_broken (const KeelResumeState   *state,
                          const KeelResumeAnswer  *answer,
                          const KeelResumeVerdict *verdict)
{
  Round round = { state, answer, verdict };
  KeelResumeVerdict again;
  const char *broken;

  memset (&again, 0xa5, sizeof again);
  keel_resume_decide (state, answer, &again);
  if (!resume_rules_is_equal (verdict, &again))
    return "the same is decided the next time";
  if (resume_rules_count_asks (state, answer) > MOST_ASKS)
    return "asking comes to an end";
  broken = broken_by_fields (verdict);
  if (broken == NULL)
    broken = broken_by_version (state, answer, verdict);
  return broken != NULL ? broken : broken_by_action (&round);
}

/* Whether two verdicts mean the same: what has no meaning for an action is not looked at. */
gboolean
resume_rules_is_equal (const KeelResumeVerdict *a,
                       const KeelResumeVerdict *b)
{
  if (a->action != b->action)
    return FALSE;
  if (a->action == KEEL_RESUME_TAKE && (a->from != b->from || a->is_other != b->is_other ||
                                        a->has_to != b->has_to || (a->has_to && a->to != b->to)))
    return FALSE;
  if ((a->action == KEEL_RESUME_TAKE || a->action == KEEL_RESUME_COMPLETE) &&
      (a->has_total != b->has_total || (a->has_total && a->total != b->total)))
    return FALSE;
  if (a->action == KEEL_RESUME_ASK && (a->ask != b->ask || a->is_doubtful != b->is_doubtful))
    return FALSE;
  return a->action != KEEL_RESUME_ASK || a->ask != KEEL_RESUME_ASK_REST || a->start == b->start;
}

/* (transfer full) */
char *
resume_rules_dup_text (const KeelResumeVerdict *verdict)
{
  static const char *const actions[] = { "take",    "complete", "cut",      "unknown",
                                         "ask",     "changed",  "swap",     "hold",
                                         "refused", "no file",  "protocol", "unsupported" };
  static const char *const asks[] = { "whole", "rest", "probe", "end" };
  gboolean has_file = verdict->action == KEEL_RESUME_TAKE ||
                      verdict->action == KEEL_RESUME_COMPLETE;
  GString *text = g_string_new (actions[verdict->action]);

  if (verdict->action == KEEL_RESUME_TAKE)
    g_string_append_printf (text, " from %" G_GUINT64_FORMAT, verdict->from);
  if (verdict->action == KEEL_RESUME_TAKE && verdict->has_to)
    g_string_append_printf (text, " to %" G_GUINT64_FORMAT, verdict->to);
  if (has_file && verdict->has_total)
    g_string_append_printf (text, " of %" G_GUINT64_FORMAT, verdict->total);
  if (verdict->is_other)
    g_string_append (text, ", another version");
  if (verdict->action == KEEL_RESUME_ASK)
    g_string_append_printf (text, " %s", asks[verdict->ask]);
  if (verdict->action == KEEL_RESUME_ASK && verdict->ask == KEEL_RESUME_ASK_REST)
    g_string_append_printf (text, " from %" G_GUINT64_FORMAT, verdict->start);
  if (verdict->is_doubtful)
    g_string_append (text, ", doubtful");
  return g_string_free (text, FALSE);
}
