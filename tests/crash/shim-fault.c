/* SPDX-License-Identifier: GPL-3.0-or-later */
#undef _FORTIFY_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the program dies, or is told that a call failed. The environment says it:
 *
 *   KEEL_SHIM_POINT    class:operation:k, the k-th call of that kind; "+after" behind it: once it
 *                      has been done
 *   KEEL_SHIM_ACTION   kill: SIGKILL to the whole program
 *                      torn: half of a write, and then that
 *                      stall: that, but a while later: who does not wait for this call goes on
 *                      ENOSPC, EDQUOT, EIO, EINTR, EROFS: the call fails so; with +after it has
 *                      been done all the same, as on a network file system
 *                      short: half of a write, the next one of that file fails with ENOSPC
 *                      half: half of a write, and the next one goes on
 *                      lost: a sync fails with EIO, and what it should have made durable reads as
 *                      zeros from then on
 *   KEEL_SHIM_LASTS    how many calls an error lasts, 1
 *   KEEL_SHIM_POINTS   a file: each call that is counted is written there as a point
 *   KEEL_SHIM_REACHED  a file that is made when the point is reached
 *
 * An error that lasts befalls the calls that the same trouble would: a full disk those that need
 * room and one that is read-only those that change something, in every class; a broken one those
 * of the same class. A short or half write is one call.
 *
 * All of this runs under the lock of shim-wrap.c, with its calls out of sight. */

#define MOST_FILES 64

typedef enum {
  ACTION_NONE,
  ACTION_KILL,
  ACTION_TORN,
  ACTION_STALL,
  ACTION_ERROR,
  ACTION_SHORT,
  ACTION_HALF,
  ACTION_LOST,
} Action;

/* What has been written to a file since it was synced. */
typedef struct {
  dev_t device;
  ino_t inode;
  int64_t from;
  int64_t to;
} Unsynced;

static const char *const classes[] = { "part", "final", "directory", "database", "wal" };
static const char *const operations[SHIM_N_OPERATIONS] = {
  "open", "write",  "fsync", "fdatasync", "syncfs",      "truncate", "fallocate", "rename",
  "link", "unlink", "mkdir", "setxattr",  "removexattr", "chmod",    "close",
};
static const struct {
  const char *name;
  int code;
} errors[] = {
  { "ENOSPC", ENOSPC }, { "EDQUOT", EDQUOT }, { "EIO", EIO },
  { "EINTR", EINTR },   { "EROFS", EROFS },
};

static unsigned counts[SHIM_OTHER][SHIM_N_OPERATIONS];
static Action action;
static int error_code;
static ShimClass wanted_class = SHIM_OTHER;
static ShimOperation wanted_operation;
static unsigned wanted_count;
static int is_after;
static int is_due;       /* it is this call, once it has been done */
static unsigned lasts;   /* calls that the error still befalls */
static ino_t full_inode; /* the next write of this file fails; 0: none */
static const char *reached_path;
static int points_fd = -1;
static Unsynced unsynced[MOST_FILES];

/* --- the environment ------------------------------------------------------------------------- */

static int
find (const char        *word,
      size_t             length,
      const char *const *words,
      int                n_words)
{
  for (int i = 0; i < n_words; i++)
    if (strlen (words[i]) == length && strncmp (words[i], word, length) == 0)
      return i;
  fprintf (stderr, "shim: \"%.*s\" is unknown\n", (int) length, word);
  _exit (125);
}

static void
read_point (const char *text)
{
  size_t length = strcspn (text, ":");
  const char *operation = text + length + 1;

  if (text[length] == '\0' || strchr (operation, ':') == NULL)
    {
      fprintf (stderr, "shim: \"%s\" is no point\n", text);
      _exit (125);
    }
  wanted_class = (ShimClass) find (text, length, classes, SHIM_OTHER);
  length = strcspn (operation, ":");
  wanted_operation = (ShimOperation) find (operation, length, operations, SHIM_N_OPERATIONS);
  wanted_count = (unsigned) strtoul (operation + length + 1, NULL, 10);
  is_after = strstr (operation, "+after") != NULL;
}

static void
read_action (const char *text)
{
  static const char *const words[] = { "kill", "torn", "stall", "short", "half", "lost" };
  static const Action actions[] = { ACTION_KILL,  ACTION_TORN, ACTION_STALL,
                                    ACTION_SHORT, ACTION_HALF, ACTION_LOST };

  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
    if (strcmp (text, errors[i].name) == 0)
      {
        action = ACTION_ERROR;
        error_code = errors[i].code;
        return;
      }
  action = actions[find (text, strlen (text), words, sizeof words / sizeof words[0])];
}

