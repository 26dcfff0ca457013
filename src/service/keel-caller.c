/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-caller.h"

#include "keel-bus-error.h"
#include "keel-caller-proc.h"
#include "keel-config.h"
#include "keel-context.h"
#include "keel-task-error.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

/* Who calls. Each bus name is identified once, at its first call, and known until it vanishes; a
 * bus never gives a name twice. Calls that come before the answer wait for it, in their order.
 *
 *   1. watch the name, so that nothing is remembered of one that has gone
 *   2. ask the bus for user and process. The user must be ours
 *   3. in a thread, look at the process (keel-caller-proc.c)
 *   4. ask the bus again: the name must still be there and have the same process, which was
 *      therefore never another one's while we looked
 *
 * A service that is sandboxed itself sees no processes. It knows of a name only that it is this
 * user's, and Service, the interface, looks at the token that comes with a call.
 *
 * That somebody cannot be identified is not remembered: what was in the way (too many open files)
 * may pass. What a process may be slow at is only its own root folder; a container whose file
 * system hangs keeps one of a few threads, and its own calls, and is refused when the time is over.
 */

#define BUS_TIMEOUT_MSEC 5000
#define LOOK_SECONDS 5
#define MOST_THREADS 8

typedef enum {
  LOOKING,
  KNOWN,
  GONE,
} Stage;

typedef struct {
  GDBusMethodInvocation *invocation; /* (owned) */
  KeelCallerFunc func;
  gpointer user_data;
} Waiting;

typedef struct {
  guint refs;         /* the table's and that of what is under way */
  KeelCallers *owner; /* not to be used once it is gone */
  char *name;         /* (owned) */
  Stage stage;
  GQueue waiting;   /* (owned) (element-type Waiting) */
  guint vanishing;  /* subscription */
  guint timer;      /* while a thread looks */
  gint64 seen_usec; /* of CLOCK_BOOTTIME: when the first call came */
  guint32 pid;
  KeelProcess process; /* (owned) */
  char *token_hash;    /* (owned) (nullable) */
  KeelCaller caller;   /* once it is known */
  GError *refusal;     /* (owned) (nullable) why it is known and not served */
} Entry;

struct _KeelCallers {
  GDBusConnection *connection; /* (owned) */
  KeelDoor *door;
  gboolean by_token;
  GFunc emptied; /* called when nobody is being looked at any more */
  gpointer user_data;
  GHashTable *entries;       /* (owned) bus name -> Entry */
  GThreadPool *threads;      /* (owned) (element-type Look) */
  GCancellable *cancellable; /* (owned) */
  guint n_looking;
};

/* What a thread does for an entry. */
typedef struct {
  Entry *entry;          /* (owned) the main thread's */
  GMainContext *context; /* (owned) */
  guint32 pid;
  gint64 seen_usec;
  KeelProcess process; /* (owned) */
  GError *error;       /* (owned) (nullable) */
} Look;

static Entry *
entry_ref (Entry *entry)
{
  entry->refs++;
  return entry;
}

static void
entry_unref (Entry *entry)
{
  if (--entry->refs > 0)
    return;
  g_assert (g_queue_is_empty (&entry->waiting));
  keel_process_clear (&entry->process);
  g_free (entry->token_hash);
  g_clear_error (&entry->refusal);
  g_free (entry->name);
  g_free (entry);
}

/* --- the end of an identification ------------------------------------------------------------ */

static void
refuse_waiting (Entry        *entry,
                const GError *error)
{
  Waiting *waiting;

  while ((waiting = g_queue_pop_head (&entry->waiting)) != NULL)
    {
      keel_bus_error_return (waiting->invocation, error);
      g_free (waiting);
    }
}

static void
end_looking (Entry *entry)
{
  KeelCallers *self = entry->owner;

  if (--self->n_looking == 0)
    self->emptied (self, self->user_data);
}

/* What an entry still has to do with its owner ends. */
static void
leave (Entry *entry)
{
  KeelCallers *self = entry->owner;

  entry->stage = GONE;
  g_clear_handle_id (&entry->timer, g_source_remove);
  g_dbus_connection_signal_unsubscribe (self->connection, entry->vanishing);
}

