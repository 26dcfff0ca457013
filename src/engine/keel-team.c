/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-team.h"

#include "keel-resume.h"
#include "keel-task-error.h"
#include "keel-tuner.h"
#include "keel-uri.h"

#include <string.h>

/* The connections of one attempt: the first one, which finds out what the file is, and the helpers
 * that fetch other parts of it at the same time.
 *
 * Helpers come when the first one has told what the file is, if it can be divided: its length and a
 * strong validator are known (or its checksum, which is looked at in the end), the server gives
 * ranges, and the bytes are not coded. How many there are is the tuner's to say, unless somebody
 * has chosen a number; the limits for the server and for all are asked for each. Mirrors share the
 * work.
 *
 * A connection that breaks leaves a gap, which the others fill; only the last one's end is the end
 * of the attempt. What says something about the file or the disk, on the other hand, ends all of
 * them. A server that does not want another connection is not asked for one again for a while, and
 * one that answers a helper with anything but its range gets none any more in this attempt.
 *
 * The stall watchdog is here: a connection that brings less than 1 KiB in 30 s is dropped, whatever
 * TCP thinks of it. A server that was asked has a minute to begin its answer; a limit of our own is
 * nobody's fault. */

#define STALL_USEC (30 * (gint64) G_USEC_PER_SEC)
#define THINK_USEC (60 * (gint64) G_USEC_PER_SEC)
#define STALL_BYTES 1024
#define LOOK_USEC (10 * (gint64) G_USEC_PER_SEC)
#define TUNE_USEC (G_USEC_PER_SEC / 4)
/* Less than so much for each is not worth a connection. */
#define LEAST_BYTES (1024 * 1024)
/* So long nothing may come where bytes are only compared any more. */
#define SEAM_USEC ((gint64) G_USEC_PER_SEC)
/* So many helpers may break before they have brought anything but what is compared. */
#define MOST_BROKEN 4
#define LEAST_BROUGHT (64 * 1024)

typedef struct {
  char *uri; /* (owned) */
  gboolean has_failed;
} Mirror;

typedef struct {
  KeelTeam *team;
  KeelConnection *connection; /* (owned) */
  KeelHost *host;             /* closed with it */
  gboolean is_helper;
  Mirror *mirror;            /* (nullable) of team->mirrors */
  KeelConnectionPhase phase; /* these three: when it was last seen alive */
  guint64 moved;
  gint64 since_usec;
  gboolean has_stalled;
} Member;

struct _KeelTeam {
  const KeelMachinery *machinery;
  KeelTransferRecord *record;    /* (owned) grows with what the first one tells */
  KeelConnectionRequest request; /* what it points to belongs to others, but for the next two */
  KeelPartFile *part;            /* (owned) */
  KeelSegments *segments;        /* (owned) */
  KeelTeamEvents events;
  gpointer user_data;
  GPtrArray *members; /* (owned) (element-type Member) that have not ended */
  GPtrArray *mirrors; /* (owned) (element-type Mirror) */
  KeelTuner tuner;
  guint timer;
  guint n_broken;
  guint64 progress_bytes; /* these two: when bytes came to anybody */
  gint64 progress_usec;
  gboolean has_stalled; /* all of them have */
  gboolean is_watched;  /* looked at often */
  gboolean is_divisible;
  gboolean was_divided;
  gboolean is_cancelled;
  gboolean has_verdict; /* the result ends all of them */

  gboolean has_helped;      /* there was a helper */
  gboolean is_shared;       /* the result is of one of several, and not that it has stalled */
  gboolean has_asked_alone; /* after helpers had failed, one has asked with nobody beside it */

  KeelConnection *last;        /* (owned) (nullable) what the result points into */
  KeelConnectionResult result; /* of the last that has ended, or the one that counts */
  GError *error;               /* (owned) (nullable) our own, of the result */
};

static void timer_cb (gpointer user_data);

/* --- members --------------------------------------------------------------------------------- */

static gint64
get_now (KeelTeam *self)
{
  return keel_clock_get_boottime_usec (self->machinery->clock);
}

