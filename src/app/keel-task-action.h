/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-facts.h"

G_BEGIN_DECLS

/* What can be done with a task: a window action of that name, with the id of the task. */
typedef struct {
  const char *action_name;
  const char *icon_name;
  const char *label;        /* not yet translated */
} KeelTaskAction;

const KeelTaskAction *keel_task_action_for      (const KeelFacts *facts);
gboolean              keel_task_action_has_text (const KeelFacts *facts);
GMenuModel           *keel_task_action_menu     (const KeelFacts *facts,
                                                 guint64          id,
                                                 gboolean         has_file);

G_END_DECLS
