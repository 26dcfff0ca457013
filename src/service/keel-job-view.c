/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-job-view.h"

#include "keel-config.h"

#include <string.h>

/* One job among those that Plasma shows: what KDE's own programs show through KJob, as kjobwidgets
 * (org.kde.JobViewServerV2.xml, org.kde.JobViewV3.xml) and plasma-workspace
 * (libnotificationmanager) have it. A server that knows no V2 is asked as before Plasma 5.22, and
 * has views of V2.
 *
 * A view is asked for, and its path comes by and by. What is to be shown until then is kept, and
 * one that is to end before is ended when it is there: a server that hangs is never waited for.
 *
 * A view ends as if somebody had cancelled it, whatever became of the job: then it goes without a
 * word. The word is said by our own notification. */

#define SERVER_PATH "/JobViewServer"
#define SERVER_V2 "org.kde.JobViewServerV2"
#define VIEW_V2 "org.kde.JobViewV2"
#define VIEW_V3 "org.kde.JobViewV3"
#define CALL_MSEC 10000
/* KJob::Killable, KJob::Suspendable, KJob::KilledJobError. */
#define KILLABLE 1
#define SUSPENDABLE 2
#define KILLED 1

struct _KeelJobView {
  GDBusConnection *connection; /* (owned) */
  KeelJobFunc func;            /* (nullable) NULL once ended */
  gpointer user_data;
  int capabilities;
  KeelJobFace wanted;    /* its strings are owned */
  KeelJobFace shown;     /* its strings are owned */
  gboolean is_asked_for; /* the server has not answered */
  char *path;            /* (owned) (nullable) if it has a view for us */
  const char *interface;
  guint watch;
};

/* --- faces ----------------------------------------------------------------------------------- */

static void
face_clear (KeelJobFace *face)
{
  g_free ((char *) face->title);
  g_free ((char *) face->dest_uri);
  *face = (KeelJobFace) { 0 };
}

static void
face_set (KeelJobFace       *face,
          const KeelJobFace *other)
{
  KeelJobFace copy = *other;

  copy.title = g_strdup (other->title);
  copy.dest_uri = g_strdup (other->dest_uri);
  face_clear (face);
  *face = copy;
}

static void
job_view_free (KeelJobView *self)
{
  if (self->watch != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->watch);
  face_clear (&self->wanted);
  face_clear (&self->shown);
  g_object_unref (self->connection);
  g_free (self->path);
  g_free (self);
}

/* --- telling --------------------------------------------------------------------------------- */

/* Nobody waits for an answer. */
static void
tell (KeelJobView *self,
      const char  *method,
      GVariant    *parameters)
{
  g_dbus_connection_call (self->connection, KEEL_JOB_VIEW_SERVER, self->path, self->interface,
                          method, parameters, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_MSEC,
                          NULL, NULL, NULL);
}

/* What is different from what is shown, by the names of V3. (transfer floating): a{sv} */
static GVariant *
make_update (KeelJobView *self)
{
  const KeelJobFace *old = &self->shown;
  const KeelJobFace *new = &self->wanted;
  GVariantDict update;

  g_variant_dict_init (&update, NULL);
  if (g_strcmp0 (old->title, new->title) != 0)
    g_variant_dict_insert (&update, "title", "s", new->title);
  if (g_strcmp0 (old->dest_uri, new->dest_uri) != 0 && new->dest_uri != NULL)
    g_variant_dict_insert (&update, "destUrl", "s", new->dest_uri);
  if (old->bytes != new->bytes)
    g_variant_dict_insert (&update, "totalBytes", "t", new->bytes);
  if (old->bytes_done != new->bytes_done)
    g_variant_dict_insert (&update, "processedBytes", "t", new->bytes_done);
  if (old->percent != new->percent)
    g_variant_dict_insert (&update, "percent", "u", new->percent);
  if (old->rate_bps != new->rate_bps)
    g_variant_dict_insert (&update, "speed", "t", new->rate_bps);
  if (old->is_suspended != new->is_suspended)
    g_variant_dict_insert (&update, "suspended", "b", new->is_suspended);
  return g_variant_dict_end (&update);
}

/* The same as calls of V2. */
static void
tell_v2 (KeelJobView *self,
         const char  *key,
         GVariant    *value)
{
  if (strcmp (key, "title") == 0)
    tell (self, "setInfoMessage", g_variant_new ("(@s)", value));
  else if (strcmp (key, "destUrl") == 0)
    tell (self, "setDestUrl", g_variant_new ("(v)", value));
  else if (strcmp (key, "totalBytes") == 0)
    tell (self, "setTotalAmount", g_variant_new ("(@ts)", value, "bytes"));
  else if (strcmp (key, "processedBytes") == 0)
    tell (self, "setProcessedAmount", g_variant_new ("(@ts)", value, "bytes"));
  else if (strcmp (key, "percent") == 0)
    tell (self, "setPercent", g_variant_new ("(@u)", value));
  else if (strcmp (key, "speed") == 0)
    tell (self, "setSpeed", g_variant_new ("(@t)", value));
  else
    tell (self, "setSuspended", g_variant_new ("(@b)", value));
}