static void
member_free (Member *member)
{
  keel_host_disconnect (member->host);
  keel_host_close (member->host);
  g_free (member);
}

/* Bytes came, or it is somebody else's turn: the time without them begins anew. */
static void
mark_life (Member              *member,
           KeelConnectionPhase  phase,
           guint64              moved)
{
  member->phase = phase;
  member->moved = moved;
  member->since_usec = get_now (member->team);
}

static void
look_at_life (Member *member)
{
  KeelConnectionPhase phase = keel_connection_get_phase (member->connection);
  guint64 moved = keel_connection_get_moved (member->connection);
  gint64 idle_usec = get_now (member->team) - member->since_usec;

  if (moved - member->moved >= STALL_BYTES || phase != member->phase ||
      phase == KEEL_CONNECTION_QUEUED || phase == KEEL_CONNECTION_LIMITED)
    mark_life (member, phase, moved);
  else if (idle_usec >= (phase == KEEL_CONNECTION_ASKING ? THINK_USEC : STALL_USEC))
    {
      member->has_stalled = TRUE;
      keel_connection_cancel (member->connection);
    }
}

/* When nothing has come to anybody for as long, those that have begun to ask since will not be
 * answered either: the network is gone, and nobody says so. */
static void
look_at_all (KeelTeam *self)
{
  guint64 received = keel_segments_get_received (self->segments);
  gboolean has_stalled = FALSE;

  if (received - self->progress_bytes >= STALL_BYTES || received < self->progress_bytes)
    {
      self->progress_bytes = received;
      self->progress_usec = get_now (self);
    }
  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = g_ptr_array_index (self->members, i);

      look_at_life (member);
      has_stalled = has_stalled || member->has_stalled;
    }
  if (!has_stalled || get_now (self) - self->progress_usec < STALL_USEC)
    return;
  self->has_stalled = TRUE;
  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = g_ptr_array_index (self->members, i);

      member->has_stalled = TRUE;
      keel_connection_cancel (member->connection);
    }
}

static guint
count_members (KeelTeam *self,
               Mirror   *mirror)
{
  guint count = 0;

  for (guint i = 0; i < self->members->len; i++)
    if (((Member *) g_ptr_array_index (self->members, i))->mirror == mirror)
      count++;
  return count;
}

/* The link with the fewest connections; NULL: the transfer's own. */
static Mirror *
choose_mirror (KeelTeam *self)
{
  Mirror *chosen = NULL;

  for (guint i = 0; i < self->mirrors->len; i++)
    {
      Mirror *mirror = g_ptr_array_index (self->mirrors, i);

      if (!mirror->has_failed && count_members (self, mirror) < count_members (self, chosen))
        chosen = mirror;
    }
  return chosen;
}

/* --- dividing -------------------------------------------------------------------------------- */

static gboolean
is_divisible (KeelTeam                 *self,
              const KeelConnectionHead *head)
{
  const KeelTransferRecord *record = self->record;
  KeelResumeVersion version = { record->has_total,     record->total, record->etag,
                                record->last_modified, record->date,  record->coding };
  gboolean has_checksum = record->checksum_expected != NULL && !record->checksum_is_servers;

  return !self->request.is_alone && head->accepts_ranges && record->has_total &&
         record->coding == NULL && !self->request.accepts_doubt &&
         (keel_resume_get_if_range (&version) != NULL || has_checksum);
}

/* Somebody chose so many, or that is usual. */
static guint
get_allowed (KeelTeam *self)
{
  return self->record->max_connections > 0 ? self->record->max_connections :
                                             self->machinery->max_connections;
}

static guint
get_first (KeelTeam *self)
{
  KeelHost *host = ((Member *) g_ptr_array_index (self->members, 0))->host;

  if (self->record->max_connections > 0)
    return self->record->max_connections;
  return MAX (keel_host_get_remembered (host), 1 + self->mirrors->len);
}

static Member *add_member (KeelTeam *self, KeelHost *host, Mirror *mirror, gboolean is_helper);

