/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-part-file.h"

G_BEGIN_DECLS

gboolean keel_checksum_parse   (const char   *text,
                                char        **out_algorithm,
                                char        **out_hex,
                                GError      **error);
gboolean keel_checksum_parse_digest (const char  *repr_digest,
                                     char       **out_algorithm,
                                     char       **out_hex);
char    *keel_checksum_compute (KeelPartFile *part,
                                guint64       length,
                                const char   *algorithm,
                                GCancellable *cancellable,
                                GError      **error);

G_END_DECLS
