/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-activity.h"
#include "keel-house.h"

G_BEGIN_DECLS

typedef struct _KeelJobViews KeelJobViews;

KeelJobViews *keel_job_views_new  (const KeelHouse *house,
                                   KeelActivity    *activity);
void          keel_job_views_free (KeelJobViews    *self);

G_END_DECLS
