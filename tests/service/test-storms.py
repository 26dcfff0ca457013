#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much one program may ask for: what is too much is refused, costs the service no memory, and
others are served meanwhile."""

import os
import signal
import statistics
import subprocess
import time

from gi.repository import Gio, GLib

from keelserver import Server
from keeltest import Case, House, main, wait_until
from keeltest.bus import ERRORS, INTERFACES, PATH, SERVICE
from keeltest.processes import end, start
from keeltest.sandbox import Sandbox, why_not

WHY_NOT = why_not()
FOO = 'org.example.Foo'
MIB = 1024 * 1024
STATUS = GLib.Variant('(a{sv})', ({},))
# Far more than is measured (some MiB), far less than what is sent.
MOST_GROWTH = 48 * MIB
# What is measured is a few ms; this is so that a loaded machine does not fail it. It is that of
# most calls, since such a machine may stop somebody for longer; a service that serves the others
# last lets most of them wait.
MOST_DELAY = 3
# What a visitor gets back (src/service/keel-door.c).
CALLS_PER_SECOND = 50
# Watches everything and never reads again.
DEAF = '''
import sys, time
from gi.repository import Gio, GLib
bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
bus.call_sync(*sys.argv[1:4], 'Watch', GLib.Variant('(ua{sv})', (100, {})), None,
              Gio.DBusCallFlags.NONE, 20000, None)
print('watching', flush=True)
time.sleep(600)
'''


def is_limit(error):
    return ERRORS + 'LimitsExceeded' in error.message


def task(url='http://127.0.0.1:9/x', **keys):
    return {'uri': GLib.Variant('s', url), 'start': GLib.Variant('b', False), **keys}


def add(connection, path, tasks):
    return connection.session(path, 'AddTasks', GLib.Variant('(aa{sv}a{sv})', (tasks, {})))[0]


class Many:
    """Calls that do not wait for each other."""

    def __init__(self, connection):
        self.connection = connection
        self.sent = 0
        self.answers = []
        self.refusals = []

    def _answered(self, bus, result):
        try:
            self.answers.append(bus.call_finish(result).unpack())
        except GLib.Error as error:
            self.refusals.append(error)

    def call(self, path, interface, method, arguments):
        self.sent += 1
        self.connection.bus.call(SERVICE, path, INTERFACES + interface, method, arguments, None,
                                 Gio.DBusCallFlags.NONE, 120000, None, self._answered)

    @property
    def open(self):
        return self.sent - len(self.answers) - len(self.refusals)

    def wait(self, seconds=60):
        wait_until('all calls are answered', lambda: self.turn() or self.open == 0, seconds,
                   interval=0.001)

    @staticmethod
    def turn():
        while GLib.MainContext.default().iteration(False):
            pass


class Limits(Case):
    def setUp(self):
        if WHY_NOT is not None:
            self.skipTest(WHY_NOT)
        self.house = House(self)
        self.host = self.house.connection
        self.sandbox = Sandbox(self, self.house, FOO)

    def open(self, connection=None, identifier='x'):
        connection = connection or self.sandbox.connect()
        path, _ = connection.service('OpenSession', GLib.Variant('(sa{sv}a{sv})', (
            identifier, {}, {})))
        return connection, path

    def memory(self):
        with open(f'/proc/{self.house.service_pid()}/status', encoding='ascii') as status:
            return next(int(line.split()[1]) for line in status if line.startswith('VmRSS')) * 1024

    def delay(self):
        began = time.monotonic()
        self.host.manager('GetStatus', STATUS)
        return time.monotonic() - began

    def assert_bounded(self, growth):
        # Sanitizers keep what is freed.
        if 'KEEL_TEST_SANITIZED' not in os.environ:
            self.assertLess(growth, MOST_GROWTH)

    def assert_limit(self, call):
        with self.assertRaises(GLib.Error) as caught:
            call()
        self.assertTrue(is_limit(caught.exception), caught.exception.message)


class Storms(Limits):
    def test_a_storm_of_calls(self):
        foo, path = self.open()
        self.delay()
        before = self.memory()
        storm = Many(foo)
        delays = []
        while storm.sent < 6000:
            for _ in range(200):
                storm.call(path, 'Session', 'GetTasks', GLib.Variant('(a{sv}as)', ({}, [])))
            storm.turn()
            delays.append(self.delay())
        storm.wait()
        ended = time.monotonic()
        growth = self.memory() - before
        print(f'# 6,000 calls: {len(storm.answers)} served, others after at most '
              f'{max(delays) * 1000:.1f} ms, {growth / MIB:.1f} MiB', flush=True)
        self.assertTrue(all(is_limit(error) for error in storm.refusals))
        self.assertGreaterEqual(len(storm.answers), 450)
        self.assertGreaterEqual(len(storm.refusals), 2000)
        self.assertLess(statistics.median(delays), MOST_DELAY)
        self.assert_bounded(growth)
        # Another name of the same application has no calls of its own; the host has.
        again = Many(self.sandbox.connect())
        for _ in range(300):
            again.call(PATH, 'Service', 'ListSessions', STATUS)
        again.wait()
        more = Many(self.sandbox.connect())
        more.call(PATH, 'Service', 'ListSessions', STATUS)
        more.wait()
        rest = Many(more.connection)
        for _ in range(300):
            rest.call(PATH, 'Service', 'ListSessions', STATUS)
        rest.wait()
        self.assertLess(len(rest.answers),
                        100 + CALLS_PER_SECOND * (time.monotonic() - ended))
        self.house.keel('status')

    def test_looking_at_many_links(self):
        """On a server that never answers: 64 are asked for, the rest is refused at once, and who
        downloads from there is not held up by it."""
        server = Server(self)
        foo, path = self.open()
        before = self.memory()
        storm = Many(foo)
        for number in range(400):
            link = server.url('silent', f'{number}.bin')
            storm.call(path, 'Session', 'Probe', GLib.Variant('(sa{sv})', (link, {})))
        wait_until('the others are refused', lambda: storm.turn() or len(storm.refusals) == 336)
        self.assertTrue(all(is_limit(error) for error in storm.refusals))
        self.assertLess(statistics.median(self.delay() for _ in range(5)), MOST_DELAY)
        number = self.house.add(server.url('good', 'boat.bin', size=5000))
        self.house.wait_task(number, 'finished')
        self.assertEqual((storm.answers, storm.open), ([], 64))
        growth = self.memory() - before
        print(f'# 400 links at once: {growth / MIB:.1f} MiB', flush=True)
        self.assert_bounded(growth)
        # The service does not wait for what nobody wants to know any more.
        self.house.signal_service(signal.SIGTERM)
        storm.wait()
        self.assertEqual(storm.answers, [])

    def test_a_caller_that_waits_is_served_again(self):
        foo, path = self.open()
        storm = Many(foo)
        for _ in range(700):
            storm.call(path, 'Session', 'GetTasks', GLib.Variant('(a{sv}as)', ({}, [])))
        storm.wait()
        self.assertTrue(storm.refusals)

        def try_again():
            storm.call(path, 'Session', 'GetTasks', GLib.Variant('(a{sv}as)', ({}, [])))
            before = len(storm.answers)
            storm.wait()
            return len(storm.answers) > before
        wait_until('there is a call to spend', try_again, interval=0.05)

    def test_large_messages(self):
        foo, path = self.open()
        self.delay()
        before = self.memory()
        for connection in [foo, self.host]:
            add(connection, path, [task(title=GLib.Variant('s', 'x' * (MIB - 4096)))])
            for size in [MIB, 4 * MIB, 24 * MIB]:
                self.assert_limit(lambda: add(connection, path, [
                    task(title=GLib.Variant('s', 'x' * size))]))
            self.assert_limit(lambda: connection.session(path, 'Control', GLib.Variant(
                '(sata{sv})', ('pause', [1] * (MIB // 4), {}))))
        growth = self.memory() - before
        # What GDBus reads into keeps the size of the largest message.
        print(f'# after messages of up to 24 MiB: {growth / MIB:.1f} MiB', flush=True)
        self.assert_bounded(growth)

    def test_much_at_once(self):
        """Each message may be, but not all of them at the same time."""
        foo, path = self.open()
        number, = add(foo, path, [task()])
        before = self.memory()
        many = Many(foo)
        for turn in range(100):
            many.call(path, 'Session', 'Update', GLib.Variant('(ta{sv}a{sv})', (
                number, {'title': GLib.Variant('s', str(turn) + 'x' * (MIB - 4096))}, {})))
        delays = [self.delay() for _ in range(20)]
        many.wait()
        growth = self.memory() - before
        self.assertTrue(all(is_limit(error) and 'at once' in error.message
                            for error in many.refusals))
        # How many come at the same time is a matter of who is faster.
        self.assertGreater(len(many.refusals), 0)
        print(f'# 100 MiB at once: {sum(is_limit(error) for error in many.refusals)} of 100 '
              f'refused, others after at most {max(delays) * 1000:.1f} ms, {growth / MIB:.1f} MiB',
              flush=True)
        self.assertLess(statistics.median(delays), MOST_DELAY)
        self.assert_bounded(growth)

    def test_many_descriptors(self):
        foo, path = self.open()
        self.delay()

        def descriptors():
            return len(os.listdir(f'/proc/{self.house.service_pid()}/fd'))

        def call_with(count):
            fds = Gio.UnixFDList.new_from_array([os.open('/dev/null', os.O_RDONLY)
                                                 for _ in range(count)])
            foo.bus.call_with_unix_fd_list_sync(
                SERVICE, path, INTERFACES + 'Session', 'GetTasks',
                GLib.Variant('(a{sv}as)', ({}, [])), None, Gio.DBusCallFlags.NONE, 30000, fds, None)

        before = descriptors()
        call_with(64)
        for count in [65, 250]:
            self.assert_limit(lambda: call_with(count))
        for _ in range(40):
            call_with(20)
        wait_until('all are closed', lambda: descriptors() <= before)

    def test_a_subscriber_that_never_reads(self):
        session = self.host.open_session('x')
        deaf = start(['/usr/bin/python3', '-c', DEAF, SERVICE, PATH, INTERFACES + 'Manager'],
                     env=self.house.environment, stdout=subprocess.PIPE)
        self.addCleanup(end, deaf)
        self.assertEqual(deaf.stdout.readline(), b'watching\n')
        os.kill(deaf.pid, signal.SIGSTOP)
        before = self.memory()
        delays = []
        for turn in range(8):
            ids = add(self.host, session, [task(title=GLib.Variant('s', 'x' * 100))] * 400)
            delays.append(self.delay())
            self.host.session(session, 'Control', GLib.Variant('(sata{sv})', ('remove', ids, {})))
            delays.append(self.delay())
        growth = self.memory() - before
        print(f'# 6,400 changes not read: others after at most {max(delays) * 1000:.1f} ms, '
              f'{growth / MIB:.1f} MiB', flush=True)
        os.kill(deaf.pid, signal.SIGCONT)
        self.assertLess(statistics.median(delays), MOST_DELAY)
        self.assert_bounded(growth)


class Quotas(Limits):
    """How many tasks an application may have."""

    def test_live_tasks(self):
        foo, path = self.open()
        ids = add(foo, path, [task()] * 600)
        self.assert_limit(lambda: add(foo, path, [task()] * 401))
        self.assertEqual(len(self.house.tasks_of_all()), 600)
        both = Many(foo)
        for _ in range(2):
            both.call(path, 'Session', 'AddTasks', GLib.Variant('(aa{sv}a{sv})', (
                [task()] * 300, {})))
        both.wait()
        self.assertEqual((len(both.answers), len(both.refusals)), (1, 1))
        add(foo, path, [task()] * 100)
        self.assert_limit(lambda: add(foo, path, [task()]))
        other, others = self.open(Sandbox(self, self.house, 'org.example.Bar').connect())
        add(other, others, [task()])
        host = self.host.open_session('x')
        for _ in range(2):
            add(self.host, host, [task()] * 1000)
        foo.session(path, 'Control', GLib.Variant('(sata{sv})', ('cancel', ids[:2], {})))
        foo.session(path, 'Control', GLib.Variant('(sata{sv})', ('remove', ids[2:3], {})))
        add(foo, path, [task()] * 3)
        self.assert_limit(lambda: add(foo, path, [task()]))
        self.house.signal_service(signal.SIGTERM)
        self.assert_limit(lambda: add(foo, path, [task()]))

    def test_a_program_of_the_host_that_says_who_it_is(self):
        path = self.host.open_session('x', FOO)
        add(self.host, path, [task()] * 1000)
        self.assert_limit(lambda: add(self.host, path, [task()]))

    def test_what_is_kept(self):
        foo, path = self.open()
        large = task(**{'user-data': GLib.Variant('s', 'x' * 1000 * 1000)})
        ids = [add(foo, path, [large])[0] for _ in range(8)]
        self.assert_limit(lambda: add(foo, path, [large]))
        foo.session(path, 'Control', GLib.Variant('(sata{sv})', ('cancel', ids, {})))
        self.assert_limit(lambda: add(foo, path, [large]))
        foo.session(path, 'Control', GLib.Variant('(sata{sv})', ('remove', ids[:1], {})))
        number, = add(foo, path, [task()])
        update = GLib.Variant('(ta{sv}a{sv})', (number, {'title': GLib.Variant('s', 'x' * 900000)},
                                                {}))
        foo.session(path, 'Update', update)
        self.assert_limit(lambda: foo.session(path, 'Update', update))


if __name__ == '__main__':
    main()
