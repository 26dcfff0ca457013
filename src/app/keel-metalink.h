/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-offer.h"

G_BEGIN_DECLS

/* Larger ones are not read. Those of whole distributions have some hundred KiB. */
#define KEEL_METALINK_BYTES_MAX (4 * 1024 * 1024)

gboolean   keel_metalink_is_one (const char  *text,
                                 gsize        length);
GPtrArray *keel_metalink_parse  (const char  *text,
                                 gsize        length,
                                 GError     **error);

G_END_DECLS
