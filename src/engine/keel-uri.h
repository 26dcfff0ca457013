/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean  keel_uri_check    (const char  *uri,
                             GError     **error);
char     *keel_uri_dup_host (const char  *uri);
char     *keel_uri_dup_safe (const char  *uri);
gboolean  keel_uri_is_same_origin (const char *a,
                                   const char *b);
gboolean  keel_uri_is_encrypted   (const char *uri);

G_END_DECLS
