/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _KeelDoor KeelDoor;

KeelDoor *keel_door_new    (GDBusConnection *connection);
void      keel_door_free   (KeelDoor        *self);

void      keel_door_join   (KeelDoor        *self,
                            const char      *name,
                            const char      *app);
void      keel_door_forget (KeelDoor        *self,
                            const char      *name);

G_END_DECLS
