/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

typedef struct _KeelTaskSearch KeelTaskSearch;

KeelTaskSearch *keel_task_search_new     (const char           *text);
void            keel_task_search_free    (KeelTaskSearch       *self);

gboolean        keel_task_search_equal   (const KeelTaskSearch *self,
                                          const KeelTaskSearch *other);
gboolean        keel_task_search_matches (const KeelTaskSearch *self,
                                          KeelTask             *task);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelTaskSearch, keel_task_search_free)

G_END_DECLS