static void
tell_update (KeelJobView *self)
{
  g_autoptr (GVariant) update = g_variant_ref_sink (make_update (self));
  GVariantIter iter;
  GVariant *value;
  const char *key;

  if (g_variant_n_children (update) == 0)
    return;
  face_set (&self->shown, &self->wanted);
  if (strcmp (self->interface, VIEW_V3) == 0)
    {
      tell (self, "update", g_variant_new ("(@a{sv})", update));
      return;
    }
  g_variant_iter_init (&iter, update);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    tell_v2 (self, key, value);
}

static void
tell_end (KeelJobView *self)
{
  if (strcmp (self->interface, VIEW_V3) == 0)
    {
      tell (self, "terminate", g_variant_new ("(usa{sv})", KILLED, "", NULL));
      return;
    }
  tell (self, "setError", g_variant_new ("(u)", KILLED));
  tell (self, "terminate", g_variant_new ("(s)", ""));
}

/* --- beginning ------------------------------------------------------------------------------- */

static void
wished_cb (GDBusConnection *connection,
           const char      *sender,
           const char      *path,
           const char      *interface,
           const char      *signal,
           GVariant        *parameters,
           gpointer         user_data)
{
  KeelJobView *self = user_data;

  if (strcmp (signal, "suspendRequested") == 0)
    self->func (self->user_data, KEEL_JOB_SUSPEND);
  else if (strcmp (signal, "resumeRequested") == 0)
    self->func (self->user_data, KEEL_JOB_RESUME);
  else if (strcmp (signal, "cancelRequested") == 0 && (self->capabilities & KILLABLE) != 0)
    self->func (self->user_data, KEEL_JOB_CANCEL);
}

static void
begin (KeelJobView *self,
       GVariant    *reply,
       const char  *interface)
{
  self->is_asked_for = FALSE;
  g_variant_get (reply, "(o)", &self->path);
  self->interface = interface;
  if (self->func == NULL)
    {
      tell_end (self);
      job_view_free (self);
      return;
    }
  self->watch = g_dbus_connection_signal_subscribe (self->connection, KEEL_JOB_VIEW_SERVER,
                                                    interface, NULL, self->path, NULL,
                                                    G_DBUS_SIGNAL_FLAGS_NONE, wished_cb, self,
                                                    NULL);
  tell_update (self);
}

static void
give_up (KeelJobView  *self,
         const GError *error)
{
  g_debug ("A job is not shown: %s", error->message);
  self->is_asked_for = FALSE;
  if (self->func == NULL)
    job_view_free (self);
}

static void
requested_v1_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  KeelJobView *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL)
    begin (self, reply, VIEW_V2);
  else
    give_up (self, error);
}

static void
request (KeelJobView         *self,
         const char          *interface,
         GVariant            *parameters,
         GAsyncReadyCallback  callback)
{
  g_dbus_connection_call (self->connection, KEEL_JOB_VIEW_SERVER, SERVER_PATH, interface,
                          "requestView", parameters, G_VARIANT_TYPE ("(o)"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_MSEC, NULL, callback, self);
}

static gboolean
is_unknown (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_INTERFACE);
}

static void
requested_v2_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  KeelJobView *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL)
    begin (self, reply, VIEW_V3);
  else if (is_unknown (error) && self->func != NULL)
    request (self, KEEL_JOB_VIEW_SERVER,
             g_variant_new ("(ssi)", KEEL_APP_ID, KEEL_APP_ID, self->capabilities),
             requested_v1_cb);
  else
    give_up (self, error);
}

/* Asks for a view. It can always be suspended. */
KeelJobView *
keel_job_view_new (GDBusConnection   *connection,
                   const KeelJobFace *face,
                   gboolean           can_cancel,
                   KeelJobFunc        func,
                   gpointer           user_data)
{
  KeelJobView *self = g_new0 (KeelJobView, 1);
  GVariantBuilder hints = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  self->connection = g_object_ref (connection);
  self->func = func;
  self->user_data = user_data;
  self->is_asked_for = TRUE;
  self->capabilities = can_cancel ? SUSPENDABLE | KILLABLE : SUSPENDABLE;
  face_set (&self->wanted, face);
  g_variant_builder_add (&hints, "{sv}", "title", g_variant_new_string (face->title));
  request (self, SERVER_V2, g_variant_new ("(sia{sv})", KEEL_APP_ID, self->capabilities, &hints),
           requested_v2_cb);
  return self;
}

void
keel_job_view_show (KeelJobView       *self,
                    const KeelJobFace *face)
{
  face_set (&self->wanted, face);
  if (self->path != NULL)
    tell_update (self);
}

/* Takes it away, and frees it, at the latest when the server has answered. */
void
keel_job_view_end (KeelJobView *self)
{
  self->func = NULL;
  if (self->is_asked_for)
    return;
  if (self->path != NULL)
    tell_end (self);
  job_view_free (self);
}
