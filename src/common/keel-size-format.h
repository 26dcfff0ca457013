/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *keel_format_size        (guint64 bytes);
char *keel_format_size_value  (guint64 bytes);
char *keel_format_moving_size (guint64 bytes);

G_END_DECLS
