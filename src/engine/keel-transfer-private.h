/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-attempt.h"
#include "keel-carriage.h"
#include "keel-rate-meter.h"
#include "keel-transfer.h"

G_BEGIN_DECLS

/* How much of what is on disk is asked for again, and compared, before more is written. */
#define KEEL_TRANSFER_MOST_OVERLAP (64 * 1024)
/* Likewise behind a new link, where no validator speaks for the bytes. */
#define KEEL_TRANSFER_REBOUND_OVERLAP (1024 * 1024)

/* For keel-transfer.c (state), keel-transfer-run.c (moving bytes), keel-transfer-finish.c (from the
 * last byte to the final name), keel-transfer-control.c (what somebody asks of it),
 * keel-transfer-look.c (waiting for a disk), keel-transfer-place.c (into which folder),
 * keel-transfer-move.c (into another one),
 * keel-transfer-collect.c (out of the spool), keel-transfer-auth.c (passwords),
 * keel-transfer-events.c (what its application is told), keel-transfer-policy.c (what it may do,
 * and for how long) and keel-transfer-mirrors.c (other links to the same file). */
struct _KeelTransfer {
  GObject parent_instance;

  const KeelMachinery *machinery;
  KeelTransferRecord *record; /* (owned) */
  const KeelSessionRecord *session;
  KeelTransferEvents events;
  gpointer user_data;

  KeelRateLimiter *limiter; /* (owned) */
  KeelRateMeter meter;
  guint64 committed; /* of record->durable: what the database has */
  guint timer;       /* while waiting with a time */

  KeelChallenge *challenge;     /* (owned) (nullable) while waiting for an answer */
  char *cookie;                 /* (owned) (nullable) of that challenge */
  KeelCredentials *credentials; /* (owned) (nullable) in memory only, as the next */
  KeelCredentials *proxy_credentials; /* (owned) (nullable) somebody's answer to a proxy */
  guint n_answers;              /* given since the last that was right */
  gint64 counted_usec;          /* these two: up to when its time is counted; 0: it is not yet */
  gint64 counted_suspended_usec;
  guint turn;                   /* to be served after all that have a lower one */
  gboolean is_wanted_now;       /* somebody has said so while the schedule had it wait */
  gint64 crawl_usec;            /* when the window of looking at its pace began; 0: it has none */
  guint64 crawl_bytes;          /* what was received then */
  gboolean is_crawling;         /* it was very slow for all of the last window */

  guint64 overlap;              /* how much the next attempt compares */
  guint64 started_at;           /* how much was durable when the attempt started */
  guint64 known_bytes;          /* of the part file, whether they count or not; 0: see the record */
  gboolean is_alone;            /* the server does not serve several connections */
  guint source;                 /* 0: its own link is asked; else that mirror, from 1 */
  guint answered;               /* one more than the source that the present version is from */
  guint n_sources_tried;        /* since bytes came */
  guint32 bad_sources;          /* a bit for each: it has another file */
  KeelAttempt *attempt;         /* (nullable) owns itself; ends with an event */
  GCancellable *verifying;      /* (owned) (nullable) while the checksum is computed */
  GCancellable *collecting;     /* (owned) (nullable) while the finished file is delivered */
  GCancellable *carrying;       /* (owned) (nullable) while the part file is taken along */
  struct _KeelTransferMove *move; /* (owned) (nullable) to another folder, once it is settled */
  guint n_operations;           /* seals, publishes, discards in flight */
  gboolean has_sealed;          /* since the service started */
  gboolean has_new_uri;         /* the attempt under way asks the old one */
  guint n_broken;               /* times that what came could not be decoded */
  GPtrArray *due;               /* (owned) (nullable) (element-type KeelEventRecord) with the next
                                   save */
  GPtrArray *remarks;           /* (owned) (nullable) (element-type KeelHistoryEntry) likewise */
  gboolean has_started;         /* somebody has answered since it was queued */
  gboolean has_completed;       /* the present run has its last event */
  const char *stop_reason;      /* (nullable) static: why bytes do not move */
  const char *interruption;     /* (nullable) static: why connections of the attempt were dropped */
  gboolean has_moved;           /* bytes of the present file have been there before */
  gboolean is_resuming;         /* nobody knows yet that they move again */
  gboolean is_resumption_due;   /* that they do is being saved */
  guint64 resumed_at;           /* so many were kept */
  guint64 placeholder_ino;      /* under the final name, made by this process; 0: none */
  gboolean is_stuck;            /* the attempt waits for a disk that does not answer */
  guint n_sync_failures;        /* since the last checkpoint that worked */
  guint n_full;                 /* times running that the disk was full */
  gboolean has_forgotten;       /* bytes whose forgetting is not on disk yet */
  gboolean is_unsaved;          /* the last answer of the store was an error */
  gboolean is_deleting;         /* its row */
  gboolean is_removed;          /* its row is gone */
  gboolean is_suspended;        /* the service is leaving: start nothing new */

  guint n_saves;                /* handed to the store, not answered */
  guint n_saves_with_events;
  guint save_timer;             /* to try again after the store failed */
  GQueue save_waiters;          /* (element-type Waiter) */
  GQueue rest_waiters;          /* (element-type Waiter) */
};

