/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-attempt.h"
#include "keel-rate-meter.h"
#include "keel-transfer.h"

G_BEGIN_DECLS

/* How much of what is on disk is asked for again, and compared, before more is written. */
#define KEEL_TRANSFER_MOST_OVERLAP (64 * 1024)
/* Likewise behind a new link, where no validator speaks for the bytes. */
#define KEEL_TRANSFER_REBOUND_OVERLAP (1024 * 1024)

/* For keel-transfer.c (state), keel-transfer-run.c (moving bytes), keel-transfer-finish.c (from the
 * last byte to the final name), keel-transfer-control.c (what somebody asks of it),
 * keel-transfer-look.c (waiting for a disk) and keel-transfer-auth.c (passwords). */
struct _KeelTransfer {
  GObject parent_instance;

  const KeelMachinery *machinery;
  KeelTransferRecord *record; /* (owned) */
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
  guint turn;                   /* to be served after all that have a lower one */
  gint64 crawl_usec;            /* when the window of looking at its pace began; 0: it has none */
  guint64 crawl_bytes;          /* what was received then */
  gboolean is_crawling;         /* it was very slow for all of the last window */

  guint64 overlap;              /* how much the next attempt compares */
  KeelBlockMap *altered;        /* (owned) (nullable) what a check found and is not mended yet */
  guint64 started_at;           /* what was durable when the attempt started */
  KeelAttempt *attempt;         /* (nullable) owns itself; ends with an event */
  GCancellable *verifying;      /* (owned) (nullable) while the checksum is computed */
  guint n_operations;           /* seals, publishes, discards in flight */
  gboolean has_sealed;          /* since the service started */
  gboolean has_new_uri;         /* the attempt under way asks the old one */
  guint n_broken;               /* times that what came could not be decoded */
  gboolean has_to_tell_end;     /* with the next save: how it ended */
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

void     keel_transfer_attempt_failed (KeelTransfer            *self,
                                       const KeelAttemptResult *result);

gboolean keel_transfer_has_to_decode (KeelTransfer   *self);
void     keel_transfer_verify     (KeelTransfer      *self,
                                   KeelPartFile      *part);
void     keel_transfer_publish    (KeelTransfer      *self);
void     keel_transfer_discard    (KeelTransfer      *self);
void     keel_transfer_look       (KeelTransfer      *self);
void     keel_transfer_wait_for_disk (KeelTransfer   *self,
                                      KeelWaitReason  reason);
void     keel_transfer_clear_spare (KeelTransfer     *self,
                                    guint64           ino);

void     keel_transfer_take_password (KeelTransfer      *self);
void     keel_transfer_forget_foreign_credentials (KeelTransfer *self,
                                                   const char   *uri);
void     keel_transfer_challenge  (KeelTransfer        *self,
                                   const KeelChallenge *challenge);
void     keel_transfer_stop_io    (KeelTransfer      *self);
void     keel_transfer_pause      (KeelTransfer      *self,
                                   KeelPauseReason    reason);

G_END_DECLS
