/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-quiet-hours.h"

#include "keel-schedule.h"

/* The hours in which the person is told nothing: days and times as in an entry of a schedule, by
 * the clock on the wall, over midnight if need be, and right in the nights in which that clock is
 * put (keel-schedule.c). Pure. */

/* Of hours that never end: then it is looked again. */
#define MOST_USEC (7 * 24 * 3600 * (gint64) G_USEC_PER_SEC)

/* How long it is still quiet; 0: it is not. Without @times, or with some that make no sense, it
 * never is. @times: (nullable) */
gint64
keel_quiet_hours_get_rest_usec (const char *times,
                                GTimeZone  *zone,
                                gint64      wall_usec)
{
  g_autofree char *entry = times != NULL ? g_strconcat (times, " pause", NULL) : NULL;
  const char *const entries[] = { entry, NULL };
  g_autoptr (KeelSchedule) schedule = keel_schedule_parse (entries, NULL);
  KeelScheduleVerdict verdict;

  if (schedule == NULL)
    return 0;
  keel_schedule_look (schedule, zone, wall_usec, &verdict);
  if (verdict.rule != KEEL_SCHEDULE_PAUSE)
    return 0;
  return verdict.until_usec != 0 ? verdict.until_usec - wall_usec : MOST_USEC;
}