/* FALSE: there is no work or no room for one more; or a mirror has to wait until there is something
 * that its bytes can be compared with. */
static gboolean
add_helper (KeelTeam *self)
{
  Mirror *mirror = choose_mirror (self);
  g_autofree char *name = keel_uri_dup_host (mirror != NULL ? mirror->uri : self->record->uri);
  KeelHost *host;

  if (!keel_segments_can_claim (self->segments, g_get_monotonic_time ()) ||
      (mirror != NULL && keel_segments_get_received (self->segments) == 0))
    return FALSE;
  host = keel_hosts_open (self->machinery->hosts, name);
  if (!keel_host_connect (host, self->record->max_connections))
    {
      keel_host_close (host);
      return FALSE;
    }
  add_member (self, host, mirror, TRUE);
  return TRUE;
}

/* As many as the tuner wants and there is work for, which near the end is not enough for all,
 * unless one has to be helped out that does not move. The first ones go last: the oldest
 * connections are the fastest. */
static void
adjust (KeelTeam *self)
{
  guint wanted = self->tuner.wanted;
  guint most = wanted;

  /* One that is slow with a small file is no reason to divide it. */
  if (!self->has_helped)
    most = (guint) MIN (most, keel_segments_get_missing (self->segments) / LEAST_BYTES);
  if (!self->is_divisible || self->is_cancelled || self->has_verdict || self->has_stalled)
    return;
  while (self->members->len < most && add_helper (self))
    continue;
  for (guint i = wanted; i < self->members->len; i++)
    keel_connection_dismiss (((Member *) g_ptr_array_index (self->members, i))->connection);
}

/* All teams look at the same time, and the processor sleeps in between. */
static void
start_timer (KeelTeam *self)
{
  gint64 interval_usec = self->is_watched ? TUNE_USEC : LOOK_USEC;

  keel_clock_cancel (self->machinery->clock, &self->timer);
  self->timer = keel_clock_call_after (self->machinery->clock,
                                       interval_usec - get_now (self) % interval_usec, timer_cb,
                                       self);
}

static void
stop_others (KeelTeam *self,
             gboolean  are_done)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = g_ptr_array_index (self->members, i);

      if (are_done)
        keel_connection_dismiss (member->connection);
      else
        keel_connection_cancel (member->connection);
    }
}

/* That there are fewer near the end, because there is nothing left to divide, is nobody's wish: who
 * does not move there may still have to be helped out. */
static gboolean
is_tunable (KeelTeam *self)
{
  return self->members->len >= self->tuner.wanted ||
         keel_segments_can_claim (self->segments, g_get_monotonic_time ());
}

/* Whether every byte is written, but a seam has to be looked at, and nothing comes to those who
 * should: then somebody else asks for it. */
static gboolean
is_stuck_at_seam (KeelTeam *self)
{
  if (!self->record->has_total || self->members->len == 0 ||
      keel_segments_get_received (self->segments) < self->record->total)
    return FALSE;
  for (guint i = 0; i < self->members->len; i++)
    {
      const Member *member = g_ptr_array_index (self->members, i);

      if (member->phase != KEEL_CONNECTION_MOVING ||
          get_now (self) - member->since_usec < SEAM_USEC)
        return FALSE;
    }
  return TRUE;
}

static void
timer_cb (gpointer user_data)
{
  KeelTeam *self = user_data;

  self->timer = 0;
  look_at_all (self);
  /* Who only compares what is behind its piece need not be waited for. */
  if (keel_segments_is_complete (self->segments) || is_stuck_at_seam (self))
    stop_others (self, TRUE);
  if (self->is_divisible && is_tunable (self))
    keel_tuner_step (&self->tuner, self->members->len, keel_segments_get_received (self->segments),
                     get_now (self));
  adjust (self);
  start_timer (self);
}

