/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-activity.h"
#include "keel-desktop-verbs.h"

G_BEGIN_DECLS

#define KEEL_TRAY_MENU_PATH "/MenuBar"

typedef struct _KeelTrayMenu KeelTrayMenu;
typedef void (*KeelTrayMenuFunc) (gpointer user_data, KeelDesktopVerb verb);

KeelTrayMenu *keel_tray_menu_new    (GDBusConnection         *connection,
                                     const KeelActivityState *state,
                                     KeelTrayMenuFunc         chosen,
                                     gpointer                 user_data);
void          keel_tray_menu_free   (KeelTrayMenu            *self);
void          keel_tray_menu_update (KeelTrayMenu            *self,
                                     const KeelActivityState *state);

G_END_DECLS
