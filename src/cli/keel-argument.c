/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-argument.h"

#include "keel-exit.h"

#include <glib/gi18n.h>

/* What people type on the command line, as numbers. A rate is bytes per second with a decimal
 * factor (500k, 2M, 1.5G) or a binary one (512KiB, 2MiB); a duration is seconds, or numbers with
 * units (90, 1h30m); a time is RFC 3339 or a duration from now (+30m). Anything else is refused:
 * a guess would be a limit or a date that nobody asked for. */

#define MAX_RATE (G_GUINT64_CONSTANT (1) << 50)
#define MAX_CONNECTIONS 32
#define MAX_DURATION_SECONDS (G_GUINT64_CONSTANT (100) * 366 * 24 * 3600)

typedef struct {
  const char *suffix;
  guint64 factor;
} Unit;

static const Unit rate_units[] = {
  { "", 1 },          { "k", 1000 },      { "M", 1000 * 1000 }, { "G", 1000 * 1000 * 1000 },
  { "KiB", 1 << 10 }, { "MiB", 1 << 20 }, { "GiB", 1 << 30 },
};

static const Unit duration_units[] = {
  { "s", 1 },
  { "m", 60 },
  { "h", 3600 },
  { "d", 24 * 3600 },
};

static gboolean
find_unit (const Unit *units,
           gsize       n_units,
           const char *suffix,
           gsize       suffix_length,
           guint64    *out_factor)
{
  for (gsize i = 0; i < n_units; i++)
    if (strlen (units[i].suffix) == suffix_length &&
        g_ascii_strncasecmp (units[i].suffix, suffix, suffix_length) == 0)
      {
        *out_factor = units[i].factor;
        return TRUE;
      }
  return FALSE;
}

/* "off" and 0 are no limit, which is 0. */
gboolean
keel_argument_parse_rate (const char *text,
                          guint64    *out_bytes_per_second)
{
  guint64 factor;
  double number;
  char *end;

  if (g_str_equal (text, "off"))
    {
      *out_bytes_per_second = 0;
      return TRUE;
    }
  if (!g_ascii_isdigit (text[0]) || strspn (text, "0123456789.") > 15)
    return FALSE;

  number = g_ascii_strtod (text, &end);
  if (end != text + strspn (text, "0123456789.") ||
      !find_unit (rate_units, G_N_ELEMENTS (rate_units), end, strlen (end), &factor))
    return FALSE;
  number *= (double) factor;
  if (number > (double) MAX_RATE || (number > 0 && number < 1))
    return FALSE;
  *out_bytes_per_second = (guint64) (number + 0.5);
  return TRUE;
}

/* (transfer full): in a form that parse_rate() takes back as the same number. */
char *
keel_argument_format_rate (guint64 bytes_per_second)
{
  guint64 number = bytes_per_second;
  gsize unit = 0;

  if (bytes_per_second == 0)
    return g_strdup ("off");
  while (number % 1000 == 0 && unit < 3)
    {
      number /= 1000;
      unit++;
    }
  return g_strdup_printf ("%" G_GUINT64_FORMAT "%s", number, rate_units[unit].suffix);
}

/* 1 to 32; "auto", for as many as make it faster, is 0. */
gboolean
keel_argument_parse_connections (const char *text,
                                 guint      *out_connections)
{
  guint64 number = 0;

  if (!g_str_equal (text, "auto") &&
      !g_ascii_string_to_unsigned (text, 10, 1, MAX_CONNECTIONS, &number, NULL))
    return FALSE;
  *out_connections = (guint) number;
  return TRUE;
}

gboolean
keel_argument_parse_duration (const char *text,
                              guint64    *out_seconds)
{
  guint64 seconds = 0;
  const char *p = text;

  if (*text == '\0')
    return FALSE;
  while (*p != '\0')
    {
      const gsize digits = strspn (p, "0123456789");
      guint64 factor = 1;

      if (digits == 0 || digits > 12)
        return FALSE;
      if (p[digits] == '\0' && p != text) /* 1h30: of what? */
        return FALSE;
      if (p[digits] != '\0' &&
          !find_unit (duration_units, G_N_ELEMENTS (duration_units), p + digits, 1, &factor))
        return FALSE;
      seconds += g_ascii_strtoull (p, NULL, 10) * factor;
      p += digits + (p[digits] != '\0');
    }

  if (seconds > MAX_DURATION_SECONDS)
    return FALSE;
  *out_seconds = seconds;
  return TRUE;
}

/* (transfer full) */
gboolean
keel_argument_parse_time (const char  *text,
                          GDateTime  **out_time)
{
  g_autoptr (GDateTime) now = NULL;
  guint64 seconds;

  if (text[0] != '+')
    {
      *out_time = g_date_time_new_from_iso8601 (text, NULL);
      return *out_time != NULL;
    }

  if (!keel_argument_parse_duration (text + 1, &seconds))
    return FALSE;
  now = g_date_time_new_now_utc ();
  *out_time = g_date_time_add_seconds (now, (double) seconds);
  return *out_time != NULL;
}

gboolean
keel_argument_parse_word (GType       type,
                          const char *text,
                          int        *out_value)
{
  g_autoptr (GEnumClass) words = g_type_class_ref (type);
  GEnumValue *word = g_enum_get_value_by_nick (words, text);

  if (word == NULL)
    return FALSE;
  *out_value = word->value;
  return TRUE;
}

/* (transfer full): the words of a type, for messages. */
char *
keel_argument_list_words (GType type)
{
  g_autoptr (GEnumClass) words = g_type_class_ref (type);
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < words->n_values; i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", words->values[i].value_nick);
  return g_string_free (list, FALSE);
}

/* (transfer full): an array of guint64, without repetitions. Says itself what is wrong. */
gboolean
keel_argument_parse_ids (char   **texts,
                         GArray **out_ids)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    {
      gboolean repeated = FALSE;
      guint64 id;

      if (!g_ascii_string_to_unsigned (texts[i], 10, 1, G_MAXUINT64, &id, NULL))
        {
          /* Translators: what the user typed where the number of a task is wanted. */
          keel_complain (_("“%s” is not the number of a task"), texts[i]);
          return FALSE;
        }
      for (guint j = 0; j < ids->len; j++)
        repeated |= g_array_index (ids, guint64, j) == id;
      if (!repeated)
        g_array_append_val (ids, id);
    }
  *out_ids = g_steal_pointer (&ids);
  return TRUE;
}

/* A folder, relative to the one that keel runs in. *@out_directory: (transfer full) */
gboolean
keel_argument_parse_directory (const char  *text,
                               GFile      **out_directory)
{
  g_autofree char *path = g_canonicalize_filename (text, NULL);

  if (*text == '\0')
    return FALSE;
  *out_directory = g_file_new_for_path (path);
  return TRUE;
}
