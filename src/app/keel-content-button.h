/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

void keel_content_button_show_label (GtkButton  *button,
                                     const char *label,
                                     gboolean    is_shown);

G_END_DECLS
