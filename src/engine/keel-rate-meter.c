/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-rate-meter.h"

#include <math.h>

/* How fast a counter counts: an exponentially weighted mean with a time constant of three seconds,
 * independent of how often it is sampled. Pure: time comes from outside. */

#define TIME_CONSTANT_USEC (3.0 * G_USEC_PER_SEC)

void
keel_rate_meter_reset (KeelRateMeter *self)
{
  *self = (KeelRateMeter) { 0 };
}

/* @bytes is the counter's present value; when it has gone back the meter starts anew. */
void
keel_rate_meter_sample (KeelRateMeter *self,
                        guint64        bytes,
                        gint64         now_usec)
{
  gint64 elapsed_usec = now_usec - self->last_usec;
  double weight;
  double rate;

  if (self->last_usec == 0 || bytes < self->last_bytes)
    {
      *self = (KeelRateMeter) { .last_usec = now_usec, .last_bytes = bytes };
      return;
    }
  if (elapsed_usec <= 0)
    return;
  rate = (double) (bytes - self->last_bytes) * G_USEC_PER_SEC / (double) elapsed_usec;
  /* The first samples count in full, so that the number is right at once and not after 10 s. */
  weight = self->has_rate ? 1.0 - exp (-(double) elapsed_usec / TIME_CONSTANT_USEC) : 1.0;
  self->rate_bps += weight * (rate - self->rate_bps);
  self->has_rate = TRUE;
  self->last_usec = now_usec;
  self->last_bytes = bytes;
}

/* Bytes per second. */
guint64
keel_rate_meter_get (KeelRateMeter *self)
{
  return (guint64) self->rate_bps;
}
