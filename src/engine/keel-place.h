/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-folder.h"

G_BEGIN_DECLS

/* A folder that somebody handed over, kept open. Any thread may use it. */
typedef struct _KeelFolderHold KeelFolderHold;

/* A folder, and how to get there. */
typedef struct {
  KeelFolderKind kind;
  char *dir;            /* absolute path, bytes */
  KeelFolderId id;      /* which it was the last time */
  KeelFolderHold *hold; /* (nullable) */
} KeelPlace;

/* For those who have a path and nothing else. */
#define KEEL_PLACE_NAMED(path)                                                                     \
  (&(const KeelPlace) { .kind = KEEL_FOLDER_NAMED, .dir = (char *) (path) })

KeelFolderHold *keel_folder_hold_new       (int                   fd);
KeelFolderHold *keel_folder_hold_ref       (KeelFolderHold       *self);
void            keel_folder_hold_unref     (KeelFolderHold       *self);
char           *keel_folder_hold_dup_path  (KeelFolderHold       *self);
guint           keel_folder_hold_count     (void);

void            keel_place_copy            (KeelPlace            *self,
                                            const KeelPlace      *other);
void            keel_place_clear           (KeelPlace            *self);
int             keel_place_open            (const KeelPlace      *self);
gboolean        keel_place_is_lost         (const KeelPlace      *self);
gboolean        keel_place_take            (KeelPlace            *self,
                                            int                   fd,
                                            GError              **error);

char           *keel_place_dup_path_of     (int                   fd);
gboolean        keel_place_is_deleted      (int                   fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelFolderHold, keel_folder_hold_unref)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KeelPlace, keel_place_clear)

G_END_DECLS
