/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  KEEL_PROXY_SYSTEM, /* what the desktop says, automatic configuration (PAC) included */
  KEEL_PROXY_MANUAL,
  KEEL_PROXY_NONE,
} KeelProxyMode;

typedef struct {
  KeelProxyMode mode;
  char *uri;     /* (owned) (nullable) of MANUAL: http, socks, socks4, socks4a or socks5 */
  char **ignore; /* (owned) (nullable) of MANUAL: hosts, "*.domain", "10.0.0.0/8" */
} KeelProxy;

KeelProxy       *keel_proxy_new             (KeelProxyMode       mode,
                                             const char         *uri,
                                             const char *const  *ignore);
KeelProxy       *keel_proxy_copy            (const KeelProxy    *self);
void             keel_proxy_free            (KeelProxy          *self);
gboolean         keel_proxy_check_uri       (const char         *uri);
gboolean         keel_proxy_equal           (const KeelProxy    *a,
                                             const KeelProxy    *b);
GProxyResolver  *keel_proxy_dup_resolver    (const KeelProxy    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelProxy, keel_proxy_free)

G_END_DECLS
