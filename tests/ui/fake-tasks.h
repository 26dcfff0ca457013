/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-task-private.h"

G_BEGIN_DECLS

/* Tasks of no service, for tests of what is made of them. */

KeelTask *fake_task_new    (guint64     id,
                            const char *row);
void      fake_task_become (KeelTask   *task,
                            const char *row);

G_END_DECLS
