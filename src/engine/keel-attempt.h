/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-connection.h"
#include "keel-machinery.h"

G_BEGIN_DECLS

typedef struct _KeelAttempt KeelAttempt;

typedef enum {
  KEEL_ATTEMPT_COMPLETE, /* the part file holds every byte; not all of them are durable */
  KEEL_ATTEMPT_RESTART,  /* what is on disk cannot be continued: commit that, and try again */
  KEEL_ATTEMPT_LOST,     /* the part file is gone or foreign: likewise, with a new name */
  KEEL_ATTEMPT_FAILED,
  KEEL_ATTEMPT_STOPPED,
} KeelAttemptOutcome;

typedef struct {
  KeelAttemptOutcome outcome;
  const GError *error; /* (nullable) KEEL_TASK_ERROR */
  guint http_status;
  gint64 retry_after_usec; /* -1: not said */
  guint64 written;
  KeelPartFile *part; /* (nullable) borrowed */
} KeelAttemptResult;

typedef struct {
  void (*opened) (gpointer user_data, guint64 cut_bytes); /* they were there, and not durable */
  void (*head) (gpointer user_data, const KeelConnectionHead *head);
  void (*durable) (gpointer user_data, guint64 durable, guint64 ino);
  void (*ended) (gpointer user_data, const KeelAttemptResult *result);
} KeelAttemptEvents;

KeelAttempt *keel_attempt_start        (const KeelMachinery      *machinery,
                                        const KeelTransferRecord *record,
                                        KeelRateLimiter          *limiter,
                                        guint64                   overlap,
                                        const KeelAttemptEvents  *events,
                                        gpointer                  user_data);
void         keel_attempt_stop         (KeelAttempt              *self);
guint64      keel_attempt_get_received (KeelAttempt              *self);
guint        keel_attempt_get_connections (KeelAttempt           *self);

G_END_DECLS
