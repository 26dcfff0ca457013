/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-session-impl.h"

#include "keel-bus-error.h"
#include "keel-collect-call.h"
#include "keel-details-call.h"
#include "keel-dict.h"
#include "keel-folder-intake.h"
#include "keel-probe-call.h"
#include "keel-task-calls.h"
#include "keel-task-error.h"
#include "keel-task-variant.h"

/* io.github.keelboat.Transfers1.Session: one session's object on the bus. Thin: it checks, calls
 * the engine, and answers.
 *
 * Its path ends in the session's random token and stays the same over restarts of the service, so
 * that a call that comes while one service leaves and the next starts finds its object. */

#define MOST_TASKS 1000
#define MOST_NONCE_BYTES 128
#define PATH_PREFIX "/io/github/keelboat/Transfers1/session/"

struct _KeelSessionImpl {
  KeelIpcSessionSkeleton parent_instance;
  const KeelHouse *house;
  gint64 session_id;
  char *path;         /* (owned) */
  gboolean is_closed; /* gets no more tasks until it is opened anew */
};

static void session_iface_init (KeelIpcSessionIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KeelSessionImpl,
                               keel_session_impl,
                               KEEL_IPC_TYPE_SESSION_SKELETON,
                               G_IMPLEMENT_INTERFACE (KEEL_IPC_TYPE_SESSION, session_iface_init))

static KeelScope
get_scope (KeelSessionImpl *self)
{
  return (KeelScope) { self->session_id, self->path, "io.github.keelboat.Transfers1.Session" };
}

static const char *
get_app (KeelSessionImpl *self)
{
  return keel_engine_get_session (self->house->engine, self->session_id)->app;
}

/* --- AddTasks -------------------------------------------------------------------------------- */

typedef struct {
  const KeelHouse *house;
  KeelShare share; /* of the quota; given back in the end, when the tasks count for themselves */
  GDBusMethodInvocation *invocation;
  gint64 session_id;
  char *nonce;           /* (owned) (nullable) */
  GArray *with_password; /* (owned) (element-type guint) positions in the batch */
  gint64 first_id;
  guint count;
} Adding;

static void
adding_free (Adding *adding)
{
  keel_quota_give_back (adding->house->quota, &adding->share);
  g_clear_pointer (&adding->with_password, g_array_unref);
  g_free (adding->nonce);
  g_free (adding);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Adding, adding_free)

static void
return_ids (GDBusMethodInvocation *invocation,
            gint64                 first_id,
            guint                  count)
{
  GVariantBuilder ids = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("at"));

  for (guint i = 0; i < count; i++)
    g_variant_builder_add (&ids, "t", (guint64) first_id + i);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(at)", &ids));
}

static void
added_cb (KeelEngine   *engine,
          const GError *error,
          gpointer      user_data)
{
  g_autoptr (Adding) adding = user_data;
  GArray *with_password = adding->with_password;

  if (error != NULL)
    {
      keel_bus_error_return (adding->invocation, error);
      return;
    }
  for (guint i = 0; i < with_password->len; i++)
    keel_sign_in_remember (adding->house->sign_in,
                           adding->first_id + g_array_index (with_password, guint, i));
  return_ids (adding->invocation, adding->first_id, adding->count);
}

static GArray *
find_with_password (GPtrArray *records)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < records->len; i++)
    {
      const KeelTransferRecord *record = g_ptr_array_index (records, i);

      if (record->password != NULL)
        g_array_append_val (found, i);
    }
  return found;
}

/* Whether such a call has been answered before, and now again with the same. */
static gboolean
repeat_answer (const KeelHouse       *house,
               gint64                 session_id,
               const char            *nonce,
               GDBusMethodInvocation *invocation)
{
  gint64 first_id;
  guint count;

  if (nonce == NULL ||
      !keel_engine_find_addition (house->engine, session_id, nonce, &first_id, &count))
    return FALSE;
  return_ids (invocation, first_id, count);
  return TRUE;
}

/* Every task has its folder. Looking at those may have taken a while. */
static void
folders_taken_cb (GPtrArray    *records,
                  const GError *error,
                  gpointer      user_data)
{
  g_autoptr (Adding) adding = user_data;
  g_autoptr (GPtrArray) owned = records;
  const KeelHouse *house = adding->house;

  if (error == NULL)
    error = house->trouble;
  if (error != NULL)
    {
      keel_bus_error_return (adding->invocation, error);
      return;
    }
  if (repeat_answer (house, adding->session_id, adding->nonce, adding->invocation))
    return;
  adding->with_password = find_with_password (records);
  adding->count = records->len;
  adding->first_id = keel_engine_add (house->engine, adding->session_id, g_steal_pointer (&owned),
                                      adding->nonce, added_cb, adding);
  g_steal_pointer (&adding);
}

