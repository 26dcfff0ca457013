/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

typedef struct _KeelKnownLinks KeelKnownLinks;

KeelKnownLinks *keel_known_links_new   (GListModel     *tasks);
void            keel_known_links_free  (KeelKnownLinks *self);

guint64         keel_known_links_find  (KeelKnownLinks *self,
                                        const char     *link);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelKnownLinks, keel_known_links_free)

G_END_DECLS
