/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-resume.h"

#define DATE "Tue, 06 Oct 2026 10:00:00 GMT"
#define LONG_BEFORE "Tue, 06 Oct 2026 09:00:00 GMT"
#define JUST_BEFORE "Tue, 06 Oct 2026 09:59:30 GMT"

static void
test_if_range (void)
{
  static const struct {
    const char *etag, *last_modified, *date, *if_range;
  } cases[] = {
    { "\"a\"", NULL, NULL, "\"a\"" },  { "\"a\"", LONG_BEFORE, DATE, "\"a\"" },
    { "W/\"a\"", NULL, NULL, NULL },   { "W/\"a\"", LONG_BEFORE, DATE, NULL },
    { "a", NULL, NULL, NULL },         { NULL, LONG_BEFORE, DATE, LONG_BEFORE },
    { NULL, JUST_BEFORE, DATE, NULL }, { NULL, LONG_BEFORE, NULL, NULL },
    { NULL, "yesterday", DATE, NULL }, { NULL, NULL, NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      KeelResumeState state = {
        10, TRUE, 100, cases[i].etag, cases[i].last_modified, cases[i].date
      };

      g_assert_cmpstr (keel_resume_get_if_range (&state), ==, cases[i].if_range);
    }
}

static void
test_decide (void)
{
  static const struct {
    guint status;
    const char *range, *type, *coding, *etag;
    KeelResumeAction action;
  } cases[] = {
    { 206, "bytes 10-99/100", "x/y", NULL, "\"a\"", KEEL_RESUME_APPEND },
    { 206, "bytes 10-99/100", NULL, "identity", "\"a\"", KEEL_RESUME_APPEND },
    /* another version, by each of the signs */
    { 206, "bytes 10-99/100", "x/y", NULL, "\"b\"", KEEL_RESUME_RESTART },
    { 206, "bytes 10-99/100", "x/y", NULL, "W/\"a\"", KEEL_RESUME_RESTART },
    { 206, "bytes 10-99/100", "x/y", NULL, NULL, KEEL_RESUME_RESTART },
    { 206, "bytes 10-100/101", "x/y", NULL, "\"a\"", KEEL_RESUME_RESTART },
    { 206, "bytes 10-99/*", "x/y", NULL, "\"a\"", KEEL_RESUME_RESTART },
    { 206, "bytes 10-99/100", "x/y", "gzip", "\"a\"", KEEL_RESUME_RESTART },
    /* other bytes than were asked for */
    { 206, "bytes 0-99/100", "x/y", NULL, "\"a\"", KEEL_RESUME_RESTART },
    { 206, "bytes 11-99/100", "x/y", NULL, "\"a\"", KEEL_RESUME_RESTART },
    { 206, "bytes 10-98/100", "x/y", NULL, "\"a\"", KEEL_RESUME_RESTART },
    { 206, NULL, "x/y", NULL, "\"a\"", KEEL_RESUME_RESTART },
    { 206, "nonsense", "x/y", NULL, "\"a\"", KEEL_RESUME_RESTART },
    { 206, "bytes 10-99/100", "multipart/byteranges; boundary=x", NULL, "\"a\"",
      KEEL_RESUME_RESTART },
    { 200, NULL, "x/y", NULL, "\"b\"", KEEL_RESUME_RESTART },
    { 200, NULL, "x/y", NULL, "\"a\"", KEEL_RESUME_RESTART },
    { 416, "bytes */5", NULL, NULL, NULL, KEEL_RESUME_RESTART },
    /* no word about the bytes */
    { 403, NULL, NULL, NULL, NULL, KEEL_RESUME_REFUSED },
    { 404, NULL, NULL, NULL, NULL, KEEL_RESUME_REFUSED },
    { 503, NULL, NULL, NULL, NULL, KEEL_RESUME_REFUSED },
    { 204, NULL, NULL, NULL, NULL, KEEL_RESUME_REFUSED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      KeelResumeState state = { 10, TRUE, 100, "\"a\"", NULL, NULL };
      KeelResumeAnswer answer = { cases[i].status, cases[i].range, cases[i].type,
                                  cases[i].coding, cases[i].etag,  NULL };

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (keel_resume_decide (&state, &answer), ==, cases[i].action);
    }
}

static void
test_decide_by_date (void)
{
  KeelResumeState state = { 10, TRUE, 100, NULL, LONG_BEFORE, DATE };
  KeelResumeAnswer answer = { 206, "bytes 10-99/100", NULL, NULL, NULL, LONG_BEFORE };

  g_assert_cmpint (keel_resume_decide (&state, &answer), ==, KEEL_RESUME_APPEND);
  answer.last_modified = NULL; /* RFC 9110 §15.3.7 lets it be left out */
  g_assert_cmpint (keel_resume_decide (&state, &answer), ==, KEEL_RESUME_APPEND);
  answer.last_modified = JUST_BEFORE;
  g_assert_cmpint (keel_resume_decide (&state, &answer), ==, KEEL_RESUME_RESTART);
  state.last_modified = JUST_BEFORE; /* weak: nothing to go by */
  g_assert_cmpint (keel_resume_decide (&state, &answer), ==, KEEL_RESUME_RESTART);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/resume/if-range", test_if_range);
  g_test_add_func ("/resume/decide", test_decide);
  g_test_add_func ("/resume/decide-by-date", test_decide_by_date);
  return g_test_run ();
}
