#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who calls, and what it may do: sandboxes made as Flatpak makes them, with the real proxy."""

import os
import signal
import subprocess
import sys
import xml.etree.ElementTree

from gi.repository import Gio, GLib

from keelserver import Server
from keeltest import Case, House, main, wait_until
from keeltest.bus import ERRORS, INTERFACES, PATH, SERVICE, Connection, Listener
from keeltest.house import program
from keeltest.sandbox import Sandbox, info_of, whole_root, why_not

WHY_NOT = why_not()
OURS = 'io.github.keelboat.Keelboat'
FOO, BAR = 'org.example.Foo', 'org.example.Bar'
NOBODY = PATH + '/session/' + '0' * 32
# A program that says what it gets on the bus.
ASK = '''
import sys
from gi.repository import Gio, GLib
bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
try:
    print(bus.call_sync(*sys.argv[1:4], 'OpenSession', GLib.Variant('(sa{sv}a{sv})', ('x', {}, {})),
                        None, Gio.DBusCallFlags.NONE, 20000, None).unpack()[1])
except GLib.Error as error:
    print(error.message)
'''
ASK_ARGUMENTS = [SERVICE, PATH, INTERFACES + 'Service']


def error_of(call):
    """The name of the error that a call gives; for one that gives none, its answer."""
    try:
        return call()
    except GLib.Error as error:
        return error.message.partition(': ')[0].replace('GDBus.Error:', '').replace(ERRORS, '')


def message_of(call):
    try:
        return call()
    except GLib.Error as error:
        return error.message


def open_session(connection, identifier='x', **options):
    """(path, info)"""
    return connection.service('OpenSession', GLib.Variant('(sa{sv}a{sv})', (
        identifier, {}, {key.replace('_', '-'): value for key, value in options.items()})))


def claim(app):
    return {'app_id': GLib.Variant('s', app)}


def add(connection, path, url='http://127.0.0.1:9/x', **keys):
    """Adds a task that does not start unless it is told to; gives its id."""
    task = {'uri': GLib.Variant('s', url), 'start': GLib.Variant('b', False), **keys}
    return connection.session(path, 'AddTasks', GLib.Variant('(aa{sv}a{sv})', ([task], {})))[0][0]


def empty_arguments(method):
    """Arguments for a method of the introspection data, of the right types."""
    zeros = {'s': "''", 'u': '0', 't': '0', 'b': 'false', 'x': '0', 'h': '0'}
    types = [arg.get('type') for arg in method.findall('arg') if arg.get('direction') == 'in']
    texts = [zeros.get(kind) or ('{}' if kind == 'a{sv}' else '[]') for kind in types]
    return GLib.Variant.parse(GLib.VariantType(f'({"".join(types)})'),
                              f'({", ".join(texts)}{"," if len(texts) == 1 else ""})', None, None)


def methods_of(connection, path, interface):
    """(name, arguments) of what the service says that there is."""
    text, = connection.call(SERVICE, path, 'org.freedesktop.DBus.Introspectable', 'Introspect')
    root = xml.etree.ElementTree.fromstring(text)
    found = root.findall(f"./interface[@name='{INTERFACES}{interface}']/method")
    return [(method.get('name'), empty_arguments(method)) for method in found]


