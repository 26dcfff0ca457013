/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-transfer-record.h"

G_BEGIN_DECLS

/* What a part file says about itself, so that its transfer can be rebuilt when the database is
 * lost. See the essay in keel-part-label.c. All of this blocks. */

void                keel_part_label_write       (int                       fd,
                                                 const KeelTransferRecord *record,
                                                 const char               *labels_dir);
void                keel_part_label_set_durable (int                       fd,
                                                 const char               *token,
                                                 guint64                   durable,
                                                 const char               *labels_dir);
void                keel_part_label_remove      (int                       fd,
                                                 const char               *token,
                                                 const char               *labels_dir);
KeelTransferRecord *keel_part_label_read        (int                       dir_fd,
                                                 const char               *dir,
                                                 const char               *part_name,
                                                 const char               *labels_dir);

G_END_DECLS
