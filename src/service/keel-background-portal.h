/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-activity.h"
#include "keel-house.h"

G_BEGIN_DECLS

typedef struct _KeelBackgroundPortal KeelBackgroundPortal;

KeelBackgroundPortal *keel_background_portal_new  (const KeelHouse      *house,
                                                   KeelActivity         *activity);
void                  keel_background_portal_free (KeelBackgroundPortal *self);

G_END_DECLS
