/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-checksum.h"
#include "keel-connection.h"
#include "keel-machinery.h"

G_BEGIN_DECLS

typedef struct _KeelAttempt KeelAttempt;

typedef enum {
  KEEL_ATTEMPT_COMPLETE, /* the part file holds every byte; not all of them are durable */
  KEEL_ATTEMPT_RESTART,  /* what is on disk cannot be continued: commit that, and try again */
  KEEL_ATTEMPT_LOST,     /* the part file is gone or foreign: likewise, with a new name */
  KEEL_ATTEMPT_UNFIT,    /* likewise, but what is before the first gap is good */
  KEEL_ATTEMPT_CHANGED,  /* the file is another one now: likewise, with the old bytes set aside */
  KEEL_ATTEMPT_SWAPPED,  /* the file is the one that was set aside */
  KEEL_ATTEMPT_HELD,     /* a captive portal answers */
  KEEL_ATTEMPT_CHALLENGED, /* somebody wants a password */
  KEEL_ATTEMPT_FAILED,
  KEEL_ATTEMPT_ALONE,    /* the server does not serve several connections: try again with one */
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
  guint64 written; /* so many bytes are in the part file */
  KeelPartFile *part; /* (nullable) borrowed */
  KeelChecksum *checksum; /* (nullable) of the first bytes; the receiver's */
} KeelAttemptResult;

typedef struct {
  void (*lost) (gpointer user_data, guint64 bytes); /* they were there, and are fetched again */
  /* Of a suspect file, so much is good. @islands: (transfer full) (nullable) */
  void (*checked) (gpointer user_data, guint64 durable, KeelRanges *islands);
  void (*head) (gpointer user_data, const KeelConnectionHead *head);
  const KeelTransferRecord *(*describe) (gpointer user_data); /* as it is now. (transfer none) */
  /* @islands: (transfer full) (nullable) */
  void (*durable) (gpointer user_data, guint64 durable, KeelRanges *islands,
                   const KeelPartFileTrace *trace, KeelPartFile *part);
  void (*ended) (gpointer user_data, const KeelAttemptResult *result);
} KeelAttemptEvents;

/* What it works with. Copied, and the limiters are referenced, by keel_attempt_start(). */
typedef struct {
  const KeelTransferRecord *record;
  KeelRateLimiter *limiters[2]; /* of the transfer, and (nullable) of its session */
  guint64 overlap;        /* so many bytes before the durable ones are compared with the disk */
  gboolean accepts_doubt; /* as in KeelConnectionRequest */
  const KeelCredentials *credentials[2]; /* (nullable) each, as in KeelConnectionRequest */
  guint64 known_bytes;    /* that many of the part file are known to be of no use, or good */
  gboolean is_alone;      /* one connection has to do */
  const char *mirror;     /* (nullable) asks this link instead of the record's */
} KeelAttemptPlan;

KeelAttempt *keel_attempt_start        (const KeelMachinery      *machinery,
                                        const KeelAttemptPlan    *plan,
                                        const KeelAttemptEvents  *events,
                                        gpointer                  user_data);
void         keel_attempt_interrupt    (KeelAttempt              *self);
void         keel_attempt_stop         (KeelAttempt              *self);
guint64      keel_attempt_get_received (KeelAttempt              *self);
guint        keel_attempt_get_connections (KeelAttempt           *self);
void         keel_attempt_describe     (KeelAttempt              *self,
                                        KeelRanges               *written,
                                        KeelRanges               *arriving);
void         keel_attempt_set_most     (KeelAttempt              *self,
                                        guint                     most);

G_END_DECLS
