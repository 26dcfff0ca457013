/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-application-private.h"

#include <glib/gi18n.h>

#include "keel-config.h"
#include "keel-links.h"

/* One process, one window. Links come in by the command line ("keelboat URL..."), by the desktop
 * (Open) or by hand; however often it is started, the one window is raised.
 *
 * The application follows the downloads only while it has a window. Without one it is there for
 * moments: the service activates it to open a file that somebody clicked in a notification
 * (keel-application-actions.c), and it leaves again. */

G_DEFINE_FINAL_TYPE (KeelApplication, keel_application, ADW_TYPE_APPLICATION)

static const GOptionEntry OPTIONS[] = {
  { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Print the version and leave"), NULL },
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
keel_application_open (GApplication  *application,
                       GFile        **files,
                       int            n_files,
                       const char    *hint)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (GStrv) links = NULL;
  KeelWindow *window = keel_application_present (KEEL_APPLICATION (application));

  for (int i = 0; i < n_files; i++)
    {
      g_autofree char *uri = g_file_get_uri (files[i]);

      g_string_append_printf (text, "%s\n", uri);
    }

  links = keel_links_find (text->str);
  if (links[0] != NULL)
    keel_window_add_links (window, (const char *const *) links);
}

/* "keelboat URL...": what is no link is said and nothing is opened, as a command should. */
static int
keel_application_command_line (GApplication            *application,
                               GApplicationCommandLine *command_line)
{
  g_auto (GStrv) arguments = g_application_command_line_get_arguments (command_line, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) links = NULL;
  KeelWindow *window;

  for (guint i = 1; arguments[0] != NULL && arguments[i] != NULL; i++)
    {
      g_auto (GStrv) found = keel_links_find (arguments[i]);

      if (found[0] != NULL)
        continue;

      /* Translators: %s is what somebody typed in a terminal. */
      g_application_command_line_printerr (command_line, _("keelboat: “%s” is not a link\n"),
                                           arguments[i]);
      return 2;
    }

  window = keel_application_present (KEEL_APPLICATION (application));
  text = g_strjoinv ("\n", arguments);
  links = keel_links_find (text);
  if (links[0] != NULL)
    keel_window_add_links (window, (const char *const *) links);

  return 0;
}

static int
keel_application_handle_local_options (GApplication *application,
                                       GVariantDict *options)
{
  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("keelboat %s\n", KEEL_VERSION);
      return 0;
    }

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
    { "app.quit", { "<Control>q" } },
    { "win.add", { "<Control>n" } },
    { "win.pause-all", { "<Control>p" } },
    { "win.search", { "<Control>f" } },
    { "window.close", { "<Control>w" } },
    /* clang-format on */
  };

  G_APPLICATION_CLASS (keel_application_parent_class)->startup (application);

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
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _("[LINK…]"));
}

KeelApplication *
keel_application_new (void)
{
  return g_object_new (KEEL_TYPE_APPLICATION, "application-id", KEEL_APP_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN | G_APPLICATION_HANDLES_COMMAND_LINE,
                       "resource-base-path", "/io/github/keelboat/Keelboat", NULL);
}
