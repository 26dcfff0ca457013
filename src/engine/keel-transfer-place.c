/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

#include "keel-file-name.h"
#include "keel-spool.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Into which folder a transfer goes, and under which name (keel-place.c has the kinds of folders).
 *
 * A folder that was handed over is held open while the transfer is unfinished or paused, and let go
 * of when it has ended, so that nobody's drive is busy for the sake of a list. If it is lost (it
 * was deleted; or the service has started anew, and there is another one, or none, under the path
 * that it had) the file is fetched again, into the spool, and its application collects it from
 * there. A partial in the lost folder is not reached any more: it stays there, hidden, under its
 * random name with our label on it. The transfer does not go back, even if the folder does.
 *
 * After a restart nobody looks whether the application may still write to the folder: it was asked
 * when the folder was handed over. */

/* The name has been chosen, which is taken over. */
void
keel_transfer_set_chosen (KeelTransferRecord *record,
                          char               *chosen)
{
  g_free (record->chosen);
  g_free (record->name);
  record->chosen = chosen;
  record->name = record->folder_kind == KEEL_FOLDER_SPOOL ?
                   keel_spool_dup_name (record->token, chosen) :
                   g_strdup (chosen);
}

/* The part file is open in the folder: remembers which it is. */
void
keel_transfer_take_folder (KeelTransfer *self,
                           KeelPartFile *part)
{
  KeelTransferRecord *record = self->record;

  record->folder = *keel_part_file_get_folder (part);
  if (record->folder_kind == KEEL_FOLDER_HANDED && record->hold == NULL)
    record->hold = keel_part_file_hold_folder (part);
  keel_transfer_follow_folder (self);
}

/* Somebody may have moved the folder: after a restart it is looked for where it was the last time.
 */
void
keel_transfer_follow_folder (KeelTransfer *self)
{
  KeelTransferRecord *record = self->record;
  g_autofree char *dir = record->hold != NULL ? keel_folder_hold_dup_path (record->hold) : NULL;

  if (dir == NULL || strcmp (dir, record->dir) == 0)
    return;
  g_free (record->dir);
  record->dir = g_steal_pointer (&dir);
}

/* It has ended, and there is nothing more to do in the folder. */
void
keel_transfer_let_go_of_folder (KeelTransfer *self)
{
  KeelTransferState state = self->record->state;

  if (state == KEEL_TRANSFER_FINISHED || state == KEEL_TRANSFER_FAILED ||
      state == KEEL_TRANSFER_CANCELLED)
    {
      g_clear_pointer (&self->record->hold, keel_folder_hold_unref);
      g_clear_pointer (&self->record->left.hold, keel_folder_hold_unref);
    }
}

static void
set_spool (KeelTransfer *self)
{
  KeelTransferRecord *record = self->record;
  g_autofree char *dir = keel_spool_dup_dir (self->machinery->spool_dir, record->app);
  KeelPlace place = { .kind = KEEL_FOLDER_SPOOL, .dir = dir };

  keel_transfer_record_set_place (record, &place);
  if (record->chosen != NULL)
    keel_transfer_set_chosen (record, g_strdup (record->chosen));
}

/* The folder is lost: fetches all of it again, into the spool. */
void
keel_transfer_move_to_spool (KeelTransfer *self)
{
  KeelTransferRecord *record = self->record;

  g_message ("Task %" G_GINT64_FORMAT ": the folder “%s” is lost; the file goes into the spool",
             record->id, record->dir);
  keel_transfer_record_drop_aside (record);
  g_clear_pointer (&record->spare_name, g_free);
  keel_transfer_start_over (self, TRUE);
  self->placeholder_ino = 0;
  set_spool (self);
  keel_transfer_clear_error (self);
  keel_transfer_enqueue (self);
}

/* It has been collected, and is wanted once more: there is no folder but the spool. */
void
keel_transfer_return_to_spool (KeelTransfer *self)
{
  if (self->record->folder_kind == KEEL_FOLDER_TAKEN && self->machinery->spool_dir != NULL)
    set_spool (self);
}

/* --- a name that is to be free --------------------------------------------------------------- */

typedef struct {
  KeelJob job;
  KeelTransfer *transfer; /* (owned) */
  KeelPlace place;
  char *name; /* (owned) */
  gboolean is_taken;
} Peek;

static void
peek_run (KeelJob *job)
{
  Peek *peek = (Peek *) job;
  int dir_fd = keel_place_open (&peek->place);
  struct stat info;

  /* If the folder cannot be opened, the attempt says so. */
  if (dir_fd < 0)
    return;
  peek->is_taken = fstatat (dir_fd, peek->name, &info, AT_SYMLINK_NOFOLLOW) == 0;
  close (dir_fd);
}

static void
peek_done (KeelJob *job)
{
  Peek *peek = (Peek *) job;
  KeelTransfer *self = peek->transfer;

  self->n_operations--;
  if (self->record->state != KEEL_TRANSFER_RUNNING || self->is_suspended)
    keel_transfer_settle (self);
  else if (peek->is_taken)
    keel_transfer_refuse_name (self);
  else
    keel_transfer_begin (self);
  keel_place_clear (&peek->place);
  g_free (peek->name);
  g_object_unref (peek->transfer);
  g_free (peek);
}

/* Somebody else has the name, and the caller wants no other. What is here is kept. */
void
keel_transfer_refuse_name (KeelTransfer *self)
{
  keel_transfer_fail (self, KEEL_TASK_ERROR_DESTINATION, "There is another file of that name", 0);
}

/* Before the first byte of a file whose name the caller has given, and which is not to take the
 * place of another or to have another name: looks whether the name is free. TRUE: it is being
 * looked at, and keel_transfer_begin() follows. */
gboolean
keel_transfer_prepare (KeelTransfer *self)
{
  const KeelTransferRecord *record = self->record;
  KeelPlace place = keel_transfer_record_get_place (record);
  Peek *peek;

  if (record->conflict != KEEL_CONFLICT_FAIL || record->wanted == NULL || record->part_ino != 0 ||
      record->folder_kind == KEEL_FOLDER_SPOOL)
    return FALSE;
  peek = g_new0 (Peek, 1);
  peek->job.run = peek_run;
  peek->job.done = peek_done;
  peek->transfer = g_object_ref (self);
  keel_place_copy (&peek->place, &place);
  peek->name = keel_file_name_choose (record->wanted, NULL, record->uri, NULL, NULL);
  self->n_operations++;
  keel_disks_push (self->machinery->disks, place.dir, &peek->job);
  return TRUE;
}
