/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-connection.h"

G_BEGIN_DECLS

/* For keel-connection.c and keel-connection-ask.c. */
struct _KeelConnection {
  KeelWorkerJob job;
  gatomicrefcount refs;
  GMainContext *context; /* (owned) (nullable) the owner's */

  /* Input: fixed before the worker sees it. */
  char *uri;           /* (owned) */
  char *headers;       /* (owned) (nullable) */
  char *host;          /* (owned) */
  guint64 offset;      /* where to go on */
  guint64 start;       /* where to ask from: what is before the offset is compared */
  char *etag;          /* (owned) (nullable) */
  char *last_modified; /* (owned) (nullable) */
  char *date;          /* (owned) (nullable) */
  KeelPartFile *part;  /* (owned) */
  KeelRateLimiter *limiters[2]; /* (owned) (nullable) */
  GCancellable *cancellable;    /* (owned) */
  KeelConnectionEvents events;
  gpointer user_data; /* owner's thread; NULL: detached */

  /* In progress. */
  guint64 written;       /* atomic */
  gboolean is_cancelled; /* atomic: by the owner, not by ourselves */
  guint64 noticed;
  gint64 noticed_usec;
  SoupMessage *message; /* (owned) (nullable) worker's thread */

  /* Output: the worker's until done. has_total and total are input, too. */
  gboolean has_total;
  guint64 total;
  KeelConnectionOutcome outcome;
  GError *error; /* (owned) (nullable) */
  guint http_status;
  gint64 retry_after_usec;
};

KeelConnectionOutcome keel_connection_ask (KeelConnection *self,
                                           KeelWorker     *worker,
                                           GInputStream  **out_stream);

G_END_DECLS
