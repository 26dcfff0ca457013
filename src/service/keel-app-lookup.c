/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-app-lookup.h"

/* What the desktop knows of an application: whether it can be woken, and its name for people.
 *
 * It can be woken when its desktop file says DBusActivatable and the bus knows how to start it. The
 * one without the other would start something that does not know what is wanted of it, or nothing.
 * Desktop files may be on slow disks; they are read in a thread. */

struct _KeelAppLookup {
  GDBusConnection *connection; /* (owned) */
  KeelAppLookupFunc func;
  gpointer user_data;
  GCancellable *cancellable; /* (owned) */
};

typedef struct {
  KeelAppLookup *lookup; /* not to be looked at once it is cancelled */
  char *app;             /* (owned) */
  gint64 key;
  gboolean is_known; /* to the bus */

  gboolean is_activatable; /* as its desktop file says */
  char *name;              /* (owned) (nullable) */
} Query;

static void
query_free (gpointer data)
{
  Query *query = data;

  g_free (query->app);
  g_free (query->name);
  g_free (query);
}

/* --- the thread ------------------------------------------------------------------------------ */

static gboolean
read_desktop_file (Query      *query,
                   const char *data_dir)
{
  g_autofree char *leaf = g_strconcat (query->app, ".desktop", NULL);
  g_autofree char *path = g_build_filename (data_dir, "applications", leaf, NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return FALSE;
  query->is_activatable = g_key_file_get_boolean (file, G_KEY_FILE_DESKTOP_GROUP,
                                                  G_KEY_FILE_DESKTOP_KEY_DBUS_ACTIVATABLE, NULL);
  query->name = g_key_file_get_locale_string (file, G_KEY_FILE_DESKTOP_GROUP,
                                              G_KEY_FILE_DESKTOP_KEY_NAME, NULL, NULL);
  return TRUE;
}

static void
find_desktop_file (GTask        *task,
                   gpointer      source,
                   gpointer      data,
                   GCancellable *cancellable)
{
  const char *const *dirs = g_get_system_data_dirs ();

  /* The first that there is counts, as everywhere on the desktop. */
  if (!read_desktop_file (data, g_get_user_data_dir ()))
    for (gsize i = 0; dirs[i] != NULL && !read_desktop_file (data, dirs[i]); i++)
      continue;
  g_task_return_boolean (task, TRUE);
}

/* --- the owner's thread ---------------------------------------------------------------------- */

static void
found_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Query *query = g_task_get_task_data (G_TASK (result));
  KeelAppLookup *self = query->lookup;

  if (g_task_propagate_boolean (G_TASK (result), NULL))
    self->func (self->user_data, query->key, query->is_activatable && query->is_known, query->name);
}

static void
look_for_desktop_file (KeelAppLookup *self,
                       Query         *query)
{
  g_autoptr (GTask) task = g_task_new (NULL, self->cancellable, found_cb, NULL);

  g_task_set_task_data (task, query, query_free);
  g_task_run_in_thread (task, find_desktop_file);
}

static void
listed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autofree const char **names = NULL;
  Query *query = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      query_free (query);
      return;
    }
  if (reply != NULL)
    g_variant_get (reply, "(^a&s)", &names);
  query->is_known = names != NULL && g_strv_contains (names, query->app);
  look_for_desktop_file (query->lookup, query);
}

/* @func comes once for each keel_app_lookup_find(), later. */
KeelAppLookup *
keel_app_lookup_new (GDBusConnection   *connection,
                     KeelAppLookupFunc  func,
                     gpointer           user_data)
{
  KeelAppLookup *self = g_new0 (KeelAppLookup, 1);

  self->connection = g_object_ref (connection);
  self->func = func;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  return self;
}

/* Nothing comes after this. */
void
keel_app_lookup_free (KeelAppLookup *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_object_unref (self->connection);
  g_free (self);
}

/* @key says in the answer what was asked. An id that is none, such as that of callers who do not
 * say who they are, names no file. */
void
keel_app_lookup_find (KeelAppLookup *self,
                      const char    *app,
                      gint64         key)
{
  Query *query = g_new0 (Query, 1);

  query->lookup = self;
  query->app = g_strdup (g_application_id_is_valid (app) ? app : "");
  query->key = key;
  g_dbus_connection_call (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "ListActivatableNames", NULL,
                          G_VARIANT_TYPE ("(as)"), G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable,
                          listed_cb, query);
}