static void
begin_to_divide (KeelTeam *self)
{
  self->is_divisible = TRUE;
  self->was_divided = TRUE;
  keel_tuner_begin (&self->tuner, get_first (self), get_allowed (self), get_now (self));
  adjust (self);
  g_debug ("Task %" G_GINT64_FORMAT ": divided among %u of %u connections", self->record->id,
           self->members->len, self->tuner.wanted);
  start_timer (self);
}

/* The server wants no more of them, for now. */
static void
step_back (KeelTeam *self,
           KeelHost *host)
{
  keel_host_refused (host, self->members->len);
  keel_tuner_settle (&self->tuner, self->members->len, get_now (self));
}

/* What the number of connections was good for is of use to the next transfer, too. */
static void
remember (KeelTeam *self,
          KeelHost *host)
{
  if (self->is_divisible && self->record->max_connections == 0 && self->tuner.best_rate > 0)
    keel_host_remember (host, self->tuner.best);
}

/* --- ends ------------------------------------------------------------------------------------ */

/* Whether it says something about the file, or the disk, that holds for all. */
static gboolean
is_verdict (const Member               *member,
            const KeelConnectionResult *result)
{
  switch (result->outcome)
    {
    case KEEL_CONNECTION_RESTART:
    case KEEL_CONNECTION_CHANGED:
    case KEEL_CONNECTION_SWAPPED:
    case KEEL_CONNECTION_UNFIT:
      return TRUE;
    case KEEL_CONNECTION_HELD:
    case KEEL_CONNECTION_CHALLENGED:
      return !member->team->has_helped;
    case KEEL_CONNECTION_FAILED:
      return result->error->code == KEEL_TASK_ERROR_NO_SPACE ||
             result->error->code == KEEL_TASK_ERROR_DISK ||
             result->error->code == KEEL_TASK_ERROR_DESTINATION ||
             result->error->code == KEEL_TASK_ERROR_TOO_LARGE;
    case KEEL_CONNECTION_COMPLETE:
    case KEEL_CONNECTION_ALONE:
    case KEEL_CONNECTION_CANCELLED:
    default:
      return FALSE;
    }
}

static gboolean
is_refusal (const KeelConnectionResult *result)
{
  return result->outcome == KEEL_CONNECTION_FAILED &&
         (result->http_status == 429 || result->http_status == 503 ||
          result->error->code == KEEL_TASK_ERROR_CONNECT);
}

/* What the end of a helper means for the others. */
static void
look_at_helper (KeelTeam                   *self,
                Member                     *member,
                const KeelConnectionResult *result)
{
  gboolean is_vain = keel_connection_get_moved (member->connection) <= LEAST_BROUGHT;

  if (member->has_stalled && is_vain)
    self->n_broken++;
  if (self->n_broken >= MOST_BROKEN)
    self->is_divisible = FALSE;
  if (result->outcome == KEEL_CONNECTION_COMPLETE || result->outcome == KEEL_CONNECTION_CANCELLED)
    return;
  g_debug ("Task %" G_GINT64_FORMAT ": a helper ended with %d (status %u), %u are left",
           self->record->id, result->outcome, result->http_status, self->members->len);
  if (member->mirror != NULL)
    member->mirror->has_failed = TRUE;
  else if (is_refusal (result))
    step_back (self, member->host);
  else if (result->outcome == KEEL_CONNECTION_FAILED && result->http_status < 300)
    self->n_broken += is_vain ? 1 : 0;
  else
    self->is_divisible = FALSE;
  if (self->n_broken >= MOST_BROKEN)
    self->is_divisible = FALSE;
}

/* A server that was too slow to be waited for. An error page that does not end has said what there
 * is to say. */
static void
explain_stall (KeelTeam *self)
{
  self->result.outcome = KEEL_CONNECTION_FAILED;
  if (self->result.error != NULL && self->result.error->code == KEEL_TASK_ERROR_HTTP_STATUS)
    return;
  g_clear_error (&self->error);
  g_set_error_literal (&self->error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_TIMEOUT,
                       "The server stopped answering");
  self->result.error = self->error;
}

