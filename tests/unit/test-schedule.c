/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-schedule.h"
#include "keel-task-error.h"

#include <gio/gio.h>

/* Which rule holds when, in zones whose clocks are put, and until when. */

static KeelSchedule *
parse (const char *text)
{
  g_auto (GStrv) entries = g_strsplit (text, "; ", -1);
  g_autoptr (GError) error = NULL;
  KeelSchedule *schedule = keel_schedule_parse ((const char *const *) entries, &error);

  g_assert_no_error (error);
  return schedule;
}

static void
test_text (void)
{
  static const char *const pairs[][2] = {
    { "mon-fri 08:00-18:00 500k", "mon-fri 08:00-18:00 500k" },
    { "  Sat,SUN\t0:00-24:00  pause ", "sat,sun 00:00-24:00 pause" },
    { "daily 22:00-06:00 unlimited", "daily 22:00-06:00 unlimited" },
    { "fri-mon 08:30-09:15 2000000", "mon,fri-sun 08:30-09:15 2M" },
    { "mon,wed-thu,wed 1:05-1:06 1500", "mon,wed,thu 01:05-01:06 1500" },
    { "daily 00:00-12:00 7K", "daily 00:00-12:00 7k" },
    { "sun-sun 00:01-24:00 3G", "sun 00:01-24:00 3G" },
    { "tue-mon 00:00-12:00 1", "daily 00:00-12:00 1" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autoptr (KeelSchedule) schedule = parse (pairs[i][0]);
      g_auto (GStrv) text = keel_schedule_format (schedule);
      g_autoptr (KeelSchedule) again = parse (text[0]);
      g_auto (GStrv) text_again = keel_schedule_format (again);

      g_assert_cmpuint (g_strv_length (text), ==, 1);
      g_assert_cmpstr (text[0], ==, pairs[i][1]);
      g_assert_cmpstr (text_again[0], ==, pairs[i][1]);
    }
}

static void
test_nonsense (void)
{
  static const char *const texts[] = {
    "",
    "mon",
    "mon 08:00-18:00",
    "mon 08:00-18:00 500k more",
    "mond 08:00-18:00 500k",
    "mon- 08:00-18:00 500k",
    "mon,,tue 08:00-18:00 500k",
    "mon-tue-wed 08:00-18:00 500k",
    "mon 08:00-08:00 500k",
    "mon 24:00-08:00 500k",
    "mon 08:00-24:01 500k",
    "mon 08:60-18:00 500k",
    "mon 8-18 500k",
    "mon 08:00-18:00-19:00 500k",
    "mon 08:00-00:00 500k",
    "mon 08:00-18:00 0",
    "mon 08:00-18:00 -5",
    "mon 08:00-18:00 k",
    "mon 08:00-18:00 5kk",
    "mon 08:00-18:00 5KiB",
    "mon 08:00-18:00 99999999999999999999",
    "mon 08:00-18:00 9999999999G",
    "mon 08:00-18:00 off",
    "mon 08:00-18:00 \xff",
  };
  g_autofree const char **many = g_new0 (const char *, KEEL_SCHEDULE_MOST_ENTRIES + 2);
  const char *const none[] = { NULL };
  g_autoptr (GError) none_error = NULL;
  g_autoptr (GError) many_error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      const char *const entries[] = { "daily 00:00-24:00 pause", texts[i], NULL };
      g_autoptr (GError) error = NULL;

      g_test_message ("%u", i);
      g_assert_null (keel_schedule_parse (entries, &error));
      g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT);
    }
  g_assert_null (keel_schedule_parse (none, &none_error));
  g_assert_nonnull (none_error);
  for (guint i = 0; i <= KEEL_SCHEDULE_MOST_ENTRIES; i++)
    many[i] = "daily 00:00-24:00 pause";
  g_assert_null (keel_schedule_parse (many, &many_error));
  g_assert_nonnull (many_error);
}

static gint64
usec_of (const char *text)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * G_USEC_PER_SEC;
}

/* @until NULL: for ever. Times are ISO 8601. */
static void
assert_rule (const char       *schedule_text,
             const char       *zone_name,
             const char       *time,
             KeelScheduleRule  rule,
             const char       *until)
{
  g_autoptr (KeelSchedule) schedule = parse (schedule_text);
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (zone_name);
  KeelScheduleVerdict verdict;

  g_assert_nonnull (zone);
  g_test_message ("%s at %s in %s", schedule_text, time, zone_name);
  keel_schedule_look (schedule, zone, usec_of (time), &verdict);
  g_assert_cmpint (verdict.rule, ==, rule);
  g_assert_cmpint (verdict.until_usec, ==, until != NULL ? usec_of (until) : 0);
}

