/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-test-clock.h"

/* A door for tests: moves the service's clock ahead, so that what waits for hours can be tested in
 * milliseconds; Sleep lets that look like a suspend. Only there when the service is started for it,
 * and not part of the contract. */

#define PATH "/io/github/keelboat/Transfers1/test"

static const char xml[] = "<node><interface name='io.github.keelboat.Transfers1.TestClock'>"
                          "<method name='Advance'><arg type='x' direction='in'/></method>"
                          "<method name='Sleep'><arg type='x' direction='in'/></method>"
                          "</interface></node>";

struct _KeelTestClock {
  GDBusConnection *connection; /* (owned) */
  KeelClock *clock;
  guint registration;
};

static void
method_call_cb (GDBusConnection       *connection,
                const char            *sender,
                const char            *object_path,
                const char            *interface_name,
                const char            *method_name,
                GVariant              *parameters,
                GDBusMethodInvocation *invocation,
                gpointer               user_data)
{
  KeelTestClock *self = user_data;
  gint64 usec;

  g_variant_get (parameters, "(x)", &usec);
  if (g_str_equal (method_name, "Sleep"))
    keel_clock_sleep (self->clock, usec);
  else
    keel_clock_advance (self->clock, usec);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

KeelTestClock *
keel_test_clock_export (GDBusConnection *connection,
                        KeelClock       *clock)
{
  static const GDBusInterfaceVTable vtable = { .method_call = method_call_cb };
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (xml, NULL);
  g_autoptr (GError) error = NULL;
  KeelTestClock *self = g_new0 (KeelTestClock, 1);

  self->connection = g_object_ref (connection);
  self->clock = clock;
  self->registration = g_dbus_connection_register_object (connection, PATH, info->interfaces[0],
                                                          &vtable, self, NULL, &error);
  if (self->registration == 0)
    g_warning ("No test clock: %s", error->message);
  return self;
}

void
keel_test_clock_free (KeelTestClock *self)
{
  if (self->registration != 0)
    g_dbus_connection_unregister_object (self->connection, self->registration);
  g_object_unref (self->connection);
  g_free (self);
}
