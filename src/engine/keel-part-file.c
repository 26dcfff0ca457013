/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-part-file-private.h"

#include "keel-open.h"
#include "keel-task-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The file beside the destination into which the bytes go: ".<random>.part", mode 0600, in the
 * same folder, so that its end is one rename.
 *
 * It is ours when it is a regular file with one link, with the inode that was recorded at the
 * first checkpoint (where inodes mean something) and, where the file system keeps extended
 * attributes, with our random token in `user.keelboat.token`. What is not ours is never written to,
 * truncated or unlinked. A part file whose inode was never recorded was never synced: nothing in it
 * counts, and it is made anew.
 *
 * Everything here blocks; it runs in a disk thread, except that a worker writes and reads. The
 * descriptors may be used by several threads, because every access names its offset. */

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
  ssize_t length = fgetxattr (fd, KEEL_PART_FILE_TOKEN_XATTR, value, sizeof value);

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
  if (!S_ISREG (info->st_mode) || info->st_nlink != 1 || !has_token (fd, token))
    return FALSE;
  return known_ino == 0 || info->st_ino == known_ino || !keel_folder_has_stable_inodes (fd);
}

static KeelPartFile *
part_file_new (int         dir_fd,
               int         fd,
               const char *name,
               const char *token,
               guint64     ino)
{
  KeelPartFile *self = g_new0 (KeelPartFile, 1);

  g_atomic_ref_count_init (&self->refs);
  self->dir_fd = dir_fd;
  self->fd = fd;
  self->name = g_strdup (name);
  self->token = g_strdup (token);
  self->ino = ino;
  /* Not known: nothing will be said about it later. */
  keel_folder_identify (dir_fd, &self->folder);
  return self;
}

/* A file in @dir_fd that has no name yet. Takes both over. */
KeelPartFile *
keel_part_file_new_nameless (int dir_fd,
                             int fd)
{
  return part_file_new (dir_fd, fd, NULL, NULL, 0);
}

/* What the disk says, as one of our errors. */
KeelPartFileVerdict
keel_part_file_fail (int          code,
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
  int fd = TEMP_FAILURE_RETRY (
    openat (dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));

  if (fd < 0)
    return errno == EEXIST ? KEEL_PART_FILE_FOREIGN : keel_part_file_fail (errno, dir, error);
  if (fstat (fd, &info) != 0)
    {
      int code = errno;

      close (fd);
      return keel_part_file_fail (code, dir, error);
    }
  if (fsetxattr (fd, KEEL_PART_FILE_TOKEN_XATTR, token, strlen (token), 0) != 0 && errno != ENOTSUP)
    g_info ("%s: no extended attributes: %s", dir, g_strerror (errno));
  *out_part = part_file_new (dir_fd, fd, name, token, info.st_ino);
  return KEEL_PART_FILE_OK;
}

/* Whether it is for the sake of the file that it could not be opened: another one has its place.
 * Where the folder lets nobody in, nothing is known of the file. */
static gboolean
is_foreign (int dir_fd,
            int code)
{
  if (code == EACCES)
    return faccessat (dir_fd, ".", X_OK, AT_EACCESS) == 0;
  return code == ELOOP || code == EISDIR || code == ENXIO;
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
  int fd = keel_open_file_at (dir_fd, name, O_RDWR);

  if (fd < 0 && errno == ENOENT)
    return KEEL_PART_FILE_LOST;
  if (fd < 0)
    {
      int code = errno;

      return is_foreign (dir_fd, code) ? KEEL_PART_FILE_FOREIGN :
                                         keel_part_file_fail (code, dir, error);
    }
  if (fstat (fd, &info) != 0)
    verdict = keel_part_file_fail (errno, dir, error);
  else if (!is_ours (fd, &info, token, known_ino))
    verdict = KEEL_PART_FILE_FOREIGN;
  else if (known_ino == 0 || (guint64) info.st_size < durable)
    verdict = TEMP_FAILURE_RETRY (unlinkat (dir_fd, name, 0)) == 0 ?
                KEEL_PART_FILE_LOST :
                keel_part_file_fail (errno, dir, error);
  else if ((guint64) info.st_size > durable &&
           TEMP_FAILURE_RETRY (ftruncate (fd, (off_t) durable)) != 0)
    verdict = keel_part_file_fail (errno, dir, error);

  if (verdict != KEEL_PART_FILE_OK)
    {
      close (fd);
      return verdict;
    }
  *out_part = part_file_new (dir_fd, fd, name, token, info.st_ino);
  (*out_part)->cut_bytes = (guint64) info.st_size - durable;
  (*out_part)->mtime_nsec = info.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) +
                            info.st_mtim.tv_nsec;
  return verdict;
}

