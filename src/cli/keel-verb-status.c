/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-argument.h"
#include "keel-await.h"
#include "keel-json.h"
#include "keel-options.h"
#include "keel-phrase.h"
#include "keel-text.h"

#include <glib/gi18n.h>
#include <stdio.h>

/* keel status: how the service is doing. */

/* Of a dictionary a{st} in the status; 0 for a word that is not there. */
static guint64
get_count (GVariant   *status,
           const char *key,
           const char *word)
{
  g_autoptr (GVariant) counts = NULL;
  guint64 count = 0;

  counts = g_variant_lookup_value (status, key, G_VARIANT_TYPE ("a{st}"));
  if (counts != NULL)
    g_variant_lookup (counts, word, "t", &count);
  return count;
}

/* Every word is there, also those without a task; those of a newer service come behind. */
static void
add_counts (KeelJson   *json,
            const char *json_key,
            GVariant   *status,
            const char *key,
            GType       type)
{
  g_autoptr (GEnumClass) words = g_type_class_ref (type);
  g_autoptr (GVariant) counts = NULL;
  GVariantIter iter;
  const char *word;
  guint64 count;

  keel_json_open_object (json, json_key);
  for (guint i = 0; i < words->n_values; i++)
    if (!g_str_equal (words->values[i].value_nick, "none"))
      keel_json_add_unsigned (json, words->values[i].value_nick,
                              get_count (status, key, words->values[i].value_nick));

  counts = g_variant_lookup_value (status, key, G_VARIANT_TYPE ("a{st}"));
  if (counts != NULL)
    {
      g_variant_iter_init (&iter, counts);
      while (g_variant_iter_next (&iter, "{&st}", &word, &count))
        if (g_enum_get_value_by_nick (words, word) == NULL)
          keel_json_add_unsigned (json, word, count);
    }
  keel_json_close_object (json);
}

static void
print_json (GVariant *status)
{
  KeelJson json;
  g_autofree char *text = NULL;
  const char *version = NULL;
  guint32 pid = 0;
  guint64 rate = 0;
  guint64 max_rate = 0;

  g_variant_lookup (status, "version", "&s", &version);
  g_variant_lookup (status, "pid", "u", &pid);
  g_variant_lookup (status, "rate", "t", &rate);
  g_variant_lookup (status, "max-rate", "t", &max_rate);

  keel_json_init (&json);
  keel_json_open_object (&json, NULL);
  keel_json_add_string (&json, "version", version);
  if (pid != 0)
    keel_json_add_unsigned (&json, "pid", pid);
  else
    keel_json_add_null (&json, "pid");
  add_counts (&json, "tasks", status, "states", KEEL_TYPE_TASK_STATE);
  add_counts (&json, "waiting", status, "waiting", KEEL_TYPE_WAIT_REASON);
  keel_json_add_unsigned (&json, "rate", rate);
  if (max_rate > 0)
    keel_json_add_unsigned (&json, "limit", max_rate);
  else
    keel_json_add_null (&json, "limit");
  keel_json_close_object (&json);
  text = keel_json_end (&json);
  fputs (text, stdout);
  fputc ('\n', stdout);
}

static void
print_count (const char *label,
             guint64     count)
{
  g_autofree char *padded = keel_text_pad (label, 32);

  if (count > 0)
    g_print ("  %s %6" G_GUINT64_FORMAT "\n", padded, count);
}

static void
print_text (GVariant *status)
{
  g_autoptr (GEnumClass) states = g_type_class_ref (KEEL_TYPE_TASK_STATE);
  g_autoptr (GEnumClass) reasons = g_type_class_ref (KEEL_TYPE_WAIT_REASON);
  g_autofree char *rate_text = NULL;
  const char *version = "?";
  guint32 pid = 0;
  guint64 rate = 0;
  guint64 max_rate = 0;

  g_variant_lookup (status, "version", "&s", &version);
  g_variant_lookup (status, "pid", "u", &pid);
  g_variant_lookup (status, "rate", "t", &rate);
  g_variant_lookup (status, "max-rate", "t", &max_rate);

  /* Translators: a version, and the number of a process. */
  g_print (_("Keelboat %s, process %u"), version, pid);
  g_print ("\n");
  for (guint i = 0; i < states->n_values; i++)
    print_count (keel_phrase_for_state ((KeelTaskState) states->values[i].value),
                 get_count (status, "states", states->values[i].value_nick));
  for (guint i = 0; i < reasons->n_values; i++)
    {
      const KeelWaitReason reason = (KeelWaitReason) reasons->values[i].value;

      if (reason != KEEL_WAIT_REASON_NONE)
        print_count (keel_phrase_for_wait_reason (reason),
                     get_count (status, "waiting", reasons->values[i].value_nick));
    }

  rate_text = keel_phrase_for_rate (rate);
  if (max_rate > 0)
    {
      g_autofree char *limit_text = keel_phrase_for_rate (max_rate);

      /* Translators: two rates: "3.1 MB/s of at most 5 MB/s". */
      g_print (_("%s of at most %s"), rate_text, limit_text);
    }
  else
    g_print ("%s", rate_text);
  g_print ("\n");
}

static KeelExit
status (char **argv)
{
  g_auto (GStrv) rest = NULL;
  gboolean json = FALSE;
  GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_("Machine-readable output"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, NULL },
    { NULL }
  };
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;
  KeelExit exit;

  if (!keel_options_parse (&keel_verb_status, entries, argv, &exit))
    return exit;
  if (rest != NULL)
    return keel_options_refuse (&keel_verb_status, _("This command takes no arguments"));

  manager = keel_await_manager (KEEL_MANAGER_NO_TASKS, &error);
  if (manager != NULL)
    answer = keel_await_status (manager, &error);
  if (answer == NULL)
    return keel_exit_for_error (error);

  if (json)
    print_json (answer);
  else
    print_text (answer);
  return KEEL_EXIT_DONE;
}

const KeelVerbInfo keel_verb_status = {
  "status",
  NULL,
  N_("Show how the service is doing"),
  status,
};