static GPtrArray *
parse_tasks (KeelSessionImpl  *self,
             GVariant         *tasks,
             const char       *default_dir,
             GError          **error)
{
  g_autoptr (GPtrArray)
    records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  gsize count = g_variant_n_children (tasks);

  if (count > MOST_TASKS)
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_LIMITS_EXCEEDED,
                           "At most 1,000 tasks can be added at once");
      return NULL;
    }
  for (gsize i = 0; i < count; i++)
    {
      g_autoptr (GVariant) task = g_variant_get_child_value (tasks, i);
      KeelTransferRecord *record = keel_task_variant_parse (task, default_dir, error);

      if (record == NULL)
        return NULL;
      g_ptr_array_add (records, record);
    }
  return g_steal_pointer (&records);
}

static gboolean
handle_add_tasks (KeelIpcSession        *session,
                  GDBusMethodInvocation *invocation,
                  GUnixFDList           *fds,
                  GVariant              *tasks,
                  GVariant              *options)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);
  g_autoptr (GPtrArray) records = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *nonce = NULL;
  static const KeelDictKey keys[] = { { "nonce", "s" } };
  const char *default_dir;
  KeelShare share;
  Adding *adding;

  if (!keel_house_admit (self->house, invocation) ||
      keel_dict_refuses (invocation, options, KEEL_DICT_KEYS (keys)))
    return TRUE;
  if (self->is_closed)
    {
      keel_bus_error_refuse (invocation, KEEL_ERROR_INVALID_STATE, "The session was closed");
      return TRUE;
    }
  if (g_variant_lookup (options, "nonce", "s", &nonce) && strlen (nonce) > MOST_NONCE_BYTES)
    {
      keel_bus_error_refuse (invocation, KEEL_ERROR_INVALID_ARGUMENT, "The nonce is too long");
      return TRUE;
    }
  if (repeat_answer (self->house, self->session_id, nonce, invocation))
    return TRUE;
  default_dir = keel_house_may_use_paths (self->house, invocation) ?
                  keel_preferences_get_downloads_dir (self->house->preferences) :
                  NULL;
  if (keel_engine_check_event_quota (self->house->engine, self->session_id, &error))
    records = parse_tasks (self, tasks, default_dir, &error);
  if (records == NULL)
    {
      keel_bus_error_return (invocation, error);
      return TRUE;
    }
  if (records->len == 0)
    {
      return_ids (invocation, 0, 0);
      return TRUE;
    }
  if (!keel_quota_take (self->house->quota, get_app (self), records, &share, &error))
    {
      keel_bus_error_return (invocation, error);
      return TRUE;
    }
  adding = g_new0 (Adding, 1);
  adding->house = self->house;
  adding->share = share;
  adding->invocation = invocation;
  adding->session_id = self->session_id;
  adding->nonce = g_steal_pointer (&nonce);
  keel_folder_intake (self->house->engine, g_steal_pointer (&records), fds, folders_taken_cb,
                      adding);
  return TRUE;
}

/* --- events ---------------------------------------------------------------------------------- */

static gboolean
handle_listen (KeelIpcSession        *session,
               GDBusMethodInvocation *invocation,
               GVariant              *options)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  GVariantBuilder info = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  KeelScope scope = get_scope (self);
  static const KeelDictKey keys[] = { { "stop", "b" } };
  KeelListening listening = { 0 };
  gboolean stop = FALSE;

  if (!keel_house_admit (self->house, invocation) ||
      keel_dict_refuses (invocation, options, KEEL_DICT_KEYS (keys)))
    return TRUE;
  g_variant_lookup (options, "stop", "b", &stop);
  if (stop)
    keel_event_feed_leave (self->house->feed, self->session_id, sender);
  else if (keel_engine_session_has_events (self->house->engine, self->session_id))
    keel_event_feed_listen (self->house->feed, &scope, sender, &listening);
  else
    {
      keel_bus_error_refuse (invocation, KEEL_ERROR_INVALID_STATE,
                             "The session was configured to have no events");
      return TRUE;
    }
  g_variant_builder_add (&info, "{sv}", "consumer", g_variant_new_boolean (listening.is_consumer));
  g_variant_builder_add (&info, "{sv}", "pending", g_variant_new_uint32 (listening.n_pending));
  g_variant_builder_add (&info, "{sv}", "last", g_variant_new_uint64 ((guint64) listening.last));
  keel_ipc_session_complete_listen (session, invocation, g_variant_builder_end (&info));
  keel_event_feed_deliver (self->house->feed, self->session_id);
  return TRUE;
}

