#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives that are unplugged and folders that go away: the transfer waits for what it knew."""

import os
import shutil
import signal

from disks import DiskCase, OddDisk, Tmpfs, run

SIZE = 40_000_000
RATE = 3_000_000
ENOUGH = 4_000_000


class Leaving(DiskCase):
    def wait_destination(self, number):
        return self.house.wait_task(number, lambda task: task['wait_reason'] == 'destination')

    def test_drive(self):
        disk = OddDisk(self)
        number = self.add(disk, 'x.bin', SIZE, RATE)
        self.house.wait_task(number, lambda task: task['durable'] > ENOUGH)
        self.nginx.hurry()
        self.house.signal_service(signal.SIGKILL)
        disk.unmount()
        # The mount point is a folder like others, and can be written to.
        self.house.keel('status')
        self.wait_destination(number)
        self.assertEqual(os.listdir(disk.path), [])
        disk.mount(self)
        task = self.check_finished(number, 'x.bin')
        self.assertGreater(task['resumed_bytes'], ENOUGH)
        self.assertEqual(disk.files(), ['x.bin'])

    def test_drive_while_running(self):
        disk = OddDisk(self)
        number = self.add(disk, 'x.bin', SIZE, RATE)
        self.house.wait_task(number, lambda task: task['durable'] > ENOUGH)
        self.nginx.hurry()
        self.house.keel('pause', number)
        disk.unmount()
        self.house.keel('resume', number)
        self.wait_destination(number)
        disk.mount(self)
        task = self.check_finished(number, 'x.bin')
        self.assertGreater(task['resumed_bytes'], ENOUGH)

    def test_folder(self):
        disk = Tmpfs(self, 64 << 20)
        folder = os.path.join(disk.path, 'folder')
        os.mkdir(folder)
        self.nginx.make('x.bin', SIZE, 1)
        number = self.house.add(self.nginx.url('x.bin', f'rate/{RATE}'), '--dir', folder)
        self.wait_received(number, ENOUGH)
        self.nginx.hurry()
        shutil.rmtree(folder)
        self.wait_destination(number)
        self.assertFalse(os.path.exists(folder))
        os.mkdir(folder)
        self.check_finished(number, 'x.bin')
        self.assertEqual(os.listdir(folder), ['x.bin'])


if __name__ == '__main__':
    run()
