/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fstat and fstat64 are two names here, not one. */
#undef _FILE_OFFSET_BITS
#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

/* What a program did to its files, written down for replay.py, and the lie about inode numbers that
 * lets the program go on with files that were replayed.
 *
 * KEEL_SHIM_RECORD names the log. It begins with the eight bytes "KEELREC1"; then comes one entry
 * after the other, in the order in which the calls took effect: a Header, the path, the new path
 * and the bytes, none of them with a zero behind. Numbers are the machine's own, 64-bit and little
 * endian. A call that failed has changed nothing and is not there.
 *
 *   operation  of ShimOperation, or MARK
 *   kind       of ShimClass
 *   flags      open, renameat2
 *   mode       of the file after open, mkdir, chmod
 *   inode      of the file that the call is about; after open and mkdir, of the one that was opened
 *   offset     write, fallocate
 *   length     write: what was written; truncate: the new size; fallocate: of the range
 *
 * A mark is what the program said to somebody: a text that went to its standard output, without
 * stdio. It is a promise, and a replay holds the program to it.
 *
 * KEEL_SHIM_INODES names a table: "device N" on the first line, then a line "NEW OLD" a file. A
 * file that was written anew has another inode than the one that a database may have recorded; to
 * this program it has the old one. A file that is not in the table, but has by chance a number that
 * was given away in it, is moved out of the way (ELSEWHERE). */

#define MARK 255
#define ELSEWHERE ((ino_t) 1 << 61)

typedef struct {
  uint8_t operation;
  uint8_t kind;
  uint8_t reserved[2];
  int32_t flags;
  uint32_t mode;
  uint32_t path_length;
  uint32_t new_path_length;
  uint32_t bytes_length;
  uint64_t device;
  uint64_t inode;
  int64_t offset;
  uint64_t length;
} Header;

typedef struct {
  ino_t shown;
  ino_t real;
} Pair;

static int log_fd = -1;
static dev_t table_device;
static Pair *by_real;
static Pair *by_shown;
static size_t n_pairs;

/* Whoever asked for it must not be left with half of it, or none. */
static void
die (const char *what)
{
  dprintf (2, "shim-record: %s: %s\n", what, strerror (errno));
  abort ();
}

/* --- the log --------------------------------------------------------------------------------- */

static void
append (const Header *header,
        const char   *path,
        const char   *new_path,
        const void   *bytes)
{
  struct iovec parts[] = {
    { (void *) header, sizeof *header },
    { (void *) path, header->path_length },
    { (void *) new_path, header->new_path_length },
    { (void *) bytes, header->bytes_length },
  };
  size_t total = 0;

  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    total += parts[i].iov_len;
  /* Not the function of that name: that one is watched. */
  if (syscall (SYS_writev, log_fd, parts, (int) (sizeof parts / sizeof parts[0])) != (long) total)
    die ("the log cannot be written");
}

/* What a copy within the kernel has put there. */
static void *
dup_written (int    fd,
             size_t length,
             off_t  offset)
{
  char link[32];
  void *bytes = malloc (length > 0 ? length : 1);
  int in;

  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  in = (int) syscall (SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC, 0);
  if (bytes == NULL || in < 0 || syscall (SYS_pread64, in, bytes, length, offset) != (long) length)
    die (link);
  syscall (SYS_close, in);
  return bytes;
}

void
shim_record (const ShimCall *call)
{
  Header header = {
    .operation = (uint8_t) call->operation,
    .kind = (uint8_t) call->kind,
    .flags = call->flags,
    .device = call->device,
    .inode = call->inode,
    .offset = call->offset,
    .length = call->length,
    .path_length = call->path != NULL ? (uint32_t) strlen (call->path) : 0,
    .new_path_length = call->new_path != NULL ? (uint32_t) strlen (call->new_path) : 0,
  };
  int saved = errno;
  const void *bytes = call->bytes;
  void *copy = NULL;
  struct stat info;

  if (log_fd < 0 || call->operation == SHIM_CLOSE)
    return;
  if (call->kind == SHIM_OTHER)
    header.operation = MARK;
  if (call->operation == SHIM_WRITE)
    {
      header.length = (uint64_t) call->result;
      if (bytes == NULL)
        bytes = copy = dup_written (call->fd, (size_t) call->result, call->offset);
    }
  if (call->operation == SHIM_WRITE || call->operation == SHIM_SETXATTR)
    header.bytes_length = (uint32_t) header.length;
  if (call->operation == SHIM_OPEN || call->operation == SHIM_MKDIR ||
      call->operation == SHIM_CHMOD)
    {
      int fd = call->operation == SHIM_OPEN ? (int) call->result : call->fd;

      if ((fd >= 0 ? fstat (fd, &info) : lstat (call->path, &info)) != 0)
        die (call->path);
      header.device = info.st_dev;
      header.inode = info.st_ino;
      header.mode = info.st_mode;
    }
  append (&header, call->path, call->new_path, bytes);
  free (copy);
  errno = saved;
}

/* --- inode numbers --------------------------------------------------------------------------- */

static int
compare_real (const void *a,
              const void *b)
{
  const Pair *x = a;
  const Pair *y = b;

  return (x->real > y->real) - (x->real < y->real);
}

