/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-enums.h"

G_BEGIN_DECLS

const char *keel_bus_error_get_name (KeelError              code);
void        keel_bus_error_return   (GDBusMethodInvocation *invocation,
                                     const GError          *error);
void        keel_bus_error_refuse   (GDBusMethodInvocation *invocation,
                                     KeelError              code,
                                     const char            *message);

G_END_DECLS
