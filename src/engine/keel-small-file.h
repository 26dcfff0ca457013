/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

gboolean keel_small_file_replace (const char  *path,
                                  const char  *text,
                                  gsize        length,
                                  GError     **error);
void     keel_small_file_tidy    (const char  *path);

G_END_DECLS
