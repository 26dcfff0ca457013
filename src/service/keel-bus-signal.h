/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void keel_bus_signal_emit      (GDBusConnection *connection,
                                const char      *name,
                                const char      *path,
                                const char      *interface,
                                const char      *signal,
                                GVariant        *parameters);
void keel_bus_signal_broadcast (GDBusConnection *connection,
                                const char      *path,
                                const char      *interface,
                                const char      *signal,
                                GVariant        *parameters);

G_END_DECLS
