# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks of our own, in a mount namespace of our own: nothing is left, however a test ends."""

import errno
import os
import signal
import subprocess
import sys
import tempfile

from keeltest import Case, House, Nginx, contents_of, main, processes, skip_all, wait_until

INSIDE = 'KEEL_DISKS_INSIDE'


def _enter_namespace():
    unshare = ['unshare', '--mount'] + ([] if os.geteuid() == 0 else ['--map-root-user'])
    probe = subprocess.run([*unshare, 'mount', '-t', 'tmpfs', 'none', '/mnt'], check=False,
                           capture_output=True)
    if probe.returncode != 0:
        skip_all('cannot mount a disk of our own here (needs root or user namespaces)')
    os.execvpe('unshare', [*unshare, sys.executable, *sys.argv], {**os.environ, INSIDE: '1'})


def run():
    """Runs the tests of the main program inside of the namespace."""
    if INSIDE not in os.environ:
        _enter_namespace()
    main()


class Tmpfs:
    """A disk in memory, of so many bytes."""

    def __init__(self, case, size):
        self.path = tempfile.mkdtemp(prefix='keel-disk-')
        case.addCleanup(os.rmdir, self.path)
        subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size},mode=0755', 'tmpfs', self.path],
                       check=True)
        case.addCleanup(subprocess.run, ['umount', '-l', self.path], check=True)
        self.ballast = os.path.join(self.path, 'ballast')

    def fill(self, leave):
        """Takes all but so many bytes, if there are more; others may be writing meanwhile."""
        for _ in range(1000):
            state = os.statvfs(self.path)
            surplus = state.f_bavail * state.f_bsize - leave
            if surplus <= 0:
                return
            with open(self.ballast, 'ab') as file:
                try:
                    os.posix_fallocate(file.fileno(), os.stat(self.ballast).st_size, surplus)
                except OSError as error:
                    # Somebody took a part of it between the question and the taking.
                    if error.errno != errno.ENOSPC:
                        raise
        raise AssertionError('the disk does not stay full')

    def free(self):
        os.unlink(self.ballast)


class OddDisk:
    """A folder through a file system that lacks what it is told to lack (see odd-fs.c)."""

    def __init__(self, case, *lacks):
        self.lacks = lacks
        self.folder = processes.make_folder('keel-behind-')
        self.path = tempfile.mkdtemp(prefix='keel-odd-')
        self._process = None
        case.addCleanup(os.rmdir, self.path)
        case.addCleanup(self.unmount)
        self.mount(case)

    def mount(self, case):
        options = ['-o', ','.join(self.lacks)] if self.lacks else []
        self._process = processes.start([os.environ['KEEL_ODD_FS'], self.folder, self.path,
                                         *options], stderr=subprocess.DEVNULL)

        def is_mounted():
            assert self._process.poll() in (None, 1), 'odd-fs has ended'
            if self._process.poll() == 1:
                case.skipTest('no FUSE here')
            assert os.path.ismount(self.path)
            return True
        wait_until('the disk is mounted', is_mounted, 10)

    def unmount(self):
        if self._process is None:
            return
        self.go_on()
        subprocess.run(['umount', '-l', self.path], check=False)
        processes.end(self._process)
        self._process = None

    def hang(self):
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)

    def fail(self, what, fails=True):
        """Lets 'sync' or 'write' fail with EIO, or not any more; 'sync-once': only the next one."""
        flag = os.path.join(self.folder, '.fail-' + what)
        if fails:
            with open(flag, 'wb'):
                pass
        else:
            os.unlink(flag)

    def files(self):
        return sorted(name for name in os.listdir(self.folder) if not name.startswith('.fail-'))


class DiskCase(Case):
    """A house and a server that is as slow as it is told.

    What is to meet its fate on the way takes ten seconds and more to arrive, so that it is not
    there when the test or the machine stops for a while; nginx.hurry() brings the rest.
    """

    def setUp(self):
        self.nginx = Nginx(self)
        self.house = House(self)

    def add(self, disk, name, size, rate=None):
        self.nginx.make(name, size, size)
        url = self.nginx.url(name, f'rate/{rate}' if rate else '')
        # The rate is that of a connection, and is counted on.
        pace = ['--connections', '1'] if rate else []
        return self.house.add(url, '--dir', disk.path, *pace)

    def wait_received(self, number, received):
        self.house.wait_task(number, lambda task: task['received'] > received)

    def check_finished(self, number, name, seconds=60):
        task = self.house.wait_task(number, 'finished', seconds)
        self.assertTrue(contents_of(task['file']) == contents_of(self.nginx.file(name)))
        return task
