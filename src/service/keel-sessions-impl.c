/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-sessions-impl.h"

#include "keel-bus-error.h"
#include "keel-caller-info.h"
#include "keel-dict.h"
#include "keel-session-impl.h"
#include "keel-task-error.h"
#include "keel-token.h"

#include <string.h>

/* io.github.keelboat.Transfers1.Service: opening sessions, and the way to them.
 *
 * Whose session it is to be is what the sandbox of the caller says; an unsandboxed program says it
 * itself, else the desktop that started it does. Its own word goes first, because what a desktop
 * started may be a terminal, and `keel` in there is not the terminal's. Where callers cannot be
 * looked at, what they claim counts together with their token: another token with the same claim
 * is another application.
 *
 * Sessions are not exported one by one: one function takes every call below the path of sessions,
 * and looks for the session only when it is known who calls. So a session of another application
 * and one that never was give the same answer to everything, and introspection lists none. */

#define ROOT_PATH "/io/github/keelboat/Transfers1"
#define SESSIONS_PATH ROOT_PATH "/session"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define MOST_IDENTIFIER_BYTES 255
/* What unsandboxed callers are of which nobody says anything. */
#define DEFAULT_APP "host"
/* How much of a token's hash tells applications apart that claim the same. */
#define HASH_DIGITS 16

struct _KeelSessionsImpl {
  KeelIpcServiceSkeleton parent_instance;
  const KeelHouse *house;
  GHashTable *sessions; /* (owned) path -> Entry */
  guint subtree;
};

typedef struct {
  KeelSessionImpl *session; /* (owned) */
  char *app;                /* (owned) */
} Entry;

static GDBusInterfaceVTable service_vtable; /* the generated one, behind receive_call() */

static void service_iface_init (KeelIpcServiceIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KeelSessionsImpl,
                               keel_sessions_impl,
                               KEEL_IPC_TYPE_SERVICE_SKELETON,
                               G_IMPLEMENT_INTERFACE (KEEL_IPC_TYPE_SERVICE, service_iface_init))

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_object_unref (entry->session);
  g_free (entry->app);
  g_free (entry);
}

/* --- whose session --------------------------------------------------------------------------- */

/* Who calls: as OpenSession and ListSessions need it. */
typedef struct {
  char *app;        /* (owned) */
  char *token_hash; /* (owned) (nullable) */
  gboolean is_verified;
} Identity;

static void
identity_clear (Identity *self)
{
  g_free (self->app);
  g_free (self->token_hash);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Identity, identity_clear)

/* Whether a session of @app belongs to somebody with another token, or to nobody knows whom. */
static gboolean
is_taken (KeelSessionsImpl *self,
          const char       *app,
          const char       *token_hash)
{
  g_autoptr (GPtrArray) sessions = keel_engine_dup_sessions (self->house->engine, app);

  for (guint i = 0; i < sessions->len; i++)
    if (g_strcmp0 (((KeelSessionRecord *) g_ptr_array_index (sessions, i))->token_hash,
                   token_hash) != 0)
      return TRUE;
  return FALSE;
}

/* The application that claims to be @claim and has that token: what it was when it opened its first
 * session, which may have been when @claim was taken. (transfer full) */
static char *
dup_app_by_token (KeelSessionsImpl *self,
                  const char       *claim,
                  const char       *token_hash)
{
  g_autofree char *apart = g_strdup_printf ("%s.%.*s", claim, HASH_DIGITS, token_hash);
  g_autoptr (GPtrArray) sessions = keel_engine_dup_sessions (self->house->engine, apart);

  return sessions->len > 0 || is_taken (self, claim, token_hash) ? g_steal_pointer (&apart) :
                                                                   g_strdup (claim);
}

