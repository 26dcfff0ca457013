#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one application does on the bus, another does not see."""

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, House, main, wait_until
from keeltest.bus import ERRORS, INTERFACES, PATH, SERVICE, Listener, Monitor

RULES = [f"type='signal',sender='{sender}'{more}"
         for sender in ['io.github.keelboat.Keelboat.Service']
         for more in ['', ",eavesdrop='true'", f",interface='{INTERFACES}Manager'",
                      f",interface='{INTERFACES}Session'",
                      ",interface='org.freedesktop.DBus.Properties'"]]
# Nothing may be sent to everybody: rules without eavesdropping match broadcasts only.
BROADCAST = RULES[:1] + RULES[2:]


def watch(connection, path, interface, **options):
    return connection.call('io.github.keelboat.Keelboat.Service', path, INTERFACES + interface,
                           'Watch', GLib.Variant('(ua{sv})', (100, options)))


class Isolation(Case):
    def setUp(self):
        self.house = House(self)
        self.server = Server(self)

    def listen(self, rules):
        listener = Listener(self.house.bus.address, rules)
        self.addCleanup(listener.end)
        return listener

    def run_something(self):
        number = self.house.add(self.server.url('drip', 'd', size=2000, piece=100))
        return self.house.wait_task(number, 'finished')

    def test_nobody_watches_and_nothing_is_said(self):
        """Not one message of downloads while things move, whoever would listen."""
        service = self.house.connection
        path, _ = service.service('OpenSession', GLib.Variant('(sa{sv}a{sv})', (
            'quiet', {key: GLib.Variant('b', False) for key in ['events', 'notify']}, {})))
        task = {'uri': GLib.Variant('s', self.server.url('drip', 'd', size=4000, piece=100,
                                                         every=20))}
        # A watcher of before, who has gone.
        watcher = self.listen([])
        watch(watcher.connection, PATH, 'Manager')
        watcher.end()
        monitor = Monitor(self.house.bus.address)
        self.addCleanup(monitor.end)
        service.session(path, 'AddTasks', GLib.Variant('(aa{sv}a{sv})', ([task], {})))
        wait_until('it has finished', lambda: service.session(path, 'GetTasks', GLib.Variant(
            '(a{sv}as)', ({}, ['state'])))[1][0]['state'] == 'finished')
        sender = service.owner_of(SERVICE)
        said = [message for message in monitor.messages if message[0] == sender]
        # A reply has no member, and the bus itself is nobody. The desktop is told that there is
        # something, and nothing of it.
        desktop = [(None, 'Update'), ('org.gnome.SessionManager', 'Inhibit'),
                   ('org.freedesktop.PowerManagement', 'Inhibit')]
        self.assertEqual([message for message in said
                          if message[2] is not None and message[1:] not in desktop and
                          message[1] != 'org.freedesktop.DBus'], [])
        self.assertTrue(said)

    def test_signals_go_to_the_watcher_only(self):
        watcher = self.listen([])
        stranger = self.listen(BROADCAST)
        watch(watcher.connection, PATH, 'Manager')
        # It ends only when it was seen.
        number = self.house.add(self.server.url('drip', 'd', size=10**6, piece=100))
        wait_until('the watcher has seen it', lambda: watcher.members('Progress') and
                   watcher.members('TasksChanged'))
        self.house.keel('cancel', number)
        self.assertEqual([signal for signal in stranger.signals
                          if signal[0].startswith(INTERFACES) or 'Properties' in signal[0]], [])

    def test_each_is_told_the_keys_that_it_wants(self):
        whole = self.listen([])
        brief = self.listen([])
        nothing = self.listen([])
        watch(whole.connection, PATH, 'Manager', fields=GLib.Variant('as', []))
        watch(brief.connection, PATH, 'Manager',
              fields=GLib.Variant('as', ['state', 'what', 'uri']))
        watch(nothing.connection, PATH, 'Manager', fields=GLib.Variant('as', ['what']))
        number = self.run_something()['id']

        def told(listener):
            return [row for _, _, changed, _ in listener.members('TasksChanged') for row in changed]
        wait_until('all are told of the end', lambda: told(whole)[-1]['state'] == 'finished' and
                   told(brief)[-1]['state'] == 'finished' and told(nothing))
        self.assertIn('received', told(whole)[-1])
        self.assertIn('directory', told(whole)[-1])
        for row in told(brief):
            self.assertEqual(sorted(row), ['id', 'state', 'uri'])
        for row in told(nothing):
            self.assertEqual(row, {'id': number})

    def test_no_progress_for_who_does_not_watch(self):
        client = self.listen([])
        client.connection.manager('GetStatus', GLib.Variant('(a{sv})', ({},)))
        self.run_something()
        self.assertEqual(client.members('Progress'), [])
        self.assertEqual(client.members('TasksChanged'), [])

    def test_watching_ends_when_asked(self):
        client = self.listen([])
        watch(client.connection, PATH, 'Manager')
        client.connection.manager('Watch', GLib.Variant('(ua{sv})', (0, {})))
        before = len(client.signals)
        self.run_something()
        self.assertEqual([signal for signal in client.signals[before:]
                          if signal[0].startswith(INTERFACES)], [])

    def test_ticks_count_and_stop_without_a_renewal(self):
        client = self.listen([])
        watch(client.connection, PATH, 'Manager')
        self.house.add(self.server.url('drip', 'd', size=10**6))
        wait_until('progress flows', lambda: len(client.members('Progress')) >= 2)
        other = self.listen([])
        watch(other.connection, PATH, 'Manager')
        wait_until('progress flows to the other', lambda: len(other.members('Progress')) >= 2)
        for listener in [client, other]:
            ticks = [tick for tick, _ in listener.members('Progress')]
            self.assertEqual(ticks, list(range(ticks[0], ticks[0] + len(ticks))))

    def error_of(self, call):
        with self.assertRaises(GLib.Error) as caught:
            call()
        message = caught.exception.message
        return message.partition(ERRORS)[2].partition(':')[0] if ERRORS in message else message

    def get(self, connection, session, numbers):
        return connection.session(session, 'GetTasks', GLib.Variant(
            '(a{sv}as)', ({'ids': GLib.Variant('at', numbers)}, [])))

    def test_sessions_of_other_applications(self):
        mine, other = self.house.bus.connect(), self.house.bus.connect()
        session = mine.open_session('one', app='org.example.Mine')
        foreign = other.open_session('one', app='org.example.Other')
        self.assertNotEqual(session, foreign)
        task = {'uri': GLib.Variant('s', 'http://127.0.0.1:9/x'), 'start': GLib.Variant('b', False)}
        number = mine.session(session, 'AddTasks',
                              GLib.Variant('(aa{sv}a{sv})', ([task], {})))[0][0]
        self.assertEqual(len(self.get(mine, session, [number])[1]), 1)
        theirs = self.error_of(lambda: self.get(other, foreign, [number]))
        nobodys = self.error_of(lambda: self.get(other, foreign, [999999]))
        self.assertEqual(theirs, 'NoSuchTask')
        self.assertEqual(theirs, nobodys)
        for verb in ['pause', 'cancel', 'remove']:
            self.assertEqual(self.error_of(lambda: other.session(
                foreign, 'Control', GLib.Variant('(sata{sv})', (verb, [number], {})))),
                'NoSuchTask')
        # Neither does whoever asks again to remove what may be gone find out, or do, anything.
        again = GLib.Variant('(sata{sv})', ('remove', [999999, number],
                                            {'pass-gone': GLib.Variant('b', True)}))
        self.assertEqual(other.session(foreign, 'Control', again)[0], [])
        self.assertEqual(len(self.get(mine, session, [number])[1]), 1)
        self.assertEqual(mine.session(session, 'Control', again)[0], [])
        self.assertEqual(self.error_of(lambda: self.get(mine, session, [number])), 'NoSuchTask')
        listed = other.service('ListSessions', GLib.Variant(
            '(a{sv})', ({'app-id': GLib.Variant('s', 'org.example.Third')},)))[0]
        self.assertEqual(listed, [])

    def test_session_paths_cannot_be_guessed(self):
        connection = self.house.bus.connect()
        paths = [connection.open_session(f'session-{number}') for number in range(3)]
        tails = [path.rpartition('/')[2] for path in paths]
        self.assertEqual(len(set(tails)), 3)
        for tail in tails:
            self.assertGreaterEqual(len(tail), 16, tail)
        node, = connection.call('io.github.keelboat.Keelboat.Service', PATH,
                                'org.freedesktop.DBus.Introspectable', 'Introspect')
        for tail in tails:
            self.assertNotIn(tail, node)

    def test_unknown_keys_are_ignored(self):
        connection = self.house.bus.connect()
        path, _ = connection.service('OpenSession', GLib.Variant('(sa{sv}a{sv})', (
            'x', {'brand-new': GLib.Variant('s', 'thing')}, {'also': GLib.Variant('b', True)})))
        task = {'uri': GLib.Variant('s', 'http://127.0.0.1:9/x'), 'start': GLib.Variant('b', False),
                'from-the-future': GLib.Variant('a{sv}', {})}
        numbers, = connection.session(path, 'AddTasks', GLib.Variant('(aa{sv}a{sv})', ([task], {})))
        self.assertEqual(len(numbers), 1)

    def test_wrong_types_are_refused_not_asserted(self):
        connection = self.house.bus.connect()
        session = connection.open_session('x')
        for key, value in [('uri', GLib.Variant('u', 5)), ('dir', GLib.Variant('s', 'relative')),
                           ('dir', GLib.Variant('ay', b'relative\0')),
                           ('headers', GLib.Variant('s', 'x')), ('start', GLib.Variant('s', 'no')),
                           ('headers', GLib.Variant('a(ss)', [('A', 'b\r\nC: d')])),
                           ('max-rate', GLib.Variant('s', 'fast')),
                           ('max-connections', GLib.Variant('t', 4)),
                           ('max-connections', GLib.Variant('u', 33)),
                           ('mirrors', GLib.Variant('s', 'http://127.0.0.1:9/y')),
                           ('mirrors', GLib.Variant('as', ['ftp://127.0.0.1/y'])),
                           ('mirrors', GLib.Variant('as', ['http://u:p@127.0.0.1/y'])),
                           ('mirrors', GLib.Variant('as', ['http://a/\nhttp://b/'])),
                           ('mirrors', GLib.Variant('as', [f'http://m{i}/' for i in range(17)])),
                           ('priority', GLib.Variant('s', 'highest')),
                           ('checksum', GLib.Variant('s', 'sha-256:12'))]:
            with self.subTest(key=key, value=str(value)):
                task = {'uri': GLib.Variant('s', 'http://127.0.0.1:9/x'),
                        'start': GLib.Variant('b', False), key: value}
                self.error_of(lambda: connection.session(session, 'AddTasks', GLib.Variant(
                    '(aa{sv}a{sv})', ([task], {}))))
        self.assertEqual(self.house.keel('list', '--json', '--all-apps').json, [])


if __name__ == '__main__':
    main()
