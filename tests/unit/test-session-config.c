/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-session-config.h"

#include "keel-task-error.h"

/* What a program may say of a session, and what becomes of it. */

static GVariant *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *dictionary = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return dictionary;
}

static void
merge (KeelSessionConfig *config,
       const char        *text)
{
  g_autoptr (GVariant) changes = parse (text);
  g_autoptr (GError) error = NULL;

  g_assert_true (keel_session_config_merge (config, changes, &error));
  g_assert_no_error (error);
}

static void
test_defaults (void)
{
  g_auto (KeelSessionConfig) config = { 0 };

  keel_session_config_init (&config);
  g_assert_true (config.events);
  g_assert_true (config.launch_events);
  g_assert_false (keel_session_config_has_notices (&config));
  g_assert_cmpint (config.network, ==, KEEL_NETWORK_USE_ANY);
  g_assert_cmpint (config.power, ==, KEEL_POWER_USE_ANY);
  g_assert_cmpint (config.timeout_seconds, ==, 7 * 24 * 3600);
  g_assert_null (keel_session_config_print (&config));
}

/* What is given replaces, what is not given stays. */
static void
test_merge (void)
{
  g_auto (KeelSessionConfig) config = { 0 };

  keel_session_config_init (&config);
  merge (&config, "{'network': <'unmetered'>, 'max-rate': <uint64 100>, 'title': <'Foo'>,"
                  " 'headers': <[('A', 'b'), ('C', 'd')]>, 'new-in-version-9': <(1, 'x')>}");
  merge (&config, "{'max-rate': <uint64 200>, 'power': <'ac'>, 'title': <''>}");
  g_assert_cmpint (config.network, ==, KEEL_NETWORK_USE_UNMETERED);
  g_assert_cmpint (config.power, ==, KEEL_POWER_USE_AC);
  g_assert_cmpuint (config.max_rate_bps, ==, 200);
  g_assert_cmpstr (config.title, ==, NULL);
  g_assert_cmpstr (config.headers, ==, "A: b\nC: d\n");
  merge (&config, "{'headers': <@a(ss) []>}");
  g_assert_cmpstr (config.headers, ==, NULL);
}

/* Whoever does not say so is told by events, or else by the service. */
static void
test_notices (void)
{
  g_auto (KeelSessionConfig) config = { 0 };

  keel_session_config_init (&config);
  merge (&config, "{'events': <false>}");
  g_assert_true (keel_session_config_has_notices (&config));
  merge (&config, "{'notify': <false>}");
  g_assert_false (keel_session_config_has_notices (&config));
  merge (&config, "{'events': <true>, 'notify': <true>}");
  g_assert_true (keel_session_config_has_notices (&config));
}

/* A mistake in one key changes nothing. */
static void
test_refused (void)
{
  static const char *const mistakes[] = {
    "{'events': <1>}",
    "{'network': <'wifi'>}",
    "{'network': <'default'>}",
    "{'power': <'default'>}",
    "{'power': <true>}",
    "{'not-before': <int64 -1>}",
    "{'not-before': <uint64 1>}",
    "{'max-parallel': <3>}",
    "{'max-rate': <uint32 3>}",
    "{'max-rate': <uint64 18446744073709551615>}",
    "{'headers': <{'A': 'b'}>}",
    "{'headers': <[('Host', 'b')]>}",
    "{'headers': <[('A', 'b\\nRange: bytes=0-')]>}",
    "{'user-agent': <'a\\r\\nHost: b'>}",
    "{'timeout-resource': <int64 -1>}",
    "{'timeout-resource': <int64 9223372036854775807>}",
  };
  g_autofree char *before = NULL;
  g_auto (KeelSessionConfig) config = { 0 };
  g_autofree char *long_title = g_strnfill (1025, 'x');
  g_autofree char *long_text = g_strdup_printf ("{'title': <'%s'>}", long_title);

  keel_session_config_init (&config);
  merge (&config, "{'max-per-host': <uint32 2>, 'user-agent': <'Foo/1'>}");
  before = keel_session_config_print (&config);
  for (gsize i = 0; i <= G_N_ELEMENTS (mistakes); i++)
    {
      g_autoptr (GVariant) changes = parse (i < G_N_ELEMENTS (mistakes) ? mistakes[i] : long_text);
      g_autoptr (GVariantDict) dict = g_variant_dict_new (changes);
      g_autoptr (GVariant) more = NULL;
      g_autofree char *after = NULL;
      g_autoptr (GError) error = NULL;

      g_variant_dict_insert (dict, "max-per-host", "u", 3);
      g_variant_dict_insert (dict, "discretionary", "b", TRUE);
      more = g_variant_ref_sink (g_variant_dict_end (dict));
      g_assert_false (keel_session_config_merge (&config, more, &error));
      g_assert_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT);
      after = keel_session_config_print (&config);
      g_assert_cmpstr (after, ==, before);
    }
}

/* Every key comes back from the database, and nothing that nobody said. */
static void
test_round_trip (void)
{
  static const char everything[] =
    "{'events': <false>, 'launch-events': <false>, 'notify': <false>, 'title': <'Föö'>,"
    " 'network': <'unmetered'>, 'power': <'ac'>, 'discretionary': <true>,"
    " 'not-before': <int64 5>, 'max-parallel': <uint32 1>, 'max-per-host': <uint32 2>,"
    " 'max-rate': <uint64 3>, 'headers': <[('A', 'b: c')]>, 'user-agent': <'Foo/1'>,"
    " 'timeout-resource': <int64 4>}";
  g_auto (KeelSessionConfig) config = { 0 };
  g_auto (KeelSessionConfig) again = { 0 };
  g_auto (KeelSessionConfig) copy = { 0 };
  g_autofree char *text = NULL;
  g_autofree char *copied = NULL;

  keel_session_config_init (&config);
  merge (&config, everything);
  text = keel_session_config_print (&config);
  g_assert_cmpstr (text, ==, everything);
  keel_session_config_parse (&again, text);
  keel_session_config_copy (&copy, &again);
  copied = keel_session_config_print (&copy);
  g_assert_cmpstr (copied, ==, everything);
  g_assert_false (copy.events);
  g_assert_true (copy.discretionary);
  g_assert_cmpint (copy.timeout_seconds, ==, 4);
}

/* Of what was altered on the disk, what makes sense. */
static void
test_damaged (void)
{
  g_auto (KeelSessionConfig) config = { 0 };
  g_auto (KeelSessionConfig) nothing = { 0 };

  keel_session_config_parse (&config,
                             "{'network': <'x'>, 'events': <2>, 'max-parallel': <uint32 4>,"
                             " 'headers': <[('Host', 'x')]>}");
  g_assert_true (config.events);
  g_assert_cmpint (config.network, ==, KEEL_NETWORK_USE_ANY);
  g_assert_cmpuint (config.max_parallel, ==, 4);
  g_assert_cmpstr (config.headers, ==, NULL);
  keel_session_config_parse (&nothing, "{'network': <");
  g_assert_cmpuint (nothing.given, ==, 0);
  g_assert_true (nothing.events);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-config/defaults", test_defaults);
  g_test_add_func ("/session-config/merge", test_merge);
  g_test_add_func ("/session-config/notices", test_notices);
  g_test_add_func ("/session-config/refused", test_refused);
  g_test_add_func ("/session-config/round-trip", test_round_trip);
  g_test_add_func ("/session-config/damaged", test_damaged);
  return g_test_run ();
}
