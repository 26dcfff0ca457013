/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <keel/keel.h>

#include "keel-status.h"

G_BEGIN_DECLS

#define KEEL_TYPE_DETAILS_PAGE (keel_details_page_get_type ())
G_DECLARE_FINAL_TYPE (KeelDetailsPage, keel_details_page, KEEL, DETAILS_PAGE, AdwBin)

KeelTask *keel_details_page_get_task  (KeelDetailsPage *self);
void      keel_details_page_set_task  (KeelDetailsPage *self,
                                       KeelTask        *task);
void      keel_details_page_set_width (KeelDetailsPage *self,
                                       KeelStatusWidth  width);
void      keel_details_page_start     (KeelDetailsPage *self);

G_END_DECLS
