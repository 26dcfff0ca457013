/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

gboolean  keel_time_spin_output_cb  (GtkSpinButton *spin);
int       keel_time_spin_input_cb   (GtkSpinButton *spin,
                                     double        *out_value);

G_END_DECLS
