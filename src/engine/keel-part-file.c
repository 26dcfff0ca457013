/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-part-file.h"

#include "keel-file-name.h"
#include "keel-task-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The file beside the destination into which the bytes go: ".<random>.part", mode 0600, in the
 * same folder, so that its end is one rename.
 *
 * It is ours when it is a regular file with one link, with the inode that was recorded at the
 * first checkpoint and, where the file system keeps extended attributes, with our random token in
 * `user.keelboat.token`. What is not ours is never written to, truncated or unlinked. A part file
 * whose inode was never recorded was never synced: nothing in it counts, and it is made anew.
 *
 * Everything here blocks; it runs in a disk thread, except that a worker writes and reads. The
 * descriptors may be used by several threads, because every access names its offset. */

#define TOKEN_XATTR "user.keelboat.token"
#define ORIGIN_XATTR "user.xdg.origin.url"
#define COPY_BYTES (1024 * 1024)

struct _KeelPartFile {
  gatomicrefcount refs;
  int dir_fd;
  int fd;
  char *name; /* (owned) leaf */
  guint64 ino;
  guint64 cut_bytes;      /* fixed once it is open */
  gboolean dir_is_synced; /* disk thread only */
};

static int
open_dir (const char *dir)
{
  return open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static char *
dup_random_hex (void)
{
  return g_strdup_printf ("%08x%08x", g_random_int (), g_random_int ());
}

/* A leaf name for a part file that nobody else has. (transfer full) */
char *
keel_part_file_dup_random_name (void)
{
  g_autofree char *hex = dup_random_hex ();

  return g_strdup_printf (".%s.part", hex);
}

/* (transfer full) */
char *
keel_part_file_dup_random_token (void)
{
  g_autofree char *a = dup_random_hex ();
  g_autofree char *b = dup_random_hex ();

  return g_strconcat (a, b, NULL);
}

/* TRUE also where there is no attribute: the file system may keep none, and a crash may have come
 * between making the file and marking it. Then its random name, and the inode, have to do. */
static gboolean
has_token (int         fd,
           const char *token)
{
  char value[64];
  ssize_t length = fgetxattr (fd, TOKEN_XATTR, value, sizeof value);

  if (length < 0)
    return errno == ENOTSUP || errno == ENODATA;
  return (gsize) length == strlen (token) && memcmp (value, token, (gsize) length) == 0;
}

static gboolean
is_ours (int                fd,
         const struct stat *info,
         const char        *token,
         guint64            known_ino)
{
  return S_ISREG (info->st_mode) && info->st_nlink == 1 && has_token (fd, token) &&
         (known_ino == 0 || info->st_ino == known_ino);
}

static KeelPartFile *
part_file_new (int         dir_fd,
               int         fd,
               const char *name,
               guint64     ino)
{
  KeelPartFile *self = g_new0 (KeelPartFile, 1);

  g_atomic_ref_count_init (&self->refs);
  self->dir_fd = dir_fd;
  self->fd = fd;
  self->name = g_strdup (name);
  self->ino = ino;
  return self;
}

static KeelPartFileVerdict
fail (int          code,
      const char  *dir,
      GError     **error)
{
  g_propagate_error (error, keel_task_error_new_errno (code, dir));
  return KEEL_PART_FILE_ERROR;
}

static KeelPartFileVerdict
create (int            dir_fd,
        const char    *dir,
        const char    *name,
        const char    *token,
        KeelPartFile **out_part,
        GError       **error)
{
  struct stat info;
  int fd = openat (dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

  if (fd < 0)
    return errno == EEXIST ? KEEL_PART_FILE_FOREIGN : fail (errno, dir, error);
  if (fstat (fd, &info) != 0)
    {
      int code = errno;

      close (fd);
      return fail (code, dir, error);
    }
  if (fsetxattr (fd, TOKEN_XATTR, token, strlen (token), 0) != 0 && errno != ENOTSUP)
    g_info ("%s: no extended attributes: %s", dir, g_strerror (errno));
  *out_part = part_file_new (dir_fd, fd, name, info.st_ino);
  return KEEL_PART_FILE_OK;
}

/* What is there under the name, given that it should be our part file. */
static KeelPartFileVerdict
reopen (int            dir_fd,
        const char    *dir,
        const char    *name,
        const char    *token,
        guint64        known_ino,
        guint64        durable,
        KeelPartFile **out_part,
        GError       **error)
{
  struct stat info;
  KeelPartFileVerdict verdict = KEEL_PART_FILE_OK;
  int fd = openat (dir_fd, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

  if (fd < 0 && errno == ENOENT)
    return KEEL_PART_FILE_LOST;
  if (fd < 0)
    return errno == ELOOP || errno == EISDIR || errno == ENXIO || errno == EACCES ?
             KEEL_PART_FILE_FOREIGN :
             fail (errno, dir, error);
  if (fstat (fd, &info) != 0)
    verdict = fail (errno, dir, error);
  else if (!is_ours (fd, &info, token, known_ino))
    verdict = KEEL_PART_FILE_FOREIGN;
  else if (known_ino == 0 || (guint64) info.st_size < durable)
    verdict = unlinkat (dir_fd, name, 0) == 0 ? KEEL_PART_FILE_LOST : fail (errno, dir, error);
  else if ((guint64) info.st_size > durable && ftruncate (fd, (off_t) durable) != 0)
    verdict = fail (errno, dir, error);

  if (verdict != KEEL_PART_FILE_OK)
    {
      close (fd);
      return verdict;
    }
  *out_part = part_file_new (dir_fd, fd, name, info.st_ino);
  (*out_part)->cut_bytes = (guint64) info.st_size - durable;
  return verdict;
}

/* Opens the part file @name in @dir, making it when there is none and none is expected
 * (@known_ino 0). Bytes beyond @durable are cut off.
 *
 * LOST: nothing is under the name now, although @durable bytes were expected; call again with
 * @known_ino and @durable 0, after that has been committed. FOREIGN: likewise, with a new name. */
KeelPartFileVerdict
keel_part_file_open (const char    *dir,
                     const char    *name,
                     const char    *token,
                     guint64        known_ino,
                     guint64        durable,
                     KeelPartFile **out_part,
                     GError       **error)
{
  KeelPartFileVerdict verdict;
  int dir_fd = open_dir (dir);

  *out_part = NULL;
  if (dir_fd < 0)
    return fail (errno, dir, error);
  verdict = reopen (dir_fd, dir, name, token, known_ino, durable, out_part, error);
  if (verdict == KEEL_PART_FILE_LOST && known_ino == 0)
    verdict = create (dir_fd, dir, name, token, out_part, error);
  if (*out_part == NULL)
    close (dir_fd);
  return verdict;
}

/* Makes the part file @name in the folder of @self. KEEL_TASK_ERROR_DESTINATION when there is
 * something under that name. (transfer full) */
KeelPartFile *
keel_part_file_create_beside (KeelPartFile  *self,
                              const char    *name,
                              const char    *token,
                              GError       **error)
{
  KeelPartFile *part = NULL;
  int dir_fd = fcntl (self->dir_fd, F_DUPFD_CLOEXEC, 0);

  if (dir_fd < 0)
    {
      fail (errno, name, error);
      return NULL;
    }
  if (create (dir_fd, name, name, token, &part, error) == KEEL_PART_FILE_FOREIGN)
    g_set_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_DESTINATION, "“%s” is there already",
                 name);
  if (part == NULL)
    close (dir_fd);
  return part;
}

/* Makes the first @length bytes of @to those of @self. Where the file system can, nothing is
 * moved. */
gboolean
keel_part_file_copy (KeelPartFile  *self,
                     KeelPartFile  *to,
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
      count = copy_file_range (self->fd, &from, to->fd, &at, size, 0);
      if (count <= 0)
        {
          if (buffer == NULL)
            buffer = g_malloc (COPY_BYTES);
          count = keel_part_file_read (self, buffer, size, done, error);
          if (count < 0)
            return FALSE;
          if (count == 0)
            {
              g_set_error_literal (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_DISK,
                                   "The partial file has become shorter");
              return FALSE;
            }
          if (!keel_part_file_write (to, buffer, (gsize) count, done, error))
            return FALSE;
        }
      done += (guint64) count;
    }
  return TRUE;
}

KeelPartFile *
keel_part_file_ref (KeelPartFile *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
keel_part_file_unref (KeelPartFile *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  close (self->fd);
  close (self->dir_fd);
  g_free (self->name);
  g_free (self);
}

guint64
keel_part_file_get_ino (KeelPartFile *self)
{
  return self->ino;
}

/* How much of it was not durable when it was opened, and is fetched again. */
guint64
keel_part_file_get_cut_bytes (KeelPartFile *self)
{
  return self->cut_bytes;
}

/* Whether so many bytes more have a chance to fit. KEEL_TASK_ERROR_NO_SPACE says how many do. A
 * file system that does not tell how full it is is given the benefit of the doubt. */
gboolean
keel_part_file_has_room (KeelPartFile  *self,
                         guint64        bytes,
                         GError       **error)
{
  struct statvfs info;
  guint64 free_bytes;

  if (fstatvfs (self->fd, &info) != 0 || info.f_blocks == 0)
    return TRUE;
  free_bytes = (guint64) info.f_bavail * info.f_frsize;
  if (bytes <= free_bytes)
    return TRUE;
  g_set_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_NO_SPACE,
               "The rest of the file has %" G_GUINT64_FORMAT " bytes, the disk has room for"
               " %" G_GUINT64_FORMAT,
               bytes, free_bytes);
  return FALSE;
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

/* Like pread: 0 at the end, -1 with @error set. */
gssize
keel_part_file_read (KeelPartFile  *self,
                     void          *buffer,
                     gsize          length,
                     guint64        offset,
                     GError       **error)
{
  for (;;)
    {
      ssize_t count = pread (self->fd, buffer, length, (off_t) offset);

      if (count >= 0)
        return count;
      if (errno != EINTR)
        {
          g_propagate_error (error, keel_task_error_new_errno (errno, "The file cannot be read"));
          return -1;
        }
    }
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

/* umask() can only be read by setting it, which would race with other threads; /proc tells. */
static mode_t
get_umask (void)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return 077;
  line = strstr (status, "\nUmask:");
  return line != NULL ? (mode_t) strtoul (line + 7, NULL, 8) : 077;
}

/* Whether the file that is written is still the one under the name. */
static gboolean
is_in_place (KeelPartFile *self)
{
  struct stat info;

  return fstatat (self->dir_fd, self->name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         info.st_ino == self->ino;
}

/* Ends the writing: cuts the tail, gives the file the mode of an ordinary new file (never one that
 * can be executed) and the link it came from, and makes all of it durable. LOST: somebody removed
 * the file or its folder while it was written; the bytes go with the last descriptor. */
KeelPartFileVerdict
keel_part_file_seal (KeelPartFile  *self,
                     guint64        length,
                     const char    *origin,
                     GError       **error)
{
  if (!keel_part_file_truncate (self, length, error))
    return KEEL_PART_FILE_ERROR;
  /* Neither is worth failing a download for: FAT has no modes, NFS no attributes. */
  if (fchmod (self->fd, 0666 & ~get_umask ()) != 0)
    g_info ("The file's mode cannot be set: %s", g_strerror (errno));
  if (fsetxattr (self->fd, ORIGIN_XATTR, origin, strlen (origin), 0) != 0 && errno != ENOTSUP)
    g_info ("The file's origin cannot be noted: %s", g_strerror (errno));
  if (fsync (self->fd) != 0)
    return fail (errno, "The file cannot be synced", error);
  if (!is_in_place (self))
    return KEEL_PART_FILE_LOST;
  return sync_dir (self, error) ? KEEL_PART_FILE_OK : KEEL_PART_FILE_ERROR;
}

/* Removes the part file if it is ours. TRUE when nothing of ours is there afterwards. */
gboolean
keel_part_file_discard (const char  *dir,
                        const char  *name,
                        const char  *token,
                        guint64      known_ino,
                        GError     **error)
{
  struct stat info;
  gboolean ok = TRUE;
  int dir_fd = open_dir (dir);
  int fd;

  /* The folder is gone, and the part file with it. */
  if (dir_fd < 0 && (errno == ENOENT || errno == ENOTDIR))
    return TRUE;
  if (dir_fd < 0)
    return fail (errno, dir, error) == KEEL_PART_FILE_OK;
  fd = openat (dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd >= 0 && fstat (fd, &info) == 0 && is_ours (fd, &info, token, known_ino) &&
      (unlinkat (dir_fd, name, 0) != 0 || (fsync (dir_fd) != 0 && errno != EINVAL)))
    {
      fail (errno, dir, error);
      ok = FALSE;
    }
  if (fd >= 0)
    close (fd);
  close (dir_fd);
  return ok;
}
