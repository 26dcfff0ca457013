/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-schedule-entry.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "keel-format.h"

/* A line of the weekly schedule as the service tells and takes it, "mon-fri 09:00-18:00 500000",
 * taken apart for an editor, and in words. Pure. The service has the last word on what makes sense;
 * what is not understood here (a newer service may know more) is shown as it is. */

#define N_DAYS 7
#define DAY_MIN (24 * 60)

static const char DAYS[N_DAYS][4] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static int
find_day (const char *text)
{
  for (int i = 0; i < N_DAYS; i++)
    if (g_ascii_strncasecmp (text, DAYS[i], 3) == 0)
      return i;

  return -1;
}

/* "mon", or "mon-fri"; also "fri-mon", over the end of the week. */
static gboolean
parse_range (const char *text,
             guint      *days)
{
  int first = find_day (text);
  int last = first;

  if (first < 0)
    return FALSE;
  if (text[3] == '-')
    last = strlen (text) == 7 ? find_day (text + 4) : -1;
  else if (text[3] != '\0')
    return FALSE;
  if (last < 0)
    return FALSE;

  for (int day = first;; day = (day + 1) % N_DAYS)
    {
      *days |= 1u << day;
      if (day == last)
        return TRUE;
    }
}

static gboolean
parse_days (const char *text,
            guint      *out_days)
{
  g_auto (GStrv) ranges = g_strsplit (text, ",", -1);

  *out_days = 0;
  if (g_ascii_strcasecmp (text, "daily") == 0)
    {
      *out_days = KEEL_SCHEDULE_DAILY;
      return TRUE;
    }

  for (guint i = 0; ranges[i] != NULL; i++)
    if (!parse_range (ranges[i], out_days))
      return FALSE;

  return *out_days != 0;
}

static gboolean
parse_times (const char        *text,
             KeelScheduleEntry *entry)
{
  guint from_hour, from_minute, to_hour, to_minute;
  int length = 0;

  if (sscanf (text, "%2u:%2u-%2u:%2u%n", &from_hour, &from_minute, &to_hour, &to_minute, &length) !=
        4 ||
      text[length] != '\0' || from_minute > 59 || to_minute > 59)
    return FALSE;

  entry->from_min = from_hour * 60 + from_minute;
  entry->to_min = to_hour * 60 + to_minute;

  return entry->from_min < DAY_MIN && entry->to_min <= DAY_MIN;
}

static gboolean
parse_rule (const char        *text,
            KeelScheduleEntry *entry)
{
  guint64 factor = 1;
  char *end = NULL;

  entry->is_pause = g_ascii_strcasecmp (text, "pause") == 0;
  entry->rate_bps = 0;
  if (entry->is_pause || g_ascii_strcasecmp (text, "unlimited") == 0)
    return TRUE;
  if (!g_ascii_isdigit (*text))
    return FALSE;

  entry->rate_bps = g_ascii_strtoull (text, &end, 10);
  if (*end != '\0' && end[1] != '\0')
    return FALSE;
  switch (g_ascii_tolower (*end))
    {
    case '\0':
      break;
    case 'k':
      factor = 1000;
      break;
    case 'm':
      factor = 1000 * 1000;
      break;
    case 'g':
      factor = 1000 * 1000 * 1000;
      break;
    default:
      return FALSE;
    }

  return g_uint64_checked_mul (&entry->rate_bps, entry->rate_bps, factor);
}

gboolean
keel_schedule_entry_parse (const char        *text,
                           KeelScheduleEntry *out_entry)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  *out_entry = (KeelScheduleEntry) { 0 };

  return g_strv_length (words) == 3 && parse_days (words[0], &out_entry->days) &&
         parse_times (words[1], out_entry) && parse_rule (words[2], out_entry);
}

