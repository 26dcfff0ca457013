/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* The origin of what a proxy wants to know. */
#define KEEL_CHALLENGE_PROXY "proxy"

/* What a server, or a proxy, wants to know. Strings are owned and nullable. */
typedef struct {
  char *origin;   /* "https://host:port" or KEEL_CHALLENGE_PROXY; never NULL */
  char *realm;
  char *scheme;   /* "basic", "digest"; NULL: none that can be answered */
  gboolean is_proxy;
  gboolean was_wrong; /* to an answer that it was given */
} KeelChallenge;

/* An answer to it, in memory only. */
typedef struct {
  char *origin;
  char *user;
  char *password;
} KeelCredentials;

KeelChallenge   *keel_challenge_copy       (const KeelChallenge   *self);
void             keel_challenge_free       (KeelChallenge         *self);
KeelCredentials *keel_credentials_new      (const char            *origin,
                                            const char            *user,
                                            const char            *password);
KeelCredentials *keel_credentials_copy     (const KeelCredentials *self);
void             keel_credentials_free     (KeelCredentials       *self);

SoupAuth        *keel_authorization_choose (SoupMessage           *message);
gboolean         keel_authorization_is_stale (SoupMessage         *message);
char            *keel_authorization_dup_value (SoupAuth           *auth,
                                               SoupMessage        *message,
                                               const char         *user,
                                               const char         *password);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelChallenge, keel_challenge_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelCredentials, keel_credentials_free)

G_END_DECLS
