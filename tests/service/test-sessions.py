#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session says of its transfers, over the bus; networks that cost money, and batteries."""

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, House, main, wait_until
from keeltest.bus import ERRORS, PATH, SERVICE
from keeltest.systembus import UPOWER, SystemBus

HOUR = 3600


class Session:
    """One session of an application that speaks D-Bus itself."""

    def __init__(self, house, identifier, config=None, app='org.example.App'):
        self.connection = house.connection
        self.house = house
        self.path, self.info = self.connection.service('OpenSession', GLib.Variant(
            '(sa{sv}a{sv})', (identifier, config or {}, {'app-id': GLib.Variant('s', app)})))

    def call(self, method, types, *arguments):
        return self.connection.session(self.path, method, GLib.Variant(types, arguments))

    def configure(self, **config):
        self.call('Configure', '(a{sv}a{sv})',
                  {key.replace('_', '-'): value for key, value in config.items()}, {})

    def add(self, uri, **keys):
        task = {key.replace('_', '-'): value for key, value in keys.items()}
        task['uri'] = GLib.Variant('s', uri)
        return self.call('AddTasks', '(aa{sv}a{sv})', [task], {})[0][0]

    def update(self, number, **changes):
        self.call('Update', '(ta{sv}a{sv})', number, changes, {})

    def row(self, number):
        _, rows, _ = self.call('GetTasks', '(a{sv}as)',
                               {'ids': GLib.Variant('at', [number])}, [])
        return rows[0]

    def wait(self, number, state, reason=None):
        def look():
            row = self.row(number)
            if row['state'] != state or row.get('wait-reason') != reason:
                raise AssertionError(row)
            return row
        return wait_until(f'task {number}: {state} {reason}', look)


def text(value):
    return GLib.Variant('s', value)


class Conditions(Case):
    """A network that is metered, a machine on battery, as the system says it is."""

    def set_up(self, **options):
        self.system = SystemBus(self, **options)
        self.house = House(self, environment=self.system.environment)
        self.server = Server(self)

    def url(self, name):
        return self.server.url('good', name, size=5000)

    def test_metered(self):
        self.set_up()
        self.system.set_metered(True)
        session = Session(self.house, 'careful', {'network': text('unmetered')})
        waiting = session.add(self.url('a'))
        anyway = session.add(self.url('b'))
        session.wait(waiting, 'waiting', 'metered')
        number = self.house.add(self.url('c'))
        self.house.wait_task(number, 'finished')
        session.wait(anyway, 'waiting', 'metered')
        session.update(anyway, network=text('any'))
        self.assertEqual(session.wait(anyway, 'finished')['network'], 'any')
        self.assertEqual(session.row(waiting)['wait-reason'], 'metered')
        self.system.set_metered(False)
        self.assertNotIn('network', session.wait(waiting, 'finished'))

    def test_a_running_one_stops(self):
        self.set_up()
        session = Session(self.house, 'careful')
        number = session.add(self.server.url('drip', 'd', size=200_000, piece=500),
                             network=text('unmetered'))
        session.wait(number, 'running')
        wait_until('bytes come', lambda: session.row(number)['received'] > 0)
        self.system.set_metered(True)
        session.wait(number, 'waiting', 'metered')
        self.house.keel('cancel', number)

    def test_battery(self):
        self.set_up()
        self.system.set_on_battery(True)
        session = Session(self.house, 'careful', {'power': text('ac')})
        number = session.add(self.url('a'))
        session.wait(number, 'waiting', 'power')
        self.system.set_on_battery(False)
        session.wait(number, 'finished')
        self.system.set_on_battery(True)
        number = session.add(self.url('b'))
        session.wait(number, 'waiting', 'power')
        # Nobody knows of a battery any more.
        self.system.leave(UPOWER)
        session.wait(number, 'finished')

    def test_discretionary(self):
        self.set_up()
        self.system.set_on_battery(True)
        self.system.set_metered(True)
        session = Session(self.house, 'lazy', {'discretionary': GLib.Variant('b', True)})
        number = session.add(self.url('a'))
        session.wait(number, 'waiting', 'metered')
        self.system.set_metered(False)
        session.wait(number, 'waiting', 'power')
        self.system.set_on_battery(False)
        session.wait(number, 'finished')

    def test_nobody_to_ask(self):
        self.set_up(names=())
        session = Session(self.house, 'careful', {'discretionary': GLib.Variant('b', True)})
        session.wait(session.add(self.url('a')), 'finished')

    def test_no_system_bus(self):
        self.house = House(self, environment={'DBUS_SYSTEM_BUS_ADDRESS': 'unix:path=/nonexistent'})
        self.server = Server(self)
        session = Session(self.house, 'careful', {'discretionary': GLib.Variant('b', True)})
        session.wait(session.add(self.url('a')), 'finished')

    def test_command_line(self):
        self.set_up()
        self.system.set_metered(True)
        self.system.set_on_battery(True)
        one = self.house.add(self.url('a'), '--network', 'unmetered')
        two = self.house.add(self.url('b'), '--power', 'ac')
        three = self.house.add(self.url('c'), '--network', 'any', '--power', 'any')
        self.house.wait_task(three, 'finished')
        self.assertEqual(self.house.wait_task(one, 'waiting')['wait_reason'], 'metered')
        self.assertEqual(self.house.wait_task(two, 'waiting')['wait_reason'], 'power')
        self.system.set_metered(False)
        self.system.set_on_battery(False)
        self.house.wait_task(one, 'finished')
        self.house.wait_task(two, 'finished')


