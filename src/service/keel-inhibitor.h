/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-flow.h"
#include "keel-power-watch.h"
#include "keel-preferences.h"

G_BEGIN_DECLS

typedef struct _KeelInhibitor KeelInhibitor;

KeelInhibitor *keel_inhibitor_new  (GDBusConnection *session,
                                    KeelClock       *clock,
                                    KeelFlow        *flow,
                                    KeelPowerWatch  *power,
                                    KeelPreferences *preferences,
                                    gboolean         is_sandboxed);
void           keel_inhibitor_free (KeelInhibitor   *self);

G_END_DECLS
