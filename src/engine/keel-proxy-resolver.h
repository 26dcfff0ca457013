/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-authorization.h"

G_BEGIN_DECLS

#define KEEL_TYPE_PROXY_RESOLVER (keel_proxy_resolver_get_type ())
G_DECLARE_FINAL_TYPE (KeelProxyResolver, keel_proxy_resolver, KEEL, PROXY_RESOLVER, GObject)

KeelProxyResolver *keel_proxy_resolver_new             (GProxyResolver    *base);
KeelCredentials   *keel_proxy_resolver_dup_credentials (KeelProxyResolver *self);

G_END_DECLS
