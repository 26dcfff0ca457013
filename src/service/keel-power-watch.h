/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-flow.h"

G_BEGIN_DECLS

#define KEEL_TYPE_POWER_WATCH (keel_power_watch_get_type ())
G_DECLARE_FINAL_TYPE (KeelPowerWatch, keel_power_watch, KEEL, POWER_WATCH, GObject)

/* "changed": whether the battery is nearly empty. */

KeelPowerWatch *keel_power_watch_new    (KeelEngine     *engine,
                                         KeelFlow       *flow);
gboolean        keel_power_watch_is_low (KeelPowerWatch *self);

G_END_DECLS
