/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-filter.h"

/* Which of the four groups a task is in: the groups of the list and the buttons above it are the
 * same ones. */

static const char *const NICKS[KEEL_TASK_FILTER_COUNT] = {
  [KEEL_TASK_FILTER_ALL] = "all",         [KEEL_TASK_FILTER_ACTIVE] = "active",
  [KEEL_TASK_FILTER_WAITING] = "waiting", [KEEL_TASK_FILTER_FINISHED] = "finished",
  [KEEL_TASK_FILTER_FAILED] = "failed",
};

/* What was cancelled has ended, like what has finished: both are put away by their day. */
KeelTaskFilter
keel_task_filter_for_state (KeelTaskState state)
{
  switch (state)
    {
    case KEEL_TASK_STATE_RUNNING:
    case KEEL_TASK_STATE_VERIFYING:
      return KEEL_TASK_FILTER_ACTIVE;

    case KEEL_TASK_STATE_FINISHED:
    case KEEL_TASK_STATE_CANCELLED:
      return KEEL_TASK_FILTER_FINISHED;

    case KEEL_TASK_STATE_FAILED:
      return KEEL_TASK_FILTER_FAILED;

    case KEEL_TASK_STATE_QUEUED:
    case KEEL_TASK_STATE_WAITING:
    case KEEL_TASK_STATE_PAUSED:
    default:
      return KEEL_TASK_FILTER_WAITING;
    }
}

/* The order of the window: what runs, what will, what needs somebody, what is done, newest first.
 */
int
keel_task_filter_get_rank (KeelTaskFilter group)
{
  switch (group)
    {
    case KEEL_TASK_FILTER_ACTIVE:
      return 0;
    case KEEL_TASK_FILTER_WAITING:
      return 1;
    case KEEL_TASK_FILTER_FAILED:
      return 2;
    case KEEL_TASK_FILTER_FINISHED:
    case KEEL_TASK_FILTER_ALL:
    default:
      return 3;
    }
}

KeelTaskFilter
keel_task_filter_from_nick (const char *nick)
{
  for (guint i = 0; i < KEEL_TASK_FILTER_COUNT; i++)
    {
      if (g_strcmp0 (nick, NICKS[i]) == 0)
        return (KeelTaskFilter) i;
    }

  return KEEL_TASK_FILTER_ALL;
}

KeelTaskSort
keel_task_sort_from_nick (const char *nick)
{
  if (g_strcmp0 (nick, "name") == 0)
    return KEEL_TASK_SORT_NAME;
  if (g_strcmp0 (nick, "size") == 0)
    return KEEL_TASK_SORT_SIZE;

  return KEEL_TASK_SORT_DATE;
}
