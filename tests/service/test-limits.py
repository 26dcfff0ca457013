#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of rate and number hold. Factors are loose: this is about right or wrong, not speed."""

import time

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, House, Nginx, contents_of, main, wait_until

MOST_MEASUREMENTS = 5


class Rate(Case):
    def setUp(self):
        self.house = House(self)
        self.nginx = Nginx(self)

    def check_rate(self, begin, size, rate):
        """The whole takes at least as long as the rate says, less a burst of one second."""
        began = time.monotonic()
        tasks = begin()
        seconds = time.monotonic() - began
        for task in tasks:
            self.assertEqual(task['state'], 'finished')
            self.assertTrue(contents_of(task['file']) == contents_of(self.nginx.file('a')))
        self.assertGreater(seconds, size / rate - 1)

    def test_of_a_task(self):
        self.nginx.make('a', 6_000_000)
        self.check_rate(lambda: self.house.keel('add', '--wait', '--json', '--limit', '2M',
                                                self.nginx.url('a')).objects,
                        6_000_000, 2 << 20)

    def test_of_all(self):
        self.nginx.make('a', 3_000_000)
        self.house.keel('limit', '2M')
        self.check_rate(lambda: self.house.keel('add', '--wait', '--json', self.nginx.url('a'),
                                                self.nginx.url('a')).objects,
                        6_000_000, 2 << 20)

    def measure(self, numbers, seconds=4):
        """Bytes a second of each, from a second after all of them have begun."""
        for number in numbers:
            self.house.wait_task(number, lambda task: task['received'] > 0)
        time.sleep(1)

        def look():
            now = time.monotonic()
            return now, {task['id']: task['received'] for task in self.house.tasks()}
        began, before = look()
        time.sleep(seconds)
        ended, after = look()
        return [(after[number] - before[number]) / (ended - began) for number in numbers]

    def check_rates(self, numbers, are_right):
        """A machine that stops somebody for seconds spoils a measurement, and not five of them. A
        limit that does not hold, or is not shared, spoils all."""
        for _ in range(MOST_MEASUREMENTS):
            rates = self.measure(numbers)
            if are_right(rates):
                return
        self.fail(f'{rates} bytes a second')

    def is_near(self, rate, wanted):
        """Not faster; but a machine that is busy with something else may make it slower."""
        return 0.6 * wanted < rate < 1.15 * wanted

    def test_it_is_the_rate_that_was_said(self):
        self.nginx.make('a', 200_000_000)
        self.house.keel('limit', '3M')
        number = self.house.add(self.nginx.url('a'))
        self.check_rates([number], lambda rates: self.is_near(rates[0], 3e6))
        self.house.keel('limit', '1M')
        self.check_rates([number], lambda rates: self.is_near(rates[0], 1e6))
        self.house.wait_task(number, lambda task: 0 < task['rate'] < 1.3e6)

    def test_of_all_is_shared_alike(self):
        self.nginx.make('a', 200_000_000)
        self.house.keel('limit', '2M')
        # Also with one that has many connections.
        numbers = [self.house.add(self.nginx.url('a'), '--connections', connections)
                   for connections in ['8', '1', '1', '2']]
        self.check_rates(numbers, lambda rates: self.is_near(sum(rates), 2e6) and all(
            abs(rate - sum(rates) / 4) < sum(rates) / 20 for rate in rates))
        self.house.wait_task(numbers[0], lambda task: task['connections'] > 1)

    def test_of_a_server(self):
        other = Nginx(self)
        self.nginx.make('a', 200_000_000)
        other.make('a', 200_000_000)
        self.house.keel('limit', '--host-rate', '1M')
        numbers = [self.house.add(url) for url in
                   [self.nginx.url('a'), self.nginx.url('a'), other.url('a')]]
        self.check_rates(numbers, lambda rates: all(
            self.is_near(rate, wanted) for rate, wanted in zip(rates, [5e5, 5e5, 1e6])))
        self.house.keel('limit', '--host-rate', 'off')
        for number in numbers:
            self.house.wait_task(number, 'finished')

    def test_of_all_is_shown_kept_and_lifted(self):
        self.house.keel('limit', '500k')
        shown = self.house.keel('limit').out
        self.assertRegex(shown, '500|512')
        self.house.keel('quit')
        self.house.wait_service_gone()
        self.assertEqual(self.house.keel('limit').out, shown)
        self.nginx.make('a', 20_000_000)
        number = self.house.add(self.nginx.url('a'))
        self.house.wait_task(number, lambda task: task['received'] > 0)
        self.house.keel('limit', 'off')
        self.house.wait_task(number, 'finished')

    def test_of_a_running_task_can_change(self):
        self.nginx.make('a', 30_000_000)
        number = self.house.add(self.nginx.url('a'), '--limit', '200k')
        self.house.wait_task(number, lambda task: task['received'] > 0)
        self.house.keel('set', number, '--limit', '0', status=None)
        self.house.keel('set', number, '--limit', '100M')
        self.house.wait_task(number, 'finished')

    def test_a_limited_task_pauses_at_once(self):
        self.nginx.make('a', 30_000_000)
        number = self.house.add(self.nginx.url('a'), '--limit', '1k')
        self.house.wait_task(number, lambda task: task['state'] == 'running')
        began = time.monotonic()
        self.house.keel('pause', number)
        self.house.wait_task(number, 'paused')
        # The next block of bytes would be due in a minute.
        self.assertLess(time.monotonic() - began, 20)


