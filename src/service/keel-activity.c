/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-activity.h"

#include <math.h>

/* Counts what all transfers do together.
 *
 * The fraction is that of a batch: everything that has ended or is unfinished since the desktop was
 * last at rest, so that it does not jump back whenever one of many ends. It is counted in bytes as
 * long as all sizes are known; else in transfers, each of which is done as far as it says itself.
 * Paused ones are no part of it, or it would never be full.
 *
 * The whole list is gone through, which takes a millisecond for ten thousand: less than keeping
 * account of each change, and nothing can get out of step. */

#define GATHER_USEC ((gint64) G_USEC_PER_SEC / 10)
#define INTERVAL_USEC ((gint64) G_USEC_PER_SEC)

struct _KeelActivity {
  GObject parent_instance;

  KeelEngine *engine; /* (owned) */
  KeelClock *clock;
  KeelActivityState state;
  gint64 begun_usec; /* by the wall clock: since when there is something to do; 0: there is not */
  gint64 told_usec;
  guint timer;
};

G_DEFINE_FINAL_TYPE (KeelActivity, keel_activity, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

/* --- counting -------------------------------------------------------------------------------- */

typedef struct {
  guint n_all; /* of the batch */
  double n_done;
  guint64 bytes;
  guint64 bytes_done;
  gboolean has_bytes; /* all sizes are known */
} Batch;

static void
count_in_batch (Batch        *batch,
                KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  gboolean has_ended = record->state == KEEL_TRANSFER_FINISHED;
  guint64 received = MIN (keel_transfer_get_received (transfer), record->total);

  batch->n_all++;
  if (!record->has_total)
    batch->has_bytes = FALSE;
  batch->bytes += record->total;
  batch->bytes_done += has_ended ? record->total : received;
  if (has_ended)
    batch->n_done += 1;
  else if (record->total > 0)
    batch->n_done += (double) received / (double) record->total;
}

static gboolean
waits_for_somebody (const KeelTransferRecord *record)
{
  return record->wait_reason == KEEL_WAIT_REASON_AUTH ||
         record->wait_reason == KEEL_WAIT_REASON_DESTINATION ||
         record->wait_reason == KEEL_WAIT_REASON_LOW_DISK;
}

static void
count (KeelActivity      *self,
       KeelTransfer      *transfer,
       KeelActivityState *state,
       Batch             *batch)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  switch (record->state)
    {
    case KEEL_TRANSFER_RUNNING:
    case KEEL_TRANSFER_VERIFYING:
    case KEEL_TRANSFER_PUBLISHING:
      state->n_running++;
      state->rate_bps += keel_transfer_get_rate (transfer);
      count_in_batch (batch, transfer);
      break;

    case KEEL_TRANSFER_WAITING:
      if (waits_for_somebody (record))
        state->n_needing++;
      state->n_waiting++;
      count_in_batch (batch, transfer);
      break;

    case KEEL_TRANSFER_QUEUED:
      state->n_waiting++;
      count_in_batch (batch, transfer);
      break;

    case KEEL_TRANSFER_PAUSED:
      state->n_paused++;
      break;

    case KEEL_TRANSFER_FAILED:
      state->n_needing++;
      state->n_failed++;
      break;

    case KEEL_TRANSFER_FINISHED:
      if (self->begun_usec > 0 && record->finished_usec >= self->begun_usec)
        count_in_batch (batch, transfer);
      break;

    case KEEL_TRANSFER_CANCELLED:
    case KEEL_TRANSFER_DELETING:
    case KEEL_TRANSFER_N_STATES:
    default:
      break;
    }
}

static void
measure (KeelActivity *self)
{
  GPtrArray *transfers = keel_engine_get_transfers (self->engine);
  KeelActivityState state = { 0 };
  Batch batch = { .has_bytes = TRUE };

  for (guint i = 0; i < transfers->len; i++)
    count (self, g_ptr_array_index (transfers, i), &state, &batch);
  if (state.n_running + state.n_waiting == 0)
    self->begun_usec = 0;
  else if (self->begun_usec == 0)
    self->begun_usec = keel_clock_get_wall_usec (self->clock);

  state.has_fraction = self->begun_usec > 0 && batch.n_all > 0;
  if (state.has_fraction && batch.has_bytes && batch.bytes > 0)
    state.fraction = (double) batch.bytes_done / (double) batch.bytes;
  else if (state.has_fraction)
    state.fraction = batch.n_done / batch.n_all;
  self->state = state;
}

/* --- telling --------------------------------------------------------------------------------- */

static gboolean
is_watched (KeelActivity *self)
{
  return g_signal_has_handler_pending (self, signals[SIGNAL_CHANGED], 0, FALSE);
}

static void
tell (KeelActivity *self)
{
  keel_clock_cancel (self->clock, &self->timer);
  if (!is_watched (self))
    return;
  self->told_usec = keel_clock_get_boottime_usec (self->clock);
  measure (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
timer_cb (gpointer user_data)
{
  KeelActivity *self = user_data;

  self->timer = 0;
  tell (self);
}

static void
transfer_changed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelActivity *self)
{
  if (self->timer == 0 && is_watched (self))
    self->timer = keel_clock_call_after (self->clock, GATHER_USEC, timer_cb, self);
}

static void
ticked_cb (KeelEngine   *engine,
           KeelActivity *self)
{
  if (keel_clock_get_boottime_usec (self->clock) - self->told_usec >= INTERVAL_USEC)
    tell (self);
}

/* As it is now for who has just connected to "changed"; else as it was told last. */
const KeelActivityState *
keel_activity_get_state (KeelActivity *self)
{
  if (self->told_usec == 0)
    measure (self);
  return &self->state;
}

/* In whole percent, rounded down: 100 only when all is done. */
guint
keel_activity_get_percent (KeelActivity *self)
{
  const KeelActivityState *state = keel_activity_get_state (self);

  return state->has_fraction ? (guint) floor (100 * state->fraction) : 0;
}

/* --- life ------------------------------------------------------------------------------------ */

static void
keel_activity_dispose (GObject *object)
{
  KeelActivity *self = KEEL_ACTIVITY (object);

  if (self->engine != NULL)
    {
      keel_clock_cancel (self->clock, &self->timer);
      g_signal_handlers_disconnect_by_data (self->engine, self);
    }
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (keel_activity_parent_class)->dispose (object);
}

static void
keel_activity_class_init (KeelActivityClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = keel_activity_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", KEEL_TYPE_ACTIVITY, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
keel_activity_init (KeelActivity *self)
{
}

KeelActivity *
keel_activity_new (KeelEngine *engine)
{
  KeelActivity *self = g_object_new (KEEL_TYPE_ACTIVITY, NULL);

  self->engine = g_object_ref (engine);
  self->clock = keel_engine_get_clock (engine);
  g_signal_connect (engine, "transfer-changed", G_CALLBACK (transfer_changed_cb), self);
  g_signal_connect (engine, "transfer-removed", G_CALLBACK (transfer_changed_cb), self);
  g_signal_connect (engine, "ticked", G_CALLBACK (ticked_cb), self);
  return self;
}
