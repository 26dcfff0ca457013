/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-await.h"
#include "keel-options.h"

#include <glib/gi18n.h>

/* keel quit: every transfer safely on disk, then the service leaves. One that is not running is
 * not started for that. */

static KeelExit
quit (char **argv)
{
  g_auto (GStrv) rest = NULL;
  GOptionEntry entries[] = { { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL,
                               NULL },
                             { NULL } };
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  KeelExit exit;

  if (!keel_options_parse (&keel_verb_quit, entries, argv, &exit))
    return exit;
  if (rest != NULL)
    return keel_options_refuse (&keel_verb_quit, _("This command takes no arguments"));

  manager = keel_await_manager (KEEL_MANAGER_NO_TASKS, &error);
  if (manager == NULL || !keel_await_quit (manager, &error))
    return keel_exit_for_error (error);
  return KEEL_EXIT_DONE;
}

const KeelVerbInfo keel_verb_quit = {
  "quit",
  NULL,
  N_("Put everything safely on disk and stop the service"),
  quit,
};
