/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-day.h"

/* Days as people here count them: a number that is the same for two times exactly when they are on
 * the same day of the local calendar, and larger by one on the next. */
guint
keel_day_of (GDateTime *time)
{
  g_autoptr (GDateTime) local = g_date_time_to_local (time);
  int year, month, day;
  GDate date;

  g_date_time_get_ymd (local, &year, &month, &day);
  g_date_clear (&date, 1);
  g_date_set_dmy (&date, (GDateDay) day, (GDateMonth) month, (GDateYear) year);

  return g_date_get_julian (&date);
}