/* @error: what its calls are told, if there are any. */
static void
drop (Entry        *entry,
      const GError *error)
{
  g_autoptr (GError)
    gone = g_error_new_literal (KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED, "The caller has left the bus");

  if (entry->stage == LOOKING)
    end_looking (entry);
  leave (entry);
  refuse_waiting (entry, error != NULL ? error : gone);
  g_hash_table_remove (entry->owner->entries, entry->name);
}

static void
refuse (Entry        *entry,
        const GError *error)
{
  g_info ("%s is refused: %s", entry->name, error->message);
  drop (entry, error);
}

static void
serve (Entry                 *entry,
       GDBusMethodInvocation *invocation,
       KeelCallerFunc         func,
       gpointer               user_data)
{
  if (entry->refusal != NULL)
    keel_bus_error_return (invocation, entry->refusal);
  else
    func (invocation, user_data);
}

static void
become_known (Entry *entry)
{
  Waiting *waiting;

  entry->stage = KNOWN;
  while ((waiting = g_queue_pop_head (&entry->waiting)) != NULL)
    {
      serve (entry, waiting->invocation, waiting->func, waiting->user_data);
      g_free (waiting);
    }
  end_looking (entry);
}

static void
know_process (Entry *entry)
{
  const KeelProcess *process = &entry->process;

  if (process->is_sandboxed)
    {
      entry->caller.trust = KEEL_TRUST_SANDBOX;
      entry->caller.app = process->sandbox.app;
      entry->caller.instance_path = process->sandbox.instance_path;
      entry->caller.is_ours = strcmp (process->sandbox.app, KEEL_APP_ID) == 0;
      keel_door_join (entry->owner->door, entry->name, process->sandbox.app);
    }
  else
    entry->caller.app = process->unit_app;
  /* The service must not be the way out for those that have none. */
  if (process->is_sandboxed && !process->sandbox.has_network)
    g_set_error_literal (&entry->refusal, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED,
                         "The sandbox of this application has no access to the network");
  become_known (entry);
}

/* --- 2 and 4: what the bus says -------------------------------------------------------------- */

static gboolean
take_credentials (GVariant  *reply,
                  guint32   *out_pid,
                  GError   **error)
{
  g_autoptr (GVariant) credentials = g_variant_get_child_value (reply, 0);
  guint32 user;

  *out_pid = 0;
  if (g_variant_lookup (credentials, "UnixUserID", "u", &user) && user == getuid ())
    {
      g_variant_lookup (credentials, "ProcessID", "u", out_pid);
      return TRUE;
    }
  g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED,
                       "The caller is not this user's program");
  return FALSE;
}

/* The process of the name; FALSE, and the entry has been dealt with. */
static gboolean
finish_credentials (Entry        *entry,
                    GAsyncResult *result,
                    guint32      *out_pid)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) refusal = NULL;
  g_autoptr (GVariant) reply = NULL;

  if (entry->stage == GONE)
    return FALSE;
  reply = g_dbus_connection_call_finish (entry->owner->connection, result, &error);
  if (reply != NULL && take_credentials (reply, out_pid, &refusal))
    return TRUE;
  if (refusal == NULL)
    g_set_error (&refusal, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED,
                 "Who is calling cannot be found out (%s)", error->message);
  refuse (entry, refusal);
  return FALSE;
}

static void
ask_bus (Entry               *entry,
         GAsyncReadyCallback  callback)
{
  KeelCallers *self = entry->owner;

  g_dbus_connection_call (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "GetConnectionCredentials",
                          g_variant_new ("(s)", entry->name), G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NONE, BUS_TIMEOUT_MSEC, self->cancellable, callback,
                          entry_ref (entry));
}

static void
asked_again_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  Entry *entry = user_data;
  g_autoptr (GError) error = NULL;
  guint32 pid;

  if (finish_credentials (entry, result, &pid))
    {
      if (pid == entry->pid)
        know_process (entry);
      else
        {
          g_set_error_literal (&error, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED,
                               "The caller is another process now");
          refuse (entry, error);
        }
    }
  entry_unref (entry);
}

