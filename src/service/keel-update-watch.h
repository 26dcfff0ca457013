/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-clock.h"

G_BEGIN_DECLS

typedef struct _KeelUpdateWatch KeelUpdateWatch;
typedef void (*KeelUpdateWatchFunc) (gpointer user_data);

KeelUpdateWatch *keel_update_watch_new  (KeelClock           *clock,
                                         gboolean             is_sandboxed,
                                         KeelUpdateWatchFunc  updated,
                                         gpointer             user_data);
void             keel_update_watch_free (KeelUpdateWatch     *self);

G_END_DECLS
