/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What was asked of the server. */
typedef enum {
  KEEL_RESUME_ASK_WHOLE, /* no Range: all of it */
  KEEL_RESUME_ASK_REST,  /* bytes=START-: what is missing, and some before it to compare */
  KEEL_RESUME_ASK_PROBE, /* bytes=0-0: how long is it? */
  KEEL_RESUME_ASK_END,   /* bytes=OFFSET-: a body without a length ended here; is there more? */
} KeelResumeAsk;

/* What tells one version of a file from another. Strings are borrowed and NULL when unknown. */
typedef struct {
  gboolean has_total;
  guint64 total;
  const char *etag;
  const char *last_modified;
  const char *date;   /* of the answer that gave last_modified */
  const char *coding; /* Content-Encoding; NULL: none */
} KeelResumeVersion;

/* What is known of the bytes on disk, and what was asked. */
typedef struct {
  guint64 offset;             /* how many there are, from the start */
  KeelResumeVersion version;  /* of them; no meaning when offset is 0 */
  const char *content_type;   /* of the answer that they came with */
  guint64 overlap;            /* so many bytes before the offset are to be compared */
  gboolean has_ended;         /* a body without a length ended here, perhaps too early */
  gboolean is_rebound;        /* the link is a new one: size and overlap are all that can agree */
  gboolean coding_is_own;     /* the file itself is what the coding says, as a .tar.gz is */
  gboolean has_aside;         /* an older partial is kept */
  KeelResumeVersion aside;    /* its version */

  KeelResumeAsk asked;
  guint64 start;              /* of ASK_REST: at most offset */
  guint64 end;                /* of ASK_REST: one past the last byte asked for; 0: up to the end */
  guint n_doubtful;           /* answers before this one, of the same attempt, that made no sense */
} KeelResumeState;

/* What the server answered: the status, and header fields as they came, NULL when missing. */
typedef struct {
  guint status;
  const char *content_length; /* several are joined by commas */
  const char *transfer_encoding;
  const char *content_range;
  const char *content_type;
  const char *content_encoding;
  const char *etag;
  const char *last_modified;
} KeelResumeAnswer;

typedef enum {
  KEEL_RESUME_TAKE,     /* the body is bytes FROM..TO of a file of TOTAL: compare it with the disk
                         * up to the offset; what is behind that is new */
  KEEL_RESUME_COMPLETE, /* what is on disk is all that there is */
  KEEL_RESUME_CUT,      /* what is on disk is not all, and cannot be continued: ask for all later */
  KEEL_RESUME_UNKNOWN,  /* to ASK_END: the server does not tell whether that was all */
  KEEL_RESUME_ASK,      /* ask again, as ASK and START say */
  KEEL_RESUME_CHANGED,  /* another version: what is on disk is not the beginning of it */
  KEEL_RESUME_SWAP,     /* this is the version that was set aside: go on with that one */
  KEEL_RESUME_HOLD,     /* a captive portal speaks, not the server */
  KEEL_RESUME_REFUSED,  /* an error status, which says nothing about the bytes */
  KEEL_RESUME_NO_FILE,  /* a good status, and no file: 204, 205, 304, a 206 nobody asked for */
  KEEL_RESUME_PROTOCOL, /* an answer that contradicts itself */
  KEEL_RESUME_UNSUPPORTED, /* a coding that cannot be undone */
} KeelResumeAction;

typedef struct {
  KeelResumeAction action;
  guint64 from;       /* TAKE: at most the offset */
  gboolean has_to;
  guint64 to;         /* TAKE: one past the last byte of this body */
  gboolean has_total;
  guint64 total;      /* TAKE, COMPLETE: of the whole file */
  gboolean is_other;  /* TAKE from 0: known to be another version without comparing */
  KeelResumeAsk ask;  /* ASK */
  guint64 start;      /* ASK, for ASK_REST */
  gboolean is_doubtful; /* ASK: the answer made no sense; count it */
} KeelResumeVerdict;

const char *keel_resume_get_if_range (const KeelResumeVersion *version);
gboolean    keel_resume_is_coded     (const char              *coding);
void        keel_resume_begin        (KeelResumeState         *state);
void        keel_resume_decide       (const KeelResumeState   *state,
                                      const KeelResumeAnswer  *answer,
                                      KeelResumeVerdict       *out_verdict);

G_END_DECLS
