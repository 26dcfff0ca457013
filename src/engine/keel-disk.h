/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-lane.h"
#include "keel-sync-group.h"

G_BEGIN_DECLS

typedef struct _KeelDisks KeelDisks;

/* A job that has something to make durable when it has run, together with others. */
typedef struct {
  KeelJob job;
  KeelSyncGroup *group; /* set when it is pushed; to be used by `run` */
} KeelSyncJob;

KeelDisks *keel_disks_new   (GMainContext *context);
gboolean   keel_disks_close (KeelDisks    *self,
                             gint64        timeout_usec);
void       keel_disks_push  (KeelDisks    *self,
                             const char   *dir,
                             KeelJob      *job);
void       keel_disks_push_sync (KeelDisks   *self,
                                 const char  *dir,
                                 KeelSyncJob *job);

void       keel_disks_probe      (KeelDisks   *self);
gboolean   keel_disks_is_hanging (KeelDisks   *self,
                                  const char  *dir);

char      *keel_disks_find_mount (const char *mountinfo,
                                  const char *path);

G_END_DECLS
