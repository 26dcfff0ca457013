/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-status.h"

#include <glib/gi18n.h>

#include "keel-format.h"
#include "keel-links.h"
#include "keel-task-words.h"

/* The dim line of a row: how a task is doing, in one line of words. Parts are worked out one by one
 * and joined by middle dots; a narrow window leaves out the parts that its bar tells anyway. */

/* What has arrived of how much, or NULL when neither is known. */
static char *
amount (const KeelFacts *facts)
{
  if (facts->total_bytes >= 0)
    return keel_format_progress (facts->received_bytes, (guint64) facts->total_bytes);
  if (facts->received_bytes > 0)
    return facts->state == KEEL_TASK_STATE_RUNNING ?
             keel_format_moving_size (facts->received_bytes) :
             keel_format_size (facts->received_bytes);

  return NULL;
}

static void
take_part (GPtrArray *parts,
           char      *part)
{
  if (part != NULL)
    g_ptr_array_add (parts, part);
}

static char *
join (GPtrArray *parts)
{
  g_ptr_array_add (parts, NULL);

  return g_strjoinv (KEEL_FORMAT_MIDDLE_DOT, (char **) parts->pdata);
}

static void
add_running (GPtrArray       *parts,
             const KeelFacts *facts,
             KeelStatusWidth  width)
{
  if (facts->received_bytes == 0)
    {
      take_part (parts, g_strdup (_("Connecting…")));
      return;
    }

  if (facts->is_stalled)
    {
      take_part (parts, g_strdup (_("The server is slow to answer")));
      take_part (parts, width == KEEL_STATUS_WIDE ? amount (facts) : NULL);
      return;
    }

  take_part (parts, amount (facts));
  if (facts->rate_bps > 0 && (width == KEEL_STATUS_WIDE || facts->total_bytes < 0))
    take_part (parts, keel_format_moving_rate (facts->rate_bps));
  if (facts->left_seconds != KEEL_PACE_UNKNOWN && facts->total_bytes >= 0)
    take_part (parts, keel_format_time_left ((guint) facts->left_seconds));
}

static char *
words_for_retry (const KeelFacts *facts,
                 GDateTime       *now)
{
  gint64 seconds = 0;

  if (facts->wait_until != NULL)
    seconds = g_date_time_difference (facts->wait_until, now) / G_TIME_SPAN_SECOND;

  if (seconds < 60)
    {
      int shown = (int) MAX (seconds, 1);

      return g_strdup_printf (ngettext ("Trying again in %d second", "Trying again in %d seconds",
                                        (gulong) shown),
                              shown);
    }
  else
    {
      g_autofree char *moment = keel_format_moment (facts->wait_until, now);

      /* Translators: %s is a time of day, like 14:02. */
      return g_strdup_printf (_("Trying again at %s"), moment);
    }
}

static char *
words_for_missing_space (const KeelFacts *facts)
{
  g_autofree char *missing = NULL;

  if (facts->total_bytes <= 0)
    return g_strdup (_("Not enough space on the disk"));

  missing = keel_format_size ((guint64) facts->total_bytes - facts->received_bytes);

  return g_strdup_printf (_("Waiting for %s of free space"), missing);
}

static char *
words_for_wait (const KeelFacts *facts,
                GDateTime       *now)
{
  switch (facts->wait_reason)
    {
    case KEEL_WAIT_REASON_OFFLINE:
      return g_strdup (_("Waiting for a network connection"));
    case KEEL_WAIT_REASON_CAPTIVE_PORTAL:
      return g_strdup (_("Waiting for network sign-in"));
    case KEEL_WAIT_REASON_METERED:
      return g_strdup (_("Waiting for unmetered network"));
    case KEEL_WAIT_REASON_POWER:
      if (g_strcmp0 (facts->wait_detail, "saver") == 0)
        return g_strdup (_("Waiting: power saver is on"));
      return g_strdup (_("Waiting for external power"));
    case KEEL_WAIT_REASON_SCHEDULE:
      if (facts->wait_until != NULL)
        {
          g_autofree char *moment = keel_format_moment (facts->wait_until, now);

          return g_strdup_printf (_("Waiting until %s"), moment);
        }
      return g_strdup (_("Waiting for its turn"));
    case KEEL_WAIT_REASON_LOW_DISK:
      return words_for_missing_space (facts);
    case KEEL_WAIT_REASON_RETRY:
      return words_for_retry (facts, now);
    case KEEL_WAIT_REASON_AUTH:
      return g_strdup (_("Sign-in needed"));
    case KEEL_WAIT_REASON_DESTINATION:
      return g_strdup (_("The folder is not reachable"));
    case KEEL_WAIT_REASON_SUSPENDED:
      if (facts->app_name == NULL || facts->is_app_told)
        return g_strdup (_("Held"));
      /* Translators: %s is the application that a download belongs to. */
      return g_strdup_printf (_("Held by %s"), facts->app_name);
    case KEEL_WAIT_REASON_NONE:
    case KEEL_WAIT_REASON_SLOT:
    default:
      return g_strdup (_("Waiting for its turn"));
    }
}

