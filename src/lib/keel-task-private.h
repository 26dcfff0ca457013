/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keel-remote.h"
#include "keel-task-row.h"
#include "keel-task.h"
#include "keel-time-left.h"

G_BEGIN_DECLS

/* What else may be different about a task than its properties. */
typedef enum {
  KEEL_TASK_CHANGE_NONE = 0,
  KEEL_TASK_CHANGE_STATE = 1 << 0, /* or the reason for it */
  KEEL_TASK_CHANGE_RANK = 1 << 1,  /* or its priority */
} KeelTaskChange;

struct _KeelTask
{
  GObject parent_instance;

  KeelRemote *remote; /* (owned) where its calls go */
  KeelTaskRow row;
  KeelTimeLeft time_left;
  GError *error;      /* (owned) (nullable) of the row's error fields */
  guint64 generation; /* of the service's list: what the row is as new as */

  gboolean followed;  /* somebody tells this object when the task changes */
  gboolean removed;   /* the task is not in the service's list any more */
  GPtrArray *waiters; /* (owned) (element-type GTask) of keel_task_wait_async() */
};

KeelTask *keel_task_new            (KeelRemote *remote,
                                    GVariant   *dictionary,
                                    guint64     generation);
KeelTaskChange keel_task_apply     (KeelTask   *self,
                                    GVariant   *dictionary,
                                    guint64     generation);
void      keel_task_apply_numbers  (KeelTask   *self,
                                    guint64     received,
                                    guint64     durable,
                                    guint64     rate);
void      keel_task_set_followed   (KeelTask   *self,
                                    gboolean    followed);
void      keel_task_set_removed    (KeelTask   *self);

void      keel_task_settle_waiters (KeelTask   *self);

guint64   keel_task_peek_id        (GVariant   *dictionary);

G_END_DECLS
