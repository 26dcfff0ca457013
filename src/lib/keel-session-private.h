/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keel-event-inbox.h"
#include "keel-remote.h"
#include "keel-session.h"
#include "keel-task-feed.h"
#include "keel-task-list.h"

G_BEGIN_DECLS

struct _KeelSession {
  GObject parent_instance;

  char *identifier;   /* (owned) */
  char *app_id;       /* (owned) (nullable) what we say that we are */
  KeelRemote *remote; /* (owned) */
  KeelTaskList *list; /* (owned) */
  KeelTaskFeed *feed; /* (owned) */
  gboolean follow;
  gboolean fetch;     /* the rows of tasks that are added */
  gboolean closed;
  GPtrArray *joiners; /* (owned) (nullable) (element-type GTask) others who wait for its opening;
                       * NULL when it is open */

  KeelEventInbox *inbox;  /* (owned) (nullable) of a session with events that is followed */
  GPtrArray *undecided;   /* (owned) (nullable) (element-type KeelTask) that have ended while it was
                           * not known whether the service tells so by events */
  GHashTable *groups;     /* (owned) name → (owned) KeelTaskGroup */
};

void keel_session_add_list       (KeelSession *self);
void keel_session_add_inbox      (KeelSession *self);
void keel_session_emit_challenge (KeelSession *self,
                                  KeelTask    *task);

G_END_DECLS
