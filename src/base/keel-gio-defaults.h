/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void keel_gio_defaults_lock   (void);
void keel_gio_defaults_unlock (void);

G_END_DECLS
