/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-phrase.h"

#include "keel-size-format.h"
#include "keel-task-words.h"
#include "keel-text.h"

#include <glib/gi18n.h>

/* What is said to a person about a task on the terminal: plain words, the same as in the window. */

/* (transfer full) (nullable): NULL when the task has no error. */
char *
keel_phrase_for_error (KeelTask *task)
{
  const GError *error = keel_task_get_error (task);

  if (error == NULL)
    return NULL;
  return keel_task_words_for_error ((KeelTaskError) error->code,
                                    keel_task_get_error_http_status (task));
}

/* (transfer full): in the time zone of the user. */
char *
keel_phrase_for_time (GDateTime *time)
{
  g_autoptr (GDateTime) local = g_date_time_to_local (time);

  return g_date_time_format (local, "%x %X");
}

static char *
phrase_for_retry (KeelTask *task)
{
  GDateTime *until = keel_task_get_wait_until (task);
  g_autofree char *time = until != NULL ? keel_phrase_for_time (until) : NULL;
  g_autofree char *error = keel_phrase_for_error (task);

  if (time != NULL && error != NULL)
    /* Translators: why a download stopped, and a time: "The server stopped answering. Trying again
     * at 14:02". */
    return g_strdup_printf (_("%s. Trying again at %s"), error, time);
  if (time != NULL)
    return g_strdup_printf (_("Trying again at %s"), time);
  return g_strdup (_("Trying again soon"));
}

static char *
phrase_for_schedule (KeelTask *task)
{
  GDateTime *until = keel_task_get_wait_until (task);
  g_autofree char *time = until != NULL ? keel_phrase_for_time (until) : NULL;

  if (time == NULL)
    return g_strdup (_("Waiting for its time"));
  /* Translators: %s is a date and a time. */
  return g_strdup_printf (_("Waiting until %s"), time);
}

/* A reason by itself, without its time. */
const char *
keel_phrase_for_wait_reason (KeelWaitReason reason)
{
  switch (reason)
    {
    case KEEL_WAIT_REASON_SLOT:
      return _("Waiting for its turn");
    case KEEL_WAIT_REASON_OFFLINE:
      return _("Waiting for a network connection");
    case KEEL_WAIT_REASON_CAPTIVE_PORTAL:
      return _("Waiting for network sign-in");
    case KEEL_WAIT_REASON_METERED:
      return _("Waiting for unmetered network");
    case KEEL_WAIT_REASON_POWER:
      return _("Waiting for external power");
    case KEEL_WAIT_REASON_SCHEDULE:
      return _("Waiting for its time");
    case KEEL_WAIT_REASON_LOW_DISK:
      return _("Waiting for free space on the disk");
    case KEEL_WAIT_REASON_RETRY:
      return _("Trying again soon");
    case KEEL_WAIT_REASON_AUTH:
      return _("Sign-in needed");
    case KEEL_WAIT_REASON_DESTINATION:
      return _("The folder is not reachable");
    case KEEL_WAIT_REASON_SUSPENDED:
      return _("Held by its app");
    case KEEL_WAIT_REASON_NONE:
    default:
      return _("Waiting");
    }
}

static char *
phrase_for_waiting (KeelTask *task)
{
  const KeelWaitReason reason = keel_task_get_wait_reason (task);

  if (reason == KEEL_WAIT_REASON_RETRY)
    return phrase_for_retry (task);
  if (reason == KEEL_WAIT_REASON_SCHEDULE)
    return phrase_for_schedule (task);
  return g_strdup (keel_phrase_for_wait_reason (reason));
}

