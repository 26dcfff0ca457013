/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-segments.h"

/* Which bytes of a file are on disk, and who fetches the others: the ledger between the connections
 * of one attempt, in their threads, and the owner, in its own. Everything is under one mutex, which
 * is taken once a read.
 *
 * A connection claims a piece: a gap that nobody fetches; or, when there is none, the later part of
 * the piece that would take longest, so that both are done at the same time, as far as their speeds
 * tell. That is also how a straggler is dealt with: of a piece that does not move at all the thief
 * gets everything. A connection that was robbed stops where its piece ends now. Pieces begin where
 * blocks begin, so that each block is hashed by the one who fetches it; only when a straggler is
 * helped out at the end may they be smaller than a block.
 *
 * Bytes are written only by the one whose piece they are in; what is on disk already is compared
 * with what comes. A byte counts when keel_segments_advance() has been told that it was written.
 *
 * Where two answers meet, the bytes of one must have been compared with those of the other, or a
 * server that says of two versions that they are one could mix them. Who comes to the end of his
 * piece compares what follows; but there may be nothing yet, and who begins there may have had
 * nothing to compare with. Until somebody vouches for the seam, the last byte of the piece does not
 * count: it is a gap when the piece is released, and who fills it compares what is on both sides.
 * So nothing that is recorded, or called complete, has a seam that nobody has looked at. */

#define UNKNOWN_END G_MAXUINT64
#define LEAST_BYTES KEEL_BLOCK_BYTES
#define LEAST_HELP_BYTES (64 * 1024)
/* A piece that will take longer than this may be divided however small it is: it takes some round
 * trips to ask for a part of it. */
#define STRAGGLE_USEC (G_USEC_PER_SEC * 2 / 5)
/* How fast a piece is, is measured over at least this long. */
#define PACE_USEC (G_USEC_PER_SEC / 2)
/* How much may be written between two checkpoints, and how much when the bytes come so fast that
 * the disk would do nothing but sync. */
#define NOTICE_BYTES (16 * 1024 * 1024)
#define NOTICE_BYTES_FAST (32 * 1024 * 1024)
#define FAST_USEC (80 * 1000)

struct _KeelPiece {
  guint64 from;
  guint64 position;      /* so much of it is written */
  guint64 reserved;      /* and up to here is being written */
  guint64 to;            /* UNKNOWN_END: nobody knows yet */
  gboolean is_tail_sure; /* what is behind it was compared with what came, or the other way round */
  guint64 paced;         /* these three: how fast it was when that was looked at last */
  gint64 paced_usec;
  double pace;       /* bytes a microsecond; negative: not known */
  gint64 since_usec; /* these two: when it was claimed, and when bytes came last */
  gint64 last_usec;
};

struct _KeelSegments {
  gatomicrefcount refs;
  GMutex mutex;
  KeelRanges *done;  /* (owned) but for what is in pieces */
  GPtrArray *pieces; /* (owned) (element-type KeelPiece) */
  guint64 total;     /* UNKNOWN_END */
  guint64 received;
  guint64 noticed;
  gint64 noticed_usec;
  double usual_pace; /* of those that have ended; negative: not known */
  GArray *expected; /* (owned) (nullable) (element-type guint64) of blocks that were altered, too */
  GArray *hashes;   /* (owned) (element-type KeelBlockHash) not taken yet */
};

/* For a file of which @done is on disk. (transfer full) */
KeelSegments *
keel_segments_new (const KeelRanges *done)
{
  KeelSegments *self = g_new0 (KeelSegments, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->mutex);
  self->done = keel_ranges_copy (done);
  self->pieces = g_ptr_array_new_with_free_func (g_free);
  self->total = UNKNOWN_END;
  self->received = keel_ranges_count_bytes (done);
  self->noticed = self->received;
  self->usual_pace = -1;
  self->hashes = g_array_new (FALSE, FALSE, sizeof (KeelBlockHash));
  return self;
}

