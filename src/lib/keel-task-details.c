/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-private.h"

#include "keel-error.h"
#include "keel-task-details.h"

/* What the service tells of one task when it is asked, and does not tell in rows: an answer, as it
 * was given. It does not change; who wants to know more asks again. What a service leaves out, or
 * says in another type than it should, is not known. */

struct _KeelTaskDetails {
  GObject parent_instance;

  GVariant *ranges;  /* (owned) a(tts) */
  GVariant *history; /* (owned) (nullable) a(xsa{sv}) */
  gint64 total;
  guint resumes;
  guint64 resumed_bytes;
  gint64 running_usec;
  char *server;             /* (owned) (nullable) */
  char *http_version;       /* (owned) (nullable) */
  char *etag;               /* (owned) (nullable) */
  GDateTime *last_modified; /* (owned) (nullable) */
};

/**
 * KeelTaskDetails:
 *
 * What there is to know of one task, at one moment: where its bytes are, what it went through, what
 * its server is.
 *
 * It comes from [method@Keel.Task.get_details_async], does not change, and may be used in any
 * thread.
 *
 * Since: 0.1
 */

G_DEFINE_FINAL_TYPE (KeelTaskDetails, keel_task_details, G_TYPE_OBJECT)

enum {
  PROP_0,
  PROP_RANGES,
  PROP_TOTAL,
  PROP_HISTORY,
  PROP_RESUMES,
  PROP_RESUMED_BYTES,
  PROP_RUNNING_TIME,
  PROP_SERVER,
  PROP_HTTP_VERSION,
  PROP_ETAG,
  PROP_LAST_MODIFIED,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
keel_task_details_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  KeelTaskDetails *self = KEEL_TASK_DETAILS (object);

  switch (prop_id)
    {
    case PROP_RANGES:
      g_value_set_variant (value, self->ranges);
      break;
    case PROP_TOTAL:
      g_value_set_int64 (value, self->total);
      break;
    case PROP_HISTORY:
      g_value_set_variant (value, self->history);
      break;
    case PROP_RESUMES:
      g_value_set_uint (value, self->resumes);
      break;
    case PROP_RESUMED_BYTES:
      g_value_set_uint64 (value, self->resumed_bytes);
      break;
    case PROP_RUNNING_TIME:
      g_value_set_int64 (value, self->running_usec);
      break;
    case PROP_SERVER:
      g_value_set_string (value, self->server);
      break;
    case PROP_HTTP_VERSION:
      g_value_set_string (value, self->http_version);
      break;
    case PROP_ETAG:
      g_value_set_string (value, self->etag);
      break;
    case PROP_LAST_MODIFIED:
      g_value_set_boxed (value, self->last_modified);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
keel_task_details_finalize (GObject *object)
{
  KeelTaskDetails *self = KEEL_TASK_DETAILS (object);

  g_clear_pointer (&self->ranges, g_variant_unref);
  g_clear_pointer (&self->history, g_variant_unref);
  g_clear_pointer (&self->last_modified, g_date_time_unref);
  g_free (self->server);
  g_free (self->http_version);
  g_free (self->etag);
  G_OBJECT_CLASS (keel_task_details_parent_class)->finalize (object);
}

static void
keel_task_details_class_init (KeelTaskDetailsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = keel_task_details_get_property;
  object_class->finalize = keel_task_details_finalize;

  props[PROP_RANGES] = g_param_spec_variant ("ranges", NULL, NULL, G_VARIANT_TYPE ("a(tts)"), NULL,
                                             flags);
  props[PROP_TOTAL] = g_param_spec_int64 ("total", NULL, NULL, -1, G_MAXINT64, -1, flags);
  props[PROP_HISTORY] = g_param_spec_variant ("history", NULL, NULL, G_VARIANT_TYPE ("a(xsa{sv})"),
                                              NULL, flags);
  props[PROP_RESUMES] = g_param_spec_uint ("resumes", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_RESUMED_BYTES] = g_param_spec_uint64 ("resumed-bytes", NULL, NULL, 0, G_MAXUINT64, 0,
                                                   flags);
  props[PROP_RUNNING_TIME] = g_param_spec_int64 ("running-time", NULL, NULL, G_MININT64, G_MAXINT64,
                                                 0, flags);
  props[PROP_SERVER] = g_param_spec_string ("server", NULL, NULL, NULL, flags);
  props[PROP_HTTP_VERSION] = g_param_spec_string ("http-version", NULL, NULL, NULL, flags);
  props[PROP_ETAG] = g_param_spec_string ("etag", NULL, NULL, NULL, flags);
  props[PROP_LAST_MODIFIED] = g_param_spec_boxed ("last-modified", NULL, NULL, G_TYPE_DATE_TIME,
                                                  flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
keel_task_details_init (KeelTaskDetails *self)
{
  self->total = -1;
}

/**
 * KeelTaskDetails:ranges:
 *
 * Where the bytes of the file are, in order and without overlaps: an array of from, to
 * (exclusive) and a word, a(tts). The word is "durable" (safe on the disk), "written", or
 * "arriving" (a connection is fetching them); there may be others one day. What is in none is
 * missing.
 *
 * Since: 0.1
 */

/**
 * keel_task_details_get_ranges:
 * @self: the details of a task
 *
 * Where the bytes of the file are, in order and without overlaps: an array of from, to (exclusive)
 * and a word, a(tts). The word is "durable" (safe on the disk), "written", or "arriving" (a
 * connection is fetching them); there may be others one day. What is in none is missing.
 *
 * Returns: (transfer none): the ranges, owned by @self
 *
 * Since: 0.1
 */
GVariant *
keel_task_details_get_ranges (KeelTaskDetails *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_DETAILS (self), NULL);

  return self->ranges;
}

/**
 * KeelTaskDetails:total:
 *
 * How large the file is that the ranges are of.
 *
 * Since: 0.1
 */

/**
 * keel_task_details_get_total:
 * @self: the details of a task
 *
 * How large the file is that the ranges are of.
 *
 * Returns: bytes, or -1 when nobody knows
 *
 * Since: 0.1
 */
gint64
keel_task_details_get_total (KeelTaskDetails *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_DETAILS (self), -1);

  return self->total;
}

/**
 * KeelTaskDetails:history:
 *
 * What happened to the task, oldest first: an array of a time (microseconds since the epoch), a
 * word and details, a(xsa{sv}). The words and their details are listed in the description of the
 * service's bus interface at GetDetails: "added", "started", "resumed", "paused", "retry",
 * "link", "changed", "checksum", "finished", "failed", "cancelled"; there may be others one day.
 *
 * Since: 0.1
 */

/**
 * keel_task_details_get_history:
 * @self: the details of a task
 *
 * What happened to the task, oldest first: an array of a time (microseconds since the epoch), a
 * word and details, a(xsa{sv}). The words and their details are listed in the description of the
 * service's bus interface at GetDetails: "added", "started", "resumed", "paused", "retry",
 * "link", "changed", "checksum", "finished", "failed", "cancelled"; there may be others one day.
 *
 * Returns: (transfer none) (nullable): the history, owned by @self; %NULL if it was not asked for
 *
 * Since: 0.1
 */
GVariant *
keel_task_details_get_history (KeelTaskDetails *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_DETAILS (self), NULL);

  return self->history;
}

/**
 * KeelTaskDetails:resumes:
 *
 * How many times the task went on where it was.
 *
 * Since: 0.1
 */

/**
 * keel_task_details_get_resumes:
 * @self: the details of a task
 *
 * How many times the task went on where it was.
 *
 * Returns: so many times
 *
 * Since: 0.1
 */
guint
keel_task_details_get_resumes (KeelTaskDetails *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_DETAILS (self), 0);

