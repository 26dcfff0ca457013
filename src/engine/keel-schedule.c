/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-schedule.h"

#include "keel-task-error.h"

#include <gio/gio.h>
#include <string.h>

/* What may be transferred when: a list of entries for the hours of a week, of which the first that
 * holds counts. An entry is a line of three words:
 *
 *   DAYS FROM-TO RULE           mon-fri 08:00-18:00 500k
 *
 * DAYS are names of days and ranges of them (mon,wed-fri), or "daily". The times are those of the
 * clock on the wall; TO is not included, may be 24:00, and is on the next day if it is earlier than
 * FROM. The RULE is a rate in bytes per second (500000, 500k, 2M, 1G), "unlimited", or "pause".
 *
 * What the clock on the wall shows is what counts also in the two nights in which it is put: an
 * hour that is left out does not hold, and one that comes twice holds twice. So nothing is computed
 * with local times as if they were numbers: while the distance to UTC stays the same, the next
 * border is found by adding; where it does not, the moment of the change is looked for, and it goes
 * on from there.
 *
 * Pure: the zone and the time come from outside. Immutable, and so shared between threads. */

#define DAY_MINUTES (24 * 60)
#define MINUTE_USEC (60 * (gint64) G_USEC_PER_SEC)
/* A week later everything is as now, if the clock is not put; a day more, if it is. */
#define HORIZON_USEC (8 * DAY_MINUTES * MINUTE_USEC)
#define ALL_DAYS 0x7f
#define MOST_RATE ((guint64) 1 << 50)

typedef struct {
  guint days; /* bit 0: Monday */
  guint from; /* these two: minutes of the day */
  guint to;   /* up to and with DAY_MINUTES; below from: on the next day */
  KeelScheduleRule rule;
  guint64 rate_bps; /* of KEEL_SCHEDULE_RATE */
} Entry;

struct _KeelSchedule {
  gatomicrefcount refs;
  GArray *entries; /* (owned) (element-type Entry) */
};

/* What a clock on the wall shows. */
typedef struct {
  guint day;    /* 0: Monday */
  guint minute; /* of the day */
  gint64 in_minute_usec;
  GTimeSpan offset; /* from UTC */
} LocalTime;

static const char *const day_words[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

/* --- text ------------------------------------------------------------------------------------ */

static gboolean
parse_day (const char *text,
           guint      *out_day)
{
  for (guint i = 0; i < G_N_ELEMENTS (day_words); i++)
    if (g_ascii_strcasecmp (text, day_words[i]) == 0)
      {
        *out_day = i;
        return TRUE;
      }
  return FALSE;
}

/* "wed", or "fri-mon". */
static gboolean
parse_day_range (const char *text,
                 guint      *days)
{
  g_auto (GStrv) ends = g_strsplit (text, "-", 2);
  guint first;
  guint last;

  if (ends[0] == NULL || !parse_day (ends[0], &first))
    return FALSE;
  last = first;
  if (ends[1] != NULL && !parse_day (ends[1], &last))
    return FALSE;
  for (guint day = first;; day = (day + 1) % 7)
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
    *out_days = ALL_DAYS;
  else
    for (guint i = 0; ranges[i] != NULL; i++)
      if (!parse_day_range (ranges[i], out_days))
        return FALSE;
  return *out_days != 0;
}

/* "8:05", or "08:05". */
static gboolean
parse_minute (const char *text,
              guint      *out_minute)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 2);
  guint64 hour;
  guint64 minute;

  if (g_strv_length (parts) != 2 || strlen (parts[0]) > 2 || strlen (parts[1]) != 2 ||
      !g_ascii_string_to_unsigned (parts[0], 10, 0, 24, &hour, NULL) ||
      !g_ascii_string_to_unsigned (parts[1], 10, 0, 59, &minute, NULL))
    return FALSE;
  *out_minute = (guint) (hour * 60 + minute);
  return *out_minute <= DAY_MINUTES;
}

static gboolean
parse_times (const char *text,
             Entry      *entry)
{
  g_auto (GStrv) ends = g_strsplit (text, "-", 2);

  return g_strv_length (ends) == 2 && parse_minute (ends[0], &entry->from) &&
         parse_minute (ends[1], &entry->to) && entry->from < DAY_MINUTES && entry->to > 0 &&
         entry->from != entry->to;
}

