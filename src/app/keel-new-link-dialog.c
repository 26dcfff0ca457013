/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-new-link-dialog.h"

#include <glib/gi18n.h>

#include "keel-links.h"

/* Asks for another link to the file of a download whose own does not work any more. People come
 * here with the new one in the clipboard, so it is filled in if it is a link, and not the old one
 * again. */

struct _KeelNewLinkDialog {
  AdwMessageDialog parent_instance;

  AdwEntryRow *link_row;

  char *old_link;            /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) cancelled when the dialog goes */
};

G_DEFINE_FINAL_TYPE (KeelNewLinkDialog, keel_new_link_dialog, ADW_TYPE_MESSAGE_DIALOG)

static void
keel_new_link_dialog_changed_cb (KeelNewLinkDialog *self)
{
  g_autofree char *link = keel_new_link_dialog_dup_link (self);

  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (self), KEEL_NEW_LINK_DIALOG_USE,
                                           link != NULL);
}

static void
clipboard_read_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (KeelNewLinkDialog) self = user_data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
  g_auto (GStrv) links = keel_links_find (text);

  if (g_cancellable_is_cancelled (self->cancellable) || g_strv_length (links) != 1 ||
      g_strcmp0 (links[0], self->old_link) == 0 ||
      *gtk_editable_get_text (GTK_EDITABLE (self->link_row)) != '\0')
    return;
  gtk_editable_set_text (GTK_EDITABLE (self->link_row), links[0]);
  gtk_editable_select_region (GTK_EDITABLE (self->link_row), 0, -1);
}

static void
keel_new_link_dialog_dispose (GObject *object)
{
  KeelNewLinkDialog *self = KEEL_NEW_LINK_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  G_OBJECT_CLASS (keel_new_link_dialog_parent_class)->dispose (object);
}

static void
keel_new_link_dialog_finalize (GObject *object)
{
  KeelNewLinkDialog *self = KEEL_NEW_LINK_DIALOG (object);

  g_object_unref (self->cancellable);
  g_free (self->old_link);
  G_OBJECT_CLASS (keel_new_link_dialog_parent_class)->finalize (object);
}

static void
keel_new_link_dialog_class_init (KeelNewLinkDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = keel_new_link_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = keel_new_link_dialog_finalize;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/keelboat/Keelboat/"
                                                             "keel-new-link-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelNewLinkDialog, link_row);
  gtk_widget_class_bind_template_callback (widget_class, keel_new_link_dialog_changed_cb);
}

static void
keel_new_link_dialog_init (KeelNewLinkDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* For the download of the file @name, whose link so far is @old_link. */
KeelNewLinkDialog *
keel_new_link_dialog_new (GtkWindow  *parent,
                          const char *name,
                          const char *old_link)
{
  KeelNewLinkDialog *self = g_object_new (KEEL_TYPE_NEW_LINK_DIALOG, "transient-for", parent, NULL);
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (parent));

  self->old_link = g_strdup (old_link);
  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (self),
                                  /* Translators: %s is the name of a file. */
                                  _("What is here of “%s” is kept if it is the same file."),
                                  name != NULL ? name : "");
  keel_new_link_dialog_changed_cb (self);
  gdk_clipboard_read_text_async (clipboard, self->cancellable, clipboard_read_cb,
                                 g_object_ref (self));
  return self;
}

/* Returns: (transfer full) (nullable): the link, or %NULL while it is none */
char *
keel_new_link_dialog_dup_link (KeelNewLinkDialog *self)
{
  g_auto (GStrv) links = keel_links_find (gtk_editable_get_text (GTK_EDITABLE (self->link_row)));

  return g_strv_length (links) == 1 ? g_strdup (links[0]) : NULL;
}
