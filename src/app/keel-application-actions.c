/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-application-private.h"

#include <gio/gdesktopappinfo.h>
#include <glib/gi18n.h>

#include "keel-config.h"
#include "keel-file-type.h"
#include "keel-launcher.h"

/* What the desktop can ask of the application: the entries of its launcher, the buttons of
 * notifications and the menu of the status icon. The service has no display and its children would
 * die with it, so it activates these actions here (org.freedesktop.Application) when something is
 * clicked.
 *
 * Those that show or ask something open the window: show, show-task, search, sign-in, new-link,
 * choose-folder, new-download, add-from-clipboard and, for want of anything better, launch. The
 * others open none. They work from a snapshot of the downloads when there is none to follow,
 * and hold the application until they are done. */

typedef struct _Errand Errand;

/* Does the errand with a manager that is open; takes the errand. */
typedef void (*ErrandFunc) (Errand *errand);

struct _Errand {
  GApplication *application; /* (owned), held */
  KeelManager *manager;      /* (owned) (nullable), until it is open */
  guint64 id;                /* of the task; 0: all of them */
  KeelVerb verb;
  ErrandFunc func;
};

static void
errand_free (Errand *errand)
{
  g_application_release (errand->application);
  g_clear_object (&errand->manager);
  g_object_unref (errand->application);
  g_free (errand);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Errand, errand_free)

static void
manager_opened_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (Errand) errand = user_data;
  g_autoptr (GError) error = NULL;

  errand->manager = keel_manager_open_finish (result, &error);
  if (errand->manager != NULL)
    errand->func (g_steal_pointer (&errand));
  else
    g_message ("The download service cannot be reached: %s", error->message);
}

static void
run_errand (KeelApplication *self,
            ErrandFunc       func,
            guint64          id,
            KeelVerb         verb)
{
  Errand *errand = g_new0 (Errand, 1);

  errand->application = g_object_ref (G_APPLICATION (self));
  errand->func = func;
  errand->id = id;
  errand->verb = verb;
  g_application_hold (errand->application);

  if (self->manager != NULL)
    {
      errand->manager = g_object_ref (self->manager);
      func (errand);
    }
  else
    {
      keel_manager_open_async (KEEL_MANAGER_SNAPSHOT, NULL, manager_opened_cb, errand);
    }
}

static void
launched_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (Errand) errand = user_data;
  g_autoptr (GError) error = NULL;

  if (!keel_launcher_finish (result, &error))
    g_message ("Cannot open or show the file: %s", error->message);
}

static void
do_show_in_folder (Errand *errand)
{
  g_autoptr (Errand) owned = errand;
  KeelTask *task = keel_manager_get_task (errand->manager, errand->id);
  g_autoptr (GFile) file = task != NULL ? keel_launcher_dup_file_of (task) : NULL;

  if (file != NULL)
    keel_launcher_show_in_folder_async (file, NULL, launched_cb, g_steal_pointer (&owned));
}

/* Whoever asks, what runs when it is opened is shown. */
static void
do_open_file (Errand *errand)
{
  g_autoptr (Errand) owned = errand;
  KeelTask *task = keel_manager_get_task (errand->manager, errand->id);
  GFile *file = task != NULL ? keel_task_get_file (task) : NULL;
  g_autofree char *name = file != NULL ? g_file_get_basename (file) : NULL;

  if (file == NULL || keel_task_get_state (task) != KEEL_TASK_STATE_FINISHED)
    return;
  if (keel_file_type_is_dangerous (name))
    do_show_in_folder (g_steal_pointer (&owned));
  else
    keel_launcher_open_async (file, NULL, launched_cb, g_steal_pointer (&owned));
}

static void
controlled_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (Errand) errand = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) refused = NULL;

  refused = keel_manager_control_finish (KEEL_MANAGER (source), result, &error);
  if (error != NULL)
    g_message ("The download service refused: %s", error->message);
}

static void
do_control (Errand *errand)
{
  if (errand->id != 0)
    keel_manager_control_async (errand->manager, errand->verb, &errand->id, 1, NULL, controlled_cb,
                                errand);
  else
    keel_manager_control_all_async (errand->manager, errand->verb, NULL, controlled_cb, errand);
}

static void
open_file_action (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       user_data)
{
  run_errand (user_data, do_open_file, g_variant_get_uint64 (parameter), KEEL_VERB_PAUSE);
}

static void
show_in_folder_action (GSimpleAction *action,
                       GVariant      *parameter,
                       gpointer       user_data)
{
  run_errand (user_data, do_show_in_folder, g_variant_get_uint64 (parameter), KEEL_VERB_PAUSE);
}

static void
retry_action (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       user_data)
{
  run_errand (user_data, do_control, g_variant_get_uint64 (parameter), KEEL_VERB_RETRY);
}

static void
pause_all_action (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       user_data)
{
  run_errand (user_data, do_control, 0, KEEL_VERB_PAUSE);
}

static void
resume_all_action (GSimpleAction *action,
                   GVariant      *parameter,
                   gpointer       user_data)
{
  run_errand (user_data, do_control, 0, KEEL_VERB_RESUME);
}

static void
show_task_action (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       user_data)
{
  KeelWindow *window = keel_application_present (user_data);

  keel_window_show_task (window, g_variant_get_uint64 (parameter));
}

