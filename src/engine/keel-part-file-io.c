/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-part-file-private.h"

#include "keel-block-hashes.h"
#include "keel-folder-list.h"
#include "keel-folder.h"
#include "keel-part-label.h"
#include "keel-task-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The bytes of a part file: how they get there, when they are durable, and how the writing ends.
 *
 * A failed sync is never repeated and believed: the kernel reports a write error once and then
 * takes the pages for clean. Whoever is told of one goes back to the last checkpoint. An error of
 * close() would be news only about bytes that were never synced, of which nobody speaks. */

#define ORIGIN_XATTR "user.xdg.origin.url"
#define COPY_BYTES (1024 * 1024)

/* Like pread: 0 at the end, -1 with @error set. */
static gssize
read_at (int       fd,
         void     *buffer,
         gsize     length,
         guint64   offset,
         GError  **error)
{
  ssize_t count = TEMP_FAILURE_RETRY (pread (fd, buffer, length, (off_t) offset));

  if (count < 0)
    g_propagate_error (error, keel_task_error_new_errno (errno, "The file cannot be read"));
  return count;
}

/* Makes the first @length bytes of @self those of the file @from_fd. Where the file system can,
 * nothing is moved. */
gboolean
keel_part_file_fill (KeelPartFile  *self,
                     int            from_fd,
                     guint64        length,
                     GCancellable  *cancellable,
                     GError       **error)
{
  g_autofree guint8 *buffer = NULL;
  guint64 done = 0;

  while (done < length)
    {
      gsize size = (gsize) MIN (length - done, COPY_BYTES);
      off_t from = (off_t) done;
      off_t at = (off_t) done;
      gssize count;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      count = copy_file_range (from_fd, &from, self->fd, &at, size, 0);
      if (count <= 0)
        {
          if (buffer == NULL)
            buffer = g_malloc (COPY_BYTES);
          count = read_at (from_fd, buffer, size, done, error);
          if (count < 0)
            return FALSE;
          if (count == 0)
            {
              g_set_error_literal (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_DISK,
                                   "The file that is copied has become shorter");
              return FALSE;
            }
          if (!keel_part_file_write (self, buffer, (gsize) count, done, error))
            return FALSE;
        }
      done += (guint64) count;
    }
  return TRUE;
}

/* Makes the first @length bytes of @to those of @self. */
gboolean
keel_part_file_copy (KeelPartFile  *self,
                     KeelPartFile  *to,
                     guint64        length,
                     GCancellable  *cancellable,
                     GError       **error)
{
  return keel_part_file_fill (to, self->fd, length, cancellable, error);
}

gboolean
keel_part_file_write (KeelPartFile  *self,
                      const void    *bytes,
                      gsize          length,
                      guint64        offset,
                      GError       **error)
{
  const char *p = bytes;

  while (length > 0)
    {
      ssize_t written = pwrite (self->fd, p, length, (off_t) offset);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        {
          g_propagate_error (error, keel_task_error_new_errno (written < 0 ? errno : ENOSPC,
                                                               "The file cannot be written"));
          return FALSE;
        }
      p += written;
      length -= (gsize) written;
      offset += (guint64) written;
    }
  return TRUE;
}

/* Likewise of @self. */
gssize
keel_part_file_read (KeelPartFile  *self,
                     void          *buffer,
                     gsize          length,
                     guint64        offset,
                     GError       **error)
{
  return read_at (self->fd, buffer, length, offset, error);
}

gboolean
keel_part_file_truncate (KeelPartFile  *self,
                         guint64        length,
                         GError       **error)
{
  if (ftruncate (self->fd, (off_t) length) == 0)
    return TRUE;
  g_propagate_error (error, keel_task_error_new_errno (errno, "The file cannot be shortened"));
  return FALSE;
}

static gboolean
sync_dir (KeelPartFile  *self,
          GError       **error)
{
  if (self->dir_is_synced)
    return TRUE;
  /* EINVAL: a file system on which folders cannot be synced. There is nothing better to do. */
  if (fsync (self->dir_fd) != 0 && errno != EINVAL)
    {
      g_propagate_error (error, keel_task_error_new_errno (errno, "The folder cannot be synced"));
      return FALSE;
    }
  self->dir_is_synced = TRUE;
  return TRUE;
}

/* Makes durable what was written before the call, and the name of the part file with it. A failed
 * sync must not be repeated and believed: the kernel reports such an error once. */
gboolean
keel_part_file_sync (KeelPartFile  *self,
                     GError       **error)
{
  if (fdatasync (self->fd) != 0)
    {
      g_propagate_error (error, keel_task_error_new_errno (errno, "The file cannot be synced"));
      return FALSE;
    }
  return sync_dir (self, error);
}

/* Makes the file durable with its mode and its attributes; not its name. */
gboolean
keel_part_file_sync_whole (KeelPartFile  *self,
                           GError       **error)
{
  if (fsync (self->fd) == 0)
    return TRUE;
  g_propagate_error (error, keel_task_error_new_errno (errno, "The file cannot be synced"));
  return FALSE;
}

