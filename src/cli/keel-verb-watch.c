/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-argument.h"
#include "keel-await.h"
#include "keel-follow.h"
#include "keel-options.h"

#include <glib/gi18n.h>

/* keel watch: live progress of some tasks until all of them have ended; without numbers, of all
 * of the caller's own that have not ended, also those that are added meanwhile. */

static KeelExit
watch_tasks (GArray   *ids,
             gboolean  json)
{
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  KeelFollow follow;

  manager = keel_await_manager (json ? KEEL_MANAGER_LIVE : KEEL_MANAGER_LIVE | KEEL_MANAGER_BRIEF,
                                &error);
  if (manager == NULL)
    return keel_exit_for_error (error);

  for (guint i = 0; i < ids->len; i++)
    if (keel_manager_get_task (manager, g_array_index (ids, guint64, i)) == NULL)
      return keel_exit_for_unknown_task (g_array_index (ids, guint64, i));

  follow = (KeelFollow) {
    .manager = manager,
    .ids = (const guint64 *) (void *) ids->data,
    .n_ids = ids->len,
    .view = keel_view_choose (json),
  };
  return keel_follow_run (&follow);
}

static KeelExit
watch (char **argv)
{
  g_auto (GStrv) rest = NULL;
  g_autoptr (GArray) ids = NULL;
  gboolean json = FALSE;
  GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_("One JSON object a line"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, NULL },
    { NULL }
  };
  KeelExit exit;

  if (!keel_options_parse (&keel_verb_watch, entries, argv, &exit))
    return exit;
  if (!keel_argument_parse_ids (rest, &ids))
    return KEEL_EXIT_USAGE;
  return watch_tasks (ids, json);
}

const KeelVerbInfo keel_verb_watch = {
  "watch",
  "[ID…]",
  N_("Show the progress of transfers until they have ended"),
  watch,
};
