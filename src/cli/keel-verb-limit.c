/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-argument.h"
#include "keel-await.h"
#include "keel-json.h"
#include "keel-options.h"
#include "keel-text.h"

#include <glib/gi18n.h>
#include <stdio.h>

/* keel limit: what applies to all transfers together, and when. Without anything to set it shows
 * all of it; the first line is the limit of the rate, in the form in which it is given. The entries
 * of the schedule are handed on as they are: the service knows what they mean. */

typedef struct {
  const char *key; /* of the service */
  gboolean is_rate;
  const char *option; /* NULL: it is the argument */
  const char *help;   /* these two: to be translated */
  const char *label;
  const char *json;
} Limit;

static const Limit table[] = {
  { "max-rate", TRUE, NULL, NULL, NULL, "rate" },
  { "max-rate-per-host", TRUE, "host-rate", N_("The same, for what comes from one server"),
    N_("From one server"), "host_rate" },
  { "max-active", FALSE, "active", N_("Transfers that run at once, 1 to 32"),
    N_("Transfers at once"), "active" },
  { "max-per-host", FALSE, "per-host", N_("Likewise, from one server"),
    N_("Transfers from one server"), "per_host" },
  { "max-connections", FALSE, "connections",
    N_("Connections for a transfer that says nothing else, 1 to 32"),
    N_("Connections for one transfer"), "connections" },
  { "max-connections-per-host", FALSE, "connections-per-host",
    N_("Connections to one server, 1 to 32"), N_("Connections to one server"),
    "connections_per_host" },
  { "max-connections-in-all", FALSE, "connections-in-all", N_("Connections in all, 1 to 32"),
    N_("Connections in all"), "connections_in_all" },
};

#define N_LIMITS G_N_ELEMENTS (table)
#define LABEL_COLUMNS 30

typedef struct {
  char *texts[N_LIMITS]; /* (owned) (nullable) */
  char **schedule;       /* (owned) (nullable) */
  char **rest;           /* (owned) (nullable) */
  gboolean json;
} Options;

