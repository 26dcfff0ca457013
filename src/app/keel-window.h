/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <keel/keel.h>

#include "keel-intake.h"

G_BEGIN_DECLS

#define KEEL_TYPE_WINDOW (keel_window_get_type ())
G_DECLARE_FINAL_TYPE (KeelWindow, keel_window, KEEL, WINDOW, AdwApplicationWindow)

KeelWindow *keel_window_new             (AdwApplication    *application);

void        keel_window_set_manager     (KeelWindow        *self,
                                         KeelManager       *manager);
void        keel_window_set_unreachable (KeelWindow        *self);
void        keel_window_add_links       (KeelWindow        *self,
                                         const char *const *links);
void        keel_window_take            (KeelWindow        *self,
                                         KeelIntake        *intake);
void        keel_window_add_from_clipboard (KeelWindow     *self);
void        keel_window_show_help       (KeelWindow        *self);
void        keel_window_show_task       (KeelWindow        *self,
                                         guint64            id);
void        keel_window_search          (KeelWindow        *self,
                                         const char        *text);
void        keel_window_mend_task       (KeelWindow        *self,
                                         guint64            id,
                                         const char        *action_name);

G_END_DECLS
