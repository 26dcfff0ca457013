/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-link.h"

#include "keel-config.h"
#include "keel-error.h"
#include "keel-token-file.h"

/* One call to the service, which ends only when it was answered or cannot be.
 *
 * A service on its way out answers Restarting and has done nothing: the call is sent again, and
 * starts the next one. A service that dies between the call and the answer leaves the caller in
 * the dark: the call is sent once more, and the caller is told so (out_reply_was_lost), because
 * the first may have been carried out. A service that is in a sandbox itself cannot see who calls;
 * it says that this is not allowed, is shown the application's token, and asked again. Errors of
 * the bus itself become KEEL_ERROR_UNREACHABLE. */

/* A leaving service needs at most 10 s to let go of its records. */
#define RESTARTING_LIMIT_USEC (20 * G_USEC_PER_SEC)
#define RESTARTING_PAUSE_MSEC 50
#define RESTARTING_PAUSE_MAX_MSEC 500

typedef struct {
  /* Input */
  KeelLinkCallMode mode;
  char *path;
  char *interface;
  char *method;
  GVariant *parameters;
  GUnixFDList *fds; /* (nullable) what handles in the parameters mean */
  GVariantType *reply_type;

  /* In progress */
  gint64 started_usec;
  guint pause_msec;
  gboolean signed_in;

  /* Output */
  gboolean reply_was_lost;
  GUnixFDList *reply_fds; /* (nullable) */
} KeelLinkCall;

static void
keel_link_call_free (KeelLinkCall *call)
{
  g_free (call->path);
  g_free (call->interface);
  g_free (call->method);
  g_variant_unref (call->parameters);
  g_clear_object (&call->fds);
  g_clear_object (&call->reply_fds);
  g_variant_type_free (call->reply_type);
  g_free (call);
}

static void keel_link_call_send (GTask *task);

/* Nobody was there to read the call, or whoever read it has gone without an answer. */
static gboolean
is_lost (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER);
}

static gboolean
is_no_such_object (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_INTERFACE) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD);
}

/* What the caller is told, in the words of the library. The message of the bus goes along: it is
 * the only trace of what is wrong with the installation. */
static GError *
translate_error (const KeelLinkCall *call,
                 GError             *error)
{
  g_autoptr (GError) taken = error;
  g_autofree char *name = g_dbus_error_get_remote_error (error);

  g_dbus_error_strip_remote_error (error);
  if (error->domain == KEEL_ERROR || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_steal_pointer (&taken);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
      g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_TIMEOUT))
    return g_error_new (KEEL_ERROR, KEEL_ERROR_UNREACHABLE, "The download service does not answer");
  if (is_no_such_object (error))
    return g_error_new (KEEL_ERROR,
                        g_str_equal (call->path, KEEL_SERVICE_PATH) ? KEEL_ERROR_UNSUPPORTED :
                                                                      KEEL_ERROR_NO_SUCH_SESSION,
                        "The download service does not know this call: %s", error->message);
  if (name != NULL && g_str_has_prefix (name, "io.github.keelboat."))
    return g_error_new_literal (KEEL_ERROR, KEEL_ERROR_UNSUPPORTED, error->message);
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
    return g_error_new (KEEL_ERROR, KEEL_ERROR_UNSUPPORTED,
                        "The download service speaks another version: %s", error->message);
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED))
    return g_error_new_literal (KEEL_ERROR, KEEL_ERROR_LIMITS_EXCEEDED, error->message);
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
    return g_error_new_literal (KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED, error->message);
  return g_error_new_literal (KEEL_ERROR, KEEL_ERROR_UNREACHABLE, error->message);
}

static gboolean
repeat_cb (gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  if (!g_task_return_error_if_cancelled (task))
    keel_link_call_send (g_steal_pointer (&task));
  return G_SOURCE_REMOVE;
}

static void
keel_link_call_send_later (GTask *task)
{
  KeelLink *self = g_task_get_source_object (task);
  KeelLinkCall *call = g_task_get_task_data (task);
  g_autoptr (GSource) source = NULL;

  source = keel_link_add_timeout (self, call->pause_msec, repeat_cb, task);
  call->pause_msec = MIN (call->pause_msec * 2, RESTARTING_PAUSE_MAX_MSEC);
}

static void
signed_in_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  if (reply == NULL)
    g_debug ("The token was not accepted: %s", error->message);
  /* The answer to the call itself says what is wrong. */
  keel_link_call_send (g_steal_pointer (&task));
}

/* Shows the token, by which the service knows this connection from then on, and sends the call
 * again. FALSE: that has been done, or there is none. */
