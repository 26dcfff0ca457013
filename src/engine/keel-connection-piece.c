/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-connection-private.h"

#include "keel-task-error.h"

/* A piece of a file of which it is known what it is, in a worker's thread: what was altered between
 * bytes that are good, or the share of one connection among several.
 *
 * It is asked for as exactly the range that is missing, and some bytes before and after it if they
 * are there. The answer must be what keel_resume_decide() would go on with, a 206 of the same
 * version, size and coding; the bytes around the piece must be those on disk; and a block that had
 * a hash before must have that hash.
 *
 * Any other answer is for the owner to think about. To the first connection of an attempt (UNFIT)
 * it means that what is behind the gap is of no use, and that the ordinary conversation has to
 * judge the server; to a helper (ALONE), that one connection has to do. So it does to the first one
 * when it has told what the file is and goes on to what others have left: what it has brought by
 * then is good. Nothing but the server itself is believed about a version that has no strong
 * validator, so without one there are no pieces, but for a file whose checksum is known.
 *
 * A mirror is asked first for bytes that are there. If they are the same, and the size is, its own
 * validators count from then on. */

#define OVERLAP_BYTES (64 * 1024)
/* So often it may be asked for and bring nothing, because of what others do. */
#define MOST_VAIN 3

static gboolean
stop (KeelConnection        *self,
      KeelConnectionOutcome  outcome)
{
  self->outcome = outcome;
  return FALSE;
}

/* What fills no gap here. */
static gboolean
give_up (KeelConnection *self)
{
  return stop (self,
               self->is_helper || self->has_told ? KEEL_CONNECTION_ALONE : KEEL_CONNECTION_UNFIT);
}

/* An answer that is not what was asked for. What it says about the server may pass; about the
 * bytes, the ordinary conversation has to find out. */
static gboolean
refuse (KeelConnection          *self,
        KeelExchange            *exchange,
        const KeelResumeVerdict *verdict)
{
  if (verdict->action == KEEL_RESUME_HOLD || verdict->action == KEEL_RESUME_REFUSED)
    return stop (self, keel_connection_conclude (self, exchange, verdict));
  return give_up (self);
}

static gboolean
has_checksum (KeelConnection *self)
{
  return self->record->checksum_expected != NULL && !self->record->checksum_is_servers;
}

/* Asks for FROM..TO and some bytes around it. FALSE: this file cannot be had in pieces. */
static gboolean
plan (KeelConnection  *self,
      guint64          from,
      guint64          to,
      KeelResumeState *state)
{
  gsize before = keel_segments_count_done_before (self->segments, from, OVERLAP_BYTES);

  keel_connection_describe (self, state);
  if (!self->record->has_total || state->version.coding != NULL ||
      (!state->is_rebound && keel_resume_get_if_range (&state->version) == NULL &&
       !(self->is_helper && has_checksum (self))))
    return FALSE;
  state->asked = KEEL_RESUME_ASK_REST;
  state->start = from - before;
  state->end = MIN (to + OVERLAP_BYTES, self->record->total);
  if (!self->is_helper)
    state->end = to + keel_segments_count_done_after (self->segments, to, OVERLAP_BYTES);
  /* As if all but the last of what is asked for were there: the answer has to reach that far. */
  state->offset = state->end - 1;
  /* A server that is odd about ranges may know the one that every download asks for. */
  if (self->is_alone)
    state->end = 0;
  return TRUE;
}

/* Asks what @state says. (nullable): the outcome tells */
static KeelExchange *
ask (KeelConnection        *self,
     KeelWorker            *worker,
     const KeelResumeState *state,
     KeelResumeVerdict     *verdict)
{
  g_autoptr (KeelExchange) exchange = keel_connection_ask (self, worker, state);
  KeelResumeAnswer answer;

  if (exchange == NULL)
    return NULL;
  keel_connection_read_answer (exchange, &answer);
  keel_resume_decide (state, &answer, verdict);
  if (verdict->action != KEEL_RESUME_TAKE || answer.status != 206)
    {
      refuse (self, exchange, verdict);
      return NULL;
    }
  if (state->end > 0)
    verdict->to = state->end;
  keel_connection_learn (self, exchange, &answer, verdict);
  return g_steal_pointer (&exchange);
}

