/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <keel/keel.h>

G_BEGIN_DECLS

#define KEEL_TYPE_PREFERENCES_WINDOW (keel_preferences_window_get_type ())
G_DECLARE_FINAL_TYPE (KeelPreferencesWindow, keel_preferences_window, KEEL, PREFERENCES_WINDOW,
                      AdwPreferencesWindow)

KeelPreferencesWindow  *keel_preferences_window_new          (GtkWindow             *parent);
void                    keel_preferences_window_set_manager  (KeelPreferencesWindow *self,
                                                              KeelManager           *manager);

G_END_DECLS
