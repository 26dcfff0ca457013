/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-options.h"

#include "keel-config.h"

#include <glib/gi18n.h>

/* The options of a verb, by GOptionContext, but without its habit of leaving the program by itself
 * when asked for help: nothing but main() exits. Values are taken as bytes (filename arguments
 * throughout), whatever the locale is: addresses and names are the same in each. */

/* Returns whether to go on; if not, out_exit says how the program ends. */
gboolean
keel_options_parse (const KeelVerbInfo  *verb,
                    GOptionEntry        *entries,
                    char               **argv,
                    KeelExit            *out_exit)
{
  g_autoptr (GOptionContext) context = g_option_context_new (verb->parameters);
  g_auto (GStrv) rest = g_strdupv (argv);
  g_autofree char *program = g_strconcat ("keel ", verb->name, NULL);
  g_autofree char *help = NULL;
  g_autoptr (GError) error = NULL;
  gboolean wants_help = FALSE;
  GOptionEntry help_entries[] = { { "help", 'h', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &wants_help,
                                    N_("Show this help"), NULL },
                                  { NULL } };

  g_set_prgname (program);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_translation_domain (context, KEEL_GETTEXT_DOMAIN);
  g_option_context_set_summary (context, verb->summary);
  g_option_context_add_main_entries (context, entries, KEEL_GETTEXT_DOMAIN);
  g_option_context_add_main_entries (context, help_entries, KEEL_GETTEXT_DOMAIN);
  if (!g_option_context_parse_strv (context, &rest, &error))
    {
      *out_exit = keel_options_refuse (verb, error->message);
      return FALSE;
    }
  if (wants_help)
    {
      help = g_option_context_get_help (context, TRUE, NULL);
      g_print ("%s", help);
      *out_exit = KEEL_EXIT_DONE;
      return FALSE;
    }
  return TRUE;
}

/* Says what is wrong with the command line, and where to look. */
KeelExit
keel_options_refuse (const KeelVerbInfo *verb,
                     const char         *message)
{
  keel_complain ("%s", message);
  /* Translators: %s is the name of a command. */
  g_printerr (_("“keel %s --help” shows what is possible."), verb->name);
  g_printerr ("\n");
  return KEEL_EXIT_USAGE;
}
