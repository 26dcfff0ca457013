#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks that report errors: what failed once is not believed, and nothing is made up."""

import os
import subprocess

from disks import DiskCase, OddDisk, Tmpfs, run
from keeltest import wait_until

SIZE = 40_000_000
RATE = 3_000_000


class Failing(DiskCase):
    def rolled_back(self):
        return 'going back to the last checkpoint' in self.house.service_log()

    def start(self, disk):
        """On its way for a dozen seconds; what is asked for again comes at once."""
        number = self.add(disk, 'x.bin', SIZE, RATE)
        self.house.wait_task(number, lambda task: task['durable'] > 0)
        self.nginx.hurry()
        return number

    def test_a_sync_fails_once(self):
        disk = OddDisk(self)
        number = self.start(disk)
        # A second one would be the end of it.
        disk.fail('sync-once')
        wait_until('it goes back', self.rolled_back)
        task = self.check_finished(number, 'x.bin')
        self.assertGreater(task['refetched_bytes'], 0)
        self.assertGreater(task['resumed_bytes'], 0)
        self.assertEqual(disk.files(), ['x.bin'])

    def test_syncs_fail(self):
        disk = OddDisk(self)
        number = self.start(disk)
        disk.fail('sync')
        task = self.house.wait_task(number, 'failed')
        self.assertEqual(task['error']['code'], 'disk')
        durable = task['durable']
        self.assertGreater(durable, 0)
        disk.fail('sync', False)
        self.house.keel('retry', number)
        task = self.check_finished(number, 'x.bin')
        self.assertGreaterEqual(task['resumed_bytes'], durable)

    def test_the_last_sync_fails(self):
        disk = OddDisk(self)
        disk.fail('sync')
        number = self.add(disk, 'x.bin', 100_000)
        task = self.house.wait_task(number, 'failed')
        self.assertEqual(task['error']['code'], 'disk')
        self.assertNotIn('x.bin', disk.files())
        disk.fail('sync', False)
        self.house.keel('retry', number)
        self.check_finished(number, 'x.bin')
        self.assertEqual(disk.files(), ['x.bin'])

    def test_writes_fail(self):
        disk = OddDisk(self)
        number = self.start(disk)
        disk.fail('write')
        task = self.house.wait_task(number, 'failed')
        self.assertEqual(task['error']['code'], 'disk')
        self.assertIs(task['error']['retryable'], False)
        disk.fail('write', False)
        self.house.keel('retry', number)
        self.check_finished(number, 'x.bin')
        self.assertEqual(disk.files(), ['x.bin'])

    def test_a_file_that_may_not_be_so_long(self):
        """The limit of the process, as a file system's: an error, not the end of the service."""
        disk = Tmpfs(self, 64 << 20)
        number = self.start(disk)
        subprocess.run(['prlimit', f'--pid={self.house.service_pid()}', f'--fsize={SIZE // 2}'],
                       check=True)
        task = self.house.wait_task(number, 'failed')
        self.assertEqual(task['error']['code'], 'too-large')
        self.assertEqual(self.house.starts(), 1)

    def test_read_only(self):
        disk = Tmpfs(self, 64 << 20)
        subprocess.run(['mount', '-o', 'remount,ro', disk.path], check=True)
        number = self.add(disk, 'x.bin', 100_000)
        task = self.house.wait_task(number, lambda task: task['wait_reason'] == 'destination')
        self.assertEqual(task['state'], 'waiting')
        subprocess.run(['mount', '-o', 'remount,rw', disk.path], check=True)
        self.check_finished(number, 'x.bin')
        self.assertEqual(os.listdir(disk.path), ['x.bin'])


if __name__ == '__main__':
    run()
