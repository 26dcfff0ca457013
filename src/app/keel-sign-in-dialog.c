/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-sign-in-dialog.h"

#include <glib/gi18n.h>

#include "keel-spoken-names.h"

/* Asks the person for the user name and the password that a server, or a proxy, wants for a
 * download. It says who asks, and shows what that server calls itself as a quotation, because a
 * stranger may write there what he likes; that the last answer was wrong; and that others may
 * listen, where the connection is not encrypted. What comes of the answer is the window's affair.
 */

struct _KeelSignInDialog {
  AdwMessageDialog parent_instance;

  GtkLabel *realm_label;
  GtkWidget *wrong_box;
  GtkWidget *warning_box;
  AdwEntryRow *user_row;
  GtkWidget *password_row;
  GtkCheckButton *remember_button;
};

G_DEFINE_FINAL_TYPE (KeelSignInDialog, keel_sign_in_dialog, ADW_TYPE_MESSAGE_DIALOG)

static void
keel_sign_in_dialog_user_changed_cb (KeelSignInDialog *self)
{
  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (self), KEEL_SIGN_IN_DIALOG_ANSWER,
                                           *keel_sign_in_dialog_get_user (self) != '\0');
}

static void
keel_sign_in_dialog_class_init (KeelSignInDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/keelboat/Keelboat/"
                                                             "keel-sign-in-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelSignInDialog, realm_label);
  gtk_widget_class_bind_template_child (widget_class, KeelSignInDialog, wrong_box);
  gtk_widget_class_bind_template_child (widget_class, KeelSignInDialog, warning_box);
  gtk_widget_class_bind_template_child (widget_class, KeelSignInDialog, user_row);
  gtk_widget_class_bind_template_child (widget_class, KeelSignInDialog, password_row);
  gtk_widget_class_bind_template_child (widget_class, KeelSignInDialog, remember_button);
  gtk_widget_class_bind_template_callback (widget_class, keel_sign_in_dialog_user_changed_cb);
}

static void
keel_sign_in_dialog_init (KeelSignInDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  keel_spoken_names_complete (self->password_row);
}

/* The server as people write it: without a port that goes without saying. */
static char *
dup_server (const char *origin)
{
  g_autoptr (GUri) uri = g_uri_parse (origin, G_URI_FLAGS_NONE, NULL);
  int port = uri != NULL ? g_uri_get_port (uri) : -1;
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";

  if (uri == NULL || g_uri_get_host (uri) == NULL)
    return g_strdup (origin);
  if (port == -1 || port == (g_str_equal (scheme, "https") ? 443 : 80))
    return g_strdup (g_uri_get_host (uri));
  return g_strdup_printf ("%s:%d", g_uri_get_host (uri), port);
}

static void
show_question (KeelSignInDialog *self,
               KeelTask         *task)
{
  const char *origin = keel_task_get_challenge_origin (task);
  const char *realm = keel_task_get_challenge_realm (task);
  gboolean is_proxy = keel_task_get_challenge_proxy (task);
  g_autofree char *server = dup_server (origin != NULL ? origin : "");
  g_autofree char *body = NULL;
  g_autofree char *quotation = NULL;

  if (is_proxy)
    body = g_strdup (_("The proxy wants a user name and a password."));
  else
    /* Translators: %s is the name of a server. */
    body = g_strdup_printf (_("“%s” wants a user name and a password."), server);
  adw_message_dialog_set_body (ADW_MESSAGE_DIALOG (self), body);

  /* Translators: %s is what a server calls the place that the password is for. */
  quotation = g_strdup_printf (_("It says: “%s”"), realm != NULL ? realm : "");
  gtk_label_set_label (self->realm_label, quotation);
  gtk_widget_set_visible (GTK_WIDGET (self->realm_label), realm != NULL && *realm != '\0');
  gtk_widget_set_visible (self->wrong_box, keel_task_get_challenge_tries (task) > 0);
  gtk_widget_set_visible (self->warning_box,
                          origin != NULL && g_str_has_prefix (origin, "http://"));
  /* Which proxy it is, nobody can tell; so none is remembered. */
  gtk_widget_set_visible (GTK_WIDGET (self->remember_button), !is_proxy);
}

/* For @task, which has a challenge. */
KeelSignInDialog *
keel_sign_in_dialog_new (GtkWindow *parent,
                         KeelTask  *task)
{
  KeelSignInDialog *self = g_object_new (KEEL_TYPE_SIGN_IN_DIALOG, "transient-for", parent, NULL);
  const char *user = keel_task_get_user (task);

  show_question (self, task);
  if (user != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->user_row), user);
  gtk_window_set_focus (GTK_WINDOW (self), user != NULL && *user != '\0' ?
                                             self->password_row :
                                             GTK_WIDGET (self->user_row));
  keel_sign_in_dialog_user_changed_cb (self);
  return self;
}

const char *
keel_sign_in_dialog_get_user (KeelSignInDialog *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->user_row));
}

const char *
keel_sign_in_dialog_get_password (KeelSignInDialog *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->password_row));
}

/* Whether the password may be kept, and used for other downloads from the same server. */
gboolean
keel_sign_in_dialog_get_remember (KeelSignInDialog *self)
{
  return gtk_check_button_get_active (self->remember_button);
}
