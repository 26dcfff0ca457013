# SPDX-License-Identifier: GPL-3.0-or-later
"""Other programs on a bus, as a test wants them: they answer, hang, refuse, die and come back.

What is played lives on a thread of its own, so that a test may block meanwhile.
"""

import os
import select
import threading

from gi.repository import Gio, GLib

from .bus import Connection
from .waiting import scaled


class Played:
    """A program under one name. A subclass has NAME, PATH and XML, perhaps OTHERS ({path: XML})
    and ALSO (more names), and methods on_METHOD(sender, *arguments) that give a GLib.Variant, or
    (GLib.Variant, descriptor); and self.properties, if there are any."""

    OTHERS = {}
    ALSO = []

    def __init__(self, case, address):
        self.calls = []
        self.hangs = False
        self.refuses = False
        self._held = []
        self._address = address
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._connection = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        case.addCleanup(self.end)
        self._do(self._appear)

    def _run(self):
        self._context.push_thread_default()
        self._loop.run()
        self._context.pop_thread_default()

    def _do(self, function):
        """In the thread of what is played; waits for it."""
        done = threading.Event()
        problems = []

        def run():
            try:
                function()
            except Exception as problem:  # pylint: disable=broad-except
                problems.append(problem)
            done.set()
            return GLib.SOURCE_REMOVE
        self._context.invoke_full(GLib.PRIORITY_DEFAULT, run)
        if not done.wait(scaled(20)):
            raise RuntimeError(f'{self.NAME} is stuck')
        if problems:
            raise problems[0]

    def _appear(self):
        self._connection = Connection(self._address)
        for path, xml in {self.PATH: self.XML, **self.OTHERS}.items():
            for interface in Gio.DBusNodeInfo.new_for_xml(xml).interfaces:
                self._connection.bus.register_object(path, interface, self._called, self._read,
                                                     None)
        for name in [self.NAME, *self.ALSO]:
            self._connection.ask_bus('RequestName', GLib.Variant('(su)', (name, 4)))

    def _called(self, connection, sender, path, interface, method, arguments, invocation):
        # pylint: disable=too-many-arguments
        self.calls.append((method, arguments.unpack()))
        if self.hangs:
            self._held.append((invocation, method, sender, arguments))
            return
        self._answer(invocation, method, sender, arguments)

    def _answer(self, invocation, method, sender, arguments):
        if self.refuses:
            invocation.return_dbus_error('org.freedesktop.DBus.Error.AccessDenied', 'No')
            return
        reply = getattr(self, 'on_' + method)(sender, *arguments.unpack())
        if isinstance(reply, tuple):
            fds = Gio.UnixFDList.new()
            fds.append(reply[1])
            os.close(reply[1])
            invocation.return_value_with_unix_fd_list(reply[0], fds)
        else:
            invocation.return_value(reply)

    def _read(self, connection, sender, path, interface, key):
        # pylint: disable=too-many-arguments
        return self.properties[key]

    def answer_late(self):
        """What was left hanging is answered now."""
        self.hangs = False

        def answer():
            for held in self._held:
                self._answer(*held)
            self._held.clear()
        self._do(answer)

    def emit(self, interface, signal, arguments, path=None):
        self._do(lambda: self._connection.bus.emit_signal(None, path or self.PATH, interface,
                                                          signal, arguments))

    def die(self):
        self._do(self._connection.close)

    def come_back(self):
        self._do(self._appear)

    def named(self, method):
        return [arguments for name, arguments in list(self.calls) if name == method]

    def end(self):
        self._do(self._connection.close)
        self._loop.quit()
        self._thread.join(scaled(10))


