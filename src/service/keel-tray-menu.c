/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-tray-menu.h"

#include "keel-bus-signal.h"

#include <glib/gi18n.h>
#include <string.h>

/* The menu of the status icon, which the host draws: com.canonical.dbusmenu, as its reference
 * implementation describes it (libdbusmenu, dbus-menu.xml), version 3.
 *
 * The rows are always the same, and so is the layout; what changes is which of them can be chosen,
 * and that is told when it does. What cannot be done now is refused although a host that is late
 * may still offer it. */

#define INTERFACE "com.canonical.dbusmenu"
#define VERSION 3
#define ROOT 0
/* The layout never changes. */
#define REVISION 1

static const char introspection[] =
  "<node><interface name='com.canonical.dbusmenu'>"
  "<property name='Version' type='u' access='read'/>"
  "<property name='TextDirection' type='s' access='read'/>"
  "<property name='Status' type='s' access='read'/>"
  "<property name='IconThemePath' type='as' access='read'/>"
  "<method name='GetLayout'><arg type='i' direction='in'/><arg type='i' direction='in'/>"
  "<arg type='as' direction='in'/><arg type='u' direction='out'/>"
  "<arg type='(ia{sv}av)' direction='out'/></method>"
  "<method name='GetGroupProperties'><arg type='ai' direction='in'/>"
  "<arg type='as' direction='in'/><arg type='a(ia{sv})' direction='out'/></method>"
  "<method name='GetProperty'><arg type='i' direction='in'/><arg type='s' direction='in'/>"
  "<arg type='v' direction='out'/></method>"
  "<method name='Event'><arg type='i' direction='in'/><arg type='s' direction='in'/>"
  "<arg type='v' direction='in'/><arg type='u' direction='in'/></method>"
  "<method name='EventGroup'><arg type='a(isvu)' direction='in'/>"
  "<arg type='ai' direction='out'/></method>"
  "<method name='AboutToShow'><arg type='i' direction='in'/>"
  "<arg type='b' direction='out'/></method>"
  "<method name='AboutToShowGroup'><arg type='ai' direction='in'/>"
  "<arg type='ai' direction='out'/><arg type='ai' direction='out'/></method>"
  "<signal name='ItemsPropertiesUpdated'><arg type='a(ia{sv})'/><arg type='a(ias)'/></signal>"
  "<signal name='LayoutUpdated'><arg type='u'/><arg type='i'/></signal>"
  "<signal name='ItemActivationRequested'><arg type='i'/><arg type='u'/></signal>"
  "</interface></node>";

/* A row's number is its place, from 1 on; those without words are lines between others. */
static const struct {
  const char *label;
  KeelDesktopVerb verb;
} rows[] = {
  { N_("Show"), KEEL_DESKTOP_SHOW },
  { NULL, KEEL_DESKTOP_SHOW },
  { N_("Pause All"), KEEL_DESKTOP_PAUSE_ALL },
  { N_("Resume All"), KEEL_DESKTOP_RESUME_ALL },
  { N_("Add from Clipboard"), KEEL_DESKTOP_ADD },
  { NULL, KEEL_DESKTOP_SHOW },
  { N_("Quit"), KEEL_DESKTOP_QUIT },
};
#define N_ROWS G_N_ELEMENTS (rows)

struct _KeelTrayMenu {
  GDBusConnection *connection; /* (owned) */
  guint registration;
  gboolean can_pause;
  gboolean can_resume;
  KeelTrayMenuFunc chosen;
  gpointer user_data;
};

/* --- rows ------------------------------------------------------------------------------------ */

static gboolean
is_enabled (KeelTrayMenu *self,
            guint         row)
{
  switch ((int) rows[row].verb)
    {
    case KEEL_DESKTOP_PAUSE_ALL:
      return self->can_pause;
    case KEEL_DESKTOP_RESUME_ALL:
      return self->can_resume;
    default:
      return TRUE;
    }
}

/* No names: all. */
static gboolean
is_wanted (const char        *name,
           const char *const *names)
{
  return names == NULL || names[0] == NULL || g_strv_contains (names, name);
}

/* (transfer floating): a{sv} */
static GVariant *
make_properties (KeelTrayMenu      *self,
                 int                id,
                 const char *const *names)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  guint row = (guint) id - 1;

  if (id == ROOT)
    {
      if (is_wanted ("children-display", names))
        g_variant_builder_add (&builder, "{sv}", "children-display",
                               g_variant_new_string ("submenu"));
    }
  else if (rows[row].label == NULL)
    {
      if (is_wanted ("type", names))
        g_variant_builder_add (&builder, "{sv}", "type", g_variant_new_string ("separator"));
    }
  else
    {
      if (is_wanted ("label", names))
        g_variant_builder_add (&builder, "{sv}", "label",
                               g_variant_new_string (_(rows[row].label)));
      if (is_wanted ("enabled", names))
        g_variant_builder_add (&builder, "{sv}", "enabled",
                               g_variant_new_boolean (is_enabled (self, row)));
    }
  return g_variant_builder_end (&builder);
}

