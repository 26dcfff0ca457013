/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "keel-status.h"

G_BEGIN_DECLS

#define KEEL_TYPE_BANNER (keel_banner_get_type ())
G_DECLARE_FINAL_TYPE (KeelBanner, keel_banner, KEEL, BANNER, AdwBin)

/* Lasting states, the most important one first. */
typedef enum {
  KEEL_BANNER_SERVICE,
  KEEL_BANNER_FOLDER,
  KEEL_BANNER_SPACE,
  KEEL_BANNER_PORTAL,
  KEEL_BANNER_OFFLINE,
  KEEL_BANNER_METERED,
  KEEL_BANNER_POWER,
  KEEL_BANNER_SAVER,
  KEEL_BANNER_AWAY,
} KeelBannerState;

#define KEEL_BANNER_STATES (KEEL_BANNER_AWAY + 1)

void keel_banner_set_connected (KeelBanner      *self,
                                gboolean         connected);
void keel_banner_set_state     (KeelBanner      *self,
                                KeelBannerState  state,
                                const char      *words);
void keel_banner_set_width     (KeelBanner      *self,
                                KeelStatusWidth  width);

G_END_DECLS