KeelSegments *
keel_segments_ref (KeelSegments *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
keel_segments_unref (KeelSegments *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_array_unref (self->done);
  g_ptr_array_unref (self->pieces);
  g_clear_pointer (&self->expected, g_array_unref);
  g_array_unref (self->hashes);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

/* The file has so many bytes: from now on it can be divided. */
void
keel_segments_set_total (KeelSegments *self,
                         guint64       total)
{
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->pieces->len; i++)
    {
      KeelPiece *piece = g_ptr_array_index (self->pieces, i);

      if (piece->to >= self->total || piece->to > total)
        piece->to = MAX (total, piece->reserved);
    }
  self->total = total;
  g_mutex_unlock (&self->mutex);
}

/* What blocks had as a hash when they were written first (element-type guint64, 0: not known).
 * @hashes are taken over. */
void
keel_segments_set_expected (KeelSegments *self,
                            GArray       *hashes)
{
  g_clear_pointer (&self->expected, g_array_unref);
  self->expected = hashes;
}

/* --- under the mutex ------------------------------------------------------------------------- */

/* The piece that has the byte at @position, written or not. (nullable) */
static KeelPiece *
find_piece (KeelSegments *self,
            guint64       position)
{
  for (guint i = 0; i < self->pieces->len; i++)
    {
      KeelPiece *piece = g_ptr_array_index (self->pieces, i);

      if (piece->from <= position && position < piece->to)
        return piece;
    }
  return NULL;
}

/* Up to where bytes are on disk from @position on; @position itself when that one is not. */
static guint64
find_done_end (KeelSegments *self,
               guint64       position)
{
  guint64 end = position;
  guint64 before;

  do
    {
      const KeelRange *range = keel_ranges_find (self->done, end);

      before = end;
      if (range != NULL)
        end = range->to;
      for (guint i = 0; i < self->pieces->len; i++)
        {
          const KeelPiece *piece = g_ptr_array_index (self->pieces, i);

          if (piece->from <= end && end < piece->position)
            end = piece->position;
        }
    }
  while (end > before);
  return end;
}

/* Where the first bytes behind @position are that are on disk; UNKNOWN_END: nowhere. */
static guint64
find_next_done (KeelSegments *self,
                guint64       position)
{
  guint64 next = keel_ranges_get_next (self->done, position);

  for (guint i = 0; i < self->pieces->len; i++)
    {
      const KeelPiece *piece = g_ptr_array_index (self->pieces, i);

      if (piece->from > position && piece->position > piece->from)
        next = MIN (next, piece->from);
    }
  return next;
}

/* Where the first bytes behind @position are that are on disk or somebody's. */
static guint64
find_gap_end (KeelSegments *self,
              guint64       position)
{
  guint64 end = MIN (self->total, keel_ranges_get_next (self->done, position));

  for (guint i = 0; i < self->pieces->len; i++)
    {
      const KeelPiece *piece = g_ptr_array_index (self->pieces, i);

      if (piece->from > position)
        end = MIN (end, piece->from);
    }
  return end;
}

/* The first byte from @position on that is neither on disk nor anybody's. */
static guint64
find_gap (KeelSegments *self,
          guint64       position)
{
  guint64 before;

  do
    {
      KeelPiece *piece;

      before = position;
      position = find_done_end (self, position);
      piece = find_piece (self, position);
      if (piece != NULL)
        position = piece->to;
    }
  while (position > before);
  return position;
}

/* The byte before a seam that nobody has vouched for. Nobody can before the next bytes are there;
 * and who comes to it with his own answer does so on the way. */
static gboolean
is_seam_of_somebody (KeelSegments *self,
                     guint64       from,
                     guint64       to)
{
  for (guint i = 0; i < self->pieces->len && to - from == 1; i++)
    {
      const KeelPiece *piece = g_ptr_array_index (self->pieces, i);

      if (piece->position < piece->to &&
          (piece->to == from || (piece->from == to && piece->position == to)))
        return TRUE;
    }
  return FALSE;
}

/* The first gap that somebody should take; at the end of the file: there is none. */
static guint64
find_open_gap (KeelSegments *self)
{
  guint64 gap = find_gap (self, 0);

  while (gap < self->total && is_seam_of_somebody (self, gap, find_gap_end (self, gap)))
    gap = find_gap (self, find_gap_end (self, gap));
  return gap;
}

/* Bytes a microsecond; negative when that is not known yet. What came in a burst says nothing about
 * one that has stood still since. */
static double
get_pace (KeelPiece *piece,
          gint64     now_usec)
{
  gint64 elapsed_usec = now_usec - piece->paced_usec;
  double recent;

  if (elapsed_usec < PACE_USEC)
    return piece->pace;
  if (now_usec - piece->last_usec >= 2 * PACE_USEC)
    return 0;
  recent = (double) (piece->position - piece->paced) / (double) elapsed_usec;
  return piece->pace < 0 || elapsed_usec > 2 * PACE_USEC ? recent : MAX (recent, piece->pace / 2);
}

/* Those that have ended count as one: without them, the last one that is left would have only
 * itself to be compared with. */
static double
get_mean_pace (KeelSegments *self,
               gint64        now_usec)
{
  double sum = MAX (self->usual_pace, 0);
  guint count = self->usual_pace >= 0 ? 1 : 0;

  for (guint i = 0; i < self->pieces->len; i++)
    {
      double pace = get_pace (g_ptr_array_index (self->pieces, i), now_usec);

      if (pace >= 0)
        {
          sum += pace;
          count++;
        }
    }
  return count > 0 ? sum / count : -1;
}

/* Whether all of @piece is written, and bytes follow in the file that it was not compared with. */
static gboolean
has_open_end (KeelSegments    *self,
              const KeelPiece *piece)
{
  return piece->position == piece->to && piece->to < self->total && !piece->is_tail_sure;
}

/* Up to where the bytes of @piece count. */
static guint64
get_sure_end (KeelSegments    *self,
              const KeelPiece *piece)
{
  gboolean is_unsure = piece->position > piece->from && has_open_end (self, piece);

  return piece->position - (is_unsure ? 1 : 0);
}

/* What counts of @piece is on disk now, whoever comes. */
static void
bank (KeelSegments    *self,
      const KeelPiece *piece)
{
  guint64 end = get_sure_end (self, piece);

  self->received -= piece->position - end;
  keel_ranges_add (self->done, piece->from, end);
}

static guint64
get_rest (const KeelPiece *piece)
{
  return piece->to != UNKNOWN_END ? piece->to - piece->reserved : 0;
}

/* In microseconds; as if all were equally fast where that is not known. */
static double
get_time_left (KeelPiece *piece,
               double     mean,
               gint64     now_usec)
{
  double pace = get_pace (piece, now_usec);

  if (pace < 0)
    pace = mean > 0 ? mean : 1;
  return (double) get_rest (piece) / MAX (pace, 1e-6);
}

static KeelPiece *
find_slowest (KeelSegments *self,
              double        mean,
              gint64        now_usec)
{
  KeelPiece *slowest = NULL;
  double longest = 0;

  for (guint i = 0; i < self->pieces->len; i++)
    {
      KeelPiece *piece = g_ptr_array_index (self->pieces, i);
      double left = get_time_left (piece, mean, now_usec);

      if (get_rest (piece) > 0 && left > longest)
        {
          slowest = piece;
          longest = left;
        }
    }
  return slowest;
}

/* How much of the rest of @piece somebody else should fetch, who is as fast as the mean; 0: it is
 * not worth it. */
static guint64
get_share (KeelPiece *piece,
           double     mean,
           gint64     now_usec)
{
  guint64 rest = get_rest (piece);
  double pace = get_pace (piece, now_usec);
  gboolean is_known = pace >= 0 && mean > 0;
  gboolean is_stuck = is_known && pace < mean / 16;
  guint64 share = is_known ? (guint64) ((double) rest * (mean / (mean + pace))) : rest / 2;

  if (rest >= 2 * LEAST_BYTES)
    return is_stuck ? rest : CLAMP (share, LEAST_BYTES, rest - LEAST_BYTES);
  if (!is_known || get_time_left (piece, mean, now_usec) < (double) STRAGGLE_USEC)
    return 0;
  if (is_stuck || share + LEAST_HELP_BYTES > rest)
    return is_stuck || share >= LEAST_HELP_BYTES ? rest : 0;
  return share >= LEAST_HELP_BYTES ? share : 0;
}

/* Where what is taken from @piece begins; its end: nothing is. */
static guint64
find_cut (KeelSegments *self,
          KeelPiece    *piece,
          gint64        now_usec)
{
  guint64 share = get_share (piece, get_mean_pace (self, now_usec), now_usec);
  guint64 cut = piece->to - share;
  guint64 block = cut - cut % KEEL_BLOCK_BYTES;

  return share >= LEAST_BYTES && block > piece->reserved ? block : cut;
}

static KeelPiece *
piece_new (KeelSegments *self,
           guint64       from,
           guint64       to,
           gint64        now_usec)
{
  KeelPiece *piece = g_new0 (KeelPiece, 1);

  piece->from = from;
  piece->position = from;
  piece->reserved = from;
  piece->to = to;
  piece->paced = from;
  piece->paced_usec = now_usec;
  piece->pace = -1;
  piece->since_usec = now_usec;
  piece->last_usec = now_usec;
  g_ptr_array_add (self->pieces, piece);
  return piece;
}

/* What a claim would get. FALSE: there is nothing. */
static gboolean
find_claim (KeelSegments  *self,
            gint64         now_usec,
            guint64       *out_from,
            guint64       *out_to,
            KeelPiece    **out_victim)
{
  guint64 gap = find_open_gap (self);
  KeelPiece *victim;

  *out_victim = NULL;
  if (gap < self->total)
    {
      *out_from = gap;
      *out_to = find_gap_end (self, gap);
      return TRUE;
    }
  victim = self->total != UNKNOWN_END ?
             find_slowest (self, get_mean_pace (self, now_usec), now_usec) :
             NULL;
  if (victim == NULL)
    return FALSE;
  *out_from = find_cut (self, victim, now_usec);
  *out_to = victim->to;
  *out_victim = victim;
  return *out_from < *out_to;
}

/* --- for connections ------------------------------------------------------------------------- */

/* Gives somebody a piece to fetch; @now_usec is monotonic. NULL: there is nothing left that would
 * be done earlier with help. (transfer none) until released (nullable) */
KeelPiece *
keel_segments_claim (KeelSegments *self,
                     gint64        now_usec)
{
  KeelPiece *piece = NULL;
  KeelPiece *victim;
  guint64 from;
  guint64 to;

  g_mutex_lock (&self->mutex);
  if (find_claim (self, now_usec, &from, &to, &victim))
    {
      if (victim != NULL)
        {
          victim->to = from;
          victim->is_tail_sure = FALSE;
        }
      piece = piece_new (self, from, to, now_usec);
    }
  g_mutex_unlock (&self->mutex);
  return piece;
}

/* How fast @piece was is what may be expected of the others. */
static void
note_usual_pace (KeelSegments    *self,
                 const KeelPiece *piece)
{
  gint64 elapsed_usec = piece->last_usec - piece->since_usec;
  double pace = (double) (piece->position - piece->from) / (double) MAX (elapsed_usec, 1);

  if (elapsed_usec > 0)
    self->usual_pace = self->usual_pace < 0 ? pace : (self->usual_pace + pace) / 2;
}

/* What is written of @piece is on disk, the rest is a gap again. */
void
keel_segments_release (KeelSegments *self,
                       KeelPiece    *piece)
{
  g_mutex_lock (&self->mutex);
  bank (self, piece);
  note_usual_pace (self, piece);
  g_ptr_array_remove (self->pieces, piece);
  g_mutex_unlock (&self->mutex);
}

/* All of @piece is written: from now on it is the gap that begins at @position. FALSE: there is
 * none, and nothing has changed. */
gboolean
keel_segments_move_on (KeelSegments *self,
                       KeelPiece    *piece,
                       guint64       position)
{
  gboolean is_gap;

  g_mutex_lock (&self->mutex);
  is_gap = piece->position >= piece->to && position < self->total &&
           find_done_end (self, position) == position && find_piece (self, position) == NULL;
  if (is_gap)
    {
      bank (self, piece);
      piece->to = find_gap_end (self, position);
      piece->is_tail_sure = FALSE;
      piece->from = position;
      piece->position = position;
      piece->reserved = position;
      piece->paced = position;
      piece->paced_usec = piece->last_usec;
      piece->since_usec = piece->last_usec;
      piece->pace = -1;
    }
  g_mutex_unlock (&self->mutex);
  return is_gap;
}

/* What is still to be fetched of @piece; @out_to is G_MAXUINT64 while nobody knows how long the
 * file is. FALSE: nothing. */
gboolean
keel_segments_get_rest (KeelSegments *self,
                        KeelPiece    *piece,
                        guint64      *out_from,
                        guint64      *out_to)
{
  g_mutex_lock (&self->mutex);
  *out_from = piece->position;
  *out_to = piece->to;
  g_mutex_unlock (&self->mutex);
  return *out_from < *out_to;
}

/* Whether the file is known to end at @position. */
gboolean
keel_segments_is_end (KeelSegments *self,
                      guint64       position)
{
  gboolean is_end;

  g_mutex_lock (&self->mutex);
  is_end = position == self->total;
  g_mutex_unlock (&self->mutex);
  return is_end;
}

/* What the @length bytes at @position are to the owner of @piece, who has them in hand; lowers
 * @length to those that are all of one kind. What is its own is its to write now, and then to be
 * told to keel_segments_advance(). A gap that begins where the piece ends becomes part of it. */
KeelSegmentKind
keel_segments_look (KeelSegments *self,
                    KeelPiece    *piece,
                    guint64       position,
                    gsize        *length)
{
  KeelSegmentKind kind = KEEL_SEGMENT_FOREIGN;
  guint64 done_end;

  g_mutex_lock (&self->mutex);
  done_end = find_done_end (self, position);
  if (done_end > position)
    {
      kind = KEEL_SEGMENT_DONE;
      *length = (gsize) MIN (*length, done_end - position);
    }
  else if (position < self->total)
    {
      if (position == piece->to && find_piece (self, position) == NULL)
        {
          piece->to = find_gap_end (self, position);
          piece->is_tail_sure = FALSE;
        }
      if (position == piece->position && position < piece->to)
        {
          kind = KEEL_SEGMENT_OWN;
          *length = (gsize) MIN (*length, piece->to - position);
          piece->reserved = position + *length;
        }
    }
  g_mutex_unlock (&self->mutex);
  return kind;
}

static void
note_pace (KeelPiece *piece,
           gint64     now_usec)
{
  if (now_usec - piece->paced_usec < PACE_USEC)
    return;
  piece->pace = get_pace (piece, now_usec);
  piece->paced = piece->position;
  piece->paced_usec = now_usec;
}

/* The next @length bytes of @piece are written. TRUE: a good deal has been since that was said
 * last; it is time for a checkpoint. */
gboolean
keel_segments_advance (KeelSegments *self,
                       KeelPiece    *piece,
                       gsize         length,
                       gint64        now_usec)
{
  gboolean is_due;
  guint64 fresh;

  g_mutex_lock (&self->mutex);
  piece->position += length;
  piece->last_usec = now_usec;
  self->received += length;
  note_pace (piece, now_usec);
  fresh = self->received - self->noticed;
  is_due = fresh >= NOTICE_BYTES_FAST ||
           (fresh >= NOTICE_BYTES && now_usec - self->noticed_usec >= FAST_USEC);
  if (is_due)
    {
      self->noticed = self->received;
      self->noticed_usec = now_usec;
    }
  g_mutex_unlock (&self->mutex);
  return is_due;
}

/* What is on disk right before @piece is what its owner's answer has there, too. */
void
keel_segments_vouch_head (KeelSegments *self,
                          KeelPiece    *piece)
{
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->pieces->len; i++)
    {
      KeelPiece *other = g_ptr_array_index (self->pieces, i);

      if (other->to == piece->from && other->position == other->to)
        other->is_tail_sure = TRUE;
    }
  g_mutex_unlock (&self->mutex);
}