static void
add_finished (GPtrArray       *parts,
              const KeelFacts *facts)
{
  if (facts->finished != NULL)
    take_part (parts, keel_format_clock (facts->finished));

  if (facts->is_gone)
    {
      take_part (parts, g_strdup (_("Moved or deleted")));
      return;
    }

  take_part (parts, keel_format_size (facts->received_bytes));
  take_part (parts, keel_links_dup_host (facts->uri));
}

static void
add_cancelled (GPtrArray       *parts,
               const KeelFacts *facts)
{
  take_part (parts, g_strdup (_("Canceled")));
  take_part (parts, keel_links_dup_host (facts->uri));
}

/* What is left of a failed download, under its error. */
static void
add_kept (GPtrArray       *parts,
          const KeelFacts *facts)
{
  if (facts->received_bytes > 0 && facts->total_bytes > 0)
    take_part (parts, keel_format_kept (facts->received_bytes, (guint64) facts->total_bytes));
  else
    take_part (parts, keel_links_dup_host (facts->uri));
}

/**
 * keel_status_line:
 * @now: the present time
 * @error_words: (out) (transfer full) (nullable): the words of the error of a failed task, which
 *   are to be marked as such; they come before the line
 *
 * Returns: (transfer full): the line, which may be empty
 */
char *
keel_status_line (const KeelFacts  *facts,
                  GDateTime        *now,
                  KeelStatusWidth   width,
                  char            **error_words)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  *error_words = NULL;

  switch (facts->state)
    {
    case KEEL_TASK_STATE_QUEUED:
    case KEEL_TASK_STATE_WAITING:
      take_part (parts, words_for_wait (facts, now));
      take_part (parts, width == KEEL_STATUS_WIDE ? amount (facts) : NULL);
      break;
    case KEEL_TASK_STATE_VERIFYING:
      take_part (parts, g_strdup (_("Verifying…")));
      if (facts->total_bytes >= 0)
        take_part (parts, keel_format_size ((guint64) facts->total_bytes));
      break;
    case KEEL_TASK_STATE_PAUSED:
      take_part (parts, g_strdup (keel_task_words_for_pause (facts->pause_reason)));
      take_part (parts, amount (facts));
      break;
    case KEEL_TASK_STATE_FINISHED:
      add_finished (parts, facts);
      break;
    case KEEL_TASK_STATE_FAILED:
      *error_words = keel_task_words_for_error (facts->error_code, facts->error_http_status);
      if (width == KEEL_STATUS_WIDE)
        add_kept (parts, facts);
      break;
    case KEEL_TASK_STATE_CANCELLED:
      add_cancelled (parts, facts);
      break;
    case KEEL_TASK_STATE_RUNNING:
    default:
      add_running (parts, facts, width);
      break;
    }

  return join (parts);
}

/* Returns: (transfer full): all of a row in one sentence, for somebody who does not see it */
char *
keel_status_spoken (const KeelFacts *facts,
                    GDateTime       *now)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  g_autofree char *error_words = NULL;
  g_autofree char *line = keel_status_line (facts, now, KEEL_STATUS_WIDE, &error_words);
  g_autofree char *percent = NULL;
  g_autofree char *state = NULL;

  g_ptr_array_add (parts, (char *) facts->name);
  if (facts->app_name != NULL)
    g_ptr_array_add (parts, (char *) facts->app_name);

  if (facts->state == KEEL_TASK_STATE_RUNNING)
    g_ptr_array_add (parts, state = g_strdup (_("Active")));
  else if (facts->state == KEEL_TASK_STATE_FINISHED)
    g_ptr_array_add (parts, state = g_strdup (_("Finished")));
  else if (facts->state == KEEL_TASK_STATE_FAILED)
    g_ptr_array_add (parts, state = g_strdup (_("Failed")));

  if (keel_facts_has_bar (facts))
    g_ptr_array_add (parts, percent = keel_format_percent (facts->fraction));
  if (error_words != NULL)
    g_ptr_array_add (parts, error_words);
  if (*line != '\0')
    g_ptr_array_add (parts, line);

  g_ptr_array_add (parts, NULL);

  /* Translators: joins what a screen reader says of a download: name, state, percent, details. */
  return g_strjoinv (_(", "), (char **) parts->pdata);
}

/* Returns: (transfer full): the line under the window's title; empty when there is nothing to say
 */
char *
keel_status_subtitle (guint           n_active,
                      guint           n_waiting,
                      guint           n_paused,
                      guint64         rate_bps,
                      int             left_seconds,
                      KeelStatusWidth width)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  if (n_active == 0)
    {
      if (n_waiting > 0)
        return g_strdup_printf (ngettext ("%d waiting", "%d waiting", n_waiting), n_waiting);
      if (n_paused > 0)
        return g_strdup (_("All paused"));

      return g_strdup ("");
    }

  take_part (parts, g_strdup_printf (ngettext ("%d active", "%d active", n_active), n_active));
  if (rate_bps > 0)
    take_part (parts, keel_format_moving_rate (rate_bps));
  if (left_seconds != KEEL_PACE_UNKNOWN && width == KEEL_STATUS_WIDE)
    take_part (parts, keel_format_time_left ((guint) left_seconds));

  return join (parts);
}
