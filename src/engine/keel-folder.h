/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How a folder was said to be the one. */
typedef enum {
  KEEL_FOLDER_NAMED,  /* by its path */
  KEEL_FOLDER_HANDED, /* by a descriptor; the path is only where it was */
  KEEL_FOLDER_SPOOL,  /* ours: the file waits there to be collected */
  KEEL_FOLDER_TAKEN,  /* likewise, and it has been collected */
  KEEL_FOLDER_N_KINDS,
} KeelFolderKind;

/* Which folder it is, whatever its path; all zeros: not known. */
typedef struct {
  guint64 ino;
  guint64 fsid; /* of its file system, as statfs() tells it */
} KeelFolderId;

gboolean keel_folder_identify        (int                 dir_fd,
                                      KeelFolderId       *out_id);
gboolean keel_folder_is_away         (int                 dir_fd,
                                      const KeelFolderId *id);
gboolean keel_folder_is_same         (int                 dir_fd,
                                      const KeelFolderId *id);
gboolean keel_folder_has_stable_inodes (int               fd);
guint64  keel_folder_get_largest     (int                 fd);

G_END_DECLS
