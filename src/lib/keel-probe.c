/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-probe.h"

#include "keel-download-private.h"
#include "keel-enum-types.h"
#include "keel-error.h"
#include "keel-session-private.h"

/* What a link leads to, before anything is downloaded. The service asks the server; this is its
 * answer, which was true for that moment and promises nothing. */

/**
 * KeelProbe:
 *
 * What a server said about a link when it was asked; see [method@Keel.Session.probe_async].
 *
 * It does not change. May be used from any thread.
 *
 * Since: 0.1
 */

struct _KeelProbe {
  GObject parent_instance;

  char *uri;           /* (owned) */
  char *effective_uri; /* (owned) (nullable) */
  char *name;          /* (owned) (nullable) */
  char *mime_type;     /* (owned) (nullable) */
  gboolean has_size;
  guint64 size; /* bytes */
  gboolean resumable;
};

G_DEFINE_FINAL_TYPE (KeelProbe, keel_probe, G_TYPE_OBJECT)

static void
keel_probe_finalize (GObject *object)
{
  KeelProbe *self = KEEL_PROBE (object);

  g_free (self->uri);
  g_free (self->effective_uri);
  g_free (self->name);
  g_free (self->mime_type);
  G_OBJECT_CLASS (keel_probe_parent_class)->finalize (object);
}

static void
keel_probe_class_init (KeelProbeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = keel_probe_finalize;
}

static void
keel_probe_init (KeelProbe *self)
{
}

/**
 * keel_probe_get_uri:
 * @self: a probe
 *
 * The link that was asked about.
 *
 * Returns: (transfer none): the link, owned by the probe
 *
 * Since: 0.1
 */
const char *
keel_probe_get_uri (KeelProbe *self)
{
  g_return_val_if_fail (KEEL_IS_PROBE (self), NULL);

  return self->uri;
}

/**
 * keel_probe_get_effective_uri:
 * @self: a probe
 *
 * Where the link leads to in the end, after redirects.
 *
 * Returns: (transfer none) (nullable): the link, owned by the probe
 *
 * Since: 0.1
 */
const char *
keel_probe_get_effective_uri (KeelProbe *self)
{
  g_return_val_if_fail (KEEL_IS_PROBE (self), NULL);

  return self->effective_uri;
}

/**
 * keel_probe_get_name:
 * @self: a probe
 *
 * What the file would be called, if nobody says otherwise and the name is not taken.
 *
 * Returns: (transfer none) (nullable): a file name, owned by the probe
 *
 * Since: 0.1
 */
const char *
keel_probe_get_name (KeelProbe *self)
{
  g_return_val_if_fail (KEEL_IS_PROBE (self), NULL);

  return self->name;
}

/**
 * keel_probe_get_mime_type:
 * @self: a probe
 *
 * What kind of file it is, by the word of the server. It is what a stranger wrote.
 *
 * Returns: (transfer none) (nullable): a Content-Type, owned by the probe; %NULL: not known
 *
 * Since: 0.1
 */
const char *
keel_probe_get_mime_type (KeelProbe *self)
{
  g_return_val_if_fail (KEEL_IS_PROBE (self), NULL);

  return self->mime_type;
}

/**
 * keel_probe_has_size:
 * @self: a probe
 *
 * Whether the server said how large the file is.
 *
 * Returns: %TRUE if [method@Keel.Probe.get_size] says it
 *
 * Since: 0.1
 */
gboolean
keel_probe_has_size (KeelProbe *self)
{
  g_return_val_if_fail (KEEL_IS_PROBE (self), FALSE);

  return self->has_size;
}

/**
 * keel_probe_get_size:
 * @self: a probe
 *
 * How large the file is.
 *
 * Returns: the size in bytes, 0 if it is not known
 *
 * Since: 0.1
 */
guint64
keel_probe_get_size (KeelProbe *self)
{
  g_return_val_if_fail (KEEL_IS_PROBE (self), 0);

  return self->size;
}

/**
 * keel_probe_get_resumable:
 * @self: a probe
 *
 * Whether the server gives parts of the file, so that a download of it can be resumed.
 *
 * Returns: %TRUE if it does
 *
 * Since: 0.1
 */
gboolean
keel_probe_get_resumable (KeelProbe *self)
{
  g_return_val_if_fail (KEEL_IS_PROBE (self), FALSE);

  return self->resumable;
}

/* --- asking ---------------------------------------------------------------------------------- */

