#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a disk just suffices or just not: the last page, the last name, and one disk that is full
for the downloads and for the list of them at once, with a crash on top.
"""

import os
import signal

from disks import DiskCase, Tmpfs, run
from keeltest import House, contents_of, wait_until

PAGE = 4096
SIZE = 3 << 20
RATE = 200 << 10


class Edges(DiskCase):
    def setUp(self):
        super().setUp()
        self.disk = Tmpfs(self, 16 << 20)

    def wait_all(self, condition, seconds=30):
        def all_are():
            bad = [task for task in self.house.tasks() if not condition(task)]
            assert not bad, bad
            return True
        wait_until('all tasks are so', all_are, seconds, interval=0.1)

    def finished(self):
        return {task['name'] for task in self.house.tasks() if task['state'] == 'finished'}

    def waits_for_room(self, task):
        return task['state'] == 'waiting' and task['wait_reason'] == 'low-disk'

    def test_the_last_page(self):
        self.disk.fill(leave=SIZE)
        number = self.add(self.disk, 'fits.bin', SIZE)
        self.check_finished(number, 'fits.bin')
        self.assertEqual(sorted(os.listdir(self.disk.path)), ['ballast', 'fits.bin'])

    def test_a_byte_too_many(self):
        self.disk.fill(leave=SIZE)
        number = self.add(self.disk, 'large.bin', SIZE + 1)
        task = self.house.wait_task(number, self.waits_for_room)
        self.assertIn(str(SIZE + 1), task['error']['message'])
        self.disk.free()
        self.check_finished(number, 'large.bin')
        self.assertEqual(os.listdir(self.disk.path), ['large.bin'])

    def test_no_name_left(self):
        """There is room for bytes and none for another file."""
        disk = Tmpfs(self, f'16m,nr_inodes={1 + 4}')
        names = [f'n-{n}.bin' for n in range(8)]
        for size, name in enumerate(names, 50_000):
            self.add(disk, name, size)
        # An attribute may count as a file too.
        self.wait_all(lambda task: task['state'] == 'finished' or self.waits_for_room(task))
        self.assertIn(len(self.finished()), range(1, 5))

        def all_arrive():
            # Asked before the folder is read: one that finishes in between would stay in it.
            arrived = self.finished() == set(names)
            for name in os.listdir(disk.path):
                path = os.path.join(disk.path, name)
                if not name.startswith('.'):
                    self.assertTrue(contents_of(path) == contents_of(self.nginx.file(name)))
                    os.unlink(path)
            return arrived
        wait_until('each gets a name in its turn', all_arrive, 40, interval=0.5)
        self.assertEqual(os.listdir(disk.path), [])


class OneDisk(DiskCase):
    """The downloads and their list are on the same disk."""

    def setUp(self):
        super().setUp()
        self.disk = Tmpfs(self, 32 << 20)
        self.state = os.path.join(self.disk.path, 'state')
        self.downloads = os.path.join(self.disk.path, 'downloads')
        os.mkdir(self.state)
        os.mkdir(self.downloads)
        self.house = House(self, environment={'XDG_STATE_HOME': self.state})

    def test_full_and_killed(self):
        names = [f'o-{n}.bin' for n in range(5)]
        numbers = {}
        for size, name in enumerate(names, SIZE):
            self.nginx.make(name, size, size)
            numbers[name] = self.house.add(self.nginx.url(name, f'rate/{RATE}'),
                                           '--dir', self.downloads, '--connections', '1')
        self.house.wait_task(numbers['o-0.bin'], lambda task: task['received'] > 0)
        self.disk.fill(leave=0)
        for number in numbers.values():
            self.house.wait_task(number, lambda task: task['wait_reason'] == 'low-disk', 60)
        # Nothing that has been promised is lost, and what cannot be kept is not promised.
        self.house.keel('add', self.nginx.url('o-0.bin', 'more'), status=1)
        self.house.signal_service(signal.SIGKILL)
        self.nginx.hurry()
        self.disk.free()
        for name, number in numbers.items():
            task = self.house.wait_task(number, 'finished', 60)
            self.assertTrue(contents_of(task['file']) == contents_of(self.nginx.file(name)))
        self.assertEqual(len(self.house.tasks()), len(names))
        self.assertEqual(sorted(os.listdir(self.downloads)), names)


if __name__ == '__main__':
    run()