/* The token comes with the call, or came with an earlier one of the same bus name. */
static gboolean
identify_by_token (KeelSessionsImpl       *self,
                   GDBusMethodInvocation  *invocation,
                   GVariant               *options,
                   const char             *claim,
                   Identity               *out_identity,
                   GError                **error)
{
  const KeelHouse *house = self->house;
  const char *name = g_dbus_method_invocation_get_sender (invocation);
  g_autofree char *token_hash = keel_token_dup_hash (options);
  gboolean is_ours;

  if (token_hash == NULL)
    token_hash = g_strdup (keel_callers_get (house->callers, name)->token_hash);
  if (token_hash == NULL)
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED,
                           "This service is in a sandbox and knows callers by a token of 32 bytes");
      return FALSE;
    }
  is_ours = g_strcmp0 (token_hash, house->token_hash) == 0;
  keel_callers_set_token (house->callers, name, token_hash, is_ours);
  out_identity->app = is_ours ? g_strdup (claim) : dup_app_by_token (self, claim, token_hash);
  out_identity->token_hash = g_steal_pointer (&token_hash);
  return TRUE;
}

static gboolean
identify (KeelSessionsImpl       *self,
          GDBusMethodInvocation  *invocation,
          GVariant               *options,
          Identity               *out_identity,
          GError                **error)
{
  const KeelCaller *caller = keel_callers_get (self->house->callers,
                                               g_dbus_method_invocation_get_sender (invocation));
  static const KeelDictKey keys[] = { { "app-id", "s" } };
  g_autofree char *claim = NULL;

  if (!keel_dict_check (options, KEEL_DICT_KEYS (keys), error))
    return FALSE;
  if (caller->trust == KEEL_TRUST_SANDBOX)
    {
      out_identity->app = g_strdup (caller->app);
      out_identity->is_verified = TRUE;
      return TRUE;
    }
  if (!g_variant_lookup (options, "app-id", "s", &claim))
    claim = g_strdup (caller->app != NULL ? caller->app : DEFAULT_APP);
  if (!keel_caller_info_is_claim (claim))
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                           "An application's id has 1 to 255 letters, digits, “.”, “-” and “_”");
      return FALSE;
    }
  if (caller->trust == KEEL_TRUST_TOKEN)
    return identify_by_token (self, invocation, options, claim, out_identity, error);
  out_identity->app = g_steal_pointer (&claim);
  return TRUE;
}

/* --- the way to a session -------------------------------------------------------------------- */

static KeelSessionImpl *
make_session (KeelSessionsImpl        *self,
              const KeelSessionRecord *record)
{
  KeelSessionImpl *session = keel_session_impl_new (self->house, record);
  const char *path = keel_session_impl_get_path (session);
  Entry *entry = g_hash_table_lookup (self->sessions, path);

  if (entry != NULL)
    {
      g_object_unref (session);
      return entry->session;
    }
  entry = g_new (Entry, 1);
  *entry = (Entry) { session, g_strdup (record->app) };
  g_hash_table_insert (self->sessions, (gpointer) path, entry);
  return session;
}

/* The property of every session is the same; who asks for it must have one, though. */
static void
return_property (GDBusMethodInvocation      *invocation,
                 const GDBusInterfaceVTable *vtable,
                 gpointer                    session)
{
  const GDBusPropertyInfo *property = g_dbus_method_invocation_get_property_info (invocation);
  const char *name = property != NULL ? property->name : "Version";
  g_autoptr (GVariant) value = g_variant_take_ref (
    vtable->get_property (g_dbus_method_invocation_get_connection (invocation),
                          g_dbus_method_invocation_get_sender (invocation),
                          g_dbus_method_invocation_get_object_path (invocation),
                          "io.github.keelboat.Transfers1.Session", name, NULL, session));
  GVariantBuilder all = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (property != NULL)
    {
      g_variant_builder_clear (&all);
      g_dbus_method_invocation_return_value (invocation, g_variant_new ("(v)", value));
      return;
    }
  g_variant_builder_add (&all, "{sv}", name, value);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a{sv})", &all));
}

