/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-add-window-private.h"

#include <glib/gi18n.h>

#include "keel-checksum-text.h"
#include "keel-format.h"
#include "keel-links.h"

/* The window in which downloads are added: one link with a name of its own, or several with boxes
 * to tick; a folder, a start, and a few options that most people never open.
 *
 * Pasting or handing over more than one link turns it into the list, and it stays one. The name is
 * filled in from the link only for the eye: unless somebody types another one, the server is asked
 * for it. The window stays open until the service has confirmed that the downloads are safe on
 * disk (keel-add-window-send.c). */

G_DEFINE_FINAL_TYPE (KeelAddWindow, keel_add_window, ADW_TYPE_WINDOW)

/* As in the template; never wider than the window that it belongs to. */
#define WIDTH 560 /* px */

/* Somewhat longer than an AdwExpanderRow takes to open. */
#define UNFOLD_USEC (400 * 1000)

/* Bytes per second; 0 is no limit. */
static const guint64 LIMITS_BPS[] = {
  0, 100000, 500000, 1000000, 2000000, 5000000, 10000000, 20000000, 50000000, 100000000,
};

guint64
keel_add_window_get_limit (KeelAddWindow *self)
{
  guint selected = adw_combo_row_get_selected (self->limit_row);

  return selected < G_N_ELEMENTS (LIMITS_BPS) ? LIMITS_BPS[selected] : 0;
}

/* Returns: (transfer full): the links that are about to be added; empty if there are none */
GStrv
keel_add_window_dup_links (KeelAddWindow *self)
{
  if (self->has_many)
    return keel_link_list_dup_selected (self->link_list);

  return keel_links_find (gtk_editable_get_text (GTK_EDITABLE (self->link_row)));
}

static const char *
get_checksum (KeelAddWindow *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->checksum_row));
}

static gboolean
is_checksum_valid (KeelAddWindow *self)
{
  g_autofree char *checksum = keel_checksum_text_parse (get_checksum (self));

  return self->has_many || *get_checksum (self) == '\0' || checksum != NULL;
}

static void
set_error (GtkWidget *row,
           gboolean   has_error)
{
  if (has_error)
    gtk_widget_add_css_class (row, "error");
  else
    gtk_widget_remove_css_class (row, "error");
}

/* What is set is named even while the options are folded away. */
static void
update_options (KeelAddWindow *self)
{
  g_autoptr (GPtrArray) set = g_ptr_array_new_with_free_func (g_free);
  guint64 limit_bps = keel_add_window_get_limit (self);
  g_autofree char *subtitle = NULL;

  if (!self->has_many && *get_checksum (self) != '\0')
    g_ptr_array_add (set, g_strdup (_("Checksum")));
  if (limit_bps > 0)
    g_ptr_array_add (set, keel_format_rate (limit_bps));

  if (set->len > 0)
    {
      g_ptr_array_add (set, NULL);
      subtitle = g_strjoinv (KEEL_FORMAT_MIDDLE_DOT, (char **) set->pdata);
    }
  else
    {
      /* Translators: what "More Options" has inside. */
      subtitle = g_strdup (self->has_many ? _("Speed limit") : _("Checksum, speed limit"));
    }

  adw_expander_row_set_subtitle (self->options_row, subtitle);
}

static void
update_download (KeelAddWindow *self)
{
  g_auto (GStrv) links = keel_add_window_dup_links (self);
  guint n_links = g_strv_length (links);
  gboolean is_paused = adw_combo_row_get_selected (self->start_row) != 0;
  g_autofree char *label = NULL;

  if (is_paused)
    label = g_strdup (_("Add"));
  else if (self->has_many)
    /* Translators: a button that adds that many downloads. */
    label = g_strdup_printf (ngettext ("Download %d", "Download %d", n_links), (int) n_links);
  else
    label = g_strdup (_("Download"));

  gtk_button_set_label (GTK_BUTTON (self->download_button), label);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "add.download",
                                 n_links > 0 && !self->is_sending && is_checksum_valid (self));
}

