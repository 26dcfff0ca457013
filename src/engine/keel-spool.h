/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char    *keel_spool_dup_dir  (const char *spool_dir,
                              const char *app);
char    *keel_spool_dup_name (const char *token,
                              const char *chosen);
gboolean keel_spool_is_name  (const char *name);
gboolean keel_spool_contains (const char *spool_dir,
                              const char *dir);
void     keel_spool_sweep    (const char *spool_dir,
                              GHashTable *known);

G_END_DECLS
