/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-error-words.h"

#include <glib/gi18n.h>

/* What is said to a person when a download or a call has failed: plain words, no codes, no blame.
 * The service and the library only hand over numbers. */

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

/* Returns: (transfer full): why a task failed */
char *
keel_error_words_for_task (KeelTaskError code,
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

/* Returns: (transfer full): why something that was asked of the service was not done */
char *
keel_error_words_for_call (const GError *error)
{
  if (error == NULL || error->domain != KEEL_ERROR)
    return g_strdup (_("Something went wrong"));

  switch ((KeelError) error->code)
    {
    case KEEL_ERROR_BAD_URI:
      return g_strdup (_("The link is not valid"));
    case KEEL_ERROR_BAD_DESTINATION:
      return g_strdup (_("The folder is not reachable"));
    case KEEL_ERROR_LIMITS_EXCEEDED:
      return g_strdup (_("This app has too many downloads"));
    case KEEL_ERROR_NO_SUCH_TASK:
    case KEEL_ERROR_NO_SUCH_SESSION:
      return g_strdup (_("This download is no longer in the list"));
    case KEEL_ERROR_INVALID_STATE:
      return g_strdup (_("This is not possible now"));
    case KEEL_ERROR_STATE:
      return g_strdup (_("The list of downloads cannot be saved"));
    case KEEL_ERROR_RESTARTING:
    case KEEL_ERROR_UNREACHABLE:
      return g_strdup (_("The download service cannot be reached"));
    case KEEL_ERROR_BUSY:
      return g_strdup (_("The download service is busy"));
    case KEEL_ERROR_NOT_ALLOWED:
    case KEEL_ERROR_INVALID_ARGUMENT:
    case KEEL_ERROR_UNSUPPORTED:
    default:
      return g_strdup (_("Something went wrong"));
    }
}
