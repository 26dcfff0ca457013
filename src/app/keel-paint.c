/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-paint.h"

/* What our own drawing has to know of the style. */

/* The colour that the style gives to what @widget draws, so much of it. By the way of GTK 4.8,
 * which works with all of GTK 4: what replaced it in 4.10 does not compile while that is the floor.
 */
void
keel_paint_get_color (GtkWidget *widget,
                      double     alpha,
                      GdkRGBA   *out_color)
{
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), out_color);
  out_color->alpha *= (float) alpha;
}
