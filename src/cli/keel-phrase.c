/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-phrase.h"

#include "keel-text.h"

#include <glib/gi18n.h>

/* What is said to a person about a task: plain words, the same as in the window. The library only
 * hands over numbers. */

static char *
phrase_for_http_status (guint http_status)
{
  if (http_status == 404 || http_status == 410)
    return g_strdup (_("The file is no longer on the server"));
  if (http_status == 403)
    return g_strdup (_("The server refused the download"));
  if (http_status >= 500 && http_status < 600)
    return g_strdup (_("The server has a problem"));
  /* Translators: %u is the status of an HTTP answer, like 418. */
  return g_strdup_printf (_("The server answered with error %u"), http_status);
}

static const char *
phrase_for_error_code (KeelTaskError code)
{
  switch (code)
    {
    case KEEL_TASK_ERROR_DNS:
      return _("The server was not found");
    case KEEL_TASK_ERROR_CONNECT:
      return _("The server cannot be reached");
    case KEEL_TASK_ERROR_TLS:
      return _("The connection is not secure");
    case KEEL_TASK_ERROR_TIMEOUT:
      return _("The server stopped answering");
    case KEEL_TASK_ERROR_TRUNCATED:
      return _("The server stopped before the end");
    case KEEL_TASK_ERROR_PROTOCOL:
      return _("The server’s answer makes no sense");
    case KEEL_TASK_ERROR_CONTENT_CHANGED:
      return _("The file changed on the server");
    case KEEL_TASK_ERROR_CHECKSUM:
      return _("The checksum does not match");
    case KEEL_TASK_ERROR_TOO_LARGE:
      return _("The file is larger than allowed");
    case KEEL_TASK_ERROR_NO_SPACE:
      return _("Not enough space on the disk");
    case KEEL_TASK_ERROR_DISK:
      return _("The disk reported an error");
    case KEEL_TASK_ERROR_DESTINATION:
      return _("The folder is not reachable");
    case KEEL_TASK_ERROR_BAD_URI:
      return _("The link is not valid");
    case KEEL_TASK_ERROR_REDIRECT:
      return _("The link leads in circles");
    case KEEL_TASK_ERROR_AUTH_REQUIRED:
      return _("Sign-in needed");
    case KEEL_TASK_ERROR_NEEDS_NEW_URL:
      return _("The link has expired");
    case KEEL_TASK_ERROR_UNSUPPORTED:
      return _("This kind of link is not supported");
    case KEEL_TASK_ERROR_LIMITS:
      return _("This app has too many downloads");
    case KEEL_TASK_ERROR_HTTP_STATUS:
    case KEEL_TASK_ERROR_INTERNAL:
    default:
      return _("Something went wrong");
    }
}

/* (transfer full) (nullable): NULL when the task has no error. */
char *
keel_phrase_for_error (KeelTask *task)
{
  const GError *error = keel_task_get_error (task);

  if (error == NULL)
    return NULL;
  if (error->code == KEEL_TASK_ERROR_HTTP_STATUS)
    return phrase_for_http_status (keel_task_get_error_http_status (task));
  return g_strdup (phrase_for_error_code ((KeelTaskError) error->code));
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

static const char *
phrase_for_pause (KeelTask *task)
{
  switch (keel_task_get_pause_reason (task))
    {
    case KEEL_PAUSE_REASON_UNSTABLE:
      return _("Paused: the file keeps changing on the server");
    case KEEL_PAUSE_REASON_QUARANTINED:
      return _("Paused: the download service crashed several times during this download");
    case KEEL_PAUSE_REASON_DISK:
      return _("Paused: the disk reported errors");
    case KEEL_PAUSE_REASON_NONE:
    case KEEL_PAUSE_REASON_USER:
    default:
      return _("Paused");
    }
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
    return g_strdup (phrase_for_pause (task));
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
  g_autofree char *received = g_format_size (keel_task_get_received (task));
  const gint64 total = keel_task_get_total (task);
  g_autofree char *whole = total >= 0 ? g_format_size ((guint64) total) : NULL;

  if (whole == NULL || keel_task_get_state (task) == KEEL_TASK_STATE_FINISHED)
    return g_steal_pointer (&received);
  /* Translators: how much of a file is there, and its size: "1.2 MB of 4.7 MB". */
  return g_strdup_printf (_("%s of %s"), received, whole);
}

/* (transfer full): "3.1 MB/s". */
char *
keel_phrase_for_rate (guint64 bytes_per_second)
{
  g_autofree char *size = g_format_size (bytes_per_second);

  /* Translators: %s is a size: "3.1 MB/s". */
  return g_strdup_printf (_("%s/s"), size);
}

/* (transfer full): "about 6 minutes". */
char *
keel_phrase_for_eta (gint64 seconds)
{
  const int minutes = (int) MIN (seconds / 60, G_MAXINT);
  const int hours = minutes / 60;
  const int days = hours / 24;

  if (minutes < 1)
    return g_strdup_printf (ngettext ("about %d second", "about %d seconds", (gulong) seconds),
                            (int) seconds);
  if (hours < 1)
    return g_strdup_printf (ngettext ("about %d minute", "about %d minutes", (gulong) minutes),
                            minutes);
  if (days < 1)
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
