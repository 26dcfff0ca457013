#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders that are handed over as descriptors: which are taken, and where the file is in the end,
whatever happens to the folder and to the service meanwhile."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from gi.repository import GLib

from keelserver import Server
from keelserver.exchange import content
from keeltest import Case, House, main, rows, wait_until
from keeltest.application import APP, Application, error_of, opened
from keeltest.sandbox import Sandbox, why_not

SIZE = 1_000_000
# Of what is gated, more than a part comes only when it is let go: nothing ends before its time.
AFTER = 400_000

# Opens a folder where it is mounted so that nobody can write to it, and sends the descriptor.
READ_ONLY = '''
import os, socket, subprocess, sys
folder, number = sys.argv[1], int(sys.argv[2])
subprocess.run(['mount', '--bind', folder, folder], check=True)
subprocess.run(['mount', '-o', 'remount,bind,ro', folder], check=True)
fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
socket.send_fds(socket.socket(fileno=number), [b'x'], [fd])
'''


def open_read_only(folder):
    """A descriptor that came through a mount without the right to write; None: not here."""
    here, there = socket.socketpair()
    with here, there:
        result = subprocess.run(['unshare', '-m', sys.executable, '-c', READ_ONLY, folder,
                                 str(there.fileno())], pass_fds=[there.fileno()],
                                stdin=subprocess.DEVNULL, capture_output=True, check=False,
                                timeout=60)
        if result.returncode != 0:
            return None
        return socket.recv_fds(here, 1, 1)[1][0]


class FolderCase(Case):
    def setUp(self):
        self.house = House(self)
        self.server = Server(self)
        self.application = Application(self.house)
        self.folder = os.path.join(self.house.home, 'Given')
        os.mkdir(self.folder)

    def url(self, name='a.bin', behaviour='good', **options):
        return self.server.url(behaviour, name, **{'size': SIZE, 'after': AFTER, **options})

    def let_go(self):
        self.server.switches['a.bin'].set()

    def assert_file(self, path, name='a.bin'):
        with open(path, 'rb') as file:
            self.assertTrue(file.read() == content(name, SIZE))

    def names(self, folder=None):
        return sorted(os.listdir(folder or self.folder))

    def collect(self, number, name='a.bin'):
        """What was moved to the spool is whole, and can be had."""
        self.assertTrue(self.application.wait(number, 'finished')['collectable'])
        target = os.path.join(self.house.home, 'Target')
        os.mkdir(target)
        given = self.application.collect_into(target, number)
        self.assertEqual((given, self.names(target)), (name, [name]))
        self.assert_file(os.path.join(target, name), name)

    def assert_nothing_open(self):
        wait_until('nothing is held open', lambda: self.application.count_descriptors() == 0)


