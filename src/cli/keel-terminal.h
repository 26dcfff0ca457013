/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean keel_terminal_is_there     (void);
void     keel_terminal_get_size     (guint    *out_columns,
                                     guint    *out_rows);
void     keel_terminal_show_cursor  (gboolean  show);

G_END_DECLS
