/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

int keel_login_run (const char *state_dir);

G_END_DECLS
