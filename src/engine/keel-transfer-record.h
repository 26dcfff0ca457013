/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "keel-enums.h"
#include "keel-place.h"
#include "keel-ranges.h"

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

/* For one transfer, whatever somebody wishes. */
#define KEEL_TRANSFER_MOST_CONNECTIONS 32
#define KEEL_TRANSFER_MOST_MIRRORS 16

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
  char *mirrors; /* other links to the same file, one a line */
  char *effective_uri;
  char *headers;   /* "Name: value\n" each */
  char *dir;       /* absolute path, bytes; never NULL */
  char *wanted;    /* the caller's name */
  char *chosen;    /* leaf, as it was chosen at the first answer */
  char *name;      /* leaf of the final name, bytes; committed before the rename */
  char *title;
  char *user_data;
  KeelPriority priority;
  gint64 place;           /* in the queue, among those that are as important */
  guint64 max_rate_bps;
  guint max_connections;  /* 0: as many as are of use */
  gint64 not_before_usec; /* 0: none of its own; negative: at once, whatever its session says */
  char *group;            /* the caller's */
  gint network;           /* KeelNetworkUse; these two: -1: as its session */
  gint power;             /* KeelPowerUse */
  KeelConflict conflict;
  gint64 conflict_usec;   /* when that was said, by the clock of the files */
  guint64 size_hint;      /* how large the caller expects it to be; 0: not said */
  gint64 timeout_seconds; /* to its end; 0: what its session says; negative: none */
  gint64 spent_usec;      /* of that, by the time of the next */
  gint64 spent_at_usec;

  char *part_name; /* leaf; NULL when there is no part file, and shall be none */
  char *spare_name; /* likewise, for a second part file: of an older version, or decoded */
  char *token;     /* in the part files' xattr: they are ours */
  guint64 part_ino; /* 0: never synced, so nothing in it counts */
  KeelFolderKind folder_kind;
  KeelFolderId folder; /* which it was then */
  KeelFolderHold *hold; /* (nullable) of one that was handed over; copies share it; not on disk */
  KeelPlace left;      /* where the part file is, on its way to dir; its dir is NULL: nowhere */
  gboolean left_counts; /* that one does, and not what may be in dir already */
  gint handle;         /* only on the way in: which descriptor of the message that is; -1: none */
  gboolean is_sealed;  /* all of it is synced, and its name committed: it is to be published */
  gboolean has_placeholder; /* an empty file under that name may be ours */
  guint crashes;       /* of the service, in a row, in which it was active */

  guint64 durable; /* the first so many bytes of the part file are synced */
  KeelRanges *islands; /* (nullable) behind those, what else is */
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
  char *server;       /* as it calls itself */
  guint http_version; /* 10 times that: 10, 11, 20; 0: not known */
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
  guint resumes;       /* times that it went on where it was */
  gint64 running_usec; /* in all */
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
const char         *keel_transfer_record_get_leaf       (const KeelTransferRecord *self);
KeelPlace           keel_transfer_record_get_place      (const KeelTransferRecord *self);
void                keel_transfer_record_set_place      (KeelTransferRecord       *self,
                                                         const KeelPlace          *place);
guint64             keel_transfer_record_get_durable    (const KeelTransferRecord *self);
guint64             keel_transfer_record_get_extent     (const KeelTransferRecord *self);
void                keel_transfer_record_drop_islands   (KeelTransferRecord       *self);
void                keel_transfer_record_forget_bytes   (KeelTransferRecord       *self);
void                keel_transfer_record_forget_digest  (KeelTransferRecord       *self);
gboolean            keel_transfer_record_has_aside      (const KeelTransferRecord *self);
gboolean            keel_transfer_record_set_aside      (KeelTransferRecord       *self);
void                keel_transfer_record_swap_aside     (KeelTransferRecord       *self);
void                keel_transfer_record_leave          (KeelTransferRecord       *self);
void                keel_transfer_record_drop_left      (KeelTransferRecord       *self);
char               *keel_transfer_record_format_left    (const KeelTransferRecord *self);
void                keel_transfer_record_parse_left     (KeelTransferRecord       *self,
                                                         const char               *text);
void                keel_transfer_record_drop_aside     (KeelTransferRecord       *self);

const char         *keel_transfer_state_to_string     (KeelTransferState         state);
gboolean            keel_transfer_state_from_string   (const char               *word,
                                                       KeelTransferState        *out_state);
const char         *keel_folder_kind_to_string        (KeelFolderKind            kind);
gboolean            keel_folder_kind_from_string      (const char               *word,
                                                       KeelFolderKind           *out_kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelTransferRecord, keel_transfer_record_free)

G_END_DECLS
