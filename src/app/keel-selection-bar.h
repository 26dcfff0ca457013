/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <keel/keel.h>

#include "keel-status.h"

G_BEGIN_DECLS

#define KEEL_TYPE_SELECTION_BAR (keel_selection_bar_get_type ())
G_DECLARE_FINAL_TYPE (KeelSelectionBar, keel_selection_bar, KEEL, SELECTION_BAR, AdwBin)

gboolean    keel_selection_bar_fits      (KeelVerb          verb,
                                          KeelTask         *task);
GMenuModel *keel_selection_bar_menu      (GPtrArray        *tasks);
void        keel_selection_bar_show      (KeelSelectionBar *self,
                                          GPtrArray        *tasks);
void        keel_selection_bar_set_width (KeelSelectionBar *self,
                                          KeelStatusWidth   width);

G_END_DECLS
