/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-door.h"

#include "keel-bus-error.h"

/* How much anybody may call: counted where messages come in, in the thread that reads the socket,
 * so that a storm of calls never gets into the queue of the main thread, in which all wait alike.
 *
 * A visitor is a bus name, or all names of one sandboxed application once it is known whose they
 * are. Unsandboxed programs are counted apart: scripts call `keel` in loops, each time under a new
 * name, and one user's programs are one trust domain. A visitor has calls to spend, which come back
 * with time, and what it has under way (from here to the end of the answer, which is as long as the
 * message exists) has limits in bytes and files, because that is what it takes of our memory.
 *
 * Visitors who have got all their calls back and have nothing under way are forgotten. */

/* Far above what the library does (a few calls a second), far below what delays others. */
#define CALLS_PER_SECOND 50
#define BURST_CALLS 500
#define MOST_BODY_BYTES (1024 * 1024)
/* A directory a task, but all in one message: what the kernel passes at once is 253. */
#define MOST_FDS 64
/* Under way at once, of one visitor. */
#define MOST_BYTES (8 * 1024 * 1024)
#define MOST_FDS_IN_ALL 256
/* What a call takes beside its arguments. */
#define CALL_BYTES 2048
/* So many are looked through for who can be forgotten, at least. */
#define FEWEST_TO_SWEEP 64

typedef struct {
  guint refs;      /* tables and leases */
  double calls;    /* left to spend */
  gint64 now_usec; /* when that was so */
  gsize bytes;     /* under way */
  guint fds;
} Visitor;

struct _KeelDoor {
  gatomicrefcount refs;
  GDBusConnection *connection; /* (owned) */
  guint filter;
  GMutex mutex;      /* of all below, and of all visitors */
  GHashTable *names; /* (owned) bus name -> Visitor */
  GHashTable *apps;  /* (owned) application id -> Visitor, which its names share */
  guint sweep_at;
};

/* One call that is under way. */
typedef struct {
  KeelDoor *door;   /* (owned) */
  Visitor *visitor; /* (owned) */
  gsize bytes;
  guint fds;
} Lease;

static Visitor *
visitor_ref (Visitor *visitor)
{
  visitor->refs++;
  return visitor;
}

static void
visitor_unref (gpointer data)
{
  Visitor *visitor = data;

  if (--visitor->refs == 0)
    g_free (visitor);
}

static Visitor *
visitor_new (void)
{
  Visitor *visitor = g_new0 (Visitor, 1);

  visitor->refs = 1;
  visitor->calls = BURST_CALLS;
  visitor->now_usec = g_get_monotonic_time ();
  return visitor;
}

static void
visitor_refill (Visitor *visitor,
                gint64   now_usec)
{
  double earned = (double) (now_usec - visitor->now_usec) / G_USEC_PER_SEC * CALLS_PER_SECOND;

  visitor->calls = MIN (visitor->calls + earned, BURST_CALLS);
  visitor->now_usec = now_usec;
}

