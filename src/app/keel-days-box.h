/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KEEL_TYPE_DAYS_BOX (keel_days_box_get_type ())
G_DECLARE_FINAL_TYPE (KeelDaysBox, keel_days_box, KEEL, DAYS_BOX, GtkBox)

guint  keel_days_box_get_days  (KeelDaysBox  *self);
void   keel_days_box_set_days  (KeelDaysBox  *self,
                                guint         days);

G_END_DECLS
