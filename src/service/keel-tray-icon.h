/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KEEL_TRAY_ICON_STEPS 8

GVariant *keel_tray_icon_new (guint    step,
                              gboolean needs_attention);

G_END_DECLS
