/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-enums.h"

G_BEGIN_DECLS

/* The errors of tasks (KeelTaskError) and of calls (KeelError), as the engine makes them. The
 * library has domains of its own for the same numbers. */
#define KEEL_TASK_ERROR (keel_task_error_quark ())
#define KEEL_ERROR (keel_error_quark ())

GQuark        keel_task_error_quark      (void);
GQuark        keel_error_quark           (void);

KeelTaskError keel_task_error_from_errno (int           code);
GError       *keel_task_error_new_errno  (int           code,
                                          const char   *what);
GError       *keel_task_error_convert    (const GError *foreign,
                                          gboolean      in_body);

G_END_DECLS