class Good(FolderCase):
    def test_all_of_it_happens_in_the_folder(self):
        number = self.application.add_into(self.folder, self.url(behaviour='gated'))
        self.application.wait(number, lambda row: row['received'] > 0)
        part, = self.names()
        self.assertRegex(part, r'^\.[0-9a-f]{16}\.part$')
        self.let_go()
        row = self.application.wait(number, 'finished')
        self.assertEqual(self.names(), ['a.bin'])
        self.assert_file(os.path.join(self.folder, 'a.bin'))
        self.assertEqual(bytes(row['file']).rstrip(b'\0').decode(),
                         os.path.join(self.folder, 'a.bin'))
        self.assertFalse(row['collectable'])
        self.assertEqual(os.listdir(self.house.downloads), [])
        self.assert_nothing_open()

    def test_several_tasks_share_one(self):
        tasks = [{'uri': GLib.Variant('s', self.url(f'{n}.bin', size=10)),
                  'dir-fd': GLib.Variant('h', n % 2)} for n in range(40)]
        other = os.path.join(self.house.home, 'Other')
        os.mkdir(other)
        with opened(self.folder) as first, opened(other) as second:
            numbers = self.application.add_tasks(tasks, [first, second])
        for number in numbers:
            self.application.wait(number, 'finished')
        self.assertEqual(len(self.names()), 20)
        self.assertEqual(len(self.names(other)), 20)
        self.assert_nothing_open()

    def test_name_that_is_taken_gets_a_number(self):
        with open(os.path.join(self.folder, 'a.bin'), 'w', encoding='ascii') as file:
            file.write('mine')
        number = self.application.add_into(self.folder, self.url(size=10))
        self.application.wait(number, 'finished')
        self.assertEqual(self.names(), ['a (1).bin', 'a.bin'])

    def test_what_is_wished_of_a_name_that_is_taken(self):
        path = os.path.join(self.folder, 'a.bin')
        for conflict, state, names in [('fail', 'failed', ['a.bin']),
                                       ('replace', 'finished', ['a.bin'])]:
            with open(path, 'w', encoding='ascii') as file:
                file.write('mine')
            number = self.application.add_into(self.folder, self.url(),
                                               conflict=GLib.Variant('s', conflict),
                                               name=GLib.Variant('s', 'a.bin'))
            row = self.application.wait(number, state)
            self.assertEqual(row['conflict'], conflict)
            self.assertEqual(self.names(), names)
            if state == 'failed':
                self.assertEqual(row['error-code'], 'destination')
                self.assertEqual(os.path.getsize(path), 4)
        self.assert_file(path)
        self.assert_nothing_open()

    def test_what_is_younger_than_the_wish_is_not_replaced(self):
        """The person has another file of that name by the time that ours is complete."""
        path = os.path.join(self.folder, 'a.bin')

        def write(words):
            with open(path, 'w', encoding='ascii') as file:
                file.write(words)

        def save_as_editors_do(words):
            os.unlink(path)
            write(words)
        for before, change in [(None, write), ('mine', write), ('mine', save_as_editors_do)]:
            with self.subTest(before=before, change=change.__name__):
                if before is not None:
                    write(before)
                number = self.application.add_into(
                    self.folder, self.url(), name=GLib.Variant('s', 'a.bin'),
                    conflict=GLib.Variant('s', 'replace'), start=GLib.Variant('b', False))
                change('mine, and more')
                self.application.control('resume', number)
                self.application.wait(number, 'finished')
                self.assertEqual(self.names(), ['a (1).bin', 'a.bin'])
                self.assertEqual(os.path.getsize(path), len('mine, and more'))
                self.assert_file(os.path.join(self.folder, 'a (1).bin'))
                for name in self.names():
                    os.unlink(os.path.join(self.folder, name))

    def test_another_link_is_no_new_wish_to_replace(self):
        """What the person has made meanwhile stays, whatever is done about the download."""
        path = os.path.join(self.folder, 'a.bin')
        number = self.application.add_into(
            self.folder, self.server.url('status', 'a.bin', code=404),
            name=GLib.Variant('s', 'a.bin'), conflict=GLib.Variant('s', 'replace'))
        self.application.wait(number, 'failed')
        with open(path, 'w', encoding='ascii') as file:
            file.write('mine')
        self.application.call('Update', GLib.Variant(
            '(ta{sv}a{sv})', (number, {'uri': GLib.Variant('s', self.url())}, {})))
        self.application.wait(number, 'finished')
        self.assertEqual(self.names(), ['a (1).bin', 'a.bin'])
        self.assertEqual(os.path.getsize(path), 4)

    def test_nothing_stays_open_for_what_is_cancelled_or_removed(self):
        for verb in ['cancel', 'remove']:
            numbers = [self.application.add_into(self.folder, self.url(f'{n}.bin', 'gated'))
                       for n in range(10)]
            self.application.wait(numbers[0], lambda row: row['received'] > 0)
            self.assertGreater(self.application.count_descriptors(), 9)
            for number in numbers:
                self.application.control(verb, number)
            self.assert_nothing_open()
            self.assertEqual(self.names(), [])

    def test_repeated_call_adds_nothing(self):
        nonce = {'nonce': GLib.Variant('s', 'once')}
        task = {'uri': GLib.Variant('s', self.url(size=10)), 'dir-fd': GLib.Variant('h', 0)}
        with opened(self.folder) as fd:
            first = self.application.add_tasks([task], [fd], **nonce)
            self.assertEqual(self.application.add_tasks([task], [fd], **nonce), first)
        self.application.wait(first[0], 'finished')
        self.assertEqual(self.names(), ['a.bin'])
        self.assert_nothing_open()