static void
take_result (KeelTeam                   *self,
             Member                     *member,
             const KeelConnectionResult *result)
{
  g_clear_pointer (&self->last, keel_connection_detach);
  self->last = g_steal_pointer (&member->connection);
  self->result = *result;
  self->is_shared = (member->is_helper || self->has_helped) && !member->has_stalled;
  if (member->has_stalled && !self->is_cancelled && result->outcome == KEEL_CONNECTION_CANCELLED)
    explain_stall (self);
  /* What the server answers to an exact range is no word about the file. */
  if (self->was_divided && !self->has_verdict && result->outcome == KEEL_CONNECTION_FAILED &&
      result->http_status >= 300)
    self->result.outcome = KEEL_CONNECTION_ALONE;
}

/* Whether one more connection should look at what is left: somebody has left a gap when the one
 * before had nothing left to look for. Or helpers were not served: that may be for their number,
 * and is no failure of the transfer before one has asked that is alone. */
static gboolean
is_worth_another (KeelTeam *self)
{
  if (self->has_verdict || self->is_cancelled)
    return FALSE;
  if (self->result.outcome == KEEL_CONNECTION_COMPLETE)
    return TRUE;
  if (!self->is_shared || self->has_asked_alone || self->result.outcome == KEEL_CONNECTION_ALONE)
    return FALSE;
  self->has_asked_alone = TRUE;
  self->is_divisible = FALSE;
  return TRUE;
}

/* The last one has ended. */
static void
end (KeelTeam *self)
{
  gboolean is_complete = keel_segments_is_complete (self->segments);

  if (!is_complete && is_worth_another (self))
    {
      g_autofree char *name = keel_uri_dup_host (self->record->uri);
      KeelHost *host = keel_hosts_open (self->machinery->hosts, name);

      keel_host_connect_first (host);
      add_member (self, host, NULL, TRUE);
      return;
    }
  keel_clock_cancel (self->machinery->clock, &self->timer);
  if (is_complete && !self->has_verdict)
    self->result.outcome = KEEL_CONNECTION_COMPLETE;
  else if (self->is_cancelled && !self->has_verdict)
    self->result.outcome = KEEL_CONNECTION_CANCELLED;
  self->events.ended (self->user_data, &self->result);
}

static void
member_done_cb (gpointer                    user_data,
                const KeelConnectionResult *result)
{
  Member *member = user_data;
  KeelTeam *self = member->team;
  gboolean is_first = !self->has_verdict;

  g_ptr_array_remove (self->members, member);
  if (is_first && is_verdict (member, result))
    {
      self->has_verdict = TRUE;
      stop_others (self, FALSE);
    }
  if (!member->is_helper)
    remember (self, member->host);
  if (member->is_helper || result->outcome == KEEL_CONNECTION_ALONE)
    look_at_helper (self, member, result);
  if (is_first)
    take_result (self, member, result);
  else
    keel_connection_detach (member->connection);
  member_free (member);
  if (keel_segments_is_complete (self->segments))
    stop_others (self, TRUE);
  if (self->members->len == 0)
    end (self);
  else
    adjust (self);
}

/* --- what the first one tells ---------------------------------------------------------------- */

static void
take_string (char       **field,
             const char  *value)
{
  g_free (*field);
  *field = g_strdup (value);
}

static void
take_version (KeelTransferRecord       *record,
              const KeelConnectionHead *head)
{
  record->has_total = head->has_total;
  record->total = head->total;
  record->is_rebound = FALSE;
  record->has_ended = FALSE;
  take_string (&record->etag, head->etag);
  take_string (&record->last_modified, head->last_modified);
  take_string (&record->date, head->date);
  take_string (&record->coding, head->coding);
}

static void
member_head_cb (gpointer                  user_data,
                const KeelConnectionHead *head)
{
  Member *member = user_data;
  KeelTeam *self = member->team;

  take_version (self->record, head);
  if (head->spare != NULL)
    {
      keel_part_file_unref (self->part);
      self->part = keel_part_file_ref (head->spare);
      keel_segments_unref (self->segments);
      self->segments = keel_segments_ref (head->segments);
    }
  self->events.head (self->user_data, head);
  if (!self->is_watched && head->has_total && head->total > LEAST_BYTES)
    {
      self->is_watched = TRUE;
      start_timer (self);
    }
  if (!self->is_divisible && !head->is_continued && is_divisible (self, head))
    begin_to_divide (self);
}

