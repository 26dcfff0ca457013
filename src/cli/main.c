/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-config.h"
#include "keel-options.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* keel VERB ...: finds the verb and lets it run. */

static const KeelVerbInfo *const verbs[] = {
  &keel_verb_add,    &keel_verb_list,   &keel_verb_show,   &keel_verb_watch,  &keel_verb_pause,
  &keel_verb_resume, &keel_verb_retry,  &keel_verb_cancel, &keel_verb_remove, &keel_verb_set,
  &keel_verb_limit,  &keel_verb_status, &keel_verb_quit,
};

static void
print_usage (FILE *stream)
{
  g_autoptr (GString) text = g_string_new (NULL);

  /* Translators: VERB stands for one of the commands in the list below. */
  g_string_append (text, _("Usage: keel VERB [OPTION…] [ARGUMENT…]"));
  g_string_append (text, "\n\n");
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_string_append_printf (text, "  %-8s  %s\n", verbs[i]->name, _(verbs[i]->summary));
  g_string_append (text, "\n");
  g_string_append (text, _("“keel VERB --help” shows what is possible with each."));
  g_string_append (text, "\n");
  if (stream == stdout)
    g_print ("%s", text->str);
  else
    g_printerr ("%s", text->str);
}

static const KeelVerbInfo *
find_verb (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (verbs[i]->name, name))
      return verbs[i];
  return NULL;
}

static KeelExit
run (char **argv)
{
  const char *word = argv[0] != NULL ? argv[1] : NULL;
  const KeelVerbInfo *verb;

  if (word == NULL)
    {
      print_usage (stderr);
      return KEEL_EXIT_USAGE;
    }
  if (g_str_equal (word, "--help") || g_str_equal (word, "-h"))
    {
      print_usage (stdout);
      return KEEL_EXIT_DONE;
    }
  if (g_str_equal (word, "--version"))
    {
      g_print ("keel %s\n", KEEL_VERSION);
      return KEEL_EXIT_DONE;
    }

  verb = find_verb (word);
  if (verb == NULL)
    {
      keel_complain (_("There is no command “%s”; “keel --help” shows them all"), word);
      return KEEL_EXIT_USAGE;
    }
  return verb->run (argv + 1);
}

/* Until a verb has something to put in order first. */
static void
interrupted (int number)
{
  _exit (KEEL_EXIT_INTERRUPTED);
}

int
main (int    argc,
      char **argv)
{
  struct sigaction action = { .sa_handler = interrupted };
  KeelExit status;

  setlocale (LC_ALL, "");
  bindtextdomain (KEEL_GETTEXT_DOMAIN, KEEL_LOCALEDIR);
  bind_textdomain_codeset (KEEL_GETTEXT_DOMAIN, "UTF-8");
  textdomain (KEEL_GETTEXT_DOMAIN);
  sigaction (SIGINT, &action, NULL);

  status = run (argv);
  if (fflush (stdout) != 0 || ferror (stdout))
    {
      keel_complain (_("The output could not be written"));
      return status == KEEL_EXIT_DONE ? KEEL_EXIT_FAILED : status;
    }
  return (int) status;
}
