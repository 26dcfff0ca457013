/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-place.h"

#include "keel-task-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Getting to the folder into which a file goes.
 *
 * NAMED: a path, opened anew for each thing that is done there. It may be a mount point that is
 * empty now and is not later; so it is waited for (keel-transfer-look.c).
 *
 * HANDED: whoever wants the file opened the folder and gave us the descriptor, because we may not
 * take its word for a path: it is a sandbox, which must not have us write where it cannot. While
 * the task is unfinished the descriptor is kept, and everything is done relative to it: the folder
 * may be renamed meanwhile, and what its mount forbids is forbidden to us. A descriptor does not
 * outlive the process. After that the folder is opened by the path that it had, and is the one
 * only if its inode and its file system are the same: a link in its place leads nowhere.
 *
 * SPOOL: ours, made when it is needed, and nobody else can look into it.
 *
 * A folder that was handed over and cannot be reached any more is lost, and is not waited for:
 * nobody but its owner can say where it is. The file goes into the spool then. */

#define MOST_PATH_BYTES 4096
/* What the kernel puts behind the path of something that has none any more. */
#define DELETED_SUFFIX " (deleted)"

struct _KeelFolderHold {
  gatomicrefcount refs;
  int fd;
};

static gint n_holds; /* atomic */

/* Takes @fd over. */
KeelFolderHold *
keel_folder_hold_new (int fd)
{
  KeelFolderHold *self = g_new0 (KeelFolderHold, 1);

  g_atomic_ref_count_init (&self->refs);
  self->fd = fd;
  g_atomic_int_inc (&n_holds);
  return self;
}

KeelFolderHold *
keel_folder_hold_ref (KeelFolderHold *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
keel_folder_hold_unref (KeelFolderHold *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  close (self->fd);
  g_free (self);
  g_atomic_int_add (&n_holds, -1);
}

/* How many there are: each is a descriptor, of which a process has so many only. */
guint
keel_folder_hold_count (void)
{
  return (guint) g_atomic_int_get (&n_holds);
}

/* Makes @self, which has nothing in it, the same as @other. */
void
keel_place_copy (KeelPlace       *self,
                 const KeelPlace *other)
{
  *self = *other;
  self->dir = g_strdup (other->dir);
  if (other->hold != NULL)
    keel_folder_hold_ref (other->hold);
}

void
keel_place_clear (KeelPlace *self)
{
  g_clear_pointer (&self->dir, g_free);
  g_clear_pointer (&self->hold, keel_folder_hold_unref);
}

static int
open_folder (const char *dir,
             int         flags)
{
  return TEMP_FAILURE_RETRY (open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags));
}

static void
sync_parent (const char *dir)
{
  g_autofree char *parent = g_path_get_dirname (dir);
  int fd = open_folder (parent, 0);

  if (fd < 0)
    return;
  if (fsync (fd) != 0)
    g_info ("%s: %s", parent, g_strerror (errno));
  close (fd);
}

/* Makes the folder and those above it, for nobody else, so that a file in it is still there after a
 * power cut. FALSE with errno set. */
static gboolean
make_private (const char *dir)
{
  g_autofree char *parent = NULL;

  if (mkdir (dir, 0700) == 0)
    {
      sync_parent (dir);
      return TRUE;
    }
  if (errno != ENOENT)
    return errno == EEXIST;
  parent = g_path_get_dirname (dir);
  if (strcmp (parent, dir) == 0 || !make_private (parent))
    return FALSE;
  if (mkdir (dir, 0700) != 0)
    return errno == EEXIST;
  sync_parent (dir);
  return TRUE;
}

static int
open_spool (const char *dir)
{
  int fd = open_folder (dir, O_NOFOLLOW);

  if (fd < 0 && errno == ENOENT && make_private (dir))
    fd = open_folder (dir, O_NOFOLLOW);
  return fd;
}

/* By the path that it had, if it is still the one. */
static int
reopen (const KeelPlace *self)
{
  int fd = open_folder (self->dir, 0);

  if (fd < 0 || keel_folder_is_same (fd, &self->id))
    return fd;
  close (fd);
  errno = ESTALE;
  return -1;
}

