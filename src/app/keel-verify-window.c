/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-verify-window.h"

#include <glib/gi18n.h>

#include "keel-checksum-text.h"
#include "keel-file-digest.h"

/* Whether a finished file has the checksum that somebody has found published for it. There is
 * nothing to press: as soon as what is pasted is a checksum, which also tells the algorithm, the
 * file is read; once for each algorithm, however often another checksum is pasted. Another
 * algorithm, or closing the window, stops that. Nothing of the result is kept. */

#define LOOK_MSEC 100

struct _KeelVerifyWindow {
  AdwWindow parent_instance;

  AdwWindowTitle *window_title;
  AdwEntryRow *checksum_row;
  AdwActionRow *result_row;
  GtkImage *result_image;
  GtkLabel *result_label;
  GtkProgressBar *progress_bar;

  GFile *file;               /* (owned) */
  char *algorithm;           /* (owned) (nullable): of the two below */
  char *digest;              /* (owned) (nullable): what the file has; NULL while it is computed */
  int *permille;             /* (owned) (nullable): how much of it has been read */
  GCancellable *cancellable; /* (owned) (nullable) while it is computed */
  guint look_source_id;
  gboolean has_failed;
};

G_DEFINE_FINAL_TYPE (KeelVerifyWindow, keel_verify_window, ADW_TYPE_WINDOW)

/* Never colour alone: a picture and a word. */
static void
set_result (KeelVerifyWindow *self,
            const char       *word,
            const char       *icon_name,
            const char       *style)
{
  static const char *const STYLES[] = { "success", "error", "dim-label" };

  for (guint i = 0; i < G_N_ELEMENTS (STYLES); i++)
    {
      gtk_widget_remove_css_class (GTK_WIDGET (self->result_label), STYLES[i]);
      gtk_widget_remove_css_class (GTK_WIDGET (self->result_image), STYLES[i]);
    }
  gtk_widget_add_css_class (GTK_WIDGET (self->result_label), style);
  gtk_widget_add_css_class (GTK_WIDGET (self->result_image), style);
  gtk_label_set_label (self->result_label, word);
  gtk_widget_set_visible (GTK_WIDGET (self->result_image), icon_name != NULL);
  gtk_image_set_from_icon_name (self->result_image, icon_name);
}

/* Shows what is known: @wanted is the checksum that was pasted, as keel_checksum_text_parse()
 * gives it; NULL: it is none. */
static void
show (KeelVerifyWindow *self,
      const char       *wanted)
{
  gboolean is_busy = self->cancellable != NULL;
  g_autofree char *name = self->algorithm != NULL ? g_ascii_strup (self->algorithm, -1) : NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->result_row), wanted != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->progress_bar), wanted != NULL && is_busy);
  if (wanted == NULL)
    return;

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->result_row), name);
  adw_action_row_set_subtitle (self->result_row, self->digest != NULL ? self->digest : "");
  if (is_busy)
    set_result (self, _("Verifying…"), NULL, "dim-label");
  else if (self->has_failed)
    set_result (self, _("The file cannot be read"), "dialog-warning-symbolic", "error");
  else if (g_str_has_suffix (wanted, self->digest))
    set_result (self, _("Matches"), "emblem-ok-symbolic", "success");
  else
    set_result (self, _("Does not match"), "dialog-warning-symbolic", "error");
}

static char *
dup_wanted (KeelVerifyWindow *self)
{
  return keel_checksum_text_parse (gtk_editable_get_text (GTK_EDITABLE (self->checksum_row)));
}

/* --- computing ------------------------------------------------------------------------------- */

static void
stop (KeelVerifyWindow *self)
{
  g_clear_handle_id (&self->look_source_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->permille, g_atomic_rc_box_release);
  g_clear_pointer (&self->algorithm, g_free);
  g_clear_pointer (&self->digest, g_free);
  self->has_failed = FALSE;
}

static gboolean
look_cb (gpointer user_data)
{
  KeelVerifyWindow *self = user_data;

  gtk_progress_bar_set_fraction (self->progress_bar, g_atomic_int_get (self->permille) / 1000.0);

  return G_SOURCE_CONTINUE;
}

