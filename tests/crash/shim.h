/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A library that is preloaded into a program and stands between it and its files.
 *
 *   shim-wrap.c    the functions of libc that are replaced; says of each call what it is about
 *   shim-fault.c   decides whether this call is where the program dies, or fails
 *   shim-record.c  writes down what was done, for a replay of a power cut
 *
 * Calls are counted by class and operation, under one lock, because a single counter over several
 * threads would not mean the same call in the next run. `part:fdatasync:3` is the third fdatasync
 * of a part file. The heads of the files say by which variables of the environment they are told
 * what to do. */

typedef enum {
  SHIM_PART,      /* ".<16 hex digits>.part" */
  SHIM_FINAL,     /* any other file in a folder that is watched */
  SHIM_DIRECTORY, /* the folder itself */
  SHIM_DATABASE,
  SHIM_WAL,
  SHIM_OTHER,     /* not counted, not recorded, never failed */
} ShimClass;

typedef enum {
  SHIM_OPEN, /* only where it may create, or truncates */
  SHIM_WRITE,
  SHIM_FSYNC,
  SHIM_FDATASYNC,
  SHIM_SYNCFS,
  SHIM_TRUNCATE,
  SHIM_FALLOCATE,
  SHIM_RENAME,
  SHIM_LINK,
  SHIM_UNLINK,
  SHIM_MKDIR,
  SHIM_SETXATTR,
  SHIM_REMOVEXATTR,
  SHIM_CHMOD,
  SHIM_CLOSE,
  SHIM_N_OPERATIONS,
} ShimOperation;

/* One call, in libc's own terms. Paths are absolute; strings and bytes belong to the caller. */
typedef struct {
  ShimOperation operation;
  ShimClass kind;
  int fd;               /* -1: the call has none */
  dev_t device;         /* these two: of the file behind fd, or under path before the call */
  ino_t inode;
  const char *path;
  const char *new_path; /* rename, link; the name of an attribute */
  const void *bytes;    /* write, setxattr; NULL: they are in the file alone */
  size_t length;        /* of bytes; of the new size in truncate, fallocate */
  int64_t offset;       /* write: absolute, also for write() */
  int flags;            /* open, renameat2 */
  long result;          /* after the call */
} ShimCall;

/* Before the call, under the lock: may end the process, or shorten a write. An errno: the call
 * fails with it. SHIM_STALL: it hangs for a while, without the lock, and then the process ends. */
#define SHIM_STALL (-1)
int  shim_fault_before (ShimCall       *call);
void shim_fault_die    (void) __attribute__ ((noreturn));
/* After it, under the lock: may end the process. An errno: the call seems to have failed so. */
int  shim_fault_after  (const ShimCall *call);
/* After a call that worked, under the lock; also, with `kind` OTHER, a write to standard output. */
void shim_record       (const ShimCall *call);
