/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-offer.h"

G_BEGIN_DECLS

/* What has come of the things that were handed over. */
typedef struct {
  GPtrArray *offers;  /* (owned) (element-type KeelOffer), in the order of the things */
  char      *trouble; /* (owned) (nullable): in words, of the first that nothing has come of */
} KeelIntake;

void        keel_intake_read_async  (const char *const   *things,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);
KeelIntake *keel_intake_read_finish (GAsyncResult        *result,
                                     GError             **error);

void        keel_intake_free        (KeelIntake          *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelIntake, keel_intake_free)

G_END_DECLS
