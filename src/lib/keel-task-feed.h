/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keel-remote.h"
#include "keel-task-list.h"

G_BEGIN_DECLS

/* KEEL_TASK_FEED_STILL: the list is as it was when it was loaded.
 * KEEL_TASK_FEED_LIVE: it follows the service; a crashed service is started again while transfers
 *   in the list are under way.
 * KEEL_TASK_FEED_LIVE_ALWAYS: likewise, whatever is in the list. */
typedef enum {
  KEEL_TASK_FEED_STILL,
  KEEL_TASK_FEED_LIVE,
  KEEL_TASK_FEED_LIVE_ALWAYS,
} KeelTaskFeedMode;

#define KEEL_TYPE_TASK_FEED (keel_task_feed_get_type ())
G_DECLARE_FINAL_TYPE (KeelTaskFeed, keel_task_feed, KEEL, TASK_FEED, GObject)

KeelTaskFeed *keel_task_feed_new           (KeelRemote           *remote,
                                            KeelTaskList         *list,
                                            KeelTaskFeedMode      mode);

void          keel_task_feed_set_fields    (KeelTaskFeed         *self,
                                            const char *const    *fields);

void          keel_task_feed_load_async    (KeelTaskFeed         *self,
                                            GCancellable         *cancellable,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
gboolean      keel_task_feed_load_finish   (KeelTaskFeed         *self,
                                            GAsyncResult         *result,
                                            GError              **error);

void          keel_task_feed_fetch_async   (KeelTaskFeed         *self,
                                            KeelLinkCallMode      mode,
                                            const guint64        *ids,
                                            gsize                 n_ids,
                                            GCancellable         *cancellable,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
GPtrArray    *keel_task_feed_fetch_finish  (KeelTaskFeed         *self,
                                            GAsyncResult         *result,
                                            GError              **error);

gboolean      keel_task_feed_get_connected (KeelTaskFeed         *self);
void          keel_task_feed_close         (KeelTaskFeed         *self);

G_END_DECLS
