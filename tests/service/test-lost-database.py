#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database is deleted, emptied or damaged while a file is half there: nothing is lost."""

import os
import shutil
import signal

from keeltest import Case, House, Nginx, main, sha256_of

MIB = 1 << 20
SIZE = 64 * MIB
RATE = 'rate/8m'


class LostDatabase(Case):
    def setUp(self):
        # The service warns when it rescues, which is right, and must then go on.
        self.house = House(self, environment={'G_DEBUG': ''})
        self.house.expected_complaints.append('rescued')
        self.nginx = Nginx(self)
        self.nginx.make('a.bin', SIZE)
        self.source = self.nginx.file('a.bin')
        self.folder = os.path.dirname(self.house.database)

    def begin(self, *arguments):
        """A download of which some is durable, and a service that died."""
        number = self.house.add(self.nginx.url('a.bin', RATE), *arguments)
        self.house.wait_task(number, lambda task: task['received'] > 5 * MIB)
        self.house.keel('pause', number)
        self.house.wait_task(number, 'paused')
        self.house.keel('resume', number)
        self.house.wait_task(number, lambda task: task['received'] > 6 * MIB)
        self.house.signal_service(signal.SIGKILL)
        return number

    def files(self):
        return [os.path.join(self.folder, name) for name in os.listdir(self.folder)
                if name.startswith('transfers.db')]

    def damage(self, change):
        """Changes the bytes of the database, which has no log any more."""
        for path in self.files():
            if path != self.house.database:
                os.unlink(path)
        with open(self.house.database, 'rb') as file:
            data = bytearray(file.read())
        with open(self.house.database, 'wb') as file:
            file.write(change(data))

    def check_goes_on(self, number, folder=None):
        """It comes to its end by itself, and did not begin anew."""
        self.nginx.hurry()
        task = self.house.wait_task(number, 'finished', seconds=60)
        path = os.path.join(folder or self.house.downloads, 'a.bin')
        self.assertEqual(sha256_of(path), sha256_of(self.source))
        self.assertEqual(os.listdir(os.path.dirname(path)), ['a.bin'])
        self.assertGreaterEqual(task['resumed_bytes'], 4 * MIB, task)

    def test_deleted(self):
        number = self.begin()
        for path in self.files():
            os.unlink(path)
        self.check_goes_on(number)
        self.assertEqual([task['id'] for task in self.house.tasks()], [number])

    def test_whole_state_deleted(self):
        number = self.begin()
        shutil.rmtree(self.folder)
        self.check_goes_on(number)

    def test_other_folder(self):
        folder = os.path.join(self.house.home, 'a folder')
        os.mkdir(folder)
        number = self.begin('--dir', folder)
        for path in self.files():
            os.unlink(path)
        self.check_goes_on(number, folder)

    def test_emptied(self):
        number = self.begin()
        self.damage(lambda data: b'')
        self.check_goes_on(number)

    def test_rubbish(self):
        number = self.begin()
        self.damage(lambda data: b'\xa5' * len(data))
        self.check_goes_on(number)
        self.assertTrue([path for path in self.files() if '.damaged-' in path])

    def test_ids_of_what_is_lost_are_not_given_again(self):
        """A program that has kept one would take somebody else's download for its own."""
        number = self.begin()
        lost = [self.house.add(self.nginx.url('a.bin'), '--paused') for _ in range(20)]
        self.damage(lambda data: b'\xa5' * len(data))
        self.check_goes_on(number)
        self.assertGreater(self.house.add(self.nginx.url('a.bin'), '--paused'), max(lost))

    def test_folder_in_its_place(self):
        number = self.begin()
        for path in self.files():
            os.unlink(path)
        os.mkdir(self.house.database)
        self.check_goes_on(number)

    def test_bad_header_costs_nothing(self):
        paused = [self.house.add(self.nginx.url('a.bin'), '--paused') for _ in range(20)]
        number = self.begin()
        self.house.task(number)
        self.house.signal_service(signal.SIGTERM)
        self.damage(lambda data: b'\xa5' * 100 + data[100:])
        self.assertEqual([task['id'] for task in self.house.tasks()], [*paused, number])
        self.check_goes_on(number)
        self.assertEqual({self.house.task(other)['state'] for other in paused}, {'paused'})
        # An id is never given twice.
        self.assertGreater(self.house.add(self.nginx.url('a.bin'), '--paused'), number)

    def test_log_cut_short(self):
        number = self.begin()
        log = self.house.database + '-wal'
        with open(log, 'r+b') as file:
            file.truncate(os.path.getsize(log) - 1000)
        self.nginx.hurry()
        # That it was resumed may be what was cut off.
        if self.house.task(number)['state'] == 'paused':
            self.house.keel('resume', number)
        self.house.wait_task(number, 'finished', seconds=60)
        self.assertEqual(sha256_of(os.path.join(self.house.downloads, 'a.bin')),
                         sha256_of(self.source))

    def test_part_file_of_another_service_is_left_alone(self):
        number = self.begin()
        part, = os.listdir(self.house.downloads)
        path = os.path.join(self.house.downloads, part)
        for old in self.files():
            os.unlink(old)
        os.rename(self.folder, self.folder + '-elsewhere')
        label = os.getxattr(path, 'user.keelboat.label')
        os.setxattr(path, 'user.keelboat.label',
                    label.replace(b'\nhome /', b'\nhome /elsewhere/'))
        before = sha256_of(path)
        self.assertNotIn(number, [task['id'] for task in self.house.tasks_of_all()])
        self.assertEqual(sha256_of(path), before)

    def test_finished_file_has_no_label(self):
        number = self.house.add(self.nginx.url('a.bin'))
        self.house.wait_task(number, 'finished')
        path = os.path.join(self.house.downloads, 'a.bin')
        self.assertNotIn('user.keelboat.label', os.listxattr(path))
        self.assertNotIn('user.keelboat.durable', os.listxattr(path))
        self.assertEqual(os.listdir(os.path.join(self.folder, 'labels'))
                         if os.path.exists(os.path.join(self.folder, 'labels')) else [], [])

    def test_long_link(self):
        """A label that has no room on the file is in the state folder, and as good."""
        long = self.nginx.url('a.bin', RATE) + '?' + 'x' * 6000
        number = self.house.add(long)
        self.house.wait_task(number, lambda task: task['received'] > 5 * MIB)
        self.house.keel('pause', number)
        self.house.wait_task(number, 'paused')
        self.house.signal_service(signal.SIGKILL)
        for path in self.files():
            os.unlink(path)
        self.nginx.hurry()
        # What the person wanted is on the label, too.
        self.assertEqual(self.house.task(number)['pause_reason'], 'user')
        self.house.keel('resume', number)
        self.check_goes_on(number)
        labels = os.path.join(self.folder, 'labels')
        self.assertEqual(os.listdir(labels) if os.path.exists(labels) else [], [])


if __name__ == '__main__':
    main()
