/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean keel_store_glance_has_work (const char *state_dir);

G_END_DECLS
