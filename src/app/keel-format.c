/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-format.h"

#include <glib/gi18n.h>

#include "keel-day.h"

/* Numbers to localised words. Models and the bus carry numbers; every word that a person reads
 * about an amount, a rate or a time is made here, and only here, so that one translation serves
 * the list, the header bar and the screen reader.
 *
 * Two sizes beside each other share their unit where the language allows it ("1.2 of 2.3 GB"), so
 * that a line does not change its length each time the first size passes a power of a thousand.
 * The unit is handed to the translator as an argument of its own: Chinese repeats it. */

#define MINUTE_SECONDS 60u
#define HOUR_SECONDS (60u * MINUTE_SECONDS)
#define DAY_SECONDS (24u * HOUR_SECONDS)

/* The power of a thousand that g_format_size() shows @bytes in. */
static guint64
unit_of (guint64 bytes)
{
  guint64 unit = 1;

  while (bytes / unit >= 1000)
    unit *= 1000;

  return unit;
}

/* The number of @bytes, of @total_bytes, in the unit of that; cut and not rounded: what is not
 * there yet is not claimed. Of hundreds the fraction says nothing. */
static char *
format_value (guint64 bytes,
              guint64 total_bytes)
{
  guint64 unit = unit_of (total_bytes);

  if (total_bytes / unit >= 100 && bytes >= unit)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, bytes / unit);

  return g_strdup_printf ("%.1f", (double) (bytes / (unit / 10)) / 10.0);
}

/* Whether two sizes can be told in the unit of the second without the first reading "0.0". */
static gboolean
can_share_unit (guint64 received_bytes,
                guint64 total_bytes)
{
  guint64 unit = unit_of (total_bytes);

  return unit > 1 && received_bytes >= unit / 10;
}

char *
keel_format_progress (guint64 received_bytes,
                      guint64 total_bytes)
{
  if (received_bytes == 0 || received_bytes >= total_bytes)
    return keel_format_size (total_bytes);

  if (can_share_unit (received_bytes, total_bytes))
    {
      g_autofree char *received = format_value (received_bytes, total_bytes);
      g_autofree char *total = keel_format_size_value (total_bytes);
      g_autofree char *unit = g_format_size_full (total_bytes, G_FORMAT_SIZE_ONLY_UNIT);

      /* Translators: "1.2 of 2.3 GB": what has arrived, of how much, and the unit of both. The
       * unit may be repeated: "%1$s %3$s / %2$s %3$s". */
      return g_strdup_printf (_("%1$s of %2$s %3$s"), received, total, unit);
    }
  else
    {
      g_autofree char *received = keel_format_moving_size (received_bytes);
      g_autofree char *total = keel_format_size (total_bytes);

      /* Translators: "12.3 MB of 2.3 GB": what has arrived, of how much. */
      return g_strdup_printf (_("%s of %s"), received, total);
    }
}

char *
keel_format_kept (guint64 received_bytes,
                  guint64 total_bytes)
{
  if (can_share_unit (received_bytes, total_bytes))
    {
      g_autofree char *received = format_value (received_bytes, total_bytes);
      g_autofree char *total = keel_format_size_value (total_bytes);
      g_autofree char *unit = g_format_size_full (total_bytes, G_FORMAT_SIZE_ONLY_UNIT);

      /* Translators: "1.9 of 3.1 GB kept": how much of a failed download is still there, of how
       * much, and the unit of both. The unit may be repeated. */
      return g_strdup_printf (_("%1$s of %2$s %3$s kept"), received, total, unit);
    }
  else
    {
      g_autofree char *received = keel_format_size (received_bytes);
      g_autofree char *total = keel_format_size (total_bytes);

      /* Translators: "12.3 MB of 2.3 GB kept": how much of a failed download is still there. */
      return g_strdup_printf (_("%s of %s kept"), received, total);
    }
}

char *
keel_format_rate (guint64 bytes_per_second)
{
  g_autofree char *size = keel_format_size (bytes_per_second);

  /* Translators: a speed, "14.3 MB/s". */
  return g_strdup_printf (_("%s/s"), size);
}

/* Returns: (transfer full): a speed that changes all the time, always as long */
char *
keel_format_moving_rate (guint64 bytes_per_second)
{
  g_autofree char *size = keel_format_moving_size (bytes_per_second);

  /* Translators: a speed, "14.3 MB/s". */
  return g_strdup_printf (_("%s/s"), size);
}

/* Cut, not rounded: "100%" is said of a whole file only. */
char *
keel_format_percent (double fraction)
{
  /* Translators: how much of a download has arrived. */
  return g_strdup_printf (_("%d%%"), (int) (CLAMP (fraction, 0.0, 1.0) * 100.0));
}

