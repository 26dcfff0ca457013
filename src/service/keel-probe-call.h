/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-house.h"

G_BEGIN_DECLS

void keel_probe_call (const KeelHouse       *house,
                      gint64                 session_id,
                      GDBusMethodInvocation *invocation,
                      const char            *uri,
                      GVariant              *options);

G_END_DECLS
