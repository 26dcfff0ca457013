/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *keel_file_name_sanitise (const char *text);
char *keel_file_name_number   (const char *name,
                               guint       number);
const char *keel_file_name_get_extension (const char *name);
gboolean keel_file_name_is_gzip (const char *name);
char *keel_file_name_choose   (const char *wanted,
                               const char *content_disposition,
                               const char *uri,
                               const char *effective_uri,
                               const char *content_type);

G_END_DECLS
