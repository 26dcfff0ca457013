#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The spool: files for which nobody gave a folder, how their application gets them, and that
nothing stays there that nobody can have any more."""

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys

from gi.repository import Gio, GLib

from keelserver import Server
from keelserver.exchange import content
from keeltest import Case, House, main, rows, wait_until
from keeltest.application import APP, Application, error_of, opened
from keeltest.bus import INTERFACES, SERVICE

SIZE = 300_000

# Mounts a small disk, fills most of it, sends its folder, and waits to be let go.
SMALL_DISK = '''
import os, socket, subprocess, sys
folder, number = sys.argv[1], int(sys.argv[2])
subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=128k', 'none', folder], check=True)
link = socket.socket(fileno=number)
fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
socket.send_fds(link, [b'x'], [fd])
'''


class Spool(Case):
    environment = {}

    def setUp(self):
        self.house = House(self, environment=self.environment)
        self.server = Server(self)
        self.application = Application(self.house)
        self.root = os.path.join(self.house.home, '.local/share/keelboat/spool')
        self.spool = os.path.join(self.root, APP)
        self.target = os.path.join(self.house.home, 'Target')
        os.mkdir(self.target)

    def fetch(self, name='a.tar.gz', application=None, **keys):
        application = application or self.application
        url = self.server.url('good', name, size=SIZE)
        number = application.add_to_spool(url, **keys)
        application.wait(number, 'finished')
        return number

    def names(self, folder=None):
        return sorted(os.listdir(folder or self.target))

    def spooled(self):
        return os.listdir(self.spool) if os.path.exists(self.spool) else []

    def assert_file(self, name, of='a.tar.gz', folder=None):
        with open(os.path.join(folder or self.target, name), 'rb') as file:
            self.assertTrue(file.read() == content(of, SIZE))

    def collect(self, number, **options):
        return self.application.collect_into(self.target, number, **options)

    def refuse(self, error, number, application=None, **options):
        application = application or self.application
        self.assertEqual(error_of(self, lambda: application.collect_into(
            self.target, number, **options)), error)


class Collecting(Spool):
    def test_into_a_folder(self):
        number = self.fetch()
        row = self.application.row(number)
        self.assertTrue(row['collectable'])
        self.assertEqual(row['name'], 'a.tar.gz')
        self.assertEqual(os.stat(self.spool).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(self.root).st_mode & 0o777, 0o700)
        self.assertRegex(self.spooled()[0], r'^[0-9a-f]{32}\.tar\.gz$')
        self.assertEqual(self.collect(number), 'a.tar.gz')
        self.assertEqual(self.names(), ['a.tar.gz'])
        self.assert_file('a.tar.gz')
        self.assertEqual(self.spooled(), [])
        row = self.application.row(number)
        self.assertFalse(row['collectable'])
        self.assertEqual(bytes(row['file']).rstrip(b'\0').decode(),
                         os.path.join(self.target, 'a.tar.gz'))
        self.assertEqual(os.listdir(self.house.downloads), [])
        # Once is all.
        self.refuse('InvalidState', number)
        self.assertEqual(self.names(), ['a.tar.gz'])
        self.assertEqual(self.application.count_descriptors(), 0)
        # What was delivered is the application's, and stays.
        self.application.control('remove', number)
        self.assert_file('a.tar.gz')

    def test_as_a_descriptor(self):
        number = self.fetch()
        for _ in range(2):
            info, fds = self.application.collect(number)
            self.assertEqual(info, {'fd': 0})
            with open(fds[0], 'rb') as file:
                self.assertTrue(file.read() == content('a.tar.gz', SIZE))
        _, fds = self.application.collect(number)
        with self.assertRaises(OSError):
            os.write(fds[0], b'x')
        os.close(fds[0])
        self.assertTrue(self.application.row(number)['collectable'])
        info, fds = self.application.collect(number, keep=GLib.Variant('b', False))
        self.assertEqual(self.spooled(), [])
        self.refuse('InvalidState', number)
        row = self.application.row(number)
        self.assertFalse(row['collectable'])
        self.assertNotIn('file', row)
        # It is still all there for who has it open.
        with open(fds[0], 'rb') as file:
            self.assertTrue(file.read() == content('a.tar.gz', SIZE))
        self.assertEqual(self.application.count_descriptors(), 0)

    def test_is_told_with_the_end(self):
        number = self.fetch()
        database = sqlite3.connect(f'file:{self.house.database}?mode=ro', uri=True)
        self.addCleanup(database.close)
        details, = database.execute("SELECT details FROM events WHERE kind = 'finished' AND "
                                    "task = ?", (number,)).fetchone()
        self.assertIn("'collectable': <true>", details)

    def test_copy_and_keep(self):
        number = self.fetch()
        keep = GLib.Variant('b', True)
        self.assertEqual(self.collect(number, keep=keep), 'a.tar.gz')
        self.assertEqual(self.collect(number, keep=keep), 'a (1).tar.gz')
        self.assertEqual(self.collect(number, keep=keep, name=GLib.Variant('s', '../x')), 'x')
        self.assertEqual(len(self.spooled()), 1)
        self.assertTrue(self.application.row(number)['collectable'])
        for name in self.names():
            self.assert_file(name)
        self.assertEqual(len(self.names()), 3)

    def test_what_is_not_there_to_collect(self):
        running = self.application.add_to_spool(self.server.url('drip', 'slow'))
        self.refuse('InvalidState', running)
        self.refuse('NoSuchTask', 9999)
        elsewhere = self.application.add(self.server.url('good', 'b.bin', size=SIZE))
        self.application.wait(elsewhere, 'finished')
        self.assertFalse(self.application.row(elsewhere)['collectable'])
        self.refuse('InvalidState', elsewhere)
        number = self.fetch()
        self.refuse('NoSuchTask', number, Application(self.house, 'org.example.Other'))
        self.assertEqual(error_of(self, lambda: self.application.collect(
            number, dir_fd=GLib.Variant('h', 0))), 'InvalidArgument')
        self.assertEqual(error_of(self, lambda: self.application.collect(
            number, dir_fd=GLib.Variant('u', 0))), 'InvalidArgument')
        with opened('/dev/null', os.O_RDWR) as null, opened(self.target, os.O_PATH) as path:
            for fd in [null, path]:
                self.assertEqual(error_of(self, lambda: self.application.collect(
                    number, [fd], dir_fd=GLib.Variant('h', 0))), 'BadDestination')
        self.assertEqual(self.names(), [])
        self.assertEqual(self.collect(number), 'a.tar.gz')

    def test_applications_do_not_share(self):
        names = ['x' * 255, 'x' * 254 + 'y', 'org.example.One', 'org.example.one', '-']
        for name in names:
            other = Application(self.house, name)
            self.fetch(application=other)
        self.assertEqual(len(self.names(self.root)), len(names))
        self.assertEqual([name for name in self.names(self.root) if name.startswith('.')], [])
        self.assertEqual(self.names(os.path.join(self.house.home, '.local/share')), ['keelboat'])

    def test_full_disk(self):
        number = self.fetch()
        disk = os.path.join(self.house.root, 'disk')
        os.mkdir(disk)
        here, there = socket.socketpair()
        with here, there:
            made = subprocess.run(['unshare', '-m', sys.executable, '-c', SMALL_DISK, disk,
                                   str(there.fileno())], pass_fds=[there.fileno()],
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False,
                                  timeout=60)
            if made.returncode != 0:
                self.skipTest('no mounts here')
            fd = socket.recv_fds(here, 1, 1)[1][0]
        self.assertEqual(error_of(self, lambda: self.application.collect(
            number, [fd], dir_fd=GLib.Variant('h', 0))), 'BadDestination')
        self.assertEqual(os.listdir(fd), [])
        os.close(fd)
        self.assertTrue(self.application.row(number)['collectable'])
        self.collect(number)
        self.assert_file('a.tar.gz')


class Ending(Spool):
    def test_goes_with_its_task(self):
        numbers = [self.fetch(f'{n}.bin') for n in range(3)]
        self.assertEqual(len(self.spooled()), 3)
        self.application.control('remove', numbers[0])
        self.assertEqual(len(self.spooled()), 2)
        running = self.application.add_to_spool(self.server.url('drip', 'd', size=10**6))
        self.application.wait(running, lambda row: row['received'] > 0)
        self.application.control('remove', running)
        self.assertEqual(len(self.spooled()), 2)
        self.assertEqual(self.collect(numbers[1]), '1.bin')

    def test_fetched_once_more(self):
        number = self.fetch()
        self.application.control('retry', number)
        self.application.wait(number, 'finished')
        self.assertEqual(len(self.spooled()), 1)
        self.collect(number)
        self.application.control('retry', number)
        self.application.wait(number, 'finished')
        self.assertEqual(self.names(), ['a (1).tar.gz', 'a.tar.gz'])
        number = self.fetch('b')
        _, fds = self.application.collect(number, keep=GLib.Variant('b', False))
        os.close(fds[0])
        self.application.control('retry', number)
        self.assertTrue(self.application.wait(number, 'finished')['collectable'])
        self.assertEqual(self.collect(number), 'b')

    @rows({'killed': (signal.SIGKILL,), 'left': (signal.SIGTERM,)})
    def test_is_there_after_a_restart(self, how):
        number = self.fetch()
        slow = self.application.add_to_spool(self.server.url('gated', 'b.bin', size=SIZE))
        self.application.wait(slow, lambda row: row['received'] > 0)
        # Left by a crash between a commit and a removal; and what is not ours.
        orphans = ['0123456789abcdef' * 2 + '.pdf', '.0123456789abcdef.part']
        strange = ['mine.txt', '0123456789abcdef']
        for name in orphans + strange:
            with open(os.path.join(self.spool, name), 'w', encoding='ascii'):
                pass
        self.house.signal_service(how)
        self.server.switches['b.bin'].set()
        self.assertEqual(self.collect(number), 'a.tar.gz')
        self.application.wait(slow, 'finished')
        self.assertEqual(self.collect(slow), 'b.bin')
        self.assert_file('b.bin', 'b.bin')
        self.assertEqual(sorted(self.spooled()), sorted(strange))

    def test_killed_while_it_is_collected(self):
        number = self.fetch()
        for round_ in range(4):
            with opened(self.target) as fd:
                self.start_collecting(number, fd)
                if round_ % 2:
                    wait_until('it is there', lambda: self.names() != [], interval=0.001)
                self.house.signal_service(signal.SIGKILL)
            if not self.application.row(number)['collectable']:
                break
            self.assertEqual(len(self.spooled()), 1)
        for name in self.names():
            self.assert_file(name)
        if self.application.row(number)['collectable']:
            self.collect(number)
        self.assert_file('a.tar.gz')
        self.assertEqual(self.spooled(), [])

    def start_collecting(self, number, fd):
        fds = Gio.UnixFDList.new()
        fds.append(fd)
        self.application.connection.bus.call_with_unix_fd_list(
            SERVICE, self.application.path, INTERFACES + 'Session', 'Collect',
            GLib.Variant('(ta{sv})', (number, {'dir-fd': GLib.Variant('h', 0)})), None,
            Gio.DBusCallFlags.NONE, 25000, fds, None, None)
        self.application.connection.bus.flush_sync(None)


class Lost(Spool):
    # The service warns when it rescues, which is right, and must then go on.
    environment = {'G_DEBUG': ''}

    def test_list_is_lost(self):
        """What belongs to nobody may have belonged to what was lost; and what was half there goes
        on."""
        self.house.expected_complaints.append('rescued')
        self.fetch()
        slow = self.application.add_to_spool(self.server.url('gated', 'b.bin', size=SIZE))
        self.application.wait(slow, lambda row: row['received'] > 0)
        self.house.signal_service(signal.SIGKILL)
        for name in os.listdir(os.path.dirname(self.house.database)):
            if name.startswith('transfers.db'):
                os.unlink(os.path.join(os.path.dirname(self.house.database), name))
        self.server.switches['b.bin'].set()
        self.application = Application(self.house)
        self.assertTrue(self.application.wait(slow, 'finished')['collectable'])
        self.assertEqual(len(self.spooled()), 2)
        self.assertEqual(self.collect(slow), 'b.bin')
        self.assert_file('b.bin', 'b.bin')


if __name__ == '__main__':
    main()
