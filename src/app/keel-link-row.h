/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "keel-link-item.h"

G_BEGIN_DECLS

#define KEEL_TYPE_LINK_ROW (keel_link_row_get_type ())
G_DECLARE_FINAL_TYPE (KeelLinkRow, keel_link_row, KEEL, LINK_ROW, GtkWidget)

GtkWidget *keel_link_row_new      (void);
void       keel_link_row_set_item (KeelLinkRow  *self,
                                   KeelLinkItem *item);

G_END_DECLS
