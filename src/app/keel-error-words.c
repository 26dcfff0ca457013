/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-error-words.h"

#include <glib/gi18n.h>

/* What is said to a person when the service did not do what was asked of it: plain words, no codes,
 * no blame. Why a download failed is said by keel-task-words.c. */

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
