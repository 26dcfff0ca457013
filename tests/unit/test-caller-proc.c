/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-caller-proc.h"

#include "keel-task-error.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What sandboxes look like from outside is in tests/service/test-callers.py. */

static gint64
now_usec (void)
{
  struct timespec now;

  g_assert_cmpint (clock_gettime (CLOCK_BOOTTIME, &now), ==, 0);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
assert_refused (guint32 pid,
                gint64  seen_usec)
{
  g_auto (KeelProcess) process = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (keel_caller_proc_read (pid, seen_usec, &process, &error));
  g_assert_error (error, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED);
  g_assert_null (process.sandbox.app);
  g_assert_null (process.unit_app);
}

/* This program is one of the host's, unless the tests themselves are run in a sandbox. */
static void
test_ourselves (void)
{
  g_auto (KeelProcess) process = { 0 };
  g_autoptr (GError) error = NULL;

  if (keel_caller_proc_are_we_sandboxed ())
    {
      g_test_skip ("these tests are in a Flatpak");
      return;
    }
  g_assert_true (keel_caller_proc_read ((guint32) getpid (), now_usec (), &process, &error));
  g_assert_no_error (error);
  g_assert_false (process.is_sandboxed);
}

/* Who began after the call came has only got the number of who made it. */
static void
test_began_later (void)
{
  assert_refused ((guint32) getpid (), 0);
}

static void
test_gone (void)
{
  pid_t pid = fork ();

  if (pid == 0)
    _exit (0);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  assert_refused ((guint32) pid, now_usec ());
  assert_refused (0, now_usec ());
  assert_refused (G_MAXUINT32, now_usec ());
}

/* It has no root, no program and no namespaces any more. */
static void
test_dead (void)
{
  pid_t pid = fork ();
  siginfo_t about;

  if (pid == 0)
    _exit (0);
  g_assert_cmpint (waitid (P_PID, (id_t) pid, &about, WEXITED | WNOWAIT), ==, 0);
  assert_refused ((guint32) pid, now_usec ());
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/caller-proc/ourselves", test_ourselves);
  g_test_add_func ("/caller-proc/began-later", test_began_later);
  g_test_add_func ("/caller-proc/gone", test_gone);
  g_test_add_func ("/caller-proc/dead", test_dead);
  return g_test_run ();
}
