#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telling the person that a transfer ended, or wants something: what a notification daemon gets.

The daemon is ours, on the private bus: it keeps what it was sent, can be slow, and can press
buttons. The application is played by a name that keeps the actions asked of it.
"""

import os
import signal
import threading
import time

from gi.repository import Gio, GLib

from keelserver import Server
from keeltest import Case, House, main, scaled, wait_until
from keeltest.bus import Connection
from keyring import Keyring

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
        self.connection.bus.register_object(path, node.interfaces[0], called, None, None)
        self.connection.ask_bus('RequestName', GLib.Variant('(su)', (name, 0)))
        self._ready.set()
        self._loop.run()

    def named(self, method):
        return [arguments for name, arguments in list(self.calls) if name == method]

    def emit(self, path, interface, signal, arguments):
        self.connection.bus.emit_signal(None, path, interface, signal, arguments)

    def end(self):
        self._loop.quit()
        self.join(scaled(10))
        self.connection.close()


class Notification(Case):
    def setUp(self):
        self.house = House(self)
        self.server = Server(self)
        self.delay = 0

    def start_daemon(self):
        numbers = iter(range(1, 10**6))

        def reply(method, _arguments):
            if method == 'Notify':
                time.sleep(self.delay)
                return GLib.Variant('(u)', (next(numbers),))
            if method == 'GetCapabilities':
                return GLib.Variant('(as)', (['actions', 'body', 'body-markup', 'persistence'],))
            if method == 'GetServerInformation':
                return GLib.Variant('(ssss)', ('player', 'keelboat', '1', '1.2'))
            return None
        return Player(self, self.house.bus.address, DAEMON, DAEMON_PATH, DAEMON_XML, reply)

    def start_application(self):
        return Player(self, self.house.bus.address, APPLICATION, APPLICATION_PATH, APPLICATION_XML,
                      lambda method, arguments: None)

    def fetch(self, name='boat.bin', status=0, behaviour='good', **options):
        task, = self.house.keel('add', '--wait', '--json',
                                self.server.url(behaviour, name, size=1000, **options),
                                status=status).objects
        return task

    def notified(self, daemon, count=1):
        return wait_until(f'{count} notifications', lambda: len(daemon.named('Notify')) >= count and
                          daemon.named('Notify'))

    def test_finished_and_its_actions(self):
        daemon = self.start_daemon()
        application = self.start_application()
        task = self.fetch()
        _, _, _, summary, body, actions, hints, _ = self.notified(daemon)[0]
        self.assertIn('boat.bin', summary + body)
        self.assertEqual(hints.get('desktop-entry'), APPLICATION)
        keys = [key for key in actions[::2] if key != 'default']
        self.assertEqual(len(keys), 2, actions)
        for count, key in enumerate(keys, start=1):
            daemon.emit(DAEMON_PATH, DAEMON, 'ActionInvoked', GLib.Variant('(us)', (1, key)))
            wait_until('the application is asked',
                       lambda: len(application.named('ActivateAction')) >= count)
        asked = application.named('ActivateAction')
        self.assertEqual(len({name for name, _, _ in asked}), 2, asked)
        for _, parameters, _ in asked:
            self.assertIn(str(task['id']), str(parameters) + task['file'])

    def test_failed(self):
        daemon = self.start_daemon()
        self.fetch('lost.bin', status=1, behaviour='status', code=404)
        summary, body = self.notified(daemon)[0][3:5]
        self.assertIn('lost.bin', summary + body)

    def test_a_password_is_wanted(self):
        daemon = self.start_daemon()
        self.fetch('locked.bin', status=1, behaviour='basic')
        _, _, _, summary, body, actions, _, _ = self.notified(daemon)[0]
        self.assertIn('locked.bin', summary + body)
        self.assertIn('Sign-in needed', summary + body)
        self.assertNotIn('retry', actions)

    def test_a_password_that_the_keyring_knows_is_not_asked_for(self):
        keyring = Keyring(self, self.house)
        keyring.put('host', f'http://127.0.0.1:{self.server.port}', *self.server.login)
        daemon = self.start_daemon()
        self.fetch('locked.bin', behaviour='basic')
        self.assertIn('finished', str(self.notified(daemon)[0]))
        self.assertEqual(len(daemon.named('Notify')), 1)

    def test_not_while_the_window_has_the_focus(self):
        self.house.set_service(arguments='--test-clock')
        daemon = self.start_daemon()
        window = self.house.bus.connect()
        window.manager('SetAttention', GLib.Variant('(ba{sv})', (True, {})))
        self.fetch('seen.bin')
        # What ends within a few seconds is told together, and only then it is decided.
        self.house.advance(10)
        window.close()
        self.fetch('unseen.bin')
        wait_until('the second one is told', lambda: any(
            'unseen.bin' in str(call) for call in daemon.named('Notify')))
        self.assertFalse(any("seen.bin" in str(call).replace('unseen.bin', '')
                             for call in daemon.named('Notify')))

    def test_once_although_the_service_dies_before(self):
        daemon = self.start_daemon()
        self.fetch('one.bin')
        self.house.signal_service(signal.SIGKILL)
        self.house.keel('status')
        self.assertIn('one.bin', self.notified(daemon)[0][3])
        self.house.signal_service(signal.SIGKILL)
        self.house.keel('status')
        self.fetch('two.bin')
        wait_until('the second one is told', lambda: any(
            'two.bin' in str(call) for call in daemon.named('Notify')))
        self.assertEqual(sum('one.bin' in str(call) for call in daemon.named('Notify')), 1)

    def test_the_list_was_damaged(self):
        self.house = House(self, environment={'G_DEBUG': ''})
        self.house.expected_complaints.append('rescued')
        daemon = self.start_daemon()
        self.fetch('one.bin')
        self.notified(daemon)
        self.house.signal_service(signal.SIGTERM)
        with open(self.house.database, 'r+b') as file:
            file.write(b'garbage' * 100)
        self.house.keel('status')
        wait_until('it is told', lambda: any('damaged' in str(call) and '1 download' in str(call)
                                             for call in daemon.named('Notify')))

    def test_markup_in_a_name_is_not_markup(self):
        daemon = self.start_daemon()
        task = self.fetch('%3Cb%3Ebold%26.bin')
        body = self.notified(daemon)[0][4]
        self.assertNotIn('<b>', body)
        self.assertTrue(os.path.exists(task['file']))

    def test_a_hanging_daemon_delays_nothing(self):
        self.start_daemon()
        self.delay = 30
        self.fetch('one.bin')
        began = time.monotonic()
        self.fetch('two.bin')
        self.house.keel('status')
        self.assertLess(time.monotonic() - began, scaled(8))
        self.assertLess(self.house.signal_service(15), 2)

    def test_nobody_to_notify(self):
        self.assertEqual(self.fetch()['state'], 'finished')


if __name__ == '__main__':
    main()
