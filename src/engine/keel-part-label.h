/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-transfer-record.h"

G_BEGIN_DECLS

/* What a part file says about itself, so that its transfer can be rebuilt when the database is
 * lost. See the essay in keel-part-label.c. All of this blocks, except for the first three. */

typedef struct {
  KeelTransferRecord *record; /* (owned) its session's id is not known */
  char *app;                  /* (owned) these two: whose session */
  char *identifier;           /* (owned) */
  char *home;                 /* (owned) the labels_dir of the service that wrote it */
} KeelPartLabel;

char          *keel_part_label_format       (const KeelTransferRecord *record,
                                             const char               *home);
KeelPartLabel *keel_part_label_parse        (const char               *text,
                                             gsize                     length);
void           keel_part_label_free         (KeelPartLabel            *self);

void           keel_part_label_write        (int                       fd,
                                             const KeelTransferRecord *record,
                                             const char               *labels_dir);
void           keel_part_label_set_durable  (int                       fd,
                                             const char               *token,
                                             guint64                   durable,
                                             const char               *labels_dir);
void           keel_part_label_remove       (int                       fd,
                                             const char               *token,
                                             const char               *labels_dir);

gboolean       keel_part_label_is_part_name (const char               *name);
gboolean       keel_part_label_is_token     (const char               *token);
KeelPartLabel *keel_part_label_read         (int                       dir_fd,
                                             const char               *dir,
                                             const char               *part_name,
                                             const char               *labels_dir);
KeelPartLabel *keel_part_label_read_beside  (const char               *labels_dir,
                                             const char               *token);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelPartLabel, keel_part_label_free)

G_END_DECLS
