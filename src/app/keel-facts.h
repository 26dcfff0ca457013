/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

#include "keel-pace.h"

G_BEGIN_DECLS

/* A task as a row needs it, at one moment. Strings and times are borrowed from the task. */
typedef struct {
  KeelTaskState   state;
  KeelWaitReason  wait_reason;
  const char     *wait_detail;
  KeelPauseReason pause_reason;
  KeelTaskError   error_code;        /* if has_error */
  gboolean        has_error;
  guint           error_http_status; /* 0: none */
  const char     *error_details;     /* nullable: what the server wrote along with its error */
  guint64         received_bytes;
  gint64          total_bytes;       /* -1: not known */
  guint64         rate_bps;
  double          fraction;
  int             left_seconds;      /* KEEL_PACE_UNKNOWN: nothing is said */
  gboolean        is_stalled;
  gboolean        is_gone;           /* finished, and the file is no longer where it was put */
  const char     *name;              /* for display */
  const char     *file_name;         /* as it is or will be on the disk, as far as it is known */
  const char     *uri;               /* the one that the bytes came from, if known */
  const char     *app_name;          /* nullable: the application that it belongs to, if not us */
  gboolean        is_app_told;       /* its name stands before the status line */
  GDateTime      *wait_until;        /* nullable */
  GDateTime      *finished;          /* nullable */
} KeelFacts;

void     keel_facts_from_task (KeelFacts       *facts,
                               KeelTask        *task);
gboolean keel_facts_has_bar   (const KeelFacts *facts);

G_END_DECLS
