/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Gives one of GIO's monitors; may block. (transfer full) */
typedef gpointer (*KeelGioMonitorFunc) (void);

/* Whom a monitor asks when it is made, and under which interface, on the system bus; and in a
 * sandbox, where it is the portal. */
typedef struct {
  const char *name; /* (nullable) nobody */
  const char *path;
  const char *interface;
  const char *portal_interface;
} KeelGioMonitorSource;

void     keel_gio_monitor_make_async  (const KeelGioMonitorSource *source,
                                       KeelGioMonitorFunc          func,
                                       GCancellable               *cancellable,
                                       GAsyncReadyCallback         callback,
                                       gpointer                    user_data);
gpointer keel_gio_monitor_make_finish (GAsyncResult               *result);

G_END_DECLS
