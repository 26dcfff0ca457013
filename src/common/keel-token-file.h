/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define KEEL_TOKEN_BYTES 32

gboolean keel_token_file_load (guint8   token[KEEL_TOKEN_BYTES],
                               GError **error);

G_END_DECLS
