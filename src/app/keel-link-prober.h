/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-link-item.h"

G_BEGIN_DECLS

typedef struct _KeelLinkProber KeelLinkProber;

KeelLinkProber  *keel_link_prober_new   (GSettings      *settings);
void             keel_link_prober_free  (KeelLinkProber *self);
void             keel_link_prober_add   (KeelLinkProber *self,
                                         KeelLinkItem   *item);

G_END_DECLS
