/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

#include "keel-uri.h"

/* What somebody may ask of a transfer, and what it does then.
 *
 * The table says in which states a verb makes sense. A verb that asks for what is so already is
 * granted without doing anything, so that asking twice is not an error; what makes no sense is
 * refused and changes nothing. */

#define IN(state) (1u << KEEL_TRANSFER_##state)
#define ACTIVE (IN (QUEUED) | IN (WAITING) | IN (RUNNING) | IN (VERIFYING))

/* From which states a verb does something, in which it is already true, and which tasks are meant
 * when somebody says "all": not those that he would have to name. */
static const struct {
  guint works;
  guint is_so;
  guint all;
} verbs[] = {
  [KEEL_CONTROL_PAUSE] = { ACTIVE, IN (PAUSED), ACTIVE },
  [KEEL_CONTROL_RESUME] = { IN (PAUSED), ACTIVE | IN (PUBLISHING), IN (PAUSED) },
  [KEEL_CONTROL_RETRY] = { IN (WAITING) | IN (FAILED) | IN (CANCELLED) | IN (FINISHED),
                           IN (QUEUED) | IN (RUNNING) | IN (VERIFYING) | IN (PUBLISHING),
                           IN (WAITING) | IN (FAILED) },
  [KEEL_CONTROL_CANCEL] = { ACTIVE | IN (PAUSED) | IN (FAILED), IN (CANCELLED),
                            ACTIVE | IN (PAUSED) | IN (FAILED) },
  [KEEL_CONTROL_REMOVE] = { ACTIVE | IN (PAUSED) | IN (FAILED) | IN (CANCELLED) | IN (FINISHED),
                            IN (DELETING),
                            ACTIVE | IN (PAUSED) | IN (FAILED) | IN (CANCELLED) | IN (FINISHED) },
};

/* Whether it is one of those that @verb means when it is said of all tasks. */
gboolean
keel_transfer_is_meant_by_all (KeelTransfer *self,
                               KeelControl   verb)
{
  return (verbs[verb].all & (1u << self->record->state)) != 0;
}

static void
control_retry (KeelTransfer *self)
{
  KeelTransferRecord *record = self->record;
  gboolean has_nothing = record->part_name == NULL;

  keel_transfer_remark_end (self);
  keel_transfer_return_to_spool (self);
  /* It had come to an end, and is wanted again as things are now. */
  if (record->state == KEEL_TRANSFER_FINISHED || record->state == KEEL_TRANSFER_CANCELLED)
    record->conflict_usec = g_get_real_time ();
  /* These would only find the same bytes wrong, or there, again. */
  if (record->state == KEEL_TRANSFER_FINISHED || record->error_code == KEEL_TASK_ERROR_CHECKSUM ||
      has_nothing)
    keel_transfer_start_over (self, has_nothing);
  if (has_nothing)
    {
      /* Nothing is left of the last time: this is another download, with a name of its own. */
      g_clear_pointer (&record->name, g_free);
      record->resumed_bytes = 0;
      record->refetched_bytes = 0;
      record->resumes = 0;
      record->running_usec = 0;
    }
  record->failures_running = 0;
  record->failing_since_usec = 0;
  record->finished_usec = 0;
  record->not_before_usec = -1;
  record->changes = 0;
  keel_transfer_reset_time (self);
  /* An answer that nobody has judged yet stays one. */
  self->n_answers = self->credentials != NULL ? MIN (self->n_answers, 1) : 0;
  keel_transfer_clear_error (self);
  keel_transfer_enqueue (self);
}

static void
control_cancel (KeelTransfer      *self,
                KeelTransferState  state)
{
  if (state == KEEL_TRANSFER_CANCELLED)
    keel_transfer_remark_end (self);
  keel_transfer_set_state (self, state);
  self->record->finished_usec = keel_clock_get_wall_usec (self->machinery->clock);
  keel_transfer_note_end (self);
  keel_transfer_stop_io (self);
  keel_transfer_save (self);
  keel_transfer_changed (self);
  keel_transfer_settle (self);
}

