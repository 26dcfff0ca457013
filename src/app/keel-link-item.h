/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define KEEL_TYPE_LINK_ITEM (keel_link_item_get_type ())
G_DECLARE_FINAL_TYPE (KeelLinkItem, keel_link_item, KEEL, LINK_ITEM, GObject)

/* Properties "link", "name", "host" (read-only) and "selected". */

KeelLinkItem *keel_link_item_new          (const char   *link);

const char   *keel_link_item_get_link     (KeelLinkItem *self);
gboolean      keel_link_item_get_selected (KeelLinkItem *self);
void          keel_link_item_set_selected (KeelLinkItem *self,
                                           gboolean      selected);

G_END_DECLS
