/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void keel_paint_get_color (GtkWidget *widget,
                           double     alpha,
                           GdkRGBA   *out_color);

G_END_DECLS
