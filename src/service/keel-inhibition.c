/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-inhibition.h"

#include "keel-config.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

/* One request that the machine stay awake, to one of those who can see to that:
 *
 *   session manager   org.gnome.SessionManager.Inhibit, flags 4 (suspend) and 1 (logout); GNOME,
 *                     MATE, Cinnamon. It shows the reason where somebody suspends or logs out by
 *                     hand, and holds logind's lock for us
 *   power management  org.freedesktop.PowerManagement.Inhibit; KDE, Xfce, LXQt. It keeps the
 * machine from suspending by itself, and nothing else; "suitable for ... downloading a big file"
 * (https://blogs.gnome.org/hughsie/2006/06/10/the-inhibit-method/) logind            a block lock
 * on sleep (https://systemd.io/INHIBITOR_LOCKS/): where there is no desktop, what suspends an idle
 * machine is a program of the user's own, and only this lock stops that. The lid is above it, and
 * so is `systemctl -i` portal            org.freedesktop.portal.Inhibit, flags as those of the
 * session manager; in a sandbox
 *
 * All of them let go of it when we leave the bus. A request may be answered after nobody wants it
 * any more; then what was given is given back at once. So a request that is dropped lives on until
 * its answer has come. */

#define FLAG_LOGOUT 1u
#define FLAG_SUSPEND 4u
/* Who hangs for longer than that will never answer; what it gives then lasts until we leave. */
#define CALL_MSEC (10 * 60 * 1000)
#define REQUEST "org.freedesktop.portal.Request"

typedef struct {
  GBusType bus;
  const char *name;
  const char *path;
  const char *interface;
  const char *release; /* (nullable) a method of the same object that takes the cookie */
  const char *reply;
  GDBusCallFlags flags;
} Place;

static const Place places[] = {
  [KEEL_INHIBITION_SESSION_MANAGER] = { G_BUS_TYPE_SESSION, "org.gnome.SessionManager",
                                        "/org/gnome/SessionManager", "org.gnome.SessionManager",
                                        "Uninhibit", "(u)", G_DBUS_CALL_FLAGS_NO_AUTO_START },
  [KEEL_INHIBITION_POWER_MANAGEMENT] = { G_BUS_TYPE_SESSION, "org.freedesktop.PowerManagement",
                                         "/org/freedesktop/PowerManagement/Inhibit",
                                         "org.freedesktop.PowerManagement.Inhibit", "UnInhibit",
                                         "(u)", G_DBUS_CALL_FLAGS_NO_AUTO_START },
  [KEEL_INHIBITION_LOGIND] = { G_BUS_TYPE_SYSTEM, "org.freedesktop.login1",
                               "/org/freedesktop/login1", "org.freedesktop.login1.Manager", NULL,
                               "(h)", G_DBUS_CALL_FLAGS_NO_AUTO_START },
  [KEEL_INHIBITION_PORTAL] = { G_BUS_TYPE_SESSION, "org.freedesktop.portal.Desktop",
                               "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Inhibit",
                               NULL, "(o)", G_DBUS_CALL_FLAGS_NONE },
};

struct _KeelInhibition {
  const Place *place;
  GDBusConnection *bus;    /* (owned) */
  KeelInhibitionFunc func; /* (nullable) dropped */
  gpointer user_data;
  gboolean is_asking;
  gboolean is_given;
  guint name_watch;
  guint cookie;
  int fd;
  char *request; /* (owned) (nullable) the portal's object */
};

static void
inhibition_free (KeelInhibition *self)
{
  g_clear_handle_id (&self->name_watch, g_bus_unwatch_name);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->request);
  g_object_unref (self->bus);
  g_free (self);
}

