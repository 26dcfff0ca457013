/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define KEEL_TYPE_SCHEDULE_WINDOW (keel_schedule_window_get_type ())
G_DECLARE_FINAL_TYPE (KeelScheduleWindow, keel_schedule_window, KEEL, SCHEDULE_WINDOW, AdwWindow)

/* Signal "changed": the person has changed the schedule. */

KeelScheduleWindow  *keel_schedule_window_new           (GtkWindow          *parent,
                                                         const char *const  *entries);
GStrv                keel_schedule_window_dup_schedule  (KeelScheduleWindow *self);

G_END_DECLS
