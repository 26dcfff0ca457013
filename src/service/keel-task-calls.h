/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-house.h"

G_BEGIN_DECLS

/* What somebody says to a server's question. */
typedef struct {
  const char *cookie;
  const char *user;
  const char *password;
  GVariant *options;
} KeelAnswer;

/* What Session and Manager have in common: each answers its invocation exactly once. */
void keel_task_calls_control   (const KeelHouse       *house,
                                const KeelScope       *scope,
                                GDBusMethodInvocation *invocation,
                                const char            *verb,
                                GVariant              *ids,
                                GVariant              *options);
void keel_task_calls_control_everything (KeelEngine   *engine,
                                         KeelControl   verb);
void keel_task_calls_update    (const KeelHouse       *house,
                                const KeelScope       *scope,
                                GDBusMethodInvocation *invocation,
                                guint64                id,
                                GVariant              *changes);
void keel_task_calls_answer    (const KeelHouse       *house,
                                const KeelScope       *scope,
                                GDBusMethodInvocation *invocation,
                                const KeelAnswer      *answer);
void keel_task_calls_get_tasks (KeelEngine            *engine,
                                KeelWatchers          *watchers,
                                const KeelScope       *scope,
                                GDBusMethodInvocation *invocation,
                                GVariant              *filter,
                                const char *const     *fields);
void keel_task_calls_watch     (KeelWatchers          *watchers,
                                const KeelScope       *scope,
                                GDBusMethodInvocation *invocation,
                                guint                  interval_msec,
                                GVariant              *options);

KeelTransfer *keel_task_calls_find (KeelEngine            *engine,
                                    const KeelScope       *scope,
                                    guint64                id);
void          keel_task_calls_refuse_id (GDBusMethodInvocation *invocation,
                                         guint64                id);

G_END_DECLS