class Sandboxes(Case):
    def setUp(self):
        if WHY_NOT is not None:
            self.skipTest(WHY_NOT)
        self.house = House(self)
        self.host = self.house.connection

    def sandbox(self, app=FOO, **options):
        return Sandbox(self, self.house, app, **options)

    def test_the_sandbox_says_who_it_is(self):
        foo = self.sandbox(FOO).connect()
        path, info = open_session(foo)
        self.assertEqual(info, {'app': FOO, 'verified': True})
        add(foo, path)
        self.assertEqual([task['app'] for task in self.house.tasks_of_all()], [FOO])

    def test_a_sandboxed_caller_cannot_claim(self):
        foo = self.sandbox(FOO).connect()
        bar = self.sandbox(BAR).connect()
        theirs, _ = open_session(bar, 'one')
        add(bar, theirs)
        for app in [BAR, 'host', OURS]:
            path, info = open_session(foo, 'one', **claim(app))
            self.assertEqual(info['app'], FOO)
            self.assertNotEqual(path, theirs)
            listed, = foo.service('ListSessions', GLib.Variant('(a{sv})', (
                {'app-id': GLib.Variant('s', app)},)))
            self.assertEqual(listed, ['one'])
        self.assertEqual(foo.session(path, 'GetTasks', GLib.Variant('(a{sv}as)', ({}, [])))[1], [])

    def test_the_same_application_in_two_sandboxes(self):
        first, second = self.sandbox(FOO).connect(), self.sandbox(FOO).connect()
        path, _ = open_session(first)
        number = add(first, path)
        self.assertEqual(open_session(second)[0], path)
        rows = second.session(path, 'GetTasks', GLib.Variant('(a{sv}as)', ({}, [])))[1]
        self.assertEqual([row['id'] for row in rows], [number])

    def test_no_network(self):
        path, _ = open_session(self.sandbox(FOO).connect())
        foo = self.sandbox(FOO, network=False).connect()
        for call in [lambda: open_session(foo),
                     lambda: foo.service('ListSessions', GLib.Variant('(a{sv})', ({},))),
                     lambda: foo.manager('GetStatus', GLib.Variant('(a{sv})', ({},))),
                     lambda: add(foo, path)]:
            self.assertEqual(error_of(call), 'NotAllowed')
        self.assertEqual(self.house.tasks_of_all(), [])

    def test_who_does_not_say_who_it_is(self):
        for what, options in {'a proxy outside': {'wrapped': False},
                              'no file': {'info': None},
                              'nothing in it': {'info': '\n'},
                              'no application': {'info': '[Context]\nshared=network;\n'},
                              'not an id': {'info': info_of(self.house, 'host')}}.items():
            with self.subTest(what):
                caller = self.sandbox(**options).connect()
                self.assertEqual(error_of(lambda: open_session(caller)), 'NotAllowed')

    def test_sandboxes_of_other_kinds(self):
        self.house.keel('status')
        for what, options in {'users': ['--unshare-user', '--dev-bind', '/', '/'],
                              'processes': ['--unshare-pid', '--dev-bind', '/', '/'],
                              'a root of its own': whole_root()}.items():
            with self.subTest(what):
                answer = subprocess.run(['bwrap', *options, sys.executable, '-c', ASK,
                                         *ASK_ARGUMENTS], env=self.house.environment, text=True,
                                        capture_output=True, timeout=60, check=False)
                self.assertIn(ERRORS + 'NotAllowed', answer.stdout, answer.stderr)

    def test_a_real_program_inside(self):
        server = Server(self)
        foo = self.sandbox(FOO)
        url = server.url('drip', 'a', size=2000, piece=1000)
        number = int(foo.run([program('KEEL'), 'add', url]).stdout)
        task = self.house.wait_task(number, 'finished')
        self.assertEqual(task['app'], FOO)
        for verb in ['status', 'list', 'quit']:
            inside = foo.run([program('KEEL'), verb])
            self.assertNotEqual(inside.returncode, 0, inside.stdout)
            self.assertIn('Keelboat', inside.stderr)

    def test_another_user(self):
        if os.getuid() != 0:
            self.skipTest('only root can be somebody else')
        self.house.bus.let_in_everybody()
        os.chmod(self.house.root, 0o711)
        self.house.keel('status')
        answer = subprocess.run(['/usr/bin/python3', '-c', ASK, *ASK_ARGUMENTS], user=65534,
                                group=65534, env=self.house.environment, text=True, cwd='/',
                                capture_output=True, timeout=60, check=False)
        self.assertIn(ERRORS + 'NotAllowed', answer.stdout, answer.stderr)

    def test_calls_that_come_before_it_is_known(self):
        """They are answered, and in their order."""
        opener = self.sandbox(FOO)
        path, _ = open_session(opener.connect())
        for connection in [opener.connect(), self.house.bus.connect()]:
            ids = []
            for number in range(40):
                task = {'uri': GLib.Variant('s', f'http://127.0.0.1:9/{number}'),
                        'start': GLib.Variant('b', False)}
                connection.bus.call(SERVICE, path, INTERFACES + 'Session', 'AddTasks',
                                    GLib.Variant('(aa{sv}a{sv})', ([task], {})), None,
                                    Gio.DBusCallFlags.NONE, 60000, None,
                                    lambda bus, result: ids.append(
                                        bus.call_finish(result).unpack()[0][0]))
            context = GLib.MainContext.default()
            wait_until('all are answered', lambda: context.iteration(False) and False or
                       len(ids) == 40, interval=0.001)
            rows = [self.host.session(path, 'GetTasks', GLib.Variant('(a{sv}as)', (
                {'ids': GLib.Variant('at', [number])}, ['uri'])))[1][0]['uri']
                for number in sorted(ids)]
            self.assertEqual(rows, [f'http://127.0.0.1:9/{number}' for number in range(40)])


