/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-event-record.h"

#include <string.h>

/* One event as it is on disk, and the words for its kinds, which are those of the bus. */

static const char *const kinds[KEEL_EVENT_N_KINDS] = {
  [KEEL_EVENT_RESUMED] = "resumed",       [KEEL_EVENT_CHALLENGE] = "challenge",
  [KEEL_EVENT_NEEDS_LINK] = "needs-link", [KEEL_EVENT_FINISHED] = "finished",
  [KEEL_EVENT_COMPLETED] = "completed",
};

KeelEventRecord *
keel_event_record_new (gint64        session_id,
                       gint64        task_id,
                       KeelEventKind kind)
{
  KeelEventRecord *self = g_new0 (KeelEventRecord, 1);

  self->session_id = session_id;
  self->task_id = task_id;
  self->kind = kind;
  return self;
}

void
keel_event_record_free (KeelEventRecord *self)
{
  g_free (self->details);
  g_free (self);
}

/* Whether it is one of those that belong to the end of a run. */
gboolean
keel_event_record_is_end (const KeelEventRecord *self)
{
  return self->kind == KEEL_EVENT_NEEDS_LINK || self->kind == KEEL_EVENT_FINISHED ||
         self->kind == KEEL_EVENT_COMPLETED;
}

const char *
keel_event_kind_to_string (KeelEventKind kind)
{
  return kinds[kind];
}

gboolean
keel_event_kind_from_string (const char    *word,
                             KeelEventKind *out_kind)
{
  for (KeelEventKind kind = 0; kind < KEEL_EVENT_N_KINDS; kind++)
    if (g_strcmp0 (kinds[kind], word) == 0)
      {
        *out_kind = kind;
        return TRUE;
      }
  return FALSE;
}
