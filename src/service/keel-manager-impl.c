/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-manager-impl.h"

#include "keel-bus-error.h"
#include "keel-config.h"
#include "keel-details-call.h"
#include "keel-dict.h"
#include "keel-notifier.h"
#include "keel-task-calls.h"
#include "keel-when-done.h"
#include "keel-words.h"

#include <string.h>
#include <unistd.h>

/* io.github.keelboat.Transfers1.Manager: everything of everybody, for programs that manage it. */

#define ROOT_PATH KEEL_HOUSE_ROOT_PATH
#define INTERFACE KEEL_HOUSE_MANAGER_INTERFACE

struct _KeelManagerImpl {
  KeelIpcManagerSkeleton parent_instance;
  const KeelHouse *house;
};

static GDBusInterfaceVTable manager_vtable; /* the generated one, behind receive_call() */

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
    keel_task_calls_control (house, &scope, invocation, verb, ids, options);
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
handle_get_details (KeelIpcManager        *manager,
                    GDBusMethodInvocation *invocation,
                    guint64                id,
                    GVariant              *options)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;

  if (keel_house_admit (house, invocation))
    keel_details_call (house->engine, &scope, invocation, id, options);
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

/* By the keys of SetLimits. */
static void
add_limits (KeelEngine      *engine,
            GVariantBuilder *status)
{
  gsize length;
  const KeelEngineLimit *table = keel_engine_limits_get_table (&length);
  KeelEngineLimits limits;
  g_auto (GStrv) schedule = NULL;

  keel_engine_get_limits (engine, &limits);
  for (gsize i = 0; i < length; i++)
    {
      guint64 value = keel_engine_limits_get (&limits, &table[i]);

      g_variant_builder_add (status, "{sv}", table[i].key,
                             table[i].is_rate ? g_variant_new_uint64 (value) :
                                                g_variant_new_uint32 ((guint32) value));
    }
  schedule = limits.schedule != NULL ? keel_schedule_format (limits.schedule) : g_new0 (char *, 1);
  g_variant_builder_add (status, "{sv}", "schedule",
                         g_variant_new_strv ((const char *const *) schedule, -1));
}

static gboolean
handle_get_status (KeelIpcManager        *manager,
                   GDBusMethodInvocation *invocation,
                   GVariant              *options)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;
  GVariantBuilder status = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (!keel_house_admit (house, invocation))
    return TRUE;
  g_variant_builder_add (&status, "{sv}", "version", g_variant_new_string (KEEL_VERSION));
  g_variant_builder_add (&status, "{sv}", "pid", g_variant_new_uint32 ((guint32) getpid ()));
  add_counts (house->engine, &status);
  add_limits (house->engine, &status);
  g_variant_builder_add (&status, "{sv}", "present-max-rate",
                         g_variant_new_uint64 (keel_engine_get_present_rate (house->engine)));
  keel_ipc_manager_complete_get_status (manager, invocation, g_variant_builder_end (&status));
  return TRUE;
}

typedef struct {
  const KeelHouse *house;
  GDBusMethodInvocation *invocation;
} LimitsCall;

/* Who set them has the answer first. */
static void
limits_set_cb (KeelEngine   *engine,
               const GError *error,
               gpointer      user_data)
{
  g_autofree LimitsCall *call = user_data;
  GVariantBuilder limits = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (error != NULL)
    {
      g_variant_builder_clear (&limits);
      keel_bus_error_return (call->invocation, error);
      return;
    }
  g_dbus_method_invocation_return_value (call->invocation, NULL);
  add_limits (engine, &limits);
  keel_watchers_announce (call->house->watchers, ROOT_PATH, INTERFACE, "LimitsChanged",
                          g_variant_new ("(a{sv}@a{sv})", &limits, g_variant_new ("a{sv}", NULL)),
                          TRUE);
}

/* The numbers in @wanted; one of another type than it should have is a mistake. */
static gboolean
take_numbers (GVariant         *wanted,
              KeelEngineLimits *limits)
{
  gsize length;
  const KeelEngineLimit *table = keel_engine_limits_get_table (&length);

  for (gsize i = 0; i < length; i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (wanted, table[i].key, NULL);

      if (value == NULL)
        continue;
      if (!g_variant_is_of_type (value,
                                 table[i].is_rate ? G_VARIANT_TYPE_UINT64 : G_VARIANT_TYPE_UINT32))
        return FALSE;
      keel_engine_limits_set (limits, &table[i],
                              table[i].is_rate ? g_variant_get_uint64 (value) :
                                                 g_variant_get_uint32 (value));
    }
  return keel_engine_limits_are_valid (limits);
}