/* Opens the part file @name in @place, making it when there is none and none is expected
 * (@known_ino 0). Bytes beyond @durable are cut off.
 *
 * LOST: nothing is under the name now, although @durable bytes were expected; call again with
 * @known_ino and @durable 0, after that has been committed. FOREIGN: likewise, with a new name. */
KeelPartFileVerdict
keel_part_file_open (const KeelPlace  *place,
                     const char       *name,
                     const char       *token,
                     guint64           known_ino,
                     guint64           durable,
                     KeelPartFile    **out_part,
                     GError          **error)
{
  KeelPartFileVerdict verdict;
  const char *dir = place->dir;
  int dir_fd = keel_place_open (place);

  *out_part = NULL;
  if (dir_fd < 0)
    return keel_part_file_fail (errno, dir, error);
  /* Mostly there is nothing yet. */
  verdict = known_ino == 0 ? create (dir_fd, dir, name, token, out_part, error) :
                             KEEL_PART_FILE_FOREIGN;
  if (verdict == KEEL_PART_FILE_FOREIGN)
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
      keel_part_file_fail (errno, name, error);
      return NULL;
    }
  if (create (dir_fd, name, name, token, &part, error) == KEEL_PART_FILE_FOREIGN)
    g_set_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_DESTINATION, "“%s” is there already",
                 name);
  if (part == NULL)
    close (dir_fd);
  return part;
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
  g_free (self->token);
  g_free (self);
}

guint64
keel_part_file_get_ino (KeelPartFile *self)
{
  return self->ino;
}

/* Which folder it is in; all zeros when that could not be found out. */
const KeelFolderId *
keel_part_file_get_folder (KeelPartFile *self)
{
  return &self->folder;
}

/* Keeps its folder open, for later. (transfer full) (nullable) */
KeelFolderHold *
keel_part_file_hold_folder (KeelPartFile *self)
{
  int fd = fcntl (self->dir_fd, F_DUPFD_CLOEXEC, 3);

  return fd >= 0 ? keel_folder_hold_new (fd) : NULL;
}

/* How much of it was not durable when it was opened, and is fetched again. */
guint64
keel_part_file_get_cut_bytes (KeelPartFile *self)
{
  return self->cut_bytes;
}

/* The part file @name in the folder @dir_fd, to be read: if it is ours, and has @least bytes at
 * least; else -1. */
int
keel_part_file_open_at (int         dir_fd,
                        const char *name,
                        const char *token,
                        guint64     known_ino,
                        guint64     least)
{
  struct stat info;
  int fd = keel_open_file_at (dir_fd, name, O_RDONLY);

  if (fd < 0 || (fstat (fd, &info) == 0 && is_ours (fd, &info, token, known_ino) &&
                 (guint64) info.st_size >= least))
    return fd;
  close (fd);
  return -1;
}

/* Removes the part file @name in the folder @dir_fd, which is @dir, if it is ours. TRUE when
 * nothing of ours is there afterwards; what cannot be looked at may be. */
gboolean
keel_part_file_discard_at (int          dir_fd,
                           const char  *dir,
                           const char  *name,
                           const char  *token,
                           guint64      known_ino,
                           GError     **error)
{
  struct stat info;
  gboolean ok = TRUE;
  int fd = keel_open_file_at (dir_fd, name, O_RDONLY);

  if (fd < 0)
    {
      int code = errno;

      return code == ENOENT || is_foreign (dir_fd, code) ||
             keel_part_file_fail (code, dir, error) == KEEL_PART_FILE_OK;
    }
  if (fstat (fd, &info) == 0 && is_ours (fd, &info, token, known_ino) &&
      (unlinkat (dir_fd, name, 0) != 0 || (fsync (dir_fd) != 0 && errno != EINVAL)))
    {
      keel_part_file_fail (errno, dir, error);
      ok = FALSE;
    }
  close (fd);
  return ok;
}

/* Likewise in the folder @place. */
gboolean
keel_part_file_discard (const KeelPlace  *place,
                        const char       *name,
                        const char       *token,
                        guint64           known_ino,
                        GError          **error)
{
  int dir_fd = keel_place_open (place);
  gboolean ok;

  /* The folder is gone, and the part file with it. */
  if (dir_fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ESTALE))
    return TRUE;
  if (dir_fd < 0)
    return keel_part_file_fail (errno, place->dir, error) == KEEL_PART_FILE_OK;
  ok = keel_part_file_discard_at (dir_fd, place->dir, name, token, known_ino, error);
  close (dir_fd);
  return ok;
}

/* Likewise in the folder of @self. */
gboolean
keel_part_file_discard_beside (KeelPartFile  *self,
                               const char    *name,
                               GError       **error)
{
  return keel_part_file_discard_at (self->dir_fd, name, name, self->token, 0, error);
}
