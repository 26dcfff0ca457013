/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-search-provider.h"

#include <keel/keel.h>

#include "keel-config.h"
#include "keel-facts.h"
#include "keel-file-type.h"
#include "keel-format.h"
#include "keel-status.h"
#include "keel-task-filter.h"
#include "keel-task-search.h"

/* Finds downloads from the overview of GNOME Shell: org.gnome.Shell.SearchProvider2
 * (https://developer.gnome.org/documentation/tutorials/search-provider.html).
 *
 * A process of its own, under a bus name of its own. Not the application, which would load a
 * toolkit and ask for a display with each key that somebody presses in the overview; and not the
 * service, whose name programs in sandboxes are let speak to, and who there see nothing but their
 * own downloads. This one lives on the public library, and is started and left by itself.
 *
 * What is found, in which order, and what is said of it is what the list of the window has: the
 * same code does that. What is chosen is handed to the application, with the time of the click, by
 * which the desktop lets its window come to the front. */

#define INTERFACE "org.gnome.Shell.SearchProvider2"

/* Until nobody has asked for so long, it follows the downloads: the next key comes soon. */
#define LINGER_MSEC 10000

/* More are not shown by anybody; who wants all of them opens the window. */
#define RESULTS_MAX 100

/* Enough for an application that has to be started, from a disk that is asleep. */
#define START_MSEC 60000

static const char introspection[] =
  "<node><interface name='" INTERFACE "'>"
  "<method name='GetInitialResultSet'><arg type='as' name='terms' direction='in'/>"
  "<arg type='as' name='results' direction='out'/></method>"
  "<method name='GetSubsearchResultSet'><arg type='as' name='previous_results' direction='in'/>"
  "<arg type='as' name='terms' direction='in'/>"
  "<arg type='as' name='results' direction='out'/></method>"
  "<method name='GetResultMetas'><arg type='as' name='identifiers' direction='in'/>"
  "<arg type='aa{sv}' name='metas' direction='out'/></method>"
  "<method name='ActivateResult'><arg type='s' name='identifier' direction='in'/>"
  "<arg type='as' name='terms' direction='in'/><arg type='u' name='timestamp' direction='in'/>"
  "</method>"
  "<method name='LaunchSearch'><arg type='as' name='terms' direction='in'/>"
  "<arg type='u' name='timestamp' direction='in'/></method>"
  "</interface></node>";

struct _KeelSearchProvider {
  GApplication parent_instance;

  guint registration;
  KeelManager *manager; /* (owned) (nullable), until it is open */
  gboolean is_opening;
  GQueue waiting; /* (element-type GDBusMethodInvocation) (owned), for the manager */
};

G_DEFINE_FINAL_TYPE (KeelSearchProvider, keel_search_provider, G_TYPE_APPLICATION)

/* --- what is found --------------------------------------------------------------------------- */

static KeelTaskSearch *
create_search (GVariant *terms)
{
  g_autofree const char **words = g_variant_get_strv (terms, NULL);
  g_autofree char *text = g_strjoinv (" ", (char **) words);

  return keel_task_search_new (text);
}

/* As in the list: by group, and what has ended newest first. */
static int
compare_tasks (gconstpointer a,
               gconstpointer b)
{
  KeelTask *left = *(KeelTask **) a;
  KeelTask *right = *(KeelTask **) b;
  int rank_left = keel_task_filter_get_rank (
    keel_task_filter_for_state (keel_task_get_state (left)));
  int rank_right = keel_task_filter_get_rank (
    keel_task_filter_for_state (keel_task_get_state (right)));
  GDateTime *end_left = keel_task_get_finished (left);
  GDateTime *end_right = keel_task_get_finished (right);

  if (rank_left != rank_right)
    return rank_left - rank_right;
  if (end_left != NULL && end_right != NULL && !g_date_time_equal (end_left, end_right))
    return g_date_time_compare (end_right, end_left);

  return keel_task_get_id (left) < keel_task_get_id (right) ? -1 : 1;
}

/* Ids, as the shell knows them. (transfer floating) */
static GVariant *
make_results (GPtrArray *tasks)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("as"));

  g_ptr_array_sort (tasks, compare_tasks);
  for (guint i = 0; i < tasks->len && i < RESULTS_MAX; i++)
    {
      g_autofree char *id = g_strdup_printf ("%" G_GUINT64_FORMAT,
                                             keel_task_get_id (tasks->pdata[i]));

      g_variant_builder_add (&builder, "s", id);
    }

  return g_variant_new ("(as)", &builder);
}

/* All are looked at, also when somebody goes on typing: what was told before were the first of
 * those that were found. (transfer floating) */
