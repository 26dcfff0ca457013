/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

#include "keel-offer.h"

G_BEGIN_DECLS

typedef enum
{
  KEEL_LINK_UNKNOWN, /* nobody has looked, or it could not be done */
  KEEL_LINK_ASKING,
  KEEL_LINK_FOUND,
  KEEL_LINK_FAILED,
} KeelLinkState;

#define KEEL_TYPE_LINK_ITEM (keel_link_item_get_type ())
G_DECLARE_FINAL_TYPE (KeelLinkItem, keel_link_item, KEEL, LINK_ITEM, GObject)

/* Property "selected": whether it will be added; set by a box to tick. "name" and "host" are for
 * display. Signal "answered": what is known of it is new. */

KeelLinkItem   *keel_link_item_new           (KeelOffer    *offer);

KeelOffer      *keel_link_item_get_offer     (KeelLinkItem *self);
const char     *keel_link_item_get_link      (KeelLinkItem *self);
gboolean        keel_link_item_get_size      (KeelLinkItem *self,
                                              guint64      *out_bytes);
gboolean        keel_link_item_get_selected  (KeelLinkItem *self);
void            keel_link_item_set_selected  (KeelLinkItem *self,
                                              gboolean      selected);
KeelLinkState   keel_link_item_get_state     (KeelLinkItem *self);
KeelProbe      *keel_link_item_get_probe     (KeelLinkItem *self);
const char     *keel_link_item_get_trouble   (KeelLinkItem *self);
void            keel_link_item_set_known     (KeelLinkItem *self);
void            keel_link_item_set_asking    (KeelLinkItem *self);
void            keel_link_item_take_answer   (KeelLinkItem *self,
                                              KeelProbe    *probe,
                                              const GError *error);

G_END_DECLS
