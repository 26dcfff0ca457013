/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-argument.h"
#include "keel-await.h"
#include "keel-options.h"

#include <glib/gi18n.h>

/* keel limit: the limit for all transfers together. What it prints is what it takes. */

static KeelExit
print_limit (KeelManager *manager)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) status = keel_await_status (manager, &error);
  g_autofree char *text = NULL;
  guint64 max_rate = 0;

  if (status == NULL)
    return keel_exit_for_error (error);
  g_variant_lookup (status, "max-rate", "t", &max_rate);
  text = keel_argument_format_rate (max_rate);
  g_print ("%s\n", text);
  return KEEL_EXIT_DONE;
}

static KeelExit
set_limit (KeelManager *manager,
           guint64      max_rate)
{
  g_autoptr (GError) error = NULL;
  GVariantDict limits;

  g_variant_dict_init (&limits, NULL);
  g_variant_dict_insert (&limits, "max-rate", "t", max_rate);
  if (!keel_await_limits (manager, g_variant_dict_end (&limits), &error))
    return keel_exit_for_error (error);
  return KEEL_EXIT_DONE;
}

static KeelExit
limit (char **argv)
{
  g_auto (GStrv) rest = NULL;
  GOptionEntry entries[] = { { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL,
                               NULL },
                             { NULL } };
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  guint64 max_rate = 0;
  KeelExit exit;

  if (!keel_options_parse (&keel_verb_limit, entries, argv, &exit))
    return exit;
  if (rest != NULL && (g_strv_length (rest) > 1 || !keel_argument_parse_rate (rest[0], &max_rate)))
    return keel_options_refuse (&keel_verb_limit,
                                _("The limit is not a rate like 500k or 2M, or “off”"));

  manager = keel_await_manager (KEEL_MANAGER_NO_TASKS, &error);
  if (manager == NULL)
    return keel_exit_for_error (error);
  return rest == NULL ? print_limit (manager) : set_limit (manager, max_rate);
}

const KeelVerbInfo keel_verb_limit = {
  "limit",
  "[RATE | off]",
  N_("Show or set the limit for all transfers together"),
  limit,
};
