/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GFile  *keel_download_folder_dup       (GSettings *settings);
void    keel_download_folder_set       (GSettings *settings,
                                        GFile     *folder);
GFile  *keel_download_folder_dup_remembered (GSettings *settings);
void    keel_download_folder_remember  (GSettings *settings,
                                        GFile     *folder);
char   *keel_download_folder_dup_name  (GFile     *folder);

G_END_DECLS
