/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keel-event-private.h"
#include "keel-task-feed.h"

G_BEGIN_DECLS

#define KEEL_TYPE_EVENT_INBOX (keel_event_inbox_get_type ())
G_DECLARE_FINAL_TYPE (KeelEventInbox, keel_event_inbox, KEEL, EVENT_INBOX, GObject)

KeelEventInbox *keel_event_inbox_new           (KeelRemote     *remote,
                                                KeelTaskList   *list,
                                                KeelTaskFeed   *feed,
                                                const char     *session);

void            keel_event_inbox_listen        (KeelEventInbox *self);
gboolean        keel_event_inbox_get_supported (KeelEventInbox *self);
gboolean        keel_event_inbox_is_settled    (KeelEventInbox *self);
void            keel_event_inbox_close         (KeelEventInbox *self);

G_END_DECLS
