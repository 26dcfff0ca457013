/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-house.h"
#include "keel-ipc.h"

G_BEGIN_DECLS

#define KEEL_TYPE_SESSIONS_IMPL (keel_sessions_impl_get_type ())
G_DECLARE_FINAL_TYPE (KeelSessionsImpl, keel_sessions_impl, KEEL, SESSIONS_IMPL,
                      KeelIpcServiceSkeleton)

KeelSessionsImpl *keel_sessions_impl_new    (const KeelHouse   *house);
gboolean          keel_sessions_impl_export (KeelSessionsImpl  *self,
                                             GError           **error);

G_END_DECLS
