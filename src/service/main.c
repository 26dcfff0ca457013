/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-caller-proc.h"
#include "keel-config.h"
#include "keel-login.h"
#include "keel-service.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

/* keelboat-service: takes its options, sets up the process, and hands over to KeelService. */

#define DEFAULT_IDLE_SECONDS 10.0
#define MOST_FILES 65536
#define LAST_ERRNO EHWPOISON /* of Linux */
#define LARGE_BLOCK_BYTES (2 * 1024 * 1024)

static double idle_seconds = DEFAULT_IDLE_SECONDS;
static gboolean at_login = FALSE;
static gboolean by_token = FALSE;
static gboolean has_test_clock = FALSE;
static gboolean show_version = FALSE;

static const GOptionEntry entries[] = {
  { "version", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &show_version, "Print the version", NULL },
  { "at-login", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &at_login,
    "Start the service if there are unfinished transfers, and leave", NULL },
  { "idle-timeout", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_DOUBLE, &idle_seconds,
    "Stay so long with nothing to do", "SECONDS" },
  { "test-clock", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &has_test_clock,
    "Let callers move the clock", NULL },
  { "token-mode", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &by_token,
    "Know callers by their tokens, as in a sandbox", NULL },
  G_OPTION_ENTRY_NULL,
};

static gboolean
terminate_cb (gpointer user_data)
{
  keel_service_terminate (user_data);
  return G_SOURCE_CONTINUE;
}

/* Many small files that end together are open together. */
static void
raise_file_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = MIN (limit.rlim_max, MOST_FILES);
  if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
    g_info ("The limit of open files stays as it is: %s", g_strerror (errno));
}

/* What goes wrong is told to programs in one language: messages of tasks are not translated
 * (the application has sentences of its own for people). They come from libc and GLib, so the
 * process speaks none; the words for people, which this thread makes, are in theirs. */
static void
set_up_language (void)
{
  const char *volatile words G_GNUC_UNUSED; /* the compiler thinks nothing would be missed */
  locale_t people;

  setlocale (LC_ALL, "");
  people = newlocale (LC_ALL_MASK, "", NULL);
  setlocale (LC_MESSAGES, "C");
  /* It keeps what it has said once, in whichever language that was. */
  for (int code = 1; code <= LAST_ERRNO; code++)
    words = g_strerror (code);
  if (people != NULL)
    uselocale (people);
  bindtextdomain (KEEL_GETTEXT_DOMAIN, KEEL_LOCALEDIR);
  bind_textdomain_codeset (KEEL_GETTEXT_DOMAIN, "UTF-8");
  textdomain (KEEL_GETTEXT_DOMAIN);
}

static void
set_up_process (void)
{
  /* Before any thread: libsoup reads it at every connect. Its HTTP/2 client hangs and crashes on
   * what we have to expect from servers, and is the slower one. */
  g_setenv ("SOUP_FORCE_HTTP1", "1", TRUE);
  /* Memory that workers free comes back to the system sooner; with fewer, they wait for each other.
   */
  mallopt (M_ARENA_MAX, 4);
  /* A block that is larger than any of our own (somebody sent a huge message) goes back as soon as
   * it is free. By default the first one moves both thresholds, and then the next ones stay. */
  mallopt (M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES);
  mallopt (M_TRIM_THRESHOLD, LARGE_BLOCK_BYTES);
  set_up_language ();
  /* GLib prepares for numbers when it parses the first one. If two threads come to that at once,
   * one of them waits, which leaves errno set, and g_ascii_string_to_unsigned() says that it is
   * none. */
  g_ascii_strtoull ("0", NULL, 10);
  g_set_prgname ("keelboat-service");
  /* A file that is too long for its file system is an error, not the end. */
  signal (SIGXFSZ, SIG_IGN);
  raise_file_limit ();
}

static int
run (KeelService *service)
{
  g_autoptr (GError) error = NULL;
  /* Without one, an application would start all the same, and serve nobody. */
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);

  if (bus == NULL)
    {
      g_printerr ("keelboat-service: There is no session bus: %s\n", error->message);
      return EXIT_FAILURE;
    }
  if (!g_application_register (G_APPLICATION (service), NULL, &error))
    {
      if (keel_service_is_redundant (service))
        return EXIT_SUCCESS;
      g_printerr ("keelboat-service: %s\n", error->message);
      return EXIT_FAILURE;
    }
  if (g_application_get_is_remote (G_APPLICATION (service)))
    return EXIT_SUCCESS;
  return g_application_run (G_APPLICATION (service), 0, NULL);
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autofree char *state_dir = g_build_filename (g_get_user_state_dir (), "keelboat", NULL);
  g_autoptr (KeelClock) clock = NULL;
  g_autoptr (KeelService) service = NULL;
  g_autoptr (GError) error = NULL;
  KeelServiceOptions options;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("keelboat-service: %s\n", error->message);
      return 2;
    }
  if (show_version)
    {
      g_print ("keelboat-service %s\n", KEEL_VERSION);
      return EXIT_SUCCESS;
    }
  if (at_login)
    return keel_login_run (state_dir);
  set_up_process ();
  clock = keel_clock_new (NULL);
  if (clock == NULL)
    return EXIT_FAILURE;
  options = (KeelServiceOptions) {
    .state_dir = state_dir,
    .idle_usec = (gint64) (MAX (idle_seconds, 0) * G_USEC_PER_SEC),
    .has_test_clock = has_test_clock,
    .by_token = by_token || keel_caller_proc_are_we_sandboxed (),
  };
  service = keel_service_new (clock, &options);
  g_unix_signal_add (SIGTERM, terminate_cb, service);
  g_unix_signal_add (SIGINT, terminate_cb, service);
  return run (service);
}
