/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-activity.h"
#include "keel-house.h"

G_BEGIN_DECLS

#define KEEL_TRAY_WATCHER "org.kde.StatusNotifierWatcher"

typedef struct _KeelTrayItem KeelTrayItem;

KeelTrayItem *keel_tray_item_new  (GDBusConnection *connection,
                                   const KeelHouse *house,
                                   KeelActivity    *activity);
void          keel_tray_item_free (KeelTrayItem    *self);

G_END_DECLS