/* The schedule in @wanted, which is given owned, too. */
static gboolean
take_schedule (GVariant          *wanted,
               KeelEngineLimits  *limits,
               KeelSchedule     **out_owned,
               GError           **error)
{
  g_autoptr (GVariant)
    value = g_variant_lookup_value (wanted, "schedule", G_VARIANT_TYPE_STRING_ARRAY);
  g_autofree const char **entries = NULL;

  if (value == NULL)
    return TRUE;
  entries = g_variant_get_strv (value, NULL);
  if (entries[0] != NULL)
    *out_owned = keel_schedule_parse (entries, error);
  limits->schedule = *out_owned;
  return entries[0] == NULL || *out_owned != NULL;
}

static gboolean
handle_set_limits (KeelIpcManager        *manager,
                   GDBusMethodInvocation *invocation,
                   GVariant              *wanted,
                   GVariant              *options)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;
  static const KeelDictKey keys[] = { { "schedule", "as" } };
  g_autoptr (KeelSchedule) schedule = NULL;
  g_autoptr (GError) error = NULL;
  KeelEngineLimits limits;
  LimitsCall *call;

  if (!keel_house_admit (house, invocation) ||
      keel_dict_refuses (invocation, wanted, KEEL_DICT_KEYS (keys)))
    return TRUE;
  keel_engine_get_limits (house->engine, &limits);
  if (!take_numbers (wanted, &limits))
    keel_bus_error_refuse (invocation, KEEL_ERROR_INVALID_ARGUMENT, "A limit is out of its range");
  else if (!take_schedule (wanted, &limits, &schedule, &error))
    keel_bus_error_return (invocation, error);
  else
    {
      call = g_new (LimitsCall, 1);
      *call = (LimitsCall) { house, invocation };
      keel_engine_set_limits (house->engine, &limits, limits_set_cb, call);
    }
  return TRUE;
}

/* --- when all is done ------------------------------------------------------------------------ */

typedef struct {
  const KeelHouse *house;
  GDBusMethodInvocation *invocation;
  KeelWhenDoneAction action; /* of SetWhenDone */
} WhenDoneCall;

static void
when_done_asked_cb (gpointer    user_data,
                    const char *suspend,
                    const char *power_off)
{
  g_autofree WhenDoneCall *call = user_data;
  GVariantBuilder info = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (suspend == NULL)
    {
      g_variant_builder_clear (&info);
      keel_bus_error_refuse (call->invocation, KEEL_ERROR_RESTARTING, "The service is leaving");
      return;
    }
  g_variant_builder_add (&info, "{sv}", "action",
                         g_variant_new_string (keel_when_done_get_word (call->house->when_done)));
  g_variant_builder_add (&info, "{sv}", "suspend", g_variant_new_string (suspend));
  g_variant_builder_add (&info, "{sv}", "power-off", g_variant_new_string (power_off));
  g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(a{sv})", &info));
}

static gboolean
handle_get_when_done (KeelIpcManager        *manager,
                      GDBusMethodInvocation *invocation,
                      GVariant              *options)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;
  WhenDoneCall *call;

  if (!keel_house_admit (house, invocation))
    return TRUE;
  call = g_new (WhenDoneCall, 1);
  *call = (WhenDoneCall) { house, invocation, KEEL_WHEN_DONE_NOTHING };
  keel_when_done_ask (house->when_done, when_done_asked_cb, call);
  return TRUE;
}

static void
when_done_possible_cb (gpointer    user_data,
                       const char *suspend,
                       const char *power_off)
{
  g_autofree WhenDoneCall *call = user_data;
  const char *answer = call->action == KEEL_WHEN_DONE_SUSPEND ? suspend : power_off;

  if (answer == NULL)
    keel_bus_error_refuse (call->invocation, KEEL_ERROR_RESTARTING, "The service is leaving");
  else if (strcmp (answer, "yes") != 0)
    keel_bus_error_refuse (call->invocation, KEEL_ERROR_UNSUPPORTED,
                           "The system does not do that when it is asked");
  else
    {
      keel_when_done_set (call->house->when_done, call->action);
      g_dbus_method_invocation_return_value (call->invocation, NULL);
    }
}

