/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-collect-call.h"

#include "keel-bus-error.h"
#include "keel-dict.h"
#include "keel-folder-intake.h"
#include "keel-task-calls.h"
#include "keel-task-error.h"

#include <unistd.h>

/* Collect: a finished file out of the spool, over the bus. */

static void
return_descriptor (GDBusMethodInvocation *invocation,
                   int                    fd)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new_from_array (&fd, 1);
  GVariantBuilder info = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&info, "{sv}", "fd", g_variant_new_handle (0));
  g_dbus_method_invocation_return_value_with_unix_fd_list (invocation,
                                                           g_variant_new ("(a{sv})", &info), fds);
}

static void
collected_cb (KeelTransfer *transfer,
              int           fd,
              const char   *name,
              const GError *error,
              gpointer      user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GVariantBuilder info;

  if (error != NULL)
    {
      keel_bus_error_return (invocation, error);
      return;
    }
  if (fd >= 0)
    {
      return_descriptor (invocation, fd);
      return;
    }
  g_variant_builder_init (&info, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&info, "{sv}", "name", g_variant_new_bytestring (name));
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a{sv})", &info));
}

/* Where to, if anywhere. FALSE with KEEL_ERROR. */
static gboolean
take_folder (GVariant          *options,
             GUnixFDList       *fds,
             KeelCollectOrder  *order,
             GError           **error)
{
  g_autoptr (GVariant) handle = g_variant_lookup_value (options, "dir-fd", NULL);

  if (handle == NULL)
    return TRUE;
  order->dir_fd = keel_folder_intake_dup (fds, g_variant_get_handle (handle), error);
  return order->dir_fd >= 0;
}

void
keel_collect_call (KeelEngine            *engine,
                   const KeelScope       *scope,
                   GDBusMethodInvocation *invocation,
                   GUnixFDList           *fds,
                   guint64                id,
                   GVariant              *options)
{
  KeelTransfer *transfer = keel_task_calls_find (engine, scope, id);
  static const KeelDictKey keys[] = { { "dir-fd", "h" }, { "keep", "b" }, { "name", "s" } };
  KeelCollectOrder order = { .dir_fd = -1 };
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;

  if (keel_dict_refuses (invocation, options, KEEL_DICT_KEYS (keys)))
    return;
  if (transfer == NULL)
    {
      keel_task_calls_refuse_id (invocation, id);
      return;
    }
  if (!take_folder (options, fds, &order, &error))
    {
      keel_bus_error_return (invocation, error);
      return;
    }
  g_variant_lookup (options, "name", "s", &name);
  order.name = name;
  /* Who has it in a folder of its own needs it no longer; a descriptor is gone with its owner. */
  order.keeps = order.dir_fd < 0;
  g_variant_lookup (options, "keep", "b", &order.keeps);
  keel_transfer_collect (transfer, &order, collected_cb, invocation);
}