static GVariant *
search (KeelSearchProvider *self,
        GVariant           *terms)
{
  g_autoptr (KeelTaskSearch) wanted = create_search (terms);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->manager));

  for (guint i = 0; wanted != NULL && i < n; i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (self->manager), i);

      if (keel_task_search_matches (wanted, task))
        g_ptr_array_add (found, g_steal_pointer (&task));
    }

  return make_results (found);
}

/* Returns: (transfer none) (nullable) */
static KeelTask *
find_task (KeelSearchProvider *self,
           const char         *identifier)
{
  guint64 id;

  if (!g_ascii_string_to_unsigned (identifier, 10, 1, G_MAXUINT64, &id, NULL))
    return NULL;

  return keel_manager_get_task (self->manager, id);
}

/* --- what is said of it ---------------------------------------------------------------------- */

static char *
dup_description (const KeelFacts *facts)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *error_words = NULL;
  g_autofree char *line = keel_status_line (facts, now, KEEL_STATUS_WIDE, &error_words);

  if (error_words == NULL)
    return g_steal_pointer (&line);

  return *line == '\0' ? g_steal_pointer (&error_words) :
                         g_strconcat (error_words, KEEL_FORMAT_MIDDLE_DOT, line, NULL);
}

static void
add_meta (GVariantBuilder *builder,
          const char      *identifier,
          KeelTask        *task)
{
  g_autoptr (GIcon)
    icon = keel_file_type_get_icon (keel_task_get_name (task), keel_task_get_mime_type (task));
  g_autofree char *icon_text = g_icon_to_string (icon);
  g_autofree char *description = NULL;
  KeelFacts facts;

  keel_facts_from_task (&facts, task);
  description = dup_description (&facts);

  g_variant_builder_open (builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (builder, "{sv}", "id", g_variant_new_string (identifier));
  g_variant_builder_add (builder, "{sv}", "name",
                         g_variant_new_string (facts.name != NULL ? facts.name : ""));
  g_variant_builder_add (builder, "{sv}", "description", g_variant_new_string (description));
  g_variant_builder_add (builder, "{sv}", "gicon", g_variant_new_string (icon_text));
  g_variant_builder_close (builder);
}

/* What has gone since it was found is left out. (transfer floating) */
static GVariant *
make_metas (KeelSearchProvider *self,
            GVariant           *parameters)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  g_autofree const char **identifiers = NULL;

  g_variant_get (parameters, "(^a&s)", &identifiers);
  for (guint i = 0; identifiers[i] != NULL; i++)
    {
      KeelTask *task = find_task (self, identifiers[i]);

      if (task != NULL)
        add_meta (&builder, identifiers[i], task);
    }

  return g_variant_new ("(aa{sv})", &builder);
}

/* --- what is chosen -------------------------------------------------------------------------- */

static void
activated_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (KeelSearchProvider) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    g_message ("The application cannot be activated: %s", error->message);
  g_application_release (G_APPLICATION (self));
}

/* @parameter: (transfer floating). @time: of the click, 0: not known */
static void
activate_action (KeelSearchProvider *self,
                 const char         *action,
                 GVariant           *parameter,
                 guint               time)
{
  GVariantBuilder platform_data = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree char *startup_id = g_strdup_printf ("_TIME%u", time);
  GVariantBuilder arguments = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  g_variant_builder_add (&arguments, "v", parameter);

  if (time != 0)
    g_variant_builder_add (&platform_data, "{sv}", "desktop-startup-id",
                           g_variant_new_string (startup_id));

  g_application_hold (G_APPLICATION (self));
  g_dbus_connection_call (g_application_get_dbus_connection (G_APPLICATION (self)), KEEL_APP_ID,
                          KEEL_APP_PATH, "org.freedesktop.Application", "ActivateAction",
                          g_variant_new ("(sava{sv})", action, &arguments, &platform_data), NULL,
                          G_DBUS_CALL_FLAGS_NONE, START_MSEC, NULL, activated_cb,
                          g_object_ref (self));
}

static void
activate_result (KeelSearchProvider *self,
                 GVariant           *parameters)
{
  const char *identifier;
  guint time;
  guint64 id;

  g_variant_get_child (parameters, 0, "&s", &identifier);
  g_variant_get_child (parameters, 2, "u", &time);
  if (g_ascii_string_to_unsigned (identifier, 10, 1, G_MAXUINT64, &id, NULL))
    activate_action (self, "show-task", g_variant_new_uint64 (id), time);
}

static void
launch_search (KeelSearchProvider *self,
               GVariant           *parameters)
{
  g_autofree const char **terms = NULL;
  g_autofree char *text = NULL;
  guint time;

  g_variant_get (parameters, "(^a&su)", &terms, &time);
  text = g_strjoinv (" ", (char **) terms);
  activate_action (self, "search", g_variant_new_string (text), time);
}

