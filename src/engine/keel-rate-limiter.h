/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _KeelRateLimiter KeelRateLimiter;

/* What somebody has read and not paid for yet; in the hands of the limiter between
 * keel_rate_limiter_owe() and the moment at which it is paid or withdrawn. */
typedef struct {
  guint64 cost;
  guint64 start; /* among the bytes of its share: who is behind gets the next turn */
  gboolean is_paid;
} KeelRatePayment;

KeelRateLimiter *keel_rate_limiter_new      (guint64          bytes_per_second);
KeelRateLimiter *keel_rate_limiter_ref      (KeelRateLimiter *self);
void             keel_rate_limiter_unref    (KeelRateLimiter *self);
void             keel_rate_limiter_set_rate (KeelRateLimiter *self,
                                             guint64          bytes_per_second);
guint64          keel_rate_limiter_get_rate (KeelRateLimiter *self);
gsize            keel_rate_limiter_suggest  (KeelRateLimiter *self,
                                             gsize            most);

gboolean         keel_rate_limiter_owe      (KeelRateLimiter *self,
                                             KeelRatePayment *payment,
                                             gconstpointer    share,
                                             gsize            bytes,
                                             gint64           now_usec);
gint64           keel_rate_limiter_look     (KeelRateLimiter *self,
                                             KeelRatePayment *payment,
                                             gint64           now_usec);
void             keel_rate_limiter_withdraw (KeelRateLimiter *self,
                                             KeelRatePayment *payment);
gboolean         keel_rate_limiter_take     (KeelRateLimiter *const *limiters,
                                             guint                   n_limiters,
                                             gconstpointer           share,
                                             gsize                   bytes,
                                             GCancellable           *cancellable);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelRateLimiter, keel_rate_limiter_unref)

G_END_DECLS