static gint64
get_mtime_nsec (int fd)
{
  struct stat info;

  return fstat (fd, &info) == 0 ?
           info.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info.st_mtim.tv_nsec :
           0;
}

/* The hash of bytes FROM..TO; 0: there are none, or they cannot be read. */
static guint64
hash_bytes (KeelPartFile *self,
            guint64       from,
            guint64       to)
{
  gsize length = (gsize) (to - from);
  g_autofree guint8 *bytes = NULL;

  if (length == 0)
    return 0;
  bytes = g_malloc (length);
  return keel_part_file_read (self, bytes, length, from, NULL) == (gssize) length ?
           keel_block_hash_compute (bytes, length) :
           0;
}

/* What the file looks like now, to be compared later. Of the bytes behind the last whole block the
 * hash is made here; those of whole blocks are made as they are written. */
void
keel_part_file_trace (KeelPartFile      *self,
                      guint64            durable,
                      KeelPartFileTrace *out_trace)
{
  *out_trace = (KeelPartFileTrace) {
    .tail_hash = hash_bytes (self, durable - durable % KEEL_BLOCK_BYTES, durable),
    .mtime_nsec = get_mtime_nsec (self->fd),
  };
}

/* Likewise the hash of each island's end. */
void
keel_part_file_trace_islands (KeelPartFile *self,
                              KeelRanges   *islands)
{
  for (guint i = 0; i < islands->len; i++)
    {
      KeelRange *island = &g_array_index (islands, KeelRange, i);

      if (island->from > 0)
        island->tail_hash = hash_bytes (self, keel_block_find_tail (island->from, island->to),
                                        island->to);
    }
}

/* Whether somebody has written into it since. */
gboolean
keel_part_file_is_touched (KeelPartFile            *self,
                           const KeelPartFileTrace *trace)
{
  return trace->mtime_nsec != 0 && trace->mtime_nsec != self->mtime_nsec;
}

/* Says on the file whose it is, and that there is one in its folder, for the case that the database
 * is lost. */
void
keel_part_file_label (KeelPartFile             *self,
                      const KeelTransferRecord *record,
                      const char               *state_dir,
                      const char               *labels_dir)
{
  keel_folder_list_note (state_dir, record->dir);
  keel_part_label_write (self->fd, record, labels_dir);
}

/* Likewise, how much of it is durable now. */
void
keel_part_file_label_durable (KeelPartFile *self,
                              guint64       durable,
                              const char   *labels_dir)
{
  keel_part_label_set_durable (self->fd, self->token, durable, labels_dir);
}

/* umask() can only be read by setting it, which would race with other threads; /proc tells, but
 * takes longer over it than a small file does to be sealed. Nobody changes it in this process. */
static mode_t
get_umask (void)
{
  static gsize mask_plus_one;

  if (g_once_init_enter (&mask_plus_one))
    {
      g_autofree char *status = NULL;
      const char *line = NULL;

      if (g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
        line = strstr (status, "\nUmask:");
      g_once_init_leave (&mask_plus_one, (line != NULL ? strtoul (line + 7, NULL, 8) : 077) + 1);
    }
  return (mode_t) (mask_plus_one - 1);
}

/* Whether the file that is written is still the one under the name. */
gboolean
keel_part_file_is_in_place (KeelPartFile *self)
{
  struct stat info;

  return fstatat (self->dir_fd, self->name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         (info.st_ino == self->ino || !keel_folder_has_stable_inodes (self->dir_fd));
}

/* How long it is now, whatever was written; 0 when the disk does not say. */
guint64
keel_part_file_get_size (KeelPartFile *self)
{
  struct stat info;

  return fstat (self->fd, &info) == 0 ? (guint64) info.st_size : 0;
}

/* Ends the writing: cuts the tail, gives the file the mode of an ordinary new file (never one that
 * can be executed) and the link it came from, and takes off what was for us. Nothing of that is
 * durable yet. @labels_dir: (nullable) */
gboolean
keel_part_file_end (KeelPartFile  *self,
                    guint64        length,
                    const char    *origin,
                    const char    *labels_dir,
                    GError       **error)
{
  if (!keel_part_file_truncate (self, length, error))
    return FALSE;
  /* Neither is worth failing a download for: FAT has no modes, NFS no attributes. */
  if (fchmod (self->fd, 0666 & ~get_umask ()) != 0)
    g_info ("The file's mode cannot be set: %s", g_strerror (errno));
  if (fsetxattr (self->fd, ORIGIN_XATTR, origin, strlen (origin), 0) != 0 && errno != ENOTSUP)
    g_info ("The file's origin cannot be noted: %s", g_strerror (errno));
  if (labels_dir != NULL)
    keel_part_label_remove (self->fd, self->token, labels_dir);
  fremovexattr (self->fd, KEEL_PART_FILE_TOKEN_XATTR);
  return TRUE;
}

/* Lets @group make the file, and its name, durable. */
void
keel_part_file_add_to (KeelPartFile  *self,
                       KeelSyncGroup *group,
                       KeelSyncFunc   func,
                       gpointer       user_data)
{
  keel_sync_group_add (group, self->fd, self->dir_is_synced ? -1 : self->dir_fd, func, user_data);
}
