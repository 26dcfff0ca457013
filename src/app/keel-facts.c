/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-facts.h"

#include "keel-app-words.h"

/* A task, looked at once. What a row says and offers is worked out from these plain values, not
 * from the task itself: so it can be tested without a service, and so a row may show a state that
 * was asked for a moment before the service confirms it. */

void
keel_facts_from_task (KeelFacts *facts,
                      KeelTask  *task)
{
  const GError *error = keel_task_get_error (task);
  const KeelAppWords *app = keel_app_words_for (keel_task_get_app (task));

  *facts = (KeelFacts) {
    .state = keel_task_get_state (task),
    .wait_reason = keel_task_get_wait_reason (task),
    .wait_detail = keel_task_get_wait_detail (task),
    .pause_reason = keel_task_get_pause_reason (task),
    .has_error = error != NULL,
    .error_code = error != NULL && error->domain == KEEL_TASK_ERROR ? (KeelTaskError) error->code :
                                                                      KEEL_TASK_ERROR_INTERNAL,
    .error_http_status = keel_task_get_error_http_status (task),
    .error_details = keel_task_get_error_details (task),
    .received_bytes = keel_task_get_received (task),
    .total_bytes = keel_task_get_total (task),
    .rate_bps = keel_task_get_rate (task),
    .left_seconds = KEEL_PACE_UNKNOWN,
    .name = keel_task_get_title (task),
    .file_name = keel_task_get_name (task),
    .uri = keel_task_get_effective_uri (task),
    .app_name = app != NULL ? app->name : NULL,
    .wait_until = keel_task_get_wait_until (task),
    .finished = keel_task_get_finished (task),
  };

  if (facts->name == NULL || *facts->name == '\0')
    facts->name = keel_task_get_name (task);
  if (facts->uri == NULL)
    facts->uri = keel_task_get_uri (task);
  if (facts->total_bytes > 0)
    facts->fraction = MIN ((double) facts->received_bytes / (double) facts->total_bytes, 1.0);
}

/* Without a size there is nothing to fill; without a byte nothing to see; what has ended is not on
 * its way any more. */
gboolean
keel_facts_has_bar (const KeelFacts *facts)
{
  switch (facts->state)
    {
    case KEEL_TASK_STATE_RUNNING:
    case KEEL_TASK_STATE_VERIFYING:
      return facts->total_bytes > 0;

    case KEEL_TASK_STATE_QUEUED:
    case KEEL_TASK_STATE_WAITING:
    case KEEL_TASK_STATE_PAUSED:
      return facts->total_bytes > 0 && facts->received_bytes > 0;

    case KEEL_TASK_STATE_FINISHED:
    case KEEL_TASK_STATE_FAILED:
    case KEEL_TASK_STATE_CANCELLED:
    default:
      return FALSE;
    }
}
