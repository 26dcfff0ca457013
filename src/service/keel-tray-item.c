/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-tray-item.h"

#include "keel-activity-words.h"
#include "keel-bus-signal.h"
#include "keel-config.h"
#include "keel-desktop-verbs.h"
#include "keel-notifier.h"
#include "keel-tray-icon.h"
#include "keel-tray-menu.h"

#include <string.h>

/* The icon itself, as hosts see it: org.kde.StatusNotifierItem
 * (https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/, and what Plasma added to
 * it: ProvideXdgActivationToken).
 *
 * What hosts read is what they were told of: a face is made at most once a second, compared with
 * the one before, and only what is different in it is told; the tooltip every other second, because
 * its speed always is. A face costs a host several calls and a repaint.
 *
 * What hosts call is done for whoever calls it. The item lives on a connection of its own that owns
 * no name: who may find and call that has the whole session bus. */

#define TITLE "Keelboat"
#define PATH "/StatusNotifierItem"
#define INTERFACE "org.kde.StatusNotifierItem"
#define WATCHER_PATH "/StatusNotifierWatcher"
#define FACE_USEC ((gint64) G_USEC_PER_SEC)
#define TIP_USEC (2 * (gint64) G_USEC_PER_SEC)
#define REGISTER_MSEC 10000

static const char introspection[] =
  "<node><interface name='org.kde.StatusNotifierItem'>"
  "<property name='Category' type='s' access='read'/>"
  "<property name='Id' type='s' access='read'/>"
  "<property name='Title' type='s' access='read'/>"
  "<property name='Status' type='s' access='read'/>"
  "<property name='WindowId' type='i' access='read'/>"
  "<property name='IconThemePath' type='s' access='read'/>"
  "<property name='Menu' type='o' access='read'/>"
  "<property name='ItemIsMenu' type='b' access='read'/>"
  "<property name='IconName' type='s' access='read'/>"
  "<property name='IconPixmap' type='a(iiay)' access='read'/>"
  "<property name='OverlayIconName' type='s' access='read'/>"
  "<property name='OverlayIconPixmap' type='a(iiay)' access='read'/>"
  "<property name='AttentionIconName' type='s' access='read'/>"
  "<property name='AttentionIconPixmap' type='a(iiay)' access='read'/>"
  "<property name='AttentionMovieName' type='s' access='read'/>"
  "<property name='ToolTip' type='(sa(iiay)ss)' access='read'/>"
  "<method name='ProvideXdgActivationToken'><arg type='s' direction='in'/></method>"
  "<method name='ContextMenu'><arg type='i' direction='in'/><arg type='i' direction='in'/></method>"
  "<method name='Activate'><arg type='i' direction='in'/><arg type='i' direction='in'/></method>"
  "<method name='SecondaryActivate'>"
  "<arg type='i' direction='in'/><arg type='i' direction='in'/></method>"
  "<method name='Scroll'><arg type='i' direction='in'/><arg type='s' direction='in'/></method>"
  "<signal name='NewTitle'/><signal name='NewIcon'/><signal name='NewAttentionIcon'/>"
  "<signal name='NewOverlayIcon'/><signal name='NewToolTip'/>"
  "<signal name='NewStatus'><arg type='s'/></signal>"
  "</interface></node>";

typedef struct {
  const char *status;
  guint step;
} Face;

struct _KeelTrayItem {
  GDBusConnection *connection; /* (owned) */
  const KeelHouse *house;
  KeelActivity *activity; /* (owned) */
  KeelClock *clock;
  KeelTrayMenu *menu;        /* (owned) */
  GCancellable *cancellable; /* (owned) */
  guint registration;
  Face face;
  char *tip; /* (owned) */
  gint64 face_usec;
  gint64 tip_usec;
  guint timer;
  char *token;    /* (owned) (nullable) of the next thing that is asked for */
  guint n_failed; /* as many as had failed when somebody saw the list last */
};

/* --- the face -------------------------------------------------------------------------------- */

static gboolean
is_urgent (const Face *face)
{
  return strcmp (face->status, "NeedsAttention") == 0;
}

