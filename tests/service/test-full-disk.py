#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A really full disk: the task waits, says so, and goes on by itself when there is room.

Runs itself again in a mount namespace of its own, with a small tmpfs as the disk.
"""

import os
import subprocess
import sys
import tempfile

from keelserver import Server, content
from keeltest import Case, House, contents_of, main, skip_all

INSIDE = 'KEEL_FULL_DISK_INSIDE'
DISK = 24 << 20
SIZE = 12 << 20


def enter_namespace():
    unshare = ['unshare', '--mount'] + ([] if os.geteuid() == 0 else ['--map-root-user'])
    probe = subprocess.run([*unshare, 'mount', '-t', 'tmpfs', 'none', '/mnt'], check=False,
                           capture_output=True)
    if probe.returncode != 0:
        skip_all('cannot mount a disk of our own here (needs root or user namespaces)')
    os.execvpe('unshare', [*unshare, sys.executable, *sys.argv], {**os.environ, INSIDE: '1'})


class FullDisk(Case):
    def setUp(self):
        self.disk = tempfile.mkdtemp(prefix='keel-disk-')
        self.addCleanup(os.rmdir, self.disk)
        subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={DISK},mode=0755', 'tmpfs', self.disk],
                       check=True)
        self.addCleanup(subprocess.run, ['umount', '-l', self.disk], check=True)
        self.ballast = os.path.join(self.disk, 'ballast')
        self.server = Server(self)
        self.house = House(self)

    def add(self, behaviour, name, **options):
        return self.house.add(self.server.url(behaviour, name, size=SIZE, **options),
                              '--dir', self.disk)

    def fill(self, leave):
        """Takes all but so many bytes."""
        state = os.statvfs(self.disk)
        with open(self.ballast, 'wb') as file:
            os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_bsize - leave)

    def check_waits_and_goes_on(self, number, name):
        task = self.house.wait_task(number, lambda task: task['state'] == 'waiting')
        self.assertEqual(task['wait_reason'], 'low-disk')
        self.assertFalse(os.path.exists(os.path.join(self.disk, name)))
        os.unlink(self.ballast)
        task = self.house.wait_task(number, 'finished', seconds=60)
        self.assertTrue(contents_of(task['file']) == content(name, SIZE))
        self.assertEqual(os.listdir(self.disk), [name])

    def test_no_room_from_the_start(self):
        self.fill(leave=1 << 20)
        number = self.add('good', 'f.bin')
        self.check_waits_and_goes_on(number, 'f.bin')

    def test_the_room_ends_in_the_middle(self):
        number = self.add('drip', 'm.bin', piece=512 << 10)
        self.house.wait_task(number, lambda task: task['received'] > 2 << 20)
        self.fill(leave=1 << 20)
        self.check_waits_and_goes_on(number, 'm.bin')

    def test_waiting_outlives_the_service(self):
        self.fill(leave=1 << 20)
        number = self.add('good', 'k.bin')
        self.house.wait_task(number, lambda task: task['wait_reason'] == 'low-disk')
        self.house.signal_service(9)
        self.house.keel('status')
        self.check_waits_and_goes_on(number, 'k.bin')


if __name__ == '__main__':
    if INSIDE not in os.environ:
        enter_namespace()
    main()
