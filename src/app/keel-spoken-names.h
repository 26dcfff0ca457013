/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void keel_spoken_names_complete (GtkWidget *root);

G_END_DECLS
