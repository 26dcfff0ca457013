/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-house.h"

G_BEGIN_DECLS

typedef struct _KeelDesktop KeelDesktop;

KeelDesktop *keel_desktop_new  (const KeelHouse *house);
void         keel_desktop_free (KeelDesktop     *self);

G_END_DECLS