static gboolean
keel_link_call_sign_in (GTask *task)
{
  KeelLink *self = g_task_get_source_object (task);
  KeelLinkCall *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  guint8 token[KEEL_TOKEN_BYTES];
  GVariantDict options;

  if (call->signed_in || !g_str_equal (call->path, KEEL_SERVICE_PATH))
    return FALSE;
  call->signed_in = TRUE;
  if (!keel_token_file_load (token, &error))
    {
      g_debug ("There is no token: %s", error->message);
      return FALSE;
    }
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert_value (&options, "token",
                               g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, token, sizeof token,
                                                          sizeof *token));
  g_dbus_connection_call (keel_link_get_connection (self), KEEL_SERVICE_ID, KEEL_SERVICE_PATH,
                          KEEL_SERVICE_INTERFACE, "ListSessions",
                          g_variant_new ("(@a{sv})", g_variant_dict_end (&options)),
                          G_VARIANT_TYPE ("(as)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                          g_task_get_cancellable (task), signed_in_cb, g_object_ref (task));
  return TRUE;
}

static void
called_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelLinkCall *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  GVariant *reply;

  reply = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source),
                                                           &call->reply_fds, result, &error);
  if (reply != NULL)
    g_task_return_pointer (task, reply, (GDestroyNotify) g_variant_unref);
  else if (g_error_matches (error, KEEL_ERROR, KEEL_ERROR_RESTARTING) &&
           g_get_monotonic_time () - call->started_usec < RESTARTING_LIMIT_USEC)
    keel_link_call_send_later (g_steal_pointer (&task));
  else if (g_error_matches (error, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED) &&
           keel_link_call_sign_in (task))
    return;
  else if (is_lost (error) && call->mode == KEEL_LINK_CALL_IF_RUNNING)
    g_task_return_pointer (task, NULL, NULL);
  else if (is_lost (error) && call->mode == KEEL_LINK_CALL_USER && !call->reply_was_lost)
    {
      call->reply_was_lost = TRUE;
      keel_link_call_send (g_steal_pointer (&task));
    }
  else
    g_task_return_error (task, translate_error (call, g_steal_pointer (&error)));
}

/* Takes the task. */
static void
keel_link_call_send (GTask *task)
{
  KeelLink *self = g_task_get_source_object (task);
  KeelLinkCall *call = g_task_get_task_data (task);
  GDBusCallFlags flags = G_DBUS_CALL_FLAGS_NONE;

  if (call->mode != KEEL_LINK_CALL_USER)
    flags |= G_DBUS_CALL_FLAGS_NO_AUTO_START;
  g_dbus_connection_call_with_unix_fd_list (keel_link_get_connection (self), KEEL_SERVICE_ID,
                                            call->path, call->interface, call->method,
                                            call->parameters, call->reply_type, flags, -1,
                                            call->fds, g_task_get_cancellable (task), called_cb,
                                            task);
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (keel_link_open_finish (KEEL_LINK (source), result, &error))
    keel_link_call_send (g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

/* Parameters are consumed if floating. Cancelling stops the waiting; the service may have done
 * what was asked all the same. */
void
keel_link_call_async (KeelLink            *self,
                      KeelLinkCallMode     mode,
                      const char          *path,
                      const char          *interface,
                      const char          *method,
                      GVariant            *parameters,
                      GUnixFDList         *fds,
                      const GVariantType  *reply_type,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  KeelLinkCall *call = g_new0 (KeelLinkCall, 1);

  g_task_set_source_tag (task, keel_link_call_async);
  call->mode = mode;
  call->path = g_strdup (path);
  call->interface = g_strdup (interface);
  call->method = g_strdup (method);
  call->parameters = g_variant_ref_sink (parameters);
  g_set_object (&call->fds, fds);
  call->reply_type = g_variant_type_copy (reply_type);
  call->started_usec = g_get_monotonic_time ();
  call->pause_msec = RESTARTING_PAUSE_MSEC;
  g_task_set_task_data (task, call, (GDestroyNotify) keel_link_call_free);

  if (mode == KEEL_LINK_CALL_USER)
    keel_link_note_user (self);
  keel_link_open_async (self, cancellable, opened_cb, g_steal_pointer (&task));
}

/* NULL without an error when the call was for a running service only and there is none. The list
 * of file descriptors is NULL when none came with the answer. */
GVariant *
keel_link_call_finish (KeelLink      *self,
                       GAsyncResult  *result,
                       gboolean      *out_reply_was_lost,
                       GUnixFDList  **out_fds,
                       GError       **error)
{
  KeelLinkCall *call = g_task_get_task_data (G_TASK (result));

  if (out_reply_was_lost != NULL)
    *out_reply_was_lost = call->reply_was_lost;
  if (out_fds != NULL)
    *out_fds = g_steal_pointer (&call->reply_fds);
  return g_task_propagate_pointer (G_TASK (result), error);
}
