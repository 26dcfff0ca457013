/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-manager-impl.h"

#include "keel-bus-error.h"
#include "keel-config.h"
#include "keel-notifier.h"
#include "keel-task-calls.h"
#include "keel-words.h"

#include <unistd.h>

/* io.github.keelboat.Transfers1.Manager: everything of everybody, for programs that manage it. */

#define ROOT_PATH "/io/github/keelboat/Transfers1"
#define INTERFACE "io.github.keelboat.Transfers1.Manager"

struct _KeelManagerImpl {
  KeelIpcManagerSkeleton parent_instance;
  const KeelHouse *house;
};

static const KeelScope scope = { 0, ROOT_PATH, INTERFACE };

static void manager_iface_init (KeelIpcManagerIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KeelManagerImpl,
                               keel_manager_impl,
                               KEEL_IPC_TYPE_MANAGER_SKELETON,
                               G_IMPLEMENT_INTERFACE (KEEL_IPC_TYPE_MANAGER, manager_iface_init))

static gboolean
handle_control (KeelIpcManager        *manager,
                GDBusMethodInvocation *invocation,
                const char            *verb,
                GVariant              *ids,
                GVariant              *options)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;

  if (keel_house_admit (house, invocation))
    keel_task_calls_control (house->engine, &scope, invocation, verb, ids, options);
  return TRUE;
}

static gboolean
handle_update (KeelIpcManager        *manager,
               GDBusMethodInvocation *invocation,
               guint64                id,
               GVariant              *changes,
               GVariant              *options)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;

  if (keel_house_admit (house, invocation))
    keel_task_calls_update (house, &scope, invocation, id, changes);
  return TRUE;
}

static gboolean
handle_answer (KeelIpcManager        *manager,
               GDBusMethodInvocation *invocation,
               const char            *cookie,
               const char            *user,
               const char            *password,
               GVariant              *options)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;
  KeelAnswer answer = { cookie, user, password, options };

  if (keel_house_admit (house, invocation))
    keel_task_calls_answer (house, &scope, invocation, &answer);
  return TRUE;
}

static gboolean
handle_get_tasks (KeelIpcManager        *manager,
                  GDBusMethodInvocation *invocation,
                  GVariant              *filter,
                  const char *const     *fields)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;

  if (keel_house_admit (house, invocation))
    keel_task_calls_get_tasks (house->engine, house->watchers, &scope, invocation, filter, fields);
  return TRUE;
}

static gboolean
handle_watch (KeelIpcManager        *manager,
              GDBusMethodInvocation *invocation,
              guint                  interval_msec,
              GVariant              *options)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;

  if (keel_house_admit (house, invocation))
    keel_task_calls_watch (house->watchers, &scope, invocation, interval_msec, options);
  return TRUE;
}

/* --- status and limits ----------------------------------------------------------------------- */

static GVariant *
make_counts (const guint64 *counts,
             guint first,
             guint n_counts,
             const char *(*to_string) (guint value))
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{st}"));

  for (guint i = first; i < n_counts; i++)
    if (counts[i] > 0)
      g_variant_builder_add (&builder, "{st}", to_string (i), counts[i]);
  return g_variant_builder_end (&builder);
}

static const char *
state_word (guint value)
{
  return keel_task_state_to_string ((KeelTaskState) value);
}

static const char *
wait_word (guint value)
{
  return keel_wait_reason_to_string ((KeelWaitReason) value);
}

static void
add_counts (KeelEngine      *engine,
            GVariantBuilder *status)
{
  guint64 states[KEEL_TASK_STATE_CANCELLED + 1] = { 0 };
  guint64 reasons[KEEL_WAIT_REASON_SUSPENDED + 1] = { 0 };
  GPtrArray *transfers = keel_engine_get_transfers (engine);
  guint64 rate_bps = 0;

  for (guint i = 0; i < transfers->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (transfers, i);
      const KeelTransferRecord *record = keel_transfer_get_record (transfer);

      if (record->state == KEEL_TRANSFER_DELETING)
        continue;
      states[keel_transfer_record_get_task_state (record)]++;
      reasons[record->wait_reason]++;
      rate_bps += keel_transfer_get_rate (transfer);
    }
  g_variant_builder_add (status, "{sv}", "states",
                         make_counts (states, 0, G_N_ELEMENTS (states), state_word));
  g_variant_builder_add (status, "{sv}", "waiting",
                         make_counts (reasons, 1, G_N_ELEMENTS (reasons), wait_word));
  g_variant_builder_add (status, "{sv}", "rate", g_variant_new_uint64 (rate_bps));
}

