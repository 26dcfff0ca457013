/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-engine.h"

G_BEGIN_DECLS

#define KEEL_TYPE_FLOW (keel_flow_get_type ())
G_DECLARE_FINAL_TYPE (KeelFlow, keel_flow, KEEL, FLOW, GObject)

/* "changed": the number of transfers whose bytes flow is another one, and was so for half a second;
 * or whether all of them can be resumed. */

KeelFlow *keel_flow_new          (KeelEngine *engine);
guint     keel_flow_get_count    (KeelFlow   *self);
gboolean  keel_flow_is_resumable (KeelFlow   *self);

G_END_DECLS
