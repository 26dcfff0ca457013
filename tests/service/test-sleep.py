#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine that sleeps or is shut down, with a logind that is played."""

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, House, main, wait_until
from keeltest.played import Logind
from keeltest.systembus import SystemBus

SIZE = 4_000_000


class Sleep(Case):
    def setUp(self):
        self.system = SystemBus(self, names=())
        self.house = House(self, environment=self.system.environment,
                           service_arguments='--test-clock')
        self.server = Server(self)

    def play_logind(self):
        self.logind = Logind(self, self.system.address)

    def add(self, name, limit):
        return self.house.add(self.server.url('good', name, size=SIZE), f'--limit={limit}')

    def begin(self, name='a.bin'):
        number = self.add(name, '500k')
        self.house.wait_task(number, lambda task: task['received'] > 100_000)
        return number

    def wait_lock(self, count=1):
        wait_until('the lock', lambda: len(self.logind.locks('delay')) == count)

    def state(self, number):
        return self.house.task(number)['state']

    def reasons(self, number):
        details, = self.house.connection.manager(
            'GetDetails', GLib.Variant('(ta{sv})', (number, {})))
        return [entry['reason'] for _, kind, entry in details['history'] if kind == 'resumed']

    def connections(self):
        """Those to the server that are open at the service's end."""
        port = f':{self.server.port:04X}'
        with open(f'/proc/{self.house.service_pid()}/net/tcp', encoding='ascii') as table:
            rows = [line.split() for line in table]
        return [row for row in rows if row[2].endswith(port) and row[3] == '01']

    def finish(self, *numbers):
        for number in numbers:
            self.house.keel('set', str(number), '--limit=off')
            self.house.wait_task(number, 'finished')

    def test_lock_only_while_bytes_flow(self):
        self.play_logind()
        number = self.begin()
        self.wait_lock()
        what, why = self.logind.locks('delay')[0]
        self.assertEqual(what, 'sleep:shutdown')
        self.assertTrue(why)
        self.house.keel('pause', str(number))
        self.wait_lock(0)
        self.house.keel('resume', str(number))
        self.wait_lock()
        self.finish(number)
        self.wait_lock(0)

    def test_sleep_and_wake(self):
        self.play_logind()
        number = self.begin()
        self.wait_lock()
        self.logind.prepare(True)
        self.wait_lock(0)
        # All is on disk, and nothing moves, when the lock has gone.
        task = self.house.task(number)
        self.assertEqual(task['state'], 'queued')
        self.assertGreater(task['durable'], 0)
        self.assertEqual(task['durable'], task['received'])
        wait_until('all is hung up', lambda: not self.connections())
        later = self.house.add(self.server.url('good', 'b.bin', size=SIZE))
        self.assertEqual(self.state(later), 'queued')
        self.logind.prepare(False)
        self.house.wait_task(number, lambda now: now['received'] > task['received'])
        wait_until('it is remembered', lambda: self.reasons(number) == ['sleep'])
        self.wait_lock()
        self.finish(number, later)
        self.assertGreaterEqual(self.house.task(number)['resumed_bytes'], task['durable'])

    def test_nobody_says_that_it_is_awake(self):
        self.play_logind()
        number = self.begin()
        self.wait_lock()
        self.logind.prepare(True)
        self.wait_lock(0)
        self.house.suspend(3600)
        self.house.wait_task(number, 'running')
        self.finish(number)
        wait_until('it is remembered', lambda: self.reasons(number) == ['sleep'])

    def test_logind_dies_in_between(self):
        self.play_logind()
        number = self.begin()
        self.wait_lock()
        self.logind.prepare(True)
        self.wait_lock(0)
        self.assertEqual(self.state(number), 'queued')
        self.logind.die()
        self.house.wait_task(number, 'running')
        self.logind.come_back()
        self.wait_lock()
        self.finish(number)

    def test_shutdown(self):
        self.play_logind()
        number = self.begin()
        self.wait_lock()
        self.logind.prepare(True, 'PrepareForShutdown')
        self.wait_lock(0)
        task = self.house.task(number)
        self.assertEqual((task['state'], task['durable']), ('queued', task['received']))
        # Somebody has thought better of it.
        self.logind.prepare(False, 'PrepareForShutdown')
        self.house.wait_task(number, 'running')
        self.finish(number)

    def test_logind_hangs(self):
        self.play_logind()
        self.logind.hangs = True
        number = self.begin()
        wait_until('it is asked', lambda: self.logind.named('Inhibit'))
        # Without a lock, as well as it goes.
        self.logind.prepare(True)
        self.house.wait_task(number, 'queued')
        self.logind.prepare(False)
        self.house.wait_task(number, 'running')
        self.finish(number)
        self.logind.answer_late()
        wait_until('what came late is given back', lambda: not self.logind.locks('delay'))

    def test_logind_refuses(self):
        self.play_logind()
        self.logind.refuses = True
        number = self.begin()
        wait_until('it is asked', lambda: [call for call in self.logind.named('Inhibit')
                                           if call[3] == 'delay'])
        self.finish(number)
        delays = [what for what, *_, mode in self.logind.named('Inhibit') if mode == 'delay']
        self.assertEqual(delays, ['sleep:shutdown'])

    def test_no_logind(self):
        number = self.begin()
        self.house.suspend(3600)
        wait_until('it goes on', lambda: self.reasons(number) == ['sleep'])
        self.finish(number)

    def test_sixteen_at_once(self):
        self.play_logind()
        self.house.keel('limit', '--active=16', '--per-host=16')
        # The first one has to last until all of them have begun.
        numbers = [self.add(f'{i}.bin', '120k') for i in range(16)]
        for number in numbers:
            self.house.wait_task(number, lambda task: task['received'] > 100_000)
        self.wait_lock()
        self.logind.prepare(True)
        self.wait_lock(0)
        tasks = [self.house.task(number) for number in numbers]
        self.assertEqual({task['state'] for task in tasks}, {'queued'})
        self.assertEqual([task['durable'] for task in tasks],
                         [task['received'] for task in tasks])
        self.logind.prepare(False)
        self.finish(*numbers)


if __name__ == '__main__':
    main()
