/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-flow.h"

/* How many transfers bytes flow for, for those who ask something of the machine as long as they do.
 *
 * It is the engine's count of slots that are taken, looked at when a transfer changes, and told
 * when it has been so for half a second: many small files one after the other are one flow, and one
 * that is over at once is none. While nothing changes there is no timer. */

#define SETTLE_USEC ((gint64) G_USEC_PER_SEC / 2)

struct _KeelFlow {
  GObject parent_instance;

  KeelEngine *engine; /* (owned) */
  guint count;        /* these two: as it was told */
  gboolean is_resumable;
  guint timer;
};

G_DEFINE_FINAL_TYPE (KeelFlow, keel_flow, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

/* Whether all that runs could go on where it was if it were stopped now. Of one that has nothing
 * yet there is nothing to lose. */
static gboolean
look_for_resumable (KeelFlow *self)
{
  GHashTableIter iter;
  gpointer transfer;

  g_hash_table_iter_init (&iter, keel_engine_get_active (self->engine));
  while (g_hash_table_iter_next (&iter, &transfer, NULL))
    if (keel_transfer_is_busy (transfer) && keel_transfer_get_received (transfer) > 0 &&
        !keel_transfer_get_record (transfer)->accepts_ranges)
      return FALSE;
  return TRUE;
}

static void
look (KeelFlow *self,
      guint     count)
{
  gboolean is_resumable = count == 0 || look_for_resumable (self);

  if (count == self->count && is_resumable == self->is_resumable)
    return;
  self->count = count;
  self->is_resumable = is_resumable;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
timer_cb (gpointer user_data)
{
  KeelFlow *self = user_data;

  self->timer = 0;
  look (self, keel_engine_count_running (self->engine));
}

/* What a server can do is known some time after it runs. */
static void
ticked_cb (KeelEngine *engine,
           KeelFlow   *self)
{
  if (self->count > 0)
    look (self, self->count);
}

static void
transfer_changed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelFlow     *self)
{
  if (self->timer == 0 && keel_engine_count_running (engine) != self->count)
    self->timer = keel_clock_call_after (keel_engine_get_clock (engine), SETTLE_USEC, timer_cb,
                                         self);
}

guint
keel_flow_get_count (KeelFlow *self)
{
  return self->count;
}

/* Whether nothing would be lost if all that runs were stopped now. */
gboolean
keel_flow_is_resumable (KeelFlow *self)
{
  return self->is_resumable;
}

static void
keel_flow_dispose (GObject *object)
{
  KeelFlow *self = KEEL_FLOW (object);

  if (self->engine != NULL)
    {
      keel_clock_cancel (keel_engine_get_clock (self->engine), &self->timer);
      g_signal_handlers_disconnect_by_data (self->engine, self);
    }
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (keel_flow_parent_class)->dispose (object);
}

static void
keel_flow_class_init (KeelFlowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = keel_flow_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", KEEL_TYPE_FLOW, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
keel_flow_init (KeelFlow *self)
{
}

KeelFlow *
keel_flow_new (KeelEngine *engine)
{
  KeelFlow *self = g_object_new (KEEL_TYPE_FLOW, NULL);

  self->engine = g_object_ref (engine);
  self->is_resumable = TRUE;
  g_signal_connect (engine, "transfer-changed", G_CALLBACK (transfer_changed_cb), self);
  g_signal_connect (engine, "transfer-removed", G_CALLBACK (transfer_changed_cb), self);
  g_signal_connect (engine, "ticked", G_CALLBACK (ticked_cb), self);
  return self;
}
