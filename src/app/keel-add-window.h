/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define KEEL_TYPE_ADD_WINDOW (keel_add_window_get_type ())
G_DECLARE_FINAL_TYPE (KeelAddWindow, keel_add_window, KEEL, ADD_WINDOW, AdwWindow)

KeelAddWindow *keel_add_window_new       (GtkWindow         *parent);
void           keel_add_window_add_links (KeelAddWindow     *self,
                                          const char *const *links);

G_END_DECLS
