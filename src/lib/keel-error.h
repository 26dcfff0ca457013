/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(KEEL_INSIDE) && !defined(KEEL_COMPILATION)
#error "Only <keel/keel.h> can be included directly."
#endif

#include "keel-enums.h"
#include "keel-types.h"

G_BEGIN_DECLS

#define KEEL_ERROR (keel_error_quark ())
#define KEEL_TASK_ERROR (keel_task_error_quark ())

KEEL_EXTERN GQuark keel_error_quark (void);
KEEL_EXTERN GQuark keel_task_error_quark (void);

G_END_DECLS
