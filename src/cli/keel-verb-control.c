/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-argument.h"
#include "keel-await.h"
#include "keel-options.h"
#include "keel-phrase.h"

#include <glib/gi18n.h>

/* keel pause, resume, retry, cancel and remove: the same to several tasks, or to all. They differ
 * in one word. */

typedef struct {
  const KeelVerbInfo *info;
  KeelVerb verb;
  gboolean all;
  char **rest;
  GArray *ids; /* (owned) (nullable) */
} Control;

static void
control_clear (Control *self)
{
  g_strfreev (self->rest);
  g_clear_pointer (&self->ids, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Control, control_clear)

static gboolean
parse_options (Control   *self,
               char     **argv,
               KeelExit  *out_exit)
{
  GOptionEntry entries[] = { { "all", 0, 0, G_OPTION_ARG_NONE, &self->all,
                               N_("Every task of the list to which this can be done"), NULL },
                             { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->rest,
                               NULL, NULL },
                             { NULL } };

  if (!keel_options_parse (self->info, entries, argv, out_exit))
    return FALSE;
  if (self->all == (self->rest != NULL))
    {
      *out_exit = keel_options_refuse (self->info, _("Either the numbers of tasks, or --all"));
      return FALSE;
    }
  if (!keel_argument_parse_ids (self->rest, &self->ids))
    {
      *out_exit = KEEL_EXIT_USAGE;
      return FALSE;
    }
  return TRUE;
}

/* The state is a word of the bus; a newer service may have others. */
static void
complain_of_refused (GVariant *refused)
{
  GVariantIter iter;
  const char *word;
  guint64 id;

  g_variant_iter_init (&iter, refused);
  while (g_variant_iter_next (&iter, "(t&s)", &id, &word))
    {
      g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, id);
      int state;

      if (keel_argument_parse_word (KEEL_TYPE_TASK_STATE, word, &state))
        word = keel_phrase_for_state ((KeelTaskState) state);
      /* Translators: the number of a task, and its state: "Task 17: not possible now (Finished)".
       */
      keel_complain (_("Task %s: not possible now (%s)"), number, word);
    }
}

static KeelExit
control (const KeelVerbInfo  *info,
         KeelVerb             verb,
         char               **argv)
{
  g_auto (Control) self = { .info = info, .verb = verb };
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GVariant) refused = NULL;
  g_autoptr (GError) error = NULL;
  KeelExit exit;

  if (!parse_options (&self, argv, &exit))
    return exit;

  manager = keel_await_manager (KEEL_MANAGER_NO_TASKS, &error);
  if (manager != NULL)
    refused = keel_await_control (manager, verb, (const guint64 *) (void *) self.ids->data,
                                  self.ids->len, self.all, &error);
  if (refused == NULL)
    return self.ids->len == 1 ?
             keel_exit_for_task_error (g_array_index (self.ids, guint64, 0), error) :
             keel_exit_for_error (error);

  complain_of_refused (refused);
  return g_variant_n_children (refused) == 0 ? KEEL_EXIT_DONE : KEEL_EXIT_FAILED;
}

static KeelExit
pause_tasks (char **argv)
{
  return control (&keel_verb_pause, KEEL_VERB_PAUSE, argv);
}

static KeelExit
resume_tasks (char **argv)
{
  return control (&keel_verb_resume, KEEL_VERB_RESUME, argv);
}

static KeelExit
retry_tasks (char **argv)
{
  return control (&keel_verb_retry, KEEL_VERB_RETRY, argv);
}

static KeelExit
cancel_tasks (char **argv)
{
  return control (&keel_verb_cancel, KEEL_VERB_CANCEL, argv);
}

static KeelExit
remove_tasks (char **argv)
{
  return control (&keel_verb_remove, KEEL_VERB_REMOVE, argv);
}

const KeelVerbInfo keel_verb_pause = {
  "pause",
  "ID… | --all",
  N_("Stop transfers; they can go on later"),
  pause_tasks,
};

const KeelVerbInfo keel_verb_resume = {
  "resume",
  "ID… | --all",
  N_("Let paused transfers go on"),
  resume_tasks,
};

const KeelVerbInfo keel_verb_retry = {
  "retry",
  "ID… | --all",
  N_("Try transfers again now"),
  retry_tasks,
};

const KeelVerbInfo keel_verb_cancel = {
  "cancel",
  "ID… | --all",
  N_("Give transfers up: the partial data goes, the row stays"),
  cancel_tasks,
};

const KeelVerbInfo keel_verb_remove = {
  "remove",
  "ID… | --all",
  N_("Take transfers out of the list; a finished file stays"),
  remove_tasks,
};