  return self->resumes;
}

/**
 * KeelTaskDetails:resumed-bytes:
 *
 * How much did not have to be fetched again thanks to that.
 *
 * Since: 0.1
 */

/**
 * keel_task_details_get_resumed_bytes:
 * @self: the details of a task
 *
 * How much did not have to be fetched again thanks to that.
 *
 * Returns: bytes
 *
 * Since: 0.1
 */
guint64
keel_task_details_get_resumed_bytes (KeelTaskDetails *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_DETAILS (self), 0);

  return self->resumed_bytes;
}

/**
 * KeelTaskDetails:running-time:
 *
 * How long the task has been running, in all.
 *
 * Since: 0.1
 */

/**
 * keel_task_details_get_running_time:
 * @self: the details of a task
 *
 * How long the task has been running, in all.
 *
 * Returns: microseconds
 *
 * Since: 0.1
 */
gint64
keel_task_details_get_running_time (KeelTaskDetails *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_DETAILS (self), 0);

  return self->running_usec;
}

/**
 * KeelTaskDetails:server:
 *
 * What the server calls itself. It is what a stranger wrote.
 *
 * Since: 0.1
 */

/**
 * keel_task_details_get_server:
 * @self: the details of a task
 *
 * What the server calls itself. It is what a stranger wrote.
 *
 * Returns: (transfer none) (nullable): the name, owned by @self
 *
 * Since: 0.1
 */
const char *
keel_task_details_get_server (KeelTaskDetails *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_DETAILS (self), NULL);

  return self->server;
}

/**
 * KeelTaskDetails:http-version:
 *
 * Which version of HTTP the server speaks: "1.0", "1.1", "2".
 *
 * Since: 0.1
 */