#define WORK "mon-fri 08:00-18:00 500k"
#define BERLIN "Europe/Berlin"

static void
test_week (void)
{
  /* A Friday. */
  assert_rule (WORK, BERLIN, "2026-07-03T07:59:59+02", KEEL_SCHEDULE_NOTHING,
               "2026-07-03T08:00:00+02");
  assert_rule (WORK, BERLIN, "2026-07-03T08:00:00+02", KEEL_SCHEDULE_RATE,
               "2026-07-03T18:00:00+02");
  assert_rule (WORK, BERLIN, "2026-07-03T17:59:59+02", KEEL_SCHEDULE_RATE,
               "2026-07-03T18:00:00+02");
  assert_rule (WORK, BERLIN, "2026-07-03T18:00:00+02", KEEL_SCHEDULE_NOTHING,
               "2026-07-06T08:00:00+02");
  /* Elsewhere it is another day. */
  assert_rule (WORK, "Pacific/Auckland", "2026-07-03T18:00:00+02", KEEL_SCHEDULE_NOTHING,
               "2026-07-06T08:00:00+12");
  assert_rule (WORK, "Asia/Kathmandu", "2026-07-06T08:00:00+0545", KEEL_SCHEDULE_RATE,
               "2026-07-06T18:00:00+0545");
  assert_rule (WORK, "America/St_Johns", "2026-07-06T07:59:00-0230", KEEL_SCHEDULE_NOTHING,
               "2026-07-06T08:00:00-0230");
}

static void
test_order (void)
{
  /* The first that holds counts. */
  const char *text = "mon 12:00-13:00 unlimited; mon-fri 08:00-18:00 500k; daily 22:00-06:00 pause";

  assert_rule (text, BERLIN, "2026-07-06T11:00:00+02", KEEL_SCHEDULE_RATE,
               "2026-07-06T12:00:00+02");
  assert_rule (text, BERLIN, "2026-07-06T12:30:00+02", KEEL_SCHEDULE_UNLIMITED,
               "2026-07-06T13:00:00+02");
  assert_rule (text, BERLIN, "2026-07-06T23:30:00+02", KEEL_SCHEDULE_PAUSE,
               "2026-07-07T06:00:00+02");
  assert_rule (text, BERLIN, "2026-07-07T05:59:00+02", KEEL_SCHEDULE_PAUSE,
               "2026-07-07T06:00:00+02");
  assert_rule (text, BERLIN, "2026-07-07T06:00:00+02", KEEL_SCHEDULE_NOTHING,
               "2026-07-07T08:00:00+02");
}

/* Over midnight, and over the end of the week. */
static void
test_night (void)
{
  assert_rule ("sun 20:00-04:00 pause", BERLIN, "2026-07-05T19:00:00+02", KEEL_SCHEDULE_NOTHING,
               "2026-07-05T20:00:00+02");
  assert_rule ("sun 20:00-04:00 pause", BERLIN, "2026-07-05T20:00:00+02", KEEL_SCHEDULE_PAUSE,
               "2026-07-06T04:00:00+02");
  assert_rule ("sun 20:00-04:00 pause", BERLIN, "2026-07-06T03:00:00+02", KEEL_SCHEDULE_PAUSE,
               "2026-07-06T04:00:00+02");
  assert_rule ("sun 20:00-04:00 pause", BERLIN, "2026-07-05T03:00:00+02", KEEL_SCHEDULE_NOTHING,
               "2026-07-05T20:00:00+02");
  /* Two that meet are one. */
  assert_rule ("mon 20:00-24:00 1k; tue 00:00-02:00 1k", BERLIN, "2026-07-06T21:00:00+02",
               KEEL_SCHEDULE_RATE, "2026-07-07T02:00:00+02");
  assert_rule ("daily 00:00-24:00 pause", BERLIN, "2026-07-06T21:00:00+02", KEEL_SCHEDULE_PAUSE,
               NULL);
  assert_rule ("daily 00:00-12:00 5k; daily 12:00-24:00 5k", BERLIN, "2026-07-06T21:00:00+02",
               KEEL_SCHEDULE_RATE, NULL);
}

