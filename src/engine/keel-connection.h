/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-authorization.h"
#include "keel-checksum.h"
#include "keel-part-file.h"
#include "keel-rate-limiter.h"
#include "keel-segments.h"
#include "keel-transfer-record.h"
#include "keel-worker-pool.h"

G_BEGIN_DECLS

typedef struct _KeelConnection KeelConnection;

/* What is asked. Copied by keel_connection_start(). */
typedef struct {
  const KeelTransferRecord *record;
  guint64 overlap;       /* so much before the durable bytes is asked for again, and compared */
  gboolean accepts_doubt; /* take a body without a length for whole, if nobody can tell */
  const KeelCredentials *credentials[2]; /* (nullable) each: answers to a server and to a proxy */
  KeelPartFile *part;
  KeelSegments *segments;        /* what of it is there, and whose the rest is */
  KeelChecksum *checksum;        /* (nullable) of the first one, until it is done or has switched */
  gboolean keeps_version;        /* another version is not wanted: CHANGED */
  gboolean is_alone;             /* the server did not like several: asks for no end */
  gboolean is_helper;            /* another one has found out what the file is */
  const char *mirror;            /* (nullable) of a helper: asks this link instead */
  KeelRateLimiter *limiters[4];  /* (nullable) each: of the transfer, its session, its server, and
                                  * of all */
} KeelConnectionRequest;

/* What the server says about the file, before new bytes of it. Strings are borrowed and may be
 * NULL. */
typedef struct {
  guint status;
  const char *effective_uri;
  const char *content_disposition;
  const char *content_type;
  const char *coding;
  const char *etag;
  const char *last_modified;
  const char *date;
  const char *repr_digest;
  const char *server;
  guint http_version;  /* 10 times that */
  gboolean accepts_ranges;
  gboolean has_total;
  guint64 total;
  guint64 kept;        /* so many bytes were on disk before */
  KeelPartFile *spare; /* (nullable) it is another version, and goes here instead */
  KeelSegments *segments; /* (nullable) of that */
  gboolean claims_same;  /* with a spare: its validator says that it is no other version */
  gboolean is_continued; /* not the first that this connection tells */
} KeelConnectionHead;

typedef enum {
  KEEL_CONNECTION_COMPLETE,   /* every byte that it could fetch is in the file */
  KEEL_CONNECTION_RESTART,    /* what is on disk is not what was recorded; nothing was written */
  KEEL_CONNECTION_CHANGED,    /* the file is another one now; nothing was written */
  KEEL_CONNECTION_SWAPPED,    /* the file is the one that was set aside; nothing was written */
  KEEL_CONNECTION_UNFIT,      /* what the server gives does not fit between what is on disk: only
                               * what is before the first gap can be believed */
  KEEL_CONNECTION_ALONE,      /* of a helper: the server does not give ranges of the same version;
                               * nothing was written */
  KEEL_CONNECTION_HELD,       /* a captive portal answers; nothing was written */
  KEEL_CONNECTION_CHALLENGED, /* somebody wants a password */
  KEEL_CONNECTION_FAILED,     /* error tells */
  KEEL_CONNECTION_CANCELLED,
} KeelConnectionOutcome;

typedef struct {
  KeelConnectionOutcome outcome;
  const GError *error;            /* (nullable) KEEL_TASK_ERROR */
  gboolean claims_same;           /* CHANGED, but the validator says that it is not */
  gboolean is_final;              /* trying again cannot help, whatever the code says */
  const char *details;            /* (nullable) the beginning of an error's text */
  const KeelChallenge *challenge; /* (nullable) */
  guint http_status;              /* of the last answer, 0: none */
  gint64 retry_after_usec;        /* -1: the server did not say */
  gboolean length_confirmed;
  gboolean has_ended;             /* FAILED, because nobody could say whether that was all */
} KeelConnectionResult;

/* All in the owner's context; none after keel_connection_detach(). */
typedef struct {
  void (*head) (gpointer user_data, const KeelConnectionHead *head);
  void (*written) (gpointer user_data); /* a good deal since the last time: time for a checkpoint */
  void (*done) (gpointer user_data, const KeelConnectionResult *result);
} KeelConnectionEvents;

/* What it is doing, for those who wait for bytes. */
typedef enum {
  KEEL_CONNECTION_QUEUED,  /* no worker has it yet */
  KEEL_CONNECTION_ASKING,  /* the server may think */
  KEEL_CONNECTION_MOVING,  /* bytes should come */
  KEEL_CONNECTION_LIMITED, /* a limit of our own holds it */
} KeelConnectionPhase;

KeelConnection *keel_connection_start       (KeelWorkerPool              *pool,
                                             GMainContext                *context,
                                             const KeelConnectionRequest *request,
                                             const KeelConnectionEvents  *events,
                                             gpointer                     user_data);
void            keel_connection_cancel      (KeelConnection              *self);
void            keel_connection_dismiss     (KeelConnection              *self);
guint64         keel_connection_get_moved   (KeelConnection              *self);
KeelConnectionPhase keel_connection_get_phase (KeelConnection            *self);
void            keel_connection_detach      (KeelConnection              *self);

G_END_DECLS