/* Likewise right behind it, if all of it is written. */
void
keel_segments_vouch_tail (KeelSegments *self,
                          KeelPiece    *piece)
{
  g_mutex_lock (&self->mutex);
  piece->is_tail_sure = piece->position == piece->to;
  g_mutex_unlock (&self->mutex);
}

/* How many bytes right before @position are on disk, looking at @most. */
gsize
keel_segments_count_done_before (KeelSegments *self,
                                 guint64       position,
                                 gsize         most)
{
  guint64 from = position - MIN (position, most);

  g_mutex_lock (&self->mutex);
  while (from < position)
    {
      guint64 end = find_done_end (self, from);

      if (end >= position)
        break;
      /* What is missing first may be followed by more. */
      from = MIN (find_next_done (self, end), position);
    }
  g_mutex_unlock (&self->mutex);
  return (gsize) (position - from);
}

/* How many bytes from @position on are on disk, looking at @most. */
gsize
keel_segments_count_done_after (KeelSegments *self,
                                guint64       position,
                                gsize         most)
{
  guint64 end;

  g_mutex_lock (&self->mutex);
  end = find_done_end (self, position);
  g_mutex_unlock (&self->mutex);
  return (gsize) MIN (end - position, most);
}

/* Gives the owner @hashes (element-type KeelBlockHash) to take, and empties them. FALSE: a block is
 * not what it was when it came first. */