static gboolean
has_item (int id)
{
  return id >= ROOT && id <= (int) N_ROWS;
}

/* --- calls ----------------------------------------------------------------------------------- */

static GVariant *
make_layout (KeelTrayMenu      *self,
             int                id,
             int                depth,
             const char *const *names)
{
  GVariantBuilder children = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  if (id == ROOT && depth != 0)
    for (int child = 1; child <= (int) N_ROWS; child++)
      g_variant_builder_add (&children, "v",
                             g_variant_new ("(i@a{sv}av)", child,
                                            make_properties (self, child, names), NULL));
  return g_variant_new ("(i@a{sv}av)", id, make_properties (self, id, names), &children);
}

static GVariant *
make_group (KeelTrayMenu      *self,
            GVariant          *ids,
            const char *const *names)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ia{sv})"));
  gsize count;
  const gint32 *wanted = g_variant_get_fixed_array (ids, &count, sizeof (gint32));

  for (int id = ROOT; id <= (int) N_ROWS; id++)
    {
      gboolean is_asked_for = count == 0;

      for (gsize i = 0; i < count && !is_asked_for; i++)
        is_asked_for = wanted[i] == id;
      if (is_asked_for)
        g_variant_builder_add (&builder, "(i@a{sv})", id, make_properties (self, id, names));
    }
  return g_variant_builder_end (&builder);
}

/* Whether there is such a row. */
static gboolean
take_event (KeelTrayMenu *self,
            int           id,
            const char   *event)
{
  if (!has_item (id))
    return FALSE;
  if (id != ROOT && rows[id - 1].label != NULL && strcmp (event, "clicked") == 0 &&
      is_enabled (self, (guint) id - 1))
    self->chosen (self->user_data, rows[id - 1].verb);
  return TRUE;
}

static GVariant *
take_events (KeelTrayMenu *self,
             GVariant     *events)
{
  GVariantBuilder unknown = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("ai"));
  GVariantIter iter;
  int id;
  const char *event;

  g_variant_iter_init (&iter, events);
  while (g_variant_iter_next (&iter, "(i&svu)", &id, &event, NULL, NULL))
    if (!take_event (self, id, event))
      g_variant_builder_add (&unknown, "i", id);
  return g_variant_builder_end (&unknown);
}

static GVariant *
find_unknown (GVariant *ids)
{
  GVariantBuilder unknown = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("ai"));
  gsize count;
  const gint32 *asked = g_variant_get_fixed_array (ids, &count, sizeof (gint32));

  for (gsize i = 0; i < count; i++)
    if (!has_item (asked[i]))
      g_variant_builder_add (&unknown, "i", asked[i]);
  return g_variant_builder_end (&unknown);
}

static void
refuse_id (GDBusMethodInvocation *invocation,
           int                    id)
{
  g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                                         "The menu has no row %d", id);
}

static void
get_layout (KeelTrayMenu          *self,
            GVariant              *parameters,
            GDBusMethodInvocation *invocation)
{
  g_autofree const char **names = NULL;
  int id, depth;

  g_variant_get (parameters, "(ii^a&s)", &id, &depth, &names);
  if (has_item (id))
    g_dbus_method_invocation_return_value (invocation,
                                           g_variant_new ("(u@(ia{sv}av))", REVISION,
                                                          make_layout (self, id, depth, names)));
  else
    refuse_id (invocation, id);
}

static void
get_group_properties (KeelTrayMenu          *self,
                      GVariant              *parameters,
                      GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) ids = g_variant_get_child_value (parameters, 0);
  g_autofree const char **names = NULL;

  g_variant_get_child (parameters, 1, "^a&s", &names);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(@a(ia{sv}))",
                                                                    make_group (self, ids, names)));
}

static void
get_property (KeelTrayMenu          *self,
              GVariant              *parameters,
              GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) properties = NULL;
  g_autoptr (GVariant) value = NULL;
  const char *name;
  int id;

  g_variant_get (parameters, "(i&s)", &id, &name);
  if (!has_item (id))
    {
      refuse_id (invocation, id);
      return;
    }
  properties = g_variant_ref_sink (make_properties (self, id, NULL));
  value = g_variant_lookup_value (properties, name, NULL);
  if (value != NULL)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(v)", value));
  else
    g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                                           "Row %d does not say what its “%s” is", id, name);
}

static void
event (KeelTrayMenu          *self,
       GVariant              *parameters,
       GDBusMethodInvocation *invocation)
{
  const char *name;
  int id;

  g_variant_get (parameters, "(i&svu)", &id, &name, NULL, NULL);
  if (take_event (self, id, name))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    refuse_id (invocation, id);
}