static gboolean
handle_set_when_done (KeelIpcManager        *manager,
                      GDBusMethodInvocation *invocation,
                      const char            *word,
                      GVariant              *options)
{
  const KeelHouse *house = KEEL_MANAGER_IMPL (manager)->house;
  KeelWhenDoneAction action;
  WhenDoneCall *call;

  if (!keel_house_admit (house, invocation))
    return TRUE;
  if (!keel_when_done_parse (word, &action))
    {
      keel_bus_error_refuse (invocation, KEEL_ERROR_INVALID_ARGUMENT, "There is no such action");
    }
  else if (action == KEEL_WHEN_DONE_NOTHING)
    {
      keel_when_done_set (house->when_done, action);
      keel_ipc_manager_complete_set_when_done (manager, invocation);
    }
  else
    {
      call = g_new (WhenDoneCall, 1);
      *call = (WhenDoneCall) { house, invocation, action };
      keel_when_done_ask (house->when_done, when_done_possible_cb, call);
    }
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
  static const KeelDictKey keys[] = { { "seen", "at" } };
  g_autoptr (GVariant) seen = g_variant_lookup_value (options, "seen", G_VARIANT_TYPE ("at"));
  const guint64 *ids = NULL;
  gsize count = 0;

  if (!keel_house_admit (house, invocation) ||
      keel_dict_refuses (invocation, options, KEEL_DICT_KEYS (keys)))
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
  keel_house_quit (KEEL_MANAGER_IMPL (manager)->house, invocation);
  return TRUE;
}

static void
manager_iface_init (KeelIpcManagerIface *iface)
{
  iface->handle_answer = handle_answer;
  iface->handle_control = handle_control;
  iface->handle_get_details = handle_get_details;
  iface->handle_get_status = handle_get_status;
  iface->handle_get_tasks = handle_get_tasks;
  iface->handle_get_when_done = handle_get_when_done;
  iface->handle_quit = handle_quit;
  iface->handle_set_attention = handle_set_attention;
  iface->handle_set_limits = handle_set_limits;
  iface->handle_set_when_done = handle_set_when_done;
  iface->handle_update = handle_update;
  iface->handle_watch = handle_watch;
}

/* --- the object ------------------------------------------------------------------------------ */

static void
call_cb (GDBusMethodInvocation *invocation,
         gpointer               user_data)
{
  GDBusInterfaceSkeletonClass *parent = G_DBUS_INTERFACE_SKELETON_CLASS (
    keel_manager_impl_parent_class);
  const KeelHouse *house = KEEL_MANAGER_IMPL (user_data)->house;
  const KeelCaller *caller = keel_callers_get (house->callers,
                                               g_dbus_method_invocation_get_sender (invocation));

  if (keel_caller_may_manage (caller))
    keel_house_dispatch (parent->get_vtable (user_data), invocation, user_data);
  else
    keel_bus_error_refuse (invocation, KEEL_ERROR_NOT_ALLOWED,
                           "Only Keelboat's own programs and unsandboxed ones may manage what"
                           " belongs to all applications");
}

static void
receive_call (GDBusConnection       *connection,
              const char            *sender,
              const char            *path,
              const char            *interface,
              const char            *method,
              GVariant              *parameters,
              GDBusMethodInvocation *invocation,
              gpointer               user_data)
{
  keel_house_receive (KEEL_MANAGER_IMPL (user_data)->house, invocation, call_cb, user_data);
}

static GDBusInterfaceVTable *
keel_manager_impl_get_vtable (GDBusInterfaceSkeleton *skeleton)
{
  return &manager_vtable;
}

static void
keel_manager_impl_class_init (KeelManagerImplClass *klass)
{
  GDBusInterfaceSkeletonClass *skeleton_class = G_DBUS_INTERFACE_SKELETON_CLASS (klass);

  manager_vtable = *skeleton_class->get_vtable (NULL);
  manager_vtable.method_call = receive_call;
  skeleton_class->get_vtable = keel_manager_impl_get_vtable;
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
