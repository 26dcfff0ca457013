/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-add-window-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "keel-config.h"
#include "keel-format.h"
#include "keel-links.h"
#include "keel-window.h"

/* The window in which downloads are added: one link with a name of its own, or several with boxes
 * to tick; a folder, a start, and a few options that most people never open.
 *
 * Pasting or handing over more than one link turns it into the list, and it stays one. The name is
 * filled in from the link only for the eye: unless somebody types another one, the server is asked
 * for it. The window stays open until the service has confirmed that the downloads are safe on
 * disk (keel-add-window-send.c). */

G_DEFINE_FINAL_TYPE (KeelAddWindow, keel_add_window, ADW_TYPE_WINDOW)

/* Most file systems take no longer names. */
#define NAME_BYTES_MAX 255

/* As in the template; never wider than the window that it belongs to. */
#define WIDTH 560 /* px */

/* Somewhat longer than an AdwExpanderRow takes to open. */
#define UNFOLD_USEC (400 * 1000)

/* What the preferences say of names that are taken; in the order of the schema. */
KeelConflict
keel_add_window_get_conflict (KeelAddWindow *self)
{
  static const KeelConflict CONFLICTS[] = {
    KEEL_CONFLICT_RENAME,
    KEEL_CONFLICT_REPLACE,
    KEEL_CONFLICT_FAIL,
  };

  return CONFLICTS[g_settings_get_enum (self->settings, "when-name-is-taken")];
}

/* A link with a pattern is not downloaded unseen. */
static char *
dup_unfold_label (const char *link)
{
  g_auto (GStrv) links = keel_links_expand (link);
  guint n_links = g_strv_length (links);

  /* Translators: a button that shows a list of links. */
  return g_strdup_printf (ngettext ("Show %d Link", "Show %d Links", n_links), (int) n_links);
}

static void
update_download (KeelAddWindow *self)
{
  g_autoptr (GPtrArray) offers = keel_add_window_dup_offers (self);
  gboolean is_paused = adw_combo_row_get_selected (self->start_row) == KEEL_ADD_START_PAUSED;
  g_autofree char *label = NULL;

  if (self->has_pattern)
    label = dup_unfold_label (((KeelOffer *) offers->pdata[0])->link);
  else if (is_paused)
    label = g_strdup (_("Add"));
  else if (self->has_many)
    /* Translators: a button that adds that many downloads. */
    label = g_strdup_printf (ngettext ("Download %d", "Download %d", offers->len),
                             (int) offers->len);
  else
    label = g_strdup (_("Download"));

  gtk_button_set_label (GTK_BUTTON (self->download_button), label);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "add.download",
                                 offers->len > 0 && !self->is_sending);
}

void
keel_add_window_update (KeelAddWindow *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->link_group), !self->has_many);
  gtk_widget_set_visible (GTK_WIDGET (self->link_list), self->has_many);
  gtk_widget_set_visible (GTK_WIDGET (self->name_row), !self->has_many);
  gtk_widget_set_visible (GTK_WIDGET (self->when_row),
                          adw_combo_row_get_selected (self->start_row) == KEEL_ADD_START_LATER);
  if (self->has_many)
    keel_hint_row_tell (self->name_hint, GTK_WIDGET (self->name_row), NULL);
  adw_preferences_group_set_title (self->save_group, self->has_many ? "" : _("Save As"));
  gtk_window_set_title (GTK_WINDOW (self),
                        self->has_many ? _("Add Downloads") : _("Add Download"));
  keel_add_window_show_space (self);
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
void
keel_add_window_fit (KeelAddWindow *self)
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
  keel_add_window_fit (self);
}

/* @name: (nullable): only for the eye; unless another one is typed the server is asked again */
void
keel_add_window_guess_name (KeelAddWindow *self,
                            const char    *name)
{
  if (self->name_is_own)
    return;

  self->is_guessing = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->name_row), name != NULL ? name : "");
  self->is_guessing = FALSE;
}

static void
keel_add_window_start_changed_cb (KeelAddWindow *self)
{
  keel_add_window_update (self);
  keel_add_window_fit (self);
}

static void
keel_add_window_link_changed_cb (KeelAddWindow *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->link_row));
  g_auto (GStrv) links = keel_links_find (text);
  g_auto (GStrv) expanded = NULL;
  g_autofree char *name = NULL;
  gboolean is_other_scheme = strstr (text, "://") != NULL && links[0] == NULL;

  keel_add_window_show_error (self, NULL);
  keel_hint_row_tell (self->link_hint, GTK_WIDGET (self->link_row),
                      is_other_scheme ? _("This kind of link is not supported") : NULL);
  if (g_strv_length (links) > 1)
    {
      g_autoptr (GPtrArray) offers = keel_offers_for_links ((const char *const *) links);

      keel_add_window_set_many (self, offers);
      return;
    }

  name = links[0] != NULL ? keel_links_guess_name (links[0]) : NULL;
  keel_add_window_guess_name (self, name);
  expanded = keel_links_expand (links[0] != NULL ? links[0] : "");
  self->has_pattern = g_strv_length (expanded) > 1;
  keel_add_window_probe (self, self->has_pattern ? NULL : links[0]);
  keel_add_window_update (self);
}

