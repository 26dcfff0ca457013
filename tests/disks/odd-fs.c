/* SPDX-License-Identifier: GPL-3.0-or-later */
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A file system that shows a folder, and lacks what it is told to lack.
 *
 *   odd-fs FOLDER MOUNTPOINT [-o no_replace,no_links,no_xattrs,no_dir_sync,no_nofollow,
 *                              largest=BYTES]
 *
 * It runs in the foreground. Stopped (SIGSTOP), it is a disk that hangs; while FOLDER/.fail-sync is
 * there, syncing fails with EIO, and while FOLDER/.fail-write is, writing does. The sync that fails
 * takes FOLDER/.fail-sync-once away. Without "nofollow" it is like the document portal, which takes
 * every file for a link. */

static struct {
  char *root;
  int no_replace;
  int no_links;
  int no_xattrs;
  int no_dir_sync;
  int no_nofollow;
  unsigned long largest;
} odd;

static const struct fuse_opt options[] = {
  { "no_replace", offsetof (typeof (odd), no_replace), 1 },
  { "no_links", offsetof (typeof (odd), no_links), 1 },
  { "no_xattrs", offsetof (typeof (odd), no_xattrs), 1 },
  { "no_dir_sync", offsetof (typeof (odd), no_dir_sync), 1 },
  { "no_nofollow", offsetof (typeof (odd), no_nofollow), 1 },
  { "largest=%lu", offsetof (typeof (odd), largest), 0 },
  FUSE_OPT_END,
};

#define REAL(variable, path)                                                                       \
  char variable[4096];                                                                             \
  snprintf (variable, sizeof variable, "%s%s", odd.root, path)
#define ANSWER(call) return (call) == -1 ? -errno : 0

static int
is_asked_for (const char *name)
{
  REAL (path, name);
  return access (path, F_OK) == 0;
}

static void *
odd_init (struct fuse_conn_info *connection,
          struct fuse_config    *config)
{
  config->use_ino = 1;
  config->attr_timeout = 0;
  config->entry_timeout = 0;
  config->negative_timeout = 0;
  return NULL;
}

static int
odd_getattr (const char            *name,
             struct stat           *info,
             struct fuse_file_info *file)
{
  REAL (path, name);
  ANSWER (file != NULL ? fstat ((int) file->fh, info) : lstat (path, info));
}

static int
odd_readdir (const char              *name,
             void                    *buffer,
             fuse_fill_dir_t          fill,
             off_t                    offset,
             struct fuse_file_info   *file,
             enum fuse_readdir_flags  flags)
{
  REAL (path, name);
  DIR *dir = opendir (path);
  struct dirent *entry;

  if (dir == NULL)
    return -errno;
  while ((entry = readdir (dir)) != NULL)
    fill (buffer, entry->d_name, NULL, 0, 0);
  closedir (dir);
  return 0;
}

static int
odd_open (const char            *name,
          struct fuse_file_info *file)
{
  REAL (path, name);
  int fd;

  if (odd.no_nofollow && (file->flags & O_NOFOLLOW) != 0)
    return -ELOOP;
  fd = open (path, file->flags);
  file->fh = (uint64_t) fd;
  return fd == -1 ? -errno : 0;
}

static int
odd_create (const char            *name,
            mode_t                 mode,
            struct fuse_file_info *file)
{
  REAL (path, name);
  int fd = open (path, file->flags, mode);

  file->fh = (uint64_t) fd;
  return fd == -1 ? -errno : 0;
}

static int
odd_release (const char            *name,
             struct fuse_file_info *file)
{
  close ((int) file->fh);
  return 0;
}

static int
odd_read (const char            *name,
          char                  *buffer,
          size_t                 size,
          off_t                  offset,
          struct fuse_file_info *file)
{
  ssize_t count = pread ((int) file->fh, buffer, size, offset);

  return count == -1 ? -errno : (int) count;
}

static int
odd_write (const char            *name,
           const char            *bytes,
           size_t                 size,
           off_t                  offset,
           struct fuse_file_info *file)
{
  ssize_t count;

  if (is_asked_for ("/.fail-write"))
    return -EIO;
  if (odd.largest > 0 && (unsigned long) offset + size > odd.largest)
    return -EFBIG;
  count = pwrite ((int) file->fh, bytes, size, offset);
  return count == -1 ? -errno : (int) count;
}

