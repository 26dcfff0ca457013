/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-launcher-entry.h"

#include "keel-bus-signal.h"
#include "keel-config.h"

/* The bar and the number on the application's icon in a dock: com.canonical.Unity.LauncherEntry, as
 * the docks of Ubuntu, Plank and KDE's task manager read it
 * (https://wiki.ubuntu.com/Unity/LauncherAPI).
 *
 * It is a signal to whoever listens, so nobody knows whether there is a dock. Hence it is sent only
 * when something can be seen of it: another percent, another number; and once more when all is
 * done, to take both away. */

/* The end of the path is any number that is always the same for one application. */
#define PATH "/com/canonical/unity/launcherentry/2170894613"
#define INTERFACE "com.canonical.Unity.LauncherEntry"
#define APP_URI "application://" KEEL_APP_ID ".desktop"

typedef struct {
  gboolean is_visible;
  guint count;
  gboolean has_fraction;
  guint percent;
} Face;

struct _KeelLauncherEntry {
  GDBusConnection *connection; /* (owned) */
  KeelActivity *activity;      /* (owned) */
  Face shown;
};

static Face
make_face (KeelActivity *activity)
{
  const KeelActivityState *state = keel_activity_get_state (activity);
  Face face = { 0 };

  if (state->n_running == 0)
    return face;
  face.is_visible = TRUE;
  face.count = state->n_running + state->n_waiting;
  face.has_fraction = state->has_fraction;
  face.percent = keel_activity_get_percent (activity);
  return face;
}

static gboolean
is_same (const Face *one,
         const Face *other)
{
  return one->is_visible == other->is_visible && one->count == other->count &&
         one->has_fraction == other->has_fraction && one->percent == other->percent;
}

static void
send (KeelLauncherEntry *self,
      const Face        *face)
{
  GVariantBuilder properties = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&properties, "{sv}", "count", g_variant_new_int64 (face->count));
  g_variant_builder_add (&properties, "{sv}", "count-visible",
                         g_variant_new_boolean (face->is_visible));
  g_variant_builder_add (&properties, "{sv}", "progress",
                         g_variant_new_double (face->percent / 100.0));
  g_variant_builder_add (&properties, "{sv}", "progress-visible",
                         g_variant_new_boolean (face->is_visible && face->has_fraction));
  keel_bus_signal_broadcast (self->connection, PATH, INTERFACE, "Update",
                             g_variant_new ("(sa{sv})", APP_URI, &properties));
  self->shown = *face;
}

static void
activity_changed_cb (KeelActivity      *activity,
                     KeelLauncherEntry *self)
{
  Face face = make_face (activity);

  if (!is_same (&face, &self->shown))
    send (self, &face);
}

KeelLauncherEntry *
keel_launcher_entry_new (GDBusConnection *connection,
                         KeelActivity    *activity)
{
  KeelLauncherEntry *self = g_new0 (KeelLauncherEntry, 1);

  self->connection = g_object_ref (connection);
  self->activity = g_object_ref (activity);
  g_signal_connect (activity, "changed", G_CALLBACK (activity_changed_cb), self);
  return self;
}

/* Takes away what is still shown. */
void
keel_launcher_entry_free (KeelLauncherEntry *self)
{
  const Face nothing = { 0 };

  g_signal_handlers_disconnect_by_data (self->activity, self);
  if (self->shown.is_visible)
    send (self, &nothing);
  g_object_unref (self->activity);
  g_object_unref (self->connection);
  g_free (self);
}
