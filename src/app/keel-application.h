/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define KEEL_TYPE_APPLICATION (keel_application_get_type ())
G_DECLARE_FINAL_TYPE (KeelApplication, keel_application, KEEL, APPLICATION, AdwApplication)

KeelApplication *keel_application_new (void);

G_END_DECLS