class Isolation(Case):
    """Foo has something; Bar tries all that there is."""

    def setUp(self):
        if WHY_NOT is not None:
            self.skipTest(WHY_NOT)
        self.house = House(self)
        self.host = self.house.connection
        self.foo = Sandbox(self, self.house, FOO).connect()
        self.sandbox = Sandbox(self, self.house, BAR)
        self.bar = self.sandbox.connect()
        self.path, _ = open_session(self.foo, 'mine')
        self.number = add(self.foo, self.path)

    def test_a_foreign_session_is_one_that_never_was(self):
        calls = [(INTERFACES + 'Session', *method)
                 for method in methods_of(self.bar, self.path, 'Session')]
        self.assertGreaterEqual(len(calls), 6)
        properties = 'org.freedesktop.DBus.Properties'
        session = INTERFACES + 'Session'
        calls += [(properties, 'Get', GLib.Variant('(ss)', (session, 'Version'))),
                  (properties, 'Get', GLib.Variant('(ss)', (session, 'Nothing'))),
                  (properties, 'GetAll', GLib.Variant('(s)', (session,))),
                  (properties, 'GetAll', GLib.Variant('(s)', ('org.example.Nothing',))),
                  (properties, 'Set', GLib.Variant('(ssv)', (session, 'Version',
                                                             GLib.Variant('u', 2)))),
                  (session, 'Nothing', None),
                  ('org.example.Nothing', 'Nothing', None),
                  ('org.freedesktop.DBus.Peer', 'Ping', None),
                  ('org.freedesktop.DBus.Introspectable', 'Introspect', None)]
        for interface, method, arguments in calls:
            with self.subTest(method):
                answers = [message_of(lambda: self.bar.call(SERVICE, path, interface, method,
                                                            arguments))
                           for path in [self.path, NOBODY]]
                self.assertEqual(*[str(answer).replace(path, 'PATH') for answer, path in
                                   zip(answers, [self.path, NOBODY])])
                if interface == session and method != 'Nothing':
                    self.assertIn('NoSuchSession', answers[0])
        self.assertEqual(self.foo.call(SERVICE, self.path, properties, 'Get', GLib.Variant(
            '(ss)', (session, 'Version'))), (1,))
        self.assertEqual(self.foo.call(SERVICE, self.path, properties, 'GetAll', GLib.Variant(
            '(s)', (session,))), ({'Version': 1},))
        self.assertEqual(self.house.task(self.number)['state'], 'paused')

    def test_paths_of_others_are_listed_nowhere(self):
        for path in ['/', PATH, PATH + '/session', PATH + '/session/x']:
            text, = self.bar.call(SERVICE, path, 'org.freedesktop.DBus.Introspectable',
                                  'Introspect')
            self.assertNotIn(self.path.rpartition('/')[2], text)

    def test_tasks_of_others(self):
        own, _ = open_session(self.bar, 'mine')
        ids = GLib.Variant('at', [self.number])
        for call in [lambda: self.bar.session(own, 'GetTasks', GLib.Variant(
                         '(a{sv}as)', ({'ids': ids}, []))),
                     lambda: self.bar.session(own, 'Control', GLib.Variant(
                         '(sata{sv})', ('remove', [self.number], {}))),
                     lambda: self.bar.session(own, 'Update', GLib.Variant(
                         '(ta{sv}a{sv})', (self.number, {'title': GLib.Variant('s', 'x')}, {})))]:
            self.assertEqual(error_of(call), 'NoSuchTask')
        self.bar.session(own, 'Control', GLib.Variant('(sata{sv})', (
            'remove', [], {'all': GLib.Variant('b', True)})))
        self.assertEqual(self.house.task(self.number)['state'], 'paused')

    def test_managing(self):
        methods = methods_of(self.bar, PATH, 'Manager')
        self.assertGreaterEqual(len(methods), 9)
        for name, arguments in methods:
            with self.subTest(name):
                self.assertEqual(error_of(lambda: self.bar.manager(name, arguments)), 'NotAllowed')
        pid = self.house.service_pid()
        self.host.manager('GetStatus', GLib.Variant('(a{sv})', ({},)))
        ours = Sandbox(self, self.house, OURS).connect()
        status, = ours.manager('GetStatus', GLib.Variant('(a{sv})', ({},)))
        self.assertEqual(status['pid'], pid)

    def test_eavesdropping(self):
        server = Server(self)
        rules = ["type='signal'", f"type='signal',sender='{SERVICE}'",
                 f"type='signal',path_namespace='{PATH}'", f"type='signal',path='{self.path}'",
                 f"type='signal',interface='{INTERFACES}Session'"]
        listener = Listener(self.sandbox.address, rules)
        self.addCleanup(listener.end)
        for kind in ['signal', 'method_call', 'method_return']:
            self.assertEqual(error_of(lambda: listener.connection.ask_bus('AddMatch', GLib.Variant(
                '(s)', (f"eavesdrop='true',type='{kind}'",)))),
                'org.freedesktop.DBus.Error.AccessDenied')
        self.assertIn('AccessDenied', message_of(lambda: listener.connection.call(
            'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus.Monitoring',
            'BecomeMonitor', GLib.Variant('(asu)', ([], 0)))))
        own, _ = open_session(listener.connection)
        watch = GLib.Variant('(ua{sv})', (100, {}))
        listener.connection.session(own, 'Watch', watch)
        self.assertEqual(error_of(lambda: listener.connection.session(self.path, 'Watch', watch)),
                         'NoSuchSession')
        witness = Listener(self.house.bus.address, [])
        self.addCleanup(witness.end)
        witness.connection.session(self.path, 'Watch', watch)
        number = add(self.foo, self.path, server.url('drip', 'd', size=10**6, piece=100),
                     start=GLib.Variant('b', True))
        # It ends only when it was seen.
        wait_until('a watcher has seen it', lambda: witness.members('TasksChanged') and
                   witness.members('Progress'))
        self.house.keel('cancel', number)
        self.assertEqual([signal for signal in listener.signals
                          if signal[0].startswith(INTERFACES)], [])


