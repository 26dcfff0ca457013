/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-memory-watch.h"

#include "keel-gio-monitor.h"

/* Gives memory back when the machine is short of it, as GMemoryMonitor says
 * (org.freedesktop.LowMemoryMonitor, or the portal): threads that have nothing to do with the
 * sessions and connections that they keep, and what SQLite remembers. What is asked for again is
 * made again.
 *
 * It is watched for from when bytes flow first: before, there is nothing to be given back. */

struct _KeelMemoryWatch {
  KeelEngine *engine; /* (owned) */
  KeelFlow *flow;     /* (owned) */
  gboolean has_asked;
  GCancellable *cancellable; /* (owned) */
  GMemoryMonitor *monitor;   /* (owned) (nullable) */
};

static void
low_memory_cb (GMemoryMonitor             *monitor,
               GMemoryMonitorWarningLevel  level,
               KeelMemoryWatch            *self)
{
  g_debug ("Memory is short, level %d", (int) level);
  keel_engine_release_memory (self->engine);
}

static gpointer
make_monitor (void)
{
  return g_memory_monitor_dup_default ();
}

static void
monitor_made_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  KeelMemoryWatch *self = user_data;
  GMemoryMonitor *monitor = keel_gio_monitor_make_finish (result);

  /* Cancelled: the watch is gone. */
  if (monitor == NULL)
    return;
  self->monitor = monitor;
  g_signal_connect (monitor, "low-memory-warning", G_CALLBACK (low_memory_cb), self);
}

static void
flow_changed_cb (KeelFlow        *flow,
                 KeelMemoryWatch *self)
{
  /* That of the host only listens. */
  static const KeelGioMonitorSource source = {
    .portal_interface = "org.freedesktop.portal.MemoryMonitor",
  };

  if (self->has_asked)
    return;
  self->has_asked = TRUE;
  keel_gio_monitor_make_async (&source, make_monitor, self->cancellable, monitor_made_cb, self);
}

KeelMemoryWatch *
keel_memory_watch_new (KeelEngine *engine,
                       KeelFlow   *flow)
{
  KeelMemoryWatch *self = g_new0 (KeelMemoryWatch, 1);

  self->engine = g_object_ref (engine);
  self->flow = g_object_ref (flow);
  self->cancellable = g_cancellable_new ();
  g_signal_connect (flow, "changed", G_CALLBACK (flow_changed_cb), self);
  return self;
}

void
keel_memory_watch_free (KeelMemoryWatch *self)
{
  g_cancellable_cancel (self->cancellable);
  g_signal_handlers_disconnect_by_data (self->flow, self);
  if (self->monitor != NULL)
    g_signal_handlers_disconnect_by_data (self->monitor, self);
  g_clear_object (&self->monitor);
  g_object_unref (self->cancellable);
  g_object_unref (self->flow);
  g_object_unref (self->engine);
  g_free (self);
}
