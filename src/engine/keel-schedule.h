/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _KeelSchedule KeelSchedule;

#define KEEL_SCHEDULE_MOST_ENTRIES 64

typedef enum {
  KEEL_SCHEDULE_NOTHING, /* no entry holds: the usual limit */
  KEEL_SCHEDULE_RATE,
  KEEL_SCHEDULE_UNLIMITED,
  KEEL_SCHEDULE_PAUSE,
} KeelScheduleRule;

typedef struct {
  KeelScheduleRule rule;
  guint64 rate_bps;  /* of KEEL_SCHEDULE_RATE */
  gint64 until_usec; /* when the next rule begins; 0: never */
} KeelScheduleVerdict;

KeelSchedule *keel_schedule_parse    (const char *const   *entries,
                                      GError             **error);
KeelSchedule *keel_schedule_ref      (KeelSchedule        *self);
void          keel_schedule_unref    (KeelSchedule        *self);
char        **keel_schedule_format   (KeelSchedule        *self);
void          keel_schedule_look     (KeelSchedule        *self,
                                      GTimeZone           *zone,
                                      gint64               wall_usec,
                                      KeelScheduleVerdict *out_verdict);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelSchedule, keel_schedule_unref)

G_END_DECLS