class Logind(Played):
    """Gives locks, and knows which are held; says what the machine can do, and what it was told."""

    NAME = 'org.freedesktop.login1'
    PATH = '/org/freedesktop/login1'
    MANAGER = NAME + '.Manager'
    XML = f'''<node><interface name="{MANAGER}">
      <method name="Inhibit"><arg type="s" direction="in"/><arg type="s" direction="in"/>
        <arg type="s" direction="in"/><arg type="s" direction="in"/>
        <arg type="h" direction="out"/></method>
      <method name="CanSuspend"><arg type="s" direction="out"/></method>
      <method name="CanPowerOff"><arg type="s" direction="out"/></method>
      <method name="Suspend"><arg type="b" direction="in"/></method>
      <method name="PowerOff"><arg type="b" direction="in"/></method>
      <signal name="PrepareForSleep"><arg type="b"/></signal>
      <signal name="PrepareForShutdown"><arg type="b"/></signal>
      </interface></node>'''

    def __init__(self, case, address):
        self._locks = []
        self.can_suspend = self.can_power_off = 'yes'
        super().__init__(case, address)

    def on_CanSuspend(self, sender):  # pylint: disable=invalid-name
        return GLib.Variant('(s)', (self.can_suspend,))

    def on_CanPowerOff(self, sender):  # pylint: disable=invalid-name
        return GLib.Variant('(s)', (self.can_power_off,))

    def on_Suspend(self, sender, is_interactive):  # pylint: disable=invalid-name
        pass

    def on_PowerOff(self, sender, is_interactive):  # pylint: disable=invalid-name
        pass

    def on_Inhibit(self, sender, what, who, why, mode):  # pylint: disable=invalid-name
        reading, writing = os.pipe()
        self._locks.append((reading, what, why, mode))
        return GLib.Variant('(h)', (0,)), writing

    def locks(self, mode):
        """(what, why) of those that are held."""
        held = []
        for reading, what, why, its_mode in list(self._locks):
            poll = select.poll()
            poll.register(reading, select.POLLIN | select.POLLHUP)
            if its_mode == mode and not poll.poll(0):
                held.append((what, why))
        return held

    def prepare(self, is_before, signal='PrepareForSleep'):
        self.emit(self.MANAGER, signal, GLib.Variant('(b)', (is_before,)))

    def end(self):
        super().end()
        for reading, *_ in self._locks:
            os.close(reading)


class SessionManager(Played):
    """GNOME's, as far as it keeps the machine awake."""

    NAME = INTERFACE = 'org.gnome.SessionManager'
    PATH = '/org/gnome/SessionManager'
    XML = f'''<node><interface name="{NAME}">
      <method name="Inhibit"><arg type="s" direction="in"/><arg type="u" direction="in"/>
        <arg type="s" direction="in"/><arg type="u" direction="in"/>
        <arg type="u" direction="out"/></method>
      <method name="Uninhibit"><arg type="u" direction="in"/></method>
      </interface></node>'''

    def __init__(self, case, address):
        self.held = {}
        self._last = 0
        super().__init__(case, address)

    def _give(self, what):
        self._last += 1
        self.held[self._last] = what
        return GLib.Variant('(u)', (self._last,))

    def on_Inhibit(self, sender, app, window, reason, flags):  # pylint: disable=invalid-name
        return self._give((app, reason, flags))

    def on_Uninhibit(self, sender, cookie):  # pylint: disable=invalid-name
        del self.held[cookie]

    def die(self):
        super().die()
        self.held.clear()


class PowerManagement(SessionManager):
    """That of KDE and others."""

    NAME = 'org.freedesktop.PowerManagement'
    PATH = '/org/freedesktop/PowerManagement/Inhibit'
    XML = f'''<node><interface name="{NAME}.Inhibit">
      <method name="Inhibit"><arg type="s" direction="in"/><arg type="s" direction="in"/>
        <arg type="u" direction="out"/></method>
      <method name="UnInhibit"><arg type="u" direction="in"/></method>
      </interface></node>'''

    def on_Inhibit(self, sender, app, reason):  # pylint: disable=arguments-differ
        return self._give((app, reason))

    on_UnInhibit = SessionManager.on_Uninhibit


class UPower(Played):
    """One battery."""

    NAME = 'org.freedesktop.UPower'
    PATH = '/org/freedesktop/UPower'
    XML = f'''<node><interface name="{NAME}">
      <property name="OnBattery" type="b" access="read"/></interface></node>'''
    DEVICE = PATH + '/devices/DisplayDevice'
    OTHERS = {DEVICE: f'''<node><interface name="{NAME}.Device">
      <property name="State" type="u" access="read"/>
      <property name="Percentage" type="d" access="read"/></interface></node>'''}
    CHARGING, DISCHARGING = 1, 2

    def __init__(self, case, address, percent=100, is_discharging=False):
        self.properties = {}
        self._take(percent, is_discharging)
        super().__init__(case, address)

    def _take(self, percent, is_discharging):
        self.properties = {
            'OnBattery': GLib.Variant('b', is_discharging),
            'State': GLib.Variant('u', self.DISCHARGING if is_discharging else self.CHARGING),
            'Percentage': GLib.Variant('d', percent),
        }

    def set(self, percent, is_discharging):
        self._take(percent, is_discharging)
        for path, interface, keys in [(self.PATH, self.NAME, ['OnBattery']),
                                      (self.DEVICE, self.NAME + '.Device',
                                       ['State', 'Percentage'])]:
            changed = {key: self.properties[key] for key in keys}
            self.emit('org.freedesktop.DBus.Properties', 'PropertiesChanged',
                      GLib.Variant('(sa{sv}as)', (interface, changed, [])), path)


