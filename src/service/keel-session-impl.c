/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-session-impl.h"

#include "keel-bus-error.h"
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
  char *path; /* (owned) */
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

/* --- AddTasks -------------------------------------------------------------------------------- */

typedef struct {
  KeelSignIn *sign_in;
  GDBusMethodInvocation *invocation;
  GArray *with_password; /* (owned) (element-type guint) positions in the batch */
  gint64 first_id;
  guint count;
} Adding;

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
  g_autofree Adding *adding = user_data;
  g_autoptr (GArray) with_password = adding->with_password;

  if (error != NULL)
    {
      keel_bus_error_return (adding->invocation, error);
      return;
    }
  for (guint i = 0; i < with_password->len; i++)
    keel_sign_in_remember (adding->sign_in,
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

static GPtrArray *
parse_tasks (KeelSessionImpl  *self,
             GVariant         *tasks,
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
      KeelTransferRecord *record = keel_task_variant_parse (task, self->house->downloads_dir,
                                                            error);

      if (record == NULL)
        return NULL;
      g_ptr_array_add (records, record);
    }
  return g_steal_pointer (&records);
}

static gboolean
handle_add_tasks (KeelIpcSession        *session,
                  GDBusMethodInvocation *invocation,
                  GVariant              *tasks,
                  GVariant              *options)
{
  KeelSessionImpl *self = KEEL_SESSION_IMPL (session);
  g_autoptr (GPtrArray) records = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *nonce = NULL;
  gint64 first_id;
  Adding *adding;
  guint count;

  if (!keel_house_admit (self->house, invocation))
    return TRUE;
  if (g_variant_lookup (options, "nonce", "s", &nonce) && strlen (nonce) > MOST_NONCE_BYTES)
    {
      keel_bus_error_refuse (invocation, KEEL_ERROR_INVALID_ARGUMENT, "The nonce is too long");
      return TRUE;
    }
  if (nonce != NULL &&
      keel_engine_find_addition (self->house->engine, self->session_id, nonce, &first_id, &count))
    {
      return_ids (invocation, first_id, count);
      return TRUE;
    }
  records = parse_tasks (self, tasks, &error);
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
  adding = g_new0 (Adding, 1);
  adding->sign_in = self->house->sign_in;
  adding->with_password = find_with_password (records);
  adding->invocation = invocation;
  adding->count = records->len;
  adding->first_id = keel_engine_add (self->house->engine, self->session_id,
                                      g_steal_pointer (&records), nonce, added_cb, adding);
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
    keel_task_calls_control (self->house->engine, &scope, invocation, verb, ids, options);
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

static void
session_iface_init (KeelIpcSessionIface *iface)
{
  iface->handle_add_tasks = handle_add_tasks;
  iface->handle_answer = handle_answer;
  iface->handle_control = handle_control;
  iface->handle_get_tasks = handle_get_tasks;
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

const char *
keel_session_impl_get_path (KeelSessionImpl *self)
{
  return self->path;
}