static void
saved_cb (KeelEngine   *engine,
          const GError *error,
          gpointer      user_data)
{
  GDBusMethodInvocation *invocation = user_data;

  if (error != NULL)
    keel_bus_error_return (invocation, error);
  else
    g_dbus_method_invocation_return_value (invocation, NULL);
}

static gboolean
handle_acknowledge (KeelIpcSession        *session,
                    GDBusMethodInvocation *invocation,
                    GVariant              *numbers,
                    GVariant              *options)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);
  GArray *wanted;
  gsize count;
  const guint64 *given;

  if (!keel_house_admit (self->house, invocation))
    return TRUE;
  given = g_variant_get_fixed_array (numbers, &count, sizeof *given);
  wanted = g_array_sized_new (FALSE, FALSE, sizeof (gint64), (guint) count);
  for (gsize i = 0; i < count; i++)
    {
      gint64 number = (gint64) MIN (given[i], G_MAXINT64);

      g_array_append_val (wanted, number);
    }
  if (!keel_event_feed_acknowledge (self->house->feed, self->session_id,
                                    g_dbus_method_invocation_get_sender (invocation), wanted,
                                    saved_cb, invocation))
    keel_bus_error_refuse (invocation, KEEL_ERROR_NOT_ALLOWED,
                           "Only the session's consumer acknowledges its events");
  return TRUE;
}

/* --- the end of a session -------------------------------------------------------------------- */

typedef enum {
  CLOSE_DETACH,
  CLOSE_FINISH,
  CLOSE_CANCEL,
} HowToClose;

static gboolean
parse_how (const char *word,
           HowToClose *out_how)
{
  static const char *const words[] = { "detach", "finish", "cancel" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i], word))
      {
        *out_how = (HowToClose) i;
        return TRUE;
      }
  return FALSE;
}

/* Everything that has not ended. */
static void
cancel_all (KeelSessionImpl *self)
{
  GPtrArray *transfers = keel_engine_get_transfers (self->house->engine);

  for (guint i = 0; i < transfers->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (transfers, i);
      const KeelTransferRecord *record = keel_transfer_get_record (transfer);

      if (record->session_id == self->session_id && record->state < KEEL_TRANSFER_FINISHED)
        keel_transfer_control (transfer, KEEL_CONTROL_CANCEL);
    }
}

static gboolean
handle_close (KeelIpcSession        *session,
              GDBusMethodInvocation *invocation,
              const char            *word,
              GVariant              *options)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  KeelScope scope = get_scope (self);
  HowToClose how;

  if (!keel_house_admit (self->house, invocation))
    return TRUE;
  if (!parse_how (word, &how))
    {
      keel_bus_error_refuse (invocation, KEEL_ERROR_INVALID_ARGUMENT,
                             "A session is closed with detach, finish or cancel");
      return TRUE;
    }
  if (how == CLOSE_DETACH)
    {
      keel_watchers_unwatch (self->house->watchers, &scope, sender);
      keel_event_feed_leave (self->house->feed, self->session_id, sender);
    }
  if (how == CLOSE_CANCEL)
    cancel_all (self);
  keel_ipc_session_complete_close (session, invocation);
  if (how == CLOSE_DETACH)
    return TRUE;
  self->is_closed = TRUE;
  keel_event_feed_set_closing (self->house->feed, self->session_id, TRUE);
  return TRUE;
}

/* --- the rest -------------------------------------------------------------------------------- */

static gboolean
handle_control (KeelIpcSession        *session,
                GDBusMethodInvocation *invocation,
                const char            *verb,
                GVariant              *ids,
                GVariant              *options)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);
  KeelScope scope = get_scope (self);

  if (keel_house_admit (self->house, invocation))
    keel_task_calls_control (self->house, &scope, invocation, verb, ids, options);
  return TRUE;
}

static gboolean
handle_update (KeelIpcSession        *session,
               GDBusMethodInvocation *invocation,
               guint64                id,
               GVariant              *changes,
               GVariant              *options)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);
  KeelScope scope = get_scope (self);

  if (keel_house_admit (self->house, invocation))
    keel_task_calls_update (self->house, &scope, invocation, id, changes);
  return TRUE;
}

static gboolean
handle_answer (KeelIpcSession        *session,
               GDBusMethodInvocation *invocation,
               const char            *cookie,
               const char            *user,
               const char            *password,
               GVariant              *options)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);
  KeelScope scope = get_scope (self);
  KeelAnswer answer = { cookie, user, password, options };

  if (keel_house_admit (self->house, invocation))
    keel_task_calls_answer (self->house, &scope, invocation, &answer);
  return TRUE;
}