gboolean
keel_segments_keep_hashes (KeelSegments *self,
                           GArray       *hashes)
{
  gboolean ok = TRUE;

  if (hashes->len == 0)
    return TRUE;
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < hashes->len && self->expected != NULL; i++)
    {
      const KeelBlockHash *block = &g_array_index (hashes, KeelBlockHash, i);
      guint64 expected = block->number < self->expected->len ?
                           g_array_index (self->expected, guint64, block->number) :
                           0;

      ok = ok && (expected == 0 || expected == block->hash);
    }
  if (ok)
    g_array_append_vals (self->hashes, hashes->data, hashes->len);
  g_mutex_unlock (&self->mutex);
  g_array_set_size (hashes, 0);
  return ok;
}

/* --- for the owner --------------------------------------------------------------------------- */

/* Whether one more connection would get something. */
gboolean
keel_segments_can_claim (KeelSegments *self,
                         gint64        now_usec)
{
  KeelPiece *victim;
  gboolean can;
  guint64 from;
  guint64 to;

  g_mutex_lock (&self->mutex);
  can = find_claim (self, now_usec, &from, &to, &victim);
  g_mutex_unlock (&self->mutex);
  return can;
}

/* How many bytes are on disk (not synced). */
guint64
keel_segments_get_received (KeelSegments *self)
{
  guint64 received;

  g_mutex_lock (&self->mutex);
  received = self->received;
  g_mutex_unlock (&self->mutex);
  return received;
}

