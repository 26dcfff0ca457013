/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <keel/keel.h>

G_BEGIN_DECLS

#define KEEL_TYPE_WINDOW (keel_window_get_type ())
G_DECLARE_FINAL_TYPE (KeelWindow, keel_window, KEEL, WINDOW, AdwApplicationWindow)

KeelWindow *keel_window_new             (AdwApplication    *application);

void        keel_window_set_manager     (KeelWindow        *self,
                                         KeelManager       *manager);
void        keel_window_set_unreachable (KeelWindow        *self);
void        keel_window_add_links       (KeelWindow        *self,
                                         const char *const *links);
void        keel_window_show_task       (KeelWindow        *self,
                                         guint64            id);

G_END_DECLS
