#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who was written for the first version of the contract goes on working: each call and signal of it
is there, unchanged, and a program that knows nothing else does its work."""

import gettext
import os
import unittest

from gi.repository import Gio, GLib

from keelserver import Server
from keeltest import Case, House, contents_of, main, wait_until
from keeltest.bus import INTERFACES, PATH, SERVICE, Listener
from keeltest.contract import frozen_text, missing, parse

VERSION_1 = frozen_text()
# Keys that nobody knows, a value of each kind.
ODD = {
    'xyzzy': GLib.Variant('(sa{sv})', ('x', {'y': GLib.Variant('as', ['z'])})),
    'x-number': GLib.Variant('t', 1 << 63),
    'x-bytes': GLib.Variant('ay', b'\x00\xff'),
    'Nonce': GLib.Variant('b', False),
    '': GLib.Variant('s', ''),
}
# What a call is given that is about nothing in particular.
PLAIN = {'s': 'x', 't': 0, 'u': 0, 'x': 0, 'b': False, 'at': [], 'as': []}


class OldClient:
    """Calls only what the frozen text has, with the types that stand there."""

    def __init__(self, connection):
        self.connection = connection
        self.interfaces = {info.name.removeprefix(INTERFACES): info
                           for info in Gio.DBusNodeInfo.new_for_xml(VERSION_1).interfaces}

    def call(self, path, interface, method, *arguments):
        info = self.interfaces[interface].lookup_method(method)
        types = ''.join(arg.signature for arg in info.in_args)
        reply = self.connection.bus.call_sync(
            SERVICE, path, INTERFACES + interface, method, GLib.Variant(f'({types})', arguments),
            GLib.VariantType(f'({"".join(arg.signature for arg in info.out_args)})'),
            Gio.DBusCallFlags.NONE, 25000, None)
        return reply.unpack()

    def has(self, interface, method):
        return self.interfaces[interface].lookup_method(method) is not None


class Language(Case):
    """What goes wrong is told to programs in one language, whatever the person's is."""

    @unittest.skipUnless(gettext.find('libc', languages=['zh_CN']) and
                         gettext.find('glib20', languages=['zh_CN']), 'no translations here')
    def test_messages_are_not_translated(self):
        house = House(self, environment={'LANGUAGE': 'zh_CN'})
        for link, *options in [('http://nonexistent.invalid/x',), ('http://127.0.0.1:1/x',),
                               ('http://127.0.0.1:1/x', '--dir', '/nonexistent')]:
            number = house.add(link, *options)
            task = house.wait_task(number, lambda task: task['error'])
            self.assertTrue(task['error']['message'].replace('\u201c', '').replace(
                '\u201d', '').isascii(), task['error'])


