/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-time-left.h"

#include <math.h>

/* How long the rest takes. The rate of now is the truth about now, but the rest is fetched at the
 * rates that will be: of those a longer past tells more. So the rate is smoothed once more, over
 * six seconds, or over as long as it has been running if that is shorter; the first number is
 * there at once. When nothing comes, nothing is told. Pure: time comes from outside. */

#define LEAST_USEC (1.0 * G_USEC_PER_SEC)
#define MOST_USEC (6.0 * G_USEC_PER_SEC)

/* @rate: bytes per second, 0 when nothing flows; as often as it is told. */
void
keel_time_left_update (KeelTimeLeft *self,
                       gint64        now_usec,
                       guint64       rate)
{
  double span_usec;

  if (rate == 0 || self->rate == 0)
    {
      *self = (KeelTimeLeft) { now_usec, now_usec, (double) rate };
      return;
    }
  span_usec = CLAMP ((double) (now_usec - self->began_usec), LEAST_USEC, MOST_USEC);
  self->rate += (1 - exp (-(double) (now_usec - self->last_usec) / span_usec)) *
                ((double) rate - self->rate);
  self->last_usec = now_usec;
}

/* Seconds for @missing bytes, or -1 when that cannot be told. */
gint64
keel_time_left_get (const KeelTimeLeft *self,
                    guint64             missing)
{
  if (self->rate <= 0)
    return -1;
  return (gint64) MIN (ceil ((double) missing / self->rate), (double) (G_MAXINT64 / 2));
}
