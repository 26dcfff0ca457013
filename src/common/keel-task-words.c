/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-words.h"

#include <glib/gi18n.h>

/* What is said to a person about a task, in the window, on the terminal and in a notification
 * alike: plain words, no codes, no blame. What travels between them is numbers only. Each process
 * has bound its own text domain. */

static char *
words_for_http_status (guint http_status)
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

/* (transfer full): why a task failed. */
char *
keel_task_words_for_error (KeelTaskError code,
                           guint         http_status)
{
  switch (code)
    {
    case KEEL_TASK_ERROR_DNS:
      return g_strdup (_("The server was not found"));
    case KEEL_TASK_ERROR_CONNECT:
      return g_strdup (_("The server cannot be reached"));
    case KEEL_TASK_ERROR_TLS:
      return g_strdup (_("The connection is not secure"));
    case KEEL_TASK_ERROR_TIMEOUT:
      return g_strdup (_("The server stopped answering"));
    case KEEL_TASK_ERROR_TRUNCATED:
      return g_strdup (_("The server stopped before the end"));
    case KEEL_TASK_ERROR_PROTOCOL:
      return g_strdup (_("The server’s answer makes no sense"));
    case KEEL_TASK_ERROR_HTTP_STATUS:
      return words_for_http_status (http_status);
    case KEEL_TASK_ERROR_CONTENT_CHANGED:
      return g_strdup (_("The file changed on the server"));
    case KEEL_TASK_ERROR_CHECKSUM:
      return g_strdup (_("The checksum does not match"));
    case KEEL_TASK_ERROR_TOO_LARGE:
      return g_strdup (_("The file is larger than allowed"));
    case KEEL_TASK_ERROR_NO_SPACE:
      return g_strdup (_("Not enough space on the disk"));
    case KEEL_TASK_ERROR_DISK:
      return g_strdup (_("The disk reported an error"));
    case KEEL_TASK_ERROR_DESTINATION:
      return g_strdup (_("The folder is not reachable"));
    case KEEL_TASK_ERROR_BAD_URI:
      return g_strdup (_("The link is not valid"));
    case KEEL_TASK_ERROR_REDIRECT:
      return g_strdup (_("The link leads in circles"));
    case KEEL_TASK_ERROR_AUTH_REQUIRED:
      return g_strdup (_("Sign-in needed"));
    case KEEL_TASK_ERROR_NEEDS_NEW_URL:
      return g_strdup (_("The link has expired"));
    case KEEL_TASK_ERROR_UNSUPPORTED:
      return g_strdup (_("This kind of link is not supported"));
    case KEEL_TASK_ERROR_LIMITS:
      return g_strdup (_("This app has too many downloads"));
    case KEEL_TASK_ERROR_INTERNAL:
    default:
      return g_strdup (_("Something went wrong"));
    }
}

/* Why a task is paused. */
const char *
keel_task_words_for_pause (KeelPauseReason reason)
{
  switch (reason)
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
