/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-folder-intake.h"

#include "keel-task-error.h"

/* Folders that come with a message as descriptors: each is looked at once, however many tasks go
 * there, in the thread of its disk, so that one that hangs keeps nobody else waiting. All or
 * nothing.
 *
 * The message owns its descriptors, of which the door (keel-door.c) lets only a few in, and they go
 * with it; what is kept are duplicates. */

typedef struct {
  GPtrArray *records; /* (owned) (element-type KeelTransferRecord) */
  KeelFolderIntakeFunc func;
  gpointer user_data;
  guint n_missing;
  GError *error; /* (owned) (nullable) the first */
} Intake;

typedef struct {
  Intake *intake;
  gint handle;
} Folder;

static void
intake_end (Intake *self)
{
  g_autoptr (GPtrArray) records = self->records;

  self->func (self->error == NULL ? g_steal_pointer (&records) : NULL, self->error,
              self->user_data);
  g_clear_error (&self->error);
  g_free (self);
}

static void
taken_cb (KeelEngine      *engine,
          const KeelPlace *place,
          const GError    *error,
          gpointer         user_data)
{
  g_autofree Folder *folder = user_data;
  Intake *self = folder->intake;

  if (error != NULL && self->error == NULL)
    self->error = g_error_copy (error);
  for (guint i = 0; i < self->records->len && place != NULL; i++)
    {
      KeelTransferRecord *record = g_ptr_array_index (self->records, i);

      if (record->handle == folder->handle)
        keel_transfer_record_set_place (record, place);
    }
  if (--self->n_missing == 0)
    intake_end (self);
}

/* A descriptor of @fds, which may be NULL, for the caller to close; -1 with KEEL_ERROR. */
int
keel_folder_intake_dup (GUnixFDList  *fds,
                        gint          handle,
                        GError      **error)
{
  gint length = fds != NULL ? g_unix_fd_list_get_length (fds) : 0;
  g_autoptr (GError) system = NULL;
  int fd;

  if (handle < 0 || handle >= length)
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                   "There is no descriptor %d in the message", handle);
      return -1;
    }
  fd = g_unix_fd_list_get (fds, handle, &system);
  if (fd < 0)
    g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_BUSY, system->message);
  return fd;
}

/* (element-type gint): each that is named, once. */
static GArray *
find_handles (GPtrArray *records)
{
  GArray *handles = g_array_new (FALSE, FALSE, sizeof (gint));

  for (guint i = 0; i < records->len; i++)
    {
      const KeelTransferRecord *record = g_ptr_array_index (records, i);
      gboolean is_known = record->handle < 0;

      for (guint k = 0; k < handles->len && !is_known; k++)
        is_known = g_array_index (handles, gint, k) == record->handle;
      if (!is_known)
        g_array_append_val (handles, record->handle);
    }
  return handles;
}

/* Gives the folders that came as @fds (nullable) to those of @records (taken over) that name them.
 * @func comes exactly once; at once when there is nothing to look at. */
void
keel_folder_intake (KeelEngine           *engine,
                    GPtrArray            *records,
                    GUnixFDList          *fds,
                    KeelFolderIntakeFunc  func,
                    gpointer              user_data)
{
  g_autoptr (GArray) handles = find_handles (records);
  Intake *self = g_new0 (Intake, 1);

  self->records = records;
  self->func = func;
  self->user_data = user_data;
  self->n_missing = 1;
  for (guint i = 0; i < handles->len && self->error == NULL; i++)
    {
      gint handle = g_array_index (handles, gint, i);
      int fd = keel_folder_intake_dup (fds, handle, &self->error);
      Folder *folder;

      if (fd < 0)
        break;
      folder = g_new (Folder, 1);
      folder->intake = self;
      folder->handle = handle;
      self->n_missing++;
      keel_engine_take_folder (engine, fd, taken_cb, folder);
    }
  if (--self->n_missing == 0)
    intake_end (self);
}
