/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-house.h"
#include "keel-ipc.h"

G_BEGIN_DECLS

#define KEEL_TYPE_MANAGER_IMPL (keel_manager_impl_get_type ())
G_DECLARE_FINAL_TYPE (KeelManagerImpl, keel_manager_impl, KEEL, MANAGER_IMPL,
                      KeelIpcManagerSkeleton)

KeelManagerImpl *keel_manager_impl_new    (const KeelHouse  *house);
gboolean         keel_manager_impl_export (KeelManagerImpl  *self,
                                           GError          **error);

G_END_DECLS
