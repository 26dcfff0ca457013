/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void keel_background_notice_tell (GtkApplication *application,
                                  GSettings      *settings,
                                  guint           n_active);

G_END_DECLS