static void
update_folder (KeelAddWindow *self)
{
  const char *downloads = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);
  g_autoptr (GFile) home = g_file_new_for_path (g_get_home_dir ());
  g_autofree char *name = NULL;

  if (self->folder != NULL)
    {
      name = g_file_get_relative_path (home, self->folder);
      if (name == NULL)
        name = g_file_get_parse_name (self->folder);
    }
  else if (downloads != NULL)
    {
      name = g_filename_display_basename (downloads);
    }
  else
    {
      name = g_strdup (_("Downloads"));
    }

  adw_action_row_set_subtitle (self->folder_row, name);
}

void
keel_add_window_update (KeelAddWindow *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->link_group), !self->has_many);
  gtk_widget_set_visible (GTK_WIDGET (self->link_list), self->has_many);
  gtk_widget_set_visible (GTK_WIDGET (self->name_row), !self->has_many);
  gtk_widget_set_visible (GTK_WIDGET (self->checksum_row), !self->has_many);
  adw_preferences_group_set_title (self->save_group, self->has_many ? "" : _("Save As"));
  gtk_window_set_title (GTK_WINDOW (self),
                        self->has_many ? _("Add Downloads") : _("Add Download"));
  set_error (GTK_WIDGET (self->checksum_row), !is_checksum_valid (self));
  update_options (self);
  update_download (self);
}

static gboolean
fit_tick_cb (GtkWidget     *widget,
             GdkFrameClock *clock,
             gpointer       user_data)
{
  KeelAddWindow *self = KEEL_ADD_WINDOW (widget);
  int width, height;

  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  gtk_window_set_default_size (GTK_WINDOW (self), width, -1);
  if (gdk_frame_clock_get_frame_time (clock) < self->fit_until_usec)
    return G_SOURCE_CONTINUE;

  self->fit_tick_id = 0;

  return G_SOURCE_REMOVE;
}

/* The window grows and shrinks with what it shows, as long as the screen has room: while rows
 * unfold it follows them. */
static void
keel_add_window_fit_cb (KeelAddWindow *self)
{
  self->fit_until_usec = g_get_monotonic_time () + UNFOLD_USEC;
  if (self->fit_tick_id == 0)
    self->fit_tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), fit_tick_cb, NULL, NULL);
}

/* @words: (nullable): what went wrong; NULL takes the former words away */
void
keel_add_window_show_error (KeelAddWindow *self,
                            const char    *words)
{
  if (g_strcmp0 (gtk_label_get_label (self->error_label), words != NULL ? words : "") == 0)
    return;

  gtk_label_set_label (self->error_label, words != NULL ? words : "");
  gtk_widget_set_visible (GTK_WIDGET (self->error_label), words != NULL);
  keel_add_window_fit_cb (self);
}

static void
set_guessed_name (KeelAddWindow *self,
                  const char    *link)
{
  g_autofree char *name = link != NULL ? keel_links_guess_name (link) : NULL;

  if (self->name_is_own)
    return;

  self->is_guessing = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->name_row), name != NULL ? name : "");
  self->is_guessing = FALSE;
}

static void
set_many (KeelAddWindow     *self,
          const char *const *links)
{
  self->has_many = TRUE;
  keel_link_list_add (self->link_list, links);
  keel_add_window_update (self);
  keel_add_window_fit_cb (self);
}

static void
keel_add_window_link_changed_cb (KeelAddWindow *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->link_row));
  g_auto (GStrv) links = keel_links_find (text);
  gboolean is_other_scheme = strstr (text, "://") != NULL && links[0] == NULL;

  keel_add_window_show_error (self,
                              is_other_scheme ? _("This kind of link is not supported") : NULL);
  if (g_strv_length (links) > 1)
    {
      set_many (self, (const char *const *) links);
      return;
    }

  set_guessed_name (self, links[0]);
  keel_add_window_update (self);
}

/* Return downloads from where a line is typed, and only there: on other rows it activates them. */
static void
keel_add_window_entry_activated_cb (KeelAddWindow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "add.download", NULL);
}

static void
keel_add_window_name_changed_cb (KeelAddWindow *self)
{
  if (!self->is_guessing)
    self->name_is_own = *gtk_editable_get_text (GTK_EDITABLE (self->name_row)) != '\0';
}

