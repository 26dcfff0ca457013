/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

/* The buttons above the list, in their order. The nicknames are those of the GSettings key. */
typedef enum {
  KEEL_TASK_FILTER_ALL,
  KEEL_TASK_FILTER_ACTIVE,
  KEEL_TASK_FILTER_WAITING,
  KEEL_TASK_FILTER_FINISHED,
  KEEL_TASK_FILTER_FAILED,
} KeelTaskFilter;

/* What the tasks of a group are ordered by. The nicknames are those of the GSettings key. */
typedef enum {
  KEEL_TASK_SORT_DATE,
  KEEL_TASK_SORT_NAME,
  KEEL_TASK_SORT_SIZE,
} KeelTaskSort;

#define KEEL_TASK_FILTER_COUNT (KEEL_TASK_FILTER_FAILED + 1)

KeelTaskFilter keel_task_filter_for_state (KeelTaskState  state);
int            keel_task_filter_get_rank  (KeelTaskFilter group);
KeelTaskFilter keel_task_filter_from_nick (const char    *nick);
KeelTaskSort   keel_task_sort_from_nick   (const char    *nick);

G_END_DECLS
