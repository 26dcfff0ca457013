/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

int      keel_state_lock_open (const char  *state_dir,
                               GError     **error);
gboolean keel_state_lock_try  (int          fd);

G_END_DECLS