static int
compare_shown (const void *a,
               const void *b)
{
  const Pair *x = a;
  const Pair *y = b;

  return (x->shown > y->shown) - (x->shown < y->shown);
}

static void
read_table (const char *path)
{
  FILE *file = fopen (path, "re");
  unsigned long long device;
  unsigned long long real;
  unsigned long long shown;

  if (file == NULL || fscanf (file, "device %llu\n", &device) != 1)
    die (path);
  table_device = (dev_t) device;
  while (fscanf (file, "%llu %llu\n", &real, &shown) == 2)
    {
      by_real = realloc (by_real, (n_pairs + 1) * sizeof (Pair));
      if (by_real == NULL)
        die (path);
      by_real[n_pairs++] = (Pair) { .real = (ino_t) real, .shown = (ino_t) shown };
    }
  fclose (file);
  by_shown = malloc ((n_pairs + 1) * sizeof (Pair));
  if (by_shown == NULL)
    die (path);
  if (n_pairs > 0)
    memcpy (by_shown, by_real, n_pairs * sizeof (Pair));
  qsort (by_real, n_pairs, sizeof (Pair), compare_real);
  qsort (by_shown, n_pairs, sizeof (Pair), compare_shown);
}

static ino_t
shown_inode (dev_t device,
             ino_t inode)
{
  Pair key = { .real = inode, .shown = inode };
  const Pair *found;

  if (n_pairs == 0 || device != table_device)
    return inode;
  found = bsearch (&key, by_real, n_pairs, sizeof (Pair), compare_real);
  if (found != NULL)
    return found->shown;
  return bsearch (&key, by_shown, n_pairs, sizeof (Pair), compare_shown) != NULL ?
           inode | ELSEWHERE :
           inode;
}

static void *
real_function (const char *name)
{
  void *function = dlsym (RTLD_NEXT, name);

  if (function == NULL)
    die (name);
  return function;
}

/* The same four functions with two names each: one struct on 64-bit machines. */
#define STAT_FUNCTIONS(suffix)                                                                     \
  int stat##suffix (const char *restrict path, struct stat##suffix *restrict info)                 \
  {                                                                                                \
    return fstatat##suffix (AT_FDCWD, path, info, 0);                                              \
  }                                                                                                \
  int lstat##suffix (const char *restrict path, struct stat##suffix *restrict info)                \
  {                                                                                                \
    return fstatat##suffix (AT_FDCWD, path, info, AT_SYMLINK_NOFOLLOW);                            \
  }                                                                                                \
  int fstat##suffix (int fd, struct stat##suffix *info)                                            \
  {                                                                                                \
    static int (*next) (int, struct stat##suffix *);                                               \
    int result;                                                                                    \
                                                                                                   \
    if (next == NULL)                                                                              \
      next = (int (*) (int, struct stat##suffix *)) real_function ("fstat" #suffix);               \
    result = next (fd, info);                                                                      \
    if (result == 0)                                                                               \
      info->st_ino = shown_inode (info->st_dev, info->st_ino);                                     \
    return result;                                                                                 \
  }                                                                                                \
  int fstatat##suffix (int dir_fd, const char *restrict path, struct stat##suffix *restrict info,  \
                       int flags)                                                                  \
  {                                                                                                \
    static int (*next) (int, const char *, struct stat##suffix *, int);                            \
    int result;                                                                                    \
                                                                                                   \
    if (next == NULL)                                                                              \
      next = (int (*) (int, const char *, struct stat##suffix *, int)) real_function (             \
        "fstatat" #suffix);                                                                        \
    result = next (dir_fd, path, info, flags);                                                     \
    if (result == 0)                                                                               \
      info->st_ino = shown_inode (info->st_dev, info->st_ino);                                     \
    return result;                                                                                 \
  }

/* clang-format off */
STAT_FUNCTIONS ()
STAT_FUNCTIONS (64)
/* clang-format on */

int
statx (int                    dir_fd,
       const char *restrict   path,
       int                    flags,
       unsigned int           mask,
       struct statx *restrict info)
{
  static int (*next) (int, const char *, int, unsigned int, struct statx *);
  int result;

  if (next == NULL)
    next = (int (*) (int, const char *, int, unsigned int, struct statx *)) real_function ("statx");
  result = next (dir_fd, path, flags, mask, info);
  if (result == 0 && (info->stx_mask & STATX_INO) != 0)
    info->stx_ino = shown_inode (makedev (info->stx_dev_major, info->stx_dev_minor), info->stx_ino);
  return result;
}

__attribute__ ((constructor)) static void
begin (void)
{
  const char *log = getenv ("KEEL_SHIM_RECORD");
  const char *table = getenv ("KEEL_SHIM_INODES");

  if (table != NULL)
    read_table (table);
  if (log == NULL)
    return;
  log_fd = (int) syscall (SYS_openat, AT_FDCWD, log,
                          O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd < 0 || syscall (SYS_write, log_fd, "KEELREC1", 8) != 8)
    die (log);
  /* A child would begin the log anew. */
  unsetenv ("KEEL_SHIM_RECORD");
}
