/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-engine.h"
#include "keel-machinery.h"
#include "keel-scheduler.h"

G_BEGIN_DECLS

/* For keel-engine.c (life and reports), keel-engine-list.c (sessions, tasks, limits) and
 * keel-engine-events.c (what somebody has to be told). */
struct _KeelEngine {
  GObject parent_instance;

  KeelMachinery machinery; /* store, disks, pool and limiter (owned) */
  KeelScheduler *scheduler; /* (owned) */
  GPtrArray *transfers;     /* (owned) (element-type KeelTransfer), by id */
  GPtrArray *sessions;      /* (owned) (element-type KeelSessionRecord) */
  GPtrArray *events;        /* (owned) (element-type KeelEventRecord) not acknowledged */
  GHashTable *additions;    /* (owned) "session nonce" -> KeelAdditionRecord */
  GHashTable *pending;      /* (owned) the same key -> Addition that is being saved */
  KeelEngineLimits limits;
  gint64 last_id;
  gint64 last_session_id;
  guint tick_timer;
  guint last_turn;       /* given to the last that yielded its slot */
  gint64 suspended_usec; /* how long the machine had slept, when that was looked at last */

  gboolean is_started;
  gboolean is_stopping;
  guint stop_timer;
  KeelEngineFunc stop_func;
  gpointer stop_data;
};

/* Several things that are saved, and one answer when all of them are. */
typedef struct {
  KeelEngine *engine; /* (owned) */
  KeelEngineFunc func;
  gpointer user_data;
  guint n_unsaved;
  GError *error; /* (owned) (nullable) the first */
} KeelEngineBatch;

KeelEngineBatch *keel_engine_batch_new      (KeelEngine     *self,
                                             KeelEngineFunc  func,
                                             gpointer        user_data);
void             keel_engine_batch_saved_cb (const GError   *error,
                                             gpointer        user_data);

KeelTransfer *keel_engine_append            (KeelEngine         *self,
                                             KeelTransferRecord *record);
void          keel_engine_remember_addition (KeelEngine         *self,
                                             KeelAdditionRecord *addition);
void          keel_engine_apply_limits      (KeelEngine         *self);

G_END_DECLS
