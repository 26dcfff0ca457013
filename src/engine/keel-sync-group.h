/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _KeelSyncGroup KeelSyncGroup;

/* @code: 0, or the errno of what could not be made durable. */
typedef void (*KeelSyncFunc) (int      code,
                              gpointer user_data);

KeelSyncGroup *keel_sync_group_new    (void);
void           keel_sync_group_free   (KeelSyncGroup *self);
void           keel_sync_group_add    (KeelSyncGroup *self,
                                       int            fd,
                                       int            dir_fd,
                                       KeelSyncFunc   func,
                                       gpointer       user_data);
void           keel_sync_group_commit (KeelSyncGroup *self);

G_END_DECLS
