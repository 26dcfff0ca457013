#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""File systems that lack what most have: the file gets its name, and no other loses its own.

NFS, FAT, and the file systems behind document portals lack each something else of this.
"""

import os
import signal

from disks import DiskCase, OddDisk, run
from keeltest import rows, wait_until

SIZE = 40_000_000
RATE = 3_000_000
LACKS = {
    'nothing': (),
    'renaming_without_replacing': ('no_replace',),
    'links_too': ('no_replace', 'no_links'),
    'attributes': ('no_xattrs',),
    'syncing_of_folders': ('no_dir_sync',),
    'opening_without_following': ('no_nofollow',),
    'all_of_it': ('no_replace', 'no_links', 'no_xattrs', 'no_dir_sync', 'no_nofollow'),
}


class Lacking(DiskCase):
    @rows({name: (lacks,) for name, lacks in LACKS.items()})
    def test_name_is_taken(self, lacks):
        disk = OddDisk(self, *lacks)
        for name in ['x.bin', 'x (1).bin']:
            with open(os.path.join(disk.folder, name), 'w', encoding='utf-8') as file:
                file.write('precious')
        task = self.check_finished(self.add(disk, 'x.bin', 100_000), 'x.bin')
        self.assertEqual(os.path.basename(task['file']), 'x (2).bin')
        self.assertEqual(disk.files(), ['x (1).bin', 'x (2).bin', 'x.bin'])
        for name in ['x.bin', 'x (1).bin']:
            self.assertEqual(os.path.getsize(os.path.join(disk.folder, name)), 8)

    @rows({name: (lacks,) for name, lacks in LACKS.items()})
    def test_killed_in_the_middle(self, lacks):
        disk = OddDisk(self, *lacks)
        number = self.add(disk, 'x.bin', SIZE, RATE)
        self.house.wait_task(number, lambda task: task['durable'] > 0)
        self.nginx.hurry()
        self.house.signal_service(signal.SIGKILL)
        self.house.keel('status')
        task = self.check_finished(number, 'x.bin')
        self.assertGreater(task['resumed_bytes'], 0)
        self.assertEqual(disk.files(), ['x.bin'])

    @rows({name: (lacks,) for name, lacks in LACKS.items()})
    def test_cancelled(self, lacks):
        disk = OddDisk(self, *lacks)
        number = self.add(disk, 'x.bin', SIZE, RATE)
        self.wait_received(number, SIZE // 20)
        self.house.keel('cancel', number)
        # What is cancelled is said before the disk has done its part.
        wait_until('nothing is left', lambda: disk.files() == [])

    def test_large_files(self):
        disk = OddDisk(self, f'largest={SIZE // 2}')
        number = self.add(disk, 'x.bin', SIZE)
        task = self.house.wait_task(number, 'failed')
        self.assertEqual(task['error']['code'], 'too-large')


if __name__ == '__main__':
    run()
