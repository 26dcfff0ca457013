/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(KEEL_INSIDE) && !defined(KEEL_COMPILATION)
#error "Only <keel/keel.h> can be included directly."
#endif

#include "keel-types.h"

G_BEGIN_DECLS

/**
 * KeelEventKind:
 * @KEEL_EVENT_KIND_OTHER: something that this library does not know
 * @KEEL_EVENT_KIND_RESUMED: the transfer goes on where it stopped, or begins anew; "offset" (t,
 *   bytes) and "reason" (s) say where and why
 * @KEEL_EVENT_KIND_CHALLENGE: a server or a proxy wants a user name and a password; "origin" (s)
 *   says who
 * @KEEL_EVENT_KIND_NEEDS_LINK: the link has expired; [method@Keel.Task.set_uri_async] gives another
 * @KEEL_EVENT_KIND_FINISHED: the file is complete; "file" (ay) says where, if it has a path,
 *   "received" (t, bytes) how large it is
 * @KEEL_EVENT_KIND_COMPLETED: the task has ended, once and last in a run; "ok" (b), "state" (s),
 *   and "error-code" (s) and "error-message" (s) if it failed
 *
 * What an event tells of a task, with the keys of its details.
 *
 * Since: 0.1
 */
typedef enum {
  KEEL_EVENT_KIND_OTHER,
  KEEL_EVENT_KIND_RESUMED,
  KEEL_EVENT_KIND_CHALLENGE,
  KEEL_EVENT_KIND_NEEDS_LINK,
  KEEL_EVENT_KIND_FINISHED,
  KEEL_EVENT_KIND_COMPLETED,
} KeelEventKind;

#define KEEL_TYPE_EVENT (keel_event_get_type ())
KEEL_EXTERN G_DECLARE_FINAL_TYPE (KeelEvent, keel_event, KEEL, EVENT, GObject)

KEEL_EXTERN guint64        keel_event_get_number  (KeelEvent *self);
KEEL_EXTERN KeelEventKind  keel_event_get_kind    (KeelEvent *self);
KEEL_EXTERN KeelTask      *keel_event_get_task    (KeelEvent *self);
KEEL_EXTERN GVariant      *keel_event_get_details (KeelEvent *self);

KEEL_EXTERN void           keel_event_defer       (KeelEvent *self);
KEEL_EXTERN void           keel_event_acknowledge (KeelEvent *self);

G_END_DECLS