static void
options_clear (Options *self)
{
  for (guint i = 0; i < N_LIMITS; i++)
    g_free (self->texts[i]);
  g_strfreev (self->schedule);
  g_strfreev (self->rest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options   *self,
               char     **argv,
               KeelExit  *out_exit)
{
  GOptionEntry entries[N_LIMITS + 3] = { 0 };
  guint n = 0;

  for (guint i = 0; i < N_LIMITS; i++)
    if (table[i].option != NULL)
      entries[n++] = (GOptionEntry) { table[i].option,
                                     0,
                                     0,
                                     G_OPTION_ARG_FILENAME,
                                     &self->texts[i],
                                     table[i].help,
                                     table[i].is_rate ? "RATE" : "N" };
  entries[n++] = (GOptionEntry) {
    "schedule",
    0,
    0,
    G_OPTION_ARG_FILENAME_ARRAY,
    &self->schedule,
    N_("When another limit holds: “mon-fri 08:00-18:00 500k”, or unlimited, or pause"
        " (repeatable; the first that holds counts); “off” for none"),
    "ENTRY"
  };
  entries[n++] = (GOptionEntry) {
    "json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_("Machine-readable output"), NULL
  };
  entries[n++] = (GOptionEntry) { G_OPTION_REMAINING, 0,    0,   G_OPTION_ARG_FILENAME_ARRAY,
                                 &self->rest,        NULL, NULL };
  return keel_options_parse (&keel_verb_limit, entries, argv, out_exit);
}

static gboolean
read_limit (const Limit  *limit,
            const char   *text,
            GVariantDict *wanted)
{
  guint64 number;

  if (limit->is_rate && keel_argument_parse_rate (text, &number))
    g_variant_dict_insert (wanted, limit->key, "t", number);
  else if (!limit->is_rate && g_ascii_string_to_unsigned (text, 10, 1, 32, &number, NULL))
    g_variant_dict_insert (wanted, limit->key, "u", (guint32) number);
  else
    return FALSE;
  return TRUE;
}

/* D-Bus carries no text that is not UTF-8. */
static gboolean
read_schedule (char         **schedule,
               GVariantDict  *wanted)
{
  static const char *const none[] = { NULL };
  const gboolean is_off = g_strv_length (schedule) == 1 && g_str_equal (schedule[0], "off");

  for (guint i = 0; schedule[i] != NULL; i++)
    if (!g_utf8_validate (schedule[i], -1, NULL))
      return FALSE;
  g_variant_dict_insert (wanted, "schedule", "^as", is_off ? none : (const char **) schedule);
  return TRUE;
}

/* The limits that are to be set, or what is wrong with them. */
static const char *
read_options (Options      *self,
              GVariantDict *wanted,
              gboolean     *out_any)
{
  if (self->rest != NULL && g_strv_length (self->rest) == 1)
    self->texts[0] = g_strdup (self->rest[0]);
  else if (self->rest != NULL)
    return _("One limit is enough");
  for (guint i = 0; i < N_LIMITS; i++)
    {
      if (self->texts[i] == NULL)
        continue;
      if (!read_limit (&table[i], self->texts[i], wanted))
        return table[i].is_rate ? _("The limit is not a rate like 500k or 2M, or “off”") :
                                  _("The number is not one from 1 to 32");
      *out_any = TRUE;
    }
  if (self->schedule == NULL)
    return NULL;
  *out_any = TRUE;
  return read_schedule (self->schedule, wanted) ? NULL : _("The schedule is not valid UTF-8");
}

/* --- showing --------------------------------------------------------------------------------- */

static guint64
get_limit (GVariant    *status,
           const Limit *limit)
{
  guint64 rate = 0;
  guint32 number = 0;

  if (limit->is_rate)
    g_variant_lookup (status, limit->key, "t", &rate);
  else
    g_variant_lookup (status, limit->key, "u", &number);
  return limit->is_rate ? rate : number;
}

static void
print_line (const char *label,
            const char *value)
{
  g_autofree char *padded = keel_text_pad (label, LABEL_COLUMNS);
  g_autofree char *safe = keel_text_make_safe (value);

  g_print ("%s  %s\n", padded, safe);
}

static void
print_schedule (GVariant *status)
{
  g_autofree const char **schedule = NULL;
  g_autofree char *text = NULL;
  guint64 rate = 0;

  if (!g_variant_lookup (status, "schedule", "^a&s", &schedule) || schedule[0] == NULL)
    return;
  for (guint i = 0; schedule[i] != NULL; i++)
    print_line (i == 0 ? _("Schedule") : "", schedule[i]);
  g_variant_lookup (status, "present-max-rate", "t", &rate);
  text = keel_argument_format_rate (rate);
  print_line (_("Limit of now"), text);
}

static void
print_text (GVariant *status)
{
  for (guint i = 0; i < N_LIMITS; i++)
    {
      const guint64 value = get_limit (status, &table[i]);
      g_autofree char *text = table[i].is_rate ? keel_argument_format_rate (value) :
                                                 g_strdup_printf ("%" G_GUINT64_FORMAT, value);

      if (table[i].label == NULL)
        g_print ("%s\n", text);
      else
        print_line (_(table[i].label), text);
    }
  print_schedule (status);
}

static void
add_rate (KeelJson   *json,
          const char *key,
          guint64     rate)
{
  if (rate > 0)
    keel_json_add_unsigned (json, key, rate);
  else
    keel_json_add_null (json, key);
}

static void
print_json (GVariant *status)
{
  g_autofree const char **schedule = NULL;
  g_autofree char *text = NULL;
  guint64 present = 0;
  KeelJson json;

  g_variant_lookup (status, "schedule", "^a&s", &schedule);
  g_variant_lookup (status, "present-max-rate", "t", &present);
  keel_json_init (&json);
  keel_json_open_object (&json, NULL);
  for (guint i = 0; i < N_LIMITS; i++)
    if (table[i].is_rate)
      add_rate (&json, table[i].json, get_limit (status, &table[i]));
    else
      keel_json_add_unsigned (&json, table[i].json, get_limit (status, &table[i]));
  keel_json_open_array (&json, "schedule");
  for (guint i = 0; schedule != NULL && schedule[i] != NULL; i++)
    keel_json_add_string (&json, NULL, schedule[i]);
  keel_json_close_array (&json);
  add_rate (&json, "present_rate", present);
  keel_json_close_object (&json);
  text = keel_json_end (&json);
  fputs (text, stdout);
  fputc ('\n', stdout);
}

static KeelExit
print_limits (KeelManager *manager,
              gboolean     json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) status = keel_await_status (manager, &error);

  if (status == NULL)
    return keel_exit_for_error (error);
  if (json)
    print_json (status);
  else
    print_text (status);
  return KEEL_EXIT_DONE;
}

static KeelExit
limit (char **argv)
{
  g_auto (Options) options = { 0 };
  g_auto (GVariantDict) wanted = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  gboolean any = FALSE;
  const char *mistake;
  KeelExit exit;

  if (!parse_options (&options, argv, &exit))
    return exit;
  mistake = read_options (&options, &wanted, &any);
  if (mistake != NULL)
    return keel_options_refuse (&keel_verb_limit, mistake);

  manager = keel_await_manager (KEEL_MANAGER_NO_TASKS, &error);
  if (manager == NULL)
    return keel_exit_for_error (error);
  if (!any)
    return print_limits (manager, options.json);
  if (!keel_await_limits (manager, g_variant_dict_end (&wanted), &error))
    return keel_exit_for_error (error);
  return KEEL_EXIT_DONE;
}

const KeelVerbInfo keel_verb_limit = {
  "limit",
  "[RATE | off]",
  N_("Show or set the limits for all transfers together"),
  limit,
};
