/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-hosts.h"

/* What is known of servers: who may connect, what is remembered, and for how long. */

#define SECOND ((gint64) G_USEC_PER_SEC)

typedef struct {
  KeelClock *clock;
  KeelHosts *hosts;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->clock = keel_clock_new_fake (SECOND);
  fixture->hosts = keel_hosts_new (fixture->clock);
  keel_hosts_set_most (fixture->hosts, 2, 3);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  keel_hosts_free (fixture->hosts);
  keel_clock_free (fixture->clock);
}

static void
test_connections (Fixture       *fixture,
                  gconstpointer  data)
{
  KeelHost *one = keel_hosts_open (fixture->hosts, "one:80");
  KeelHost *two = keel_hosts_open (fixture->hosts, "two:80");

  g_assert_true (keel_hosts_open (fixture->hosts, "one:80") == one);
  keel_host_connect_first (one);
  g_assert_true (keel_host_connect (one, 0));
  g_assert_false (keel_host_connect (one, 0));
  /* Who was allowed more may have more, but not more than there may be in all. */
  g_assert_true (keel_host_connect (one, 8));
  g_assert_false (keel_host_connect (one, 8));
  g_assert_false (keel_host_connect (two, 0));
  keel_host_connect_first (two);
  keel_host_disconnect (one);
  keel_host_disconnect (one);
  g_assert_true (keel_host_connect (two, 0));
  for (guint i = 0; i < 2; i++)
    keel_host_disconnect (two);
  keel_host_disconnect (one);
  keel_host_close (one);
  keel_host_close (one);
  keel_host_close (two);
}

static void
test_memory (Fixture       *fixture,
             gconstpointer  data)
{
  KeelHost *host = keel_hosts_open (fixture->hosts, "one:80");

  keel_host_refused (host, 1);
  keel_host_remember (host, 4);
  keel_host_close (host);
  host = keel_hosts_open (fixture->hosts, "one:80");
  g_assert_cmpuint (keel_host_get_ceiling (host), ==, 1);
  g_assert_cmpuint (keel_host_get_remembered (host), ==, 4);
  keel_host_connect_first (host);
  g_assert_false (keel_host_connect (host, 8));
  keel_clock_advance (fixture->clock, 601 * SECOND);
  g_assert_cmpuint (keel_host_get_ceiling (host), ==, 0);
  g_assert_cmpuint (keel_host_get_remembered (host), ==, 4);
  g_assert_true (keel_host_connect (host, 8));
  keel_clock_advance (fixture->clock, 3600 * SECOND);
  g_assert_cmpuint (keel_host_get_remembered (host), ==, 0);
  keel_host_disconnect (host);
  keel_host_disconnect (host);
  keel_host_close (host);
}

/* Each server has a limiter of its own, and all have the same limit. */
static void
test_rate (Fixture       *fixture,
           gconstpointer  data)
{
  KeelHost *one = keel_hosts_open (fixture->hosts, "one:80");
  KeelHost *two;

  g_assert_cmpuint (keel_rate_limiter_get_rate (keel_host_get_limiter (one)), ==, 0);
  keel_hosts_set_max_rate (fixture->hosts, 5000);
  two = keel_hosts_open (fixture->hosts, "two:80");
  g_assert_true (keel_host_get_limiter (one) != keel_host_get_limiter (two));
  g_assert_cmpuint (keel_rate_limiter_get_rate (keel_host_get_limiter (one)), ==, 5000);
  g_assert_cmpuint (keel_rate_limiter_get_rate (keel_host_get_limiter (two)), ==, 5000);
  g_assert_cmpuint (keel_hosts_get_max_rate (fixture->hosts), ==, 5000);
  keel_host_close (one);
  keel_host_close (two);
}

#define ADD(name, func) g_test_add ("/hosts/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("connections", test_connections);
  ADD ("memory", test_memory);
  ADD ("rate", test_rate);
  return g_test_run ();
}