static void
configured_cb (KeelEngine   *engine,
               const GError *error,
               gpointer      user_data)
{
  GDBusMethodInvocation *invocation = user_data;

  if (error != NULL)
    keel_bus_error_return (invocation, error);
  else
    g_dbus_method_invocation_return_value (invocation, NULL);
}

static gboolean
handle_configure (KeelIpcSession        *session,
                  GDBusMethodInvocation *invocation,
                  GVariant              *config,
                  GVariant              *options)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);
  KeelEngine *engine = self->house->engine;
  g_auto (KeelSessionConfig) merged = { 0 };
  g_autoptr (GError) error = NULL;

  if (!keel_house_admit (self->house, invocation))
    return TRUE;
  keel_session_config_copy (&merged, &keel_engine_get_session (engine, self->session_id)->config);
  if (keel_session_config_merge (&merged, config, &error))
    keel_engine_configure_session (engine, self->session_id, &merged, configured_cb, invocation);
  else
    keel_bus_error_return (invocation, error);
  return TRUE;
}

static gboolean
handle_collect (KeelIpcSession        *session,
                GDBusMethodInvocation *invocation,
                GUnixFDList           *fds,
                guint64                id,
                GVariant              *options)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);
  KeelScope scope = get_scope (self);

  if (keel_house_admit (self->house, invocation))
    keel_collect_call (self->house->engine, &scope, invocation, fds, id, options);
  return TRUE;
}

static gboolean
handle_probe (KeelIpcSession        *session,
              GDBusMethodInvocation *invocation,
              const char            *uri,
              GVariant              *options)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);

  if (keel_house_admit (self->house, invocation))
    keel_probe_call (self->house, self->session_id, invocation, uri, options);
  return TRUE;
}

static gboolean
handle_get_tasks (KeelIpcSession        *session,
                  GDBusMethodInvocation *invocation,
                  GVariant              *filter,
                  const char *const     *fields)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);
  KeelScope scope = get_scope (self);

  if (keel_house_admit (self->house, invocation))
    keel_task_calls_get_tasks (self->house->engine, self->house->watchers, &scope, invocation,
                               filter, fields);
  return TRUE;
}

static gboolean
handle_watch (KeelIpcSession        *session,
              GDBusMethodInvocation *invocation,
              guint                  interval_msec,
              GVariant              *options)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);
  KeelScope scope = get_scope (self);

  if (keel_house_admit (self->house, invocation))
    keel_task_calls_watch (self->house->watchers, &scope, invocation, interval_msec, options);
  return TRUE;
}

static gboolean
handle_get_details (KeelIpcSession        *session,
                    GDBusMethodInvocation *invocation,
                    guint64                id,
                    GVariant              *options)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);
  KeelScope scope = get_scope (self);

  if (keel_house_admit (self->house, invocation))
    keel_details_call (self->house->engine, &scope, invocation, id, options);
  return TRUE;
}

static void
session_iface_init (KeelIpcSessionIface *iface)
{
  iface->handle_acknowledge = handle_acknowledge;
  iface->handle_add_tasks = handle_add_tasks;
  iface->handle_answer = handle_answer;
  iface->handle_configure = handle_configure;
  iface->handle_collect = handle_collect;
  iface->handle_control = handle_control;
  iface->handle_close = handle_close;
  iface->handle_get_details = handle_get_details;
  iface->handle_get_tasks = handle_get_tasks;
  iface->handle_listen = handle_listen;
  iface->handle_probe = handle_probe;
  iface->handle_update = handle_update;
  iface->handle_watch = handle_watch;
}

static void
keel_session_impl_finalize (GObject *object)
{
  g_free (KEEL_SESSION_IMPL (object)->path);
  G_OBJECT_CLASS (keel_session_impl_parent_class)->finalize (object);
}

static void
keel_session_impl_class_init (KeelSessionImplClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = keel_session_impl_finalize;
}

static void
keel_session_impl_init (KeelSessionImpl *self)
{
  keel_ipc_session_set_version (KEEL_IPC_SESSION (self), 1);
}

/* Not exported yet. @house must outlive it. */
KeelSessionImpl *
keel_session_impl_new (const KeelHouse         *house,
                       const KeelSessionRecord *record)
{
  KeelSessionImpl *self = g_object_new (KEEL_TYPE_SESSION_IMPL, NULL);

  self->house = house;
  self->session_id = record->id;
  self->path = g_strconcat (PATH_PREFIX, record->token, NULL);
  return self;
}

/* Somebody has opened it: whatever was to become of it, it goes on. */
void
keel_session_impl_reopen (KeelSessionImpl *self)
{
  self->is_closed = FALSE;
  keel_event_feed_set_closing (self->house->feed, self->session_id, FALSE);
}

const char *
keel_session_impl_get_path (KeelSessionImpl *self)
{
  return self->path;
}