static int
odd_truncate (const char            *name,
              off_t                  size,
              struct fuse_file_info *file)
{
  REAL (path, name);
  ANSWER (file != NULL ? ftruncate ((int) file->fh, size) : truncate (path, size));
}

static int
odd_fsync (const char            *name,
           int                    data_only,
           struct fuse_file_info *file)
{
  REAL (once, "/.fail-sync-once");

  if (is_asked_for ("/.fail-sync") || unlink (once) == 0)
    return -EIO;
  ANSWER (data_only ? fdatasync ((int) file->fh) : fsync ((int) file->fh));
}

static int
odd_fsyncdir (const char            *name,
              int                    data_only,
              struct fuse_file_info *file)
{
  return odd.no_dir_sync ? -EINVAL : 0;
}

static int
odd_rename (const char   *name,
            const char   *new_name,
            unsigned int  flags)
{
  REAL (from, name);
  REAL (to, new_name);
  if (flags != 0 && odd.no_replace)
    return -EINVAL;
  ANSWER (renameat2 (AT_FDCWD, from, AT_FDCWD, to, flags));
}

static int
odd_link (const char *name,
          const char *new_name)
{
  REAL (from, name);
  REAL (to, new_name);
  if (odd.no_links)
    return -EPERM;
  ANSWER (link (from, to));
}

static int
odd_unlink (const char *name)
{
  REAL (path, name);
  ANSWER (unlink (path));
}

static int
odd_mkdir (const char *name,
           mode_t      mode)
{
  REAL (path, name);
  ANSWER (mkdir (path, mode));
}

static int
odd_rmdir (const char *name)
{
  REAL (path, name);
  ANSWER (rmdir (path));
}

static int
odd_chmod (const char            *name,
           mode_t                 mode,
           struct fuse_file_info *file)
{
  REAL (path, name);
  ANSWER (chmod (path, mode));
}

static int
odd_utimens (const char            *name,
             const struct timespec  times[2],
             struct fuse_file_info *file)
{
  REAL (path, name);
  ANSWER (utimensat (AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW));
}

static int
odd_statfs (const char     *name,
            struct statvfs *info)
{
  REAL (path, name);
  ANSWER (statvfs (path, info));
}

static int
odd_setxattr (const char *name,
              const char *attribute,
              const char *value,
              size_t      size,
              int         flags)
{
  REAL (path, name);
  if (odd.no_xattrs)
    return -ENOTSUP;
  ANSWER (lsetxattr (path, attribute, value, size, flags));
}

static int
odd_getxattr (const char *name,
              const char *attribute,
              char       *value,
              size_t      size)
{
  REAL (path, name);
  ssize_t length;

  if (odd.no_xattrs)
    return -ENOTSUP;
  length = lgetxattr (path, attribute, value, size);
  return length == -1 ? -errno : (int) length;
}

static int
odd_removexattr (const char *name,
                 const char *attribute)
{
  REAL (path, name);
  if (odd.no_xattrs)
    return -ENOTSUP;
  ANSWER (lremovexattr (path, attribute));
}

static const struct fuse_operations operations = {
  .init = odd_init,
  .getattr = odd_getattr,
  .readdir = odd_readdir,
  .open = odd_open,
  .create = odd_create,
  .release = odd_release,
  .read = odd_read,
  .write = odd_write,
  .truncate = odd_truncate,
  .fsync = odd_fsync,
  .fsyncdir = odd_fsyncdir,
  .rename = odd_rename,
  .link = odd_link,
  .unlink = odd_unlink,
  .mkdir = odd_mkdir,
  .rmdir = odd_rmdir,
  .chmod = odd_chmod,
  .utimens = odd_utimens,
  .statfs = odd_statfs,
  .setxattr = odd_setxattr,
  .getxattr = odd_getxattr,
  .removexattr = odd_removexattr,
};

int
main (int   argc,
      char *argv[])
{
  struct fuse_args args = FUSE_ARGS_INIT (0, NULL);

  if (argc < 3)
    {
      fprintf (stderr, "usage: odd-fs FOLDER MOUNTPOINT [-o OPTION,...]\n");
      return 2;
    }
  odd.root = argv[1];
  fuse_opt_add_arg (&args, argv[0]);
  for (int i = 2; i < argc; i++)
    fuse_opt_add_arg (&args, argv[i]);
  fuse_opt_add_arg (&args, "-f");
  if (fuse_opt_parse (&args, &odd, options, NULL) == -1)
    return 2;
  return fuse_main (args.argc, args.argv, &operations, NULL);
}
