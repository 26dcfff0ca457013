/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-link.h"

#include "keel-config.h"
#include "keel-error.h"

/* The way to the service: the session bus, who owns the service's name on it, and when to start
 * the service again. One for each main context, shared by every session and manager in it, so that
 * a process watches the name once and a crashed service is started by one clock only.
 *
 * The service is away for one of three reasons, and each wants another answer:
 *   - it left because nobody needed it: the next call starts it;
 *   - somebody told it to quit (signal Quitting): only what a user does may start it again;
 *   - it crashed while transfers were under way: whoever follows those calls
 *     keel_link_want_service(), and it is started at once, later with growing pauses.
 *
 * The signals "appeared" and "vanished" tell of each change of the owner; after "appeared" nothing
 * that an earlier owner said is true any more.
 *
 * Which sessions there are in this main context is known here, too ("sessions-changed"). */

/* Pauses before the service is started again after it vanished. */
static const guint revival_pauses_msec[] = { 0, 1000, 5000, 30000 };

/* A service that lived this long is not in a crash loop. */
#define STEADY_USEC (10 * G_USEC_PER_SEC)

struct _KeelLink {
  GObject parent_instance;

  GMainContext *context;       /* (owned) where everything of this object happens */
  GDBusConnection *connection; /* (owned) (nullable) until first used */
  guint name_watch;
  guint quitting_subscription;
  guint limits_subscription;

  char *owner; /* (owned) (nullable) unique name of the running service */
  gint64 owner_since_usec;
  gboolean quitting; /* told to quit: not to be started but by a user's action */

  GPtrArray *sessions; /* (owned) (element-type KeelSession) each takes itself out in time */

  GSource *revival; /* (owned) (nullable) */
  guint revival_step;
};

G_DEFINE_FINAL_TYPE (KeelLink, keel_link, G_TYPE_OBJECT)