class Configuration(Case):
    def setUp(self):
        self.house = House(self, service_arguments='--test-clock')
        self.server = Server(self)

    def refused(self, call):
        with self.assertRaises(GLib.Error) as caught:
            call()
        return caught.exception.message

    def test_what_makes_no_sense_is_refused(self):
        for key, value in [('network', text('wifi')), ('events', text('no')),
                           ('max-parallel', GLib.Variant('i', 1)),
                           ('timeout-resource', GLib.Variant('x', -1)),
                           ('headers', GLib.Variant('a(ss)', [('Host', 'x')]))]:
            with self.subTest(key):
                self.assertIn(ERRORS + 'InvalidArgument',
                              self.refused(lambda: Session(self.house, 'bad', {key: value})))
        self.assertEqual(self.house.connection.service('ListSessions', GLib.Variant(
            '(a{sv})', ({'app-id': text('org.example.App')},))), ([],))
        session = Session(self.house, 'good')
        for key, value in [('network', text('default')), ('timeout', GLib.Variant('x', -1)),
                           ('conflict', text('merge')), ('group', text('g' * 256)),
                           ('power', GLib.Variant('b', True)),
                           ('size-hint', GLib.Variant('t', (1 << 64) - 1))]:
            with self.subTest(key):
                self.assertIn(ERRORS + 'InvalidArgument', self.refused(
                    lambda: session.add(self.server.url('good', 'a'), **{key: value})))

    def test_values_of_another_type_are_refused(self):
        """Whoever says it would wait in vain for what he asked for."""
        session = Session(self.house, 'app')
        number = session.add(self.server.url('good', 'a'), start=GLib.Variant('b', False),
                             max_rate=GLib.Variant('t', 77))
        small = GLib.Variant('u', 9)
        manager = self.house.connection.manager
        for call in [
                lambda: session.call('Update', '(ta{sv}a{sv})', number, {'max-rate': small}, {}),
                lambda: session.call('Update', '(ta{sv}a{sv})', number, {'position': small}, {}),
                lambda: session.call('AddTasks', '(aa{sv}a{sv})', [], {'nonce': small}),
                lambda: session.call('GetTasks', '(a{sv}as)',
                                     {'ids': GLib.Variant('au', [number])}, []),
                lambda: session.call('GetTasks', '(a{sv}as)', {'limit': text('1')}, []),
                lambda: session.call('Watch', '(ua{sv})', 100, {'last-tick': small}),
                lambda: session.call('Listen', '(a{sv})', {'stop': small}),
                lambda: session.call('GetDetails', '(ta{sv})', number, {'history': small}),
                lambda: session.call('Collect', '(ta{sv})', number, {'keep': small}),
                lambda: session.call('Probe', '(sa{sv})', 'http://h/', {'name': small}),
                lambda: session.call('Control', '(sata{sv})', 'pause', [], {'all': small}),
                lambda: session.call('Answer', '(sssa{sv})', 'x', 'me', 'secret', {'save': small}),
                lambda: manager('SetLimits', GLib.Variant(
                    '(a{sv}a{sv})', ({'schedule': text('never')}, {}))),
                lambda: manager('SetAttention', GLib.Variant(
                    '(ba{sv})', (False, {'seen': small}))),
                lambda: self.house.connection.service('OpenSession', GLib.Variant(
                    '(sa{sv}a{sv})', ('x', {}, {'app-id': small})))]:
            self.assertIn(ERRORS + 'InvalidArgument', self.refused(call))
        self.assertEqual(session.row(number)['max-rate'], 77)

    def test_how_many_connections(self):
        session = Session(self.house, 'app')
        for key in ['connections', 'max-connections']:
            number = session.add(self.server.url('good', 'a'), start=GLib.Variant('b', False),
                                 **{key: GLib.Variant('u', 4)})
            self.assertEqual(session.row(number)['max-connections'], 4)
            session.update(number, **{key: GLib.Variant('u', 5)})
            self.assertEqual(session.row(number)['max-connections'], 5)

    def test_folder_in_bytes_that_no_NUL_ends(self):
        session = Session(self.house, 'app')
        folder = self.house.downloads.encode()
        for bytes_ in [folder, folder + b'\0']:
            number = session.add(self.server.url('good', 'a', size=10),
                                 dir=GLib.Variant('ay', bytes_))
            session.wait(number, 'finished')
        self.assertIn(ERRORS + 'InvalidArgument', self.refused(lambda: session.add(
            self.server.url('good', 'a'), dir=GLib.Variant('ay', folder + b'\0x'))))

    def test_percent_sign_in_a_mirror(self):
        session = Session(self.house, 'app')
        number = session.add(self.server.url('good', 'a'), start=GLib.Variant('b', False),
                             mirrors=GLib.Variant('as', ['http://h/100%.zip']))
        self.assertEqual(session.row(number)['mirrors'], ['http://h/100%25.zip'])

    def test_page_of_none(self):
        session = Session(self.house, 'app')
        session.add(self.server.url('good', 'a'), start=GLib.Variant('b', False))
        _, rows, more = session.call('GetTasks', '(a{sv}as)', {'limit': GLib.Variant('u', 0)}, [])
        # Else who asks until there is no more would ask for ever.
        self.assertEqual((rows, more), ([], {'more': False}))

    def test_long_links(self):
        session = Session(self.house, 'app')
        start = {'start': GLib.Variant('b', False)}
        link = 'http://h/'
        number = session.add(link.ljust(8192, 'x'), **start)
        for call in [lambda: session.add(link.ljust(8193, 'x'), **start),
                     lambda: session.update(number, uri=text(link.ljust(8193, 'x')))]:
            message = self.refused(call)
            self.assertIn(ERRORS + 'LimitsExceeded', message)
            self.assertLess(len(message), 200)

    def test_task_keys(self):
        session = Session(self.house, 'app')
        number = session.add(self.server.url('good', 'a'), start=GLib.Variant('b', False),
                             group=text('episodes'), network=text('unmetered'),
                             power=text('ac'), timeout=GLib.Variant('x', 60),
                             conflict=text('fail'), size_hint=GLib.Variant('t', 5000))
        wanted = {'group': 'episodes', 'network': 'unmetered', 'power': 'ac', 'timeout': 60,
                  'conflict': 'fail', 'size-hint': 5000}
        row = session.row(number)
        self.assertEqual({key: row.get(key) for key in wanted}, wanted)
        session.update(number, group=text('films'), network=text('any'), power=text('any'),
                       timeout=GLib.Variant('x', 0), conflict=text('replace'))
        self.house.keel('quit')
        self.house.wait_service_gone()
        row = session.row(number)
        wanted = {'group': 'films', 'network': 'any', 'power': 'any', 'timeout': 0,
                  'conflict': 'replace', 'size-hint': 5000}
        self.assertEqual({key: row.get(key) for key in wanted}, wanted)
        session.update(number, group=text(''), conflict=text('rename'))
        row = session.row(number)
        self.assertNotIn('group', row)
        self.assertNotIn('conflict', row)
        plain = session.row(session.add(self.server.url('good', 'b')))
        self.assertEqual([key for key in wanted if key in plain], [])

    def test_said_once_is_kept(self):
        session = Session(self.house, 'app', {
            'headers': GLib.Variant('a(ss)', [('X-Key', 'first')]), 'user-agent': text('Foo/1'),
            'timeout-resource': GLib.Variant('x', HOUR)})
        self.house.keel('quit')
        self.house.wait_service_gone()
        session.configure(user_agent=text('Foo/2'))
        Session(self.house, 'app')
        session.wait(session.add(self.server.url('good', 'a')), 'finished')
        headers = {name.lower(): value
                   for name, value in self.server.requests('a')[0].headers}
        self.assertEqual((headers['x-key'], headers['user-agent']), ('first', 'Foo/2'))
        number = session.add(self.server.url('drip', 'd', size=1_000_000))
        session.wait(number, 'running')
        self.house.advance(HOUR - 60)
        self.assertEqual(session.row(number)['state'], 'running')
        self.house.advance(60)
        row = session.wait(number, 'failed')
        self.assertEqual((row['error-code'], row['error-retryable']), ('timeout', True))

    def test_patience_of_people(self):
        """What somebody asked for by hand waits for as long as he does."""
        number = self.house.add(self.server.url('good', 'a'), '--not-before', '+200h')
        self.house.wait_task(number, 'waiting')
        self.house.advance(199 * HOUR)
        self.assertEqual(self.house.task(number)['state'], 'waiting')
        self.house.advance(HOUR)
        self.house.wait_task(number, 'finished')

    def test_versions(self):
        session = Session(self.house, 'app')
        for path, interface in [(PATH, 'Service'), (PATH, 'Manager'), (session.path, 'Session')]:
            with self.subTest(interface):
                version, = self.house.connection.call(
                    SERVICE, path, 'org.freedesktop.DBus.Properties', 'Get',
                    GLib.Variant('(ss)', ('io.github.keelboat.Transfers1.' + interface,
                                          'Version')))
                self.assertEqual(version, 1)


if __name__ == '__main__':
    main()
