/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-tuner.h"

/* How many connections are of use for one transfer. Pure: time comes from outside.
 *
 * It begins with a few, mostly one, and doubles their number as long as that makes the whole at
 * least 15 % faster; when it does not, it goes back to the number before and stays there. More
 * connections than are of use take bandwidth from others, and on some paths slow everything down;
 * where each is limited by the server or by losses they are worth a lot. A settled tuner tries
 * again after a minute, because networks change.
 *
 * After each change it waits until the new connections are up to speed before it measures. */

#define WARM_UP_USEC (G_USEC_PER_SEC / 2)
#define MEASURE_USEC (G_USEC_PER_SEC * 3 / 4)
#define LEAST_REST_USEC (4 * (gint64) G_USEC_PER_SEC)
#define REST_USEC (60 * (gint64) G_USEC_PER_SEC)
#define WORTH_IT 1.15

/* To begin with @first connections, and never have more than @most. */
void
keel_tuner_begin (KeelTuner *self,
                  guint      first,
                  guint      most,
                  gint64     now_usec)
{
  *self = (KeelTuner) {
    .most = MAX (most, 1),
    .wanted = CLAMP (first, 1, MAX (most, 1)),
    .best = CLAMP (first, 1, MAX (most, 1)),
    .best_rate = -1,
    .changed_usec = now_usec,
  };
}

static void
want (KeelTuner *self,
      guint      wanted,
      gint64     now_usec)
{
  self->wanted = wanted;
  self->changed_usec = now_usec;
  self->since_usec = 0;
}

/* It stays with @alive connections for a while: more were refused, or there is no room for more. */
void
keel_tuner_settle (KeelTuner *self,
                   guint      alive,
                   gint64     now_usec)
{
  want (self, CLAMP (alive, 1, self->most), now_usec);
  self->best = self->wanted;
  self->is_settled = TRUE;
  self->rest_usec = REST_USEC;
}

static void
judge (KeelTuner *self,
       double     rate,
       gint64     now_usec)
{
  /* Nothing is not more than nothing. */
  gboolean is_better = self->best_rate < 0 || rate > self->best_rate * WORTH_IT;

  if (!is_better && self->wanted > self->best)
    {
      want (self, self->best, now_usec);
      self->is_settled = TRUE;
      self->rest_usec = CLAMP (self->rest_usec * 2, LEAST_REST_USEC, REST_USEC);
      return;
    }
  self->best = self->wanted;
  self->best_rate = rate;
  if (self->wanted < self->most)
    want (self, MIN (self->wanted * 2, self->most), now_usec);
  else
    keel_tuner_settle (self, self->wanted, now_usec);
}

/* To be called a few times a second: @alive connections have moved @bytes so far. Gives how many
 * there should be. */
guint
keel_tuner_step (KeelTuner *self,
                 guint      alive,
                 guint64    bytes,
                 gint64     now_usec)
{
  /* All that there may be are known to be of use, or wished: they come when there is room. */
  if (self->best == self->most)
    return self->wanted;
  if (self->is_settled)
    {
      if (now_usec - self->changed_usec < self->rest_usec)
        return self->wanted;
      /* What it was a while ago says little. */
      self->is_settled = FALSE;
      self->best_rate = -1;
      want (self, self->wanted, now_usec);
    }
  if (now_usec - self->changed_usec < WARM_UP_USEC || alive == 0)
    return self->wanted;
  if (self->since_usec == 0)
    {
      self->since_usec = now_usec;
      self->since_bytes = bytes;
    }
  else if (now_usec - self->since_usec >= MEASURE_USEC)
    {
      if (alive < self->wanted)
        keel_tuner_settle (self, alive, now_usec);
      else
        judge (self, (double) (bytes - self->since_bytes) / (double) (now_usec - self->since_usec),
               now_usec);
    }
  return self->wanted;
}
