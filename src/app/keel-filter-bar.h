/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "keel-status.h"
#include "keel-task-filter.h"

G_BEGIN_DECLS

#define KEEL_TYPE_FILTER_BAR (keel_filter_bar_get_type ())
G_DECLARE_FINAL_TYPE (KeelFilterBar, keel_filter_bar, KEEL, FILTER_BAR, AdwBin)

void keel_filter_bar_set_count (KeelFilterBar   *self,
                                KeelTaskFilter   filter,
                                guint            count);
void keel_filter_bar_set_width (KeelFilterBar   *self,
                                KeelStatusWidth  width);

G_END_DECLS
