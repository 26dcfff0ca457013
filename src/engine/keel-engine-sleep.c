/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-engine-private.h"

/* What the engine does while the machine sleeps, or is about to be shut down.
 *
 * Who watches the machine says so before (keel_engine_fall_asleep()): what runs makes a checkpoint
 * and hangs up, nothing else is started, and it is told when all of that is on disk. It is in the
 * queue then, so that a machine that does not wake up loses nothing but connections.
 *
 * That the machine has slept is seen in three ways, whichever is first: somebody says so
 * (keel_engine_wake_up()); the clocks say so at a tick, because one of them stands still meanwhile;
 * or it has been asleep for too long for a machine that still answers, which a timer finds whose
 * clock goes on in sleep: at the latest right after waking up. So a wake-up that nobody tells, or a
 * sleep that comes to nothing, costs a minute at most. Then everything goes on over new
 * connections: servers have long closed what looks open from here. */

/* A difference of the clocks that is none of a second is noise. */
#define LEAST_SLEEP_USEC ((gint64) G_USEC_PER_SEC)
/* Within that a machine that was about to sleep does so. */
#define MOST_AWAKE_USEC (60 * (gint64) G_USEC_PER_SEC)

typedef struct {
  KeelEngine *engine; /* (owned) */
  guint turn;
} Rest;

/* Who wanted to know that all is at rest is told, once. */
static void
tell_rested (KeelEngine *self)
{
  KeelEngineFunc func = g_steal_pointer (&self->sleep_func);

  if (func != NULL)
    func (self, NULL, self->sleep_data);
}

static void
at_rest_cb (KeelTransfer *transfer,
            const GError *error,
            gpointer      user_data)
{
  Rest *rest = user_data;
  g_autoptr (KeelEngine) self = rest->engine;
  gboolean is_of_this_turn = rest->turn == self->sleep_turn;

  g_free (rest);
  if (is_of_this_turn && --self->n_restless == 0)
    tell_rested (self);
}

static void
lay_to_rest (KeelEngine   *self,
             KeelTransfer *transfer)
{
  Rest *rest = g_new0 (Rest, 1);

  rest->engine = g_object_ref (self);
  rest->turn = self->sleep_turn;
  self->n_restless++;
  keel_transfer_fall_asleep (transfer);
  keel_transfer_when_at_rest (transfer, at_rest_cb, rest);
}

static void
go_on (KeelEngine *self)
{
  keel_clock_cancel (self->machinery.clock, &self->sleep_timer);
  self->suspended_usec = keel_clock_get_suspended_usec (self->machinery.clock);
  self->is_asleep = FALSE;
  self->sleep_func = NULL;
  self->sleep_turn++;
  keel_engine_drop_connections (self, "sleep");
  keel_scheduler_set_halted (self->scheduler, FALSE);
}

static gboolean
has_slept (KeelEngine *self)
{
  return keel_clock_get_suspended_usec (self->machinery.clock) - self->suspended_usec >
         LEAST_SLEEP_USEC;
}

static void
sleep_timer_cb (gpointer user_data)
{
  KeelEngine *self = user_data;

  self->sleep_timer = 0;
  g_debug ("Nobody has said that the machine is awake");
  go_on (self);
}

/* The machine is about to sleep, or to be shut down: everything that runs makes a checkpoint, drops
 * its connections and goes back into the queue, and nothing is started. @func comes when that is on
 * disk, perhaps before this returns; never if a disk hangs, or after keel_engine_wake_up(). */
void
keel_engine_fall_asleep (KeelEngine     *self,
                         KeelEngineFunc  func,
                         gpointer        user_data)
{
  g_autoptr (GPtrArray) active = NULL;

  self->sleep_func = func;
  self->sleep_data = user_data;
  if (self->is_stopping || !self->is_started)
    {
      tell_rested (self);
      return;
    }
  self->is_asleep = TRUE;
  self->sleep_turn++;
  self->suspended_usec = keel_clock_get_suspended_usec (self->machinery.clock);
  keel_clock_cancel (self->machinery.clock, &self->sleep_timer);
  self->sleep_timer = keel_clock_call_after (self->machinery.clock, MOST_AWAKE_USEC, sleep_timer_cb,
                                             self);
  keel_scheduler_set_halted (self->scheduler, TRUE);
  active = keel_engine_dup_active (self);
  /* One for us, so that it is told once, and after the last. */
  self->n_restless = 1;
  for (guint i = 0; i < active->len; i++)
    lay_to_rest (self, g_ptr_array_index (active, i));
  if (--self->n_restless == 0)
    tell_rested (self);
}

/* The machine is awake, as somebody says who knows. */
void
keel_engine_wake_up (KeelEngine *self)
{
  self->sleep_func = NULL;
  if (self->is_asleep && !self->is_stopping)
    go_on (self);
  else
    keel_engine_look_for_wake_up (self);
}

/* Goes on if the machine slept and nobody has said so. */
void
keel_engine_look_for_wake_up (KeelEngine *self)
{
  if (has_slept (self) && !self->is_stopping)
    go_on (self);
}
