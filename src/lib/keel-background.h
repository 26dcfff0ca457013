/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(KEEL_INSIDE) && !defined(KEEL_COMPILATION)
#error "Only <keel/keel.h> can be included directly."
#endif

#include "keel-types.h"

G_BEGIN_DECLS

#define KEEL_TYPE_BACKGROUND (keel_background_get_type ())
KEEL_EXTERN G_DECLARE_FINAL_TYPE (KeelBackground, keel_background, KEEL, BACKGROUND, GObject)

KEEL_EXTERN KeelBackground *keel_application_attach (GApplication *application);

G_END_DECLS
