/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

/* What a transfer may do, and for how long: by the wishes of its caller, and where he has none of
 * his own, by what holds for all of its session.
 *
 * Who may not use the network or the power that there is waits with the reason for it, and takes no
 * slot; who runs when that comes up goes back into the queue with a checkpoint. What needs no
 * server any more goes on.
 *
 * The time that a transfer has is counted while it is not paused, as URLSession does for a task
 * that is not suspended, from when it was added to its end. Waiting counts. Within a run of the
 * service it goes by the clock that nobody puts; only the time in which there was no service goes
 * by the one on the wall. What is over is in the row, with the time at which it was counted. Nobody
 * fails for a time in which nothing could be done: after a sleep of the machine, or of the service,
 * there are ten minutes left, or what was left before, if that was less. */

#define LEAST_LEFT_USEC (600 * (gint64) G_USEC_PER_SEC)

static const KeelSessionConfig *
get_config (KeelTransfer *self)
{
  return &self->session->config;
}

/* Whose it is. @session must outlive it. */
void
keel_transfer_set_session (KeelTransfer            *self,
                           const KeelSessionRecord *session)
{
  self->session = session;
}

const KeelSessionRecord *
keel_transfer_get_session (KeelTransfer *self)
{
  return self->session;
}

/* --- network and power ----------------------------------------------------------------------- */

/* Whether everybody else comes first. */
gboolean
keel_transfer_is_discretionary (KeelTransfer *self)
{
  return get_config (self)->discretionary;
}

/* Whether it may only run on mains. */
gboolean
keel_transfer_needs_mains (KeelTransfer *self)
{
  const KeelSessionConfig *config = get_config (self);

  if (self->record->power >= 0)
    return self->record->power == KEEL_POWER_USE_AC;
  return config->discretionary || config->power == KEEL_POWER_USE_AC;
}

static gboolean
needs_unmetered (KeelTransfer *self)
{
  const KeelSessionConfig *config = get_config (self);

  if (self->record->network >= 0)
    return self->record->network == KEEL_NETWORK_USE_UNMETERED;
  return config->discretionary || config->network == KEEL_NETWORK_USE_UNMETERED;
}

/* What keeps it from running now; KEEL_WAIT_REASON_NONE: nothing of this kind. */
KeelWaitReason
keel_transfer_get_bar (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;

  if (record->is_sealed || (record->has_total && record->durable == record->total))
    return KEEL_WAIT_REASON_NONE;
  if (self->machinery->is_metered && needs_unmetered (self))
    return KEEL_WAIT_REASON_METERED;
  if ((self->machinery->is_on_battery || self->machinery->is_saving) &&
      keel_transfer_needs_mains (self))
    return KEEL_WAIT_REASON_POWER;
  return KEEL_WAIT_REASON_NONE;
}

/* More about what it waits for, in a word; NULL: there is nothing more to say. */
const char *
keel_transfer_get_wait_detail (KeelTransfer *self)
{
  if (self->record->wait_reason != KEEL_WAIT_REASON_POWER)
    return NULL;
  return self->machinery->is_on_battery ? "battery" : "saver";
}

/* How long it is until it may start; 0: it may. */
gint64
keel_transfer_get_ahead_usec (KeelTransfer *self)
{
  gint64 not_before_usec = self->record->not_before_usec;

  if (not_before_usec >= 0)
    not_before_usec = MAX (not_before_usec, get_config (self)->not_before_usec);
  return MAX (not_before_usec - keel_clock_get_wall_usec (self->machinery->clock), 0);
}

/* Whether it waits for nothing but its turn, or for what is decided here. */
static gboolean
is_in_line (const KeelTransferRecord *record)
{
  if (record->state == KEEL_TRANSFER_QUEUED)
    return TRUE;
  return record->state == KEEL_TRANSFER_WAITING &&
         (record->wait_reason == KEEL_WAIT_REASON_SLOT ||
          record->wait_reason == KEEL_WAIT_REASON_SCHEDULE ||
          record->wait_reason == KEEL_WAIT_REASON_METERED ||
          record->wait_reason == KEEL_WAIT_REASON_POWER);
}

/* Whether what it is told to wait for is still what it has to wait for. */
static gboolean
is_told_right (KeelTransfer *self)
{
  KeelWaitReason reason = self->record->wait_reason;
  gint64 ahead_usec = keel_transfer_get_ahead_usec (self);

  if (ahead_usec > 0)
    return self->timer != 0 && self->record->wait_until_usec ==
                                 keel_clock_get_wall_usec (self->machinery->clock) + ahead_usec;
  if (self->timer != 0)
    return FALSE;
  if (reason != KEEL_WAIT_REASON_METERED && reason != KEEL_WAIT_REASON_POWER)
    reason = KEEL_WAIT_REASON_NONE;
  return reason == keel_transfer_get_bar (self);
}

/* The network, the power, or what is wished of it is another one than before. */
void
keel_transfer_reconsider (KeelTransfer *self)
{
  if (self->record->state == KEEL_TRANSFER_RUNNING &&
      (keel_transfer_get_bar (self) != KEEL_WAIT_REASON_NONE ||
       keel_transfer_get_ahead_usec (self) > 0))
    keel_transfer_yield (self, self->turn);
  else if (is_in_line (self->record) && !is_told_right (self))
    keel_transfer_enqueue (self);
  /* It may be another detail. */
  else if (self->record->wait_reason == KEEL_WAIT_REASON_POWER)
    keel_transfer_changed (self);
}

