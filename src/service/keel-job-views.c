/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-job-views.h"

#include "keel-desktop-verbs.h"
#include "keel-job-view.h"
#include "keel-notice-words.h"

#include <glib/gi18n.h>

/* Which transfers Plasma shows among its jobs: those that run while nobody watches, each with its
 * own view. When there is more to do than a handful, one view stands for all: nobody reads a
 * hundred, and small files would come and go faster than they can be read. That one cannot be
 * cancelled, because a click must not throw away what cannot be seen.
 *
 * A view stays while its transfer is paused, so that it can be resumed there, until the service
 * leaves or somebody watches. */

#define MOST_VIEWS 5

struct _KeelJobViews {
  const KeelHouse *house;
  KeelActivity *activity; /* (owned) */
  guint name_watch;
  gboolean has_server;
  GHashTable *jobs;    /* (owned) KeelTransfer -> Job */
  KeelJobView *of_all; /* (owned) (nullable) */
};

typedef struct {
  KeelJobViews *owner;
  KeelTransfer *transfer; /* (owned) */
  KeelJobView *view;      /* (owned) */
} Job;

static void update (KeelJobViews *self);

/* --- of one ---------------------------------------------------------------------------------- */

static void
job_free (gpointer data)
{
  Job *job = data;

  keel_job_view_end (job->view);
  g_object_unref (job->transfer);
  g_free (job);
}

static void
make_face (KeelTransfer *transfer,
           KeelJobFace  *face)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  *face = (KeelJobFace) {
    .title = keel_notice_words_dup_name (record),
    .dest_uri = g_filename_to_uri (record->dir, NULL, NULL),
    .is_suspended = record->state == KEEL_TRANSFER_PAUSED,
    .rate_bps = keel_transfer_get_rate (transfer),
    .bytes_done = keel_transfer_get_received (transfer),
    .bytes = record->total,
  };
  if (face->bytes > 0)
    face->percent = (guint) (100.0 * (double) MIN (face->bytes_done, face->bytes) /
                             (double) face->bytes);
}

static void
wished_cb (gpointer    user_data,
           KeelJobWish wish)
{
  static const KeelControl verbs[] = {
    [KEEL_JOB_SUSPEND] = KEEL_CONTROL_PAUSE,
    [KEEL_JOB_RESUME] = KEEL_CONTROL_RESUME,
    [KEEL_JOB_CANCEL] = KEEL_CONTROL_CANCEL,
  };
  Job *job = user_data;
  KeelJobViews *self = job->owner;

  if (self->house->trouble != NULL)
    return;
  self->house->touched (self->house->service);
  keel_transfer_control (job->transfer, verbs[wish]);
  update (self);
}

static void
show (KeelJobViews *self,
      KeelTransfer *transfer)
{
  Job *job = g_hash_table_lookup (self->jobs, transfer);
  g_autofree char *title = NULL;
  g_autofree char *dest_uri = NULL;
  KeelJobFace face;

  make_face (transfer, &face);
  title = (char *) face.title;
  dest_uri = (char *) face.dest_uri;
  if (job != NULL)
    {
      keel_job_view_show (job->view, &face);
      return;
    }
  job = g_new0 (Job, 1);
  job->owner = self;
  job->transfer = g_object_ref (transfer);
  job->view = keel_job_view_new (self->house->connection, &face, TRUE, wished_cb, job);
  g_hash_table_insert (self->jobs, transfer, job);
}

/* Those that have ended lose their view; those that have begun get one. */
static void
update_each (KeelJobViews *self)
{
  GHashTableIter iter;
  gpointer transfer;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, &transfer, NULL))
    {
      const KeelTransferRecord *record = keel_transfer_get_record (transfer);

      if (record->state <= KEEL_TRANSFER_PUBLISHING || record->state == KEEL_TRANSFER_PAUSED)
        show (self, transfer);
      else
        g_hash_table_iter_remove (&iter);
    }
  g_hash_table_iter_init (&iter, keel_engine_get_active (self->house->engine));
  while (g_hash_table_iter_next (&iter, &transfer, NULL))
    if (keel_transfer_get_record (transfer)->state == KEEL_TRANSFER_RUNNING)
      show (self, transfer);
}