class Contract(Case):
    def setUp(self):
        self.house = House(self)
        self.connection = self.house.connection
        self.server = Server(self)

    def introspect(self, path):
        text, = self.connection.call(SERVICE, path, 'org.freedesktop.DBus.Introspectable',
                                     'Introspect')
        return parse(text)

    def test_nothing_is_gone(self):
        live = self.introspect(PATH) | self.introspect(self.connection.open_session('x'))
        wanted = parse(VERSION_1)
        self.assertEqual(sorted(wanted), ['Manager', 'Service', 'Session'])
        self.assertGreater(len(wanted['Session']), 8)
        self.assertEqual(missing(wanted, live), [])

    def test_a_change_would_be_seen(self):
        wanted = parse(VERSION_1)
        for old, new in [('name="verb" type="s"', 'name="verb" type="u"'),
                         ('<method name="Quit">', '<method name="Leave">'),
                         ('name="tick"', 'name="tock"'),
                         ('<property name="Version" type="u" access="read"/>', '')]:
            with self.subTest(old):
                self.assertIn(old, VERSION_1)
                self.assertNotEqual(missing(wanted, parse(VERSION_1.replace(old, new))), [])
        more = VERSION_1.replace('<method name="Quit">',
                                 '<method name="Sing"/><method name="Quit">')
        self.assertEqual(missing(wanted, parse(more)), [])

    def test_a_newer_client_may_say_more(self):
        """In every dictionary of every call; it is answered as if that had not been said."""
        session = self.connection.open_session('new')
        for path, interface, method, types in self.calls_with_dictionaries(session):
            with self.subTest(f'{interface}.{method}'):
                plain = self.outcome(path, interface, method, types, {})
                self.assertEqual(self.outcome(path, interface, method, types, ODD), plain)
        self.assertEqual(self.outcome(PATH, 'Manager', 'Quit', ['a{sv}'], ODD), None)

    def calls_with_dictionaries(self, session):
        """Those that leave everything where it is."""
        for path, names in [(PATH, ['Service', 'Manager']), (session, ['Session'])]:
            for interface in names:
                for (kind, name), shape in sorted(self.introspect(path)[interface].items()):
                    types = [arg[2] for arg in shape if arg[0] == 'in'] if kind == 'method' else []
                    if 'a{sv}' in types and name != 'Quit':
                        yield path, interface, name, types

    def outcome(self, path, interface, method, types, extra):
        """None, or the name of the error."""
        arguments = [extra if kind == 'a{sv}' else
                     [{'uri': GLib.Variant('s', self.server.url('good', 'g')),
                       'start': GLib.Variant('b', False), **extra}] if kind == 'aa{sv}' else
                     PLAIN[kind] for kind in types]
        try:
            self.connection.call(SERVICE, path, INTERFACES + interface, method,
                                 GLib.Variant(f'({"".join(types)})', arguments))
        except GLib.Error as error:
            return Gio.DBusError.get_remote_error(error)
        return None

    def test_an_old_client_does_its_work(self):
        listener = Listener(self.house.bus.address, [])
        self.addCleanup(listener.end)
        old = OldClient(listener.connection)
        session, info = old.call(PATH, 'Service', 'OpenSession', 'old', {},
                                 {'app-id': GLib.Variant('s', 'org.example.Old')})
        self.assertEqual(info['app'], 'org.example.Old')
        lease, generation = old.call(session, 'Session', 'Watch', 100, {})
        self.assertGreater(lease, 0)
        if old.has('Session', 'Listen'):
            old.call(session, 'Session', 'Listen', {})
        folder = GLib.Variant('ay', os.fsencode(self.house.downloads) + b'\0')
        task = {'uri': GLib.Variant('s', self.server.url('drip', 'd', size=3000, piece=100,
                                                         every=20)), 'dir': folder}
        held = {'uri': GLib.Variant('s', self.server.url('good', 'g')), 'dir': folder,
                'start': GLib.Variant('b', False)}
        numbers, = old.call(session, 'Session', 'AddTasks', [task, held],
                            {'nonce': GLib.Variant('s', 'once')})
        self.assertEqual(old.call(session, 'Session', 'AddTasks', [task, held],
                                  {'nonce': GLib.Variant('s', 'once')}), (numbers,))

        def rows():
            return old.call(session, 'Session', 'GetTasks', {}, [])[1]
        wait_until('the first has finished', lambda: rows()[0]['state'] == 'finished')
        self.assertEqual(rows()[1]['state'], 'paused')
        file = bytes(rows()[0]['file']).rstrip(b'\0')
        self.assertEqual(len(contents_of(file)), 3000)
        old.call(session, 'Session', 'Update', numbers[1],
                 {'title': GLib.Variant('s', 'Later')}, {})
        self.assertEqual(rows()[1]['title'], 'Later')
        self.assertEqual(old.call(session, 'Session', 'Control', 'resume', [numbers[1]], {}), ([],))
        wait_until('the other one has finished', lambda: rows()[1]['state'] == 'finished')
        wait_until('all of that was told', lambda: listener.members('Progress') and any(
            row['id'] == numbers[1] and row['state'] == 'finished'
            for _, _, changed, _ in listener.members('TasksChanged') for row in changed))
        if old.has('Session', 'Listen'):
            wait_until('both are told as events', lambda: {
                task for _, task, kind, _ in listener.members('Event') if kind == 'completed'} ==
                set(numbers))
            old.call(session, 'Session', 'Acknowledge',
                     [event[0] for event in listener.members('Event')], {})
        self.check_signals(listener, old)
        self.assertEqual(old.call(session, 'Session', 'Control', 'remove', numbers, {}), ([],))
        self.assertEqual(rows(), [])

    def check_signals(self, listener, old):
        """Each has what the old text says, no more and no less."""
        for interface, member, body in list(listener.signals):
            if not interface.startswith(INTERFACES):
                continue
            info = old.interfaces[interface.removeprefix(INTERFACES)].lookup_signal(member)
            if info is not None:
                self.assertEqual(len(body), len(info.args), member)


if __name__ == '__main__':
    main()
