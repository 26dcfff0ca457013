/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-lane.h"

G_BEGIN_DECLS

typedef struct _KeelDisks KeelDisks;

KeelDisks *keel_disks_new   (GMainContext *context);
gboolean   keel_disks_close (KeelDisks    *self,
                             gint64        timeout_usec);
void       keel_disks_push  (KeelDisks    *self,
                             const char   *dir,
                             KeelJob      *job);

char      *keel_disks_find_mount (const char *mountinfo,
                                  const char *path);

G_END_DECLS