/* What needs a person is asked in the window, by the action of its list that has the same name. */
static void
mend_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       user_data)
{
  KeelWindow *window = keel_application_present (user_data);
  g_autofree char *name = g_strconcat ("task.", g_action_get_name (G_ACTION (action)), NULL);

  keel_window_mend_task (window, g_variant_get_uint64 (parameter), name);
}

static void
search_action (GSimpleAction *action,
               GVariant      *parameter,
               gpointer       user_data)
{
  keel_window_search (keel_application_present (user_data), g_variant_get_string (parameter, NULL));
}

static void
show_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       user_data)
{
  keel_application_present (user_data);
}

static void
new_download_action (GSimpleAction *action,
                     GVariant      *parameter,
                     gpointer       user_data)
{
  const char *const none[] = { NULL };

  keel_window_add_links (keel_application_present (user_data), none);
}

static void
add_from_clipboard_action (GSimpleAction *action,
                           GVariant      *parameter,
                           gpointer       user_data)
{
  keel_window_add_from_clipboard (keel_application_present (user_data));
}

/* Of another application, whose downloads have ended and which could not be told. */
static void
launch_action (GSimpleAction *action,
               GVariant      *parameter,
               gpointer       user_data)
{
  g_autofree char *id = g_strconcat (g_variant_get_string (parameter, NULL), ".desktop", NULL);
  g_autoptr (GDesktopAppInfo) info = g_desktop_app_info_new (id);
  g_autoptr (GdkAppLaunchContext) context = NULL;
  g_autoptr (GError) error = NULL;

  if (info == NULL)
    {
      keel_application_present (user_data);
      return;
    }
  context = gdk_display_get_app_launch_context (gdk_display_get_default ());
  if (!g_app_info_launch (G_APP_INFO (info), NULL, G_APP_LAUNCH_CONTEXT (context), &error))
    g_message ("“%s” cannot be started: %s", id, error->message);
}

static void
restart_service_action (GSimpleAction *action,
                        GVariant      *parameter,
                        gpointer       user_data)
{
  KeelApplication *self = user_data;

  if (self->manager != NULL)
    keel_manager_reconnect (self->manager);
  else
    keel_application_open_manager (self);
}

static void
preferences_action (GSimpleAction *action,
                    GVariant      *parameter,
                    gpointer       user_data)
{
  KeelApplication *self = user_data;
  KeelWindow *window = keel_application_present (self);

  if (self->preferences == NULL)
    {
      g_set_weak_pointer (&self->preferences, keel_preferences_window_new (GTK_WINDOW (window)));
      keel_preferences_window_set_manager (self->preferences, self->manager);
    }

  gtk_window_present (GTK_WINDOW (self->preferences));
}

/* Closing just closes, unless the person wants all to rest then. */
void
keel_application_window_closed (KeelApplication *self)
{
  g_autoptr (GSettings) settings = g_settings_new (KEEL_APP_ID);
  g_autofree char *wanted = g_settings_get_string (settings, "when-window-closes");

  if (g_str_equal (wanted, "pause-all") && self->manager != NULL)
    run_errand (self, do_control, 0, KEEL_VERB_PAUSE);
}

static void
about_action (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       user_data)
{
  KeelApplication *self = user_data;
  const char *const developers[] = { "The Keelboat developers", NULL };

  /* clang-format off */
  adw_show_about_window (GTK_WINDOW (self->window),
                         "application-name", "Keelboat",
                         "application-icon", KEEL_APP_ID,
                         "version", KEEL_VERSION,
                         "developer-name", developers[0],
                         "developers", developers,
                         "comments", _("Download files that arrive whatever happens"),
                         /* Translators: your name and address, one line a translator. */
                         "translator-credits", _("translator-credits"),
                         "license-type", GTK_LICENSE_GPL_3_0,
                         "website", "https://github.com/keelboat/keelboat",
                         "issue-url", "https://github.com/keelboat/keelboat/issues",
                         NULL);
  /* clang-format on */
}

static void
help_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       user_data)
{
  KeelApplication *self = user_data;

  /* A window of the application that has the focus keeps it until the viewer is there. */
  keel_window_show_help (self->window != NULL ? self->window : keel_application_present (self));
}

/* Closes the window as its own button would; downloads go on. */
static void
quit_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       user_data)
{
  KeelApplication *self = user_data;

  if (self->window != NULL)
    gtk_window_close (GTK_WINDOW (self->window));
}

void
keel_application_add_actions (KeelApplication *self)
{
  const GActionEntry entries[] = {
    { "about", about_action },
    { "add-from-clipboard", add_from_clipboard_action },
    { "choose-folder", mend_action, "t" },
    { "help", help_action },
    { "launch", launch_action, "s" },
    { "new-download", new_download_action },
    { "new-link", mend_action, "t" },
    { "open-file", open_file_action, "t" },
    { "pause-all", pause_all_action },
    { "preferences", preferences_action },
    { "quit", quit_action },
    { "restart-service", restart_service_action },
    { "resume-all", resume_all_action },
    { "retry", retry_action, "t" },
    { "search", search_action, "s" },
    { "show", show_action },
    { "show-in-folder", show_in_folder_action, "t" },
    { "show-task", show_task_action, "t" },
    { "sign-in", mend_action, "t" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