class Bad(FolderCase):
    def refuse(self, fds, error, handle=0, **keys):
        before = self.house.service_pid()
        keys.setdefault('dir_fd', GLib.Variant('h', handle))
        self.assertEqual(error_of(self, lambda: self.application.add(self.url(), fds, **keys)),
                         error)
        self.assertEqual(self.application.call('GetTasks', GLib.Variant(
            '(a{sv}as)', ({}, [])))[0][1], [])
        self.assert_nothing_open()
        self.assertEqual(self.house.service_pid(), before)
        self.assertEqual(self.names(), [])

    def test_kinds_of_descriptors(self):
        fifo, plain = (os.path.join(self.house.root, name) for name in ['fifo', 'plain'])
        os.mkfifo(fifo)
        with open(plain, 'w', encoding='ascii'):
            pass
        gone = os.path.join(self.house.root, 'gone')
        os.mkdir(gone)
        for path, flags in [(self.folder, os.O_PATH), (fifo, os.O_RDONLY | os.O_NONBLOCK),
                            ('/dev/null', os.O_RDWR), (plain, os.O_RDWR), (plain, os.O_PATH),
                            ('/proc/self', os.O_RDONLY), (gone, os.O_RDONLY)]:
            with self.subTest(path=path, flags=flags), opened(path, flags) as fd:
                if path == gone:
                    os.rmdir(gone)
                self.refuse([fd], 'BadDestination')

    def test_things_without_a_path(self):
        left, right = socket.socketpair()
        with left, right, tempfile.TemporaryFile() as nameless:
            reading, writing = os.pipe()
            memory = os.memfd_create('x')
            for fd in [left.fileno(), reading, memory, nameless.fileno()]:
                self.refuse([fd], 'BadDestination')
            for fd in [reading, writing, memory]:
                os.close(fd)

    def test_folder_that_cannot_be_written(self):
        fd = open_read_only(self.folder)
        if fd is None:
            self.skipTest('no mounts here')
        self.refuse([fd], 'BadDestination')
        os.close(fd)

    def test_handles_that_are_not_there(self):
        with opened(self.folder) as fd:
            for handle in [1, 5, 2**31 - 1, -1]:
                self.refuse([fd], 'InvalidArgument', handle=handle)
        self.refuse([], 'InvalidArgument')

    def test_two_destinations_or_a_wrong_type(self):
        with opened(self.folder) as fd:
            self.refuse([fd], 'InvalidArgument', dir=GLib.Variant('ay', b'/tmp\0'))
            self.refuse([fd], 'InvalidArgument', spool=GLib.Variant('b', True))
            self.refuse([fd], 'InvalidArgument', dir_fd=GLib.Variant('u', 0))

    def test_hundreds_in_a_message(self):
        with opened(self.folder) as fd:
            self.refuse([fd] * 200, 'LimitsExceeded', handle=3)

    def test_more_than_the_process_can_hold(self):
        """A quarter of all descriptors are for folders; what ends gives its own back."""
        paused = {'start': GLib.Variant('b', False)}
        numbers = [self.application.add_into(self.folder, self.url(), **paused)]
        pid = self.house.service_pid()
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (160, hard))
        numbers += [self.application.add_into(self.folder, self.url(), **paused)
                    for _ in range(39)]
        for _ in range(2):
            self.assertEqual(error_of(self, lambda: self.application.add_into(
                self.folder, self.url(), **paused)), 'LimitsExceeded')
            # The one of the refused call is closed when its message is.
            wait_until('no descriptor is left of the call',
                       lambda: self.application.count_descriptors() == 40)
        self.application.control('remove', numbers.pop())
        numbers.append(self.application.add_into(self.folder, self.url(), **paused))
        for number in numbers:
            self.application.control('remove', number)
        self.assert_nothing_open()

    def test_one_bad_one_spoils_all(self):
        tasks = [{'uri': GLib.Variant('s', self.url()), 'dir-fd': GLib.Variant('h', n)}
                 for n in range(3)]
        with opened(self.folder) as good, opened('/dev/null', os.O_RDONLY) as bad:
            self.assertEqual(error_of(self, lambda: self.application.add_tasks(
                tasks, [good, good, bad])), 'BadDestination')
        self.assertEqual(self.names(), [])
        self.assert_nothing_open()


