/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-engine.h"

G_BEGIN_DECLS

typedef struct _KeelQuota KeelQuota;

/* What tasks take that are being added. */
typedef struct {
  const char *app; /* (nullable) interned; NULL: nothing is counted */
  guint n_tasks;
  guint64 bytes;
} KeelShare;

KeelQuota *keel_quota_new       (KeelEngine       *engine);
void       keel_quota_free      (KeelQuota        *self);

gboolean   keel_quota_take      (KeelQuota        *self,
                                 const char       *app,
                                 GPtrArray        *records,
                                 KeelShare        *out_share,
                                 GError          **error);
gboolean   keel_quota_check_growth (KeelQuota          *self,
                                    const char         *app,
                                    gsize               bytes,
                                    GError            **error);
void       keel_quota_give_back (KeelQuota        *self,
                                 const KeelShare  *share);

G_END_DECLS