static gboolean
handle_get_status (KeelIpcManager        *manager,
                   GDBusMethodInvocation *invocation,
                   GVariant              *options)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;
  GVariantBuilder status = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  KeelEngineLimits limits;

  if (!keel_house_admit (house, invocation))
    return TRUE;
  keel_engine_get_limits (house->engine, &limits);
  g_variant_builder_add (&status, "{sv}", "version", g_variant_new_string (KEEL_VERSION));
  g_variant_builder_add (&status, "{sv}", "pid", g_variant_new_uint32 ((guint32) getpid ()));
  add_counts (house->engine, &status);
  g_variant_builder_add (&status, "{sv}", "max-rate", g_variant_new_uint64 (limits.max_rate_bps));
  g_variant_builder_add (&status, "{sv}", "max-active", g_variant_new_uint32 (limits.max_active));
  g_variant_builder_add (&status, "{sv}", "max-per-host",
                         g_variant_new_uint32 (limits.max_per_host));
  keel_ipc_manager_complete_get_status (manager, invocation, g_variant_builder_end (&status));
  return TRUE;
}

static void
limits_set_cb (KeelEngine   *engine,
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
is_slot_count (guint value)
{
  return value >= 1 && value <= KEEL_ENGINE_MOST_ACTIVE;
}

static gboolean
handle_set_limits (KeelIpcManager        *manager,
                   GDBusMethodInvocation *invocation,
                   GVariant              *wanted,
                   GVariant              *options)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;
  KeelEngineLimits limits;

  if (!keel_house_admit (house, invocation))
    return TRUE;
  keel_engine_get_limits (house->engine, &limits);
  g_variant_lookup (wanted, "max-rate", "t", &limits.max_rate_bps);
  g_variant_lookup (wanted, "max-active", "u", &limits.max_active);
  g_variant_lookup (wanted, "max-per-host", "u", &limits.max_per_host);
  if (!is_slot_count (limits.max_active) || !is_slot_count (limits.max_per_host) ||
      limits.max_rate_bps > G_MAXINT64)
    keel_bus_error_refuse (invocation, KEEL_ERROR_INVALID_ARGUMENT, "A limit is out of its range");
  else
    keel_engine_set_limits (house->engine, &limits, limits_set_cb, invocation);
  return TRUE;
}

/* --- attention and quitting ------------------------------------------------------------------ */

static gboolean
handle_set_attention (KeelIpcManager        *manager,
                      GDBusMethodInvocation *invocation,
                      gboolean               focused,
                      GVariant              *options)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;
  g_autoptr (GVariant) seen = g_variant_lookup_value (options, "seen", G_VARIANT_TYPE ("at"));
  const guint64 *ids = NULL;
  gsize count = 0;

  if (!keel_house_admit (house, invocation))
    return TRUE;
  if (seen != NULL)
    ids = g_variant_get_fixed_array (seen, &count, sizeof (guint64));
  keel_notifier_set_attention (house->notifier, g_dbus_method_invocation_get_sender (invocation),
                               focused, ids, count);
  keel_ipc_manager_complete_set_attention (manager, invocation);
  return TRUE;
}

static gboolean
handle_quit (KeelIpcManager        *manager,
             GDBusMethodInvocation *invocation,
             GVariant              *options)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;

  keel_watchers_announce (house->watchers, ROOT_PATH, INTERFACE, "Quitting",
                          g_variant_new ("(@a{sv})", g_variant_new ("a{sv}", NULL)));
  house->quit (house->service, invocation);
  return TRUE;
}

static void
manager_iface_init (KeelIpcManagerIface *iface)
{
  iface->handle_answer = handle_answer;
  iface->handle_control = handle_control;
  iface->handle_get_status = handle_get_status;
  iface->handle_get_tasks = handle_get_tasks;
  iface->handle_quit = handle_quit;
  iface->handle_set_attention = handle_set_attention;
  iface->handle_set_limits = handle_set_limits;
  iface->handle_update = handle_update;
  iface->handle_watch = handle_watch;
}

static void
keel_manager_impl_class_init (KeelManagerImplClass *klass)
{
}

static void
keel_manager_impl_init (KeelManagerImpl *self)
{
  keel_ipc_manager_set_version (KEEL_IPC_MANAGER (self), 1);
}

/* @house must outlive it. */
KeelManagerImpl *
keel_manager_impl_new (const KeelHouse *house)
{
  KeelManagerImpl *self = g_object_new (KEEL_TYPE_MANAGER_IMPL, NULL);

  self->house = house;
  return self;
}

gboolean
keel_manager_impl_export (KeelManagerImpl  *self,
                          GError          **error)
{
  return g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self),
                                           self->house->connection, ROOT_PATH, error);
}
