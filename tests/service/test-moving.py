#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another folder for a task that is there (Update with "dir" or "dir-fd"): what has come goes
along, to the same disk and to another one, and who may say so is who may say it of a new task."""

import os
import shutil
import signal
import tempfile

from gi.repository import GLib

from keelserver import Server
from keelserver.exchange import content
from keeltest import Case, House, main
from keeltest.application import Application, error_of, opened

SIZE = 2_000_000
# More than a part of it comes only when it is let go, so that it cannot end before its time.
GATED = {'size': SIZE, 'after': 400_000}


class MovingCase(Case):
    def setUp(self):
        self.house = House(self)
        self.server = Server(self)
        self.old = os.path.join(self.house.home, 'Old')
        self.new = os.path.join(self.house.home, 'New')
        for folder in [self.old, self.new]:
            os.mkdir(folder)

    def add(self, *arguments):
        return self.house.add(self.server.url('gated', 'a.bin', **GATED), '--dir', self.old,
                              *arguments)

    def let_go(self):
        self.server.switches['a.bin'].set()

    def half(self, *arguments):
        """One that has a part of its file, and is paused."""
        self.server.switches['a.bin'].clear()
        number = self.add(*arguments)
        self.house.wait_task(number, lambda task: task['received'] > 100_000)
        self.house.keel('pause', number)
        return number

    def update(self, number, **changes):
        self.house.connection.manager('Update', GLib.Variant('(ta{sv}a{sv})', (
            number, {key.replace('_', '-'): value for key, value in changes.items()}, {})))

    def move(self, number, folder):
        self.update(number, dir=GLib.Variant('ay', os.fsencode(folder) + b'\0'))

    def error_of(self, number, **changes):
        return error_of(self, lambda: self.update(number, **changes))

    def check(self, number, folder, name='a.bin'):
        self.let_go()
        task = self.house.wait_task(number, 'finished')
        self.assertEqual(task['file'], os.path.join(folder, name))
        with open(task['file'], 'rb') as file:
            self.assertTrue(file.read() == content('a.bin', SIZE))
        self.assertEqual(os.listdir(self.old), [])
        self.assertEqual(os.listdir(folder), [name])
        return task


class Moving(MovingCase):
    def test_while_it_runs(self):
        number = self.add()
        self.house.wait_task(number, lambda task: task['received'] > 100_000)
        self.move(number, self.new)
        task = self.check(number, self.new)
        self.assertGreater(task['resumed_bytes'], 0)
        self.assertEqual(task['refetched_bytes'], 0)

    def test_to_another_disk(self):
        with tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
            if os.stat(folder).st_dev == os.stat(self.old).st_dev:
                self.skipTest('there is no second file system')
            number = self.half()
            self.move(number, folder)
            self.house.keel('resume', number)
            task = self.check(number, folder)
            self.assertEqual(task['refetched_bytes'], 0)

    def test_what_was_stopped_by_its_folder_goes_on(self):
        number = self.half()
        os.rename(self.old, self.old + '.away')
        self.house.keel('resume', number)
        self.house.wait_task(number, lambda task: task['wait_reason'] == 'destination')
        self.move(number, self.new)
        self.house.wait_task(number, 'running')
        os.rename(self.old + '.away', self.old)
        part, = os.listdir(self.old)
        os.unlink(os.path.join(self.old, part))
        self.check(number, self.new)

    def test_a_service_that_dies_then(self):
        for _ in range(5):
            number = self.half()
            self.move(number, self.new)
            self.house.signal_service(signal.SIGKILL)
            self.house.keel('resume', number)
            task = self.check(number, self.new)
            self.assertEqual(task['refetched_bytes'], 0)
            shutil.rmtree(self.new)
            os.mkdir(self.new)

    def test_what_is_refused(self):
        path = os.fsencode(self.new) + b'\0'
        number = self.half()
        self.assertEqual(self.error_of(number, dir=GLib.Variant('s', self.new)),
                         'InvalidArgument')
        self.assertEqual(self.error_of(number, dir=GLib.Variant('ay', b'New\0')),
                         'BadDestination')
        self.assertEqual(self.error_of(number, dir=GLib.Variant('ay', path),
                                       dir_fd=GLib.Variant('h', 0)), 'InvalidArgument')
        self.assertEqual(self.error_of(number, dir_fd=GLib.Variant('h', 0)), 'InvalidArgument')
        # All or nothing.
        self.assertEqual(self.error_of(number, dir=GLib.Variant('ay', path),
                                       priority=GLib.Variant('s', 'cosmic')), 'InvalidArgument')
        self.assertEqual(len(os.listdir(self.old)), 1)
        self.house.keel('resume', number)
        self.check_finished_in_old(number)
        self.assertEqual(self.error_of(number, dir=GLib.Variant('ay', path)), 'InvalidState')

    def check_finished_in_old(self, number):
        self.let_go()
        task = self.house.wait_task(number, 'finished')
        self.assertEqual(task['file'], os.path.join(self.old, 'a.bin'))


class Handed(MovingCase):
    def test_into_a_folder_that_is_handed_over(self):
        application = Application(self.house)
        number = application.add_into(self.old, self.server.url('gated', 'a.bin', **GATED))
        application.wait(number, lambda row: row['received'] > 100_000)
        with opened(self.new) as fd:
            application.call('Update', GLib.Variant('(ta{sv}a{sv})', (
                number, {'dir-fd': GLib.Variant('h', 0)}, {})), [fd])
        self.let_go()
        row = application.wait(number, 'finished')
        self.assertEqual(os.listdir(self.new), ['a.bin'])
        self.assertEqual(os.listdir(self.old), [])
        self.assertEqual(row['refetched-bytes'], 0)

    def test_what_is_no_folder(self):
        application = Application(self.house)
        number = application.add_into(self.old, self.server.url('gated', 'a.bin', **GATED))
        file = os.path.join(self.new, 'file')
        with open(file, 'w', encoding='ascii'):
            pass
        with opened(file, os.O_RDONLY) as fd:
            self.assertEqual(error_of(self, lambda: application.call('Update', GLib.Variant(
                '(ta{sv}a{sv})', (number, {'dir-fd': GLib.Variant('h', 0)}, {})), [fd])),
                'BadDestination')
        application.control('cancel', number)


if __name__ == '__main__':
    main()
