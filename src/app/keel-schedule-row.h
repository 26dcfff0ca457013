/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "keel-schedule-entry.h"

G_BEGIN_DECLS

#define KEEL_TYPE_SCHEDULE_ROW (keel_schedule_row_get_type ())
G_DECLARE_FINAL_TYPE (KeelScheduleRow, keel_schedule_row, KEEL, SCHEDULE_ROW, AdwExpanderRow)

/* Signals: "changed": the person has changed it; "removed": it is to go. */

GtkWidget  *keel_schedule_row_new       (const char      *text);
char       *keel_schedule_row_dup_text  (KeelScheduleRow *self);

G_END_DECLS
