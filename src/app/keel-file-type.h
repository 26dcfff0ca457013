/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GIcon    *keel_file_type_get_icon     (const char *name,
                                       const char *mime_type);
gboolean  keel_file_type_is_dangerous (const char *name);

G_END_DECLS
