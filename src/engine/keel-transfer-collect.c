/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

#include "keel-delivery.h"
#include "keel-file-name.h"
#include "keel-open.h"
#include "keel-spool.h"
#include "keel-task-error.h"
#include "keel-uri.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A finished file out of the spool, to the application that it is for.
 *
 *   deliver   open it; where a folder was given, copy it there, durable and under its name (worker)
 *   commit    that it is there now and not in the spool
 *   remove    it from the spool, sync (disk thread)
 *   answer
 *
 * unless it is to stay. Who dies before the commit leaves the file in the spool, and at worst a
 * second copy of it where it was wanted; who dies after it leaves what no task has, which goes at
 * the next start. A descriptor alone is no proof that the application has made anything of it: then
 * the file stays until that says otherwise. */

typedef struct {
  union {
    KeelWorkerJob worker;
    KeelJob disk;
  } job;
  KeelTransfer *transfer; /* (owned) */
  KeelCollectFunc func;
  gpointer user_data;

  /* Input, copied */
  KeelPlace spool;
  char *leaf;   /* (owned) in it */
  char *name;   /* (owned) as it shall be called */
  char *origin; /* (owned) */
  int dir_fd;   /* -1: none */
  gboolean has_folder;
  gboolean keeps;
  GCancellable *cancellable; /* (owned) */

  /* Output */
  KeelPlace to;
  char *given; /* (owned) (nullable) */
  int fd;      /* of the file, -1: none */
  GError *error;
} Collection;

static void
collection_free (Collection *self)
{
  keel_place_clear (&self->spool);
  keel_place_clear (&self->to);
  g_free (self->leaf);
  g_free (self->name);
  g_free (self->origin);
  g_free (self->given);
  if (self->dir_fd >= 0)
    close (self->dir_fd);
  if (self->fd >= 0)
    close (self->fd);
  g_object_unref (self->cancellable);
  g_clear_error (&self->error);
  g_object_unref (self->transfer);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Collection, collection_free)

/* The errors of calls are of another kind than those of tasks. */
static void
translate_error (Collection *self)
{
  g_autoptr (GError) error = g_steal_pointer (&self->error);

  if (error->domain == KEEL_ERROR)
    self->error = g_steal_pointer (&error);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    self->error = g_error_new_literal (KEEL_ERROR, KEEL_ERROR_RESTARTING,
                                       "The delivery was interrupted");
  else
    self->error = g_error_new_literal (KEEL_ERROR, KEEL_ERROR_BAD_DESTINATION, error->message);
}

/* --- deliver --------------------------------------------------------------------------------- */

/* Sets fd; FALSE with the error set. */
static gboolean
open_spooled (Collection *self)
{
  int dir_fd = keel_place_open (&self->spool);
  struct stat info;

  if (dir_fd >= 0)
    {
      self->fd = keel_open_file_at (dir_fd, self->leaf, O_RDONLY);
      close (dir_fd);
    }
  if (self->fd >= 0 && fstat (self->fd, &info) == 0 && S_ISREG (info.st_mode))
    return TRUE;
  self->error = g_error_new_literal (KEEL_ERROR, KEEL_ERROR_INVALID_STATE,
                                     "The file is not in the spool any more");
  return FALSE;
}

static void
deliver_run (KeelWorkerJob *job,
             KeelWorker    *worker)
{
  Collection *self = (Collection *) job;
  int dir_fd = self->dir_fd;

  self->dir_fd = -1;
  if (self->has_folder && !keel_place_take (&self->to, dir_fd, &self->error))
    return;
  if (open_spooled (self) && self->has_folder)
    self->given = keel_delivery_run (self->fd, &self->to, self->name, self->origin,
                                     self->cancellable, &self->error);
  if (self->error != NULL)
    translate_error (self);
}

/* --- remove, answer -------------------------------------------------------------------------- */

/* Takes @self over. */
static void
answer (Collection *self)
{
  g_autoptr (Collection) owned = self;
  KeelTransfer *transfer = self->transfer;
  int fd = -1;

  g_clear_object (&transfer->collecting);
  transfer->n_operations--;
  if (self->error == NULL && !self->has_folder)
    {
      fd = self->fd;
      self->fd = -1;
    }
  self->func (transfer, fd, self->given, self->error, self->user_data);
  keel_transfer_settle (transfer);
}

static void
remove_run (KeelJob *job)
{
  Collection *self = (Collection *) job;
  g_autoptr (GError) error = NULL;

  /* It was delivered, and the next start looks again. */
  if (!keel_part_file_discard (&self->spool, self->leaf, self->transfer->record->token, 0, &error))
    g_warning ("“%s” in “%s” cannot be removed: %s", self->leaf, self->spool.dir, error->message);
}

