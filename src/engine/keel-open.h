/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

int keel_open_file_at (int         dir_fd,
                       const char *name,
                       int         mode);

G_END_DECLS
