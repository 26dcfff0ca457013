/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-argument.h"
#include "keel-await.h"
#include "keel-options.h"
#include "keel-phrase.h"
#include "keel-task-json.h"
#include "keel-text.h"

#include <glib/gi18n.h>

/* keel show: everything about one task. */

static void
print_fact (const char *label,
            const char *value)
{
  g_autofree char *padded = keel_text_pad (label, 14);
  g_autofree char *safe = NULL;

  if (value == NULL || *value == '\0')
    return;
  safe = keel_text_make_safe (value);
  g_print ("%s  %s\n", padded, safe);
}

static void
print_time (const char *label,
            GDateTime  *time)
{
  g_autofree char *text = time != NULL ? keel_phrase_for_time (time) : NULL;

  print_fact (label, text);
}

static void
print_checksum (KeelTask *task)
{
  const char *algorithm = keel_task_get_checksum_algorithm (task);
  const char *expected = keel_task_get_checksum_expected (task);
  const char *actual = keel_task_get_checksum_actual (task);
  const char *verdict = _("Checked when complete");
  g_autofree char *text = NULL;

  if (algorithm == NULL)
    return;
  if (actual != NULL && expected != NULL)
    verdict = keel_task_get_checksum_ok (task) ? _("Matches") : _("Does not match");
  text = g_strdup_printf ("%s:%s (%s)", algorithm, expected != NULL ? expected : actual,
                          expected != NULL ? verdict : "-");
  print_fact (_("Checksum"), text);
}

/* How many there are, and how many there may be. */
static void
print_connections (KeelTask *task)
{
  const guint now = keel_task_get_connections (task);
  const guint most = keel_task_get_max_connections (task);
  g_autofree char *text = NULL;

  if (most > 0)
    /* Translators: how many connections there are, and how many there may be: "2 of at most 4". */
    text = g_strdup_printf (_("%u of at most %u"), now, most);
  else if (now > 0)
    text = g_strdup_printf ("%u", now);
  print_fact (_("Connections"), text);
}

static void
print_mirrors (KeelTask *task)
{
  const char *const *mirrors = keel_task_get_mirrors (task);

  for (guint i = 0; mirrors != NULL && mirrors[i] != NULL; i++)
    print_fact (i == 0 ? _("Mirrors") : "", mirrors[i]);
}

static void
print_task (KeelTask *task)
{
  g_autofree char *id = g_strdup_printf ("%" G_GUINT64_FORMAT, keel_task_get_id (task));
  g_autofree char *name = keel_phrase_dup_name (task);
  g_autofree char *phrase = keel_phrase_for_task (task);
  g_autofree char *amount = keel_phrase_for_amount (task);
  g_autofree char *rate = NULL;
  g_autofree char *limit = NULL;
  g_autofree char *eta = NULL;
  GFile *file = keel_task_get_file (task);

  print_fact (_("Number"), id);
  print_fact (_("Name"), name);
  print_fact (_("State"), phrase);
  if (keel_task_get_state (task) == KEEL_TASK_STATE_FAILED && keel_task_get_error (task) != NULL)
    {
      print_fact (_("Error"), keel_task_get_error (task)->message);
      print_fact (_("Server said"), keel_task_get_error_details (task));
    }
  print_fact (_("Progress"), amount);
  if (keel_task_get_state (task) == KEEL_TASK_STATE_RUNNING)
    {
      rate = keel_phrase_for_rate (keel_task_get_rate (task));
      print_fact (_("Speed"), rate);
    }
  if (keel_task_get_eta (task) >= 0)
    eta = keel_phrase_for_eta (keel_task_get_eta (task));
  print_fact (_("Time left"), eta);
  if (keel_task_get_max_rate (task) > 0)
    limit = keel_phrase_for_rate (keel_task_get_max_rate (task));
  print_fact (_("Speed limit"), limit);
  print_connections (task);
  print_fact (_("File"), file != NULL ? g_file_peek_path (file) : NULL);
  print_fact (_("Address"), keel_task_get_uri (task));
  if (g_strcmp0 (keel_task_get_uri (task), keel_task_get_effective_uri (task)) != 0)
    print_fact (_("Served from"), keel_task_get_effective_uri (task));
  print_mirrors (task);
  print_fact (_("User"), keel_task_get_user (task));
  print_checksum (task);
  print_fact (_("Type"), keel_task_get_mime_type (task));
  print_fact (_("Session"), keel_task_get_session (task));
  print_fact (_("Application"), keel_task_get_app (task));
  print_time (_("Added"), keel_task_get_created (task));
  print_time (_("Ended"), keel_task_get_finished (task));
}

/* The one id that the command line names. */
static gboolean
parse_id (char     **texts,
          guint64   *out_id,
          KeelExit  *out_exit)
{
  g_autoptr (GArray) ids = NULL;

  if (texts == NULL || g_strv_length (texts) != 1)
    {
      *out_exit = keel_options_refuse (&keel_verb_show, _("The number of one task is needed"));
      return FALSE;
    }
  if (!keel_argument_parse_ids (texts, &ids))
    {
      *out_exit = KEEL_EXIT_USAGE;
      return FALSE;
    }
  *out_id = g_array_index (ids, guint64, 0);
  return TRUE;
}

static KeelExit
show (char **argv)
{
  g_auto (GStrv) rest = NULL;
  gboolean json = FALSE;
  GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_("Machine-readable output"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, NULL },
    { NULL }
  };
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error = NULL;
  KeelExit exit;
  guint64 id;

  if (!keel_options_parse (&keel_verb_show, entries, argv, &exit) || !parse_id (rest, &id, &exit))
    return exit;

  manager = keel_await_manager (KEEL_MANAGER_NO_TASKS, &error);
  if (manager != NULL)
    tasks = keel_await_tasks (manager, &id, 1, &error);
  if (tasks == NULL)
    return keel_exit_for_task_error (id, error);

  if (json)
    keel_task_json_print (g_ptr_array_index (tasks, 0));
  else
    print_task (g_ptr_array_index (tasks, 0));
  return KEEL_EXIT_DONE;
}

const KeelVerbInfo keel_verb_show = {
  "show",
  "ID",
  N_("Show everything about a transfer"),
  show,
};
