/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-authorization.h"

G_BEGIN_DECLS

typedef struct _KeelExchange KeelExchange;

/* Why an exchange was broken off by ourselves. */
typedef enum {
  KEEL_EXCHANGE_FAULT_NONE,
  KEEL_EXCHANGE_FAULT_INFORMATIONAL, /* 1xx answers without end */
  KEEL_EXCHANGE_FAULT_INWARD,        /* a public server sent us to this machine or this link */
  KEEL_EXCHANGE_FAULT_LENGTH,        /* a Content-Length that makes no sense */
  KEEL_EXCHANGE_FAULT_OLD_TLS,       /* a version of TLS that protects nothing any more */
} KeelExchangeFault;

/* Asked when a proxy wants a password before it lets a tunnel through. (nullable) */
typedef const KeelCredentials *(*KeelExchangeProxyFunc) (gpointer user_data);

KeelExchange     *keel_exchange_new         (SoupMessage   *message,
                                             gboolean       came_from_outside);
void              keel_exchange_free        (KeelExchange  *self);
void              keel_exchange_answer_proxy (KeelExchange         *self,
                                              KeelExchangeProxyFunc func,
                                              gpointer              user_data);
gboolean          keel_exchange_send        (KeelExchange  *self,
                                             SoupSession   *session,
                                             gboolean       is_connected,
                                             GCancellable  *cancellable,
                                             GError       **error);
void              keel_exchange_set_done    (KeelExchange  *self);

SoupMessage      *keel_exchange_get_message (KeelExchange  *self);
GInputStream     *keel_exchange_get_stream  (KeelExchange  *self);
gboolean          keel_exchange_was_sent    (KeelExchange  *self);
KeelExchangeFault keel_exchange_get_fault   (KeelExchange  *self);
SoupAuth         *keel_exchange_get_auth    (KeelExchange  *self);
guint64           keel_exchange_get_head_bytes (KeelExchange *self);
GTlsCertificateFlags keel_exchange_get_tls_errors (KeelExchange *self);
gboolean          keel_exchange_is_outside  (KeelExchange  *self);
guint             keel_exchange_get_status  (KeelExchange  *self);
const char       *keel_exchange_get_header  (KeelExchange  *self,
                                             const char    *name);
const char       *keel_exchange_get_raw     (KeelExchange  *self,
                                             const char    *name);
const char       *keel_exchange_get_list    (KeelExchange  *self,
                                             const char    *name);
char             *keel_exchange_dup_details (KeelExchange  *self,
                                             GCancellable  *cancellable);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelExchange, keel_exchange_free)

G_END_DECLS