/* @seconds: as KeelPace rounds it, whole units of the size in which it is told. */
char *
keel_format_time_left (guint seconds)
{
  if (seconds < MINUTE_SECONDS)
    return g_strdup_printf (ngettext ("about %d second", "about %d seconds", seconds), seconds);

  if (seconds < HOUR_SECONDS)
    {
      guint minutes = seconds / MINUTE_SECONDS;

      return g_strdup_printf (ngettext ("about %d minute", "about %d minutes", minutes), minutes);
    }

  if (seconds < DAY_SECONDS)
    {
      guint hours = seconds / HOUR_SECONDS;

      return g_strdup_printf (ngettext ("about %d hour", "about %d hours", hours), hours);
    }
  else
    {
      guint days = seconds / DAY_SECONDS;

      return g_strdup_printf (ngettext ("about %d day", "about %d days", days), days);
    }
}

char *
keel_format_clock (GDateTime *time)
{
  g_autoptr (GDateTime) local = g_date_time_to_local (time);

  /* Translators: a time of day, as g_date_time_format() takes it. */
  /* xgettext:no-c-format */
  return g_date_time_format (local, _("%H:%M"));
}

/* A clock time, with its day in front when that is not today. */
char *
keel_format_moment (GDateTime *time,
                    GDateTime *now)
{
  g_autofree char *clock = keel_format_clock (time);
  g_autofree char *day = NULL;

  if (keel_day_of (time) == keel_day_of (now))
    return g_steal_pointer (&clock);

  day = keel_format_day (time, now);

  /* Translators: a day and a time of day: "24 October, 14:02". */
  return g_strdup_printf (_("%s, %s"), day, clock);
}

/* The heading of a day. */
char *
keel_format_day (GDateTime *day,
                 GDateTime *now)
{
  guint days_ago = keel_day_of (now) - keel_day_of (day);

  if (days_ago == 0)
    return g_strdup (_("Today"));

  if (days_ago == 1)
    return g_strdup (_("Yesterday"));

  return keel_format_date (day, now);
}

/* A day in a sentence: never "Today". */
char *
keel_format_date (GDateTime *day,
                  GDateTime *now)
{
  g_autoptr (GDateTime) local = g_date_time_to_local (day);
  g_autoptr (GDateTime) local_now = g_date_time_to_local (now);

  if (g_date_time_get_year (local) == g_date_time_get_year (local_now))
    /* Translators: a day of this year, "24 October", as g_date_time_format() takes it. */
    /* xgettext:no-c-format */
    return g_date_time_format (local, _("%-e %B"));

  /* Translators: a day of another year, "24 October 2025", as g_date_time_format() takes it. */
  /* xgettext:no-c-format */
  return g_date_time_format (local, _("%-e %B %Y"));
}

/* How long something took. */
char *
keel_format_span (guint seconds)
{
  if (seconds < MINUTE_SECONDS)
    /* Translators: how long something took, alone or in a sentence. */
    return g_strdup_printf (ngettext ("%d second", "%d seconds", seconds), seconds);

  if (seconds < HOUR_SECONDS)
    return g_strdup_printf (ngettext ("%d minute", "%d minutes", seconds / MINUTE_SECONDS),
                            seconds / MINUTE_SECONDS);

  if (seconds < DAY_SECONDS)
    return g_strdup_printf (ngettext ("%d hour", "%d hours", seconds / HOUR_SECONDS),
                            seconds / HOUR_SECONDS);

  return g_strdup_printf (ngettext ("%d day", "%d days", seconds / DAY_SECONDS),
                          seconds / DAY_SECONDS);
}

/* How much of @text, from its beginning, fits into @max_columns; Chinese letters take two. */
static glong
count_fitting (const char *text,
               guint       max_columns)
{
  glong n = 0;
  guint columns = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p), n++)
    {
      columns += g_unichar_iswide (g_utf8_get_char (p)) ? 2 : 1;
      if (columns > max_columns)
        break;
    }

  return n;
}

/**
 * keel_format_short_name:
 * @max_columns: in letters as they stand in a table
 *
 * Returns: (transfer full): @name, without its middle if it is longer; for words around it that
 *   must not be pushed out of their place
 */
char *
keel_format_short_name (const char *name,
                        guint       max_columns)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_autofree char *backwards = NULL;
  glong length = g_utf8_strlen (valid, -1);
  glong n_first, n_last;
  const char *last;

  if (count_fitting (valid, max_columns) == length)
    return g_steal_pointer (&valid);

  backwards = g_utf8_strreverse (valid, -1);
  n_first = count_fitting (valid, max_columns / 2);
  n_last = count_fitting (backwards, (max_columns - 1) / 2);
  last = g_utf8_offset_to_pointer (valid, length - n_last);

  return g_strdup_printf ("%.*s…%s", (int) (g_utf8_offset_to_pointer (valid, n_first) - valid),
                          valid, last);
}