/* Return downloads from where a line is typed, and only there: on other rows it activates them. */
static void
keel_add_window_entry_activated_cb (KeelAddWindow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "add.download", NULL);
}

/* Returns: (transfer none) (nullable): what is wrong with the name that was typed */
static const char *
get_name_trouble (KeelAddWindow *self)
{
  const char *name = gtk_editable_get_text (GTK_EDITABLE (self->name_row));

  if (self->has_many || !self->name_is_own)
    return NULL;
  if (strchr (name, '/') != NULL)
    return _("A name cannot have a “/” in it");
  if (g_str_equal (name, ".") || g_str_equal (name, ".."))
    return _("A file cannot have this name");
  if (strlen (name) > NAME_BYTES_MAX)
    return _("This name is too long");

  return NULL;
}

static void
keel_add_window_name_changed_cb (KeelAddWindow *self)
{
  if (!self->is_guessing)
    self->name_is_own = *gtk_editable_get_text (GTK_EDITABLE (self->name_row)) != '\0';
  keel_hint_row_tell (self->name_hint, GTK_WIDGET (self->name_row), get_name_trouble (self));
}

static void
clipboard_read_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (KeelAddWindow) self = user_data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
  g_auto (GStrv) links = keel_links_find (text);
  g_autoptr (GPtrArray) offers = keel_offers_for_links ((const char *const *) links);

  if (!g_cancellable_is_cancelled (self->cancellable))
    keel_add_window_add_offers (self, offers);
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
  KeelAddWindow *self = KEEL_ADD_WINDOW (widget);
  g_autoptr (GPtrArray) offers = keel_add_window_dup_offers (self);

  if (self->has_pattern)
    keel_add_window_set_many (self, offers);
  else if (get_name_trouble (self) != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (self->name_row));
  else if (keel_add_options_check (self->options_row))
    keel_add_window_send (self);
}

/* Where the download is that is in the list already. */
static void
keel_add_window_show_listed_cb (KeelAddWindow *self)
{
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));
  guint64 id = self->listed_id;

  gtk_window_close (GTK_WINDOW (self));
  if (KEEL_IS_WINDOW (parent))
    keel_window_show_task (KEEL_WINDOW (parent), id);
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
  g_clear_handle_id (&self->typing_id, g_source_remove);
  g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
  g_clear_object (&self->item);
  g_clear_pointer (&self->filled_in, keel_offer_unref);
  if (self->link_list != NULL)
    keel_link_list_set_known (self->link_list, NULL);
  g_clear_pointer (&self->known, keel_known_links_free);

  G_OBJECT_CLASS (keel_add_window_parent_class)->dispose (object);
}

static void
keel_add_window_finalize (GObject *object)
{
  KeelAddWindow *self = KEEL_ADD_WINDOW (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->prober, keel_link_prober_free);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (keel_add_window_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  g_type_ensure (KEEL_TYPE_LINK_LIST);
  g_type_ensure (KEEL_TYPE_ADD_OPTIONS);
  g_type_ensure (KEEL_TYPE_HINT_ROW);
  g_type_ensure (KEEL_TYPE_WHEN_ROW);
  g_type_ensure (KEEL_TYPE_SPACE_BAR);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-add-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, download_button);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, link_group);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, link_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, link_hint);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, listed_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, link_list);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, error_label);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, save_group);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, name_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, name_hint);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, folder_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, start_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, when_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, options_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, probe_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, probe_image);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, probe_name_label);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, probe_words_label);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, probe_spinner);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, probe_tick);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, space_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, space_bar);
  gtk_widget_class_bind_template_child (widget_class, KeelAddWindow, space_label);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_update);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_fit);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_link_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_start_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_entry_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_name_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_choose_folder_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_window_show_listed_cb);
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
  self->settings = g_settings_new (KEEL_APP_ID);
  self->cancellable = g_cancellable_new ();
  self->prober = keel_link_prober_new (self->settings);
  gtk_widget_init_template (GTK_WIDGET (self));
  keel_link_list_set_prober (self->link_list, self->prober);

  keel_add_window_init_drop (self);
  keel_add_window_check_folder (self);
  keel_add_window_recall_folder (self);
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

/* The list that links may be in already. */
void
keel_add_window_set_tasks (KeelAddWindow *self,
                           GListModel    *tasks)
{
  g_clear_pointer (&self->known, keel_known_links_free);
  self->known = keel_known_links_new (tasks);
  keel_link_list_set_known (self->link_list, self->known);
  keel_add_window_show_listed (self);
}
