/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "keel-enums.h"
#include "keel-folder.h"

G_BEGIN_DECLS

/* The states of the engine: those of KeelTaskState, and two that only recovery has to know. */
typedef enum {
  KEEL_TRANSFER_QUEUED,
  KEEL_TRANSFER_WAITING,
  KEEL_TRANSFER_RUNNING,
  KEEL_TRANSFER_VERIFYING,
  KEEL_TRANSFER_PUBLISHING, /* told as verifying; the name is committed, the rename is due */
  KEEL_TRANSFER_PAUSED,
  KEEL_TRANSFER_FINISHED,
  KEEL_TRANSFER_FAILED,
  KEEL_TRANSFER_CANCELLED,
  KEEL_TRANSFER_DELETING, /* told to nobody; the part file goes, then the row */
  KEEL_TRANSFER_N_STATES,
} KeelTransferState;

/* What a part file looked like at its last checkpoint. */
typedef struct {
  guint64 tail_hash; /* of the durable bytes behind the last whole block; 0: none, or not known */
  gint64 mtime_nsec; /* 0: not known */
} KeelPartFileTrace;

/* A partial of an older version, kept in the other part file until the new one is longer. */
typedef struct {
  guint64 ino;
  guint64 durable; /* 0: there is none */
  gboolean is_suspect;
  gboolean has_total;
  guint64 total;
  char *etag;
  char *last_modified;
  char *date;
  char *content_type;
  char *coding;
} KeelAside;

/* A transfer as it is on disk: one row of the store. Plain data, copied between threads.
 * Strings are owned and nullable unless said otherwise; times are microseconds since the epoch. */
typedef struct {
  gint64 id;
  gint64 session_id;
  const char *app; /* these two: whose session; interned, set by the engine, only for labels */
  const char *identifier;
  KeelTransferState state;
  KeelWaitReason wait_reason;
  gint64 wait_until_usec; /* 0: not known */
  KeelPauseReason pause_reason;

  char *uri; /* never NULL */
  char *effective_uri;
  char *headers;   /* "Name: value\n" each */
  char *dir;       /* absolute path, bytes; never NULL */
  char *wanted;    /* the caller's name */
  char *chosen;    /* leaf, as it was chosen at the first answer */
  char *name;      /* leaf of the final name, bytes; committed before the rename */
  char *title;
  char *user_data;
  KeelPriority priority;
  guint64 max_rate_bps;
  gint64 not_before_usec; /* 0: none */

  char *part_name; /* leaf; NULL when there is no part file, and shall be none */
  char *spare_name; /* likewise, for a second part file: of an older version, or decoded */
  char *token;     /* in the part files' xattr: they are ours */
  guint64 part_ino; /* 0: never synced, so nothing in it counts */
  KeelFolderId folder; /* which it was then */
  gboolean is_sealed;  /* all of it is synced, and its name committed: it is to be published */
  gboolean has_placeholder; /* an empty file under that name may be ours */
  guint crashes;       /* of the service, in a row, in which it was active */

  guint64 durable; /* the first so many bytes of the part file are synced */
  KeelPartFileTrace trace;
  gboolean is_suspect; /* of these, after a crash, only blocks count that have their hash */
  gboolean has_total;
  guint64 total;
  char *etag;
  char *last_modified;
  char *date;
  char *content_type;
  char *coding;    /* Content-Encoding of the bytes in the part file */
  gboolean accepts_ranges;
  gboolean length_confirmed;
  guint http_status;
  gboolean has_ended;  /* a body without a length ended where the durable bytes do */
  gboolean is_rebound; /* the link was replaced: size and overlap say whether it is the same file */
  guint changes;       /* times that the file became another on the server */
  KeelAside aside;

  char *checksum_algorithm;
  char *checksum_expected; /* hex, lower case */
  char *checksum_actual;
  gboolean checksum_is_servers; /* the caller promised none; this is the server's word */

  guint attempts;
  guint64 resumed_bytes;
  guint64 refetched_bytes;
  gint64 failing_since_usec; /* 0: not failing */
  guint failures_running;
  gint error_code; /* KeelTaskError, -1: none */
  char *error_message;
  guint error_http_status;
  char *error_details; /* the beginning of what the server sent with an error status */
  char *user;          /* whom the server shall know */
  char *password;      /* only on the way in: the transfer takes it. Never on disk, nor copied */

  gint64 created_usec;
  gint64 finished_usec; /* 0: has not ended */
} KeelTransferRecord;

KeelTransferRecord *keel_transfer_record_new          (void);
KeelTransferRecord *keel_transfer_record_copy         (const KeelTransferRecord *self);
void                keel_transfer_record_free         (KeelTransferRecord       *self);

KeelTaskState       keel_transfer_record_get_task_state (const KeelTransferRecord *self);
gboolean            keel_transfer_record_is_unfinished  (const KeelTransferRecord *self);
char               *keel_transfer_record_dup_path       (const KeelTransferRecord *self);
void                keel_transfer_record_forget_bytes   (KeelTransferRecord       *self);
void                keel_transfer_record_forget_digest  (KeelTransferRecord       *self);
gboolean            keel_transfer_record_has_aside      (const KeelTransferRecord *self);
gboolean            keel_transfer_record_set_aside      (KeelTransferRecord       *self);
void                keel_transfer_record_swap_aside     (KeelTransferRecord       *self);
void                keel_transfer_record_drop_aside     (KeelTransferRecord       *self);

const char         *keel_transfer_state_to_string     (KeelTransferState         state);
gboolean            keel_transfer_state_from_string   (const char               *word,
                                                       KeelTransferState        *out_state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelTransferRecord, keel_transfer_record_free)

G_END_DECLS
