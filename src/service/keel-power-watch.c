/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-power-watch.h"

#include "keel-gio-monitor.h"

/* Tells the engine whether the machine runs on battery, as UPower on the system bus says, and
 * whether it saves power, as GPowerProfileMonitor says; and whoever wants to know whether the
 * battery is nearly empty (the DisplayDevice of UPower: all batteries taken together,
 * https://upower.freedesktop.org/docs/Device.html).
 *
 * An idle service does not need to know, so it is asked when the first transfer comes that may only
 * run on mains, or bytes flow; until the answer is there the former waits. Where there is no
 * UPower, or no system bus, there is no battery that anybody knows of: that is the same as mains.
 * UPower may come and go; one that hangs is taken for none when GDBus loses its patience. */

#define NAME "org.freedesktop.UPower"
#define PATH "/org/freedesktop/UPower"
#define DEVICE_PATH "/org/freedesktop/UPower/devices/DisplayDevice"
#define DEVICE_INTERFACE "org.freedesktop.UPower.Device"

#define LOW_PERCENT 20.0
/* What a battery that is taken from says of its State. */
#define DISCHARGING 2u
#define PENDING_DISCHARGE 6u

struct _KeelPowerWatch {
  GObject parent_instance;

  KeelEngine *engine; /* (owned) */
  KeelFlow *flow;     /* (owned) */
  gboolean has_begun;
  GCancellable *cancellable;     /* (owned) */
  GDBusProxy *upower;            /* (owned) (nullable) */
  GDBusProxy *battery;           /* (owned) (nullable) */
  GPowerProfileMonitor *profile; /* (owned) (nullable) */
  gboolean is_low;
};

G_DEFINE_FINAL_TYPE (KeelPowerWatch, keel_power_watch, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

/* (nullable) (transfer full): not there, or of another type */
static GVariant *
dup_property (GDBusProxy         *proxy,
              const char         *name,
              const GVariantType *type)
{
  g_autoptr (GVariant) value = g_dbus_proxy_get_cached_property (proxy, name);

  return value != NULL && g_variant_is_of_type (value, type) ? g_steal_pointer (&value) : NULL;
}

/* --- mains or battery ------------------------------------------------------------------------ */

static void
look_at_upower (KeelPowerWatch *self)
{
  g_autoptr (GVariant) value = dup_property (self->upower, "OnBattery", G_VARIANT_TYPE_BOOLEAN);

  keel_engine_set_on_battery (self->engine, value != NULL && g_variant_get_boolean (value));
}

static void
look_at_battery (KeelPowerWatch *self)
{
  g_autoptr (GVariant) state = dup_property (self->battery, "State", G_VARIANT_TYPE_UINT32);
  g_autoptr (GVariant) percent = dup_property (self->battery, "Percentage", G_VARIANT_TYPE_DOUBLE);
  gboolean is_taken_from = state != NULL && (g_variant_get_uint32 (state) == DISCHARGING ||
                                             g_variant_get_uint32 (state) == PENDING_DISCHARGE);
  gboolean is_low = is_taken_from && percent != NULL &&
                    g_variant_get_double (percent) < LOW_PERCENT;

  if (is_low == self->is_low)
    return;
  self->is_low = is_low;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
look (KeelPowerWatch *self,
      GDBusProxy     *proxy)
{
  if (proxy == self->upower)
    look_at_upower (self);
  else
    look_at_battery (self);
}

static void
properties_changed_cb (GDBusProxy        *proxy,
                       GVariant          *changed,
                       const char *const *invalidated,
                       KeelPowerWatch    *self)
{
  look (self, proxy);
}

static void
owner_changed_cb (GDBusProxy     *proxy,
                  GParamSpec     *property,
                  KeelPowerWatch *self)
{
  look (self, proxy);
}

/* Of either; NULL, and then the watch may be gone: there is none. */
static GDBusProxy *
take_proxy (GAsyncResult *result,
            gpointer      user_data,
            gboolean     *out_is_gone)
{
  g_autoptr (GError) error = NULL;
  GDBusProxy *proxy = g_dbus_proxy_new_finish (result, &error);

  *out_is_gone = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  if (proxy == NULL)
    {
      g_debug ("UPower: %s", error->message);
      return NULL;
    }
  g_signal_connect (proxy, "g-properties-changed", G_CALLBACK (properties_changed_cb), user_data);
  g_signal_connect (proxy, "notify::g-name-owner", G_CALLBACK (owner_changed_cb), user_data);
  return proxy;
}

static void
upower_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  gboolean is_gone;
  GDBusProxy *proxy = take_proxy (result, user_data, &is_gone);
  KeelPowerWatch *self = user_data;

  if (is_gone)
    return;
  self->upower = proxy;
  if (proxy != NULL)
    look_at_upower (self);
  else
    keel_engine_set_on_battery (self->engine, FALSE);
}

static void
battery_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  gboolean is_gone;
  GDBusProxy *proxy = take_proxy (result, user_data, &is_gone);
  KeelPowerWatch *self = user_data;

  if (proxy == NULL)
    return;
  self->battery = proxy;
  look_at_battery (self);
}

