/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-flow.h"

G_BEGIN_DECLS

typedef struct _KeelSleepWatch KeelSleepWatch;

KeelSleepWatch *keel_sleep_watch_new  (KeelEngine     *engine,
                                       KeelFlow       *flow);
void            keel_sleep_watch_free (KeelSleepWatch *self);

G_END_DECLS