/* A server that has nothing to give. TRUE: @info says so. */
static gboolean
take_error (GVariant  *info,
            GError   **error)
{
  g_autoptr (GEnumClass) words = g_type_class_ref (KEEL_TYPE_TASK_ERROR);
  const char *code = NULL;
  const char *message = "";
  GEnumValue *value;

  if (!g_variant_lookup (info, "error-code", "&s", &code))
    return FALSE;
  g_variant_lookup (info, "error-message", "&s", &message);
  value = g_enum_get_value_by_nick (words, code);
  g_set_error_literal (error, KEEL_TASK_ERROR,
                       value != NULL ? value->value : (int) KEEL_TASK_ERROR_INTERNAL, message);
  return TRUE;
}

static KeelProbe *
keel_probe_new (const char *uri,
                GVariant   *info)
{
  KeelProbe *self = g_object_new (KEEL_TYPE_PROBE, NULL);

  self->uri = g_strdup (uri);
  g_variant_lookup (info, "effective-uri", "s", &self->effective_uri);
  g_variant_lookup (info, "name", "s", &self->name);
  g_variant_lookup (info, "mime-type", "s", &self->mime_type);
  self->has_size = g_variant_lookup (info, "size", "t", &self->size);
  g_variant_lookup (info, "resumable", "b", &self->resumable);
  return self;
}

static void
probed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) info = NULL;
  GError *error = NULL;

  reply = keel_remote_call_finish (KEEL_REMOTE (source), result, &error);
  if (reply != NULL)
    info = g_variant_get_child_value (reply, 0);
  if (info == NULL || take_error (info, &error))
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, keel_probe_new (g_task_get_task_data (task), info),
                           g_object_unref);
}

/* Nothing but what a server is told when it is asked: no password. */
static GVariant *
make_options (KeelDownload *download)
{
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  if (download->name != NULL)
    g_variant_dict_insert (&options, "name", "s", download->name);
  if (download->headers->len > 0)
    g_variant_dict_insert_value (&options, "headers",
                                 g_variant_new_array (G_VARIANT_TYPE ("(ss)"),
                                                      (GVariant *const *) download->headers->pdata,
                                                      download->headers->len));
  return g_variant_dict_end (&options);
}

/**
 * keel_session_probe_async:
 * @self: a session
 * @download: a download, which need not be added
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks the server what would come of a download: name, size, kind, and whether it can be resumed.
 *
 * Of @download the link, the name and the request headers count, together with the headers of the
 * session. The password is not sent. Nothing is downloaded; what the server says may be another
 * thing a moment later. It takes 20 seconds at most from when it is asked, and a few links are
 * looked at at once, so that who has many of them should keep only some calls under way: more than
 * 64 are refused.
 *
 * To be called in the main context of the session, in which @callback is called, too. Cancelling
 * stops the waiting only.
 *
 * Since: 0.1
 */
void
keel_session_probe_async (KeelSession         *self,
                          KeelDownload        *download,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (KEEL_IS_SESSION (self));
  g_return_if_fail (KEEL_IS_DOWNLOAD (download));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, keel_session_probe_async);
  if (!g_utf8_validate (download->uri, -1, NULL) ||
      (download->name != NULL && !g_utf8_validate (download->name, -1, NULL)))
    {
      g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_BAD_URI, "The link is not valid");
      return;
    }
  g_task_set_task_data (task, g_strdup (download->uri), g_free);
  keel_remote_call_async (self->remote, KEEL_LINK_CALL_USER, "Probe",
                          g_variant_new ("(s@a{sv})", download->uri, make_options (download)),
                          G_VARIANT_TYPE ("(a{sv})"), cancellable, probed_cb,
                          g_steal_pointer (&task));
}

/**
 * keel_session_probe_finish:
 * @self: a session
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Session.probe_async].
 *
 * Errors: those of tasks ([error@Keel.TaskError]) when there is nothing to be had, with
 * %KEEL_TASK_ERROR_AUTH_REQUIRED for a server that wants a password; %KEEL_ERROR_BAD_URI,
 * %KEEL_ERROR_INVALID_ARGUMENT, %KEEL_ERROR_LIMITS_EXCEEDED, %KEEL_ERROR_UNSUPPORTED,
 * %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE, %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): what the server said, or %NULL on error
 *
 * Since: 0.1
 */
KeelProbe *
keel_session_probe_finish (KeelSession   *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