class Schedule(Case):
    def setUp(self):
        self.house = House(self, service_arguments='--test-clock', environment={'TZ': 'UTC'})
        self.nginx = Nginx(self)
        self.nginx.make('a', 20_000_000)

    def test_pause(self):
        number = self.house.add(self.nginx.url('a', f'rate/{5 << 20}'))
        self.house.wait_task(number, lambda task: task['received'] > 0)
        self.house.keel('limit', '--schedule', 'daily 00:00-24:00 pause')
        task = self.house.wait_task(number, 'waiting')
        self.assertEqual((task['wait_reason'], task['wait_until']), ('schedule', None))
        self.house.keel('quit')
        self.house.wait_service_gone()
        task = self.house.wait_task(number, 'waiting')
        self.assertEqual(task['wait_reason'], 'schedule')
        self.house.keel('limit', '--schedule', 'off')
        task = self.house.wait_task(number, 'finished')
        self.assertTrue(contents_of(task['file']) == contents_of(self.nginx.file('a')))
        self.assertGreater(task['resumed_bytes'], 0)

    def test_until(self):
        """From now on for an hour, or two: both in the hour of the clock."""
        hour = time.gmtime().tm_hour
        until = (hour + 2) % 24
        self.house.keel('limit', '--schedule', f'daily {hour:02}:00-{until:02}:00 pause')
        number = self.house.add(self.nginx.url('a'))
        task = self.house.wait_task(number, lambda task: task['wait_reason'] == 'schedule')
        self.assertRegex(task['wait_until'], f'T{until:02}:00:00Z$')
        self.house.advance(2 * 3600)
        self.house.wait_task(number, 'finished')

    def test_limit(self):
        # Something to stay for.
        self.house.add(self.nginx.url('a'), '--not-before', '+30d')
        self.house.keel('limit', '7M', '--schedule', 'daily 00:00-12:00 2M', '--schedule',
                        'daily 12:00-24:00 3M')
        limits = self.house.keel('limit', '--json').json
        self.assertEqual(limits['rate'], 7_000_000)
        self.assertEqual(limits['schedule'], ['daily 00:00-12:00 2M', 'daily 12:00-24:00 3M'])
        now = limits['present_rate']
        self.assertIn(now, [2_000_000, 3_000_000])
        self.house.advance(12 * 3600)
        self.assertEqual(self.house.keel('limit', '--json').json['present_rate'], 5_000_000 - now)
        for bad in ['daily', 'daily 00:00-24:00 off', 'someday 00:00-24:00 1M', '']:
            self.house.keel('limit', '--schedule', bad, status=2)


class Options(Case):
    def test_connections_and_mirrors_are_kept(self):
        house = House(self)
        mirrors = ['http://127.0.0.1:9/m1', 'https://[::1]:9/m2?q=1']
        number = house.add('http://127.0.0.1:9/x', '--paused', '--connections', '4',
                           '--mirror', mirrors[0], '--mirror', mirrors[1], '--mirror', mirrors[0])

        def shown():
            task = house.task(number)
            return task['max_connections'], task['mirrors']
        self.assertEqual(shown(), (4, mirrors))
        house.keel('set', number, '--connections', '7')
        house.keel('quit')
        house.wait_service_gone()
        self.assertEqual(shown(), (7, mirrors))
        house.keel('set', number, '--connections', 'auto')
        self.assertEqual(shown(), (None, mirrors))
        self.assertIn(mirrors[1], house.keel('show', number).out)
        with self.assertRaises(GLib.Error):
            house.connection.manager('Update', GLib.Variant('(ta{sv}a{sv})', (
                number, {'max-connections': GLib.Variant('u', 33)}, {})))
        self.assertEqual(shown(), (None, mirrors))


