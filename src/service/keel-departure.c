/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-departure.h"

#include "keel-config.h"

#include <unistd.h>

/* How to leave a bus without losing a call.
 *
 * GApplication takes its objects off the bus first and gives the name back after, so a call in
 * between is answered with an error by a process that could have served it. We do this instead:
 *
 *   1. give the name back, and wait for the reply. Whatever the bus sent us before it is in our
 *      queue by then; whatever comes after starts a new service, which waits for our lock
 *   2. serve what is in the queue: one quiet turn of the main loop, with all objects in place
 *   3. if a call came and we may stay, ask for the name again. If we get it, we stay. If the new
 *      service has it, what we answered is on disk and it takes over from there
 *   4. stop the engine: last checkpoints, close the database
 *   5. unlock, flush, depart. Only now may the process end
 *
 * Objects keep their paths over a restart, so a caller that was answered by the old service can go
 * on with the new one. */

#define NAME_TIMEOUT_MSEC 1000
#define RELEASED 1      /* DBUS_RELEASE_NAME_REPLY_RELEASED */
#define PRIMARY_OWNER 1 /* DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER */
#define ALREADY_OWNER 4 /* DBUS_REQUEST_NAME_REPLY_ALREADY_OWNER */
#define DO_NOT_QUEUE 4  /* DBUS_NAME_FLAG_DO_NOT_QUEUE */

struct _KeelDeparture {
  GDBusConnection *connection; /* (owned) */
  KeelEngine *engine;          /* (owned) (nullable) */
  int *lock_fd;
  KeelDepartureEvents events;
  gpointer user_data;
  GCancellable *cancellable; /* (owned) */
  GPtrArray *invocations;    /* (owned) (element-type GDBusMethodInvocation) Quit calls */
  guint quiet_source;
  gboolean must_leave;
  gboolean has_stopped; /* the engine: all is on disk */
  gboolean has_call;    /* since the name was given back */
};

static void give_name_back (KeelDeparture *self);

/* --- 5: gone --------------------------------------------------------------------------------- */

static void
flushed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  KeelDeparture *self = user_data;

  if (!g_dbus_connection_flush_finish (G_DBUS_CONNECTION (source), result, &error) &&
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->events.departed (self->user_data);
}

static void
stopped_cb (KeelEngine   *engine,
            const GError *error,
            gpointer      user_data)
{
  KeelDeparture *self = user_data;

  self->has_stopped = TRUE;
  for (guint i = 0; i < self->invocations->len; i++)
    g_dbus_method_invocation_return_value (g_object_ref (g_ptr_array_index (self->invocations, i)),
                                           NULL);
  g_ptr_array_set_size (self->invocations, 0);
  if (*self->lock_fd >= 0)
    close (*self->lock_fd);
  *self->lock_fd = -1;
  g_dbus_connection_flush (self->connection, self->cancellable, flushed_cb, self);
}

/* --- 3, 4: stay after all, or stop ----------------------------------------------------------- */

static void
stop (KeelDeparture *self)
{
  self->events.stopping (self->user_data);
  if (self->engine != NULL)
    keel_engine_stop_async (self->engine, stopped_cb, self);
  else
    stopped_cb (NULL, NULL, self);
}

static guint
finish_name_call (GObject       *source,
                  GAsyncResult  *result,
                  GError       **error)
{
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, error);
  guint code = 0;

  if (reply != NULL)
    g_variant_get (reply, "(u)", &code);
  return code;
}

static void
requested_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  guint code = finish_name_call (source, result, &error);
  KeelDeparture *self = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (code != PRIMARY_OWNER && code != ALREADY_OWNER)
    stop (self);
  else if (!self->must_leave)
    self->events.stayed (self->user_data);
  else
    give_name_back (self);
}

static void
call_bus (KeelDeparture       *self,
          const char          *method,
          GVariant            *parameters,
          GAsyncReadyCallback  callback)
{
  g_dbus_connection_call (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", method, parameters, G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE, NAME_TIMEOUT_MSEC, self->cancellable, callback,
                          self);
}

/* --- 2: the quiet turn ----------------------------------------------------------------------- */

static gboolean
quiet_cb (gpointer user_data)
{
  KeelDeparture *self = user_data;

  self->quiet_source = 0;
  if (self->has_call && !self->must_leave)
    call_bus (self, "RequestName", g_variant_new ("(su)", KEEL_SERVICE_ID, DO_NOT_QUEUE),
              requested_cb);
  else
    stop (self);
  return G_SOURCE_REMOVE;
}

/* It is quiet when nothing of the usual priority is left to be dispatched. */
static void
begin_quiet_turn (KeelDeparture *self)
{
  self->quiet_source = g_idle_add_full (G_PRIORITY_LOW, quiet_cb, self, NULL);
}

/* --- 1: the name ----------------------------------------------------------------------------- */

static void
released_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  guint code = finish_name_call (source, result, &error);
  KeelDeparture *self = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (code != RELEASED)
    g_info ("The bus name was not given back: %s", error != NULL ? error->message : "not ours");
  begin_quiet_turn (self);
}

static void
give_name_back (KeelDeparture *self)
{
  call_bus (self, "ReleaseName", g_variant_new ("(s)", KEEL_SERVICE_ID), released_cb);
}

/* @engine may be NULL: it was never opened. */
KeelDeparture *
keel_departure_begin (GDBusConnection           *connection,
                      KeelEngine                *engine,
                      int                       *lock_fd,
                      const KeelDepartureEvents *events,
                      gpointer                   user_data)
{
  KeelDeparture *self = g_new0 (KeelDeparture, 1);

  self->connection = g_object_ref (connection);
  self->engine = engine != NULL ? g_object_ref (engine) : NULL;
  self->lock_fd = lock_fd;
  self->events = *events;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  self->invocations = g_ptr_array_new_with_free_func (g_object_unref);
  give_name_back (self);
  return self;
}

/* Between two events only: not from one that is still under way. */
void
keel_departure_free (KeelDeparture *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->quiet_source, g_source_remove);
  g_ptr_array_unref (self->invocations);
  g_object_unref (self->cancellable);
  g_clear_object (&self->engine);
  g_object_unref (self->connection);
  g_free (self);
}

/* Leaves whatever is called. @invocation, if there is one, is answered when all is on disk. */
void
keel_departure_insist (KeelDeparture         *self,
                       GDBusMethodInvocation *invocation)
{
  self->must_leave = TRUE;
  if (invocation != NULL && self->has_stopped)
    g_dbus_method_invocation_return_value (invocation, NULL);
  else if (invocation != NULL)
    g_ptr_array_add (self->invocations, invocation);
}

/* A call is being served. */
void
keel_departure_note_call (KeelDeparture *self)
{
  self->has_call = TRUE;
}