/* --- of all ---------------------------------------------------------------------------------- */

static void
wished_of_all_cb (gpointer    user_data,
                  KeelJobWish wish)
{
  KeelJobViews *self = user_data;

  keel_desktop_verbs_do (self->house,
                         wish == KEEL_JOB_RESUME ? KEEL_DESKTOP_RESUME_ALL : KEEL_DESKTOP_PAUSE_ALL,
                         NULL);
}

static void
show_all (KeelJobViews            *self,
          const KeelActivityState *state)
{
  guint count = state->n_running + state->n_waiting;
  gboolean is_suspended = count == 0;
  g_autofree char *title = NULL;
  KeelJobFace face = { 0 };

  if (is_suspended)
    count = state->n_paused;
  title = g_strdup_printf (ngettext ("%u download", "%u downloads", count), count);
  face.title = title;
  face.is_suspended = is_suspended;
  face.percent = keel_activity_get_percent (self->activity);
  face.rate_bps = state->rate_bps;
  if (self->of_all != NULL)
    keel_job_view_show (self->of_all, &face);
  else
    self->of_all = keel_job_view_new (self->house->connection, &face, FALSE, wished_of_all_cb,
                                      self);
}

/* --- life ------------------------------------------------------------------------------------ */

static void
end_all (KeelJobViews *self)
{
  g_hash_table_remove_all (self->jobs);
  g_clear_pointer (&self->of_all, keel_job_view_end);
}

static void
server_appeared_cb (GDBusConnection *connection,
                    const char      *name,
                    const char      *owner,
                    gpointer         user_data)
{
  KeelJobViews *self = user_data;

  end_all (self);
  self->has_server = TRUE;
  update (self);
}

static void
server_vanished_cb (GDBusConnection *connection,
                    const char      *name,
                    gpointer         user_data)
{
  KeelJobViews *self = user_data;

  self->has_server = FALSE;
  end_all (self);
}

static void
update (KeelJobViews *self)
{
  const KeelActivityState *state = keel_activity_get_state (self->activity);
  guint count = state->n_running + state->n_waiting;
  gboolean is_watched = keel_watchers_has_managers (self->house->watchers);

  /* Plasma is looked for when there is something to show first. */
  if (self->name_watch == 0 && state->n_running > 0 && !is_watched)
    self->name_watch = g_bus_watch_name_on_connection (self->house->connection,
                                                       KEEL_JOB_VIEW_SERVER,
                                                       G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                       server_appeared_cb, server_vanished_cb, self,
                                                       NULL);
  if (!self->has_server)
    return;
  if (is_watched)
    end_all (self);
  else if (count > MOST_VIEWS || (self->of_all != NULL && count == 0 && state->n_paused > 0))
    {
      g_hash_table_remove_all (self->jobs);
      show_all (self, state);
    }
  else
    {
      g_clear_pointer (&self->of_all, keel_job_view_end);
      update_each (self);
    }
}

KeelJobViews *
keel_job_views_new (const KeelHouse *house,
                    KeelActivity    *activity)
{
  KeelJobViews *self = g_new0 (KeelJobViews, 1);

  self->house = house;
  self->activity = g_object_ref (activity);
  self->jobs = g_hash_table_new_full (NULL, NULL, NULL, job_free);
  g_signal_connect_swapped (activity, "changed", G_CALLBACK (update), self);
  return self;
}

void
keel_job_views_free (KeelJobViews *self)
{
  g_signal_handlers_disconnect_by_data (self->activity, self);
  g_clear_handle_id (&self->name_watch, g_bus_unwatch_name);
  end_all (self);
  g_hash_table_unref (self->jobs);
  g_object_unref (self->activity);
  g_free (self);
}