class Slots(Case):
    def setUp(self):
        self.house = House(self)
        self.server = Server(self)

    def set_limits(self, **limits):
        self.house.connection.manager('SetLimits', GLib.Variant('(a{sv}a{sv})', (
            {name.replace('_', '-'): GLib.Variant('u', value) for name, value in limits.items()},
            {})))

    def check_at_once(self, at_once):
        numbers = [self.house.add(self.server.url('drip', f's{i}', size=10**6)) for i in range(5)]

        def settled():
            states = [task['state'] for task in self.house.tasks()]
            return states.count('running') == at_once and states.count('waiting') == 5 - at_once
        wait_until(f'{at_once} run, the others wait', settled)
        for task in self.house.tasks():
            if task['state'] == 'waiting':
                self.assertEqual(task['wait_reason'], 'slot')
        self.assertEqual(len(self.server.requests()), at_once)
        running = [task['id'] for task in self.house.tasks() if task['state'] == 'running']
        self.assertEqual(running, numbers[:at_once])
        self.house.keel('cancel', running[0])
        wait_until('the next one runs', lambda: [
            task['id'] for task in self.house.tasks() if task['state'] == 'running'] ==
            numbers[1:at_once + 1])

    def test_active(self):
        self.set_limits(max_active=2)
        self.check_at_once(2)

    def test_of_a_host(self):
        self.set_limits(max_active=10, max_per_host=1)
        self.check_at_once(1)

    def test_first_and_last(self):
        self.set_limits(max_active=1)
        numbers = [self.house.add(self.server.url('drip', f's{i}', size=10**6)) for i in range(4)]
        self.house.wait_task(numbers[0], 'running')
        self.house.keel('set', numbers[1], '--last')
        self.house.keel('set', numbers[3], '--first')
        for now, then in [(0, 3), (3, 2), (2, 1)]:
            self.house.keel('cancel', numbers[now])
            self.house.wait_task(numbers[then], 'running')

    def test_bad_limits_are_refused(self):
        before = self.house.keel('limit', '--json').json
        for key, value in [('max-active', GLib.Variant('u', 0)),
                           ('max-connections', GLib.Variant('u', 33)),
                           ('max-rate', GLib.Variant('t', (1 << 63) + 1)),
                           ('max-rate-per-host', GLib.Variant('s', '1M')),
                           ('schedule', GLib.Variant('as', ['x']))]:
            with self.assertRaises(GLib.Error):
                self.house.connection.manager('SetLimits', GLib.Variant('(a{sv}a{sv})', (
                    {'max-active': GLib.Variant('u', 3), key: value}, {})))
        self.assertEqual(self.house.keel('limit', '--json').json, before)

    def test_priority_goes_first(self):
        self.set_limits(max_active=1)
        first = self.house.add(self.server.url('drip', 'first', size=10**6))
        self.house.wait_task(first, 'running')
        low = self.house.add(self.server.url('drip', 'low', size=10**6), '--priority', 'low')
        high = self.house.add(self.server.url('drip', 'high', size=10**6), '--priority', 'high')
        self.house.keel('cancel', first)
        self.house.wait_task(high, 'running')
        self.assertEqual(self.house.task(low)['state'], 'waiting')

    def update(self, number, **changes):
        self.house.connection.manager('Update', GLib.Variant('(ta{sv}a{sv})', (
            number, {key.replace('_', '-'): value for key, value in changes.items()}, {})))

    def rows(self):
        empty = GLib.Variant('(a{sv}as)', ({}, []))
        return {row['id']: row for row in self.house.connection.manager('GetTasks', empty)[1]}

    def test_rank_is_told(self):
        self.set_limits(max_active=1)
        running, first, second, third = [
            self.house.add(self.server.url('drip', str(n), size=10**6)) for n in range(4)]
        self.update(third, position=GLib.Variant('s', 'first'))
        self.update(first, position=GLib.Variant('s', 'last'))
        rows = self.rows()
        self.assertNotIn('rank', rows[second])
        self.assertLess(rows[third]['rank'], 0)
        self.assertGreater(rows[first]['rank'], 0)
        self.house.keel('cancel', running)
        self.house.wait_task(third, 'running')
        self.house.keel('cancel', third)
        self.house.wait_task(second, 'running')

    def test_started_by_hand(self):
        number = self.house.add(self.server.url('good', 'a'), '--not-before', '+200h')
        self.assertEqual(self.house.wait_task(number, 'waiting')['wait_reason'], 'schedule')
        self.update(number, not_before=GLib.Variant('x', 0))
        self.house.wait_task(number, 'finished')
        self.set_schedule('daily 00:00-24:00 pause')
        number = self.house.add(self.server.url('good', 'b'))
        self.assertEqual(self.house.wait_task(number, 'waiting')['wait_reason'], 'schedule')
        self.update(number, not_before=GLib.Variant('x', 0))
        self.house.wait_task(number, 'finished')

    def set_schedule(self, *entries):
        self.house.connection.manager('SetLimits', GLib.Variant('(a{sv}a{sv})', (
            {'schedule': GLib.Variant('as', entries)}, {})))


if __name__ == '__main__':
    main()
