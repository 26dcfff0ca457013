/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-disk.h"
#include "keel-enums.h"
#include "keel-part-file.h"

G_BEGIN_DECLS

typedef enum {
  KEEL_PUBLISH_DONE,
  KEEL_PUBLISH_TAKEN,       /* another file has the name; next_name is one that is free */
  KEEL_PUBLISH_PLACEHOLDER, /* to be called again with has_placeholder, once that is committed */
  KEEL_PUBLISH_REFUSED,     /* another file has the name, and the caller wants no other */
  KEEL_PUBLISH_SHORTENED,   /* seal: it does not have all the bytes any more */
  KEEL_PUBLISH_LOST,        /* the part file is gone, and not to its name */
  KEEL_PUBLISH_ERROR,       /* error says what */
} KeelPublishVerdict;

/* What has a name: see the table in keel-publisher.c. */
typedef enum {
  KEEL_NAME_FREE,
  KEEL_NAME_OURS,
  KEEL_NAME_EMPTY, /* a regular file without a byte */
  KEEL_NAME_ANOTHERS,
} KeelNameHolder;

typedef struct {
  KeelNameHolder part;
  KeelNameHolder final;
  gboolean is_recovery;     /* the service has started since it was sealed */
  gboolean is_away;         /* the folder stands in for one that is not there */
  gboolean has_placeholder; /* it is committed that there may be one of ours under the name */
  gboolean is_placeholder;  /* the empty file that is there is it */
  gboolean may_replace;     /* what has the final name is a file that may be replaced */
  KeelConflict conflict;
} KeelPublishFacts;

typedef enum {
  KEEL_PUBLISH_RENAME,
  KEEL_PUBLISH_RENAME_OVER, /* our placeholder */
  KEEL_PUBLISH_REPLACE,     /* somebody's file, because the caller wants it so */
  KEEL_PUBLISH_UNLINK_PART,
  KEEL_PUBLISH_SYNC,
  KEEL_PUBLISH_NEXT_NAME,
  KEEL_PUBLISH_REFUSE,
  KEEL_PUBLISH_WAIT,
  KEEL_PUBLISH_GIVE_UP,
} KeelPublishAction;

/* One file on its way to its name, once through the disk thread. Embed it; everything in it
 * belongs to the owner, who must leave it alone until @done. */
typedef struct _KeelPublication KeelPublication;
struct _KeelPublication {
  KeelSyncJob job;                         /* the publisher's */
  void (*done) (KeelPublication *publication); /* in the disks' context, exactly once */

  KeelPlace place;      /* the folder, and which it was */
  char *part_name;
  char *spare_name;     /* publish: (nullable) goes with it */
  char *token;          /* publish: says that the spare is ours */
  char *name;           /* publish: the final leaf */
  char *chosen;         /* publish: before numbers were put into it */
  KeelConflict conflict; /* publish: when the name is taken */
  gint64 conflict_usec;  /* publish: when that was said: what has changed since is not replaced */
  char *origin;         /* seal: where it came from, without secrets */
  const char *labels_dir; /* seal: (nullable) see keel-part-label.c */
  KeelPartFile *part;   /* seal */
  guint64 length;
  guint64 ino;          /* publish */
  gboolean is_recovery;
  gboolean has_placeholder;
  guint64 placeholder_ino; /* in and out: of that which this process made, 0: none */

  KeelPublishVerdict verdict;
  char *next_name;
  GError *error;
  int dir_fd;           /* the publisher's */
};

KeelPublishAction keel_publisher_decide (const KeelPublishFacts *facts);
void              keel_publisher_seal   (KeelDisks              *disks,
                                         KeelPublication        *publication);
void              keel_publisher_publish (KeelDisks             *disks,
                                          KeelPublication       *publication);
void              keel_publication_clear (KeelPublication       *publication);
int               keel_publisher_name_now (int                   dir_fd,
                                           const char           *part_name,
                                           guint64               ino,
                                           const char           *chosen,
                                           char                **out_name);

G_END_DECLS
