#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A really full disk: the task waits, says so, and goes on by itself when there is room."""

import os
import signal

from disks import DiskCase, Tmpfs, run
from keeltest import House, wait_until

DISK = 20 << 20
SIZE = 12 << 20
RATE = 1 << 20


class Full(DiskCase):
    def setUp(self):
        super().setUp()
        self.house.set_service(arguments='--test-clock')
        self.disk = Tmpfs(self, DISK)

    def check_waits(self, number):
        task = self.house.wait_task(number, lambda task: task['wait_reason'] == 'low-disk')
        self.assertEqual(task['state'], 'waiting')
        self.assertEqual(task['error']['code'], 'no-space')

    def check_waits_and_goes_on(self, number, name):
        self.check_waits(number)
        self.assertFalse(os.path.exists(os.path.join(self.disk.path, name)))
        self.nginx.hurry()
        self.disk.free()
        self.check_finished(number, name)
        self.assertEqual(os.listdir(self.disk.path), [name])

    def test_no_room_from_the_start(self):
        self.disk.fill(leave=1 << 20)
        number = self.add(self.disk, 'f.bin', SIZE)
        self.check_waits_and_goes_on(number, 'f.bin')
        # Refused before the first byte; asked once to learn the size, and once for the file.
        self.assertLessEqual(len(self.nginx.requests('f.bin')), 2)

    def test_the_room_ends_in_the_middle(self):
        number = self.add(self.disk, 'm.bin', SIZE, RATE)
        self.wait_received(number, 2 << 20)
        self.disk.fill(leave=1 << 20)
        self.check_waits_and_goes_on(number, 'm.bin')

    def test_some_room_is_not_enough(self):
        number = self.add(self.disk, 'm.bin', SIZE, RATE)
        self.wait_received(number, 2 << 20)
        self.disk.fill(leave=0)
        self.check_waits(number)
        os.truncate(self.disk.ballast, os.path.getsize(self.disk.ballast) - (1 << 20))
        # Written down when nginx sees that nobody listens any more.
        requests = len(self.nginx.wait_requests('m.bin', 1))
        for _ in range(20):
            self.house.advance(10)
        self.check_waits(number)
        # It is the disk that is looked at, not the server.
        self.assertEqual(len(self.nginx.requests('m.bin')), requests)
        self.nginx.hurry()
        self.disk.free()
        self.check_finished(number, 'm.bin')

    def test_waiting_outlives_the_service(self):
        self.disk.fill(leave=1 << 20)
        number = self.add(self.disk, 'k.bin', SIZE)
        self.check_waits(number)
        self.house.signal_service(signal.SIGKILL)
        self.house.keel('status')
        self.check_waits_and_goes_on(number, 'k.bin')


class FullState(DiskCase):
    """It is the disk with the list of downloads that is full."""

    def setUp(self):
        super().setUp()
        self.state = Tmpfs(self, 8 << 20)
        self.disk = Tmpfs(self, 512 << 20)
        self.house = House(self, environment={'XDG_STATE_HOME': self.state.path})

    def test_everything_rests_and_goes_on(self):
        number = self.add(self.disk, 'x.bin', 200 << 20, 5 << 20)
        self.house.wait_task(number, lambda task: task['durable'] > 0)
        self.state.fill(leave=0)
        self.house.wait_task(number, lambda task: task['wait_reason'] == 'low-disk', seconds=60)
        self.house.keel('add', self.nginx.url('x.bin'), status=1)
        self.state.free()
        self.house.wait_task(number, 'running')
        self.house.keel('cancel', number)
        wait_until('the folder is clean', lambda: os.listdir(self.disk.path) == [])


if __name__ == '__main__':
    run()
