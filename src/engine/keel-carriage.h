/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-place.h"

G_BEGIN_DECLS

typedef enum {
  KEEL_CARRIAGE_THERE,  /* the part file is in the new folder, and not in the old one */
  KEEL_CARRIAGE_COPIED, /* it is in both: commit that the new one counts, then tidy up */
  KEEL_CARRIAGE_NOTHING, /* nothing that counts could be taken along */
  KEEL_CARRIAGE_ERROR,
} KeelCarriageVerdict;

/* One part file on its way from one folder into another. */
typedef struct {
  KeelPlace from;
  KeelPlace to;
  char *part_name;  /* (owned) the same in both */
  char *spare_name; /* (owned) (nullable) in the old one, of no use any more */
  char *token;      /* (owned) */
  guint64 ino;      /* in the old one */
  guint64 extent;   /* so long must it be; 0: nothing in it counts */
  guint64 total;    /* what it will grow to; 0: not known */

  guint64 new_ino; /* these two: in the new one */
  KeelFolderId folder;
  GError *error; /* (owned) (nullable) KEEL_TASK_ERROR or G_IO_ERROR_CANCELLED */
} KeelCarriage;

KeelCarriageVerdict keel_carriage_run   (KeelCarriage *self,
                                         GCancellable *cancellable);
void                keel_carriage_tidy  (KeelCarriage *self);
void                keel_carriage_clear (KeelCarriage *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KeelCarriage, keel_carriage_clear)

G_END_DECLS
