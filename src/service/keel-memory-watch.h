/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-flow.h"

G_BEGIN_DECLS

typedef struct _KeelMemoryWatch KeelMemoryWatch;

KeelMemoryWatch *keel_memory_watch_new  (KeelEngine      *engine,
                                         KeelFlow        *flow);
void             keel_memory_watch_free (KeelMemoryWatch *self);

G_END_DECLS
