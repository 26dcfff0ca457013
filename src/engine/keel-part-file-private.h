/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sys/stat.h>

#include "keel-part-file.h"

G_BEGIN_DECLS

#define KEEL_PART_FILE_TOKEN_XATTR "user.keelboat.token"

/* For keel-part-file.c (which file it is), keel-part-file-io.c (its bytes), keel-part-file-room.c
 * (whether they fit) and keel-delivery.c (a copy of it). */
struct _KeelPartFile {
  gatomicrefcount refs;
  int dir_fd;
  int fd;
  char *name;  /* (owned) leaf; NULL: it has none yet */
  char *token; /* (owned) */
  guint64 ino;
  KeelFolderId folder;    /* these two: fixed once it is open */
  guint64 cut_bytes;
  gint64 mtime_nsec;      /* when it was opened, before anything was cut */
  gboolean dir_is_synced; /* disk thread only */
};

KeelPartFile *keel_part_file_new_nameless (int            dir_fd,
                                           int            fd);
gboolean      keel_part_file_fill         (KeelPartFile  *self,
                                           int            from_fd,
                                           guint64        length,
                                           GCancellable  *cancellable,
                                           GError       **error);
gboolean      keel_part_file_sync_whole   (KeelPartFile  *self,
                                           GError       **error);
KeelPartFileVerdict keel_part_file_fail (int          code,
                                         const char  *what,
                                         GError     **error);

G_END_DECLS
