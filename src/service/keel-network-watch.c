/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-network-watch.h"

#include "keel-config.h"
#include "keel-gio-monitor.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

/* Tells the engine what becomes of the network: whether there is one, whether it wants somebody to
 * sign in, whether it is metered, when it is another one, and by which proxy it is to be used.
 * Until that is known it is taken for a metered one, so that nothing costs money by mistake; only
 * those who care wait for that moment. If whoever should know hangs, there is no meter that anybody
 * knows of, until he answers.
 *
 * GNetworkMonitor speaks up for every route that comes and goes, those of containers and virtual
 * machines as well. Dropping every connection for that would hurt more than it helps, so two more
 * questions are asked: which addresses would this machine have towards the internet? Only if they
 * are others than before, or the answer to "is there a network" is, connections are dropped.
 *
 * The watch begins with the first transfer: an idle service needs neither the monitor nor the
 * settings. */

#define SCHEMA KEEL_APP_ID
/* As long as GDBus waits for an answer. */
#define PATIENCE_USEC (25 * (gint64) G_USEC_PER_SEC)

struct _KeelNetworkWatch {
  KeelEngine *engine;           /* (owned) */
  KeelPreferences *preferences; /* outlives it */
  gulong engine_handler;
  guint patience_timer;
  GCancellable *cancellable; /* (owned) */
  GNetworkMonitor *monitor;  /* (owned) (nullable) */
  GSettings *settings;       /* (owned) (nullable) */
  char *addresses;           /* (owned) (nullable) ours, towards the internet */
};

/* --- the proxy ------------------------------------------------------------------------------- */

static void
settings_changed_cb (GSettings        *settings,
                     const char       *key,
                     KeelNetworkWatch *self)
{
  g_autofree char *uri = g_settings_get_string (settings, "proxy-uri");
  g_auto (GStrv) ignore = g_settings_get_strv (settings, "proxy-ignore");
  g_autoptr (KeelProxy)
    proxy = keel_proxy_new ((KeelProxyMode) g_settings_get_enum (settings, "proxy-mode"), uri,
                            (const char *const *) ignore);

  if (!g_str_has_prefix (key, "proxy-"))
    return;
  if (proxy->mode == KEEL_PROXY_MANUAL && !keel_proxy_check_uri (uri))
    g_message ("The address of the proxy makes no sense; nothing will be reached");
  keel_engine_set_proxy (self->engine, proxy);
}

static void
watch_settings (KeelNetworkWatch *self)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema)
    schema = source != NULL ? g_settings_schema_source_lookup (source, SCHEMA, TRUE) : NULL;

  /* Without its schema the service still works, with the system's proxy. */
  if (schema == NULL)
    return;
  self->settings = g_settings_new_full (schema, NULL, NULL);
  g_signal_connect (self->settings, "changed", G_CALLBACK (settings_changed_cb), self);
  settings_changed_cb (self->settings, "proxy-mode", self);
}

/* --- the network ----------------------------------------------------------------------------- */

/* The address from which the kernel would send to @target, an address of documentation (RFC 5737,
 * RFC 3849). Nothing is sent. */
static void
append_source (GString    *addresses,
               int         family,
               const char *target)
{
  struct sockaddr_storage place = { .ss_family = (sa_family_t) family };
  struct sockaddr_in *in = (struct sockaddr_in *) (void *) &place;
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) (void *) &place;
  socklen_t length = family == AF_INET ? sizeof *in : sizeof *in6;
  char text[INET6_ADDRSTRLEN] = "";
  int fd = socket (family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (fd < 0)
    return;
  in->sin_port = htons (9);
  inet_pton (family, target, family == AF_INET ? (void *) &in->sin_addr : (void *) &in6->sin6_addr);
  if (connect (fd, (struct sockaddr *) &place, length) == 0 &&
      getsockname (fd, (struct sockaddr *) &place, &length) == 0)
    inet_ntop (family, family == AF_INET ? (void *) &in->sin_addr : (void *) &in6->sin6_addr, text,
               sizeof text);
  g_string_append_printf (addresses, "%s ", text);
  close (fd);
}

static char *
dup_addresses (void)
{
  GString *addresses = g_string_new (NULL);

  append_source (addresses, AF_INET, "192.0.2.1");
  append_source (addresses, AF_INET6, "2001:db8::1");
  return g_string_free (addresses, FALSE);
}

static KeelNetwork
read_network (KeelNetworkWatch *self)
{
  if (!g_network_monitor_get_network_available (self->monitor))
    return KEEL_NETWORK_OFFLINE;
  if (g_network_monitor_get_connectivity (self->monitor) == G_NETWORK_CONNECTIVITY_PORTAL)
    return KEEL_NETWORK_CAPTIVE;
  return KEEL_NETWORK_ONLINE;
}

