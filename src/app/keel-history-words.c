/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-history-words.h"

#include <glib/gi18n.h>

#include <keel/keel.h>

#include "keel-task-words.h"
#include "keel-format.h"

/* What a task went through, in words, newest first.
 *
 * A try that did not work out and the next that did are one line: that the connection was lost for
 * four seconds is one thing to a person. What this program does not know, because the service is a
 * newer one, is left out. */

void
keel_history_line_free (KeelHistoryLine *self)
{
  g_free (self->words);
  g_clear_pointer (&self->time, g_date_time_unref);
  g_free (self);
}

static char *
words_for_error (GVariant *details)
{
  g_autoptr (GEnumClass) codes = g_type_class_ref (KEEL_TYPE_TASK_ERROR);
  GEnumValue *value = NULL;
  const char *word;
  guint http_status = 0;

  if (g_variant_lookup (details, "error-code", "&s", &word))
    value = g_enum_get_value_by_nick (codes, word);
  g_variant_lookup (details, "error-http-status", "u", &http_status);
  return keel_task_words_for_error (value != NULL ? (KeelTaskError) value->value :
                                                    KEEL_TASK_ERROR_INTERNAL,
                                    http_status);
}

/* @lost_usec: since when it had been tried again; 0: it had not */
static char *
words_for_resumption (GVariant *details,
                      gint64    usec,
                      gint64    lost_usec)
{
  const char *reason = "";
  guint64 offset = 1;

  g_variant_lookup (details, "reason", "&s", &reason);
  g_variant_lookup (details, "offset", "t", &offset);
  if (offset == 0)
    return g_strdup (_("Began anew"));
  if (lost_usec != 0)
    {
      g_autofree char *span = keel_format_span (
        (guint) MAX ((usec - lost_usec) / G_USEC_PER_SEC, 1));

      /* Translators: %s is a span of time, "4 seconds". */
      return g_strdup_printf (_("Connection lost, resumed after %s"), span);
    }
  if (g_str_equal (reason, "restart"))
    return g_strdup (_("Resumed after a restart"));
  if (g_str_equal (reason, "sleep"))
    return g_strdup (_("Resumed after sleep"));
  if (g_str_equal (reason, "network") || g_str_equal (reason, "offline"))
    return g_strdup (_("Resumed on another network"));
  return g_strdup (_("Resumed"));
}

static char *
words_for_pause (GVariant *details)
{
  const char *reason = "user";

  g_variant_lookup (details, "reason", "&s", &reason);
  if (g_str_equal (reason, "unstable"))
    return g_strdup (_("Paused: the file keeps changing on the server"));
  if (g_str_equal (reason, "quarantined"))
    return g_strdup (_("Paused: the download service crashed several times during this download"));
  if (g_str_equal (reason, "disk"))
    return g_strdup (_("Paused: the disk reported errors"));
  return g_strdup (_("Paused"));
}

/* (nullable): what is not known */
static char *
words_for_plain (const char *kind)
{
  static const struct {
    const char *kind;
    const char *words;
  } table[] = {
    { "started", N_("Started") },
    { "link", N_("Link replaced") },
    { "changed", N_("The file changed on the server") },
    { "checksum", N_("Checksum matches") },
    { "finished", N_("Finished") },
    { "cancelled", N_("Canceled") },
  };

  if (g_str_equal (kind, "added"))
    /* Translators: in the history of a download: somebody has added it to the list. */
    return g_strdup (C_("what happened", "Added"));
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_str_equal (kind, table[i].kind))
      return g_strdup (_(table[i].words));
  return NULL;
}

static void
add_line (GPtrArray *lines,
          gint64     usec,
          char      *words)
{
  KeelHistoryLine *line;

  if (words == NULL)
    return;
  line = g_new (KeelHistoryLine, 1);
  line->words = words;
  line->time = g_date_time_new_from_unix_utc (usec / G_USEC_PER_SEC);
  g_ptr_array_insert (lines, 0, line);
}

/* @history: a(xsa{sv}), oldest first, as the library gives it
 *
 * Returns: (transfer full) (element-type KeelHistoryLine): newest first */
GPtrArray *
keel_history_words_new (GVariant *history)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_history_line_free);
  gint64 lost_usec = 0;
  GVariantIter iter;
  const char *kind;
  GVariant *details;
  gint64 usec;

  g_variant_iter_init (&iter, history);
  while (g_variant_iter_loop (&iter, "(x&s@a{sv})", &usec, &kind, &details))
    {
      gboolean was_lost = lost_usec != 0;

      if (g_str_equal (kind, "resumed"))
        {
          if (was_lost)
            g_ptr_array_remove_index (lines, 0);
          add_line (lines, usec, words_for_resumption (details, usec, lost_usec));
        }
      else if (g_str_equal (kind, "retry"))
        {
          if (was_lost)
            g_ptr_array_remove_index (lines, 0);
          add_line (lines, usec, words_for_error (details));
          lost_usec = was_lost ? lost_usec : usec;
          continue;
        }
      else if (g_str_equal (kind, "paused"))
        add_line (lines, usec, words_for_pause (details));
      else if (g_str_equal (kind, "failed"))
        add_line (lines, usec, words_for_error (details));
      else
        add_line (lines, usec, words_for_plain (kind));
      lost_usec = 0;
    }
  return lines;
}