static void
computed_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (KeelVerifyWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = keel_file_digest_finish (result, &error);
  g_autofree char *wanted = NULL;

  /* Another one has been begun, or the window has gone. */
  if (g_task_get_cancellable (G_TASK (result)) != self->cancellable)
    return;

  g_clear_handle_id (&self->look_source_id, g_source_remove);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->permille, g_atomic_rc_box_release);
  self->digest = g_steal_pointer (&digest);
  self->has_failed = self->digest == NULL;
  wanted = dup_wanted (self);
  show (self, wanted);
}

static void
start (KeelVerifyWindow *self,
       const char       *algorithm)
{
  stop (self);
  self->algorithm = g_strdup (algorithm);
  self->permille = g_atomic_rc_box_new0 (int);
  self->cancellable = g_cancellable_new ();
  gtk_progress_bar_set_fraction (self->progress_bar, 0);
  self->look_source_id = g_timeout_add (LOOK_MSEC, look_cb, self);
  keel_file_digest_async (self->file, algorithm, self->permille, self->cancellable, computed_cb,
                          g_object_ref (self));
}

static void
keel_verify_window_changed_cb (KeelVerifyWindow *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->checksum_row));
  g_autofree char *wanted = dup_wanted (self);
  g_autofree char *algorithm = NULL;

  if (wanted == NULL && *text != '\0')
    gtk_widget_add_css_class (GTK_WIDGET (self->checksum_row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->checksum_row), "error");

  if (wanted != NULL)
    algorithm = g_strndup (wanted, (gsize) (strchr (wanted, ':') - wanted));
  if (algorithm != NULL && (self->has_failed || g_strcmp0 (algorithm, self->algorithm) != 0))
    start (self, algorithm);
  show (self, wanted);
}

/* --- the window ------------------------------------------------------------------------------ */

static void
clipboard_read_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (KeelVerifyWindow) self = user_data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
  g_autofree char *checksum = text != NULL ? keel_checksum_text_parse (text) : NULL;

  /* It may have been closed, or something been typed. */
  if (checksum == NULL || self->file == NULL ||
      *gtk_editable_get_text (GTK_EDITABLE (self->checksum_row)) != '\0')
    return;

  gtk_editable_set_text (GTK_EDITABLE (self->checksum_row), strchr (checksum, ':') + 1);
}

static void
keel_verify_window_dispose (GObject *object)
{
  KeelVerifyWindow *self = KEEL_VERIFY_WINDOW (object);

  stop (self);
  g_clear_object (&self->file);

  G_OBJECT_CLASS (keel_verify_window_parent_class)->dispose (object);
}

static void
keel_verify_window_class_init (KeelVerifyWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = keel_verify_window_dispose;

  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/keelboat/Keelboat/keel-verify-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelVerifyWindow, window_title);
  gtk_widget_class_bind_template_child (widget_class, KeelVerifyWindow, checksum_row);
  gtk_widget_class_bind_template_child (widget_class, KeelVerifyWindow, result_row);
  gtk_widget_class_bind_template_child (widget_class, KeelVerifyWindow, result_image);
  gtk_widget_class_bind_template_child (widget_class, KeelVerifyWindow, result_label);
  gtk_widget_class_bind_template_child (widget_class, KeelVerifyWindow, progress_bar);
  gtk_widget_class_bind_template_callback (widget_class, keel_verify_window_changed_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
keel_verify_window_init (KeelVerifyWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

KeelVerifyWindow *
keel_verify_window_new (GtkWindow *parent,
                        GFile     *file)
{
  KeelVerifyWindow *self = g_object_new (KEEL_TYPE_VERIFY_WINDOW, "transient-for", parent, NULL);
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *shown = g_filename_display_name (name);

  self->file = g_object_ref (file);
  adw_window_title_set_subtitle (self->window_title, shown);
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (parent)), NULL,
                                 clipboard_read_cb, g_object_ref (self));

  return self;
}
