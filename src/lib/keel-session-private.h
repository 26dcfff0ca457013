/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keel-remote.h"
#include "keel-session.h"
#include "keel-task-feed.h"
#include "keel-task-list.h"

G_BEGIN_DECLS

struct _KeelSession {
  GObject parent_instance;

  char *identifier;   /* (owned) */
  KeelRemote *remote; /* (owned) */
  KeelTaskList *list; /* (owned) */
  KeelTaskFeed *feed; /* (owned) */
  gboolean follow;
};

G_END_DECLS