/* --- 3: the thread --------------------------------------------------------------------------- */

static void
looked_cb (gpointer data)
{
  Look *look = data;
  Entry *entry = look->entry;

  if (entry->stage != GONE)
    {
      g_clear_handle_id (&entry->timer, g_source_remove);
      entry->process = look->process;
      look->process = (KeelProcess) { 0 };
      if (look->error == NULL)
        ask_bus (entry, asked_again_cb);
      else
        refuse (entry, look->error);
    }
  entry_unref (entry);
  keel_process_clear (&look->process);
  g_clear_error (&look->error);
  g_main_context_unref (look->context);
  g_free (look);
}

static void
look_in_thread (gpointer data,
                gpointer user_data)
{
  Look *look = data;

  keel_caller_proc_read (look->pid, look->seen_usec, &look->process, &look->error);
  keel_context_post (look->context, looked_cb, look);
}

static gboolean
timer_cb (gpointer user_data)
{
  Entry *entry = user_data;
  g_autoptr (GError) error = g_error_new_literal (KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED,
                                                  "Finding out who is calling took too long");

  entry->timer = 0;
  refuse (entry, error);
  return G_SOURCE_REMOVE;
}

static void
look_at_process (Entry *entry)
{
  KeelCallers *self = entry->owner;
  Look *look = g_new0 (Look, 1);

  look->entry = entry_ref (entry);
  look->context = g_main_context_ref_thread_default ();
  look->pid = entry->pid;
  look->seen_usec = entry->seen_usec;
  /* Not with our clock: what tests do to that is not meant for this. */
  entry->timer = g_timeout_add_seconds (LOOK_SECONDS, timer_cb, entry);
  g_thread_pool_push (self->threads, look, NULL);
}

static void
asked_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Entry *entry = user_data;

  if (finish_credentials (entry, result, &entry->pid))
    {
      if (entry->owner->by_token)
        {
          entry->caller.trust = KEEL_TRUST_TOKEN;
          become_known (entry);
        }
      else
        look_at_process (entry);
    }
  entry_unref (entry);
}

/* --- 1: the beginning ------------------------------------------------------------------------ */

static void
owner_changed_cb (GDBusConnection *connection,
                  const char      *sender,
                  const char      *path,
                  const char      *interface,
                  const char      *signal,
                  GVariant        *parameters,
                  gpointer         user_data)
{
  Entry *entry = user_data;

  if (entry->stage == GONE)
    return;
  keel_door_forget (entry->owner->door, entry->name);
  drop (entry, NULL);
}

