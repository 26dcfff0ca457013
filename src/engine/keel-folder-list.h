/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* All of these block. */

void       keel_folder_list_note  (const char *state_dir,
                                   const char *dir);
GPtrArray *keel_folder_list_read  (const char *state_dir);
void       keel_folder_list_write (const char *state_dir,
                                   GPtrArray  *dirs);

G_END_DECLS
