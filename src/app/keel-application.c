/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-application-private.h"

#include <glib/gi18n.h>

#include "keel-config.h"
#include "keel-intake.h"
#include "keel-links.h"
#include "keel-own-uri.h"

/* One process, one window. Links and files come in by the command line ("keelboat URL..."), by the
 * desktop (Open) or by hand; however often it is started, the one window is raised.
 *
 * The application follows the downloads only while it has a window. Without one it is there for
 * moments: the service activates it to open a file that somebody clicked in a notification
 * (keel-application-actions.c), and it leaves again. */

/* What the bus starts it for may come several times in a row; what is sent to it while it is
 * already on its way out is lost. */
#define LINGER_MSEC 3000

G_DEFINE_FINAL_TYPE (KeelApplication, keel_application, ADW_TYPE_APPLICATION)

/* What the arguments are called on their way to the process that has the window. */
#define THINGS "things"

static const GOptionEntry OPTIONS[] = {
  { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Print the version and leave"), NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, NULL, NULL },
  { NULL },
};

static void
manager_opened_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (KeelApplication) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KeelManager) manager = keel_manager_open_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  g_clear_object (&self->opening);
  if (self->window == NULL)
    return;

  if (manager != NULL)
    {
      self->manager = g_steal_pointer (&manager);
      keel_window_set_manager (self->window, self->manager);
      if (self->preferences != NULL)
        keel_preferences_window_set_manager (self->preferences, self->manager);
    }
  else
    {
      g_message ("The download service cannot be reached: %s", error->message);
      keel_window_set_unreachable (self->window);
    }
}

/* Asks for the downloads, unless they are here or on their way. */
void
keel_application_open_manager (KeelApplication *self)
{
  if (self->manager != NULL || self->opening != NULL)
    return;

  self->opening = g_cancellable_new ();
  keel_manager_open_async (KEEL_MANAGER_LIVE, self->opening, manager_opened_cb,
                           g_object_ref (self));
}

/* Returns: (transfer none): the window, made if there is none, before the person's eyes */
KeelWindow *
keel_application_present (KeelApplication *self)
{
  if (self->window == NULL)
    {
      g_set_weak_pointer (&self->window, keel_window_new (ADW_APPLICATION (self)));
      keel_application_open_manager (self);
    }

  gtk_window_present (GTK_WINDOW (self->window));

  return self->window;
}

static void
keel_application_activate (GApplication *application)
{
  keel_application_present (KEEL_APPLICATION (application));
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (KeelApplication) self = user_data;
  g_autoptr (KeelIntake) intake = keel_intake_read_finish (result, NULL);

  g_application_release (G_APPLICATION (self));
  if (intake != NULL)
    keel_window_take (keel_application_present (self), intake);
}

/* Shows the window, and in the Add window what comes of @things. */
static void
take_things (KeelApplication   *self,
             const char *const *things)
{
  keel_application_present (self);
  if (things[0] == NULL)
    return;

  g_application_hold (G_APPLICATION (self));
  keel_intake_read_async (things, NULL, read_cb, g_object_ref (self));
}

static void
keel_application_open (GApplication  *application,
                       GFile        **files,
                       int            n_files,
                       const char    *hint)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) things = NULL;

  for (int i = 0; i < n_files; i++)
    {
      g_autofree char *uri = g_file_get_uri (files[i]);

      g_strv_builder_add (builder, uri);
    }

  things = g_strv_builder_end (builder);
  take_things (KEEL_APPLICATION (application), (const char *const *) things);
}

static int
keel_application_command_line (GApplication            *application,
                               GApplicationCommandLine *command_line)
{
  GVariantDict *options = g_application_command_line_get_options_dict (command_line);
  g_autofree const char **things = NULL;
  const char *const none[] = { NULL };

  g_variant_dict_lookup (options, THINGS, "^a&s", &things);
  take_things (KEEL_APPLICATION (application), things != NULL ? things : none);

  return 0;
}

/* Returns: (transfer full) (nullable): what @argument stands for, as others can read it from where
 * they are; NULL if it is nothing. This is a command that somebody waits for, with no window yet,
 * so the disk may be asked. */