/* What failed before anybody could see this icon, or before somebody's eyes, is no news. */
static gboolean
needs_attention (KeelTrayItem            *self,
                 const KeelActivityState *state)
{
  return state->n_needing > state->n_failed || state->n_failed > self->n_failed;
}

static Face
make_face (KeelTrayItem *self)
{
  const KeelActivityState *state = keel_activity_get_state (self->activity);
  Face face = { "Passive", 0 };

  if (needs_attention (self, state))
    face.status = "NeedsAttention";
  else if (state->n_running + state->n_waiting > 0)
    face.status = "Active";
  if (state->has_fraction)
    face.step = (guint) (KEEL_TRAY_ICON_STEPS * CLAMP (state->fraction, 0, 1));
  return face;
}

static void
tell (KeelTrayItem *self,
      const char   *signal,
      GVariant     *parameters)
{
  keel_bus_signal_broadcast (self->connection, PATH, INTERFACE, signal, parameters);
}

static void
tell_face (KeelTrayItem *self)
{
  Face before = self->face;

  self->face = make_face (self);
  if (is_urgent (&self->face) != is_urgent (&before) || self->face.step != before.step)
    {
      tell (self, "NewIcon", NULL);
      if (is_urgent (&self->face))
        tell (self, "NewAttentionIcon", NULL);
    }
  if (strcmp (self->face.status, before.status) != 0)
    tell (self, "NewStatus", g_variant_new ("(s)", self->face.status));
}

static void
tell_tip (KeelTrayItem *self)
{
  g_autofree char *tip = keel_activity_words_dup_tip (self->activity);

  if (strcmp (tip, self->tip) == 0)
    return;
  g_free (self->tip);
  self->tip = g_steal_pointer (&tip);
  self->tip_usec = self->face_usec;
  tell (self, "NewToolTip", NULL);
}

static void timer_cb (gpointer user_data);

/* Tells what is different, or comes back when that may be told. */
static void
update (KeelTrayItem *self)
{
  const KeelActivityState *state = keel_activity_get_state (self->activity);
  gint64 now_usec = keel_clock_get_boottime_usec (self->clock);
  gint64 due_usec = self->face_usec + FACE_USEC;

  self->n_failed = keel_notifier_has_attention (self->house->notifier) ?
                     state->n_failed :
                     MIN (self->n_failed, state->n_failed);
  if (now_usec >= due_usec)
    {
      self->face_usec = now_usec;
      tell_face (self);
      keel_tray_menu_update (self->menu, state);
      due_usec = self->tip_usec + TIP_USEC;
      if (now_usec >= due_usec)
        {
          tell_tip (self);
          return;
        }
    }
  if (self->timer == 0)
    self->timer = keel_clock_call_at (self->clock, due_usec, timer_cb, self);
}

static void
timer_cb (gpointer user_data)
{
  KeelTrayItem *self = user_data;

  self->timer = 0;
  update (self);
}

/* --- what is asked for ----------------------------------------------------------------------- */

static void
act (KeelTrayItem    *self,
     KeelDesktopVerb  verb)
{
  g_autofree char *token = g_steal_pointer (&self->token);

  if (verb == KEEL_DESKTOP_SHOW)
    {
      self->n_failed = keel_activity_get_state (self->activity)->n_failed;
      update (self);
    }
  keel_desktop_verbs_do (self->house, verb, token);
}