/**
 * keel_task_details_get_http_version:
 * @self: the details of a task
 *
 * Which version of HTTP the server speaks: "1.0", "1.1", "2".
 *
 * Returns: (transfer none) (nullable): the version, owned by @self
 *
 * Since: 0.1
 */
const char *
keel_task_details_get_http_version (KeelTaskDetails *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_DETAILS (self), NULL);

  return self->http_version;
}

/**
 * KeelTaskDetails:etag:
 *
 * By which tag the server knows the version of the file.
 *
 * Since: 0.1
 */

/**
 * keel_task_details_get_etag:
 * @self: the details of a task
 *
 * By which tag the server knows the version of the file.
 *
 * Returns: (transfer none) (nullable): the tag, owned by @self
 *
 * Since: 0.1
 */
const char *
keel_task_details_get_etag (KeelTaskDetails *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_DETAILS (self), NULL);

  return self->etag;
}

/**
 * KeelTaskDetails:last-modified:
 *
 * When the file was changed, by the server's word.
 *
 * Since: 0.1
 */

/**
 * keel_task_details_get_last_modified:
 * @self: the details of a task
 *
 * When the file was changed, by the server's word.
 *
 * Returns: (transfer none) (nullable): the time, owned by @self
 *
 * Since: 0.1
 */
GDateTime *
keel_task_details_get_last_modified (KeelTaskDetails *self)
{
  g_return_val_if_fail (KEEL_IS_TASK_DETAILS (self), NULL);

  return self->last_modified;
}

/* --- asking ---------------------------------------------------------------------------------- */

static GVariant *
look_up (GVariant   *answer,
         const char *key,
         const char *type)
{
  return g_variant_lookup_value (answer, key, G_VARIANT_TYPE (type));
}

static KeelTaskDetails *
keel_task_details_new (GVariant *answer)
{
  KeelTaskDetails *self = g_object_new (KEEL_TYPE_TASK_DETAILS, NULL);
  guint64 total;
  gint64 modified_usec;

  self->ranges = look_up (answer, "ranges", "a(tts)");
  if (self->ranges == NULL)
    self->ranges = g_variant_ref_sink (g_variant_new ("a(tts)", NULL));
  self->history = look_up (answer, "history", "a(xsa{sv})");
  if (g_variant_lookup (answer, "total", "t", &total) && total <= G_MAXINT64)
    self->total = (gint64) total;
  g_variant_lookup (answer, "resumes", "u", &self->resumes);
  g_variant_lookup (answer, "resumed-bytes", "t", &self->resumed_bytes);
  g_variant_lookup (answer, "running-time", "x", &self->running_usec);
  g_variant_lookup (answer, "server", "s", &self->server);
  g_variant_lookup (answer, "http-version", "s", &self->http_version);
  g_variant_lookup (answer, "etag", "s", &self->etag);
  if (g_variant_lookup (answer, "last-modified", "x", &modified_usec))
    self->last_modified = g_date_time_new_from_unix_utc (modified_usec / G_USEC_PER_SEC);
  return self;
}

static void
told_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) answer = NULL;
  GError *error = NULL;

  reply = keel_remote_call_finish (KEEL_REMOTE (source), result, &error);
  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (reply, "(@a{sv})", &answer);
  g_task_return_pointer (task, keel_task_details_new (answer), g_object_unref);
}

/**
 * keel_task_get_details_async:
 * @self: a task
 * @with_history: whether the history is wanted, too; the service reads that from the disk
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks for what the service does not tell of a task by itself.
 *
 * It costs little, but not nothing: ask a few times a second at most, and only while somebody looks
 * at it. To be called in the main context of the task's session or manager, in which @callback is
 * called, too. Cancelling leaves nothing behind.
 *
 * Since: 0.1
 */
void
keel_task_get_details_async (KeelTask            *self,
                             gboolean             with_history,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  GTask *task;
  GVariantDict options;

  g_return_if_fail (KEEL_IS_TASK (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, keel_task_get_details_async);
  g_variant_dict_init (&options, NULL);
  if (!with_history)
    g_variant_dict_insert (&options, "history", "b", FALSE);
  keel_remote_call_async (self->remote, KEEL_LINK_CALL_USER, "GetDetails",
                          g_variant_new ("(t@a{sv})", self->row.id, g_variant_dict_end (&options)),
                          G_VARIANT_TYPE ("(a{sv})"), cancellable, told_cb, task);
}

/**
 * keel_task_get_details_finish:
 * @self: a task
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Keel.Task.get_details_async].
 *
 * Errors: %KEEL_ERROR_NO_SUCH_TASK when the task is gone; %KEEL_ERROR_UNSUPPORTED when the service
 * is an older one; %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE, %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the details, or %NULL on error
 *
 * Since: 0.1
 */
KeelTaskDetails *
keel_task_get_details_finish (KeelTask      *self,
                              GAsyncResult  *result,
                              GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
