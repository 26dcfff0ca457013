/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KEEL_TYPE_SPACE_BAR (keel_space_bar_get_type ())
G_DECLARE_FINAL_TYPE (KeelSpaceBar, keel_space_bar, KEEL, SPACE_BAR, GtkWidget)

void  keel_space_bar_set  (KeelSpaceBar *self,
                           guint64       size_bytes,
                           guint64       free_bytes,
                           guint64       wanted_bytes);

G_END_DECLS