static void
member_written_cb (gpointer user_data)
{
  Member *member = user_data;

  member->team->events.written (member->team->user_data);
}

/* --- life ------------------------------------------------------------------------------------ */

static Member *
add_member (KeelTeam *self,
            KeelHost *host,
            Mirror   *mirror,
            gboolean  is_helper)
{
  static const KeelConnectionEvents events = { member_head_cb, member_written_cb, member_done_cb };
  Member *member = g_new0 (Member, 1);

  member->team = self;
  member->host = host;
  member->mirror = mirror;
  member->is_helper = is_helper;
  self->has_helped |= is_helper;
  self->request.record = self->record;
  self->request.part = self->part;
  self->request.segments = self->segments;
  self->request.limiters[2] = keel_host_get_limiter (host);
  self->request.is_helper = is_helper;
  self->request.mirror = mirror != NULL ? mirror->uri : NULL;
  member->connection = keel_connection_start (self->machinery->pool, self->machinery->context,
                                              &self->request, &events, member);
  g_ptr_array_add (self->members, member);
  mark_life (member, KEEL_CONNECTION_QUEUED, 0);
  return member;
}

static void
mirror_free (Mirror *mirror)
{
  g_free (mirror->uri);
  g_free (mirror);
}

static GPtrArray *
split_mirrors (const char *text)
{
  GPtrArray *mirrors = g_ptr_array_new_with_free_func ((GDestroyNotify) mirror_free);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      Mirror *mirror = g_new0 (Mirror, 1);

      mirror->uri = g_strdup (lines[i]);
      g_ptr_array_add (mirrors, mirror);
    }
  return mirrors;
}

/* Starts with one connection that does what @first says, and has no others if that is alone; the
 * credentials and limiters, to which that of each server is added, must live as long as the team.
 * `ended` comes exactly once, after this has returned. */
KeelTeam *
keel_team_start (const KeelMachinery         *machinery,
                 const KeelConnectionRequest *first,
                 const KeelTeamEvents        *events,
                 gpointer                     user_data)
{
  KeelTeam *self = g_new0 (KeelTeam, 1);
  g_autofree char *name = keel_uri_dup_host (first->record->uri);
  KeelHost *host = keel_hosts_open (machinery->hosts, name);

  self->machinery = machinery;
  self->record = keel_transfer_record_copy (first->record);
  self->request = *first;
  self->part = keel_part_file_ref (first->part);
  self->segments = keel_segments_ref (first->segments);
  self->events = *events;
  self->user_data = user_data;
  self->members = g_ptr_array_new ();
  self->mirrors = split_mirrors (first->record->mirrors);
  self->progress_usec = get_now (self);
  keel_host_connect_first (host);
  add_member (self, host, NULL, FALSE);
  start_timer (self);
  return self;
}

/* Makes it end soon, with CANCELLED unless it had ended already. */
void
keel_team_cancel (KeelTeam *self)
{
  self->is_cancelled = TRUE;
  stop_others (self, FALSE);
}

guint
keel_team_get_connections (KeelTeam *self)
{
  return self->members->len;
}

/* Somebody allows so many connections now; 0: as many as are of use. */
void
keel_team_set_most (KeelTeam *self,
                    guint     most)
{
  self->record->max_connections = most;
  if (self->is_divisible && self->members->len > 0)
    begin_to_divide (self);
}

/* It must have ended. */
void
keel_team_free (KeelTeam *self)
{
  g_clear_pointer (&self->last, keel_connection_detach);
  g_clear_error (&self->error);
  g_ptr_array_unref (self->members);
  g_ptr_array_unref (self->mirrors);
  keel_part_file_unref (self->part);
  keel_segments_unref (self->segments);
  keel_transfer_record_free (self->record);
  g_free (self);
}