static char *
dup_thing (const char *argument)
{
  g_autoptr (GFile) file = NULL;
  g_auto (GStrv) links = keel_links_find (argument);

  if (links[0] != NULL || (keel_own_uri_is_one (argument) && g_utf8_validate (argument, -1, NULL)))
    return g_strdup (argument);

  file = g_file_new_for_commandline_arg (argument);
  if (!g_file_is_native (file) || !g_file_query_exists (file, NULL))
    return NULL;

  return g_file_get_uri (file);
}

/* "keelboat LINK-OR-FILE...": what is neither is said and nothing is opened, as a command should.
 */
static int
keel_application_handle_local_options (GApplication *application,
                                       GVariantDict *options)
{
  g_autofree const char **arguments = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) things = NULL;

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("keelboat %s\n", KEEL_VERSION);
      return 0;
    }

  g_variant_dict_lookup (options, G_OPTION_REMAINING, "^a&ay", &arguments);
  for (guint i = 0; arguments != NULL && arguments[i] != NULL; i++)
    {
      g_autofree char *thing = dup_thing (arguments[i]);

      if (thing == NULL)
        {
          g_autofree char *shown = g_filename_display_name (arguments[i]);

          /* Translators: %s is what somebody typed in a terminal. */
          g_printerr (_("keelboat: “%s” is neither a link nor a file\n"), shown);
          return 2;
        }
      g_strv_builder_add (builder, thing);
    }

  things = g_strv_builder_end (builder);
  g_variant_dict_remove (options, G_OPTION_REMAINING);
  g_variant_dict_insert (options, THINGS, "^as", things);

  return -1;
}

static void
keel_application_window_removed (GtkApplication *application,
                                 GtkWindow      *window)
{
  KeelApplication *self = KEEL_APPLICATION (application);

  if (window == (GtkWindow *) self->window)
    {
      g_clear_weak_pointer (&self->window);
      keel_application_window_closed (self);
      g_cancellable_cancel (self->opening);
      g_clear_object (&self->opening);
      g_clear_object (&self->manager);
    }

  GTK_APPLICATION_CLASS (keel_application_parent_class)->window_removed (application, window);
}

static void
keel_application_startup (GApplication *application)
{
  static const struct {
    const char *action;
    const char *accelerators[2];
  } ACCELERATORS[] = {
    /* clang-format off */
    { "app.help", { "F1" } },
    { "app.preferences", { "<Control>comma" } },
    { "app.quit", { "<Control>q" } },
    { "win.add", { "<Control>n" } },
    { "win.pause-all", { "<Control>p" } },
    { "win.search", { "<Control>f" } },
    { "window.close", { "<Control>w" } },
    /* clang-format on */
  };

  G_APPLICATION_CLASS (keel_application_parent_class)->startup (application);

  if (g_application_get_flags (application) & G_APPLICATION_IS_SERVICE)
    g_application_set_inactivity_timeout (application, LINGER_MSEC);
  gtk_window_set_default_icon_name (KEEL_APP_ID);
  keel_application_add_actions (KEEL_APPLICATION (application));
  for (guint i = 0; i < G_N_ELEMENTS (ACCELERATORS); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (application), ACCELERATORS[i].action,
                                           ACCELERATORS[i].accelerators);
}

static void
keel_application_dispose (GObject *object)
{
  KeelApplication *self = KEEL_APPLICATION (object);

  g_clear_weak_pointer (&self->preferences);
  g_clear_weak_pointer (&self->window);
  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  g_clear_object (&self->manager);

  G_OBJECT_CLASS (keel_application_parent_class)->dispose (object);
}

static void
keel_application_class_init (KeelApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = keel_application_dispose;
  application_class->startup = keel_application_startup;
  application_class->activate = keel_application_activate;
  application_class->open = keel_application_open;
  application_class->command_line = keel_application_command_line;
  application_class->handle_local_options = keel_application_handle_local_options;
  GTK_APPLICATION_CLASS (klass)->window_removed = keel_application_window_removed;
}

static void
keel_application_init (KeelApplication *self)
{
  g_application_add_main_option_entries (G_APPLICATION (self), OPTIONS);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _("[LINK-OR-FILE…]"));
}

KeelApplication *
keel_application_new (void)
{
  return g_object_new (KEEL_TYPE_APPLICATION, "application-id", KEEL_APP_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN | G_APPLICATION_HANDLES_COMMAND_LINE,
                       "resource-base-path", "/io/github/keelboat/Keelboat", NULL);
}