class Moved(FolderCase):
    def start(self):
        number = self.application.add_into(self.folder, self.url(behaviour='gated'))
        self.application.wait(number, lambda row: row['received'] > 0)
        return number

    def pause(self, number):
        self.application.control('pause', number)
        return self.application.row(number)['received']

    def test_folder_renamed_while_it_runs(self):
        number = self.start()
        other = os.path.join(self.house.home, 'Elsewhere')
        os.rename(self.folder, other)
        self.let_go()
        row = self.application.wait(number, 'finished')
        self.assertEqual(self.names(other), ['a.bin'])
        self.assert_file(os.path.join(other, 'a.bin'))
        self.assertFalse(os.path.exists(self.folder))
        self.assertEqual(bytes(row['directory']).rstrip(b'\0').decode(), other)

    def test_folder_renamed_while_it_is_paused(self):
        number = self.start()
        received = self.pause(number)
        other = os.path.join(self.house.home, 'Elsewhere')
        os.rename(self.folder, other)
        self.let_go()
        self.application.control('resume', number)
        row = self.application.wait(number, 'finished')
        self.assert_file(os.path.join(other, 'a.bin'))
        self.assertGreater(row['resumed-bytes'], received // 2)

    def test_renamed_and_then_killed(self):
        """It is looked for where it was at the last checkpoint."""
        number = self.start()
        other = os.path.join(self.house.home, 'Elsewhere')
        os.rename(self.folder, other)
        received = self.pause(number)
        self.restart(signal.SIGKILL)
        self.let_go()
        self.application.control('resume', number)
        row = self.application.wait(number, 'finished')
        self.assert_file(os.path.join(other, 'a.bin'))
        self.assertGreater(row['resumed-bytes'], received // 2)

    def test_folder_deleted_while_it_runs(self):
        number = self.start()
        shutil.rmtree(self.folder)
        self.let_go()
        self.collect(number)
        self.assertFalse(os.path.exists(self.folder))

    def test_folder_deleted_while_it_is_paused(self):
        number = self.start()
        self.pause(number)
        shutil.rmtree(self.folder)
        self.let_go()
        self.application.control('resume', number)
        self.collect(number)

    def restart(self, how):
        if how == signal.SIGKILL:
            self.house.signal_service(how)
        else:
            self.house.keel('quit')
            self.house.wait_service_gone()

    @rows({'killed': (signal.SIGKILL,), 'left': (None,)})
    def test_same_folder_after_a_restart(self, how):
        number = self.start()
        received = self.pause(number)
        self.restart(how)
        self.let_go()
        self.application.control('resume', number)
        row = self.application.wait(number, 'finished')
        self.assertEqual(self.names(), ['a.bin'])
        self.assert_file(os.path.join(self.folder, 'a.bin'))
        self.assertGreater(row['resumed-bytes'], received // 2)
        self.assertFalse(row['collectable'])
        self.assert_nothing_open()

    def test_killed_while_it_runs(self):
        number = self.start()
        self.restart(signal.SIGKILL)
        self.let_go()
        row = self.application.wait(number, 'finished')
        self.assertEqual(self.names(), ['a.bin'])
        self.assert_file(os.path.join(self.folder, 'a.bin'))
        self.assertFalse(row['collectable'])

    def test_renamed_again_after_a_restart(self):
        number = self.start()
        before = self.pause(number)
        self.restart(signal.SIGKILL)
        self.application.control('resume', number)
        self.application.wait(number, lambda row: row['received'] > before)
        other = os.path.join(self.house.home, 'Elsewhere')
        os.rename(self.folder, other)
        self.let_go()
        self.application.wait(number, 'finished')
        self.assert_file(os.path.join(other, 'a.bin'))

    def lose(self, change):
        number = self.start()
        self.pause(number)
        self.restart(signal.SIGKILL)
        change()
        self.let_go()
        self.application.control('resume', number)
        self.collect(number)
        self.assert_nothing_open()

    def test_folder_gone_after_a_restart(self):
        self.lose(lambda: shutil.rmtree(self.folder))
        self.assertFalse(os.path.exists(self.folder))

    def test_another_folder_after_a_restart(self):
        kept = self.folder + ' of old'

        def change():
            os.rename(self.folder, kept)
            os.mkdir(self.folder)
        self.lose(change)
        self.assertEqual(self.names(), [])
        # What is there is not reached any more; it says whose it is.
        part, = self.names(kept)
        self.assertIn(b'a.bin', os.getxattr(os.path.join(kept, part), 'user.keelboat.label'))

    def test_link_in_its_place_after_a_restart(self):
        secret = os.path.join(self.house.home, 'Secret')
        os.mkdir(secret)

        def change():
            os.rename(self.folder, self.folder + ' of old')
            os.symlink(secret, self.folder)
        self.lose(change)
        self.assertEqual(self.names(secret), [])

    def test_cancelled_after_its_folder_is_gone(self):
        number = self.start()
        self.pause(number)
        self.restart(signal.SIGKILL)
        shutil.rmtree(self.folder)
        self.application.control('cancel', number)
        self.assertEqual(self.application.row(number)['state'], 'cancelled')
        self.application.control('remove', number)


class Sandboxed(FolderCase):
    """Whoever cannot see our files names none by a path."""

    def setUp(self):
        reason = why_not()
        if reason is not None:
            self.skipTest(reason)
        super().setUp()
        sandbox = Sandbox(self, self.house, APP)
        self.application = Application(self.house, connection=sandbox.connect())

    def test_path_is_refused(self):
        self.assertEqual(error_of(self, lambda: self.application.add(
            self.url(), dir=GLib.Variant('ay', self.folder.encode() + b'\0'))), 'BadDestination')
        self.assertEqual(self.names(), [])

    def test_descriptor(self):
        number = self.application.add_into(self.folder, self.url())
        self.assertFalse(self.application.wait(number, 'finished')['collectable'])
        self.assert_file(os.path.join(self.folder, 'a.bin'))

    def test_nothing_is_said_of_a_folder(self):
        number = self.application.add(self.url())
        self.collect(number)
        self.assertEqual(os.listdir(self.house.downloads), [])
        self.assertEqual(self.names(os.path.join(self.house.home, '.local/share/keelboat/spool')),
                         [APP])


if __name__ == '__main__':
    main()
