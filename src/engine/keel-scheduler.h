/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-transfer.h"

G_BEGIN_DECLS

typedef struct _KeelScheduler KeelScheduler;

KeelScheduler *keel_scheduler_new        (GMainContext  *context);
void           keel_scheduler_free       (KeelScheduler *self);
void           keel_scheduler_set_limits (KeelScheduler *self,
                                          guint          max_active,
                                          guint          max_per_host);
void           keel_scheduler_close      (KeelScheduler *self,
                                          gint64         until_usec);
void           keel_scheduler_open       (KeelScheduler *self);
void           keel_scheduler_set_halted (KeelScheduler *self,
                                          gboolean       is_halted);
guint          keel_scheduler_get_busy   (KeelScheduler *self);
gboolean       keel_scheduler_is_wanted  (KeelScheduler *self);
void           keel_scheduler_update     (KeelScheduler *self,
                                          KeelTransfer  *transfer);
void           keel_scheduler_remove     (KeelScheduler *self,
                                          KeelTransfer  *transfer);
void           keel_scheduler_kick       (KeelScheduler *self);
void           keel_scheduler_stop       (KeelScheduler *self);

G_END_DECLS