static gboolean
parse_rate (const char *text,
            guint64    *out_rate_bps)
{
  static const char units[] = "kmg";
  gsize digits = strspn (text, "0123456789");
  g_autofree char *number = g_strndup (text, digits);
  const char *unit = text[digits] != '\0' ? strchr (units, g_ascii_tolower (text[digits])) : NULL;
  guint64 factor = 1;

  if (text[digits] != '\0' && (unit == NULL || text[digits + 1] != '\0'))
    return FALSE;
  for (const char *p = units; unit != NULL && p <= unit; p++)
    factor *= 1000;
  if (!g_ascii_string_to_unsigned (number, 10, 1, MOST_RATE / factor, out_rate_bps, NULL))
    return FALSE;
  *out_rate_bps *= factor;
  return TRUE;
}

static gboolean
parse_rule (const char *text,
            Entry      *entry)
{
  if (strcmp (text, "pause") == 0)
    entry->rule = KEEL_SCHEDULE_PAUSE;
  else if (strcmp (text, "unlimited") == 0)
    entry->rule = KEEL_SCHEDULE_UNLIMITED;
  else
    entry->rule = KEEL_SCHEDULE_RATE;
  return entry->rule != KEEL_SCHEDULE_RATE || parse_rate (text, &entry->rate_bps);
}

static gboolean
parse_entry (const char *text,
             Entry      *entry)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t", -1);
  const char *found[3];
  guint n_found = 0;

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (*words[i] == '\0')
        continue;
      if (n_found == G_N_ELEMENTS (found))
        return FALSE;
      found[n_found++] = words[i];
    }
  return n_found == G_N_ELEMENTS (found) && parse_days (found[0], &entry->days) &&
         parse_times (found[1], entry) && parse_rule (found[2], entry);
}

/* (transfer full): KEEL_ERROR_INVALID_ARGUMENT when one of @entries is none, or there are too many,
 * or no one. */
KeelSchedule *
keel_schedule_parse (const char *const  *entries,
                     GError            **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, TRUE, sizeof (Entry));
  KeelSchedule *self;

  for (guint i = 0; entries[i] != NULL; i++)
    {
      Entry entry = { 0 };

      if (i >= KEEL_SCHEDULE_MOST_ENTRIES || !parse_entry (entries[i], &entry))
        {
          g_set_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                       "“%s” is not an entry like “mon-fri 08:00-18:00 500k”, or one too many",
                       entries[i]);
          return NULL;
        }
      g_array_append_val (found, entry);
    }
  if (found->len == 0)
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                           "A schedule has at least one entry");
      return NULL;
    }
  self = g_new0 (KeelSchedule, 1);
  g_atomic_ref_count_init (&self->refs);
  self->entries = g_steal_pointer (&found);
  return self;
}

KeelSchedule *
keel_schedule_ref (KeelSchedule *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
keel_schedule_unref (KeelSchedule *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_array_unref (self->entries);
  g_free (self);
}

/* Ranges of three days and more; the days of two are named. */
static void
append_days (GString *text,
             guint    days)
{
  gsize start = text->len;

  if (days == ALL_DAYS)
    {
      g_string_append (text, "daily");
      return;
    }
  for (guint day = 0; day < 7; day++)
    {
      guint last = day;

      if ((days & (1u << day)) == 0)
        continue;
      while (last < 6 && (days & (1u << (last + 1))) != 0)
        last++;
      g_string_append_printf (text, "%s%s", text->len > start ? "," : "", day_words[day]);
      if (last < day + 2)
        continue;
      g_string_append_printf (text, "-%s", day_words[last]);
      day = last;
    }
}

static void
append_rule (GString     *text,
             const Entry *entry)
{
  static const char units[] = "kMG";
  guint64 number = entry->rate_bps;
  guint unit = 0;

  if (entry->rule == KEEL_SCHEDULE_RATE)
    {
      while (number % 1000 == 0 && units[unit] != '\0')
        {
          number /= 1000;
          unit++;
        }
      g_string_append_printf (text, "%" G_GUINT64_FORMAT "%.1s", number,
                              unit > 0 ? &units[unit - 1] : "");
    }
  else
    g_string_append (text, entry->rule == KEEL_SCHEDULE_PAUSE ? "pause" : "unlimited");
}

/* Entries that keel_schedule_parse() makes the same of. (transfer full) */
char **
keel_schedule_format (KeelSchedule *self)
{
  GPtrArray *entries = g_ptr_array_new ();

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);
      GString *text = g_string_new (NULL);

      append_days (text, entry->days);
      g_string_append_printf (text, " %02u:%02u-%02u:%02u ", entry->from / 60, entry->from % 60,
                              entry->to / 60, entry->to % 60);
      append_rule (text, entry);
      g_ptr_array_add (entries, g_string_free (text, FALSE));
    }
  g_ptr_array_add (entries, NULL);
  return (char **) g_ptr_array_free (entries, FALSE);
}

