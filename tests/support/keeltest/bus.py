# SPDX-License-Identifier: GPL-3.0-or-later
"""A private session bus, and speaking on it without the library.

The bus knows only the services that the test gives it: nothing of the machine's own session can be
started by accident. Calls are synchronous, which only tests may do.
"""

import os
import subprocess
import threading

from gi.repository import Gio, GLib

from . import processes
from .waiting import scaled

SERVICE = 'io.github.keelboat.Keelboat.Service'
PATH = '/io/github/keelboat/Transfers1'
INTERFACES = 'io.github.keelboat.Transfers1.'
ERRORS = 'io.github.keelboat.Transfers1.Error.'

CONFIGURATION = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_message_unix_fds">4096</limit>
  <limit name="service_start_timeout">60000</limit>
  <limit name="max_replies_per_connection">50000</limit>
  <limit name="reply_timeout">600000</limit>
  <limit name="max_incoming_unix_fds">250000</limit>
  <limit name="max_outgoing_unix_fds">250000</limit>
  <limit name="max_message_unix_fds">4096</limit>
</busconfig>
'''


class Bus:
    """A dbus-daemon with a folder of activatable services."""

    def __init__(self, folder, environment):
        self.socket = os.path.join(folder, 'bus')
        self.services = os.path.join(folder, 'services')
        self.log = os.path.join(folder, 'bus.log')
        self.address = f'unix:path={self.socket}'
        os.mkdir(self.services)
        self.configuration = os.path.join(folder, 'bus.conf')
        with open(self.configuration, 'w', encoding='utf-8') as file:
            file.write(CONFIGURATION.format(socket=self.socket, services=self.services))
        self._environment = {**environment, 'DBUS_SESSION_BUS_ADDRESS': self.address}
        self.start()

    def start(self):
        """At the beginning, and again after end(): everybody was thrown out in between."""
        reading, writing = os.pipe()
        with open(self.log, 'ab') as log:
            self._process = processes.start(
                ['dbus-daemon', f'--config-file={self.configuration}', '--nofork', '--nopidfile',
                 f'--print-address={writing}'],
                env=self._environment, pass_fds=[writing], stdout=log, stderr=subprocess.STDOUT)
        os.close(writing)
        with os.fdopen(reading) as answer:
            if not answer.readline():
                with open(self.log, encoding='utf-8', errors='replace') as log:
                    raise RuntimeError('the private bus did not start: ' + log.read())

    def add_service(self, name, command):
        """Makes a name activatable, from now on."""
        with open(os.path.join(self.services, name + '.service'), 'w', encoding='utf-8') as file:
            file.write(f'[D-BUS Service]\nName={name}\nExec={command}\n')
        self.connect().call('org.freedesktop.DBus', '/org/freedesktop/DBus',
                            'org.freedesktop.DBus', 'ReloadConfig')

    def let_in_everybody(self):
        """Whoever can reach the socket, not only the user whose bus it is."""
        with open(self.configuration, encoding='utf-8') as file:
            text = file.read()
        with open(self.configuration, 'w', encoding='utf-8') as file:
            file.write(text.replace('<allow own="*"/>', '<allow own="*"/><allow user="*"/>'))
        self.connect().ask_bus('ReloadConfig')

    def connect(self):
        return Connection(self.address)

    @property
    def pid(self):
        return self._process.pid

    def end(self):
        processes.end(self._process)


class Connection:
    """One client of the bus, with a unique name of its own."""

    def __init__(self, address):
        self.bus = Gio.DBusConnection.new_for_address_sync(
            address,
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
            Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.bus.set_exit_on_close(False)

    @property
    def name(self):
        return self.bus.get_unique_name()

    def call(self, destination, path, interface, method, arguments=None, start=True, seconds=25):
        """A call; gives the unpacked reply. A D-Bus error comes as GLib.Error."""
        flags = Gio.DBusCallFlags.NONE if start else Gio.DBusCallFlags.NO_AUTO_START
        reply = self.bus.call_sync(destination, path, interface, method, arguments, None, flags,
                                   int(scaled(seconds) * 1000), None)
        return reply.unpack()

    def ask_bus(self, method, arguments=None):
        return self.call('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                         method, arguments)

    def service(self, method, arguments=None, **options):
        return self.call(SERVICE, PATH, INTERFACES + 'Service', method, arguments, **options)

    def manager(self, method, arguments=None, **options):
        return self.call(SERVICE, PATH, INTERFACES + 'Manager', method, arguments, **options)

    def session(self, path, method, arguments=None, **options):
        return self.call(SERVICE, path, INTERFACES + 'Session', method, arguments, **options)

    def open_session(self, identifier, app='host'):
        path, _ = self.service('OpenSession', GLib.Variant(
            '(sa{sv}a{sv})', (identifier, {}, {'app-id': GLib.Variant('s', app)})))
        return path

    def owner_of(self, name):
        """The unique name that has this name, or None."""
        try:
            return self.ask_bus('GetNameOwner', GLib.Variant('(s)', (name,)))[0]
        except GLib.Error:
            return None

    def pid_of(self, name):
        """The process that has this name, or None."""
        try:
            return self.ask_bus('GetConnectionUnixProcessID', GLib.Variant('(s)', (name,)))[0]
        except GLib.Error:
            return None

    def close(self):
        if not self.bus.is_closed():
            self.bus.close_sync(None)


class Monitor:
    """Writes down who sends what, of everything that goes over the bus."""

    def __init__(self, address):
        self.messages = []
        self.connection = Connection(address)
        self.connection.call('org.freedesktop.DBus', '/org/freedesktop/DBus',
                             'org.freedesktop.DBus.Monitoring', 'BecomeMonitor',
                             GLib.Variant('(asu)', ([], 0)))
        self.connection.bus.add_filter(self._filter)

    def _filter(self, connection, message, incoming):
        # A monitor must not answer, not even that it has no such object.
        if incoming:
            self.messages.append((message.get_sender(), message.get_destination(),
                                  message.get_member()))
            return None
        return message

    def end(self):
        self.connection.close()


class Listener:
    """Receives signals on a thread of its own, so that a test may block meanwhile."""

    def __init__(self, address, rules):
        self.signals = []
        self._rules = rules
        self._address = address
        self._ready = threading.Event()
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if not self._ready.wait(scaled(20)):
            raise RuntimeError('the listener did not start')

    def _run(self):
        self._context.push_thread_default()
        self.connection = Connection(self._address)
        self.connection.bus.add_filter(self._filter)
        for rule in self._rules:
            self.connection.ask_bus('AddMatch', GLib.Variant('(s)', (rule,)))
        self._ready.set()
        self._loop.run()
        self._context.pop_thread_default()

    def _filter(self, connection, message, incoming):
        if incoming and message.get_message_type() == Gio.DBusMessageType.SIGNAL:
            body = message.get_body()
            self.signals.append((message.get_interface(), message.get_member(),
                                 body.unpack() if body else ()))
        return message

    def members(self, member):
        """The arguments of the signals of this name so far."""
        return [body for _, name, body in list(self.signals) if name == member]

    def end(self):
        self._loop.quit()
        self._thread.join(scaled(10))
        self.connection.close()