static void
chosen_cb (gpointer        user_data,
           KeelDesktopVerb verb)
{
  act (user_data, verb);
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
  KeelTrayItem *self = user_data;
  const KeelActivityState *state = keel_activity_get_state (self->activity);

  /* What is left, ContextMenu and Scroll, has no meaning here: hosts draw the menu. */
  if (strcmp (method, "ProvideXdgActivationToken") == 0)
    {
      g_clear_pointer (&self->token, g_free);
      g_variant_get (parameters, "(s)", &self->token);
    }
  else if (strcmp (method, "Activate") == 0)
    act (self, KEEL_DESKTOP_SHOW);
  else if (strcmp (method, "SecondaryActivate") == 0)
    act (self, state->n_running + state->n_waiting > 0 ? KEEL_DESKTOP_PAUSE_ALL :
                                                         KEEL_DESKTOP_RESUME_ALL);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

/* --- what is read ---------------------------------------------------------------------------- */

/* (transfer floating) */
static GVariant *
read_picture (KeelTrayItem *self,
              const char   *property)
{
  if (strcmp (property, "IconPixmap") == 0)
    return keel_tray_icon_new (self->face.step, is_urgent (&self->face));
  if (strcmp (property, "AttentionIconPixmap") == 0)
    return keel_tray_icon_new (self->face.step, TRUE);
  return g_variant_new ("a(iiay)", NULL);
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
  KeelTrayItem *self = user_data;

  if (g_str_has_suffix (property, "Pixmap"))
    return read_picture (self, property);
  if (strcmp (property, "Category") == 0)
    return g_variant_new_string ("ApplicationStatus");
  if (strcmp (property, "Id") == 0)
    return g_variant_new_string (KEEL_APP_ID);
  if (strcmp (property, "Title") == 0)
    return g_variant_new_string (TITLE);
  if (strcmp (property, "Status") == 0)
    return g_variant_new_string (self->face.status);
  if (strcmp (property, "WindowId") == 0)
    return g_variant_new_int32 (0);
  if (strcmp (property, "Menu") == 0)
    return g_variant_new_object_path (KEEL_TRAY_MENU_PATH);
  if (strcmp (property, "ItemIsMenu") == 0)
    return g_variant_new_boolean (FALSE);
  if (strcmp (property, "ToolTip") == 0)
    return g_variant_new ("(sa(iiay)ss)", "", NULL, TITLE, self->tip);
  /* The names of icons, of which there are none. */
  return g_variant_new_string ("");
}

/* --- life ------------------------------------------------------------------------------------ */

static void
registered_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_debug ("There is no status icon: %s", error->message);
}

static void export(KeelTrayItem *self)
{
  static const GDBusInterfaceVTable vtable = { .method_call = called_cb, .get_property = read_cb };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (introspection, NULL);

  self->registration = g_dbus_connection_register_object (self->connection, PATH,
                                                          node->interfaces[0], &vtable, self, NULL,
                                                          NULL);
  g_dbus_connection_call (self->connection, KEEL_TRAY_WATCHER, WATCHER_PATH, KEEL_TRAY_WATCHER,
                          "RegisterStatusNotifierItem",
                          g_variant_new ("(s)",
                                         g_dbus_connection_get_unique_name (self->connection)),
                          NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, REGISTER_MSEC, self->cancellable,
                          registered_cb, NULL);
}

/* @connection: nobody else's, because hosts take the icon away when it is closed. */
KeelTrayItem *
keel_tray_item_new (GDBusConnection *connection,
                    const KeelHouse *house,
                    KeelActivity    *activity)
{
  KeelTrayItem *self = g_new0 (KeelTrayItem, 1);
  const KeelActivityState *state = keel_activity_get_state (activity);

  self->connection = g_object_ref (connection);
  self->house = house;
  self->activity = g_object_ref (activity);
  self->clock = keel_engine_get_clock (house->engine);
  self->cancellable = g_cancellable_new ();
  self->n_failed = state->n_failed;
  self->face = make_face (self);
  self->tip = keel_activity_words_dup_tip (activity);
  self->face_usec = self->tip_usec = keel_clock_get_boottime_usec (self->clock);
  self->menu = keel_tray_menu_new (connection, state, chosen_cb, self);
  export(self);
  g_signal_connect_swapped (activity, "changed", G_CALLBACK (update), self);
  return self;
}

/* There is no call for this; who has the connection is the icon. */
void
keel_tray_item_free (KeelTrayItem *self)
{
  g_signal_handlers_disconnect_by_data (self->activity, self);
  keel_clock_cancel (self->clock, &self->timer);
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_dbus_connection_unregister_object (self->connection, self->registration);
  keel_tray_menu_free (self->menu);
  g_dbus_connection_close (self->connection, NULL, NULL, NULL);
  g_object_unref (self->connection);
  g_object_unref (self->activity);
  g_free (self->tip);
  g_free (self->token);
  g_free (self);
}