__attribute__ ((constructor)) static void
read_environment (void)
{
  const char *point = getenv ("KEEL_SHIM_POINT");
  const char *word = getenv ("KEEL_SHIM_ACTION");
  const char *calls = getenv ("KEEL_SHIM_LASTS");
  const char *points = getenv ("KEEL_SHIM_POINTS");

  reached_path = getenv ("KEEL_SHIM_REACHED");
  if (point != NULL)
    read_point (point);
  if (word != NULL)
    read_action (word);
  lasts = calls != NULL ? (unsigned) strtoul (calls, NULL, 10) : 1;
  if (points != NULL)
    points_fd = open (points, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* --- what unsynced bytes there are ----------------------------------------------------------- */

static Unsynced *
find_unsynced (const ShimCall *call)
{
  Unsynced *unused = NULL;

  for (int i = 0; i < MOST_FILES; i++)
    {
      Unsynced *file = &unsynced[i];

      if (file->inode == call->inode && file->device == call->device && file->to > 0)
        return file;
      if (file->to == 0)
        unused = file;
    }
  return unused;
}

static void
note_write (const ShimCall *call)
{
  Unsynced *file = find_unsynced (call);
  int64_t end = call->offset + call->result;

  if (file == NULL)
    return;
  if (file->to == 0)
    *file = (Unsynced) { call->device, call->inode, call->offset, end };
  file->from = call->offset < file->from ? call->offset : file->from;
  file->to = end > file->to ? end : file->to;
}

static void
note_sync (const ShimCall *call)
{
  Unsynced *file = find_unsynced (call);

  if (file != NULL)
    file->to = 0;
}

/* The kernel drops pages that it could not write. */
static void
lose_unsynced (const ShimCall *call)
{
  static const char zeros[4096];
  Unsynced *file = find_unsynced (call);
  struct stat info;

  if (file == NULL || file->to == 0 || fstat (call->fd, &info) != 0)
    return;
  if (file->to > info.st_size)
    file->to = info.st_size;
  for (int64_t at = file->from; at < file->to; at += (int64_t) sizeof zeros)
    {
      int64_t length = file->to - at;

      if (length > (int64_t) sizeof zeros)
        length = sizeof zeros;
      if (pwrite (call->fd, zeros, (size_t) length, at) != length)
        break;
    }
  file->to = 0;
}

/* --- at a call ------------------------------------------------------------------------------- */

void
shim_fault_die (void)
{
  kill (getpid (), SIGKILL);
  for (;;)
    pause ();
}

static void
tell_point (const ShimCall *call,
            unsigned        count)
{
  char line[64];
  int length = snprintf (line, sizeof line, "%s:%s:%u\n", classes[call->kind],
                         operations[call->operation], count);

  if (points_fd >= 0 && write (points_fd, line, (size_t) length) != length)
    _exit (125);
}

static void
tell_reached (void)
{
  int fd = reached_path != NULL ? open (reached_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

  if (fd >= 0)
    close (fd);
}

static int
needs_room (ShimOperation operation)
{
  return operation == SHIM_OPEN || operation == SHIM_WRITE || operation == SHIM_FALLOCATE ||
         operation == SHIM_LINK || operation == SHIM_MKDIR || operation == SHIM_SETXATTR;
}

/* Whether the trouble that began at the point befalls this call as well. */
static int
is_befallen (const ShimCall *call)
{
  if (error_code == ENOSPC || error_code == EDQUOT)
    return needs_room (call->operation);
  if (error_code == EROFS)
    return call->operation != SHIM_CLOSE && call->operation != SHIM_FSYNC &&
           call->operation != SHIM_FDATASYNC && call->operation != SHIM_SYNCFS;
  return call->kind == wanted_class && call->operation == wanted_operation;
}

static int
fault_at_point (ShimCall *call)
{
  tell_reached ();
  switch (action)
    {
    case ACTION_KILL:
      if (!is_after)
        shim_fault_die ();
      is_due = 1;
      return 0;
    case ACTION_STALL:
      return SHIM_STALL;
    case ACTION_TORN:
      is_due = 1;
      call->length /= 2;
      return 0;
    case ACTION_SHORT:
      full_inode = call->inode;
      call->length = (call->length + 1) / 2;
      return 0;
    case ACTION_HALF:
      call->length = (call->length + 1) / 2;
      return 0;
    case ACTION_LOST:
      lose_unsynced (call);
      return EIO;
    case ACTION_ERROR:
      is_due = is_after;
      lasts--;
      return is_after ? 0 : error_code;
    case ACTION_NONE:
    default:
      return 0;
    }
}

int
shim_fault_before (ShimCall *call)
{
  unsigned count = ++counts[call->kind][call->operation];
  int has_begun = wanted_class != SHIM_OTHER &&
                  counts[wanted_class][wanted_operation] >= wanted_count;

  tell_point (call, count);
  if (call->kind == wanted_class && call->operation == wanted_operation && count == wanted_count)
    return fault_at_point (call);
  if (full_inode != 0 && call->inode == full_inode && call->operation == SHIM_WRITE)
    {
      full_inode = 0;
      return ENOSPC;
    }
  if (has_begun && action == ACTION_ERROR && !is_after && lasts > 0 && is_befallen (call))
    {
      lasts--;
      return error_code;
    }
  return 0;
}

/* An errno: the call is to seem to have failed with it. */
int
shim_fault_after (const ShimCall *call)
{
  if (call->result >= 0 && call->operation == SHIM_WRITE)
    note_write (call);
  else if (call->result >= 0 &&
           (call->operation == SHIM_FSYNC || call->operation == SHIM_FDATASYNC))
    note_sync (call);
  if (!is_due)
    return 0;
  is_due = 0;
  if (action == ACTION_KILL || action == ACTION_TORN)
    shim_fault_die ();
  return error_code;
}
