/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-gio-monitor.h"

#include "keel-caller-proc.h"
#include "keel-gio-defaults.h"

/* Makes GIO's monitors (of the network, of memory, of power) without anybody having to wait.
 *
 * A monitor asks NetworkManager, or the portal, when it is made, and waits up to 25 s for the
 * answer. A thread of its own for that is not enough: GIO makes all its defaults under one lock
 * (_g_io_module_get_default() in giomodule.c), so meanwhile no worker gets a proxy resolver or TLS,
 * and whoever opens settings, which is the main thread, waits as well. One program that hangs would
 * stop all downloads.
 *
 * So it is asked here first, asynchronously, for the same thing. While it does not answer there is
 * no monitor, however long that is; when it has answered, or it is known that there is nobody, the
 * monitor is made, in a thread, and does not have to wait. */

#define PORTAL_NAME "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"

typedef struct {
  KeelGioMonitorSource source;
  KeelGioMonitorFunc func;
} Making;

static void
make (GTask        *task,
      gpointer      source,
      gpointer      data,
      GCancellable *cancellable)
{
  const Making *making = data;
  gpointer monitor;

  keel_gio_defaults_lock ();
  monitor = making->func ();
  keel_gio_defaults_unlock ();
  g_task_return_pointer (task, monitor, g_object_unref);
}

static void
asked_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    g_debug ("A monitor: %s", error->message);
  if (!g_task_return_error_if_cancelled (task))
    g_task_run_in_thread (task, make);
}

static void
bus_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);
  const KeelGioMonitorSource *wanted = &((Making *) g_task_get_task_data (task))->source;
  gboolean is_portal = g_strcmp0 (wanted->name, PORTAL_NAME) == 0;

  if (g_task_return_error_if_cancelled (task))
    return;
  if (bus == NULL)
    {
      g_debug ("A monitor: %s", error->message);
      g_task_run_in_thread (task, make);
      return;
    }
  if (!is_portal)
    g_dbus_connection_set_exit_on_close (bus, FALSE);
  /* As GIO does it: of these only the portal is started. */
  g_dbus_connection_call (bus, wanted->name, wanted->path, "org.freedesktop.DBus.Properties",
                          "GetAll", g_variant_new ("(s)", wanted->interface), NULL,
                          is_portal ? G_DBUS_CALL_FLAGS_NONE : G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          G_MAXINT, g_task_get_cancellable (task), asked_cb, g_object_ref (task));
}

/* @callback comes when there is one, which may be never, or when @cancellable is cancelled. The
 * strings of @source are static. */
void
keel_gio_monitor_make_async (const KeelGioMonitorSource *source,
                             KeelGioMonitorFunc          func,
                             GCancellable               *cancellable,
                             GAsyncReadyCallback         callback,
                             gpointer                    user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Making *making = g_new0 (Making, 1);
  gboolean is_portal = keel_caller_proc_are_we_sandboxed ();

  making->source = *source;
  making->func = func;
  if (is_portal)
    {
      making->source.name = PORTAL_NAME;
      making->source.path = PORTAL_PATH;
      making->source.interface = source->portal_interface;
    }
  g_task_set_source_tag (task, keel_gio_monitor_make_async);
  g_task_set_task_data (task, making, g_free);
  if (making->source.name == NULL)
    g_task_run_in_thread (task, make);
  else
    g_bus_get (is_portal ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, cancellable, bus_cb,
               g_object_ref (task));
}

/* NULL: it was cancelled, and @user_data may be gone. (transfer full) (nullable) */
gpointer
keel_gio_monitor_make_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
