/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-connection.h"
#include "keel-exchange.h"
#include "keel-resume.h"

G_BEGIN_DECLS

/* For keel-connection.c (life, and the conversation), keel-connection-ask.c (one request with its
 * redirects and passwords), keel-connection-body.c (bytes) and keel-connection-mend.c (holes). */
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
  KeelBlockMap *altered;        /* (owned) (nullable) what is to be mended */
  KeelRateLimiter *limiters[2]; /* (owned) (nullable) */
  GCancellable *cancellable;    /* (owned) */
  KeelConnectionEvents events;
  gpointer user_data; /* owner's thread; NULL: detached */

  /* In progress. */
  guint64 offset;        /* so much of the part file counts; what comes below it is compared */
  guint64 written;       /* atomic */
  guint64 moved;         /* atomic: bytes that came, those that were only compared too */
  KeelConnectionPhase phase; /* atomic */
  gboolean has_switched; /* atomic: to the spare part file, and the owner does not know yet */
  gboolean is_cancelled; /* atomic: by the owner, not by ourselves */
  gboolean has_posted;   /* the head, for this body */
  gboolean has_told;     /* a head, for any body */
  gboolean spare_is_used; /* the spare part file holds something that counts */
  gboolean coding_is_own; /* the file is what the coding says, as a .tar.gz is */
  gboolean was_sent;     /* the last question reached the server */
  gboolean was_rebound;  /* the link was a new one when this conversation began */
  gboolean claims_same;  /* the last answer's validator says that it is what is on disk */
  guint64 noticed;
  gint64 noticed_usec;
  KeelBlockHasher *hasher; /* (owned) of what is written behind the offset */
  GArray *fresh;         /* (owned) (element-type KeelBlockHash) of blocks that are full now */
  GMutex mutex;
  GArray *hashes;        /* (owned) (element-type KeelBlockHash), under the mutex: not taken yet */

  /* Output: the worker's until done. */
  KeelConnectionOutcome outcome;
  GError *error;            /* (owned) (nullable) */
  gboolean is_final;
  char *details;            /* (owned) (nullable) */
  KeelChallenge *challenge; /* (owned) (nullable) */
  guint http_status;
  gint64 retry_after_usec;
  gboolean length_confirmed;
  gboolean has_ended;
};

/* What became of a body. */
typedef enum {
  KEEL_BODY_WHOLE,   /* the last byte of the file came */
  KEEL_BODY_MORE,    /* the last byte of this answer came; there is more to ask for */
  KEEL_BODY_ENDED,   /* it ended, and did not say how long it is */
  KEEL_BODY_STOPPED, /* the outcome tells */
} KeelBodyEnd;

typedef struct _KeelBody KeelBody;
struct _KeelBody {
  KeelConnection *connection;
  KeelExchange *exchange;
  const KeelResumeVerdict *verdict;
  /* FALSE: the outcome tells. */
  gboolean (*put) (KeelBody *self, const guint8 *bytes, gsize length);
  gpointer data;
  guint64 position; /* of the next byte that comes; put() moves it */
};

KeelExchange *keel_connection_ask    (KeelConnection          *self,
                                      KeelWorker              *worker,
                                      const KeelResumeState   *state);
KeelBodyEnd   keel_connection_take   (KeelConnection          *self,
                                      KeelWorker              *worker,
                                      KeelExchange            *exchange,
                                      const KeelResumeVerdict *verdict);

KeelBodyEnd   keel_connection_read   (KeelBody                *body,
                                      KeelWorker              *worker);
gssize        keel_connection_count_equal (KeelBody           *body,
                                           const guint8       *bytes,
                                           gsize               length);
void          keel_connection_keep_hashes (KeelConnection     *self,
                                           GArray             *hashes);
void          keel_connection_finish_hashes (KeelConnection   *self);
gboolean      keel_connection_mend   (KeelConnection          *self,
                                      KeelWorker              *worker);

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
void          keel_connection_post_mended  (KeelConnection    *self,
                                            guint64            bytes);
KeelConnectionOutcome keel_connection_fail (KeelConnection    *self,
                                            KeelTaskError      code,
                                            const char        *message);

G_END_DECLS
