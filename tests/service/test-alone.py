#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with nobody else in it, and one in which everybody else hangs: downloads go on all the
same, the service leaves in time, and it says no more than once what is missing.

Nobody: no notification daemon, no host for status icons, no jobs of Plasma, no session manager, no
keyring, no portal, and no system bus with NetworkManager, logind, UPower and the others on it. In
the second session there is a program under each of these names, which answers nothing at all.
"""

import collections
import glob
import os
import re
import shutil
import signal
import subprocess
import unittest.mock

from gi.repository import GLib

from keelserver import Server, content
from keeltest import Case, House, contents_of, main, scaled, wait_until
from keeltest.house import SOON_SECONDS, program
from keeltest.played import Silent
from keeltest.processes import make_folder
from keeltest.systembus import NETWORK_MANAGER, UPOWER, SystemBus

SIZE = 4000
SESSION = ['org.freedesktop.Notifications', 'org.kde.StatusNotifierWatcher',
           'org.kde.JobViewServer', 'org.kde.kuiserver', 'org.gnome.SessionManager',
           'org.freedesktop.PowerManagement', 'org.freedesktop.secrets',
           'org.freedesktop.portal.Desktop']
SYSTEM = [NETWORK_MANAGER, UPOWER, 'org.freedesktop.login1', 'net.hadess.PowerProfiles',
          'org.freedesktop.LowMemoryMonitor']
# With libproxy from 0.5 on GIO's proxy resolver makes GIO's network monitor, which waits for
# NetworkManager as long as GDBus waits for anybody: 25 s, once in a process, before the first
# connection (ARCHITECTURE.md, "What sessions say").
LIBPROXY = ['/usr/lib*/libproxy/libpxbackend-1.0.so', '/usr/lib*/*/libproxy/libpxbackend-1.0.so']
FIRST_SECONDS = 40 if any(glob.glob(pattern) for pattern in LIBPROXY) else 15
# "keel-service-Message: 08:15:01.203: words", and with a process before it if it is urgent.
LINE = re.compile(r'(?P<domain>[\w-]+)-(?P<level>Message|INFO|DEBUG|WARNING|CRITICAL)(?: \*\*)?: '
                  r'[\d:.]+: (?P<words>.*)')


class LonelyCase(Case):
    def make_house(self, arguments='', **environment):
        self.house = House(self, service_arguments='--test-clock ' + arguments, environment={
            'G_MESSAGES_DEBUG': 'keel-service keel-engine keel-base',
            'GSETTINGS_BACKEND': 'keyfile', **environment})
        # For what the bus starts, and not for keel, which would print it among its answers.
        del self.house.environment['G_MESSAGES_DEBUG']
        self.is_in_sandbox = '--token-mode' in arguments
        folder = os.path.join(self.house.home, '.config/glib-2.0/settings')
        os.makedirs(folder)
        with open(os.path.join(folder, 'keyfile'), 'w', encoding='utf-8') as file:
            file.write('[io/github/keelboat/Keelboat]\nstatus-icon=true\n')
        self.server = Server(self)

    def fetch(self, name, *arguments, seconds=15):
        # GDBus waits 25 s for who does not answer.
        task, = self.house.keel('add', '--wait', f'--timeout={scaled(seconds):.0f}s', '--json',
                                *arguments, self.server.url('good', name, size=SIZE)).objects
        self.assertEqual(contents_of(task['file']), content(name, SIZE))

    def lose(self, name):
        self.house.keel('add', '--wait', self.server.url('status', name, code=404), status=1)

    def sign_in(self, name):
        """A password that is asked for; in a sandbox one that is known, since only our own
        programs can answer there."""
        link = self.server.url('basic', name, size=SIZE)
        if self.is_in_sandbox:
            user, password = self.server.login
            self.house.keel('add', '--wait', link.replace('http://', f'http://{user}:{password}@'))
            return
        number = self.house.add(link)
        ids = {'ids': GLib.Variant('at', [number])}

        def look():
            row, = self.house.connection.manager('GetTasks', GLib.Variant(
                '(a{sv}as)', (ids, [])))[1]
            return row.get('challenge-cookie')
        cookie = wait_until('a password is asked for', look)
        self.house.connection.manager('Answer', GLib.Variant('(sssa{sv})', (
            cookie, *self.server.login, {})))
        self.house.wait_task(number, 'finished')
        # Else it is the answer for the next one, too.
        self.house.keel('remove', number)

    def lose_folder(self, name):
        """It is away for a while."""
        folder = os.path.join(self.house.home, name)
        os.mkdir(folder)
        number = self.house.add(self.server.url('good', name, size=2_000_000), '--limit=200k',
                                '--dir', folder)
        self.house.wait_task(number, lambda task: task['received'] > 0)
        self.house.keel('pause', number)
        os.rename(folder, folder + '.away')
        self.house.keel('resume', number)
        self.house.wait_task(number, lambda task: task['wait_reason'] == 'destination')
        os.rename(folder + '.away', folder)
        self.house.advance(60)
        self.house.wait_task(number, 'running')
        self.house.keel('remove', number)

    def sleep(self, name):
        """The machine sleeps, and nobody says so."""
        number = self.house.add(self.server.url('good', name, size=2_000_000), '--limit=200k')
        self.house.wait_task(number, lambda task: task['received'] > 0)
        self.house.suspend(3600)
        self.house.wait_task(number, 'running')
        self.house.keel('pause', number)
        self.house.keel('resume', number)
        self.house.keel('set', number, '--limit=off')
        self.house.wait_task(number, 'finished')

    def live(self):
        """Everything twice, so that what is said again can be seen."""
        # Nobody has read a setting before this one runs.
        self.fetch('first.bin', '--dir', self.house.downloads, seconds=FIRST_SECONDS)
        for day in ('a', 'b'):
            for number in range(3):
                self.fetch(f'{day}{number}.bin')
            self.lose(f'{day}-lost.bin')
            self.sign_in(f'{day}-locked.bin')
            self.lose_folder(f'{day}-folder')
            self.sleep(f'{day}-sleep.bin')
            # What has ended is told.
            self.house.advance(20)
        self.house.keel('list')

    def leave(self):
        self.assertLess(self.house.signal_service(signal.SIGTERM), scaled(SOON_SECONDS))

    def said(self):
        """How often each thing was said that is not for who looks for a mistake."""
        lines = [LINE.search(line) for line in self.house.service_log().splitlines()]
        return collections.Counter(
            re.sub(r':\d+\.\d+', ':N', line['words']) for line in lines
            if line is not None and line['level'] != 'DEBUG')

    def check_said(self, *known):
        said = self.said()
        self.assertEqual([words for words, count in said.items() if count > 1], [], said)
        for words in known:
            self.assertTrue(any(words in line for line in said), said)


class Nobody(LonelyCase):
    def test_on_a_host(self):
        self.make_house()
        self.live()
        self.fetch('any.bin', '--network=unmetered', '--power=ac')
        self.leave()
        self.check_said('No notification', 'The keyring cannot be used')

    def test_in_a_sandbox(self):
        self.make_house('--token-mode')
        self.live()
        self.fetch('any.bin', '--network=unmetered', '--power=ac')
        self.leave()
        self.check_said('No notification by the portal')


class Modules(LonelyCase):
    """The parts that bring libnotify and libsecret are away, or not those of this program."""

    def setUp(self):
        super().setUp()
        folder = make_folder('keel-copy-')
        original = program('KEELBOAT_SERVICE')
        copy = shutil.copy(original, folder)
        self.modules = os.path.join(folder, 'keelboat-modules')
        os.mkdir(self.modules)
        for module in glob.glob(os.path.join(os.path.dirname(original), 'keelboat-modules/*.so')):
            shutil.copy(module, self.modules)
        self.assertEqual(sorted(os.listdir(self.modules)), ['keel-keyring.so', 'keel-notify.so'])
        patch = unittest.mock.patch.dict(os.environ, {'KEELBOAT_SERVICE': copy})
        patch.start()
        self.addCleanup(patch.stop)

    def change(self, edit):
        for name in os.listdir(self.modules):
            with open(os.path.join(self.modules, name), 'r+b') as file:
                contents = edit(file.read())
                file.seek(0)
                file.write(contents)
                file.truncate()

    def check(self, *said):
        self.make_house()
        for day in ('a', 'b'):
            self.sign_in(f'{day}-locked.bin')
            self.lose(f'{day}-lost.bin')
            self.house.advance(20)
        self.house.keel('list')
        self.leave()
        self.check_said(*said)

    def test_as_they_are(self):
        self.check('No notification: there is no daemon', 'The keyring cannot be used')

    def test_away(self):
        shutil.rmtree(self.modules)
        self.check('Without the module keel-notify', 'Without the module keel-keyring')

    def test_of_another_version(self):
        version = subprocess.run([program('KEEL'), '--version'], check=True,
                                 stdout=subprocess.PIPE).stdout.split()[-1]
        other = b'x' * len(version)
        self.change(lambda contents: contents.replace(version + b'\0', other + b'\0'))
        self.check('Without the module keel-notify: it is of another version',
                   'Without the module keel-keyring: it is of another version')

    def test_broken(self):
        self.change(lambda contents: contents[::-1])
        self.check('Without the module keel-notify', 'Without the module keel-keyring')


class Hanging(LonelyCase):
    def make_house(self, arguments='', **environment):
        self.system = SystemBus(self, names=())
        super().make_house(arguments, **self.system.environment,
                           GIO_USE_NETWORK_MONITOR='networkmanager')
        self.on_session = Silent(self, self.house.bus.address, *SESSION)
        self.on_system = Silent(self, self.system.address, *SYSTEM)

    def check_asked(self, silent, *interfaces):
        asked = {interface for interface, _ in silent.asked}
        for interface in interfaces:
            self.assertIn(interface, asked)

    def test_on_a_host(self):
        self.make_house()
        self.live()
        self.leave()
        self.check_said()
        self.check_asked(self.on_session, 'org.freedesktop.Notifications',
                         'org.kde.StatusNotifierWatcher', 'org.kde.JobViewServerV2',
                         'org.gnome.SessionManager')
        self.check_asked(self.on_system, 'org.freedesktop.login1.Manager')

    def test_in_a_sandbox(self):
        self.make_house('--token-mode')
        self.live()
        self.leave()
        self.check_said()
        self.check_asked(self.on_session, 'org.freedesktop.portal.Notification',
                         'org.freedesktop.portal.Inhibit')


if __name__ == '__main__':
    main()
