/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KEEL_SCHEDULE_WORKING_DAYS 0x1f
#define KEEL_SCHEDULE_WEEKEND 0x60
#define KEEL_SCHEDULE_DAILY 0x7f

/* One line of a weekly schedule. */
typedef struct
{
  guint     days;       /* bit 0: Monday */
  guint     from_min;   /* minutes from midnight */
  guint     to_min;     /* up to 24:00; earlier than from_min: on the next day */
  gboolean  is_pause;
  guint64   rate_bps;   /* 0: no limit */
} KeelScheduleEntry;

gboolean  keel_schedule_entry_parse      (const char               *text,
                                          KeelScheduleEntry        *out_entry);
char     *keel_schedule_entry_format     (const KeelScheduleEntry  *self);
char     *keel_schedule_entry_dup_when   (const KeelScheduleEntry  *self);
char     *keel_schedule_entry_dup_what   (const KeelScheduleEntry  *self);
char     *keel_schedule_dup_summary      (const char *const        *texts);

G_END_DECLS