enum { APPEARED, VANISHED, QUITTING, LIMITS_CHANGED, SESSIONS_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

/* Main context → weak reference. Entries whose link has gone are removed by its finalizer. */
static GMutex links_lock;
static GHashTable *links;

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static void
keel_link_stop_revival (KeelLink *self)
{
  if (self->revival != NULL)
    g_source_destroy (self->revival);
  g_clear_pointer (&self->revival, g_source_unref);
}

static void
service_started_cb (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr (KeelLink) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  if (reply != NULL)
    return;

  g_debug ("The service did not start: %s", error->message);
  keel_link_want_service (self);
}

static gboolean
revival_cb (gpointer user_data)
{
  KeelLink *self = user_data;

  g_clear_pointer (&self->revival, g_source_unref);
  if (self->owner == NULL && !self->quitting)
    g_dbus_connection_call (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                            "org.freedesktop.DBus", "StartServiceByName",
                            g_variant_new ("(su)", KEEL_SERVICE_ID, 0), G_VARIANT_TYPE ("(u)"),
                            G_DBUS_CALL_FLAGS_NONE, -1, NULL, service_started_cb,
                            g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
name_appeared_cb (GDBusConnection *connection,
                  const char      *name,
                  const char      *owner,
                  gpointer         user_data)
{
  g_autoptr (KeelLink) self = g_object_ref (user_data);

  keel_link_stop_revival (self);
  g_free (self->owner);
  self->owner = g_strdup (owner);
  self->owner_since_usec = g_get_monotonic_time ();
  self->quitting = FALSE;
  g_signal_emit (self, signals[APPEARED], 0);
}

static void
name_vanished_cb (GDBusConnection *connection,
                  const char      *name,
                  gpointer         user_data)
{
  g_autoptr (KeelLink) self = g_object_ref (user_data);

  if (self->owner == NULL)
    return;

  if (g_get_monotonic_time () - self->owner_since_usec >= STEADY_USEC)
    self->revival_step = 0;
  g_clear_pointer (&self->owner, g_free);
  g_signal_emit (self, signals[VANISHED], 0);
}

static void
quitting_cb (GDBusConnection *connection,
             const char      *sender,
             const char      *path,
             const char      *interface,
             const char      *signal,
             GVariant        *parameters,
             gpointer         user_data)
{
  KeelLink *self = user_data;

  if (g_strcmp0 (sender, self->owner) == 0)
    keel_link_set_quitting (self, TRUE);
}

static void
limits_changed_cb (GDBusConnection *connection,
                   const char      *sender,
                   const char      *path,
                   const char      *interface,
                   const char      *signal,
                   GVariant        *parameters,
                   gpointer         user_data)
{
  KeelLink *self = user_data;
  g_autoptr (GVariant) limits = NULL;

  if (g_strcmp0 (sender, self->owner) != 0 ||
      !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(a{sv}a{sv})")))
    return;
  limits = g_variant_get_child_value (parameters, 0);
  g_signal_emit (self, signals[LIMITS_CHANGED], 0, limits);
}

/* Signals of the service are unicast: no match rules are wanted on the bus, and the sender is
 * compared with the owner of the name, because any program may send us a signal. */
static void
keel_link_take_connection (KeelLink        *self,
                           GDBusConnection *connection)
{
  self->connection = connection;
  self->quitting_subscription = g_dbus_connection_signal_subscribe (
    connection, NULL, KEEL_MANAGER_INTERFACE, "Quitting", KEEL_SERVICE_PATH, NULL,
    G_DBUS_SIGNAL_FLAGS_NO_MATCH_RULE, quitting_cb, self, NULL);
  self->limits_subscription = g_dbus_connection_signal_subscribe (
    connection, NULL, KEEL_MANAGER_INTERFACE, "LimitsChanged", KEEL_SERVICE_PATH, NULL,
    G_DBUS_SIGNAL_FLAGS_NO_MATCH_RULE, limits_changed_cb, self, NULL);
  self->name_watch = g_bus_watch_name_on_connection (connection, KEEL_SERVICE_ID,
                                                     G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                     name_appeared_cb, name_vanished_cb, self,
                                                     NULL);
}

static void
bus_got_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelLink *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_bus_get_finish (result, &error);

  if (connection != NULL)
    {
      if (self->connection == NULL)
        keel_link_take_connection (self, g_steal_pointer (&connection));
      g_task_return_boolean (task, TRUE);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_UNREACHABLE,
                             "There is no session bus: %s", error->message);
}

void
keel_link_open_async (KeelLink            *self,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, keel_link_open_async);
  if (self->connection != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_bus_get (G_BUS_TYPE_SESSION, cancellable, bus_got_cb, g_steal_pointer (&task));
}

gboolean
keel_link_open_finish (KeelLink      *self,
                       GAsyncResult  *result,
                       GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

GDBusConnection *
keel_link_get_connection (KeelLink *self)
{
  return self->connection;
}

const char *
keel_link_get_owner (KeelLink *self)
{
  return self->owner;
}

/* Somebody follows transfers that only go on when the service runs. */
void
keel_link_want_service (KeelLink *self)
{
  guint pause_msec;

  if (self->connection == NULL || self->owner != NULL || self->quitting || self->revival != NULL)
    return;

  pause_msec = revival_pauses_msec[self->revival_step];
  self->revival_step = MIN (self->revival_step + 1, G_N_ELEMENTS (revival_pauses_msec) - 1);
  self->revival = keel_link_add_timeout (self, pause_msec, revival_cb, self);
}

/* Somebody does something: having quit is forgotten, and so is having crashed. */
void
keel_link_note_user (KeelLink *self)
{
  self->quitting = FALSE;
  self->revival_step = 0;
}

/* A user wants the service, now. */
void
keel_link_reconnect (KeelLink *self)
{
  keel_link_note_user (self);
  keel_link_stop_revival (self);
  keel_link_want_service (self);
}

void
keel_link_set_quitting (KeelLink *self,
                        gboolean  quitting)
{
  if (self->quitting == quitting)
    return;

  self->quitting = quitting;
  if (quitting)
    {
      keel_link_stop_revival (self);
      g_signal_emit (self, signals[QUITTING], 0);
    }
}

void
keel_link_add_session (KeelLink *self,
                       GObject  *session)
{
  g_ptr_array_add (self->sessions, session);
  g_signal_emit (self, signals[SESSIONS_CHANGED], 0);
}

/* Does nothing the second time. */
void
keel_link_remove_session (KeelLink *self,
                          GObject  *session)
{
  if (g_ptr_array_remove (self->sessions, session))
    g_signal_emit (self, signals[SESSIONS_CHANGED], 0);
}

/* (element-type KeelSession), also those that are being opened. */
GPtrArray *
keel_link_get_sessions (KeelLink *self)
{
  return self->sessions;
}

/* A timer in the context of this object. Destroy and unref it to stop it. */
GSource *
keel_link_add_timeout (KeelLink    *self,
                       guint        interval_msec,
                       GSourceFunc  callback,
                       gpointer     user_data)
{
  GSource *source = g_timeout_source_new (interval_msec);

  g_source_set_callback (source, callback, user_data, NULL);
  g_source_attach (source, self->context);
  return source;
}

static void
keel_link_dispose (GObject *object)
{
  KeelLink *self = KEEL_LINK (object);

  keel_link_stop_revival (self);
  g_clear_handle_id (&self->name_watch, g_bus_unwatch_name);
  if (self->connection != NULL)
    {
      g_dbus_connection_signal_unsubscribe (self->connection, self->quitting_subscription);
      g_dbus_connection_signal_unsubscribe (self->connection, self->limits_subscription);
    }
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (keel_link_parent_class)->dispose (object);
}

static void
keel_link_finalize (GObject *object)
{
  KeelLink *self = KEEL_LINK (object);
  GWeakRef *slot;

  g_mutex_lock (&links_lock);
  slot = g_hash_table_lookup (links, self->context);
  if (slot != NULL)
    {
      g_autoptr (KeelLink) successor = g_weak_ref_get (slot);

      if (successor == NULL)
        g_hash_table_remove (links, self->context);
    }
  g_mutex_unlock (&links_lock);

  g_ptr_array_unref (self->sessions);
  g_free (self->owner);
  g_main_context_unref (self->context);
  G_OBJECT_CLASS (keel_link_parent_class)->finalize (object);
}

static void
keel_link_class_init (KeelLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = keel_link_dispose;
  object_class->finalize = keel_link_finalize;

  signals[APPEARED] = g_signal_new ("appeared", KEEL_TYPE_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 0);
  signals[VANISHED] = g_signal_new ("vanished", KEEL_TYPE_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 0);
  signals[QUITTING] = g_signal_new ("quitting", KEEL_TYPE_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 0);
  signals[LIMITS_CHANGED] = g_signal_new ("limits-changed", KEEL_TYPE_LINK, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_VARIANT);
  signals[SESSIONS_CHANGED] = g_signal_new ("sessions-changed", KEEL_TYPE_LINK, G_SIGNAL_RUN_LAST,
                                            0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
keel_link_init (KeelLink *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->sessions = g_ptr_array_new ();
  /* Without this GDBus would not know the names of our errors when the first of them comes. */
  keel_error_quark ();
}

/* The link of the thread-default main context, made when there is none. */
KeelLink *
keel_link_dup_default (void)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&links_lock);
  KeelLink *self = NULL;
  GWeakRef *slot;

  if (links == NULL)
    links = g_hash_table_new_full (NULL, NULL, NULL, weak_ref_free);
  slot = g_hash_table_lookup (links, context);
  if (slot != NULL)
    self = g_weak_ref_get (slot);
  if (self != NULL)
    return self;

  self = g_object_new (KEEL_TYPE_LINK, NULL);
  slot = g_new0 (GWeakRef, 1);
  g_weak_ref_init (slot, self);
  g_hash_table_replace (links, context, slot);
  return self;
}