/* --- time ------------------------------------------------------------------------------------ */

static LocalTime
get_local_time (GTimeZone *zone,
                gint64     wall_usec)
{
  gint64 seconds = wall_usec / G_USEC_PER_SEC - (wall_usec % G_USEC_PER_SEC < 0);
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (seconds);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);

  return (LocalTime) {
    .day = (guint) g_date_time_get_day_of_week (local) - 1,
    .minute = (guint) (g_date_time_get_hour (local) * 60 + g_date_time_get_minute (local)),
    .in_minute_usec = g_date_time_get_second (local) * (gint64) G_USEC_PER_SEC +
                      (wall_usec - seconds * G_USEC_PER_SEC),
    .offset = g_date_time_get_utc_offset (local),
  };
}

static gboolean
entry_holds (const Entry     *entry,
             const LocalTime *time)
{
  gboolean is_day = (entry->days & (1u << time->day)) != 0;
  gboolean was_day = (entry->days & (1u << ((time->day + 6) % 7))) != 0;

  if (entry->from < entry->to)
    return is_day && time->minute >= entry->from && time->minute < entry->to;
  return (is_day && time->minute >= entry->from) || (was_day && time->minute < entry->to);
}

static void
judge (KeelSchedule        *self,
       const LocalTime     *time,
       KeelScheduleVerdict *out_verdict)
{
  *out_verdict = (KeelScheduleVerdict) { KEEL_SCHEDULE_NOTHING, 0, 0 };
  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);

      if (entry_holds (entry, time))
        {
          out_verdict->rule = entry->rule;
          out_verdict->rate_bps = entry->rate_bps;
          return;
        }
    }
}

/* How far it is to the next time at which an entry may begin or end, by this clock: midnight, at
 * the latest. */
static gint64
get_border_distance (KeelSchedule    *self,
                     const LocalTime *time)
{
  guint next = DAY_MINUTES;

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);

      if (entry->from > time->minute)
        next = MIN (next, entry->from);
      if (entry->to > time->minute)
        next = MIN (next, entry->to);
    }
  return (next - time->minute) * MINUTE_USEC - time->in_minute_usec;
}

/* The clock is put somewhere behind @from_usec and not behind @to_usec: at which second? */
static gint64
find_shift (GTimeZone *zone,
            gint64     from_usec,
            gint64     to_usec)
{
  GTimeSpan offset = get_local_time (zone, from_usec).offset;

  while (to_usec - from_usec > 1)
    {
      gint64 middle_usec = from_usec + (to_usec - from_usec) / 2;

      if (get_local_time (zone, middle_usec).offset == offset)
        from_usec = middle_usec;
      else
        to_usec = middle_usec;
    }
  return to_usec;
}

/* What holds at @wall_usec, and until when. */
void
keel_schedule_look (KeelSchedule        *self,
                    GTimeZone           *zone,
                    gint64               wall_usec,
                    KeelScheduleVerdict *out_verdict)
{
  LocalTime time = get_local_time (zone, wall_usec);
  gint64 now_usec = wall_usec;

  judge (self, &time, out_verdict);
  while (now_usec - wall_usec < HORIZON_USEC)
    {
      gint64 next_usec = now_usec + get_border_distance (self, &time);
      LocalTime next = get_local_time (zone, next_usec);
      KeelScheduleVerdict verdict;

      if (next.offset != time.offset)
        {
          next_usec = find_shift (zone, now_usec, next_usec);
          next = get_local_time (zone, next_usec);
        }
      judge (self, &next, &verdict);
      if (verdict.rule != out_verdict->rule || verdict.rate_bps != out_verdict->rate_bps)
        {
          out_verdict->until_usec = next_usec;
          return;
        }
      now_usec = next_usec;
      time = next;
    }
}