/* How many are not, or do not count yet; G_MAXUINT64: nobody knows. */
guint64
keel_segments_get_missing (KeelSegments *self)
{
  guint64 missing = UNKNOWN_END;

  g_mutex_lock (&self->mutex);
  if (self->total != UNKNOWN_END)
    {
      missing = self->total - MIN (self->total, self->received);
      for (guint i = 0; i < self->pieces->len; i++)
        {
          const KeelPiece *piece = g_ptr_array_index (self->pieces, i);

          missing += piece->position - get_sure_end (self, piece);
        }
    }
  g_mutex_unlock (&self->mutex);
  return missing;
}

/* Whether every byte of a file whose length is known is on disk. */
gboolean
keel_segments_is_complete (KeelSegments *self)
{
  return keel_segments_get_missing (self) == 0;
}

/* What is on disk now, and counts. (transfer full) */
KeelRanges *
keel_segments_dup_done (KeelSegments *self)
{
  KeelRanges *done;

  g_mutex_lock (&self->mutex);
  done = keel_ranges_copy (self->done);
  for (guint i = 0; i < self->pieces->len; i++)
    {
      const KeelPiece *piece = g_ptr_array_index (self->pieces, i);

      keel_ranges_add (done, piece->from, get_sure_end (self, piece));
    }
  g_mutex_unlock (&self->mutex);
  return done;
}

