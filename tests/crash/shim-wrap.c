/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain off_t and no fortified inlines: this file defines what they would rename. */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The functions of libc that change what is on a disk, in front of libc's own.
 *
 * Each makes a Frame of its call, asks shim_fault_before(), does the call unless that said an
 * error, and tells shim_fault_after() and shim_record(). The lock is held from the first to the
 * last, the call itself included: so the order in which calls are told is the order in which they
 * happened. What is not below a watched folder goes straight through, without the lock; so does
 * what the shim does itself (`is_inside`), or it would wait for its own lock.
 *
 * What is told of standard output is for shim_record() alone: what a program has promised to
 * somebody is part of the story. Not seen: stdio (glibc writes internally), mmap, io_uring.
 *
 * Folders are named by KEEL_SHIM_STATE and KEEL_SHIM_DOWNLOADS, as the kernel calls them (no
 * symbolic links). A poorer file system is played by KEEL_SHIM_LACKS, a list of `noreplace` (no
 * RENAME_NOREPLACE), `link` (no hard links) and `xattr` (no extended attributes); a slow one by
 * KEEL_SHIM_SYNC_USEC, the time that each sync takes more. */

#define NEXT(name)                                                                                 \
  ({                                                                                               \
    static __typeof__ (&name) next_;                                                               \
    if (next_ == NULL)                                                                             \
      next_ = (__typeof__ (&name)) dlsym (RTLD_NEXT, #name);                                       \
    next_;                                                                                         \
  })

#define STALL_USEC (50 * 1000)
#define PART_NAME_LENGTH 22 /* ".<16 hex digits>.part" */

typedef struct {
  ShimCall call;
  int refusal; /* an errno; 0: the call is done */
  int is_mark; /* not about a file */
  char path[PATH_MAX];
  char new_path[PATH_MAX];
} Frame;

/* Of the other file of the library, which may be missing. */
void shim_record (const ShimCall *call) __attribute__ ((weak));

/* What a fortified program calls instead of open(); libc's headers name them only to such. */
int __open_2 (const char *path, int flags);
int __open64_2 (const char *path, int flags);
int __openat_2 (int dir_fd, const char *path, int flags);
int __openat64_2 (int dir_fd, const char *path, int flags);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread int is_inside;
static const char *state_dir;
static unsigned sync_usec;
static const char *downloads_dir;
static int lacks_noreplace;
static int lacks_link;
static int lacks_xattr;

__attribute__ ((constructor)) static void
read_environment (void)
{
  const char *lacks = getenv ("KEEL_SHIM_LACKS");
  const char *slow = getenv ("KEEL_SHIM_SYNC_USEC");

  sync_usec = slow != NULL ? (unsigned) atoi (slow) : 0;
  state_dir = getenv ("KEEL_SHIM_STATE");
  downloads_dir = getenv ("KEEL_SHIM_DOWNLOADS");
  if (lacks == NULL)
    return;
  lacks_noreplace = strstr (lacks, "noreplace") != NULL;
  lacks_link = strstr (lacks, "link") != NULL;
  lacks_xattr = strstr (lacks, "xattr") != NULL;
}

/* --- what a call is about -------------------------------------------------------------------- */

/* What follows @dir in @path: "" for the folder itself, NULL when it is not below. */
static const char *
below (const char *path,
       const char *dir)
{
  size_t length = dir != NULL ? strlen (dir) : 0;

  if (length == 0 || strncmp (path, dir, length) != 0)
    return NULL;
  if (path[length] == '\0')
    return path + length;
  return path[length] == '/' ? path + length + 1 : NULL;
}

static int
is_part_name (const char *name)
{
  return strlen (name) == PART_NAME_LENGTH && name[0] == '.' &&
         strspn (name + 1, "0123456789abcdef") == 16 && strcmp (name + 17, ".part") == 0;
}

static ShimClass
classify (const char *path)
{
  const char *name = below (path, downloads_dir);

  if (name != NULL)
    return *name == '\0' ? SHIM_DIRECTORY : is_part_name (name) ? SHIM_PART : SHIM_FINAL;
  name = below (path, state_dir);
  if (name == NULL)
    return SHIM_OTHER;
  if (*name == '\0')
    return SHIM_DIRECTORY;
  if (strcmp (name, "transfers.db") == 0 || strcmp (name, "transfers.db-journal") == 0)
    return SHIM_DATABASE;
  if (strcmp (name, "transfers.db-wal") == 0)
    return SHIM_WAL;
  if (strcmp (name, "transfers.db-shm") == 0)
    return SHIM_OTHER;
  return SHIM_FINAL;
}

/* The path behind a descriptor, also of a file that has been unlinked since. */
static int
path_of_fd (int   fd,
            char *path)
{
  static const char deleted[] = " (deleted)";
  char link[64];
  ssize_t length;

  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink (link, path, PATH_MAX - 1);
  if (length < 0)
    return -1;
  path[length] = '\0';
  length -= (ssize_t) sizeof deleted - 1;
  if (length > 0 && strcmp (path + length, deleted) == 0)
    path[length] = '\0';
  return 0;
}

static int
path_of_name (int         dir_fd,
              const char *name,
              char       *path)
{
  size_t length;

  if (name == NULL || strlen (name) >= PATH_MAX)
    return -1;
  if (name[0] == '/')
    {
      strcpy (path, name);
      return 0;
    }
  if (dir_fd == AT_FDCWD ? getcwd (path, PATH_MAX) == NULL : path_of_fd (dir_fd, path) != 0)
    return -1;
  length = strlen (path);
  if (length + 1 + strlen (name) >= PATH_MAX)
    return -1;
  path[length] = '/';
  strcpy (path + length + 1, name);
  return 0;
}

/* --- around a call --------------------------------------------------------------------------- */

static void
enter (Frame *frame)
{
  is_inside = 1;
  if (sync_usec > 0 &&
      (frame->call.operation == SHIM_FSYNC || frame->call.operation == SHIM_FDATASYNC ||
       frame->call.operation == SHIM_SYNCFS))
    usleep (sync_usec);
  pthread_mutex_lock (&lock);
  if (!frame->is_mark)
    frame->refusal = shim_fault_before (&frame->call);
  if (frame->refusal != SHIM_STALL)
    return;
  pthread_mutex_unlock (&lock);
  usleep (STALL_USEC);
  shim_fault_die ();
}

/* Gives the call's result, with errno as the call, or the fault, has set it. */
static long
leave (Frame *frame,
       long   result)
{
  ShimCall *call = &frame->call;
  int code = frame->refusal != 0 ? frame->refusal : errno;
  int late;

  call->result = frame->refusal != 0 ? -1 : result;
  if (call->result >= 0 && shim_record != NULL)
    shim_record (call);
  if (!frame->is_mark && (late = shim_fault_after (call)) != 0)
    {
      call->result = -1;
      code = late;
    }
  pthread_mutex_unlock (&lock);
  is_inside = 0;
  errno = code;
  return call->result;
}

static void
fill (Frame             *frame,
      ShimOperation      operation,
      int                fd,
      const struct stat *info)
{
  ShimCall *call = &frame->call;

  memset (call, 0, sizeof *call);
  frame->refusal = 0;
  frame->is_mark = 0;
  call->operation = operation;
  call->fd = fd;
  call->path = frame->path;
  if (info == NULL)
    return;
  call->device = info->st_dev;
  call->inode = info->st_ino;
}

/* Whether this call on a descriptor is one to be watched; *frame is filled in then. */
static int
watch_fd (Frame         *frame,
          ShimOperation  operation,
          int            fd)
{
  struct stat info;
  int code = errno;
  int is_watched = 0;

  if (!is_inside && (state_dir != NULL || downloads_dir != NULL) && fstat (fd, &info) == 0 &&
      (S_ISREG (info.st_mode) || S_ISDIR (info.st_mode)) && path_of_fd (fd, frame->path) == 0)
    {
      fill (frame, operation, fd, &info);
      frame->call.kind = classify (frame->path);
      is_watched = frame->call.kind != SHIM_OTHER;
    }
  errno = code;
  return is_watched;
}

/* The same, for a call on a name. */
static int
watch_name (Frame         *frame,
            ShimOperation  operation,
            int            dir_fd,
            const char    *name)
{
  struct stat info;
  int code = errno;
  int is_watched = 0;

  if (!is_inside && (state_dir != NULL || downloads_dir != NULL) &&
      path_of_name (dir_fd, name, frame->path) == 0 && classify (frame->path) != SHIM_OTHER)
    {
      int is_there = fstatat (AT_FDCWD, frame->path, &info, AT_SYMLINK_NOFOLLOW) == 0;

      fill (frame, operation, -1, is_there ? &info : NULL);
      frame->call.kind = classify (frame->path);
      is_watched = 1;
    }
  errno = code;
  return is_watched;
}

/* --- opening and closing --------------------------------------------------------------------- */

static int
do_open (int         dir_fd,
         const char *name,
         int         flags,
         mode_t      mode)
{
  Frame frame;
  struct stat info;
  int fd = -1;

  if ((flags & (O_CREAT | O_TRUNC)) == 0 || !watch_name (&frame, SHIM_OPEN, dir_fd, name))
    return NEXT (openat64) (dir_fd, name, flags, mode);
  frame.call.flags = flags;
  enter (&frame);
  if (frame.refusal == 0)
    fd = NEXT (openat64) (dir_fd, name, flags, mode);
  if (fd >= 0 && fstat (fd, &info) == 0)
    {
      frame.call.fd = fd;
      frame.call.device = info.st_dev;
      frame.call.inode = info.st_ino;
    }
  return (int) leave (&frame, fd);
}

/* The third argument is there only if the flags ask for it. */
static mode_t
mode_of (int     flags,
         va_list arguments)
{
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg (arguments, mode_t) : 0;
}

#define OPEN(name)                                                                                 \
  int name (const char *path, int flags, ...)                                                      \
  {                                                                                                \
    va_list arguments;                                                                             \
    mode_t mode;                                                                                   \
    va_start (arguments, flags);                                                                   \
    mode = mode_of (flags, arguments);                                                             \
    va_end (arguments);                                                                            \
    return do_open (AT_FDCWD, path, flags, mode);                                                  \
  }
#define OPENAT(name)                                                                               \
  int name (int dir_fd, const char *path, int flags, ...)                                          \
  {                                                                                                \
    va_list arguments;                                                                             \
    mode_t mode;                                                                                   \
    va_start (arguments, flags);                                                                   \
    mode = mode_of (flags, arguments);                                                             \
    va_end (arguments);                                                                            \
    return do_open (dir_fd, path, flags, mode);                                                    \
  }
OPEN (open)
OPEN (open64)
OPENAT (openat)
OPENAT (openat64)

int
__open_2 (const char *path,
          int         flags)
{
  return do_open (AT_FDCWD, path, flags, 0);
}

int
__open64_2 (const char *path,
            int         flags)
{
  return do_open (AT_FDCWD, path, flags, 0);
}

int
__openat_2 (int         dir_fd,
            const char *path,
            int         flags)
{
  return do_open (dir_fd, path, flags, 0);
}

int
__openat64_2 (int         dir_fd,
              const char *path,
              int         flags)
{
  return do_open (dir_fd, path, flags, 0);
}

int
creat (const char *path,
       mode_t      mode)
{
  return do_open (AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int
creat64 (const char *path,
         mode_t      mode)
{
  return do_open (AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

/* The descriptor is gone whatever close() says. */
int
close (int fd)
{
  Frame frame;

  if (!watch_fd (&frame, SHIM_CLOSE, fd))
    return NEXT (close) (fd);
  enter (&frame);
  return (int) leave (&frame, NEXT (close) (fd));
}

/* --- writing --------------------------------------------------------------------------------- */

/* What a program says to whoever reads its output, in its place among what it does to files. */
static ssize_t
write_mark (int         fd,
            const void *bytes,
            size_t      length)
{
  Frame frame;

  fill (&frame, SHIM_WRITE, fd, NULL);
  frame.call.kind = SHIM_OTHER;
  frame.call.bytes = bytes;
  frame.call.length = length;
  frame.path[0] = '\0';
  frame.is_mark = 1;
  enter (&frame);
  return leave (&frame, NEXT (write) (fd, bytes, length));
}

/* Where write() will put its bytes. */
static int64_t
position_of (int fd)
{
  int flags = fcntl (fd, F_GETFL);
  struct stat info;

  if (flags >= 0 && (flags & O_APPEND) != 0 && fstat (fd, &info) == 0)
    return info.st_size;
  return lseek64 (fd, 0, SEEK_CUR);
}

ssize_t
write (int         fd,
       const void *bytes,
       size_t      length)
{
  Frame frame;
  ssize_t result = -1;

  if (fd == STDOUT_FILENO && !is_inside && shim_record != NULL)
    return write_mark (fd, bytes, length);
  if (!watch_fd (&frame, SHIM_WRITE, fd))
    return NEXT (write) (fd, bytes, length);
  frame.call.bytes = bytes;
  frame.call.length = length;
  frame.call.offset = position_of (fd);
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (write) (fd, bytes, frame.call.length);
  return leave (&frame, result);
}

ssize_t
pwrite64 (int         fd,
          const void *bytes,
          size_t      length,
          off64_t     offset)
{
  Frame frame;
  ssize_t result = -1;

  if (!watch_fd (&frame, SHIM_WRITE, fd))
    return NEXT (pwrite64) (fd, bytes, length, offset);
  frame.call.bytes = bytes;
  frame.call.length = length;
  frame.call.offset = offset;
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (pwrite64) (fd, bytes, frame.call.length, offset);
  return leave (&frame, result);
}

ssize_t
pwrite (int         fd,
        const void *bytes,
        size_t      length,
        off_t       offset)
{
  return pwrite64 (fd, bytes, length, offset);
}

/* The pieces of a vector in one; the caller frees it. */
static char *
join (const struct iovec *pieces,
      int                 count,
      size_t             *out_length)
{
  char *joined;
  size_t done = 0;

  *out_length = 0;
  for (int i = 0; i < count; i++)
    *out_length += pieces[i].iov_len;
  joined = malloc (*out_length + 1);
  for (int i = 0; joined != NULL && i < count; i++)
    {
      memcpy (joined + done, pieces[i].iov_base, pieces[i].iov_len);
      done += pieces[i].iov_len;
    }
  return joined;
}

ssize_t
writev (int                 fd,
        const struct iovec *pieces,
        int                 count)
{
  Frame frame;
  size_t length;
  ssize_t result;
  char *joined;

  if (!watch_fd (&frame, SHIM_WRITE, fd) || count < 0 ||
      (joined = join (pieces, count, &length)) == NULL)
    return NEXT (writev) (fd, pieces, count);
  result = write (fd, joined, length);
  free (joined);
  return result;
}

ssize_t
pwritev64 (int                 fd,
           const struct iovec *pieces,
           int                 count,
           off64_t             offset)
{
  Frame frame;
  size_t length;
  ssize_t result;
  char *joined;

  if (!watch_fd (&frame, SHIM_WRITE, fd) || count < 0 ||
      (joined = join (pieces, count, &length)) == NULL)
    return NEXT (pwritev64) (fd, pieces, count, offset);
  result = pwrite64 (fd, joined, length, offset);
  free (joined);
  return result;
}

ssize_t
pwritev (int                 fd,
         const struct iovec *pieces,
         int                 count,
         off_t               offset)
{
  return pwritev64 (fd, pieces, count, offset);
}

/* These two: the bytes are nowhere in memory; whoever wants them reads them from the file. */
ssize_t
copy_file_range (int           from,
                 off64_t      *from_offset,
                 int           to,
                 off64_t      *to_offset,
                 size_t        length,
                 unsigned int  flags)
{
  Frame frame;
  ssize_t result = -1;

  if (!watch_fd (&frame, SHIM_WRITE, to))
    return NEXT (copy_file_range) (from, from_offset, to, to_offset, length, flags);
  frame.call.length = length;
  frame.call.offset = to_offset != NULL ? *to_offset : position_of (to);
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (copy_file_range) (from, from_offset, to, to_offset, frame.call.length, flags);
  return leave (&frame, result);
}

ssize_t
sendfile64 (int      to,
            int      from,
            off64_t *from_offset,
            size_t   length)
{
  Frame frame;
  ssize_t result = -1;

  if (!watch_fd (&frame, SHIM_WRITE, to))
    return NEXT (sendfile64) (to, from, from_offset, length);
  frame.call.length = length;
  frame.call.offset = position_of (to);
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (sendfile64) (to, from, from_offset, frame.call.length);
  return leave (&frame, result);
}

ssize_t
sendfile (int     to,
          int     from,
          off_t  *from_offset,
          size_t  length)
{
  return sendfile64 (to, from, from_offset, length);
}

/* --- the size -------------------------------------------------------------------------------- */

int
ftruncate64 (int     fd,
             off64_t length)
{
  Frame frame;
  int result = -1;

  if (!watch_fd (&frame, SHIM_TRUNCATE, fd))
    return NEXT (ftruncate64) (fd, length);
  frame.call.length = (size_t) length;
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (ftruncate64) (fd, length);
  return (int) leave (&frame, result);
}

int
ftruncate (int   fd,
           off_t length)
{
  return ftruncate64 (fd, length);
}

int
truncate64 (const char *path,
            off64_t     length)
{
  Frame frame;
  int result = -1;

  if (!watch_name (&frame, SHIM_TRUNCATE, AT_FDCWD, path))
    return NEXT (truncate64) (path, length);
  frame.call.length = (size_t) length;
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (truncate64) (path, length);
  return (int) leave (&frame, result);
}

int
truncate (const char *path,
          off_t       length)
{
  return truncate64 (path, length);
}

int
fallocate64 (int     fd,
             int     mode,
             off64_t offset,
             off64_t length)
{
  Frame frame;
  int result = -1;

  if (!watch_fd (&frame, SHIM_FALLOCATE, fd))
    return NEXT (fallocate64) (fd, mode, offset, length);
  frame.call.flags = mode;
  frame.call.offset = offset;
  frame.call.length = (size_t) length;
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (fallocate64) (fd, mode, offset, length);
  return (int) leave (&frame, result);
}

int
fallocate (int   fd,
           int   mode,
           off_t offset,
           off_t length)
{
  return fallocate64 (fd, mode, offset, length);
}

/* This one gives its error, and leaves errno alone. */
int
posix_fallocate64 (int     fd,
                   off64_t offset,
                   off64_t length)
{
  Frame frame;
  int code;

  if (!watch_fd (&frame, SHIM_FALLOCATE, fd))
    return NEXT (posix_fallocate64) (fd, offset, length);
  frame.call.offset = offset;
  frame.call.length = (size_t) length;
  enter (&frame);
  code = frame.refusal != 0 ? frame.refusal : NEXT (posix_fallocate64) (fd, offset, length);
  return leave (&frame, code == 0 ? 0 : -1) == 0 ? 0 : code != 0 ? code : errno;
}

int
posix_fallocate (int   fd,
                 off_t offset,
                 off_t length)
{
  return posix_fallocate64 (fd, offset, length);
}

/* --- syncing, modes -------------------------------------------------------------------------- */

#define ON_FD(name, operation)                                                                     \
  int name (int fd)                                                                                \
  {                                                                                                \
    Frame frame;                                                                                   \
    int result = -1;                                                                               \
    if (!watch_fd (&frame, operation, fd))                                                         \
      return NEXT (name) (fd);                                                                     \
    enter (&frame);                                                                                \
    if (frame.refusal == 0)                                                                        \
      result = NEXT (name) (fd);                                                                   \
    return (int) leave (&frame, result);                                                           \
  }
ON_FD (fsync, SHIM_FSYNC)
ON_FD (fdatasync, SHIM_FDATASYNC)
ON_FD (syncfs, SHIM_SYNCFS)

int
fchmod (int    fd,
        mode_t mode)
{
  Frame frame;
  int result = -1;

  if (!watch_fd (&frame, SHIM_CHMOD, fd))
    return NEXT (fchmod) (fd, mode);
  frame.call.flags = (int) mode;
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (fchmod) (fd, mode);
  return (int) leave (&frame, result);
}

/* --- names ----------------------------------------------------------------------------------- */

int
renameat2 (int           from_dir,
           const char   *from,
           int           to_dir,
           const char   *to,
           unsigned int  flags)
{
  Frame frame;
  int result = -1;

  if (!watch_name (&frame, SHIM_RENAME, from_dir, from) ||
      path_of_name (to_dir, to, frame.new_path) != 0)
    return NEXT (renameat2) (from_dir, from, to_dir, to, flags);
  if (lacks_noreplace && flags != 0)
    {
      errno = EINVAL;
      return -1;
    }
  frame.call.new_path = frame.new_path;
  frame.call.flags = (int) flags;
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (renameat2) (from_dir, from, to_dir, to, flags);
  return (int) leave (&frame, result);
}

int
renameat (int         from_dir,
          const char *from,
          int         to_dir,
          const char *to)
{
  return renameat2 (from_dir, from, to_dir, to, 0);
}

int
rename (const char *from,
        const char *to)
{
  return renameat2 (AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
linkat (int         from_dir,
        const char *from,
        int         to_dir,
        const char *to,
        int         flags)
{
  Frame frame;
  int result = -1;

  if (!watch_name (&frame, SHIM_LINK, from_dir, from) ||
      path_of_name (to_dir, to, frame.new_path) != 0)
    return NEXT (linkat) (from_dir, from, to_dir, to, flags);
  if (lacks_link)
    {
      errno = EPERM;
      return -1;
    }
  frame.call.new_path = frame.new_path;
  frame.call.flags = flags;
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (linkat) (from_dir, from, to_dir, to, flags);
  return (int) leave (&frame, result);
}

int
link (const char *from,
      const char *to)
{
  return linkat (AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
unlinkat (int         dir_fd,
          const char *name,
          int         flags)
{
  Frame frame;
  int result = -1;

  if (!watch_name (&frame, SHIM_UNLINK, dir_fd, name))
    return NEXT (unlinkat) (dir_fd, name, flags);
  frame.call.flags = flags;
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (unlinkat) (dir_fd, name, flags);
  return (int) leave (&frame, result);
}

int
unlink (const char *name)
{
  return unlinkat (AT_FDCWD, name, 0);
}

int
mkdirat (int         dir_fd,
         const char *name,
         mode_t      mode)
{
  Frame frame;
  int result = -1;

  if (!watch_name (&frame, SHIM_MKDIR, dir_fd, name))
    return NEXT (mkdirat) (dir_fd, name, mode);
  frame.call.flags = (int) mode;
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (mkdirat) (dir_fd, name, mode);
  return (int) leave (&frame, result);
}

int
mkdir (const char *name,
       mode_t      mode)
{
  return mkdirat (AT_FDCWD, name, mode);
}

/* --- extended attributes --------------------------------------------------------------------- */

static int
refuse_attribute (void)
{
  errno = ENOTSUP;
  return -1;
}

int
fsetxattr (int         fd,
           const char *name,
           const void *value,
           size_t      length,
           int         flags)
{
  Frame frame;
  int result = -1;

  if (!watch_fd (&frame, SHIM_SETXATTR, fd))
    return NEXT (fsetxattr) (fd, name, value, length, flags);
  if (lacks_xattr)
    return refuse_attribute ();
  frame.call.new_path = name;
  frame.call.bytes = value;
  frame.call.length = length;
  frame.call.flags = flags;
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (fsetxattr) (fd, name, value, length, flags);
  return (int) leave (&frame, result);
}

int
setxattr (const char *path,
          const char *name,
          const void *value,
          size_t      length,
          int         flags)
{
  Frame frame;
  int result = -1;

  if (!watch_name (&frame, SHIM_SETXATTR, AT_FDCWD, path))
    return NEXT (setxattr) (path, name, value, length, flags);
  if (lacks_xattr)
    return refuse_attribute ();
  frame.call.new_path = name;
  frame.call.bytes = value;
  frame.call.length = length;
  frame.call.flags = flags;
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (setxattr) (path, name, value, length, flags);
  return (int) leave (&frame, result);
}

int
fremovexattr (int         fd,
              const char *name)
{
  Frame frame;
  int result = -1;

  if (!watch_fd (&frame, SHIM_REMOVEXATTR, fd))
    return NEXT (fremovexattr) (fd, name);
  if (lacks_xattr)
    return refuse_attribute ();
  frame.call.new_path = name;
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (fremovexattr) (fd, name);
  return (int) leave (&frame, result);
}

int
removexattr (const char *path,
             const char *name)
{
  Frame frame;
  int result = -1;

  if (!watch_name (&frame, SHIM_REMOVEXATTR, AT_FDCWD, path))
    return NEXT (removexattr) (path, name);
  if (lacks_xattr)
    return refuse_attribute ();
  frame.call.new_path = name;
  enter (&frame);
  if (frame.refusal == 0)
    result = NEXT (removexattr) (path, name);
  return (int) leave (&frame, result);
}

ssize_t
fgetxattr (int         fd,
           const char *name,
           void       *value,
           size_t      size)
{
  Frame frame;

  if (lacks_xattr && watch_fd (&frame, SHIM_SETXATTR, fd))
    return refuse_attribute ();
  return NEXT (fgetxattr) (fd, name, value, size);
}
