/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define KEEL_TYPE_LINK_LIST (keel_link_list_get_type ())
G_DECLARE_FINAL_TYPE (KeelLinkList, keel_link_list, KEEL, LINK_LIST, AdwBin)

/* Signal "changed": other links are selected. */

void   keel_link_list_add            (KeelLinkList       *self,
                                      const char *const  *links);
guint  keel_link_list_get_n_links    (KeelLinkList       *self);
GStrv  keel_link_list_dup_selected   (KeelLinkList       *self);

G_END_DECLS
