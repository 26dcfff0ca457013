/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-engine.h"
#include "keel-inquiry.h"
#include "keel-machinery.h"
#include "keel-scheduler.h"

G_BEGIN_DECLS

/* How the service before this one ended. */
typedef enum {
  KEEL_END_CLEAN, /* or with the machine */
  KEEL_END_CRASH,
  KEEL_END_CRASH_SOON, /* after its start */
} KeelEnd;

/* For keel-engine.c (life and reports), keel-engine-list.c (sessions and tasks),
 * keel-engine-policy.c (how sessions behave), keel-engine-folders.c (that are not just paths),
 * keel-engine-schedule.c (limits, and when), keel-engine-sleep.c (of the machine),
 * keel-engine-events.c (what somebody has to be told) and keel-engine-crashes.c (what was before).
 */
struct _KeelEngine {
  GObject parent_instance;

  KeelMachinery machinery; /* store, disks, pool and limiter (owned) */
  KeelScheduler *scheduler; /* (owned) */
  KeelInquiries *inquiries; /* (owned) (nullable) before it is opened */
  GPtrArray *transfers;     /* (owned) (element-type KeelTransfer), by id */
  GHashTable *active;       /* (owned) (element-type KeelTransfer) those that run, and some that
                               have ended since the last tick */
  GPtrArray *sessions;      /* (owned) (element-type KeelSessionRecord) */
  GHashTable *events;       /* (owned) session id -> KeelEngineEvents */
  guint most_events;        /* that an application may leave unacknowledged */
  GHashTable *additions;    /* (owned) "session nonce" -> KeelAdditionRecord */
  GHashTable *pending;      /* (owned) the same key -> Addition that is being saved */
  GQueue additions_by_age;  /* (element-type KeelAdditionRecord) the same, oldest first */
  KeelEngineLimits limits;  /* the schedule (owned) */
  char *downloads_dir;      /* (owned) (nullable) our own choice of a folder */
  gint64 last_id;
  gint64 last_session_id;
  guint work_index;       /* where in the list there was work the last time */
  gint64 first_place; /* these two: of those that were moved in the queue, and of new ones */
  gint64 last_place;
  guint tick_timer;
  gint64 tick_usec;
  guint schedule_timer;
  guint deadline_timer;
  gint64 deadline_usec;  /* for when that is set */
  gint64 probed_usec;    /* when disks were asked for a sign of life */
  guint last_turn;       /* given to the last that yielded its slot */
  gint64 suspended_usec; /* how long the machine had slept, when that was looked at last */

  gboolean is_asleep;        /* or is about to sleep: nothing is started */
  guint sleep_timer;         /* when it has been that for too long */
  guint sleep_turn;          /* counts up, so that what is late is known */
  guint n_restless;          /* of those that were to rest this time */
  KeelEngineFunc sleep_func; /* (nullable) told when there is none */
  gpointer sleep_data;

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

/* What of a session is not acknowledged. */
typedef struct {
  GPtrArray *events; /* (owned) (element-type KeelEventRecord) by number */
  guint work_index;  /* where in the list of transfers there was work of it the last time */
} KeelEngineEvents;

void          keel_engine_load_events       (KeelEngine         *self,
                                             GPtrArray          *events);
void          keel_engine_take_events       (KeelEngine         *self,
                                             KeelTransfer       *transfer,
                                             GPtrArray          *events);
GPtrArray    *keel_engine_dup_active        (KeelEngine         *self);
void          keel_engine_drop_connections  (KeelEngine         *self,
                                             const char         *reason);
void          keel_engine_look_for_wake_up  (KeelEngine         *self);
KeelTransfer *keel_engine_append            (KeelEngine         *self,
                                             KeelTransferRecord *record);
void          keel_engine_remember_addition (KeelEngine         *self,
                                             KeelAdditionRecord *addition);
void          keel_engine_load_limits       (KeelEngine         *self,
                                             const KeelStoreContents *contents);
void          keel_engine_apply_limits      (KeelEngine         *self);
void          keel_engine_assign            (KeelEngine         *self,
                                             KeelTransfer       *transfer);
void          keel_engine_note_deadline     (KeelEngine         *self,
                                             KeelTransfer       *transfer);
void          keel_engine_prepare_traces    (KeelEngine         *self,
                                             const char         *state_dir);
void          keel_engine_tidy_traces       (KeelEngine         *self);
void          keel_engine_fill_in_folder    (KeelEngine         *self,
                                             gint64              session_id,
                                             KeelTransferRecord *record);
void          keel_engine_recognise_spool   (KeelEngine         *self,
                                             KeelTransferRecord *record);
void          keel_engine_sweep_spool       (KeelEngine         *self);
void          keel_engine_note_start        (KeelEngine         *self,
                                             const KeelStoreContents *contents);
void          keel_engine_recover           (KeelEngine         *self,
                                             KeelTransfer       *transfer);

G_END_DECLS
