/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which folder it is, whatever its path; all zeros: not known. */
typedef struct {
  guint64 ino;
  guint64 fsid; /* of its file system, as statfs() tells it */
} KeelFolderId;

gboolean keel_folder_identify        (int                 dir_fd,
                                      KeelFolderId       *out_id);
gboolean keel_folder_is_away         (int                 dir_fd,
                                      const KeelFolderId *id);
gboolean keel_folder_has_stable_inodes (int               fd);
guint64  keel_folder_get_largest     (int                 fd);

G_END_DECLS