/* Nobody waits for the answer: if there is nobody, there is nothing to be given back. */
static void
give_back (KeelInhibition *self)
{
  const Place *place = self->place;

  if (self->request != NULL)
    g_dbus_connection_call (self->bus, place->name, self->request, REQUEST, "Close", NULL, NULL,
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
  else if (place->release != NULL)
    g_dbus_connection_call (self->bus, place->name, place->path, place->interface, place->release,
                            g_variant_new ("(u)", self->cookie), NULL,
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

static void
vanished_cb (GDBusConnection *bus,
             const char      *name,
             gpointer         user_data)
{
  KeelInhibition *self = user_data;

  if (self->func != NULL && self->is_given)
    self->func (self->user_data, KEEL_INHIBITION_LOST);
}

static gboolean
take_reply (KeelInhibition  *self,
            GVariant        *reply,
            GUnixFDList     *fds,
            GError         **error)
{
  int handle;

  if (g_variant_is_of_type (reply, G_VARIANT_TYPE ("(u)")))
    g_variant_get (reply, "(u)", &self->cookie);
  else if (g_variant_is_of_type (reply, G_VARIANT_TYPE ("(o)")))
    g_variant_get (reply, "(o)", &self->request);
  else
    {
      g_variant_get (reply, "(h)", &handle);
      if (fds == NULL || handle < 0 || handle >= g_unix_fd_list_get_length (fds))
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "no descriptor came");
          return FALSE;
        }
      self->fd = g_unix_fd_list_get (fds, handle, error);
      return self->fd >= 0;
    }
  return TRUE;
}

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  KeelInhibition *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source), &fds,
                                                             result, &error);

  self->is_asking = FALSE;
  self->is_given = reply != NULL && take_reply (self, reply, fds, &error);
  if (!self->is_given)
    g_debug ("%s: %s", self->place->interface, error->message);
  if (self->func == NULL)
    {
      if (self->is_given)
        give_back (self);
      inhibition_free (self);
      return;
    }
  if (self->is_given)
    self->name_watch = g_bus_watch_name_on_connection (self->bus, self->place->name,
                                                       G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                       vanished_cb, self, NULL);
  /* It may be dropped in there. */
  self->func (self->user_data, self->is_given ? KEEL_INHIBITION_GIVEN : KEEL_INHIBITION_REFUSED);
}

static GVariant *
make_request (KeelInhibitionKind  kind,
              const char         *reason,
              gboolean            with_logout)
{
  guint flags = FLAG_SUSPEND | (with_logout ? FLAG_LOGOUT : 0);
  GVariantBuilder options;

  switch (kind)
    {
    case KEEL_INHIBITION_SESSION_MANAGER:
      /* We have no window to show. */
      return g_variant_new ("(susu)", KEEL_APP_ID, 0u, reason, flags);
    case KEEL_INHIBITION_POWER_MANAGEMENT:
      return g_variant_new ("(ss)", "Keelboat", reason);
    case KEEL_INHIBITION_LOGIND:
      return g_variant_new ("(ssss)", with_logout ? "sleep:shutdown" : "sleep", "Keelboat", reason,
                            "block");
    case KEEL_INHIBITION_PORTAL:
    default:
      g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&options, "{sv}", "reason", g_variant_new_string (reason));
      return g_variant_new ("(sua{sv})", "", flags, &options);
    }
}

GBusType
keel_inhibition_get_bus (KeelInhibitionKind kind)
{
  return places[kind].bus;
}

/* Asks on @bus that the machine stay awake, and with @with_logout that the session go on. @func is
 * never called before this returns. */
KeelInhibition *
keel_inhibition_ask (KeelInhibitionKind  kind,
                     GDBusConnection    *bus,
                     const char         *reason,
                     gboolean            with_logout,
                     KeelInhibitionFunc  func,
                     gpointer            user_data)
{
  KeelInhibition *self = g_new0 (KeelInhibition, 1);
  const Place *place = &places[kind];

  self->place = place;
  self->bus = g_object_ref (bus);
  self->func = func;
  self->user_data = user_data;
  self->fd = -1;
  self->is_asking = TRUE;
  g_dbus_connection_call_with_unix_fd_list (bus, place->name, place->path, place->interface,
                                            "Inhibit", make_request (kind, reason, with_logout),
                                            G_VARIANT_TYPE (place->reply), place->flags, CALL_MSEC,
                                            NULL, NULL, answered_cb, self);
  return self;
}

/* Gives back what was given, now or when it comes. @func is not called any more. */
void
keel_inhibition_drop (KeelInhibition *self)
{
  self->func = NULL;
  if (self->is_asking)
    return;
  if (self->is_given)
    give_back (self);
  inhibition_free (self);
}
