/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-engine.h"
#include "keel-machinery.h"
#include "keel-scheduler.h"

G_BEGIN_DECLS

/* How the service before this one ended. */
typedef enum {
  KEEL_END_CLEAN, /* or with the machine */
  KEEL_END_CRASH,
  KEEL_END_CRASH_SOON, /* after its start */
} KeelEnd;

/* For keel-engine.c (life and reports), keel-engine-list.c (sessions, tasks, limits) and
 * keel-engine-events.c (what somebody has to be told), keel-engine-crashes.c (what was before). */
struct _KeelEngine {
  GObject parent_instance;

  KeelMachinery machinery; /* store, disks, pool and limiter (owned) */
  KeelScheduler *scheduler; /* (owned) */
  GPtrArray *transfers;     /* (owned) (element-type KeelTransfer), by id */
  GPtrArray *sessions;      /* (owned) (element-type KeelSessionRecord) */
  GPtrArray *events;        /* (owned) (element-type KeelEventRecord) not acknowledged */
  GHashTable *additions;    /* (owned) "session nonce" -> KeelAdditionRecord */
  GHashTable *pending;      /* (owned) the same key -> Addition that is being saved */
  GQueue additions_by_age;  /* (element-type KeelAdditionRecord) the same, oldest first */
  KeelEngineLimits limits;
  char *downloads_dir;      /* (owned) (nullable) our own choice of a folder */
  gint64 last_id;
  gint64 last_session_id;
  guint tick_timer;
  gint64 probed_usec;    /* when disks were asked for a sign of life */
  guint last_turn;       /* given to the last that yielded its slot */
  gint64 suspended_usec; /* how long the machine had slept, when that was looked at last */

  KeelEnd last_end;
  gboolean was_rescued;
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
void          keel_engine_prepare_traces    (KeelEngine         *self,
                                             const char         *state_dir);
void          keel_engine_tidy_traces       (KeelEngine         *self);
void          keel_engine_note_start        (KeelEngine         *self,
                                             const KeelStoreContents *contents);
void          keel_engine_recover           (KeelEngine         *self,
                                             KeelTransfer       *transfer);

G_END_DECLS