gboolean keel_transfer_set_state  (KeelTransfer      *self,
                                   KeelTransferState  state);
void     keel_transfer_wait       (KeelTransfer      *self,
                                   KeelWaitReason     reason,
                                   gint64             delay_usec);
void     keel_transfer_enqueue    (KeelTransfer      *self);
void     keel_transfer_fail       (KeelTransfer      *self,
                                   KeelTaskError      code,
                                   const char        *message,
                                   guint              http_status);
void     keel_transfer_set_error  (KeelTransfer      *self,
                                   KeelTaskError      code,
                                   const char        *message,
                                   guint              http_status);
void     keel_transfer_clear_error (KeelTransfer     *self);
void     keel_transfer_save       (KeelTransfer      *self);
void     keel_transfer_changed    (KeelTransfer      *self);
void     keel_transfer_settle     (KeelTransfer      *self);

void     keel_transfer_start_over (KeelTransfer      *self,
                                   gboolean           with_new_part);

char    *keel_transfer_dup_source    (KeelTransfer      *self);
gboolean keel_transfer_next_source   (KeelTransfer      *self);
gboolean keel_transfer_reject_source (KeelTransfer      *self);

void     keel_transfer_attempt_failed (KeelTransfer            *self,
                                       const KeelAttemptResult *result);

gboolean keel_transfer_has_to_decode (KeelTransfer   *self);
void     keel_transfer_verify     (KeelTransfer   *self,
                                   KeelPartFile   *part,
                                   KeelChecksum   *checksum);
void     keel_transfer_publish    (KeelTransfer      *self);
void     keel_transfer_discard    (KeelTransfer      *self);
void     keel_transfer_look       (KeelTransfer      *self);
void     keel_transfer_wait_for_disk (KeelTransfer   *self,
                                      KeelWaitReason  reason);
void     keel_transfer_clear_spare (KeelTransfer     *self,
                                    guint64           ino);

KeelWaitReason keel_transfer_get_bar (KeelTransfer   *self);
gint64   keel_transfer_get_ahead_usec (KeelTransfer  *self);
void     keel_transfer_count_time (KeelTransfer      *self);
void     keel_transfer_reset_time (KeelTransfer      *self);

void     keel_transfer_carry         (KeelTransfer       *self);
void     keel_transfer_prepare_carriage (KeelTransfer    *self,
                                         KeelCarriage    *carriage);
void     keel_transfer_drop_move     (KeelTransfer       *self);
void     keel_transfer_apply_move    (KeelTransfer       *self);
gboolean keel_transfer_prepare       (KeelTransfer       *self);
void     keel_transfer_go            (KeelTransfer       *self);
void     keel_transfer_begin         (KeelTransfer       *self);
void     keel_transfer_take_folder   (KeelTransfer       *self,
                                      KeelPartFile       *part);
void     keel_transfer_follow_folder (KeelTransfer       *self);
void     keel_transfer_let_go_of_folder (KeelTransfer    *self);
void     keel_transfer_move_to_spool (KeelTransfer       *self);
void     keel_transfer_return_to_spool (KeelTransfer     *self);
void     keel_transfer_refuse_name   (KeelTransfer       *self);
void     keel_transfer_set_chosen    (KeelTransferRecord *record,
                                      char               *chosen);
gboolean keel_transfer_has_spooled   (KeelTransfer       *self);

void     keel_transfer_take_password (KeelTransfer      *self);
void     keel_transfer_forget_foreign_credentials (KeelTransfer *self,
                                                   const char   *uri);
void     keel_transfer_challenge  (KeelTransfer        *self,
                                   const KeelChallenge *challenge);
void     keel_transfer_note_end        (KeelTransfer      *self);
void     keel_transfer_note_challenge  (KeelTransfer      *self,
                                        const char        *cookie,
                                        const char        *origin);
void     keel_transfer_note_stop       (KeelTransfer      *self,
                                        const char        *reason);
void     keel_transfer_prepare_resumption (KeelTransfer   *self);
void     keel_transfer_forget_resumption (KeelTransfer    *self);
void     keel_transfer_note_resumption (KeelTransfer      *self,
                                        guint64            offset);
void     keel_transfer_follow_events   (KeelTransfer      *self,
                                        KeelTransferState  before,
                                        KeelWaitReason     reason);
void     keel_transfer_take_events_back (KeelTransfer     *self,
                                         GPtrArray        *events);
void     keel_transfer_tell_events     (KeelTransfer      *self,
                                        GPtrArray         *events);
void     keel_transfer_remark          (KeelTransfer      *self,
                                        const char        *kind);
void     keel_transfer_remark_pause    (KeelTransfer      *self,
                                        KeelPauseReason    reason);
void     keel_transfer_remark_retry    (KeelTransfer      *self,
                                        KeelTaskError      code,
                                        guint              http_status);
void     keel_transfer_remark_start    (KeelTransfer      *self,
                                        guint64            offset,
                                        const char        *reason);
void     keel_transfer_remark_end      (KeelTransfer      *self);
void     keel_transfer_take_remarks_back (KeelTransfer    *self,
                                          GPtrArray       *remarks);
void     keel_transfer_stop_io    (KeelTransfer      *self);
void     keel_transfer_pause      (KeelTransfer      *self,
                                   KeelPauseReason    reason);

G_END_DECLS
