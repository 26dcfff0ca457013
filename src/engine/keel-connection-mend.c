/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-connection-private.h"

#include "keel-task-error.h"

/* Holes: blocks that a check after a crash found altered are fetched again, before the
 * conversation about the rest begins. In a worker's thread.
 *
 * For each hole one request for exactly its bytes, and some good ones before and after it. The
 * answer must be what keel_resume_decide() would go on with, a 206 of the same version, size and
 * coding; the good bytes in it must be those on disk; and a block whose hash was recorded must have
 * that hash. Then the hole is synced, and only then it is none any more. Bytes that do not hold are
 * in a hole, where nothing counts.
 *
 * A server that is away or wants a password leaves the holes as they are, for the next attempt.
 * Any other answer ends as UNMENDED: the owner gives up what is behind the first hole, and the
 * ordinary conversation judges the server. */

#define OVERLAP_BYTES (64 * 1024)

typedef struct {
  KeelHole hole;
  KeelBlockHasher *hasher; /* (owned) */
  GArray *hashes;          /* (owned) (element-type KeelBlockHash) of what came */
} Mending;

static gboolean
stop (KeelConnection        *self,
      KeelConnectionOutcome  outcome)
{
  self->outcome = outcome;
  return FALSE;
}

static gboolean
fill (KeelBody     *body,
      Mending      *mending,
      const guint8 *bytes,
      gsize         length)
{
  KeelConnection *self = body->connection;

  if (!keel_part_file_write (self->part, bytes, length, body->position, &self->error))
    return stop (self, KEEL_CONNECTION_FAILED);
  keel_block_hasher_add (mending->hasher, bytes, length, mending->hashes);
  __atomic_add_fetch (&self->written, length, __ATOMIC_RELEASE);
  return TRUE;
}

static gboolean
compare (KeelBody     *body,
         const guint8 *bytes,
         gsize         length)
{
  gssize equal = keel_connection_count_equal (body, bytes, length);

  if (equal < 0)
    return FALSE;
  return (gsize) equal == length || stop (body->connection, KEEL_CONNECTION_UNMENDED);
}

/* Writes what belongs into the hole, compares what is around it. */
static gboolean
put (KeelBody     *body,
     const guint8 *bytes,
     gsize         length)
{
  Mending *mending = body->data;

  while (length > 0)
    {
      gboolean is_before = body->position < mending->hole.from;
      gboolean is_within = !is_before && body->position < mending->hole.to;
      guint64 limit = is_before ? mending->hole.from : is_within ? mending->hole.to : G_MAXUINT64;
      gsize size = (gsize) MIN (length, limit - body->position);

      if (is_within ? !fill (body, mending, bytes, size) : !compare (body, bytes, size))
        return FALSE;
      body->position += size;
      bytes += size;
      length -= size;
    }
  return TRUE;
}

/* What came is in the hole: is it what was there? Blocks whose hash nobody knew have one now. */
static gboolean
accept (KeelConnection *self,
        Mending        *mending)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (KeelBlockHash));

  keel_block_hasher_finish (mending->hasher, mending->hashes);
  for (guint i = 0; i < mending->hashes->len; i++)
    {
      const KeelBlockHash *block = &g_array_index (mending->hashes, KeelBlockHash, i);
      guint64 recorded = keel_block_map_get_hash (self->altered, (guint) block->number);

      if (recorded == 0)
        g_array_append_vals (found, block, 1);
      else if (recorded != block->hash)
        return stop (self, KEEL_CONNECTION_UNMENDED);
    }
  if (!keel_part_file_sync (self->part, &self->error))
    return stop (self, KEEL_CONNECTION_FAILED);
  keel_connection_keep_hashes (self, found);
  keel_block_map_close_hole (self->altered);
  keel_connection_post_mended (self, mending->hole.to - mending->hole.from);
  return TRUE;
}

/* An answer that fills no hole. What it says about the server may pass; about the bytes, the
 * ordinary conversation has to find out. */
static gboolean
refuse (KeelConnection          *self,
        KeelExchange            *exchange,
        const KeelResumeVerdict *verdict)
{
  if (verdict->action == KEEL_RESUME_HOLD || verdict->action == KEEL_RESUME_REFUSED)
    return stop (self, keel_connection_conclude (self, exchange, verdict));
  return stop (self, KEEL_CONNECTION_UNMENDED);
}

/* What to ask, so that the hole is within the answer. FALSE: this file cannot be had in ranges. */
static gboolean
plan (KeelConnection  *self,
      const KeelHole  *hole,
      KeelResumeState *state)
{
  guint64 limit = keel_block_map_get_next (self->altered);

  keel_connection_describe (self, state);
  keel_resume_begin (state);
  if (state->asked != KEEL_RESUME_ASK_REST || !self->record->has_total)
    return FALSE;
  state->start = hole->from - MIN (hole->from, OVERLAP_BYTES);
  state->end = MIN (hole->to + OVERLAP_BYTES, limit);
  /* As if all but the last of what is asked for were there: the answer has to reach that far. */
  state->offset = state->end - 1;
  return TRUE;
}

static gboolean
mend_hole (KeelConnection *self,
           KeelWorker     *worker,
           Mending        *mending)
{
  g_autoptr (KeelExchange) exchange = NULL;
  KeelResumeState state;
  KeelResumeAnswer answer;
  KeelResumeVerdict verdict;
  KeelBody body;

  if (!plan (self, &mending->hole, &state))
    return stop (self, KEEL_CONNECTION_UNMENDED);
  exchange = keel_connection_ask (self, worker, &state);
  if (exchange == NULL)
    return FALSE;
  keel_connection_read_answer (exchange, &answer);
  keel_resume_decide (&state, &answer, &verdict);
  if (verdict.action != KEEL_RESUME_TAKE || answer.status != 206)
    return refuse (self, exchange, &verdict);
  verdict.to = state.end;
  body = (KeelBody) { self, exchange, &verdict, put, mending, verdict.from };
  return keel_connection_read (&body, worker) != KEEL_BODY_STOPPED && accept (self, mending);
}

/* Fetches what is in the holes. FALSE: the outcome tells, and the holes that are left are still in
 * the map. */
gboolean
keel_connection_mend (KeelConnection *self,
                      KeelWorker     *worker)
{
  const KeelHole *hole;

  while ((hole = keel_block_map_get_hole (self->altered)) != NULL)
    {
      Mending mending = {
        .hole = *hole,
        .hasher = keel_block_hasher_new (hole->from),
        .hashes = g_array_new (FALSE, FALSE, sizeof (KeelBlockHash)),
      };
      gboolean ok = mend_hole (self, worker, &mending);

      keel_block_hasher_free (mending.hasher);
      g_array_unref (mending.hashes);
      if (!ok)
        return FALSE;
    }
  g_clear_pointer (&self->altered, keel_block_map_free);
  return TRUE;
}
