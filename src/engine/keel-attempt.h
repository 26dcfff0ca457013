/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-block-hashes.h"
#include "keel-connection.h"
#include "keel-machinery.h"

G_BEGIN_DECLS

typedef struct _KeelAttempt KeelAttempt;

typedef enum {
  KEEL_ATTEMPT_COMPLETE, /* the part file holds every byte; not all of them are durable */
  KEEL_ATTEMPT_RESTART,  /* what is on disk cannot be continued: commit that, and try again */
  KEEL_ATTEMPT_LOST,     /* the part file is gone or foreign: likewise, with a new name */
  KEEL_ATTEMPT_ALTERED,  /* likewise, but the first `written` bytes on disk are good */
  KEEL_ATTEMPT_CHANGED,  /* the file is another one now: likewise, with the old bytes set aside */
  KEEL_ATTEMPT_SWAPPED,  /* the file is the one that was set aside */
  KEEL_ATTEMPT_HELD,     /* a captive portal answers */
  KEEL_ATTEMPT_CHALLENGED, /* somebody wants a password */
  KEEL_ATTEMPT_FAILED,
  KEEL_ATTEMPT_INTERRUPTED, /* by keel_attempt_interrupt() */
  KEEL_ATTEMPT_STOPPED,
} KeelAttemptOutcome;

typedef struct {
  KeelAttemptOutcome outcome;
  const GError *error; /* (nullable) KEEL_TASK_ERROR */
  gboolean claims_same; /* CHANGED, by a server whose validators are worth nothing */
  gboolean is_final;
  gboolean has_sync_failed; /* FAILED: what is not durable may be lost */
  const char *details; /* (nullable) */
  const KeelChallenge *challenge; /* (nullable) */
  gboolean length_confirmed;
  gboolean has_ended; /* as in KeelConnectionResult */
  guint http_status;
  gint64 retry_after_usec; /* -1: not said */
  guint64 written;
  KeelPartFile *part; /* (nullable) borrowed */
  KeelBlockMap *altered; /* (nullable) what is left to mend; the receiver's, for the next attempt */
} KeelAttemptResult;

typedef struct {
  void (*lost) (gpointer user_data, guint64 bytes); /* they were there, and are fetched again */
  void (*checked) (gpointer user_data, guint64 durable); /* of a suspect file, so much is good */
  void (*head) (gpointer user_data, const KeelConnectionHead *head);
  const KeelTransferRecord *(*describe) (gpointer user_data); /* as it is now. (transfer none) */
  void (*durable) (gpointer user_data, guint64 durable, const KeelPartFileTrace *trace,
                   KeelPartFile *part);
  void (*ended) (gpointer user_data, const KeelAttemptResult *result);
} KeelAttemptEvents;

/* What it works with. Copied, and the limiter is referenced, by keel_attempt_start(). */
typedef struct {
  const KeelTransferRecord *record;
  KeelRateLimiter *limiter;
  guint64 overlap;        /* so many bytes before the durable ones are compared with the disk */
  gboolean accepts_doubt; /* as in KeelConnectionRequest */
  const KeelCredentials *credentials[2]; /* (nullable) each, as in KeelConnectionRequest */
  KeelBlockMap *altered;  /* (nullable) taken over: the last attempt's, if the file is suspect */
} KeelAttemptPlan;

KeelAttempt *keel_attempt_start        (const KeelMachinery      *machinery,
                                        const KeelAttemptPlan    *plan,
                                        const KeelAttemptEvents  *events,
                                        gpointer                  user_data);
void         keel_attempt_interrupt    (KeelAttempt              *self);
void         keel_attempt_stop         (KeelAttempt              *self);
guint64      keel_attempt_get_received (KeelAttempt              *self);
guint        keel_attempt_get_connections (KeelAttempt           *self);

G_END_DECLS
