/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-sessions-impl.h"

#include "keel-bus-error.h"
#include "keel-session-impl.h"

#include <string.h>

/* io.github.keelboat.Transfers1.Service: opening sessions. The objects of the sessions that are in
 * the database are on the bus from the start, those of new ones from when they are opened. */

#define ROOT_PATH "/io/github/keelboat/Transfers1"
#define MOST_IDENTIFIER_BYTES 255
/* What unsandboxed callers are that do not say who they are, our own programs among them. */
#define DEFAULT_APP "host"

struct _KeelSessionsImpl {
  KeelIpcServiceSkeleton parent_instance;
  const KeelHouse *house;
  GHashTable *sessions; /* (owned) session id -> KeelSessionImpl */
};

static void service_iface_init (KeelIpcServiceIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KeelSessionsImpl,
                               keel_sessions_impl,
                               KEEL_IPC_TYPE_SERVICE_SKELETON,
                               G_IMPLEMENT_INTERFACE (KEEL_IPC_TYPE_SERVICE, service_iface_init))

static gboolean
is_good_name (const char *text)
{
  return *text != '\0' && strlen (text) <= MOST_IDENTIFIER_BYTES;
}

/* (transfer full); NULL: refused and answered. */
static char *
dup_app (GDBusMethodInvocation *invocation,
         GVariant              *options)
{
  g_autofree char *app = NULL;

  if (!g_variant_lookup (options, "app-id", "s", &app))
    return g_strdup (DEFAULT_APP);
  if (is_good_name (app))
    return g_steal_pointer (&app);
  keel_bus_error_refuse (invocation, KEEL_ERROR_INVALID_ARGUMENT,
                         "An application's id has 1 to 255 bytes");
  return NULL;
}

/* (transfer none); NULL with @error. */
static KeelSessionImpl *
export_session (KeelSessionsImpl         *self,
                const KeelSessionRecord  *record,
                GError                  **error)
{
  gint64 id = record->id;
  KeelSessionImpl *session = g_hash_table_lookup (self->sessions, &id);

  if (session != NULL)
    return session;
  session = keel_session_impl_new (self->house, record);
  g_hash_table_insert (self->sessions, g_memdup2 (&id, sizeof id), session);
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (session),
                                         self->house->connection,
                                         keel_session_impl_get_path (session), error))
    {
      g_hash_table_remove (self->sessions, &id);
      return NULL;
    }
  return session;
}

static gboolean
handle_open_session (KeelIpcService        *service,
                     GDBusMethodInvocation *invocation,
                     const char            *identifier,
                     GVariant              *config,
                     GVariant              *options)
{
  KeelSessionsImpl *self = KEEL_SESSIONS_IMPL (service);
  GVariantBuilder info = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GError) error = NULL;
  g_autofree char *app = NULL;
  const KeelSessionRecord *record;
  KeelSessionImpl *session;

  if (!keel_house_admit (self->house, invocation))
    return TRUE;
  if (!is_good_name (identifier))
    {
      keel_bus_error_refuse (invocation, KEEL_ERROR_INVALID_ARGUMENT,
                             "A session's identifier has 1 to 255 bytes");
      return TRUE;
    }
  app = dup_app (invocation, options);
  if (app == NULL)
    return TRUE;
  record = keel_engine_open_session (self->house->engine, app, identifier);
  session = export_session (self, record, &error);
  if (session == NULL)
    {
      g_warning ("The session “%s” cannot be exported: %s", identifier, error->message);
      keel_bus_error_refuse (invocation, KEEL_ERROR_BUSY, "The session cannot be opened now");
      return TRUE;
    }
  g_variant_builder_add (&info, "{sv}", "app", g_variant_new_string (app));
  keel_ipc_service_complete_open_session (service, invocation, keel_session_impl_get_path (session),
                                          g_variant_builder_end (&info));
  return TRUE;
}

static gboolean
handle_list_sessions (KeelIpcService        *service,
                      GDBusMethodInvocation *invocation,
                      GVariant              *options)
{
  KeelSessionsImpl *self = KEEL_SESSIONS_IMPL (service);
  g_autoptr (GPtrArray) sessions = NULL;
  g_autoptr (GPtrArray) identifiers = NULL;
  g_autofree char *app = NULL;

  if (!keel_house_admit (self->house, invocation))
    return TRUE;
  app = dup_app (invocation, options);
  if (app == NULL)
    return TRUE;
  sessions = keel_engine_dup_sessions (self->house->engine, app);
  identifiers = g_ptr_array_new ();
  for (guint i = 0; i < sessions->len; i++)
    g_ptr_array_add (identifiers,
                     ((KeelSessionRecord *) g_ptr_array_index (sessions, i))->identifier);
  g_ptr_array_add (identifiers, NULL);
  keel_ipc_service_complete_list_sessions (service, invocation,
                                           (const char *const *) identifiers->pdata);
  return TRUE;
}

static void
service_iface_init (KeelIpcServiceIface *iface)
{
  iface->handle_list_sessions = handle_list_sessions;
  iface->handle_open_session = handle_open_session;
}

static void
keel_sessions_impl_finalize (GObject *object)
{
  g_hash_table_unref (KEEL_SESSIONS_IMPL (object)->sessions);
  G_OBJECT_CLASS (keel_sessions_impl_parent_class)->finalize (object);
}

static void
keel_sessions_impl_class_init (KeelSessionsImplClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = keel_sessions_impl_finalize;
}

static void
unexport_session (gpointer data)
{
  GDBusInterfaceSkeleton *session = data;

  if (g_dbus_interface_skeleton_get_object_path (session) != NULL)
    g_dbus_interface_skeleton_unexport (session);
  g_object_unref (session);
}

static void
keel_sessions_impl_init (KeelSessionsImpl *self)
{
  self->sessions = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, unexport_session);
  keel_ipc_service_set_version (KEEL_IPC_SERVICE (self), 1);
}

/* @house must outlive it. */
KeelSessionsImpl *
keel_sessions_impl_new (const KeelHouse *house)
{
  KeelSessionsImpl *self = g_object_new (KEEL_TYPE_SESSIONS_IMPL, NULL);

  self->house = house;
  return self;
}

/* Puts it, and the sessions that exist, on the bus. */
gboolean
keel_sessions_impl_export (KeelSessionsImpl  *self,
                           GError           **error)
{
  g_autoptr (GPtrArray) sessions = keel_engine_dup_sessions (self->house->engine, NULL);

  for (guint i = 0; i < sessions->len; i++)
    if (export_session (self, g_ptr_array_index (sessions, i), error) == NULL)
      return FALSE;
  return g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self),
                                           self->house->connection, ROOT_PATH, error);
}