class PowerProfiles(Played):
    """power-profiles-daemon, as GPowerProfileMonitor reads it: under its older name, which GLib
    2.74 knows, and under its newer one."""

    NAME = 'net.hadess.PowerProfiles'
    PATH = '/net/hadess/PowerProfiles'
    NEW_NAME = 'org.freedesktop.UPower.PowerProfiles'
    NEW_PATH = '/org/freedesktop/UPower/PowerProfiles'
    XML = f'''<node><interface name="{NAME}">
      <property name="ActiveProfile" type="s" access="read"/></interface></node>'''
    OTHERS = {NEW_PATH: XML.replace(NAME, NEW_NAME)}
    ALSO = [NEW_NAME]

    def __init__(self, case, address, profile='balanced'):
        self.properties = {'ActiveProfile': GLib.Variant('s', profile)}
        super().__init__(case, address)

    def set(self, profile):
        self.properties = {'ActiveProfile': GLib.Variant('s', profile)}
        for name, path in [(self.NAME, self.PATH), (self.NEW_NAME, self.NEW_PATH)]:
            self.emit('org.freedesktop.DBus.Properties', 'PropertiesChanged',
                      GLib.Variant('(sa{sv}as)', (name, self.properties, [])), path)


class InhibitPortal(Played):
    """Of xdg-desktop-portal, for who is in a sandbox."""

    NAME = 'org.freedesktop.portal.Desktop'
    PATH = '/org/freedesktop/portal/desktop'
    XML = '''<node><interface name="org.freedesktop.portal.Inhibit">
      <method name="Inhibit"><arg type="s" direction="in"/><arg type="u" direction="in"/>
        <arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
      </interface></node>'''
    REQUEST = PATH + '/request/1'
    OTHERS = {REQUEST: '''<node><interface name="org.freedesktop.portal.Request">
      <method name="Close"/></interface></node>'''}

    def __init__(self, case, address):
        self.held = {}
        super().__init__(case, address)

    def on_Inhibit(self, sender, window, flags, options):  # pylint: disable=invalid-name
        self.held[self.REQUEST] = (window, flags, options)
        return GLib.Variant('(o)', (self.REQUEST,))

    def on_Close(self, sender):  # pylint: disable=invalid-name
        del self.held[self.REQUEST]


class LowMemoryMonitor(Played):
    """As GMemoryMonitor listens to it."""

    NAME = 'org.freedesktop.LowMemoryMonitor'
    PATH = '/org/freedesktop/LowMemoryMonitor'
    XML = f'''<node><interface name="{NAME}">
      <signal name="LowMemoryWarning"><arg type="y"/></signal></interface></node>'''
    CRITICAL = 255

    def warn(self):
        self.emit(self.NAME, 'LowMemoryWarning', GLib.Variant('(y)', (self.CRITICAL,)))


class NotificationPortal(Played):
    """Of xdg-desktop-portal, for who is in a sandbox."""

    NAME = 'org.freedesktop.portal.Desktop'
    PATH = '/org/freedesktop/portal/desktop'
    XML = '''<node><interface name="org.freedesktop.portal.Notification">
      <method name="AddNotification"><arg type="s" direction="in"/>
        <arg type="a{sv}" direction="in"/></method>
      <method name="RemoveNotification"><arg type="s" direction="in"/></method>
      </interface></node>'''

    def __init__(self, case, address):
        self.shown = {}
        super().__init__(case, address)

    def on_AddNotification(self, sender, number, notice):  # pylint: disable=invalid-name
        self.shown[number] = notice

    def on_RemoveNotification(self, sender, number):  # pylint: disable=invalid-name
        self.shown.pop(number, None)


class Silent:
    """Owns names on a bus and answers nothing that anybody asks under them."""

    def __init__(self, case, address, *names):
        self.asked = []
        self._connection = Connection(address)
        self._connection.bus.add_filter(self._filter)
        for name in names:
            self._connection.ask_bus('RequestName', GLib.Variant('(su)', (name, 4)))
        case.addCleanup(self._connection.close)

    def _filter(self, connection, message, incoming):
        if incoming and message.get_message_type() == Gio.DBusMessageType.METHOD_CALL:
            self.asked.append((message.get_interface(), message.get_member()))
            return None
        return message
