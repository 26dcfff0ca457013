#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that was active in three crashes in a row is paused, and said to be; others are not."""

import signal

from keeltest import Case, House, Nginx, contents_of, main

RATE = 1 << 20
# Three quarters of a minute over one connection: it does not end between two crashes.
SIZE = 45 << 20


class Quarantine(Case):
    def setUp(self):
        self.house = House(self)
        self.nginx = Nginx(self)
        self.nginx.make('x.bin', SIZE, 1)
        self.nginx.make('idle.bin', SIZE, 2)

    def start(self):
        self.number = self.add('x.bin')
        self.idle = self.add('idle.bin')
        self.house.keel('pause', self.idle)

    def add(self, name):
        return self.house.add(self.nginx.url(name, f'rate/{RATE}'), '--connections', '1')

    def crash(self):
        self.house.wait_task(self.number, lambda task: task['state'] == 'running' and
                             task['connections'] > 0)
        self.house.signal_service(signal.SIGKILL)

    def test_three_crashes(self):
        self.start()
        for _ in range(3):
            self.crash()
        task = self.house.wait_task(self.number, 'paused')
        self.assertEqual(task['pause_reason'], 'quarantined')
        self.assertEqual(self.house.task(self.idle)['pause_reason'], 'user')
        # Whoever resumes it gives it three more.
        self.house.keel('set', self.number, '--url', self.nginx.url('x.bin'))
        self.house.keel('resume', self.number)
        task = self.house.wait_task(self.number, 'finished')
        self.assertTrue(contents_of(task['file']) == contents_of(self.nginx.file('x.bin')))

    def test_not_in_a_row(self):
        self.start()
        for _ in range(2):
            self.crash()
        # An orderly end is none.
        self.house.wait_task(self.number, 'running')
        self.house.signal_service(signal.SIGTERM)
        for _ in range(2):
            self.crash()
        self.house.wait_task(self.number, 'running')


if __name__ == '__main__':
    main()
