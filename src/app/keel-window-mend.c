/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

#include "keel-error-words.h"
#include "keel-launcher.h"
#include "keel-new-link-dialog.h"
#include "keel-sign-in-dialog.h"

/* What a download needs a person for, and how it gets it: a password, a new link, the page of a
 * network that wants a sign-in.
 *
 * A sign-in may take several questions: one that failed has to ask the server first, and an answer
 * may be wrong. So the task is followed from the moment that the person has asked for it until its
 * bytes flow; a question that comes in that time opens the dialog by itself, and no other does. */

/* A task that somebody is signing in to. */
struct _KeelSigningIn {
  KeelWindow *self; /* lives longer: it ends this when it goes */
  KeelTask *task;   /* (owned) */
  gulong handler;
};

/* What was asked of the service for one task. */
typedef struct {
  KeelWindow *self; /* (owned) */
  KeelTask *task;   /* (owned) */
} Asking;

static void sign_in (KeelWindow *self, KeelTask *task);

static Asking *
asking_new (KeelWindow *self,
            KeelTask   *task)
{
  Asking *asking = g_new (Asking, 1);

  asking->self = g_object_ref (self);
  asking->task = g_object_ref (task);
  return asking;
}

static void
asking_free (Asking *asking)
{
  g_object_unref (asking->self);
  g_object_unref (asking->task);
  g_free (asking);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asking, asking_free)

static void
tell (KeelWindow   *self,
      const GError *error)
{
  g_autofree char *words = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  words = keel_error_words_for_call (error);
  keel_window_toast (self, words);
}

/* --- following ------------------------------------------------------------------------------- */

/* Ends what the window is following, if it is. */
void
keel_window_stop_signing_in (KeelWindow *self)
{
  KeelSigningIn *signing = g_steal_pointer (&self->signing_in);

  if (signing == NULL)
    return;
  g_signal_handler_disconnect (signing->task, signing->handler);
  g_object_unref (signing->task);
  g_free (signing);
}

static void
notify_cb (KeelTask   *task,
           GParamSpec *pspec,
           gpointer    user_data)
{
  KeelSigningIn *signing = user_data;
  KeelWindow *self = signing->self;
  gboolean flows = keel_task_get_state (task) == KEEL_TASK_STATE_RUNNING &&
                   keel_task_get_rate (task) > 0;

  if (keel_task_has_challenge (task) && g_str_has_prefix (pspec->name, "challenge-"))
    sign_in (self, task);
  else if (flows || keel_task_has_ended (task))
    keel_window_stop_signing_in (self);
}

static void
follow (KeelWindow *self,
        KeelTask   *task)
{
  KeelSigningIn *signing;

  keel_window_stop_signing_in (self);
  signing = g_new (KeelSigningIn, 1);
  signing->self = self;
  signing->task = g_object_ref (task);
  signing->handler = g_signal_connect (task, "notify", G_CALLBACK (notify_cb), signing);
  self->signing_in = signing;
}

/* --- signing in ------------------------------------------------------------------------------ */

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (Asking) asking = user_data;
  g_autoptr (GError) error = NULL;

  /* A question that is not asked any more has been settled in another way. */
  if (!keel_task_answer_finish (asking->task, result, &error) &&
      !g_error_matches (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK))
    tell (asking->self, error);
}

static void
sign_in_response_cb (KeelSignInDialog *dialog,
                     const char       *response,
                     gpointer          user_data)
{
  Asking *asking = user_data;
  KeelWindow *self = asking->self;

  if (!g_str_equal (response, KEEL_SIGN_IN_DIALOG_ANSWER))
    return;
  follow (self, asking->task);
  keel_task_answer_challenge_async (asking->task, keel_sign_in_dialog_get_user (dialog),
                                    keel_sign_in_dialog_get_password (dialog),
                                    keel_sign_in_dialog_get_remember (dialog), self->cancellable,
                                    answered_cb, asking_new (self, asking->task));
}

static void
asking_free_closure (gpointer  asking,
                     GClosure *closure)
{
  asking_free (asking);
}

static void
sign_in (KeelWindow *self,
         KeelTask   *task)
{
  KeelSignInDialog *dialog = keel_sign_in_dialog_new (GTK_WINDOW (self), task);

  keel_window_stop_signing_in (self);
  g_signal_connect_data (dialog, "response", G_CALLBACK (sign_in_response_cb),
                         asking_new (self, task), asking_free_closure, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
retried_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (Asking) asking = user_data;
  g_autoptr (GError) error = NULL;

  if (keel_task_control_finish (asking->task, result, &error))
    return;
  keel_window_stop_signing_in (asking->self);
  tell (asking->self, error);
}

static void
sign_in_action (GtkWidget  *widget,
                const char *action_name,
                GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);

  if (task == NULL)
    return;
  if (keel_task_has_challenge (task))
    {
      sign_in (self, task);
      return;
    }
  /* It has given up, and the server has to be asked again what it wants. */
  follow (self, task);
  keel_task_retry_async (task, self->cancellable, retried_cb, asking_new (self, task));
}

/* --- the page of a network ------------------------------------------------------------------- */

static void
open_portal_action (GtkWidget  *widget,
                    const char *action_name,
                    GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);

  if (task != NULL)
    keel_launcher_open_portal_async (keel_task_get_uri (task), self->cancellable,
                                     keel_window_launched_cb, g_object_ref (self));
}

/* --- a new link ------------------------------------------------------------------------------ */

static void
uri_set_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (Asking) asking = user_data;
  g_autoptr (GError) error = NULL;

  if (!keel_task_update_finish (asking->task, result, &error))
    tell (asking->self, error);
}

static void
new_link_response_cb (KeelNewLinkDialog *dialog,
                      const char        *response,
                      gpointer           user_data)
{
  Asking *asking = user_data;
  g_autofree char *link = keel_new_link_dialog_dup_link (dialog);

  if (g_str_equal (response, KEEL_NEW_LINK_DIALOG_USE) && link != NULL)
    keel_task_set_uri_async (asking->task, link, asking->self->cancellable, uri_set_cb,
                             asking_new (asking->self, asking->task));
}

static void
new_link_action (GtkWidget  *widget,
                 const char *action_name,
                 GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);
  KeelNewLinkDialog *dialog;

  if (task == NULL)
    return;
  dialog = keel_new_link_dialog_new (GTK_WINDOW (self), keel_task_get_name (task),
                                     keel_task_get_uri (task));
  g_signal_connect_data (dialog, "response", G_CALLBACK (new_link_response_cb),
                         asking_new (self, task), asking_free_closure, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
keel_window_class_install_mending (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "task.sign-in", "t", sign_in_action);
  gtk_widget_class_install_action (widget_class, "task.open-portal", "t", open_portal_action);
  gtk_widget_class_install_action (widget_class, "task.new-link", "t", new_link_action);
}