static void
session_call_cb (GDBusMethodInvocation *invocation,
                 gpointer               user_data)
{
  KeelSessionsImpl *self = user_data;
  const KeelCaller *caller = keel_callers_get (self->house->callers,
                                               g_dbus_method_invocation_get_sender (invocation));
  const Entry *entry = g_hash_table_lookup (self->sessions,
                                            g_dbus_method_invocation_get_object_path (invocation));
  const GDBusInterfaceVTable *vtable;

  if (entry == NULL || !keel_caller_may_touch (caller, entry->app))
    {
      keel_bus_error_refuse (invocation, KEEL_ERROR_NO_SUCH_SESSION, "There is no such session");
      return;
    }
  vtable = g_dbus_interface_skeleton_get_vtable (G_DBUS_INTERFACE_SKELETON (entry->session));
  if (strcmp (g_dbus_method_invocation_get_interface_name (invocation), PROPERTIES) == 0)
    return_property (invocation, vtable, entry->session);
  else
    keel_house_dispatch (vtable, invocation, entry->session);
}

static void
receive_session_call (GDBusConnection       *connection,
                      const char            *sender,
                      const char            *path,
                      const char            *interface,
                      const char            *method,
                      GVariant              *parameters,
                      GDBusMethodInvocation *invocation,
                      gpointer               user_data)
{
  keel_house_receive (((KeelSessionsImpl *) user_data)->house, invocation, session_call_cb,
                      user_data);
}

static char **
enumerate_sessions (GDBusConnection *connection,
                    const char      *sender,
                    const char      *path,
                    gpointer         user_data)
{
  return g_new0 (char *, 1);
}

/* Everything below looks like a session. */
static GDBusInterfaceInfo **
introspect_session (GDBusConnection *connection,
                    const char      *sender,
                    const char      *path,
                    const char      *node,
                    gpointer         user_data)
{
  GDBusInterfaceInfo **interfaces;

  if (node == NULL)
    return NULL;
  interfaces = g_new0 (GDBusInterfaceInfo *, 2);
  interfaces[0] = g_dbus_interface_info_ref (keel_ipc_session_interface_info ());
  return interfaces;
}

static const GDBusInterfaceVTable *
dispatch_to_session (GDBusConnection *connection,
                     const char      *sender,
                     const char      *path,
                     const char      *interface,
                     const char      *node,
                     gpointer        *out_user_data,
                     gpointer         user_data)
{
  /* Without functions for them, properties come as calls as well. */
  static const GDBusInterfaceVTable vtable = { receive_session_call, NULL, NULL, { 0 } };

  *out_user_data = user_data;
  return &vtable;
}

static gboolean
export_sessions (KeelSessionsImpl  *self,
                 GError           **error)
{
  static const GDBusSubtreeVTable vtable = { enumerate_sessions,
                                             introspect_session,
                                             dispatch_to_session,
                                             { 0 } };

  self->subtree = g_dbus_connection_register_subtree (
    self->house->connection, SESSIONS_PATH, &vtable,
    G_DBUS_SUBTREE_FLAGS_DISPATCH_TO_UNENUMERATED_NODES, self, NULL, error);
  return self->subtree != 0;
}

/* --- Service --------------------------------------------------------------------------------- */

/* Opens the session and has it behave as @changes say; NULL with @error when they make no sense,
 * and then nothing was opened. (transfer none) */
