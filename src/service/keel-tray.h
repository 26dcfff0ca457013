/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-activity.h"
#include "keel-house.h"

G_BEGIN_DECLS

typedef struct _KeelTray KeelTray;

KeelTray *keel_tray_new  (const KeelHouse *house,
                          KeelActivity    *activity);
void      keel_tray_free (KeelTray        *self);

G_END_DECLS