static void
event_group (KeelTrayMenu          *self,
             GVariant              *parameters,
             GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) events = g_variant_get_child_value (parameters, 0);

  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@ai)", take_events (self, events)));
}

/* What is shown is always as new as what was told. */
static void
about_to_show (KeelTrayMenu          *self,
               GVariant              *parameters,
               GDBusMethodInvocation *invocation)
{
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(b)", FALSE));
}

static void
about_to_show_group (KeelTrayMenu          *self,
                     GVariant              *parameters,
                     GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) ids = g_variant_get_child_value (parameters, 0);

  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@ai@ai)", g_variant_new ("ai", NULL),
                                                        find_unknown (ids)));
}

static void
called_cb (GDBusConnection       *connection,
           const char            *sender,
           const char            *path,
           const char            *interface,
           const char            *method,
           GVariant              *parameters,
           GDBusMethodInvocation *invocation,
           gpointer               user_data)
{
  static const struct {
    const char *name;
    void (*func) (KeelTrayMenu *self, GVariant *parameters, GDBusMethodInvocation *invocation);
  } methods[] = {
    { "AboutToShow", about_to_show },
    { "AboutToShowGroup", about_to_show_group },
    { "Event", event },
    { "EventGroup", event_group },
    { "GetGroupProperties", get_group_properties },
    { "GetLayout", get_layout },
    { "GetProperty", get_property },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    if (strcmp (methods[i].name, method) == 0)
      {
        methods[i].func (user_data, parameters, invocation);
        return;
      }
  g_assert_not_reached ();
}

/* --- properties ------------------------------------------------------------------------------ */

/* The service has no toolkit that would know it. */
static gboolean
is_right_to_left (void)
{
  static const char *const languages[] = { "ar", "ckb", "dv", "fa", "he", "ks",
                                           "ps", "sd",  "ug", "ur", "yi", NULL };
  const char *locale = g_get_language_names ()[0];
  g_auto (GStrv) parts = g_strsplit_set (locale, "_.@", 2);

  return parts[0] != NULL && g_strv_contains (languages, parts[0]);
}

static GVariant *
read_cb (GDBusConnection  *connection,
         const char       *sender,
         const char       *path,
         const char       *interface,
         const char       *property,
         GError          **error,
         gpointer          user_data)
{
  if (strcmp (property, "Version") == 0)
    return g_variant_new_uint32 (VERSION);
  if (strcmp (property, "TextDirection") == 0)
    return g_variant_new_string (is_right_to_left () ? "rtl" : "ltr");
  if (strcmp (property, "Status") == 0)
    return g_variant_new_string ("normal");
  return g_variant_new_strv (NULL, 0);
}

/* --- life ------------------------------------------------------------------------------------ */

static void
look (KeelTrayMenu            *self,
      const KeelActivityState *state)
{
  self->can_pause = state->n_running + state->n_waiting > 0;
  self->can_resume = state->n_paused > 0;
}

/* Tells what can be chosen now, if that was different. */
void
keel_tray_menu_update (KeelTrayMenu            *self,
                       const KeelActivityState *state)
{
  GVariantBuilder updated = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ia{sv})"));
  const char *const names[] = { "enabled", NULL };
  KeelTrayMenu before = *self;
  guint count = 0;

  look (self, state);
  for (guint row = 0; row < N_ROWS; row++)
    if (is_enabled (&before, row) != is_enabled (self, row))
      {
        g_variant_builder_add (&updated, "(i@a{sv})", (int) row + 1,
                               make_properties (self, (int) row + 1, names));
        count++;
      }
  if (count > 0)
    keel_bus_signal_broadcast (self->connection, KEEL_TRAY_MENU_PATH, INTERFACE,
                               "ItemsPropertiesUpdated",
                               g_variant_new ("(a(ia{sv})a(ias))", &updated, NULL));
  else
    g_variant_builder_clear (&updated);
}

KeelTrayMenu *
keel_tray_menu_new (GDBusConnection         *connection,
                    const KeelActivityState *state,
                    KeelTrayMenuFunc         chosen,
                    gpointer                 user_data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = called_cb, .get_property = read_cb };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (introspection, NULL);
  KeelTrayMenu *self = g_new0 (KeelTrayMenu, 1);

  self->connection = g_object_ref (connection);
  self->chosen = chosen;
  self->user_data = user_data;
  look (self, state);
  self->registration = g_dbus_connection_register_object (connection, KEEL_TRAY_MENU_PATH,
                                                          node->interfaces[0], &vtable, self, NULL,
                                                          NULL);
  return self;
}

void
keel_tray_menu_free (KeelTrayMenu *self)
{
  g_dbus_connection_unregister_object (self->connection, self->registration);
  g_object_unref (self->connection);
  g_free (self);
}
