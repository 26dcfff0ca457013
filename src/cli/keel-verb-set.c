/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-add-input.h"
#include "keel-argument.h"
#include "keel-await.h"
#include "keel-options.h"

#include <glib/gi18n.h>

/* keel set: changes a task that is there. */

typedef struct {
  char *url;
  char *dir;
  char *limit;
  char *connections;
  char *priority_word;
  gboolean first;
  gboolean last;
  char **rest;

  guint64 id;
  GFile *directory; /* (owned) (nullable) */
  guint64 max_rate;
  guint max_connections;
  int priority;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->url);
  g_free (self->dir);
  g_free (self->limit);
  g_free (self->connections);
  g_free (self->priority_word);
  g_strfreev (self->rest);
  g_clear_object (&self->directory);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char *
find_mistake (Options *self)
{
  if (self->rest == NULL || g_strv_length (self->rest) != 1)
    return _("The number of one task is needed");
  if (self->url == NULL && self->dir == NULL && self->limit == NULL && self->connections == NULL &&
      self->priority_word == NULL && !self->first && !self->last)
    return _("Nothing to set was given");
  if (self->first && self->last)
    return _("A transfer cannot be first and last");
  if (self->dir != NULL && !keel_argument_parse_directory (self->dir, &self->directory))
    return _("The folder has no name");
  if (self->limit != NULL && !keel_argument_parse_rate (self->limit, &self->max_rate))
    return _("The limit is not a rate like 500k or 2M, or “off”");
  if (self->connections != NULL &&
      !keel_argument_parse_connections (self->connections, &self->max_connections))
    return _("The connections are a number from 1 to 32, or “auto”");
  if (self->priority_word != NULL &&
      !keel_argument_parse_word (KEEL_TYPE_PRIORITY, self->priority_word, &self->priority))
    return _("The priority is one of low, normal and high");
  return NULL;
}

static gboolean
parse_options (Options   *self,
               char     **argv,
               KeelExit  *out_exit)
{
  GOptionEntry entries[] = {
    { "url", 0, 0, G_OPTION_ARG_FILENAME, &self->url,
      N_("Another link to the same file; what is here is kept"), "URL" },
    { "dir", 0, 0, G_OPTION_ARG_FILENAME, &self->dir,
      N_("Another destination folder; what is here goes along"), "DIR" },
    { "limit", 0, 0, G_OPTION_ARG_FILENAME, &self->limit,
      N_("Bytes per second: 500k, 2M; “off” for no limit"), "RATE" },
    { "connections", 0, 0, G_OPTION_ARG_FILENAME, &self->connections,
      N_("At most N at once, 1 to 32; “auto” for as many as help"), "N" },
    { "priority", 0, 0, G_OPTION_ARG_FILENAME, &self->priority_word,
      N_("Which transfers come first"), "low|normal|high" },
    { "first", 0, 0, G_OPTION_ARG_NONE, &self->first,
      N_("Before all others that wait with the same priority"), NULL },
    { "last", 0, 0, G_OPTION_ARG_NONE, &self->last, N_("Behind them"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->rest, NULL, NULL },
    { NULL }
  };
  g_autoptr (GArray) ids = NULL;
  const char *mistake;

  if (!keel_options_parse (&keel_verb_set, entries, argv, out_exit))
    return FALSE;
  mistake = find_mistake (self);
  if (mistake != NULL)
    {
      *out_exit = keel_options_refuse (&keel_verb_set, mistake);
      return FALSE;
    }
  if ((self->url != NULL && !keel_add_input_check_url (self->url)) ||
      !keel_argument_parse_ids (self->rest, &ids))
    {
      *out_exit = KEEL_EXIT_USAGE;
      return FALSE;
    }
  self->id = g_array_index (ids, guint64, 0);
  return TRUE;
}

static gboolean
change (const Options  *options,
        KeelManager    *manager,
        GError        **error)
{
  g_autoptr (GPtrArray) tasks = keel_await_tasks (manager, &options->id, 1, error);
  KeelTask *task;

  if (tasks == NULL)
    return FALSE;
  task = g_ptr_array_index (tasks, 0);
  if (options->url != NULL && !keel_await_uri (task, options->url, error))
    return FALSE;
  if (options->directory != NULL && !keel_await_directory (task, options->directory, error))
    return FALSE;
  if (options->limit != NULL && !keel_await_max_rate (task, options->max_rate, error))
    return FALSE;
  if (options->connections != NULL &&
      !keel_await_max_connections (task, options->max_connections, error))
    return FALSE;
  if (options->priority_word != NULL &&
      !keel_await_priority (task, (KeelPriority) options->priority, error))
    return FALSE;
  if (options->first || options->last)
    return keel_await_move (task, options->first ? KEEL_POSITION_FIRST : KEEL_POSITION_LAST, error);
  return TRUE;
}

static KeelExit
set (char **argv)
{
  g_auto (Options) options = { 0 };
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  KeelExit exit;

  if (!parse_options (&options, argv, &exit))
    return exit;
  manager = keel_await_manager (KEEL_MANAGER_NO_TASKS, &error);
  if (manager == NULL || !change (&options, manager, &error))
    return keel_exit_for_task_error (options.id, error);
  return KEEL_EXIT_DONE;
}

const KeelVerbInfo keel_verb_set = {
  "set",
  "ID",
  N_("Change a transfer"),
  set,
};