static const KeelSessionRecord *
open_session (KeelEngine      *engine,
              const Identity  *identity,
              const char      *identifier,
              GVariant        *changes,
              GError         **error)
{
  g_auto (KeelSessionConfig) checked = { 0 };
  g_auto (KeelSessionConfig) merged = { 0 };
  const KeelSessionRecord *record;

  keel_session_config_init (&checked);
  if (!keel_session_config_merge (&checked, changes, error))
    return NULL;
  record = keel_engine_open_session (engine, identity->app, identifier);
  keel_engine_identify_session (engine, record->id, identity->token_hash, identity->is_verified);
  keel_session_config_copy (&merged, &record->config);
  if (checked.given == 0)
    return record;
  if (!keel_session_config_merge (&merged, changes, error))
    return NULL;
  keel_engine_configure_session (engine, record->id, &merged, NULL, NULL);
  return record;
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
  g_auto (Identity) identity = { 0 };
  g_autoptr (GError) error = NULL;
  const KeelSessionRecord *record = NULL;
  KeelSessionImpl *session;

  if (!keel_house_admit (self->house, invocation))
    return TRUE;
  if (*identifier == '\0' || strlen (identifier) > MOST_IDENTIFIER_BYTES)
    {
      keel_bus_error_refuse (invocation, KEEL_ERROR_INVALID_ARGUMENT,
                             "A session's identifier has 1 to 255 bytes");
      return TRUE;
    }
  if (identify (self, invocation, options, &identity, &error))
    record = open_session (self->house->engine, &identity, identifier, config, &error);
  if (record == NULL)
    {
      keel_bus_error_return (invocation, error);
      return TRUE;
    }
  session = make_session (self, record);
  keel_session_impl_reopen (session);
  g_variant_builder_add (&info, "{sv}", "app", g_variant_new_string (identity.app));
  g_variant_builder_add (&info, "{sv}", "verified", g_variant_new_boolean (identity.is_verified));
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
  g_auto (Identity) identity = { 0 };
  g_autoptr (GPtrArray) sessions = NULL;
  g_autoptr (GPtrArray) identifiers = NULL;
  g_autoptr (GError) error = NULL;

  if (!keel_house_admit (self->house, invocation))
    return TRUE;
  if (!identify (self, invocation, options, &identity, &error))
    {
      keel_bus_error_return (invocation, error);
      return TRUE;
    }
  sessions = keel_engine_dup_sessions (self->house->engine, identity.app);
  identifiers = g_ptr_array_new ();
  for (guint i = 0; i < sessions->len; i++)
    g_ptr_array_add (identifiers,
                     ((KeelSessionRecord *) g_ptr_array_index (sessions, i))->identifier);
  g_ptr_array_add (identifiers, NULL);
  keel_ipc_service_complete_list_sessions (service, invocation,
                                           (const char *const *) identifiers->pdata);
  return TRUE;
}

/* --- the object ------------------------------------------------------------------------------ */

static void
call_cb (GDBusMethodInvocation *invocation,
         gpointer               user_data)
{
  GDBusInterfaceSkeletonClass *parent = G_DBUS_INTERFACE_SKELETON_CLASS (
    keel_sessions_impl_parent_class);

  keel_house_dispatch (parent->get_vtable (user_data), invocation, user_data);
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
  keel_house_receive (KEEL_SESSIONS_IMPL (user_data)->house, invocation, call_cb, user_data);
}

static GDBusInterfaceVTable *
keel_sessions_impl_get_vtable (GDBusInterfaceSkeleton *skeleton)
{
  return &service_vtable;
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
  KeelSessionsImpl *self = KEEL_SESSIONS_IMPL (object);

  if (self->subtree != 0)
    g_dbus_connection_unregister_subtree (self->house->connection, self->subtree);
  g_hash_table_unref (self->sessions);
  G_OBJECT_CLASS (keel_sessions_impl_parent_class)->finalize (object);
}

static void
keel_sessions_impl_class_init (KeelSessionsImplClass *klass)
{
  GDBusInterfaceSkeletonClass *skeleton_class = G_DBUS_INTERFACE_SKELETON_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = keel_sessions_impl_finalize;
  service_vtable = *skeleton_class->get_vtable (NULL);
  service_vtable.method_call = receive_call;
  skeleton_class->get_vtable = keel_sessions_impl_get_vtable;
}

static void
keel_sessions_impl_init (KeelSessionsImpl *self)
{
  /* A path belongs to its session. */
  self->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
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
    make_session (self, g_ptr_array_index (sessions, i));
  return export_sessions (self, error) &&
         g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self),
                                           self->house->connection, ROOT_PATH, error);
}