/* For who looks at it: adds what is on disk to @written, and to @arriving what somebody fetches. Of
 * a file whose end nobody knows, nobody knows what that is. */
void
keel_segments_describe (KeelSegments *self,
                        KeelRanges   *written,
                        KeelRanges   *arriving)
{
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->done->len; i++)
    keel_ranges_add (written, keel_ranges_get (self->done, i)->from,
                     keel_ranges_get (self->done, i)->to);
  for (guint i = 0; i < self->pieces->len; i++)
    {
      const KeelPiece *piece = g_ptr_array_index (self->pieces, i);

      keel_ranges_add (written, piece->from, piece->position);
      if (piece->to != UNKNOWN_END)
        keel_ranges_add (arriving, piece->position, piece->to);
    }
  g_mutex_unlock (&self->mutex);
}

/* The hashes of blocks that are full since the last call; to be saved before ranges are recorded
 * that were read before this. (transfer full) (nullable) (element-type KeelBlockHash) */
GArray *
keel_segments_take_hashes (KeelSegments *self)
{
  GArray *hashes = NULL;

  g_mutex_lock (&self->mutex);
  if (self->hashes->len > 0)
    {
      hashes = self->hashes;
      self->hashes = g_array_new (FALSE, FALSE, sizeof (KeelBlockHash));
    }
  g_mutex_unlock (&self->mutex);
  return hashes;
}
