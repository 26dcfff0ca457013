/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *keel_token_dup_hash     (GVariant  *options);
char *keel_token_dup_own_hash (GError   **error);

G_END_DECLS
