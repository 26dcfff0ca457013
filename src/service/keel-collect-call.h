/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

#include "keel-engine.h"
#include "keel-watchers.h"

G_BEGIN_DECLS

void keel_collect_call (KeelEngine            *engine,
                        const KeelScope       *scope,
                        GDBusMethodInvocation *invocation,
                        GUnixFDList           *fds,
                        guint64                id,
                        GVariant              *options);

G_END_DECLS