/* A descriptor of the folder, or -1 with errno set; ESTALE: there is another one. */
int
keel_place_open (const KeelPlace *self)
{
  switch (self->kind)
    {
    case KEEL_FOLDER_HANDED:
      return self->hold != NULL ? fcntl (self->hold->fd, F_DUPFD_CLOEXEC, 3) : reopen (self);
    case KEEL_FOLDER_SPOOL:
      return open_spool (self->dir);
    case KEEL_FOLDER_NAMED:
    case KEEL_FOLDER_TAKEN:
    case KEEL_FOLDER_N_KINDS:
    default:
      return open_folder (self->dir, 0);
    }
}

static gboolean
is_gone (int code)
{
  return code == ENOENT || code == ENOTDIR || code == ESTALE || code == ELOOP || code == EACCES ||
         code == EPERM || code == ENODEV || code == ENOTCONN;
}

/* The path that @fd has now; the kernel tells without touching the disk. NULL: it has none.
 * (transfer full) */
char *
keel_place_dup_path_of (int fd)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  char path[MOST_PATH_BYTES];
  ssize_t length = readlink (link, path, sizeof path);

  if (length <= 0 || length >= (ssize_t) sizeof path || *path != '/')
    return NULL;
  return g_strndup (path, (gsize) length);
}

/* Where the folder is now; NULL when it has no path, or looks as if. Does not block. (transfer
 * full)
 */
char *
keel_folder_hold_dup_path (KeelFolderHold *self)
{
  g_autofree char *path = keel_place_dup_path_of (self->fd);

  return path != NULL && !g_str_has_suffix (path, DELETED_SUFFIX) ? g_steal_pointer (&path) : NULL;
}

/* Whether the folder has no name any more: nothing can be made in it. There are file systems that
 * count no links, and folders that are called so. */
gboolean
keel_place_is_deleted (int fd)
{
  g_autofree char *path = keel_place_dup_path_of (fd);
  struct stat info;

  return path != NULL && g_str_has_suffix (path, DELETED_SUFFIX) && fstat (fd, &info) == 0 &&
         info.st_nlink == 0;
}

/* Whether it was handed over and nothing will bring it back. Blocks. */
gboolean
keel_place_is_lost (const KeelPlace *self)
{
  KeelFolderId now;
  gboolean is_lost;
  int fd;

  if (self->kind != KEEL_FOLDER_HANDED)
    return FALSE;
  fd = keel_place_open (self);
  if (fd < 0)
    return is_gone (errno);
  /* What served it may have died, and a descriptor does not come to life again. */
  is_lost = keel_place_is_deleted (fd) || !keel_folder_identify (fd, &now);
  close (fd);
  return is_lost;
}

/* --- a descriptor that somebody gave us ------------------------------------------------------ */

static gboolean
refuse (GError     **error,
        const char  *message)
{
  g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_BAD_DESTINATION, message);
  return FALSE;
}

/* What may be wrong with it is found out now rather than when the bytes are there. */
static gboolean
check (int      fd,
       GError **error)
{
  int flags = fcntl (fd, F_GETFL);
  struct stat info;

  if (flags < 0 || fstat (fd, &info) != 0)
    return refuse (error, "The descriptor cannot be used");
  /* First, because it is wrong whatever it points at: it carries no permission. */
  if ((flags & O_PATH) != 0)
    return refuse (error, "The folder was opened with O_PATH, which does not let anybody in");
  if (!S_ISDIR (info.st_mode))
    return refuse (error, "The descriptor is not that of a folder");
  if (keel_place_is_deleted (fd))
    return refuse (error, "The folder has been deleted");
  if (faccessat (fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0)
    return refuse (error, "The folder cannot be written to");
  return TRUE;
}

/* Makes @self, which has nothing in it, the folder of @fd, which is taken over. Blocks. Fails with
 * KEEL_ERROR_BAD_DESTINATION. */
gboolean
keel_place_take (KeelPlace  *self,
                 int         fd,
                 GError    **error)
{
  g_autoptr (KeelFolderHold) hold = keel_folder_hold_new (fd);
  g_autofree char *dir = NULL;

  if (!check (fd, error))
    return FALSE;
  dir = keel_place_dup_path_of (fd);
  if (dir == NULL || !keel_folder_identify (fd, &self->id))
    return refuse (error, "The folder cannot be looked at");
  self->kind = KEEL_FOLDER_HANDED;
  self->dir = g_steal_pointer (&dir);
  self->hold = g_steal_pointer (&hold);
  return TRUE;
}