/* Does what somebody asked for. FALSE when the state makes no sense of it. */
gboolean
keel_transfer_control (KeelTransfer *self,
                       KeelControl   verb)
{
  if ((verbs[verb].is_so & (1u << self->record->state)) != 0)
    return TRUE;
  if ((verbs[verb].works & (1u << self->record->state)) == 0)
    return FALSE;
  switch (verb)
    {
    case KEEL_CONTROL_PAUSE:
      keel_transfer_pause (self, KEEL_PAUSE_REASON_USER);
      break;
    case KEEL_CONTROL_RESUME:
      /* Somebody has looked at it: it may change as often again. */
      if (self->record->pause_reason == KEEL_PAUSE_REASON_UNSTABLE)
        self->record->changes = 0;
      keel_transfer_enqueue (self);
      break;
    case KEEL_CONTROL_RETRY:
      control_retry (self);
      break;
    case KEEL_CONTROL_CANCEL:
      control_cancel (self, KEEL_TRANSFER_CANCELLED);
      break;
    case KEEL_CONTROL_REMOVE:
    default:
      control_cancel (self, KEEL_TRANSFER_DELETING);
      break;
    }
  return TRUE;
}

/* Whether a new link makes sense: there is something left to fetch. */
gboolean
keel_transfer_can_set_uri (KeelTransfer *self)
{
  return ((ACTIVE | IN (PAUSED) | IN (FAILED) | IN (CANCELLED)) & (1u << self->record->state)) != 0;
}

/* Fetches the rest from @uri, which has been checked: a link expired, and here is another one. What
 * is on disk is kept if the size and the last bytes agree. Headers and credentials go with it only
 * to the same server. What had stopped for an error goes on; what is paused stays paused. */
void
keel_transfer_set_uri (KeelTransfer *self,
                       const char   *uri)
{
  KeelTransferRecord *record = self->record;

  if (!keel_uri_is_same_origin (record->uri, uri))
    {
      g_clear_pointer (&record->headers, g_free);
      keel_transfer_forget_foreign_credentials (self, uri);
    }
  g_free (record->uri);
  record->uri = g_strdup (uri);
  keel_transfer_remark (self, "link");
  g_clear_pointer (&record->effective_uri, g_free);
  record->is_rebound = keel_transfer_get_received (self) > 0;
  record->has_ended = FALSE;
  self->is_alone = FALSE;
  self->source = 0;
  self->answered = 0;
  self->has_new_uri = self->attempt != NULL;
  if (record->state == KEEL_TRANSFER_FAILED || record->state == KEEL_TRANSFER_WAITING)
    {
      control_retry (self);
      return;
    }
  if (self->attempt != NULL)
    keel_attempt_interrupt (self->attempt);
  keel_transfer_save (self);
  keel_transfer_changed (self);
}

void
keel_transfer_set_max_rate (KeelTransfer *self,
                            guint64       bytes_per_second)
{
  self->record->max_rate_bps = bytes_per_second;
  keel_rate_limiter_set_rate (self->limiter, bytes_per_second);
  keel_transfer_save (self);
  keel_transfer_changed (self);
}

/* At most so many connections at once, of KEEL_TRANSFER_MOST_CONNECTIONS; 0: as many as are of
 * use. */
void
keel_transfer_set_max_connections (KeelTransfer *self,
                                   guint         max_connections)
{
  self->record->max_connections = max_connections;
  if (self->attempt != NULL)
    keel_attempt_set_most (self->attempt, max_connections);
  keel_transfer_save (self);
  keel_transfer_changed (self);
}

void
keel_transfer_set_priority (KeelTransfer *self,
                            KeelPriority  priority)
{
  self->record->priority = priority;
  keel_transfer_save (self);
  keel_transfer_changed (self);
}

/* It starts no earlier than that (wall clock); 0: now, whatever its session or the schedule says.
 * What runs goes on, and what is paused stays so. */
void
keel_transfer_set_not_before (KeelTransfer *self,
                              gint64        not_before_usec)
{
  KeelTransferRecord *record = self->record;
  gboolean is_scheduled = record->state == KEEL_TRANSFER_WAITING &&
                          record->wait_reason == KEEL_WAIT_REASON_SCHEDULE;

  record->not_before_usec = not_before_usec > 0 ? not_before_usec : -1;
  self->is_wanted_now = not_before_usec == 0 && is_scheduled;
  if (is_scheduled || keel_transfer_is_held (self) || record->state == KEEL_TRANSFER_QUEUED)
    keel_transfer_enqueue (self);
  keel_transfer_save (self);
  keel_transfer_changed (self);
}

/* Where it stands in the queue: the lower comes first. That it has crawled is forgiven. */
void
keel_transfer_set_place (KeelTransfer *self,
                         gint64        place)
{
  self->record->place = place;
  self->turn = 0;
  keel_transfer_save (self);
  keel_transfer_changed (self);
}

void
keel_transfer_set_title (KeelTransfer *self,
                         const char   *title)
{
  g_free (self->record->title);
  self->record->title = g_strdup (title);
  keel_transfer_save (self);
  keel_transfer_changed (self);
}
