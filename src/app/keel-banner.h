/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "keel-status.h"

G_BEGIN_DECLS

#define KEEL_TYPE_BANNER (keel_banner_get_type ())
G_DECLARE_FINAL_TYPE (KeelBanner, keel_banner, KEEL, BANNER, AdwBin)

void keel_banner_set_connected (KeelBanner      *self,
                                gboolean         connected);
void keel_banner_set_width     (KeelBanner      *self,
                                KeelStatusWidth  width);

G_END_DECLS