static void
bus_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  KeelPowerWatch *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (bus == NULL)
    {
      g_debug ("The system bus: %s", error->message);
      keel_engine_set_on_battery (self->engine, FALSE);
      return;
    }
  /* We can do without it. */
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  g_dbus_proxy_new (bus, G_DBUS_PROXY_FLAGS_NONE, NULL, NAME, PATH, NAME, self->cancellable,
                    upower_cb, self);
  g_dbus_proxy_new (bus, G_DBUS_PROXY_FLAGS_NONE, NULL, NAME, DEVICE_PATH, DEVICE_INTERFACE,
                    self->cancellable, battery_cb, self);
}

/* --- saving ---------------------------------------------------------------------------------- */

static void
profile_changed_cb (GPowerProfileMonitor *profile,
                    GParamSpec           *property,
                    KeelPowerWatch       *self)
{
  keel_engine_set_power_saving (self->engine,
                                g_power_profile_monitor_get_power_saver_enabled (profile));
}

static gpointer
make_profile (void)
{
  return g_power_profile_monitor_dup_default ();
}

static void
profile_made_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  KeelPowerWatch *self = user_data;
  GPowerProfileMonitor *profile = keel_gio_monitor_make_finish (result);

  if (profile == NULL)
    return;
  self->profile = profile;
  g_signal_connect (profile, "notify::power-saver-enabled", G_CALLBACK (profile_changed_cb), self);
  profile_changed_cb (profile, NULL, self);
}

/* --- life ------------------------------------------------------------------------------------ */

static void
begin (KeelPowerWatch *self)
{
  /* That of the host asks asynchronously. */
  static const KeelGioMonitorSource source = {
    .portal_interface = "org.freedesktop.portal.PowerProfileMonitor",
  };

  self->has_begun = TRUE;
  g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, bus_cb, self);
  keel_gio_monitor_make_async (&source, make_profile, self->cancellable, profile_made_cb, self);
}

static void
transfer_changed_cb (KeelEngine     *engine,
                     KeelTransfer   *transfer,
                     KeelPowerWatch *self)
{
  if (!self->has_begun && keel_transfer_needs_mains (transfer) &&
      keel_transfer_record_is_unfinished (keel_transfer_get_record (transfer)))
    begin (self);
}

static void
flow_changed_cb (KeelFlow       *flow,
                 KeelPowerWatch *self)
{
  if (!self->has_begun)
    begin (self);
}

/* Whether the machine is on battery, with so little in it that it should be left alone. */
gboolean
keel_power_watch_is_low (KeelPowerWatch *self)
{
  return self->is_low;
}

static void
forget (KeelPowerWatch *self,
        gpointer        object)
{
  if (object != NULL)
    g_signal_handlers_disconnect_by_data (object, self);
}

static void
keel_power_watch_dispose (GObject *object)
{
  KeelPowerWatch *self = KEEL_POWER_WATCH (object);

  g_cancellable_cancel (self->cancellable);
  forget (self, self->engine);
  forget (self, self->flow);
  forget (self, self->upower);
  forget (self, self->battery);
  forget (self, self->profile);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->upower);
  g_clear_object (&self->battery);
  g_clear_object (&self->profile);
  g_clear_object (&self->flow);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (keel_power_watch_parent_class)->dispose (object);
}

static void
keel_power_watch_class_init (KeelPowerWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = keel_power_watch_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", KEEL_TYPE_POWER_WATCH, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
keel_power_watch_init (KeelPowerWatch *self)
{
}

/* Watches from when it first matters. */
KeelPowerWatch *
keel_power_watch_new (KeelEngine *engine,
                      KeelFlow   *flow)
{
  KeelPowerWatch *self = g_object_new (KEEL_TYPE_POWER_WATCH, NULL);

  self->engine = g_object_ref (engine);
  self->flow = g_object_ref (flow);
  self->cancellable = g_cancellable_new ();
  keel_engine_set_on_battery (engine, TRUE);
  g_signal_connect (engine, "transfer-changed", G_CALLBACK (transfer_changed_cb), self);
  g_signal_connect (flow, "changed", G_CALLBACK (flow_changed_cb), self);
  return self;
}
