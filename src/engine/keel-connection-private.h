/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-connection.h"
#include "keel-exchange.h"
#include "keel-resume.h"

G_BEGIN_DECLS

/* For keel-connection.c (life, and the conversation), keel-connection-ask.c (one request with its
 * redirects and passwords), keel-connection-body.c (bytes) and keel-connection-piece.c (exact
 * ranges). */
struct _KeelConnection {
  KeelWorkerJob job;
  gatomicrefcount refs;
  GMainContext *context; /* (owned) (nullable) the owner's */

  /* Input, and then the worker's: what is known of the file grows with the answers. */
  KeelTransferRecord *record;   /* (owned) */
  KeelCredentials *credentials[2];    /* (owned) (nullable) each: what somebody answered */
  KeelCredentials *proxy_credentials; /* (owned) (nullable) what the proxy's address says */
  char *host;                   /* (owned) */
  guint64 overlap;
  gboolean accepts_doubt;
  KeelPartFile *part;           /* (owned) */
  KeelSegments *segments;       /* (owned) */
  KeelPiece *piece;             /* (nullable) what it fetches; of the segments */
  KeelChecksum *checksum;       /* (nullable) the owner's */
  gboolean is_alone;
  gboolean is_helper;
  gboolean is_mirror;
  KeelRateLimiter *limiters[4]; /* (owned) (nullable) each */
  GCancellable *cancellable;    /* (owned) */
  KeelConnectionEvents events;
  gpointer user_data; /* owner's thread; NULL: detached */

  /* In progress. */
  guint64 offset;        /* so much is there from the start, when a question is asked */
  guint64 moved;         /* atomic: bytes that came, those that were only compared too */
  KeelConnectionPhase phase; /* atomic */
  gboolean is_cancelled; /* atomic: by the owner, not by ourselves */
  gboolean has_posted;   /* the head, for this body */
  gboolean has_told;     /* a head, for any body */
  gboolean spare_is_used; /* the spare part file holds something that counts */
  gboolean coding_is_own; /* the file is what the coding says, as a .tar.gz is */
  gboolean was_sent;     /* the last question reached the server */
  gboolean was_rebound;  /* the link was a new one when this conversation began */
  gboolean claims_same;  /* the last answer's validator says that it is what is on disk */
  KeelBlockHasher *hasher; /* (owned) of what is written of the piece */
  GArray *fresh;         /* (owned) (element-type KeelBlockHash) of blocks that are full now */

  /* Output: the worker's until done. */
  KeelConnectionOutcome outcome;
  GError *error;            /* (owned) (nullable) */
  gboolean is_final;
  char *details;            /* (owned) (nullable) */
  KeelChallenge *challenge; /* (owned) (nullable) */
  guint http_status;
  gint64 retry_after_usec;
  gboolean length_confirmed;
  gboolean has_empty_chunks; /* the body was chunked, and nothing was in it */
  gboolean has_ended;
};

/* What became of a body. */
typedef enum {
  KEEL_BODY_WHOLE,   /* the last byte of the file came */
  KEEL_BODY_MORE,    /* the last byte of this answer came; there is more to ask for */
  KEEL_BODY_ENDED,   /* it ended, and did not say how long it is */
  KEEL_BODY_ENOUGH,  /* what follows is there, or another connection's */
  KEEL_BODY_STOPPED, /* the outcome tells */
} KeelBodyEnd;

typedef struct {
  KeelConnection *connection;
  KeelExchange *exchange;
  const KeelResumeVerdict *verdict;
  KeelWorker *worker; /* who reads it */
  guint64 position;   /* of the next byte that comes */
  guint64 seam;       /* so many bytes behind the piece were compared */
  guint64 compared;   /* so many were since something was written, if ever */
  gboolean is_whole;  /* all of the file comes, and is compared where it is there already */
  gboolean is_exact;  /* a range of a version that is known; what differs does not fit */
  gboolean has_written;
  gboolean is_enough; /* the rest is not wanted */
} KeelBody;

KeelExchange *keel_connection_ask    (KeelConnection          *self,
                                      KeelWorker              *worker,
                                      const KeelResumeState   *state);
KeelBodyEnd   keel_connection_take   (KeelConnection          *self,
                                      KeelWorker              *worker,
                                      KeelExchange            *exchange,
                                      const KeelResumeVerdict *verdict);

KeelBodyEnd   keel_connection_read   (KeelBody                *body,
                                      KeelWorker              *worker);
void          keel_connection_begin_hashes (KeelConnection     *self);
gboolean      keel_connection_finish_hashes (KeelConnection    *self);
gboolean      keel_connection_fetch  (KeelConnection          *self,
                                      KeelWorker              *worker);
void          keel_connection_learn  (KeelConnection          *self,
                                      KeelExchange            *exchange,
                                      const KeelResumeAnswer  *answer,
                                      const KeelResumeVerdict *verdict);

guint64       keel_connection_get_position (KeelConnection    *self);
void          keel_connection_describe     (KeelConnection    *self,
                                            KeelResumeState   *state);
void          keel_connection_read_answer  (KeelExchange      *exchange,
                                            KeelResumeAnswer  *answer);
KeelConnectionOutcome keel_connection_conclude (KeelConnection    *self,
                                                KeelExchange      *exchange,
                                                const KeelResumeVerdict *verdict);

void          keel_connection_post_head    (KeelConnection    *self,
                                            KeelExchange      *exchange,
                                            KeelPartFile      *spare);
void          keel_connection_post_written (KeelConnection    *self);
KeelConnectionOutcome keel_connection_fail (KeelConnection    *self,
                                            KeelTaskError      code,
                                            const char        *message);

G_END_DECLS
