/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "keel-known-links.h"
#include "keel-link-prober.h"

G_BEGIN_DECLS

#define KEEL_TYPE_LINK_LIST (keel_link_list_get_type ())
G_DECLARE_FINAL_TYPE (KeelLinkList, keel_link_list, KEEL, LINK_LIST, AdwBin)

/* Signal "changed": other links are selected. */

void   keel_link_list_add            (KeelLinkList       *self,
                                      GPtrArray          *offers);
guint  keel_link_list_get_n_links    (KeelLinkList       *self);
GPtrArray *keel_link_list_dup_selected (KeelLinkList     *self);
void   keel_link_list_set_prober     (KeelLinkList       *self,
                                      KeelLinkProber     *prober);
void   keel_link_list_set_known      (KeelLinkList       *self,
                                      KeelKnownLinks     *known);
guint64  keel_link_list_get_size     (KeelLinkList       *self,
                                      gboolean           *out_is_whole);

G_END_DECLS
