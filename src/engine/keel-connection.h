/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-part-file.h"
#include "keel-rate-limiter.h"
#include "keel-worker-pool.h"

G_BEGIN_DECLS

typedef struct _KeelConnection KeelConnection;

/* What is asked. Strings are copied by keel_connection_start(). */
typedef struct {
  const char *uri;
  const char *headers;       /* (nullable) "Name: value\n" each */
  guint64 offset;            /* where to go on; 0: everything */
  guint64 overlap;           /* so much before the offset is asked for again, and compared */
  gboolean has_total;
  guint64 total;
  const char *etag;          /* (nullable) as are the next two: of the bytes before offset */
  const char *last_modified;
  const char *date;
  KeelPartFile *part;
  KeelRateLimiter *limiters[2]; /* (nullable) each */
} KeelConnectionRequest;

/* What the server says about the file, before its bytes. Strings are borrowed and may be NULL. */
typedef struct {
  guint status;
  const char *effective_uri;
  const char *content_disposition;
  const char *content_type;
  const char *etag;
  const char *last_modified;
  const char *date;
  gboolean accepts_ranges;
  gboolean has_total;
  guint64 total;
} KeelConnectionHead;

typedef enum {
  KEEL_CONNECTION_COMPLETE, /* every byte that was announced is in the file */
  KEEL_CONNECTION_RESTART,  /* the answer does not fit what is on disk; nothing was written */
  KEEL_CONNECTION_FAILED,   /* error tells */
  KEEL_CONNECTION_CANCELLED,
} KeelConnectionOutcome;

typedef struct {
  KeelConnectionOutcome outcome;
  const GError *error;         /* (nullable) KEEL_TASK_ERROR */
  guint http_status;           /* of the last answer, 0: none */
  gint64 retry_after_usec;     /* -1: the server did not say */
  guint64 written;             /* the first so many bytes of the file are there */
} KeelConnectionResult;

/* All in the owner's context; none after keel_connection_detach(). */
typedef struct {
  void (*head) (gpointer user_data, const KeelConnectionHead *head);
  void (*written) (gpointer user_data); /* a good deal since the last time: time for a checkpoint */
  void (*done) (gpointer user_data, const KeelConnectionResult *result);
} KeelConnectionEvents;

KeelConnection *keel_connection_start       (KeelWorkerPool              *pool,
                                             GMainContext                *context,
                                             const KeelConnectionRequest *request,
                                             const KeelConnectionEvents  *events,
                                             gpointer                     user_data);
void            keel_connection_cancel      (KeelConnection              *self);
guint64         keel_connection_get_written (KeelConnection              *self);
void            keel_connection_detach      (KeelConnection              *self);

G_END_DECLS
