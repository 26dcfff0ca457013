/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-clock.h"
#include "keel-rate-limiter.h"

G_BEGIN_DECLS

typedef struct _KeelHosts KeelHosts;
typedef struct _KeelHost KeelHost;

KeelHosts *keel_hosts_new            (KeelClock *clock);
void       keel_hosts_free           (KeelHosts *self);
void       keel_hosts_set_most       (KeelHosts *self,
                                      guint      per_host,
                                      guint      in_all);
void       keel_hosts_set_max_rate   (KeelHosts *self,
                                      guint64    bytes_per_second);
guint64    keel_hosts_get_max_rate   (KeelHosts *self);
KeelHost  *keel_hosts_open           (KeelHosts  *self,
                                      const char *name);

void       keel_host_close           (KeelHost  *self);
gboolean   keel_host_connect         (KeelHost  *self,
                                      guint      n_wished);
void       keel_host_connect_first   (KeelHost  *self);
void       keel_host_disconnect      (KeelHost  *self);
void       keel_host_refused         (KeelHost  *self,
                                      guint      n_connections);
guint      keel_host_get_ceiling     (KeelHost  *self);
void       keel_host_remember        (KeelHost  *self,
                                      guint      n_connections);
guint      keel_host_get_remembered  (KeelHost  *self);
KeelRateLimiter *keel_host_get_limiter (KeelHost *self);

G_END_DECLS
