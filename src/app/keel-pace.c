/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-pace.h"

/* When to say how long a transfer still takes, and when to change what was said.
 *
 * An estimate of the first seconds is noise: nothing is said for SILENCE_USEC after a transfer
 * began to run. Later estimates are rounded to steps that a person would use (five seconds, a
 * minute, an hour, a day), and a value that is on the screen stays until the estimate has left it
 * by three quarters of a step: an estimate on the border of two values does not flicker.
 * Pure: the time is an argument. */

#define SILENCE_USEC (3 * G_USEC_PER_SEC)
#define STALLED_USEC (10 * G_USEC_PER_SEC)

#define STEP_PARTS 4
#define STEP_PARTS_HELD 3

static int
step_of (gint64 seconds)
{
  if (seconds < 60)
    return 5;
  if (seconds < 60 * 60)
    return 60;
  if (seconds < 24 * 60 * 60)
    return 60 * 60;

  return 24 * 60 * 60;
}

/* At least one step: "about 0 seconds" is no news. */
static int
round_to_step (gint64 seconds)
{
  int step = step_of (seconds);

  return (int) MAX ((seconds + step / 2) / step, 1) * step;
}

void
keel_pace_update (KeelPace *pace,
                  gint64    now_usec,
                  gboolean  running,
                  guint64   received_bytes,
                  gint64    left_seconds)
{
  gint64 step;

  if (!running)
    {
      *pace = (KeelPace) { 0 };
      return;
    }

  if (pace->running_since_usec == 0)
    {
      pace->running_since_usec = now_usec;
      pace->moved_usec = now_usec;
      pace->received_bytes = received_bytes;
    }
  else if (received_bytes != pace->received_bytes)
    {
      pace->moved_usec = now_usec;
      pace->received_bytes = received_bytes;
    }

  if (left_seconds < 0 || now_usec - pace->running_since_usec < SILENCE_USEC)
    {
      pace->shown_seconds = 0;
      return;
    }

  left_seconds = MIN (left_seconds, (gint64) G_MAXINT / 2);
  step = step_of (pace->shown_seconds);
  if (pace->shown_seconds == 0 ||
      ABS (left_seconds - pace->shown_seconds) * STEP_PARTS > step * STEP_PARTS_HELD)
    pace->shown_seconds = round_to_step (left_seconds);
}

/* Seconds, rounded; KEEL_PACE_UNKNOWN: better nothing than noise. */
int
keel_pace_get_time_left (const KeelPace *pace)
{
  return pace->shown_seconds > 0 ? pace->shown_seconds : KEEL_PACE_UNKNOWN;
}

/* No byte for so long that a person wonders. */
gboolean
keel_pace_is_stalled (const KeelPace *pace,
                      gint64          now_usec)
{
  return pace->running_since_usec != 0 && now_usec - pace->moved_usec >= STALLED_USEC;
}
