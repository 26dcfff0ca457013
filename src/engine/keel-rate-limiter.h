/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _KeelRateLimiter KeelRateLimiter;

KeelRateLimiter *keel_rate_limiter_new      (guint64          bytes_per_second);
KeelRateLimiter *keel_rate_limiter_ref      (KeelRateLimiter *self);
void             keel_rate_limiter_unref    (KeelRateLimiter *self);
void             keel_rate_limiter_set_rate (KeelRateLimiter *self,
                                             guint64          bytes_per_second);
guint64          keel_rate_limiter_get_rate (KeelRateLimiter *self);
gint64           keel_rate_limiter_charge   (KeelRateLimiter *self,
                                             gsize            bytes,
                                             gint64           now_usec);
gsize            keel_rate_limiter_suggest  (KeelRateLimiter *self,
                                             gsize            most);
gboolean         keel_rate_limiter_take     (KeelRateLimiter *self,
                                             gsize            bytes,
                                             GCancellable    *cancellable);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelRateLimiter, keel_rate_limiter_unref)

G_END_DECLS
