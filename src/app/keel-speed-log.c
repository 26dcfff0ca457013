/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-speed-log.h"

/* The last two minutes of a transfer, a sample a second, for the graph.
 *
 * It stays with the task, so that the graph is full when somebody opens the page, and it is fed by
 * the window's one timer. A second without a sample is a gap: the transfer did not run, or the
 * window was not on the screen. One that the timer was only late for is no gap. */

#define LATE_SECONDS 2

static G_DEFINE_QUARK (keel - speed - log, keel_speed_log)

  static gint64 *slot (KeelSpeedLog *self, gint64 second)
{
  return &self->rates[second % KEEL_SPEED_LOG_SECONDS];
}

/* @rate_bps: or KEEL_SPEED_LOG_GAP. Only forwards: what is told of a second that has passed is
 * ignored. */
void
keel_speed_log_add (KeelSpeedLog *self,
                    gint64        second,
                    gint64        rate_bps)
{
  gint64 missed = second - self->last_second - 1;
  gint64 between = missed < LATE_SECONDS ? rate_bps : KEEL_SPEED_LOG_GAP;

  if (second <= self->last_second)
    return;
  for (gint64 i = MAX (self->last_second + 1, second - KEEL_SPEED_LOG_SECONDS + 1); i < second; i++)
    *slot (self, i) = between;
  *slot (self, second) = rate_bps;
  self->last_second = second;
}

/* Seconds begin when the computer is switched on; before that there was nothing.
 *
 * Returns: bytes per second in @second, or KEEL_SPEED_LOG_GAP */
gint64
keel_speed_log_get (const KeelSpeedLog *self,
                    gint64              second)
{
  if (self->last_second == 0 || second <= 0 || second > self->last_second ||
      second <= self->last_second - KEEL_SPEED_LOG_SECONDS)
    return KEEL_SPEED_LOG_GAP;
  return self->rates[second % KEEL_SPEED_LOG_SECONDS];
}

/* Whether there is nothing of the time that ends with @second. */
gboolean
keel_speed_log_is_empty (const KeelSpeedLog *self,
                         gint64              second)
{
  return self->last_second == 0 || self->last_second <= second - KEEL_SPEED_LOG_SECONDS;
}

/* Returns: (transfer none): that of @task */
KeelSpeedLog *
keel_speed_log_of_task (KeelTask *task)
{
  KeelSpeedLog *self = g_object_get_qdata (G_OBJECT (task), keel_speed_log_quark ());

  if (self == NULL)
    {
      self = g_new0 (KeelSpeedLog, 1);
      g_object_set_qdata_full (G_OBJECT (task), keel_speed_log_quark (), self, g_free);
    }
  return self;
}

/* Writes down how fast @task is now. */
void
keel_speed_log_sample (KeelTask *task,
                       gint64    now_usec)
{
  gboolean runs = keel_task_get_state (task) == KEEL_TASK_STATE_RUNNING;

  if (runs)
    keel_speed_log_add (keel_speed_log_of_task (task), now_usec / G_USEC_PER_SEC,
                        (gint64) keel_task_get_rate (task));
}
