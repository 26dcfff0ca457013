/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "keel-enums.h"

G_BEGIN_DECLS

typedef enum {
  KEEL_RETRY_NEVER, /* the task fails */
  KEEL_RETRY_LATER, /* it waits, and is tried again */
} KeelRetryVerdict;

typedef struct {
  KeelTaskError code;
  guint http_status;
  gboolean is_final;          /* the same will happen again, whatever the code says */
  gboolean has_progress;      /* some of the file is here already */
  guint failures_running;     /* without progress in between, this one included */
  gint64 failing_for_usec;    /* since the first of them */
  gint64 retry_after_usec;    /* what the server asked for; -1: nothing */
  double jitter;              /* 0.0 to 1.0, from the caller's random source */
} KeelRetryInput;

KeelRetryVerdict keel_retry_policy_decide (const KeelRetryInput *input,
                                           gint64               *out_delay_usec);
gint64           keel_retry_after_parse   (const char           *value,
                                           gint64                now_wall_usec);
gboolean         keel_retry_policy_is_retryable (KeelTaskError code,
                                                 guint         http_status);

G_END_DECLS
