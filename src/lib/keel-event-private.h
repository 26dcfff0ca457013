/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keel-event.h"
#include "keel-task.h"

G_BEGIN_DECLS

/* Where an event stands, in this order. KeelEventInbox moves it on. */
typedef enum {
  KEEL_EVENT_STAGE_ARRIVED,      /* nobody has seen it */
  KEEL_EVENT_STAGE_SHOWN,        /* handlers are running, or one of them has deferred it */
  KEEL_EVENT_STAGE_HANDLED,      /* to be acknowledged */
  KEEL_EVENT_STAGE_ACKNOWLEDGED, /* the service was told, and has not answered yet */
  KEEL_EVENT_STAGE_COPY,         /* handled, but another process has to acknowledge it */
} KeelEventStage;

struct _KeelEvent
{
  GObject parent_instance;

  guint64 number;
  KeelEventKind kind;
  guint64 task_id;
  KeelTask *task;    /* (owned) (nullable) before it is shown */
  GVariant *details; /* (owned) a{sv} */

  KeelEventStage stage;
  gboolean deferred;
  gboolean looked;   /* the row of the task was asked for after the event had come */
  guint delivery;    /* which Listen it came after last */

  void (*handled_func) (KeelEvent *self, gpointer inbox);
  GWeakRef inbox;    /* KeelEventInbox */
};

KeelEvent *keel_event_new            (guint64      number,
                                      guint64      task_id,
                                      const char  *kind,
                                      GVariant    *details);
gboolean   keel_event_has_file       (KeelEvent   *self);
gboolean   keel_event_has_failed     (KeelEvent   *self);
gboolean   keel_event_is_of_row      (KeelEvent   *self,
                                      KeelTask    *task);
GVariant  *keel_event_create_row     (KeelEvent   *self,
                                      const char  *session);

G_END_DECLS