static gint64
get_boottime_usec (void)
{
  struct timespec now = { 0 };

  clock_gettime (CLOCK_BOOTTIME, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static Entry *
begin (KeelCallers *self,
       const char  *name)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->refs = 1;
  entry->owner = self;
  entry->name = g_strdup (name);
  entry->seen_usec = get_boottime_usec ();
  g_queue_init (&entry->waiting);
  g_hash_table_insert (self->entries, entry->name, entry);
  self->n_looking++;
  /* The subscription keeps the entry, and the bus handles it before the question that follows: a
   * name that goes is either told of or unknown. */
  entry->vanishing = g_dbus_connection_signal_subscribe (self->connection, "org.freedesktop.DBus",
                                                         "org.freedesktop.DBus", "NameOwnerChanged",
                                                         "/org/freedesktop/DBus", name,
                                                         G_DBUS_SIGNAL_FLAGS_NONE, owner_changed_cb,
                                                         entry_ref (entry),
                                                         (GDestroyNotify) entry_unref);
  ask_bus (entry, asked_cb);
  return entry;
}

/* Calls @func when it is known who calls, at once if it is known already; or answers @invocation
 * with an error. What has come from one caller is handed on in its order. */
void
keel_callers_identify (KeelCallers           *self,
                       GDBusMethodInvocation *invocation,
                       KeelCallerFunc         func,
                       gpointer               user_data)
{
  const char *name = g_dbus_method_invocation_get_sender (invocation);
  Entry *entry = g_hash_table_lookup (self->entries, name);
  Waiting *waiting;

  if (entry == NULL)
    entry = begin (self, name);
  if (entry->stage == KNOWN && g_queue_is_empty (&entry->waiting))
    {
      serve (entry, invocation, func, user_data);
      return;
    }
  waiting = g_new (Waiting, 1);
  *waiting = (Waiting) { invocation, func, user_data };
  g_queue_push_tail (&entry->waiting, waiting);
}

/* --- all of them ----------------------------------------------------------------------------- */

/* @door must outlive it. @by_token: processes cannot be looked at. @emptied is called, with
 * @user_data second, when no call waits any more. */
KeelCallers *
keel_callers_new (GDBusConnection *connection,
                  KeelDoor        *door,
                  gboolean         by_token,
                  GFunc            emptied,
                  gpointer         user_data)
{
  KeelCallers *self = g_new0 (KeelCallers, 1);

  self->connection = g_object_ref (connection);
  self->door = door;
  self->by_token = by_token;
  self->emptied = emptied;
  self->user_data = user_data;
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                         (GDestroyNotify) entry_unref);
  self->threads = g_thread_pool_new (look_in_thread, NULL, MOST_THREADS, FALSE, NULL);
  self->cancellable = g_cancellable_new ();
  return self;
}

/* Answers everybody who waits. A thread that hangs is left behind. */
void
keel_callers_free (KeelCallers *self)
{
  g_autoptr (GError) error = g_error_new_literal (KEEL_ERROR, KEEL_ERROR_RESTARTING,
                                                  "The download service is leaving");
  GHashTableIter iter;
  gpointer entry;

  keel_callers_refuse_all (self, error);
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    leave (entry);
  g_cancellable_cancel (self->cancellable);
  g_hash_table_unref (self->entries);
  g_thread_pool_free (self->threads, FALSE, FALSE);
  g_object_unref (self->cancellable);
  g_object_unref (self->connection);
  g_free (self);
}

/* Who has @name, which has called. (transfer none) (nullable): it has left the bus meanwhile */
const KeelCaller *
keel_callers_get (KeelCallers *self,
                  const char  *name)
{
  const Entry *entry = g_hash_table_lookup (self->entries, name);

  return entry != NULL && entry->stage == KNOWN && entry->refusal == NULL ? &entry->caller : NULL;
}

/* @name has shown a token, which counts until it vanishes. */
void
keel_callers_set_token (KeelCallers *self,
                        const char  *name,
                        const char  *token_hash,
                        gboolean     is_ours)
{
  Entry *entry = g_hash_table_lookup (self->entries, name);

  if (entry == NULL)
    return;
  g_free (entry->token_hash);
  entry->token_hash = g_strdup (token_hash);
  entry->caller.token_hash = entry->token_hash;
  entry->caller.is_ours = is_ours;
}

/* Whether there are calls of which it is not known whose they are. */
gboolean
keel_callers_is_waiting (KeelCallers *self)
{
  return self->n_looking > 0;
}

/* Answers the calls that wait with @error. */
void
keel_callers_refuse_all (KeelCallers  *self,
                         const GError *error)
{
  GHashTableIter iter;
  gpointer entry;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    refuse_waiting (entry, error);
}

/* --- what a caller may do -------------------------------------------------------------------- */

/* See, and change, what belongs to all applications. */
gboolean
keel_caller_may_manage (const KeelCaller *self)
{
  return self->is_ours || self->trust == KEEL_TRUST_HOST;
}

/* Use a session of @app's of which it knows the path. That is random, and told to those only who
 * may open the session: among the programs of the host, which are one trust domain, and among those
 * that have shown a token, knowing it is enough. */
gboolean
keel_caller_may_touch (const KeelCaller *self,
                       const char       *app)
{
  return self->trust != KEEL_TRUST_SANDBOX || strcmp (self->app, app) == 0;
}
