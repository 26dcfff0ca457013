/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keel-task-private.h"

G_BEGIN_DECLS

#define KEEL_TYPE_TASK_LIST (keel_task_list_get_type ())
G_DECLARE_FINAL_TYPE (KeelTaskList, keel_task_list, KEEL, TASK_LIST, GObject)

/* Rows (a{sv}) of the service for keel_task_list_merge(). */
typedef struct
{
  KeelRemote *remote;  /* where the calls of new tasks go */
  gboolean followed;   /* whether somebody will tell of their changes */
  gboolean announce;   /* tell of new tasks that have ended, or ask something, already */
  guint64 generation;  /* what the rows are as new as */
} KeelTaskOrigin;

KeelTaskList *keel_task_list_new                (void);

guint         keel_task_list_get_n_tasks        (KeelTaskList         *self);
KeelTask     *keel_task_list_peek               (KeelTaskList         *self,
                                                 guint                 position);
KeelTask     *keel_task_list_find               (KeelTaskList         *self,
                                                 guint64               id);

void          keel_task_list_merge              (KeelTaskList         *self,
                                                 const KeelTaskOrigin *origin,
                                                 GVariant             *rows);
void          keel_task_list_retain             (KeelTaskList         *self,
                                                 GVariant             *rows,
                                                 guint64               after,
                                                 guint64               last,
                                                 guint64               generation);
void          keel_task_list_remove             (KeelTaskList         *self,
                                                 GVariant             *ids);
void          keel_task_list_apply_numbers      (KeelTaskList         *self,
                                                 GVariant             *numbers);
void          keel_task_list_stop_rates         (KeelTaskList         *self);
void          keel_task_list_forget_generations (KeelTaskList         *self);
void          keel_task_list_unfollow           (KeelTaskList         *self);

G_END_DECLS
