/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _KeelPreferences KeelPreferences;

KeelPreferences *keel_preferences_new               (const char      *downloads_dir);
void             keel_preferences_free              (KeelPreferences *self);
void             keel_preferences_open              (KeelPreferences *self);
const char      *keel_preferences_get_downloads_dir (KeelPreferences *self);
gboolean         keel_preferences_wants_finished    (KeelPreferences *self);
gboolean         keel_preferences_wants_failed      (KeelPreferences *self);
char            *keel_preferences_dup_quiet_times   (KeelPreferences *self);
gboolean         keel_preferences_wants_login      (KeelPreferences *self);
gboolean         keel_preferences_wants_status_icon (KeelPreferences *self);
gboolean         keel_preferences_wants_awake       (KeelPreferences *self);
void             keel_preferences_connect           (KeelPreferences *self,
                                                     const char      *key,
                                                     GCallback        callback,
                                                     gpointer         user_data);
gboolean         keel_preferences_set_background_refused (KeelPreferences *self,
                                                     gboolean         is_refused);
void             keel_preferences_disconnect        (KeelPreferences *self,
                                                     gpointer         user_data);

G_END_DECLS
