/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-engine-private.h"

#include "keel-spool.h"
#include "keel-task-error.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Folders that are not just paths: those that somebody hands over, and the spool. */

/* Each folder that is handed over is a descriptor for as long as a task needs it. */
#define MOST_HOLDS 4096
/* What part of all descriptors they may be. */
#define HOLDS_PART 4

/* Where files go for which nobody gave a folder. Before keel_engine_open(); without it there is no
 * spool. */
void
keel_engine_set_spool_dir (KeelEngine *self,
                           const char *dir)
{
  self->machinery.spool_dir = g_intern_string (dir);
}

/* --- handed over ----------------------------------------------------------------------------- */

typedef struct {
  KeelJob job;
  KeelEngine *engine; /* (owned) */
  KeelEngineFolderFunc func;
  gpointer user_data;
  int fd; /* (owned) until it is looked at */
  KeelPlace place;
  GError *error; /* (owned) (nullable) */
} Intake;

static void
intake_free (Intake *intake)
{
  if (intake->fd >= 0)
    close (intake->fd);
  keel_place_clear (&intake->place);
  g_clear_error (&intake->error);
  g_object_unref (intake->engine);
  g_free (intake);
}

static void
intake_run (KeelJob *job)
{
  Intake *intake = (Intake *) job;
  int fd = intake->fd;

  intake->fd = -1;
  keel_place_take (&intake->place, fd, &intake->error);
}

static void
intake_done (KeelJob *job)
{
  Intake *intake = (Intake *) job;

  intake->func (intake->engine, intake->error == NULL ? &intake->place : NULL, intake->error,
                intake->user_data);
  intake_free (intake);
}

static gboolean
intake_refused_cb (gpointer user_data)
{
  intake_done (user_data);
  return G_SOURCE_REMOVE;
}

static void
refuse_later (Intake     *intake,
              KeelError   code,
              const char *message)
{
  g_autoptr (GSource) idle = g_idle_source_new ();

  intake->error = g_error_new_literal (KEEL_ERROR, (gint) code, message);
  g_source_set_priority (idle, G_PRIORITY_DEFAULT);
  g_source_set_callback (idle, intake_refused_cb, intake, NULL);
  g_source_attach (idle, intake->engine->machinery.context);
}

static gboolean
has_too_many (void)
{
  struct rlimit limit;
  guint most = MOST_HOLDS;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    most = (guint) MIN ((rlim_t) most, limit.rlim_cur / HOLDS_PART);
  return keel_folder_hold_count () >= most;
}

/* Looks at the folder @fd (taken over) that somebody hands over, in the thread of its disk. @func
 * comes later, exactly once: KEEL_ERROR_BAD_DESTINATION, KEEL_ERROR_LIMITS_EXCEEDED. */
void
keel_engine_take_folder (KeelEngine           *self,
                         int                   fd,
                         KeelEngineFolderFunc  func,
                         gpointer              user_data)
{
  /* The mount table says which disk it is; only the kernel's memory is asked. */
  g_autofree char *path = keel_place_dup_path_of (fd);
  Intake *intake = g_new0 (Intake, 1);

  intake->job.run = intake_run;
  intake->job.done = intake_done;
  intake->engine = g_object_ref (self);
  intake->func = func;
  intake->user_data = user_data;
  intake->fd = fd;
  if (path == NULL)
    refuse_later (intake, KEEL_ERROR_BAD_DESTINATION, "The descriptor is not that of a folder");
  else if (has_too_many ())
    refuse_later (intake, KEEL_ERROR_LIMITS_EXCEEDED, "Too many folders are in use");
  else if (keel_disks_is_hanging (self->machinery.disks, path))
    refuse_later (intake, KEEL_ERROR_BAD_DESTINATION, "The disk does not answer");
  else
    keel_disks_push (self->machinery.disks, path, &intake->job);
}

/* --- the spool ------------------------------------------------------------------------------- */

/* Fills in the folder of a record that has none: the spool of the session's application. */
void
keel_engine_fill_in_folder (KeelEngine         *self,
                            gint64              session_id,
                            KeelTransferRecord *record)
{
  const KeelSessionRecord *session = keel_engine_get_session (self, session_id);

  if (record->folder_kind == KEEL_FOLDER_SPOOL && record->dir == NULL)
    record->dir = keel_spool_dup_dir (self->machinery.spool_dir, session->app);
}

/* A row that was rebuilt from the label of a part file knows only the path. */
void
keel_engine_recognise_spool (KeelEngine         *self,
                             KeelTransferRecord *record)
{
  const char *spool_dir = self->machinery.spool_dir;

  if (record->folder_kind != KEEL_FOLDER_NAMED || spool_dir == NULL ||
      !keel_spool_contains (spool_dir, record->dir))
    return;
  record->folder_kind = KEEL_FOLDER_SPOOL;
  if (record->chosen == NULL)
    return;
  g_free (record->name);
  record->name = keel_spool_dup_name (record->token, record->chosen);
}

typedef struct {
  KeelJob job;
  const char *spool_dir;
  GHashTable *known; /* (owned) leaf names */
} Sweep;

static void
sweep_run (KeelJob *job)
{
  Sweep *sweep = (Sweep *) job;

  keel_spool_sweep (sweep->spool_dir, sweep->known);
}

static void
sweep_done (KeelJob *job)
{
  g_hash_table_unref (((Sweep *) job)->known);
  g_free (job);
}

static void
know (GHashTable *known,
      const char *name)
{
  if (name != NULL)
    g_hash_table_add (known, g_strdup (name));
}

/* Clears away what no task has, before the disk's thread makes anything new there. Where rows may
 * have been lost, what belongs to nobody may have been somebody's. */
void
keel_engine_sweep_spool (KeelEngine *self)
{
  const char *spool_dir = self->machinery.spool_dir;
  Sweep *sweep;

  if (spool_dir == NULL || self->was_rescued)
    return;
  sweep = g_new0 (Sweep, 1);
  sweep->job.run = sweep_run;
  sweep->job.done = sweep_done;
  sweep->spool_dir = spool_dir;
  sweep->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < self->transfers->len; i++)
    {
      const KeelTransferRecord *record = keel_transfer_get_record (
        g_ptr_array_index (self->transfers, i));

      if (record->folder_kind != KEEL_FOLDER_SPOOL)
        continue;
      know (sweep->known, record->name);
      know (sweep->known, record->part_name);
      know (sweep->known, record->spare_name);
    }
  keel_disks_push (self->machinery.disks, spool_dir, &sweep->job);
}
