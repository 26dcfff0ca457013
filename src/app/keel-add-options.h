/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <keel/keel.h>

#include "keel-offer.h"

G_BEGIN_DECLS

#define KEEL_TYPE_ADD_OPTIONS (keel_add_options_get_type ())
G_DECLARE_FINAL_TYPE (KeelAddOptions, keel_add_options, KEEL, ADD_OPTIONS, AdwExpanderRow)

/* Signal "submit": Return in a line. Signal "resized": there are more or fewer rows. */

void      keel_add_options_set_many  (KeelAddOptions *self,
                                      gboolean        has_many);
gboolean  keel_add_options_check     (KeelAddOptions *self);
void      keel_add_options_fill_in   (KeelAddOptions *self,
                                      KeelOffer      *offer);
void      keel_add_options_complete  (KeelAddOptions *self,
                                      KeelOffer      *offer);
void      keel_add_options_apply     (KeelAddOptions *self,
                                      KeelDownload   *download);
gboolean  keel_add_options_blame     (KeelAddOptions *self,
                                      const GError   *error);

G_END_DECLS
