/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keel-link.h"
#include "keel-manager.h"
#include "keel-remote.h"
#include "keel-task-feed.h"
#include "keel-task-list.h"

G_BEGIN_DECLS

struct _KeelManager
{
  GObject parent_instance;

  KeelManagerFlags flags;
  KeelLink *link;     /* (owned) */
  KeelRemote *remote; /* (owned) */
  KeelTaskList *list; /* (owned) */
  KeelTaskFeed *feed; /* (owned) */
  gboolean connected;
  gboolean focused; /* a window of ours has the user's eyes */
};

void keel_manager_send_attention (KeelManager *self);

/* One call of the service: its reply, or its error, is the result of the task that it ends. */
void keel_manager_call (KeelManager         *self,
                        const char          *method,
                        GVariant            *arguments,
                        const GVariantType  *reply_type,
                        gpointer             source_tag,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data);

G_END_DECLS
