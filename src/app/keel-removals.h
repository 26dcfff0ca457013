/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "keel-task-sections.h"

G_BEGIN_DECLS

#define KEEL_TYPE_REMOVALS (keel_removals_get_type ())
G_DECLARE_FINAL_TYPE (KeelRemovals, keel_removals, KEEL, REMOVALS, GObject)

/* Property "pending": whether something can be undone. Signal "undone" (KeelTask): it was; the
 * first of those that are back. */

KeelRemovals *keel_removals_new         (KeelManager      *manager,
                                         KeelTaskSections *sections,
                                         AdwToastOverlay  *overlay);

gboolean      keel_removals_get_pending (KeelRemovals     *self);
void          keel_removals_add         (KeelRemovals     *self,
                                         GPtrArray        *tasks);
void          keel_removals_add_with_file (KeelRemovals *self,
                                           KeelTask     *task);
void          keel_removals_undo        (KeelRemovals     *self);
void          keel_removals_carry_out   (KeelRemovals     *self);

G_END_DECLS