/* --- calls ----------------------------------------------------------------------------------- */

/* What needs the downloads, with the downloads at hand. Takes @invocation. */
static void
answer (KeelSearchProvider    *self,
        GDBusMethodInvocation *invocation)
{
  const char *method = g_dbus_method_invocation_get_method_name (invocation);
  GVariant *parameters = g_dbus_method_invocation_get_parameters (invocation);
  gboolean goes_on = g_str_equal (method, "GetSubsearchResultSet");
  g_autoptr (GVariant) terms = g_variant_get_child_value (parameters, goes_on ? 1 : 0);
  GVariant *reply = g_str_equal (method, "GetResultMetas") ? make_metas (self, parameters) :
                                                             search (self, terms);

  g_dbus_method_invocation_return_value (invocation, reply);
  g_application_release (G_APPLICATION (self));
}

static void
manager_opened_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (KeelSearchProvider) self = user_data;
  g_autoptr (GError) error = NULL;
  GDBusMethodInvocation *invocation;

  self->is_opening = FALSE;
  self->manager = keel_manager_open_finish (result, &error);
  while ((invocation = g_queue_pop_head (&self->waiting)) != NULL)
    {
      if (self->manager != NULL)
        {
          answer (self, invocation);
        }
      else
        {
          g_dbus_method_invocation_return_gerror (invocation, error);
          g_application_release (G_APPLICATION (self));
        }
    }
}

/* Takes @invocation. */
static void
answer_soon (KeelSearchProvider    *self,
             GDBusMethodInvocation *invocation)
{
  g_application_hold (G_APPLICATION (self));
  if (self->manager != NULL)
    {
      answer (self, invocation);
      return;
    }

  g_queue_push_tail (&self->waiting, invocation);
  if (self->is_opening)
    return;

  self->is_opening = TRUE;
  keel_manager_open_async (KEEL_MANAGER_LIVE, NULL, manager_opened_cb, g_object_ref (self));
}

static void
method_call_cb (GDBusConnection       *connection,
                const char            *sender,
                const char            *path,
                const char            *interface,
                const char            *method,
                GVariant              *parameters,
                GDBusMethodInvocation *invocation,
                gpointer               user_data)
{
  KeelSearchProvider *self = user_data;

  if (g_str_equal (method, "ActivateResult"))
    activate_result (self, parameters);
  else if (g_str_equal (method, "LaunchSearch"))
    launch_search (self, parameters);
  else
    {
      answer_soon (self, invocation);
      return;
    }

  g_dbus_method_invocation_return_value (invocation, NULL);
}

static gboolean
keel_search_provider_dbus_register (GApplication     *application,
                                    GDBusConnection  *connection,
                                    const char       *path,
                                    GError          **error)
{
  static const GDBusInterfaceVTable vtable = { method_call_cb, NULL, NULL, { 0 } };
  KeelSearchProvider *self = KEEL_SEARCH_PROVIDER (application);
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (introspection, error);

  if (node == NULL)
    return FALSE;

  self->registration = g_dbus_connection_register_object (connection, path, node->interfaces[0],
                                                          &vtable, self, NULL, error);

  return self->registration != 0;
}

static void
keel_search_provider_dbus_unregister (GApplication    *application,
                                      GDBusConnection *connection,
                                      const char      *path)
{
  KeelSearchProvider *self = KEEL_SEARCH_PROVIDER (application);

  if (self->registration != 0)
    g_dbus_connection_unregister_object (connection, self->registration);
  self->registration = 0;
}

/* Nothing is shown here. */
static void
keel_search_provider_activate (GApplication *application)
{
}

static void
keel_search_provider_dispose (GObject *object)
{
  KeelSearchProvider *self = KEEL_SEARCH_PROVIDER (object);

  g_clear_object (&self->manager);
  g_queue_clear_full (&self->waiting, g_object_unref);

  G_OBJECT_CLASS (keel_search_provider_parent_class)->dispose (object);
}

static void
keel_search_provider_class_init (KeelSearchProviderClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = keel_search_provider_dispose;
  application_class->activate = keel_search_provider_activate;
  application_class->dbus_register = keel_search_provider_dbus_register;
  application_class->dbus_unregister = keel_search_provider_dbus_unregister;
}

static void
keel_search_provider_init (KeelSearchProvider *self)
{
  g_queue_init (&self->waiting);
}

KeelSearchProvider *
keel_search_provider_new (void)
{
  return g_object_new (KEEL_TYPE_SEARCH_PROVIDER, "application-id", KEEL_SEARCH_ID, "flags",
                       G_APPLICATION_IS_SERVICE, "inactivity-timeout", LINGER_MSEC, NULL);
}
