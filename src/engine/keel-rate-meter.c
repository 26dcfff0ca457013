/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-rate-meter.h"

/* How fast a counter counts: calm, and yet true soon.
 *
 * It is the mean over two seconds, and of that the mean over one second. So what comes in bursts
 * of a second, of a half, or of two (a server's, a limiter's, a disk's) does not show at all, and
 * bursts of another length little; a new rate is told in full after three seconds, and a stall is
 * 0 after three. A mean that forgets exponentially is not as calm where it is as quick.
 *
 * Between two samples the counter is taken to have gone evenly. In the first three seconds after
 * nothing came the two spans are shorter in proportion, so that something can be told at once.
 * Pure: time comes from outside. */

/* The spans are to each other as two to one. */
#define WHOLE_USEC (3 * (gint64) G_USEC_PER_SEC)
/* More often than this makes no number better, and the ring has to hold all of the three seconds.
 */
#define LEAST_STEP_USEC (WHOLE_USEC / (KEEL_RATE_METER_SAMPLES - 2))

void
keel_rate_meter_reset (KeelRateMeter *self)
{
  *self = (KeelRateMeter) { 0 };
}

/* The last but @age. */
static const KeelRateSample *
get_sample (const KeelRateMeter *self,
            guint                age)
{
  return &self->samples[(self->next + 2 * KEEL_RATE_METER_SAMPLES - 1 - age) %
                        KEEL_RATE_METER_SAMPLES];
}

/* @bytes is the counter's present value; when it has gone back the meter starts anew. */
void
keel_rate_meter_sample (KeelRateMeter *self,
                        guint64        bytes,
                        gint64         now_usec)
{
  KeelRateSample sample = { now_usec, bytes };

  if (self->n_samples > 0 && bytes < get_sample (self, 0)->bytes)
    keel_rate_meter_reset (self);
  if (self->n_samples > 0 && now_usec <= get_sample (self, 0)->usec)
    return;
  /* Nothing has come yet, or not for long: the time for that is over when something comes. */
  if (self->n_samples > 0 && bytes == get_sample (self, self->n_samples - 1)->bytes)
    keel_rate_meter_reset (self);
  /* Takes the place of one that stands too close behind its own predecessor. */
  if (self->n_samples > 1 && now_usec - get_sample (self, 1)->usec < LEAST_STEP_USEC)
    {
      self->samples[(self->next + KEEL_RATE_METER_SAMPLES - 1) % KEEL_RATE_METER_SAMPLES] = sample;
      return;
    }
  self->samples[self->next] = sample;
  self->next = (self->next + 1) % KEEL_RATE_METER_SAMPLES;
  self->n_samples = MIN (self->n_samples + 1, KEEL_RATE_METER_SAMPLES);
}

/* The integral of the counter, above its value at the oldest sample, from the oldest sample to
 * @until_usec: byte seconds. */
static double
integrate (const KeelRateMeter *self,
           gint64               until_usec)
{
  guint64 origin = get_sample (self, self->n_samples - 1)->bytes;
  double sum = 0;

  for (guint age = self->n_samples - 1; age > 0; age--)
    {
      const KeelRateSample *from = get_sample (self, age);
      const KeelRateSample *to = get_sample (self, age - 1);
      double height = (double) (from->bytes - origin);
      double rise = (double) (to->bytes - from->bytes);
      double part;

      if (from->usec >= until_usec)
        break;
      part = MIN ((double) (until_usec - from->usec) / (double) (to->usec - from->usec), 1.0);
      sum += (height + rise * part / 2) * part * (double) (to->usec - from->usec);
    }
  return sum / G_USEC_PER_SEC;
}

/* Bytes per second. */
guint64
keel_rate_meter_get (const KeelRateMeter *self)
{
  const KeelRateSample *newest;
  gint64 whole_usec;
  gint64 step_usec;
  double now, long_ago;
  double step_seconds;

  if (self->n_samples < 2)
    return 0;
  newest = get_sample (self, 0);
  whole_usec = MIN (newest->usec - get_sample (self, self->n_samples - 1)->usec, WHOLE_USEC);
  step_usec = whole_usec / 3;
  step_seconds = (double) step_usec / G_USEC_PER_SEC;
  /* The mean of the counter in the last third of the whole, less that in the first. */
  now = integrate (self, newest->usec) - integrate (self, newest->usec - step_usec);
  long_ago = integrate (self, newest->usec - 2 * step_usec) -
             integrate (self, newest->usec - 3 * step_usec);
  return (guint64) MAX ((now - long_ago) / step_seconds / (2 * step_seconds) + 0.5, 0.0);
}
