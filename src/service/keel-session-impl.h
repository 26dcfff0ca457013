/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-house.h"
#include "keel-ipc.h"

G_BEGIN_DECLS

#define KEEL_TYPE_SESSION_IMPL (keel_session_impl_get_type ())
G_DECLARE_FINAL_TYPE (KeelSessionImpl, keel_session_impl, KEEL, SESSION_IMPL,
                      KeelIpcSessionSkeleton)

KeelSessionImpl *keel_session_impl_new      (const KeelHouse         *house,
                                             const KeelSessionRecord *record);
void             keel_session_impl_reopen   (KeelSessionImpl         *self);
const char      *keel_session_impl_get_path (KeelSessionImpl         *self);

G_END_DECLS