static void
append_days (GString *text,
             guint    days)
{
  if (days == KEEL_SCHEDULE_DAILY)
    {
      g_string_append (text, "daily");
      return;
    }

  for (int i = 0; i < N_DAYS; i++)
    if ((days & (1u << i)) != 0)
      g_string_append_printf (text, "%s%s", text->len > 0 ? "," : "", DAYS[i]);
}

/* Returns: (transfer full): the line that the service takes */
char *
keel_schedule_entry_format (const KeelScheduleEntry *self)
{
  GString *text = g_string_new (NULL);

  append_days (text, self->days);
  g_string_append_printf (text, " %02u:%02u-%02u:%02u ", self->from_min / 60, self->from_min % 60,
                          self->to_min / 60, self->to_min % 60);
  if (self->is_pause)
    g_string_append (text, "pause");
  else if (self->rate_bps == 0)
    g_string_append (text, "unlimited");
  else
    g_string_append_printf (text, "%" G_GUINT64_FORMAT, self->rate_bps);

  return g_string_free (text, FALSE);
}

/* Returns: (transfer full): "Mon, Wed" as this language has it */
static char *
dup_days (guint days)
{
  GString *text = g_string_new (NULL);

  for (int i = 0; i < N_DAYS; i++)
    {
      /* The first of January 2024 was a Monday. */
      g_autoptr (GDateTime) day = g_date_time_new_utc (2024, 1, i + 1, 0, 0, 0);
      g_autofree char *name = g_date_time_format (day, "%a");

      if ((days & (1u << i)) == 0)
        continue;
      if (text->len > 0)
        /* Translators: between the days of the week in a list: "Mon, Wed". */
        g_string_append (text, C_("list of days", ", "));
      g_string_append (text, name);
    }

  return g_string_free (text, FALSE);
}

/* Returns: (transfer full): "Working days, 09:00–18:00" */
char *
keel_schedule_entry_dup_when (const KeelScheduleEntry *self)
{
  g_autofree char *times = g_strdup_printf ("%02u:%02u–%02u:%02u", self->from_min / 60,
                                            self->from_min % 60, self->to_min / 60,
                                            self->to_min % 60);
  g_autofree char *days = NULL;

  if (self->days == KEEL_SCHEDULE_DAILY)
    /* Translators: a part of the week; %s are times, "09:00–18:00". */
    return g_strdup_printf (_("Every day, %s"), times);
  if (self->days == KEEL_SCHEDULE_WORKING_DAYS)
    return g_strdup_printf (_("Working days, %s"), times);
  if (self->days == KEEL_SCHEDULE_WEEKEND)
    return g_strdup_printf (_("Weekends, %s"), times);

  days = dup_days (self->days);

  /* Translators: a part of the week: "Mon, Wed 09:00–18:00". */
  return g_strdup_printf (C_("days and times", "%s %s"), days, times);
}

/* Returns: (transfer full): "500 kB/s" */
char *
keel_schedule_entry_dup_what (const KeelScheduleEntry *self)
{
  if (self->is_pause)
    return g_strdup (_("Pause"));

  return self->rate_bps == 0 ? g_strdup (_("No limit")) : keel_format_rate (self->rate_bps);
}

/* Returns: (transfer full): a whole schedule in one line */
char *
keel_schedule_dup_summary (const char *const *texts)
{
  guint n_entries = g_strv_length ((GStrv) texts);
  KeelScheduleEntry entry;
  g_autofree char *when = NULL;
  g_autofree char *what = NULL;

  if (n_entries != 1)
    /* Translators: how many lines a weekly schedule has. */
    return g_strdup_printf (ngettext ("%d entry", "%d entries", n_entries), (int) n_entries);
  if (!keel_schedule_entry_parse (texts[0], &entry))
    return g_strdup (texts[0]);

  when = keel_schedule_entry_dup_when (&entry);
  what = keel_schedule_entry_dup_what (&entry);

  return g_strconcat (when, KEEL_FORMAT_MIDDLE_DOT, what, NULL);
}