/* 29 March 2026: at 02:00 it is 03:00. */
static void
test_spring (void)
{
  assert_rule ("daily 01:00-05:00 1k", BERLIN, "2026-03-29T01:30:00+01", KEEL_SCHEDULE_RATE,
               "2026-03-29T05:00:00+02");
  /* An hour that is left out. */
  assert_rule ("daily 02:00-03:00 pause", BERLIN, "2026-03-29T01:59:59+01", KEEL_SCHEDULE_NOTHING,
               "2026-03-30T02:00:00+02");
  assert_rule ("daily 02:00-03:00 pause", BERLIN, "2026-03-29T03:00:00+02", KEEL_SCHEDULE_NOTHING,
               "2026-03-30T02:00:00+02");
  /* The half of one. */
  assert_rule ("daily 02:30-03:30 pause", BERLIN, "2026-03-29T00:00:00+01", KEEL_SCHEDULE_NOTHING,
               "2026-03-29T03:00:00+02");
  assert_rule ("daily 02:30-03:30 pause", BERLIN, "2026-03-29T03:00:00+02", KEEL_SCHEDULE_PAUSE,
               "2026-03-29T03:30:00+02");
  assert_rule ("daily 01:30-02:30 pause", BERLIN, "2026-03-29T01:30:00+01", KEEL_SCHEDULE_PAUSE,
               "2026-03-29T03:00:00+02");
  /* By half an hour, on an island. */
  assert_rule ("sun 02:00-02:15 pause", "Australia/Lord_Howe", "2026-10-04T01:59:00+1030",
               KEEL_SCHEDULE_NOTHING, "2026-10-11T02:00:00+11");
}

/* 25 October 2026: at 03:00 it is 02:00 again. */
static void
test_autumn (void)
{
  assert_rule ("daily 01:00-05:00 1k", BERLIN, "2026-10-25T01:30:00+02", KEEL_SCHEDULE_RATE,
               "2026-10-25T05:00:00+01");
  /* An hour that comes twice. */
  assert_rule ("daily 02:00-03:00 pause", BERLIN, "2026-10-25T01:00:00+02", KEEL_SCHEDULE_NOTHING,
               "2026-10-25T02:00:00+02");
  assert_rule ("daily 02:00-03:00 pause", BERLIN, "2026-10-25T02:00:00+02", KEEL_SCHEDULE_PAUSE,
               "2026-10-25T03:00:00+01");
  /* The half of one, twice. */
  assert_rule ("daily 02:00-02:30 pause", BERLIN, "2026-10-25T02:10:00+02", KEEL_SCHEDULE_PAUSE,
               "2026-10-25T02:30:00+02");
  assert_rule ("daily 02:00-02:30 pause", BERLIN, "2026-10-25T02:30:00+02", KEEL_SCHEDULE_NOTHING,
               "2026-10-25T02:00:00+01");
  assert_rule ("daily 02:00-02:30 pause", BERLIN, "2026-10-25T02:10:00+01", KEEL_SCHEDULE_PAUSE,
               "2026-10-25T02:30:00+01");
  assert_rule ("sun 01:30-02:00 pause", "America/New_York", "2026-11-01T01:45:00-04",
               KEEL_SCHEDULE_PAUSE, "2026-11-01T01:00:00-05");
}

/* What is told to hold until a time holds until then and not after it; step by step for a year. */
static void
test_borders (void)
{
  static const char *const zones[] = { "UTC", BERLIN, "America/Sao_Paulo", "Africa/Casablanca",
                                       "Australia/Lord_Howe" };
  g_autoptr (KeelSchedule)
    schedule = parse ("sun 01:10-02:40 pause; daily 23:30-02:20 7k; wed 00:00-24:00 unlimited");

  for (guint i = 0; i < G_N_ELEMENTS (zones); i++)
    {
      g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (zones[i]);
      gint64 now_usec = usec_of ("2026-01-01T00:00:00Z");
      gint64 end_usec = usec_of ("2027-01-01T00:00:00Z");

      g_assert_nonnull (zone);
      while (now_usec < end_usec)
        {
          KeelScheduleVerdict now;
          KeelScheduleVerdict last;
          KeelScheduleVerdict next;

          keel_schedule_look (schedule, zone, now_usec, &now);
          g_assert_cmpint (now.until_usec, >, now_usec);
          keel_schedule_look (schedule, zone, now.until_usec - 1, &last);
          keel_schedule_look (schedule, zone, now.until_usec, &next);
          g_assert_cmpint (last.rule, ==, now.rule);
          g_assert_cmpint (last.until_usec, ==, now.until_usec);
          g_assert_cmpint (next.rule, !=, now.rule);
          now_usec = now.until_usec;
        }
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule/text", test_text);
  g_test_add_func ("/schedule/nonsense", test_nonsense);
  g_test_add_func ("/schedule/week", test_week);
  g_test_add_func ("/schedule/order", test_order);
  g_test_add_func ("/schedule/night", test_night);
  g_test_add_func ("/schedule/spring", test_spring);
  g_test_add_func ("/schedule/autumn", test_autumn);
  g_test_add_func ("/schedule/borders", test_borders);
  return g_test_run ();
}
