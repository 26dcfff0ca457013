# SPDX-License-Identifier: GPL-3.0-or-later
"""A notification daemon, and our application, played on the private bus."""

import threading

from gi.repository import Gio, GLib

from keeltest import scaled, wait_until
from keeltest.bus import Connection

DAEMON = 'org.freedesktop.Notifications'
DAEMON_PATH = '/org/freedesktop/Notifications'
DAEMON_XML = '''<node><interface name="org.freedesktop.Notifications">
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
    <arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
    <arg type="u" direction="out"/></method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation">
    <arg type="s" direction="out"/><arg type="s" direction="out"/>
    <arg type="s" direction="out"/><arg type="s" direction="out"/></method>
  <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
  <signal name="ActivationToken"><arg type="u"/><arg type="s"/></signal>
  <signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
</interface></node>'''
APPLICATION = 'io.github.keelboat.Keelboat'
APPLICATION_PATH = '/io/github/keelboat/Keelboat'
APPLICATION_XML = '''<node><interface name="org.freedesktop.Application">
  <method name="Activate"><arg type="a{sv}" direction="in"/></method>
  <method name="Open"><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/></method>
  <method name="ActivateAction"><arg type="s" direction="in"/><arg type="av" direction="in"/>
    <arg type="a{sv}" direction="in"/></method>
</interface></node>'''


class Player(threading.Thread):
    """A name on the bus whose calls are kept; `reply` makes the answers."""

    def __init__(self, case, address, name, path, xml, reply):
        super().__init__(daemon=True)
        self.calls = []
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._ready = threading.Event()
        self._ending = threading.Event()
        self._arguments = address, name, path, xml, reply
        self.start()
        assert self._ready.wait(scaled(20))
        case.addCleanup(self.end)

    def run(self):
        address, name, path, xml, reply = self._arguments
        self._context.push_thread_default()
        self.connection = Connection(address)
        node = Gio.DBusNodeInfo.new_for_xml(xml)

        def called(_connection, _sender, _path, _interface, method, parameters, invocation):
            self.calls.append((method, parameters.unpack()))
            invocation.return_value(reply(method, parameters.unpack()))
        for interface in node.interfaces:
            self.connection.bus.register_object(path, interface, called, None, None)
        self.connection.ask_bus('RequestName', GLib.Variant('(su)', (name, 0)))
        self._ready.set()
        self._loop.run()

    def named(self, method):
        return [arguments for name, arguments in list(self.calls) if name == method]

    def emit(self, path, interface, signal, arguments):
        self.connection.bus.emit_signal(None, path, interface, signal, arguments)

    def hang(self, seconds):
        """Answers nothing for so long, or until the test is over."""
        self._ending.wait(seconds)

    def end(self):
        self._ending.set()
        self._loop.quit()
        self.join(scaled(10))
        self.connection.close()


class Daemon(Player):
    """A notification daemon that keeps what it was sent, can be slow, and can press buttons."""

    CAPABILITIES = ('actions', 'body', 'body-markup', 'persistence')

    def __init__(self, case, address, delay=0, capabilities=CAPABILITIES, name='player'):
        self.delay = delay
        self._server = name
        self._capabilities = capabilities
        self._numbers = iter(range(1, 10**6))
        super().__init__(case, address, DAEMON, DAEMON_PATH, DAEMON_XML, self._reply)

    def _reply(self, method, _arguments):
        if method == 'Notify':
            self.hang(self.delay)
            return GLib.Variant('(u)', (next(self._numbers),))
        if method == 'GetCapabilities':
            return GLib.Variant('(as)', (self._capabilities,))
        if method == 'GetServerInformation':
            return GLib.Variant('(ssss)', (self._server, 'keelboat', '1', '1.2'))
        return None

    def shown(self, text):
        """The one that says this, as (title, body, its buttons, hints), once it has come."""
        def look():
            for call in self.named('Notify'):
                if text in call[3] + call[4]:
                    _, _, _, title, body, actions, hints, _ = call
                    keys = [key for key in actions[::2] if key != 'default']
                    return title, body, keys, hints
            return None
        return wait_until(f'“{text}” is told', look)

    def notified(self, count=1):
        return wait_until(f'{count} notifications', lambda: len(self.named('Notify')) >= count and
                          self.named('Notify'))

    def emit_token(self, number, token):
        self.emit(DAEMON_PATH, DAEMON, 'ActivationToken', GLib.Variant('(us)', (number, token)))

    def press(self, number, key):
        self.emit(DAEMON_PATH, DAEMON, 'ActionInvoked', GLib.Variant('(us)', (number, key)))


class Application(Player):
    """Keelboat's window, which does what is clicked on."""

    def __init__(self, case, address):
        super().__init__(case, address, APPLICATION, APPLICATION_PATH, APPLICATION_XML,
                         lambda method, arguments: None)