/* A state by itself, without its reason. */
const char *
keel_phrase_for_state (KeelTaskState state)
{
  switch (state)
    {
    case KEEL_TASK_STATE_QUEUED:
      return _("Waiting for its turn");
    case KEEL_TASK_STATE_WAITING:
      return _("Waiting");
    case KEEL_TASK_STATE_RUNNING:
      return _("Downloading");
    case KEEL_TASK_STATE_VERIFYING:
      return _("Verifying…");
    case KEEL_TASK_STATE_PAUSED:
      return _("Paused");
    case KEEL_TASK_STATE_FINISHED:
      return _("Finished");
    case KEEL_TASK_STATE_FAILED:
      return _("Failed");
    case KEEL_TASK_STATE_CANCELLED:
      return _("Canceled");
    default:
      return _("Waiting");
    }
}

/* (transfer full): what the task is doing, and why. */
char *
keel_phrase_for_task (KeelTask *task)
{
  const KeelTaskState state = keel_task_get_state (task);
  char *error;

  if (state == KEEL_TASK_STATE_WAITING)
    return phrase_for_waiting (task);
  if (state == KEEL_TASK_STATE_PAUSED)
    return g_strdup (keel_task_words_for_pause (keel_task_get_pause_reason (task)));
  if (state == KEEL_TASK_STATE_RUNNING && keel_task_get_received (task) == 0)
    return g_strdup (_("Connecting…"));
  if (state == KEEL_TASK_STATE_FAILED)
    {
      error = keel_phrase_for_error (task);
      if (error != NULL)
        return error;
    }
  return g_strdup (keel_phrase_for_state (state));
}

/* (transfer full): "1.2 MB of 4.7 MB". */
char *
keel_phrase_for_amount (KeelTask *task)
{
  const guint64 received_bytes = keel_task_get_received (task);
  const gint64 total_bytes = keel_task_get_total (task);
  g_autofree char *received = NULL;
  g_autofree char *total = NULL;

  if (keel_task_get_state (task) == KEEL_TASK_STATE_FINISHED)
    return keel_format_size (received_bytes);
  received = keel_format_moving_size (received_bytes);
  if (total_bytes < 0)
    return g_steal_pointer (&received);
  total = keel_format_size ((guint64) total_bytes);
  /* Translators: how much of a file is there, and its size: "1.2 MB of 4.7 MB". */
  return g_strdup_printf (_("%s of %s"), received, total);
}

/* (transfer full): "3.1 MB/s". */
char *
keel_phrase_for_rate (guint64 bytes_per_second)
{
  g_autofree char *size = keel_format_moving_size (bytes_per_second);

  /* Translators: %s is a size: "3.1 MB/s". */
  return g_strdup_printf (_("%s/s"), size);
}

/* The nearest whole number of them, but not none. */
static int
round_to (gint64 seconds,
          gint64 unit)
{
  return (int) CLAMP ((seconds + unit / 2) / unit, 1, G_MAXINT / 60);
}

/* (transfer full): "about 6 minutes"; seconds are told in fives, and nothing more exactly than it
 * is known. */
char *
keel_phrase_for_eta (gint64 seconds)
{
  const int fives = round_to (seconds, 5);
  const int minutes = round_to (seconds, 60);
  const int hours = round_to (seconds, 60 * 60);
  const int days = round_to (seconds, 24 * 60 * 60);

  if (fives * 5 < 60)
    return g_strdup_printf (ngettext ("about %d second", "about %d seconds", (gulong) fives * 5),
                            fives * 5);
  if (minutes < 60)
    return g_strdup_printf (ngettext ("about %d minute", "about %d minutes", (gulong) minutes),
                            minutes);
  if (hours < 24)
    return g_strdup_printf (ngettext ("about %d hour", "about %d hours", (gulong) hours), hours);
  return g_strdup_printf (ngettext ("about %d day", "about %d days", (gulong) days), days);
}

/* (transfer full): what to call the task on a terminal. */
char *
keel_phrase_dup_name (KeelTask *task)
{
  const char *title = keel_task_get_title (task);
  const char *name = keel_task_get_name (task);

  if (name == NULL || *name == '\0')
    name = title;
  if (name == NULL || *name == '\0')
    name = keel_task_get_uri (task);
  return keel_text_make_safe (name != NULL ? name : "");
}
