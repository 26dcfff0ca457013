/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-desktop-verbs.h"

#include "keel-app-call.h"
#include "keel-task-calls.h"

/* What a person may ask for where the desktop shows the service. What needs a window or a clipboard
 * is handed to the application; everything else is done here, so that no window opens for it. */

static void
closed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    g_debug ("No window was closed: %s", error->message);
  keel_house_quit (user_data, NULL);
}

/* @token: (nullable) lets the window come to the front. @house must last as long as the process. */
void
keel_desktop_verbs_do (const KeelHouse *house,
                       KeelDesktopVerb  verb,
                       const char      *token)
{
  /* We are leaving, and what is on disk stays as it is. */
  if (house->trouble != NULL)
    return;
  house->touched (house->service);
  switch (verb)
    {
    case KEEL_DESKTOP_SHOW:
      keel_app_call_activate (house->connection, token);
      break;

    case KEEL_DESKTOP_PAUSE_ALL:
      keel_task_calls_control_everything (house->engine, KEEL_CONTROL_PAUSE);
      break;

    case KEEL_DESKTOP_RESUME_ALL:
      keel_task_calls_control_everything (house->engine, KEEL_CONTROL_RESUME);
      break;

    case KEEL_DESKTOP_ADD:
      keel_app_call_action (house->connection, "add-from-clipboard", NULL, token);
      break;

    case KEEL_DESKTOP_QUIT:
    default:
      /* The window first: it may have something to ask of the service before that leaves. */
      keel_app_call_close (house->connection, closed_cb, (gpointer) house);
      break;
    }
}
