# SPDX-License-Identifier: GPL-3.0-or-later
"""A system bus of the test's own, with as much of NetworkManager and UPower as is looked at.

    system = SystemBus(self)
    house = House(self, environment=system.environment)
    system.set_metered(True)

What is played lives on a thread of this process, so that a test may block meanwhile.
"""

import threading

from gi.repository import Gio, GLib

from . import processes
from .bus import Bus, Connection
from .waiting import scaled

NETWORK_MANAGER = 'org.freedesktop.NetworkManager'
UPOWER = 'org.freedesktop.UPower'
PATHS = {NETWORK_MANAGER: '/org/freedesktop/NetworkManager', UPOWER: '/org/freedesktop/UPower'}
PROPERTIES = {
    NETWORK_MANAGER: {'Connectivity': 'u', 'Metered': 'u', 'State': 'u'},
    UPOWER: {'OnBattery': 'b'},
}
PORTAL, FULL = 2, 4
DISCONNECTED, CONNECTED = 20, 70
METERED, UNMETERED = 1, 2


def make_interface(name):
    properties = ''.join(f'<property name="{property}" type="{kind}" access="read"/>'
                         for property, kind in PROPERTIES[name].items())
    return Gio.DBusNodeInfo.new_for_xml(
        f'<node><interface name="{name}">{properties}</interface></node>').interfaces[0]


class SystemBus:
    def __init__(self, case, names=(NETWORK_MANAGER, UPOWER)):
        self._bus = Bus(processes.make_folder('keel-system-'), {'PATH': '/usr/bin:/bin'})
        self.address = self._bus.address
        self.environment = {'DBUS_SYSTEM_BUS_ADDRESS': self.address}
        if NETWORK_MANAGER in names:
            self.environment['GIO_USE_NETWORK_MONITOR'] = 'networkmanager'
        self._values = {
            NETWORK_MANAGER: {'Connectivity': FULL, 'Metered': UNMETERED, 'State': CONNECTED},
            UPOWER: {'OnBattery': False},
        }
        self._names = names
        self._ready = threading.Event()
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        case.addCleanup(self.end)
        if not self._ready.wait(scaled(20)):
            raise RuntimeError('the system bus did not start')

    def _run(self):
        self._context.push_thread_default()
        self._connection = Connection(self._bus.address)
        for name in self._names:
            self._connection.bus.register_object(PATHS[name], make_interface(name), None,
                                                 self._read, None)
            self._connection.ask_bus('RequestName', GLib.Variant('(su)', (name, 4)))
        self._ready.set()
        self._loop.run()
        self._context.pop_thread_default()

    def _variant(self, name, key):
        return GLib.Variant(PROPERTIES[name][key], self._values[name][key])

    def _read(self, connection, sender, path, interface, key):
        return self._variant(interface, key)

    def _set(self, name, key, value):
        self._values[name][key] = value
        self._connection.bus.emit_signal(
            None, PATHS[name], 'org.freedesktop.DBus.Properties', 'PropertiesChanged',
            GLib.Variant('(sa{sv}as)', (name, {key: self._variant(name, key)}, [])))

    def set_metered(self, is_metered):
        self._set(NETWORK_MANAGER, 'Metered', METERED if is_metered else UNMETERED)

    def set_connectivity(self, connectivity):
        self._set(NETWORK_MANAGER, 'Connectivity', connectivity)

    def set_online(self, is_online):
        self._set(NETWORK_MANAGER, 'State', CONNECTED if is_online else DISCONNECTED)

    def set_on_battery(self, is_on_battery):
        self._set(UPOWER, 'OnBattery', is_on_battery)

    def leave(self, name):
        """As if it had crashed."""
        self._connection.ask_bus('ReleaseName', GLib.Variant('(s)', (name,)))

    def end(self):
        self._loop.quit()
        self._thread.join(scaled(10))
        self._connection.close()
        self._bus.end()
