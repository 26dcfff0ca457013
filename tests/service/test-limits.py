#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of rate and number hold. Factors are loose: this is about right or wrong, not speed."""

import time

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, House, Nginx, contents_of, main, wait_until


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
        number = self.house.add(self.nginx.url('a'), '--limit', '10k')
        self.house.wait_task(number, lambda task: task['state'] == 'running')
        began = time.monotonic()
        self.house.keel('pause', number)
        self.house.wait_task(number, 'paused')
        self.assertLess(time.monotonic() - began, 5)


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

    def test_priority_goes_first(self):
        self.set_limits(max_active=1)
        first = self.house.add(self.server.url('drip', 'first', size=10**6))
        self.house.wait_task(first, 'running')
        low = self.house.add(self.server.url('drip', 'low', size=10**6), '--priority', 'low')
        high = self.house.add(self.server.url('drip', 'high', size=10**6), '--priority', 'high')
        self.house.keel('cancel', first)
        self.house.wait_task(high, 'running')
        self.assertEqual(self.house.task(low)['state'], 'waiting')


if __name__ == '__main__':
    main()
