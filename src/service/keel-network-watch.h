/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-engine.h"
#include "keel-preferences.h"

G_BEGIN_DECLS

typedef struct _KeelNetworkWatch KeelNetworkWatch;

KeelNetworkWatch *keel_network_watch_new  (KeelEngine       *engine,
                                           KeelPreferences  *preferences);
void              keel_network_watch_free (KeelNetworkWatch *self);

G_END_DECLS