static void
look (KeelNetworkWatch *self)
{
  g_autofree char *addresses = dup_addresses ();
  gboolean is_other = g_strcmp0 (addresses, self->addresses) != 0;

  /* First, so that who may not use it does not begin to. */
  keel_engine_set_metered (self->engine, g_network_monitor_get_network_metered (self->monitor));
  keel_engine_set_network (self->engine, read_network (self));
  if (!is_other)
    return;
  g_debug ("The network is another one: %s", addresses);
  g_free (self->addresses);
  self->addresses = g_steal_pointer (&addresses);
  keel_engine_network_changed (self->engine);
}

static void
network_changed_cb (GNetworkMonitor  *monitor,
                    gboolean          is_available,
                    KeelNetworkWatch *self)
{
  look (self);
}

static void
property_changed_cb (GNetworkMonitor  *monitor,
                     GParamSpec       *property,
                     KeelNetworkWatch *self)
{
  look (self);
}

static gpointer
make_monitor (void)
{
  return g_object_ref (g_network_monitor_get_default ());
}

static void
monitor_made_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  KeelNetworkWatch *self = user_data;
  GNetworkMonitor *monitor = keel_gio_monitor_make_finish (result);

  /* Cancelled: the watch is gone. */
  if (monitor == NULL)
    return;
  keel_clock_cancel (keel_engine_get_clock (self->engine), &self->patience_timer);
  self->monitor = monitor;
  self->addresses = dup_addresses ();
  g_signal_connect (monitor, "network-changed", G_CALLBACK (network_changed_cb), self);
  g_signal_connect (monitor, "notify::connectivity", G_CALLBACK (property_changed_cb), self);
  g_signal_connect (monitor, "notify::network-metered", G_CALLBACK (property_changed_cb), self);
  keel_engine_set_metered (self->engine, g_network_monitor_get_network_metered (monitor));
  keel_engine_set_network (self->engine, read_network (self));
}

static void
patience_timer_cb (gpointer user_data)
{
  KeelNetworkWatch *self = user_data;

  self->patience_timer = 0;
  g_message ("Nobody says whether the network is metered; it is used as if it were not");
  keel_engine_set_metered (self->engine, FALSE);
}

static void
begin (KeelNetworkWatch *self)
{
  static const KeelGioMonitorSource source = {
    .name = "org.freedesktop.NetworkManager",
    .path = "/org/freedesktop/NetworkManager",
    .interface = "org.freedesktop.NetworkManager",
    .portal_interface = "org.freedesktop.portal.NetworkMonitor",
  };

  /* Before a thread can be in the way: see there, and keel-gio-monitor.c. */
  keel_preferences_open (self->preferences);
  watch_settings (self);
  self->patience_timer = keel_clock_call_after (keel_engine_get_clock (self->engine), PATIENCE_USEC,
                                                patience_timer_cb, self);
  keel_gio_monitor_make_async (&source, make_monitor, self->cancellable, monitor_made_cb, self);
}

/* --- life ------------------------------------------------------------------------------------ */

static void
transfer_changed_cb (KeelEngine       *engine,
                     KeelTransfer     *transfer,
                     KeelNetworkWatch *self)
{
  if (!keel_transfer_record_is_unfinished (keel_transfer_get_record (transfer)))
    return;
  g_clear_signal_handler (&self->engine_handler, engine);
  begin (self);
}

/* Watches from the first transfer on. @preferences must outlive it. */
KeelNetworkWatch *
keel_network_watch_new (KeelEngine      *engine,
                        KeelPreferences *preferences)
{
  KeelNetworkWatch *self = g_new0 (KeelNetworkWatch, 1);

  self->engine = g_object_ref (engine);
  self->preferences = preferences;
  self->cancellable = g_cancellable_new ();
  keel_engine_set_metered (engine, TRUE);
  self->engine_handler = g_signal_connect (engine, "transfer-changed",
                                           G_CALLBACK (transfer_changed_cb), self);
  return self;
}

void
keel_network_watch_free (KeelNetworkWatch *self)
{
  g_cancellable_cancel (self->cancellable);
  keel_clock_cancel (keel_engine_get_clock (self->engine), &self->patience_timer);
  g_clear_signal_handler (&self->engine_handler, self->engine);
  if (self->monitor != NULL)
    g_signal_handlers_disconnect_by_data (self->monitor, self);
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  g_clear_object (&self->monitor);
  g_clear_object (&self->settings);
  g_object_unref (self->cancellable);
  g_object_unref (self->engine);
  g_free (self->addresses);
  g_free (self);
}