/* --- time ------------------------------------------------------------------------------------ */

/* How much it has in all; 0: as much as it takes. */
static gint64
get_time_usec (KeelTransfer *self)
{
  gint64 seconds = self->record->timeout_seconds;

  if (seconds == 0)
    seconds = get_config (self)->timeout_seconds;
  return MAX (seconds, 0) * G_USEC_PER_SEC;
}

/* While it waits or transfers; what has come whole is not thrown away for the time. */
static gboolean
has_to_hurry (KeelTransfer *self)
{
  return self->record->state <= KEEL_TRANSFER_RUNNING;
}

static gboolean
is_counted (KeelTransfer *self)
{
  return self->record->state <= KEEL_TRANSFER_PUBLISHING;
}

/* @usec more are over, of which in @idle_usec nothing could be done. */
static void
spend (KeelTransfer *self,
       gint64        usec,
       gint64        idle_usec)
{
  KeelTransferRecord *record = self->record;
  gint64 time_usec = get_time_usec (self);
  gint64 busy_end_usec = record->spent_usec + usec - idle_usec;

  record->spent_usec += usec;
  if (idle_usec > 0 && time_usec > 0)
    record->spent_usec = MIN (record->spent_usec,
                              MAX (busy_end_usec, time_usec - MIN (time_usec, LEAST_LEFT_USEC)));
}

/* Brings the account up to now. To be called before the state changes, and before the row is
 * saved. */
void
keel_transfer_count_time (KeelTransfer *self)
{
  KeelClock *clock = self->machinery->clock;
  gint64 now_usec = keel_clock_get_boottime_usec (clock);
  gint64 suspended_usec = keel_clock_get_suspended_usec (clock);
  gint64 usec = self->counted_usec != 0 ? MAX (now_usec - self->counted_usec, 0) : 0;
  gint64 idle_usec = CLAMP (suspended_usec - self->counted_suspended_usec, 0, usec);

  if (self->counted_usec != 0 && is_counted (self))
    spend (self, usec, idle_usec);
  if (self->record->state == KEEL_TRANSFER_RUNNING)
    self->record->running_usec += usec - idle_usec;
  /* A clock that is moved in steps has slept for more than the first of them. */
  self->counted_suspended_usec = self->counted_usec != 0 ?
                                   self->counted_suspended_usec + idle_usec :
                                   suspended_usec;
  self->counted_usec = now_usec;
  self->record->spent_at_usec = keel_clock_get_wall_usec (clock);
}

/* Before anything else is counted: what has passed without the service. */
void
keel_transfer_count_absence (KeelTransfer *self)
{
  gint64 wall_usec = keel_clock_get_wall_usec (self->machinery->clock);
  gint64 away_usec = self->record->spent_at_usec != 0 ? wall_usec - self->record->spent_at_usec : 0;

  if (is_counted (self) && away_usec > 0)
    spend (self, away_usec, away_usec);
  keel_transfer_count_time (self);
}

/* It is wanted anew. */
void
keel_transfer_reset_time (KeelTransfer *self)
{
  keel_transfer_count_time (self);
  self->record->spent_usec = 0;
}

/* When its time is over, by the clock that runs from the start of the machine; 0: never. */
gint64
keel_transfer_get_deadline (KeelTransfer *self)
{
  gint64 time_usec = get_time_usec (self);

  if (time_usec == 0 || self->counted_usec == 0 || !has_to_hurry (self))
    return 0;
  return MAX (self->counted_usec + time_usec - self->record->spent_usec, 1);
}

/* Fails if its time is over. */
void
keel_transfer_check_time (KeelTransfer *self)
{
  gint64 time_usec = get_time_usec (self);

  if (time_usec == 0 || !has_to_hurry (self))
    return;
  keel_transfer_count_time (self);
  if (self->record->spent_usec < time_usec)
    return;
  keel_transfer_fail (self, KEEL_TASK_ERROR_TIMEOUT,
                      "It took longer than its application wanted to wait", 0);
  keel_transfer_stop_io (self);
}

/* --- what somebody changes ------------------------------------------------------------------- */

static void
wishes_changed (KeelTransfer *self)
{
  keel_transfer_save (self);
  keel_transfer_changed (self);
  keel_transfer_reconsider (self);
}

/* Which networks it may use, whatever its session says. */
void
keel_transfer_set_network (KeelTransfer   *self,
                           KeelNetworkUse  network)
{
  self->record->network = (gint) network;
  wishes_changed (self);
}

/* Likewise for power. */
void
keel_transfer_set_power (KeelTransfer *self,
                         KeelPowerUse  power)
{
  self->record->power = (gint) power;
  wishes_changed (self);
}

/* How long it may take in all, from when it was added; negative: as long as it takes. */
void
keel_transfer_set_timeout (KeelTransfer *self,
                           gint64        seconds)
{
  self->record->timeout_seconds = seconds;
  wishes_changed (self);
}

/* What becomes of it if its name is taken. */
void
keel_transfer_set_conflict (KeelTransfer *self,
                            KeelConflict  conflict)
{
  self->record->conflict = conflict;
  self->record->conflict_usec = g_get_real_time ();
  wishes_changed (self);
}

void
keel_transfer_set_group (KeelTransfer *self,
                         const char   *group)
{
  g_free (self->record->group);
  self->record->group = *group != '\0' ? g_strdup (group) : NULL;
  wishes_changed (self);
}
