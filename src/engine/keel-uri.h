/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KEEL_URI_MOST_BYTES 8192

gboolean  keel_uri_check    (const char  *uri,
                             GError     **error);
char     *keel_uri_dup_host (const char  *uri);
char     *keel_uri_dup_safe (const char  *uri);
char     *keel_uri_resolve  (const char  *base,
                             const char  *location);
char     *keel_uri_dup_strict (const char *uri);
char     *keel_uri_dup_origin (const char *uri);
char     *keel_uri_take_userinfo (const char  *uri,
                                  char       **out_user,
                                  char       **out_password);
gboolean  keel_uri_is_same_origin (const char *a,
                                   const char *b);
gboolean  keel_uri_is_loopback    (const char *uri);
gboolean  keel_uri_is_encrypted   (const char *uri);

G_END_DECLS
