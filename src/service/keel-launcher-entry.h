/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-activity.h"

G_BEGIN_DECLS

typedef struct _KeelLauncherEntry KeelLauncherEntry;

KeelLauncherEntry *keel_launcher_entry_new  (GDBusConnection   *connection,
                                             KeelActivity      *activity);
void               keel_launcher_entry_free (KeelLauncherEntry *self);

G_END_DECLS