static void
remove_done (KeelJob *job)
{
  answer ((Collection *) job);
}

static void
committed_cb (KeelTransfer *transfer,
              const GError *error,
              gpointer      user_data)
{
  Collection *self = user_data;

  /* Saved later; what is in the spool until then is nobody's after the next start. */
  if (error != NULL || transfer->machinery->store == NULL)
    {
      answer (self);
      return;
    }
  self->job.disk.run = remove_run;
  self->job.disk.done = remove_done;
  keel_disks_push (transfer->machinery->disks, self->spool.dir, &self->job.disk);
}

/* It is not in the spool from now on. */
static void
take_out (Collection *self)
{
  KeelTransfer *transfer = self->transfer;
  KeelTransferRecord *record = transfer->record;

  if (self->has_folder)
    {
      g_clear_pointer (&self->to.hold, keel_folder_hold_unref);
      keel_transfer_record_set_place (record, &self->to);
      g_free (record->name);
      record->name = g_strdup (self->given);
    }
  else
    record->folder_kind = KEEL_FOLDER_TAKEN;
  keel_transfer_save (transfer);
  keel_transfer_changed (transfer);
  keel_transfer_when_saved (transfer, committed_cb, self);
}

static void
deliver_done (KeelWorkerJob *job)
{
  Collection *self = (Collection *) job;

  /* Somebody took it out of the list, or fetches it again: then the spool is not ours to empty. */
  if (self->error != NULL || self->keeps || !keel_transfer_is_collectable (self->transfer))
    answer (self);
  else
    take_out (self);
}

/* --- asking ---------------------------------------------------------------------------------- */

/* Whether there is a file of it in the spool, or may be, that goes with its row. */
gboolean
keel_transfer_has_spooled (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;

  return record->state == KEEL_TRANSFER_DELETING && record->folder_kind == KEEL_FOLDER_SPOOL &&
         record->name != NULL;
}

/* Whether its file waits in the spool. */
gboolean
keel_transfer_is_collectable (KeelTransfer *self)
{
  return self->record->state == KEEL_TRANSFER_FINISHED &&
         self->record->folder_kind == KEEL_FOLDER_SPOOL;
}

static Collection *
collection_new (KeelTransfer           *transfer,
                const KeelCollectOrder *order)
{
  const KeelTransferRecord *record = transfer->record;
  KeelPlace spool = keel_transfer_record_get_place (record);
  Collection *self = g_new0 (Collection, 1);

  self->transfer = g_object_ref (transfer);
  keel_place_copy (&self->spool, &spool);
  self->leaf = g_strdup (record->name);
  self->name = keel_file_name_choose (order->name != NULL ? order->name : record->chosen, NULL,
                                      record->uri, NULL, NULL);
  self->origin = keel_uri_dup_safe (record->uri);
  self->has_folder = order->dir_fd >= 0;
  self->dir_fd = order->dir_fd;
  self->keeps = order->keeps;
  self->fd = -1;
  self->cancellable = g_cancellable_new ();
  return self;
}

static void
refuse (KeelTransfer           *self,
        const KeelCollectOrder *order,
        KeelCollectFunc         func,
        gpointer                user_data)
{
  g_autoptr (GError) error = NULL;

  if (order->dir_fd >= 0)
    close (order->dir_fd);
  if (self->collecting != NULL)
    error = g_error_new_literal (KEEL_ERROR, KEEL_ERROR_BUSY, "The file is being collected");
  else
    error = g_error_new_literal (KEEL_ERROR, KEEL_ERROR_INVALID_STATE,
                                 "There is no finished file in the spool");
  func (self, -1, NULL, error, user_data);
}

/* Gives the finished file out of the spool. KEEL_ERROR_INVALID_STATE, KEEL_ERROR_BUSY,
 * KEEL_ERROR_BAD_DESTINATION (also for a disk that is full), KEEL_ERROR_RESTARTING. On failure the
 * file is in the spool as before. */
void
keel_transfer_collect (KeelTransfer           *self,
                       const KeelCollectOrder *order,
                       KeelCollectFunc         func,
                       gpointer                user_data)
{
  Collection *collection;

  if (!keel_transfer_is_collectable (self) || self->collecting != NULL || self->is_suspended)
    {
      refuse (self, order, func, user_data);
      return;
    }
  collection = collection_new (self, order);
  collection->func = func;
  collection->user_data = user_data;
  collection->job.worker.run = deliver_run;
  collection->job.worker.done = deliver_done;
  self->collecting = g_object_ref (collection->cancellable);
  self->n_operations++;
  keel_worker_pool_push (self->machinery->pool, &collection->job.worker);
}
