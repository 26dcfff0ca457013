/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-clock.h"

G_BEGIN_DECLS

typedef struct _KeelTestClock KeelTestClock;

KeelTestClock *keel_test_clock_export (GDBusConnection *connection,
                                       KeelClock       *clock);
void           keel_test_clock_free   (KeelTestClock   *self);

G_END_DECLS
