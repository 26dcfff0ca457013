/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-enums.h"

G_BEGIN_DECLS

void keel_bus_error_return (GDBusMethodInvocation *invocation,
                            const GError          *error);
void keel_bus_error_refuse (GDBusMethodInvocation *invocation,
                            KeelError              code,
                            const char            *message);

G_END_DECLS
