/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-argument.h"
#include "keel-await.h"
#include "keel-follow.h"
#include "keel-options.h"
#include "keel-phrase.h"
#include "keel-task-json.h"
#include "keel-text.h"

#include <glib/gi18n.h>
#include <stdio.h>

/* keel list: the tasks as they are now, one a line, or one JSON array. With --no-start it never
 * starts the service, for what asks often and on its own: the completion of shells, panels. */

typedef struct {
  char *state_word;
  char *session;
  gboolean all_apps;
  gboolean no_start;
  gboolean json;
  char **rest;

  int state; /* of state_word, or -1 */
} Options;

static void
options_clear (Options *self)
{
  g_free (self->state_word);
  g_free (self->session);
  g_strfreev (self->rest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
is_wanted (const Options *options,
           KeelTask      *task)
{
  if (options->state >= 0 && (int) keel_task_get_state (task) != options->state)
    return FALSE;
  if (options->session != NULL && g_strcmp0 (options->session, keel_task_get_session (task)) != 0)
    return FALSE;
  return options->all_apps || keel_follow_is_own (task);
}

static GPtrArray *
select_tasks (const Options *options,
              KeelManager   *manager)
{
  GPtrArray *tasks = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (manager)); i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (manager), i);

      if (is_wanted (options, task))
        g_ptr_array_add (tasks, g_steal_pointer (&task));
    }
  return tasks;
}

static void
print_json (GPtrArray *tasks)
{
  KeelJson json;
  g_autofree char *text = NULL;

  keel_json_init (&json);
  keel_json_open_array (&json, NULL);
  for (guint i = 0; i < tasks->len; i++)
    keel_task_json_add (&json, g_ptr_array_index (tasks, i));
  keel_json_close_array (&json);
  text = keel_json_end (&json);
  fputs (text, stdout);
  fputc ('\n', stdout);
}

static char *
phrase_for_percent (KeelTask *task)
{
  if (keel_task_get_total (task) <= 0 && keel_task_get_state (task) != KEEL_TASK_STATE_FINISHED)
    return g_strdup ("");
  return g_strdup_printf ("%d%%", (int) (keel_task_get_fraction (task) * 100));
}

static void
print_lines (GPtrArray *tasks)
{
  g_autoptr (GPtrArray) phrases = g_ptr_array_new_with_free_func (g_free);
  guint id_columns = 0;
  guint phrase_columns = 0;

  for (guint i = 0; i < tasks->len; i++)
    {
      KeelTask *task = g_ptr_array_index (tasks, i);
      g_autofree char *id = g_strdup_printf ("%" G_GUINT64_FORMAT, keel_task_get_id (task));

      g_ptr_array_add (phrases, keel_phrase_for_task (task));
      id_columns = MAX (id_columns, keel_text_get_width (id));
      phrase_columns = MAX (phrase_columns, keel_text_get_width (g_ptr_array_index (phrases, i)));
    }

  for (guint i = 0; i < tasks->len; i++)
    {
      KeelTask *task = g_ptr_array_index (tasks, i);
      g_autofree char *phrase = keel_text_pad (g_ptr_array_index (phrases, i), phrase_columns);
      g_autofree char *percent = phrase_for_percent (task);
      g_autofree char *name = keel_phrase_dup_name (task);

      g_print ("%*" G_GUINT64_FORMAT "  %4s  %s  %s\n", (int) id_columns, keel_task_get_id (task),
               percent, phrase, name);
    }
}

static gboolean
parse_options (Options   *self,
               char     **argv,
               KeelExit  *out_exit)
{
  GOptionEntry entries[] = {
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &self->state_word, N_("Only tasks in this state"),
      "STATE" },
    { "session", 0, 0, G_OPTION_ARG_FILENAME, &self->session, N_("Only tasks of this session"),
      "ID" },
    { "all-apps", 0, 0, G_OPTION_ARG_NONE, &self->all_apps,
      N_("Also the tasks of other applications"), NULL },
    { "no-start", 0, 0, G_OPTION_ARG_NONE, &self->no_start,
      N_("Print nothing if the service is not running"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_("Machine-readable output"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->rest, NULL, NULL },
    { NULL }
  };

  self->state = -1;
  if (!keel_options_parse (&keel_verb_list, entries, argv, out_exit))
    return FALSE;
  if (self->rest != NULL)
    {
      *out_exit = keel_options_refuse (&keel_verb_list, _("This command takes no arguments"));
      return FALSE;
    }
  if (self->state_word != NULL &&
      !keel_argument_parse_word (KEEL_TYPE_TASK_STATE, self->state_word, &self->state))
    {
      g_autofree char *words = keel_argument_list_words (KEEL_TYPE_TASK_STATE);

      /* Translators: what the user typed, and the words that are possible. */
      keel_complain (_("There is no state “%s”; the states are: %s"), self->state_word, words);
      *out_exit = KEEL_EXIT_USAGE;
      return FALSE;
    }
  return TRUE;
}

static KeelExit
list (char **argv)
{
  g_auto (Options) options = { 0 };
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error = NULL;
  KeelExit exit;

  if (!parse_options (&options, argv, &exit))
    return exit;
  if (options.no_start && !keel_await_is_running (&error))
    tasks = g_ptr_array_new ();
  else
    {
      manager = keel_await_manager (KEEL_MANAGER_SNAPSHOT, &error);
      if (manager != NULL)
        tasks = select_tasks (&options, manager);
    }
  if (error != NULL)
    return keel_exit_for_error (error);

  if (options.json)
    print_json (tasks);
  else
    print_lines (tasks);
  return KEEL_EXIT_DONE;
}

const KeelVerbInfo keel_verb_list = {
  "list",
  NULL,
  N_("List transfers"),
  list,
};
