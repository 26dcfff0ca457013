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

typedef enum {
  KEEL_TASK_MENU_LIST,
  KEEL_TASK_MENU_DETAILS,
} KeelTaskMenu;

const KeelTaskAction *keel_task_action_for      (const KeelFacts *facts);
gboolean              keel_task_action_has_text (const KeelFacts *facts);
GMenuModel           *keel_task_action_menu     (const KeelFacts *facts,
                                                 guint64          id,
                                                 gboolean         has_file,
                                                 KeelTaskMenu     place);

G_END_DECLS