static void
folder_chosen_cb (GtkNativeDialog *chooser,
                  int              response,
                  KeelAddWindow   *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_clear_object (&self->folder);
      self->folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
      update_folder (self);
    }

  g_clear_object (&self->chooser);
}

static void
keel_add_window_choose_folder_cb (KeelAddWindow *self)
{
  if (self->chooser != NULL)
    return;

  self->chooser = gtk_file_chooser_native_new (_("Folder"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  if (self->folder != NULL)
    gtk_file_chooser_set_file (GTK_FILE_CHOOSER (self->chooser), self->folder, NULL);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (folder_chosen_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
clipboard_read_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (KeelAddWindow) self = user_data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
  g_auto (GStrv) links = keel_links_find (text);

  if (links[0] != NULL)
    keel_add_window_add_links (self, (const char *const *) links);
}

static void
paste_action (GtkWidget  *widget,
              const char *action_name,
              GVariant   *parameter)
{
  KeelAddWindow *self = KEEL_ADD_WINDOW (widget);

  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (widget), self->cancellable,
                                 clipboard_read_cb, g_object_ref (self));
}

static void
download_action (GtkWidget  *widget,
                 const char *action_name,
                 GVariant   *parameter)
{
  keel_add_window_send (KEEL_ADD_WINDOW (widget));
}

static void
keel_add_window_dispose (GObject *object)
{
  KeelAddWindow *self = KEEL_ADD_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  if (self->chooser != NULL)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->chooser));
  g_clear_object (&self->chooser);
  g_clear_object (&self->folder);

  G_OBJECT_CLASS (keel_add_window_parent_class)->dispose (object);
}

static void
keel_add_window_finalize (GObject *object)
{
  KeelAddWindow *self = KEEL_ADD_WINDOW (object);

  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (keel_add_window_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  g_type_ensure (KEEL_TYPE_LINK_LIST);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-add-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, download_button);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, link_group);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, link_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, link_list);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, error_label);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, save_group);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, name_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, folder_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, start_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, options_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, checksum_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, limit_row);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_update);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_fit_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_link_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_entry_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_name_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_choose_folder_cb);
}

static void
keel_add_window_class_init (KeelAddWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = keel_add_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = keel_add_window_finalize;

  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "add.download", NULL, download_action);
  gtk_widget_class_install_action (widget_class, "add.paste", NULL, paste_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_v, GDK_CONTROL_MASK, "add.paste",
                                       NULL);
}

static void
keel_add_window_init (KeelAddWindow *self)
{
  g_autoptr (GtkStringList) limits = NULL;

  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));

  limits = gtk_string_list_new (NULL);
  gtk_string_list_append (limits, _("No limit"));
  for (guint i = 1; i < G_N_ELEMENTS (LIMITS_BPS); i++)
    gtk_string_list_take (limits, keel_format_rate (LIMITS_BPS[i]));
  adw_combo_row_set_model (self->limit_row, G_LIST_MODEL (limits));

  update_folder (self);
  keel_add_window_update (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->link_row));
}

KeelAddWindow *
keel_add_window_new (GtkWindow *parent)
{
  GtkApplication *application = gtk_window_get_application (parent);
  KeelAddWindow *self = g_object_new (KEEL_TYPE_ADD_WINDOW, "application", application, NULL);
  int width = gtk_widget_get_width (GTK_WIDGET (parent));

  gtk_window_set_transient_for (GTK_WINDOW (self), parent);
  if (width > 0 && width < WIDTH)
    gtk_window_set_default_size (GTK_WINDOW (self), width, -1);

  return self;
}

/* Fills in @links, beside those that are there already. */
void
keel_add_window_add_links (KeelAddWindow     *self,
                           const char *const *links)
{
  g_auto (GStrv) present = self->has_many ? NULL : keel_add_window_dup_links (self);
  guint n_links = g_strv_length ((GStrv) links);

  if (n_links == 0)
    return;

  if (self->has_many || n_links > 1)
    {
      if (present != NULL)
        keel_link_list_add (self->link_list, (const char *const *) present);
      set_many (self, links);
      return;
    }

  gtk_editable_set_text (GTK_EDITABLE (self->link_row), links[0]);
  gtk_editable_set_position (GTK_EDITABLE (self->link_row), -1);
}