static void
door_unref (KeelDoor *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_hash_table_unref (self->names);
  g_hash_table_unref (self->apps);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static KeelDoor *
door_ref (KeelDoor *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

/* --- who is forgotten ------------------------------------------------------------------------ */

/* Nobody else knows of it, and a new one would be the same. */
static gboolean
is_forgettable (gpointer key,
                gpointer value,
                gpointer user_data)
{
  Visitor *visitor = value;

  visitor_refill (visitor, *(gint64 *) user_data);
  return visitor->refs == 1 && visitor->calls >= BURST_CALLS;
}

static void
sweep (KeelDoor *self)
{
  gint64 now_usec = g_get_monotonic_time ();

  if (g_hash_table_size (self->names) + g_hash_table_size (self->apps) < self->sweep_at)
    return;
  g_hash_table_foreach_remove (self->names, is_forgettable, &now_usec);
  g_hash_table_foreach_remove (self->apps, is_forgettable, &now_usec);
  self->sweep_at = 2 * (g_hash_table_size (self->names) + g_hash_table_size (self->apps));
  self->sweep_at = MAX (self->sweep_at, FEWEST_TO_SWEEP);
}

static Visitor *
find_or_add (KeelDoor   *self,
             GHashTable *table,
             const char *key)
{
  Visitor *visitor = g_hash_table_lookup (table, key);

  if (visitor != NULL)
    return visitor;
  sweep (self);
  visitor = visitor_new ();
  g_hash_table_insert (table, g_strdup (key), visitor);
  return visitor;
}

/* --- one message ----------------------------------------------------------------------------- */

/* When the message is gone, in whatever thread that is. */
static void
lease_end (gpointer data)
{
  Lease *lease = data;

  g_mutex_lock (&lease->door->mutex);
  lease->visitor->bytes -= lease->bytes;
  lease->visitor->fds -= lease->fds;
  visitor_unref (lease->visitor);
  g_mutex_unlock (&lease->door->mutex);
  door_unref (lease->door);
  g_free (lease);
}

static gsize
get_body_bytes (GDBusMessage *message)
{
  GVariant *body = g_dbus_message_get_body (message);

  return body != NULL ? g_variant_get_size (body) : 0;
}

/* NULL, and the message has a lease, or why it does not come in. */
static const char *
admit (KeelDoor     *self,
       GDBusMessage *message)
{
  gsize bytes;
  guint fds = g_dbus_message_get_num_unix_fds (message);
  Visitor *visitor = find_or_add (self, self->names, g_dbus_message_get_sender (message));
  Lease *lease;

  visitor_refill (visitor, g_get_monotonic_time ());
  if (visitor->calls < 1)
    return "Too many calls; a few a second are plenty";
  visitor->calls--;
  bytes = get_body_bytes (message);
  if (bytes > MOST_BODY_BYTES)
    return "A message has at most 1 MiB";
  if (fds > MOST_FDS)
    return "A message has at most 64 file descriptors";
  if (visitor->bytes + bytes + CALL_BYTES > MOST_BYTES || visitor->fds + fds > MOST_FDS_IN_ALL)
    return "Too much at once; wait for answers";
  lease = g_new0 (Lease, 1);
  lease->door = door_ref (self);
  lease->visitor = visitor_ref (visitor);
  lease->bytes = bytes + CALL_BYTES;
  lease->fds = fds;
  visitor->bytes += lease->bytes;
  visitor->fds += fds;
  g_object_set_data_full (G_OBJECT (message), "keel-lease", lease, lease_end);
  return NULL;
}

static void
refuse (GDBusConnection *connection,
        GDBusMessage    *message,
        const char      *why)
{
  const char *name = keel_bus_error_get_name (KEEL_ERROR_LIMITS_EXCEEDED);
  g_autoptr (GDBusMessage) reply = g_dbus_message_new_method_error_literal (message, name, why);

  if (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED)
    return;
  /* It fails when the connection is closed, and then there is nobody to be told. */
  g_dbus_connection_send_message (connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
}

/* In the thread that reads the socket. */
static GDBusMessage *
message_cb (GDBusConnection *connection,
            GDBusMessage    *message,
            gboolean         is_incoming,
            gpointer         user_data)
{
  KeelDoor *self = user_data;
  const char *why;

  if (!is_incoming ||
      g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL ||
      g_dbus_message_get_sender (message) == NULL)
    return message;
  g_mutex_lock (&self->mutex);
  why = admit (self, message);
  g_mutex_unlock (&self->mutex);
  if (why == NULL)
    return message;
  refuse (connection, message, why);
  g_object_unref (message);
  return NULL;
}

/* --- the door -------------------------------------------------------------------------------- */

/* Counts from now on what comes in by @connection. */
KeelDoor *
keel_door_new (GDBusConnection *connection)
{
  KeelDoor *self = g_new0 (KeelDoor, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->mutex);
  self->connection = g_object_ref (connection);
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, visitor_unref);
  self->apps = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, visitor_unref);
  self->sweep_at = FEWEST_TO_SWEEP;
  self->filter = g_dbus_connection_add_filter (connection, message_cb, door_ref (self),
                                               (GDestroyNotify) door_unref);
  return self;
}

void
keel_door_free (KeelDoor *self)
{
  g_dbus_connection_remove_filter (self->connection, self->filter);
  g_clear_object (&self->connection);
  door_unref (self);
}

/* @name is one of the names of the sandboxed @app: from now on it is counted together with the
 * others, and so is what it has called already. */
void
keel_door_join (KeelDoor   *self,
                const char *name,
                const char *app)
{
  Visitor *visitor;
  Visitor *alone;

  g_mutex_lock (&self->mutex);
  visitor = find_or_add (self, self->apps, app);
  alone = g_hash_table_lookup (self->names, name);
  if (alone != NULL && alone != visitor)
    visitor->calls = MAX (visitor->calls - (BURST_CALLS - alone->calls), -BURST_CALLS);
  g_hash_table_replace (self->names, g_strdup (name), visitor_ref (visitor));
  g_mutex_unlock (&self->mutex);
}

/* @name, which joined, has left the bus. */
void
keel_door_forget (KeelDoor   *self,
                  const char *name)
{
  g_mutex_lock (&self->mutex);
  g_hash_table_remove (self->names, name);
  g_mutex_unlock (&self->mutex);
}
