/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-engine.h"
#include "keel-watchers.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _KeelEventFeed KeelEventFeed;

/* What somebody who begins to listen is told. */
typedef struct {
  gboolean is_consumer;
  guint n_pending; /* these two: of a consumer, what will come again */
  gint64 last;
} KeelListening;

/* Somebody began or ceased to listen to the session, or has acknowledged. */
typedef void (*KeelEventFeedFunc) (gpointer user_data,
                                   gint64   session_id);

KeelEventFeed *keel_event_feed_new          (GDBusConnection       *connection,
                                             KeelEngine            *engine,
                                             KeelEventFeedFunc      changed,
                                             gpointer               user_data);
void           keel_event_feed_free         (KeelEventFeed         *self);
gboolean       keel_event_feed_is_empty     (KeelEventFeed         *self);
gboolean       keel_event_feed_is_heard     (KeelEventFeed         *self,
                                             gint64                 session_id);

void           keel_event_feed_listen       (KeelEventFeed         *self,
                                             const KeelScope       *scope,
                                             const char            *name,
                                             KeelListening         *out_listening);
void           keel_event_feed_deliver      (KeelEventFeed         *self,
                                             gint64                 session_id);
void           keel_event_feed_leave        (KeelEventFeed         *self,
                                             gint64                 session_id,
                                             const char            *name);
gboolean       keel_event_feed_acknowledge  (KeelEventFeed         *self,
                                             gint64                 session_id,
                                             const char            *name,
                                             GArray                *numbers,
                                             KeelEngineFunc         func,
                                             gpointer               user_data);
void           keel_event_feed_set_closing  (KeelEventFeed         *self,
                                             gint64                 session_id,
                                             gboolean               is_closing);

G_END_DECLS
