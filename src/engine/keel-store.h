/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "keel-block-hashes.h"
#include "keel-event-record.h"
#include "keel-history-entry.h"
#include "keel-rate-limiter.h"
#include "keel-session-config.h"
#include "keel-transfer-record.h"

G_BEGIN_DECLS

typedef struct _KeelStore KeelStore;

/* In the place of how often an application was woken: the person has been told instead. */
#define KEEL_SESSION_WAS_TOLD 6

/* One that was opened once; in the engine it lives as long as that. */
typedef struct {
  gint64 id;
  char *app;
  char *identifier;
  char *token; /* random: what only those who opened the session know */
  char *token_hash;     /* (nullable) of the secret by which its application is known */
  gboolean is_verified; /* whose it is is a sandbox's word, not a program's own */
  KeelSessionConfig config;
  KeelRateLimiter *limiter; /* (owned) (nullable) of all that it transfers; in memory only */
  gint64 last_event;    /* the highest number that was given, as far as it is on disk */
  guint wake_tries;     /* how often its application was woken for what is in the journal */
  gint64 wake_due_usec; /* not before that is it done again; wall clock, 0: any time */
} KeelSessionRecord;

/* How long an AddTasks call is remembered. A repeated call comes within seconds. */
#define KEEL_STORE_NONCE_LIFE_SECONDS (24 * 3600)

/* One AddTasks call: found again by session and nonce. */
typedef struct {
  gint64 session_id;
  char *nonce;
  gint64 first_id;
  guint count;
  gint64 created_usec;
} KeelAdditionRecord;

/* What was on disk when the store was opened. The lists are taken over by the caller. */
typedef struct {
  GPtrArray *sessions;  /* (element-type KeelSessionRecord) */
  GPtrArray *additions; /* (element-type KeelAdditionRecord) */
  GPtrArray *records;   /* (element-type KeelTransferRecord) */
  GPtrArray *events;    /* (element-type KeelEventRecord) by session and number */
  GHashTable *settings; /* char * -> char * */
  gint64 last_id;       /* the highest that was ever given to a task */
  gint64 last_session_id;
  gboolean was_clean;   /* the last owner closed it */
  gboolean was_rescued; /* it is made anew of what could be found */
  char *set_aside;      /* where a damaged database was moved to; NULL: it was sound */
} KeelStoreContents;

/* In the owner's context, exactly once. @error is borrowed, NULL on success. */
typedef void (*KeelStoreFunc) (const GError *error,
                               gpointer      user_data);

KeelStore *keel_store_open         (const char               *path,
                                    GMainContext             *context,
                                    KeelStoreContents        *out_contents,
                                    GError                  **error);
void       keel_store_close        (KeelStore                *self,
                                    gint64                    timeout_usec);

void       keel_store_save         (KeelStore                *self,
                                    const KeelTransferRecord *record,
                                    GPtrArray                *events,
                                    GPtrArray                *history,
                                    KeelStoreFunc             func,
                                    gpointer                  user_data);
void       keel_store_acknowledge  (KeelStore                *self,
                                    gint64                    session_id,
                                    GArray                   *numbers,
                                    KeelStoreFunc             func,
                                    gpointer                  user_data);
void       keel_store_save_wake    (KeelStore                *self,
                                    const KeelSessionRecord  *session,
                                    KeelStoreFunc             func,
                                    gpointer                  user_data);
gint64     keel_store_get_failing_usec (KeelStore            *self);
void       keel_store_save_batch   (KeelStore                *self,
                                    const KeelSessionRecord  *session,
                                    GPtrArray                *records,
                                    const KeelAdditionRecord *addition,
                                    KeelStoreFunc             func,
                                    gpointer                  user_data);
void       keel_store_delete       (KeelStore                *self,
                                    gint64                    id,
                                    KeelStoreFunc             func,
                                    gpointer                  user_data);
void       keel_store_save_session (KeelStore                *self,
                                    const KeelSessionRecord  *session,
                                    KeelStoreFunc             func,
                                    gpointer                  user_data);
void       keel_store_save_setting (KeelStore                *self,
                                    const char               *key,
                                    const char               *value,
                                    KeelStoreFunc             func,
                                    gpointer                  user_data);

/* @hashes (element-type guint64) by number are taken over; NULL with @error. */
typedef void (*KeelStoreBlocksFunc) (GArray       *hashes,
                                     const GError *error,
                                     gpointer      user_data);

void       keel_store_save_blocks  (KeelStore                *self,
                                    gint64                    task,
                                    const char               *file,
                                    GArray                   *hashes,
                                    KeelStoreFunc             func,
                                    gpointer                  user_data);
void       keel_store_load_blocks  (KeelStore                *self,
                                    gint64                    task,
                                    const char               *file,
                                    guint                     count,
                                    KeelStoreBlocksFunc       func,
                                    gpointer                  user_data);

/* Of a task at most, in the table. */
#define KEEL_STORE_MOST_HISTORY 96

/* @entries (element-type KeelHistoryEntry) are taken over; NULL with @error. */
typedef void (*KeelStoreHistoryFunc) (GPtrArray    *entries,
                                      const GError *error,
                                      gpointer      user_data);

void       keel_store_release_memory (KeelStore              *self);
void       keel_store_load_history (KeelStore                *self,
                                    gint64                    task,
                                    KeelStoreHistoryFunc      func,
                                    gpointer                  user_data);

KeelSessionRecord *
           keel_session_record_new       (gint64              id,
                                          const char         *app,
                                          const char         *identifier,
                                          const char         *token);
void       keel_session_record_free      (KeelSessionRecord  *self);
void       keel_addition_record_free     (KeelAdditionRecord *self);
void       keel_store_contents_clear     (KeelStoreContents  *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KeelStoreContents, keel_store_contents_clear)

G_END_DECLS
