/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-block-hashes.h"
#include "keel-machinery.h"
#include "keel-part-file.h"

G_BEGIN_DECLS

typedef struct _KeelBlockCheck KeelBlockCheck;

/* What is good of the file, and the hashes (element-type guint64) that all of its blocks had, both
 * (transfer full); NULL with @error (KEEL_TASK_ERROR), or without one after a cancel. */
typedef void (*KeelBlockCheckFunc) (gpointer      user_data,
                                    KeelRanges   *good,
                                    GArray       *hashes,
                                    const GError *error);

KeelBlockCheck *keel_block_check_start  (const KeelMachinery      *machinery,
                                         const KeelTransferRecord *record,
                                         KeelPartFile             *part,
                                         KeelBlockCheckFunc        func,
                                         gpointer                  user_data);
void            keel_block_check_cancel (KeelBlockCheck           *self);

G_END_DECLS
