/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-exit.h"

#include "keel-text.h"

#include <glib/gi18n.h>

/* How the program ends, and what it says on standard error when it does not end well: one
 * sentence, in the user's language, with the service's own words behind it where they tell more. */

void
keel_complain (const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *safe = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  safe = keel_text_make_safe (text);
  g_printerr ("keel: %s\n", safe);
}

static KeelExit
error_to_exit (const GError *error)
{
  if (error->domain != KEEL_ERROR)
    return KEEL_EXIT_FAILED;

  switch ((KeelError) error->code)
    {
    case KEEL_ERROR_BAD_URI:
    case KEEL_ERROR_BAD_DESTINATION:
    case KEEL_ERROR_INVALID_ARGUMENT:
    case KEEL_ERROR_UNSUPPORTED:
      return KEEL_EXIT_USAGE;
    case KEEL_ERROR_UNREACHABLE:
    case KEEL_ERROR_RESTARTING:
      return KEEL_EXIT_UNREACHABLE;
    case KEEL_ERROR_NOT_ALLOWED:
    case KEEL_ERROR_NO_SUCH_SESSION:
    case KEEL_ERROR_NO_SUCH_TASK:
    case KEEL_ERROR_INVALID_STATE:
    case KEEL_ERROR_LIMITS_EXCEEDED:
    case KEEL_ERROR_BUSY:
    case KEEL_ERROR_STATE:
    default:
      return KEEL_EXIT_FAILED;
    }
}

static const char *
error_to_sentence (const GError *error)
{
  if (error->domain != KEEL_ERROR)
    return _("Something went wrong");

  switch ((KeelError) error->code)
    {
    case KEEL_ERROR_BAD_URI:
      return _("The link is not valid");
    case KEEL_ERROR_BAD_DESTINATION:
      return _("The folder is not reachable");
    case KEEL_ERROR_INVALID_ARGUMENT:
      return _("This was not accepted");
    case KEEL_ERROR_UNSUPPORTED:
      return _("The download service does not support this");
    case KEEL_ERROR_UNREACHABLE:
    case KEEL_ERROR_RESTARTING:
      return _("The download service cannot be reached");
    case KEEL_ERROR_NOT_ALLOWED:
      return _("This is not allowed");
    case KEEL_ERROR_NO_SUCH_SESSION:
      return _("There is no such session");
    case KEEL_ERROR_NO_SUCH_TASK:
      return _("There is no such task");
    case KEEL_ERROR_INVALID_STATE:
      return _("This is not possible now");
    case KEEL_ERROR_LIMITS_EXCEEDED:
      return _("There are too many downloads");
    case KEEL_ERROR_BUSY:
      return _("The download service is busy");
    case KEEL_ERROR_STATE:
      return _("The list of downloads cannot be saved");
    default:
      return _("Something went wrong");
    }
}

/* Says what went wrong, and returns the status to exit with. */
KeelExit
keel_exit_for_error (const GError *error)
{
  if (error->message != NULL && *error->message != '\0')
    keel_complain ("%s: %s", error_to_sentence (error), error->message);
  else
    keel_complain ("%s", error_to_sentence (error));
  return error_to_exit (error);
}

KeelExit
keel_exit_for_unknown_task (guint64 id)
{
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, id);

  /* Translators: %s is the number of a task. */
  keel_complain (_("There is no task %s"), number);
  return KEEL_EXIT_FAILED;
}

/* Likewise, of something that was asked of one task. */
KeelExit
keel_exit_for_task_error (guint64       id,
                          const GError *error)
{
  if (g_error_matches (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK))
    return keel_exit_for_unknown_task (id);
  return keel_exit_for_error (error);
}