class Host(Case):
    def setUp(self):
        self.house = House(self)

    def test_programs_of_the_host_say_who_they_are(self):
        host = self.house.connection
        self.assertEqual(open_session(host, **claim(FOO))[1], {'app': FOO, 'verified': False})
        self.assertNotEqual(open_session(host, **claim(FOO))[0], open_session(host)[0])
        for app in ['', '..', '.hidden', 'a/b', 'a b', 'ä', 'x' * 256]:
            self.assertEqual(error_of(lambda: open_session(host, **claim(app))), 'InvalidArgument')

    def test_no_session(self):
        self.assertEqual(error_of(lambda: add(self.house.connection, NOBODY)), 'NoSuchSession')


class Tokens(Case):
    """The service is in a sandbox itself and sees no processes."""

    def setUp(self):
        self.house = House(self, service_arguments='--token-mode')
        self.host = self.house.connection
        self.file = os.path.join(self.house.home, '.local/share/keelboat/token')

    def open(self, token, app=FOO, identifier='x'):
        return open_session(self.host, identifier, token=GLib.Variant('ay', token), **claim(app))

    def test_without_a_token(self):
        for token in [b'', b'short', bytes(31), bytes(33)]:
            self.assertEqual(error_of(lambda: self.open(token)), 'NotAllowed')
        self.open(bytes(32))
        self.open(b'')  # the connection has shown one
        self.host = self.house.bus.connect()
        self.assertEqual(error_of(lambda: open_session(self.host)), 'NotAllowed')
        self.assertEqual(error_of(lambda: open_session(
            self.host, token=GLib.Variant('s', 'x' * 32))), 'NotAllowed')

    def test_the_same_claim_with_another_token(self):
        first, second = os.urandom(32), os.urandom(32)
        path, info = self.open(first)
        self.assertEqual(info, {'app': FOO, 'verified': False})
        add(self.host, path)
        others, info = self.open(second)
        self.assertNotEqual(others, path)
        self.assertNotEqual(info['app'], FOO)
        self.open(second, identifier='y')
        for _ in range(2):
            self.assertEqual(self.open(first)[0], path)
            self.assertEqual(self.open(second)[0], others)
            self.house.signal_service(signal.SIGTERM)
        listed = [self.host.service('ListSessions', GLib.Variant('(a{sv})', ({
            'app-id': GLib.Variant('s', FOO), 'token': GLib.Variant('ay', token)},)))[0]
            for token in [first, second]]
        self.assertEqual(listed, [['x'], ['x', 'y']])
        with open(self.house.database, 'rb') as database:
            content = database.read()
        for token in [first, second]:
            self.assertNotIn(token, content)
            self.assertNotIn(token.hex().encode(), content)

    def test_managing_is_for_our_own_programs(self):
        status = GLib.Variant('(a{sv})', ({},))
        self.open(os.urandom(32), OURS)
        self.assertEqual(error_of(lambda: self.host.manager('GetStatus', status)), 'NotAllowed')
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)
        with open(self.file, 'rb') as file:
            token = file.read()
        ours = self.house.bus.connect()
        self.assertEqual(error_of(lambda: ours.manager('GetStatus', status)), 'NotAllowed')
        ours.service('ListSessions', GLib.Variant('(a{sv})', ({
            'token': GLib.Variant('ay', token)},)))
        self.assertIn('pid', ours.manager('GetStatus', status)[0])

    def test_the_real_programs(self):
        self.house.keel('add', '--paused', 'http://127.0.0.1:9/x')
        self.assertEqual([task['state'] for task in self.house.tasks()], ['paused'])


if __name__ == '__main__':
    main()