/* Fetches FROM..TO, or as much of it as is left to us; @out_is_enough: what came was not all
 * wanted. FALSE: the outcome tells. */
static gboolean
fetch_range (KeelConnection *self,
             KeelWorker     *worker,
             guint64         from,
             guint64         to,
             gboolean       *out_is_enough)
{
  KeelBodyEnd end;
  g_autoptr (KeelExchange) exchange = NULL;
  KeelResumeState state;
  KeelResumeVerdict verdict;
  KeelBody body;

  if (!plan (self, from, to, &state))
    return give_up (self);
  exchange = ask (self, worker, &state, &verdict);
  if (exchange == NULL)
    return FALSE;
  body = (KeelBody) {
    .connection = self,
    .exchange = exchange,
    .verdict = &verdict,
    .position = verdict.from,
    .is_exact = TRUE,
  };
  /* A helper has nothing new to tell. */
  self->has_posted = self->is_helper;
  end = keel_connection_read (&body, worker);
  *out_is_enough = end == KEEL_BODY_ENOUGH;
  return end != KEEL_BODY_STOPPED;
}

/* Whether the mirror has the same bytes as the disk, where there are some. FALSE: the outcome
 * tells.
 */
static gboolean
probe_mirror (KeelConnection *self,
              KeelWorker     *worker)
{
  g_autoptr (GArray) done = keel_segments_dup_done (self->segments);
  guint64 to = done->len > 0 ? keel_ranges_get (done, 0)->to : 0;
  guint64 from = to - MIN (to, OVERLAP_BYTES);
  g_autoptr (KeelExchange) exchange = NULL;
  KeelResumeState state;
  KeelResumeVerdict verdict;
  KeelBody body;

  if (from == to || !self->record->has_total)
    return give_up (self);
  keel_connection_describe (self, &state);
  state.asked = KEEL_RESUME_ASK_REST;
  state.start = from;
  state.end = to;
  state.offset = to - 1;
  exchange = ask (self, worker, &state, &verdict);
  if (exchange == NULL)
    return FALSE;
  body = (KeelBody) {
    .connection = self,
    .exchange = exchange,
    .verdict = &verdict,
    .position = verdict.from,
    .is_exact = TRUE,
  };
  self->has_posted = TRUE;
  if (keel_connection_read (&body, worker) == KEEL_BODY_STOPPED)
    return self->outcome == KEEL_CONNECTION_UNFIT ? give_up (self) : FALSE;
  self->is_mirror = FALSE;
  return TRUE;
}

/* Fetches the connection's piece, to its end or where somebody else goes on. FALSE: the outcome
 * tells. */
gboolean
keel_connection_fetch (KeelConnection *self,
                       KeelWorker     *worker)
{
  guint n_vain = 0;
  guint64 from;
  guint64 to;

  if (self->is_mirror && !probe_mirror (self, worker))
    return FALSE;
  while (keel_segments_get_rest (self->segments, self->piece, &from, &to))
    {
      gboolean is_enough = FALSE;

      if (n_vain == MOST_VAIN)
        return give_up (self);
      if (!fetch_range (self, worker, from, to, &is_enough))
        return FALSE;
      /* As long as it brings something. A byte before the piece that was there when the range was
       * asked for may have become somebody else's since: then it is asked for anew, without. And if
       * others have taken all of the piece meanwhile, it is done. */
      if (keel_connection_get_position (self) != from)
        n_vain = 0;
      else
        n_vain = is_enough ? n_vain + 1 : MOST_VAIN;
    }
  self->outcome = KEEL_CONNECTION_COMPLETE;
  return TRUE;
}
