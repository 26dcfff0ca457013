/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

/* How the tasks that are followed are shown while they are. */
typedef enum {
  KEEL_VIEW_NOTHING,
  KEEL_VIEW_BARS,  /* a progress bar each, redrawn in place */
  KEEL_VIEW_LINES, /* a line for each change of state */
  KEEL_VIEW_JSON,  /* an object for each change of anything */
} KeelViewKind;

typedef struct _KeelView KeelView;

KeelViewKind  keel_view_choose     (gboolean      json);

KeelView     *keel_view_new        (KeelViewKind  kind);
void          keel_view_free       (KeelView     *self);
void          keel_view_add        (KeelView     *self,
                                    KeelTask     *task);
void          keel_view_remove     (KeelView     *self,
                                    KeelTask     *task);
void          keel_view_show_state (KeelView     *self,
                                    KeelTask     *task);
void          keel_view_resize     (KeelView     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelView, keel_view_free)

G_END_DECLS
