/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a module shows under its one symbol, `keel_module`, begins with this. */
typedef struct {
  const char *version; /* static: that of Keelboat as it was built */
} KeelModule;

const KeelModule *keel_module_load (const char *name);

G_END_DECLS
