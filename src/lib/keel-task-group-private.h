/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keel-task-group.h"
#include "keel-task-list.h"

G_BEGIN_DECLS

KeelTaskGroup *keel_task_group_new (KeelTaskList *list,
                                    const char   *name);

G_END_DECLS
